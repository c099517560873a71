"""One count under every combination of rules: how far apart they lie, which choice moves it, whose figure is where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Literal

from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.measures.record_measure import RecordMeasure
from tallystick.terms.bound import Bound, point
from tallystick.terms.definitions import Shelf, Strict, identity

AS_COUNTED = "as counted"
Choice = tuple[tuple[str, str], ...]  # (which choice, the rule chosen), in the order of the grid


@dataclass(frozen=True)
class GridCount:
    """A count under one combination of rules.

    Attributes:
        choice: which rule was chosen for what.
        counted: as the rules' authors count.
        lower: the least it can be, given what carries no key or is otherwise unknown.
        upper: the most.
        rows: the rows it is counted out of.
        people: person keys among them.
    """

    choice: Choice
    counted: int
    lower: int
    upper: int
    rows: int
    people: int


class PublishedCount(Strict, frozen=True, kw_only=True):
    """``us-ice/published/counts.toml``, one entry: a count that others published, and the cell it claims to be.

    `rounded_to` is the unit in which it was printed; `choice` names the rules it claims, where that is known.
    """

    id: str
    who: str
    where: str
    text: str
    measure: str
    release: str
    value: int
    rounded_to: int = 1
    choice: dict[str, str] = {}


class PublishedCounts(Strict, frozen=True, kw_only=True):
    """All counts that others published."""

    counts: tuple[PublishedCount, ...]


Standing = Literal["reproduced", "nearby", "not reproduced", "needs the release"]


@dataclass(frozen=True)
class Placed:
    """A published count beside the grid: how it stands, and the cells that come nearest to it."""

    published: PublishedCount
    standing: Standing
    nearest: tuple[GridCount, ...]
    off_by: int | None


@dataclass(frozen=True)
class Grid:
    """All counts of one measure in one release."""

    measure: RecordMeasure
    release: str
    counts: tuple[GridCount, ...]
    default: Choice

    @property
    def spread(self) -> tuple[int, int]:
        """The least and the greatest count."""
        found = [entry.counted for entry in self.counts]
        return min(found), max(found)

    @property
    def standard(self) -> GridCount:
        """The count under the default rules."""
        return next(entry for entry in self.counts if entry.choice == self.default)

    def moves(self, shown: Mapping[Choice, tuple[int, int]]) -> list[tuple[str, int]]:
        """Each choice with the most it moves the count while all others stay; the strongest first.

        Args:
            shown: both ends of each count as it may be shown; combinations that are hidden are left out.
        """
        found = []
        for place, (name, _) in enumerate(self.default):

            def others(choice: Choice, place: int = place) -> Choice:
                return (*choice[:place], *choice[place + 1 :])

            groups = [list(group) for _, group in groupby(sorted(shown, key=others), key=others)]
            ranges = [max(shown[one][1] for one in group) - min(shown[one][0] for one in group) for group in groups]
            found.append((name, max(ranges, default=0) if any(len(group) > 1 for group in groups) else 0))
        return sorted(found, key=lambda entry: (-entry[1], entry[0]))


def published_counts(shelf: Shelf, agency: str = "us-ice") -> tuple[PublishedCount, ...]:
    """Every count of others that definitions hold."""
    return shelf.read(f"{agency}/published/counts.toml", PublishedCounts).counts


def placed(grid: Grid, published: Sequence[PublishedCount], near_percent: int = 1) -> list[Placed]:
    """Lay the published counts of a measure and release beside its grid.

    Args:
        grid: the counts.
        published: counts of others; those of other measures and releases are passed over.
        near_percent: up to how many percent off a count is called near.
    """
    found = []
    for entry in published:
        if entry.measure != grid.measure.id or entry.release != grid.release:
            continue
        claimed = [count for count in grid.counts if entry.choice.items() <= dict(count.choice).items()]
        off = {count.choice: abs(_as_printed(count.counted, entry.rounded_to) - entry.value) for count in claimed}
        least = min(off.values(), default=None)
        nearest = tuple(count for count in claimed if off[count.choice] == least)
        standing: Standing = "not reproduced"
        if least == 0:
            standing = "reproduced"
        elif least is not None and least * 100 <= entry.value * near_percent:
            standing = "nearby"
        found.append(Placed(entry, standing, nearest, least))
    return found


def _as_printed(value: int, rounded_to: int) -> int:
    return (2 * value + rounded_to) // (2 * rounded_to) * rounded_to


def cells_of(grid: Grid, release_set: str, rules_hash: str, opens: date, closes: date) -> MeasuredCells:
    """The counts of a grid as cells, national, over the whole release: two for each combination.

    One is what the records leave open; the other, whose variant ends in ``as counted``, is what the authors of the
    rules count.
    """
    digest = identity(grid.measure, rules_hash)
    cells = []
    for entry in grid.counts:
        for low, high, variant in (
            (entry.lower, entry.upper, grid.release),
            (entry.counted, entry.counted, f"{grid.release} {AS_COUNTED}"),
        ):
            bound = Bound(Fraction(low), Fraction(high))
            whole = entry.rows if grid.measure.is_pair else high
            cells.append(_cell(grid, entry, bound, whole, variant, release_set, digest, opens, closes))
    return MeasuredCells(tuple(cells))


def _cell(  # one cell has many sides
    grid: Grid,
    entry: GridCount,
    bound: Bound,
    whole: int,
    variant: str,
    release_set: str,
    digest: str,
    opens: date,
    closes: date,
) -> Cell:
    rules = dict(entry.choice)
    links = [rules[name] for name in ("stay rule", "link rule") if name in rules]
    duplicates = [rule for name, rule in entry.choice if name.startswith("duplicates")]
    return Cell(
        measure=grid.measure.id,
        definition_hash=digest,
        release_set=release_set,
        basis="records",
        statistic="count",
        unit=grid.measure.unit,
        value_unit=grid.measure.value_unit,
        variant=variant,
        period_start=opens,
        period_end=closes,
        split=(),
        bound=bound,
        numerator=bound,
        denominator=point(whole),
        status="ok",
        note="",
        aloud=grid.measure.reads_aloud,
        people=entry.people,
        population=f"{grid.measure.counts} of {grid.release}",
        duplicate_rule=" + ".join(duplicates) or None,
        link_rule=" + ".join(links) or None,
    )


def choices(names: Mapping[str, Sequence[str]]) -> list[Choice]:
    """Every combination of rules, the default ones (each first in its list) first."""
    found: list[Choice] = [()]
    for name, rules in names.items():
        found = [(*choice, (name, rule)) for choice in found for rule in rules]
    return found


def one_at_a_time(names: Mapping[str, Sequence[str]]) -> list[Choice]:
    """The default combination, and those that differ from it in one choice."""
    default = choices(names)[0]
    return [choice for choice in choices(names) if sum(a != b for a, b in zip(choice, default, strict=True)) <= 1]
