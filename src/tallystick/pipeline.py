"""The story: workbooks in at the door, figures dated and checked, cells measured and cleared, claims judged.

Each act is one call and takes only what the act before gives.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from tallystick import __version__, store
from tallystick.claims.claim import Claim, claim_hash, read_claim, read_claims
from tallystick.claims.statement import Statement, read_statement
from tallystick.claims.verdict import CellsOf, ClaimVerdict, Outcome, rows, series, tested
from tallystick.clear.disclosure import ClearedCells, clear, clear_figures
from tallystick.figures.dated import Figure
from tallystick.figures.issue import Issue, read_issue
from tallystick.figures.trust import Finding, check_growth, worst
from tallystick.intake.layout import Layouts, layouts
from tallystick.measures.from_figures import FigureSource, measured
from tallystick.measures.measure import Measure, definition_hash, measure_names, read_measure
from tallystick.publish.page import Page, Setting, claim_pages, index_page, statement_page, style_page
from tallystick.publish.words import verdict_words, words
from tallystick.terms.definitions import Shelf, identity
from tallystick.terms.errors import Fault, TallystickError, cannot
from tallystick.terms.ledger import LedgerLine, in_order
from tallystick.terms.period import in_words

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


@dataclass(frozen=True)
class Records:
    """Cleared figures in reach: a project, or the ones that ship with the package."""

    figures: Path
    release_set: str
    kind: str
    title: str
    shelf: Shelf
    agency: str = "us-ice"

    def source(self) -> FigureSource:
        """Figures by block, each block read once."""
        return _source(self.figures, self.release_set)


@lru_cache(maxsize=4)
def _source(path: Path, release_set: str) -> FigureSource:
    return FigureSource(release_set, lru_cache(maxsize=64)(lambda block: store.read_figures(path, block)))


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
        raise cannot("TS110", "No workbook was named.", fix="Name one or more: tallystick build FOLDER/*.xlsx")
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
    return kept, faults, ledger


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
def _layouts(shelf: Shelf, agency: str) -> Layouts:
    return layouts(shelf, agency)


def _read_one(path: Path, shelf: Shelf, agency: str) -> Issue | TallystickError:
    """One workbook, or the error that says why not (errors travel between processes as values)."""
    try:
        return read_issue(path, _layouts(shelf, agency))
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
    project = store.Project(folder)
    with store.locked(project):
        project.recover()
        issues, faults, ledger = read_all(
            paths, shelf, agency=agency, workers=workers, progress=progress, skip_unreadable=skip_unreadable
        )
        with store.staging(project) as stage, store.scratch() as scratch:
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
    findings = in_finding_order([*(finding for issue in issues for finding in issue.findings), *between(issues)])
    figures = [figure for issue in issues for figure in trusted(issue, findings)]
    release_set = release_set_of(issues)
    facility_block = _layouts(shelf, agency).facilities.id
    cleared = clear_figures(figures, facility_block)
    ledger = in_order([*ledger, *(line for issue in issues for line in issue.ledger), *cleared.ledger])
    counts = {
        "figures": _table("figures", cleared.figures, stage / "2-figures", scratch, FIGURE_ORDER),
        "quality": _table(
            "quality",
            findings,
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
    store.write_json(stage / "run.json", _run_record(records, issues, counts))
    if not (folder / "tallystick.toml").exists():
        (folder / "tallystick.toml").write_text(
            f'# A tallystick project.\n[project]\nagency = "{agency}"\n', encoding="utf-8"
        )
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    progress("Measuring", 1, 1)
    return Built(folder, tuple(issues), tuple(findings), tuple(faults), tuple(verdicts), counts)


def _table(
    name: str, entries: Sequence[Any], folder: Path, scratch: Path, order: Sequence[str], suffix: str = "parquet"
) -> int:
    lines = scratch / f"{name}.jsonl"
    store.json_lines(entries, lines)
    return store.write_table(name, [lines], folder / f"{name}.{suffix}", order)


def between(issues: Sequence[Issue]) -> list[Finding]:
    """Findings that need more than one issue."""
    return list(check_growth(total for issue in issues for total in issue.totals))


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
    outside: dict[str, list[str]] = {}
    for finding in findings:
        if finding.release == issue.file and finding.check == "f":
            outside.setdefault(finding.table.split(":")[0], []).append(finding.status)
    whole = [status for statuses in outside.values() for status in statuses]
    for figure in issue.figures:
        # a count of the year to date out of line means that the whole sheet holds another period
        doubts = whole if figure.block != "facilities" else []
        status = worst([figure.trust, *doubts])
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


def cleared_cells(records: Records, names: Sequence[str] = ()) -> dict[str, ClearedCells]:
    """Cleared cells of all measures (or those named) of the agency of these records."""
    return {name: _cleared(records, name) for name in names or measure_names(records.shelf)}


@lru_cache(maxsize=64)
def _cleared(records: Records, name: str) -> ClearedCells:
    measure = read_measure(records.shelf, name)
    base: Measure | None = read_measure(records.shelf, measure.of) if measure.of else None
    return clear(measured(measure, definition_hash(records.shelf, measure), records.source(), base))


def judged(records: Records, cells_of: CellsOf, claims: Sequence[Claim] | None = None) -> list[ClaimVerdict]:
    """Every claim on each of its test dates."""
    found = []
    for claim in read_claims(records.shelf, records.agency) if claims is None else claims:
        digest = hash_of(records.shelf, claim)
        found += [tested(claim, test.at, test.title, cells_of, digest) for test in claim.tests]
    return found


def hash_of(shelf: Shelf, claim: Claim) -> str:
    """Identity of a claim with the measures it reads."""
    used = sorted({reading.measure for reading in claim.readings if reading.measure})
    return claim_hash(claim, [definition_hash(shelf, read_measure(shelf, name)) for name in used])


def _run_record(records: Records, issues: Sequence[Issue], counts: dict[str, int]) -> dict[str, Any]:
    names = measure_names(records.shelf)
    return {
        "tool": __version__,
        "release_set": records.release_set,
        "agency": records.agency,
        "inputs": {issue.sha256: issue.file for issue in issues},
        "definitions": {
            "reading": _layouts(records.shelf, records.agency).hash,
            **{name: definition_hash(records.shelf, read_measure(records.shelf, name)) for name in names},
            **{claim.id: hash_of(records.shelf, claim) for claim in read_claims(records.shelf, records.agency)},
        },
        "rows": counts,
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
    block = _layouts(shelf, records.agency).facilities.id
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
        rows_ = store.read_rows(store.Project(project).place(name), name)
        counts[name] = len(rows_)
        (target / f"{name}.parquet").write_bytes(store.Project(project).place(name).read_bytes())
    (target / "ledger.csv").write_bytes(store.Project(project).place("ledger").read_bytes())
    run = store.read_json(project / "run.json")
    store.write_json(target / "run.json", {**run, "rows": {**run["rows"], **counts}})
    return counts


def shipped_records(shelf: Shelf) -> Records:
    """The figures that ship with the package."""
    run = store.read_json(store.SHIPPED / "run.json")
    return Records(
        store.SHIPPED / "figures.parquet",
        str(run["release_set"]),
        "shipped",
        "figures that ship with tallystick",
        shelf,
    )


def project_records(folder: Path, shelf: Shelf) -> Records:
    """The figures of a built project.

    Raises:
        TallystickError: TS111 when nothing was built there.
    """
    project = store.Project(folder)
    project.recover()
    if not project.is_built:
        raise cannot(
            "TS111",
            f"Nothing has been built in '{folder}'.",
            fix="Run: tallystick build WORKBOOKS --project DIR   (or leave --project out to use the shipped figures)",
        )
    run = store.read_json(folder / "run.json")
    return Records(project.place("figures"), str(run["release_set"]), "project", folder.name, shelf, str(run["agency"]))


def tables_of(records: Records) -> dict[str, Path]:
    """The readable tables of a project or of the package, by name."""
    root = records.figures.parent
    if records.kind == "shipped":
        return {path.stem: path for path in sorted(root.glob("*.parquet")) + sorted(root.glob("ledger.csv"))}
    project = store.Project(root.parent)
    return {name: project.place(name) for name in store.PLACES}


def with_shelf(records: Records, shelf: Shelf) -> Records:
    """The same records read through other definitions."""
    return replace(records, shelf=shelf)


@dataclass(frozen=True)
class ClaimRun:
    """One claim on the dates asked for, with the series of its first headline reading."""

    verdicts: tuple[ClaimVerdict, ...]
    trend: tuple[Outcome, ...]

    @property
    def main(self) -> ClaimVerdict:
        """The verdict on the main date, or on the only one asked for."""
        named = [entry for entry in self.verdicts if entry.title == entry.claim.main_test().title]
        return named[0] if named else self.verdicts[0]


def run_claim(records: Records, name: str, at: str = "") -> ClaimRun:
    """Test one claim: on its own dates, or on one date asked for (ISO, or ``latest``)."""
    claim = read_claim(records.shelf, name, records.agency)
    cells = _cells_for(records, [claim])
    digest = hash_of(records.shelf, claim)
    tests = (
        [(at, "the latest issue" if at == "latest" else in_words(date.fromisoformat(at)))]
        if at
        else [(test.at, test.title) for test in claim.tests]
    )
    verdicts = tuple(tested(claim, day, title, cells.__getitem__, digest) for day, title in tests)
    return ClaimRun(verdicts, series(claim, cells.__getitem__))


def main_verdicts(records: Records) -> list[ClaimVerdict]:
    """Every claim on its main date, in the order in which claims are shown."""
    claims = read_claims(records.shelf, records.agency)
    cells = _cells_for(records, claims)
    return [
        tested(claim, claim.main_test().at, claim.main_test().title, cells.__getitem__, hash_of(records.shelf, claim))
        for claim in claims
    ]


def _cells_for(records: Records, claims: Sequence[Claim]) -> dict[str, ClearedCells]:
    names = sorted({reading.measure for claim in claims for reading in claim.readings if reading.measure})
    return cleared_cells(records, names)


def statement_rows(records: Records, name: str = "") -> tuple[Statement, list[str], list[dict[str, Any]]]:
    """A statement with its parts, each tested on the statement's date and on the latest.

    Returns:
        The statement, the titles of the two dates, and one row per part.
    """
    statement = read_statement(records.shelf, name, records.agency)
    dates = [(statement.as_of, f"as of {in_words(date.fromisoformat(statement.as_of))}"), ("latest", "latest issue")]
    claims = [
        claim
        for claim in read_claims(records.shelf, records.agency)
        if any(claim.id in part.claims for part in statement.parts)
    ]
    cells = _cells_for(records, claims)
    found = {
        (claim.id, at): tested(claim, at, title, cells.__getitem__, hash_of(records.shelf, claim))
        for claim in claims
        for at, title in dates
    }
    state = words().state
    rows_ = [
        {
            "number": part.number,
            "says": part.says,
            "state": state[part.state],
            "because": part.because,
            "would_settle": part.would_settle,
            "verdicts": [
                [
                    {
                        "id": claim,
                        "title": found[claim, at].claim.title,
                        "verdict": found[claim, at].verdict,
                        "words": verdict_words(found[claim, at]),
                    }
                    for claim in part.claims
                ]
                for at, _ in dates
            ],
        }
        for part in statement.parts
    ]
    return statement, [title for _, title in dates], rows_


def pages_of(records: Records, setting: Setting) -> list[Page]:
    """All pages: the list of claims, one page per claim with its CSV, the statement, the style sheet."""
    claims = read_claims(records.shelf, records.agency)
    cells = _cells_for(records, claims)
    mains = main_verdicts(records)
    pages = [style_page()]
    for claim in claims:
        digest = hash_of(records.shelf, claim)
        verdicts = [tested(claim, test.at, test.title, cells.__getitem__, digest) for test in claim.tests]
        pages += claim_pages(verdicts, series(claim, cells.__getitem__), mains, setting)
    statement = None
    if not setting.made_up:
        statement, columns, rows_ = statement_rows(records)
        pages.append(statement_page(statement, rows_, columns, setting))
    return [*pages, index_page(mains, setting, statement)]


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    verdicts: tuple[ClaimVerdict, ...]
    pages: tuple[str, ...]
    release_set: str
    issues: int


def demo(folder: Path, shelf: Shelf) -> Demo:
    """Real claims on shipped figures, and the same code on a made-up agency, in two folders.

    Raises:
        TallystickError: TS240 when `folder` holds files that are not ours.
    """
    from tallystick.made.demo import invented_shelf, write_invented_workbooks

    real = shipped_records(shelf)
    credit = (
        "As published by U.S. Immigration and Customs Enforcement; obtained through the collections named in sources."
    )
    pages = [
        replace(page, path=f"real/{page.path}")
        for page in pages_of(
            real, Setting("agency workbooks, fiscal years 2019 to 2026", real.release_set, False, credit)
        )
    ]
    with store.output_folder(folder) as target:
        invented = target / "invented"
        paths = write_invented_workbooks(invented / "workbooks")
        build(paths, invented / "project", invented_shelf(), workers=1)
        made = project_records(invented / "project", invented_shelf())
        setting = Setting(
            "made-up workbooks of a fictional agency",
            made.release_set,
            True,
            "Written by a generator.",
            " --project project",
        )
        pages += [replace(page, path=f"invented/{page.path}") for page in pages_of(made, setting)]
        for page in pages:
            (target / page.path).parent.mkdir(parents=True, exist_ok=True)
            (target / page.path).write_text(page.content, encoding="utf-8", newline="\n")
    run = store.read_json(store.SHIPPED / "run.json")
    return Demo(tuple(main_verdicts(real)), tuple(page.path for page in pages), real.release_set, len(run["inputs"]))
