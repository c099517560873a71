"""Daily series against themselves, and what changed between two issues: small tables with known answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from tallystick import store
from tallystick.figures.agreement import agreement_rules, agreements
from tallystick.figures.changes import changes, compared
from tallystick.figures.dated import Figure
from tallystick.figures.series import DailySeries, Day, identity_residuals, seams
from tallystick.reconcile import series_shapes
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

FIRST = date(2024, 1, 1)


def days(*rows: tuple[int, int, int], start: date = FIRST) -> list[Day]:
    """Days from (midnight, book-ins, book-outs)."""
    return [
        Day(start + timedelta(days=n), midnight, midnight + out, came, out)
        for n, (midnight, came, out) in enumerate(rows)
    ]


def test_midnight_follows_from_the_day_before_and_the_flows() -> None:
    whole = days((100, 10, 5), (105, 10, 5), (110, 7, 2))
    assert [] == list(identity_residuals(whole))
    joined = [*whole[:2], replace(whole[2], midnight=90)]
    (seam,) = seams(joined)
    assert (date(2024, 1, 3), 20) == (seam.date, seam.residual)  # yesterday and the flows say 110, today says 90


def test_a_residual_of_one_person_is_told_but_is_no_seam() -> None:
    whole = days((100, 10, 5), (105, 10, 5), (111, 7, 2))
    assert [-1] == [seam.residual for seam in identity_residuals(whole)]
    assert [] == seams(whole)


def test_gaps_jumps_and_days_counted_short_are_seams() -> None:
    counted = [Day(FIRST, 100), Day(FIRST + timedelta(days=1), 120), Day(FIRST + timedelta(days=4), 121, 119)]
    assert ["the count jumps", "2 days are missing before", "fewer in the course of the day than at midnight"] == [
        seam.reason for seam in seams(counted)
    ]


def figure(value: float | None, label: str = "ICE | Oct", **more) -> Figure:
    base = Figure(
        "a.xlsx", "0" * 64, "2024-02-01", "verified", 2024, "2024-01-28", "implied_days", "high", "bookins_by_agency_month",
        "2023-10", "month", "complete", "ICE", None, None, "{}", "count", "book-ins", value, "ok", "ok", False, label,
        "Detention FY24", "J21",
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


def test_a_past_month_with_another_number_is_restated() -> None:
    (change,) = changes([figure(100)], [figure(103, as_of="2024-02-11", source_file="b.xlsx")])
    assert ("restated", "100", "103", "+3.0%") == (change.kind, change.before, change.after, change.detail)


def test_another_number_for_the_same_date_is_corrected_and_a_moved_cell_is_said_once() -> None:
    kinds = [change.kind for change in changes([figure(100)], [figure(103, cell="J22")])]
    assert ["corrected", "moved"] == kinds


def test_what_only_one_side_prints_of_one_date_is_told_whichever_side_it_is() -> None:
    more = [figure(100), figure(7, "CBP | Oct", arresting_agency="CBP")]
    assert [("gone", "1 number")] == [(change.kind, change.label) for change in changes(more, more[:1])]
    assert [("appeared", "1 number")] == [(change.kind, change.label) for change in changes(more[:1], more)]
    assert (1, 2, 0) == (compared(more, more[:1]), compared(more, more), compared(more, [figure(1, period="2022-10")]))


def test_two_rows_in_each_others_place_are_exchanged_not_corrected() -> None:
    old = [
        figure(100, "ICE | Oct"),
        figure(7, "CBP | Oct", arresting_agency="CBP"),
        figure(110, "ICE | Nov", period="2023-11"),
        figure(8, "CBP | Nov", arresting_agency="CBP", period="2023-11"),
    ]
    new = [msgspec.structs.replace(entry, value=value) for entry, value in zip(old, (7, 100, 8, 110), strict=True)]
    (change,) = changes(old, new)
    assert ("exchanged", "CBP and ICE") == (change.kind, change.label)


def test_the_same_meaning_under_another_label_and_blocks_that_come_and_go() -> None:
    other = figure(5, block="bond")
    found = changes([figure(100), other], [figure(100, "Ice | Oct"), figure(5, block="iclos")])
    assert {("gone", "bond"), ("appeared", "iclos"), ("relabelled", "bookins_by_agency_month")} == {
        (change.kind, change.block) for change in found
    }


def test_a_month_still_running_is_no_restatement() -> None:
    running = figure(50, period="2024-01", period_status="partial")
    assert [] == changes([running], [msgspec.structs.replace(running, value=90, as_of="2024-02-11")])


def test_a_comparison_with_itself_says_nothing() -> None:
    assert [] == changes([figure(100), figure(None, period="2023-11")], [figure(100), figure(None, period="2023-11")])


def test_agreement_by_hand() -> None:
    """Held 1,000 and 2,000; counted 1,010 and 1,960 the same day, 1,000 and 2,000 the day after."""
    held = [
        figure(
            value, block="detained_by_criminality_agency", period_kind="point", period=day, as_of=day, unit="persons",
            arresting_agency="All", criminality="all",
        )
        for day, value in (("2024-01-01", 1000.0), ("2024-01-03", 2000.0))
    ]  # fmt: skip
    series = DailySeries(
        "own", "Own", tuple(Day(FIRST + timedelta(days=n), count) for n, count in enumerate((1010, 1000, 1960, 2000)))
    )
    lines = {(line.offset_days, line.period): line for line in agreements(series, held, agreement_rules(Shelf()))}
    same, after = lines[0, "all"], lines[1, "all"]
    assert (2, -0.005, 0.015, -0.02, "2024-01-03", "amber") == (
        same.n, same.median, same.median_abs, same.worst, same.worst_date, same.light,
    )  # fmt: skip
    assert (2, 0.0, "green") == (after.n, after.median_abs, after.light)


def test_a_month_counts_only_when_every_day_is_there_and_lies_inside_its_band() -> None:
    average = figure(
        105.0, block="adp_agency_month_crim", period="2024-01", arresting_agency="All", criminality="all",
        measure="average_daily_population", unit="persons/day", as_of="2024-02-11",
    )  # fmt: skip
    month = [Day(FIRST + timedelta(days=n), 100, 110) for n in range(31)]
    rules = agreement_rules(Shelf())
    (whole, _) = agreements(DailySeries("own", "Own", tuple(month)), [average], rules)
    assert ("average", 1, 1, round(100 / 105 - 1, 6)) == (whole.kind, whole.n, whole.inside, whole.median)
    assert [] == agreements(DailySeries("own", "Own", tuple(month[:-1])), [average], rules)


NATIONAL = "date,daily_pop,midnight_pop,book_in,book_out\n2024-01-01,105,100,10,5\n2024-01-02,110,105,10,5\n"


def test_a_national_csv_of_the_users_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "national.csv"
    path.write_text(NATIONAL, encoding="utf-8")
    series = store.read_daily(path, series_shapes(Shelf(), "us-ice"))
    assert ("national-daily", 2, 105, 5) == (
        series.id,
        len(series.days),
        series.days[0].any_time,
        series.days[0].book_out,
    )
    assert [] == seams(series.days)


BROKEN = [
    # file, its content, code
    ("other.csv", "day,people\n2024-01-01,5\n", "TS140"),
    ("dates.csv", NATIONAL.replace("2024-01-02", "yesterday"), "TS141"),
    ("counts.csv", NATIONAL.replace("110", "many"), "TS141"),
    ("empty.csv", "", "TS140"),
    ("broken.parquet", "not a parquet file", "TS122"),
]


@pytest.mark.parametrize(("name", "content", "code"), BROKEN)
def test_a_series_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: str, code: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TallystickError, match=code):
        store.read_daily(path, series_shapes(Shelf(), "us-ice"))


def test_a_hostile_column_name_in_a_definition_stays_a_name(tmp_path: Path) -> None:
    name = 'x"); drop table t; --'
    shape = msgspec.structs.replace(series_shapes(Shelf(), "us-ice")[0], format="csv", date="date", sum_over=(), midnight=name, any_time="", convicted_any_time="")  # fmt: skip
    path = tmp_path / "own.csv"
    path.write_text('date,"x""); drop table t; --"\n2024-01-01,7\n', encoding="utf-8")
    shape = msgspec.structs.replace(shape, trust_from="", trust_to="")
    assert 7 == store.read_daily(path, [shape]).days[0].midnight
