"""May a cell of this place, period and split be shown at all, however many people it counts?"""

from __future__ import annotations

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
    names = {name for name, _ in cell.split}
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
