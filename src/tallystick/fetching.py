"""Files of a release from where its publisher put them, or from a folder: whole, checked, resumable.

This is the only module that uses the network, and only for ``tallystick get``.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tallystick.intake.peek import peek
from tallystick.intake.recognition import recognise
from tallystick.intake.releases import KnownRelease, Register
from tallystick.intake.rules import door_rules
from tallystick.terms.errors import SOURCE_CHANGED, Fault, TallystickError, cannot

CHUNK = 1 << 18
TRIES = 4
SECONDS = 30
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fetched:
    """One file that is now here: its path, hash, how it came, and what it holds."""

    path: Path
    sha256: str
    size: int
    how: str
    tables: tuple[str, ...]


def fetch(
    release: KnownRelease, known: Register, folder: Path, *, offline: bool = False, told: Told | None = None
) -> list[Fetched]:
    """Download every file of a release that has an address.

    Args:
        release: the release.
        known: all releases, by which files are recognised.
        folder: where the files go.
        offline: say that the network is not to be used.
        told: told (file, bytes so far, bytes in all or 0).

    Raises:
        TallystickError: exit 4: TS170 (no address, or offline), TS171 (unreachable), TS172 (a page instead of the
            file), TS173 (another hash).
    """
    addresses = release.release.addresses
    if not addresses or offline:
        raise _unreachable(
            "TS170",
            f"{release.id} cannot be fetched: "
            + ("--offline was given." if offline else "its publisher gives no address per file."),
            fix=f"Download its files from {release.release.page} and run: tallystick get {release.id} --from FOLDER",
        )
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, address in sorted(addresses.items()):
        if Path(name).name != name or name.startswith("."):
            raise cannot(
                "TS174", f"'{name[:60]}' is not a plain file name.", fix="Correct the definition of the release."
            )
        found.append(_fetched(name, address, release, known, folder, told or (lambda _name, _done, _of: None)))
    return found


def adopt(
    release: KnownRelease, known: Register, paths: Sequence[Path], folder: Path
) -> tuple[list[Fetched], list[Fault]]:
    """Copy local files that belong to a release; others are named and left where they are.

    Args:
        release: the release.
        known: all releases.
        paths: files or folders.
        folder: where the files go.
    """
    files = [entry for path in paths for entry in (sorted(path.iterdir()) if path.is_dir() else [path])]
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Fetched] = []
    faults: list[Fault] = []
    for path in files:
        if path.suffix.lower() not in (".xlsx", ".csv"):
            continue
        try:
            tables = tables_in(path, known, release.id)
        except TallystickError as error:
            faults += error.faults
            continue
        if not tables:
            faults.append(Fault("TS175", f"{path.name} is not a file of {release.id}; it was left where it is."))
            continue
        target = folder / path.name
        if target.resolve() != path.resolve():
            shutil.copyfile(path, target)
        found.append(Fetched(target, sha256_of(target), target.stat().st_size, "adopted", tables))
    if not found:
        faults.append(
            Fault("TS175", f"No file of {release.id} was found.", fix="tallystick inspect FILE says what a file is.")
        )
    return found, faults


def tables_in(path: Path, known: Register, release: str) -> tuple[str, ...]:
    """Tables of one release that a file may hold, by its headers."""
    sheets, _ = recognise(peek(path), known)
    return tuple(
        dict.fromkeys(
            candidate.table for sheet in sheets for candidate in sheet.candidates if candidate.release.id == release
        )
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fetched(name: str, address: str, release: KnownRelease, known: Register, folder: Path, told: Told) -> Fetched:
    target, wanted = folder / name, release.release.sha256.get(name, "")
    if target.is_file() and (not wanted or sha256_of(target) == wanted):
        return Fetched(
            target, sha256_of(target), target.stat().st_size, "was here", tables_in(target, known, release.id)
        )
    if urlsplit(address).scheme not in ("http", "https"):
        raise cannot(
            "TS174", f"The address of {name} is not one of the web.", fix="Correct the definition of the release."
        )
    part = folder / f"{name}.part"
    for attempt in range(TRIES):
        try:
            _download(address, part, name, told)
            break
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            if isinstance(error, urllib.error.HTTPError) or attempt == TRIES - 1:
                raise _unreachable(
                    "TS171",
                    f"{name} could not be fetched ({_in_words(error)}).",
                    why=f"{part.stat().st_size if part.exists() else 0:,} bytes are kept and will be continued.",
                    fix="Try again later, or download the file by hand and use --from.",
                ) from None
    got = sha256_of(part)
    if wanted and got != wanted:
        part.unlink()
        raise _unreachable(
            "TS173",
            f"{name} is not the file that is registered: its hash is another one.",
            where=f"registered {wanted[:16]}…, received {got[:16]}…",
            why="The publisher changed the file, or something on the way did.",
            fix=f"Look at {release.release.page}; a changed file is a new definition.",
        )
    part.replace(target)
    return Fetched(target, got, target.stat().st_size, "fetched", tables_in(target, known, release.id))


def _download(address: str, part: Path, name: str, told: Told) -> None:
    start = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"User-Agent": "tallystick", "Accept-Encoding": "identity"})  # noqa: S310  # http and https only, checked by the caller
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        answer = urllib.request.urlopen(request, timeout=SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code != 416:  # nothing left to send, or the file shrank: from the start
            raise
        part.unlink()
        answer = urllib.request.urlopen(address, timeout=SECONDS)  # noqa: S310
        start = 0
    with answer:
        _refuse_page(answer, name)
        resumed = start > 0 and answer.status == 206  # partial content
        whole = int(answer.headers.get("Content-Length") or 0) + (start if resumed else 0)
        if whole > door_rules().unpacking.most_bytes:
            raise cannot("TS174", f"{name} is larger than any release.", fix="Check the address in the definition.")
        done = start if resumed else 0
        with part.open("ab" if resumed else "wb") as stream:
            for chunk in iter(lambda: answer.read(CHUNK), b""):
                stream.write(chunk)
                done += len(chunk)
                told(name, done, whole)
        if whole and done < whole:
            raise http.client.IncompleteRead(b"", whole - done)


def _refuse_page(answer: Any, name: str) -> None:
    """A login page or an error page answers with success: it is known by its kind."""
    kind = str(answer.headers.get("Content-Type") or "").lower()
    if kind.startswith("text/html"):
        raise _unreachable(
            "TS172",
            f"Instead of {name} the address gave a web page.",
            where=f"{urlsplit(answer.url).hostname}",
            why="It is probably a login page, or the file was moved.",
            fix="Open the page of the release in a browser, download the file there and use --from.",
        )


def _in_words(error: BaseException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code}"
    reason = getattr(error, "reason", None)
    return str(reason or error)[:120] or type(error).__name__


def _unreachable(code: str, text: str, *, where: str = "", why: str = "", fix: str = "") -> TallystickError:
    return TallystickError(Fault(code, text, where, why, fix), exit_code=SOURCE_CHANGED)
