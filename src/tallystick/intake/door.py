"""May this file be read? Only a real workbook, of sane size unpacked, with no direct identifier.

Refused without copying, caching or logging anything of the content. Unpacking is checked while
it happens: what a zip file declares about itself is not believed.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import TallystickError, cannot, refused

CHUNK = 1 << 20
CELL_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
MODIFIED = re.compile(rb"<dcterms:modified[^>]*>\s*(\d{4})-(\d{2})-(\d{2})")


class Unpacking(Strict, frozen=True, kw_only=True):
    """Limits on what a file may unpack to."""

    most_bytes: int
    most_bytes_workbook: int
    most_ratio: int
    ratio_from_bytes: int
    most_parts: int
    most_cells: int
    most_text: int


class Identifier(Strict, frozen=True, kw_only=True):
    """A direct identifier known by the shape of its value."""

    id: str
    name: str
    shape: str
    also: tuple[str, ...] = ()


class IdentifierHeaders(Strict, frozen=True, kw_only=True):
    """Column headers that name an identifier."""

    labels: tuple[str, ...]


class Door(Strict, frozen=True, kw_only=True):
    """``definitions/door.toml``."""

    unpacking: Unpacking
    identifiers: tuple[Identifier, ...]
    headers: tuple[IdentifierHeaders, ...]


@lru_cache(maxsize=1)
def door_rules() -> Door:
    """The rules of the door; always the packaged ones."""
    return Shelf().read("door.toml", Door)


@dataclass(frozen=True)
class AdmittedFile:
    """A file that passed the outer door: a real, unencrypted workbook of sane size."""

    path: Path
    name: str
    sha256: str
    size: int
    modified: date | None


def admit_file(path: Path) -> AdmittedFile:
    """Check that a file is a workbook that can be read safely.

    Raises:
        TallystickError: TS200 to TS209 (not a workbook), TS210 to TS212 (unpacks to too much).
    """
    try:
        return _admitted(path)
    except OSError as error:
        raise cannot(
            "TS200",
            f"{path.name} cannot be opened ({error.strerror or type(error).__name__}).",
            fix="Check the path and the permissions of the file.",
        ) from None


def _admitted(path: Path) -> AdmittedFile:
    if path.name.startswith(("~$", ".~lock.")):
        raise cannot(
            "TS202",
            f"{path.name} is a lock file that an office program left beside an open workbook.",
            fix="Close the workbook, or name the workbook itself instead of the lock file.",
        )
    if path.is_dir():
        raise cannot("TS200", f"{path.name} is a folder.", fix="Name the workbooks in it: FOLDER/*.xlsx")
    with path.open("rb") as stream:
        _check_kind(path.name, stream.read(4096))
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        modified = _check_package(path.name, stream)
    return AdmittedFile(path, path.name, digest, path.stat().st_size, modified)


def _check_kind(name: str, head: bytes) -> None:
    if not head:
        raise cannot("TS203", f"{name} is empty (0 bytes).", fix="Download the file again.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise cannot(
            "TS201",
            f"{name} is a web page, not a workbook.",
            why="The site probably returned an error page or a login page.",
            fix="Open the address in a browser and download the workbook again.",
        )
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in head or len(head) < 4096
        kind = "is protected by a password" if encrypted else "is protected by a password or in the old .xls format"
        raise cannot(
            "TS205", f"{name} {kind}.", fix="Open it in a spreadsheet program and save it as .xlsx without a password."
        )
    if not head.startswith(b"PK\x03\x04"):
        raise cannot(
            "TS204",
            f"{name} is not an .xlsx workbook (it does not start as one).",
            why="A text or CSV file renamed to .xlsx cannot be traced to cells.",
            fix="Use the workbook as the agency published it.",
        )


def _check_package(name: str, stream: BinaryIO) -> date | None:
    broken = cannot(
        "TS206",
        f"{name} is cut short or damaged: its parts cannot be unpacked.",
        fix="Download the file again and compare its size with the publisher's.",
    )
    try:
        with zipfile.ZipFile(stream) as package:
            return _check_parts(name, package, stream)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError):
        raise broken from None


def _check_parts(name: str, package: zipfile.ZipFile, stream: BinaryIO) -> date | None:
    rules = door_rules().unpacking
    parts = package.infolist()
    if len(parts) > rules.most_parts:
        raise _bomb(name, f"it holds {len(parts):,} parts; a workbook holds a few dozen")
    if any(part.flag_bits & 1 for part in parts):
        raise cannot("TS205", f"{name} is protected by a password.", fix="Save it without a password.")
    if "xl/workbook.xml" not in package.namelist():
        raise cannot(
            "TS204",
            f"{name} is a zip archive, but not an .xlsx workbook.",
            fix="If it holds a workbook, unpack it first and name the workbook.",
        )
    total, modified = 0, None
    for part in parts:
        is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        widest = _Widest(rules.most_cells) if is_sheet else None
        for chunk in _unpacked(name, stream, part, rules):
            total += len(chunk)
            if total > rules.most_bytes_workbook:
                raise _bomb(name, f"it unpacks to more than {rules.most_bytes_workbook // 10**6:,} MB")
            if part.filename == "docProps/core.xml" and modified is None:
                modified = _modified(chunk)  # the date only: names of staff stand beside it
            if widest is not None:
                widest.add(chunk)
        if widest is not None and widest.too_large:
            _check_filled(name, _unpacked(name, stream, part, rules), rules.most_cells)
    return modified


def _unpacked(name: str, stream: BinaryIO, part: zipfile.ZipInfo, rules: Unpacking) -> Iterator[bytes]:
    """The unpacked bytes of one part, piece by piece, stopping at the limits whatever it declares."""
    stream.seek(part.header_offset)
    header = stream.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile
    stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    packed_left, out = part.compress_size, 0
    while packed_left > 0:
        packed = stream.read(min(CHUNK, packed_left))
        if not packed:
            raise EOFError
        packed_left -= len(packed)
        while packed:
            piece = inflate.decompress(packed, CHUNK) if inflate else packed
            packed = inflate.unconsumed_tail if inflate else b""
            out += len(piece)
            read = part.compress_size - packed_left
            if out > rules.ratio_from_bytes and out > rules.most_ratio * max(read, 1):
                raise _bomb(name, f"a part unpacks to more than {rules.most_ratio} times its size")
            yield piece
    if inflate is not None:
        yield inflate.flush()
        if not inflate.eof:
            raise EOFError


class _Widest:
    """The rectangle that the cell addresses of a sheet span, found while it streams past."""

    def __init__(self, most_cells: int) -> None:
        self.rows = self.columns = 0
        self._most = most_cells
        self._tail = b""

    def add(self, chunk: bytes) -> None:
        """Look at the next piece; addresses cut in two at the seam are seen whole."""
        text = self._tail + chunk
        self._tail = text[-64:]
        places = CELL_PLACE.findall(text)
        if places:
            letters, digits = zip(*places, strict=True)
            self.rows = max(self.rows, *map(int, set(digits)))
            self.columns = max(self.columns, *map(_column_number, set(letters)))

    @property
    def too_large(self) -> bool:
        return self.rows * self.columns > self._most


def _check_filled(name: str, chunks: Iterator[bytes], most_cells: int) -> None:
    """The slow, exact look: some real workbooks carry megabytes of styled cells with nothing in them."""
    parser = expat.ParserCreate(namespace_separator=" ")
    filled = _Filled()
    parser.StartElementHandler = filled.start
    parser.EntityDeclHandler = filled.refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise zipfile.BadZipFile from None
    if filled.rows * filled.columns > most_cells:
        raise _bomb(name, f"a sheet spans {filled.rows:,} rows by {filled.columns:,} columns")


class _Filled:
    """The rectangle spanned by the cells of a sheet that hold something."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._place = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A cell opens, or something opens inside one."""
        tag = name.rsplit(" ", 1)[-1]
        if tag == "c":
            self._place = attributes.get("r", "")
        elif tag in ("v", "is", "f", "t") and self._place:
            letters = self._place.rstrip("0123456789")
            self.rows = max(self.rows, int(self._place[len(letters) :] or 0))
            self.columns = max(self.columns, _column_number(letters.encode()))

    def refuse(self, *_declaration: object) -> None:
        """No sheet of a real workbook declares entities."""
        raise zipfile.BadZipFile


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _modified(chunk: bytes) -> date | None:
    found = MODIFIED.search(chunk)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _bomb(name: str, what: str) -> TallystickError:
    return cannot(
        "TS210",
        f"{name} was not read: {what}.",
        why="A small file that unpacks to an enormous one can stop a machine.",
        fix="Use the workbook as the agency published it; real ones stay far below these limits.",
    )


