"""Laws that hold whatever the records: two engines agree, order never matters, no row is lost, the population adds up."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest

from tallystick.records.lengths import curve
from tallystick.records.populating import make_population, residual
from tests.paths import by_hand
from tests.paths.conftest import BOOK, laid, with_dates

SEEDS = range(int(os.environ.get("TALLYSTICK_SEEDS", "5")))
START = 1_735_689_600  # the first second of a year
DAY = 86400
SHORT = with_dates(covers_from="2025-01-01", closes_on="2025-01-12")
CLOSES = START + 12 * DAY


def moments(random: Random, days: int) -> int | None:
    """A moment of some days, often one of a few, sometimes without a time of day, sometimes unknown."""
    if random.random() < 0.08:
        return None
    day = random.randrange(days) * DAY
    return START + day + random.choice((0, 0, 3600 * random.randrange(24), random.randrange(DAY)))


def numbered(random: Random, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with their places in two files."""
    for number, row in enumerate(rows):
        row |= {"record": number, "source_file": random.choice("ab"), "source_sheet": "s", "source_row": number}
        row["day"] = None if row.get("moment") is None else row["moment"] // DAY
    return rows


def arrests(random: Random, many: int) -> list[dict[str, Any]]:
    rows = []
    for _ in range(many):
        row = {
            "person_key": random.choice((None, 1, 1, 2, 2, 3)),
            "moment": moments(random, 5),
            "apprehension_method": random.choice((None, "located", "ero_reprocessed_arrest")),
            "apprehension_criminality": random.choice((None, "convicted")),
            "apprehension_aor": random.choice((None, "Atlanta", "Boston")),
            "birth_year": random.choice((None, 1980, 1990)),
        }
        rows += [dict(row) for _ in range(random.choice((1, 1, 1, 2)))]
    return numbered(random, rows)


def stints(random: Random, many: int) -> list[dict[str, Any]]:
    rows = []
    for _ in range(many):
        start = moments(random, 10)
        long = random.choice((0, 0, DAY, random.randrange(4 * DAY), -3600))
        out = None if start is None or random.random() < 0.2 else min(start + long, CLOSES - 1)
        row = {
            "person_key": random.choice((None, 1, 2, 2, 3)),
            "moment": start,
            "moment_out": out,
            "stay_moment": random.choice((None, START, START + 2 * DAY, start)),
            "goes_on": out is None and random.random() < 0.8,
            "facility": random.choice(("A", "B", None)),
            "initial_bond_set_amount": random.choice((None, 1500, 5000)),
            "gender": random.choice((None, "male", "female")),
        }
        row["detention_facility_code"] = row["facility"]
        rows += [dict(row) for _ in range(random.choice((1, 1, 2)))]
    return numbered(random, rows)


def others(random: Random, many: int) -> list[dict[str, Any]]:
    return numbered(
        random, [{"person_key": random.choice((None, 1, 2, 3)), "moment": moments(random, 12)} for _ in range(many)]
    )


