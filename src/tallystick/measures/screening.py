"""What a face or fingerprint search of a given size is expected to get wrong, from published test figures.

A calculation, not an observation: no record of a search is public, and nothing here takes an image or a template. What
is not known (the share of people searched for who are in the gallery, the threshold) is a range, never one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import expm1, log1p, prod

from tallystick.terms.bound import Bound
from tallystick.terms.errors import cannot


@dataclass(frozen=True)
class Expected:
    """What a number of searches is expected to give, each as a range over what is not known.

    Attributes:
        false_alarm_rate: chance that a search for somebody who is not in the gallery gives a match.
        false_matches: searches with a match for somebody else.
        missed: people in the gallery who are not found.
        right: matches that are right, as a share of all matches; None where no match is expected.
    """

    false_alarm_rate: tuple[float, float]
    false_matches: tuple[float, float]
    missed: tuple[float, float]
    right: tuple[float, float] | None


def false_alarm_rate(false_match_rate: float, gallery: int) -> float:
    """The chance of a false match in a gallery: 1 - (1 - FMR)^N, comparisons being independent.

    >>> round(false_alarm_rate(1e-6, 1_000_000), 6), round(false_alarm_rate(1e-5, 10_000), 6)
    (0.632121, 0.095163)
    """
    return -expm1(gallery * log1p(-false_match_rate))


def false_match_rate(alarm_rate: float, gallery: int) -> float:
    """The rate of one comparison that a published rate of false alarms in a gallery implies.

    >>> f"{false_match_rate(1 / 6000, 10_000):.5e}"
    '1.66681e-08'
    """
    return -expm1(log1p(-alarm_rate) / gallery)


def expected(
    false_alarms: tuple[float, float], misses: tuple[float, float], searches: int, in_gallery: tuple[float, float]
) -> Expected:
    """What searches are expected to give.

    Args:
        false_alarms: least and greatest rate of false alarms of a search.
        misses: least and greatest share of people in the gallery who are not found.
        searches: how many searches are made.
        in_gallery: least and greatest share of searches for people who are in the gallery.

    Raises:
        TallystickError: TS105 for a share outside 0 to 1.
    """
    for name, ends in (("false alarms", false_alarms), ("misses", misses), ("share in the gallery", in_gallery)):
        if not 0 <= ends[0] <= ends[1] <= 1:
            raise cannot(
                "TS105", f"{name}: {ends[0]:g} to {ends[1]:g} is no range of shares.", fix="Shares lie between 0 and 1."
            )
    wrong = searches * (1 - in_gallery[1]) * false_alarms[0], searches * (1 - in_gallery[0]) * false_alarms[1]
    missed = searches * in_gallery[0] * misses[0], searches * in_gallery[1] * misses[1]
    right = [
        _right(alarm, miss, share)
        for alarm, miss, share in (
            (false_alarms[1], misses[1], in_gallery[0]),
            (false_alarms[0], misses[0], in_gallery[1]),
        )
    ]
    low, high = right
    return Expected(false_alarms, wrong, missed, None if low is None or high is None else (low, high))


def _right(alarm: float, miss: float, share: float) -> float | None:
    true, false = share * (1 - miss), (1 - share) * alarm
    return true / (true + false) if true + false else None


@dataclass(frozen=True)
class Differentials:
    """How much error rates differ between groups: two rates, and three published indices of them.

    Attributes:
        greatest_to_least: largest rate over smallest; None where a group had no error.
        greatest_to_mean: largest rate over the geometric mean (NIST); None where a group had no error.
        gini: Gini coefficient of false match rates, corrected for few groups (Howard and others 2022).
        garbe: mean of the Gini coefficients of both rates (Howard and others 2022).
        fdr: fairness discrepancy rate (Pereira and Marcel 2021); near 1 whenever rates are small.
    """

    greatest_to_least: float | None
    greatest_to_mean: float | None
    gini: float
    garbe: float
    fdr: float


def differentials(false_matches: Sequence[float], misses: Sequence[float], weight: float = 0.5) -> Differentials:
    """How much the rates of groups differ.

    Args:
        false_matches: false match rate of each group.
        misses: false non-match rate of each group.
        weight: of false matches in the indices that mix both.
    """
    is_open = min(false_matches) == 0
    mean = 0.0 if is_open else prod(false_matches) ** (1 / len(false_matches))
    gini = corrected_gini(false_matches)
    spread = [max(own) - min(own) for own in (false_matches, misses)]
    return Differentials(
        None if is_open else max(false_matches) / min(false_matches),
        None if is_open else max(false_matches) / mean,
        gini,
        weight * gini + (1 - weight) * corrected_gini(misses),
        1 - (weight * spread[0] + (1 - weight) * spread[1]),
    )


def corrected_gini(rates: Sequence[float]) -> float:
    """The Gini coefficient of some rates, times n / (n - 1).

    >>> round(corrected_gini([1e-5, 2e-5, 4e-5, 1e-4]), 6)
    0.568627
    """
    many, whole = len(rates), sum(rates)
    if many < 2 or not whole:
        return 0.0
    plain = 2 * sum(place * rate for place, rate in enumerate(sorted(rates), 1)) / (many * whole) - (many + 1) / many
    return plain * many / (many - 1)


def no_errors(trials: int) -> Bound:
    """What a test without an error in so many trials says of the rate: from 0 to about 3 / n (Hanley 1983).

    >>> float(no_errors(3000).upper)
    0.001
    """
    return Bound(Fraction(0), min(Fraction(1), Fraction(3, trials)))


def operating_point(mated: Sequence[float], others: Sequence[float], threshold: float) -> tuple[float, float]:
    """False match and false non-match rate of published scores, where a score at the threshold or above matches.

    >>> operating_point([.9, .8, .7, .6, .55], [.58, .5, .4, .3, .2, .1, .65, .05, .02, .15], .56)
    (0.2, 0.2)
    """
    return (
        sum(score >= threshold for score in others) / len(others),
        sum(score < threshold for score in mated) / len(mated),
    )
