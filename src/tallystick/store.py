"""The only module that opens an engine: tables written from rows, read back, and asked in SQL.

Tables are written sorted and by one thread, so that the same input gives the same bytes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tallystick.figures.dated import Figure
from tallystick.figures.series import DailySeries, Day, SeriesShape
from tallystick.terms.errors import TallystickError, cannot, refused
from tallystick.terms.tables import READABLE, table

SHIPPED = Path(__file__).resolve().parent / "shipped"
ROW_LIMIT = 10_000
SECONDS = 60
MEMORY = "2GB"
ROW_GROUP = 245_760  # rows; a multiple of what the engine works on at once


def _engine() -> Any:
    import duckdb

    return duckdb.connect(
        ":memory:", config={"threads": 2, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


@contextmanager
def engine(*, memory: str = MEMORY, spill: Path | None = None) -> Iterator[Any]:
    """An empty engine for record tables, with a limit on memory and a private folder for what exceeds it."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": os.cpu_count() or 1,
        "memory_limit": memory,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "true",
    }
    if spill is not None:
        settings["temp_directory"] = str(spill / "spill")
    connection = duckdb.connect(":memory:", config=settings)
    try:
        yield connection
    finally:
        connection.close()


def engine_error() -> type[Exception]:
    """What the engine raises; its words may hold a cell, so they are never shown."""
    import duckdb

    return duckdb.Error


def can_stream(connection: Any) -> bool:
    """Load the reader that streams sheets, from the installed wheel and nowhere else; False where none fits."""
    import duckdb

    found = importlib.util.find_spec("duckdb_extension_excel")
    if found is None or not found.origin:
        return False
    file = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / "excel.duckdb_extension"
    if not file.is_file():
        return False
    try:
        connection.load_extension(str(file))
    except duckdb.Error:
        return False
    return True


def write_parquet(connection: Any, statement: str, target: Path, values: Sequence[Any] = (), how: str = "zstd") -> int:
    """Write what a query gives as Parquet in its own order, in row groups of one size: the same bytes every time.

    Returns:
        The number of rows written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    place = str(target).replace("'", "''")
    written = connection.execute(
        f"copy ({statement}) to '{place}' (format parquet, compression {how}, row_group_size {ROW_GROUP})", list(values)
    ).fetchone()
    return int(written[0])


def json_lines(rows: Iterable[Any], path: Path) -> None:
    """Write rows (structs or dictionaries) one per line, for `table_from_lines`."""
    encoder = msgspec.json.Encoder()
    with path.open("wb") as stream:
        buffer = bytearray()
        for row in rows:
            encoder.encode_into(row, buffer, -1)
            buffer += b"\n"
            if len(buffer) > 1 << 20:
                stream.write(buffer)
                buffer.clear()
        stream.write(buffer)


def _select(name: str, source: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table(name).columns)
    return f"select {columns} from {source}"  # noqa: S608  # names come from packaged table definitions


def _read_lines(name: str, files: Sequence[Path]) -> tuple[str, list[Any]]:
    types = ", ".join(f"\"{column.name}\": '{column.type}'" for column in table(name).columns)
    return f"read_json(?, format='newline_delimited', columns={{{types}}})", [[str(path) for path in files]]


def write_table(name: str, files: Sequence[Path], target: Path, order: Sequence[str], where: str = "true") -> int:
    """Write a table of the contract from files of JSON lines, sorted, as Parquet (or CSV by suffix).

    Returns:
        The number of rows written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    source, parameters = _read_lines(name, files)
    by = ", ".join(f'"{column}" nulls first' for column in order)
    query = f"{_select(name, source)} where {where} order by {by}"
    form = "(format csv, header)" if target.suffix == ".csv" else "(format parquet, compression zstd)"
    with _engine() as engine:
        engine.execute("set preserve_insertion_order=true")
        engine.execute("set threads=1")  # one writer, one order of row groups: the same bytes every time
        place = str(target).replace("'", "''")
        count = engine.execute(f"copy ({query}) to '{place}' {form}", parameters).fetchone()
    return int(count[0])


def write_rows(columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]], target: Path) -> int:
    """Write rows as Parquet in their order.

    Args:
        columns: (name, type in SQL) of each column.
        rows: one mapping for each row.
        target: the file.
    """
    types = ", ".join(f"{_quoted(name)}: '{kind}'" for name, kind in columns)
    chosen = ", ".join(_quoted(name) for name, _ in columns)
    with scratch() as folder, _engine() as connection:
        lines = folder / "rows.jsonl"
        json_lines(rows, lines)
        source = f"read_json(?, format='newline_delimited', columns={{{types}}}, maximum_object_size=100000000)"
        return write_parquet(connection, f"select {chosen} from {source}", target, [str(lines)])  # noqa: S608  # packaged names


