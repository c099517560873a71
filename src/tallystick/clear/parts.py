"""Cells of one measure as one family of tables: places, periods, splits, and every range in three parts.

A range is three cells: known to be in, unknown, known to be out. The hatch between two ends would
otherwise give a small number away. What is counted for the nation and stands in no place is a part
of its own, so that places and the remainder add up to the nation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from tallystick.clear.family import TOTAL, Dimension, Family, cross, flat, unsummed
from tallystick.clear.rounding import is_dominated
from tallystick.clear.rules import disclosure_rules
from tallystick.measures.cell import Cell

ANSWERS = ("yes", "unknown", "no")
ELSEWHERE = "(not in a place shown)"
Key = tuple[str, ...]


@dataclass(frozen=True)
class PartedFamily:
    """A family and, for each cell of the measure, its four counts in it: whole, yes, unknown, no."""

    family: Family
    places: dict[int, tuple[int, int, int, int]]


def parted(cells: Sequence[Cell]) -> PartedFamily | None:
    """Cells of one measure, variant and release set as a family; None when they do not form tables.

    Cells must have whole counts; the axes are place, period and each split. Missing combinations
    count as empty.
    """
    if any(cell.numerator is None or cell.denominator is None for cell in cells):
        return None
    keys = {number: _key(cell, _axes(cells)) for number, cell in enumerate(cells)}
    whole = {key: _three(cells[number]) for number, key in keys.items()}
    dimensions = [_dimension(cells, axis) for axis in _axes(cells)]
    base = _base(dimensions, whole)
    if base is None:
        return None
    complete = _complete(dimensions, base)
    if complete:  # whoever knows the list of places knows that it is complete: no remainder to hide behind
        dimensions = [_without_remainder(entry) if entry.name in complete else entry for entry in dimensions]
        base = _base(dimensions, whole)
        if base is None:
            return None
    answers = flat("answer", ANSWERS)
    people = _people(dimensions, {key: seen_people(cells[number]) for number, key in keys.items()}, base)
    # the nation without any split is shown in any case, so an attacker knows it, unless a part of it is small
    plain = [key for key, parts in whole.items() if _is_plain_nation(key) and not _has_small_part(parts)]
    shown = [(*key, answer) for key in plain for answer in (TOTAL, *ANSWERS)]
    family = cross([*dimensions, answers], base, people, fixed=shown, never_shown=[ELSEWHERE])
    index = family.index
    places = {
        number: (index[(*key, TOTAL)], *(index[(*key, answer)] for answer in ANSWERS))
        for number, key in keys.items()
        if (*key, TOTAL) in index
    }
    return PartedFamily(family, {number: (four[0], four[1], four[2], four[3]) for number, four in places.items()})


def _dimension(cells: Sequence[Cell], axis: str) -> Dimension:
    labels = _axis(cells, axis)
    return flat(axis, labels) if ELSEWHERE in labels else unsummed(axis, labels)


def _complete(dimensions: Sequence[Dimension], base: Sequence[int]) -> set[str]:
    """Dimensions whose remainder is empty everywhere: their categories add up to the total."""
    leaves = [[node.label for node in dimension.nodes if node.label != TOTAL] for dimension in dimensions]
    left = {
        dimension.name
        for dimension, labels in zip(dimensions, leaves, strict=True)
        if ELSEWHERE in labels and len(labels) > 1
    }
    for number, key in enumerate(product(*leaves)):
        if any(base[3 * number : 3 * number + 3]):
            left -= {dimension.name for dimension, label in zip(dimensions, key, strict=True) if label == ELSEWHERE}
    return left


def _without_remainder(dimension: Dimension) -> Dimension:
    return flat(dimension.name, [node.label for node in dimension.nodes if node.label not in (TOTAL, ELSEWHERE)])


def _has_small_part(parts: tuple[int, int, int]) -> bool:
    least = disclosure_rules().thresholds.least_units
    return any(0 < part < least for part in (*parts, sum(parts)))


def seen_people(cell: Cell) -> int | None:
    """Person keys behind a cell; a sum that one person dominates counts as one person."""
    dominated = bool(cell.largest) and is_dominated(cell.largest, disclosure_rules().thresholds.least_rest_percent)
    return 1 if dominated else cell.people


def _is_plain_nation(key: Key) -> bool:
    return key[0] == TOTAL and all(label == TOTAL for label in key[2:])


def _axes(cells: Sequence[Cell]) -> list[str]:
    return ["place", "period", *sorted({name for cell in cells for name, _ in cell.split})]


def _key(cell: Cell, axes: Sequence[str]) -> Key:
    split = dict(cell.split)
    place = TOTAL if cell.place_type == "nation" else f"{cell.place_type} {cell.place}"
    return (place, f"{cell.period_start}/{cell.period_end}", *(split.get(name, TOTAL) for name in axes[2:]))


def _axis(cells: Sequence[Cell], axis: str) -> list[str]:
    place = _axes(cells).index(axis)
    labels = {_key(cell, _axes(cells))[place] for cell in cells}
    # only where a total is shown is there a remainder that stands in no category
    return [*sorted(labels - {TOTAL}), ELSEWHERE] if TOTAL in labels else sorted(labels)


def _three(cell: Cell) -> tuple[int, int, int]:
    if cell.numerator is None or cell.denominator is None:
        return (0, 0, 0)
    yes, most, whole = int(cell.numerator.lower), int(cell.numerator.upper), int(cell.denominator.lower)
    return yes, most - yes, whole - most


def _base(dimensions: Sequence[Dimension], whole: dict[Key, tuple[int, int, int]]) -> list[int] | None:
    """Counts of the finest cells; remainders go to the part that is in no place or class shown."""
    leaves = [[node.label for node in dimension.nodes if node.label != TOTAL] for dimension in dimensions]
    counts: list[int] = []
    known: dict[Key, tuple[int, int, int]] = {}
    for key in product(*leaves):
        known[key] = _remainder(key, whole, known)
        if any(part < 0 for part in known[key]):
            return None
        counts += known[key]
    return counts


def _remainder(
    key: Key, whole: dict[Key, tuple[int, int, int]], known: dict[Key, tuple[int, int, int]]
) -> tuple[int, int, int]:
    """A cell as measured, or what its total has left over."""
    if key in whole:
        return whole[key]
    elsewhere = [place for place, label in enumerate(key) if label == ELSEWHERE]
    if not elsewhere:
        return (0, 0, 0)
    total = tuple(TOTAL if place in elsewhere else label for place, label in enumerate(key))
    if total not in whole:
        return (0, 0, 0)
    beside = [
        counts
        for other, counts in known.items()
        if all(other[place] == key[place] or place in elsewhere for place in range(len(key)))
    ]
    left = [whole[total][part] - sum(counts[part] for counts in beside) for part in range(3)]
    return left[0], left[1], left[2]


def _people(dimensions: Sequence[Dimension], keys: dict[Key, int | None], base: Sequence[int]) -> list[int]:
    """Person keys of the finest cells: where fewer keys than units are known, the fewer count."""
    leaves = [[node.label for node in dimension.nodes if node.label != TOTAL] for dimension in dimensions]
    people: list[int] = []
    for number, key in enumerate(product(*leaves)):
        known = keys.get(key)
        parts = base[3 * number : 3 * number + 3]
        people += [part if known is None else min(part, known) for part in parts]
    return people
