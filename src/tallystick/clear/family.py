"""A family of tables that are published together: which cells there are, and how they add up.

Every cell of every table of the family is a sum of base cells, the finest ones. What one table
hides another may give away, so a family is protected and attacked as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

TOTAL = "*"
State = Literal["open", "fixed", "derived"]
Guard = Literal["by size", "always", "never"]
Line = tuple[int, tuple[int, ...]]  # a whole and the parts that add up to it


@dataclass(frozen=True)
class Node:
    """A category of a dimension: its label, the finest categories it holds, the labels of its parts."""

    label: str
    leaves: tuple[int, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dimension:
    """A dimension with its categories from the finest to the total.

    silent: labels that complete a sum and are not published themselves.
    quiet: a dimension (time) along which a single filled category tells nothing about anybody.
    """

    name: str
    nodes: tuple[Node, ...]
    silent: frozenset[str] = frozenset()
    quiet: bool = False

    @property
    def leaf_count(self) -> int:
        """How many finest categories there are."""
        return 1 + max(leaf for node in self.nodes for leaf in node.leaves)


@dataclass(frozen=True)
class FamilyCell:
    """One cell of the family: the sum of its members, less `minus` (for differences and for what must agree).

    width: how open it must stay at least, where that is more than the rules ask of every cell.
    guard: whether it must stay unknown (by its size; in any case, because it was hidden before; never).
    state: open (may be shown or hidden), fixed (already known: published before, or by the agency
    itself), derived (never shown, but what the shown ones must not give away, such as the difference
    between two releases).
    """

    key: tuple[str, ...]
    members: tuple[int, ...]
    units: int
    people: int
    state: State = "open"
    minus: tuple[int, ...] = ()
    guard: Guard = "by size"
    width: int = 0


@dataclass(frozen=True)
class Family:
    """Cells over base cells, with the lines (whole, parts) along which they add up.

    Along `quiet` lines (periods) a single filled part tells nothing about anybody.
    """

    base: tuple[float, ...]
    cells: tuple[FamilyCell, ...]
    lines: tuple[Line, ...] = ()
    quiet: tuple[Line, ...] = ()

    @property
    def index(self) -> dict[tuple[str, ...], int]:
        """Position of each cell by its key."""
        return {cell.key: number for number, cell in enumerate(self.cells)}


def flat(name: str, labels: Sequence[str]) -> Dimension:
    """A dimension of categories and their total.

    >>> [node.label for node in flat("sex", ["f", "m"]).nodes]
    ['f', 'm', '*']
    """
    leaves = tuple(Node(label, (number,)) for number, label in enumerate(labels))
    return Dimension(name, (*leaves, Node(TOTAL, tuple(range(len(labels))), tuple(labels))))


def nested(name: str, groups: Mapping[str, Sequence[str]]) -> Dimension:
    """A dimension of two levels, such as counties in states, and the total.

    >>> [node.label for node in nested("place", {"A": ["a1", "a2"], "B": ["b1"]}).nodes]
    ['a1', 'a2', 'b1', 'A', 'B', '*']
    """
    leaves: list[Node] = []
    parents: list[Node] = []
    for group, labels in groups.items():
        start = len(leaves)
        leaves += [Node(label, (start + number,)) for number, label in enumerate(labels)]
        parents.append(Node(group, tuple(range(start, len(leaves))), tuple(labels)))
    return Dimension(name, (*leaves, *parents, Node(TOTAL, tuple(range(len(leaves))), tuple(groups))))


def cross(
    dimensions: Sequence[Dimension],
    units: Sequence[int],
    people: Sequence[int] | None = None,
    *,
    fixed: Iterable[tuple[str, ...]] = (),
    never_shown: Iterable[str] = (),
) -> Family:
    """All tables over these dimensions, margins included, from the counts of the base cells.

    Args:
        dimensions: the dimensions; base cells run through their finest categories, last one fastest.
        units: count of each base cell.
        people: person keys of each base cell; the units where each is one person.
        fixed: keys of cells that are known already.
        never_shown: labels of parts that complete a total and are not published themselves.
    """
    keys = people if people is not None else units
    sizes = [dimension.leaf_count for dimension in dimensions]
    known, silent = set(fixed), set(never_shown)
    cells = []
    for nodes in product(*(dimension.nodes for dimension in dimensions)):
        members = tuple(_position(leaves, sizes) for leaves in product(*(node.leaves for node in nodes)))
        key = tuple(node.label for node in nodes)
        state: State = "fixed" if key in known else "derived" if silent & set(key) else "open"
        cells.append(FamilyCell(key, members, sum(units[i] for i in members), sum(keys[i] for i in members), state))
    family = Family(tuple(units), tuple(cells))
    return Family(family.base, family.cells, tuple(_lines(dimensions, family.index)))


def _position(leaves: Sequence[int], sizes: Sequence[int]) -> int:
    place = 0
    for leaf, size in zip(leaves, sizes, strict=True):
        place = place * size + leaf
    return place


def _lines(
    dimensions: Sequence[Dimension], index: Mapping[tuple[str, ...], int]
) -> Iterable[tuple[int, tuple[int, ...]]]:
    for key, whole in index.items():
        for place, dimension in enumerate(dimensions):
            node = next(node for node in dimension.nodes if node.label == key[place])
            if len(node.parts) > 1 or (node.parts and node.parts != (node.label,)):
                yield whole, tuple(index[(*key[:place], part, *key[place + 1 :])] for part in node.parts)


def with_difference(before: Family, after: Family) -> Family:
    """Two releases of the same tables as one family: what was shown before is fixed, what grew is derived.

    Both families have the same cells in the same order; `after` is cumulative. Base cells are those
    of `before` and, beside them, what was added since.
    """
    size = len(before.base)
    added = tuple(later - earlier for later, earlier in zip(after.base, before.base, strict=True))
    cells: list[FamilyCell] = []
    for old, new in zip(before.cells, after.cells, strict=True):
        grown = tuple(size + member for member in old.members)
        cells.append(FamilyCell(("before", *old.key), old.members, old.units, old.people, "fixed"))
        cells.append(FamilyCell(("after", *new.key), old.members + grown, new.units, new.people, new.state))
        cells.append(FamilyCell(("added", *new.key), grown, new.units - old.units, new.people - old.people, "derived"))
    lines = tuple((3 * whole + 1, tuple(3 * part + 1 for part in parts)) for whole, parts in after.lines)
    return Family(before.base + added, tuple(cells), lines)


def with_complements(family: Family, pairs: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> Family:
    """A family with derived cells for what is left of a whole without a part (nested filters, two rules)."""
    index = family.index
    extra = []
    for whole_key, part_key in pairs:
        whole, part = family.cells[index[whole_key]], family.cells[index[part_key]]
        rest = tuple(sorted(set(whole.members) - set(part.members)))
        extra.append(
            FamilyCell(
                ("left of", *whole_key, "without", *part_key),
                rest,
                whole.units - part.units,
                whole.people - part.people,
                "derived",
            )
        )
    return Family(family.base, family.cells + tuple(extra), family.lines)


def separated(family: Family) -> list[tuple[Family, tuple[int, ...]]]:
    """The parts of a family that share no base cell, each with the positions of its cells in the family.

    What is hidden in one part says nothing about another, so each is protected by itself.
    """
    root_of = _roots(family)
    numbers: dict[int, list[int]] = defaultdict(list)
    for number, cell in enumerate(family.cells):
        columns = (*cell.members, *cell.minus)
        if columns:
            numbers[root_of[columns[0]]].append(number)
    if len(numbers) == 1 and sum(map(len, numbers.values())) == len(family.cells):
        return [(family, tuple(range(len(family.cells))))]
    columns_of: dict[int, list[int]] = defaultdict(list)
    for column, root in enumerate(root_of):
        columns_of[root].append(column)
    part_of = {number: root for root, inside in numbers.items() for number in inside}
    lines, quiet = (_by_part(found, part_of) for found in (family.lines, family.quiet))
    return [
        (_part(family, inside, columns_of[root], lines[root], quiet[root]), tuple(inside))
        for root, inside in numbers.items()
    ]


def _roots(family: Family) -> list[int]:
    """For each base cell, one base cell that stands for all it is connected with."""
    parent = list(range(len(family.base)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for cell in family.cells:
        columns = (*cell.members, *cell.minus)
        for column in columns[1:]:
            parent[root(column)] = root(columns[0])
    return [root(place) for place in range(len(parent))]


def _by_part(lines: Iterable[Line], part_of: Mapping[int, int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for whole, parts in lines:
        if whole in part_of:
            found[part_of[whole]].append((whole, tuple(part for part in parts if part in part_of)))
    return found


def _part(
    family: Family,
    numbers: Sequence[int],
    columns: Sequence[int],
    lines: Sequence[Line],
    quiet: Sequence[Line],
) -> Family:
    new_column = {column: place for place, column in enumerate(columns)}
    new_number = {number: place for place, number in enumerate(numbers)}

    def moved(found: Sequence[Line]) -> tuple[Line, ...]:
        return tuple((new_number[whole], tuple(new_number[part] for part in parts)) for whole, parts in found)

    cells = tuple(
        replace(
            family.cells[number],
            members=tuple(new_column[column] for column in family.cells[number].members),
            minus=tuple(new_column[column] for column in family.cells[number].minus),
        )
        for number in numbers
    )
    return Family(tuple(family.base[column] for column in columns), cells, moved(lines), moved(quiet))
