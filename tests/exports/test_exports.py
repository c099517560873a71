"""Published tables as files: the same values in every format, described, hashed, attacked, harmless."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

from tallystick.exporting import FORMATS, write_parquet
from tallystick.publish import files
from tallystick.publish.files import WRITERS, write_sqlite, write_xlsx
from tallystick.publish.page import safe
from tallystick.publish.tidy import TABLES, ExportColumn, ExportTable, export_table, short_names, spanish
from tallystick.terms.tables import table
from tests.claims.conftest import made_project, run

__all__ = ["made_project"]
HOSTILE = (
    '=HYPERLINK("x")',
    "+1",
    "@x",
    "<script>alert(1)</script>",
    "a | b",
    "\u202egnitset",
    "x" * 10_000,
    'ñ, ü; "q"',
    "'=1",
)
CODES = ("rounded", "ok")
ROWS = [
    (text, 0.5 + place, date(2025, 1, 1 + place), bool(place % 2), CODES[place % 2])
    for place, text in enumerate(HOSTILE)
]
SMALL = ExportTable(
    "cells",
    "a small table",
    (
        ExportColumn("text", "text", "words", "palabras"),
        ExportColumn("number", "number", "a number", "un número"),
        ExportColumn("day", "date", "a day", "un día"),
        ExportColumn("yes", "bool", "yes or no", "sí o no"),
        ExportColumn("status", "text", "a code", "un código", ("ok", "rounded")),
    ),
    (*ROWS, (None, 99.0, None, None, None)),
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The figures that ship, in every format."""
    folder = tmp_path_factory.mktemp("package") / "out"
    assert run("export", "--format", ",".join(FORMATS), "-o", str(folder), "--check").exit_code == 0
    return folder


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, as its own kind of reader gives them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    if path.suffix == ".parquet":
        cursor = duckdb.connect().execute("select * from read_parquet(?)", [str(path)])
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        head, *body = book.get_sheet_by_name(book.sheet_names[0]).to_python()
        return [dict(zip(head, row, strict=True)) for row in body]
    reader = pyreadstat.read_dta if path.suffix == ".dta" else pyreadstat.read_sav
    frame, _ = reader(str(path), apply_value_formats=True)
    return [dict(row) for _, row in frame.astype(object).where(frame.notna(), None).iterrows()]


def plain(value: Any) -> str:
    """A value whatever the format: numbers as numbers, days in ISO, nothing as nothing."""
    if value is None or value == "" or value != value:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    text = str(value)
    text = {"True": "1", "False": "0", "yes": "1", "no": "0", "true": "1", "false": "0"}.get(text, text)
    try:
        return f"{float(text):.9g}"
    except ValueError:
        return text


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx", ".dta", ".sav"])
@pytest.mark.parametrize("name", TABLES)
def test_every_format_holds_the_same_values(package: Path, name: str, suffix: str) -> None:
    here, there = rows_of(package / f"{name}.csv"), rows_of(package / f"{name}{suffix}")
    assert len(here) == len(there)
    short = short_names(list(here[0]))
    most = files.STATA_TEXT if suffix == ".dta" else files.SPSS_TEXT
    for one, other in zip(here, there, strict=True):
        for column, value in one.items():
            key = short[column] if suffix in (".dta", ".sav") else column
            assert plain(value.removeprefix("'"))[:most] == plain(other[key])[:most], (column, value)


def test_the_database_holds_all_tables_and_what_their_columns_mean(package: Path) -> None:
    base = sqlite3.connect(package / "tallystick.sqlite")
    for name in TABLES:
        (many,) = base.execute(f'select count(*) from "{name}"').fetchone()
        assert many == len(rows_of(package / f"{name}.csv"))
    assert base.execute("select count(*) from columns where meaning = '' or meaning_es = ''").fetchone() == (0,)
    base.close()


def test_codes_have_labels_and_names_fit_stata(package: Path) -> None:
    _, about = pyreadstat.read_dta(str(package / "cells.dta"))
    assert all(len(name) <= 32 for name in about.column_names)
    assert "rounded" in about.variable_value_labels["status"].values()
    assert all(about.column_labels)


