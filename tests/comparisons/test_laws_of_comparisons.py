"""Laws of comparisons: bounds hold the truth, parts add up, order never matters, planted moves are found, chance is not."""

from __future__ import annotations

import itertools
import os
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.clear.estimates import Estimate, clear_estimate
from tallystick.decomposing import sentence_of
from tallystick.measures.change import changes
from tallystick.measures.decomposition import RATE, Stratum, decomposed
from tallystick.measures.disparity import UNKNOWN, Outcomes, Where, gap, may_be_shown, modelled, stand_out
from tallystick.measures.tool_audit import unlike
from tallystick.terms.bound import Bound, point

SEEDS = int(os.environ.get("TALLYSTICK_SEEDS", "5"))
MANY = 500 if SEEDS >= 200 else SEEDS  # the soak runs five hundred
TINY = Fraction(1, 10**7)

strata = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")),
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 6)),
    min_size=1,
    max_size=6,
)


def laid(cells: dict[tuple[str, str], tuple[int, int, int]]) -> dict[tuple[str, ...], Stratum]:
    """Cells of yes, no and unknown as strata."""
    return {key: Stratum(y + n + u, Bound(Fraction(y), Fraction(y + u))) for key, (y, n, u) in cells.items()}


@settings(max_examples=60, deadline=None)
@given(strata, strata)
def test_parts_of_a_known_change_add_up_and_the_order_of_factors_does_not_matter(before: dict, after: dict) -> None:
    known = [{key: (y, n, 0) for key, (y, n, _) in own.items()} for own in (before, after)]
    found = decomposed(laid(known[0]), laid(known[1]), ("first", "second"))
    if found is None:
        return
    assert abs(sum(part.lower for part in found.parts.values()) - found.change.lower) < TINY
    turned = [{key[::-1]: own for key, own in one.items()} for one in known]
    other = decomposed(laid(turned[0]), laid(turned[1]), ("second", "first"))
    assert other is not None
    for name, part in found.parts.items():
        assert abs(part.lower - other.parts[name].lower) < TINY


@settings(max_examples=40, deadline=None)
@given(strata, strata, st.integers(0, 10**6))
def test_bounds_of_parts_hold_every_completion(before: dict, after: dict, seed: int) -> None:
    open_ = decomposed(laid(before), laid(after), ("first", "second"))
    random = Random(seed)

    def completed(cells: dict) -> dict:
        return {key: (y + (extra := random.randint(0, u)), n + u - extra, 0) for key, (y, n, u) in cells.items()}

    closed = decomposed(laid(completed(before)), laid(completed(after)), ("first", "second"))
    assert (open_ is None) == (closed is None)
    if open_ is None or closed is None:
        return
    for name, part in closed.parts.items():
        assert open_.parts[name].lower - TINY <= part.lower <= open_.parts[name].upper + TINY
    assert open_.change.lower <= closed.change.lower <= open_.change.upper


def test_one_factor_is_kitagawa() -> None:
    before = {("ice",): Stratum(20, point(15)), ("cbp",): Stratum(80, point(8))}
    after = {("ice",): Stratum(60, point(30)), ("cbp",): Stratum(40, point(4))}
    found = decomposed(before, after, ("agency",))
    assert found is not None
    mix = (Fraction(6, 10) - Fraction(2, 10)) * (Fraction(3, 4) + Fraction(1, 2)) / 2
    mix += (Fraction(4, 10) - Fraction(8, 10)) * (Fraction(1, 10) + Fraction(1, 10)) / 2
    assert abs(found.parts["agency"].lower - mix) < TINY
    assert abs(found.parts[RATE].lower - (found.change.lower - mix)) < TINY


def test_a_class_that_one_period_lacks_borrows_its_share_and_is_named() -> None:
    found = decomposed(
        {("a",): Stratum(10, point(5))}, {("a",): Stratum(10, point(5)), ("b",): Stratum(10, point(0))}, ("f",)
    )
    assert found is not None
    assert (("b",),) == found.lent
    assert abs(found.parts[RATE].lower) < TINY


