"""Made-up releases in the exact physical shape of real ones, for the demo, exercises, tests and benchmarks.

Every workbook says in its name, its sheets and its first line that it was made up.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from tallystick.intake.codebook import Codebook, ColumnRule, TableRule, codebook
from tallystick.intake.releases import MADE_UP, Header, KnownRelease, register
from tallystick.made.people import Life, Setting, lives
from tallystick.made.records import ROWS, Record, event_of
from tallystick.made.sheets import MadeSheet, Strings, Value, write_records
from tallystick.terms.definitions import Shelf, unknown_name
from tallystick.terms.period import fiscal_year_of

REDACTIONS = ("(b)(6), (b)(7)(c)", "(b)(6)(b)(7)(c)", "b(6), b(7)C", "(b)(6),(b)(7)(c)", "b(6), b(7)(c)")
WARNING = f"{MADE_UP}: no row of this workbook describes a person, a place or an event"
LONGEST_SHEET = 1_040_000
NO_KEY = {"arrests": 0.01, "stints": 0.002, "removals": 0.003, "detainers": 0.13, "encounters": 0.11, "rca": 0.0}
GARBAGE = 0.0005  # share of secondary dates that are no dates of this world
GARBLED = ("0002-03-14", "0199-07-01", "8017-02-11")
SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001  # spreadsheets know no time zones
PART = re.compile(r"[*?\[\]]")
Render = Callable[[Any], Value]


@dataclass(frozen=True)
class MadeFile:
    """One file that was written: its path, table and rows."""

    path: Path
    table: str
    rows: int


def make_release(
    name: str,
    folder: Path,
    shelf: Shelf,
    *,
    people: int = 2000,
    seed: int = 1,
    agency: str = "us-ice",
    strings: Strings | None = None,
    tables: Sequence[str] = (),
    fictional: bool = False,
) -> list[MadeFile]:
    """Write a made-up release.

    Args:
        name: id of the release whose shape is taken.
        folder: where to write.
        shelf: the definitions.
        people: how many invented lives.
        seed: the same seed gives the same bytes.
        agency: the agency.
        strings: how texts stand in the sheets; None takes turns.
        tables: the tables to write; all of the release when empty.
        fictional: whether areas and states are the fictional ones of the definitions.

    Raises:
        TallystickError: TS160 when no release is called so.
    """
    release = register(shelf, agency).release(name)
    own = [entry.table for entry in release.release.tables]
    if unknown := [table for table in tables if table not in own]:
        raise unknown_name("TS168", f"table of {name}", unknown[0], own, "tallystick get --list")
    known = codebook(shelf, agency)
    folder.mkdir(parents=True, exist_ok=True)
    first = date.fromisoformat(release.release.covers_from)
    last = date.fromisoformat(release.release.closes_on)
    population = list(lives(people, seed, first, last, setting_of(known, fictional=fictional)))
    written = []
    for number, entry in enumerate(release.release.tables):
        if not tables or entry.table in tables:
            how = strings or ("shared" if number % 2 == 0 else "inline")
            written += _write_table(release, known, entry.table, population, folder, seed, how)
    return written


def setting_of(known: Codebook, *, fictional: bool = False) -> Setting:
    """The places of invented lives: areas and states as the codebook spells them, invented facilities."""
    areas, states = (
        tuple(
            dict.fromkeys(
                value
                for raw, value in known.vocabularies[name].values.items()
                if value != "headquarters" and (raw in known.vocabularies[name].fictional) is fictional
            )
        )
        for name in ("areas", "states")
    )
    return Setting.of(areas, states)


def _write_table(
    release: KnownRelease,
    known: Codebook,
    table: str,
    population: Sequence[Life],
    folder: Path,
    seed: int,
    strings: Strings,
) -> list[MadeFile]:
    rule = known.tables[table]
    rows = _records(release, rule, population, seed)
    written = []
    for name, sheets in _files(release, table, rows, rule):
        path = folder / f"{MADE_UP}_{name}"
        if path.suffix == ".csv":
            count = _write_csv(
                path,
                _header(release, table, 0),
                [row for _, part in sheets for row in part],
                release,
                rule,
                known,
                seed,
            )
        else:
            made = [
                _sheet(release, rule, known, sheet, part, number, seed) for number, (sheet, part) in enumerate(sheets)
            ]
            count = write_records(path, made, strings=strings)
        written.append(MadeFile(path, table, count))
    return written


def _records(release: KnownRelease, rule: TableRule, population: Sequence[Life], seed: int) -> list[Record]:
    random = Random(f"{seed}-{rule.id}")  # noqa: S311  # invented data, no secret
    first = datetime.combine(date.fromisoformat(release.release.covers_from), datetime.min.time())
    last = datetime.combine(date.fromisoformat(release.release.closes_on), datetime.max.time())
    found = []
    for life in population:
        for record in ROWS[rule.id](life, random, release.id):
            moment = event_of(record, rule.event)
            if moment is not None and first <= moment <= last:
                if random.random() < NO_KEY[rule.id]:
                    record["person_key"] = None
                found.append(record)
    found.sort(key=lambda record: (event_of(record, rule.event) or first, str(record["person_key"])))
    return found


def _files(
    release: KnownRelease, table: str, rows: list[Record], rule: TableRule
) -> Iterator[tuple[str, list[tuple[str, list[Record]]]]]:
    """(file name, its sheets with their rows), split as the release splits them."""
    patterns = release.release.table(table).files or (f"{release.id} {table}.xlsx",)
    by_year: dict[int, list[Record]] = {}
    for row in rows:
        moment = event_of(row, rule.event)
        if moment is not None:
            by_year.setdefault(fiscal_year_of(moment.date()), []).append(row)
    years = sorted(by_year)
    spans = [_years_in(pattern) for pattern in patterns]
    if len(patterns) > 1 and all(spans):
        for pattern, span in zip(patterns, spans, strict=True):
            own = [(f"FY{year}", by_year[year]) for year in years if span and span[0] <= year <= span[1]]
            if own:
                yield _file_name(pattern, ""), own
    elif any(sign in patterns[0] for sign in "*?") and not release.id.startswith("ice_2025"):
        for year in years:
            yield (
                _file_name(patterns[0], f"FY{year}" if "FY20" not in patterns[0] else f"{year % 100:02d}"),
                [(f"FY{year}", by_year[year])],
            )
    else:
        half = (len(rows) + 1) // 2 if table in ("stints", "encounters") else len(rows)
        parts = [rows[:half], rows[half:]] if half < len(rows) else [rows]
        yield _file_name(patterns[0], ""), [(f"Part {number}", part) for number, part in enumerate(parts, start=1)]


def _years_in(pattern: str) -> tuple[int, int] | None:
    found = re.search(r"fy ?(\d{2,4})(?:-(\d{2})|-FY(\d{4}))?", pattern, re.IGNORECASE)
    if found is None or "?" in pattern:
        return None
    numbers = sorted(int(part) + (2000 if len(part) <= 2 else 0) for part in found.groups() if part)
    return numbers[0], numbers[-1]


def _file_name(pattern: str, instead: str) -> str:
    plain = (
        pattern.replace("*", f"_{instead}_" if instead else "_", 1).replace("*", "").replace("?", instead[-1:] or "X")
    )
    joined = plain.replace("FY20_", "FY20") if instead else plain
    return re.sub(r"_+", "_", joined).strip("_")


def _header(release: KnownRelease, table: str, variant: int) -> list[Header]:
    """The headers of a table; every other sheet takes another spelling where the release has some."""
    headers = release.in_order(table)
    others = [header for header in release.headers if header.table == table and not header.position]
    if variant % 2 and others and headers != others:
        for other in others:
            twin = next((entry for entry in headers if other.note.endswith(f"'{entry.raw}'")), None)
            headers = [other if entry is twin else entry for entry in headers]
    return headers


def _sheet(
    release: KnownRelease, rule: TableRule, known: Codebook, name: str, rows: list[Record], number: int, seed: int
) -> MadeSheet:
    headers = _header(release, rule.id, number)
    before = max(release.release.header_row - 1, 0)
    preamble = [WARNING, "Example agency", "Release of records", f"Table: {rule.id}", "For official use only", ""][
        :before
    ]
    printed = list(rendered(release, rule, known, headers, rows, seed))
    return MadeSheet(f"{MADE_UP} {name}", preamble, [header.raw for header in headers], printed)


def rendered(
    release: KnownRelease,
    rule: TableRule,
    known: Codebook,
    headers: Sequence[Header],
    rows: Iterable[Record],
    seed: int,
) -> Iterator[list[Value]]:
    """Rows as the release prints them: redactions, blanks, garbled dates and the faults known of it."""
    random = Random(f"{seed}-{rule.id}-cells")  # noqa: S311  # invented data, no secret
    columns = [(header, *_column(release, rule, known, header)) for header in headers]
    for row in rows:
        out: list[Value] = []
        for header, name, render in columns:
            if header.outcome == "identifier" or render is None:
                out.append(random.choice(REDACTIONS) if header.outcome != "left_out" else None)
            elif header.outcome == "empty":
                out.append(None)
            elif header.outcome == "corrupt":
                out.append(_corrupt(row, name))
            elif name != rule.event and name.endswith("_date") and random.random() < GARBAGE:
                out.append(random.choice(GARBLED))
            else:
                out.append(render(row.get(name)))
        yield out


def _corrupt(row: Record, name: str) -> Value:
    if name == "stay_book_in_datetime":
        return _serial(row.get("stay_book_out_datetime"))
    return row.get("msc_charge_code")


def _column(release: KnownRelease, rule: TableRule, known: Codebook, header: Header) -> tuple[str, Render | None]:
    if not header.column:
        return "", None
    column = rule.column(header.column)
    return column.name, _render(
        column,
        known,
        day_only=release.release.precision == "day",
        blank="NA" if release.id == "ice_2026_08" and column.vocabulary == "threat_level" else None,
    )


def _render(column: ColumnRule, known: Codebook, *, day_only: bool, blank: Value) -> Render:
    printed = _printed(known, column.vocabulary) if column.vocabulary else {}

    def render(value: Any) -> Value:
        if value is None:
            return blank
        if isinstance(value, bool):
            return "YES" if value else "NO"
        if isinstance(value, (date, datetime)):
            return _serial(value, day_only=day_only or column.type == "date")
        if isinstance(value, str):
            return printed.get(value, value)
        return int(value)

    return render


@lru_cache(maxsize=64)
def _printed_of(items: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return {value: raw for raw, value in reversed(items) if value}


def _printed(known: Codebook, vocabulary: str) -> Mapping[str, str]:
    """Value -> how the agency prints it."""
    return _printed_of(known.vocabularies[vocabulary].printed)


def _serial(value: Any, *, day_only: bool = False) -> Value:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())
    elapsed = moment - SERIAL_START
    return elapsed.days if day_only else round(elapsed / timedelta(days=1), 6)


def _write_csv(
    path: Path,
    headers: list[Header],
    rows: list[Record],
    release: KnownRelease,
    rule: TableRule,
    known: Codebook,
    seed: int,
) -> int:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([WARNING])
        writer.writerow([header.raw for header in headers])
        for row in rendered(release, rule, known, headers, rows, seed):
            writer.writerow(
                ["" if cell is None else _day_text(cell, header) for cell, header in zip(row, headers, strict=True)]
            )
    return len(rows)


def _day_text(cell: Value, header: Header) -> str:
    if isinstance(cell, (int, float)) and header.column.endswith(("_date", "_datetime")):
        return (SERIAL_START + timedelta(days=cell)).strftime("%m/%d/%Y")
    return str(cell)
