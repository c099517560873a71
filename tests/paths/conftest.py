"""What tests of paths share: small tables written by hand, laid on the real engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from tallystick import store
from tallystick.following import Following
from tallystick.gather import rules_of
from tallystick.records.opening import Opened
from tallystick.records.rules import rulebook
from tallystick.terms.definitions import Shelf

SHELF = Shelf()
RULES = rules_of(SHELF)
BOOK = rulebook(SHELF)
RELEASE = RULES.register.release("ice_2026_03").release
EXTRA = {
    "record": "bigint", "person_key": "bigint", "moment": "bigint", "day": "bigint", "moment_out": "bigint",
    "stay_moment": "bigint", "goes_on": "boolean", "facility": "varchar", "source_file": "varchar",
    "source_sheet": "varchar", "source_row": "bigint",
}  # fmt: skip


def seconds(text: str | None) -> int | None:
    """``2025-01-03 10:00`` or ``2025-01-03`` as seconds; blank is unknown."""
    if not text:
        return None
    form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M" if " " in text else "%Y-%m-%d"
    return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())


def rows_of(text: str) -> list[dict[str, Any]]:
    """A table written as text: a line of names, then a row per line, cells between bars; a blank cell is unknown."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    names = [name.strip() for name in lines[0].split("|")]
    found = []
    for number, line in enumerate(lines[1:]):
        cells: dict[str, Any] = {}
        for name, cell in zip(names, (part.strip() for part in line.split("|")), strict=True):
            cells[name] = _cell(name, cell)
        found.append({"record": number, "source_file": "a", "source_sheet": "s", "source_row": number, **cells})
    return [_completed(row) for row in found]


def _cell(name: str, cell: str) -> Any:
    if cell == "":
        return None
    if name in ("moment", "moment_out", "stay_moment"):
        return seconds(cell)
    if name == "goes_on":
        return cell == "yes"
    return int(cell) if re.fullmatch(r"-?\d+", cell) and name != "detention_facility_code" else cell


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    moment = row.get("moment")
    more: dict[str, Any] = {"person_key": None, "moment": None, "day": None if moment is None else moment // 86400}
    if "facility" in row:
        more |= {"moment_out": None, "stay_moment": None, "detention_facility_code": row["facility"]}
        more["goes_on"] = row.get("moment_out") is None
    return {**more, **row}


def _printed(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the release in which the moments of a row stand."""
    columns = {"moment": RULES.codebook.tables[table].event}
    if table == "stints":
        columns |= {"moment_out": "stint_book_out_datetime", "stay_moment": "stay_book_in_datetime"}
    return {
        column: datetime.fromtimestamp(row[name], tz=UTC).replace(tzinfo=None)
        for name, column in columns.items()
        if row.get(name) is not None
    }


@contextmanager
def laid(tables: Mapping[str, Sequence[Mapping[str, Any]]], release: Any = RELEASE) -> Iterator[Following]:
    """Tables on the engine as if they had been read from a release."""
    with store.engine() as engine:

        def ask(query: str, values: Any) -> list[tuple[Any, ...]]:
            return list(engine.execute(query, list(values)).fetchall())

        for table, rows in tables.items():
            stored = dict(RULES.codebook.tables[table].stored)
            wanted = [*EXTRA, *(name for name in stored if name not in EXTRA)]
            types = {**stored, **EXTRA}
            ask(f"create table {table}_rows ({', '.join(f'{name} {types[name]}' for name in wanted)})", ())
            for plain in rows:
                row = {**plain, **_printed(table, plain)}
                names = [name for name in wanted if name in row]
                marks = ", ".join("?" for _ in names)
                ask(f"insert into {table}_rows ({', '.join(names)}) values ({marks})", [row[name] for name in names])
        opened = Opened(ask, release, RULES.codebook.tables, dict.fromkeys(tables, ""))
        yield Following(opened, BOOK)


def corrupt_release() -> Any:
    """The release whose stays cannot be made."""
    return RULES.register.release("ice_2025_02").release


def with_dates(**dates: str) -> Any:
    """The release with other dates."""
    return msgspec.structs.replace(RELEASE, **dates)
