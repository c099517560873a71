"""Spec tables: a bound laid against a bar, and readings against a claim."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tallystick.claims.judge import Bar, compare, flipping, tipping_point, verdict_of
from tallystick.terms.bound import Bound

S, D, C, N = "supports", "does_not_support", "cannot_settle", "needs_records"

# lower  upper  comparator  bar  margin  result  reason
READINGS = """
.55  .70  more_than  .5  .02  supports          -
.10  .45  more_than  .5  .02  does_not_support  -
.40  .70  more_than  .5  .02  cannot_settle     straddles
.51  .60  more_than  .5  .02  cannot_settle     near
.05  .95  more_than  .5  .02  cannot_settle     silent
.52  .52  more_than  .5  .02  supports          -
.48  .48  more_than  .5  .02  does_not_support  -
.50  .50  more_than  .5  0    does_not_support  -
.50  .50  at_least   .5  0    supports          -
.49  .50  at_least   .5  0    cannot_settle     near
.70  .80  at_least   .7  .02  cannot_settle     near
.72  .80  at_least   .7  .02  supports          -
.68  .68  at_least   .7  .02  does_not_support  -
.10  .45  less_than  .5  .02  supports          -
.50  .50  less_than  .5  0    does_not_support  -
.50  .50  at_most    .5  0    supports          -
.40  .70  at_most    .5  .02  cannot_settle     straddles
.33  .50  between    .3  .02  supports          -
.20  .25  between    .3  .02  does_not_support  -
.70  .80  between    .3  .02  does_not_support  -
.70  .80  outside    .3  .02  supports          -
.33  .50  outside    .3  .02  does_not_support  -
.25  .50  outside    .3  .02  cannot_settle     straddles
"""


@pytest.mark.parametrize("line", READINGS.strip().splitlines())
def test_a_bound_against_a_bar(line: str) -> None:
    lower, upper, comparator, threshold, margin, result, reason = line.split()
    top = Fraction("0.6") if comparator in ("between", "outside") else None
    bar = Bar(comparator, Fraction(threshold), Fraction(margin), top)  # type: ignore[arg-type]
    found = compare(Bound(Fraction(lower), Fraction(upper)), bar)
    assert (result, "" if reason == "-" else reason) == (found.result, found.reason)


# results of the headline readings -> verdict of the claim
VERDICTS = [
    ((S, S), "supports"),
    ((D, D), "does_not_support"),
    ((S, D), "depends"),
    ((S, D, C), "depends"),
    ((S, C), "cannot_settle"),
    ((D, C), "cannot_settle"),
    ((C,), "cannot_settle"),
    ((N,), "not_testable"),
    ((N, D), "does_not_support"),
    ((N, S), "supports"),
    ((N, S, D), "depends"),
    ((), "not_testable"),
]


@pytest.mark.parametrize(("results", "verdict"), VERDICTS)
def test_headline_readings_give_the_verdict(results: tuple[str, ...], verdict: str) -> None:
    assert verdict == verdict_of(results)


def test_the_dimension_that_flips_the_answer_is_named() -> None:
    held = {"unit": "people held", "denominator": "ICE arrests"}
    everybody = {"unit": "people held", "denominator": "all"}
    assert ("denominator",) == flipping([held], [everybody])
    assert () == flipping([held, everybody], [everybody, held])


# true  unknown  whole  comparator  bar -> units needed (None: reached, or nothing unknown)
TIPPING = [
    (400, 50, 1000, "more_than", "0.5", 101),
    (400, 200, 1000, "at_least", "0.5", 100),
    (500, 10, 1000, "at_least", "0.5", None),
    (500, 10, 1000, "more_than", "0.5", 1),
    (400, 0, 1000, "more_than", "0.5", None),
]


@pytest.mark.parametrize(("true", "unknown", "whole", "comparator", "bar", "needed"), TIPPING)
def test_tipping_point_counts_unknown_units(true, unknown, whole, comparator, bar, needed) -> None:
    assert needed == tipping_point(
        Fraction(true), Fraction(unknown), Fraction(whole), Bar(comparator, Fraction(bar), Fraction(0))
    )
