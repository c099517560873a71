"""Planted faults in made-up workbooks: every one is found, and clean workbooks stay quiet. 5 seeds here, 200 in soak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tallystick import pipeline
from tallystick.figures.issue import Issue
from tallystick.made.faults import FAULTS
from tallystick.made.workbooks import write_series, write_workbook
from tallystick.terms.definitions import Shelf
from tests.conftest import SEEDS
from tests.made import SHAPES

GRAVE = ("suspect", "rejected")
NOTED = ("idle", "stopped", "dead", "rounding", "g", "coding", "i")
MOST_FALSE = 0.02  # of the blocks of clean workbooks


@dataclass(frozen=True)
class Seen:
    """What was found in one workbook: (check or code, table)."""

    marks: frozenset[tuple[str, str]]
    blocks: int


# fault -> (check or code, table), shapes that print the table ("" for all)
ALONE = {
    "stale_sheet": ("date", "year_to_date", ""),
    "stale_facilities": ("date", "facilities", ""),
    "broken_total": ("a", "detained_by_criminality_agency", ""),
    "agency_gap": ("b", "detained_by_criminality_agency", ""),
    "totals_disagree": ("c", "detained_by_disposition", ""),
    "month_gap": ("d", "bookins_by_agency_month", ""),
    "unknown_header": ("TS221", "detained_by_criminality_agency", ""),
    "unknown_row": ("TS222", "detained_by_criminality_agency", ""),
    "text_number": ("TS223", "detained_by_criminality_agency", ""),
    "broken_header": ("TS220", "bookins_by_agency_month", ""),
    "zero_column": ("dead", "facilities", ""),
    "mistyped_date": ("date", "facilities", ""),
    "stale_footnotes": ("date", "stock", ""),
    "tool_sum": ("a", "atd_technology", "FY23 FY24 FY25 FY26"),
    "area_sum": ("a", "atd_aor_technology", ""),
    "custody_sum": ("a", "iclos_detainees", "FY21 FY22 FY23 FY24 FY25 FY26"),
    "segregation_sum": ("a", "segregation_facility_month", "FY24 FY25 FY26"),
    "vulnerable_sum": ("a", "vulnerable_segregation", "FY22 FY23 FY24 FY25 FY26"),
    "negative_days": ("TS223", "atd_aor_technology", ""),
    "idle_months": ("idle", "bond", "FY22 FY23 FY24 FY25 FY26"),
    "groups_disagree": ("g", "facilities", ""),
    "rounded_list": ("rounding", "facilities", ""),
    "list_of_others": ("h", "facilities", ""),
}
# these need the issues around them
IN_SERIES = {
    "ytd_fall": ("f", "bookins_by_agency_month"),
    "pasted_monitoring": ("i", "atd_aor_technology"),
    "swapped_family": ("swap", "bookins_by_crim"),
    "other_threat_levels": ("coding", "facilities"),
}
NOT_FOUND = {
    "swapped_labels": "an exchange of convicted and pending whose shares are alike cannot be told from a change",
    "zero_months": "a month of zeros whose people are counted in another month leaves every sum whole",
}


def _read(path: Path) -> Issue:
    (issue,), _, _ = pipeline.read_all([path], Shelf(), workers=1)
    return issue


def _seen(issue: Issue) -> Seen:
    found = {(entry.check, entry.table) for entry in issue.findings if entry.status in GRAVE or entry.check in NOTED}
    found |= {("date", entry.table) for entry in issue.findings if entry.check == "date"}
    found |= {(fault.code, fault.text.split("'")[1]) for fault in issue.problems if "'" in fault.text}
    return Seen(frozenset(found), len(set(issue.blocks)))


def test_every_kind_of_fault_is_tried() -> None:
    assert set(FAULTS) == {*ALONE, *IN_SERIES, *NOT_FOUND}


@pytest.mark.parametrize("fault", ALONE)
def test_a_fault_is_found_in_every_year_that_can_have_it(tmp_path: Path, fault: str) -> None:
    check, table, only = ALONE[fault]
    shapes = only.split() if only else list(SHAPES)
    for seed in range(SEEDS):
        shape = shapes[seed % len(shapes)]
        made = write_workbook(tmp_path / f"{seed}.xlsx", SHAPES[shape], shape=shape, seed=seed + 40, faults=[fault])
        assert (check, table) in _seen(_read(made.path)).marks, (shape, seed)


@pytest.mark.parametrize("fault", IN_SERIES)
def test_a_fault_among_issues_is_found_and_put_on_the_right_one(tmp_path: Path, fault: str) -> None:
    check, table = IN_SERIES[fault]
    for seed in range(max(1, SEEDS // 5) if SEEDS > 5 else 2):
        year = 2022 if fault == "swapped_family" else 2026
        places = (3, 4, 5, 6) if fault == "other_threat_levels" else (3,)
        series = write_series(
            tmp_path / str(seed), year, issues=7, seed=seed, faults={place: [fault] for place in places}
        )
        issues, _, _ = pipeline.read_all([made.path for made in series], Shelf(), workers=1)
        found = pipeline.between(issues, pipeline.known_layouts(Shelf()))
        blamed = {entry.release for entry in found if (entry.check, entry.table.split(":")[0]) == (check, table)}
        assert {series[3].path.name} == blamed, seed


def test_clean_workbooks_are_hardly_ever_flagged(tmp_path: Path) -> None:
    flagged = blocks = 0
    for seed in range(SEEDS):
        for shape, day in SHAPES.items():
            if SEEDS > 5 and seed % len(SHAPES) != list(SHAPES).index(shape):
                continue
            on = day if day.month == 9 else day - timedelta(days=seed % 9)
            seen = _seen(_read(write_workbook(tmp_path / "clean.xlsx", on, shape=shape, seed=seed).path))
            flagged += len({table for _, table in seen.marks})
            blocks += seen.blocks
    assert blocks > 100
    assert flagged <= MOST_FALSE * blocks, f"{flagged} of {blocks} blocks"


def test_a_clean_series_is_quiet_between_its_issues(tmp_path: Path) -> None:
    for seed in range(max(1, SEEDS // 5) if SEEDS > 5 else 2):
        series = write_series(tmp_path / str(seed), 2019 + seed % 8, issues=5, seed=seed)
        issues, _, _ = pipeline.read_all([made.path for made in series], Shelf(), workers=1)
        assert [] == pipeline.between(issues, pipeline.known_layouts(Shelf())), seed
