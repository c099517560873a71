"""The first rows of every sheet of a workbook, or of a CSV file, without reading the rest.

A library that reads a sheet reads all of it; a sheet of a million rows would take half a minute to
say what it is. So the head of each part is unpacked and parsed here with the parser of the standard
library, and nothing behind it is touched.
"""

from __future__ import annotations

import csv
import io
import posixpath
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from tallystick.intake.identifiers import column_letters
from tallystick.terms.errors import cannot

ROWS = 40
MOST_HEAD = 8_000_000  # bytes of a sheet that hold its first rows, whatever is in them
MOST_STRINGS = 600_000_000
CHUNK = 1 << 16
WIDEST = 16_384


@dataclass(frozen=True)
class PeekedSheet:
    """The head of one sheet: its first rows as texts, counted from 0; '' for what is empty."""

    name: str
    hidden: bool
    rows: tuple[tuple[str, ...], ...]
    part: str = ""
    last_row: int = 0
    width: int = 0


@dataclass(frozen=True)
class Peek:
    """The heads of all sheets of a file; `from_1904` is true where days are counted from 1904."""

    kind: str
    sheets: tuple[PeekedSheet, ...]
    from_1904: bool = False
    names: tuple[str, ...] = ()


def peek(path: Path) -> Peek:
    """The first rows of every sheet.

    Raises:
        TallystickError: TS206 when the file cannot be unpacked or parsed.
    """
    if path.suffix.lower() == ".csv":
        return Peek("csv", (_peek_csv(path),))
    try:
        with zipfile.ZipFile(path) as package:
            return _peek_package(package)
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError, expat.ExpatError, RuntimeError):
        raise cannot(
            "TS206", f"{path.name} is damaged: its sheets cannot be read.", fix="Download the file again."
        ) from None


def _peek_csv(path: Path) -> PeekedSheet:
    head = b""
    with path.open("rb") as stream:
        head = stream.read(MOST_HEAD // 8)
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = head.decode("cp1252", errors="replace")
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            rows.append(tuple(row))
            if len(rows) == ROWS:
                break
    except csv.Error:
        raise cannot(
            "TS206",
            f"{path.name} is no CSV: a line is not closed or too long.",
            fix="Download the file again.",
        ) from None
    return PeekedSheet("csv", False, tuple(rows), "", 0, max(map(len, rows), default=0))


def _peek_package(package: zipfile.ZipFile) -> Peek:
    book = _Book()
    _parse(package, "xl/workbook.xml", book.start)
    targets = _Targets()
    _parse(package, "xl/_rels/workbook.xml.rels", targets.start)
    heads: list[tuple[str, bool, str, _Head]] = []
    for name, hidden, relation in book.sheets:
        target = targets.found.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        if not part or not targets.is_sheet(relation):
            continue  # charts and macros hold no records
        head = _Head()
        _parse(package, part, head.start, head.end, head.text, stop=lambda head=head: head.is_enough)  # type: ignore[misc]
        heads.append((name, hidden, part, head))
    wanted = {index for *_, head in heads for index in head.strings()}
    texts = _shared(package, targets.strings, wanted)
    sheets = tuple(
        PeekedSheet(name, hidden, head.rows(texts), part, head.last_row, head.width)
        for name, hidden, part, head in heads
    )
    return Peek("xlsx", sheets, book.from_1904, tuple(name for name, *_ in book.sheets))


def _parse(
    package: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
    most: int = MOST_HEAD,
) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse
    seen = 0
    with package.open(part) as stream:
        while not stop() and seen < most:
            chunk = _read(stream)
            seen += len(chunk)
            parser.Parse(chunk, not chunk)
            if not chunk:
                return


def _read(stream: IO[bytes]) -> bytes:
    return stream.read(CHUNK)


def _refuse(*_declaration: object) -> None:
    raise zipfile.BadZipFile


def _tag(name: str) -> str:
    return name.rsplit(" ", 1)[-1]


class _Book:
    """Names and states of sheets, and the first day of the calendar."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        tag = _tag(name)
        if tag == "sheet":
            relation = next((value for key, value in attributes.items() if _tag(key) == "id"), "")
            self.sheets.append((attributes.get("name", ""), attributes.get("state", "visible") != "visible", relation))
        elif tag == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")


class _Targets:
    """Where each sheet and the shared texts stand in the package."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.strings = ""
        self._sheets: set[str] = set()

    def is_sheet(self, relation: str) -> bool:
        """Whether a relation leads to a sheet of cells."""
        return relation in self._sheets

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        if _tag(name) == "Relationship":
            if attributes.get("Type", "").endswith("/worksheet"):
                self._sheets.add(attributes.get("Id", ""))
            self.found[attributes.get("Id", "")] = attributes.get("Target", "")
            if attributes.get("Type", "").endswith("/sharedStrings"):
                target = attributes.get("Target", "")
                self.strings = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)


