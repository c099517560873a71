"""The site in headless Chromium: readable by everybody, from a folder and from a server, with and without JavaScript."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from tallystick.previewing import serve

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = {"preload": False, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CLAIM = "most-arrested-and-detained-are-convicted"
TYPES = (
    "index.html", f"claims/{CLAIM}.html", "claims/works-transparently.html", "statement.html", "policies/index.html",
    "policies/dhs_mayorkas_2021.html", "places/index.html", "measures/index.html",
    "measures/who-held-by-criminality.html", "measures/counts-arrests-made.html", "comparisons/index.html",
    "comparisons/convicted-share-of-people-held.html", "comparisons/convicted-share-over-time.html", "quality.html",
    "methods.html", "limits.html", "glossary.html", "explore.html", "download.html", "about.html", "corrections.html",
    "counties.html", "trafficking.html",
)  # fmt: skip
SMALLEST = 11  # pixels of a label at 320 px


def _missing() -> str:
    return "" if CHROMIUM else "needs Chromium, which is not on this machine"


if os.environ.get("TALLYSTICK_NEEDS_BROWSER") and not CHROMIUM:
    raise RuntimeError("Chromium is absent: CI needs it")
pytestmark = pytest.mark.skipif(bool(_missing()), reason=_missing() or "there is one")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def sites(demo_folder: Path) -> dict[str, Path]:
    """Both sites."""
    return {"real": demo_folder / "real", "made-up": demo_folder / "invented" / "site"}


class Watched:
    """A page, with everything that it complained about or asked for."""

    def __init__(self, browser: Any, **settings: Any) -> None:
        self.context = browser.new_context(**settings)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def _violations(page: Any) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "light"), ("en", "dark")])
def test_no_page_has_an_accessibility_violation(
    browser: Any, sites: dict[str, Path], language: str, scheme: str
) -> None:
    with Watched(browser, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as own:
        for name in TYPES:
            own.page.goto((sites["real"] / language / name).as_uri())
            assert _violations(own.page) == [], name
        assert own.said == []
        assert [url for url in own.asked if not url.startswith("file:")] == []


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_nothing_sticks_out_at_any_width_and_labels_stay_legible(
    browser: Any, sites: dict[str, Path], width: int
) -> None:
    with Watched(browser, viewport={"width": width, "height": 800}) as own:
        for language, names in (("en", TYPES), ("es", TYPES)):
            for name in names:
                own.page.goto((sites["real"] / language / name).as_uri())
                wide = own.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, (language, name, wide)
                if width == 320 and language == "es":  # its words are the longer ones
                    assert _violations(own.page) == [], (language, name)
                if width == 320:
                    sizes = own.page.evaluate(
                        """() => [...document.querySelectorAll('svg text')].filter(one => one.getClientRects().length
                            && getComputedStyle(one.closest('svg')).display !== 'none')
                            .map(one => one.getScreenCTM().a * parseFloat(getComputedStyle(one).fontSize))"""
                    )
                    assert min(sizes, default=SMALLEST) >= SMALLEST, (language, name, min(sizes))


def test_made_up_pages_and_embeds_are_as_accessible(browser: Any, sites: dict[str, Path]) -> None:
    made = sites["made-up"]
    places = sorted((made / "en" / "places").glob("area-*.html"))
    for scheme in ("light", "dark"):
        with Watched(browser, color_scheme=scheme, viewport={"width": 360, "height": 800}) as own:
            pages = [
                made / "index.html", made / "en" / "index.html", places[0], made / "en" / "counties.html",
                made / "es" / "claims" / f"{CLAIM}.html", made / "en" / "quality.html",
                sites["real"] / "index.html", sites["real"] / "embed" / "en" / f"{CLAIM}.html",
                sites["real"] / "embed" / "es" / f"{CLAIM}.html",
            ]  # fmt: skip
            for page in pages:
                own.page.goto(page.as_uri())
                assert _violations(own.page) == [], page
                assert own.page.evaluate("document.documentElement.scrollWidth") <= 360, page
            assert own.said == []
    size = (sites["real"] / "embed" / "en" / f"{CLAIM}.html").stat().st_size
    assert size < 10_000


def test_pages_are_complete_without_javascript(browser: Any, sites: dict[str, Path]) -> None:
    texts = {}
    for runs in (True, False):
        with Watched(browser, java_script_enabled=runs, viewport={"width": 1000, "height": 800}) as own:
            for name in TYPES:
                if name != "explore.html":
                    own.page.goto((sites["real"] / "en" / name).as_uri())
                    text = own.page.locator("main").inner_text()
                    texts.setdefault(name, []).append("".join(text.replace("Copy", "").split()))
            own.page.goto((sites["real"] / "en" / "explore.html").as_uri())
            if not runs:
                assert "needs JavaScript" in own.page.locator("main").inner_text()
    for name, (with_script, without) in texts.items():
        assert without in with_script or len(without) >= 0.97 * len(with_script), name


def test_a_server_shows_the_same_and_nothing_is_asked_of_others(browser: Any, sites: dict[str, Path]) -> None:
    with serve(sites["real"], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with Watched(browser) as own:
                root = f"http://127.0.0.1:{server.server_port}"
                for name in TYPES:
                    answer = own.page.goto(f"{root}/en/{name}")
                    assert answer.status == 200, name
                assert own.said == []
                assert [url for url in own.asked if not url.startswith(root)] == []
        finally:
            server.shutdown()


def test_print_opens_what_is_folded_and_leaves_menus_out(browser: Any, sites: dict[str, Path]) -> None:
    with Watched(browser, viewport={"width": 900, "height": 900}) as own:
        own.page.goto((sites["real"] / "en" / "claims" / f"{CLAIM}.html").as_uri())
        own.page.emulate_media(media="print")
        assert not own.page.locator("header.site nav").is_visible()
        assert own.page.get_by_text("Every number, with the file, sheet and cell it stands in").is_visible()
        pdf = own.page.pdf()
        assert pdf.startswith(b"%PDF")
        assert len(pdf) > 20_000


def test_a_newcomer_reaches_claim_csv_and_citation_in_three_clicks(browser: Any, sites: dict[str, Path]) -> None:
    with Watched(browser) as own:
        own.page.goto((sites["real"] / "index.html").as_uri())
        own.page.get_by_role("link", name="English").click()
        own.page.get_by_role("heading", level=2).get_by_role("link").first.click()
        assert own.page.locator(".verdict .words").first.inner_text()
        with own.page.expect_download() as waiting:
            own.page.locator(".files a").first.click()
        assert waiting.value.suggested_filename.endswith(".csv")
        own.page.get_by_role("link", name="How to cite").first.click()
        assert own.page.url.endswith("#cite")
        assert "tallystick" in own.page.locator("dl.cite").inner_text()


def test_every_control_is_reached_and_seen_by_keyboard(browser: Any, sites: dict[str, Path]) -> None:
    for name in ("index.html", f"claims/{CLAIM}.html", "explore.html", "measures/index.html"):
        with Watched(browser, viewport={"width": 1100, "height": 900}) as own:
            own.page.goto((sites["real"] / "en" / name).as_uri())
            own.page.wait_for_timeout(150)
            wanted = own.page.evaluate(
                """() => [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')]
                    .filter(one => one.getClientRects().length && !one.disabled
                        && getComputedStyle(one).visibility !== 'hidden'
                        && !(one.closest('details:not([open])') && one.tagName !== 'SUMMARY')).length"""
            )
            own.page.evaluate("document.activeElement.blur()")
            seen, marked = 0, 0
            for _ in range(wanted + 5):
                own.page.keyboard.press("Tab")
                state = own.page.evaluate(
                    """() => { const one = document.activeElement; if (!one || one === document.body) return null;
                        const style = getComputedStyle(one); const first = !one.dataset.seen; one.dataset.seen = '1';
                        return [first, style.outlineStyle !== 'none' || style.boxShadow !== 'none']; }"""
                )
                if state and state[0]:
                    seen += 1
                    marked += state[1]
            assert seen >= wanted, (name, seen, wanted)
            assert marked == seen, (name, marked, seen)


def test_the_explore_page_filters_right(browser: Any, sites: dict[str, Path]) -> None:
    import csv

    path = sites["real"] / "data" / "measures" / "who-held-by-criminality.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["variant"] == "convicted" and row["lower"]]
    with Watched(browser) as own:
        start = (sites["real"] / "en" / "explore.html").as_uri()
        own.page.goto(f"{start}#measure=who%2Fheld-by-criminality&what=convicted&group=ICE&place=&year=2026")
        own.page.wait_for_selector("#x-rows tr")
        expected = sorted(
            (row["period_end"], f"{float(row['lower']) * 100:.1f}%")
            for row in rows
            if "ICE" in row["group"] and row["period_end"] >= "2025-10-01"
        )
        shown = own.page.locator("#x-rows tr").evaluate_all(
            "rows => rows.map(row => [row.children[0].textContent, row.children[1].textContent])"
        )
        assert sorted(tuple(one) for one in shown) == expected
        own.page.select_option("#x-group", "All")
        own.page.select_option("#x-year", "")
        count = sum("All" in row["group"] for row in rows)
        assert own.page.locator("#x-rows tr").count() == count
        assert "year=" in own.page.url
        assert own.page.locator("#x-csv").get_attribute("href").startswith("data:text/csv")
        own.page.reload()
        own.page.wait_for_selector("#x-rows tr")
        assert own.page.locator("#x-rows tr").count() == count
        own.page.select_option("#x-measure", "monitoring/technology-cost")
        own.page.wait_for_function("document.getElementById('x-caption').textContent.length > 5")
        assert own.said == []


def test_long_lists_can_be_filtered_and_copies_are_made(browser: Any, sites: dict[str, Path]) -> None:
    with Watched(browser) as own:
        own.page.goto((sites["real"] / "en" / "measures" / "index.html").as_uri())
        total = own.page.locator("main li:visible").count()
        own.page.get_by_label("Show only lines with").fill("detainer")
        kept = own.page.locator("ul.filterable li:visible").count()
        assert 0 < kept < total
        own.page.get_by_label("Show only lines with").fill("nothing holds this")
        assert own.page.locator("ul.filterable li:visible").count() == 0
        assert "No line holds this" in own.page.get_by_role("status").inner_text()
