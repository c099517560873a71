"""Every date that a workbook states about itself, with the place where it stands.

Nothing is decided here: footnotes go stale and years are mistyped, so dates are collected as
candidates and weighed later against what the figures themselves imply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tallystick.intake.layout import Evidence, Layouts
from tallystick.intake.sheets import AdmittedWorkbook, Sheet, address, plain
from tallystick.terms.period import day_from_numbers

DAY = re.compile(r"\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})(?!\d)")


@dataclass(frozen=True)
class DateSeen:
    """A date a workbook states: what it dates, by which kind of sentence, where."""

    day: date
    dates: str
    evidence: str
    sheet: str
    cell: str


def dates_in(book: AdmittedWorkbook, known: Layouts) -> tuple[DateSeen, ...]:
    """All date candidates of the visible sheets, in reading order."""
    return tuple(
        seen
        for sheet in book.sheets
        for seen in _dates_in_sheet(
            sheet, [entry for entry in known.reading.dating.evidence if entry.sheet == sheet.kind]
        )
    )


def _dates_in_sheet(sheet: Sheet, kinds: list[Evidence]) -> Iterator[DateSeen]:
    section = ""
    for row, cells in enumerate(sheet.rows):
        first = plain(cells[0]) if cells else ""
        if sheet.kind == "footnotes" and first:
            section = first
        for column, value in enumerate(cells):
            text = plain(value)
            if len(text) < 8:
                continue
            for kind in kinds:
                if kind.section in section:
                    for day in _days_after(text, kind.before):
                        yield DateSeen(day, kind.dates, kind.id, sheet.name, address(row, column))


def _days_after(text: str, phrases: tuple[str, ...]) -> Iterator[date]:
    for phrase in phrases:
        start = text.find(phrase)
        while start >= 0:
            found = DAY.match(text, start + len(phrase))
            day = day_from_numbers(*(int(part) for part in found.groups())) if found else None
            if day is not None:
                yield day
            start = text.find(phrase, start + 1)
