"""Fetching against a local server: ranges, cut connections, wrong hashes, login pages; adopting; commands."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tallystick import fetching
from tallystick.cli import group
from tallystick.fetching import adopt, fetch
from tallystick.intake.releases import KnownRelease
from tallystick.made.releases import make_release
from tallystick.terms.errors import TallystickError

from .conftest import REGISTER, SHELF, made


@dataclass
class Server:
    """A server of one file that can misbehave."""

    content: bytes = b""
    ranges: bool = True
    cut_after: int = 0
    cuts: int = 0
    login: bool = False
    missing: bool = False
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            state.asked.append(self.headers.get("Range") or "")
            if state.missing:
                self.send_error(404)
                return
            if state.login and self.path != "/login":
                self.send_response(302)
                self.send_header("Location", "/login")
                self.end_headers()
                return
            if self.path == "/login":
                self._send(200, b"<html>please log in</html>", "text/html; charset=utf-8")
                return
            start = 0
            wanted = self.headers.get("Range")
            if wanted and state.ranges:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if start >= len(state.content):
                    self.send_error(416)
                    return
            self._send(206 if start else 200, state.content[start:], "application/octet-stream")

        def _send(self, code: int, body: bytes, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.cuts > 0 and code in (200, 206):
                state.cuts -= 1
                self.wfile.write(body[: state.cut_after])
                self.wfile.flush()
                self.connection.close()
                return
            self.wfile.write(body)

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{running.server_address[1]}/file.xlsx"
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield state
    running.shutdown()
    running.server_close()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A made-up file of arrests."""
    return made(people=80).write(tmp_path_factory.mktemp("made")).read_bytes()


def _release(address: str, digest: str = "") -> KnownRelease:
    entry = REGISTER.release("ice_2026_03")
    changed = msgspec.structs.replace(
        entry.release, addresses={"arrests.xlsx": address}, sha256={"arrests.xlsx": digest} if digest else {}
    )
    return KnownRelease(changed, entry.headers)


def test_a_file_is_fetched_whole_and_recognised(server: Server, content: bytes, tmp_path: Path) -> None:
    server.content = content
    digest = hashlib.sha256(content).hexdigest()
    found = fetch(_release(server.address, digest), REGISTER, tmp_path)
    assert (found[0].path.read_bytes(), found[0].how, found[0].tables) == (content, "fetched", ("arrests",))
    assert fetch(_release(server.address, digest), REGISTER, tmp_path)[0].how == "was here"
    assert len(server.asked) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_is_cut_is_continued(server: Server, content: bytes, tmp_path: Path, ranges: bool) -> None:
    server.content, server.ranges, server.cuts, server.cut_after = content, ranges, 2, 3000
    found = fetch(_release(server.address, hashlib.sha256(content).hexdigest()), REGISTER, tmp_path)
    assert found[0].path.read_bytes() == content
    assert server.asked == ["", "bytes=3000-", "bytes=6000-" if ranges else "bytes=3000-"]


def test_what_was_received_is_kept_for_the_next_time(server: Server, content: bytes, tmp_path: Path) -> None:
    server.content, server.cuts, server.cut_after = content, 99, 100
    with pytest.raises(TallystickError) as error:
        fetch(_release(server.address), REGISTER, tmp_path)
    assert (error.value.exit_code, error.value.faults[0].code) == (4, "TS171")
    assert (tmp_path / "arrests.xlsx.part").stat().st_size == 100 * fetching.TRIES
    assert not (tmp_path / "arrests.xlsx").exists()
    server.cuts = 0
    assert fetch(_release(server.address), REGISTER, tmp_path)[0].path.read_bytes() == content


def test_another_hash_is_refused_and_thrown_away(server: Server, content: bytes, tmp_path: Path) -> None:
    server.content = content
    with pytest.raises(TallystickError) as error:
        fetch(_release(server.address, "0" * 64), REGISTER, tmp_path)
    assert (error.value.exit_code, error.value.faults[0].code) == (4, "TS173")
    assert not list(tmp_path.iterdir())


def test_a_login_page_is_not_taken_for_the_file(server: Server, tmp_path: Path) -> None:
    server.login = True
    with pytest.raises(TallystickError) as error:
        fetch(_release(server.address), REGISTER, tmp_path)
    assert (error.value.exit_code, error.value.faults[0].code) == (4, "TS172")
    assert not list(tmp_path.glob("*.xlsx"))


