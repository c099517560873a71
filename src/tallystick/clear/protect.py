"""Which cells must be hidden so that no small one can be worked out from the others?

Primary cells are small (fewer than k people or units, zero aside), or zeros that say something about
everybody in a group. Complementary cells are hidden with them until every primary cell stays open by
at least the protection width: by an exact program where the family is small, by rounds of attack and
repair where it is large; both are attacked before they are believed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tallystick.clear.family import Family, separated
from tallystick.clear.intervals import Attacker
from tallystick.clear.optimal import least_loss


@dataclass(frozen=True)
class Protection:
    """What is hidden and why; `unsafe` is what no hiding can protect (it was given away before)."""

    primary: frozenset[int]
    secondary: frozenset[int]
    unsafe: frozenset[int]
    method: str

    @property
    def hidden(self) -> frozenset[int]:
        """All hidden cells."""
        return self.primary | self.secondary


@dataclass(frozen=True)
class Rules:
    """Numbers of the rules that protect cells; a switch for each rule exists for the tests that show it matters."""

    least: int
    width: int
    least_people: int = 11
    exact_up_to: int = 900
    small_people: bool = True
    small_units: bool = True
    telling_zeros: bool = True
    complementary: bool = True


def protect(family: Family, rules: Rules) -> Protection:
    """Choose the cells to hide; parts of the family that share no base cell are protected each by itself.

    Args:
        family: cells published together.
        rules: threshold, protection width, and the size up to which the exact program runs.
    """
    primary: set[int] = set()
    secondary: set[int] = set()
    unsafe: set[int] = set()
    methods: set[str] = set()
    for part, numbers in separated(family):
        done = _protect_part(part, rules)
        primary |= {numbers[cell] for cell in done.primary}
        secondary |= {numbers[cell] for cell in done.secondary}
        unsafe |= {numbers[cell] for cell in done.unsafe}
        methods.add(done.method)
    method = " and ".join(sorted(methods - {"none"})) or "none"
    return Protection(frozenset(primary), frozenset(secondary), frozenset(unsafe), method)


def _protect_part(family: Family, rules: Rules) -> Protection:
    sensitive = frozenset(sensitive_cells(family, rules))
    primary = frozenset(number for number in sensitive if family.cells[number].state == "open")
    if not rules.complementary or not sensitive:
        return Protection(primary, frozenset(), frozenset(), "none")
    lost = _lost_already(family, sensitive - primary, rules)
    kept = sensitive - lost
    size = len(kept) * len(family.base)
    exact = least_loss(family, kept, primary, rules.width) if size <= rules.exact_up_to else None
    if exact is not None:
        return _checked(family, kept, primary, exact, lost, rules, "least loss")
    return _checked(family, kept, primary, _line_rule(family, primary), lost, rules, "rounds")


def _lost_already(family: Family, derived: frozenset[int], rules: Rules) -> frozenset[int]:
    """What an earlier release gave away: narrow even with every open cell hidden, so nothing is hidden for it."""
    if not derived:
        return frozenset()
    everything = [number for number, cell in enumerate(family.cells) if cell.state == "open"]
    return frozenset(Attacker(family, everything).narrow(sorted(derived), rules.width))


def sensitive_cells(family: Family, rules: Rules) -> Iterable[int]:
    """Cells that must not become known: small ones, and zeros that tell something about a whole group."""
    for number, cell in enumerate(family.cells):
        if cell.state == "fixed" or cell.guard == "never":
            continue
        small = (rules.small_people and 0 < abs(cell.people) < rules.least_people) or (
            rules.small_units and 0 < abs(cell.units) < rules.least
        )
        if small or cell.guard == "always":
            yield number
    if rules.telling_zeros:
        yield from _telling_zeros(family)


def _telling_zeros(family: Family) -> Iterable[int]:
    """Where all of a group lie in one category, the zeros beside it say so of everybody in the group."""
    for whole, parts in family.lines:
        shown = [part for part in parts if family.cells[part].state != "derived"]
        if len(shown) < 2 or family.cells[whole].units == 0:
            continue
        filled = [part for part in parts if family.cells[part].units > 0]
        if len(filled) == 1:
            yield from (part for part in shown if family.cells[part].state == "open")


def _line_rule(family: Family, primary: frozenset[int]) -> set[int]:
    """No line with exactly one hidden part: its neighbour of least value is hidden too."""
    hidden = set(primary)
    grown = True
    while grown:
        grown = False
        for whole, parts in (*family.lines, *family.quiet):
            gone = [part for part in parts if part in hidden]
            if len(gone) == 1 and whole not in hidden:
                choice = _cheapest(family, [part for part in parts if part not in hidden])
                if choice is not None:
                    hidden.add(choice)
                    grown = True
    return hidden - primary


def _cheapest(family: Family, cells: Iterable[int]) -> int | None:
    open_cells = [number for number in cells if family.cells[number].state == "open"]
    filled = [number for number in open_cells if family.cells[number].units > 0]
    return min(filled or open_cells, key=lambda number: (family.cells[number].units, number), default=None)


def _checked(
    family: Family,
    sensitive: frozenset[int],
    primary: frozenset[int],
    secondary: set[int],
    lost: frozenset[int],
    rules: Rules,
    method: str,
) -> Protection:
    """Attack what was chosen; repair until nothing sensitive is too narrow."""
    hidden = set(primary) | secondary
    attacker = Attacker(family, hidden)
    left = sorted(sensitive)
    touching = _touching(family)
    lines = _lines_through(family)
    while True:
        left = attacker.narrow(left, rules.width)  # what is wide stays wide: hiding more only opens more
        more = _small_rests(family, hidden, rules.least)
        if not left and not more:
            return Protection(primary, frozenset(hidden - primary), lost, method)
        more |= _repair(family, left, hidden | more, touching, lines) if left else set()
        if not more:
            return Protection(primary, frozenset(hidden - primary), lost | frozenset(left), method)
        hidden |= more
        attacker.hide(more)
        method = "rounds"


def small_sums(family: Family, hidden: Collection[int], least: int) -> Iterator[tuple[int, list[int], list[int]]]:
    """Lines whose hidden parts add up to a small count, since the whole and all other parts are shown.

    Yields:
        (whole, hidden parts, shown parts).
    """
    for whole, parts in (*family.lines, *family.quiet):
        cells = [family.cells[part] for part in parts]
        if whole in hidden or family.cells[whole].state == "derived" or any(cell.guard == "never" for cell in cells):
            continue
        silent = [part for part, cell in zip(parts, cells, strict=True) if part in hidden or cell.state == "derived"]
        if any(part in hidden for part in silent) and 0 < sum(family.cells[part].units for part in silent) < least:
            yield whole, silent, [part for part in parts if part not in silent]


def _small_rests(family: Family, hidden: set[int], least: int) -> set[int]:
    """For each line whose hidden parts add up to a small count, one more part to hide, or the whole."""
    more: set[int] = set()
    for whole, _, shown in small_sums(family, hidden, least):
        if not more & {whole, *shown}:
            choice = _cheapest(family, shown)
            choice = choice if choice is not None else _cheapest(family, [whole])
            if choice is not None:
                more.add(choice)
    return more


Lines = dict[int, list[tuple[int, tuple[int, ...]]]]


def _touching(family: Family) -> dict[int, set[int]]:
    """For each base cell, the open cells that count it."""
    found: dict[int, set[int]] = defaultdict(set)
    for number, cell in enumerate(family.cells):
        if cell.state == "open":
            for member in (*cell.members, *cell.minus):
                found[member].add(number)
    return found


def _lines_through(family: Family) -> Lines:
    lines: Lines = defaultdict(list)
    for whole, parts in (*family.lines, *family.quiet):
        for part in parts:
            lines[part].append((whole, parts))
    return lines


def _repair(
    family: Family, narrow: list[int], hidden: set[int], touching: dict[int, set[int]], lines: Lines
) -> set[int]:
    """For each cell that is too narrow, one more cell that speaks about it: beside it in a line, else above it."""
    more: set[int] = set()
    for number in narrow:
        near = [part for whole, parts in lines[number] for part in (*parts, whole) if part not in hidden | more]
        choice = _cheapest(family, near)
        if choice is None:
            cell = family.cells[number]
            around = {other for member in (*cell.members, *cell.minus) for other in touching[member]}
            choice = _cheapest(family, around - hidden - more)
        if choice is not None:
            more.add(choice)
    if not more:
        left = [n for n, cell in enumerate(family.cells) if cell.state == "open" and n not in hidden]
        choice = _cheapest(family, left)
        more |= {choice} if choice is not None else set()
    return more
