"""Ways in which an attacker broke earlier versions of the gate: each one stays closed."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from tallystick.clear.disclosure import clear, clear_ad_hoc, clear_together
from tallystick.clear.intervals import Attacker
from tallystick.clear.parts import parted
from tallystick.clear.protect import Rules, protect
from tallystick.clear.rules import disclosure_rules
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound, point

YEAR = (date(2024, 10, 1), date(2025, 9, 30))
MARCH, APRIL, MAY = ((YEAR[0], date(2025, month, day)) for month, day in ((3, 31), (4, 30), (5, 31)))
QUARTER = (YEAR[0], date(2024, 12, 31))


def C(place: str, yes: int, no: int, unknown: int = 0, *, kind="state", period=YEAR, people=-1, **more) -> Cell:
    whole = yes + no + unknown
    fields = {
        "measure": "who/x", "definition_hash": "h", "release_set": "s", "basis": "records", "statistic": "share",
        "unit": "arrest", "value_unit": "fraction", "variant": "v", "period_start": period[0], "period_end": period[1],
        "split": (), "bound": Bound(Fraction(yes, whole), Fraction(yes + unknown, whole)) if whole else None,
        "numerator": Bound(Fraction(yes), Fraction(yes + unknown)), "denominator": point(whole), "status": "ok", "note": "",
        "place_type": kind, "place": place, "people": whole if people == -1 else people,
    }  # fmt: skip
    return Cell(**{**fields, **more})


def N(yes: int, no: int, unknown: int = 0, **more) -> Cell:
    return C("US", yes, no, unknown, kind="nation", **more)


def K(place: str, tally: dict[str, int], counts: str, may: str, variant: str, classes: str, **more) -> Cell:
    yes, unknown = sum(tally.get(c, 0) for c in counts), sum(tally.get(c, 0) for c in may)
    own = {"variant": variant, "classes": tuple(classes), "counts": tuple(counts), "may": tuple(may)}
    return C(place, yes, sum(tally.values()) - yes - unknown, unknown, **own, **more)


def hidden(cells: Sequence[Cell], **more) -> list[Cell]:
    shown = clear(MeasuredCells(tuple(cells)), **more).cells
    return [cell for cell, after in zip(cells, shown, strict=True) if after.status == "suppressed"]


def places(cells: Sequence[Cell]) -> set[str]:
    return {cell.place for cell in cells}


IN_AREA = {("facility", name): ("area", name[0]) for name in ("N1", "N2", "S1", "S2")}
HALVES = ((YEAR[0], date(2025, 3, 31)), (date(2025, 4, 1), YEAR[1]))
FACILITIES = [
    C("N1", 60, 10, kind="facility"), C("N2", 100, 100, kind="facility"), C("S1", 90, 90, kind="facility"),
    C("S2", 80, 80, kind="facility"), C("N", 160, 110, kind="area"), C("S", 170, 170, kind="area"), N(330, 280),
]  # fmt: skip


def test_a_complete_list_stays_complete_when_other_places_are_shown_by_the_month() -> None:
    monthly = [C("N", 80, 55, kind="area", period=half) for half in HALVES]
    monthly += [C("S", 85, 85, kind="area", period=half) for half in HALVES]
    monthly += [N(165, 140, period=half) for half in HALVES]
    for cells in (FACILITIES, FACILITIES + monthly):
        assert {"N1", "N2"} <= places(hidden(cells, within=IN_AREA))


def test_a_complete_list_stays_complete_beside_an_earlier_release() -> None:
    def release(counts: dict[str, tuple[int, int]]) -> list[Cell]:
        return [N(*map(sum, zip(*counts.values(), strict=True))), *(C(name, *two) for name, two in counts.items())]

    before = clear(MeasuredCells(tuple(release({"B": (100, 100), "C": (150, 150)})))).cells
    now = release({"A": (8, 40), "B": (140, 140), "C": (180, 180)})
    assert 2 <= len(hidden(now, earlier=before))


POPULATION = {"population": "p"}
IN_STATE = {("county", "c1"): ("state", "A"), ("county", "c2"): ("state", "A")}


def together(*measures: Sequence[Cell], **more) -> list[Cell]:
    done = clear_together([MeasuredCells(tuple(cells)) for cells in measures], **more)
    return [
        cell
        for cells, entry in zip(measures, done, strict=True)
        for cell, after in zip(cells, entry.cells, strict=True)
        if after.status == "suppressed"
    ]


def test_one_measure_by_state_and_another_by_county_leave_no_small_rest() -> None:
    assert together(
        [C("A", 50, 50, **POPULATION), C("B", 100, 100, **POPULATION)],
        [
            C("c1", 30, 30, kind="county", measure="who/y", **POPULATION),
            C("c2", 17, 20, kind="county", measure="who/y", **POPULATION),
        ],
        within=IN_STATE,
    )


def test_one_measure_to_march_and_another_to_april_do_not_show_april() -> None:
    later = [C("A", 52, 51, period=APRIL, measure="who/y", **POPULATION)]
    later += [C(name, 80, 80, period=APRIL, measure="who/y", **POPULATION) for name in "BC"]
    assert together([C(name, 50, 50, period=MARCH, **POPULATION) for name in "ABC"], later)


def test_one_measure_for_women_and_another_for_all_do_not_show_the_men() -> None:
    all_of = [
        C("A", 52, 51, measure="who/y", **POPULATION),
        *(C(n, 80, 80, measure="who/y", **POPULATION) for n in "BC"),
    ]
    assert together([C(name, 50, 50, split=(("sex", "f"),), **POPULATION) for name in "ABC"], all_of)


@pytest.mark.parametrize("classes", ["abcd", "dcba"])
def test_the_order_in_which_classes_are_named_does_not_matter(classes: str) -> None:
    tallies = [{"a": 100, "b": b, "c": 200, "d": 50} for b in (3, 90, 80)]
    first = [K(n, tally, "a", "d", "v", "abcd", **POPULATION) for n, tally in zip("ABC", tallies, strict=True)]
    second = [
        K(n, tally, "ab", "d", "v", classes, measure="who/y", **POPULATION)
        for n, tally in zip("ABC", tallies, strict=True)
    ]
    assert "A" in places(together(first, second))


def test_two_kinds_of_places_by_a_split_are_tied_though_the_nation_is_not_listed_by_it() -> None:
    def by_sex(name: str, women: int, men: int, kind: str = "state") -> list[Cell]:
        parts = [
            C(name, n // 2, n - n // 2, kind=kind, split=(("sex", label),)) for label, n in (("f", women), ("m", men))
        ]
        return [*parts, C(name, women // 2 + men // 2, women + men - women // 2 - men // 2, kind=kind)]

    cells = [N(528, 528), *by_sex("A", 6, 200), *by_sex("B", 200, 220), *by_sex("C", 210, 220)]
    cells += [*by_sex("North", 200, 300, "area"), *by_sex("South", 216, 340, "area")]
    women = {(cell.place_type, cell.place) for cell in hidden(cells) if dict(cell.split).get("sex") == "f"}
    assert ("state", "A") in women
    assert len(women) > 1


def test_a_county_whose_state_is_not_shown_is_part_of_the_nation_all_the_same() -> None:
    cells = [N(500, 500), C("A", 250, 250), C("B", 200, 200), C("c9", 48, 49, kind="county")]
    assert hidden(cells, within={("county", "c9"): ("state", "Z")})


def test_two_splits_of_a_place_whose_total_is_not_listed_are_tied() -> None:
    def part(name: str, label: str, n: int) -> Cell:
        return C("A", n // 2, n - n // 2, split=((name, label),))

    cells = [part("sex", "f", 4), part("sex", "m", 200), part("age", "y", 104), part("age", "o", 100)]
    assert 2 <= len(hidden(cells))


STEPS = {
    "another period cuts through": [
        C("A", 50, 50, period=MARCH), C("A", 52, 51, period=APRIL), *(C(n, 50, 50, period=MARCH) for n in "BC"),
        *(C(n, 80, 80, period=APRIL) for n in "BC"),
        *(C(n, 150, 150, period=(date(2025, 1, 1), date(2025, 12, 31))) for n in "BC"),
    ],
    "another place cuts through": [
        C("A", 50, 50, period=MARCH), C("A", 52, 51, period=MAY), *(C(n, 50, 50, period=MARCH) for n in "BC"),
        *(C(n, 80, 80, period=MAY) for n in "BC"), C("B", 65, 65, period=APRIL),
    ],
    "places missing in one period": [
        N(52, 51, period=QUARTER), C("A", 25, 25, period=QUARTER), C("B", 26, 25, period=QUARTER), N(400, 400),
        *(C(n, 100, 100) for n in "ABCD"),
    ],
    "classes listed for one place only": [
        C("A", 52, 51), C("A", 25, 25, split=(("c", "x"),)), C("A", 26, 25, split=(("c", "y"),)),
        *(C("B", 40, 40, split=(("c", label),)) for label in "xyzw"), C("B", 160, 160),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", STEPS)
def test_small_sums_that_are_no_category_of_their_own_are_not_left_over(case: str) -> None:
    assert hidden(STEPS[case])


def test_a_class_between_two_nested_variants_is_not_left_over() -> None:
    tally = {"a": 100, "b": 90, "d": 200, "e": 150, "f": 120}
    cells = [
        K(name, {**tally, "c": c}, counts, "f", variant, "abcdef")
        for name, c in (("A", 3), ("B", 200), ("C", 200))
        for variant, counts in (("v1", "ab"), ("v2", "abc"))
    ]
    assert "A" in places(hidden(cells))


def test_growth_between_running_totals_of_two_releases_is_guarded() -> None:
    before = clear(MeasuredCells(tuple(C(name, 50, 50, period=MARCH) for name in "ABC"))).cells
    now = [C("A", 52, 51, period=APRIL), *(C(name, 80, 80, period=APRIL) for name in "BC")]
    assert "A" in places(hidden(now, earlier=before))


def test_two_values_of_an_earlier_name_fail_closed() -> None:
    one, two = (clear(MeasuredCells(tuple(C(name, n, n) for name in "ABC"))).cells for n in (50, 70))
    now = [C("A", 72, 71), *(C(name, 90, 90) for name in "BC")]
    for earlier in ((*one, *two), (*two, *one)):
        assert "A" in places(hidden(now, earlier=earlier))


def test_the_plain_nation_is_hidden_too_where_a_small_count_follows_from_it() -> None:
    assert hidden([N(500, 500, period=MARCH), N(502, 501, period=APRIL)])
    tally = {"a": 100, "b": 3, "c": 400, "d": 200}
    variants = [K("US", tally, counts, "d", counts, "abcd", kind="nation") for counts in ("a", "ab")]
    assert hidden(variants)
    assert hidden([N(3, 997, period=MARCH), N(300, 300), *(C(name, 100, 100) for name in "ABC")])


def test_a_small_step_of_one_answer_in_the_nation_is_a_small_count_too() -> None:
    winter = (
        date(2025, 1, 1),
        date(2025, 6, 30),
    )  # it cuts the running totals, so that no line of periods shows the step
    nation = [N(400, 400, 42, period=MARCH), N(450, 450, 46, period=APRIL), N(300, 300, 26, period=winter)]
    assert "US" in places(hidden(nation))
    states = [C("A", 200, 200, 17, period=MARCH), C("A", 230, 220, 18, period=APRIL)]
    assert {"A", "US"} <= places(hidden(nation + states))


def test_two_lists_that_always_add_up_to_the_same_count_are_known_to_be_complete() -> None:
    march = [C("N", 340, 186, 109, kind="area"), C("S", 631, 428, 210, kind="area")]
    march += [C("P", 671, 422, 216), C("Q", 201, 145, 79), C("R", 99, 47, 24)]
    april = [C("N", 422, 247, 132, kind="area"), C("S", 844, 567, 288, kind="area")]
    april += [C("P", 884, 567, 290), C("Q", 258, 182, 102), C("R", 124, 65, 28)]
    cells = [replace(cell, period_end=MARCH[1]) for cell in march] + [replace(c, period_end=APRIL[1]) for c in april]
    gone = hidden(cells)
    for end in (MARCH[1], APRIL[1]):
        assert sum(cell.period_end == end for cell in gone) != 1  # one alone is the other list less its neighbours
    assert gone


SMALL_SUMS = [
    [N(110, 300), C("A", 100, 100), C("B", 5, 100), C("D", 5, 100)],
    [N(108, 400), C("A", 100, 100), *(C(name, yes, 100) for name, yes in (("B", 3), ("D", 2), ("E", 3)))],
]


@pytest.mark.parametrize("cells", SMALL_SUMS)
def test_hidden_neighbours_do_not_add_up_to_a_small_count(cells: list[Cell]) -> None:
    gone = hidden(cells)
    assert not gone or sum(cell.numerator.lower for cell in gone if cell.place != "US") >= 11 or "US" in places(gone)


def test_the_order_of_the_cells_changes_nothing() -> None:
    rows = [("A", 20, 40, 30), ("B", 20, 40, 30), ("C", 5, 40, 22)]
    first = [C(n, a, b, measure="who/x", **POPULATION) for n, a, b, _ in rows] + [N(45, 120, **POPULATION)]
    second = [C(n, c, a + b - c, measure="who/y", **POPULATION) for n, a, b, c in rows]
    second += [N(82, 83, measure="who/y", **POPULATION)]
    cells = [*first, *second]
    found = set()
    for seed in range(6):
        mixed = list(cells)
        random.Random(seed).shuffle(mixed)
        found.add(frozenset((cell.measure, cell.place) for cell in hidden(mixed)))
    assert 1 == len(found)


def test_an_empty_place_or_one_without_keys_does_not_hide_the_others() -> None:
    for odd in (C("D", 0, 0), C("D", 100, 100, people=0)):
        gone = places(
            hidden([N(300 + odd.numerator.lower, 300 + odd.numerator.lower), *(C(n, 100, 100) for n in "ABC"), odd])
        )
        assert len(gone) <= 2, gone


def test_an_inconsistent_place_does_not_switch_off_the_guard_of_periods() -> None:
    base = [C("A", 50, 50, period=MARCH), C("A", 52, 51, period=APRIL), *(C(n, 50, 50, period=MARCH) for n in "BC")]
    shrinking = [*base, C("B", 80, 80, period=APRIL), C("C", 49, 50, period=APRIL)]
    assert "A" in places(hidden(shrinking))


def test_many_classes_of_the_nation_beside_many_places_take_no_time() -> None:
    nation = [N(50, 50, split=(("citizenship", f"c{n:03d}"), ("sex", sex))) for n in range(100) for sex in "fm"]
    cells = [N(10_000, 10_000), *nation, *(C(f"S{n:02d}", 200, 200) for n in range(50))]
    start = time.perf_counter()
    clear(MeasuredCells(tuple(cells)))
    assert time.perf_counter() - start < 60


def test_a_place_where_everybody_counts_is_hidden_whatever_the_classes_are_called() -> None:
    others = {"a": 50, "b": 50, "c": 50, "d": 50, "f": 60}
    cells = [
        K("A", {"a": 100, "b": 100}, "ab", "f", "v", "abcdf"),
        *(K(n, others, "ab", "f", "v", "abcdf") for n in "BC"),
    ]
    assert "A" in places(hidden(cells))


def test_a_dominated_sum_stays_open_by_a_part_of_its_largest_contribution() -> None:
    dominated = C("A", 400, 600, largest=(800, 150, 50))
    cells = [N(906, 1106), dominated, C("B", 6, 6, people=12), C("C", 500, 500)]
    assert {"A", "B"} <= places(hidden(cells))
    tables = parted(cells)
    done = protect(tables.family, Rules(11, 5))
    low, high = Attacker(tables.family, done.hidden).interval(tables.places[1][0])
    assert high - low >= 80  # ten percent of the largest contribution


def test_running_totals_do_not_show_a_county_by_the_month() -> None:
    county = [
        C("c1", n, n, kind="county", period=(YEAR[0], end))
        for n, end in ((50, MARCH[1]), (85, APRIL[1]), (200, YEAR[1]))
    ]
    assert {APRIL[1]} == {
        cell.period_end for cell in hidden([*county, *(replace(cell, place="c2") for cell in county)])
    }


def test_stricter_rules_reach_every_corner() -> None:
    import msgspec

    rules = disclosure_rules()
    strict = msgspec.structs.replace(
        rules, thresholds=msgspec.structs.replace(rules.thresholds, least_people=31, least_units=31)
    )
    assert hidden([N(20, 480), *(C(name, 100, 100) for name in "AB")], rules=strict)


def test_a_whole_that_is_a_range_forms_no_table() -> None:
    cells = [C(name, 40, 60) for name in "AB"]
    cells[0] = replace(cells[0], denominator=Bound(Fraction(100), Fraction(103)))
    assert "A" in places(hidden(cells))


def test_counts_of_classes_that_do_not_exist_fail_closed() -> None:
    assert ["A"] == sorted(places(hidden([replace(K("A", {"a": 50, "b": 50}, "a", "", "v", "ab"), counts=("z",))])))


def test_exact_multiples_leave_something_open_in_means_and_ad_hoc_answers() -> None:
    mean = replace(C("A", 50, 50), statistic="mean", bound=point(20))
    shown = clear(MeasuredCells((mean, replace(mean, place="B"), replace(mean, place="C")))).cells[0]
    assert shown.bound is None or shown.bound.width > 0
    answer = clear_ad_hoc(MeasuredCells((C("A", 50, 50),))).cells[0]
    assert answer.numerator.width >= 10


def test_growth_of_the_nation_by_a_small_count_holds_the_nation_back() -> None:
    before = clear(MeasuredCells((N(500, 500),))).cells
    done = clear(MeasuredCells((N(502, 501),)), earlier=before)
    assert ("suppressed", 0) == (done.cells[0].status, done.clearances[0].given_away)


def test_what_earlier_releases_gave_away_is_reported() -> None:
    """A release of before showed a state and two of its three counties: the third follows from it, whatever we do now."""
    within = {("county", f"c{n}"): ("state", "A") for n in (1, 2, 3)}
    before = [C("A", 50, 50), C("c1", 30, 20, kind="county"), C("c2", 18, 28, kind="county")]
    before.append(
        replace(C("c3", 2, 2, kind="county"), numerator=None, denominator=None, bound=None, status="suppressed")
    )
    now = [C("A", 150, 150), *(C(f"c{n}", 50, 50, kind="county") for n in (1, 2, 3))]
    done = clear(MeasuredCells(tuple(now)), within=within, earlier=before)
    assert done.clearances[0].given_away > 0