outcomes = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["g", "r"]), st.sampled_from(["s", "t", UNKNOWN])), outcomes, min_size=4, max_size=6
    ),
    st.integers(0, 10**6),
)
def test_bounds_of_gaps_hold_every_completion(cells: dict, seed: int) -> None:
    table = {Where(group, (situation,)): Outcomes(*own) for (group, situation), own in cells.items()}
    found = gap(table, "g", "r")
    if found is None:
        return
    random = Random(seed)
    closed: dict[Where, Outcomes] = {}
    placed = sorted({where.situation[0] for where in table if where.situation[0] != UNKNOWN})
    both = [one for one in placed if all(table.get(Where(g, (one,)), Outcomes()).whole for g in "gr")]
    for where, own in table.items():
        extra = random.randint(0, own.unknown)
        closed[where] = Outcomes(own.yes + extra, own.no + own.unknown - extra)
    known = gap(closed, "g", "r")
    assert known is not None
    assert found.within.lower <= known.within.lower <= found.within.upper
    assert found.crude.lower <= known.crude.lower <= found.crude.upper
    if both:  # those of no recorded situation are put anywhere among those in which both groups occur
        moved: dict[Where, Outcomes] = {where: own for where, own in closed.items() if where.situation[0] in both}
        for where, own in closed.items():
            if where.situation[0] == UNKNOWN:
                for outcome in (Outcomes(yes=1), Outcomes(no=1)):
                    for _ in range(own.yes if outcome.yes else own.no):
                        to = Where(where.group, (random.choice(both),))
                        moved[to] = moved[to] + outcome
        true = gap(moved, "g", "r")
        assert true is not None
        assert found.whatever.lower <= true.within.lower <= found.whatever.upper


@pytest.mark.parametrize("most", [3, 4])
def test_the_spread_of_decisions_is_sharp(most: int) -> None:
    for a, b, unknown in itertools.product(range(most), range(most), range(3)):
        found = unlike({"detain": a, "release": b}, unknown)
        every = [unlike({"detain": a + x, "release": b + unknown - x}) for x in range(unknown + 1)]
        ends = [one.lower for one in every if one is not None]
        if found is not None:
            assert (min(ends), max(ends)) == (found.lower, found.upper), (a, b, unknown)


# the gate


@settings(max_examples=200, deadline=None)
@given(st.integers(30, 5000), st.integers(0, 5000))
def test_a_share_that_is_shown_fits_at_least_ten_counts(units: int, yes: int) -> None:
    shown = clear_estimate(Estimate("share", point(Fraction(min(yes, units), units)), units)).bound
    assert shown is not None
    fits = [one for one in range(units + 1) if shown.lower <= Fraction(one, units) <= shown.upper]
    assert len(fits) >= 10
    assert min(yes, units) in fits


def test_fewer_than_thirty_are_hidden() -> None:
    assert clear_estimate(Estimate("share", point(0), 29)).bound is None
    assert clear_estimate(Estimate("share", point(0), 300, people=29)).bound is None
    assert not may_be_shown(5, 29)


# simulations: five seeds in a test, five hundred in a soak


def drawn(random: Random, planted: float) -> dict[Where, Outcomes]:
    """Thirty areas whose cases resemble each other, two situations, a planted gap."""
    table = {}
    for area in range(30):
        level = random.gauss(0, 0.04)
        for group in ("g", "r"):
            for situation, base in (("light", 0.35), ("severe", 0.2)):
                many = random.randint(8, 40) * (2 if (group, situation) == ("g", "severe") else 1)
                share = min(max(base + level + (planted if group == "g" else 0), 0), 1)
                yes = sum(random.random() < share for _ in range(many))
                table[Where(group, (situation,), str(area))] = Outcomes(yes, many - yes)
    return table


def test_a_planted_gap_is_covered_and_none_raises_few_alarms() -> None:
    covered = alarms = model = 0
    for seed in range(MANY):
        for planted in (0.0, 0.08):
            random = Random(seed)
            found = [gap(drawn(random, planted), "g", "r") for _ in range(4)]
            intervals = [one.interval for one in found if one is not None and one.interval is not None]
            covered += sum(low <= planted <= high for low, high in intervals)
            if planted == 0.0:
                alarms += any(stand_out([one.p if one else None for one in found]))
            told = modelled(drawn(random, planted), "g", "r")
            model += told is not None and told.interval[0] <= planted <= told.interval[1]
    if MANY >= 500:
        assert covered / (8 * MANY) >= 0.93
        assert model / (2 * MANY) >= 0.92
        assert alarms / MANY <= 0.05
    else:
        assert covered >= 0.8 * 8 * MANY
        assert alarms <= 2


