"""Cells of one population as one family of tables, every range in three parts.

A range is three cells: known to be in, unknown, known to be out. The hatch between two ends would
otherwise give a small number away. All measures and variants over one population, all places and
periods that nest, all splits, and what an earlier release showed of the same stand in one family:
tables that must agree (the same total in two of them) are tied by equations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from tallystick.clear.axes import (
    Place,
    answer_axis,
    answer_label,
    period_axis,
    period_label,
    place_axis,
    place_label,
    place_systems,
    split_axis,
)
from tallystick.clear.family import TOTAL, Dimension, Family, FamilyCell, Line
from tallystick.clear.rounding import is_dominated
from tallystick.clear.rules import disclosure_rules
from tallystick.clear.solver import solved
from tallystick.measures.cell import Cell

ANSWERS = ("yes", "unknown", "no")
Key = tuple[str, ...]
Four = tuple[int, int, int, int]


@dataclass(frozen=True)
class PartedFamily:
    """A family and, for each cell of the measures, its four counts in it: whole, yes, unknown, no."""

    family: Family
    places: dict[int, Four]


def parted(
    cells: Sequence[Cell], *, within: Mapping[Place, Place] | None = None, earlier: Sequence[Cell] = ()
) -> PartedFamily | None:
    """Cells of one population as a family; None when they do not form tables.

    Args:
        cells: cells of measures over one population, with whole counts. A cell that is hidden already
            (no counts) counts as not shown.
        within: which place lies in which.
        earlier: what an earlier release showed of the same measures; its hidden cells have no counts.
    """
    for nested in (True, False):  # counts of people do not add up over time; then periods stand side by side
        family = _Tables(cells, within or {}, earlier, nested=nested).family()
        if family is not None:
            return family
    return None


def seen_people(cell: Cell) -> int | None:
    """Person keys behind a cell; a sum that one person dominates counts as one person."""
    dominated = bool(cell.largest) and is_dominated(cell.largest, disclosure_rules().thresholds.least_rest_percent)
    return 1 if dominated else cell.people


@dataclass
class _Block:
    """One table: the crossing of its axes, with the place of its base cells among all base cells."""

    system: Key
    dimensions: list[Dimension]
    classes: tuple[str, ...]
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

    def members(self, nodes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """Base cells of a crossing of categories."""
        places = [0]
        for dimension, leaves in zip(self.dimensions, nodes, strict=True):
            size = dimension.leaf_count
            places = [place * size + leaf for place in places for leaf in leaves]
        return tuple(self.first + place for place in places)


class _Tables:
    def __init__(
        self, cells: Sequence[Cell], within: Mapping[Place, Place], earlier: Sequence[Cell], *, nested: bool
    ) -> None:
        self.cells, self.within, self.earlier, self.nested = list(cells), within, list(earlier), nested
        self.width = 0
        self.out: list[FamilyCell] = []
        self.lines: list[Line] = []
        self.quiet: list[Line] = []
        self.shown_as: dict[Key, int] = {}  # what is published under this name, wherever it stands
        self.measured: dict[Key, tuple[int, int]] = {}
        self.before: dict[Key, int | None] = {}
        self.ties: list[FamilyCell] = []  # equations between tables
        self.empty: set[int] = set()  # base cells that are empty because a list is complete, as everybody knows
        self.valued: set[int] = set()  # cells whose count is measured
        self.with_small_part: set[Key] = set()

    def family(self) -> PartedFamily | None:
        systems = self._systems()
        if systems is None or not all(_is_whole(cell) for cell in self.cells) or not self._take(systems):
            return None
        blocks = list(self._blocks(systems))
        self.width = sum(block.size for block in blocks)
        for block in blocks:
            self._add(block)
        base, left = self._solved(blocks)
        if base is None:
            return None
        cells = self._final(blocks, left)
        places = self._places(systems)
        family = Family(tuple(base), tuple(cells), tuple(self.lines), tuple(self.quiet))
        return PartedFamily(family, places) if places is not None else None

    def _systems(self) -> dict[Key, tuple[str, ...]] | None:
        """Systems of answers: measures over the same classes share one, any other variant has its own."""
        found: dict[Key, tuple[str, ...]] = {}
        variants: dict[str, set[str]] = defaultdict(set)
        for cell in (*self.cells, *self.earlier):
            found[_system(cell)] = cell.classes or ANSWERS
            if not cell.classes:
                variants[cell.measure].add(cell.variant)
        if any(len(names) > 1 for names in variants.values()):
            return None  # how two variants overlap is not known here, but may be known to others
        return found

    def _take(self, systems: Mapping[Key, tuple[str, ...]]) -> bool:
        """Counts by published name; False when one name has two counts."""
        for cell in self.cells:
            for name, value, people in _named(cell, systems[_system(cell)]):
                if value is None:
                    self.shown_as.setdefault(name, -1)
                    continue
                if self.measured.setdefault(name, (value, people))[0] != value:
                    return False
        least = disclosure_rules().thresholds.least_units
        self.with_small_part = {name[2:] for name, (value, _) in self.measured.items() if 0 < value < least}
        for cell in self.earlier:
            for name, value, _ in _named(cell, systems[_system(cell)]):
                if self.before.get(name) is None:
                    self.before[name] = value
        return True

    def _blocks(self, systems: Mapping[Key, tuple[str, ...]]) -> Iterator[_Block]:
        everything = [*self.cells, *self.earlier]
        first = 0
        for system, classes in systems.items():
            own = [cell for cell in everything if _system(cell) == system]
            shown = {frozenset(classes)}
            for cell in own:
                shown |= {names for names in _class_sets(cell, classes) if names}
            answers = answer_axis(classes, shown)
            kinds = place_systems(own, self.within) or {"nation": []}
            for places in kinds.values():
                inside = [
                    cell for cell in own if cell.place_type == "nation" or (cell.place_type, cell.place) in places
                ]
                with_nation = any(cell.place_type == "nation" for cell in inside)
                place = place_axis(places, self.within, with_nation=with_nation)
                for splits in _widest({tuple(sorted(name for name, _ in cell.split)) for cell in inside}):
                    here = [cell for cell in inside if {name for name, _ in cell.split} <= set(splits)]
                    here = _without_idle_nation(here)
                    dimensions = [
                        place,
                        period_axis(here, nested=self.nested),
                        *(split_axis(name, here) for name in splits),
                        answers,
                    ]
                    block = _Block(system, dimensions, classes, splits, first)
                    first += block.size
                    yield block

    def _add(self, block: _Block) -> None:
        """All cells of a block: published ones, and sums nobody shows but anyone may work out."""
        start = len(self.out)
        silent = [dimension.silent for dimension in block.dimensions]
        for nodes in product(*(dimension.nodes for dimension in block.dimensions)):
            key = tuple(node.label for node in nodes)
            name = self._name(block, key)
            members = block.members([node.leaves for node in nodes])
            is_silent = any(label in labels for label, labels in zip(key, silent, strict=True))
            block.number_of[key] = len(self.out)
            known = None if is_silent else self.measured.get(name)
            if known is None:
                hidden = name in self.shown_as and not is_silent
                self.out.append(FamilyCell(key, members, 0, 0, "open" if hidden else "derived", guard="never"))
                if hidden:
                    self.shown_as[name] = len(self.out) - 1
                continue
            self.valued.add(len(self.out))
            if self.shown_as.get(name, -1) >= 0:  # shown elsewhere: both must agree, whoever looks
                other = self.out[self.shown_as[name]]
                self.out.append(FamilyCell(key, members, known[0], known[1], "derived", guard="never"))
                self.ties.append(FamilyCell(("tie", *key), members, 0, 0, "fixed", minus=other.members))
                continue
            self.shown_as[name] = len(self.out)
            state = "fixed" if self._is_known_nation(name, key) else "open"
            self.out.append(FamilyCell(key, members, known[0], known[1], state))  # type: ignore[arg-type]
        for whole, parts, quiet in _lines(block):
            (self.quiet if quiet else self.lines).append((whole, parts))
        self._determine(block, start)

    def _name(self, block: _Block, key: Key) -> Key:
        """The published name of a crossing: the same total has the same name in every table."""
        labels = dict(zip(block.splits, key[2:-1], strict=True))
        splits = tuple(f"{name}={label}" for name, label in sorted(labels.items()) if label != TOTAL)
        system = () if key[-1] == TOTAL else block.system
        return ("/".join(system), key[-1], key[0], key[1], *splits)

    def _is_known_nation(self, name: Key, key: Key) -> bool:
        """The nation without any split is shown in any case, unless a part of it is small."""
        plain = key[0] == TOTAL and all(label == TOTAL for label in key[2:-1])
        return plain and name[2:] not in self.with_small_part

    def _determine(self, block: _Block, start: int) -> None:
        """Sums that nobody shows but that follow from what is measured get their value, and count as known to us."""
        lines = [*self.lines, *self.quiet]
        lines = [line for line in lines if line[0] >= start]
        known = {number: self.out[number].units for number in self.valued if number >= start}
        grown = True
        while grown:
            grown = False
            for whole, parts in lines:
                missing = [part for part in parts if part not in known]
                if whole in known and len(missing) == 1:
                    known[missing[0]] = known[whole] - sum(known[part] for part in parts if part in known)
                    grown = True
                elif whole not in known and not missing:
                    known[whole] = sum(known[part] for part in parts)
                    grown = True
        for number, value in known.items():
            cell = self.out[number]
            if number not in self.valued:
                self.out[number] = replace(cell, units=value, people=value, guard="by size")
        self.empty.update(_complete_rests(block, self.out))

    def _rows(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
        shift = self.width if self.before else 0
        for cell in (*self.out, *self.ties):
            if cell.state in ("open", "fixed") and (cell.guard != "never" or cell.minus):
                yield self._now(cell.members, shift), self._now(cell.minus, shift), float(cell.units)

    @staticmethod
    def _now(members: tuple[int, ...], shift: int) -> tuple[int, ...]:
        return (*members, *(member + shift for member in members)) if shift else members

    def _solved(self, blocks: Sequence[_Block]) -> tuple[list[float] | None, set[int]]:
        """A table of base cells that agrees with everything measured, and what must have left since before."""
        rows = list(self._rows())
        columns, cost = self.width, [0.0] * self.width
        if self.before:
            columns, cost = 3 * self.width, [0.0] * (2 * self.width) + [1.0] * self.width
            for members, value in self._shown_before(blocks):
                rows.append(((*members, *(member + 2 * self.width for member in members)), (), float(value)))
        shut = [((column,), (), 0.0) for column in sorted(self.empty)]
        base = solved(columns, [*rows, *shut], cost) if rows else None
        if base is None:
            return None, set()
        left = {column for column in range(2 * self.width, columns) if base[column] > 0}
        return base, left

    def _shown_before(self, blocks: Sequence[_Block]) -> Iterator[tuple[tuple[int, ...], int]]:
        for block in blocks:
            for key, number in block.number_of.items():
                value = self.before.get(self._name(block, key))
                if value is not None:
                    yield self.out[number].members, value

    def _final(self, blocks: Sequence[_Block], left: set[int]) -> list[FamilyCell]:
        """All cells, with what an earlier release showed and what came since, on the columns of both."""
        if not self.before:
            return [self._shut(cell) for cell in (*self.out, *self.ties)]
        shift = self.width
        cells = [
            self._shut(replace(cell, members=self._now(cell.members, shift), minus=self._now(cell.minus, shift)))
            for cell in (*self.out, *self.ties)
        ]
        done: set[Key] = set()
        for block in blocks:
            for key, number in block.number_of.items():
                name = self._name(block, key)
                if name in self.before:
                    cells += self._against_before(key, self.out[number], name, left, again=name in done)
                    done.add(name)
        return cells

    def _against_before(
        self, key: Key, cell: FamilyCell, name: Key, left: set[int], *, again: bool
    ) -> Iterator[FamilyCell]:
        gone = tuple(member + 2 * self.width for member in cell.members if member + 2 * self.width in left)
        came = tuple(member + self.width for member in cell.members)
        was = self.before[name]
        if was is None and again:
            return
        if was is None:
            yield self._shut(FamilyCell(("before", *key), (*cell.members, *gone), 0, 0, "derived", guard="always"))
            return
        yield self._shut(FamilyCell(("before", *key), (*cell.members, *gone), was, was, "fixed"))
        if cell.guard != "never" and not again:
            net = cell.units - was
            yield self._shut(FamilyCell(("since", *key), came, net, net, "derived", minus=gone))

    def _shut(self, cell: FamilyCell) -> FamilyCell:
        if not self.empty:
            return cell
        return replace(
            cell,
            members=tuple(member for member in cell.members if member not in self.empty),
            minus=tuple(member for member in cell.minus if member not in self.empty),
        )

    def _places(self, systems: Mapping[Key, tuple[str, ...]]) -> dict[int, Four] | None:
        places: dict[int, Four] = {}
        for number, cell in enumerate(self.cells):
            four = [self.shown_as.get(name, -1) for name, _, _ in _named(cell, systems[_system(cell)])]
            if any(place < 0 for place in four):
                if _is_plain_nation(cell):
                    continue  # shown in any case, at a period that nothing else is shown for
                return None
            places[number] = (four[0], four[1], four[2], four[3])
        return places


def _system(cell: Cell) -> Key:
    return ("classes", *cell.classes) if cell.classes else (cell.measure, cell.variant)


def _class_sets(cell: Cell, classes: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Classes known to count, that may count, and that do not."""
    yes = frozenset(cell.counts) if cell.classes else frozenset(["yes"])
    maybe = frozenset(cell.may) if cell.classes else frozenset(["unknown"])
    return yes, maybe, frozenset(classes) - yes - maybe


