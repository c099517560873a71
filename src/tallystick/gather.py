"""Record files into one project: each read through the door, keys numbered, rows sorted, tables checked.

Rows in equal rows out plus rows in the ledger, for every file: it is checked before anything is written.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.fetching import sha256_of
from tallystick.figures.finding import Finding
from tallystick.folders import write_json
from tallystick.gathered import Gathered, blurred, combination_record, stepped, unknown_cells
from tallystick.intake.codebook import codebook
from tallystick.intake.exceptions import read_exceptions
from tallystick.intake.releases import register
from tallystick.receive import FileRead, cache_entry, receive
from tallystick.records.assembling import keys_query, table_query
from tallystick.records.checking import (
    RecordChecks,
    RecordTable,
    check_table,
    ranked,
    record_checks,
)
from tallystick.records.combining import Combination, Span, read_combination, spans, used_rows
from tallystick.records.drifting import check_between
from tallystick.recordsheet import Rules, SheetRead
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import Fault, TallystickError, cannot
from tallystick.terms.ledger import LedgerLine

STAGE = "3-records"
SMALL_FILE = 30_000_000  # bytes; a larger one is read by itself


@lru_cache(maxsize=4)
def rules_of(shelf: Shelf, agency: str = "us-ice") -> Rules:
    """Everything that definitions say about records."""
    return Rules(register(shelf, agency), codebook(shelf, agency), read_exceptions(shelf, agency))


def gather(  # noqa: PLR0913  # options of one command
    paths: Sequence[Path],
    shelf: Shelf,
    stage: Path,
    cache: Path,
    *,
    agency: str = "us-ice",
    named: str = "",
    combine: str = "",
    memory: str = store.MEMORY,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _of: None,
    skip_unreadable: bool = False,
) -> tuple[Gathered, list[Fault]]:
    """Read record files and write their tables below `stage`.

    Args:
        paths: record files, of one or more releases.
        shelf: the definitions.
        stage: folder of the build that is being made.
        cache: private folder in which files that were read stay.
        agency: the agency.
        named: the release, where a person named it.
        combine: name of the combination of releases; '' takes the default one.
        memory: limit of the engine.
        progress: told (stage, done, of).
        skip_unreadable: leave out files that cannot be read; a refused one always stops.

    Returns:
        What was gathered, and the faults of files left out.

    Raises:
        TallystickError: faults of files together, TS165 when invented and real records meet.
    """
    rules = rules_of(shelf, agency)
    combination = read_combination(shelf, combine, agency)
    if named:
        rules.register.release(named)  # a release that nobody knows is a typing error
    files, faults, same = _read_all(paths, rules, cache, named, memory, progress, skip_unreadable)
    _refuse_mixture(files)
    sheets, twins = _without_twins([sheet for file in files for sheet in file.sheets])
    checks = record_checks(shelf, agency)
    (stage / STAGE).mkdir(parents=True, exist_ok=True, mode=0o700)  # the owner's alone
    with store.scratch() as folder, store.engine(memory=memory, spill=folder) as engine:
        ask = _asking(engine)
        tables = _write_tables(sheets, rules, cache, stage, ask, engine, files, named, progress)
        if any(sheet.invented for sheet in sheets):
            tables = {key: replace(table, stated=False) for key, table in tables.items()}
        findings, chosen = _checked(tables, sheets, twins, rules, checks, combination)
        lines = [*same, *_ledger(files, twins), *unknown_cells(tables), *_left_to_others(tables, chosen, ask)]
    _balance(files)
    write_json(stage / STAGE / "combination.json", combination_record(combination, chosen))
    counts = {key: table.rows for key, table in tables.items()}
    invented = any(sheet.invented for sheet in sheets)
    return (
        Gathered(
            tuple(files), counts, tuple(ranked(findings, checks)), checks, tuple(lines), combination, chosen, invented
        ),
        faults,
    )


def _read_all(
    paths: Sequence[Path],
    rules: Rules,
    cache: Path,
    named: str,
    memory: str,
    progress: Callable[[str, int, int], None],
    skip_unreadable: bool,
) -> tuple[list[FileRead], list[Fault], list[LedgerLine]]:
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    files: list[FileRead] = []
    faults: list[Fault] = []
    code = 0
    ordered = sorted(paths, key=lambda entry: (entry.name, str(entry)))
    started, rows = time.perf_counter(), 0
    once, same = _once_each(ordered)
    sizes = [max(path.stat().st_size // 1_000_000, 1) for path in once]
    for number, (_, outcome) in enumerate(_each(once, rules, cache, named, memory), start=1):
        if isinstance(outcome, TallystickError):
            faults += outcome.faults
            code = max(code, outcome.exit_code)
        else:
            rows += sum(sheet.rows_in for sheet in outcome.sheets)
            files.append(outcome)
        rate = rows / max(time.perf_counter() - started, 0.001)
        progress(f"Reading records: {rows:,} rows, {rate:,.0f} a second; MB", sum(sizes[:number]), sum(sizes))
    if faults and (not skip_unreadable or not files or code == 3):  # refused to protect people
        raise TallystickError(*faults, exit_code=code)
    _refuse_same_names(files)
    return files, faults, same


def _once_each(paths: Sequence[Path]) -> tuple[list[Path], list[LedgerLine]]:
    """Each byte content once, and a ledger line for every copy."""
    first: dict[str, Path] = {}
    lines = []
    for path in paths:
        digest = sha256_of(path)
        if digest in first:
            reason = f"byte for byte the same as {first[digest].name}"
            lines.append(LedgerLine("received", "files", "left out", "same bytes", reason, path.name, 1, 0))
        first.setdefault(digest, path)
    return list(first.values()), lines


def _refuse_same_names(files: Sequence[FileRead]) -> None:
    """Rows name the file they stand in: two different files of one name could not be told apart."""
    names = [file.file for file in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise cannot(
            "TS114",
            f"{len(twice)} file names stand for different files: {', '.join(twice[:5])}.",
            fix="Rename one of each, for example by the release it belongs to.",
        )


def _each(
    paths: Sequence[Path], rules: Rules, cache: Path, named: str, memory: str
) -> Iterator[tuple[Path, FileRead | TallystickError]]:
    """Files in order; small ones two at a time, large ones by themselves, so that memory stays within its limit."""

    def read(path: Path) -> FileRead | TallystickError:
        try:
            return receive(path, rules, cache, named=named, memory=memory)
        except TallystickError as error:
            return error

    small = all(path.stat().st_size <= SMALL_FILE for path in paths)
    with ThreadPoolExecutor(max_workers=2 if small else 1) as pool:
        yield from zip(paths, pool.map(read, paths), strict=True)


def _refuse_mixture(files: Sequence[FileRead]) -> None:
    kinds = {sheet.invented for file in files for sheet in file.sheets}
    if len(kinds) > 1:
        raise cannot(
            "TS165",
            "Made-up records and records of an agency stand in one set of files.",
            why="Their counts would be added up.",
            fix="Build made-up files in a project of their own.",
        )


def _without_twins(sheets: Sequence[SheetRead]) -> tuple[list[SheetRead], list[tuple[SheetRead, SheetRead]]]:
    """Sheets whose rows no earlier sheet holds, and those that repeat one, with the one they repeat."""
    kept: dict[tuple[str, str, int, str], SheetRead] = {}
    twins = []
    for sheet in sheets:
        key = (sheet.release, sheet.table, sheet.rows, sheet.fingerprint)
        if sheet.rows and key in kept:
            twins.append((sheet, kept[key]))
        else:
            kept[key] = sheet
    return list(kept.values()), twins


def _asking(engine: Any) -> Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]:
    return lambda query, values: list(engine.execute(query, list(values)).fetchall())


def _write_tables(
    sheets: Sequence[SheetRead],
    rules: Rules,
    cache: Path,
    stage: Path,
    ask: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]],
    engine: Any,
    files: Sequence[FileRead],
    named: str,
    progress: Callable[[str, int, int], None],
) -> dict[tuple[str, str], RecordTable]:
    places = {
        (sheet.sha256, sheet.sheet): str(cache_entry(cache, file.sha256, file.file, rules, named) / sheet.parquet)
        for file in files
        for sheet in file.sheets
    }
    found = {}
    keys = sorted({(sheet.release, sheet.table) for sheet in sheets})
    for release in sorted({key[0] for key in keys}):
        own = [places[sheet.sha256, sheet.sheet] for sheet in sheets if sheet.release == release]
        engine.execute(keys_query(len(own)), own)
        for _, table in (key for key in keys if key[0] == release):
            parts = [sheet for sheet in sheets if (sheet.release, sheet.table) == (release, table)]
            rule = rules.codebook.tables[table]
            query, values = table_query(rule, release, [(part.file, part.sheet) for part in parts])
            filled = iter(values)
            parameters = [
                value
                for part in parts
                for value in (next(filled), next(filled), next(filled), places[part.sha256, part.sheet])
            ]
            target = stage / STAGE / release / f"{table}.parquet"
            rows = store.write_parquet(engine, query, target, parameters)
            if rows != sum(part.rows for part in parts):
                raise AssertionError(f"rows of {release}/{table} were lost or multiplied: {rows}")
            known = rules.register.release(release).release
            found[release, table] = RecordTable(ask, str(target), rule, known, rows)
            progress("Writing tables", len(found), len(keys))
    return found


def _checked(
    tables: Mapping[tuple[str, str], RecordTable],
    sheets: Sequence[SheetRead],
    twins: Sequence[tuple[SheetRead, SheetRead]],
    rules: Rules,
    checks: RecordChecks,
    combination: Combination,
) -> tuple[list[Finding], dict[str, tuple[Span, ...]]]:
    findings: list[Finding] = []
    for table in tables.values():
        findings += check_table(table, checks, stepped)
    order = {entry.id: number for number, entry in enumerate(rules.register.releases)}
    by_table: dict[str, list[str]] = {}
    for release, name in sorted(tables, key=lambda key: order[key[0]]):
        by_table.setdefault(name, []).append(release)
    for name, releases in by_table.items():
        for older, newer in itertools.pairwise(releases):
            findings += check_between(tables[older, name], tables[newer, name], checks)
    for twin, first in twins:
        findings.append(
            Finding(
                "twin-sheet",
                twin.table,
                "",
                twin.release,
                "",
                None,
                None,
                None,
                "rejected",
                f"{twin.file}, sheet {twin.sheet} holds the rows of {first.file}, sheet {first.sheet}: counted once.",
            )
        )
    for sheet in sheets:
        findings += _sheet_findings(sheet)
    chosen = spans(combination, rules.register, by_table)
    findings += [*_overlaps(by_table, rules, combination), *_gaps(chosen)]
    return findings, chosen


def _sheet_findings(sheet: SheetRead) -> list[Finding]:
    def about(check: str, column: str, status: str, text: str) -> Finding:
        return Finding(check, sheet.table, column, sheet.release, "", None, None, None, status, text)

    where = f"{sheet.file}, sheet {sheet.sheet}"
    return [
        *(about("column-absent", name, "suspect", f"{where} has no such column.") for name in sheet.absent),
        *(about("column-filled", name, "note", f"{where} holds values.") for name in sheet.filled_although_empty),
        *(
            about("excepted", name, "note", f"{where}: a mistaken alarm is excepted by definition.")
            for name in sheet.excepted
        ),
    ]


def _overlaps(by_table: Mapping[str, Sequence[str]], rules: Rules, combination: Combination) -> list[Finding]:
    found = []
    for table, releases in sorted(by_table.items()):
        spans_ = [rules.register.release(name).release for name in releases]
        for older, newer in itertools.pairwise(spans_):
            if newer.covers_from <= older.closes_on:
                found.append(
                    Finding(
                        "overlap",
                        table,
                        "",
                        f"{older.id} {newer.id}",
                        "",
                        None,
                        None,
                        None,
                        "note",
                        f"Both cover {newer.covers_from} to {older.closes_on}; combined as '{combination.id}'.",
                    )
                )
    return found


def _gaps(chosen: Mapping[str, Sequence[Span]]) -> list[Finding]:
    """Days between two releases for which none speaks."""
    return [
        Finding(
            "gap",
            table,
            "",
            f"{before.release} {after.release}",
            "",
            None,
            None,
            None,
            "suspect",
            f"No release speaks for the days between {before.until} and {after.since}.",
        )
        for table, spans_ in sorted(chosen.items())
        for before, after in pairwise(spans_)
        if (after.since - before.until).days > 1
    ]


def _ledger(files: Sequence[FileRead], twins: Sequence[tuple[SheetRead, SheetRead]]) -> list[LedgerLine]:
    lines = [line for file in files for sheet in file.sheets for line in sheet.ledger]
    lines += [
        LedgerLine(
            "received",
            "sheets",
            "not read",
            "no records",
            "a sheet without the headers of a release",
            f"{file.file}, sheet {name}",
            rows,
            0,
        )
        for file in files
        for name, rows in file.other_sheets
    ]
    lines += [
        LedgerLine(
            "records",
            twin.table,
            "left out",
            "twin sheet",
            f"the same rows stand in {first.file}, sheet {first.sheet}",
            f"{twin.file}, sheet {twin.sheet}",
            twin.rows,
            0,
        )
        for twin, first in twins
    ]
    return [blurred(line) for line in lines]


def _left_to_others(
    tables: Mapping[tuple[str, str], RecordTable],
    chosen: Mapping[str, tuple[Span, ...]],
    ask: Callable[[str, Sequence[Any]], list[tuple[Any, ...]]],
) -> list[LedgerLine]:
    lines = []
    for (release, name), table in sorted(tables.items()):
        where = used_rows(name, table.rule.event, release, chosen.get(name, ()))
        used = int(ask(f"select count(*) from read_parquet(?) where {where}", [table.path])[0][0])  # noqa: S608
        if used < table.rows:
            reason = "another release speaks for these days, or none does under this combination"
            lines.append(blurred(LedgerLine("combined", name, "passed over", release, reason, "", table.rows, used)))
    return lines


def _balance(files: Sequence[FileRead]) -> None:
    """Rows in = rows out + rows in the ledger, for every sheet; anything else is our fault and stops the build."""
    for file in files:
        for sheet in file.sheets:
            out = sum(line.rows_in - line.rows_out for line in sheet.ledger if line.act == "left out")
            if sheet.rows_in != sheet.rows + out:
                raise AssertionError(
                    f"rows of a sheet were lost: {sheet.rows_in} in, {sheet.rows} out, {out} in the ledger"
                )
