"""Shares, sums and ad-hoc answers that give no count away. No chance is used: the same cell, the same answer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from tallystick.terms.bound import Bound


def counts_behind(shown: Fraction, step: Fraction, whole: int) -> range:
    """All counts that a share, rounded to the nearest `step`, can stand for.

    >>> list(counts_behind(Fraction(34, 100), Fraction(1, 100), 50))
    [17]
    """
    low, high = (shown - step / 2) * whole, (shown + step / 2) * whole
    return range(max(0, ceil(low)), min(whole, floor(high)) + 1)


def safe_step(whole: int, least: int) -> Fraction:
    """The finest decimal step at which every share of `whole` stands for at least `least` counts.

    >>> safe_step(1000, 5), safe_step(40, 5), safe_step(3, 5)
    (Fraction(1, 200), Fraction(1, 5), Fraction(1, 1))
    """
    for parts in (1000, 200, 100, 50, 20, 10, 5, 2):
        if whole >= least * parts:
            return Fraction(1, parts)
    return Fraction(1)


def rounded_outward(bound: Bound, base: Fraction) -> Bound:
    """A bound whose ends are multiples of `base`, never narrower than it was.

    >>> rounded_outward(Bound(Fraction(13), Fraction(18)), Fraction(10))
    Bound(lower=Fraction(10, 1), upper=Fraction(20, 1))
    """
    return Bound(floor(bound.lower / base) * base, ceil(bound.upper / base) * base)


def widened(bound: Bound, base: Fraction) -> Bound:
    """A bound whose ends are multiples of `base` and that always leaves something open: its end lies beyond the value.

    >>> widened(Bound(Fraction(20), Fraction(20)), Fraction(10))
    Bound(lower=Fraction(20, 1), upper=Fraction(30, 1))
    """
    return Bound(floor(bound.lower / base) * base, (floor(bound.upper / base) + 1) * base)


def is_dominated(contributions: Sequence[int], least_rest_percent: int) -> bool:
    """True when the second largest contributor could work out the largest within p percent (p% rule).

    >>> is_dominated([800, 150, 30, 20], 10), is_dominated([600, 250, 100, 50], 10)
    (True, False)
    """
    ordered = sorted(contributions, reverse=True)
    if len(ordered) < 3:
        return bool(ordered)
    rest = sum(ordered[2:])
    return 100 * rest < least_rest_percent * ordered[0]
