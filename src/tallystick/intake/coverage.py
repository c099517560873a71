"""Every number on a visible sheet is a figure or a line of the ledger: which ones became none, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from tallystick.intake.headers import MONTH_NAMES
from tallystick.intake.sheets import AdmittedWorkbook, Cell, Sheet, address, plain
from tallystick.terms.ledger import LedgerLine

ATTRIBUTE = "attributes of facilities (postcodes, dates of inspections), not figures"
HEADER = "years in headers"
OUTSIDE = "numbers outside every block"


def left_over(file: str, book: AdmittedWorkbook, read: Collection[tuple[str, str]]) -> Iterator[LedgerLine]:
    """A ledger line per sheet and reason for numbers that are not figures.

    Args:
        file: name of the workbook.
        book: its visible sheets.
        read: (sheet, cell) of every figure.
    """
    for sheet in book.sheets:
        total = 0
        reasons: Counter[str] = Counter()
        for row, cells in enumerate(sheet.rows):
            for column, value in enumerate(cells):
                if is_number(value):
                    total += 1
                    if (sheet.name, address(row, column)) not in read:
                        reasons[_reason(sheet, row)] += 1
        for reason, count in sorted(reasons.items()):
            yield LedgerLine(
                "received", sheet.name.strip(), "left out", "not a figure", reason, file, total, total - count
            )
    for name, count in book.unknown:
        if count:
            reason = "no definition names this sheet yet"
            yield LedgerLine("received", name.strip(), "left unread", "unknown sheet", reason, file, count, 0)


def is_number(value: Cell) -> bool:
    """True for what a sheet holds as a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _reason(sheet: Sheet, row: int) -> str:
    if sheet.kind == "facilities":
        return ATTRIBUTE
    below = sheet.rows[row + 1] if row + 1 < len(sheet.rows) else []
    if any(plain(value) in MONTH_NAMES for value in below):
        return HEADER
    return OUTSIDE