def _named(cell: Cell, classes: tuple[str, ...]) -> Iterator[tuple[Key, int | None, int]]:
    """The four counts of a cell under their published names, with the person keys behind each."""
    if cell.numerator is None or cell.denominator is None:
        counts: tuple[int | None, ...] = (None, None, None, None)
    else:
        yes, most, whole = (int(part) for part in (cell.numerator.lower, cell.numerator.upper, cell.denominator.lower))
        counts = (whole, yes, most - yes, whole - most)
    splits = tuple(f"{name}={label}" for name, label in sorted(cell.split))
    people = seen_people(cell)
    where = (place_label(cell), period_label(cell), *splits)
    for names, count in zip((frozenset(classes), *_class_sets(cell, classes)), counts, strict=True):
        # where no class may count, there is nothing to show and nothing to hide: the whole stands for it
        label, shown = (answer_label(names, classes), count) if names else (TOTAL, counts[0])
        system = "" if label == TOTAL else "/".join(_system(cell))
        keys = 0 if shown is None else shown if people is None else min(shown, people)
        yield (system, label, *where), shown, keys


def _widest(splits: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Sets of splits that lie in no other one."""
    found = sorted(set(splits))
    return [one for one in found if not any(set(one) < set(other) for other in found)]


def _is_plain_nation(cell: Cell) -> bool:
    return cell.place_type == "nation" and not cell.split


def _without_idle_nation(cells: Sequence[Cell]) -> list[Cell]:
    """Periods at which only the plain nation stands add nothing to a table of places or splits."""
    used = {(cell.period_start, cell.period_end) for cell in cells if not _is_plain_nation(cell)}
    if not used:
        return list(cells)
    return [cell for cell in cells if (cell.period_start, cell.period_end) in used]


def _is_whole(cell: Cell) -> bool:
    ends = [end for bound in (cell.numerator, cell.denominator) if bound for end in (bound.lower, bound.upper)]
    return all(end.denominator == 1 for end in ends)


def _lines(block: _Block) -> Iterator[tuple[int, tuple[int, ...], bool]]:
    nodes = [{node.label: node for node in dimension.nodes} for dimension in block.dimensions]
    for key, whole in block.number_of.items():
        for place, dimension in enumerate(block.dimensions):
            parts = nodes[place][key[place]].parts
            if parts and parts != (key[place],):
                others = tuple(block.number_of[(*key[:place], part, *key[place + 1 :])] for part in parts)
                yield whole, others, dimension.quiet


def _complete_rests(block: _Block, cells: Sequence[FamilyCell]) -> set[int]:
    """Base cells of remainders that are empty everywhere: the list of categories is complete, as all know."""
    found: set[int] = set()
    for place, dimension in enumerate(block.dimensions[:-1]):
        if dimension.quiet:
            continue
        for label in dimension.silent:
            sums = [
                cells[number]
                for key, number in block.number_of.items()
                if key[place] == label
                and all(other in (TOTAL, key[place]) for at, other in enumerate(key) if at not in (place, 1))
            ]
            if sums and all(cell.guard == "by size" and cell.units == 0 for cell in sums):
                found |= {member for cell in sums for member in cell.members}
    return found