def test_a_planted_break_is_found_and_none_raises_few_alarms() -> None:
    hits = covered = alarms = tried = 0
    for seed in range(MANY):
        chance = np.random.default_rng(seed)
        for dependence, many in ((0.0, 60), (0.3, 48), (0.6, 84)):
            tried += 1
            shocks = chance.standard_normal(many)
            series = [shocks[0] / np.sqrt(1 - dependence**2)]
            for shock in shocks[1:]:
                series.append(dependence * series[-1] + shock)
            none = changes(series)
            alarms += bool(none and none.breaks)
            moved = changes([value + (4 if place >= many // 2 else 0) for place, value in enumerate(series)])
            if moved and moved.breaks:
                hits += any(abs(one.place - many // 2) <= 3 for one in moved.breaks)
                covered += any(one.earliest <= many // 2 <= one.latest for one in moved.breaks)
    if MANY >= 500:
        assert alarms / tried <= 0.05
        assert hits / tried >= 0.85
        assert covered / tried >= 0.85
    else:
        assert alarms <= 3
        assert hits >= 0.6 * tried


def test_a_planted_shift_of_the_mix_is_told_from_one_within() -> None:
    for seed in range(MANY):
        random = Random(seed)
        before = {("jail",): Stratum(700, point(490)), ("street",): Stratum(300, point(90))}
        many = random.randint(200, 600)
        shares = Fraction(490, 700), Fraction(90, 300)
        mixed = {
            ("jail",): Stratum(1000 - many, Bound(x := (1000 - many) * shares[0], x)),
            ("street",): Stratum(many, Bound(y := many * shares[1], y)),
        }
        found = decomposed(before, mixed, ("method",))
        assert found is not None
        assert abs(found.parts[RATE].lower) < TINY
        assert abs(found.parts["method"].lower - found.change.lower) < TINY


# what a stranger found


def test_people_of_no_recorded_situation_may_belong_where_one_group_stands_alone() -> None:
    table = {
        Where("g", ("a",)): Outcomes(50, 50), Where("r", ("a",)): Outcomes(50, 50), Where("g", ("b",)): Outcomes(100, 0),
        Where("r", (UNKNOWN,)): Outcomes(0, 100),
    }  # fmt: skip
    found = gap(table, "g", "r")
    assert found is not None
    assert found.whatever.lower <= Fraction(1, 2) <= found.whatever.upper


def test_a_group_that_lives_in_few_areas_has_no_interval() -> None:
    random = Random(1)
    table = {Where("r", ("s",), str(area)): Outcomes(random.randint(10, 30), 20) for area in range(12)}
    table |= {Where("g", ("s",), str(area)): Outcomes(15, 20) for area in range(2)}
    found = gap(table, "g", "r")
    assert found is not None
    assert (None, None) == (found.p, found.interval)
    assert modelled(table, "g", "r") is None


def test_a_fall_is_told_with_its_parts_as_falls() -> None:
    def share(low: int, high: int) -> Bound:
        return Bound(Fraction(low, 100), Fraction(high, 100))

    said = sentence_of(
        "share", share(40, 45), share(35, 40), share(-10, -5), {"the mix": share(-5, 0), "the shares": share(-10, -5)}
    )
    assert "0 to 5 lie in the mix and 5 to 10 lie in the shares" in said


def test_spans_of_breaks_grow_with_the_dependence_of_neighbours() -> None:
    held = tried = 0
    for seed in range(MANY):
        chance = np.random.default_rng(seed)
        shocks = chance.standard_normal(100)
        series = [shocks[0] / 0.8]
        for shock in shocks[1:]:
            series.append(0.6 * series[-1] + shock)
        found = changes([value + (4 if place >= 50 else 0) for place, value in enumerate(series)])
        if found and found.breaks:
            tried += 1
            held += any(one.earliest <= 50 <= one.latest for one in found.breaks)
    assert held >= (0.9 if MANY >= 500 else 0.6) * tried
