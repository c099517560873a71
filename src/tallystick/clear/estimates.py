"""Estimates that are no cells (parts of a change, gaps, indices) pass here before anybody sees them.

An estimate over fewer than thirty people or units is hidden. All others are rounded outward to a step that stands for
at least ten units, so that no estimate says more of a small group than a rounded count would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from tallystick.clear.rounding import safe_step, widened
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.terms.bound import Bound

Kind = Literal["share", "count", "ratio"]
FINEST = {"share": Fraction(1, 1000), "count": Fraction(1), "ratio": Fraction(1, 100)}


@dataclass(frozen=True)
class Estimate:
    """A measured estimate that nothing may show yet.

    Attributes:
        name: what it is called where it is shown.
        bound: its ends.
        units: units of the smallest group that it speaks of.
        people: person keys behind them; None where they are not counted apart from the units.
        kind: share (a fraction, or a difference of fractions), count, or ratio.
    """

    name: str
    bound: Bound
    units: int
    people: int | None = None
    kind: Kind = "share"


@dataclass(frozen=True)
class ClearedEstimate:
    """An estimate that may be shown; without a bound where it is hidden."""

    name: str
    bound: Bound | None
    kind: Kind


def clear_estimate(measured: Estimate, rules: DisclosureRules | None = None) -> ClearedEstimate:
    """One estimate, hidden or rounded outward.

    >>> from tallystick.terms.bound import point
    >>> clear_estimate(Estimate("gap", point(Fraction(1, 3)), units=29)).bound is None
    True
    >>> clear_estimate(Estimate("gap", point(Fraction(1, 3)), units=2000)).bound
    Bound(lower=Fraction(33, 100), upper=Fraction(67, 200))
    """
    own = rules or disclosure_rules()
    least = own.thresholds.least_for_means
    if measured.units < least or (measured.people is not None and measured.people < least):
        return ClearedEstimate(measured.name, None, measured.kind)
    base = own.ad_hoc.least_rounding
    step = Fraction(base) if measured.kind == "count" else safe_step(measured.units, base)
    step = max(step, FINEST[measured.kind])
    shown = widened(measured.bound, step)
    if measured.kind == "share" and measured.bound.upper <= 1:  # nobody is told that it is all of them
        shown = Bound(min(shown.lower, 1 - step), min(shown.upper, Fraction(1)))
    return ClearedEstimate(measured.name, shown, measured.kind)


def clear_estimates(measured: Iterable[Estimate]) -> tuple[ClearedEstimate, ...]:
    """Estimates that may be shown, in the order given."""
    return tuple(clear_estimate(one) for one in measured)
