"""Cells over records that claims ask for: measured on each release while it is built, and read back from a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from tallystick import store
from tallystick.claims.claim import Claim, Reading, read_claims
from tallystick.clear.disclosure import ClearedCells, laid_together, recalled
from tallystick.following import Following, span_of
from tallystick.measured import NATIONAL, SILENT, cleared_cells, desk_of, national_cells, parts_of
from tallystick.measures.cell import Cell, cell_of
from tallystick.measures.unit_measure import Measurebook, measurebook
from tallystick.measuring import count_together
from tallystick.policies.policy import Lawbook
from tallystick.question import Question
from tallystick.relating import measured_cells
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

PLAIN = tuple(Question(period=period) for period in NATIONAL)


def built_cells(acts: Following, shelf: Shelf, agency: str, release_set: str) -> list[ClearedCells]:
    """All cells of one release that a build keeps: every measure for the nation, and what readings of claims ask."""
    return [*national_cells(acts, shelf, agency, release_set), *claim_cells(acts, shelf, agency, release_set)]


def claim_cells(acts: Following, shelf: Shelf, agency: str, release_set: str) -> list[ClearedCells]:
    """What readings of claims ask of one release: in their windows, and by fiscal year; for the nation only.

    What the release cannot support is left out; the claim then awaits another one. All of it is rounded outward.
    """
    opened = desk_of(acts, shelf, agency, release_set)
    asked: dict[tuple[object, ...], tuple[Question, dict[str, None]]] = {}
    for claim in read_claims(shelf, agency):
        for reading in claim.readings:
            if reading.basis == "records":
                for question in questions_of(reading, opened.bench.book, *span_of(acts.opened.release)):
                    if question in PLAIN:
                        continue  # a build measures it anyway
                    asked.setdefault(question.key, (question, {}))[1][reading.measure] = None
    found = []
    for question, names in asked.values():
        count_together(opened, _parts(opened.book, names), question)
        for name in names:
            try:
                cells = measured_cells(opened, name, question)
            except TallystickError as error:
                if error.faults[0].code not in SILENT:
                    raise
                continue
            # windows overlap the fiscal years shown beside them: exact ones would leave a small rest between the two
            found.append(cleared_cells(cells, always_round=True))
    return found


def _parts(book: Measurebook, names: Iterable[str]) -> list[str]:
    """The measures themselves, and those that they are made of."""
    return [part.id for name in names for part in parts_of(book, book.measure(name))]


def questions_of(reading: Reading, law: Lawbook, covers_from: date, closes: date) -> Iterator[Question]:
    """What a reading asks of a release: over the part of its window that the release covers, and by fiscal year.

    Args:
        reading: a reading on records.
        law: the policies.
        covers_from: the first day that the release covers.
        closes: its closing date.
    """
    policy = law.policy(reading.policy) if reading.policy else None
    plain = Question(person=reading.person, policy=policy, view=reading.view)
    if reading.window:
        first, last = reading.days
        first, last = max(first, covers_from.isoformat()), min(last, closes.isoformat())
        if first <= last:
            yield replace(plain, since=first, until=last)
    else:
        yield plain
    yield replace(plain, period="fiscal_year")


def cells_by_measure(cleared: Iterable[ClearedCells]) -> dict[str, ClearedCells]:
    """Cleared cells of a build by their measure."""
    found: dict[str, list[ClearedCells]] = {}
    for entry in cleared:
        if entry.cells:
            found.setdefault(entry.cells[0].measure, []).append(entry)
    return {name: laid_together(entries) for name, entries in found.items()}


@lru_cache(maxsize=2)
def kept_cells(table: Path, release_set: str, shelf: Shelf, agency: str) -> dict[str, ClearedCells]:
    """Cells over records in the table `cells` of a built project with this release set, by measure."""
    book = measurebook(shelf, agency)
    found: dict[str, list[Cell]] = {}
    for row in store.read_rows(table, "cells"):
        if row["basis"] == "records" and row["release_set"] == release_set:
            measure = book.measures.get(row["measure"])
            found.setdefault(row["measure"], []).append(cell_of(row, measure.reads_aloud if measure else ""))
    return {name: recalled(cells) for name, cells in found.items()}


def on_records(claims: Sequence[Claim]) -> list[str]:
    """The measures over records that readings of claims name."""
    return sorted({one.measure for claim in claims for one in claim.readings if one.basis == "records"})
