"""Stretches of days by which cells are told apart: days, months, quarters, fiscal years, years, named eras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tallystick.measures.unit_measure import Era
from tallystick.terms.errors import cannot
from tallystick.terms.period import first_day, fiscal_year_of, last_day, month_end, month_id

PERIODS = ("release", "day", "month", "quarter", "fiscal_year", "year", "era")
MOST_WINDOWS = 6000


@dataclass(frozen=True)
class Window:
    """A stretch of days, the last one included; `is_part` where it was cut at an end of what is asked for."""

    label: str
    first: date
    last: date
    is_part: bool = False


def windows_of(period: str, since: str, until: str, eras: Sequence[Era] = ()) -> list[Window]:
    """The windows of a kind between two days, both included; the first and last one may be cut.

    Raises:
        TallystickError: TS189 for a day that is none, an unknown kind of period, or nothing between the days.
    """
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError:
        raise cannot("TS189", "Days are written year-month-day.", fix="A date such as 2025-01-21.") from None
    if period not in PERIODS:
        raise cannot("TS189", f"There is no period '{period[:40]}'.", fix=f"Periods: {', '.join(PERIODS)}.")
    if first > last:
        raise cannot("TS189", f"Nothing lies between {since} and {until}.", fix="The first day comes before the last.")
    found: list[Window] = []
    if period == "release":
        return [Window(f"{first} to {last}", first, last)]
    if period == "era":
        for era in eras:
            begins, ends = date.fromisoformat(era.since), date.fromisoformat(era.until or "9999-12-31")
            if begins <= last and ends >= first:
                own = Window(era.id, max(begins, first), min(ends, last), begins < first or ends > last)
                found.append(own)
        return found
    at = first
    while at <= last:
        label, begins, ends = _around(period, at)
        found.append(Window(label, max(begins, first), min(ends, last), begins < first or ends > last))
        at = ends + timedelta(days=1)
        if len(found) > MOST_WINDOWS:
            raise cannot(
                "TS189", "That is too many periods at once.", fix="Ask for a shorter stretch, or longer periods."
            )
    return found


def _around(period: str, day: date) -> tuple[str, date, date]:
    """The period of a kind that a day lies in: its name, first and last day."""
    if period == "day":
        return day.isoformat(), day, day
    if period == "month":
        begins = day.replace(day=1)
        return month_id(begins), begins, month_end(begins)
    if period == "quarter":  # of the fiscal year
        begins = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        ends = month_end(date(begins.year, begins.month + 2, 1))
        return f"FY{fiscal_year_of(day)}Q{(begins.month // 3 + 1) % 4 + 1}", begins, ends
    if period == "year":
        return str(day.year), date(day.year, 1, 1), date(day.year, 12, 31)
    year = fiscal_year_of(day)
    return f"FY{year}", first_day(year), last_day(year)


def year_before(window: Window) -> Window:
    """The same days a year earlier; 29 February becomes the 28th."""

    def earlier(day: date) -> date:
        try:
            return day.replace(year=day.year - 1)
        except ValueError:
            return day.replace(year=day.year - 1, day=28)

    return Window(f"{window.label}, a year before", earlier(window.first), earlier(window.last), window.is_part)
