"""What the columns of a block mean: labels, months, dates, fiscal years, or halves of months over three rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.intake.layout import Block, Label
from tallystick.intake.sheets import Cell, plain
from tallystick.terms.period import last_day, month_end, month_start

POINT, YEAR = -1, -2  # period keys besides the twelve months 0 to 11
Span = tuple[str, str]  # kind of a period, and its name as tables write it
YEAR_LABEL = re.compile(r"(?:eo)?fy ?(\d{4})\b.*")
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of numbers: where, how its header reads, which period or label it stands for."""

    index: int
    label: str
    period: int
    means: Label | None
    span: Span | None = None


def column_of(block: Block, months: Sequence[str], index: int, raw: Cell, text: str) -> Column | None:
    """The column below one header cell, or None when nobody knows the header."""
    if block.columns_as == "months" and isinstance(raw, (dt.date, dt.datetime)):
        return Column(index, f"{raw:%Y-%m}", POINT, None, ("month", f"{raw:%Y-%m}"))
    if block.columns_as == "fiscal_years" and (found := YEAR_LABEL.fullmatch(text)):
        return Column(index, text, POINT, None, ("fiscal_year", f"FY{found.group(1)}"))
    means = next((label for label in block.columns if text in label.labels), None)
    if text in months:
        return Column(index, text, months.index(text), None)
    if text in block.year_label:
        return Column(index, text, YEAR, means if not months else None)
    if means is None:
        return None
    return Column(index, text, POINT if block.period_kind == "point" else YEAR, means)


def half_months(rows: Sequence[Sequence[Cell]], header: int, first: int) -> list[Column]:
    """Columns under a year, a month and 'mid' or 'end', each printed once and merged to the right.

    Args:
        rows: the rows of the sheet.
        header: the row of the years.
        first: the first column of numbers.
    """
    years, months, halves = (rows[header + step] if header + step < len(rows) else [] for step in range(3))
    found: list[Column] = []
    year, month = "", 0
    for index in range(first, len(halves)):
        above = _year_in(years, index)
        name = plain(months[index]) if index < len(months) else ""
        before, month = month, MONTH_NAMES.index(name) + 1 if name in MONTH_NAMES else month
        if above:
            year = above
        elif year and month < before:  # a January whose year somebody forgot to print
            year = str(int(year) + 1)
        half = plain(halves[index])
        if half in ("mid", "end") and year and month:
            span = f"{year}-{month:02d}-{half}"
            found.append(Column(index, span, POINT, None, ("half-month", span)))
    return found


def _year_in(row: Sequence[Cell], index: int) -> str:
    value = row[index] if index < len(row) else None
    text = str(int(value)) if isinstance(value, (int, float)) else plain(value)
    return text if re.fullmatch(r"20\d\d", text) else ""


def title_span(found: re.Match[str]) -> Span | None:
    """The period a title names by its parts `year`, `quarter` and `month`."""
    named = found.groupdict()
    year = named.get("year")
    if year is None:
        return None
    if named.get("quarter"):
        return "quarter", f"FY{year}Q{named['quarter']}"
    if named.get("month") in MONTH_NAMES:
        return "month", f"{year}-{MONTH_NAMES.index(str(named['month'])) + 1:02d}"
    return None


def title_through(found: re.Match[str]) -> dt.date | None:
    """The last day that a title covers by its parts `fy` and `through` (a month, or the year's end)."""
    named = found.groupdict()
    if not named.get("fy"):
        return None
    year = int(named["fy"]) + (2000 if len(named["fy"]) == 2 else 0)
    month = str(named.get("through") or "")
    if month == "year end":
        return last_day(year)
    return month_end(month_start(year, MONTH_NAMES.index(month) + 1)) if month in MONTH_NAMES else None
