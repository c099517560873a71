"""The grid, figures of others, scaffolds, reports: what people ask of claims beyond a verdict."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from tallystick import answers
from tallystick.claims.claim import read_claims
from tallystick.claims.published import PublishedFigure, placed_figure, published_figures
from tallystick.clear.disclosure import recalled
from tallystick.figures.changes import verdicts_moved
from tallystick.gridding import claim_grid, moves
from tallystick.measures.unit_measure import measurebook
from tallystick.publish.claim_review import claim_review
from tallystick.publish.report import MOST_BYTES
from tallystick.scaffolding import missing, scaffold
from tallystick.terms.definitions import Shelf
from tests.claims.conftest import run
from tests.claims.test_claims_on_records import cell, claim, laid_beside, reading

SHELF = Shelf()
SEVENTY = "seventy-percent-charged-or-convicted"


# figures of others


def test_at_least_thirty_published_figures_are_placed_and_those_in_reach_reproduce() -> None:
    placed = answers.placed_figures(answers.shipped_records(SHELF))
    assert len(placed) >= 30
    in_reach = [one for one in placed if one.published.basis == "figures"]
    assert len(in_reach) >= 20
    missed = {one.published.id: one.standing for one in in_reach if one.standing != "reproduced"}
    # the year end of fiscal year 2024 is not in reach: both are explained in their definition
    assert missed == {"average-convicted-2024": "nearby", "average-2024": "nearby"}
    assert all(one.published.note for one in in_reach if one.published.id in missed)
    for one in placed:
        if one.published.basis != "figures":
            assert one.standing == "needs_release"
            assert one.published.needs


def test_the_five_denominators_of_the_workbook_of_february_2026() -> None:
    """`policies.md` 0.12: one workbook, five answers to what share is convicted or charged, each with its cell."""
    wanted = {
        "average-all-2026-02": 0.526, "book-ins-2026-02": 0.534, "held-all-2026-02": 0.526,
        "average-ice-2026-02": 0.592, "held-ice-2026-02": 0.574,
    }  # fmt: skip
    placed = {one.published.id: one for one in answers.placed_figures(answers.shipped_records(SHELF))}
    for name, value in wanted.items():
        found = placed[name]
        assert found.ours is not None
        assert found.cell is not None
        assert round(float(found.ours.lower), 3) == value
        assert found.cell.rests, "every figure names the printed cells it rests on"
    run_ = answers.run_claim(answers.shipped_records(SHELF), "most-arrested-and-detained-are-convicted", "2026-02-07")
    shown = [outcome.reading for outcome in run_.main.outcomes if outcome.reading.variant == "convicted_or_charged"]
    assert {(one.measure, one.split.get("arresting_agency", "")) for one in shown} >= {
        ("who/held-by-criminality", "ICE"), ("who/book-ins-by-criminality", ""),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "rounded_to", "standing"),
    [
        ("0.60", "0.01", "reproduced"),
        ("0.604", "0.01", "reproduced"),
        ("0.606", "0.001", "nearby"),
        ("0.7", "0.01", "not_reproduced"),
    ],
)
def test_a_published_figure_stands_where_its_rounding_puts_it(value: str, rounded_to: str, standing: str) -> None:
    published = PublishedFigure(
        id="x", who="w", where="x", text="t", value=value, rounded_to=rounded_to, seen="primary", basis="records",
        measure="who/arrests-by-criminality", variant="convicted", window="2025-01-20/2025-04-29", needs="n",
    )  # fmt: skip
    cells = [cell("2025-01-20", "2025-04-29", "0.6")]
    assert placed_figure(published, lambda _: recalled(cells)).standing == standing
    part = [cell("2025-01-20", "2025-03-29", "0.6")]
    assert placed_figure(published, lambda _: recalled(part)).standing == "needs_release"  # a part is another figure


def test_every_published_figure_names_a_measure_and_variant_that_exist() -> None:
    book = measurebook(SHELF, "us-ice")
    for one in published_figures(SHELF):
        if one.basis == "records":
            measure = book.measure(one.measure)
            assert not one.variant or one.variant in {variant.id for variant in measure.variants}, one.id


# the grid


def test_the_grid_holds_every_reading_under_every_rule(made_project: Path) -> None:
    records = answers.project_records(made_project, SHELF)
    claim, rows = claim_grid(records, SEVENTY, made_project)
    own = [dict(row.choice) for row in rows]
    assert {row["reading"] for row in own} >= {one.id for one in claim.readings if one.basis == "records"}
    assert len({row["duplicate_rule"] for row in own}) > 5
    assert {"arrest", "person key"} <= {row["unit"] for row in own}
    ranked = {one.dimension: one for one in moves(rows)}
    assert {"period", "duplicate_rule", "unit"} <= set(ranked)
    assert all(0 <= one.flips <= one.groups for one in ranked.values())
    said = run("claim", "run", SEVENTY, "--grid", "--project", str(made_project))
    assert "MADE-UP FIGURES" in said.output
    assert "Which choice moves the answer" in said.output
    table = list(
        csv.DictReader(io.StringIO(run("claim", "run", SEVENTY, "--csv", "--project", str(made_project)).stdout))
    )
    assert {row["invented"] for row in table} == {"true"}
    assert len(table) == len(rows)


def test_the_grid_of_shipped_figures_tells_agencies_and_dates_apart() -> None:
    _, rows = claim_grid(answers.shipped_records(SHELF), SEVENTY, None)
    own = [dict(row.choice) for row in rows]
    assert {"ICE", "CBP", "All"} <= {row["agency"] for row in own}
    keys = [tuple(sorted(row.items())) for row in own]
    assert len(keys) == len(set(keys))
    assert moves(rows)[0].dimension in ("agency", "reading")


# newsrooms


def test_fail_if_leaves_with_one_on_the_verdict_named() -> None:
    assert run("claim", "run", SEVENTY, "--fail-if", "does_not_support").exit_code == 1
    assert run("claim", "run", SEVENTY, "--fail-if", "supports").exit_code == 0
    assert run("claim", "run", SEVENTY, "--fail-if", "wrong").code == "TS105"


def test_a_new_claim_is_a_scaffold_that_says_what_is_missing(tmp_path: Path) -> None:
    given = {"text": "Most arrests are of convicted people.", "measure": "who/held-by-criminality", "basis": "figures"}
    text = scaffold(given)
    assert tomllib.loads(text)["id"] == "most-arrests-are-of-convicted-people"
    lacks = " ".join(missing(given, SHELF))
    for word in ("speaker", "said_on", "threshold_from", "written_on", "cannot_say"):
        assert word in lacks
    assert "there is no 'who/nothing'" in " ".join(missing({"measure": "who/nothing"}, SHELF))
    assert "page" in " ".join(missing({"quote": "words"}, SHELF))
    said = run("claim", "new", "--text", given["text"], "--json")
    assert json.loads(said.stdout)["data"]["missing"]
    folder = tmp_path / "us-ice" / "claims"
    folder.mkdir(parents=True)
    filled = text.replace('"FILL IN"', '"x"').replace(
        "# written_on = year-month-day, FILL IN", "written_on = 2026-11-24"
    )
    filled = filled.replace('at = "latest"', 'at = "latest"').replace('variant = "x"', 'variant = "convicted"')
    (folder / "most-arrests-are-of-convicted-people.toml").write_text(filled)
    tried = run("claim", "show", "most-arrests-are-of-convicted-people", "--definitions", str(tmp_path))
    assert tried.exit_code == 0, tried.output


# reports


def test_a_report_stands_alone(made_project: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    words = ("report", SEVENTY, "citizens-are-arrested", "who/arrests-by-criminality", "--project", str(made_project))
    assert run(*words, "-o", str(page)).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) <= MOST_BYTES
    assert "MADE-UP FIGURES" in text
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', text), "no foreign address"
    assert str(made_project.parent) not in text
    (first, *_) = re.findall(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', text)
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(first).decode("utf-8"))))
    assert {row["claim"] for row in rows} == {SEVENTY}
    again = tmp_path / "again.html"
    run(*words, "-o", str(again))
    assert again.read_text(encoding="utf-8").replace("again.html", "report.html") == text, "same input, same bytes"


def test_a_report_lays_one_place_beside_another(made_project: Path, tmp_path: Path) -> None:
    page = tmp_path / "places.md"
    words = ("report", "who/arrests-by-criminality", "--project", str(made_project), "-o", str(page))
    assert run(*words, "--place", "AL", "--versus", "AK").exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "AL beside AK" in text
    assert "nothing is imputed" in text
    assert run(*words, "--place", "Atlantis").code == "TS190"
    assert run("report", SEVENTY, "-o", str(tmp_path / "page.txt")).code == "TS105"
    every = [claim.id for claim in read_claims(SHELF)]
    assert run("report", *every, "-o", str(tmp_path / "all.html")).code == "TS241"
    assert not (tmp_path / "all.html").exists()
    assert run("report", "nothing-like-this").code == "TS101"


# why a verdict moved


def row(verdict: str, lower: float, definition: str = "d") -> dict[str, object]:
    return {
        "claim": "c", "tested_at": "2026-01-25", "reading": "r", "claim_verdict": verdict, "lower": lower,
        "upper": lower, "definition_hash": definition,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("after", "tools", "why"),
    [
        (row("supports", 0.6), ("1", "1"), "other figures (r)"),
        (row("supports", 0.4, "e"), ("1", "1"), "its definition is another"),
        (row("supports", 0.6, "e"), ("1", "1"), "definition is another and the data"),
        (row("supports", 0.4), ("1", "2"), "version 1 against 2"),
    ],
)
def test_a_verdict_that_moved_says_why(after: dict[str, object], tools: tuple[str, str], why: str) -> None:
    (change,) = verdicts_moved([row("does_not_support", 0.4)], [after], tools)
    assert why in change.detail
    assert verdicts_moved([after], [after], tools) == []


# ClaimReview


@pytest.mark.parametrize(
    ("lower", "rating"), [("0.6", 5), ("0.3", 1), ("0.5", None)], ids=["supports", "does not", "cannot settle"]
)
def test_only_a_quoted_claim_is_reviewed_and_an_open_one_gets_no_number(lower: str, rating: int | None) -> None:
    known = next(one for one in read_claims(SHELF) if not one.not_testable)
    source = msgspec.structs.replace(known.source, url="https://example.org/statement")
    quoted = msgspec.structs.replace(
        known, quoted=True, said_on="2025-04-29", attribution="checked", source=source,
        readings=(reading(window="2025-01-20/2025-04-29"),), tests=claim(reading()).tests,
    )  # fmt: skip
    cells = recalled([cell("2025-01-20", "2025-04-29", lower)])
    found = claim_review(
        laid_beside(quoted, "2025-04-29", quoted.tests[0].title, lambda _: cells, "x"), "https://x.org/c"
    )
    assert found["reviewRating"].get("ratingValue") == rating
    assert found["reviewRating"]["alternateName"]
    assert found["itemReviewed"]["appearance"]["url"] == "https://example.org/statement"
    assert run("claim", "run", SEVENTY, "--claim-review", "https://x.org/c").code == "TS106"
