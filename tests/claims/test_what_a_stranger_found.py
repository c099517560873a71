"""Faults that a reader who did not write the code found in claims: each one stays found."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from tallystick import answers
from tallystick.claims.claim import is_decimal, read_claims
from tallystick.claims.judge import bar_of, compare
from tallystick.publish.report import unmarked
from tallystick.terms.bound import point
from tallystick.terms.definitions import PACKAGED, Shelf
from tests.claims.conftest import run

SHELF = Shelf()
ROUNDED = {Fraction("0.005"), Fraction(0)}


@pytest.mark.parametrize("window", [("2023-10-01", ""), ("", "2025-10-10"), ("2024-10-01", "2025-09-30")])
def test_a_window_that_somebody_chose_is_rounded(made_project: Path, window: tuple[str, str]) -> None:
    """Two exact windows that differ by a few days would show the few people between them."""
    words = ["measure", "run", "who/arrests-by-criminality", "--project", str(made_project), "--csv"]
    words += [word for name, day in zip(("--from", "--to"), window, strict=True) if day for word in (name, day)]
    rows = list(csv.DictReader(io.StringIO(run(*words).stdout)))
    assert rows
    assert {row["status"] for row in rows} <= {"rounded", "suppressed"}


def test_the_grid_rounds_what_the_build_rounds_and_takes_counts_by_day(made_project: Path) -> None:
    for claim, most in (("most-arrested-have-no-conviction", 1), ("three-thousand-arrests-a-day", 50)):
        said = run("claim", "run", claim, "--grid", "--csv", "--project", str(made_project))
        rows = [row for row in csv.DictReader(io.StringIO(said.stdout)) if row["release"]]
        assert rows
        assert {row["status"] for row in rows} == {"rounded"}
        assert max(float(row["upper"]) for row in rows) <= most


def test_two_baselines_of_one_measure_are_two_rows() -> None:
    said = run("claim", "run", "growth-from-people-without-convictions", "--grid", "--csv")
    named = {row["reading"] for row in csv.DictReader(io.StringIO(said.stdout))}
    assert {"neither-all-2025-01", "neither-ice-2025-09"} <= named


def test_a_bundle_never_takes_the_place_of_files_that_stood_there(tmp_path: Path) -> None:
    folder = tmp_path / "D"
    assert run("explain", "works-transparently", "--bundle", str(folder)).exit_code == 0
    assert run("explain", "works-transparently", "--bundle", str(folder)).exit_code == 0
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("mine")
    refused = run("explain", "works-transparently", "--bundle", str(folder))
    assert ("TS240", "mine") == (refused.code, (folder / "mine" / "notes.txt").read_text())


def test_a_figure_that_is_quoted_supports_the_claim_that_quotes_it() -> None:
    """What a speaker says, if it is exactly so, is never 'cannot settle' for being near itself."""
    for claim in read_claims(SHELF):
        for reading in claim.readings:
            if not reading.threshold_from.startswith("the figure in the claim itself, half a point"):
                continue
            said = Fraction(
                round(float(reading.threshold) * 100 + (0.001 if reading.comparator == "at_least" else -0.001)), 100
            )
            assert abs(said - Fraction(reading.threshold)) in ROUNDED, claim.id
            assert compare(point(said), bar_of(reading)).result == "supports", (claim.id, reading.id)


def test_the_kindest_and_the_strictest_reading_are_so_on_the_figures_that_ship() -> None:
    """Among the readings that the shipped figures decide with one comparator, none is kinder, or stricter, than named."""
    for verdict in answers.main_verdicts(answers.shipped_records(SHELF)):
        claim = verdict.claim
        room = {
            one.reading.id: float(
                one.cell.bound.lower - one.reading.bar
                if one.reading.comparator in ("at_least", "more_than")
                else one.reading.bar - one.cell.bound.upper
            )
            for one in verdict.outcomes
            if one.cell is not None and one.cell.bound is not None and one.reading.comparator in ONE_SIDED
        }
        for name, best in ((claim.favours_speaker, max), (claim.disfavours_speaker, min)):
            if len(room) > 1 and name in room:
                assert best(room, key=lambda one: room[one]) == name, (claim.id, name, room)


ONE_SIDED = ("at_least", "more_than", "at_most", "less_than")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"margin": '"-0.5"'}, "below zero"),
        ({"threshold": '"1e99999999"'}, "not a decimal"),
        ({"baseline": '"lastyear"'}, "baseline"),
        ({"comparator": '"between"', "upper_threshold": '"0.1"'}, "no room"),
    ],
)
def test_bars_that_would_make_nonsense_are_refused(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    folder = tmp_path / "us-ice" / "claims"
    folder.mkdir(parents=True)
    name = "most-held-were-arrested-by-ice"
    text = (PACKAGED / "us-ice" / "claims" / f"{name}.toml").read_text("utf-8")
    head, _, reading = text.partition("[[readings]]\n")
    for key, value in changed.items():
        reading = (
            "\n".join(line for line in reading.split("\n") if not line.startswith(f"{key} = ")) if head else reading
        )
        reading = f"{key} = {value}\n{reading}"
    first = reading.split("\n[[readings]]")[0]
    (folder / f"{name}.toml").write_text(
        f"{head}[[readings]]\n{first}\n[[readings]]" + text.split("[[readings]]", 2)[2]
    )
    tomllib.loads((folder / f"{name}.toml").read_text())
    said = run("claim", "run", name, "--definitions", str(tmp_path))
    assert said.code == "TS151"
    assert words in said.output


def test_what_is_a_number_is_a_plain_one() -> None:
    assert [is_decimal(text) for text in ("0.5", "-2", "1e5", "1/2", "nan", "0." + "1" * 40)] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_markdown_of_a_hostile_text_is_text() -> None:
    for text in ("![x](http://e/p.png)", "[x](javascript:1)", "<img src=x>", "a\n\n## forged", "`x`", "a | b"):
        made = unmarked(text)
        assert "\n" not in made
        assert not any(sign in made.replace(f"\\{sign}", "") for sign in "[]!`#|*")
        assert "<" not in made


@pytest.mark.parametrize("more", [("--fail-if", "supports"), ("--at", "latest"), ("--series",)])
def test_the_grid_refuses_what_it_would_not_heed(more: tuple[str, ...]) -> None:
    assert run("claim", "run", "most-held-were-arrested-by-ice", "--grid", *more).code == "TS100"


def test_a_review_stands_at_an_address_and_cannot_end_its_script() -> None:
    assert run("claim", "run", "works-transparently", "--claim-review", "javascript:x</script>").code == "TS105"


def test_rounded_counts_have_no_complete_case(made_project: Path) -> None:
    words = (
        "measure",
        "run",
        "who/arrests-by-criminality",
        "--from",
        "2023-10-01",
        "--project",
        str(made_project),
        "--json",
    )
    cells = json.loads(run(*words).stdout)["data"]["cells"]
    assert cells
    assert all(cell["complete_case"] is None for cell in cells if cell["status"] != "ok")
