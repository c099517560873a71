"""May a cell of this place, period and split be shown at all, however many people it counts?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from tallystick.clear.rules import LENGTH, DisclosureRules, publication
from tallystick.measures.cell import Cell


def refusal(cell: Cell, rules: DisclosureRules, closes_on: date | None) -> str:
    """Why a cell may not be shown at all, in words; '' when it may.

    Args:
        cell: the cell, before any count is looked at.
        rules: the rules of the gate.
        closes_on: closing date of the release; periods just before it are held back below the area.
    """
    only = rules.national_only
    names = {name for name, _ in cell.split} | set(cell.about)
    if names & set(only.never) or cell.place_type in only.never:
        return "a dimension that is never shown"
    if cell.statistic in only.never_statistics:
        return "a statistic that shows single people"
    if cell.place_type == "nation":
        return ""
    return _below_nation(cell, rules, closes_on, names)


def _below_nation(cell: Cell, rules: DisclosureRules, closes_on: date | None, names: set[str]) -> str:
    only = rules.national_only
    if names & set(only.splits):
        return "a split that is shown for the nation only"
    grid = {
        "duplicate_rule": cell.duplicate_rule,
        "link_rule": cell.link_rule,
        "policy": cell.policy,
        "view": "" if cell.view == "agency" else cell.view,
    }
    if any(grid.get(name) for name in only.grids):
        return "a grid over rules, policies or views, which is national only"
    floor = next((entry for entry in rules.floors if entry.place == cell.place_type), None)
    if floor is None:
        return "a kind of place that is not shown"
    if (cell.period_end - cell.period_start).days + 1 < LENGTH[floor.period]:
        return f"finer than the {floor.period.replace('_', ' ')} allowed for this kind of place"
    if closes_on is not None and (closes_on - cell.period_end).days < floor.least_days_before_close:
        return "too close to the closing date of the release for this kind of place"
    return ""


def family_of(cell: Cell) -> str:
    """The published family a cell belongs to; '' when none declares it (then it is ad hoc)."""
    names = {name for name, _ in cell.split}
    for family in publication().families:
        if family.basis == cell.basis and cell.place_type in family.places and names <= set(family.splits):
            return family.id
    return ""


def steps_apart(cells: Sequence[Cell], least: int) -> set[int]:
    """Cells whose period goes a little beyond another one of the same place and split, by fewer than `least` days.

    Two running totals that differ by a month show that month; the floors of places must hold for it too.
    """
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, cell in enumerate(cells):
        groups[cell.place_type, cell.place, cell.split, cell.measure, cell.variant].append(number)
    found: set[int] = set()
    for numbers in groups.values():
        kept: list[Cell] = []
        for number in sorted(numbers, key=lambda n: (cells[n].period_start, cells[n].period_end)):
            if any(0 < _days_between(cells[number], other) < least for other in kept):
                found.add(number)
            else:
                kept.append(cells[number])
    return found


def _days_between(one: Cell, two: Cell) -> int:
    """Days by which one of two periods with a common end goes beyond the other; 0 when they share no end."""
    if one.period_start == two.period_start:
        return abs((one.period_end - two.period_end).days)
    if one.period_end == two.period_end:
        return abs((one.period_start - two.period_start).days)
    return 0
