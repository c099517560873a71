"""Broken, moved, renamed, mixed and odd record files: a coded error or a ledger line, and no row lost without one."""

from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.made.releases import WARNING, make_release
from tallystick.made.sheets import MadeSheet, Value, write_records
from tallystick.receive import FileRead, is_record_file, receive
from tallystick.recordsheet import Rules
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

from .conftest import Made, Reading, column_of, made


def _balanced(read: FileRead) -> None:
    for sheet in read.sheets:
        out = sum(line.rows_in - line.rows_out for line in sheet.ledger if line.act == "left out")
        assert sheet.rows_in == sheet.rows + out


def _code(error: pytest.ExceptionInfo[TallystickError]) -> str:
    return error.value.faults[0].code


@pytest.mark.parametrize("above", [0, 1, 9, 20])
def test_a_header_row_that_moved_is_found_by_its_content(
    arrests: Made, reading: Reading, tmp_path: Path, above: int
) -> None:
    path = replace(arrests, preamble=(WARNING,) * above if above else ()).write(tmp_path)
    rows = reading.rows(path)
    assert len(rows) == len(arrests.rows)
    assert column_of(rows, "source_row")[:2] == [above + 2, above + 3]


def test_columns_in_another_order_give_the_same_table(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    order = list(reversed(range(len(arrests.header))))
    turned = replace(
        arrests,
        header=tuple(arrests.header[index] for index in order),
        rows=tuple(tuple(row[index] for index in order) for row in arrests.rows),
    )
    assert reading.rows(arrests.write(tmp_path / "a")) == reading.rows(turned.write(tmp_path / "b"))


def test_both_kinds_of_strings_and_both_readers_give_the_same_table(
    arrests: Made, reading: Reading, tmp_path: Path
) -> None:
    shared = reading.rows(arrests.write(tmp_path / "a", strings="shared"))
    assert shared == reading.rows(arrests.write(tmp_path / "b", strings="inline"))
    assert shared == reading.rows(arrests.write(tmp_path / "c", name="MADE-UP_c.xlsx"), reader="whole")


def test_a_renamed_column_stops_with_the_line_to_add(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    path = arrests.with_header(arrests.index("Apprehension Method"), "Arrest Technique").write(tmp_path)
    with pytest.raises(TallystickError) as error:
        reading.read(path)
    assert _code(error) == "TS161"
    assert error.value.exit_code == 2
    assert "arrests,,Arrest Technique,apprehension_method,keep," in error.value.faults[0].fix
    assert "us-ice/releases/ice_2026_03/mine.csv" in error.value.faults[0].fix
    assert not list(reading.cache.glob("*/*.parquet"))


def test_the_line_for_a_renamed_column_is_all_that_is_needed(arrests: Made, tmp_path: Path) -> None:
    from tallystick.gather import rules_of

    path = arrests.with_header(arrests.index("Apprehension Method"), "Arrest Technique").write(tmp_path)
    folder = tmp_path / "definitions" / "us-ice" / "releases" / "ice_2026_03"
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text(
        "table,position,raw,column,outcome,note\narrests,,Arrest Technique,apprehension_method,keep,\n"
    )
    rows = Reading(rules_of(Shelf(tmp_path / "definitions")), tmp_path / "cache").rows(path)
    assert set(column_of(rows, "apprehension_method__why")) == {"recorded"}


def test_a_value_that_no_vocabulary_lists_stops_with_the_line_to_add(
    arrests: Made, reading: Reading, tmp_path: Path
) -> None:
    column = arrests.index("Apprehension Method")
    path = arrests.with_column(column, lambda number, value: "Oth. efforts" if number < 20 else value).write(tmp_path)
    with pytest.raises(TallystickError) as error:
        reading.read(path)
    fault = error.value.faults[0]
    assert fault.code == "TS162"
    assert "'Oth. efforts' (20 rows)" in fault.where
    assert "other_efforts" in fault.fix
    assert "apprehension_method,Oth. efforts," in fault.fix


def test_a_rare_value_that_no_vocabulary_lists_stops_without_being_shown(
    arrests: Made, reading: Reading, tmp_path: Path
) -> None:
    column = arrests.index("Apprehension Method")
    path = arrests.with_cell(3, column, "Zanzibar").write(tmp_path)
    with pytest.raises(TallystickError) as error:
        reading.read(path)
    assert _code(error) == "TS162"
    assert "Zanzibar" not in str(error.value)
    assert "fewer than 11 rows" in error.value.faults[0].where
    assert "row 11, column H (apprehension_method)" in error.value.faults[0].where


def test_the_line_to_add_is_all_that_is_needed(arrests: Made, tmp_path: Path) -> None:
    from tallystick.gather import rules_of

    column = arrests.index("Apprehension Method")
    path = arrests.with_cell(3, column, "Oth. efforts").write(tmp_path)
    folder = tmp_path / "definitions" / "us-ice" / "values"
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text("vocabulary,raw,value,note\napprehension_method,Oth. efforts,other_efforts,\n")
    rows = Reading(rules_of(Shelf(tmp_path / "definitions")), tmp_path / "cache").rows(path)
    assert rows[3]["apprehension_method"] == "other_efforts"


def test_a_column_that_is_not_there_is_named_and_unknown(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    index = arrests.index("Operation")
    short = replace(
        arrests,
        header=arrests.header[:index] + arrests.header[index + 1 :],
        rows=tuple(row[:index] + row[index + 1 :] for row in arrests.rows),
    )
    path = short.write(tmp_path)
    assert reading.read(path).sheets[0].absent == ("operation",)
    assert set(column_of(reading.rows(path), "operation__why")) == {"not_in_release"}


@pytest.mark.parametrize("raw", ["Apprehension Date", "Anonymized Identifier"])
def test_without_the_day_or_the_key_nothing_is_read(arrests: Made, reading: Reading, tmp_path: Path, raw: str) -> None:
    index = arrests.index(raw)
    short = replace(
        arrests,
        header=arrests.header[:index] + arrests.header[index + 1 :],
        rows=tuple(row[:index] + row[index + 1 :] for row in arrests.rows),
    )
    with pytest.raises(TallystickError) as error:
        reading.read(short.write(tmp_path))
    assert _code(error) == "TS166"


def test_a_thousand_numbers_before_a_redaction_lose_nothing(reading: Reading, tmp_path: Path) -> None:
    table = made(table="stints", people=2200)
    assert len(table.rows) > 3000
    years = table.index("Birth Year")
    late = table.with_column(years, lambda number, _: 1980 if number < 1999 else "(b)(6), (b)(7)(C)")
    rows = reading.rows(late.write(tmp_path))
    assert Counter(column_of(rows, "birth_year__why")) == {"recorded": 1999, "redacted": len(table.rows) - 1999}


DAYS: list[tuple[Value, str | None, str]] = [
    (45658, "2025-01-01 00:00:00", "recorded"),
    (45658.5, "2025-01-01 12:00:00", "recorded"),
    ("45658.25", "2025-01-01 06:00:00", "recorded"),
    ("2025-01-01", "2025-01-01 00:00:00", "recorded"),
    ("2025-01-01 13:14:15", "2025-01-01 13:14:15", "recorded"),
    ("1/31/2025", "2025-01-31 00:00:00", "recorded"),
    ("1/31/2025 1:05:00 PM", "2025-01-31 13:05:00", "recorded"),
    ("31-Jan-25", "2025-01-31 00:00:00", "recorded"),
    ("0002-03-04", None, "implausible"),
    ("0199-07-01", None, "implausible"),
    (2_000_000, None, "implausible"),
    ("2031-01-01", None, "implausible"),
    ("31/31/2025", None, "unmapped"),
    ("soon", None, "unmapped"),
    ("NA", None, "blank"),
    ("", None, "blank"),
    ("(b)(6), (b)(7)(c)", None, "redacted"),
    ("b(6), b(7)C", None, "redacted"),
]


@pytest.mark.parametrize(("printed", "value", "why"), DAYS, ids=[str(day[0]) or "empty" for day in DAYS])
def test_days_in_every_form(
    arrests: Made, reading: Reading, tmp_path: Path, printed: Value, value: str | None, why: str
) -> None:
    rows = reading.rows(arrests.with_cell(2, arrests.index("Apprehension Date"), printed).write(tmp_path))
    found = rows[2]["apprehension_datetime"]
    assert (str(found) if found else None, rows[2]["apprehension_datetime__why"]) == (value, why)
    assert len(rows) == len(arrests.rows)


def test_a_workbook_that_counts_from_1904_is_read_by_its_own_calendar(
    arrests: Made, reading: Reading, tmp_path: Path
) -> None:
    column = arrests.index("Apprehension Date")
    moved = arrests.with_column(column, lambda _, value: value - 1462 if isinstance(value, (int, float)) else value)
    other = arrests.index("Departed Date")
    moved = moved.with_column(other, lambda _, value: value - 1462 if isinstance(value, (int, float)) else value)
    one = column_of(reading.rows(arrests.write(tmp_path / "a")), "apprehension_datetime")
    assert one == column_of(reading.rows(moved.write(tmp_path / "b", from_1904=True)), "apprehension_datetime")


def test_lost_zeros_of_codes_come_back_and_odd_codes_are_unknown(
    stints: Made, reading: Reading, tmp_path: Path
) -> None:
    code = stints.index("MSC Charge Code")
    path = stints.with_cell(0, code, 301).with_cell(1, code, "0301").with_cell(2, code, "13ab").write(tmp_path)
    rows = reading.rows(path)
    assert [(row["msc_charge_code"], row["msc_charge_code__why"]) for row in rows[:3]] == [
        ("0301", "recorded"), ("0301", "recorded"), (None, "unmapped"),
    ]  # fmt: skip


def test_columns_of_blanks_blank_rows_and_notes(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    width = len(arrests.header)
    rows = [(*row, *("",) * 53) for row in arrests.rows]
    rows.insert(5, ("",) * width)
    rows.append(("Source: extract of an example",))
    rows.append(tuple(arrests.header))
    read = reading.read(replace(arrests, rows=tuple(rows)).write(tmp_path))
    sheet = read.sheets[0]
    assert sheet.rows == len(arrests.rows)
    assert {line.rule: line.rows_in - line.rows_out for line in sheet.ledger if line.act == "left out"} == {
        "note": 1, "header again": 1,
    }  # fmt: skip
    _balanced(read)


def test_rows_below_what_the_sheet_declares_are_read(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    path = arrests.write(tmp_path)
    _rewrite(path, "xl/worksheets/sheet1.xml", lambda text: text.replace(f":Y{len(arrests.rows) + 7}", ":Y20"))
    assert reading.read(path).sheets[0].rows == len(arrests.rows)


def test_formulas_count_with_the_value_that_was_stored(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    path = arrests.with_cell(0, arrests.index("Birth Year"), 1990).write(tmp_path, strings="inline")
    _rewrite(path, "xl/worksheets/sheet1.xml", lambda text: text.replace("<v>1990</v>", "<f>1900+90</f><v>1990</v>", 1))
    assert reading.rows(path)[0]["birth_year"] == 1990


def test_hidden_rows_and_hidden_sheets_are_read_like_all_others(
    arrests: Made, reading: Reading, tmp_path: Path
) -> None:
    path = tmp_path / "MADE-UP_hidden.xlsx"
    write_records(path, [arrests.sheet(), replace(arrests.sheet(), name="MADE-UP FY2024", hidden=True)])
    _rewrite(path, "xl/worksheets/sheet1.xml", lambda text: text.replace('<row r="9">', '<row r="9" hidden="1">'))
    read = reading.read(path)
    assert [sheet.rows for sheet in read.sheets] == [len(arrests.rows)] * 2
    assert read.hidden_sheets == ("MADE-UP FY2024",)


def test_a_sheet_without_records_is_named_and_not_stored(arrests: Made, reading: Reading, tmp_path: Path) -> None:
    path = tmp_path / "MADE-UP_two.xlsx"
    write_records(path, [MadeSheet("MADE-UP Cover", [WARNING], ["What", "How"], [("a", "b")]), arrests.sheet()])
    read = reading.read(path)
    assert [name for name, _ in read.other_sheets] == ["MADE-UP Cover"]
    assert len(read.sheets) == 1


def test_broken_files_say_what_is_wrong(arrests: Made, reading: Reading, rules: Rules, tmp_path: Path) -> None:
    whole = arrests.write(tmp_path).read_bytes()
    cases = {
        "cut.xlsx": (whole[: len(whole) // 2], "TS206"),
        "empty.xlsx": (b"", "TS203"),
        "page.xlsx": (b"<!DOCTYPE html><html>login</html>", "TS201"),
        "locked.xlsx": (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 5000,
            "TS205",
        ),
    }
    for name, (content, code) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TallystickError) as error:
            reading.read(tmp_path / name)
        assert _code(error) == code, name
        assert not is_record_file(tmp_path / name, rules)


def test_an_extract_of_no_registered_release_is_refused(rules: Rules, tmp_path: Path) -> None:
    header = [
        "Apprehension Date",
        "Anonymized Identifier",
        "Gender",
        "Case Status",
        *(f"Own field {n}" for n in range(9)),
    ]
    path = tmp_path / "extract.xlsx"
    write_records(path, [MadeSheet("Data", [], header, [(45000, "x", "Male", "ACTIVE", *range(9))])])
    with pytest.raises(TallystickError) as error:
        is_record_file(path, rules)
    assert (error.value.exit_code, _code(error)) == (3, "TS302")


def test_files_that_fit_several_releases_are_told_apart_by_their_last_day_then_their_name(
    reading: Reading, tmp_path: Path
) -> None:
    table = made("ice_2025_07", people=1500)
    path = table.write(tmp_path / "a", name="MADE-UP_arrests.xlsx")
    assert (reading.read(path).sheets[0].release, reading.read(path).sheets[0].decided_by) == (
        "ice_2025_07",
        "last day",
    )
    column = table.index("Apprehension Date")
    early = replace(
        table, rows=tuple(row for row in table.rows if isinstance(row[column], (int, float)) and row[column] < 45500)
    )
    with pytest.raises(TallystickError) as error:
        reading.read(early.write(tmp_path / "b", name="MADE-UP_arrests.xlsx"))
    assert _code(error) == "TS164"
    named = reading.read(early.write(tmp_path / "c", name="MADE-UP_arrests.xlsx"), named="ice_2025_10")
    assert (named.sheets[0].release, named.sheets[0].decided_by) == ("ice_2025_10", "named")
    by_name = early.write(tmp_path / "d", name="MADE-UP_2025-ICLI-00019_2024-ICFO-39357_ERO Admin Arrests_raw.xlsx")
    assert (reading.read(by_name).sheets[0].release, reading.read(by_name).sheets[0].decided_by) == (
        "ice_2025_06b",
        "file name",
    )


def test_a_corrupt_column_of_a_release_is_not_used(reading: Reading, tmp_path: Path) -> None:
    make_release("ice_2025_02", tmp_path, Shelf(), people=120, tables=["stints"])
    rows = reading.rows(next(tmp_path.glob("*.xlsx")))
    assert set(column_of(rows, "stay_book_in_datetime__why")) == {"implausible"}
    assert set(column_of(rows, "stay_book_in_datetime")) == {None}
    assert "recorded" in column_of(rows, "stint_book_in_datetime__why")


CELLS = st.one_of(
    st.none(), st.sampled_from(["Male", "NA", "(b)(6), (b)(7)(c)", "Unknown", "soon", "45000", "2025-02-03", " "]),
    st.integers(0, 60_000), st.floats(0, 60_000, allow_nan=False),
)  # fmt: skip


@given(
    cells=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 24), CELLS), max_size=12),
    blanks=st.lists(st.integers(0, 30), max_size=3),
    notes=st.integers(0, 2),
)
def test_rows_in_are_rows_out_and_rows_in_the_ledger(
    arrests: Made, rules: Rules, tmp_path_factory: pytest.TempPathFactory, cells: list, blanks: list[int], notes: int
) -> None:
    """Whatever stands in the cells: the file is refused as a whole, or every row is stored or in the ledger."""
    folder = tmp_path_factory.mktemp("any")
    table = arrests
    for row, column, value in cells:
        table = table.with_cell(row % len(table.rows), column, value)
    rows = list(table.rows)
    for place in blanks:
        rows.insert(place, ("",) * len(table.header))
    rows += [("a note",)] * notes
    path = replace(table, rows=tuple(rows)).write(folder)
    try:
        read = receive(path, rules, folder / "cache")
    except TallystickError as error:
        assert error.faults[0].code in ("TS162", "TS301")
        assert not list((folder / "cache").glob("*"))
        return
    _balanced(read)
    filled = sum(any(cell not in ("", None) for cell in row) for row in rows)
    assert read.sheets[0].rows_in == filled


def _rewrite(path: Path, part: str, change) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    before = parts[part].decode()
    after = change(before)
    assert after != before
    parts[part] = after.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
