"""Reference results of the notes on methods, sections 5 and 6: lengths of stay and daily population."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tallystick.figures.series import Day, identity_residuals
from tallystick.records.lengths import Moment, curve, little, restricted_mean, stock_mean
from tallystick.records.opening import EPOCH
from tallystick.records.populating import make_population, residual
from tests.paths.conftest import BOOK, laid, rows_of, with_dates

INLINE = [
    (0, 3, 1), (0, 5, 2), (0, 5, 1), (0, 7, None), (0, 9, 1), (2, 5, 1), (2, 8, 2), (3, 9, None), (1, 4, 2), (0, 10, None),
]  # fmt: skip


def curves(lengths: list[tuple[int, int, int | None]]) -> dict[int, Moment]:
    with laid({}) as acts:
        acts.opened.ask("create table lengths (enters bigint, leaves bigint, cause bigint)", ())
        for entry in lengths:
            acts.opened.ask("insert into lengths values (?, ?, ?)", list(entry))
        return {moment.at: moment for moment in curve(acts.opened.ask, "lengths")}


def test_r5_2_ties_and_late_entries() -> None:
    found = curves(INLINE)
    assert [3, 4, 5, 8, 9] == list(found)
    assert [9, 9, 8, 4, 3] == [moment.at_risk for moment in found.values()]
    first = [0.111111, 0.111111, 0.308642, 0.308642, 0.432099]
    second = [0, 0.098765, 0.197531, 0.320988, 0.320988]
    assert first == [round(moment.incidence["1"], 6) for moment in found.values()]
    assert second == [round(moment.incidence["2"], 6) for moment in found.values()]
    assert 0.246914 == round(found[9].still, 6)


def test_r5_3_the_same_with_entries_ignored() -> None:
    last = curves([(0, leaves, cause) for _, leaves, cause in INLINE])[9]
    assert (0.425, 0.325, 0.25) == tuple(round(value, 6) for value in (*last.incidence.values(), last.still))


def test_r5_4_flow_and_stock() -> None:
    flow, stock, elapsed = stock_mean([1, 2, 3, 30])
    assert (9, 25.3889, 12.6944) == (flow, round(float(stock), 4), round(float(elapsed), 4))


def test_r5_5_littles_law_beside_the_published_average() -> None:
    assert 48_063 == round(little(510_854, 34.34029, 365))
    assert -4.2 == round(100 * (little(510_854, 34.34029, 365) / 50_165.44 - 1), 1)


def test_one_cause_taken_alone_overstates_it() -> None:
    """Those who ended otherwise are no longer at risk: one minus Kaplan-Meier counts them as if they still were."""
    both = curves(INLINE)[9].incidence["1"]
    alone = 1 - curves([(enters, leaves, cause if cause == 1 else None) for enters, leaves, cause in INLINE])[9].still
    assert both < alone


def test_the_restricted_mean_is_the_area_under_the_curve() -> None:
    found = list(curves([(0, 2, 1), (0, 4, 1)]).values())
    assert 3.0 == restricted_mean(found, 10)
    assert 1.0 == restricted_mean(found, 1)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed here")
def test_r5_1_mgus2_as_the_survival_package_has_it() -> None:
    script = (
        "if (!requireNamespace('survival', quietly = TRUE)) quit(status = 3);"
        "m <- survival::mgus2; t <- ifelse(m$pstat == 1, m$ptime, m$futime);"
        "e <- ifelse(m$pstat == 1, 1, 2 * m$death); cat(paste(t, e, sep = ' '), sep = '\\n')"
    )
    ran = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    if ran.returncode == 3:
        pytest.skip("the R package survival is not installed here")
    pairs = [line.split() for line in ran.stdout.split("\n") if line]
    assert 1384 == len(pairs)
    found = curves([(0, int(time), int(cause) or None) for time, cause in pairs if int(time) > 0])
    for month, expected in (
        (60, (0.6455, 0.0341, 0.3204)),
        (120, (0.4045, 0.0637, 0.5318)),
        (240, (0.1762, 0.0998, 0.7240)),
    ):
        moment = found[max(length for length in found if length <= month)]
        assert expected == tuple(round(value, 4) for value in (moment.still, *moment.incidence.values()))


SIX = rows_of("""
person_key | moment           | moment_out       | facility
1          | 2024-01-01 10:00 | 2024-01-03 09:00 | A
2          | 2024-01-02 23:30 | 2024-01-03 00:30 | A
3          | 2024-01-02 08:00 | 2024-01-02 20:00 | A
4          | 2024-01-03 00:00 | 2024-01-05 00:00 | A
5          | 2024-01-04 12:00 |                  | A
6          | 2024-01-01 00:00 | 2024-01-01 23:59 | A
""")


def days_of(rows: list[dict[str, Any]]) -> dict[str, tuple[int, ...]]:
    with laid({"stints": rows}, with_dates(covers_from="2024-01-01", closes_on="2024-01-05")) as acts:
        acts.stays(acts.duplicates("stints", "rows"), BOOK.stay_rules[0])
        make_population(acts.opened, ("nation",))
        assert 0 == residual(acts.opened).broken
        found = acts.opened.ask(
            "select day, midnight_most, came_late, gone_late, any_time_most from population order by day", ()
        )
    return {date.fromordinal(EPOCH.toordinal() + row[0]).isoformat(): row[1:] for row in found}


def test_r6_1_population_from_six_stints() -> None:
    found = days_of(SIX)
    assert [1, 2, 1, 2, 1] == [midnight for midnight, *_ in found.values()]
    assert [2, 2, 1, 1, 0] == [came for _, came, *_ in found.values()]
    assert 3 == found["2024-01-03"][3]
    for midnight, _, gone, any_time in found.values():
        assert any_time == midnight + gone


def test_r6_2_and_3_on_a_national_series_of_your_own() -> None:
    place = os.environ.get("TALLYSTICK_NATIONAL_SERIES", "")
    if not place:
        pytest.skip("the series may not be redistributed: set TALLYSTICK_NATIONAL_SERIES to your own copy")
    with Path(place).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    days = [
        Day(
            date.fromisoformat(row["date"]),
            *(int(row[name]) for name in ("midnight_pop", "daily_pop", "book_in", "book_out")),
        )
        for row in rows
    ]
    assert all(day.any_time == (day.midnight or 0) + (day.book_out or 0) for day in days)
    assert {"2013-10-01": 1480, "2017-08-24": 1, "2023-10-01": 193} == {
        seam.date.isoformat(): seam.residual for seam in identity_residuals(days)
    }
    year = [day for day in days if date(2018, 10, 1) <= day.date <= date(2019, 9, 30)]
    assert 48_854.12 == round(float(Fraction(sum(day.midnight or 0 for day in year), len(year))), 2)
    assert 49_966.95 == round(float(Fraction(sum(day.any_time or 0 for day in year), len(year))), 2)
    assert 55_421 == max(day.midnight or 0 for day in year)
    assert 412_817 == sum(day.book_in or 0 for day in year)


def test_acts_are_written_for_a_second_engine_too() -> None:
    """Every act parses and is written in the words of another engine without a warning."""
    import sqlglot

    from tallystick.records.acting import FOLDER, act, act_names

    assert sorted(path.stem for path in FOLDER.iterdir()) == list(act_names())
    for name in act_names():
        known = act(name)
        assert known.says.endswith("."), name
        assert "-- reads: " in known.text
        assert "-- gives: " in known.text
        for line in known.text.splitlines():
            assert len(line) <= 120, name
        written = sqlglot.transpile(
            known.text, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
        assert 1 == len(written)
