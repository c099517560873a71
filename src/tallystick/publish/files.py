"""Tables as files: CSV, Excel, SQLite, Stata, SPSS; the same values in each, and no cell that is a formula."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tallystick.publish.page import to_csv
from tallystick.publish.tidy import ExportColumn, ExportTable, short_names
from tallystick.terms.extras import need

MOST_ROWS = 1_048_575  # of an Excel sheet below its header
STATA_TEXT = 2045  # characters that a text of Stata holds
SPSS_TEXT = 32_767
CELL_TEXT = 32_767  # characters that a cell of Excel holds
LITE = {"text": "TEXT", "number": "REAL", "date": "TEXT", "bool": "INTEGER"}


def write_csv(table: ExportTable, folder: Path) -> list[Path]:
    """One CSV (UTF-8, comma, LF, ISO dates); a text that a spreadsheet would take for a formula gets an apostrophe."""
    path = folder / f"{table.name}.csv"
    rows = [dict(zip(table.names, map(iso, row), strict=True)) for row in table.rows]
    text = to_csv(rows) if rows else ",".join(table.names) + "\n"
    path.write_text(text, encoding="utf-8")
    return [path]


def write_xlsx(table: ExportTable, folder: Path) -> list[Path]:
    """One workbook: numbers from A1 on, on as many sheets as it takes, and a sheet of notes."""
    import xlsxwriter

    path = folder / f"{table.name}.xlsx"
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number in range(max(1, -(-len(table.rows) // MOST_ROWS))):
        sheet = book.add_worksheet(table.name if not number else f"{table.name} {number + 1}")
        for place, name in enumerate(table.names):
            sheet.write_string(0, place, name)
        for line, row in enumerate(table.rows[number * MOST_ROWS : (number + 1) * MOST_ROWS], 1):
            for place, value in enumerate(row):
                _write_cell(sheet, line, place, value, day)
    notes = book.add_worksheet("notes")
    lines = [(table.name, table.title), *((column.name, column.meaning) for column in table.columns)]
    for line, own in enumerate([*lines, ("made with", "tallystick")]):
        for place, text in enumerate(own):
            notes.write_string(line, place, text)
    book.close()
    return [path]


def _write_cell(sheet: Any, line: int, place: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value, day)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, value[:CELL_TEXT])


def write_sqlite(tables: Sequence[ExportTable], folder: Path) -> list[Path]:
    """One database with all tables and a table of columns; `metadata.json` beside it describes it to Datasette."""
    path = folder / "tallystick.sqlite"
    with sqlite3.connect(path) as base:
        for table in tables:
            told = ", ".join(f'"{column.name}" {LITE[column.kind]}' for column in table.columns)
            base.execute(f'create table "{table.name}" ({told})')
            marks = ", ".join("?" for _ in table.columns)
            base.executemany(
                f'insert into "{table.name}" values ({marks})',  # noqa: S608  # names of packaged definitions
                ([iso(value) for value in row] for row in table.rows),
            )
        base.execute('create table "columns" (in_table TEXT, name TEXT, meaning TEXT, meaning_es TEXT)')
        base.executemany(
            'insert into "columns" values (?, ?, ?, ?)',
            ((one.name, column.name, column.meaning, column.meaning_es) for one in tables for column in one.columns),
        )
    base.close()
    return [path]


def write_stata(table: ExportTable, folder: Path) -> list[Path]:
    """One Stata file: short names, labels of columns, and codes with value labels.

    Raises:
        TallystickError: TS191 where the extra is not installed.
    """
    return _labelled(table, folder / f"{table.name}.dta", need("pyreadstat", "formats").write_dta, STATA_TEXT)


def write_spss(table: ExportTable, folder: Path) -> list[Path]:
    """One SPSS file, the same.

    Raises:
        TallystickError: TS191 where the extra is not installed.
    """
    return _labelled(table, folder / f"{table.name}.sav", need("pyreadstat", "formats").write_sav, SPSS_TEXT)


def _labelled(table: ExportTable, path: Path, write: Callable[..., None], most: int) -> list[Path]:
    pandas = need("pandas", "formats")
    names = short_names(table.names)
    columns: dict[str, Any] = {}
    labels: dict[str, dict[float, str]] = {}
    for place, column in enumerate(table.columns):
        own = [row[place] for row in table.rows]
        short = names[column.name]
        if column.values:
            columns[short], labels[short] = _coded(own, column)
        elif column.kind in ("number", "bool"):
            columns[short] = pandas.Series([None if one is None else float(one) for one in own], dtype="float64")
            labels |= {short: {0.0: "no", 1.0: "yes"}} if column.kind == "bool" else {}
        else:
            columns[short] = pandas.Series(["" if one is None else str(iso(one))[:most] for one in own], dtype="object")
    told = [column.meaning[:80] for column in table.columns]
    write(pandas.DataFrame(columns), str(path), column_labels=told, variable_value_labels=labels)
    return [path]


def _coded(values: Sequence[Any], column: ExportColumn) -> tuple[Any, dict[float, str]]:
    """Codes from 1 up, and what each stands for; values that no definition lists come after those it does."""
    listed = [*column.values, *sorted({one for one in values if one is not None} - set(column.values))]
    codes = {name: float(number) for number, name in enumerate(listed, 1)}
    series = need("pandas", "formats").Series([None if one is None else codes[one] for one in values], dtype="float64")
    return series, {code: name for name, code in codes.items()}


def iso(value: Any) -> Any:
    """A day in ISO; anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


WRITERS: dict[str, Callable[[ExportTable, Path], list[Path]]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "dta": write_stata,
    "sav": write_spss,
}
