"""The story: workbooks in at the door, figures dated and checked, cells measured and cleared, claims judged.

Each act is one call and takes only what the act before gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from tallystick import __version__, store
from tallystick.answers import Records, cleared_cells, hash_of, judged, project_records
from tallystick.claiming import built_cells, cells_by_measure
from tallystick.claims.claim import read_claims
from tallystick.claims.verdict import ClaimVerdict, rows
from tallystick.clear.disclosure import ClearedCells, clear_figures
from tallystick.figures.dated import Figure
from tallystick.figures.finding import Finding, weighed, worst
from tallystick.figures.issue import Issue
from tallystick.figures.neighbours import Printed, compared
from tallystick.figures.trust import check_growth, totals_of
from tallystick.folders import Project, locked, read_json, staging, write_json
from tallystick.followed import findings_of, follow_releases, ledger_of
from tallystick.following import LinkedDatabase
from tallystick.gather import gather, rules_of
from tallystick.gathered import Gathered, quality_rows, source_rows, stepped
from tallystick.intake.layout import Layouts
from tallystick.measures.measure import definition_hash, measure_names, read_measure
from tallystick.reading import Progress, known_layouts, read_all, silent
from tallystick.receive import is_record_file
from tallystick.records.checking import ranked
from tallystick.records.rules import rulebook
from tallystick.terms.definitions import Shelf, identity
from tallystick.terms.errors import REFUSED, Fault, TallystickError
from tallystick.terms.ledger import LedgerLine, in_order

BETWEEN = ("i", "swap")  # checks between issues that put a single table in doubt
QUALITY_ORDER = ("status", "check", "release", "table", "column", "period")
CELL_ORDER = ("measure", "variant", "split", "period_end", "period_start")
VERDICT_ORDER = ("claim", "tested_at", "role", "reading")
LEDGER_ORDER = ("stage", "source_file", "table", "act", "rule")
FIGURE_ORDER = ("as_of", "issue", "source_sha256", "block", "sheet", "period", "cell")


@dataclass(frozen=True)
class Built:
    """What a build did."""

    folder: Path
    issues: tuple[Issue, ...]
    findings: tuple[Finding, ...]
    left_out: tuple[Fault, ...]
    verdicts: tuple[ClaimVerdict, ...]
    rows: dict[str, int]
    gathered: Gathered | None = None


def build(  # noqa: PLR0913  # options of one command
    paths: Sequence[Path],
    folder: Path,
    shelf: Shelf,
    *,
    agency: str = "us-ice",
    workers: int = 0,
    progress: Progress = silent,
    skip_unreadable: bool = False,
    release: str = "",
    combine: str = "",
    rebuild: bool = False,
) -> Built:
    """Build a project from workbooks, record files or both: all stages, or none.

    Args:
        paths: workbooks of statistics, record files, or folders of them.
        folder: the project folder, made if it is not there.
        shelf: the definitions.
        agency: the folder of definitions of the agency.
        workers: processes for reading; 0 chooses.
        progress: told (stage, done, of).
        skip_unreadable: leave out workbooks that cannot be read instead of stopping.

        release: the record release, where a person named it.
        combine: the combination of record releases; '' takes the default one.
        rebuild: read every record file again, whatever the cache of the project holds.

    Raises:
        TallystickError: see the codes TS1xx, TS2xx and TS3xx; the last good build is untouched.
    """
    project = Project(folder)
    records_, workbooks = _sorted_out(paths, shelf, agency)
    with locked(project):
        project.recover()
        issues: list[Issue] = []
        faults: list[Fault] = []
        ledger: list[LedgerLine] = []
        if workbooks or not records_:
            try:
                issues, faults, ledger = read_all(
                    workbooks, shelf, agency=agency, workers=workers, progress=progress, skip_unreadable=skip_unreadable
                )
            except TallystickError as error:
                if not (records_ and skip_unreadable) or error.exit_code == REFUSED:
                    raise
                faults = list(error.faults)
        if rebuild:
            project.forget()
        with staging(project) as stage, store.scratch() as scratch:
            gathered = None
            if records_:
                gathered, more = gather(
                    records_,
                    shelf,
                    stage,
                    project.cache,
                    agency=agency,
                    named=release,
                    combine=combine,
                    progress=progress,
                    skip_unreadable=skip_unreadable,
                )
                faults += more
                ledger += gathered.ledger
            built = _Build(folder, stage, scratch, shelf, agency, progress)
            linked = LinkedDatabase(())
            counted: list[ClearedCells] = []
            if gathered:
                release_set = release_set_of(issues, gathered)
                linked, counted = follow_releases(stage, release_set, shelf, agency, progress, built_cells)
            return built.written(issues, faults, ledger, gathered, linked, counted)


def _sorted_out(paths: Sequence[Path], shelf: Shelf, agency: str) -> tuple[list[Path], list[Path]]:
    """Record files and workbooks of statistics; folders stand for the files in them."""
    rules = rules_of(shelf, agency)
    files: list[Path] = []
    for path in paths:
        inside = sorted([*path.glob("*.xlsx"), *path.glob("*.csv")]) if path.is_dir() else []
        files += [entry for entry in inside if not entry.name.startswith(("~$", "."))] or [path]
    kinds = [(path, is_record_file(path, rules)) for path in files]
    return [path for path, is_record in kinds if is_record], [path for path, is_record in kinds if not is_record]


@dataclass(frozen=True)
class _Build:
    """A build under way: where it writes, and by which definitions."""

    folder: Path
    stage: Path
    scratch: Path
    shelf: Shelf
    agency: str
    progress: Progress

    def written(
        self,
        issues: list[Issue],
        faults: list[Fault],
        ledger: list[LedgerLine],
        gathered: Gathered | None,
        linked: LinkedDatabase,
        counted: Sequence[ClearedCells],
    ) -> Built:
        """All tables written into the stage."""
        shelf, agency = self.shelf, self.agency
        known = known_layouts(shelf, agency)
        findings = in_finding_order([*(found for issue in issues for found in issue.findings), *between(issues, known)])
        figures = [figure for issue in issues for figure in trusted(issue, findings)]
        release_set = release_set_of(issues, gathered)
        sensitive = {block.id for block in known.blocks if block.sensitive}
        cleared = clear_figures(figures, sensitive)
        ledger = in_order([*ledger, *(line for issue in issues for line in issue.ledger), *cleared.ledger])
        quality = [weighed(found, known.comparing.checks, readers(shelf, known)) for found in findings]
        sources = [source_row(issue) for issue in issues]
        if gathered is not None:
            gathered = replace(
                gathered,
                findings=tuple(ranked([*gathered.findings, *findings_of(linked, gathered.rules)], gathered.rules)),
                ledger=(*gathered.ledger, *(merged := ledger_of(linked))),
            )
            ledger = in_order([*ledger, *merged])
            quality += quality_rows(gathered)
            sources += source_rows(gathered, rules_of(shelf, agency))
        counts = {
            "figures": self.table("figures", cleared.figures, "2-figures", FIGURE_ORDER),
            "quality": self.table("quality", quality, "2-figures", QUALITY_ORDER),
            "sources": self.table("sources", sources, "1-received", ("issue", "sha256", "sheet")),
        }
        self.progress("Measuring", 0, 1)
        figures_file = self.stage / "2-figures" / "figures.parquet"
        records = Records(figures_file, release_set, "project", self.folder.name, shelf, agency)
        cells = cleared_cells(records)
        rows_of_cells = [cell.row() for entry in (*cells.values(), *counted) for cell in entry.cells]
        counts["cells"] = self.table("cells", rows_of_cells, "5-measured", CELL_ORDER)
        verdicts = judged(records, {**cells, **cells_by_measure(counted)})
        rows_of_verdicts = [row for verdict in verdicts for row in rows(verdict)]
        counts["verdicts"] = self.table("verdicts", rows_of_verdicts, "6-judged", VERDICT_ORDER)
        counts["ledger"] = self.table("ledger", [ledger_row(line) for line in ledger], "", LEDGER_ORDER, suffix="csv")
        write_json(self.stage / "run.json", _run_record(records, issues, counts, cells, gathered))
        self.mark()
        self.progress("Measuring", 1, 1)
        return Built(self.folder, tuple(issues), tuple(findings), tuple(faults), tuple(verdicts), counts, gathered)

    def table(
        self, name: str, entries: Sequence[Any], stage: str, order: Sequence[str], suffix: str = "parquet"
    ) -> int:
        """One table written; the number of its rows."""
        lines = self.scratch / f"{name}.jsonl"
        store.json_lines(entries, lines)
        return store.write_table(name, [lines], self.stage / stage / f"{name}.{suffix}", order)

    def mark(self) -> None:
        """Say in the folder that it is a project; keep it out of version control where nothing else stands in it."""
        if not (self.folder / "tallystick.toml").exists():
            if not any(entry.name not in (".lock", ".next", ".cache") for entry in self.folder.iterdir()):
                (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
            (self.folder / "tallystick.toml").write_text(
                f'# A tallystick project.\n[project]\nagency = "{self.agency}"\n', encoding="utf-8"
            )


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


def release_set_of(issues: Sequence[Issue], gathered: Gathered | None = None) -> str:
    """Identity of a set of inputs: a short hash of their hashes, and of the combination of releases."""
    if gathered is None:
        return "workbooks-" + identity(sorted(issue.sha256 for issue in issues))[:12]
    inputs = sorted({*(issue.sha256 for issue in issues), *(file.sha256 for file in gathered.files)})
    return ("mixed-" if issues else "records-") + identity(inputs, gathered.combination.id)[:12]


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
        "release": None,
        "table": None,
        "sheet": None,
        "decided_by": None,
    }


def ledger_row(line: LedgerLine) -> dict[str, Any]:
    """One ledger line with its share."""
    return {**msgspec.structs.asdict(line), "share_left": line.share_left}


def _run_record(
    records: Records,
    issues: Sequence[Issue],
    counts: dict[str, int],
    cells: dict[str, ClearedCells],
    gathered: Gathered | None = None,
) -> dict[str, Any]:
    names = measure_names(records.shelf)
    return {
        "tool": __version__,
        "release_set": records.release_set,
        "agency": records.agency,
        "inputs": {
            **{issue.sha256: issue.file for issue in issues},
            **({file.sha256: file.file for file in gathered.files} if gathered else {}),
        },
        **({"records": _record_summary(gathered)} if gathered else {}),
        "definitions": {
            **({"rules": rulebook(records.shelf, records.agency).hash} if gathered else {}),
            "reading": known_layouts(records.shelf, records.agency).hash,
            **{name: definition_hash(records.shelf, read_measure(records.shelf, name)) for name in names},
            **{claim.id: hash_of(records.shelf, claim) for claim in read_claims(records.shelf, records.agency)},
        },
        "rows": counts,
        "clearance": {name: clearance_of(entry) for name, entry in sorted(cells.items())},
    }


def _record_summary(gathered: Gathered) -> dict[str, Any]:
    """What a run record says of records: tables with rounded rows, the combination, whether all was made up."""
    return {
        "invented": gathered.invented,
        "combination": gathered.combination.id,
        "tables": {f"{release}/{table}": stepped(rows) for (release, table), rows in sorted(gathered.tables.items())},
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
        store.json_lines(kept, scratch / "figures.jsonl")
        counts["figures"] = store.write_table(
            "figures", [scratch / "figures.jsonl"], target / "figures.parquet", FIGURE_ORDER
        )
    for name in ("quality", "sources", "cells", "verdicts"):
        rows_ = store.read_rows(Project(project).place(name), name)
        counts[name] = len(rows_)
        (target / f"{name}.parquet").write_bytes(Project(project).place(name).read_bytes())
    (target / "ledger.csv").write_bytes(Project(project).place("ledger").read_bytes())
    run = read_json(project / "run.json")
    write_json(target / "run.json", {**run, "rows": {**run["rows"], **counts}})
    return counts
