"""The record tables of one release, opened for acts: every row with its number, moment and day.

Acts compute with whole numbers only: a moment is seconds and a day is days since 1970 began, as the records
print them (they know no time zone).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tallystick.intake.codebook import TableRule
from tallystick.intake.releases import Release

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
DAY = 86400  # seconds
EPOCH = date(1970, 1, 1)
OF_STINTS = (
    ("moment_out", "stint_book_out_datetime"),
    ("stay_moment", "stay_book_in_datetime"),
)


@dataclass(frozen=True)
class Opened:
    """The tables of one release, each as a view called ``<table>_rows``."""

    ask: Ask
    release: Release
    rules: Mapping[str, TableRule]
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """Which tables there are."""
        return tuple(sorted(self.paths))

    @property
    def opens_at(self) -> int:
        """The beginning of the first day that the release covers, in seconds."""
        return seconds_of(date.fromisoformat(self.release.covers_from))

    @property
    def closes_at(self) -> int:
        """The end of the closing date, in seconds."""
        return seconds_of(date.fromisoformat(self.release.closes_on) + timedelta(days=1))

    def one(self, query: str) -> tuple[Any, ...]:
        """The one row of a query."""
        return self.ask(query, ())[0]

    def make(self, name: str, query: str) -> str:
        """Keep what a query gives under a name, and give the name."""
        self.ask(f'create or replace table "{name}" as {query}', ())
        return name

    def drop(self, name: str) -> None:
        """Let go of what was kept."""
        self.ask(f'drop table if exists "{name}"', ())

    def compared(self, table: str) -> tuple[str, ...]:
        """The columns in which two rows of a table can differ: all but the key and the place in the file."""
        absent = self._absent(table)
        return tuple(name for name, _ in self.rules[table].stored if name != "person_key" and name not in absent)

    def _absent(self, table: str) -> set[str]:
        names = [name for name, _ in self.rules[table].stored if name != "person_key"]
        tests = ", ".join(f'count("{name}") = 0 and count(*) > 0' for name in names)
        found = self.one(f"select {tests} from {table}_rows")  # names of definitions
        return {name for name, is_absent in zip(names, found, strict=True) if is_absent}


def seconds_of(day: date) -> int:
    """The beginning of a day, in seconds since 1970 began.

    >>> seconds_of(date(1970, 1, 2))
    86400
    """
    return (day - EPOCH).days * DAY


def open_tables(ask: Ask, release: Release, rules: Mapping[str, TableRule], paths: Mapping[str, str]) -> Opened:
    """Open the tables of one release.

    Args:
        ask: runs one statement and gives its rows.
        release: the release.
        rules: table -> what its columns mean.
        paths: table -> its Parquet file.
    """
    opened = Opened(ask, release, rules, dict(paths))
    for table in opened.tables:
        ask(f"create or replace view {table}_rows as {rows_sql(rules[table], paths[table])}", ())
    return opened


def rows_sql(rule: TableRule, path: str) -> str:
    """The query that opens one table: what acts read, in front of the columns of the table."""
    more = [("moment", rule.event), *(OF_STINTS if rule.id == "stints" else ())]
    moments = ", ".join(f"{_seconds(column)} as {name}" for name, column in more)
    extra = ""
    if rule.id == "stints":
        extra = (
            ", \"stint_book_out_datetime__why\" = 'ongoing' as goes_on"
            ', coalesce("detention_facility_code", "detention_facility") as facility'
        )
    place = path.replace("'", "''")
    return (
        f"select file_row_number as record, {moments}, "  # names of definitions, a path in quotes
        f'cast(floor(epoch(cast("{rule.event}" as timestamp)) / {DAY}) as bigint) as day{extra}, '
        f"* exclude (file_row_number) from read_parquet('{place}', file_row_number = true)"
    )


def _seconds(column: str) -> str:
    return f'cast(epoch(cast("{column}" as timestamp)) as bigint)'
