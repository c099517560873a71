"""The story: workbooks in at the door, figures dated and checked, cells measured and cleared, claims judged.

Each act is one call and takes only what the act before gives.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from tallystick import __version__, store
from tallystick.answers import Records, cleared_cells, hash_of, judged, project_records
from tallystick.claims.claim import read_claims
from tallystick.claims.verdict import ClaimVerdict, rows
from tallystick.clear.disclosure import ClearedCells, clear_figures
from tallystick.figures.dated import Figure
from tallystick.figures.finding import Finding, weighed, worst
from tallystick.figures.issue import Issue, read_issue
from tallystick.figures.neighbours import Printed, compared
from tallystick.figures.trust import check_growth, totals_of
from tallystick.folders import Project, locked, read_json, staging, write_json
from tallystick.intake.layout import Layouts, layouts
from tallystick.measures.measure import definition_hash, measure_names, read_measure
from tallystick.terms.definitions import Shelf, identity
from tallystick.terms.errors import Fault, TallystickError, cannot
from tallystick.terms.ledger import LedgerLine, in_order

BETWEEN = ("i", "swap")  # checks between issues that put a single table in doubt
Progress = Callable[[str, int, int], None]
FIGURE_ORDER = ("as_of", "issue", "source_sha256", "block", "sheet", "period", "cell")


def silent(_stage: str, _done: int, _of: int) -> None:
    """A progress listener that says nothing."""


@dataclass(frozen=True)
class Built:
    """What a build did."""

    folder: Path
    issues: tuple[Issue, ...]
    findings: tuple[Finding, ...]
    left_out: tuple[Fault, ...]
    verdicts: tuple[ClaimVerdict, ...]
    rows: dict[str, int]


def read_all(
    paths: Sequence[Path],
    shelf: Shelf,
    *,
    agency: str = "us-ice",
    workers: int = 0,
    progress: Progress = silent,
    skip_unreadable: bool = False,
) -> tuple[list[Issue], list[Fault], list[LedgerLine]]:
    """Read workbooks, each byte content once; all that cannot be read are reported together.

    Raises:
        TallystickError: the faults of all unreadable files, unless `skip_unreadable`.
    """
    if not paths:
        raise cannot("TS110", "No workbook was named.", fix="Name one or more, such as FOLDER/*.xlsx.")
    known_layouts(shelf, agency)  # a broken definition is one fault, not one per workbook
    issues: list[Issue] = []
    faults: list[Fault] = []
    code = 0
    for number, (_, outcome) in enumerate(_each(paths, shelf, agency, workers), start=1):
        progress("Reading", number, len(paths))
        if isinstance(outcome, TallystickError):
            faults += outcome.faults
            code = max(code, outcome.exit_code)
        else:
            issues.append(outcome)
    if faults and (not skip_unreadable or not issues or code == 3):
        raise TallystickError(*faults, exit_code=code)
    kept, ledger = _once_each(issues)
    _refuse_same_names(kept)
    return kept, faults, ledger


def _refuse_same_names(issues: Sequence[Issue]) -> None:
    """Findings, ledger and traces name files: two different workbooks of one name could not be told apart."""
    counts = Counter(issue.file for issue in issues)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise cannot(
            "TS114",
            f"{len(twice)} file names stand for different workbooks: {', '.join(twice[:5])}.",
            fix="Rename one of each, for example by the date it was published.",
        )


def _once_each(issues: Sequence[Issue]) -> tuple[list[Issue], list[LedgerLine]]:
    kept: dict[str, Issue] = {}
    ledger = []
    for issue in sorted(issues, key=lambda entry: (entry.sha256, entry.file)):
        if issue.sha256 in kept:
            ledger.append(
                LedgerLine(
                    "received",
                    "files",
                    "left out",
                    "same bytes",
                    f"byte for byte the same as {kept[issue.sha256].file}",
                    issue.file,
                    1,
                    0,
                )
            )
        else:
            kept[issue.sha256] = issue
    order = sorted(kept.values(), key=lambda entry: (entry.issue.isoformat() if entry.issue else "", entry.sha256))
    return order, ledger


def _each(
    paths: Sequence[Path], shelf: Shelf, agency: str, workers: int
) -> Iterator[tuple[Path, Issue | TallystickError]]:
    count = workers or min(os.cpu_count() or 1, 4)
    if count == 1 or len(paths) < 6:
        yield from ((path, _read_one(path, shelf, agency)) for path in paths)
        return
    with ProcessPoolExecutor(max_workers=count) as pool:
        jobs = [(path, pool.submit(_read_one, path, shelf, agency)) for path in paths]
        yield from ((path, job.result()) for path, job in jobs)


@lru_cache(maxsize=4)
def known_layouts(shelf: Shelf, agency: str = "us-ice") -> Layouts:
    """What definitions say about the workbooks of an agency."""
    return layouts(shelf, agency)


def _read_one(path: Path, shelf: Shelf, agency: str) -> Issue | TallystickError:
    """One workbook, or the error that says why not (errors travel between processes as values)."""
    try:
        return read_issue(path, known_layouts(shelf, agency))
    except TallystickError as error:
        return error


def build(
    paths: Sequence[Path],
    folder: Path,
    shelf: Shelf,
    *,
    agency: str = "us-ice",
    workers: int = 0,
    progress: Progress = silent,
    skip_unreadable: bool = False,
) -> Built:
    """Build a project from workbooks: all stages, or none.

    Args:
        paths: workbooks.
        folder: the project folder, made if it is not there.
        shelf: the definitions.
        agency: the folder of definitions of the agency.
        workers: processes for reading; 0 chooses.
        progress: told (stage, done, of).
        skip_unreadable: leave out workbooks that cannot be read instead of stopping.

    Raises:
        TallystickError: see the codes TS2xx; the last good build is untouched.
    """
    project = Project(folder)
    with locked(project):
        project.recover()
        issues, faults, ledger = read_all(
            paths, shelf, agency=agency, workers=workers, progress=progress, skip_unreadable=skip_unreadable
        )
        with staging(project) as stage, store.scratch() as scratch:
            return _written(issues, faults, ledger, folder, stage, scratch, shelf, agency, progress)


def _written(
    issues: list[Issue],
    faults: list[Fault],
    ledger: list[LedgerLine],
    folder: Path,
    stage: Path,
    scratch: Path,
    shelf: Shelf,
    agency: str,
    progress: Progress,
) -> Built:
    known = known_layouts(shelf, agency)
    findings = in_finding_order([*(found for issue in issues for found in issue.findings), *between(issues, known)])
    figures = [figure for issue in issues for figure in trusted(issue, findings)]
    release_set = release_set_of(issues)
    sensitive = {block.id for block in known.blocks if block.sensitive}
    cleared = clear_figures(figures, sensitive)
    ledger = in_order([*ledger, *(line for issue in issues for line in issue.ledger), *cleared.ledger])
    counts = {
        "figures": _table("figures", cleared.figures, stage / "2-figures", scratch, FIGURE_ORDER),
        "quality": _table(
            "quality",
            [weighed(found, known.comparing.checks, readers(shelf, known)) for found in findings],
            stage / "2-figures",
            scratch,
            ("status", "check", "release", "table", "column", "period"),
        ),
        "sources": _table(
            "sources", [source_row(issue) for issue in issues], stage / "1-received", scratch, ("issue", "sha256")
        ),
    }
    progress("Measuring", 0, 1)
    records = Records(stage / "2-figures" / "figures.parquet", release_set, "project", folder.name, shelf, agency)
    cells = cleared_cells(records)
    counts["cells"] = _table(
        "cells",
        [cell.row() for entry in cells.values() for cell in entry.cells],
        stage / "5-measured",
        scratch,
        ("measure", "variant", "split", "period_end", "period_start"),
    )
    verdicts = judged(records, cells.__getitem__)
    counts["verdicts"] = _table(
        "verdicts",
        [row for verdict in verdicts for row in rows(verdict)],
        stage / "6-judged",
        scratch,
        ("claim", "tested_at", "role", "reading"),
    )
    counts["ledger"] = _table(
        "ledger",
        [ledger_row(line) for line in ledger],
        stage,
        scratch,
        ("stage", "source_file", "table", "act", "rule"),
        suffix="csv",
    )
    write_json(stage / "run.json", _run_record(records, issues, counts, cells))
    if not (folder / "tallystick.toml").exists():
        if not any(entry.name not in (".lock", ".next") for entry in folder.iterdir()):
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # only where nothing of the user's is
        (folder / "tallystick.toml").write_text(
            f'# A tallystick project.\n[project]\nagency = "{agency}"\n', encoding="utf-8"
        )
    progress("Measuring", 1, 1)
    return Built(folder, tuple(issues), tuple(findings), tuple(faults), tuple(verdicts), counts)


def _table(
    name: str, entries: Sequence[Any], folder: Path, scratch: Path, order: Sequence[str], suffix: str = "parquet"
) -> int:
    lines = scratch / f"{name}.jsonl"
    store.json_lines(entries, lines)
    return store.write_table(name, [lines], folder / f"{name}.{suffix}", order)


def between(issues: Sequence[Issue], known: Layouts) -> list[Finding]:
    """Findings that need more than one issue."""
    printed = [printed_of(issue) for issue in issues]
    return [*check_growth(totals_of(printed, known)), *compared(printed, known)]


def printed_of(issue: Issue) -> Printed:
    """An issue as its neighbours see it."""
    main = issue.decided.get("year_to_date") or issue.decided["stock"]
    published = issue.issue.isoformat() if issue.issue else main.as_of.isoformat()
    year = issue.claimed_year or main.fiscal_year
    return Printed(issue.file, published, main.as_of.isoformat(), issue.figures, year)


def readers(shelf: Shelf, known: Layouts) -> dict[str, list[str]]:
    """Block, or group of blocks dated together, -> the measures that read it."""
    found: dict[str, list[str]] = {}
    for name in measure_names(shelf):
        measure = read_measure(shelf, name)
        base = read_measure(shelf, measure.of) if measure.of else measure
        operands = [operand.block for operand in (measure.numerator, measure.divisor) if operand is not None]
        blocks = {block for block in (base.block, *operands) if block}
        groups = {entry.dated_by for entry in known.blocks if entry.id in blocks}
        for key in sorted(blocks | groups):
            found.setdefault(key, []).append(name)
    return found


def in_finding_order(findings: Sequence[Finding]) -> list[Finding]:
    """Findings with the gravest first, always in the same order."""
    grave = {"rejected": 0, "suspect": 1, "note": 2, "ok": 3}
    return sorted(
        set(findings),
        key=lambda entry: (
            grave[entry.status],
            entry.release,
            entry.check,
            entry.table,
            entry.column,
            entry.period,
            entry.explanation,
        ),
    )


def trusted(issue: Issue, findings: Sequence[Finding]) -> Iterator[Figure]:
    """The figures of an issue with the trust that all findings together give."""
    fallen: dict[str, list[str]] = {}
    own: dict[str, list[str]] = {}
    for finding in findings:
        if finding.release == issue.file and finding.check == "f":
            fallen.setdefault(finding.table.split(":")[0], []).append(finding.status)
        elif finding.release == issue.file and finding.check in BETWEEN:
            own.setdefault(finding.table, []).append(finding.status)
    # a count of the year to date out of line means that the whole sheet holds another period
    sheets = {figure.sheet for figure in issue.figures if figure.block in fallen}
    whole = [status for statuses in fallen.values() for status in statuses]
    for figure in issue.figures:
        doubts = [*(whole if figure.sheet in sheets else []), *own.get(figure.block, [])]
        status = worst([figure.trust, *doubts]) if doubts else figure.trust
        yield figure if status == figure.trust else msgspec.structs.replace(figure, trust=status)


def release_set_of(issues: Sequence[Issue]) -> str:
    """Identity of a set of workbooks: a short hash of their hashes."""
    return "workbooks-" + identity(sorted(issue.sha256 for issue in issues))[:12]


def source_row(issue: Issue) -> dict[str, Any]:
    """One workbook as a row of the table `sources`."""
    main = issue.decided.get("year_to_date") or issue.decided["stock"]
    return {
        "file": issue.file,
        "sha256": issue.sha256,
        "issue": issue.issue.isoformat() if issue.issue else None,
        "as_of": main.as_of.isoformat(),
        "fiscal_year": main.fiscal_year,
        "rows": len(issue.figures),
        "admitted": True,
        "provenance": issue.provenance,
        "layout": issue.layout,
    }


def ledger_row(line: LedgerLine) -> dict[str, Any]:
    """One ledger line with its share."""
    return {**msgspec.structs.asdict(line), "share_left": line.share_left}


def _run_record(
    records: Records, issues: Sequence[Issue], counts: dict[str, int], cells: dict[str, ClearedCells]
) -> dict[str, Any]:
    names = measure_names(records.shelf)
    return {
        "tool": __version__,
        "release_set": records.release_set,
        "agency": records.agency,
        "inputs": {issue.sha256: issue.file for issue in issues},
        "definitions": {
            "reading": known_layouts(records.shelf, records.agency).hash,
            **{name: definition_hash(records.shelf, read_measure(records.shelf, name)) for name in names},
            **{claim.id: hash_of(records.shelf, claim) for claim in read_claims(records.shelf, records.agency)},
        },
        "rows": counts,
        "clearance": {name: clearance_of(entry) for name, entry in sorted(cells.items())},
    }


def clearance_of(cleared: ClearedCells) -> dict[str, Any]:
    """The clearance record of one measure: how it was cleared, what was hidden, how much was lost."""
    if not cleared.clearances:
        return {"method": "national figures, as the agency printed them", "cells": len(cleared.cells), "hidden": 0}
    hidden = sum(cell.status == "suppressed" for cell in cleared.cells)
    return {
        "method": "family",
        "cells": len(cleared.cells),
        "hidden": hidden,
        "families": [asdict(record) for record in cleared.clearances],
    }


def write_shipped(project: Path, target: Path, shelf: Shelf) -> dict[str, int]:
    """Write the tables that ship with the package from a built project.

    National figures of all issues; facility rows of the last issue of each fiscal year only (those
    below 11 never got into the project's cleared figures).

    Returns:
        Rows per table.
    """
    records = project_records(project, shelf)
    target.mkdir(parents=True, exist_ok=True)
    figures = store.read_figures(records.figures)
    block = known_layouts(shelf, records.agency).facilities.id
    last = {
        figure.fiscal_year: figure.as_of
        for figure in sorted(figures, key=lambda entry: entry.as_of)
        if figure.block == block and figure.trust == "ok"
    }
    kept = [
        figure
        for figure in figures
        if figure.block != block or figure.is_total or figure.as_of == last.get(figure.fiscal_year)
    ]
    counts = {}
    with store.scratch() as scratch:
        counts["figures"] = _table("figures", kept, target, scratch, FIGURE_ORDER)
    for name in ("quality", "sources", "cells", "verdicts"):
        rows_ = store.read_rows(Project(project).place(name), name)
        counts[name] = len(rows_)
        (target / f"{name}.parquet").write_bytes(Project(project).place(name).read_bytes())
    (target / "ledger.csv").write_bytes(Project(project).place("ledger").read_bytes())
    run = read_json(project / "run.json")
    write_json(target / "run.json", {**run, "rows": {**run["rows"], **counts}})
    return counts
