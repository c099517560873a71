"""Workbooks in the physical shape that agencies publish: texts shared or in place, rows streamed to disk.

xlsxwriter keeps shared texts in memory and writes a quarter of the rows per second; sheets of records
are too large for that, so their XML is written here.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from tallystick.intake.identifiers import column_letters

Value = str | int | float | None
Strings = Literal["shared", "inline"]
STAMP = (1980, 1, 1, 0, 0, 0)  # zip files want a time; the same one gives the same bytes
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FLUSH = 400
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True)
class MadeSheet:
    """One sheet: its name, the rows above the header, the header, the rows."""

    name: str
    preamble: Sequence[str]
    header: Sequence[str]
    rows: Iterable[Sequence[Value]]
    hidden: bool = False
    declared: int = 0  # how many rows the sheet says it has, where they come one by one


class _Texts:
    """Texts that cells share."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.used = 0

    def number(self, text: str) -> int:
        self.used += 1
        return self.index.setdefault(text, len(self.index))


def write_records(
    path: Path, sheets: Sequence[MadeSheet], *, strings: Strings = "shared", from_1904: bool = False
) -> int:
    """Write a workbook of records.

    Args:
        path: where.
        sheets: its sheets.
        strings: whether texts are shared, as spreadsheet programs write them, or stand in their cells.
        from_1904: whether the workbook says that it counts days from 1904.

    Returns:
        The number of rows below the headers.
    """
    texts = _Texts() if strings == "shared" else None
    written = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as package:
        for number, sheet in enumerate(sheets, start=1):
            with package.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as stream:
                stream.write(f'{XML}<worksheet xmlns="{SPREADSHEET}">{_dimension(sheet)}<sheetData>'.encode())
                buffer: list[str] = []
                letters = [column_letters(index) for index in range(max(len(sheet.header), 1))]
                lines: list[Sequence[Value]] = [*([text] for text in sheet.preamble), list(sheet.header)]
                row = 0
                for row, values in enumerate(_chained(lines, sheet.rows), start=1):
                    buffer.append(_row(row, values, letters, texts))
                    if len(buffer) == FLUSH:
                        stream.write("".join(buffer).encode())
                        buffer.clear()
                stream.write("".join(buffer).encode() + b"</sheetData></worksheet>")
                written += row - len(lines)
        if texts is not None:
            with package.open(_entry("xl/sharedStrings.xml"), "w", force_zip64=True) as stream:
                stream.write(
                    f'{XML}<sst xmlns="{SPREADSHEET}" count="{texts.used}" uniqueCount="{len(texts.index)}">'.encode()
                )
                stream.write("".join(f"<si><t>{escape(text)}</t></si>" for text in texts.index).encode() + b"</sst>")
        for name, content in _frame(sheets, shared=texts is not None, from_1904=from_1904):
            package.writestr(_entry(name), content)
    return written


def _dimension(sheet: MadeSheet) -> str:
    rows = len(sheet.rows) if isinstance(sheet.rows, Sequence) else sheet.declared
    if not rows:
        return ""
    last = len(sheet.preamble) + 1 + rows
    return f'<dimension ref="A1:{column_letters(max(len(sheet.header), 1) - 1)}{last}"/>'


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _chained(lines: Sequence[Sequence[Value]], rows: Iterable[Sequence[Value]]) -> Iterable[Sequence[Value]]:
    yield from lines
    yield from rows


def _row(number: int, values: Sequence[Value], letters: list[str], texts: _Texts | None) -> str:
    parts = []
    for index, value in enumerate(values):
        if value is None or value == "":
            continue
        place = f"{letters[index] if index < len(letters) else column_letters(index)}{number}"
        if not isinstance(value, str):
            parts.append(f'<c r="{place}"><v>{value}</v></c>')
        elif texts is None:
            parts.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
        else:
            parts.append(f'<c r="{place}" t="s"><v>{texts.number(value)}</v></c>')
    return f'<row r="{number}">{"".join(parts)}</row>'


def _frame(sheets: Sequence[MadeSheet], *, shared: bool, from_1904: bool) -> Iterable[tuple[str, str]]:
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name[:31])} sheetId="{number}" r:id="rId{number}"'
        f"{' state=' + quoteattr('hidden') if sheet.hidden else ''}/>"
        for number, sheet in enumerate(sheets, start=1)
    )
    calendar = '<workbookPr date1904="1"/>' if from_1904 else ""
    yield (
        "xl/workbook.xml",
        f'{XML}<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATION}">{calendar}<sheets>{listed}</sheets></workbook>',
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATION}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{content}.worksheet+xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    if shared:
        relations += f'<Relationship Id="rId9000" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
        parts += f'<Override PartName="/xl/sharedStrings.xml" ContentType="{content}.sharedStrings+xml"/>'
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>',
    )
    yield (
        "_rels/.rels",
        (
            f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    yield (
        "[Content_Types].xml",
        (
            f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{content}.sheet.main+xml"/>{parts}</Types>'
        ),
    )
