"""Bounds of shares, means and order statistics against every completion; concentration and what could be reached."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import pairwise, product
from math import ceil
from random import Random

import pytest

from tallystick.measures.estimates import (
    Values,
    accuracy_ratio,
    attainable,
    clopper_pearson,
    gini,
    gini_corrected,
    herfindahl,
    knapsack,
    lift,
    lorenz,
    mean,
    quantile,
    quotient,
    spread_over,
    wilson,
)
from tallystick.measures.outcome import SETS, Tally, set_of
from tallystick.terms.bound import Bound

SEEDS = range(int(os.environ.get("TALLYSTICK_SEEDS", "1")) * 100)


def tally_of(units: list[tuple[str, int, int]]) -> Tally:
    many, least, most = [0] * len(SETS), [0] * len(SETS), [0] * len(SETS)
    for name, low, high in units:
        place = SETS.index(name)
        many[place], least[place], most[place] = many[place] + 1, least[place] + low, most[place] + high
    return Tally(tuple(many), tuple(least), tuple(most))


def shares(units: list[tuple[str, int, int]]) -> list[Fraction]:
    """The share under every completion: each unit one of its outcomes, each weight one of its ends."""
    found = []
    for world in product(
        *[[(outcome, weight) for outcome in name for weight in {low, high}] for name, low, high in units]
    ):
        counted = sum(weight for outcome, weight in world if outcome == "T")
        inside = counted + sum(weight for outcome, weight in world if outcome == "F")
        if inside:
            found.append(Fraction(counted, inside))
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_are_as_wide_as_their_completions(seed: int) -> None:
    random = Random(seed)
    for is_weighted in (False, True):
        units = []
        for _ in range(random.randrange(7)):
            low = random.randrange(1, 4) if is_weighted else 1
            units.append((random.choice(SETS), low, low + (random.randrange(3) if is_weighted else 0)))
        found, every = tally_of(units).share, shares(units)
        assert (found is None) == (not every)
        if found is not None:
            assert (found.lower, found.upper) == (min(every), max(every)), units


def test_closed_form_of_the_design() -> None:
    """Design, section 4.3: lower = TT/(TT+UT+FT+FU+UU), upper = (TT+UT+TU+UU)/(TT+UT+TU+UU+FT), numerator first."""
    tt, ut, ft, tu, fu, uu = 5, 2, 3, 4, 6, 7
    counts = dict(zip(SETS, (tt, ft, ut, tu, fu, uu, 9), strict=True))
    found = Tally.of([counts[name] for name in SETS]).share
    assert found == Bound(Fraction(tt, tt + ut + ft + fu + uu), Fraction(tt + ut + tu + uu, tt + ut + tu + uu + ft))
    only = Tally.of([0, 0, 0, 4, 0, 0, 0])
    assert only.share == Bound(Fraction(1), Fraction(1))
    assert only.may_be_empty
    assert Tally.of([0, 0, 0, 0, 4, 0, 0]).share == Bound(Fraction(0), Fraction(0))
    assert set_of(None, None) == "TFO"


def values_of(random: Random) -> Values:
    def some(many: int) -> dict[tuple[int, int | None], int]:
        found: dict[tuple[int, int | None], int] = {}
        for _ in range(many):
            low = random.randrange(6)
            ends = (low, low + random.choice((0, 0, 1, 3)))
            found[ends] = found.get(ends, 0) + 1
        return found

    return Values(some(random.randrange(4)), some(random.randrange(4)))


@pytest.mark.parametrize("seed", SEEDS)
def test_means_and_order_statistics_are_as_wide_as_their_completions(seed: int) -> None:
    values = values_of(Random(seed))
    certain = [ends for ends, many in values.certain.items() for _ in range(many)]
    possible = [ends for ends, many in values.possible.items() for _ in range(many)]
    worlds = []
    for world in product(*[{*ends} for ends in certain], *[{None, *ends} for ends in possible]):
        inside = sorted(value for value in world if value is not None)
        if inside:
            worlds.append(inside)
    means = [Fraction(sum(inside), len(inside)) for inside in worlds]
    assert mean(values) == (Bound(min(means), max(means)) if means else None)
    for q in (Fraction(1, 4), Fraction(1, 2), Fraction(9, 10)):
        statistics = [Fraction(inside[max(ceil(q * len(inside)), 1) - 1]) for inside in worlds]
        assert quantile(values, q) == (Bound(min(statistics), max(statistics)) if statistics else None)


@pytest.mark.parametrize("seed", range(60))
def test_units_of_no_known_place_stretch_concentration_to_its_ends(seed: int) -> None:
    random = Random(seed)
    counts = [random.randrange(6) for _ in range(random.randrange(2, 5))]
    unknown = random.randrange(5)
    if not sum(counts):
        counts[0] = 1
    even, uneven = spread_over(counts, unknown)
    assert sum(even) == sum(uneven) == sum(counts) + unknown
    for index in (gini, herfindahl):
        worlds = [
            index([count + places.count(place) for place, count in enumerate(counts)])
            for places in product(range(len(counts)), repeat=unknown)
        ]
        assert max(worlds) == index(uneven)
        assert min(worlds) >= index(even)  # whole units may be a little less even


# references of the notes on methods, section 2


def test_lift_of_tea_and_coffee() -> None:
    """R2.1 (Brin, Motwani, Ullman and Tsur 1997): 100 baskets, both 20, tea 25, coffee 90."""
    confidence = Fraction(20, 25)
    assert confidence == Fraction(4, 5)
    assert round(float(confidence / Fraction(90, 100)), 4) == 0.8889
    found = lift(20, 25, 90, 100)
    assert round(float(found.value), 4) == 0.8889
    assert found.low < float(found.value) < found.high


def test_gini_of_the_vector_in_the_package_ineq() -> None:
    """R2.2."""
    vector = (541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261)
    assert round(float(gini(vector)), 6) == 0.462091
    assert round(float(gini_corrected(vector)), 6) == 0.513435
    curve = lorenz(vector)
    area = sum((b[1] + a[1]) * (b[0] - a[0]) / 2 for a, b in pairwise(curve))
    assert 1 - 2 * area == gini(vector)


def test_concentration_and_accuracy() -> None:
    """R2.3."""
    assert herfindahl((30, 30, 20, 20)) == 2600
    assert accuracy_ratio((0.1, 0.4, 0.35, 0.8), (False, False, True, True)) == Fraction(1, 2)


def test_what_fifty_actions_could_reach() -> None:
    """R2.4."""
    assert attainable(50, 40, 200) == (Fraction(4, 5), Fraction(1), Fraction(1, 5), Fraction(1, 4))


@pytest.mark.parametrize(
    ("counted", "many", "by_wilson", "exact"),
    [(0, 20, (0, 0.161125), (0, 0.168435)), (81, 263, (0.255289, 0.366210), (0.252737, 0.367622))],
)
def test_intervals_if_the_process_were_repeated(
    counted: int, many: int, by_wilson: tuple[float, float], exact: tuple[float, float]
) -> None:
    """R2.5 (Wilson 1927; Clopper and Pearson 1934); for 0 of 20 the exact end is 1 - 0.025^(1/20) = 0.168433."""
    assert [round(end, 6) for end in wilson(counted, many)] == pytest.approx(by_wilson, abs=1.5e-6)
    assert [round(end, 6) for end in clopper_pearson(counted, many)] == pytest.approx(exact, abs=2.5e-6)


def test_fractional_knapsack() -> None:
    """R2.6 (Dantzig 1957)."""
    assert knapsack((10, 20, 30), (60, 100, 120), 50) == 240


def test_quotients_go_end_by_end() -> None:
    assert quotient(Bound(Fraction(1), Fraction(2)), Bound(Fraction(4), Fraction(5))) == Bound(
        Fraction(1, 5), Fraction(1, 2)
    )
    assert quotient(Bound(Fraction(1), Fraction(2)), Bound(Fraction(0), Fraction(5))) is None
