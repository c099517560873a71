"""What stands in each cell of the visible sheets: the cached value, with its address.

python-calamine reads values with their types and real positions; formulas count with the result
the agency's program stored. Hidden sheets are listed and left unread.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import cast

from tallystick.intake.door import AdmittedFile
from tallystick.intake.identifiers import column_letters, refuse_identifiers, refuse_name
from tallystick.intake.rules import door_rules
from tallystick.terms.errors import cannot

Cell = str | float | int | bool | dt.date | dt.time | dt.timedelta | None
BLANKS = re.compile(r"[\s\u00a0\u200b]+")


def plain(value: object) -> str:
    """A label as compared: blanks collapsed, lower case; '' for what is not text."""
    return BLANKS.sub(" ", value).strip().lower() if isinstance(value, str) else ""


def printed(value: object) -> str:
    """A label as shown: blanks collapsed at the ends only."""
    return value.strip(" \t\r\n\u00a0") if isinstance(value, str) else ""


def address(row: int, column: int) -> str:
    """The cell address of indices counted from 0.

    >>> address(20, 1)
    'B21'
    """
    return f"{column_letters(column)}{row + 1}"


@dataclass(frozen=True)
class Sheet:
    """One visible sheet: rows of cells from A1 on; `kind` per ``reading.toml``."""

    name: str
    kind: str
    rows: list[list[Cell]]


@dataclass(frozen=True)
class AdmittedWorkbook:
    """A workbook that passed the door: cells of its visible sheets, names of its hidden ones.

    `unknown` are visible sheets that no definition names, with how many numbers each holds.
    """

    file: AdmittedFile
    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...]
    unknown: tuple[tuple[str, int], ...] = ()

    def of_kind(self, kind: str) -> tuple[Sheet, ...]:
        """Visible sheets of one kind, in workbook order."""
        return tuple(sheet for sheet in self.sheets if sheet.kind == kind)


def open_workbook(file: AdmittedFile, kinds: dict[str, str]) -> AdmittedWorkbook:
    """Read the visible sheets whose names begin as `kinds` says (kind -> pattern of the beginning).

    Raises:
        TallystickError: TS206 when the workbook is damaged, TS301 (exit 3) on an identifier.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum, ZipError

    damaged = cannot("TS206", f"{file.name} is damaged: its sheets cannot be read.", fix="Download the file again.")
    try:
        book = CalamineWorkbook.from_path(str(file.path))
        sheets, hidden, unknown = [], [], []
        for entry in book.sheets_metadata:
            refuse_name(file.name, entry.name)
            rows = cast("list[list[Cell]]", book.get_sheet_by_name(entry.name).to_python(skip_empty_area=False))
            refuse_identifiers(file.name, entry.name, rows)
            if entry.visible != SheetVisibleEnum.Visible:
                hidden.append(entry.name)
                continue
            kind = kind_of(entry.name, kinds)
            if kind:
                sheets.append(Sheet(entry.name, kind, _cut_long_text(rows)))
            else:
                numbers = sum(isinstance(value, (int, float)) for row in rows for value in row)
                unknown.append((entry.name, numbers))
        return AdmittedWorkbook(file, tuple(sheets), tuple(hidden), tuple(unknown))
    except (CalamineError, ZipError, OSError):
        raise damaged from None


def kind_of(name: str, kinds: dict[str, str]) -> str:
    """The kind of a sheet by how its name begins; '' when no pattern fits."""
    start = plain(name)
    return next((kind for kind, pattern in kinds.items() if re.match(pattern, start)), "")


def _cut_long_text(rows: list[list[Cell]]) -> list[list[Cell]]:
    most = door_rules().unpacking.most_text
    if any(isinstance(value, str) and len(value) > most for row in rows for value in row):
        return [[value[:most] if isinstance(value, str) else value for value in row] for row in rows]
    return rows
