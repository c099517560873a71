"""What a comparison says, ready for a terminal, a page or a document: sentences, tables, a chart, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tallystick.clear.estimates import ClearedEstimate
from tallystick.terms.bound import Bound

HIDDEN = "hidden: fewer than 30"


@dataclass(frozen=True)
class Table:
    """Rows of words under columns; the first column names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Told:
    """A comparison in words.

    Attributes:
        title: what was compared.
        subtitle: of whom, over which days, from which release.
        sentences: the answer.
        tables: what stands behind it.
        chart: an SVG, or '' where there is none.
        notes: method, assumptions, what was left out.
        cannot_say: what the records cannot tell here.
        data: the same for programs.
        label: a warning that stands above all, such as that it is an illustration.
    """

    title: str
    subtitle: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    chart: str
    notes: tuple[str, ...]
    cannot_say: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""


def points(bound: Bound | None, *, sign: bool = True) -> str:
    """A difference of shares in percentage points, both ends where they differ.

    >>> points(Bound(Fraction(-52, 1000), Fraction(-52, 1000))), points(Bound(Fraction(1, 100), Fraction(2, 100)))
    ('−5.2', '+1 to +2')
    """
    if bound is None:
        return HIDDEN
    whole = bound.lower != bound.upper and all((end * 100).denominator == 1 for end in (bound.lower, bound.upper))
    ends = [_tenths(end * 100, sign=sign).removesuffix(".0" if whole else "-") for end in (bound.lower, bound.upper)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def percent(bound: Bound | None) -> str:
    """A share in percent, both ends where they differ.

    >>> percent(Bound(Fraction(1, 3), Fraction(1, 2)))
    '33.3 to 50.0 %'
    """
    return HIDDEN if bound is None else f"{points(bound, sign=False)} %"


def number(bound: Bound | None, digits: int = 2) -> str:
    """A number, both ends where they differ."""
    if bound is None:
        return HIDDEN
    ends = [f"{float(end):,.{digits}f}".replace("-", "−") for end in (bound.lower, bound.upper)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def bar_ends(bound: Bound | None) -> tuple[float | None, float | None]:
    """The two ends of a bar in percent; nothing where the value is hidden."""
    return (None, None) if bound is None else (float(bound.lower) * 100, float(bound.upper) * 100)


def ends(found: ClearedEstimate) -> list[float] | None:
    """The two ends of an estimate for programs; None where it is hidden."""
    return None if found.bound is None else ends_of(found.bound)


def ends_of(bound: Bound) -> list[float]:
    """The two ends of a bound for programs."""
    return [round(float(bound.lower), 6), round(float(bound.upper), 6)]


def _tenths(value: Fraction, *, sign: bool) -> str:
    rounded = round(float(value), 1) + 0.0
    text = f"{abs(rounded):.1f}"
    if rounded < 0:
        return f"−{text}"
    return f"+{text}" if sign and rounded else text


def table_of(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table of words."""
    return Table(caption, tuple(columns), tuple(tuple(row) for row in rows))
