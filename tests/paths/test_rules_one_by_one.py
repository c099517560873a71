"""Spec tables: every rule on ten rows that a person can read."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.records.linking import STATES
from tallystick.terms.errors import TallystickError
from tests.paths.conftest import BOOK, SHELF, corrupt_release, laid, rows_of, seconds, with_dates

ARRESTS = rows_of("""
person_key | moment           | apprehension_method    | apprehension_criminality | apprehension_aor | birth_year
1          | 2025-03-01 08:00 | located                | convicted                | Atlanta          | 1980
1          | 2025-03-02 08:00 | located                | convicted                | Atlanta          | 1980
1          | 2025-03-03 08:01 | located                | convicted                | Atlanta          | 1980
2          | 2025-03-01 10:00 | located                | pending                  | Boston           | 1990
2          | 2025-03-01 10:00 | ero_reprocessed_arrest | pending                  | Boston           | 1990
2          | 2025-03-01 10:00 | located                | pending                  | Boston           | 1990
3          | 2025-03-05       | located                | convicted                | Dallas           | 1970
3          | 2025-03-06       | located                | convicted                | Dallas           | 1970
           | 2025-03-07 09:00 | located                | convicted                | Denver           | 1985
           | 2025-03-07 11:00 | located                | convicted                | Denver           | 1985
""")

# rule -> rows that speak. Person 1: gaps of 24 h 00 m and 24 h 01 m; person 2: one moment, two rows alike, one
# reprocessed; person 3: two days without times; two rows without a key on one day, in one area, of one year of birth.
SPEAK = {
    "rows": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    "exact": {0, 1, 2, 3, 4, 6, 7, 8, 9},
    "same-day": {0, 1, 2, 3, 6, 7, 8, 9},
    "ddp-2023-flag": {0, 1, 2, 3, 6, 7, 8, 9},
    "ddp-2025-flag": {0, 2, 3, 6, 8, 9},
    "ddp-2026": {0, 2, 3, 6, 8, 9},
    "uwchr-notebooks": {0, 1, 2, 3, 4, 6, 7, 8, 9},
    "uwchr-ddp-merge": {0, 2, 3, 6, 8, 9},
    "ian-nason": {0, 1, 2, 5, 6, 7, 8, 9},
    "big-local-news": {0, 1, 2, 5, 6, 7, 9},
    "big-local-news-24h": {1, 2, 5, 7, 8, 9},
    "garcia-hernandez": {1, 2, 5, 7, 8, 9},
    "day-or-24-hours": {0, 2, 3, 6, 7, 8, 9},
}
# rule -> (as its authors count, least, most)
COUNTS = {
    "rows": (10, 10, 10),
    "exact": (9, 7, 9),
    "same-day": (8, 6, 8),
    "ddp-2023-flag": (10, 10, 10),
    "ddp-2025-flag": (10, 10, 10),
    "ddp-2026": (6, 3, 6),  # a row without a key could join the two episodes of person 1, 24 h 01 m apart
    "uwchr-notebooks": (9, 7, 9),
    "uwchr-ddp-merge": (4, 3, 6),
    "ian-nason": (8, 6, 8),
    "big-local-news": (7, 6, 8),
    "big-local-news-24h": (6, 3, 6),
    "garcia-hernandez": (6, 3, 6),
    "day-or-24-hours": (7, 3, 7),
}


def speaking(table: str, rows: list[dict[str, Any]], rule: str) -> set[int]:
    with laid({table: rows}) as acts:
        name = acts.spoken(table, acts.duplicates(table, rule))
        return {row[0] for row in acts.opened.ask(f'select record from "{name}" where record = episode', ())}


@pytest.mark.parametrize("rule", [rule.id for rule in BOOK.duplicate_rules("arrests")])
def test_which_arrests_speak(rule: str) -> None:
    assert SPEAK[rule] == speaking("arrests", ARRESTS, rule)


@pytest.mark.parametrize("rule", [rule.id for rule in BOOK.duplicate_rules("arrests")])
def test_how_many_arrests_there_are(rule: str) -> None:
    with laid({"arrests": ARRESTS}) as acts:
        found = acts.counted("arrests", acts.duplicates("arrests", rule))
    assert COUNTS[rule] == (found.counted, found.lower, found.upper)
    assert (10, 2, 3) == (found.rows, found.without_key, found.people)


STINTS = rows_of("""
person_key | stay_moment      | moment           | moment_out       | facility | initial_bond_set_amount | gender
1          | 2025-03-01 08:00 | 2025-03-01 08:00 | 2025-03-01 18:00 | HOLD     |                         | male
1          | 2025-03-01 08:00 | 2025-03-01 20:00 | 2025-03-05 08:00 | JAIL     | 5000                    | male
1          | 2025-03-01 08:00 | 2025-03-01 20:00 | 2025-03-05 08:00 | JAIL     | 1500                    | male
1          | 2025-03-01 08:00 | 2025-03-05 09:00 | 2025-03-05 10:00 | COURT    |                         | male
1          | 2025-03-01 08:00 | 2025-03-05 11:00 | 2025-03-05 11:00 | JAIL     |                         | male
1          | 2025-03-01 08:00 | 2025-03-05 12:00 | 2025-03-09 08:00 | JAIL     |                         | male
2          | 2025-03-02 08:00 | 2025-03-02 08:00 |                  | JAIL     |                         | male
2          | 2025-03-02 08:00 | 2025-03-02 08:00 | 2025-03-04 08:00 | JAIL     |                         | female
           | 2025-03-02 08:00 | 2025-03-02 08:00 | 2025-03-04 08:00 | JAIL     |                         | male
           | 2025-03-02 08:00 | 2025-03-02 08:00 | 2025-03-04 08:00 | JAIL     |                         | male
