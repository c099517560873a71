"""A range as a bar: from the least to the most the records allow, with a tick where the claim needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tallystick.claims.verdict import Outcome
from tallystick.measures.cell import Cell

WIDTH = 24
ENDS = tuple(Fraction(end) for end in ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))
SIGNS = {"unicode": ("█", "▒", "·", "│"), "ascii": ("#", "/", ".", "|")}


@dataclass(frozen=True)
class Bar:
    """Positions from 0 to 1 along the track; `start` is where zero lies (not 0 for changes)."""

    start: Fraction
    known: Fraction
    most: Fraction
    tick: Fraction | None


def ends_of(outcomes: Iterable[Outcome]) -> dict[str, Fraction]:
    """Where the tracks of values without a natural end stop: one end by unit, so that all bars of a claim compare.

    Args:
        outcomes: everything that is shown together.

    Returns:
        By unit of value (ratio, dollars a day), a round number a little above every figure and bar.
    """
    most: dict[str, Fraction] = {}
    for outcome in outcomes:
        cell = outcome.cell
        if cell is not None and cell.bound is not None and cell.value_unit != "fraction":
            bar = outcome.reading.bar if outcome.reading.threshold else Fraction(0)
            most[cell.value_unit] = max(cell.bound.upper, bar, most.get(cell.value_unit, Fraction(0)))
    return {unit: round_end(value * Fraction(21, 20)) for unit, value in most.items()}


def round_end(value: Fraction) -> Fraction:
    """The next round number that is not below a value.

    >>> float(round_end(Fraction(150, 100))), float(round_end(Fraction(812, 10)))
    (1.5, 100.0)
    """
    power = Fraction(1)
    if value <= 0:
        return Fraction(1)
    while power * 10 < value:
        power *= 10
    while 0 < value <= power / 10:
        power /= 10
    return next(end * power for end in ENDS if end * power >= value)


def bar_of(outcome: Outcome, ends: Mapping[str, Fraction]) -> Bar | None:
    """The bar of an outcome with its tick, or None when it has no figure; see `cell_bar`."""
    if outcome.cell is None:
        return None
    return cell_bar(outcome.cell, ends, outcome.reading.bar if outcome.reading.threshold else None)


def cell_ends(cells: Iterable[Cell]) -> dict[str, Fraction]:
    """As `ends_of`, for cells."""
    most: dict[str, Fraction] = {}
    for cell in cells:
        if cell.bound is not None and cell.value_unit != "fraction":
            most[cell.value_unit] = max(cell.bound.upper, most.get(cell.value_unit, Fraction(0)))
    return {unit: round_end(value * Fraction(21, 20)) for unit, value in most.items()}


def cell_bar(cell: Cell, ends: Mapping[str, Fraction], needed: Fraction | None = None) -> Bar | None:
    """The bar of a cell, or None when it has no figure.

    Shares run from 0 to 100 percent; changes from -100 to +100 points with zero in the middle;
    shares of growth are cut at the ends of the track; other values run from 0 to the end of their unit.

    Args:
        cell: a cleared cell.
        ends: where tracks of units without a natural end stop.
        needed: where the tick stands.
    """
    if cell.bound is None:
        return None
    is_change = cell.statistic == "difference"
    if cell.value_unit != "fraction":
        end = ends[cell.value_unit]
        tick = None if needed is None else _cut(needed / end)
        return Bar(Fraction(0), _cut(cell.bound.lower / end), _cut(cell.bound.upper / end), tick)
    place = _middle if is_change else _cut
    tick = None if needed is None else place(needed)
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
