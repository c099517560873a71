"""How places, periods, splits and answers of cells nest and add up: the axes of their tables.

Places lie in places (counties in states) and what stands in no place shown is a part of its own.
Periods that overlap or continue each other are cut at every first and last day, so that two periods
of which one ends a month later leave that month as a part that nobody shows but anyone can work out.
Labels name sets: the same set has the same label on every axis it stands on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from tallystick.clear.family import TOTAL, Dimension, Node
from tallystick.measures.cell import Cell

Place = tuple[str, str]
DEEPEST = 10  # places in places in places ...: more is a mistake of the table of places


def place_label(cell: Cell) -> str:
    """How the place of a cell is called on its axis."""
    return TOTAL if cell.place_type == "nation" else f"{cell.place_type} {cell.place}"


def period_label(cell: Cell) -> str:
    """How the period of a cell is called on its axis."""
    return f"{cell.period_start}/{cell.period_end}"


def place_of(cell: Cell) -> Place:
    """The place of a cell as (kind, name)."""
    return cell.place_type, cell.place


def chain(place: Place, within: Mapping[Place, Place]) -> list[Place]:
    """The place and all places it lies in, shown or not, from the inside out."""
    found = [place]
    while found[-1] in within and len(found) < DEEPEST:
        found.append(within[found[-1]])
    return found


def place_systems(cells: Iterable[Cell], within: Mapping[Place, Place]) -> dict[str, list[Place]]:
    """Kinds of places that nest in each other, each system with its places.

    States with their counties are one system; so are areas with their facilities, and areas with the states in
    them: two kinds of places that both divide a third one stand in two systems, which share the third.
    """
    kinds: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for place in sorted({place_of(cell) for cell in cells if cell.place_type != "nation"}):
        kinds[tuple(kind for kind, _ in chain(place, within))].append(place)
    longest = [one for one in kinds if not any(one != other and other[-len(one) :] == one for other in kinds)]
    return {
        "/".join(one): sorted(place for kind, found in kinds.items() if one[-len(kind) :] == kind for place in found)
        for one in sorted(longest)
    }


def place_axis(places: Sequence[Place], within: Mapping[Place, Place]) -> Dimension:
    """The places of one system as an axis below the nation; what lies in no place shown is a silent part.

    Places that others lie in stand on the axis even where they are not shown themselves.
    """
    shown = set(places)
    children: dict[Place | None, set[Place]] = defaultdict(set)
    for place in places:
        line: list[Place | None] = [*chain(place, within), None]
        for inner, outer in pairwise(line):
            if inner is not None:
                children[outer].add(inner)
    leaves: list[Node] = []
    wholes: list[Node] = []
    silent: set[str] = set()

    def add(label: str, below: Sequence[Place]) -> tuple[int, ...]:
        if not below:
            leaves.append(Node(label, (len(leaves),)))
            return (len(leaves) - 1,)
        inside: list[int] = []
        for place in below:
            inside += add(" ".join(place), sorted(children[place]))
            if place not in shown:
                silent.add(" ".join(place))
        names = [" ".join(place) for place in below]
        rest = f"(rest of {label} without {', '.join(names)})"
        silent.add(rest)
        leaves.append(Node(rest, (len(leaves),)))
        inside.append(len(leaves) - 1)
        wholes.append(Node(label, tuple(inside), (*names, rest)))
        return tuple(inside)

    add(TOTAL, sorted(children[None]))
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
    leaves = [Node(_span(*segment), (number,)) for number, segment in enumerate(segments)]
    wholes = []
    for start, end in periods:
        inside = tuple(n for n, (first, last) in enumerate(segments) if start <= first and last <= end)
        if len(inside) > 1:
            wholes.append(Node(_span(start, end), inside, tuple(leaves[number].label for number in inside)))
    silent = frozenset(_span(*segment) for segment in segments if segment not in shown)
    return Dimension("period", (*leaves, *wholes), silent, quiet=True)


def _span(start: date, end: date) -> str:
    return f"{start}/{end}"


def split_axis(name: str, cells: Iterable[Cell]) -> Dimension:
    """The classes of a split and their total; where a total is shown, what stands in no class shown is a silent part.

    Where no total is shown, the classes are taken to be all there are: the safe side.
    """
    found = [dict(cell.split).get(name, TOTAL) for cell in cells]
    labels = sorted(set(found) - {TOTAL})
    rest = f"(rest by {name} without {', '.join(labels)})"
    has_total = TOTAL in found
    parts = [*labels, rest] if has_total else labels
    leaves = [Node(label, (number,)) for number, label in enumerate(parts)]
    whole = Node(TOTAL, tuple(range(len(parts))), tuple(parts))
    return Dimension(name, (*leaves, whole), frozenset([rest] if has_total else [TOTAL]))


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
