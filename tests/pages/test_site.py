"""The static site: whole, in two languages, safe, made-up figures apart from real ones."""

from __future__ import annotations

import csv
import http.client
import json
import re
import shutil
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tallystick.answers import project_records, shipped_records
from tallystick.composing import build_site, pages_spoken
from tallystick.made.demo import invented_shelf
from tallystick.previewing import serve
from tallystick.proofreading import proofread
from tallystick.publish.language import said, speaking, texts_missing
from tallystick.showing import Showing, showing
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

from ..story.test_commands import typed

TYPES = (
    "index", "statement", "quality", "methods", "limits", "glossary", "explore", "download", "about", "corrections",
    "counties", "trafficking",
)  # fmt: skip


@pytest.fixture(scope="module")
def real_site(demo_folder: Path) -> Path:
    """The site of the figures that ship."""
    return demo_folder / "real"


@pytest.fixture(scope="module")
def made_up_site(demo_folder: Path) -> Path:
    """The site of the made-up project."""
    return demo_folder / "invented" / "site"


@pytest.fixture(scope="module")
def shown() -> Showing:
    """What the site of shipped figures shows."""
    return showing(shipped_records(Shelf()))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.headings += tag == "h1"
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def _pages(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.html"))


def test_real_and_made_up_figures_never_share_a_page(real_site: Path, made_up_site: Path) -> None:
    for folder, is_made_up in ((real_site, False), (made_up_site, True)):
        for page in _pages(folder):
            text = page.read_text(encoding="utf-8")
            assert is_made_up is ('class="made-up"' in text), page
            assert is_made_up is any(words in text for words in ("MADE-UP FIGURES", "CIFRAS INVENTADAS")), page
    for page in _pages(made_up_site):
        for name in ("ICE", "CBP", "Homeland", "Kocher"):
            assert not re.search(rf"(?<![\w-]){name}(?![\w-])", page.read_text(encoding="utf-8")), (name, page.name)


def test_every_row_of_a_made_up_table_says_so(made_up_site: Path) -> None:
    for path in sorted((made_up_site / "data").rglob("*.csv")):
        if path.name == "dictionary.csv":
            continue
        with path.open(encoding="utf-8", newline="") as stream:
            assert {str(row["invented"]).lower() for row in csv.DictReader(stream)} <= {"true"}, path


def test_every_page_is_whole_and_asks_nothing_of_others(real_site: Path, made_up_site: Path) -> None:
    for page in [*_pages(real_site), *_pages(made_up_site)]:
        seen = _Tags()
        text = page.read_text(encoding="utf-8")
        seen.feed(text)
        assert seen.headings == 1, page
        assert not {"iframe", "img", "object", "embed", "form"} & seen.tags, page
        assert not [name for name in seen.attributes if name == "style" or name.startswith("on")], page
        assert not [link for link in seen.links if re.match(r"(?!data:image/)[a-z]+:|//|/", link)], page
        assert re.search(r'<html lang="(en|es)"', text), page
        assert re.search(r"<title>[^<]{4,}</title>", text), page


@pytest.mark.parametrize("name", TYPES)
def test_every_type_of_page_is_there_in_both_languages(name: str, real_site: Path) -> None:
    for language in ("en", "es"):
        assert f'<html lang="{language}"' in (real_site / language / f"{name}.html").read_text(encoding="utf-8")
    for folder in ("claims", "policies", "measures", "comparisons", "places"):
        own, twin = (
            {path.name for path in (real_site / language / folder).glob("*.html")} for language in ("en", "es")
        )
        assert own == twin


def test_nothing_is_wrong_with_either_site(real_site: Path, made_up_site: Path) -> None:
    assert proofread(real_site, Shelf()) == []
    assert proofread(made_up_site, Shelf()) == []


def test_both_sites_together_stay_below_fifteen_megabytes(real_site: Path, made_up_site: Path) -> None:
    sizes = [
        path.stat().st_size for folder in (real_site, made_up_site) for path in folder.rglob("*") if path.is_file()
    ]
    assert sum(sizes) < 15_000_000


def test_the_same_figures_give_the_same_pages(shown: Showing) -> None:
    first = {page.path: page.content for page in pages_spoken(shown)}
    again = {page.path: page.content for page in pages_spoken(showing(shipped_records(Shelf())))}
    assert first == again
    assert len(first) > 200


def test_no_text_is_missing_in_spanish(shown: Showing, demo_folder: Path) -> None:
    shelf = invented_shelf()
    made = showing(project_records(demo_folder / "invented" / "project", shelf))
    for own in (shown, made):
        with speaking("es", own.records.shelf, strict=False):
            pages = {page.path: page.content for page in pages_spoken(own)}
            assert texts_missing() == []
        assert "no ha sido revisada por una persona" in pages["es/index.html"]


def test_a_text_that_is_missing_stops_the_build() -> None:
    with pytest.raises(TallystickError) as error, speaking("es", Shelf()):
        said("A sentence that nobody ever translated.")
    assert error.value.faults[0].code == "TS153"
    with pytest.raises(TallystickError) as error, speaking("fr", Shelf()):
        pass
    assert error.value.faults[0].code == "TS107"


def test_a_claim_of_ones_own_needs_its_spanish_or_english_alone(tmp_path: Path) -> None:
    shelf = _with_hostile_claim(tmp_path)
    with pytest.raises(TallystickError) as error:
        build_site(shipped_records(shelf), tmp_path / "site", ["en", "es"])
    assert {fault.code for fault in error.value.faults} == {"TS153"}
    assert not (tmp_path / "site").exists()
    assert build_site(shipped_records(shelf), tmp_path / "site", ["en"]).languages == ("en",)
    _check_hostile(tmp_path / "site")


HOSTILE = "<script>alert(1)</script> =HYPERLINK(http://x) | \u202eevil\u202c {{ 7*7 }} onmouseover=alert(1) "


def _with_hostile_claim(folder: Path) -> Shelf:
    own = folder / "definitions" / "us-ice" / "claims"
    own.mkdir(parents=True)
    text = (Path(Shelf().path("us-ice/claims/most-arrested-and-detained-are-convicted.toml"))).read_text("utf-8")
    bad, long = json.dumps(HOSTILE.strip()), json.dumps((HOSTILE + "x" * 10_000)[:10_000])
    lines = []
    for line in text.splitlines():
        key = line.partition(" = ")[0]
        lines.append(f"{key} = {long if key == 'text' else bad}" if key in ("title", "text", "speaker") else line)
    (own / "most-arrested-and-detained-are-convicted.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Shelf(folder / "definitions")


def _check_hostile(site: Path) -> None:
    page = (site / "en" / "claims" / "most-arrested-and-detained-are-convicted.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "49" not in re.findall(r"\{\{.{0,9}", page)
    assert not re.search(r"<[^>]* onmouseover=", page)
    for path in (site / "data").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                assert not [cell for cell in row if cell.startswith(("=", "@", "\t"))], path


def test_a_planted_leak_a_broken_link_and_a_foreign_script_are_found(real_site: Path, tmp_path: Path, capsys) -> None:
    site = tmp_path / "site"
    shutil.copytree(real_site, site)
    assert typed("site", "check", str(site), capsys=capsys)[0] == 0
    page = site / "en" / "about.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace('href="limits.html"', 'href="nowhere.html"'), encoding="utf-8")
    code, _, err = typed("site", "check", str(site), capsys=capsys)
    assert (1, True) == (code, "nowhere.html" in err)
    page.write_text(
        text.replace("</body>", '<script src="https://example.org/x.js"></script></body>'), encoding="utf-8"
    )
    code, _, err = typed("site", "check", str(site), capsys=capsys)
    assert (1, True) == (code, "example.org" in err)
    page.write_text(text, encoding="utf-8")
    claim = site / "en" / "claims" / "most-arrested-and-detained-are-convicted.html"
    own = claim.read_text(encoding="utf-8")
    claim.write_text(own.replace("28.7%</td>", "61.4%</td>"), encoding="utf-8")
    code, _, err = typed("site", "check", str(site), capsys=capsys)
    assert (1, True) == (code, "61.4%" in err)
    claim.write_text(own, encoding="utf-8")
    (site / "data" / "leak.csv").write_text("county,arrests\nA,3\nB,40\n", encoding="utf-8")
    assert typed("site", "check", str(site), capsys=capsys)[0] == 3
    (site / "data" / "leak.csv").unlink()
    cube = next((site / "data" / "explore").glob("who-*.js"))
    cube.write_text(re.sub(r"0\.\d+", "0.123", cube.read_text("utf-8"), count=1), encoding="utf-8")
    assert typed("site", "check", str(site), capsys=capsys)[0] == 3


@pytest.mark.parametrize(
    "bad",
    [
        "<SCRIPT SRC='https://example.org/x.js'></SCRIPT>", "<script data-src=x>alert(1)</script>",
        "<p ONERROR=alert(1)>x</p>", "<svg/onload=alert(1)></svg>", '<a href="java&#115;cript:alert(1)">x</a>',
        "<img srcset=https://example.org/x>", '<meta http-equiv="refresh" content="0;url=https://example.org">',
        '<base href="https://example.org/">', '<link rel=stylesheet href="&#104;ttps://example.org/x.css">',
        "<video src=//example.org/x></video>", "<form action=x></form>", '<a href="/etc/passwd">x</a>',
        "<style>@import url(x)</style>", "<svg><image href=x /></svg>", '<a ping="x" href="index.html">x</a>',
    ],
)  # fmt: skip
def test_a_page_with_something_foreign_is_named(bad: str, real_site: Path) -> None:
    from tallystick.publish.site.strict import strangers_in

    text = (real_site / "en" / "about.html").read_text(encoding="utf-8")
    assert list(strangers_in(text)) == []
    assert list(strangers_in(text.replace("</main>", f"{bad}</main>")))
    assert list(strangers_in(re.sub(r"<meta http-equiv[^>]*>", "", text)))


def test_a_definition_cannot_write_outside_the_site(tmp_path: Path) -> None:
    folder = tmp_path / "definitions" / "site"
    folder.mkdir(parents=True)
    text = Shelf().path("site/about.toml").read_text(encoding="utf-8").replace('id = "about"', 'id = "../../../out"')
    (folder / "about.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TallystickError) as error:
        build_site(shipped_records(Shelf(tmp_path / "definitions")), tmp_path / "site", ["en"])
    assert error.value.faults[0].code == "TS151"
    assert [path.name for path in tmp_path.iterdir()] == ["definitions"]


def test_a_translation_is_no_program() -> None:
    from tallystick.publish.language import filled

    assert filled("{n} {n.__class__} {nope} {0}", {"n": 3}) == "3 {n.__class__} {nope} {0}"


def test_what_is_no_site_is_said(tmp_path: Path, capsys) -> None:
    for words in (["site", "check", str(tmp_path)], ["site", "preview", str(tmp_path)]):
        code, _, err = typed(*words, capsys=capsys)
        assert (2, True) == (code, "TS115" in err)
    code, _, err = typed("site", "build", "--base-url", "javascript:alert(1)", "-o", str(tmp_path / "s"), capsys=capsys)
    assert (2, True) == (code, "TS105" in err)


def test_addresses_reviews_and_frozen_copies(tmp_path: Path, shown: Showing) -> None:
    from tallystick.composing import write_site

    site = tmp_path / "site"
    site.mkdir()
    made = write_site(shown, site, {"en": "English"}, base_url="https://example.org/t", frozen=True)
    page = (site / "en" / "claims" / "most-arrested-and-detained-are-convicted.html").read_text(encoding="utf-8")
    assert f'<link rel="canonical" href="https://example.org/t/r/{made.release_set}/en/claims/' in page
    assert "https://example.org/t/en/claims/most-arrested" in page  # in the citation
    assert (site / "r" / made.release_set / "en" / "index.html").is_file()
    again = tmp_path / "again"
    again.mkdir()
    write_site(shown, again, {"en": "English"}, kept=site)
    assert (again / "r" / made.release_set / "en" / "index.html").is_file()


def test_the_hashes_of_a_site_are_those_of_its_files(real_site: Path) -> None:
    import hashlib

    lines = (real_site / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines)
    files = {path.relative_to(real_site).as_posix(): path for path in real_site.rglob("*") if path.is_file()}
    assert set(listed) == set(files) - {"SHA256SUMS"}
    for name, digest in list(listed.items())[::25]:
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == digest


def test_a_preview_is_for_this_machine_alone(real_site: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(real_site / "en", site / "en")
    (site / "index.html").write_text("home", encoding="utf-8")
    (site / ".secret").write_text("hidden", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("outside", encoding="utf-8")
    (site / "out").symlink_to(tmp_path / "outside.txt")
    with serve(site, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        running = threading.Thread(target=server.serve_forever, daemon=True)
        running.start()
        try:
            for path, host, status in (
                ("/", "127.0.0.1", 200), ("/en/index.html", "localhost", 200), ("/en/", "localhost", 200),
                ("/en/claims/", "localhost", 404), ("/.secret", "127.0.0.1", 404), ("/out", "127.0.0.1", 404),
                ("/../outside.txt", "127.0.0.1", 404), ("/%2e%2e/outside.txt", "127.0.0.1", 404),
                ("/index.html", "evil.example", 403),
            ):  # fmt: skip
                connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
                connection.putrequest("GET", path, skip_host=True)
                connection.putheader("Host", f"{host}:{server.server_port}")
                connection.endheaders()
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == status, path
                assert b"outside" not in body or status != 200
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "python" not in (answer.headers["Server"] or "").lower()
                connection.close()
        finally:
            server.shutdown()


def test_a_report_speaks_spanish_too(tmp_path: Path, capsys) -> None:
    target = tmp_path / "informe.html"
    words = ("report", "most-arrested-and-detained-are-convicted", "--lang", "es", "-o", str(target))
    assert typed(*words, capsys=capsys)[0] == 0
    text = target.read_text(encoding="utf-8")
    assert '<html lang="es"' in text
    assert "Los registros muestran menos de lo que esta afirmación necesita" in text
    assert typed("claim", "list", "--lang", "es", capsys=capsys)[0] == 2


def test_a_policy_page_says_which_conditions_records_can_show(real_site: Path) -> None:
    text = (real_site / "en" / "policies" / "dhs_mayorkas_2021.html").read_text(encoding="utf-8")
    assert "29 November 2021" in text
    assert re.search(r"<td>(bounded|hint only|exact|none)</td>", text)
    assert "cannot show" in text


def test_a_place_has_one_page_and_a_measure_one_kind_of_place(demo_folder: Path) -> None:
    """Rows that go by a second kind stand on the one page of their place, and no measure goes by two kinds."""
    from tallystick.placing import every_place

    found = every_place(demo_folder / "invented" / "project", invented_shelf())
    assert len({(place.release, place.kind, place.place) for place in found}) == len(found)
    areas = [place for place in found if place.kind == "area"]
    assert {line.measure for place in areas for line in place.lines} >= {"counts/arrests-made"}
    kinds: dict[str, set[str]] = {}
    for place in found:
        for line in place.lines:
            kinds.setdefault(line.measure, set()).add(place.kind)
    assert all(len(own) == 1 for own in kinds.values()), kinds


def test_the_service_page_offers_help_and_takes_no_reports(real_site: Path) -> None:
    text = (real_site / "en" / "trafficking.html").read_text(encoding="utf-8")
    assert text.index("1-888-373-7888") < text.index("911")
    assert "866-347-2423" not in text  # a line that takes tips on anybody's status
    assert "<form" not in text
    assert "not evidence" in text


def test_places_of_a_made_up_project_have_pages_and_no_small_count(made_up_site: Path) -> None:
    pages = [page for page in (made_up_site / "en" / "places").glob("*.html") if page.stem != "index"]
    assert {page.stem.partition("-")[0] for page in pages} >= {"area", "facility"}
    with (made_up_site / "data" / "places" / f"{pages[0].stem}.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "hidden to protect people" in text or "Out of" in text
        assert not re.search(r'<td class="number" colspan="2">(?:[1-9]|10)</td>', text), page
        assert not re.search(r'<td class="number" data-label="At most">(?:[1-9]|10)</td>', text), page
    counties = (made_up_site / "en" / "counties.html").read_text(encoding="utf-8")
    assert "Detainers by the jail that was asked" in counties
