"""Everything read from one workbook: sources line, figures, findings, problems, ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tallystick.figures.dated import Figure, Standing, dated_figures
from tallystick.figures.dating import Dated, decide, own_periods, sheet_group
from tallystick.figures.finding import Finding, worst
from tallystick.figures.idle import check_hidden, check_idle
from tallystick.figures.lists import check_list
from tallystick.figures.trust import (
    check_agreement,
    check_block,
    check_dates,
    check_likeness,
    check_months,
    check_publication,
)
from tallystick.intake.coverage import left_over
from tallystick.intake.door import AdmittedFile, admit_file
from tallystick.intake.evidence import dates_in
from tallystick.intake.facilities import FacilitiesRead, read_facilities
from tallystick.intake.layout import Layouts
from tallystick.intake.printed import BlockRead, fiscal_year_in
from tallystick.intake.sheets import AdmittedWorkbook, open_workbook
from tallystick.intake.workbook import read_blocks, unknown_titles
from tallystick.terms.errors import Fault, cannot
from tallystick.terms.ledger import LedgerLine


@dataclass(frozen=True)
class Issue:
    """One workbook, read and checked against itself."""

    file: str
    sha256: str
    issue: date | None
    provenance: str
    layout: str
    claimed_year: int | None
    hidden: tuple[str, ...]
    decided: dict[str, Dated]
    blocks: tuple[str, ...]
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Fault, ...]
    ledger: tuple[LedgerLine, ...]


def read_issue(path: Path, known: Layouts) -> Issue:
    """Read one workbook through the door, date it and check it.

    Raises:
        TallystickError: when it is not a workbook of this agency, or the door refuses it.
    """
    file = admit_file(path)
    book = open_workbook(file, known.reading.sheets)
    reads, facilities, problems = _read(book, known)
    if not reads:
        raise cannot(
            "TS211",
            f"{file.name} holds none of the known blocks of {known.reading.title}.",
            where=f"sheets seen: {', '.join(sheet.name.strip() for sheet in book.sheets) or 'none that are known'}",
            fix="Use a workbook of this series; if it is one, its titles are new: add them under workbooks/blocks/.",
        )
    return _assembled(file, book, reads, facilities, problems, known)


def _read(book: AdmittedWorkbook, known: Layouts) -> tuple[list[BlockRead], FacilitiesRead | None, list[Fault]]:
    reads: list[BlockRead] = []
    for sheet in book.sheets:
        if sheet.kind != "facilities":
            reads += read_blocks(book.file.name, sheet, known)
    lists = [found for sheet in book.of_kind("facilities") if (found := read_facilities(book.file.name, sheet, known))]
    facilities = lists[0] if lists else None
    if facilities is not None:
        reads.append(facilities.read)
    return reads, facilities, [fault for read in reads for fault in read.problems]


def _assembled(
    file: AdmittedFile,
    book: AdmittedWorkbook,
    reads: list[BlockRead],
    facilities: FacilitiesRead | None,
    problems: list[Fault],
    known: Layouts,
) -> Issue:
    registered = known.issues.get(file.sha256)
    published = registered.issue if registered else file.modified
    decided = decide(reads, dates_in(book, known), known, _latest(file.modified, published))
    if not {"year_to_date", "stock"} & set(decided):
        raise cannot(
            "TS212",
            f"{file.name} carries no evidence of its date.",
            why="A figure without a date cannot be compared with a claim.",
            fix="Check that the monthly tables and the footnotes are in the file.",
        )
    problems += _absent(file.name, reads, known)
    findings = _findings(file.name, reads, decided, published, known)
    findings += check_hidden(file.name, book.hidden, known.reading.sheets)
    standing = Standing(file.name, file.sha256, published, registered.provenance if registered else "unverified")
    figures, ledger = _dated(file.name, reads, decided, standing, findings, known)
    ledger += _left_unread(file.name, book, known)
    ledger += left_over(file.name, book, {(figure.sheet, figure.cell) for figure in figures})
    return Issue(
        file.name,
        file.sha256,
        published,
        standing.provenance,
        facilities.layout if facilities else "none",
        _claimed_year(book),
        book.hidden,
        decided,
        tuple(read.block for read in reads),
        tuple(figures),
        tuple(findings),
        tuple(problems),
        tuple(ledger),
    )


def _absent(file: str, reads: Sequence[BlockRead], known: Layouts) -> list[Fault]:
    """The core blocks that the workbook does not have, or has without a single value."""
    filled = {read.block for read in reads if any(figure.value is not None for figure in read.figures)}
    core = [*(block.id for block in known.blocks if block.core), known.facilities.id]
    gone = [block for block in core if block not in filled]
    if not gone:
        return []
    return [
        Fault(
            "TS226",
            f"{len(gone)} core blocks are absent: {', '.join(gone)}.",
            where=file,
            why="Figures of these blocks are missing from every measure.",
            fix="Compare with the file as the agency published it.",
        )
    ]


def _latest(one: date | None, other: date | None) -> date | None:
    days = [day for day in (one, other) if day is not None]
    return max(days) if days else None


def _findings(
    file: str, reads: Sequence[BlockRead], decided: dict[str, Dated], published: date | None, known: Layouts
) -> list[Finding]:
    found = list(check_dates(file, decided))
    if "year_to_date" in decided:
        found += check_publication(file, decided["year_to_date"], published)
    by_id = {read.block: read for read in reversed(reads)}  # of several sheets of a kind the first one
    main = decided.get("year_to_date") or decided.get("stock")
    for read in reads:
        block = next((entry for entry in known.blocks if entry.id == read.block), None)
        dated = _dated_by(read, decided, known)
        if block is not None:
            found += check_block(file, read, block)
        if dated is not None:
            found += check_months(file, read, dated)
        if not read.sound:
            found.append(
                Finding(
                    "layout",
                    read.block,
                    read.title_cell,
                    file,
                    "",
                    None,
                    None,
                    None,
                    "suspect",
                    "Part of this block could not be read as defined; see the problems of the file.",
                )
            )
    found += check_list(file, by_id, known)
    if main is not None:
        found += check_idle(file, reads, main.as_of, known)
    return [*found, *check_agreement(file, by_id, known), *check_likeness(file, by_id, known)]


def _dated_by(read: BlockRead, decided: dict[str, Dated], known: Layouts) -> Dated | None:
    if read.block == known.facilities.id:
        return decided.get(known.facilities.dated_by) or decided.get("year_to_date")
    group = known.block(read.block).dated_by
    if group == "own_periods" or read.through is not None:
        return own_periods(read, decided)
    by_sheet = decided.get(sheet_group(group, read.sheet))
    return by_sheet or decided.get(group) or decided.get("year_to_date") or decided.get("stock")


def _dated(
    file: str,
    reads: Sequence[BlockRead],
    decided: dict[str, Dated],
    standing: Standing,
    findings: Sequence[Finding],
    known: Layouts,
) -> tuple[list[Figure], list[LedgerLine]]:
    figures: list[Figure] = []
    ledger: list[LedgerLine] = []
    for read in reads:
        dated = _dated_by(read, decided, known)
        if dated is None:
            ledger.append(
                LedgerLine(
                    "received", read.block, "left out", "dating", "no evidence of a date", file, len(read.figures), 0
                )
            )
            continue
        group = known.facilities.dated_by if read.block == known.facilities.id else known.block(read.block).dated_by
        statuses = [entry.status for entry in findings if entry.table in (read.block, group)]
        figures += dated_figures(read, dated, standing, worst(statuses))
    return figures, ledger


def _left_unread(file: str, book: AdmittedWorkbook, known: Layouts) -> list[LedgerLine]:
    lines = [
        LedgerLine("received", name.strip(), "left unread", "hidden sheet", "hidden sheets are not read", file, 1, 0)
        for name in book.hidden
    ]
    for sheet in book.sheets:
        for cell, title in unknown_titles(sheet, known):
            lines.append(
                LedgerLine(
                    "received",
                    title,
                    "left unread",
                    f"title at {cell}",
                    "no definition names this block yet",
                    file,
                    1,
                    0,
                )
            )
    return lines


def _claimed_year(book: AdmittedWorkbook) -> int | None:
    """The fiscal year most sheet names state; the later one on a tie."""
    years = [year for sheet in book.sheets if (year := fiscal_year_in(sheet.name))]
    return max(sorted(set(years)), key=lambda year: (years.count(year), year)) if years else None
