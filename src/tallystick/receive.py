"""One record file, from the door to typed rows: recognised, looked at for identifiers, read, written.

A file passes as a whole or not at all. What passed is kept in the project's own cache under the hash
of its bytes and of the definitions, so that an interrupted build goes on where it stopped.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tallystick.desk import LAST_ROW, Desk, desk
from tallystick.intake.door import AdmittedFile, admit_records
from tallystick.intake.gatekeeper import OUTSIDE_RECORDS, check_file_name, check_outside, check_texts
from tallystick.intake.peek import Peek, PeekedSheet, peek
from tallystick.intake.recognition import LEAST_HEADERS, Recognised, recognise
from tallystick.intake.releases import squeezed
from tallystick.intake.unpacking import DAMAGED, check_records, damaged
from tallystick.recordsheet import MOST_DISTINCT, RecordSheet, RowCounts, Rules, SheetRead
from tallystick.terms.definitions import identity
from tallystick.terms.errors import TallystickError, cannot, refused

LEAST_WIDTH, MOST_WIDTH = 30, 400  # columns of a sheet without records that are looked through


class FileRead(msgspec.Struct, frozen=True):
    """One file of records as read."""

    file: str
    sha256: str
    size: int
    sheets: tuple[SheetRead, ...]
    other_sheets: tuple[tuple[str, int], ...]
    hidden_sheets: tuple[str, ...]


READ_AGAIN = msgspec.json.Decoder(FileRead)  # made once, before any thread


def is_record_file(path: Path, rules: Rules) -> bool:
    """Whether a file holds records of any kind, known or not; workbooks of statistics do not.

    Raises:
        TallystickError: TS302 (exit 3) when it holds records of no registered release.
    """
    if path.suffix.lower() not in (".csv", ".xlsx") or not path.is_file():
        return False
    try:
        peeked = peek(path)
    except TallystickError:
        return False  # the door says what is wrong with it
    found, others = recognise(peeked, rules.register)
    if not found and (path.suffix.lower() == ".csv" or any(_looks_like_records(sheet, rules) for sheet in others)):
        raise refused(
            "TS302",
            f"{path.name} holds records of no release that is registered.",
            why="Only public releases with a publisher and a closing date are read; any other extract is refused.",
            fix="If it is a public release, add a folder under us-ice/releases/ that describes it; "
            "tallystick get --list shows the registered ones.",
        )
    return bool(found)


def _looks_like_records(sheet: PeekedSheet, rules: Rules) -> bool:
    """Whether a row names columns of records, one of them the day of an event, a key or an identifier."""
    events = {table.event for table in rules.codebook.tables.values()} | {"person_key"}
    headers = [header for release in rules.register.releases for header in release.headers]
    known = {squeezed(header.raw) for header in headers}
    telling = {squeezed(header.raw) for header in headers if header.column in events or header.outcome == "identifier"}
    rows = [{squeezed(cell) for cell in row if cell.strip()} for row in sheet.rows]
    return any(len(row & known) >= LEAST_HEADERS and row & telling for row in rows)


def receive(
    path: Path,
    rules: Rules,
    cache: Path,
    *,
    named: str = "",
    memory: str = "2GB",
    reader: str = "",
) -> FileRead:
    """Read one record file through the door, or take it from the cache.

    Args:
        path: an .xlsx workbook or a .csv file of a registered release.
        rules: what definitions say.
        cache: private folder of the project.
        named: the release, where a person named it.
        memory: limit of the engine.
        reader: 'whole' to do without the streaming reader.

    Raises:
        TallystickError: TS2xx (unreadable), TS161 to TS166 (definition lacking), TS301 and TS302 (exit 3).
    """
    check_file_name(path.name)
    file = admit_records(path)
    entry = cache_entry(cache, file.sha256, file.name, rules, named)
    if (entry / "read.json").is_file():
        return READ_AGAIN.decode((entry / "read.json").read_bytes())
    peeked = peek(path)
    found, others = recognise(peeked, rules.register)
    if not found:
        raise cannot(
            "TS163",
            f"{file.name} holds no sheet with the headers of a registered release.",
            fix="tallystick inspect FILE shows what was seen; tallystick get --list what is registered.",
        )
    staged = cache / f".{entry.name}.next"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True, mode=0o700)
    try:
        with desk(memory=memory, reader=reader) as table:
            read = _read(file, peeked, found, others, rules, staged, named, table)
        (staged / "read.json").write_bytes(msgspec.json.encode(read))
        if entry.exists():
            shutil.rmtree(entry)
        staged.replace(entry)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return read


def cache_entry(cache: Path, sha256: str, name: str, rules: Rules, named: str) -> Path:
    """Where a file stays once it was read under these rules."""
    return cache / identity(sha256, rules.hash, named, name)[:32]


def _read(
    file: AdmittedFile,
    peeked: Peek,
    found: Sequence[Recognised],
    others: Sequence[PeekedSheet],
    rules: Rules,
    staged: Path,
    named: str,
    table: Desk,
) -> FileRead:
    for name in (*peeked.names, *(sheet.name for sheet in peeked.sheets)):
        check_outside(file.name, name, [name], [])
    for sheet in others:
        check_outside(file.name, sheet.name, [], sheet.rows)
    for recognised in found:
        rows = recognised.sheet.rows
        check_outside(file.name, recognised.sheet.name, [], rows[: recognised.header_row])
    sheets: list[SheetRead] = []
    other: list[tuple[str, int]] = []
    settled = named
    with _unpacking(file, peeked) as row_counts:
        for number in range(len(found), 0, -1):  # the last sheet shows where a release ends
            recognised = found[number - 1]
            own = settled if any(entry.release.id == settled for entry in recognised.candidates) else ""
            reading = RecordSheet(file, peeked, recognised, rules, table, own)
            reading.lay(row_counts)
            read = reading.read(staged / f"{number}.parquet")
            settled = settled or read.release
            sheets.insert(0, read)
        for sheet in others:
            other.append((sheet.name, _scan_other(file, sheet, table)))
        row_counts(wait=True)
    hidden = tuple(sheet.name for sheet in peeked.sheets if sheet.hidden)
    return FileRead(file.name, file.sha256, file.size, tuple(sheets), tuple(other), hidden)


def _scan_other(file: AdmittedFile, sheet: PeekedSheet, table: Desk) -> int:
    """Look through a sheet that holds no records; nothing of it is kept."""
    width = min(max(sheet.width, *map(len, sheet.rows), LEAST_WIDTH), MOST_WIDTH)
    rows = table.lay_xlsx(file.path, sheet.name, first_row=1, last_row=LAST_ROW, width=width)
    without = (*OUTSIDE_RECORDS, "uniqueness")
    for cell in range(1, width + 1):
        check_texts(file.name, sheet.name, f"column {cell}", table.distinct(cell, MOST_DISTINCT), without=without)
    return rows


class _unpacking:  # noqa: N801  # reads as a verb where it is used
    """The watch over what a file unpacks to, on a thread of its own while the sheets are read."""

    def __init__(self, file: AdmittedFile, peeked: Peek) -> None:
        self._file, self._is_package = file, peeked.kind == "xlsx"
        self._pool = ThreadPoolExecutor(max_workers=1)

    def __enter__(self) -> RowCounts:
        if not self._is_package:
            return RowCounts(None)
        _unpack(self._file, sheets=False)
        return RowCounts(self._pool.submit(_unpack, self._file, sheets=True))

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _unpack(file: AdmittedFile, *, sheets: bool) -> dict[str, int]:
    try:
        with file.path.open("rb") as stream, zipfile.ZipFile(stream) as package, file.path.open("rb") as own:
            return check_records(file.name, package, own, sheets=sheets)
    except DAMAGED:
        raise damaged(file.name) from None
