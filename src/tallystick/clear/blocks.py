"""Tables: which places, periods, splits and answers are crossed, and how the crossings lie in each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from tallystick.clear.axes import (
    Place,
    answer_axis,
    period_axis,
    place_axis,
    place_of,
    place_systems,
    split_axis,
)
from tallystick.clear.family import TOTAL, Dimension, Node
from tallystick.clear.names import Key, class_sets, is_plain_nation, order_of, system_of
from tallystick.measures.cell import Cell

MOST_NATION_PERIODS = 120  # plain national periods that stand in a family though nothing else is shown for them


@dataclass
class Block:
    """One table: the crossing of its axes, with the place of its base cells among all base cells."""

    system: Key
    dimensions: list[Dimension]
    splits: tuple[str, ...]
    first: int
    number_of: dict[Key, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many base cells it has."""
        size = 1
        for dimension in self.dimensions:
            size *= dimension.leaf_count
        return size

    @property
    def crossings(self) -> int:
        """How many cells it has, totals included."""
        count = 1
        for dimension in self.dimensions:
            count *= len(dimension.nodes)
        return count

    def members(self, nodes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """Base cells of a crossing of categories."""
        places = [0]
        for dimension, leaves in zip(self.dimensions, nodes, strict=True):
            size = dimension.leaf_count
            places = [place * size + leaf for place in places for leaf in leaves]
        return tuple(self.first + place for place in places)

    def name(self, key: Key) -> Key:
        """The name of a crossing: the same set of the same answer has the same name in every table."""
        labels = dict(zip(self.splits, key[2:-1], strict=True))
        splits = tuple(f"{name}={label}" for name, label in sorted(labels.items()) if label != TOTAL)
        return ("" if key[-1] == TOTAL else "/".join(self.system), key[-1], key[0], key[1], *splits)


def blocks_of(
    cells: Sequence[Cell],
    systems: Mapping[Key, tuple[str, ...]],
    within: Mapping[Place, Place],
    *,
    nested: bool,
) -> Iterator[Block]:
    """All tables that these cells form: by system of answers, by kinds of places, by set of splits."""
    everything = sorted(cells, key=order_of)
    kinds = place_systems(everything, within) or {"nation": []}
    first = 0
    for system, classes in systems.items():
        shown = {frozenset(classes)}
        for cell in everything:
            if system_of(cell) == system:
                shown |= {names for names in class_sets(cell, classes) if names}
        for kind in sorted(kinds):
            inside = [c for c in everything if c.place_type == "nation" or place_of(c) in kinds[kind]]
            for splits in _widest({tuple(sorted(name for name, _ in cell.split)) for cell in inside}):
                block = _block(system, inside, splits, answer_axis(classes, shown), first, within, nested=nested)
                if block is not None:
                    first += block.size
                    yield block


def _block(
    system: Key,
    inside: Sequence[Cell],
    splits: tuple[str, ...],
    answers: Dimension,
    first: int,
    within: Mapping[Place, Place],
    *,
    nested: bool,
) -> Block | None:
    """The table of one set of splits: places that are shown by it, periods in which they are."""
    here = [cell for cell in inside if {name for name, _ in cell.split} <= set(splits)]
    split_here = [cell for cell in here if cell.split] if splits else here
    places = sorted({place_of(cell) for cell in split_here if cell.place_type != "nation"})
    if not any(system_of(cell) == system for cell in here):
        return None
    here = [cell for cell in here if cell.place_type == "nation" or place_of(cell) in places]
    axes = [split_axis(name, here) for name in splits]
    dimensions = [
        place_axis(places, within),
        period_axis(_without_idle_nation(here), nested=nested),
        *axes,
        answers,
    ]
    return Block(system, dimensions, splits, first)


def crossings_of(block: Block) -> Iterator[Key]:
    """Labels of all crossings of a table, in the order of its cells."""
    for nodes in product(*(dimension.nodes for dimension in block.dimensions)):
        yield tuple(node.label for node in nodes)


def _widest(splits: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Sets of splits that lie in no other one, and the table without any split."""
    found = sorted({*splits, ()})
    return [one for one in found if not one or not any(set(one) < set(other) for other in found)]


def _without_idle_nation(cells: Sequence[Cell]) -> list[Cell]:
    """Where the nation is shown by the day, its days add nothing to a table of places or splits by month."""
    used = {(cell.period_start, cell.period_end) for cell in cells if not is_plain_nation(cell)}
    idle = {(cell.period_start, cell.period_end) for cell in cells if is_plain_nation(cell)} - used
    if not used or len(idle) <= MOST_NATION_PERIODS:
        return list(cells)
    return [cell for cell in cells if (cell.period_start, cell.period_end) in used]


def lines_of(block: Block) -> Iterator[tuple[int, tuple[int, ...], bool]]:
    """(whole, parts, quiet): along each axis, how the cells of a table add up."""
    nodes = [{node.label: node for node in dimension.nodes} for dimension in block.dimensions]
    for key, whole in block.number_of.items():
        for place, dimension in enumerate(block.dimensions):
            parts = nodes[place][key[place]].parts
            if parts and parts != (key[place],):
                others = tuple(block.number_of[(*key[:place], part, *key[place + 1 :])] for part in parts)
                yield whole, others, dimension.quiet


def agreed_totals(blocks: Sequence[Block], known: Mapping[Key, int]) -> dict[Key, int]:
    """National counts that nobody shows, where two kinds of places add up to the same count every time.

    Whoever sees that concludes that both lists are complete, and is taken to know it here.
    """
    sums: dict[Key, list[int]] = defaultdict(list)
    for block in blocks:
        places = block.dimensions[0]
        whole = next((node for node in places.nodes if node.label == TOTAL), None)
        listed = [label for label in _listed(whole, places) if label not in places.silent] if whole else []
        for key in block.number_of if listed else ():
            if key[0] == TOTAL and block.name(key) not in known:
                names = [block.name((label, *key[1:])) for label in listed]
                if all(name in known for name in names):
                    sums[block.name(key)].append(sum(known[name] for name in names))
    twice = {name: counts for name, counts in sums.items() if len(counts) > 1}
    return {name: counts[0] for name, counts in twice.items()} if all(len(set(c)) == 1 for c in twice.values()) else {}


def inside_of(block: Block, key: Key) -> Iterator[list[Key]]:
    """Crossings that lie inside this one along each axis: its parts, and for periods and classes all nested ones."""
    for place, dimension in enumerate(block.dimensions):
        here = next(node for node in dimension.nodes if node.label == key[place])
        if len(here.leaves) < 2:
            continue
        if dimension.quiet or place == len(block.dimensions) - 1:
            for node in dimension.nodes:
                if node.label != key[place] and _lies_in(node, here):
                    yield [(*key[:place], node.label, *key[place + 1 :])]
        else:
            yield [(*key[:place], part, *key[place + 1 :]) for part in _listed(here, dimension)]


def _listed(node: Node, dimension: Dimension) -> list[str]:
    """Parts of a category; in place of a part that nobody shows, its own parts."""
    nodes = {entry.label: entry for entry in dimension.nodes}
    found: list[str] = []
    for part in node.parts:
        deeper = part in dimension.silent and nodes[part].parts
        found += _listed(nodes[part], dimension) if deeper else [part]
    return found


def _lies_in(inner: Node, outer: Node) -> bool:
    return len(inner.leaves) < len(outer.leaves) and set(inner.leaves) < set(outer.leaves)
