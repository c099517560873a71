"""May this be shown? Cells pass the gate here or nowhere; no flag turns it off.

Figures that the agency printed for the nation pass as printed and say so. Everything else is cleared
in families: first what may not be shown at all (floors), then small cells and what would give them
away, then the published result is attacked. A clearance record says what was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from tallystick.clear.axes import Place
from tallystick.clear.blurring import HIDDEN, as_published, coarser, hidden, rounded
from tallystick.clear.floors import family_of, refusal, steps_apart
from tallystick.clear.names import seen_people
from tallystick.clear.parts import parted
from tallystick.clear.places import given_away, half_shown
from tallystick.clear.protect import Protection, Rules, protect
from tallystick.clear.rounding import safe_step, widened
from tallystick.clear.rules import LENGTH, DisclosureRules, disclosure_rules
from tallystick.figures.dated import Figure
from tallystick.figures.places import is_below_nation, row_of
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.ledger import LedgerLine

_PASS = object()  # known to this module alone: without it no ClearedCells can be made
COUNTED = ("count", "placements", "average_daily_population", "unique_people")
HELD_BACK = "by facility or area: counts below 11, values missing, averages over few, or a small exposed group"
ESTIMATES = ("mean", "quantile", "rate", "ratio", "difference")  # not a count and not a share of one


@dataclass(frozen=True)
class Clearance:
    """What the gate did to one family: how many cells, how many hidden, why, and how much was lost."""

    family: str
    cells: int
    refused: int
    primary: int
    secondary: int
    value_lost: float
    method: str
    given_away: int = 0  # small counts that an earlier release gave away: no hiding can take them back


@dataclass(frozen=True)
class ClearedCells:
    """Cells that passed the gate; every surface takes these and nothing else."""

    cells: tuple[Cell, ...]
    ledger: tuple[LedgerLine, ...]
    clearances: tuple[Clearance, ...] = ()
    exportable: bool = True
    _token: object = None

    def __post_init__(self) -> None:
        if self._token is not _PASS:
            raise TypeError("ClearedCells are made by clear() only")


@dataclass(frozen=True)
class ClearedFigures:
    """Printed figures that may be shown."""

    figures: tuple[Figure, ...]
    ledger: tuple[LedgerLine, ...]
    _token: object = None

    def __post_init__(self) -> None:
        if self._token is not _PASS:
            raise TypeError("ClearedFigures are made by clear_figures() only")


def clear(
    measured: MeasuredCells,
    *,
    rules: DisclosureRules | None = None,
    closes_on: date | None = None,
    within: Mapping[Place, Place] | None = None,
    earlier: Sequence[Cell] = (),
) -> ClearedCells:
    """Pass the cells of one measure through the gate, as one family of tables; see `clear_together`."""
    return clear_together([measured], rules=rules, closes_on=closes_on, within=within, earlier=earlier)[0]


def clear_together(
    measured: Sequence[MeasuredCells],
    *,
    rules: DisclosureRules | None = None,
    closes_on: date | None = None,
    within: Mapping[Place, Place] | None = None,
    earlier: Sequence[Cell] = (),
) -> list[ClearedCells]:
    """Pass cells that are published together through the gate; those over one population are one family.

    Args:
        measured: cells of some measures, for all places, periods and splits that are shown together.
        rules: the packaged rules, or stricter ones.
        closes_on: closing date of the release; without it nothing below the area is held back by date.
        within: which place lies in which, as ((kind, name), (kind, name)).
        earlier: cells as an earlier release showed them; what grew since must not be a small count.

    Returns:
        The same cells in the same order; hidden ones have no values and the status `suppressed`.
    """
    known = rules or disclosure_rules()
    cells = [cell for entry in measured for cell in entry.cells]
    out: list[Cell] = list(cells)
    records: list[Clearance] = []
    groups: dict[tuple[object, ...], list[int]] = {}
    refused_count = 0
    for number, cell in enumerate(cells):
        if _passes_as_printed(cell):
            continue
        if refusal(cell, known, closes_on) or not _enough_for_statistic(cell, known):
            out[number] = hidden(cell)
            refused_count += 1
        else:
            groups.setdefault(_family_key(cell), []).append(number)
    for number in _fine_steps(cells, groups.values(), known):
        out[number] = hidden(cells[number])
        refused_count += 1
    groups = {key: [n for n in numbers if out[n].status != "suppressed"] for key, numbers in groups.items()}
    for number, cell in enumerate(out):
        if cell.status == "ok" and cell.statistic in ("mean", "quantile") and cell.place_type != "nation":
            out[number] = coarser(cell, Fraction(known.thresholds.least_step_of_means))
    for key, numbers in sorted(groups.items(), key=lambda item: str(item[0])):
        before = [cell for cell in earlier if _family_key(cell)[1:] == key[1:]]
        gone, record = _cleared_family([cells[number] for number in numbers], known, str(key[1]), within, before)
        records.append(replace(record, refused=refused_count))
        for place in gone:
            out[numbers[place]] = hidden(cells[numbers[place]])
    done, start = [], 0
    for entry in measured:
        own = slice(start, start := start + len(entry.cells))
        ledger = tuple(_ledger(cells[own], out[own]))
        done.append(ClearedCells(tuple(out[own]), ledger, tuple(records), not undeclared(cells[own]), _PASS))
    return done


def recalled(cells: Iterable[Cell]) -> ClearedCells:
    """Cells that passed the gate when a project was built, read back from its table of cleared cells."""
    return ClearedCells(tuple(cells), (), (), False, _PASS)


def laid_together(entries: Iterable[ClearedCells]) -> ClearedCells:
    """Cells that were cleared apart, as one set."""
    every = list(entries)
    return ClearedCells(
        tuple(cell for entry in every for cell in entry.cells),
        tuple(line for entry in every for line in entry.ledger),
        tuple(record for entry in every for record in entry.clearances),
        all(entry.exportable for entry in every),
        _PASS,
    )


def clear_ad_hoc(
    measured: MeasuredCells, *, rules: DisclosureRules | None = None, closes_on: date | None = None
) -> ClearedCells:
    """Answer a question that no published family declares: small cells hidden, the rest rounded outward.

    The rounding depends on the cell alone, so asking again gives the same answer and averaging many
    answers gives nothing new. The result cannot be exported.

    Args:
        measured: the cells.
        rules: the packaged rules, or stricter ones.
        closes_on: closing date of the release; without it nothing is held back for being too recent.
    """
    known = rules or disclosure_rules()
    out = []
    for cell in measured.cells:
        if _passes_as_printed(cell):
            out.append(cell)
        elif refusal(cell, known, closes_on) or _small_parts(cell, known):
            out.append(hidden(cell))
        elif cell.statistic in ESTIMATES:
            out.append(_estimate(cell, known, coarse=True))
        else:
            out.append(rounded(cell, Fraction(known.ad_hoc.least_rounding)))
    return ClearedCells(tuple(out), tuple(_ledger(measured.cells, out)), (), False, _PASS)


def clear_places(
    entry: MeasuredCells,
    *,
    rules: DisclosureRules | None = None,
    closes_on: date | None = None,
    publishes: bool = False,
) -> ClearedCells:
    """Cells over all places of one kind beside the nation, asked ad hoc or published; see `clear.places`."""
    known = rules or disclosure_rules()
    out = list(clear_ad_hoc(entry, rules=known, closes_on=closes_on).cells)
    while gone := given_away(entry.cells, out, known) | (half_shown(out) if publishes else set()):
        out = [hidden(cell) if number in gone else cell for number, cell in enumerate(out)]
    if publishes:
        out = [as_published(cell) for cell in out]
    exportable = publishes and not undeclared(entry.cells)
    return ClearedCells(tuple(out), tuple(_ledger(entry.cells, out)), (), exportable, _PASS)


def clear_counts(
    measured: MeasuredCells,
    *,
    rules: DisclosureRules | None = None,
    always_round: bool = False,
    together: bool = False,
) -> ClearedCells:
    """National counts of one thing under several rules: exact where no part is small, else rounded outward.

    Below the nation such counts are refused: two rules that differ by three rows in one county disclose three people.
    Under definitions that nobody here has seen (`always_round`), every count is rounded. Cells that are the parts of
    one whole (`together`) are all rounded where one of them is small: it could be worked out from the others.
    """
    known = rules or disclosure_rules()
    if together and any(_small_parts(cell, known, nation=True) for cell in measured.cells):
        always_round = True
    out = []
    for cell in measured.cells:
        few = cell.denominator is None or 0 < cell.denominator.upper < known.thresholds.least_units
        if refusal(cell, known, None) or not _is_plain(cell) or few:
            out.append(hidden(cell))
        elif cell.statistic in ESTIMATES:
            out.append(_estimate(cell, known, coarse=always_round))
        elif always_round or _small_parts(cell, known, nation=True):
            out.append(replace(rounded(cell, Fraction(known.ad_hoc.least_rounding)), note="rounded outward"))
        else:
            out.append(cell)
    exportable = not undeclared(measured.cells)
    return ClearedCells(tuple(out), tuple(_ledger(measured.cells, out)), (), exportable, _PASS)


def _estimate(cell: Cell, rules: DisclosureRules, *, coarse: bool) -> Cell:
    """A mean, quantile, curve or ratio: over enough units, without the counts it was made from.

    Coarse ones end on whole steps, outward: a day or a person for means, for ratios what many counts share.
    """
    if cell.status == "not_applicable":
        return cell
    many = sum(cell.parts) if cell.parts else cell.n
    if many is None or cell.n is None or cell.bound is None or many < rules.thresholds.least_for_means:
        return hidden(cell)
    if _small_parts(cell, rules, nation=True):
        return hidden(cell)
    bound, whole, status = cell.bound, cell.denominator, cell.status
    if coarse:
        is_length = cell.statistic in ("mean", "quantile")
        step = Fraction(rules.thresholds.least_step_of_means)
        if not is_length:
            step = safe_step(int(cell.n), rules.thresholds.least_counts_behind_share)
        bound, status = widened(bound, step), "rounded"
        whole = widened(cell.denominator, Fraction(rules.ad_hoc.least_rounding)) if cell.denominator else None
    return replace(
        cell, bound=bound, numerator=None, denominator=whole, status=status, people=None, largest=(), parts=(), rests=()
    )


def _fine_steps(cells: Sequence[Cell], groups: Iterable[Sequence[int]], rules: DisclosureRules) -> Iterable[int]:
    """Running totals that end too soon after one another: their difference is a period finer than the floor."""
    for numbers in groups:
        for floor in rules.floors:
            own = [n for n in numbers if cells[n].place_type == floor.place]
            yield from (own[place] for place in steps_apart([cells[n] for n in own], LENGTH[floor.period]))


def _passes_as_printed(cell: Cell) -> bool:
    return cell.basis == "figures" and cell.place_type == "nation"


def _family_key(cell: Cell) -> tuple[object, ...]:
    return (
        cell.release_set, cell.population or cell.measure, cell.unit, cell.policy, cell.tier, cell.view,
        cell.duplicate_rule, cell.link_rule,
    )  # fmt: skip


def _enough_for_statistic(cell: Cell, rules: DisclosureRules) -> bool:
    if cell.statistic not in ("mean", "quantile"):
        return True
    return cell.n is not None and cell.n >= rules.thresholds.least_for_means


def _cleared_family(
    cells: Sequence[Cell],
    rules: DisclosureRules,
    name: str,
    within: Mapping[Place, Place] | None,
    earlier: Sequence[Cell],
) -> tuple[set[int], Clearance]:
    """Positions of the cells to hide, and the record."""
    alone = {number for number, cell in enumerate(cells) if not _can_stand_in_a_table(cell)}
    rest = [cell for number, cell in enumerate(cells) if number not in alone]
    places = [number for number in range(len(cells)) if number not in alone]
    tables = parted(rest, within=within, earlier=earlier, rules=rules) if rest else None
    if tables is None:
        return _nation_alone(cells, rules, name, earlier)
    limits = Rules(
        rules.thresholds.least_units, rules.thresholds.least_width, least_people=rules.thresholds.least_people
    )
    done: Protection = protect(tables.family, limits)
    idle = {n for n, cell in enumerate(rest) if n not in tables.places and _small_parts(cell, rules, nation=True)}
    gone = {number for number, parts in tables.places.items() if done.hidden & set(parts)} | idle
    lost = sum(tables.family.cells[tables.places[number][0]].units for number in gone - idle)
    total = sum(tables.family.cells[parts[0]].units for parts in tables.places.values()) or 1
    away = {places[number] for number in gone} | {n for n in alone if not _is_plain(cells[n])}
    return away, Clearance(
        name,
        len(cells),
        0,
        len(done.primary),
        len(done.secondary),
        round(lost / total, 10),
        done.method,
        len(done.unsafe),
    )


def _nation_alone(
    cells: Sequence[Cell], rules: DisclosureRules, name: str, earlier: Sequence[Cell]
) -> tuple[set[int], Clearance]:
    """Cells that form no tables cannot be attacked as such: nothing but the plain nation is shown, and it is judged."""
    plain = [number for number, cell in enumerate(cells) if _is_plain(cell)]
    method = "no tables: only the nation is shown"
    if len(plain) == len(cells):
        small = {number for number, cell in enumerate(cells) if _small_parts(cell, rules, nation=True)}
        return small, Clearance(name, len(cells), 0, len(small), 0, 1.0 if small else 0.0, method)
    own = [cell for cell in earlier if _is_plain(cell)]
    within, record = (
        _cleared_family([cells[number] for number in plain], rules, name, None, own) if plain else (set(), None)
    )
    away = set(range(len(cells))) - {number for place, number in enumerate(plain) if place not in within}
    given_away = record.given_away if record else 0
    return away, Clearance(name, len(cells), 0, len(away), 0, 1.0, method, given_away)


def _can_stand_in_a_table(cell: Cell) -> bool:
    """Cells without counts stand alone, and so do those of releases without person keys, below the nation."""
    if cell.numerator is None or cell.denominator is None:
        return False
    return cell.place_type == "nation" or bool(_people(cell)) or not cell.denominator.upper


def _is_plain(cell: Cell) -> bool:
    return cell.place_type == "nation" and not cell.split


def _people(cell: Cell) -> int:
    """Person keys; a release without keys has none, and is shown for the nation only."""
    return seen_people(cell) or 0


def _small_parts(cell: Cell, rules: DisclosureRules, *, nation: bool = False) -> bool:
    if _is_plain(cell) and not nation:
        return False
    if cell.numerator is None or cell.denominator is None:
        return True
    whole = cell.denominator.lower
    parts: tuple[Fraction | int, ...] = cell.parts or (
        whole, cell.numerator.lower, cell.numerator.width, whole - cell.numerator.upper, cell.denominator.width,
    )  # fmt: skip
    least = max(rules.thresholds.least_units, rules.thresholds.least_people)
    people = seen_people(cell)
    counts_keys = people is not None and (people > 0 or cell.place_type != "nation")  # without keys: the nation only
    few_people = counts_keys and (people or 0) < rules.thresholds.least_people
    return few_people or any(0 < part < least for part in parts)


def _ledger(before: Sequence[Cell], after: Sequence[Cell]) -> Iterable[LedgerLine]:
    held = sum(1 for old, new in zip(before, after, strict=True) if new.status == "suppressed" != old.status)
    if held:
        yield LedgerLine("cleared", "cells", "suppressed", "disclosure", HIDDEN, "", len(after), len(after) - held)


def undeclared(cells: Iterable[Cell]) -> list[str]:
    """Measures with cells that no published family declares: these can only be asked ad hoc."""
    return sorted({cell.measure for cell in cells if not family_of(cell)})


def clear_figures(figures: Sequence[Figure], sensitive: Collection[str] = ()) -> ClearedFigures:
    """Pass printed figures: national ones as printed; below the nation, nothing that counts 1 to 10 people.

    Args:
        figures: everything read from one or more workbooks.
        sensitive: blocks about small, exposed groups, shown for the nation only.

    Returns:
        The figures that may be shown, and ledger lines per block for those that may not.
    """
    rules = disclosure_rules()
    least, enough = rules.agency_printed.least_facility, rules.thresholds.least_for_means
    largest: dict[tuple[str, str, str, str], float] = {}
    for figure in figures:
        if is_below_nation(figure) and figure.measure in COUNTED and figure.value is not None:
            row = row_of(figure)
            largest[row] = max(largest.get(row, 0.0), figure.value)
    kept: list[Figure] = []
    seen: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for figure in figures:
        seen[figure.block] += 1
        if is_below_nation(figure):
            small = figure.value is None or (figure.measure in COUNTED and figure.value < least)
            few = figure.measure not in COUNTED and largest.get(row_of(figure), 0.0) < enough
            if small or few or figure.block in sensitive:
                left[figure.block] += 1
                continue
        kept.append(figure)
    lines = tuple(
        LedgerLine("cleared", block, "held back", "least_facility", HELD_BACK, "", seen[block], seen[block] - count)
        for block, count in sorted(left.items())
    )
    return ClearedFigures(tuple(kept), lines, _PASS)
