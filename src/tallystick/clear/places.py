"""Rounded figures of places beside an exact figure of the nation: could what is hidden be worked out from the rest?

Where places of records are not always known, counts by place are ranges and do not add up to a table that could be
cleared cell by cell. They are then rounded outward to tens, small ones are hidden, and along every line (all places of
one period and class) the hidden ones must leave open at least as much as a small count: the nation's exact figure, less
the lower ends of all that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from tallystick.clear.rules import DisclosureRules
from tallystick.measures.cell import Cell

Line = tuple[object, ...]
PARTS = ("all", "yes", "no")


def line_of(cell: Cell) -> Line:
    """What cells of one line share: all but the place, and the rules, which below the nation are always the default."""
    return (
        cell.measure, cell.release_set, cell.variant, cell.unit, cell.period_start, cell.period_end, cell.split,
        cell.policy, cell.tier, cell.view, cell.q,
    )  # fmt: skip


def lines_of(cells: Sequence[Cell]) -> Iterator[tuple[int, list[int]]]:
    """Every line with its nation: (number of the nation's cell, numbers of the cells of one kind of place)."""
    groups: dict[Line, dict[str, list[int]]] = {}
    for number, cell in enumerate(cells):
        groups.setdefault(line_of(cell), {}).setdefault(cell.place_type, []).append(number)
    for kinds in groups.values():
        nation = kinds.pop("nation", [])
        for numbers in kinds.values():
            if len(nation) == 1:
                yield nation[0], numbers


def part_of(cell: Cell, part: str) -> Fraction | None:
    """The least that a cell says of one part: all units that are surely there, those that count, those that do not."""
    if cell.denominator is None:
        return None
    if part == "all":
        return cell.denominator.lower
    if cell.numerator is None:
        return None
    if part == "yes":
        return cell.numerator.lower
    beyond = 1 if cell.status == "rounded" else 0  # a rounded upper end is never reached
    return max(cell.denominator.lower - cell.numerator.upper + beyond, Fraction(0))


def most_of(cell: Cell, part: str) -> Fraction | None:
    """The most that a cell says of a part: those surely there, and those of no known place; None for what is left."""
    bound = {"all": cell.denominator, "yes": cell.numerator}.get(part)
    return bound.upper if bound else None


def left_open(nation: Cell, shown: Iterable[Cell], part: str, step: int) -> Fraction | None:
    """The most that hidden cells of a line can hold together, for one who knows the nation's figure.

    Units of no known place stand in the upper ends of all: what one place may hold at most, less what rounding adds to
    it, lies outside the hidden ones together with the lower ends of the others.

    Args:
        nation: the exact cell.
        shown: the cells of places that are shown, rounded.
        part: all, yes or no.
        step: to what ends are rounded.
    """
    whole, ceiling = part_of(nation, part), most_of(nation, part)
    known = [cell for cell in shown if cell.denominator is not None]
    least = [part_of(cell, part) for cell in known]
    if not whole or not known or any(value is None for value in least):  # of nothing in the nation all is known
        return None
    sure = [value for value in least if value is not None]
    rests = [whole - sum(sure, Fraction(0))]
    for own, cell in zip(sure, known, strict=True):
        most = most_of(cell, part)
        if most is not None and ceiling is not None:
            rests.append(ceiling - (most - step) - (sum(sure, Fraction(0)) - own))
    return min(rests)


def given_away(exact: Sequence[Cell], shown: Sequence[Cell], rules: DisclosureRules) -> set[int]:
    """Numbers of shown cells that must be hidden so that hidden ones stay open.

    Args:
        exact: the cells as measured; those of the nation are known to everybody.
        shown: the same cells, rounded or hidden.
        rules: the rules; a line must stay open by the least number of units.
    """
    least = rules.thresholds.least_units
    gone = {number for number, cell in enumerate(exact) if cell.place_type != "nation" and _is_narrow(cell, least)}
    gone = {number for number in gone if shown[number].status != "suppressed"}
    step = rules.ad_hoc.least_rounding
    for nation, numbers in lines_of(exact):
        while True:
            open_now = [n for n in numbers if shown[n].status != "suppressed" and n not in gone]
            is_hidden = len(open_now) < len(numbers)
            is_alone = len(open_now) == len(numbers) - 1
            rests = [left_open(exact[nation], [shown[n] for n in open_now], part, step) for part in PARTS]
            is_open = all(rest is None or rest >= least for rest in rests)
            if not is_hidden or not open_now or (is_open and not is_alone):
                break  # one that is hidden alone would be known to be small
            gone.add(min(open_now, key=lambda n: (_size(exact[n]), exact[n].place)))
    return gone


def half_shown(shown: Sequence[Cell]) -> set[int]:
    """Numbers of shown cells of a place and period of which another meaning is hidden, or that no nation stands beside.

    Meanings of one measure are parts of one whole: one that is hidden could be narrowed down from the others.
    """
    groups: dict[Line, list[int]] = {}
    nations = {line_of(cell) for cell in shown if cell.place_type == "nation"}
    for number, cell in enumerate(shown):
        if cell.place_type != "nation":
            key = (cell.measure, cell.unit, cell.place_type, cell.place, cell.period_start, cell.period_end, cell.split)
            groups.setdefault(key, []).append(number)
    found: set[int] = set()
    for numbers in groups.values():
        is_whole = all(shown[n].status != "suppressed" and line_of(shown[n]) in nations for n in numbers)
        found |= set() if is_whole else {n for n in numbers if shown[n].status != "suppressed"}
    return found


def _is_narrow(cell: Cell, least: int) -> bool:
    """Whether only a few units stand between its two ends: the widths of places tell who is in none of them."""
    if cell.numerator is None or cell.denominator is None:
        return False
    widths = (cell.numerator.width, cell.denominator.width, cell.denominator.width - cell.numerator.width)
    return any(0 < width < least for width in widths)


def _size(cell: Cell) -> Fraction:
    return cell.denominator.lower if cell.denominator else Fraction(0)


def is_blurred(cell: Cell, rules: DisclosureRules) -> bool:
    """Whether a cell of a place is rounded as `clear_places` rounds: every end a whole multiple."""
    step = rules.ad_hoc.least_rounding
    ends = [end for bound in (cell.numerator, cell.denominator) if bound for end in (bound.lower, bound.upper)]
    return cell.status == "rounded" and all(end % step == 0 for end in ends)


def narrow_lines(nation: Sequence[Cell], shown: Sequence[Cell], rules: DisclosureRules) -> int:
    """For an attack: how many lines of published cells leave hidden ones open by less than a small count.

    Args:
        nation: published cells of the nation, exact where they are.
        shown: published cells of places.
        rules: the rules.
    """
    step = rules.ad_hoc.least_rounding
    exact = {line_of(cell): cell for cell in nation if cell.place_type == "nation" and cell.status == "ok"}
    groups: dict[tuple[Line, str], list[Cell]] = {}
    for cell in shown:
        if cell.place_type != "nation":
            groups.setdefault((line_of(cell), cell.place_type), []).append(cell)
    found = 0
    for (line, _), cells in groups.items():
        open_now = [cell for cell in cells if cell.status != "suppressed"]
        if line in exact and len(open_now) < len(cells):
            rests = [left_open(exact[line], open_now, part, step) for part in PARTS]
            found += any(rest is not None and rest < rules.thresholds.least_units for rest in rests)
    return found
