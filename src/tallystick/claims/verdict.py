"""A claim tested on one date: every reading with its cell, its result and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import msgspec

from tallystick.claims.claim import Claim, Reading
from tallystick.claims.judge import (
    CANNOT,
    DOES_NOT,
    NEEDS_RECORDS,
    NOT_TESTABLE,
    SUPPORTS,
    Result,
    bar_of,
    compare,
    flipping,
    tipping_point,
    verdict_of,
)
from tallystick.clear.disclosure import ClearedCells
from tallystick.measures.cell import Cell, counted, written
from tallystick.terms.bound import Bound
from tallystick.terms.period import NEAREST_DAYS, fiscal_year_of

YEAR = 366
HIDDEN = "hidden by the gate: too few records stand behind it"
LATEST = "latest"
ABSENT = (
    "these files hold no trusted figure of this kind within 45 days of this date, or of the date it is compared with; "
    "some may be set aside, see quality"
)


@dataclass(frozen=True)
class Outcome:
    """One reading on one date."""

    reading: Reading
    cell: Cell | None
    result: Result

    @property
    def decided(self) -> bool:
        """True unless records would be needed."""
        return self.result.result != NEEDS_RECORDS


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim on one date."""

    claim: Claim
    title: str
    at: date | None
    verdict: str
    flips_on: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    definition_hash: str

    def of_role(self, *roles: str) -> tuple[Outcome, ...]:
        """Outcomes of readings with these roles, in declared order."""
        return tuple(outcome for outcome in self.outcomes if outcome.reading.role in roles)

    @property
    def robust(self) -> tuple[int, int]:
        """(k, n): in how many of the decided stress readings the claim holds."""
        stress = [outcome for outcome in self.of_role("stress") if outcome.decided]
        return sum(outcome.result.result == SUPPORTS for outcome in stress), len(stress)

    @property
    def state(self) -> str:
        """tested, awaits_records (a release that is not here), no_figure (on this date), or not_testable."""
        headline = self.of_role("headline")
        if self.claim.not_testable:
            return NOT_TESTABLE
        if any(outcome.decided for outcome in headline):
            return "tested"
        awaits = all(outcome.reading.needs and outcome.cell is None for outcome in headline)
        return "awaits_records" if awaits else "no_figure"

    @property
    def figures_of(self) -> str:
        """The day, or the first and last day, of the figures behind the headline readings (ISO)."""
        days = sorted({outcome.cell.period_end for outcome in self.of_role("headline") if outcome.cell})
        return " to ".join(day.isoformat() for day in sorted({days[0], days[-1]})) if days else ""

    @property
    def another_unit(self) -> str:
        """Set when the headline readings count in another unit than the claim speaks of."""
        return next(
            (outcome.reading.another_unit for outcome in self.of_role("headline") if outcome.reading.another_unit), ""
        )

    @property
    def direction(self) -> str:
        """For a claim the records do not support: whether they show less or more than it needs."""
        against = [
            outcome for outcome in self.of_role("headline") if outcome.result.result == DOES_NOT and outcome.cell
        ]
        over = [outcome for outcome in against if outcome.reading.comparator in ("at_most", "less_than")]
        return "more" if against and len(over) == len(against) else "less"


CellsOf = Callable[[str], ClearedCells]


def tested(claim: Claim, at: str, title: str, cells_of: CellsOf, digest: str) -> ClaimVerdict:
    """Test a claim on a date (ISO, or ``latest``).

    Args:
        claim: the claim.
        at: the day asked for; each reading of printed figures uses the issue nearest to it, within 45 days, each
            reading on records its window on the main date, the fiscal year of the day on another. Readings with a
            window of their own, other than the headline's, keep it.
        title: how the date is called.
        cells_of: cleared cells of a measure by its id.
        digest: identity of the claim and of the measures it uses.
    """
    day = None if at == LATEST else date.fromisoformat(at)
    is_main = at == claim.main_test().at
    window = next((entry.window for entry in claim.headline() if entry.window), "")
    outcomes = stand_back(
        tuple(
            _outcome(reading, day, cells_of, is_main=is_main or reading.window not in ("", window))
            for reading in claim.readings
        )
    )
    headline = [outcome for outcome in outcomes if outcome.reading.role == "headline"]
    for_it = [outcome.reading.dimensions for outcome in headline if outcome.result.result == SUPPORTS]
    against = [outcome.reading.dimensions for outcome in headline if outcome.result.result == DOES_NOT]
    verdict = verdict_of([outcome.result.result for outcome in headline])
    if verdict == NOT_TESTABLE and not claim.not_testable:
        verdict = CANNOT  # it could be tested with other files or on another date
    flips = flipping(for_it, against) if verdict == "depends" else ()
    return ClaimVerdict(claim, title, day, verdict, flips, outcomes, digest)


