"""Daily counts from somebody else: what each column means, and whether the days hang together.

Stock and flow must agree with themselves before they are laid beside anything: midnight today is
midnight yesterday plus book-ins less book-outs. Where they do not, two extracts were joined (a seam).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from tallystick.terms.definitions import Strict

SEAM = 1  # a residual of one person is told apart from none, and not called a seam
JUMP = 0.05  # without flows: a day on which the count moves by more than this share


class SeriesShape(Strict, frozen=True, kw_only=True):
    """``us-ice/series/<id>.toml``: the columns of a daily series and what may be done with it."""

    id: str
    title: str
    publisher: str
    obtained_from: str
    licence: str
    may_ship: bool
    credit: str
    format: Literal["parquet", "csv"]
    date: str
    sum_over: tuple[str, ...]
    midnight: str
    any_time: str = ""
    book_in: str = ""
    book_out: str = ""
    convicted_any_time: str = ""
    trust_from: str
    trust_to: str
    note: str

    @property
    def columns(self) -> dict[str, str]:
        """Meaning -> name of the column that holds it."""
        named = {
            "midnight": self.midnight,
            "any_time": self.any_time,
            "book_in": self.book_in,
            "book_out": self.book_out,
            "convicted_any_time": self.convicted_any_time,
        }
        return {meaning: name for meaning, name in named.items() if name}


@dataclass(frozen=True)
class Day:
    """One day of a series, for the nation; None for what the series does not count."""

    date: date
    midnight: int | None
    any_time: int | None = None
    book_in: int | None = None
    book_out: int | None = None
    convicted_any_time: int | None = None


@dataclass(frozen=True)
class DailySeries:
    """A national daily series in order of time."""

    id: str
    title: str
    days: tuple[Day, ...]

    def at(self, day: date) -> Day | None:
        """The day asked for, or None."""
        if not self.days:
            return None
        place = (day - self.days[0].date).days
        if 0 <= place < len(self.days) and self.days[place].date == day:
            return self.days[place]
        return next((entry for entry in self.days if entry.date == day), None)


@dataclass(frozen=True)
class Seam:
    """A day on which a series does not follow from the day before."""

    date: date
    residual: int
    reason: str


def identity_residuals(days: Sequence[Day]) -> Iterator[Seam]:
    """Every day on which midnight is not yesterday's midnight plus book-ins less book-outs.

    The residual is what yesterday and the flows say, less what today says.
    """
    for before, today in pairwise(days):
        known = before.midnight is not None and today.midnight is not None
        if today.date - before.date != timedelta(days=1) or not known:
            continue
        if today.book_in is not None and today.book_out is not None:
            residual = (before.midnight or 0) + today.book_in - today.book_out - (today.midnight or 0)
            if residual:
                yield Seam(today.date, residual, "stock and flows disagree")


def seams(days: Sequence[Day]) -> list[Seam]:
    """Days where two extracts seem to be joined: residuals beyond one person, gaps, jumps, days counted short."""
    found = [seam for seam in identity_residuals(days) if abs(seam.residual) > SEAM]
    has_flows = any(day.book_in is not None for day in days)
    for before, today in pairwise(days):
        missing = (today.date - before.date).days - 1
        if missing:
            found.append(Seam(today.date, missing, f"{missing} days are missing before"))
        elif not has_flows and before.midnight and today.midnight is not None:
            moved = today.midnight - before.midnight
            if abs(moved) > JUMP * before.midnight:
                found.append(Seam(today.date, -moved, "the count jumps"))
    for day in days:
        if day.any_time is not None and day.midnight is not None and day.any_time < day.midnight:
            found.append(Seam(day.date, day.any_time - day.midnight, "fewer in the course of the day than at midnight"))
    return sorted(found, key=lambda seam: seam.date)
