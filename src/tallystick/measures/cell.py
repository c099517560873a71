"""One value of a measure: a bound, its parts, and the printed cells it rests on.

The same shape serves workbooks and records; a test holds every maker of cells to the contract
in ``definitions/tables/cells.toml``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tallystick.terms.bound import Bound

DIGITS = 10


@dataclass(frozen=True)
class Rests:
    """A printed number that a cell rests on: where it stands and which part it plays."""

    role: str
    value: Fraction
    label: str
    file: str
    sha256: str
    sheet: str
    cell: str
    as_of: date
    basis: str
    confidence: str
    provenance: str


@dataclass(frozen=True)
class Cell:
    """One cell; exact inside, rounded to ten digits only where it is written."""

    measure: str
    definition_hash: str
    release_set: str
    basis: str
    statistic: str
    unit: str
    value_unit: str
    variant: str
    period_start: date
    period_end: date
    split: tuple[tuple[str, str], ...]
    bound: Bound | None
    numerator: Bound | None
    denominator: Bound | None
    status: str
    note: str
    rests: tuple[Rests, ...] = ()
    aloud: str = ""  # the measure's sentence; {figure} stands where the bound is said
    place_type: str = "nation"
    place: str = "US"
    people: int | None = None  # person keys in the denominator; blank keys count as none
    largest: tuple[int, ...] = ()  # for sums: contributions of single people, the largest ones and the rest
    population: str = ""  # cells with the same one count the same units, whatever the measure
    classes: tuple[str, ...] = ()  # all classes that the units fall into, where counts and may are sums of them
    counts: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    policy: str | None = None
    tier: str | None = None
    view: str = "agency"
    duplicate_rule: str | None = None
    link_rule: str | None = None
    hindsight: bool = False
    q: Fraction | None = None  # the quantile, where the statistic is one
    parts: tuple[int, ...] = ()  # units behind each part that the bound shows, where they cannot be read off the counts
    about: tuple[str, ...] = ()  # exposed groups that the measure speaks of

    @property
    def n(self) -> Fraction | None:
        """Units in the denominator."""
        return self.denominator.lower if self.denominator else None

    @property
    def n_true(self) -> Fraction | None:
        """Units known to be in the numerator."""
        return self.numerator.lower if self.numerator else None

    @property
    def n_unknown(self) -> Fraction | None:
        """Units of which the printed figures do not say."""
        return self.numerator.width if self.numerator else None

    @property
    def complete_case(self) -> Fraction | None:
        """The share among known cases: true over true plus false."""
        if self.statistic != "share" or self.numerator is None or self.denominator is None or self.status != "ok":
            return None  # of rounded counts it would not be one
        known = self.denominator.lower - self.numerator.width
        return self.numerator.lower / known if known > 0 else None

    def row(self) -> dict[str, object]:
        """The cell as a row of the table `cells`."""
        low_high = self.bound
        return {
            "measure": self.measure,
            "definition_hash": self.definition_hash,
            "release_set": self.release_set,
            "basis": self.basis,
            "statistic": self.statistic,
            "q": written(self.q),
            "unit": self.unit,
            "value_unit": self.value_unit,
            "policy": self.policy,
            "tier": self.tier,
            "variant": self.variant,
            "view": self.view,
            "hindsight": self.hindsight,
            "duplicate_rule": self.duplicate_rule,
            "link_rule": self.link_rule,
            "place_type": self.place_type,
            "place": self.place,
            "period_start": self.period_start.isoformat(),
            "period_end": self.period_end.isoformat(),
            "split": split_text(self.split),
            "lower": written(low_high.lower if low_high else None),
            "upper": written(low_high.upper if low_high else None),
            "complete_case": written(self.complete_case),
            "numerator_lower": written(self.numerator.lower if self.numerator else None),
            "numerator_upper": written(self.numerator.upper if self.numerator else None),
            "denominator_lower": written(self.denominator.lower if self.denominator else None),
            "denominator_upper": written(self.denominator.upper if self.denominator else None),
            "n": counted(self.n),
            "n_true": counted(self.n_true),
            "n_unknown": counted(self.n_unknown),
            "status": self.status,
            "note": self.note,
        }


def cell_of(row: Mapping[str, Any], aloud: str = "") -> Cell:
    """A cell from a row of the table `cells`, as exact as it was written.

    Args:
        row: by column, dates as ISO texts or dates.
        aloud: the sentence of its measure, which the table does not hold.
    """
    return Cell(
        measure=row["measure"],
        definition_hash=row["definition_hash"],
        release_set=row["release_set"],
        basis=row["basis"],
        statistic=row["statistic"],
        unit=row["unit"],
        value_unit=row["value_unit"],
        variant=row["variant"],
        period_start=date.fromisoformat(str(row["period_start"])),
        period_end=date.fromisoformat(str(row["period_end"])),
        split=tuple(sorted(json.loads(row["split"] or "{}").items())),
        bound=_read(row["lower"], row["upper"]),
        numerator=_read(row["numerator_lower"], row["numerator_upper"]),
        denominator=_read(row["denominator_lower"], row["denominator_upper"]),
        status=row["status"],
        note=row["note"] or "",
        aloud=aloud,
        place_type=row["place_type"],
        place=row["place"],
        policy=row["policy"],
        tier=row["tier"],
        view=row["view"],
        duplicate_rule=row["duplicate_rule"],
        link_rule=row["link_rule"],
        hindsight=bool(row["hindsight"]),
        q=None if row["q"] is None else Fraction(str(row["q"])),
    )


def _read(lower: float | None, upper: float | None) -> Bound | None:
    return None if lower is None or upper is None else Bound(Fraction(str(lower)), Fraction(str(upper)))


@dataclass(frozen=True)
class MeasuredCells:
    """Cells that have been measured and not yet cleared: nothing may be shown from these."""

    cells: tuple[Cell, ...]


def written(value: Fraction | None) -> float | None:
    """An exact number as written: rounded to ten digits."""
    return None if value is None else round(float(value), DIGITS)


def counted(value: Fraction | None) -> str | None:
    """A number of units as a decimal with at most six places."""
    if value is None:
        return None
    return str((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.000001")).normalize() + 0)


def split_text(split: tuple[tuple[str, str], ...]) -> str:
    """A split as JSON with sorted keys.

    >>> split_text((("arresting_agency", "ICE"),))
    '{"arresting_agency":"ICE"}'
    """
    return "{" + ",".join(f'"{name}":"{value}"' for name, value in sorted(split)) + "}"