@lru_cache(maxsize=1)
def _identifier_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (rule.name, re.compile("|".join(_pattern(shape) for shape in (rule.shape, *rule.also))))
        for rule in door_rules().identifiers
    )


def _pattern(shape: str) -> str:
    if shape == "@":
        return r"[\w.+-]+@[\w-]+\.[\w.]*[A-Za-z]"
    body = "".join(r"\d" if sign == "#" else re.escape(sign) for sign in shape)
    return rf"(?<![\w-]){body}(?![\w-])"


def refuse_identifiers(name: str, sheet: str, rows: Sequence[Sequence[object]]) -> None:
    """Refuse the file when a live direct identifier stands in a sheet.

    Raises:
        TallystickError: TS301, exit 3. Says where, never what.
    """
    headed: dict[int, str] = {}
    labels = {label for group in door_rules().headers for label in group.labels}
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if not isinstance(value, str):
                live = value is not None and column in headed
            elif not value:
                continue
            else:
                text = value.strip()
                if text.lower() in labels:
                    headed[column] = text
                    continue
                live = column in headed and not _redacted(text)
                for what, pattern in _identifier_patterns():
                    if pattern.search(text):
                        raise _refusal(name, sheet, number, column, what)
            if live:
                raise _refusal(name, sheet, number, column, f"column headed '{headed[column]}'")


def _redacted(text: str) -> bool:
    return (
        not text
        or text.startswith(("(b)", "b(", "[redact", "redact", "xxx", "XXX", "***"))
        or text.strip("-*xX. ") == ""
    )


def _refusal(name: str, sheet: str, row: int, column: int, what: str) -> TallystickError:
    return refused(
        "TS301",
        f"{name} was not read: it holds what looks like a direct identifier ({what}).",
        where=f"{name}, sheet '{sheet[:40]}', row {row}, column {column_letters(column)}",
        why="tallystick works on de-identified public records only. Nothing was copied, cached or logged.",
        fix="Use the release as published without identifiers, or remove that column from your copy.",
    )


def column_letters(column: int) -> str:
    """Column index counted from 0 as letters.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