def test_a_missing_file_and_a_dead_server_exit_with_four(server: Server, tmp_path: Path) -> None:
    server.missing = True
    for address in (server.address, "http://127.0.0.1:9/x.xlsx"):
        with pytest.raises(TallystickError) as error:
            fetch(_release(address), REGISTER, tmp_path)
        assert (error.value.exit_code, error.value.faults[0].code) == (4, "TS171")


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://example.org/x.xlsx"])
def test_only_addresses_of_the_web_are_used(address: str, tmp_path: Path) -> None:
    with pytest.raises(TallystickError) as error:
        fetch(_release(address), REGISTER, tmp_path)
    assert error.value.faults[0].code == "TS174"


def test_a_file_name_in_a_definition_cannot_leave_the_folder(server: Server, tmp_path: Path) -> None:
    release = _release(server.address)
    changed = msgspec.structs.replace(release.release, addresses={"../out.xlsx": server.address})
    with pytest.raises(TallystickError) as error:
        fetch(KnownRelease(changed, release.headers), REGISTER, tmp_path / "in")
    assert error.value.faults[0].code == "TS174"


def test_local_files_are_adopted_and_others_left(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "here", SHELF, people=60, tables=["arrests"])
    make_release("ice_2026_08", tmp_path / "here", SHELF, people=60, tables=["arrests"])
    found, faults = adopt(REGISTER.release("ice_2026_03"), REGISTER, [tmp_path / "here"], tmp_path / "there")
    assert {file.tables for file in found} == {("arrests",)}
    assert all("2026-ICLI-00005" in file.path.name for file in found)
    assert {fault.code for fault in faults} == {"TS175"}


def test_commands_from_a_made_release_to_a_project(tmp_path: Path) -> None:
    run = CliRunner().invoke

    def said(*words: str, code: int = 0) -> dict:
        result = run(group, [*words, "--json"], standalone_mode=False)
        assert (result.return_value or 0) == code, (words, result.output, result.exception)
        return json.loads(result.stdout)["data"]

    made_files = said(
        "make-release", "ice_2026_03", "--people", "80", "-o", str(tmp_path / "made"), "--table", "arrests"
    )
    assert made_files["invented"] is True
    path = str(tmp_path / "made" / made_files["files"][0]["file"])
    seen = said("inspect", path)["files"][0]
    assert (seen["kind"], seen["release"], seen["table"], seen["provenance"]) == (
        "records",
        "ice_2026_03",
        "arrests",
        "made-up",
    )
    assert seen["sheets"][0]["identifiers"] == ["Birth Date"]
    adopted = said("get", "ice_2026_03", "--from", str(tmp_path / "made"), "-o", str(tmp_path / "adopted"))
    assert {file["how"] for file in adopted["files"]} == {"adopted"}
    built = said("build", str(tmp_path / "adopted"), "--project", str(tmp_path / "project"))
    assert built["records"]["invented"] is True
    assert {entry["table"] for entry in built["records"]["tables"]} == {"arrests"}
    assert built["records"]["combination"] == "newest-wins"
    assert 1 <= len(built["records"]["first_five"]) <= 5
    listed = said("get", "--list")["releases"]
    assert {entry["release"] for entry in listed} == {entry.id for entry in REGISTER.releases}


@pytest.mark.parametrize("words", [["get", "ice_2026_03"], ["get", "ice_2026_03", "--offline"]])
def test_a_release_without_addresses_says_where_to_download_and_exits_with_four(words: list[str]) -> None:
    result = CliRunner().invoke(group, words, standalone_mode=False)
    assert isinstance(result.exception, TallystickError)
    assert result.exception.exit_code == 4
    assert "deportationdata.org" in result.exception.faults[0].fix
    assert "--from" in result.exception.faults[0].fix


def test_inspect_says_what_would_be_refused_without_showing_it(tmp_path: Path) -> None:
    table = made(people=30)
    path = table.with_cell(0, table.index("Birth Date"), "3/14/1986").write(tmp_path)
    result = CliRunner().invoke(group, ["inspect", str(path)], standalone_mode=False)
    assert result.return_value == 3
    assert "would be REFUSED" in result.output
    assert "1986" not in result.output
