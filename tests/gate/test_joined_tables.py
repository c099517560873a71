"""Cells of one population in one family: nested periods and places, several measures, an earlier release.

The attacker here is another one than the product's: it counts made-up people of every kind, knows all
that was shown, and asks the solver for the least and the greatest number of the kinds behind a hidden cell.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from tallystick.clear.disclosure import clear, clear_together
from tallystick.clear.solver import quiet_solver
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound, point
from tests.conftest import SEEDS

LEAST, WIDTH = 11, 5
CLASSES = ("convicted", "pending", "other", "unrecorded")
QUARTERS = [(date(2024, 10, 1), date(2024, 12, 31)), (date(2025, 1, 1), date(2025, 3, 31))]
YEAR = (date(2024, 10, 1), date(2025, 9, 30))
WITHIN = {("county", f"S{s}c{c}"): ("state", f"S{s}") for s in range(3) for c in range(3)}
VARIANTS = {"convicted": (("convicted",), ("unrecorded",)), "charged": (("convicted", "pending"), ("unrecorded",))}
Person = tuple[str, str, str, date, str, str]  # county, state, area, day, class, sex


def people(chance: random.Random, size: int) -> list[Person]:
    found = []
    for _ in range(size):
        state = f"S{min(int(chance.expovariate(1.2)), 2)}"
        county = f"{state}c{min(int(chance.expovariate(1.0)), 2)}"
        day = YEAR[0] + timedelta(days=chance.choice((5, 40, 100, 120, 250)))
        area = chance.choice(("North", "South")) if state != "S2" else "South"
        found.append((county, state, area, day, chance.choice(CLASSES), chance.choice("fm")))
    return found


def kind_of_place(kind: str, name: str):
    column = {"county": 0, "state": 1, "area": 2}
    return (lambda person: True) if kind == "nation" else (lambda person: person[column[kind]] == name)


def counted(rows: list[Person], kind, name, period, variant, *, sex=None, measure="who/x", classes=True) -> Cell:
    counts, may = VARIANTS[variant]
    inside = [
        person
        for person in rows
        if kind_of_place(kind, name)(person)
        and period[0] <= person[3] <= period[1]
        and (sex is None or person[5] == sex)
    ]
    tally = Counter(person[4] for person in inside)
    yes, most = sum(tally[c] for c in counts), sum(tally[c] for c in (*counts, *may))
    whole = len(inside)
    return Cell(
        measure, "h", "s", "records", "share", "arrest", "fraction", variant, *period,
        (("sex", sex),) if sex else (),
        Bound(Fraction(yes, whole), Fraction(most, whole)) if whole else None,
        Bound(Fraction(yes), Fraction(most)), point(whole), "ok", "",
        place_type=kind, place=name, people=whole, population="arrests",
        classes=CLASSES if classes else (), counts=counts if classes else (), may=may if classes else (),
    )  # fmt: skip


def behind(cell: Cell, person: Person) -> dict[str, bool]:
    """Which of the four counts of a cell a person is part of."""
    inside = (
        kind_of_place(cell.place_type, cell.place)(person)
        and cell.period_start <= person[3] <= cell.period_end
        and all(person[5] == label for _, label in cell.split)
    )
    counts, may = VARIANTS[cell.variant]
    return {
        "whole": inside,
        "yes": inside and person[4] in counts,
        "unknown": inside and person[4] in may,
        "no": inside and person[4] not in counts + may,
    }


def numbers(cell: Cell) -> dict[str, int]:
    yes, most, whole = int(cell.numerator.lower), int(cell.numerator.upper), int(cell.denominator.lower)
    return {"whole": whole, "yes": yes, "unknown": most - yes, "no": whole - most}


def kinds_of_people() -> list[Person]:
    days = [YEAR[0] + timedelta(days=n) for n in (5, 40, 100, 120, 250)]
    return [
        (f"S{s}c{c}", f"S{s}", area, day, group, sex)
        for s in range(3)
        for c in range(3)
        for area in (("South",) if s == 2 else ("North", "South"))
        for day in days
        for group in CLASSES
        for sex in "fm"
    ]


def given_away(true: list[Cell], shown: Iterable[Cell], also: Iterable[tuple[Cell, Cell]] = ()) -> list[str]:
    """Small counts of 1 to 10 behind hidden cells that the shown ones narrow down below the width."""
    kinds = kinds_of_people()
    model = quiet_solver()
    for _ in kinds:
        model.addVar(0.0, 1e6)
    pairs = list(zip(true, shown, strict=True))
    for whole, cell in pairs:
        if cell.numerator is not None:
            for part, value in numbers(whole).items():
                columns = [n for n, person in enumerate(kinds) if behind(whole, person)[part]]
                model.addRow(float(value), float(value), len(columns), columns, [1.0] * len(columns))
    found = []
    for whole, cell in pairs:
        if cell.numerator is None:
            for part, value in numbers(whole).items():
                columns = [n for n, person in enumerate(kinds) if behind(whole, person)[part]]
                if 0 < value < LEAST and _width(model, len(kinds), columns) < WIDTH:
                    found.append(f"{whole.place} {whole.period_start} {whole.variant} {part}")
    return found


def _width(model, count: int, columns: list[int]) -> float:
    ends = []
    for sense in (1.0, -1.0):
        for column in columns:
            model.changeColCost(column, sense)
        model.run()
        values = model.getSolution().col_value
        ends.append(sum(values[column] for column in columns))
    for column in columns:
        model.changeColCost(column, 0.0)
    return ends[1] - ends[0] + 1e-6


def everything(rows: list[Person], *, splits: bool) -> list[Cell]:
    cells = []
    for variant in VARIANTS:
        for period in (*QUARTERS, YEAR):
            for kind, names in (
                ("nation", ["US"]),
                ("area", ["North", "South"]),
                ("state", ["S0", "S1", "S2"]),
                ("county", sorted(name for _, name in WITHIN)),
            ):
                cells += [counted(rows, kind, name, period, variant) for name in names]
        if splits:
            cells += [counted(rows, "state", f"S{s}", YEAR, variant, sex=sex) for s in range(3) for sex in "fm"] + [
                counted(rows, "nation", "US", YEAR, variant, sex=sex) for sex in "fm"
            ]
    return cells


def campaign(seed: int) -> tuple[int, int, list[str]]:
    chance = random.Random(seed)
    rows = people(chance, chance.choice((150, 400, 900, 3000)))
    true = everything(rows, splits=seed % 3 == 0)
    shown = clear(MeasuredCells(tuple(true)), within=WITHIN).cells
    hidden = sum(cell.numerator is None for cell in shown)
    return len(shown), hidden, given_away(true, shown)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nested_places_periods_variants_and_splits_give_nothing_away(seed: int) -> None:
    cells, hidden, found = campaign(seed)
    assert [] == found
    assert 0 < hidden < cells


@pytest.mark.soak
@pytest.mark.parametrize("start", range(1000, 1200, 20))
def test_two_hundred_populations_give_nothing_away(start: int) -> None:
    for seed in range(start, start + 20):
        assert [] == campaign(seed)[2], seed


def test_what_hides_small_cells_one_by_one_is_broken_by_the_attacker_of_this_file() -> None:
    """The attacker is worth something: plain hiding of small cells falls to it."""
    rows = people(random.Random(1), 900)
    true = everything(rows, splits=False)
    naive = [
        replace(cell, numerator=None) if any(0 < value < LEAST for value in numbers(cell).values()) else cell
        for cell in true
    ]
    assert len(given_away(true, naive)) > 5


def _place(name: str, yes: int, no: int, *, kind="state", period=YEAR, measure="who/x", **more) -> Cell:
    whole = yes + no
    return Cell(
        measure, "h", "s", "records", "share", "arrest", "fraction", "v", *period, (),
        Bound(Fraction(yes, whole), Fraction(yes, whole)) if whole else None, point(yes), point(whole), "ok", "",
        place_type=kind, place=name, people=whole, **more,
    )  # fmt: skip


def _statuses(cells: Iterable[Cell]) -> dict[tuple, str]:
    return {(cell.place, cell.period_end, cell.measure): cell.status for cell in cells}


def test_two_running_totals_of_which_one_is_a_month_longer_do_not_show_that_month() -> None:
    march, april = (date(2024, 10, 1), date(2025, 3, 31)), (date(2024, 10, 1), date(2025, 4, 30))
    cells = [
        *(_place(name, 100, 100, period=march) for name in ("A", "B", "C")),
        _place("A", 102, 101, period=april),  # three arrests in April
        *(_place(name, 180, 170, period=april) for name in ("B", "C")),
    ]
    statuses = _statuses(clear(MeasuredCells(tuple(cells))).cells)
    assert "suppressed" in (statuses["A", march[1], "who/x"], statuses["A", april[1], "who/x"])
    assert "ok" == statuses["B", april[1], "who/x"]


def test_what_one_measure_hides_another_over_the_same_people_does_not_show() -> None:
    names = ("A", "B", "C", "D")
    first = [
        _place(name, yes, 200 - yes, population="arrests") for name, yes in zip(names, (3, 60, 70, 80), strict=True)
    ]
    second = [_place(name, 90, 110, measure="who/y", population="arrests") for name in names]
    shown = [cell for entry in clear_together([MeasuredCells(tuple(first)), MeasuredCells(tuple(second))]) for cell in entry.cells]  # fmt: skip
    assert "suppressed" == _statuses(shown)["A", YEAR[1], "who/x"]
    assert "ok" == _statuses(shown)["A", YEAR[1], "who/y"]


def test_totals_that_disagree_between_measures_show_the_nation_alone() -> None:
    cells = [_place("A", 50, 50, population="p"), _place("A", 60, 50, measure="who/y", population="p")]
    done = clear_together([MeasuredCells((cell,)) for cell in cells])
    assert ["suppressed", "suppressed"] == [entry.cells[0].status for entry in done]


def test_variants_whose_overlap_is_unknown_show_the_nation_alone() -> None:
    cells = [replace(_place("A", 50, 50), variant=name) for name in ("v", "w")]
    assert ["suppressed"] * 2 == [cell.status for cell in clear(MeasuredCells(tuple(cells))).cells]


def _release(counts: dict[str, tuple[int, int]]) -> list[Cell]:
    states = [_place(name, *two) for name, two in counts.items()]
    return [_place("US", *map(sum, zip(*counts.values(), strict=True)), kind="nation"), *states]


def test_a_later_release_does_not_show_what_few_records_were_added() -> None:
    before = clear(MeasuredCells(tuple(_release({"A": (54, 60), "B": (80, 90), "C": (70, 75)})))).cells
    assert {"ok"} == {cell.status for cell in before}
    after = _release({"A": (57, 60), "B": (120, 140), "C": (110, 125)})
    alone = _statuses(clear(MeasuredCells(tuple(after))).cells)
    assert "ok" == alone["A", YEAR[1], "who/x"]
    with_before = _statuses(clear(MeasuredCells(tuple(after)), earlier=before).cells)
    assert "suppressed" == with_before["A", YEAR[1], "who/x"]
    assert "ok" in with_before.values()


def test_records_that_left_since_are_held_back_too() -> None:
    before = clear(MeasuredCells(tuple(_release({"A": (54, 60), "B": (80, 90), "C": (70, 75)})))).cells
    after = _release({"A": (50, 60), "B": (120, 140), "C": (110, 125)})
    assert "suppressed" == _statuses(clear(MeasuredCells(tuple(after)), earlier=before).cells)["A", YEAR[1], "who/x"]


def test_what_was_hidden_before_is_not_given_away_by_the_next_release() -> None:
    before = clear(MeasuredCells(tuple(_release({"A": (4, 60), "B": (80, 90), "C": (70, 75), "D": (50, 55)})))).cells
    hidden = {cell.place for cell in before if cell.status == "suppressed"}
    assert "A" in hidden
    assert len(hidden) == 2
    after = _release({"A": (4, 60), "B": (80, 90), "C": (70, 75), "D": (50, 55)})
    again = clear(MeasuredCells(tuple(after)), earlier=before).cells
    assert hidden == {cell.place for cell in again if cell.status == "suppressed"}