def compared(acts: Any, table: str, rows: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows as the plain evaluator needs them: moments stand in the columns of the release too."""
    columns = {"arrests": "apprehension_datetime", "stints": "stint_book_in_datetime"}
    more = {"stint_book_out_datetime": "moment_out", "stay_book_in_datetime": "stay_moment"}
    full = [
        {**row, columns[table]: row["moment"], **{name: row.get(value) for name, value in more.items()}} for row in rows
    ]
    return list(acts.opened.compared(table)), full


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("table", "make"), [("arrests", arrests), ("stints", stints)])
def test_two_engines_agree_on_duplicates(table: str, make: Any, seed: int) -> None:
    rows = make(Random(seed), 14)
    with laid({table: rows}) as acts:
        columns, full = compared(acts, table, rows)
        for rule in BOOK.duplicate_rules(table):
            name = acts.spoken(table, rule)
            found = dict(acts.opened.ask(f'select record, episode from "{name}"', ()))
            assert by_hand.speakers(rule, full, columns) == found, rule.id


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("table", "make"), [("arrests", arrests), ("stints", stints)])
def test_every_duplicate_rule_is_idempotent(table: str, make: Any, seed: int) -> None:
    rows = make(Random(seed), 14)
    with laid({table: rows}) as acts:
        for rule in BOOK.duplicate_rules(table):
            name = acts.spoken(table, rule)
            kept = {row[0] for row in acts.opened.ask(f'select record from "{name}" where record = episode', ())}
            with laid({table: [row for row in rows if row["record"] in kept]}) as again:
                name = again.spoken(table, rule)
                still = {row[0] for row in again.opened.ask(f'select record from "{name}" where record = episode', ())}
            if rule.id not in NOT_IDEMPOTENT:
                assert kept == still, rule.id
            assert still <= kept


# Sorted otherwise than by time, what is left of two chains can stand side by side and join: that is how its authors count.
NOT_IDEMPOTENT = {"uwchr-ddp-merge"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_never_matters(seed: int) -> None:
    random = Random(seed)
    tables = {"arrests": arrests(random, 12), "stints": stints(random, 12)}
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in tables.items()}
    measured = []
    for given in (tables, shuffled):
        with laid(given, SHORT) as acts:
            duplicates = {name: acts.duplicates(name) for name in given}
            counts = [acts.counted(name, rule) for name in given for rule in BOOK.duplicate_rules(name)]
            counts += [acts.count_stays(duplicates["stints"], rule) for rule in BOOK.stay_rules]
            counts += [acts.link(rule, duplicates, BOOK.stay_rules[0]) for rule in BOOK.link_rules("arrests-stays")]
            measured.append(counts)
    assert measured[0] == measured[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_engines_agree_on_stays(seed: int) -> None:
    rows = stints(Random(seed), 14)
    with laid({"stints": rows}, SHORT) as acts:
        everything = acts.duplicates("stints", "rows")
        spans = by_hand.spans(rows)
        for rule in BOOK.stay_rules:
            acts.stays(everything, rule)
            as_released = rule.act == "stays_as_released"
            told = by_hand.told_as_released(spans) if as_released else by_hand.told_by_gap(spans, rule.gap_seconds)
            assert told == dict(acts.opened.ask("select record, stay from stays_told", ())), rule.id
            expected = by_hand.stays(spans, told, CLOSES)
            names = ("starts", "how", "stints", "last_record", "seconds_least", "seconds_most")
            found = acts.opened.ask(f"select stay, {', '.join(names)} from stays", ())
            assert expected == {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}, rule.id


@pytest.mark.parametrize("seed", SEEDS)
def test_time_in_stints_is_time_in_the_stay_where_they_follow_each_other(seed: int) -> None:
    random = Random(seed)
    rows: list[dict[str, Any]] = []
    for person in range(1, 6):
        at = START + random.randrange(3 * DAY)
        begins = at
        for _ in range(random.randrange(1, 5)):
            out = at + random.randrange(2 * DAY)
            rows.append(
                {
                    "person_key": person, "moment": at, "moment_out": out, "stay_moment": begins, "goes_on": False,
                    "facility": random.choice("AB"),
                }
            )  # fmt: skip
            at = out
    with laid({"stints": numbered(random, rows)}, SHORT) as acts:
        acts.stays(acts.duplicates("stints", "rows"), BOOK.stay_rules[0])
        found = acts.opened.ask("select seconds_least, seconds_most, ends_most - starts, gap_seconds from stays", ())
    for least, most, whole, gaps in found:
        assert least == most == whole
        assert 0 == gaps
    assert sum(row["moment_out"] - row["moment"] for row in rows) == sum(row[0] for row in found)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_engines_agree_on_links_and_every_left_row_is_kept(seed: int) -> None:
    random = Random(seed)
    tables = {
        "arrests": arrests(random, 9), "stints": stints(random, 9), "removals": others(random, 9),
        "detainers": others(random, 9), "encounters": others(random, 9),
            "rca": others(random, 9),
    }  # fmt: skip
    with laid(tables, SHORT) as acts:
        duplicates = {name: acts.duplicates(name, "rows") for name in tables}
        for pair in BOOK.pairs:
            for rule in BOOK.link_rules(pair):
                count = acts.link(rule, duplicates, BOOK.stay_rules[0])
                sides = [_side(acts, name) for name in ("left_rows", "right_rows")]
                found = acts.opened.ask("select left_record, right_record, state from links", ())
                linked = {row[:2] for row in found if row[2] == "linked"}
                assert by_hand.links(rule, *sides) == linked, (pair, rule.id)
                assert {row["record"] for row in sides[0]} == {row[0] for row in found}
                assert sum(count.states.values()) == len(sides[0])
                lost = [row for row in found if row[2] != "linked"]
                assert len(lost) + len({row[0] for row in found if row[2] == "linked"}) == len(sides[0])
                assert count.lower <= count.upper <= count.left


def _side(acts: Any, name: str) -> list[dict[str, Any]]:
    names = ("record", "person_key", "moment", "also")
    found = acts.opened.ask(f"select {', '.join(names)} from {name}", ())
    return [dict(zip(names, row, strict=True)) for row in found]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_engines_agree_on_the_population_and_it_adds_up(seed: int) -> None:
    rows = stints(Random(seed), 14)
    first, last = START // DAY, CLOSES // DAY
    with laid({"stints": rows}, SHORT) as acts:
        acts.stays(acts.duplicates("stints", "rows"), BOOK.stay_rules[0])
        make_population(acts.opened, ("nation", "facility", "sex"))
        left = residual(acts.opened)
        found = acts.opened.ask(
            "select dimension, part, day, midnight_least, midnight_most, any_time_least, any_time_most from population",
            (),
        )
    assert 0 == left.broken
    spans = by_hand.spans(rows)
    sexes = {row["record"]: row["gender"] or "unknown" for row in rows}
    parts = {("nation", "US"): spans}
    for span in spans:
        parts.setdefault(("facility", span["facility"] or "unknown"), []).append(span)
        parts.setdefault(("sex", sexes[span["record"]]), []).append(span)
    walked = {}
    for key, own in parts.items():
        most = by_hand.population(own, range(first, last), end="ends_most")
        keyed = [span for span in own if span["person_key"] is not None]
        least = by_hand.population(keyed, range(first, last), end="ends_least")
        begins = min(span["starts"] // DAY for span in own)
        for day in range(max(first, begins), last):
            walked[(*key, day)] = (least[day][0], most[day][0], least[day][1], most[day][1])
    assert walked == {row[:3]: row[3:] for row in found}


@pytest.mark.parametrize("seed", SEEDS)
def test_curves_are_those_of_the_definition(seed: int) -> None:
    random = Random(seed)
    lengths = []
    for _ in range(40):
        enters = random.choice((0, 0, 0, random.randrange(6)))
        lengths.append((enters, enters + random.randrange(8), random.choice((None, 1, 1, 2))))
    with laid({}) as acts:
        found = measured(acts, lengths)
    expected = by_hand.incidence(lengths)
    assert [(at, risk) for at, risk, _, _ in expected] == [(moment.at, moment.at_risk) for moment in found]
    for (_, _, still, ended), moment in zip(expected, found, strict=True):
        assert still == pytest.approx(moment.still, abs=1e-9)
        assert {str(cause): pytest.approx(share, abs=1e-9) for cause, share in ended.items()} == moment.incidence
        assert sum(moment.incidence.values()) + moment.still == pytest.approx(1, abs=1e-9)


def test_arrivals_times_length_is_the_population_in_a_steady_state() -> None:
    """Little's law on stays of three nights that begin every day."""
    rows = [
        {
            "person_key": number, "moment": START + number * DAY + 3600, "stay_moment": START + number * DAY + 3600,
            "moment_out": START + (number + 3) * DAY + 7200, "goes_on": False, "facility": "A",
        }
        for number in range(-10, 12)
    ]  # fmt: skip
    for row in rows:
        if row["moment_out"] >= CLOSES:
            row |= {"moment_out": None, "goes_on": True}
    with laid({"stints": numbered(Random(1), rows)}, SHORT) as acts:
        acts.stays(acts.duplicates("stints", "rows"), BOOK.stay_rules[0])
        make_population(acts.opened, ("nation",))
        found = acts.balance()
    assert found is not None
    assert (3.0, 3.0) == (found.mean_population, found.implied)


def test_what_ends_on_the_day_it_began_is_counted() -> None:
    with laid({}) as acts:
        found = measured(acts, [(0, 0, 1), (0, 0, 1), (0, 5, 2), (0, 9, None)])
    assert [(0, 4, 0.5), (5, 2, 0.25)] == [(moment.at, moment.at_risk, moment.still) for moment in found]
    assert {"1": 0.5, "2": 0.25} == found[-1].incidence


def measured(acts: Any, lengths: list[tuple[int, int, int | None]]) -> Any:
    acts.opened.ask("create or replace table lengths (enters bigint, leaves bigint, cause bigint)", ())
    for entry in lengths:
        acts.opened.ask("insert into lengths values (?, ?, ?)", list(entry))
    return curve(acts.opened.ask, "lengths")