def read_figures(path: Path, block: str = "", files: Sequence[str] = ()) -> list[Figure]:
    """Figures of a project or of the package, of one block or some source files if named, in the order written."""
    names = [column.name for column in table("figures").columns]
    columns = ", ".join(
        f'cast("{column.name}" as varchar)' if column.type == "DATE" else f'"{column.name}"'
        for column in table("figures").columns
    )
    wanted: list[tuple[str, Any]] = [("block = ?", block)] if block else []
    wanted += [("list_contains(?, source_file)", list(files))] if files else []
    where = " where " + " and ".join(text for text, _ in wanted) if wanted else ""
    query = f"select {columns} from read_parquet(?){where}"  # noqa: S608  # names come from packaged definitions
    with _engine() as engine:
        found = engine.execute(query, [str(path), *(value for _, value in wanted)]).fetchall()
    return [Figure(**dict(zip(names, row, strict=True))) for row in found]


def read_daily(path: Path, shapes: Sequence[SeriesShape]) -> DailySeries:
    """A file of daily counts as one national series; counts by place are summed and not kept.

    Args:
        path: a Parquet or CSV file.
        shapes: the daily series that definitions describe; the one whose columns fit best is taken.

    Raises:
        TallystickError: TS140 when no definition fits, TS141 when a column does not hold what it should.
    """
    import duckdb

    reader = "read_csv(?, header=true)" if path.suffix == ".csv" else "read_parquet(?)"
    with _engine() as engine:
        try:
            described = engine.execute(f"describe select * from {reader}", [str(path)]).fetchall()  # noqa: S608
        except duckdb.Error as error:
            raise cannot("TS122", f"{path.name} cannot be read as a table.", where=_first_line(error)) from None
        shape = _fitting(shapes, path.suffix.removeprefix("."), {str(row[0]) for row in described})
        if shape is None:
            raise cannot(
                "TS140",
                f"{path.name} is not a daily series that any definition describes.",
                where=f"columns seen: {', '.join(str(row[0])[:40] for row in described[:12])}",
                fix="Bring a CSV with the columns date, daily_pop, midnight_pop, book_in, book_out, or add a file "
                "under us-ice/series/.",
            )
        try:
            rows = engine.execute(_daily_query(shape, reader), [str(path)]).fetchall()
        except duckdb.Error as error:
            raise cannot(
                "TS141",
                f"{path.name} has a column that cannot be read as the series '{shape.id}' says.",
                where=_first_line(error),
                fix="Dates are written year-month-day and counts are whole numbers.",
            ) from None
    meanings = list(shape.columns)
    days = (Day(date=row[0], **dict(zip(meanings, row[1:], strict=True))) for row in rows)
    kept = tuple(day for day in days if shape.trust_from <= day.date.isoformat() <= (shape.trust_to or "9999"))
    return DailySeries(shape.id, shape.title, kept)


def _fitting(shapes: Sequence[SeriesShape], suffix: str, columns: set[str]) -> SeriesShape | None:
    fitting = [
        shape
        for shape in shapes
        if shape.format == suffix and {shape.date, *shape.sum_over, *shape.columns.values()} <= columns
    ]
    return max(fitting, key=lambda shape: (len(shape.columns), shape.id), default=None)


def _daily_query(shape: SeriesShape, reader: str) -> str:
    day = f"cast({_quoted(shape.date)} as date)"
    counts = ", ".join(f"cast(sum({_quoted(name)}) as bigint)" for name in shape.columns.values())
    return f"select {day}, {counts} from {reader} where {_quoted(shape.date)} is not null group by 1 order by 1"  # noqa: S608


