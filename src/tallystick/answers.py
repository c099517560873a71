"""What is asked of figures that are already there: cells, verdicts, statements, pages.

The figures are those of a built project, or the ones that ship with the package; both are read the
same way, and nothing is shown that did not pass the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.claiming import kept_cells, on_records
from tallystick.claims.claim import Claim, claim_hash, read_claim, read_claims
from tallystick.claims.published import PlacedFigure, placed_figure, published_figures
from tallystick.claims.statement import Part, Statement, read_statement
from tallystick.claims.verdict import CellsOf, ClaimVerdict, Outcome, series, tested
from tallystick.clear.disclosure import ClearedCells, clear, recalled
from tallystick.clear.rules import disclosure_rules
from tallystick.folders import PLACES, Project, read_json
from tallystick.intake.layout import layouts
from tallystick.measures.from_figures import measured
from tallystick.measures.measure import Measure, definition_hash, measure_names, read_measure
from tallystick.measures.snapshot import FigureSource
from tallystick.measures.unit_measure import measurebook
from tallystick.policies.policy import lawbook
from tallystick.publish.words import verdict_words, words
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import cannot
from tallystick.terms.period import in_words


@dataclass(frozen=True)
class Records:
    """Cleared figures in reach: a project, or the ones that ship with the package."""

    figures: Path
    release_set: str
    kind: str
    title: str
    shelf: Shelf
    agency: str = "us-ice"
    invented: bool = False

    def source(self) -> FigureSource:
        """Figures by block, each block read once."""
        return _source(self.figures, self.release_set)


@lru_cache(maxsize=4)
def _source(path: Path, release_set: str) -> FigureSource:
    return FigureSource(release_set, lru_cache(maxsize=64)(lambda block: store.read_figures(path, block)))


def cleared_cells(records: Records, names: Sequence[str] = ()) -> dict[str, ClearedCells]:
    """Cleared cells of all measures (or those named) of the agency of these records."""
    return {name: _cleared(records, name) for name in names or measure_names(records.shelf)}


@lru_cache(maxsize=64)
def _cleared(records: Records, name: str) -> ClearedCells:
    measure = read_measure(records.shelf, name)
    base: Measure | None = read_measure(records.shelf, measure.of) if measure.of else None
    cells = measured(measure, definition_hash(records.shelf, measure), records.source(), base)
    return clear(cells, rules=disclosure_rules(records.shelf))


def judged(
    records: Records, cells: Mapping[str, ClearedCells], claims: Sequence[Claim] | None = None
) -> list[ClaimVerdict]:
    """Every claim on each of its test dates; measures without cells have none to show."""
    cells_of = cells_in(cells)
    found = []
    for claim in read_claims(records.shelf, records.agency) if claims is None else claims:
        digest = hash_of(records.shelf, claim)
        found += [tested(claim, test.at, test.title, cells_of, digest) for test in claim.tests]
    return found


def cells_in(cells: Mapping[str, ClearedCells]) -> CellsOf:
    """Cells by measure; none where a measure has none here."""
    return lambda name: cells.get(name) or recalled(())


def hash_of(shelf: Shelf, claim: Claim, agency: str = "us-ice") -> str:
    """Identity of a claim with the measures and policies it reads."""
    used = sorted({reading.measure for reading in claim.readings if reading.measure and reading.basis == "figures"})
    hashes = [definition_hash(shelf, read_measure(shelf, name)) for name in used]
    if on_records([claim]):
        book = measurebook(shelf, agency)
        hashes += [book.hash_of(book.measure(name)) for name in on_records([claim])]
    policies = sorted({reading.policy for reading in claim.readings if reading.policy})
    if policies:
        law = lawbook(shelf, agency)
        hashes += [law.hash_of(law.policy(name)) for name in policies]
    return claim_hash(claim, hashes)


def shipped_records(shelf: Shelf) -> Records:
    """The figures that ship with the package."""
    run = read_json(store.SHIPPED / "run.json")
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
    project = Project(folder)
    project.recover()
    if not project.is_built:
        raise cannot(
            "TS111",
            f"Nothing has been built in '{folder}'.",
            fix="Run: tallystick build WORKBOOKS --project DIR   (or leave --project out to use the shipped figures)",
        )
    run = read_json(folder / "run.json")
    invented = bool(run.get("records", {}).get("invented"))
    figures, release_set, agency = project.place("figures"), str(run["release_set"]), str(run["agency"])
    return Records(figures, release_set, "project", folder.name, shelf, agency, invented)


def tables_of(records: Records) -> dict[str, Path]:
    """The readable tables of a project or of the package, by name."""
    root = records.figures.parent
    if records.kind == "shipped":
        return {path.stem: path for path in sorted(root.glob("*.parquet")) + sorted(root.glob("ledger.csv"))}
    project = Project(root.parent)
    return {name: project.place(name) for name in PLACES}


def agency_names(records: Records) -> dict[str, str]:
    """The agency's own name of each known workbook, by SHA-256."""
    known = layouts(records.shelf, records.agency).issues
    return {digest: issue.agency_file_name for digest, issue in known.items()}


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
    cells = cells_for(records, [claim])
    digest = hash_of(records.shelf, claim)
    tests = (
        [(at, "the latest issue" if at == "latest" else in_words(date.fromisoformat(at)))]
        if at
        else [(test.at, test.title) for test in claim.tests]
    )
    verdicts = tuple(tested(claim, day, title, cells_in(cells), digest) for day, title in tests)
    return ClaimRun(verdicts, series(claim, cells_in(cells)))


