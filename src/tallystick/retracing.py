"""A figure over records, traced back: definition, inputs, rows at each step, the unknown, the gate, every statement.

The statements are those that run, written down while the figure is made, and one last that says it again; run in the
folder of the project they give the same number. Nothing of a row is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tallystick import __version__, store
from tallystick.asking import Asked
from tallystick.counting import RecordsAsked, records_of
from tallystick.folders import Project, read_json
from tallystick.following import following, span_of
from tallystick.measured import SILENT, cleared_cells, desk_of, parts_of
from tallystick.measures.cell import Cell
from tallystick.measures.unit_measure import CombinedMeasure, UnitMeasure, measurebook
from tallystick.policies.policy import lawbook
from tallystick.question import Desk, Question
from tallystick.relating import measured_cells
from tallystick.restating import RESTATED, restated
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError, cannot
from tallystick.together import lay

GATE = {
    "ok": "Passed exactly: a figure for the nation of which no part is small.",
    "rounded": "Rounded outward by the gate: a part of it is small, or definitions were added.",
    "suppressed": "Hidden by the gate: too few stand behind it.",
    "not_applicable": "There is no figure to show.",
    "provisional": "Passed; the last weeks of a release fill up later.",
}


@dataclass(frozen=True)
class Retraced:
    """One figure with what it rests on; the cell passed the gate.

    Attributes:
        cell: the figure.
        title: what its measure is called.
        release: the release it was counted on.
        statements: SQL that gives it, in order; empty where a part is worked out by the program alone (see `why_none`).
        why_none: why there are no statements.
        steps: lines of the ledger of the tables it rests on.
        unknown: lines of quality on the columns it reads.
        inputs: (file, sha256) of the release.
        invented: whether the records were made up.
    """

    cell: Cell
    title: str
    release: str
    statements: tuple[str, ...]
    why_none: str
    steps: tuple[dict[str, Any], ...]
    unknown: tuple[dict[str, Any], ...]
    inputs: tuple[tuple[str, str], ...]
    invented: bool
    cannot_say: tuple[str, ...]
    tool: str = __version__


def retraced(
    project: Path | None,
    shelf: Shelf,
    name: str,
    question: Question,
    *,
    policy: str = "",
    release: str = "",
    variant: str = "",
    tier: str = "",
) -> list[Retraced]:
    """Every national cell of a measure under a question, traced back.

    Args:
        project: the folder of a built project.
        shelf: the definitions.
        name: the measure.
        question: what is asked; the nation only.
        policy: for measures of tiers.
        release: one release; without it the latest that supports the measure.
        variant: one meaning of the numerator.
        tier: one tier.

    Raises:
        TallystickError: TS102, TS183, TS189; TS181, TS182, TS188 where no release supports the measure; TS108 where no
            cell is called so.
    """
    asked = records_of(project, release)
    assert project is not None  # records_of would have refused
    measure = measurebook(shelf, asked.agency).measure(name)
    if policy:
        question = replace(question, policy=lawbook(shelf, asked.agency).policy(policy))
    silent: TallystickError | None = None
    for one in reversed(asked.releases):
        with _listening(asked, one, shelf) as (desk, _):
            try:
                cells = measured_cells(desk, measure.id, question)
            except TallystickError as error:
                if error.faults[0].code not in SILENT:
                    raise
                silent = error
                continue
            wanted = [
                cell for cell in cells if variant in ("", cell.variant.partition(" ")[2]) and tier in ("", cell.tier)
            ]
            if not wanted:
                known = sorted({cell.variant.partition(" ")[2] for cell in cells})
                raise cannot("TS189", f"{measure.title}: no cell is called so.", fix=f"Variants: {', '.join(known)}.")
            closes = span_of(desk.bench.acts.opened.release)[1]
            # the gate looks at all cells of the question together, as everywhere
            rounds = shelf.added is not None or question.in_window
            cleared = cleared_cells(cells, always_round=rounds, closes_on=closes).cells
            shown = [cleared[cells.index(cell)] for cell in wanted]
            return [_traced(project, shelf, asked, one, measure, question, own) for own in shown]
    assert silent is not None  # a project has a release
    raise silent


def told(found: Retraced, project: str) -> dict[str, Any]:
    """A traced figure as plain data, for JSON, text and Markdown alike."""
    cell = found.cell
    return {
        "measure": cell.measure,
        "title": found.title,
        "aloud": cell.aloud,
        "cell": cell.row(),
        "disclosure": GATE[cell.status],
        "release": found.release,
        "tool": found.tool,
        "invented": found.invented,
        "inputs": [{"file": file, "sha256": digest} for file, digest in found.inputs],
        "steps": [dict(row) for row in found.steps],
        "unknown": [dict(row) for row in found.unknown],
        "sql": list(found.statements),
        "no_sql": found.why_none,
        "cannot_say": list(found.cannot_say),
        "run_in": project,
    }


@contextmanager
def _listening(asked: RecordsAsked, release: str, shelf: Shelf) -> Iterator[tuple[Desk, list[str]]]:
    """Open a release for measures, and write down every statement."""
    said: list[str] = []
    with following(asked.folder, release, shelf, asked.agency, listen=said.append) as (acts, _):
        desk = desk_of(acts, shelf, asked.agency, asked.release_set)
        desk.bench.layout.counts_loose = True
        yield desk, said


def _traced(
    project: Path,
    shelf: Shelf,
    asked: RecordsAsked,
    release: str,
    measure: UnitMeasure | CombinedMeasure,
    question: Question,
    cell: Cell,
) -> Retraced:
    book = measurebook(shelf, asked.agency)
    parts = parts_of(book, measure)
    tables = {book.units[part.units].table for part in parts}
    columns = {name.partition(".")[2] for part in parts for one in part.conditions for name in one.reads}
    place = Project(project)
    sources = store.read_rows(place.place("sources"), "sources")
    own = [row for row in sources if row["release"] == release and row["table"] in tables]
    files = tuple(sorted({(str(row["file"]), str(row["sha256"])) for row in own}))
    began = (release, *(file for file, _ in files))
    statements, why = statements_of(shelf, asked, release, measure, question, cell)
    return Retraced(
        cell,
        measure.title,
        release,
        tuple(statements),
        why,
        tuple(
            row
            for row in store.read_rows(place.place("ledger"), "ledger")
            if row["table"] in tables
            and row["rows_in"] != row["rows_out"]
            and str(row["source_file"]).startswith(began)
        ),
        tuple(
            row
            for row in store.read_rows(place.place("quality"), "quality")
            if row["release"] == release and row["table"] in tables and row["column"] in columns
        ),
        files,
        asked.invented,
        tuple(line for part in parts for line in part.cannot_say),
        str(read_json(project / "run.json").get("tool", "")),
    )


def statements_of(
    shelf: Shelf,
    asked: RecordsAsked,
    release: str,
    measure: UnitMeasure | CombinedMeasure,
    question: Question,
    cell: Cell,
) -> tuple[list[str], str]:
    """The statements behind a cell, and why there are none where a part is worked out by the program alone."""
    parts = parts_of(measurebook(shelf, asked.agency), measure)
    kinds: list[str] = [part.estimator for part in parts if part.estimator not in RESTATED]
    if isinstance(measure, CombinedMeasure) and measure.estimator == "frontier":
        kinds.append("frontier")
    if kinds:
        why = "What a written rule says of a record is bounded over everything unknown" if kinds[0] == "tiers" else ""
        why = why or f"Its estimator ({kinds[0]}) works on counts"
        return [], f"{why}; the program does so, not a query."
    if isinstance(measure, UnitMeasure):
        return _laid_anew(shelf, asked, release, measure, question, cell), ""
    statements: list[str] = []
    for name, part in zip(("top_ends", "bottom_ends"), parts, strict=True):
        *before, last = _laid_anew(shelf, asked, release, part, question, cell)
        statements += [*before, f"create or replace table {name} as {last}"]
    ends = "top_ends.lower / bottom_ends.upper as lower, top_ends.upper / bottom_ends.lower as upper"
    return [*statements, f"select {ends} from top_ends, bottom_ends"], ""


def _laid_anew(
    shelf: Shelf, asked: RecordsAsked, release: str, measure: UnitMeasure, question: Question, cell: Cell
) -> list[str]:
    """Lay a measure out in an engine of its own, and give every statement with the last one that says the figure."""
    root = f"{asked.folder}/".replace("'", "''")
    with _listening(asked, release, shelf) as (desk, said):
        laid = Asked(desk, measure, question)
        lay([laid])
        last = restated(laid, cell)
    return [statement.strip().replace(root, "3-records/") for statement in [*said, last]]