@dataclass
class _Head:
    """The first rows of one sheet, as cells with their kinds."""

    cells: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    last_row: int = 0
    width: int = 0
    is_enough: bool = False
    _row: int = 0
    _column: int = -1
    _kind: str = ""
    _inside: bool = False
    _text: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        tag = _tag(name)
        if tag == "dimension":
            _, _, corner = attributes.get("ref", "").partition(":")
            letters = corner.rstrip("0123456789")
            self.last_row = int(corner[len(letters) :] or 0)
            self.width = min(_column_number(letters), WIDEST)
        elif tag == "row":
            self._row = int(attributes.get("r", 0) or self._row + 1)
            self._column = -1
            self.is_enough = self._row > ROWS
        elif tag == "c":
            letters = attributes.get("r", "").rstrip("0123456789")
            self._column = _column_number(letters) - 1 if letters else self._column + 1
            self._kind = attributes.get("t", "n")
            self._text = ""
        elif tag in ("v", "t"):
            self._inside = True

    def end(self, name: str) -> None:
        """An element closes."""
        tag = _tag(name)
        if tag in ("v", "t"):
            self._inside = False
        elif tag == "c" and self._text and self._row <= ROWS and self._column < WIDEST:
            self.cells[self._row - 1, self._column] = (self._kind, self._text)

    def text(self, text: str) -> None:
        """Text inside a value."""
        if self._inside:
            self._text += text

    def strings(self) -> set[int]:
        """Which shared texts the head needs."""
        return {int(text) for kind, text in self.cells.values() if kind == "s" and text.isdigit()}

    def rows(self, texts: Mapping[int, str]) -> tuple[tuple[str, ...], ...]:
        """The rows as texts."""
        if not self.cells:
            return ()
        height = max(row for row, _ in self.cells) + 1
        wide = [
            max((column for row, column in self.cells if row == number), default=-1) + 1 for number in range(height)
        ]
        table = [[""] * wide[number] for number in range(height)]
        for (row, column), (kind, text) in self.cells.items():
            table[row][column] = texts.get(int(text), "") if kind == "s" and text.isdigit() else text
        return tuple(tuple(row) for row in table)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number


class _Strings:
    """Shared texts up to the last one wanted."""

    def __init__(self, wanted: set[int]) -> None:
        self.found: dict[int, str] = {}
        self._wanted = wanted
        self._last = max(wanted, default=-1)
        self._index = -1
        self._inside = False
        self._phonetic = False
        self._text = ""

    @property
    def is_enough(self) -> bool:
        return self._index > self._last

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        tag = _tag(name)
        if tag == "si":
            self._index += 1
            self._text = ""
        elif tag == "rPh":
            self._phonetic = True
        self._inside = tag == "t" and not self._phonetic

    def end(self, name: str) -> None:
        tag = _tag(name)
        if tag == "si" and self._index in self._wanted:
            self.found[self._index] = self._text
        elif tag == "rPh":
            self._phonetic = False
        self._inside = False

    def text(self, text: str) -> None:
        if self._inside:
            self._text += text


def _shared(package: zipfile.ZipFile, part: str, wanted: set[int]) -> dict[int, str]:
    if not wanted or not part or part not in package.namelist():
        return {}
    strings = _Strings(wanted)
    _parse(package, part, strings.start, strings.end, strings.text, stop=lambda: strings.is_enough, most=MOST_STRINGS)
    return strings.found


def cells_range(first_row: int, last_row: int, width: int) -> str:
    """The cells of a table as spreadsheets write them; rows counted from 1.

    >>> cells_range(8, 300, 53)
    'A8:BA300'
    """
    return f"A{first_row}:{column_letters(width - 1)}{last_row}"
