"""Laws that hold for every figure: the truth lies within the bound, opposite claims mirror."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tallystick.claims.judge import OPPOSITE, Bar, compare, verdict_of
from tallystick.publish.bars import Bar as Drawn
from tallystick.publish.bars import text_bar
from tallystick.terms.bound import Bound, difference, outside_share, point, share

SHARES = st.fractions(0, 1, max_denominator=200)
BARS = st.builds(
    lambda comparator, one, other, margin: Bar(
        comparator, min(one, other), margin, max(one, other) if comparator in ("between", "outside") else None
    ),
    st.sampled_from(sorted(OPPOSITE)),
    SHARES,
    SHARES,
    st.sampled_from([Fraction(0), Fraction(1, 50), Fraction(1, 10)]),
)
BOUNDS = st.tuples(SHARES, SHARES).map(lambda ends: Bound(min(ends), max(ends)))
RESULTS = st.lists(st.sampled_from(["supports", "does_not_support", "cannot_settle", "needs_records"]), max_size=5)
SWAP = {"supports": "does_not_support", "does_not_support": "supports"}


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=7))
def test_share_bounds_are_the_extremes_over_all_completions(truths: list[bool | None]) -> None:
    bound = share(truths.count(True), truths.count(None), len(truths))
    options = [[truth] if truth is not None else [True, False] for truth in truths]
    shares = [Fraction(sum(completion), len(truths)) for completion in product(*options)]
    assert (min(shares), max(shares)) == (bound.lower, bound.upper)


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 6))
def test_outside_share_is_sharp_over_all_overlaps(part: int, other: int, extra: int) -> None:
    whole = max(part, other) + extra
    possible = [overlap for overlap in range(min(part, other) + 1) if part + other - overlap <= whole]
    shares = [Fraction(part - overlap, part) for overlap in possible]
    assert (min(shares), max(shares)) == (
        outside_share(part, other, whole).lower,
        outside_share(part, other, whole).upper,
    )


@given(BOUNDS, BOUNDS, SHARES, SHARES)
def test_a_difference_holds_every_pair_of_values(later: Bound, earlier: Bound, one: Fraction, two: Fraction) -> None:
    inside = later.lower + one * later.width - (earlier.lower + two * earlier.width)
    assert difference(later, earlier).lower <= inside <= difference(later, earlier).upper


@given(BOUNDS, BARS)
def test_the_opposite_claim_gets_the_opposite_result(bound: Bound, bar: Bar) -> None:
    result = compare(bound, bar)
    mirrored = compare(bound, bar.mirrored)
    assert SWAP.get(result.result, result.result) == mirrored.result
    assert result.reason == mirrored.reason


@given(RESULTS)
def test_the_opposite_claim_gets_the_opposite_verdict(results: list[str]) -> None:
    mirrored = [SWAP.get(result, result) for result in results]
    assert SWAP.get(verdict_of(results), verdict_of(results)) == verdict_of(mirrored)


@given(BOUNDS, BARS, SHARES)
def test_a_decided_reading_is_decided_for_every_value_inside(bound: Bound, bar: Bar, where: Fraction) -> None:
    result = compare(bound, bar).result
    if result != "cannot_settle":
        assert result == compare(point(bound.lower + where * bound.width), bar).result


@given(BOUNDS, SHARES)
def test_a_bar_in_characters_keeps_its_width_and_its_order(bound: Bound, tick: Fraction) -> None:
    drawn = text_bar(Drawn(Fraction(0), bound.lower, bound.upper, tick), width=24)
    assert len(drawn) == 24
    assert list(drawn.replace("|", "")) == sorted(drawn.replace("|", ""), key="#/.".index)
