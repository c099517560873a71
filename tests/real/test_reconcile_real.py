"""Real workbooks beside one another and beside independent daily counts: the statements of the atlas hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tallystick import reconcile, store
from tallystick.answers import Records, shipped_records
from tallystick.cli import main
from tallystick.differences import difference
from tallystick.figures.agreement import Agreement, agreement_rules, agreements
from tallystick.figures.series import seams
from tallystick.terms.definitions import Shelf
from tests.conftest import SHARED

pytestmark = pytest.mark.shared
DAILY = SHARED.parent / "daily-population"
NEAR = 0.001  # a tenth of a percentage point


def _lines(real: Records, name: str) -> dict[tuple[str, str, int], Agreement]:
    series = store.read_daily(DAILY / name, reconcile.series_shapes(Shelf(), "us-ice"))
    figures = [
        figure
        for block in ("detained_by_criminality_agency", "adp_agency_month_crim", "bookins_by_agency_month")
        for figure in store.read_figures(real.figures, block)
    ]
    return {
        (line.kind, line.period, line.offset_days): line
        for line in agreements(series, figures, agreement_rules(Shelf()))
    }


def test_the_deportation_data_project_agrees_as_the_atlas_says(real: Records) -> None:
    lines = _lines(real, "facilities-daily-population-latest.parquet")
    held = lines["held", "all", 0]
    assert 48 == held.n
    assert held.median == pytest.approx(-0.0014, abs=NEAR)
    assert held.median_abs == pytest.approx(0.0039, abs=NEAR)
    assert min(lines, key=lambda key: lines[key].median_abs if key[:2] == ("held", "all") else 9)[2] == 0
    convicted = lines["convicted", "all", 0]  # counted at any time of the day, printed once a day
    assert 48 == convicted.n
    assert convicted.median == pytest.approx(0.025, abs=NEAR)
    assert convicted.light == "grey"
    by_year = {"FY2023": 0.0047, "FY2024": 0.0039, "FY2025": 0.0027, "FY2026": 0.0070}
    for year, expected in by_year.items():
        assert lines["held", year, 0].median_abs == pytest.approx(expected, abs=NEAR), year
    averages = {"FY2023": -0.018, "FY2024": -0.015, "FY2025": -0.021, "FY2026": -0.030}
    for year, expected in averages.items():
        assert lines["average", year, 0].mean == pytest.approx(expected, abs=NEAR), year
    assert (38, 38) == (lines["average", "all", 0].n, lines["average", "all", 0].inside)


def test_the_head_count_of_the_university_agrees_as_the_atlas_says(real: Records) -> None:
    lines = _lines(real, "uwchr_inc_headcount_fy12-24ytd.parquet")
    held = lines["held", "all", 0]
    assert held.median == pytest.approx(-0.0034, abs=NEAR)
    assert held.median_abs == pytest.approx(0.0055, abs=NEAR)
    assert held.worst == pytest.approx(0.0351, abs=NEAR)
    averages = {"FY2019": -0.026, "FY2020": -0.027, "FY2021": -0.034, "FY2022": -0.012, "FY2023": -0.011}
    for year, expected in averages.items():
        assert lines["average", year, 0].mean == pytest.approx(expected, abs=NEAR), year


def test_the_shipped_daily_counts_are_those_of_the_file() -> None:
    fresh = store.read_daily(
        DAILY / "facilities-daily-population-latest.parquet", reconcile.series_shapes(Shelf(), "us-ice")
    )
    (ours,) = reconcile.shipped_series()
    assert fresh.days == ours.days
    assert "uwchr-headcount" not in {entry.id for entry in reconcile.shipped_series()}  # its licence does not allow it


def test_seams_of_the_daily_series_are_few_and_dated() -> None:
    (ours,) = reconcile.shipped_series()
    assert ["2022-12-16"] == [seam.date.isoformat() for seam in seams(ours.days)]


def test_the_silent_corrections_of_may_2023_are_told() -> None:
    records = shipped_records(Shelf())
    _, _, found = difference("FY23_2023-05-21", "FY23_2023-05-21_pub2023-05-31", records)
    technology = {
        change.label: (change.before, change.after) for change in found if change.block == "atd_technology" and change.kind == "corrected"
    }  # fmt: skip
    assert ("188,934", "4,449") == next(sides for label, sides in technology.items() if label.startswith("GPS | Count"))
    assert ("34,576", "219,011") == next(
        sides for label, sides in technology.items() if label.startswith("SmartLINK | Count")
    )
    _, _, again = difference("FY23_2023-05-21_pub2023-05-31", "FY23_2023-05-21_pub2023-06-01", records)
    assert [("538,544.86", "210,250.56"), ("552,776.14", "224,481.84")] == [
        (change.before, change.after) for change in again
    ]


def test_a_resaved_copy_differs_in_one_edited_date_only() -> None:
    records = shipped_records(Shelf())
    _, _, found = difference("FY26_2026-01-25", "FY26_2026-01-25_resaved", records)
    assert [] == [change for change in found if change.kind != "relabelled"]


def test_reconcile_puts_the_gravest_first_and_names_the_issues_around(real_files: list[Path], capsys) -> None:
    path = next(entry for entry in real_files if entry.name == "FY22_2022-09-11.xlsx")
    with pytest.raises(SystemExit) as ending:
        main(["reconcile", str(path), "--json"])
    document = json.loads(capsys.readouterr().out)["data"]
    assert 1 == ending.value.code
    assert ("rejected", "date") == (document["findings"][0]["status"], document["findings"][0]["check"])
    order = ["rejected", "suspect", "note", "ok"]
    places = [order.index(entry["status"]) for entry in document["findings"]]
    assert places == sorted(places)
    assert "FY22_2022-09-25.xlsx" in document["neighbours"]


def test_a_neighbour_that_ships_shows_a_pasted_table(real_files: list[Path], capsys) -> None:
    path = next(entry for entry in real_files if entry.name == "FY24_2024-06-02_resaved.xlsx")
    with pytest.raises(SystemExit):
        main(["reconcile", str(path), "--json"])
    findings = json.loads(capsys.readouterr().out)["data"]["findings"]
    pasted = [entry for entry in findings if entry["check"] == "i" and entry["status"] == "suspect"]
    assert ["facilities"] == [entry["block"] for entry in pasted]
