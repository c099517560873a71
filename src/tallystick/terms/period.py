"""When a figure holds: fiscal years (October to September), months, days.

A US federal fiscal year N runs from 1 October N-1 to 30 September N.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

NEAREST_DAYS = 45  # how far from the day asked for an issue may lie and still speak for it


def fiscal_year_of(day: date) -> int:
    """The fiscal year a day lies in.

    >>> fiscal_year_of(date(2025, 10, 1)), fiscal_year_of(date(2025, 9, 30))
    (2026, 2025)
    """
    return day.year + (day.month >= 10)


def first_day(fiscal_year: int) -> date:
    """The first of October that opens a fiscal year."""
    return date(fiscal_year - 1, 10, 1)


def last_day(fiscal_year: int) -> date:
    """The thirtieth of September that closes a fiscal year."""
    return date(fiscal_year, 9, 30)


def day_after_days(fiscal_year: int, days: int) -> date:
    """The day on which a fiscal year is `days` days old.

    >>> day_after_days(2026, 117)
    datetime.date(2026, 1, 25)
    """
    return first_day(fiscal_year) + timedelta(days=days - 1)


def month_start(fiscal_year: int, month: int) -> date:
    """The first day of a calendar month (1 to 12) inside a fiscal year."""
    return date(fiscal_year - (month >= 10), month, 1)


def month_end(first: date) -> date:
    """The last day of the month that starts on `first`."""
    return first.replace(day=monthrange(first.year, first.month)[1])


def month_id(first: date) -> str:
    """A month as written in every table: ``2025-12``."""
    return f"{first.year:04d}-{first.month:02d}"


def status_of_month(first: date, as_of: date) -> str:
    """complete, partial or not_yet, seen from the day the figures stop."""
    if month_end(first) <= as_of:
        return "complete"
    return "partial" if first <= as_of else "not_yet"


def in_words(day: date) -> str:
    """A day as readers write it: ``25 January 2026``."""
    return f"{day.day} {day:%B} {day.year}"


def in_words_iso(day: str) -> str:
    """A day written as 2026-01-25 in words; other texts as they are.

    >>> in_words_iso("2026-01-25"), in_words_iso("unknown")
    ('25 January 2026', 'unknown')
    """
    try:
        return in_words(date.fromisoformat(day))
    except ValueError:
        return day


def day_from_numbers(month: int, day: int, year: int) -> date | None:
    """A month/day/year as an agency prints it, two-digit years included; None if no such day.

    >>> day_from_numbers(9, 30, 19), day_from_numbers(13, 1, 2020)
    (datetime.date(2019, 9, 30), None)
    """
    full_year = year + 2000 if year < 100 else year
    try:
        return date(full_year, month, day)
    except ValueError:
        return None


def span_end(kind: str, name: str) -> date:
    """The last day of a period as tables name it; the fifteenth for the middle of a month.

    >>> span_end("month", "2025-12"), span_end("quarter", "FY2022Q2"), span_end("half-month", "2026-01-mid")
    (datetime.date(2025, 12, 31), datetime.date(2022, 3, 31), datetime.date(2026, 1, 15))
    """
    if kind in ("fytd", "fiscal_year"):
        return last_day(int(name[2:6]))
    if kind == "quarter":
        year, quarter = int(name[2:6]), int(name[7])
        return month_end(month_start(year, (quarter * 3 + 8) % 12 + 1))
    first = date(int(name[:4]), int(name[5:7]), 1)
    return first.replace(day=15) if name.endswith("-mid") else month_end(first)


def span_start(kind: str, name: str) -> date:
    """The first day of a period as tables name it.

    >>> span_start("quarter", "FY2022Q2"), span_start("fiscal_year", "FY2022"), span_start("month", "2025-12")
    (datetime.date(2022, 1, 1), datetime.date(2021, 10, 1), datetime.date(2025, 12, 1))
    """
    if kind in ("fytd", "fiscal_year"):
        return first_day(int(name[2:6]))
    end = span_end(kind, name)
    if kind == "quarter":
        return date(end.year, end.month - 2, 1)
    return end.replace(day=1)
