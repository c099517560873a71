"""Places beside the exact nation: no linear program can work out a hidden place from what is shown."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from tallystick.clear.disclosure import clear_places
from tallystick.clear.places import PARTS, is_blurred, left_open, narrow_lines
from tallystick.clear.rules import disclosure_rules
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound

RULES = disclosure_rules()
STEP = RULES.ad_hoc.least_rounding
FIRST, LAST = date(2023, 10, 1), date(2024, 9, 30)


def _cell(place_type: str, place: str, yes: tuple[int, int], whole: tuple[int, int], statistic: str = "share") -> Cell:
    numerator, denominator = Bound(Fraction(yes[0]), Fraction(yes[1])), Bound(Fraction(whole[0]), Fraction(whole[1]))
    top = Fraction(yes[1], whole[0]) if whole[0] else Fraction(1)
    bound = numerator if statistic == "count" else Bound(Fraction(yes[0], whole[1] or 1), min(top, Fraction(1)))
    return Cell(
        measure="counts/x", duplicate_rule="exact" if place_type == "nation" else None, definition_hash="h", release_set="r", basis="records", statistic=statistic, unit="arrest",
        value_unit="fraction", variant="r yes", period_start=FIRST, period_end=LAST, split=(), bound=bound,
        numerator=numerator, denominator=denominator, status="ok", note="", place_type=place_type, place=place,
        people=whole[0], population="arrests of r",
    )  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Cell], list[tuple[int, int]], int]:
    """Places with sure counts, of which some count; units of no known place, which may be in any."""
    whole = draw(st.lists(st.one_of(st.integers(1, 14), st.integers(11, 140)), min_size=2, max_size=6))
    yes = [draw(st.integers(0, count)) for count in whole]
    nowhere = draw(st.one_of(st.just(0), st.integers(0, 40)))
    counting = draw(st.integers(0, nowhere))
    cells = [_cell("nation", "US", (sum(yes) + counting,) * 2, (sum(whole) + nowhere,) * 2)]
    for number, (count, own) in enumerate(zip(whole, yes, strict=True)):
        cells.append(_cell("area", f"a{number}", (own, own + counting), (count, count + nowhere)))
    return cells, list(zip(whole, yes, strict=True)), nowhere


def _span(shown: list[Cell], hidden: int, nation: int) -> tuple[float, float]:
    """The least and the most that one hidden place can hold, for one who knows the nation and all that is shown."""
    count = len(shown)  # variables: sure count of each place, then the units of no known place
    limits: list[tuple[float, float | None]] = []
    above, right = [], []
    for number, cell in enumerate(shown):
        if cell.denominator is None:
            limits.append((0, None))
            continue
        limits.append((float(cell.denominator.lower), float(cell.denominator.lower) + 9))
        row = np.zeros(count + 1)
        row[number] = row[count] = 1
        above += [row, -row]
        right += [float(cell.denominator.upper) - 1, -(float(cell.denominator.upper) - 10)]
    limits.append((0, None))
    ends = []
    for sign in (1, -1):
        goal = np.zeros(count + 1)
        goal[hidden] = sign
        found = linprog(
            goal, A_ub=above or None, b_ub=right or None, A_eq=[np.ones(count + 1)], b_eq=[nation], bounds=limits
        )
        assert found.status == 0
        ends.append(sign * found.fun)
    return ends[0], ends[1]


@given(tables())
def test_a_hidden_place_stays_open(table: tuple[list[Cell], list[tuple[int, int]], int]) -> None:
    cells, truth, _ = table
    done = clear_places(MeasuredCells(tuple(cells)))
    places = [cell for cell in done.cells if cell.place_type == "area"]
    nation = int(cells[0].denominator.lower) if cells[0].denominator else 0
    assume(nation >= RULES.thresholds.least_units)  # a nation of 1 to 10 is not shown exactly
    for number, (cell, (whole, yes)) in enumerate(zip(places, truth, strict=True)):
        if cell.status == "suppressed":
            least, most = _span(places, number, nation)
            assert least - 1e-6 <= whole <= most + 1e-6
            assert most - least >= RULES.thresholds.least_width
        else:
            assert is_blurred(cell, RULES)
            assert whole >= RULES.thresholds.least_units
            assert yes == 0 or yes >= RULES.thresholds.least_units
    assert narrow_lines(cells[:1], places, RULES) == 0


def test_two_places_that_nearly_make_up_the_nation_do_not_give_the_third_away() -> None:
    cells = [
        _cell("nation", "US", (0, 0), (142, 142)),
        _cell("area", "a", (0, 0), (80, 80)),
        _cell("area", "b", (0, 0), (60, 60)),
        _cell("area", "c", (0, 0), (2, 2)),
    ]
    assert clear_places(MeasuredCells(tuple(cells[:2]))).cells[1].status == "rounded"
    done = clear_places(MeasuredCells(tuple(cells)))
    assert [cell.status for cell in done.cells[1:]] == ["rounded", "suppressed", "suppressed"]
    shown = [cell for cell in done.cells if cell.status == "rounded" and cell.place_type == "area"]
    assert left_open(cells[0], shown, "all", STEP) == 62
    careless = [cells[1], cells[2]]  # without the second hiding the rest would be two
    assert left_open(cells[0], careless, "all", STEP) == 2
    assert PARTS == ("all", "yes", "no")


def test_the_attack_sees_a_line_that_was_left_narrow() -> None:
    from dataclasses import replace

    nation = _cell("nation", "US", (0, 0), (142, 142))
    shown = [
        replace(_cell("area", "a", (0, 0), (80, 80)), status="rounded"),
        replace(_cell("area", "b", (0, 0), (60, 60)), status="rounded"),
        replace(_cell("area", "c", (0, 0), (2, 2)), status="suppressed", numerator=None, denominator=None, bound=None),
    ]
    assert narrow_lines([nation], shown, RULES) == 1
    assert narrow_lines([nation], shown[:2], RULES) == 0


def test_the_only_hidden_place_is_not_known_to_be_small() -> None:
    cells = [
        _cell("nation", "US", (39, 39), (200, 200)),
        _cell("area", "a", (10, 10), (100, 100)),
        _cell("area", "b", (29, 29), (100, 100)),
    ]
    assert {cell.status for cell in clear_places(MeasuredCells(tuple(cells))).cells[1:]} == {"suppressed"}


def test_what_lies_in_no_known_place_is_not_told_by_the_widths_of_others() -> None:
    cells = [
        _cell("nation", "US", (66, 66), (215, 215)),
        _cell("area", "b0", (38, 39), (97, 129)),
        _cell("area", "b1", (27, 28), (86, 118)),
        _cell("area", "unknown", (1, 1), (32, 32)),
    ]
    assert {cell.status for cell in clear_places(MeasuredCells(tuple(cells))).cells[1:]} == {"suppressed"}


def test_meanings_of_one_measure_are_hidden_together_where_they_are_published() -> None:
    from dataclasses import replace

    def variant(name: str, counts: tuple[int, int]) -> list[Cell]:
        own = [_cell("nation", "US", (sum(counts),) * 2, (200, 200))]
        own += [_cell("area", place, (yes, yes), (100, 100)) for place, yes in zip("ab", counts, strict=True)]
        return [replace(cell, variant=f"r {name}") for cell in own]

    cells = [*variant("convicted", (40, 40)), *variant("pending", (52, 30)), *variant("neither", (8, 30))]
    shown = clear_places(MeasuredCells(tuple(cells)), publishes=True).cells
    assert {cell.status for cell in shown if cell.place_type == "area" and cell.place == "a"} == {"suppressed"}