def stand_back(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Where a headline reading in the claim's own unit is decided, those that stand in for it count as stress."""
    headline = [outcome for outcome in outcomes if outcome.reading.role == "headline"]
    if not any(outcome.decided and not outcome.reading.another_unit for outcome in headline):
        return outcomes
    return tuple(
        replace(outcome, reading=msgspec.structs.replace(outcome.reading, role="stress"))
        if outcome in headline and outcome.reading.another_unit
        else outcome
        for outcome in outcomes
    )


def _outcome(reading: Reading, day: date | None, cells_of: CellsOf, *, is_main: bool) -> Outcome:
    if reading.basis == "records":
        cell = chosen_of_records(reading, cells_of(reading.measure).cells, day, is_main=is_main)
        return judged(reading, cell) if cell else Outcome(reading, None, Result(NEEDS_RECORDS, reading.needs))
    if reading.needs:
        return Outcome(reading, None, Result(NEEDS_RECORDS, reading.needs))
    cell = chosen(matching(reading, cells_of(reading.measure).cells), day)
    return judged(reading, cell)


def judged(reading: Reading, cell: Cell | None) -> Outcome:
    """The outcome of a reading on one cell."""
    if cell is None or cell.bound is None:
        why = cell.note if cell is not None and cell.note else ABSENT
        why = HIDDEN if cell is not None and cell.status == "suppressed" else why
        return Outcome(reading, cell, Result(NEEDS_RECORDS, why))
    bar = bar_of(reading)
    found = compare(cell.bound, bar, is_share=cell.statistic == "share")
    tip = None
    if cell.statistic == "share" and cell.n_true is not None and cell.n is not None:
        tip = tipping_point(cell.n_true, cell.n_unknown or Fraction(0), cell.n, bar)
    return Outcome(reading, cell, Result(found.result, found.reason, tip))


def matching(reading: Reading, cells: Iterable[Cell]) -> list[Cell]:
    """Cells of the measure that this reading reads, in order of time."""
    split = tuple(sorted(reading.split.items()))
    found = [cell for cell in cells if cell.variant == reading.variant and tuple(sorted(cell.split)) == split]
    if reading.baseline:
        found = [cell for cell in found if starts_at(cell, reading.baseline)]
    return sorted(found, key=lambda cell: cell.period_end)


def of_records(reading: Reading, cells: Iterable[Cell]) -> list[Cell]:
    """National cells over records that a reading on records reads, in every release and period."""
    split = tuple(sorted(reading.split.items()))
    return [
        cell
        for cell in cells
        if cell.basis == "records"
        and cell.place_type == "nation"
        and cell.variant.partition(" ")[2] == reading.variant
        and ((cell.policy or ""), (cell.tier or ""), cell.view) == (reading.policy, reading.tier, reading.view)
        and (cell.unit == "person key") == reading.person
        and tuple(sorted(cell.split)) == split
    ]


def chosen_of_records(reading: Reading, cells: Iterable[Cell], day: date | None, *, is_main: bool) -> Cell | None:
    """The cell that answers a reading: over its window on the main date, else over the fiscal year of a day.

    Of several releases the one that covers most of the window speaks, of those alike the latest; where it covers a part
    of it only, the cell says so, and where that is less than half of it, no cell answers.
    """
    own = of_records(reading, cells)
    if is_main and reading.window:
        first, last = (date.fromisoformat(end) for end in reading.days)
        inside = [cell for cell in own if first <= cell.period_start and cell.period_end <= last]
        cell = max(inside, key=lambda cell: (_days(cell), cell.variant), default=None)
        if cell is not None and 2 * _days(cell) < (last - first).days + 1:
            return None
        if cell is not None and (cell.period_start, cell.period_end) != (first, last):
            part = f"the release covers {cell.period_start} to {cell.period_end} of the window {first} to {last}"
            cell = replace(cell, note="; ".join(text for text in (cell.note, part) if text))
    elif is_main:
        cell = max(own, key=lambda cell: (cell.period_end, _days(cell), cell.variant), default=None)
    else:
        years = _yearly(reading, own)
        held = [cell for cell in years if day is None or cell.period_start <= day <= cell.period_end]
        cell = max(held, key=lambda cell: (cell.period_end, _days(cell), cell.variant), default=None)
    return None if cell is None else per_day(reading, cell)


def _days(cell: Cell) -> int:
    return (cell.period_end - cell.period_start).days + 1


def _yearly(reading: Reading, cells: Iterable[Cell]) -> list[Cell]:
    """Cells over a fiscal year or the part of it that a release covers."""
    return [
        cell
        for cell in cells
        if _days(cell) <= YEAR and f"{cell.period_start}/{cell.period_end}" != reading.window and _in_one_year(cell)
    ]


def _in_one_year(cell: Cell) -> bool:
    return fiscal_year_of(cell.period_start) == fiscal_year_of(cell.period_end)


def per_day(reading: Reading, cell: Cell) -> Cell:
    """A count over the days of its period, where a reading asks for it."""
    if not reading.per_day or cell.bound is None:
        return cell
    days = _days(cell)
    return replace(cell, bound=Bound(cell.bound.lower / days, cell.bound.upper / days), statistic="rate")


def starts_at(cell: Cell, baseline: str) -> bool:
    """Whether a change begins at the baseline that a reading names: a day, or so many years before its end."""
    if baseline.startswith("years_before:"):
        years = int(baseline.split(":")[1])
        return abs((cell.period_end - cell.period_start).days - 365 * years) <= NEAREST_DAYS
    return abs((cell.period_start - date.fromisoformat(baseline)).days) <= NEAREST_DAYS


def chosen(cells: Sequence[Cell], day: date | None) -> Cell | None:
    """The cell nearest to a day (the earlier on a tie), or the latest; None beyond 45 days."""
    if not cells:
        return None
    if day is None:
        return cells[-1]
    near = [cell for cell in cells if abs((cell.period_end - day).days) <= NEAREST_DAYS]
    return min(near, key=lambda cell: (abs((cell.period_end - day).days), cell.period_end), default=None)


def series(claim: Claim, cells_of: CellsOf) -> tuple[Outcome, ...]:
    """The first headline reading on every date there is a figure: a series, not more readings."""
    on_records = (entry for entry in claim.headline() if entry.basis == "records")
    for reading in on_records:
        yearly = _yearly(reading, of_records(reading, cells_of(reading.measure).cells))
        last = max((cell.variant for cell in yearly), default="")
        own = sorted((cell for cell in yearly if cell.variant == last), key=lambda cell: cell.period_end)
        if own:
            return tuple(judged(reading, per_day(reading, cell)) for cell in own)
    for reading in claim.headline():
        if reading.basis == "figures" and not reading.needs:
            return tuple(judged(reading, cell) for cell in matching(reading, cells_of(reading.measure).cells))
    return ()


def rows(verdict: ClaimVerdict) -> list[dict[str, object]]:
    """A claim verdict as rows of the table `verdicts`."""
    found: list[dict[str, object]] = []
    for outcome in verdict.outcomes:
        cell, reading = outcome.cell, outcome.reading
        bound = cell.bound if cell else None
        found.append(
            {
                "claim": verdict.claim.id,
                "reading": reading.id,
                "role": reading.role,
                "tested_at": verdict.at.isoformat() if verdict.at else None,
                "as_of": cell.period_end.isoformat() if cell else None,
                "measure": _measure_name(reading),
                "unit": cell.unit if cell else None,
                "comparator": reading.comparator if reading.threshold else None,
                "threshold": written(reading.bar) if reading.threshold else None,
                "margin": written(Fraction(reading.margin)),
                "lower": written(bound.lower) if bound else None,
                "upper": written(bound.upper) if bound else None,
                "n": counted(cell.n) if cell else None,
                "n_unknown": counted(cell.n_unknown) if cell else None,
                "result": outcome.result.result,
                "reason": outcome.result.reason,
                "tipping_point": str(outcome.result.tipping_point)
                if outcome.result.tipping_point is not None
                else None,
                "claim_verdict": verdict.verdict,
                "definition_hash": verdict.definition_hash,
            }
        )
    return found


def _measure_name(reading: Reading) -> str | None:
    if not reading.measure:
        return None
    if reading.policy:
        return f"{reading.measure} ({reading.policy} {reading.tier}, {reading.variant})"
    split = "".join(f", {name}={value}" for name, value in sorted(reading.split.items()))
    return f"{reading.measure} ({reading.variant}{split})"
