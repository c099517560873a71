"""Where one record file is worked on: its cells as texts in memory, asked column by column.

Nothing of a sheet is on disk before it has passed the door, unless memory runs short: the engine then
uses a private folder that is erased with the desk.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.intake.peek import cells_range
from tallystick.terms.errors import cannot

LAST_ROW = 1_048_576
BATCH = 20_000
READINGS = "raw varchar, value varchar, why varchar, state varchar"


class Desk:
    """An engine with one sheet on it, in the table ``sheet``: ``source_row`` and the cells ``c1 … cN``."""

    def __init__(self, engine: Any, reader: str) -> None:
        self.engine = engine
        self.reader = reader

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return list(self.engine.execute(query, list(values)).fetchall())

    def lay_xlsx(self, path: Path, sheet: str, *, first_row: int, last_row: int, width: int) -> int:
        """Lay the rows of a sheet on the desk, rows without any value left out.

        Args:
            path: the workbook.
            sheet: name of the sheet.
            first_row: first row below the header, counted from 1.
            last_row: the last row to look at.
            width: how many columns.

        Returns:
            The number of rows laid.
        """
        if self.reader == "stream":
            source = "read_xlsx(?, sheet=?, range=?, all_varchar=true, header=false, stop_at_empty=false)"
            return self._lay(source, [str(path), sheet, cells_range(first_row, last_row, width)], first_row, width)
        return self._lay_whole(path, sheet, first_row, width)

    def _lay_whole(self, path: Path, sheet: str, first_row: int, width: int) -> int:
        """The slower way, for engines without the streaming reader: the whole sheet as objects, then as texts."""
        from python_calamine import CalamineWorkbook

        read = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return self._lay_rows(([_text(value) for value in row] for row in read[first_row - 1 :]), first_row, width)

    def lay_csv(self, path: Path, *, first_row: int, width: int) -> int:
        """Lay the records of a CSV file on the desk, with as many columns as its longest line has.

        Returns:
            The number of columns.
        """
        with path.open(encoding=_encoding(path), newline="") as stream:
            widest = max(map(len, csv.reader(stream)), default=width)
        with path.open(encoding=_encoding(path), newline="") as stream:
            lines = islice(csv.reader(stream), first_row - 1, None)
            self._lay_rows(([value or None for value in line] for line in lines), first_row, max(width, widest))
        return max(width, widest)

    def _lay_rows(self, rows: Iterable[Sequence[str | None]], first_row: int, width: int) -> int:
        columns = ", ".join(f"c{number} varchar" for number in range(1, width + 1))
        self.engine.execute(f"create or replace table sheet (source_row bigint, {columns})")
        values = ", ".join("unnest(?::varchar[])" for _ in range(width))
        left, number = iter(rows), first_row
        while batch := list(islice(left, BATCH)):
            texts = [[row[index] if index < len(row) else None for row in batch] for index in range(width)]
            numbers = list(range(number, number + len(batch)))
            self.engine.execute(f"insert into sheet select unnest(?::bigint[]), {values}", [numbers, *texts])
            number += len(batch)
        return self._without_blank_rows(width)

    def _lay(self, source: str, values: Sequence[Any], first_row: int, width: int) -> int:
        cells = ", ".join(f"c{number}" for number in range(1, width + 1))
        try:
            self.engine.execute(
                f"create or replace table sheet as select row_number() over () + {first_row - 1} as source_row, * "  # noqa: S608
                f"from {source} as cells({cells})",
                list(values),
            )
        except store.engine_error():
            raise cannot(  # the engine's own words could hold a cell
                "TS206", "A sheet cannot be read: its cells are damaged.", fix="Download the file again."
            ) from None
        return self._without_blank_rows(width)

    def _without_blank_rows(self, width: int) -> int:
        cells = ", ".join(f"c{number}" for number in range(1, width + 1))
        self.engine.execute(f"delete from sheet where coalesce({cells}) is null")  # noqa: S608  # twice as fast as a filter
        return int(self.rows("select count(*) from sheet")[0][0])

    def distinct(self, cell: int, most: int, where: str = "true") -> list[tuple[str, int]]:
        """Distinct texts of a column with the rows of each, in order; at most so many."""
        return [
            (str(text), int(count))
            for text, count in self.rows(
                f"select c{cell}, count(*) from sheet where c{cell} is not null and {where} "  # noqa: S608
                f"group by 1 order by 1 limit {most}"
            )
        ]

    def put_readings(self, name: str, readings: Sequence[tuple[str, str | None, str, str | None]]) -> None:
        """Lay a table of readings of distinct values on the desk."""
        self.engine.execute(f"create or replace table {name} ({READINGS})")
        if readings:
            columns = [list(column) for column in zip(*readings, strict=True)]
            self.engine.execute(
                f"insert into {name} select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), "
                "unnest(?::varchar[])",
                columns,
            )

    def write(self, query: str, target: Path) -> None:
        """Write what a query gives as Parquet, in its order."""
        store.write_parquet(self.engine, query, target)


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, else Latin 1, which takes every byte."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _text(value: object) -> str | None:
    """A cell as the streaming reader gives it, dates in ISO instead of as numbers of days."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)


@contextmanager
def desk(*, memory: str = store.MEMORY, reader: str = "") -> Iterator[Desk]:
    """An empty desk; everything on it is gone afterwards.

    Args:
        memory: how much the engine may use.
        reader: 'stream' or 'whole'; '' takes the streaming reader where its wheel fits the engine.
    """
    with store.scratch() as folder, store.engine(memory=memory, spill=folder) as engine:
        streams = reader != "whole" and store.can_stream(engine)
        yield Desk(engine, "stream" if streams else "whole")