""")
STINTS_SPEAK = {
    "rows": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
    "exact": {0, 1, 2, 3, 4, 5, 6, 7, 8},
    "ddp-2025": {0, 2, 3, 4, 5, 7, 8, 9},  # the lowest bond; of the equal book-ins of person 2 the last row
    "ddp-2026": {0, 1, 3, 5, 7, 8},  # the return of 5 March at 11:00 is lost
    "uwchr-in-out": {0, 1, 3, 4, 5, 6, 7, 8, 9},
    "ian-nason": {0, 1, 3, 6, 8, 9},  # all returns to the jail are lost
    "one-place-at-a-time": {0, 1, 3, 4, 5, 7, 8},  # returns stay; a stint that ended speaks before one that goes on
}


@pytest.mark.parametrize("rule", [rule.id for rule in BOOK.duplicate_rules("stints")])
def test_which_stints_speak(rule: str) -> None:
    assert STINTS_SPEAK[rule] == speaking("stints", STINTS, rule)


def test_a_person_is_in_one_place_once_at_a_time() -> None:
    rows = rows_of("""
    person_key | stay_moment | moment           | moment_out       | facility
    1          | 2025-03-01  | 2025-03-01 08:00 | 2025-03-03 08:00 | JAIL
    1          | 2025-03-01  | 2025-03-01 08:20 | 2025-03-03 08:00 | JAIL
    1          | 2025-03-01  | 2025-03-02 08:00 | 2025-03-02 09:00 | COURT
    1          | 2025-03-01  | 2025-03-03 08:00 | 2025-03-04 08:00 | JAIL
    2          | 2025-03-01  | 2025-03-01 08:00 |                  | JAIL
    2          | 2025-03-01  | 2025-03-01 08:30 |                  | JAIL
    3          | 2025-03-01  | 2025-03-01 08:00 |                  | JAIL
    3          | 2025-03-01  | 2025-03-05 08:00 | 2025-03-06 08:00 | JAIL
    """)
    assert {0, 2, 3, 4, 6, 7} == speaking("stints", rows, "one-place-at-a-time")
    assert {0, 1, 2, 3, 4, 5, 6, 7} == speaking("stints", rows, "ddp-2025")


def test_what_nobody_recorded_makes_no_two_rows_alike() -> None:
    gone = rows_of("""
    person_key | moment     | departure_country
    1          |            | MEXICO
    1          |            | HONDURAS
    1          | 2025-03-01 | MEXICO
    """)
    assert {0, 1, 2} == speaking("removals", gone, "person-day")
    rows = rows_of("""
    person_key | stay_moment | moment           | moment_out       | facility | detention_facility
    1          | 2025-03-01  | 2025-03-01 08:00 | 2025-03-03 08:00 |          | JAIL A
    1          | 2025-03-01  | 2025-03-02 08:00 | 2025-03-04 08:00 |          | JAIL B
    """)
    assert {0, 1} == speaking("stints", rows, "one-place-at-a-time")


def test_the_ends_of_a_count_of_stays_hold_what_rows_leave_open() -> None:
    rows = rows_of("""
    person_key | stay_moment | moment     | moment_out | facility
    1          | 2025-01-01  | 2025-01-01 | 2025-01-02 | A
    1          | 2025-02-01  | 2025-02-01 | 2025-02-02 | A
    1          | 2025-03-01  | 2025-03-01 | 2025-03-02 | A
               | 2025-01-01  | 2025-01-01 | 2025-03-05 | A
    2          | 2025-01-01  | 2025-01-01 |            | A
    2          | 2025-09-01  | 2025-09-01 | 2025-09-02 | A
    """)
    from tallystick.measures.record_measure import record_measure

    with laid({"stints": rows}) as acts:
        grid = acts.grid(record_measure(SHELF, "stays"), full=True)
    ends = {dict(entry.choice)["stay rule"]: (entry.lower, entry.counted, entry.upper) for entry in grid.counts}
    # the row without a key could span all stays of person 1; person 2 is one stay, or two if the first ended early
    assert (2, 4, 6) == ends["gap-24h"]
    assert (5, 5, 6) == ends["as-released"]


def test_rules_for_other_tables() -> None:
    rows = rows_of("""
    person_key | moment     | departure_country
    1          | 2025-03-01 | MEXICO
    1          | 2025-03-01 | MEXICO
    1          | 2025-03-01 | CUBA
    1          | 2025-03-02 | MEXICO
               | 2025-03-02 | MEXICO
               | 2025-03-02 | MEXICO
    """)
    assert {0, 1, 2, 3, 4, 5} == speaking("removals", rows, "rows")
    assert {0, 2, 3, 4} == speaking("removals", rows, "exact")
    assert {2, 3, 4} == speaking("removals", rows, "person-day")
    for table in ("detainers", "encounters"):
        own = [{key: value for key, value in row.items() if key != "departure_country"} for row in rows]
        assert {0, 3, 4} == speaking(table, own, "exact")
        assert {0, 1, 2, 3, 4, 5} == speaking(table, own, "rows")


PATH = rows_of("""
person_key | stay_moment      | moment           | moment_out       | facility | stint_release_reason
1          | 2025-03-01 08:00 | 2025-03-01 08:00 | 2025-03-02 08:00 | HOLD     | Transferred
1          | 2025-03-01 08:00 | 2025-03-02 12:00 | 2025-03-05 12:00 | JAIL     | Transferred
1          | 2025-03-01 08:00 | 2025-03-05 06:00 | 2025-03-05 06:00 | HOSPITAL | Transferred
1          | 2025-03-01 08:00 | 2025-03-05 12:00 | 2025-03-08 12:00 | JAIL     | Removed
1          | 2025-06-01 08:00 | 2025-06-01 08:00 | 2025-06-03 08:00 | JAIL     | Bonded Out
1          | 2025-06-01 08:00 | 2025-06-05 08:00 | 2025-06-06 08:00 | JAIL     | Paroled
1          | 2026-03-09 08:00 | 2026-03-09 08:00 |                  | JAIL     |
2          | 2025-01-01 08:00 | 2025-01-01 08:00 |                  | JAIL     |
2          | 2025-02-01 08:00 | 2025-02-01 08:00 | 2025-01-31 08:00 | JAIL     | Removed
           | 2025-02-01 08:00 | 2025-02-01 08:00 | 2025-02-02 08:00 | JAIL     | Removed
