"""A claim tested on one date: every reading with its cell, its result and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

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
from tallystick.terms.period import NEAREST_DAYS

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
    def is_absent(self) -> bool:
        """True when no headline reading has a figure here, though other files or another date could have one."""
        return self.verdict == CANNOT and not any(outcome.decided for outcome in self.of_role("headline"))

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
        at: the day asked for; each reading uses the issue nearest to it, within 45 days.
        title: how the date is called.
        cells_of: cleared cells of a measure by its id.
        digest: identity of the claim and of the measures it uses.
    """
    day = None if at == LATEST else date.fromisoformat(at)
    outcomes = tuple(_outcome(reading, day, cells_of) for reading in claim.readings)
    headline = [outcome for outcome in outcomes if outcome.reading.role == "headline"]
    for_it = [outcome.reading.dimensions for outcome in headline if outcome.result.result == SUPPORTS]
    against = [outcome.reading.dimensions for outcome in headline if outcome.result.result == DOES_NOT]
    verdict = verdict_of([outcome.result.result for outcome in headline])
    if verdict == NOT_TESTABLE and any(outcome.reading.measure for outcome in headline):
        verdict = CANNOT  # it could be tested with other files or on another date
    flips = flipping(for_it, against) if verdict == "depends" else ()
    return ClaimVerdict(claim, title, day, verdict, flips, outcomes, digest)


def _outcome(reading: Reading, day: date | None, cells_of: CellsOf) -> Outcome:
    if reading.needs:
        return Outcome(reading, None, Result(NEEDS_RECORDS, reading.needs))
    cell = chosen(matching(reading, cells_of(reading.measure).cells), day)
    return judged(reading, cell)


def judged(reading: Reading, cell: Cell | None) -> Outcome:
    """The outcome of a reading on one cell."""
    if cell is None or cell.bound is None:
        why = cell.note if cell is not None and cell.note else ABSENT
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
        found = [cell for cell in found if _starts_at(cell, reading.baseline)]
    return sorted(found, key=lambda cell: cell.period_end)


def _starts_at(cell: Cell, baseline: str) -> bool:
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
    reading = next((entry for entry in claim.headline() if not entry.needs), None)
    if reading is None:
        return ()
    return tuple(judged(reading, cell) for cell in matching(reading, cells_of(reading.measure).cells))


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
    split = "".join(f", {name}={value}" for name, value in sorted(reading.split.items()))
    return f"{reading.measure} ({reading.variant}{split})"
