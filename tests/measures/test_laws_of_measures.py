"""Laws on random releases: no width where nothing is hidden, the true value inside where something is, sharp ends,
parts that add up, and an order of rows that never matters."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

from tallystick.measures.cell import Cell
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.measuring import count_together
from tallystick.policies.policy import lawbook
from tallystick.question import Question
from tallystick.relating import measured_cells
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError
from tests.measures.conftest import BOOK, Row, blank_of, laid

WANTED = int(os.environ.get("TALLYSTICK_SEEDS", "3"))
SEEDS = range(WANTED if WANTED >= 200 else min(WANTED, 3))  # every measure, each seed: three keep a test run short
START = datetime(2025, 1, 1)  # noqa: DTZ001  # records know no time zone
WORDS: dict[str, tuple[Any, ...]] = {
    "apprehension_criminality": ("convicted", "pending", "other_violator"),
    "book_in_criminality": ("convicted", "pending", "other_violator"),
    "detainer_criminality": ("convicted", "pending", "other_violator"),
    "encounter_criminality": ("convicted", "pending", "other_violator"),
    "case_criminality": ("convicted", "pending", "other_violator"),
    "gender": ("male", "female"),
    "birth_year": (1970, 1988, 2001),
    "apprehension_method": ("cap_local_incarceration", "located", "non_custodial_arrest"),
    "final_program": ("Fugitive Operations", "287G Program", "Border Patrol"),
    "apprehension_type": ("targeted", "collateral"),
    "arresting_agency": ("ICE", "CBP"),
    "final_order_date": (date(2020, 5, 1), date(2026, 2, 1)),
    "case_threat_level": ("1", "2", "3"),
    "apprehension_aor": ("Dallas", "Houston"),
    "apprehension_state": ("TX", "CA"),
    "apprehension_duty_site_state": ("TX", "CA"),
    "book_in_aor": ("Dallas", "Houston"),
    "facility_aor": ("Dallas", "Houston"),
    "facility_state": ("TX", "CA"),
    "responsible_aor": ("Dallas", "Houston"),
    "case_aor": ("Dallas", "Houston"),
    "rca_aor": ("Dallas", "Houston"),
    "msc_charge_code": ("0901", "5403", "3502"),
    "msc_charge_status": ("convicted", "pending"),
    "case_category": ("16", "8F", "2A", "3"),
    "suspected_gang": (True, False),
    "known_terrorist": (True, False),
    "detainer_lift_reason": ("Booked into Detention", "Detainer Declined by LEA", "Case Closed"),
    "biometric_match": (True, False),
    "statements_made": (True, False),
    "detainer_basis_final_order": (True, False),
    "detainer_type": ("a", "d"),
    "departure_country": ("MEXICO", "GUATEMALA"),
    "citizenship_country": ("MEXICO", "GUATEMALA"),
    "event_type": ("CAP Local", "Other Lead"),
    "officer_agreement": ("Agree", "Disagree"),
    "supervisor_agreement": ("Agree", "Disagree"),
    "rca_recommendation": ("Detain in the Custody of This Service", "Release on Community Supervision"),
    "rca_final_decision": ("Detain in the Custody of This Service", "Release on Community Supervision"),
}
COLUMNS = {
    "arrests": ("apprehension_criminality", "gender", "birth_year", "apprehension_method", "final_program",
                "apprehension_type", "arresting_agency", "final_order_date", "case_threat_level", "apprehension_aor",
                "apprehension_state", "apprehension_duty_site_state", "citizenship_country", "case_category"),
    "stints": ("book_in_criminality", "gender", "birth_year", "book_in_aor", "final_program", "msc_charge_code",
               "msc_charge_status", "case_category", "suspected_gang", "known_terrorist", "citizenship_country"),
    "detainers": ("detainer_criminality", "detainer_lift_reason", "biometric_match", "statements_made",
                  "detainer_basis_final_order", "detainer_type", "facility_aor", "facility_state", "gender"),
    "removals": ("departure_country", "citizenship_country", "case_category", "case_criminality", "gender", "case_aor"),
    "encounters": ("encounter_criminality", "event_type", "responsible_aor", "gender"),
    "rca": ("officer_agreement", "supervisor_agreement", "rca_recommendation", "rca_final_decision", "rca_aor"),
}  # fmt: skip
REASONS = ("Removed", "Bonded Out - IJ", "Order of recognizance", "Relief Granted by IJ", "Died")


def fresh(random: Random, table: str, **given: Any) -> Row:
    row: Row = {}
    for name in COLUMNS[table]:
        row[name], row[f"{name}__why"] = random.choice(WORDS[name]), "recorded"
    for name, value in given.items():
        row[name] = value
        if name != "person_key":
            why = blank_of(table, name) if value is None else "recorded"
            row[f"{name}__why"] = why
    return row


def release(seed: int, people: int = 6) -> dict[str, list[Row]]:
    """Made-up rows of which everything is recorded: encounters, detainers, arrests, stays, removals."""
    random = Random(seed)
    tables: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for person in range(1, people + 1):
        at = START + timedelta(days=random.randrange(200), hours=random.randrange(24))
        born = random.choice((1970, 1988, 2001))
        fixed = {"person_key": person}
        tables["encounters"].append(
            fresh(random, "encounters", event_datetime=at - timedelta(days=random.randrange(3)), **fixed)
        )
        if random.random() < 0.5:
            day = (at - timedelta(days=random.randrange(1, 40))).date()
            tables["detainers"].append(fresh(random, "detainers", detainer_prepare_date=day, **fixed))
        tables["arrests"].append(fresh(random, "arrests", apprehension_datetime=at, birth_year=born, **fixed))
        tables["rca"].append(fresh(random, "rca", rca_decision_date=at.date(), submission_date=at.date(), **fixed))
        begins = at + timedelta(hours=8)
        moment, many = begins, random.randrange(1, 4)
        for place in range(many):
            goes_on = place == many - 1 and random.random() < 0.2
            out = None if goes_on else moment + timedelta(days=random.randrange(1, 60))
            reason = None if goes_on else "Transferred" if place < many - 1 else random.choice(REASONS)
            tables["stints"].append(
                fresh(
                    random, "stints", stay_book_in_datetime=begins, stint_book_in_datetime=moment,
                    stint_book_out_datetime=out, stint_release_reason=reason, birth_year=born,
                    detention_facility_code=random.choice(("F1", "F2", "F3")), detention_facility="County Jail", **fixed,
                )
            )  # fmt: skip
            moment = out or moment
        if random.random() < 0.6:
            gone = (moment + timedelta(days=random.randrange(4))).date()
            tables["removals"].append(fresh(random, "removals", departed_date=gone, **fixed))
    return tables


def hidden(tables: dict[str, list[Row]], random: Random, many: int) -> dict[str, list[Row]]:
    """The same rows with some cells not recorded."""
    found = {table: [dict(row) for row in rows] for table, rows in tables.items()}
    for _ in range(many):
        table = random.choice([name for name, rows in found.items() if rows])
        row = random.choice(found[table])
        name = random.choice(COLUMNS[table])
        row[name], row[f"{name}__why"] = None, "blank"
    return found


Named = dict[tuple[Any, ...], Cell]


def measured(tables: dict[str, list[Row]], names: list[str], **asked: Any) -> dict[str, Named]:
    with laid(tables) as desk:
        return {
            name: {
                (cell.variant, cell.place, cell.period_start, cell.split): cell
                for cell in measured_cells(desk, name, Question(**asked))
            }
            for name in names
        }


SINGLE = sorted(
    name for name, measure in BOOK.measures.items() if isinstance(measure, UnitMeasure) and measure.estimator != "tiers"
)
COMBINED = sorted(name for name, measure in BOOK.measures.items() if not isinstance(measure, UnitMeasure))
OPEN_BY_THEIR_WORDS = {
    "coordination/custodial",
    "coordination/287g",
    "coordination/street",
    "coordination/criminal-alien-program",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_hidden_nothing_open_and_whatever_is_hidden_the_truth_lies_inside(seed: int) -> None:
    tables = release(seed)
    true = measured(tables, [*SINGLE, *COMBINED])
    for name, cells in true.items():
        for cell in cells.values():
            assert cell.bound is None or cell.bound.is_point or name in OPEN_BY_THEIR_WORDS, name
    covered = measured(hidden(tables, Random(seed), 12), [*SINGLE, *COMBINED])
    for name, cells in covered.items():
        for key, cell in cells.items():
            truth = true[name].get(key)
            if cell.bound is not None and truth is not None and truth.bound is not None:
                assert cell.bound.lower <= truth.bound.lower, (name, key)
                assert truth.bound.upper <= cell.bound.upper, (name, key)


@pytest.mark.parametrize("seed", SEEDS)
def test_as_wide_as_what_was_planted(seed: int) -> None:
    """A share of all arrests is open by exactly the arrests whose criminality was hidden."""
    random = Random(seed)
    tables = release(seed, 8)
    planted = random.sample(range(8), random.randrange(4))
    for place in planted:
        tables["arrests"][place] |= {"apprehension_criminality": None, "apprehension_criminality__why": "blank"}
    for cell in measured(tables, ["who/arrests-by-criminality"])["who/arrests-by-criminality"].values():
        assert cell.bound is not None
        assert cell.bound.width == Fraction(len(planted), 8)


def domain(table: str, name: str) -> list[Any]:
    """What an unknown value could be, as far as conditions tell apart; a value that no condition names is among them."""
    return [*WORDS[name], *MORE.get(name, ())]


MORE: dict[str, tuple[Any, ...]] = {
    "apprehension_method": ("custodial_arrest", "287_g_program", "other_efforts"),
    "msc_charge_code": ("0301", "0303", "5201", "5401"),
    "final_program": ("ERO Criminal Alien Program",),
    "birth_year": (1950, 2010),
    "detainer_lift_reason": ("Early Release", "Not Amenable to Removal"),
    "case_category": ("8G",),
    "rca_recommendation": ("Supervisor to Determine - Detain or Release on Community Supervision",),
}


SHARES = [
    name
    for name in SINGLE
    if BOOK.of_units(name).estimator == "share"
    and not any(one.link or one.fact for one in BOOK.of_units(name).conditions)
]


@pytest.mark.parametrize("seed", SEEDS if len(SEEDS) > 4 else [0])
@pytest.mark.parametrize("name", SHARES)
def test_ends_of_shares_are_reached_by_completions(name: str, seed: int) -> None:
    """Up to two cells that a measure reads are hidden: its ends are the least and the greatest share over all values."""
    random = Random(f"{name} {seed}")
    tables = release(seed, 5)
    measure = BOOK.of_units(name)
    reads = sorted({one for condition in measure.conditions for one in condition.reads if "." in one})
    table = BOOK.units[measure.units].table
    tables = {table: tables[table]}  # nothing here is linked
    columns = [one.split(".")[1] for one in reads if one.split(".")[1] in COLUMNS[table]]
    if not columns or not tables[table]:
        columns, planted = [], []
    else:
        planted = [(random.randrange(len(tables[table])), random.choice(columns)) for _ in range(2)]
    for row, column in planted:
        tables[table][row] |= {column: None, f"{column}__why": "blank"}
    planted = sorted(set(planted))
    found = {key: cell.bound for key, cell in measured(tables, [name])[name].items()}
    worlds: dict[tuple[Any, ...], list[Fraction]] = {}
    for choice in product(*(domain(table, column) for _, column in planted)):
        world = {one: [dict(row) for row in rows] for one, rows in tables.items()}
        for (row, column), value in zip(planted, choice, strict=True):
            world[table][row] |= {column: value, f"{column}__why": "recorded"}
        for key, cell in measured(world, [name])[name].items():
            if cell.bound is not None:
                worlds.setdefault(key, []).append(cell.bound.lower)
                worlds[key].append(cell.bound.upper)
    for key, bound in found.items():
        if bound is not None:
            assert (bound.lower, bound.upper) == (min(worlds[key]), max(worlds[key])), key


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("by", ["criminality", "sex", "area", "month"])
def test_parts_add_up_to_the_whole(seed: int, by: str) -> None:
    tables = hidden(release(seed, 8), Random(seed), 15)
    counts = [name for name in SINGLE if BOOK.of_units(name).estimator in ("count", "sum", "share")]
    with laid(tables) as desk:
        for name in counts:
            measure = BOOK.of_units(name)
            if by != "month" and measure.units not in BOOK.dimension(by).columns:
                continue
            if by == "month" and measure.window == "day":
                continue  # who is held at the end of two months is held twice
            asked = {"place": by} if by == "area" else {"period": by} if by == "month" else {"by": (by,)}
            whole = measured_cells(desk, name, Question())
            parts = measured_cells(desk, name, Question(**asked))
            for cell in whole:
                own = [
                    part
                    for part in parts
                    if part.variant == cell.variant and (part.place_type != "nation" or part.split or by == "month")
                ]
                assert cell.denominator is not None
                certain = sum(part.denominator.lower for part in own if part.denominator is not None)
                assert certain == cell.denominator.lower, (name, by)
                for part in own:
                    assert part.denominator is not None
                    assert part.denominator.upper <= cell.denominator.upper, (name, by)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_never_matters(seed: int) -> None:
    tables = hidden(release(seed), Random(seed), 10)
    shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in tables.items()}
    names = [*SINGLE, *COMBINED]
    one, other = measured(tables, names, by=()), measured(shuffled, names, by=())
    assert {name: {key: cell.bound for key, cell in cells.items()} for name, cells in one.items()} == {
        name: {key: cell.bound for key, cell in cells.items()} for name, cells in other.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "question",
    [
        Question(period="month", place="area"),
        Question(period="fiscal_year", by=("sex",)),
        Question(person=True, place="state", by=("criminality",)),
        Question(policy=lawbook(Shelf()).policy("dhs_johnson_2014"), period="month"),
    ],
    ids=["area", "sex", "person", "tiers"],
)
def test_measures_counted_together_say_what_each_says_by_itself(seed: int, question: Question) -> None:
    tables = hidden(release(seed, 12), Random(seed), 10)
    found: list[dict[str, list[Cell] | str]] = []
    for together in (False, True):
        own: dict[str, list[Cell] | str] = {}
        with laid(tables) as desk:
            if together:
                count_together(desk, BOOK.measures, question)
                assert desk.counted
            for name in BOOK.measures:
                if not together:
                    desk.counted.clear(), desk.parts.clear(), desk.people.clear()
                try:
                    own[name] = measured_cells(desk, name, question)
                except TallystickError as error:
                    own[name] = error.faults[0].text
        found.append(own)
    assert found[0] == found[1]


def test_the_time_of_stays_is_the_time_in_their_parts() -> None:
    for seed in range(6):
        with laid(hidden(release(seed), Random(seed), 10)) as desk:
            (cell,) = measured_cells(desk, "resources/bed-days", Question())
            assert cell.bound is not None
            low, high = desk.bench.acts.opened.one("select sum(seconds_least), sum(seconds_most) from stays")
            assert (cell.bound.lower * 86400, cell.bound.upper * 86400) == (low, high)


def test_every_unit_has_its_words() -> None:
    assert {unit.table for unit in BOOK.units.values()} == set(COLUMNS)
    for measure in BOOK.measures.values():
        assert measure.title
        assert measure.cannot_say
        assert "{figure}" in measure.reads_aloud