""")


def stays_of(rule: str, rows: list[dict[str, Any]], release: Any = None) -> list[tuple[Any, ...]]:
    with laid({"stints": rows}, *([release] if release else [])) as acts:
        stay = next(entry for entry in BOOK.stay_rules if entry.id == rule)
        acts.stays(acts.duplicates("stints", "rows"), stay)
        return acts.opened.ask(
            "select stays.stay, how, stints, moves, overlapping, without_length, gap_seconds / 3600, "
            "seconds_least / 3600, seconds_most / 3600, last_record, last_stint_release_reason "
            "from stays_kept as stays order by 1",
            (),
        )


def test_stays_as_the_release_calls_them() -> None:
    # stay, how, stints, moves, overlaps, without length, hours between, hours in (least, most), last stint, reason
    assert [
        (0, "ended", 4, 3, 1, 1, 4.0, 168.0, 168.0, 3, "Removed"),
        (4, "ended", 2, 0, 0, 0, 48.0, 72.0, 72.0, 5, "Paroled"),
        (6, "open", 1, 0, 0, 0, 0.0, 40.0, 40.0, 6, None),  # counted up to the end of the closing date
        (7, "unknown", 1, 0, 0, 0, 0.0, 0.0, 744.0, 7, None),  # goes on, and yet the person begins another one
        (8, "unknown", 1, 0, 0, 0, 0.0, 0.0, 9664.0, 8, "Removed"),  # ends before it begins; the last of its person
    ] == stays_of("as-released", PATH)


def test_stays_by_gap_break_where_more_than_a_day_lies_between() -> None:
    found = stays_of("gap-24h", PATH)
    assert [(0, 4), (4, 1), (5, 1), (6, 1), (7, 2)] == [(row[0], row[2]) for row in found]


def test_stays_that_must_touch_break_on_the_road() -> None:
    found = stays_of("touching", PATH)
    assert [(0, 1), (1, 3), (4, 1), (5, 1), (6, 1), (7, 2)] == [(row[0], row[2]) for row in found]


def test_the_reason_of_a_stay_is_that_of_its_last_stint_and_never_the_greatest_word() -> None:
    reasons = {row[0]: row[-1] for row in stays_of("as-released", PATH)}
    assert "Removed" == reasons[0]
    assert max("Removed", "Transferred") == "Transferred"


def test_a_stay_across_the_closing_date_is_open_and_one_that_ends_on_it_is_not() -> None:
    rows = rows_of("""
    person_key | stay_moment | moment           | moment_out       | facility
    1          | 2026-03-08  | 2026-03-08 12:00 |                  | JAIL
    2          | 2026-03-08  | 2026-03-08 12:00 | 2026-03-10 23:00 | JAIL
    """)
    assert [("open", 60.0), ("ended", 59.0)] == [(row[1], row[8]) for row in stays_of("as-released", rows)]
    early = with_dates(closes_on="2026-03-09")
    assert [("open", 36.0), ("ended", 59.0)] == [(row[1], row[8]) for row in stays_of("as-released", rows, early)]


def test_the_corrupt_release_refuses_to_make_stays_and_says_why() -> None:
    with pytest.raises(TallystickError) as error:
        stays_of("as-released", PATH, corrupt_release())
    assert "TS181" == error.value.faults[0].code
    assert "ice_2025_02" in error.value.faults[0].text
    assert "book" in error.value.faults[0].text


LEFT = rows_of("""
person_key | moment
1          | 2025-03-10 12:00
2          | 2025-03-10 12:00
2          | 2025-03-11 12:00
3          | 2025-03-10 12:00
4          | 2025-03-10 12:00
5          | 2026-03-10 12:00
6          |
           | 2025-03-10 12:00
