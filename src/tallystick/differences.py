"""What changed between two issues, or between two projects, and which verdicts moved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick import reading, store
from tallystick.answers import Records, project_records
from tallystick.clear.disclosure import clear_figures
from tallystick.figures.changes import Change, changes, verdicts_moved
from tallystick.figures.dated import Figure
from tallystick.folders import Project, read_json
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import cannot

DATE = 10  # a name at least as long as a date may be part of a file name


@dataclass(frozen=True)
class Side:
    """One side of a comparison."""

    name: str
    figures: tuple[Figure, ...]


def difference(one: str, two: str, records: Records) -> tuple[Side, Side, list[Change]]:
    """Compare two workbooks, two issues that ship (by date or file name), or two built projects.

    Raises:
        TallystickError: TS142 when a side is neither.
    """
    folders = [Path(one), Path(two)]
    if all(Project(folder).is_built for folder in folders):
        return _projects(folders[0], folders[1], records.shelf)
    before, after = _side(one, records), _side(two, records)
    return before, after, changes(before.figures, after.figures)


def _projects(one: Path, two: Path, shelf: Shelf) -> tuple[Side, Side, list[Change]]:
    sides = [project_records(folder, shelf) for folder in (one, two)]
    before, after = (Side(side.title, tuple(store.read_figures(side.figures))) for side in sides)
    rows = [store.read_rows(Project(folder).place("verdicts"), "verdicts") for folder in (one, two)]
    tools = [str(read_json(folder / "run.json").get("tool", "")) for folder in (one, two)]
    moved = verdicts_moved(rows[0], rows[1], (tools[0], tools[1]))
    old, new = ({figure.source_sha256: figure.source_file for figure in side.figures} for side in (before, after))
    files = [
        *(Change("gone", "workbook", old[key], "", "", "Only the first project holds it.") for key in old.keys() - new),
        *(Change("appeared", "workbook", new[key], "", "", "Only the second one does.") for key in new.keys() - old),
    ]
    return before, after, [*moved, *sorted(files, key=lambda change: (change.kind, change.label))]


def _side(name: str, records: Records) -> Side:
    path = Path(name)
    if path.is_file():
        (issue,), _, _ = reading.read_all([path], records.shelf, agency=records.agency, workers=1)
        known = reading.known_layouts(records.shelf, records.agency)
        sensitive = {block.id for block in known.blocks if block.sensitive}
        return Side(issue.file, clear_figures(issue.figures, sensitive).figures)
    figures = store.read_figures(records.figures, files=[_issue_called(name, records)])
    return Side(figures[0].source_file, tuple(figures))


def _issue_called(name: str, records: Records) -> str:
    """The file name of the issue in reach that a date or a name stands for; the last one published for a date."""
    folder = records.figures.parent if records.kind == "shipped" else records.figures.parent.parent / "1-received"
    rows = store.read_rows(folder / "sources.parquet", "sources")
    fitting = [row for row in rows if name in (row["file"], row["file"].removesuffix(".xlsx"), str(row["as_of"]))]
    if not fitting and len(name) >= DATE:
        fitting = [row for row in rows if name in row["file"]]
    if not fitting:
        raise cannot(
            "TS142",
            f"'{name[:60]}' is neither a workbook nor an issue in reach.",
            fix='tallystick sql "select file, as_of from sources" lists the issues; dates are written year-month-day.',
        )
    if len({str(row["as_of"]) for row in fitting}) > 1:
        names = sorted(row["file"] for row in fitting)
        raise cannot(
            "TS142",
            f"'{name[:60]}' stands for {len(names)} issues: {', '.join(names[:6])}.",
            fix="Write the date out, or the whole file name.",
        )
    fitting.sort(key=lambda row: (row["provenance"] != "altered", str(row["issue"]), row["file"]))
    return str(fitting[-1]["file"])
