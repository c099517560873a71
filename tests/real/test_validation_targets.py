"""Real workbooks: every validation target, every date, every stale sheet, and nothing else flagged."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tallystick import answers, pipeline, store
from tallystick.answers import Records
from tests.conftest import SHARED

pytestmark = pytest.mark.shared
GOLDEN = Path(__file__).parent.parent / "golden"


def _table(records: Records, query: str) -> list[tuple]:
    return store.query(answers.tables_of(records), query, most=None)[1]


def _manifest() -> dict[str, dict[str, str]]:
    with (SHARED / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return {row["file"]: row for row in csv.DictReader(stream)}


def _targets(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_all_85_workbooks_are_read_with_all_core_blocks(real: Records, known) -> None:
    assert len(list(SHARED.glob("*.xlsx"))) == len(_table(real, "select * from sources"))
    core = {block.id for block in known.blocks if block.core} | {"facilities"}
    rows = _table(real, "select source_file, block from figures group by all")
    for file in _manifest():
        assert core <= {block for name, block in rows if name == file}, file


def test_every_validation_target_is_reproduced(real: Records) -> None:
    # the table "Validation targets" of the atlas: Detention sheets
    wanted = {
        "total": ("detained_by_criminality_agency", "All", "all", "point"),
        "ICE": ("detained_by_criminality_agency", "ICE", "all", "point"),
        "CBP": ("detained_by_criminality_agency", "CBP", "all", "point"),
        "convicted": ("detained_by_criminality_agency", "All", "convicted", "point"),
        "pending": ("detained_by_criminality_agency", "All", "pending", "point"),
        "other": ("detained_by_criminality_agency", "All", "other_violator", "point"),
        "ADP FY": ("adp_agency_month_crim", "All", "all", "fytd"),
        "book-ins YTD": ("bookins_by_agency_month", "All", None, "fytd"),
        "removals YTD": ("removals", None, None, "fytd"),
        "ALOS": ("alos_agency_month_crim", "All", "all", "fytd"),
    }
    digits = {"ADP FY": 1, "ALOS": 2}
    found = {
        (file, block, agency, criminality, kind): value
        for file, block, agency, criminality, kind, value in _table(
            real,
            """
            select source_file, block, arresting_agency, criminality, period_kind, value from figures
            where measure <> 'share' and period_kind in ('point', 'fytd')
              and (block <> 'removals' or dims like '%"all"%') and block <> 'facilities'""",
        )
    }
    checked = 0
    for target in _targets("validation_targets.csv"):
        for name, key in wanted.items():
            expected = float(target[name].replace(",", ""))
            assert expected == round(found[(target["file"] + ".xlsx", *key)], digits.get(name, 0)), (
                target["file"],
                name,
            )
            checked += 1
    assert checked == 190


def test_every_facility_sheet_target_is_reproduced(real: Records) -> None:
    for target in _targets("facility_targets.csv"):
        rows = dict(
            _table(
                real,
                f"""
            select coalesce(json_extract_string(dims, '$.classification'), criminality), value from figures
            where source_file = '{target["file"]}.xlsx' and block = 'facilities' and is_total and measure = 'average_daily_population'
              and (json_extract_string(dims, '$.classification') is not null or criminality like 'threat%')""",
            )
        )
        levels = sum(rows[level] for level in "ABCD")
        threat = sum(value for name, value in rows.items() if name.startswith("threat"))
        assert float(target["sum"].replace(",", "")) == round(levels, 1)
        assert float(target["no_threat_level_percent"]) == round(100 * rows["threat_none"] / threat, 1)


def test_workbooks_are_dated_as_the_manifest_says_by_evidence_alone(real: Records) -> None:
    dates = {}
    for file, block, as_of in _table(real, "select source_file, block, any_value(as_of) from figures group by all"):
        dates.setdefault(file, {})[block] = as_of
    previous_year = {"FY21_2021-06-05.xlsx": date(2020, 6, 20), "FY21_2021-10-23.xlsx": date(2020, 9, 30)}
    for file, row in _manifest().items():
        flow, stock = dates[file]["adp_agency_month_crim"], dates[file]["detained_by_criminality_agency"]
        if file in previous_year:
            assert previous_year[file] == flow
        elif file == "FY23_2023-01-16.xlsx":
            # two footnotes name 15 and 16 January; the one about this block says 15, the manifest took the other
            assert date(2023, 1, 15) == stock
        else:
            assert date.fromisoformat(row["as_of"]) in (flow, stock), file
            assert abs((stock - flow).days) <= 7


def test_the_two_previous_year_sheets_are_rejected_and_no_other_detention_sheet(real: Records) -> None:
    rejected = _table(
        real,
        "select distinct source_file from figures where block = 'detained_by_criminality_agency' and trust = 'rejected' order by 1",
    )
    assert [("FY21_2021-06-05.xlsx",), ("FY21_2021-10-23.xlsx",)] == rejected


def test_the_stale_dates_of_the_atlas_are_found(real: Records) -> None:
    findings = _table(real, 'select release, "table", status, explanation from quality where "check" = \'date\'')

    def said(file: str, group: str, words: str) -> bool:
        return any(name.startswith(file) and table == group and words in text for name, table, _, text in findings)

    assert said("FY21_2021-06-05_pub2021-06-11", "stock", "20 June 2020")  # P4
    assert said("FY21_2021-09-25_pub2021-10-07", "stock", "2 October 2020")
    assert said("FY22_2022-09-11", "facilities", "24 February 2020")  # P5
    assert said("FY22_2022-07-31", "facilities", "7 February 2022")
    assert said("FY22_2022-07-31_pub2022-08-09", "facilities", "7 February 2022")
    assert said("FY21_2021-09-25", "facilities", "3 May 2021")
    assert said("FY23_2023-01-16", "facilities", "9 January 2022")  # P7, read as 2023
    assert said("FY23_2023-01-29", "facilities", "23 January 2022")
    rejected = {(name, table) for name, table, status, _ in findings if status == "rejected"}
    assert {
        "FY21_2021-06-05.xlsx",
        "FY21_2021-10-23.xlsx",
        "FY21_2021-09-25.xlsx",
        "FY22_2022-07-31.xlsx",
        "FY22_2022-07-31_pub2022-08-09.xlsx",
        "FY22_2022-09-11.xlsx",
    } == {name for name, _ in rejected}


CORE_CHECKS = "('a', 'b', 'c', 'd', 'e', 'f')"


def test_healthy_workbooks_are_not_flagged_by_checks_a_to_f(real: Records, known) -> None:
    flagged = _table(
        real,
        f'select distinct "check", "table", release from quality where "check" in {CORE_CHECKS} '
        "and status in ('suspect', 'rejected') order by all",
    )
    core = {block.id for block in known.blocks if block.core}
    # (f): the two sheets of another year, and the "year-end" issue that stops on 11 September (P1, P2)
    assert [
        ("f", "FY21_2021-06-05.xlsx"),
        ("f", "FY21_2021-09-11_pub2021-11-12.xlsx"),
        ("f", "FY21_2021-10-23.xlsx"),
    ] == sorted({(check, file) for check, table, file in flagged if table.split(":")[0] in core})


def test_facility_lists_are_flagged_as_the_atlas_says_and_no_other(real: Records) -> None:
    def files(check: str) -> list[str]:
        rows = _table(real, f"select distinct release from quality where \"check\" = '{check}' order by 1")
        return [name.removesuffix(".xlsx") for (name,) in rows]

    assert [
        "FY22_2022-07-05", "FY22_2022-07-31", "FY22_2022-07-31_pub2022-08-09", "FY24_2024-09-08", "FY26_2025-11-16",
        "FY26_2025-11-30",
    ] == files("g")  # fmt: skip
    assert [
        "FY21_2021-06-05", "FY21_2021-09-25", "FY21_2021-10-23", "FY22_2022-07-05", "FY22_2022-09-11",
    ] == files("h")  # fmt: skip
    assert ["FY26_2025-11-16", "FY26_2025-11-30"] == files("rounding")  # P8
    assert ["FY22_2022-01-16"] == files("dead")  # P9
    assert ["FY22_2022-07-31", "FY22_2022-07-31_pub2022-08-09", "FY26_2026-01-07"] == files("hidden")  # P10


def test_exchanged_labels_are_found_and_no_others(real: Records) -> None:
    rows = _table(
        real,
        'select distinct release, "table" from quality where "check" = \'swap\' and "column" = \'facility_type\' order by all',
    )
    assert [
        ("FY20_2020-09-30.xlsx", "bookins_by_crim"),  # R11.3
        ("FY21_2021-02-27.xlsx", "exits_by_facility_type"),
        ("FY21_2021-06-05.xlsx", "alos_facility_type_month"),  # both sheets of June 2020 and of the FY20 year end
        ("FY21_2021-06-05.xlsx", "bookins_by_crim"),
        ("FY21_2021-10-23.xlsx", "bookins_by_crim"),
    ] == rows


def test_the_break_of_the_threat_levels_is_found_without_being_told_its_date(real: Records) -> None:
    rows = dict(_table(real, 'select "column", period from quality where "check" = \'coding\''))
    assert {"threat_level": "2022-01-20", "criminal_mark": "2025-11-20"} == rows


def test_tables_pasted_again_under_a_new_date(real: Records) -> None:
    rows = _table(
        real,
        "select release, \"table\", explanation from quality where \"check\" = 'i' and status = 'suspect' order by all",
    )
    assert [
        ("FY23_2023-01-29.xlsx", "atd_court_appearance"),
        ("FY24_2024-06-02_resaved.xlsx", "facilities"),  # a republisher changed the date
        ("FY25_2024-12-15.xlsx", "stateless_detained"),
        ("FY26_2025-11-16.xlsx", "atd_court_appearance"),  # October 2025 prints the numbers of December 2024
        ("FY26_2025-11-30.xlsx", "atd_court_appearance"),
    ] == [(file, table) for file, table, _ in rows]


def test_sums_that_do_not_hold_beside_the_core_are_these_and_no_others(real: Records, known) -> None:
    rows = _table(
        real,
        f'select release, "table", "column", value, high from quality where "check" in {CORE_CHECKS} '
        "and status in ('suspect', 'rejected') order by all",
    )
    core = {block.id for block in known.blocks if block.core}
    beside = [row for row in rows if row[1].split(":")[0] not in core]
    # looked at in the files: Buffalo in January 2023 by 1, St Paul in August 2022 by 21 (and so the total);
    # technologies of 30 July 2023 by 277; three halves of months of October and November 2024 by 3 to 24 people
    assert {"atd_aor_technology": 3, "atd_technology": 1, "iclos_detainees": 6} == dict(
        Counter(table for _, table, *_ in beside)
    )


def test_problems_of_real_files_are_the_two_that_were_looked_at(real_files: list[Path], shelf) -> None:
    odd = [path for path in real_files if path.name in ("FY22_2022-01-16.xlsx", "FY25_2024-11-03.xlsx")]
    issues, _, _ = pipeline.read_all(odd, shelf, workers=1)
    codes = {issue.file: [fault.code for fault in issue.problems] for issue in issues}
    assert ["TS225"] == codes["FY22_2022-01-16.xlsx"]


def test_names_of_files_do_not_matter(real_files: list[Path], shelf, tmp_path: Path) -> None:
    names = {"FY23_2023-01-16.xlsx", "FY25_2024-11-03.xlsx", "FY21_2021-06-05.xlsx"}
    for path in real_files:
        if path.name in names:
            renamed = tmp_path / _manifest()[path.name]["ice_file_name"]  # two of these three are mistyped
            renamed.write_bytes(path.read_bytes())
            (one,), (other,) = (pipeline.read_all([place], shelf)[0] for place in (path, renamed))
            assert [(block, dated.as_of) for block, dated in one.decided.items()] == [
                (block, dated.as_of) for block, dated in other.decided.items()
            ]
            assert len(one.figures) == len(other.figures)
