"""A range as a bar: from the least to the most the records allow, with a tick where the claim needs it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tallystick.claims.verdict import Outcome

WIDTH = 24
SIGNS = {"unicode": ("█", "▒", "·", "│"), "ascii": ("#", "/", ".", "|")}


@dataclass(frozen=True)
class Bar:
    """Positions from 0 to 1 along the track; `start` is where zero lies (not 0 for changes)."""

    start: Fraction
    known: Fraction
    most: Fraction
    tick: Fraction | None


def bar_of(outcome: Outcome) -> Bar | None:
    """The bar of an outcome, or None when it has no figure.

    Shares run from 0 to 100 percent; changes from -100 to +100 points with zero in the middle;
    shares of growth are cut at the ends of the track.
    """
    cell = outcome.cell
    if cell is None or cell.bound is None:
        return None
    is_change = cell.statistic == "difference"
    if cell.value_unit != "fraction":  # no natural end: the track ends a quarter beyond the largest of figure and bar
        bar = outcome.reading.bar if outcome.reading.threshold else Fraction(0)
        end = max(cell.bound.upper, bar) * Fraction(5, 4) or Fraction(1)
        return Bar(
            Fraction(0), _cut(cell.bound.lower / end), _cut(cell.bound.upper / end), _cut(bar / end) if bar else None
        )
    place = _middle if is_change else _cut
    tick = place(outcome.reading.bar) if outcome.reading.threshold else None
    start = Fraction(1, 2) if is_change else Fraction(0)
    return Bar(start, place(cell.bound.lower), place(cell.bound.upper), tick)


def _cut(value: Fraction) -> Fraction:
    return min(max(value, Fraction(0)), Fraction(1))


def _middle(value: Fraction) -> Fraction:
    return _cut((value + 1) / 2)


def text_bar(bar: Bar | None, *, style: str = "ascii", width: int = WIDTH) -> str:
    """The bar in characters: known, unknown, rest, tick.

    >>> text_bar(Bar(Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)), width=8)
    '##//..|.'
    """
    if bar is None:
        return ""
    known, unknown, rest, tick = SIGNS[style]
    start, low, high = (round(float(value) * width) for value in (bar.start, bar.known, bar.most))
    if low < start:  # a fall: drawn from the figure up to zero
        start, low, high = low, start, max(high, start)
    signs = [rest] * width
    signs[start:low] = [known] * (low - start)
    signs[low:high] = [unknown] * (high - low)
    if bar.tick is not None:
        signs[min(width - 1, round(float(bar.tick) * width))] = tick
    return "".join(signs)
