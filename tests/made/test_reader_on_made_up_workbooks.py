"""The reader on made-up workbooks: every value where it stands, every planted fault found, clean ones quiet."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tallystick import answers, pipeline
from tallystick.figures.issue import Issue
from tallystick.made.workbooks import write_series, write_workbook
from tallystick.terms.definitions import Shelf
from tests.conftest import SEEDS
from tests.made import SHAPES


def _read(path: Path) -> Issue:
    (issue,), _, _ = pipeline.read_all([path], Shelf(), workers=1)
    return issue


def _grave(issue: Issue) -> set[tuple[str, str]]:
    return {(found.check, found.table) for found in issue.findings if found.status in ("suspect", "rejected")}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(min(SEEDS, 5)))
def test_a_clean_workbook_of_every_year_is_dated_and_not_flagged(tmp_path: Path, shape: str, seed: int) -> None:
    day = SHAPES[shape] - timedelta(days=0 if SHAPES[shape].month == 9 else seed * 3)
    made = write_workbook(tmp_path / "made.xlsx", day, shape=shape, seed=seed)
    issue = _read(made.path)
    assert (day, set(), ()) == (issue.decided["year_to_date"].as_of, _grave(issue), issue.problems)
    assert "high" == issue.decided["year_to_date"].confidence
    assert 12 <= len(issue.blocks)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_written_number_of_the_blocks_is_read(tmp_path: Path, shape: str) -> None:
    made = write_workbook(tmp_path / "made.xlsx", SHAPES[shape], shape=shape, seed=3)
    issue = _read(made.path)
    for block in issue.blocks:
        written = sorted(value for key, value in made.truth.items() if key[0] == block)
        figures = [
            figure
            for figure in issue.figures
            if figure.block == block
            and not (figure.is_total and ":" in figure.cell)
            and figure.measure != "unique_people"  # stands in a sentence
            and not (
                shape == "FY24" and figure.sheet.startswith("ATD EOFY")
            )  # last year's sheet is no part of the truth
        ]
        read = sorted((figure.value or 0.0) for figure in figures if figure.value_status != "text_placeholder")
        assert written == read, block


# fault -> (check or code, where it must be seen)
PLANTED = {
    "stale_sheet": ("date", "year_to_date"),
    "stale_facilities": ("date", "facilities"),
    "broken_total": ("a", "detained_by_criminality_agency"),
    "agency_gap": ("b", "detained_by_criminality_agency"),
    "totals_disagree": ("c", "detained_by_disposition"),
    "month_gap": ("d", "bookins_by_agency_month"),
    "unknown_header": ("TS221", "detained_by_criminality_agency"),
    "unknown_row": ("TS222", "detained_by_criminality_agency"),
    "text_number": ("TS223", "detained_by_criminality_agency"),
    "broken_header": ("TS220", "bookins_by_agency_month"),
}


@pytest.mark.parametrize("fault", PLANTED)
@pytest.mark.parametrize("shape", ["FY21", "FY23", "FY26"])
def test_a_planted_fault_is_found_where_it_was_planted(tmp_path: Path, fault: str, shape: str) -> None:
    made = write_workbook(tmp_path / "made.xlsx", SHAPES[shape], shape=shape, seed=5, faults=[fault])
    issue = _read(made.path)
    check, where = PLANTED[fault]
    if check.startswith("TS"):
        assert any(problem.code == check for problem in issue.problems)
    else:
        assert (check, where) in _grave(issue)


def test_stale_footnotes_are_rejected_and_the_body_dates_itself(tmp_path: Path) -> None:
    made = write_workbook(tmp_path / "made.xlsx", SHAPES["FY26"], shape="FY26", seed=2, faults=["stale_footnotes"])
    issue = _read(made.path)
    assert made.as_of == issue.decided["year_to_date"].as_of
    assert "medium" == issue.decided["year_to_date"].confidence
    assert any(found.check == "date" and "rejected" in found.explanation for found in issue.findings)
    assert set() == _grave(issue)


def test_a_mistyped_year_is_read_as_meant_and_said(tmp_path: Path) -> None:
    made = write_workbook(tmp_path / "made.xlsx", SHAPES["FY26"], shape="FY26", seed=2, faults=["mistyped_date"])
    facilities = _read(made.path).decided["facilities"]
    assert (SHAPES["FY26"].year, "low") == (facilities.as_of.year, facilities.confidence)
    assert "facility_source_line_year_slip" == facilities.basis


def test_a_column_of_zeros_is_no_data(tmp_path: Path) -> None:
    made = write_workbook(tmp_path / "made.xlsx", SHAPES["FY22"], shape="FY22", seed=2, faults=["zero_column"])
    sums = [figure for figure in _read(made.path).figures if figure.is_total and '"custody":"mandatory"' in figure.dims]
    assert [(None, "zero_as_missing")] == [(figure.value, figure.value_status) for figure in sums]


def test_months_to_come_are_not_yet_and_hold_no_zeros(tmp_path: Path) -> None:
    issue = _read(write_workbook(tmp_path / "made.xlsx", SHAPES["FY26"], shape="FY26", seed=2).path)
    later = [figure for figure in issue.figures if figure.period_status == "not_yet"]
    assert later
    assert {(None, "zero_as_missing")} == {(figure.value, figure.value_status) for figure in later}
    partial = {
        figure.period for figure in issue.figures if figure.period_kind == "month" and figure.period_status == "partial"
    }
    assert {"2026-01"} == partial


def test_a_fall_of_the_year_to_date_is_blamed_on_the_issue_that_is_wrong(tmp_path: Path) -> None:
    series = write_series(tmp_path, 2026, issues=5, seed=8, faults={2: ["ytd_fall"]})
    built = pipeline.build([made.path for made in series], tmp_path / "project", Shelf(), workers=1)
    blamed = {found.release for found in built.findings if found.check == "f"}
    assert {series[2].path.name} == blamed


def test_a_series_without_faults_is_not_flagged(tmp_path: Path) -> None:
    for seed in range(SEEDS if SEEDS <= 5 else 20):
        series = write_series(tmp_path / str(seed), 2024, issues=4, seed=seed)
        built = pipeline.build([made.path for made in series], tmp_path / str(seed) / "project", Shelf(), workers=1)
        assert [] == [found for found in built.findings if found.status in ("suspect", "rejected")]


def test_re_issues_of_one_date_are_kept_apart(tmp_path: Path) -> None:
    from tallystick import store

    first = write_workbook(tmp_path / "first.xlsx", SHAPES["FY26"], shape="FY26", seed=1)
    second = write_workbook(tmp_path / "second.xlsx", SHAPES["FY26"], shape="FY26", seed=2)
    pipeline.build([first.path, second.path], tmp_path / "project", Shelf(), workers=1)
    figures = store.read_figures(tmp_path / "project" / "2-figures" / "figures.parquet", "removals")
    assert 2 == len({figure.source_sha256 for figure in figures})
    records = answers.project_records(tmp_path / "project", Shelf())
    cells = answers.cleared_cells(records, ["who/held-by-criminality"])["who/held-by-criminality"].cells
    keys = [(cell.variant, cell.split, cell.period_end) for cell in cells]
    assert len(keys) == len(set(keys))
