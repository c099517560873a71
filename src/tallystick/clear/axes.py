"""How places, periods, splits and answers of cells nest and add up: the axes of their tables.

Places lie in places (counties in states) and what stands in no place shown is a part of its own.
Periods that overlap or continue each other are cut at every first and last day, so that two periods
of which one ends a month later leave that month as a part that nobody shows but anyone can work out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from tallystick.clear.family import TOTAL, Dimension, Node
from tallystick.measures.cell import Cell

Place = tuple[str, str]


def place_label(cell: Cell) -> str:
    """How the place of a cell is called on its axis."""
    return TOTAL if cell.place_type == "nation" else f"{cell.place_type} {cell.place}"


def period_label(cell: Cell) -> str:
    """How the period of a cell is called on its axis."""
    return f"{cell.period_start}/{cell.period_end}"


def place_systems(cells: Iterable[Cell], within: Mapping[Place, Place]) -> dict[str, list[Place]]:
    """Kinds of places that nest in each other, each system with its places: states with their counties, areas.

    Args:
        cells: cells of one population.
        within: which place lies in which, both as (kind, name).
    """
    places = {(cell.place_type, cell.place) for cell in cells if cell.place_type != "nation"}
    systems: dict[str, list[Place]] = defaultdict(list)
    for place in sorted(places):
        systems[_ancestors(place, places, within)[-1][0]].append(place)
    return dict(systems)


def _ancestors(place: Place, places: Collection[Place], within: Mapping[Place, Place]) -> list[Place]:
    """The place itself and those shown places it lies in, from the inside out."""
    found, here, steps = [place], place, 0
    while here in within and steps < 10:
        here, steps = within[here], steps + 1
        if here in places:
            found.append(here)
    return found


def place_axis(places: Sequence[Place], within: Mapping[Place, Place], *, with_nation: bool) -> Dimension:
    """The places of one system as an axis; what lies in no place shown is a silent part."""
    known = set(places)
    children: dict[Place | None, list[Place]] = defaultdict(list)
    for place in places:
        above = _ancestors(place, known, within)[1:]
        children[above[0] if above else None].append(place)
    leaves: list[Node] = []
    wholes: list[Node] = []
    silent: set[str] = set()

    def add(label: str, below: Sequence[Place]) -> tuple[int, ...]:
        if not below:
            leaves.append(Node(label, (len(leaves),)))
            return (len(leaves) - 1,)
        inside: list[int] = []
        for place in below:
            inside += add(" ".join(place), children[place])
        rest = f"(rest of {label})"
        silent.add(rest)
        leaves.append(Node(rest, (len(leaves),)))
        inside.append(len(leaves) - 1)
        wholes.append(Node(label, tuple(inside), (*(" ".join(place) for place in below), rest)))
        return tuple(inside)

    if with_nation:
        add(TOTAL, children[None])
    else:
        for place in children[None]:
            add(" ".join(place), children[place])
    return Dimension("place", (*leaves, *wholes), frozenset(silent))


def period_axis(cells: Iterable[Cell], *, nested: bool) -> Dimension:
    """Periods as an axis: cut at every first and last day (nested), or side by side."""
    periods = sorted({(cell.period_start, cell.period_end) for cell in cells})
    if not nested:
        return Dimension("period", tuple(Node(_span(*period), (n,)) for n, period in enumerate(periods)), quiet=True)
    cuts = sorted({day for start, end in periods for day in (start, end + timedelta(days=1))})
    segments = [
        (first, after - timedelta(days=1))
        for first, after in pairwise(cuts)
        if any(start <= first and after - timedelta(days=1) <= end for start, end in periods)
    ]
    shown = set(periods)
    leaves = [
        Node(_span(*segment) if segment in shown else f"({_span(*segment)})", (number,))
        for number, segment in enumerate(segments)
    ]
    wholes = []
    for start, end in periods:
        inside = tuple(n for n, (first, last) in enumerate(segments) if start <= first and last <= end)
        if len(inside) > 1:
            wholes.append(Node(_span(start, end), inside, tuple(leaves[number].label for number in inside)))
    silent = frozenset(node.label for node in leaves if node.label.startswith("("))
    return Dimension("period", (*leaves, *wholes), silent, quiet=True)


def _span(start: date, end: date) -> str:
    return f"{start}/{end}"


def split_axis(name: str, cells: Iterable[Cell]) -> Dimension:
    """The classes of a split; where a total is shown, what stands in no class shown is a silent part."""
    found = [dict(cell.split).get(name, TOTAL) for cell in cells]
    labels = sorted(set(found) - {TOTAL})
    rest = f"(rest by {name})"
    parts = [*labels, rest] if TOTAL in found else labels
    leaves = [Node(label, (number,)) for number, label in enumerate(parts)]
    if TOTAL not in found:
        return Dimension(name, tuple(leaves))
    whole = Node(TOTAL, tuple(range(len(parts))), tuple(parts))
    return Dimension(name, (*leaves, whole), frozenset([rest]))


def answer_axis(classes: Sequence[str], shown: Collection[frozenset[str]]) -> Dimension:
    """The classes a numerator is made of, and every sum of them that is shown."""
    leaves = [Node(name, (number,)) for number, name in enumerate(classes)]
    sums = sorted({frozenset(classes), *shown}, key=lambda entry: (len(entry), sorted(entry)))
    wholes = [
        Node(answer_label(entry, classes), tuple(classes.index(name) for name in sorted(entry)), tuple(sorted(entry)))
        for entry in sums
        if len(entry) > 1 or len(classes) == 1
    ]
    shown_labels = {answer_label(entry, classes) for entry in shown}
    return Dimension("answer", (*leaves, *wholes), frozenset(set(classes) - shown_labels))


def answer_label(names: frozenset[str], classes: Sequence[str]) -> str:
    """How a sum of classes is called on the axis of answers; the sum of all is the total."""
    if len(names) == len(classes):
        return TOTAL
    return " + ".join(sorted(names))
