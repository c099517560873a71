"""Cells with less in them: hidden, in coarse steps, or rounded outward."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tallystick.clear.rounding import widened
from tallystick.measures.cell import Cell
from tallystick.terms.bound import Bound

HIDDEN = "hidden to protect people"  # the same words for small cells and for those hidden with them


def hidden(cell: Cell) -> Cell:
    """A cell without any value."""
    return replace(
        cell,
        bound=None,
        numerator=None,
        denominator=None,
        people=None,
        largest=(),
        parts=(),
        status="suppressed",
        rests=(),
        note=HIDDEN,
        aloud="",
    )


def coarser(cell: Cell, step: Fraction) -> Cell:
    """A mean or quantile in whole steps, outward: times n it gives no single contribution away."""
    if cell.bound is None:
        return cell
    return replace(cell, bound=widened(cell.bound, step), status="rounded")


def rounded(cell: Cell, base: Fraction) -> Cell:
    """A count or a share whose counts are multiples of `base`, outward; hidden where it has no counts."""
    if cell.numerator is None or cell.denominator is None:
        return hidden(cell)
    numerator = widened(cell.numerator, base)
    whole = widened(cell.denominator, base)
    most = max(whole.upper, numerator.upper)
    bound: Bound | None = numerator
    if cell.statistic != "count":
        least = max(whole.lower, numerator.lower)
        upper = min(numerator.upper / least, Fraction(1)) if least else Fraction(1)
        bound = Bound(numerator.lower / most, upper) if most else None
    return replace(
        cell,
        numerator=numerator,
        denominator=whole,
        bound=bound,
        people=None,
        largest=(),
        parts=(),
        status="rounded",
        rests=(),
        note="rounded outward; asked ad hoc, not for export",
    )


def as_published(cell: Cell) -> Cell:
    """A rounded cell of a family that is published: its note says no more than that."""
    return replace(cell, note="rounded outward") if cell.note.startswith("rounded outward") else cell