def main_verdicts(records: Records) -> list[ClaimVerdict]:
    """Every claim on its main date, in the order in which claims are shown."""
    claims = read_claims(records.shelf, records.agency)
    cells = cells_for(records, claims)
    return [
        tested(claim, claim.main_test().at, claim.main_test().title, cells_in(cells), hash_of(records.shelf, claim))
        for claim in claims
    ]


def cells_for(records: Records, claims: Sequence[Claim]) -> dict[str, ClearedCells]:
    """Cleared cells of every measure that readings of these claims name."""
    readings = [reading for claim in claims for reading in claim.readings if reading.basis == "figures"]
    names = sorted({reading.measure for reading in readings if reading.measure})
    kept = {}
    if records.kind == "project" and on_records(claims):
        kept = kept_cells(
            Project(records.figures.parent.parent).place("cells"), records.release_set, records.shelf, records.agency
        )
    return {**(cleared_cells(records, names) if names else {}), **kept}


def placed_figures(records: Records) -> list[PlacedFigure]:
    """Every figure that others published, beside the cell it claims to be."""
    every = published_figures(records.shelf, records.agency)
    names = sorted({one.measure for one in every if one.basis == "figures"})
    cells = dict(cleared_cells(records, names))
    if records.kind == "project":
        table = Project(records.figures.parent.parent).place("cells")
        cells |= kept_cells(table, records.release_set, records.shelf, records.agency)
    return [placed_figure(one, cells_in(cells)) for one in every]


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
    cells = cells_for(records, claims)
    found = {
        (claim.id, at): tested(claim, at, title, cells_in(cells), hash_of(records.shelf, claim))
        for claim in claims
        for at, title in dates
    }
    state = words().state
    rows_ = [
        {
            "number": part.number,
            "says": part.says,
            "state": state[_state_of(part, [found[claim, at] for claim in part.claims for at, _ in dates])],
            "because": part.because,
            "would_settle": part.would_settle,
            "comparisons": list(part.comparisons),
            "verdicts": [
                [
                    {
                        "id": claim,
                        "title": found[claim, at].claim.title,
                        "verdict": found[claim, at].verdict,
                        "state": found[claim, at].state,
                        "words": verdict_words(found[claim, at]),
                        "figures_of": found[claim, at].figures_of,
                    }
                    for claim in part.claims
                ]
                for at, _ in dates
            ],
        }
        for part in statement.parts
    ]
    return statement, [title for _, title in dates], rows_


def _state_of(part: Part, verdicts: Sequence[ClaimVerdict]) -> str:
    """The state of a part here: tested only where a claim of it is, on one of the dates."""
    if part.state != "tested" or any(verdict.state == "tested" for verdict in verdicts):
        return part.state
    states = {verdict.state for verdict in verdicts}
    return next(state for state in ("awaits_records", "no_figure", "not_testable") if state in states)
