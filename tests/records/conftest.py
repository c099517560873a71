"""What tests of records share: rules, a small made-up file to change, a place to build in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tallystick.gather import rules_of
from tallystick.intake.codebook import codebook
from tallystick.intake.releases import KnownRelease, register
from tallystick.made.people import lives
from tallystick.made.records import ROWS
from tallystick.made.releases import WARNING, rendered, setting_of
from tallystick.made.sheets import MadeSheet, Value, write_records
from tallystick.receive import FileRead, receive
from tallystick.recordsheet import Rules
from tallystick.terms.definitions import Shelf

from ..conftest import SEEDS

SHELF = Shelf()
BOOK = codebook(SHELF)
REGISTER = register(SHELF)


@dataclass(frozen=True)
class Made:
    """One made-up sheet as a table of cells that a test may change before it is written."""

    release: KnownRelease
    table: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    preamble: tuple[str, ...] = (WARNING, "Example agency", "Records", "Released", "For official use only", "")
    name: str = "MADE-UP FY2025"

    def index(self, raw: str) -> int:
        """Position of a header."""
        return self.header.index(raw)

    def at(self, column: str) -> int:
        """Position of a canonical column."""
        return next(
            number for number, header in enumerate(self.release.in_order(self.table)) if header.column == column
        )

    def with_cell(self, row: int, column: int, value: Value) -> Made:
        """One cell exchanged."""
        rows = [list(line) for line in self.rows]
        rows[row][column] = value
        return replace(self, rows=tuple(map(tuple, rows)))

    def with_column(self, column: int, value: Callable[[int, Value], Value]) -> Made:
        """A column exchanged, by number of the row and value."""
        rows = [list(line) for line in self.rows]
        for number, line in enumerate(rows):
            line[column] = value(number, line[column])
        return replace(self, rows=tuple(map(tuple, rows)))

    def with_header(self, column: int, text: str) -> Made:
        """A header exchanged."""
        header = list(self.header)
        header[column] = text
        return replace(self, header=tuple(header))

    def plus(self, header: str, value: Callable[[int], Value]) -> Made:
        """A column more at the end."""
        return replace(
            self,
            header=(*self.header, header),
            rows=tuple((*line, value(number)) for number, line in enumerate(self.rows)),
        )

    def sheet(self) -> MadeSheet:
        """As a sheet to write."""
        return MadeSheet(self.name, self.preamble, self.header, list(self.rows))

    def write(self, folder: Path, name: str = "MADE-UP_records.xlsx", **how: Any) -> Path:
        """Write a workbook of this one sheet."""
        folder.mkdir(parents=True, exist_ok=True)
        write_records(folder / name, [self.sheet()], **how)
        return folder / name


def made(release: str = "ice_2026_03", table: str = "arrests", people: int = 60, seed: int = 5) -> Made:
    """A small made-up table of a release."""
    from datetime import date
    from random import Random

    entry = REGISTER.release(release)
    rule = BOOK.tables[table]
    random = Random(seed)
    first, last = date.fromisoformat(entry.release.covers_from), date.fromisoformat(entry.release.closes_on)
    records = [
        record
        for life in lives(people, seed, first, last, setting_of(BOOK))
        for record in ROWS[table](life, random, release)
    ]
    headers = entry.in_order(table)
    rows = tuple(tuple(line) for line in rendered(entry, rule, BOOK, headers, records, seed))
    return Made(entry, table, tuple(header.raw for header in headers), rows)


@pytest.fixture(scope="session")
def rules() -> Rules:
    """Everything that definitions say about records."""
    return rules_of(SHELF)


@pytest.fixture(scope="session")
def arrests() -> Made:
    """A small made-up table of arrests in the shape of March 2026."""
    return made()


@pytest.fixture(scope="session")
def stints() -> Made:
    """A small made-up table of stints in the shape of March 2026."""
    return made(table="stints")


@dataclass(frozen=True)
class Reading:
    """Reads files with a cache of its own, and gives typed rows back."""

    rules: Rules
    cache: Path

    def read(self, path: Path, **how: Any) -> FileRead:
        """One file through the door."""
        return receive(path, self.rules, self.cache, **how)

    def rows(self, path: Path, **how: Any) -> list[dict[str, Any]]:
        """Typed rows of all sheets of one file, in order."""
        from tallystick import store

        read = self.read(path, **how)
        found: list[dict[str, Any]] = []
        for sheet in read.sheets:
            own = (entry for entry in self.cache.iterdir() if sheet.sha256 in (entry / "read.json").read_text())
            found += sorted(store.read_any(next(own) / sheet.parquet), key=lambda row: row["source_row"])
        return found


@pytest.fixture
def reading(rules: Rules, tmp_path: Path) -> Reading:
    """A reader with an empty cache."""
    return Reading(rules, tmp_path / "cache")


def column_of(rows: Sequence[dict[str, Any]], name: str) -> list[Any]:
    """One column of typed rows."""
    return [row[name] for row in rows]


@pytest.fixture(autouse=True)
def _records_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds of these tests end with records and paths; in soak they measure too. Measures have tests of their own."""
    if SEEDS < 200:
        monkeypatch.setattr("tallystick.pipeline.built_cells", lambda *_: [])
        monkeypatch.setattr("tallystick.followed.record_measures", lambda _shelf: {})
