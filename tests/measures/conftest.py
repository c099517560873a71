"""What tests of measures share: a small release written by hand, and any release laid on the real engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.assessing import Bench
from tallystick.following import Following
from tallystick.gather import rules_of
from tallystick.measures.unit_measure import measurebook
from tallystick.policies.offenses import offenses
from tallystick.policies.policy import lawbook
from tallystick.question import Desk, holding
from tallystick.records.opening import Opened
from tallystick.records.populating import facility_kinds
from tallystick.records.rules import rulebook
from tallystick.terms.definitions import Shelf

SHELF = Shelf()
RULES = rules_of(SHELF)
BOOK = measurebook(SHELF)
LAW = lawbook(SHELF)
RELEASE = RULES.register.release("ice_2026_03").release
HERE = Path(__file__).resolve().parent
Row = dict[str, Any]


def parsed(kind: str, cell: str) -> Any:
    """A cell of a hand-written table as its type."""
    if kind == "TIMESTAMP":
        return datetime.fromisoformat(cell)
    if kind == "DATE":
        return date.fromisoformat(cell)
    if kind == "BOOLEAN":
        return cell == "yes"
    return int(cell) if kind in ("INTEGER", "BIGINT") else cell


def read_tables(path: Path) -> dict[str, list[Row]]:
    """Tables as text: ``== table``, a line of names, a row per line. `-` is a blank as the column means it, `?` unknown."""
    tables: dict[str, list[Row]] = {}
    names: list[str] = []
    table = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("=="):
            table, names = line.removeprefix("==").strip(), []
            tables[table] = []
        elif line.strip() and not line.startswith("#"):
            if not names:
                names = cells
            else:
                tables[table].append(read_row(table, dict(zip(names, cells, strict=True))))
    return tables


def read_row(table: str, cells: Mapping[str, str]) -> Row:
    """One row with its reasons."""
    rule = RULES.codebook.tables[table]
    stored = dict(rule.stored)
    row: Row = {}
    for name, cell in cells.items():
        if name == "no":
            continue
        is_blank = cell in ("-", "?", "")
        row[name] = None if is_blank else parsed(stored[name], cell)
        if cell == "-" and blank_of(table, name) == "no_by_convention":
            row[name] = False  # as a build stores it
        if name != "person_key":
            row[f"{name}__why"] = "recorded" if not is_blank else "blank" if cell == "?" else blank_of(table, name)
    return row


def blank_of(table: str, name: str) -> str:
    """What a blank of a column says."""
    found = [column for column in RULES.codebook.tables[table].columns if column.name == name]
    return found[0].blank if found else "blank"


def seconds(value: datetime | date | None) -> int | None:
    """A moment as acts count it."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return int(moment.replace(tzinfo=UTC).timestamp())


@contextmanager
def laid(
    tables: Mapping[str, Sequence[Row]], release: Any = RELEASE, absent: Mapping[str, set[str]] | None = None
) -> Iterator[Desk]:
    """Tables on the engine as if they had been read from a release; columns not named hold nothing."""
    with store.engine() as engine:

        def ask(query: str, values: Any) -> list[tuple[Any, ...]]:
            return list(engine.execute(query, list(values)).fetchall())

        for table, rows in tables.items():
            lay_table(ask, table, rows, (absent or {}).get(table, set()))
        opened = Opened(ask, release, RULES.codebook.tables, dict.fromkeys(tables, ""))
        bench = Bench(Following(opened, rulebook(SHELF)), LAW, BOOK.units)
        held = {
            known.id: {(header.table, header.column) for header in known.headers if header.outcome == "keep"}
            for known in RULES.register.releases
        }
        yield Desk(bench, BOOK, offenses(SHELF), facility_kinds(SHELF), "tests", holding(held))


def lay_table(ask: Any, table: str, rows: Sequence[Row], absent: set[str]) -> None:
    """One table with its reasons, numbers and moments."""
    rule = RULES.codebook.tables[table]
    stored = dict(rule.stored)
    types = {"record": "bigint", "moment": "bigint", "day": "bigint", "source_file": "varchar", "source_sheet": "varchar",
             "source_row": "bigint", "release": "varchar"}  # fmt: skip
    if table == "stints":
        types |= {"moment_out": "bigint", "stay_moment": "bigint", "goes_on": "boolean", "facility": "varchar"}
    for name, kind in stored.items():
        types[name] = kind
        if name != "person_key":
            types[f"{name}__why"] = "varchar"
    ask(f"create table {table}_rows ({', '.join(f'{name} {kind}' for name, kind in types.items())})", ())
    for number, given in enumerate(rows):
        row: Row = {
            f"{name}__why": "not_in_release" if name in absent else blank_of(table, name)
            for name in stored
            if name != "person_key"
        }
        row |= {"record": number, "source_file": "a", "source_sheet": "s", "source_row": number, **given}
        row["moment"] = seconds(row.get(rule.event))
        row["day"] = None if row["moment"] is None else row["moment"] // 86400
        if table == "stints":
            row["moment_out"] = seconds(row.get("stint_book_out_datetime"))
            row["stay_moment"] = seconds(row.get("stay_book_in_datetime"))
            row["goes_on"] = row["stint_book_out_datetime__why"] == "ongoing"
            row["facility"] = row.get("detention_facility_code") or row.get("detention_facility")
        names = [name for name in types if name in row]
        marks = ", ".join("?" for _ in names)
        ask(f"insert into {table}_rows ({', '.join(names)}) values ({marks})", [row[name] for name in names])
