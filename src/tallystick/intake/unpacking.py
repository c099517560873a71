"""Does a zip package unpack to something sane? Watched while it happens; declarations are not believed."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO
from xml.parsers import expat

from tallystick.intake.rules import Unpacking, door_rules
from tallystick.terms.errors import TallystickError, cannot

CHUNK = 1 << 20


CELL_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")


ROW_NUMBER = re.compile(rb"[<:]row [^>]{0,200}?\br=[\"'](\d{1,7})[\"']")


MODIFIED = re.compile(rb"<dcterms:modified[^>]*>\s*(\d{4})-(\d{2})-(\d{2})")


# What the standard library raises on a package that cannot be unpacked; NotImplementedError stands for a way of packing
# that it does not know, which a damaged header claims as well.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError)


def damaged(name: str) -> TallystickError:
    """The error for a package whose parts cannot be unpacked."""
    return cannot(
        "TS206",
        f"{name} is cut short or damaged: its parts cannot be unpacked.",
        fix="Download the file again and compare its size with the publisher's.",
    )


def check_parts(name: str, package: zipfile.ZipFile, stream: BinaryIO) -> date | None:
    """Unpack every part once, watching size, ratio and the rectangle of each sheet; keep nothing.

    Returns:
        The day the workbook was last changed, if it says so. Names of staff stand beside it and are not read.

    Raises:
        TallystickError: TS204 (no workbook), TS205 (password), TS210 (unpacks to too much).
    """
    rules = door_rules().unpacking
    parts = _parts(name, package, rules)
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


def check_records(name: str, package: zipfile.ZipFile, stream: BinaryIO, *, sheets: bool) -> dict[str, int]:
    """Unpack the parts of a record workbook once, watching size and ratio; keep nothing.

    Sheets of records are read as a stream, so it is their bytes that count and not their rectangle.

    Args:
        name: name of the file.
        package: the open package.
        stream: the same file, open for reading by this call alone.
        sheets: whether to look at the sheets, or at everything else.

    Returns:
        Part -> number of its last row.

    Raises:
        TallystickError: TS204 (no workbook), TS205 (password), TS210 (unpacks to too much).
    """
    rules = door_rules().unpacking
    parts = _parts(name, package, rules)
    total, rows = 0, {}
    for part in parts:
        if part.filename.startswith("xl/worksheets/") is not sheets:
            continue
        seam, last, opened = b"", 0, 0
        for chunk in _unpacked(name, stream, part, rules):
            total += len(chunk)
            if total > (rules.most_bytes if sheets else rules.most_bytes_workbook):
                raise _bomb(name, f"it unpacks to more than {total // 10**6:,} MB")
            if sheets:
                text = seam + chunk
                opened += text.count(b"<row") + text.count(b":row ") - seam.count(b"<row") - seam.count(b":row ")
                found = ROW_NUMBER.search(text, max(text.rfind(b"<row"), text.rfind(b":row "), 0))
                last = max(last, opened, int(found.group(1)) if found else 0)
                seam = chunk[-64:]
        rows[part.filename] = last
    return rows


def _parts(name: str, package: zipfile.ZipFile, rules: Unpacking) -> list[zipfile.ZipInfo]:
    """The parts of a package, neither too many nor protected."""
    parts = package.infolist()
    if len(parts) > rules.most_parts:
        raise _bomb(name, f"it holds {len(parts):,} parts; a workbook holds a few dozen")
    if any(part.flag_bits & 1 for part in parts):
        raise cannot("TS205", f"{name} is protected by a password.", fix="Save it without a password.")
    return parts


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
