"""How level and slope of a series differ on both sides of a date that somebody names.

A segmented regression with errors that allow for dependence between neighbours (Newey and West 1987; Lopez Bernal,
Cummins and Gasparrini 2017). It describes a date; it does not say that what happened on it moved anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from tallystick.terms.extras import need

LEAST_BESIDE = 8  # points on each side of the date
LEVEL = 1.959963984540054  # 95 % of a normal distribution


@dataclass(frozen=True)
class Term:
    """One coefficient with its error, and a 95 % interval if the process were repeated."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval."""
        return self.value - LEVEL * self.error, self.value + LEVEL * self.error


@dataclass(frozen=True)
class Interrupted:
    """A series on both sides of a date.

    Attributes:
        start: the level at the first point.
        slope: change for each point before the date.
        step: how far the level right after the date lies from where the line before it leads.
        bend: how much the slope after the date differs.
        lag: how many neighbours the errors allow for.
    """

    start: Term
    slope: Term
    step: Term
    bend: Term
    lag: int


def interrupted(
    values: Sequence[float], place: int, *, lag: int | None = None, corrected: bool = True
) -> Interrupted | None:
    """Level and slope on both sides of a point.

    Args:
        values: one value for each point of time, in order.
        place: how many points lie before the date.
        lag: neighbours that errors allow for; None takes ⌊4 (n/100)^(2/9)⌋.
        corrected: multiply the variance by n / (n - 4), for short series.

    Returns:
        None where fewer than `LEAST_BESIDE` points lie on one side.

    Raises:
        TallystickError: TS191 where the extra is not installed.
    """
    many = len(values)
    if min(place, many - place) < LEAST_BESIDE:
        return None
    models, numbers = need("statsmodels.api"), need("numpy")
    points = numbers.arange(1, many + 1)
    after = (points > place).astype(float)
    design = numbers.column_stack([numbers.ones(many), points, after, (points - place) * after])
    most = default_lag(many) if lag is None else lag
    found = models.OLS(numbers.asarray(values, dtype=float), design).fit(
        cov_type="HAC", cov_kwds={"maxlags": most, "use_correction": corrected}
    )
    terms = [Term(float(value), float(error)) for value, error in zip(found.params, found.bse, strict=True)]
    start, slope, step, bend = terms
    return Interrupted(start, slope, step, bend, most)


def default_lag(many: int) -> int:
    """How many neighbours errors allow for in a series of so many points (Newey and West 1994).

    >>> default_lag(100), default_lag(24)
    (4, 2)
    """
    return floor(float(4 * (many / 100) ** (2 / 9)))


def rate_ratio(counts: Sequence[float], exposure: Sequence[float], place: int) -> Term:
    """The logarithm of the ratio of a rate after a date to the one before it, along one log-linear trend (Poisson).

    Args:
        counts: events at each point.
        exposure: how many could have had the event.
        place: how many points lie before the date.
    """
    models, numbers = need("statsmodels.api"), need("numpy")
    points = numbers.arange(1, len(counts) + 1)
    design = numbers.column_stack([numbers.ones(len(counts)), points > place, points]).astype(float)
    found = models.GLM(
        numbers.asarray(counts, dtype=float), design, family=models.families.Poisson(), offset=numbers.log(exposure)
    ).fit()
    return Term(float(found.params[1]), float(found.bse[1]))
