"""A claim under everything that can be chosen: each reading on every date, agency, release, rule, unit and view.

For the nation only. The readings stay as declared; what varies is what their authors left open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from tallystick.answers import Records, cleared_cells
from tallystick.claiming import questions_of
from tallystick.claims.claim import Claim, Reading, read_claim
from tallystick.claims.judge import DOES_NOT, SUPPORTS
from tallystick.claims.verdict import judged, of_records, per_day, starts_at
from tallystick.counting import records_of
from tallystick.following import span_of
from tallystick.measured import SILENT, desk, parts_of
from tallystick.measured import cleared_cells as cleared_of_records
from tallystick.measures.cell import Cell, counted, written
from tallystick.measures.unit_measure import measurebook
from tallystick.policies.policy import lawbook
from tallystick.records.rules import rulebook
from tallystick.relating import measured_cells
from tallystick.terms.errors import TallystickError

DIMENSIONS = (
    "reading", "unit", "definition", "denominator", "agency", "period", "release",
    "duplicate_rule", "link_rule", "view",
)  # fmt: skip
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class GridRow:
    """A reading of a claim under one choice of everything."""

    choice: tuple[tuple[str, str], ...]  # in the order of `DIMENSIONS`
    cell: Cell
    result: str
    needs: str

    def data(self) -> dict[str, Any]:
        """As a row of a table."""
        bound = self.cell.bound
        return {
            **dict(self.choice),
            "lower": written(bound.lower) if bound else None,
            "upper": written(bound.upper) if bound else None,
            "n": counted(self.cell.n),
            "needs": self.needs,
            "result": self.result,
            "status": self.cell.status,
        }


@dataclass(frozen=True)
class Moves:
    """How much one choice matters while all others stay: in how many groups the answer flips, and how far ends move."""

    dimension: str
    values: int
    groups: int
    flips: int
    most: float  # the greatest distance between two lower, or two upper, ends in one group


def claim_grid(
    records: Records, name: str, project: Path | None, progress: Progress = lambda _w, _d, _o: None
) -> tuple[Claim, list[GridRow]]:
    """Every cell of a claim's grid that is in reach.

    Args:
        records: the figures in reach.
        name: the claim.
        project: the folder of a project, for readings on records.
        progress: told (what, done, of).

    Raises:
        TallystickError: TS101.
    """
    claim = read_claim(records.shelf, name, records.agency)
    printed = [reading for reading in claim.readings if reading.basis == "figures" and reading.measure]
    names = sorted({reading.measure for reading in printed})
    cells = cleared_cells(records, names) if names else {}
    alike = {_bar_key(one): one for one in reversed(printed)}
    rows = [row for reading in reversed(alike.values()) for row in _on_figures(reading, cells[reading.measure].cells)]
    own = [reading for reading in claim.readings if reading.basis == "records"]
    if own and records.kind == "project" and project is not None and (project / "3-records").is_dir():
        rows += _on_records(records, project, own, progress)
    return claim, rows


def _bar_key(reading: Reading) -> tuple[object, ...]:
    """What tells two readings of printed figures apart, besides the agency that a grid shows anyway."""
    split = tuple(sorted((name, value) for name, value in reading.split.items() if name != "arresting_agency"))
    bar = reading.comparator, reading.threshold, reading.upper_threshold, reading.margin
    return (reading.measure, reading.variant, reading.baseline, split, *bar)


def _row(reading: Reading, cell: Cell, **more: str) -> GridRow:
    outcome = judged(reading, cell)
    chosen = {
        "reading": reading.id,
        "unit": cell.unit,
        "definition": reading.dimensions.get("definition", ""),
        "denominator": reading.dimensions.get("denominator", ""),
        "period": f"{cell.period_start} to {cell.period_end}" if cell.period_start != cell.period_end
        else cell.period_end.isoformat(),
        "view": cell.view,
    } | more  # fmt: skip
    choice = tuple((name, chosen.get(name, "")) for name in DIMENSIONS)
    needs = f"{reading.comparator} {reading.threshold}" + (
        f" to {reading.upper_threshold}" if reading.upper_threshold else ""
    )
    return GridRow(choice, cell, outcome.result.result, needs)


def _on_figures(reading: Reading, cells: Iterable[Cell]) -> Iterator[GridRow]:
    """A reading of printed figures on every date, for every arresting agency that the table tells apart."""
    fixed = {name: value for name, value in reading.split.items() if name != "arresting_agency"}
    for cell in cells:
        split = dict(cell.split)
        agency = split.pop("arresting_agency", "")
        begins = not reading.baseline or starts_at(cell, reading.baseline)
        if cell.variant == reading.variant and split == fixed and cell.bound is not None and begins:
            yield _row(reading, cell, agency=agency)


def _on_records(records: Records, project: Path, readings: Sequence[Reading], progress: Progress) -> Iterator[GridRow]:
    """Readings on records: in every release, under every rule, by record and by person, in both views."""
    asked = records_of(project)
    book, law = measurebook(records.shelf, asked.agency), lawbook(records.shelf, asked.agency)
    rules = rulebook(records.shelf, asked.agency)
    done = 0
    for release in asked.releases:
        for reading in readings:
            progress("Laying out the grid", done, len(asked.releases) * len(readings))
            done += 1
            units = [book.units[part.units] for part in parts_of(book, book.measure(reading.measure))]
            kinds = sorted({unit.table for unit in units})
            pairs = sorted(
                {pair for unit in units for pair in unit.beside.values() if _reads(book, reading, unit, pair)}
            )
            choices: list[tuple[str, str]] = [("", "")]
            choices += [(rule.id, "") for kind in kinds for rule in rules.duplicate_rules(kind)[1:]]
            choices += [("", f"{pair}: {rule.id}") for pair in pairs for rule in rules.link_rules(pair)[1:]]
            for duplicate, link in choices:
                yield from _under(records, asked, release, reading, law, duplicate, link)


def _reads(book: Any, reading: Reading, unit: Any, pair: str) -> bool:
    """Whether a reading looks at what a pair of tables links."""
    aliases = {alias for alias, own in unit.beside.items() if own == pair}
    if reading.policy:
        return bool(aliases & set(unit.evidence))
    conditions = [one for part in parts_of(book, book.measure(reading.measure)) for one in part.conditions]
    named = {name.split(".")[0] for one in conditions for name in one.reads} | {one.link for one in conditions}
    return bool(aliases & named)


def _under(
    records: Records, asked: Any, release: str, reading: Reading, law: Any, duplicate: str, link: str
) -> Iterator[GridRow]:
    with desk(asked, release, records.shelf, rules=[duplicate] if duplicate else ()) as opened:
        if link:
            pair, _, rule = link.partition(": ")
            opened.bench.layout.link_rules[pair] = rule
        questions = list(questions_of(reading, law, *span_of(opened.bench.acts.opened.release)))
        if not duplicate and not link:
            questions += [replace(one, person=not one.person) for one in questions if not reading.per_day]
            questions += [replace(one, view="world") for one in questions if reading.policy]
        for question in questions:
            try:
                cells = measured_cells(opened, reading.measure, question)
            except TallystickError as error:
                if error.faults[0].code not in (*SILENT, "TS189"):
                    raise
                return
            as_asked = msgspec.structs.replace(reading, person=question.person, view=question.view)
            # rounded as in the build: windows overlap, and rules that differ by a few rows would show these
            for cell in of_records(as_asked, cleared_of_records(cells, always_round=True).cells):
                if cell.bound is not None:
                    rules = {"duplicate_rule": duplicate or cell.duplicate_rule, "link_rule": link or cell.link_rule}
                    named = {name: rule or "" for name, rule in rules.items()}
                    yield _row(as_asked, per_day(as_asked, cell), release=release, **named)


def moves(rows: Sequence[GridRow]) -> list[Moves]:
    """Which choice moves the answer most, the one that flips it most often first."""
    found = []
    for place, name in enumerate(DIMENSIONS):
        groups: dict[tuple[object, ...], list[GridRow]] = defaultdict(list)
        for row in rows:
            rest = tuple(part for at, part in enumerate(row.choice) if at != place)
            if name != "reading":  # other dimensions are told apart inside a reading
                groups[rest].append(row)
            else:
                groups[tuple(part for part in row.choice if part[0] in ("period", "release"))].append(row)
        own = [group for group in groups.values() if len({row.choice[place] for row in group}) > 1]
        if own:
            values = len({row.choice[place] for group in own for row in group})
            flips = sum({SUPPORTS, DOES_NOT} <= {row.result for row in group} for group in own)
            found.append(Moves(name, values, len(own), flips, max(_apart(group) for group in own)))
    return sorted(found, key=lambda one: (-one.flips / one.groups, -one.most, one.dimension))


def _apart(group: Sequence[GridRow]) -> float:
    bounds = [row.cell.bound for row in group if row.cell.bound is not None]
    lowers, uppers = [bound.lower for bound in bounds], [bound.upper for bound in bounds]
    return float(max(max(lowers) - min(lowers), max(uppers) - min(uppers)))
