"""Claims on records: states, mirrors, windows, who stands in for whom; figures traced back to statements that give them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import msgspec
import pytest

from tallystick import answers, store
from tallystick.claims.claim import Claim, Reading, read_claims
from tallystick.claims.judge import OPPOSITE
from tallystick.claims.verdict import HIDDEN, judged
from tallystick.claims.verdict import tested as laid_beside
from tallystick.clear.disclosure import recalled
from tallystick.counting import records_of
from tallystick.measures.cell import Cell, cell_of
from tallystick.measures.conditions import code_test
from tallystick.measures.unit_measure import Condition, UnitMeasure, measurebook
from tallystick.policies.offenses import offenses
from tallystick.question import Question
from tallystick.retracing import statements_of
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf
from tallystick.truths import _says_of_code
from tests.claims.conftest import run

SHELF = Shelf()
BOOK = measurebook(SHELF, "us-ice")
NOT_COVERED = {"offices-went-on-as-before-2014-reform"}  # detainers of 2015 stand in neither invented release
CLAIMS = {claim.id: claim for claim in read_claims(SHELF)}


# the catalogue


def test_the_catalogue_is_mapped() -> None:
    """Every candidate of the catalogue is a claim, tested or not, and every measure that a reading names exists."""
    mapped = {number for claim in CLAIMS.values() for number in claim.catalogue}
    assert mapped == {str(number) for number in range(1, 41)}
    from tallystick.measures.measure import measure_names

    printed = set(measure_names(SHELF))
    for claim in CLAIMS.values():
        for reading in claim.readings:
            if reading.basis == "records":
                measure = BOOK.measure(reading.measure)
                known = {variant.id for variant in measure.variants} if isinstance(measure, UnitMeasure) else set()
                assert reading.variant in known or not known or reading.policy, (claim.id, reading.id)
            elif reading.measure:
                assert reading.measure in printed, (claim.id, reading.id)


def test_every_claim_has_a_state_on_shipped_figures_and_on_invented_records(made_project: Path) -> None:
    shipped = {entry.claim.id: entry for entry in answers.main_verdicts(answers.shipped_records(SHELF))}
    made = {entry.claim.id: entry for entry in answers.main_verdicts(answers.project_records(made_project, SHELF))}
    assert set(shipped) == set(made) == set(CLAIMS)
    states = {"tested", "awaits_records", "no_figure", "not_testable"}
    assert {entry.state for entry in (*shipped.values(), *made.values())} <= states
    for name, claim in CLAIMS.items():
        assert (
            (shipped[name].state == "not_testable") == (made[name].state == "not_testable") == bool(claim.not_testable)
        )
        needs = {reading.needs for reading in claim.headline() if reading.basis == "records"}
        if needs:  # every table is there: a claim is tested, or the gate hides what too few stand behind
            reasons = {outcome.result.reason for outcome in made[name].of_role("headline")}
            assert made[name].state == "tested" or HIDDEN in reasons or name in NOT_COVERED, name
    assert sum(entry.state == "tested" for entry in shipped.values()) >= 12
    assert sum(entry.state == "tested" for entry in made.values()) >= 30


def test_the_tally_tells_tested_from_awaiting_and_leaves_out_what_was_not_checked(made_project: Path) -> None:
    said = json.loads(run("claim", "list", "--project", str(made_project), "--json").stdout)["data"]
    assert said["invented"] is True
    counted = {side: sum(numbers.values()) for side, numbers in said["tally"].items()}
    assert sum(counted.values()) == len(CLAIMS)
    unchecked = sum(numbers.get("unchecked", 0) for numbers in said["tally"].values())
    assert unchecked == sum(claim.attribution == "unchecked" for claim in CLAIMS.values()) > 0
    assert "MADE-UP FIGURES" in run("claim", "list", "--project", str(made_project)).output
    shown = run("claim", "run", "three-thousand-arrests-a-day", "--project", str(made_project)).output
    assert "MADE-UP FIGURES" in shown
    assert "at least 3,000" in shown


def test_every_reading_on_records_mirrors(made_project: Path) -> None:
    swap = {"supports": "does_not_support", "does_not_support": "supports"}
    seen = 0
    for verdict in answers.main_verdicts(answers.project_records(made_project, SHELF)):
        for outcome in verdict.outcomes:
            if outcome.cell is not None and outcome.reading.threshold:
                opposite = msgspec.structs.replace(outcome.reading, comparator=OPPOSITE[outcome.reading.comparator])
                mirrored = judged(opposite, outcome.cell)
                assert swap.get(outcome.result.result, outcome.result.result) == mirrored.result.result
                assert outcome.result.reason == mirrored.result.reason
                seen += outcome.reading.basis == "records"
    assert seen > 80


def test_swapping_the_names_of_the_agency_changes_no_verdict(made_project: Path) -> None:
    names = (("The agency", "The bureau"), ("the agency", "the bureau"), ("agency's", "bureau's"))
    plain = answers.main_verdicts(answers.project_records(made_project, SHELF))
    swapped = answers.main_verdicts(answers.project_records(made_project, Shelf(swap=names)))
    assert [(one.claim.id, one.verdict, one.state, one.robust) for one in plain] == [
        (one.claim.id, one.verdict, one.state, one.robust) for one in swapped
    ]


# which cell a reading takes


def reading(**more: Any) -> Reading:
    base: dict[str, Any] = {
        "id": "r", "title": "r", "role": "headline", "basis": "records", "measure": "who/arrests-by-criminality",
        "variant": "convicted", "needs": "arrests", "threshold": "0.5", "threshold_from": "x",
        "dimensions": {"unit": "arrests"}, "written_on": date(2026, 1, 1), "figures_known_when_written": "no",
    }  # fmt: skip
    return Reading(**(base | more))


def claim(*readings: Reading) -> Claim:
    known = next(one for one in CLAIMS.values() if not one.not_testable)
    main = msgspec.structs.replace(known.tests[0], at="2025-04-29", main=True)
    late = msgspec.structs.replace(known.tests[0], at="latest", main=False)
    return msgspec.structs.replace(known, readings=readings, tests=(main, late))


def cell(
    first: str, last: str, lower: str, upper: str = "", variant: str = "ice_2026_03 convicted", **more: Any
) -> Cell:
    row = {
        "measure": "who/arrests-by-criminality", "definition_hash": "x", "release_set": "s", "basis": "records",
        "statistic": "share", "q": None, "unit": "arrest", "value_unit": "fraction", "policy": None, "tier": None,
        "variant": variant, "view": "agency", "hindsight": False, "duplicate_rule": None, "link_rule": None,
        "place_type": "nation", "place": "US", "period_start": first, "period_end": last, "split": "{}",
        "lower": float(lower), "upper": float(upper or lower), "numerator_lower": 50.0, "numerator_upper": 50.0,
        "denominator_lower": 100.0, "denominator_upper": 100.0, "status": "ok", "note": "",
    }  # fmt: skip
    return cell_of(row | more)


CELLS = [
    cell("2025-01-20", "2025-04-29", "0.6"),
    cell("2025-01-20", "2025-02-28", "0.1", variant="ice_2025_02 convicted"),
    cell("2024-10-01", "2025-09-30", "0.3"),
    cell("2025-10-01", "2026-03-10", "0.2"),
    cell("2022-10-01", "2026-03-10", "0.4"),
    cell("2025-01-20", "2025-04-29", "0.9", unit="person key"),
    cell("2025-01-20", "2025-04-29", "0.8", variant="ice_2026_03 pending"),
]


@pytest.mark.parametrize(
    ("asked", "at", "wanted"),
    [
        ({"window": "2025-01-20/2025-04-29"}, "2025-04-29", "0.6"),
        ({"window": "2025-01-20/2025-04-29", "person": True}, "2025-04-29", "0.9"),
        ({"window": "2025-01-20/2025-04-29", "variant": "pending"}, "2025-04-29", "0.8"),
        ({"window": "2025-01-20/2025-04-29"}, "latest", "0.2"),
        ({"window": "2025-01-20/2025-04-29"}, "2025-01-01", "0.3"),
        ({}, "2025-04-29", "0.4"),
        ({"window": "2025-01-20/2025-04-29"}, "2019-01-01", None),
        ({"window": "2025-01-20/2025-04-29", "policy": "p", "tier": "t"}, "2025-04-29", None),
    ],
)
def test_a_reading_takes_the_cell_of_its_window_or_of_the_fiscal_year(
    asked: dict[str, Any], at: str, wanted: str | None
) -> None:
    found = laid_beside(claim(reading(**asked)), at, "t", lambda _name: recalled(CELLS), "x").outcomes[0]
    if wanted is None:
        assert (found.cell, found.result.result, found.result.reason) == (None, "needs_records", "arrests")
    else:
        assert found.cell is not None
        assert found.cell.bound == Bound(Fraction(wanted), Fraction(wanted))


def test_a_release_that_covers_a_part_of_the_window_says_so() -> None:
    found = laid_beside(
        claim(reading(window="2025-01-20/2025-06-30")), "2025-04-29", "t", lambda _: recalled(CELLS), "x"
    )
    assert found.outcomes[0].cell is not None
    assert "covers 2025-01-20 to 2025-04-29 of the window" in found.outcomes[0].cell.note


def test_readings_in_another_unit_stand_back_where_the_own_one_is_decided() -> None:
    own = reading(id="own", window="2025-01-20/2025-04-29")
    other = reading(id="other", window="2025-01-20/2025-04-29", variant="pending", another_unit="arrests")
    made = claim(own, other)
    assert laid_beside(made, "2025-04-29", "t", lambda _: recalled(CELLS), "x").verdict == "supports"
    roles = {
        one.reading.id: one.reading.role
        for one in laid_beside(made, "2025-04-29", "t", lambda _: recalled(CELLS), "x").outcomes
    }
    assert roles == {"own": "headline", "other": "stress"}
    without = laid_beside(made, "2025-04-29", "t", lambda _: recalled(CELLS[-1:]), "x")
    assert {one.reading.role for one in without.outcomes} == {"headline"}


def test_a_count_a_day_is_the_count_over_the_days() -> None:
    counted = cell("2025-01-20", "2025-04-29", "200", statistic="count", value_unit="records")
    asked = reading(window="2025-01-20/2025-04-29", per_day=True, threshold="2", margin="0", comparator="at_least")
    found = laid_beside(claim(asked), "2025-04-29", "t", lambda _: recalled([counted]), "x").outcomes[0]
    assert found.cell is not None
    assert found.cell.bound == Bound(Fraction(2), Fraction(2))
    assert found.result.result == "supports"


# figures traced back


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def rerun(project: Path, statements: list[str]) -> tuple[float, float]:
    """What plain DuckDB gives for statements in the folder of a project."""
    with inside(project), duckdb.connect() as engine:
        for statement in statements[:-1]:
            engine.execute(statement)
        low, high = engine.execute(statements[-1]).fetchone() or (None, None)
    return float(low), float(high)


def test_ten_random_figures_are_found_again_by_their_statements_alone(made_project: Path) -> None:
    asked = records_of(made_project)
    rows = [
        row
        for row in store.read_rows(made_project / "5-measured" / "cells.parquet", "cells")
        if row["basis"] == "records" and row["status"] == "ok" and row["measure"] in BOOK.measures
    ]
    assert len(rows) > 300
    shuffled = Random(20261124).sample(rows, len(rows))
    found, silent = 0, set()
    for row in shuffled:
        own = cell_of(row)
        release = own.variant.partition(" ")[0]
        question = Question(
            by=tuple(name for name, _ in own.split), person=own.unit == "person key",
            since=own.period_start.isoformat(), until=own.period_end.isoformat(),
        )  # fmt: skip
        statements, why = statements_of(SHELF, asked, release, BOOK.measure(own.measure), question, own)
        if not statements:
            silent.add(why)
            continue
        low, high = rerun(made_project, statements)
        assert (low, high) == pytest.approx((row["lower"], row["upper"]), abs=1e-9), (own.measure, own.variant)
        found += 1
        if found == 10:
            break
    assert found == 10
    assert all("the program does so, not a query" in why for why in silent)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("resources/days-in-custody", Question(period="release")),
        ("resources/median-days-in-custody", Question(period="release")),
        ("who/women", Question(person=True)),
        ("who/arrests-by-criminality", Question(by=("sex",))),
        ("resources/average-population", Question(since="2025-01-01", until="2025-12-31")),
        ("alignment/lift-arrests-encounters", Question()),
        ("pathways/detainer-to-arrest", Question()),
    ],
)
def test_every_kind_of_figure_is_found_again(made_project: Path, name: str, question: Question) -> None:
    from tallystick.measured import desk
    from tallystick.relating import measured_cells

    asked = records_of(made_project, "ice_2026_03")
    with desk(asked, "ice_2026_03", SHELF) as opened:
        cells = [one for one in measured_cells(opened, name, question) if one.bound is not None]
    assert cells
    for own in cells[:3] + cells[-1:]:
        statements, _ = statements_of(SHELF, asked, "ice_2026_03", BOOK.measure(name), question, own)
        assert own.bound is not None
        ends = (float(own.bound.lower), float(own.bound.upper))
        assert rerun(made_project, statements) == pytest.approx(ends, abs=1e-9), own


def test_statements_name_no_place_of_this_machine_and_no_row(made_project: Path) -> None:
    words = ("explain", "who/violent-convicted", "--project", str(made_project), "--variant", "strict", "--json")
    (figure,) = json.loads(run(*words).stdout)["data"]["figures"]
    text = "\n".join(figure["sql"])
    assert str(made_project) not in text
    assert "3-records/" in text
    assert "insert into" not in text.replace("insert into windows values", "")
    assert figure["invented"] is True
    assert figure["inputs"]
    assert figure["disclosure"]


def test_an_explanation_is_text_markdown_and_a_folder_that_stands_alone(made_project: Path, tmp_path: Path) -> None:
    words = ("explain", "who/women", "--project", str(made_project))
    assert "MADE-UP FIGURES" in run(*words).output
    assert run(*words, "--md").output.startswith("# Women among arrests")
    assert (
        "What a written rule says"
        in run("explain", "alignment/arrests", "--policy", "dhs_johnson_2014", *words[2:]).output
    )
    folder = tmp_path / "bundle"
    assert run(*words, "--bundle", str(folder)).exit_code == 0
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (folder / "statements-1.sql").is_file()
    assert (folder / "definitions/measures/who/women.toml").is_file()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("mine")
    assert run(*words, "--bundle", str(tmp_path / "own")).code == "TS240"
    claimed = tmp_path / "claim"
    assert run("explain", "seventy-percent-charged-or-convicted", "--bundle", str(claimed)).exit_code == 0
    assert "Paraphrased from" in (claimed / "citation.txt").read_text()
    assert run("explain", "who/women", "--variant", "men", "--project", str(made_project)).code == "TS189"


def test_codes_say_in_sql_what_definitions_say_of_them() -> None:
    """Two engines: every test of offense codes over every code there could be."""
    known = offenses(SHELF)
    codes = [f"{family:02d}{member:02d}" for family in range(100) for member in range(100)] + ["35AB", "64A", "5", ""]
    tests = {
        code_test(one): one
        for measure in BOOK.measures.values()
        if isinstance(measure, UnitMeasure)
        for one in measure.conditions
        if code_test(one)
    }
    assert len(tests) > 10
    with duckdb.connect() as engine:
        engine.execute("create table codes as select unnest(?::varchar[]) as code", [codes])
        for name, one in tests.items():
            said = dict(engine.execute(f"select code, {_says_of_code(known, one)} from codes").fetchall())
            assert said == {code: plainly(known, one, code) for code in codes}, name


def plainly(known: Any, condition: Condition, code: str) -> bool | None:
    if condition.reading:
        low, high = known.readings[condition.reading].ends(code)
    elif condition.rung_from:
        order = [rung.id for rung in known.ladder.rungs]
        ends = known.ladder.ends(code)
        if ends is None:
            return None
        low, high = (order.index(end) >= order.index(condition.rung_from) for end in ends)
    else:
        low = code.startswith(condition.family)
        high = low or (code[2:] in known.ladder.free_text and any(one.startswith(code[:2]) for one in condition.family))
    return low if low == high else None
