"""Reference results of statistical disclosure control, and what each rule of the gate is there for."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from tallystick.clear.family import cross, flat, nested, with_complements, with_difference
from tallystick.clear.intervals import Attacker
from tallystick.clear.optimal import least_loss
from tallystick.clear.protect import Rules, protect, sensitive_cells
from tallystick.clear.rounding import counts_behind, is_dominated, rounded_outward, safe_step
from tallystick.terms.bound import Bound

ROWS = ["1", "2", "3", "4"]
TABLE = [15, 1, 3, 1, 20, 10, 10, 15, 3, 10, 10, 2, 12, 14, 7, 2]
PRIMARY = [("1", "2"), ("1", "3"), ("1", "4"), ("3", "1"), ("3", "4"), ("4", "4")]


@pytest.fixture
def four_by_four():
    margins = [(row, column) for row in [*ROWS, "*"] for column in [*ROWS, "*"] if "*" in (row, column)]
    return cross([flat("row", ROWS), flat("column", ROWS)], TABLE, fixed=margins)


def _at(family, keys):
    return [family.index[key] for key in keys]


def test_r10_1_naive_suppression_is_recovered_in_full(four_by_four) -> None:
    attacker = Attacker(four_by_four, _at(four_by_four, PRIMARY))
    found = [attacker.interval(cell) for cell in _at(four_by_four, PRIMARY)]
    assert [(1, 1), (3, 3), (1, 1), (3, 3), (2, 2), (2, 2)] == found


def test_r10_2_one_more_cell_still_leaves_three_exact(four_by_four) -> None:
    attacker = Attacker(four_by_four, _at(four_by_four, [*PRIMARY, ("1", "1")]))
    found = [attacker.interval(cell) for cell in _at(four_by_four, PRIMARY)]
    assert [(1, 1), (3, 3), (0, 3), (2, 5), (0, 3), (2, 2)] == found


def test_r10_3_the_least_loss_is_29_in_three_cells(four_by_four) -> None:
    primary = _at(four_by_four, PRIMARY)
    chosen = least_loss(four_by_four, primary, primary, 5)
    assert {("3", "2"), ("4", "1"), ("4", "3")} == {four_by_four.cells[cell].key for cell in chosen}
    attacker = Attacker(four_by_four, [*primary, *chosen])
    assert [(0, 5), (0, 5), (0, 5), (0, 9), (0, 5), (0, 5)] == [attacker.interval(cell) for cell in primary]


def test_r10_4_a_difference_of_three_between_two_releases_holds_the_later_cell() -> None:
    march, april = (cross([flat("place", ["a", "b"])], counts) for counts in ([54, 100], [57, 140]))
    family = with_difference(march, april)
    done = protect(family, Rules(11, 5))
    hidden = {family.cells[cell].key for cell in done.hidden}
    assert ("after", "a") in hidden
    assert not any(key[0] == "before" for key in hidden)
    assert not done.unsafe
    attacker = Attacker(family, done.hidden)
    low, high = attacker.interval(family.index["added", "a"])
    assert high - low >= 5


def test_r10_6_the_p_percent_rule() -> None:
    assert is_dominated([800, 150, 30, 20], 10)
    assert not is_dominated([600, 250, 150], 10)
    assert is_dominated([500, 500], 10)


def test_r10_10_all_years_minus_all_but_one_is_seen() -> None:
    years = cross([flat("place", ["a"]), flat("year", ["1", "2", "3"])], [40, 7, 60])
    family = with_complements(years, [(("a", "*"), ("a", "1"))])
    kept = Attacker(family, [family.index["a", "2"], family.index["*", "2"]])
    assert (7, 7) == kept.interval(family.index["a", "2"])  # shown: all years, and each year but one
    done = protect(years, Rules(11, 5))
    low, high = Attacker(years, done.hidden).interval(years.index["a", "2"])
    assert high - low >= 5


def test_a_range_is_three_cells_and_the_hatch_does_not_leak() -> None:
    family = cross(
        [flat("place", ["a", "b", "c"]), flat("answer", ["yes", "unknown", "no"])], [40, 4, 60, 90, 40, 70, 55, 60, 80]
    )
    done = protect(family, Rules(11, 5))
    hidden = {family.cells[cell].key for cell in done.hidden}
    assert ("a", "unknown") in hidden
    assert len([key for key in hidden if key[0] == "a" and key[1] != "*"]) >= 2


def test_zeros_that_speak_of_a_whole_group_are_hidden() -> None:
    family = cross([flat("place", ["a", "b"]), flat("answer", ["yes", "no"])], [50, 0, 40, 60])
    told = {family.cells[cell].key for cell in sensitive_cells(family, Rules(11, 5))}
    assert {("a", "yes"), ("a", "no")} <= told
    low, high = Attacker(family, protect(family, Rules(11, 5)).hidden).interval(family.index["a", "no"])
    assert high - low >= 5


def test_counties_are_protected_in_their_states() -> None:
    family = cross(
        [nested("place", {"A": ["a1", "a2"], "B": ["b1", "b2"]}), flat("sex", ["f", "m"])],
        [3, 40, 50, 60, 70, 80, 90, 20],
    )
    done = protect(family, Rules(11, 5))
    low, high = Attacker(family, done.hidden).interval(family.index["a1", "f"])
    assert high - low >= 5


# rule switched off -> a family on which an attack then succeeds
SWITCHES = {
    "small_people": (cross([flat("p", ["a", "b", "c"])], [40, 50, 60], [5, 50, 60]), ("a",)),
    "small_units": (cross([flat("p", ["a", "b", "c"])], [4, 50, 60], [20, 50, 60]), ("a",)),
    "telling_zeros": (cross([flat("p", ["a", "b", "c"]), flat("x", ["y", "n"])], [50, 0, 40, 60, 70, 30]), ("a", "n")),
    "complementary": (cross([flat("p", ["a", "b", "c"])], [4, 50, 60]), ("a",)),
}


@pytest.mark.parametrize("rule", SWITCHES)
def test_every_rule_matters_without_it_an_attack_succeeds(rule: str) -> None:
    family, target = SWITCHES[rule]
    cell = family.index[target]
    for on in (True, False):
        rules = Rules(11, 5, **({} if on else {rule: False}))
        low, high = (family.cells[cell].units,) * 2
        hidden = protect(family, rules).hidden
        if cell in hidden:
            low, high = Attacker(family, hidden).interval(cell)
        assert (high - low >= 5) is on, rule


def test_a_share_gives_its_count_away_unless_it_is_coarse_enough() -> None:
    assert [17] == list(counts_behind(Fraction("0.34"), Fraction("0.01"), 50))
    chance = random.Random(3)
    for _ in range(300):
        whole = chance.randint(11, 5000)
        count, step = chance.randint(0, whole), safe_step(whole, 5)
        shown = round(Fraction(count, whole) / step) * step
        behind = counts_behind(shown, step, whole)
        assert count in behind
        inner = step <= shown <= 1 - step
        assert len(behind) >= 5 or not inner


def test_ad_hoc_answers_are_rounded_outward_and_always_alike() -> None:
    bound = Bound(Fraction(13), Fraction(18))
    assert (
        Bound(Fraction(10), Fraction(20))
        == rounded_outward(bound, Fraction(10))
        == rounded_outward(bound, Fraction(10))
    )