7          | 2025-03-10 12:00
8          | 2025-09-10 12:00
""")
RIGHT = rows_of("""
person_key | stay_moment      | moment           | moment_out       | facility | departure_country
1          | 2025-03-08 12:00 | 2025-03-08 12:00 | 2025-03-12 12:00 | A        | MEXICO
2          | 2025-03-11 18:00 | 2025-03-11 18:00 | 2025-03-12 12:00 | A        | MEXICO
3          | 2025-03-11 00:00 | 2025-03-11 00:00 | 2025-03-12 00:00 | A        | MEXICO
3          | 2025-03-14 00:00 | 2025-03-14 00:00 | 2025-03-15 00:00 | A        | MEXICO
4          | 2025-03-21 00:00 | 2025-03-21 00:00 | 2025-03-22 00:00 | A        | MEXICO
7          | 2025-03-02 00:00 | 2025-03-02 00:00 | 2025-03-03 00:00 | A        | MEXICO
           | 2025-03-10 13:00 | 2025-03-10 13:00 | 2025-03-11 00:00 | A        | MEXICO
8          | 2025-09-20 12:00 | 2025-09-20 12:00 | 2025-09-21 12:00 | A        | MEXICO
8          | 2025-09-05 12:00 | 2025-09-05 12:00 | 2025-09-06 12:00 | A        | MEXICO
""")
# rule -> pairs of (arrest, stay). 1: booked in before the arrest. 2: two arrests, one stay. 3: two stays, one arrest.
# 4: eleven days later. 7: eight days before. 8: exactly ten days after, and exactly five days before.
PAIRS = {
    "nearest-one-to-one": {(0, 0), (2, 1), (3, 2), (9, 8)},
    "nearest-shared": {(0, 0), (2, 1), (3, 2), (3, 3), (9, 7), (9, 8)},
    "forward": {(1, 1), (2, 1), (3, 2), (4, 4), (9, 7)},
    "week": {(0, 0), (1, 1), (2, 1), (3, 2)},
    "all-pairs": {(0, 0), (1, 1), (2, 1), (3, 2), (3, 3), (4, 4), (8, 5), (9, 7), (9, 8)},
}


@pytest.mark.parametrize("rule", [rule.id for rule in BOOK.link_rules("arrests-stays")])
def test_which_stay_belongs_to_which_arrest(rule: str) -> None:
    with laid({"arrests": LEFT, "stints": RIGHT}) as acts:
        link = next(entry for entry in BOOK.link_rules("arrests-stays") if entry.id == rule)
        rows = {"arrests": acts.duplicates("arrests", "rows"), "stints": acts.duplicates("stints", "rows")}
        found = acts.link(link, rows, BOOK.stay_rules[0])
        pairs = acts.opened.ask("select left_record, right_record from links where state = 'linked'", ())
        left = acts.opened.ask("select distinct left_record from links", ())
    assert PAIRS[rule] == set(pairs)
    assert 10 == len(left) == found.left, "every arrest is kept"
    assert sum(found.states.values()) == 10
    assert (1, 1) == (found.states["no_key"], found.states["no_time"])


def test_what_is_linked_to_nothing_says_why() -> None:
    with laid({"arrests": LEFT, "stints": RIGHT}) as acts:
        rows = {"arrests": acts.duplicates("arrests", "rows"), "stints": acts.duplicates("stints", "rows")}
        found = acts.link(BOOK.link_rules("arrests-stays")[0], rows, BOOK.stay_rules[0])
        states = dict(acts.opened.ask("select left_record, state from links", ()))
    # 5: arrested on the closing date, so that its window is not over; 1: its only stay went to the nearer arrest
    assert {1: "none_seen", 4: "none_seen", 5: "window_open", 6: "no_time", 7: "no_key", 8: "none_seen"} == {
        record: state for record, state in states.items() if state != "linked"
    }
    # 4 linked; open, without time or key: 3 more; one stint without a key could be the stay of one more
    # and the arrest without a key, if it were that of a person with two stays in reach, would take both and keep one
    assert (3, 8) == (found.lower, found.upper)
    assert set(STATES) == set(found.states)


OTHERS = [
    ("detainers-arrests", "within-180-days", {(1, 0), (2, 1)}),
    ("detainers-arrests", "any-age", {(1, 0), (2, 1), (3, 2)}),
    ("detainers-arrests", "two-days", {(1, 0), (2, 1)}),
    ("arrests-removals", "forward", {(0, 1), (2, 2)}),
    ("encounters-arrests", "within-30-days", {(1, 0), (2, 1)}),
    ("encounters-arrests", "same-day", {(2, 1)}),
]
EARLIER = rows_of("""
person_key | moment
1          | 2024-12-01
1          | 2025-03-09
2          | 2025-03-10
3          | 2024-03-01
""")
ARRESTED = rows_of("""
person_key | moment
1          | 2025-03-10 15:00
2          | 2025-03-10 09:00
3          | 2025-03-10 09:00
""")
GONE = rows_of("""
person_key | moment     | departure_country
1          | 2025-03-09 | MEXICO
1          | 2025-03-20 | MEXICO
3          | 2026-01-20 | MEXICO
""")


@pytest.mark.parametrize(("pair", "rule", "pairs"), OTHERS, ids=[f"{pair} {rule}" for pair, rule, _ in OTHERS])
def test_other_links(pair: str, rule: str, pairs: set[tuple[int, int]]) -> None:
    tables = {"arrests": ARRESTED, "removals": GONE, "detainers": EARLIER, "encounters": EARLIER}
    link = next(entry for entry in BOOK.link_rules(pair) if entry.id == rule)
    sides = {link.left, link.right}
    with laid({name: rows for name, rows in tables.items() if name in sides}) as acts:
        acts.link(link, {name: acts.duplicates(name, "rows") for name in sides}, BOOK.stay_rules[0])
        found = acts.opened.ask("select left_record, right_record from links where state = 'linked'", ())
    assert pairs == set(found)


def test_departures_are_linked_to_the_end_of_a_stay() -> None:
    stints = rows_of("""
    person_key | stay_moment | moment     | moment_out       | facility | departure_country
    1          | 2025-03-01  | 2025-03-01 | 2025-03-20 18:00 | A        | MEXICO
    2          | 2025-03-01  | 2025-03-01 | 2025-03-02 18:00 | A        | MEXICO
    2          | 2025-06-01  | 2025-06-01 | 2025-06-02 18:00 | A        | CUBA
    3          | 2026-03-01  | 2026-03-01 |                  | A        |
    """)
    gone = rows_of("""
    person_key | moment     | departure_country
    1          | 2025-03-19 | MEXICO
    2          | 2025-06-20 | MEXICO
    3          | 2026-03-02 | MEXICO
    """)
    expected = {"nearest-departure": {(0, 0)}, "country-after-end": {(0, 0), (1, 1)}}
    for rule in BOOK.link_rules("stays-removals"):
        with laid({"stints": stints, "removals": gone}) as acts:
            duplicates = {name: acts.duplicates(name, "rows") for name in ("stints", "removals")}
            found = acts.link(rule, duplicates, BOOK.stay_rules[0])
            pairs = acts.opened.ask("select left_record, right_record from links where state = 'linked'", ())
        assert expected[rule.id] == set(pairs)
        assert 1 == found.states["goes_on"], "who is still there has not departed yet"


def test_keys_of_the_detainer_rule_in_use_reach_back() -> None:
    with laid({"detainers": EARLIER, "stints": RIGHT}) as acts:
        duplicates = {name: acts.duplicates(name, "rows") for name in ("detainers", "stints")}
        pairs = {}
        for rule in BOOK.link_rules("detainers-stays"):
            acts.link(rule, duplicates, BOOK.stay_rules[0])
            found = acts.opened.ask("select left_record, right_record from links where state = 'linked'", ())
            pairs[rule.id] = set(found)
    assert {(0, 0), (1, 0), (2, 1), (3, 2)} == pairs["same-key"]
    assert {(0, 0), (2, 1)} == pairs["after-in-180-days"]  # the stay of 8 March began before the detainer of the 9th


def test_seconds_are_those_of_the_calendar() -> None:
    assert 86400 == seconds("1970-01-02")


def test_an_assessment_belongs_to_the_stay_that_began_up_to_five_days_before() -> None:
    stints = rows_of("""
    person_key | stay_moment | moment     | moment_out       | facility
    1          | 2025-03-01  | 2025-03-01 | 2025-03-20 18:00 | A
    2          | 2025-03-01  | 2025-03-01 | 2025-03-20 18:00 | A
    3          | 2025-03-01  | 2025-03-01 | 2025-03-20 18:00 | A
    """)
    assessed = rows_of("""
    person_key | moment
    1          | 2025-03-06
    1          | 2025-03-03
    2          | 2025-03-07
    3          | 2025-02-28
    """)
    rule = BOOK.link_rules("stays-rca")[0]
    with laid({"stints": stints, "rca": assessed}) as acts:
        acts.link(rule, {name: acts.duplicates(name, "rows") for name in ("stints", "rca")}, BOOK.stay_rules[0])
        found = set(acts.opened.ask("select left_record, right_record from links where state = 'linked'", ()))
    assert {(0, 1), (2, 3)} == found