def _quoted(name: str) -> str:
    """A column name from a definition as an identifier, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def read_rows(path: Path, name: str) -> list[dict[str, Any]]:
    """All rows of a small table as dictionaries."""
    reader = "read_csv(?, header=true, all_varchar=true)" if path.suffix == ".csv" else "read_parquet(?)"
    with _engine() as engine:
        cursor = engine.execute(f"{_select(name, reader)}", [str(path)])
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_any(path: Path) -> list[dict[str, Any]]:
    """All rows of any CSV or Parquet file, as they stand; CSV cells as text.

    Raises:
        TallystickError: TS122 when it cannot be read as a table.
    """
    import duckdb

    reader = "read_csv(?, header=true, all_varchar=true)" if path.suffix == ".csv" else "read_parquet(?)"
    with _engine() as engine:
        try:
            cursor = engine.execute(f"select * from {reader}", [str(path)])  # noqa: S608  # one of two fixed readers
        except duckdb.Error as error:
            raise cannot(
                "TS122",
                f"{path.name} cannot be read as a table.",
                where=_first_line(error),
                fix="Tables are CSV with a header line, or Parquet.",
            ) from None
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def query(
    tables: Mapping[str, Path], statement: str, *, most: int | None = ROW_LIMIT
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one read-only query over cleared tables; files, network and settings are out of its reach.

    The tables are copied into memory first, then the engine is locked.

    Raises:
        TallystickError: TS120 when it is not one query, TS121 when the engine cannot run it.
    """
    import duckdb

    with _engine() as engine:
        for name in READABLE:
            if name in tables:
                reader = "read_csv(?, header=true)" if tables[name].suffix == ".csv" else "read_parquet(?)"
                engine.execute(f'create table "{name}" as {_select(name, reader)}', [str(tables[name])])
        engine.execute("set enable_external_access=false")
        engine.execute("set lock_configuration=true")
        try:
            _refuse_beyond_tables(engine, statement)
            with _time_limit(engine):
                cursor = engine.execute(statement)
                names = [entry[0] for entry in cursor.description or []]
                return names, cursor.fetchall() if most is None else cursor.fetchmany(most)
        except duckdb.InterruptException:
            raise cannot("TS123", f"The query was stopped after {SECONDS} seconds.", fix="Ask for less.") from None
        except duckdb.Error as error:
            raise cannot(
                "TS121",
                "The query could not be run.",
                where=_first_line(error),
                fix=f'Tables: {", ".join(READABLE)}. Columns: tallystick sql "describe cells". '
                'The columns "table", "check" and "column" need double quotes.',
            ) from None


@contextmanager
def _time_limit(engine: Any) -> Iterator[None]:
    """Stop the engine after a while: it does not listen to Ctrl-C by itself."""
    timer = threading.Timer(SECONDS, engine.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


HARMLESS_SOURCES = {"unnest", "range", "generate_series"}
SETTINGS = ("current_setting", "getenv", "getvariable", "pragma_", "duckdb_")


def _refuse_beyond_tables(engine: Any, statement: str) -> None:
    """Refuse anything but one query whose sources are the published tables and its own named parts.

    The engine's own parser gives the syntax tree; nothing is matched by text.
    """
    tree = json.loads(engine.execute("select json_serialize_sql(?)", [statement]).fetchone()[0])
    if tree.get("error_type") == "parser":
        raise cannot(
            "TS121",
            "The query could not be run.",
            where=str(tree.get("error_message", ""))[:300],
            fix='Check the spelling; only one select statement is taken, and the columns "table", "check" and "column" '
            "need double quotes.",
        )
    if tree.get("error") or len(tree.get("statements", [])) != 1:
        raise refused_query()
    nodes = list(_nodes(tree))
    own = {str(entry["key"]).lower() for node in nodes for entry in _parts_named(node)}
    for node in nodes:
        source = str(node.get("table_name", "")).lower() if node.get("type") == "BASE_TABLE" else ""
        if source and (node.get("catalog_name") or node.get("schema_name") or source not in {*READABLE, *own}):
            if source.isidentifier() and not (node.get("catalog_name") or node.get("schema_name")):
                raise cannot(
                    "TS121", f"There is no table called '{source[:40]}'.", fix=f"Tables: {', '.join(READABLE)}."
                )
            raise refused_query(f"'{source[:40]}' is not one of the tables")
        if node.get("type") == "TABLE_FUNCTION":
            function = str(node.get("function", {}).get("function_name", "")).lower()
            if function not in HARMLESS_SOURCES:
                raise refused_query(f"'{function[:40]}' is out of reach")
        if str(node.get("function_name", "")).lower().startswith(SETTINGS):
            raise refused_query("settings are out of reach")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)


def _parts_named(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The named parts (with ... as) of a query."""
    parts = node.get("cte_map") or {}
    found = parts.get("map", []) if isinstance(parts, dict) else []
    return [entry for entry in found if isinstance(entry, dict) and "key" in entry]


def refused_query(what: str = "") -> TallystickError:
    """The error for anything but a single reading query."""
    return refused(
        "TS120",
        "Only one reading query over the published tables at a time" + (f": {what}." if what else "."),
        why="The tables are published aggregates; nothing else is in reach from here.",
        fix="Write a single select statement.",
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]


@contextmanager
def scratch() -> Iterator[Path]:
    """A private temporary folder, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as name:
        yield Path(name)
