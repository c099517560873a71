"""Cells of one population as one family of tables, every range in three parts.

A range is three cells: known to be in, unknown, known to be out. The hatch between two ends would
otherwise give a small number away. All measures and variants over one population, all places and
periods that nest, all splits, and what an earlier release showed of the same stand in one family.
Every crossing of categories has a name; one that stands in several tables is tied by an equation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from tallystick.clear.axes import Place
from tallystick.clear.blocks import Block, agreed_totals, blocks_of, crossings_of, inside_of, lines_of
from tallystick.clear.family import TOTAL, Family, FamilyCell, Line
from tallystick.clear.names import ANSWERS, Key, is_plain_nation, is_whole, named_counts, system_of
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.clear.solver import solved
from tallystick.measures.cell import Cell

MOST_CELLS = 250_000  # crossings of one family; beyond that it is not attempted and nothing below the nation is shown
Four = tuple[int, int, int, int]


@dataclass(frozen=True)
class PartedFamily:
    """A family and, for each cell of the measures, its four counts in it: whole, yes, unknown, no."""

    family: Family
    places: dict[int, Four]


def parted(
    cells: Sequence[Cell],
    *,
    within: Mapping[Place, Place] | None = None,
    earlier: Sequence[Cell] = (),
    rules: DisclosureRules | None = None,
) -> PartedFamily | None:
    """Cells of one population as a family; None when they do not form tables.

    Args:
        cells: cells of measures over one population, with whole counts. A cell that is hidden already
            (no counts) counts as not shown.
        within: which place lies in which.
        earlier: what an earlier release showed of the same measures; its hidden cells have no counts.
        rules: the packaged rules, or stricter ones.
    """
    known = rules or disclosure_rules()
    for nested in (True, False):  # counts of people do not add up over time; then periods stand side by side
        family = _Tables(cells, within or {}, earlier, known, nested=nested).family()
        if family is not None:
            return family
    return None


class _Tables:
    def __init__(
        self,
        cells: Sequence[Cell],
        within: Mapping[Place, Place],
        earlier: Sequence[Cell],
        rules: DisclosureRules,
        *,
        nested: bool,
    ) -> None:
        self.cells, self.within, self.earlier, self.rules = list(cells), within, list(earlier), rules
        self.nested, self.least = nested, rules.thresholds.least_units
        self.width = 0
        self.out: list[FamilyCell] = []
        self.ties: list[FamilyCell] = []  # equations between tables
        self.guards: list[FamilyCell] = []  # small differences that nobody shows and anyone can take
        self.empty: set[int] = set()  # base cells that are empty because a list is complete, as everybody knows
        self.lines: list[Line] = []
        self.quiet: list[Line] = []
        self.stands_at: dict[Key, int] = {}  # first cell of each name
        self.measured: dict[Key, tuple[int, int]] = {}
        self.widths: dict[Key, int] = {}
        self.hidden: set[Key] = set()
        self.before: dict[Key, int | None] = {}
        self.known: dict[Key, int] = {}
        self.forced: set[Key] = set()  # counts that must be hidden whatever their size

    def family(self) -> PartedFamily | None:
        systems = self._systems()
        if systems is None or not all(is_whole(cell) for cell in self.cells) or not self._take(systems):
            return None
        blocks = list(blocks_of([*self.cells, *self.earlier], systems, self.within, nested=self.nested))
        self.width = sum(block.size for block in blocks)
        if sum(block.crossings for block in blocks) > MOST_CELLS:
            return None
        self.known = {name: value for name, (value, _) in self.measured.items()}
        self.forced = set() if self.nested else self._small_steps(systems)
        for block in blocks:
            block.number_of = {key: number for number, key in enumerate(crossings_of(block))}
        self._propagate(blocks)
        agreed = agreed_totals(blocks, self.known)
        if agreed:
            self.known |= agreed
            self._propagate(blocks)
        for block in blocks:
            self._add(block)
        self._guard(blocks)
        self._free_the_nation(blocks)
        base, left = self._solved(blocks)
        if base is None:
            return None
        cells = self._final(blocks, left)
        places = self._places(systems)
        if places is None:
            return None
        self.lines += [(four[0], tuple(dict.fromkeys(four[1:]))) for four in places.values() if len(set(four)) == 4]
        return PartedFamily(Family(tuple(base), tuple(cells), tuple(self.lines), tuple(self.quiet)), places)

    def _systems(self) -> dict[Key, tuple[str, ...]] | None:
        """Systems of answers: measures over the same classes share one, any other variant has its own."""
        found: dict[Key, tuple[str, ...]] = {}
        variants: dict[str, set[str]] = defaultdict(set)
        for cell in (*self.cells, *self.earlier):
            if not {*cell.counts, *cell.may} <= {*cell.classes}:
                return None
            found[system_of(cell)] = tuple(sorted(cell.classes)) or ANSWERS
            if not cell.classes:
                variants[cell.measure].add(cell.variant)
        if any(len(names) > 1 for names in variants.values()):
            return None  # how two variants overlap is not known here, but may be known to others
        return dict(sorted(found.items()))

    def _take(self, systems: Mapping[Key, tuple[str, ...]]) -> bool:
        """Counts by name; False when one name has two counts."""
        for cell in self.cells:
            for name, value, people in named_counts(cell, systems[system_of(cell)], self.rules):
                if value is None:
                    self.hidden.add(name)
                    continue
                if self.measured.setdefault(name, (value, people))[0] != value:
                    return False
                if cell.largest:
                    share = self.rules.thresholds.least_rest_percent * max(cell.largest)
                    self.widths[name] = max(self.widths.get(name, 0), -(-share // 100))
        for cell in self.earlier:
            for name, value, _ in named_counts(cell, systems[system_of(cell)], self.rules):
                if value is not None and self.before.get(name) not in (None, value):
                    return False
                self.before[name] = value if value is not None else self.before.get(name)
        return True

    def _small_steps(self, systems: Mapping[Key, tuple[str, ...]]) -> set[Key]:
        """Where periods stand side by side: counts that a nested period of the same place nearly equals."""
        groups: dict[tuple[object, ...], list[Cell]] = defaultdict(list)
        for cell in self.cells:
            if cell.numerator is not None:
                groups[cell.place_type, cell.place, cell.split, cell.measure, cell.variant].append(cell)
        found: set[Key] = set()
        for cells in groups.values():
            for outer, inner in product(cells, cells):
                is_inside = outer.period_start <= inner.period_start and inner.period_end <= outer.period_end
                if outer is inner or not is_inside:
                    continue
                names = [list(named_counts(cell, systems[system_of(cell)], self.rules)) for cell in (outer, inner)]
                for (name, one, _), (_, two, _) in zip(*names, strict=True):
                    if one is not None and two is not None and 0 < abs(one - two) < self.least:
                        found.add(name)
        return found

    def _propagate(self, blocks: Sequence[Block]) -> None:
        """Sums that nobody shows but that follow from what is measured: from lines with one part missing."""
        lines: list[tuple[Key, tuple[Key, ...]]] = []
        through: dict[Key, list[int]] = defaultdict(list)
        for block in blocks:
            keys = list(block.number_of)
            for whole, parts, _ in lines_of(block):
                line = block.name(keys[whole]), tuple(block.name(keys[part]) for part in parts)
                for name in (line[0], *line[1]):
                    through[name].append(len(lines))
                lines.append(line)
        waiting = set(range(len(lines)))
        while waiting:
            total, summands = lines[waiting.pop()]
            missing = [name for name in summands if name not in self.known]
            if total in self.known and len(missing) == 1:
                found = missing[0]
                self.known[found] = self.known[total] - sum(self.known[name] for name in summands if name != found)
            elif total not in self.known and not missing:
                found = total
                self.known[found] = sum(self.known[name] for name in summands)
            else:
                continue
            waiting.update(through[found])

    def _add(self, block: Block) -> None:
        """All cells of a block: published ones, and sums nobody shows but anyone may work out."""
        start = len(self.out)
        for nodes, key in zip(product(*(entry.nodes for entry in block.dimensions)), block.number_of, strict=True):
            name = block.name(key)
            members = block.members([node.leaves for node in nodes])
            again = self.stands_at.get(name)
            if again is not None:  # it stands in another table too: both must agree, whoever looks
                self.ties.append(FamilyCell(("tie", *key), members, 0, 0, "fixed", minus=self.out[again].members))
                self.out.append(FamilyCell(key, members, self.known.get(name, 0), 0, "derived", guard="never"))
                continue
            self.stands_at[name] = len(self.out)
            self.out.append(self._cell(key, name, members))
        block.number_of = {key: start + number for key, number in block.number_of.items()}
        for whole, parts, quiet in lines_of(block):
            (self.quiet if quiet else self.lines).append((whole, parts))
        self.empty |= self._complete_rests(block)

    def _cell(self, key: Key, name: Key, members: tuple[int, ...]) -> FamilyCell:
        if name in self.measured:
            value, people = self.measured[name]
            plain = key[0] == TOTAL and all(label == TOTAL for label in key[2:-1])
            width = self.widths.get(name, 0)
            if name in self.forced:
                return FamilyCell(key, members, value, people, "open", guard="always", width=width)
            return FamilyCell(key, members, value, people, "fixed" if plain else "open", width=width)
        if name in self.hidden:
            return FamilyCell(key, members, 0, 0, "open", guard="never")
        value = self.known.get(name, 0)
        return FamilyCell(key, members, value, value, "derived", guard="by size" if name in self.known else "never")

    def _complete_rests(self, block: Block) -> set[int]:
        """Base cells of remainders that are empty wherever that is known: the list is complete, as all know."""
        found: set[int] = set()
        for place, dimension in enumerate(block.dimensions[:-1]):
            if dimension.quiet:
                continue
            for label in (label for label in dimension.silent if label.startswith("(rest")):
                numbers = [number for key, number in block.number_of.items() if key[place] == label]
                names = [block.name(key) for key in block.number_of if key[place] == label]
                values = [self.known[name] for name in names if name in self.known]
                if values and not any(values):
                    found |= {member for number in numbers for member in self.out[number].members}
        return found

    def _guard(self, blocks: Sequence[Block]) -> None:
        """Small differences of shown cells: nested periods or classes, wholes without what is shown of them."""
        done: set[tuple[Key, tuple[Key, ...]]] = set()
        for block in blocks:
            for key, number in block.number_of.items():
                for others in inside_of(block, key):
                    shown = [other for other in others if block.name(other) in self.measured]
                    for subtracted in ([shown] if len(shown) > 1 else []) + [[other] for other in shown]:
                        self._difference(block, key, number, subtracted, done)

    def _difference(
        self, block: Block, key: Key, number: int, others: Sequence[Key], done: set[tuple[Key, tuple[Key, ...]]]
    ) -> None:
        name, less = block.name(key), tuple(sorted(block.name(other) for other in others))
        if name not in self.measured or (name, less) in done:
            return
        done.add((name, less))
        value = self.measured[name][0] - sum(self.measured[other][0] for other in less)
        if 0 < abs(value) < self.least:
            minus = {member for other in others for member in self.out[block.number_of[other]].members}
            members = tuple(member for member in self.out[number].members if member not in minus)
            self.guards.append(FamilyCell(("less", *key, *others[0]), members, value, value, "derived"))

    def _free_the_nation(self, blocks: Sequence[Block]) -> None:
        """The plain nation is shown in any case, unless it or a sum that follows from it is small."""
        plain = [
            number
            for block in blocks
            for key, number in block.number_of.items()
            if key[0] == TOTAL and all(label == TOTAL for label in key[2:-1])
        ]
        small = any(
            0 < abs(self.out[number].units) < self.least for number in plain if self.out[number].guard == "by size"
        ) or any(
            guard.key[1] == TOTAL and all(label == TOTAL for label in guard.key[3 : len(guard.key) // 2])
            for guard in self.guards  # ("less", place, period, splits, answer) and the same of what is taken off
        )
        grown = any(
            0 < abs(self.measured[name][0] - was) < self.least
            for block in blocks
            for key, name in ((key, block.name(key)) for key in block.number_of)
            if key[0] == TOTAL and name in self.measured and (was := self.before.get(name)) is not None
        )
        if small or grown:
            for number in plain:
                if self.out[number].state == "fixed":
                    self.out[number] = replace(self.out[number], state="open")

    def _rows(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], float]]:
        shift = self.width if self.before else 0
        for cell in (*self.out, *self.ties):
            if cell.state in ("open", "fixed") and (cell.guard != "never" or cell.minus):
                yield self._now(cell.members, shift), self._now(cell.minus, shift), float(cell.units)

    @staticmethod
    def _now(members: tuple[int, ...], shift: int) -> tuple[int, ...]:
        return (*members, *(member + shift for member in members)) if shift else members

    def _then(self, members: tuple[int, ...]) -> tuple[int, ...]:
        """Base cells as they stood before: what was kept and what left."""
        return (*members, *(member + 2 * self.width for member in members))

    def _solved(self, blocks: Sequence[Block]) -> tuple[list[float] | None, set[int]]:
        """A table of base cells that agrees with everything measured, and what must have left since before."""
        rows = list(self._rows())
        columns, cost = self.width, [0.0] * self.width
        if self.before:
            columns, cost = 3 * self.width, [0.0] * (2 * self.width) + [1.0] * self.width
            self.empty |= {member + shift for member in self.empty for shift in (self.width, 2 * self.width)}
            for block in blocks:
                for key, number in block.number_of.items():
                    value = self.before.get(block.name(key))
                    if value is not None:
                        rows.append((self._then(self.out[number].members), (), float(value)))
        shut = [((column,), (), 0.0) for column in sorted(self.empty)]
        base = solved(columns, [*rows, *shut], cost) if rows else None
        if base is None:
            return None, set()
        return base, {column for column in range(2 * self.width, columns) if base[column] > 0}

    def _final(self, blocks: Sequence[Block], left: set[int]) -> list[FamilyCell]:
        """All cells, with what an earlier release showed and what came since, on the columns of both."""
        everything = (*self.out, *self.ties, *self.guards)
        if not self.before:
            return [self._shut(cell) for cell in everything]
        cells = [
            self._shut(
                replace(cell, members=self._now(cell.members, self.width), minus=self._now(cell.minus, self.width))
            )
            for cell in everything
        ]
        gone = set(range(2 * self.width, 3 * self.width)) - left
        seen: set[Key] = set()
        for block in blocks:
            for key, number in block.number_of.items():
                for cell in self._since(block, key, number, seen):
                    closed = [
                        tuple(member for member in members if member not in gone)
                        for members in (cell.members, cell.minus)
                    ]
                    cells.append(self._shut(replace(cell, members=closed[0], minus=closed[1])))
        return cells

    def _since(self, block: Block, key: Key, number: int, seen: set[Key]) -> Iterator[FamilyCell]:
        """What an earlier release says of one crossing, and differences between then and now that are small."""
        name, members = block.name(key), self.out[number].members
        first = name not in seen
        seen.add(name)
        then = self._then(members)
        if name in self.before:
            was = self.before[name]
            if was is not None:
                yield FamilyCell(("before", *key), then, was, was, "fixed")
            elif first:
                yield FamilyCell(("before", *key), then, 0, 0, "derived", guard="always")
        if not first:
            return
        now = self._now(members, self.width)
        inner = [key, *(other for group in inside_of(block, key) for other in group)]
        for other in inner:
            at = self.out[block.number_of[other]].members
            yield from self._small(key, name, now, block.name(other), self._then(at), later_is_whole=True)
            if other != key:
                yield from self._small(
                    key, name, then, block.name(other), self._now(at, self.width), later_is_whole=False
                )

    def _small(
        self, key: Key, whole: Key, members: tuple[int, ...], part: Key, minus: tuple[int, ...], *, later_is_whole: bool
    ) -> Iterator[FamilyCell]:
        one = self.measured[whole][0] if later_is_whole and whole in self.measured else None
        two = self.before.get(part) if later_is_whole else self.measured[part][0] if part in self.measured else None
        if not later_is_whole:
            one = self.before.get(whole)
        if one is None or two is None:
            return
        if 0 < abs(one - two) < self.least:
            both = set(members) & set(minus)
            yield FamilyCell(
                ("since", *key, *part),
                tuple(member for member in members if member not in both),
                one - two,
                one - two,
                "derived",
                minus=tuple(member for member in minus if member not in both),
            )

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
            names = [name for name, _, _ in named_counts(cell, systems[system_of(cell)], self.rules)]
            four = [self.stands_at.get(name, -1) for name in names]
            if any(place < 0 for place in four):
                if is_plain_nation(cell):
                    continue  # a national period that nothing else is shown for: judged by its size alone
                return None
            places[number] = (four[0], four[1], four[2], four[3])
        return places