def test_the_package_describes_what_lies_in_it(package: Path) -> None:
    told = json.loads((package / "datapackage.json").read_text("utf-8"))
    assert not told["invented"]
    for one in told["resources"]:
        path = package / one["path"]
        assert one["bytes"] == path.stat().st_size
        assert one["hash"] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        assert [field["name"] for field in one["schema"]["fields"]] == list(rows_of(path)[0])
    sums = dict(reversed(line.split("  ")) for line in (package / "SHA256SUMS").read_text().splitlines())
    here = {path.name for path in package.iterdir()} - {"SHA256SUMS", ".tallystick-output"}
    assert here == set(sums)
    assert all(hashlib.sha256((package / name).read_bytes()).hexdigest() == own for name, own in sums.items())
    croissant = json.loads((package / "croissant.json").read_text("utf-8"))
    assert {one["@id"] for one in croissant["distribution"]} == {f"{name}.csv" for name in TABLES}
    catalogue = json.loads((package / "data.json").read_text("utf-8"))["dataset"][0]
    assert {"title", "description", "identifier", "accessLevel", "keyword", "publisher"} <= set(catalogue)
    assert "not yet reviewed" in (package / "README.md").read_text("utf-8")


def test_every_column_is_explained_in_spanish() -> None:
    for name in TABLES:
        for column in table(name).columns:
            assert spanish().columns.get(column.name), (name, column.name)


def test_two_exports_are_alike_to_the_byte(package: Path, tmp_path: Path) -> None:
    assert run("export", "--format", "csv,parquet", "-o", str(tmp_path / "again")).exit_code == 0
    for name in TABLES:
        for suffix in (".csv", ".parquet"):
            assert (package / f"{name}{suffix}").read_bytes() == (tmp_path / "again" / f"{name}{suffix}").read_bytes()


def test_made_up_records_say_so_everywhere(made_project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    assert (
        run("export", "--project", str(made_project), "--format", "csv,xlsx", "-o", str(folder), "--check").exit_code
        == 0
    )
    assert {"true", "True"} >= {row["invented"] for row in rows_of(folder / "cells.csv")}
    assert "MADE-UP" in json.loads((folder / "datapackage.json").read_text("utf-8"))["title"]
    assert "Made-up records" in (folder / "README.md").read_text("utf-8")


def test_hostile_texts_pass_harmlessly(tmp_path: Path) -> None:
    for kind, write in [*WRITERS.items(), ("parquet", write_parquet)]:
        (path,) = write(SMALL, tmp_path)
        found = rows_of(path)
        assert len(HOSTILE) + 1 == len(found)
        texts = [str(row["text"] or "") for row in found]
        if kind == "csv":
            assert not any(text.startswith(("=", "+", "@", "-")) for text in texts)
        most = files.STATA_TEXT if kind == "dta" else 10**6
        wanted = [safe(text) if kind == "csv" else text for text in HOSTILE]
        assert [text[:most] for text in wanted] == [text[:most] for text in texts[:-1]]
    (base,) = write_sqlite([SMALL], tmp_path)
    assert list(HOSTILE) == [
        row[0] for row in sqlite3.connect(base).execute("select text from cells where text is not null")
    ]


def test_a_long_table_goes_on_on_the_next_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 4)
    (path,) = write_xlsx(SMALL, tmp_path)
    book = CalamineWorkbook.from_path(str(path))
    assert ["cells", "cells 2", "cells 3", "notes"] == book.sheet_names
    assert len(SMALL.rows) == sum(len(book.get_sheet_by_name(name).to_python()) - 1 for name in book.sheet_names[:-1])


def test_what_was_asked_ad_hoc_or_below_the_nation_is_not_in_it(package: Path) -> None:
    assert {"nation"} == {row["place_type"] for row in rows_of(package / "cells.csv")}


@pytest.mark.parametrize(
    ("words", "code"), [(("--format", "pdf"), "TS105"), (("--tables", "people"), "TS105"), (("--format", ""), "TS105")]
)
def test_odd_requests_are_refused(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    assert run("export", "-o", str(tmp_path / "x"), *words).code == code
    assert not (tmp_path / "x").exists()


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    empty = export_table("verdicts", [], invented=False)
    for write in WRITERS.values():
        (path,) = write(empty, tmp_path)
        assert path.stat().st_size > 0


def test_the_folder_one_stands_in_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder in (".", "..", "inside/.."):
        assert run("export", "-o", folder).code == "TS240"
    assert (tmp_path / "inside").is_dir()
