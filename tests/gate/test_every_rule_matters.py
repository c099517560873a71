"""Each rule of the gate, switched off by itself: then an attack on what leaves succeeds, and only then."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import msgspec
import pytest

from tallystick.clear.attacks import Limits, attack_cells
from tallystick.clear.disclosure import clear, clear_ad_hoc
from tallystick.clear.family import cross, flat
from tallystick.clear.intervals import Attacker
from tallystick.clear.protect import Rules, protect
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound, point
from tests.gate.test_clearing import YEAR, cell, nation

RULES = disclosure_rules()
CLOSES = date(2025, 10, 15)
STATES = (cell("A", 100, 40, 60), cell("B", 90, 45, 65), cell("C", 80, 50, 70))


def with_number(name: str, value: int, **more: int) -> DisclosureRules:
    changed = msgspec.structs.replace(RULES.thresholds, **{name: value}, **more)
    return msgspec.structs.replace(RULES, thresholds=changed)


def with_national_only(name: str) -> DisclosureRules:
    return msgspec.structs.replace(RULES, national_only=msgspec.structs.replace(RULES.national_only, **{name: ()}))


def with_floor(**change) -> DisclosureRules:
    floors = tuple(msgspec.structs.replace(floor, **change) for floor in RULES.floors)
    return msgspec.structs.replace(RULES, floors=floors)


def family(*cells: Cell) -> list[Cell]:
    return [nation(*cells), *cells]


def breaches(cells: list[Cell], rules: DisclosureRules) -> set[str]:
    shown = clear(MeasuredCells(tuple(cells)), rules=rules, closes_on=date(2026, 6, 1)).cells
    found = attack_cells("cells", [entry.row() for entry in shown], RULES, Limits(11, 5))
    return {breach.attack for breach in found}


def mean(place: str, value: Fraction, n: int) -> Cell:
    entry = cell(place, n // 2, 0, n - n // 2)
    return replace(entry, statistic="mean", bound=point(value))


SWITCHES = [
    # rule, switched off, cells, attack that then succeeds
    # nobody is counted by more keys than units, so the rule on people includes the one on units: both are off here
    ("least_units", with_number("least_units", 1, least_people=1), family(cell("A", 100, 4, 60), *STATES[1:]), "small count"),
    ("least_for_means", with_number("least_for_means", 1), [mean(p, Fraction(9), 24) for p in "AB"], "few behind a mean"),
    ("splits", with_national_only("splits"), [replace(entry, split=(("gang", "yes"),)) for entry in STATES], "too fine"),
    ("never", with_national_only("never"), [replace(entry, split=(("city", "x"),)) for entry in STATES], "too fine"),
    ("grids", with_national_only("grids"), [replace(entry, duplicate_rule="24h") for entry in STATES], "too fine"),
    ("never_statistics", with_national_only("never_statistics"), [replace(entry, statistic="minimum") for entry in STATES], "too fine"),
    ("floors", with_floor(period="day"), [replace(entry, period_start=date(2025, 9, 20), period_end=date(2025, 9, 20), place_type="area") for entry in STATES], "too fine"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "without", "cells", "attack"), SWITCHES, ids=[row[0] for row in SWITCHES])
def test_without_any_one_rule_an_attack_succeeds(rule: str, without, cells: list[Cell], attack: str) -> None:
    assert attack not in breaches(cells, RULES), rule
    assert attack in breaches(cells, without), rule


def test_without_the_protection_width_hidden_cells_are_worked_out() -> None:
    """Small cells, their lines and small sums of them are hidden; without the width that is not enough."""
    narrow = {0: 0, 5: 0}
    for seed in (67, 104, 127, 158, 162):
        chance = random.Random(seed)
        counts = [chance.choice((0, 0, 2, 4, 7, 10, 13, 30, 45, 80)) for _ in range(16)]
        family = cross([flat("place", list("1234")), flat("class", list("wxyz"))], counts)
        for width in narrow:
            done = protect(family, Rules(11, width, exact_up_to=0))
            attacker = Attacker(family, done.hidden)
            narrow[width] += len(attacker.narrow(sorted(done.primary), 5))
    assert 0 == narrow[5] < narrow[0]


def test_without_the_step_of_means_two_means_give_away_the_person_between_them(monkeypatch) -> None:
    """The mean over 100 and over the same 100 and one more: exact, they say how long the one stayed."""
    hundred, more = mean("A", Fraction(2011, 100), 100), mean("A", Fraction(2011 + 87, 101), 101)

    def known_range(rules_off: bool) -> Fraction:
        if rules_off:
            monkeypatch.setattr("tallystick.clear.disclosure.coarser", lambda entry, _step: entry)
        first, second = (
            clear(MeasuredCells((entry, replace(entry, place="B"), replace(entry, place="C")))).cells[0].bound
            for entry in (hundred, more)
        )
        return (101 * second.upper - 100 * first.lower) - (101 * second.lower - 100 * first.upper)

    assert known_range(rules_off=False) > 100  # days: anything is possible
    assert 0 == known_range(rules_off=True)


def test_without_the_p_percent_rule_the_second_largest_works_out_the_largest() -> None:
    dominated = replace(cell("A", 400, 0, 600), largest=(800, 150, 50))
    cells = [nation(dominated, *STATES[1:]), dominated, *STATES[1:]]
    assert "suppressed" == clear(MeasuredCells(tuple(cells))).cells[1].status
    shown = clear(MeasuredCells(tuple(replace(entry, largest=()) for entry in cells))).cells[1]
    # who contributed 150 takes them off the whole: at most 850, at least 800 would be left for the largest
    assert "ok" == shown.status
    assert shown.denominator.lower - 150 - 800 < Fraction(RULES.thresholds.least_rest_percent, 100) * 800


def test_without_the_rule_on_people_one_person_behind_many_units_is_shown() -> None:
    one = cell("A", 40, 30, 60, people=3)
    cells = MeasuredCells(tuple(family(one, *STATES[1:])))
    assert "suppressed" == clear(cells).cells[1].status
    assert "ok" == clear(cells, rules=with_number("least_people", 1)).cells[1].status


def test_without_the_embargo_late_records_are_singled_out_by_the_next_release() -> None:
    quarter = (date(2025, 7, 1), date(2025, 9, 30))
    first = [replace(entry, place_type="county", period_start=quarter[0], period_end=quarter[1]) for entry in STATES]
    later = [replace(first[0], numerator=Bound(Fraction(103), Fraction(143)), denominator=point(203)), *first[1:]]

    def growth(rules: DisclosureRules) -> set[Fraction]:
        shown = [clear(MeasuredCells(tuple(cells)), rules=rules, closes_on=CLOSES).cells for cells in (first, later)]
        pairs = [(a.denominator, b.denominator) for a, b in zip(*shown, strict=True)]
        return {b.lower - a.lower for a, b in pairs if a and b} - {Fraction(0)}

    assert set() == growth(RULES)
    assert {Fraction(3)} == growth(with_floor(least_days_before_close=0))


def test_without_rounding_two_ad_hoc_questions_differ_by_a_small_count() -> None:
    asked: Callable[[DisclosureRules], list] = lambda rules: [  # noqa: E731
        clear_ad_hoc(MeasuredCells((entry,)), rules=rules).cells[0].denominator
        for entry in (cell("A", 101, 43, 63), cell("A", 104, 43, 63))
    ]
    one, two = asked(RULES)
    assert (two.upper - one.lower) - (two.lower - one.upper) >= RULES.thresholds.least_width
    loose = msgspec.structs.replace(RULES, ad_hoc=msgspec.structs.replace(RULES.ad_hoc, least_rounding=1))
    one, two = asked(loose)
    assert (207, 210, 1) == (one.lower, two.lower, one.width)  # a whole number below the upper end: there is just one


def test_the_embargo_is_measured_from_the_closing_date_of_the_release() -> None:
    assert (CLOSES - YEAR[1]).days < RULES.floors[2].least_days_before_close
