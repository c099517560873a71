"""Published tables as a data package: what a build keeps, in the formats that people use, described and hashed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.answers import Records, tables_of
from tallystick.clear.rules import publication
from tallystick.folders import output_folder
from tallystick.publish.files import WRITERS, iso, write_sqlite
from tallystick.publish.package import describe
from tallystick.publish.tidy import TABLES, ExportTable, export_table
from tallystick.terms.errors import cannot

Progress = Callable[[str, int, int], None]
SQL = {"text": "VARCHAR", "number": "DOUBLE", "date": "DATE", "bool": "BOOLEAN"}
FORMATS = ("csv", "parquet", "xlsx", "sqlite", "dta", "sav")


def write_parquet(table: ExportTable, folder: Path) -> list[Path]:
    """One Parquet file with typed columns."""
    path = folder / f"{table.name}.parquet"
    columns = [(column.name, SQL[column.kind]) for column in table.columns]
    store.write_rows(columns, [dict(zip(table.names, map(iso, row), strict=True)) for row in table.rows], path)
    return [path]


def exported(
    records: Records,
    folder: Path,
    formats: Sequence[str],
    names: Sequence[str] = TABLES,
    progress: Progress = lambda _what, _done, _of: None,
) -> list[str]:
    """Write the published tables of a project, or of the package, into a new folder: all of it, or nothing.

    Args:
        records: the figures in reach.
        folder: where; it must not hold files of others.
        formats: csv, parquet, xlsx, sqlite, dta, sav.
        names: cells, verdicts, sources.
        progress: told (what, done, of).

    Returns:
        The names of the files.

    Raises:
        TallystickError: TS105 for an unknown format or table; TS191 where a format needs a library; TS240 where the
            folder holds other files.
    """
    for asked, known, what in ((formats, FORMATS, "format"), (names, TABLES, "table")):
        unknown = [one for one in asked if one not in known]
        if unknown or not asked:
            raise cannot("TS105", f"'{', '.join(unknown)[:60]}' is no {what}.", fix=f"There are: {', '.join(known)}.")
    tables = [_table(records, name) for name in dict.fromkeys(names)]
    steps = list(dict.fromkeys(formats))
    with output_folder(folder) as place:
        files: list[Path] = []
        for number, kind in enumerate(steps):
            progress(f"Writing {kind}", number, len(steps))
            if kind == "sqlite":
                files += write_sqlite(tables, place)
            else:
                write = write_parquet if kind == "parquet" else WRITERS[kind]
                files += [path for table in tables for path in write(table, place)]
        progress("Written", len(steps), len(steps))
        written = describe(place, tables, files, _about(records, tables))
    return sorted([*(path.name for path in files), *written])


def _table(records: Records, name: str) -> ExportTable:
    rows = store.read_rows(tables_of(records)[name], name)
    if name == "cells":
        rows = [row for row in rows if _is_published(row)]
    return export_table(name, rows, invented=records.invented)


def _is_published(row: dict[str, Any]) -> bool:
    """Whether a cell belongs to a family that may be exported: by its basis and its kind of place."""
    return any(family.basis == row["basis"] and row["place_type"] in family.places for family in publication().families)


def _about(records: Records, tables: Sequence[ExportTable]) -> dict[str, Any]:
    sources = store.read_rows(tables_of(records)["sources"], "sources")
    return {
        "title": f"tallystick: {records.title}",
        "release_set": records.release_set,
        "invented": records.invented,
        "sources": [{"file": row["file"], "sha256": row["sha256"]} for row in sources],
        "tables": [table.name for table in tables],
    }
