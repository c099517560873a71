"""Where things are kept: the only module that opens an engine, writes stage folders and locks a project.

A project is a folder with ``tallystick.toml`` and one folder per stage. A build writes all stages
into ``.next`` and moves them into place at the end; a kill at any moment leaves either the last
good build or the new one, never a mixture: a finished ``.next`` is moved on when next opened.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tallystick.figures.dated import Figure
from tallystick.terms.errors import TallystickError, cannot, refused
from tallystick.terms.tables import READABLE, table

SHIPPED = Path(__file__).resolve().parent / "shipped"
PLACES = {
    "sources": "1-received",
    "figures": "2-figures",
    "quality": "2-figures",
    "cells": "5-measured",
    "verdicts": "6-judged",
    "ledger": ".",
}
STAGES = ("1-received", "2-figures", "5-measured", "6-judged")
COMPLETE = "COMPLETE"
ROOT_FILES = ("ledger.csv", "run.json")
ROW_LIMIT = 10_000
OURS = ".tallystick-output"


class Project:
    """A project folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def is_built(self) -> bool:
        """True when a build has finished here."""
        return (self.folder / "run.json").is_file()

    def place(self, name: str) -> Path:
        """The file that holds a table."""
        if name == "ledger":
            return self.folder / "ledger.csv"
        return self.folder / PLACES[name] / f"{name}.parquet"

    def recover(self) -> None:
        """Finish the move of a build that was complete when it was interrupted; drop an unfinished one."""
        following = self.folder / ".next"
        if (following / COMPLETE).is_file():
            _move_into_place(following, self.folder)
        elif following.exists() and not (self.folder / ".lock").exists():
            shutil.rmtree(following, ignore_errors=True)


@contextmanager
def locked(project: Project) -> Iterator[None]:
    """Hold a project while building; a second build refuses by name of the first.

    Raises:
        TallystickError: TS230 when another build is running, TS231 when the folder cannot be written.
    """
    lock = project.folder / ".lock"
    try:
        project.folder.mkdir(parents=True, exist_ok=True)
        _take(lock)
    except OSError as error:
        raise _unwritable(project.folder, error) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    for _ in range(2):
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            owner = lock.read_text(encoding="ascii", errors="ignore").strip()
            if _is_alive(owner):
                raise cannot(
                    "TS230",
                    f"Another build is running here (process {owner}).",
                    fix="Wait until it has finished, then run the command again.",
                ) from None
            lock.unlink(missing_ok=True)
            continue
        with os.fdopen(handle, "w") as stream:
            stream.write(str(os.getpid()))
        return


def _is_alive(owner: str) -> bool:
    if not owner.isdigit() or int(owner) == os.getpid():
        return False
    if os.name == "nt":
        return True  # signal 0 ends a process there; a stale lock is removed by hand
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _unwritable(folder: Path, error: OSError) -> TallystickError:
    return cannot(
        "TS231",
        f"The project folder '{folder.name}' cannot be written ({error.strerror or type(error).__name__}).",
        why="The last good build, if there is one, is untouched.",
        fix="Free some space or choose a folder you may write to: --project DIR",
    )


@contextmanager
def staging(project: Project) -> Iterator[Path]:
    """A folder for the next build; moved into place only when the block ends without an error.

    Raises:
        TallystickError: TS231 on a full disk or a read-only folder; nothing half-written is left.
    """
    following = project.folder / ".next"
    try:
        shutil.rmtree(following, ignore_errors=True)
        following.mkdir(parents=True, mode=0o700)
        yield following
        (following / COMPLETE).write_text("the build is complete; it only has to be moved\n", encoding="ascii")
        _move_into_place(following, project.folder)
    except OSError as error:
        raise _unwritable(project.folder, error) from None
    finally:
        if not (following / COMPLETE).exists():
            shutil.rmtree(following, ignore_errors=True)


def _move_into_place(following: Path, folder: Path) -> None:
    for name in (*STAGES, *ROOT_FILES):
        new, old = following / name, folder / name
        if not new.exists():
            continue
        if old.is_dir():
            shutil.rmtree(old)
        new.replace(old)
    shutil.rmtree(following, ignore_errors=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small JSON file with sorted keys."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a small JSON file of ours."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _engine() -> Any:
    import duckdb

    return duckdb.connect(
        ":memory:", config={"threads": 2, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


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


def read_figures(path: Path, block: str = "") -> list[Figure]:
    """Figures of a project or of the package, of one block if named, in the order written."""
    names = [column.name for column in table("figures").columns]
    columns = ", ".join(
        f'cast("{column.name}" as varchar)' if column.type == "DATE" else f'"{column.name}"'
        for column in table("figures").columns
    )
    query = f"select {columns} from read_parquet(?)" + (" where block = ?" if block else "")  # noqa: S608
    with _engine() as engine:
        found = engine.execute(query, [str(path), *([block] if block else [])]).fetchall()
    return [Figure(**dict(zip(names, row, strict=True))) for row in found]


def read_rows(path: Path, name: str) -> list[dict[str, Any]]:
    """All rows of a small table as dictionaries."""
    reader = "read_csv(?, header=true, all_varchar=true)" if path.suffix == ".csv" else "read_parquet(?)"
    with _engine() as engine:
        cursor = engine.execute(f"{_select(name, reader)}", [str(path)])
        names = [entry[0] for entry in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def query(tables: Mapping[str, Path], statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
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
            cursor = engine.execute(statement)
            names = [entry[0] for entry in cursor.description or []]
            return names, cursor.fetchmany(ROW_LIMIT)
        except duckdb.Error as error:
            raise cannot(
                "TS121",
                "The query could not be run.",
                where=_first_line(error),
                fix=f'Tables: {", ".join(READABLE)}. Columns: tallystick sql "describe cells"',
            ) from None


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
            fix="Check the spelling; only one select statement is taken.",
        )
    if tree.get("error") or len(tree.get("statements", [])) != 1:
        raise refused_query()
    nodes = list(_nodes(tree))
    own = {str(entry["key"]).lower() for node in nodes for entry in _parts_named(node)}
    for node in nodes:
        source = str(node.get("table_name", "")).lower() if node.get("type") == "BASE_TABLE" else ""
        if source and (node.get("catalog_name") or node.get("schema_name") or source not in {*READABLE, *own}):
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


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """A fresh folder to write into; replaces `folder` at the end, and only if it was ours.

    Raises:
        TallystickError: TS240 when the folder holds files we did not write, TS231 when it cannot be written.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / OURS).is_file():
        raise cannot(
            "TS240",
            f"'{folder.name}' already holds files that tallystick did not write.",
            fix="Choose an empty folder: -o DIR",
        )
    target = folder.parent / f".{folder.name}.next"
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        (target / OURS).write_text("written by tallystick; replaced as a whole by the next run\n", encoding="ascii")
        yield target
        if folder.exists():
            shutil.rmtree(folder)
        target.replace(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(target, ignore_errors=True)
