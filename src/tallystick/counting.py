"""Counts of the records of a built project, asked one measure at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tallystick.folders import Project, read_json
from tallystick.followed import ClearedGrid, cleared_grid
from tallystick.following import Progress, following, releases_in
from tallystick.gather import STAGE
from tallystick.measures.grid import published_counts
from tallystick.measures.record_measure import RecordMeasure, record_measure
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import cannot


@dataclass(frozen=True)
class RecordsAsked:
    """The records of a project: where they stand, whose, which releases are asked for, whether they were made up."""

    folder: Path
    agency: str
    release_set: str
    invented: bool
    releases: tuple[str, ...]
    is_one: bool  # whether one release was asked for by name, or there is no other


def records_of(project: Path | None, release: str = "") -> RecordsAsked:
    """The records of a built project, of one release or of all.

    Raises:
        TallystickError: TS183 where there are none, or not of this release.
    """
    if project is None or not (project / "run.json").is_file() or not releases_in(project / STAGE):
        raise cannot(
            "TS183",
            "Counts of records need a project that was built from record files"
            + (f"; '{project.name}' is none." if project else "."),
            fix="tallystick build FILES --project DIR, then --project DIR here. To try it: tallystick make-release "
            "ice_2026_03 --people 2000 -o made-up",
        )
    Project(project).recover()
    run = read_json(project / "run.json")
    present = releases_in(project / STAGE)
    if release and release not in present:
        raise cannot("TS183", f"The project has no records of '{release[:40]}'.", fix=f"It has: {', '.join(present)}.")
    summary = run.get("records")
    return RecordsAsked(
        project / STAGE,
        str(run.get("agency", "")),
        str(run["release_set"]),
        bool(isinstance(summary, dict) and summary.get("invented")),
        (release,) if release else tuple(present),
        bool(release) or len(present) == 1,
    )


def _speaks(folder: Path, release: str, measure: RecordMeasure) -> bool:
    """Whether the combination lets a release speak for any day of the tables that a measure needs."""
    chosen = read_json(folder / "combination.json").get("tables", {})
    spans = [chosen.get(table, []) for table in measure.tables] if isinstance(chosen, dict) else []
    return all(any(span["release"] == release for span in own) for own in spans)


def grids(
    project: Path | None,
    shelf: Shelf,
    name: str,
    *,
    release: str = "",
    rules: Sequence[str] = (),
    full: bool = True,
    progress: Progress = lambda _s, _d, _o: None,
) -> tuple[list[ClearedGrid], RecordsAsked]:
    """A measure in every release of a project (or in one), under every combination of rules.

    Args:
        project: the project folder.
        shelf: the definitions.
        name: the measure.
        release: one release; without it every one that has what the measure needs.
        rules: rules that stand in for the default ones.
        full: every combination; else those that differ from the default in one choice.
        progress: told (what, done, of).

    Raises:
        TallystickError: TS102, TS181, TS182, TS183.
    """
    asked = records_of(project, release)
    measure = record_measure(shelf, name)
    # what was made up reproduces nothing
    published = () if asked.invented else published_counts(shelf, asked.agency)
    found = []
    for one in asked.releases:
        with following(asked.folder, one, shelf, asked.agency) as (acts, _):
            if not asked.is_one and not acts.supports(measure):
                continue
            grid = cleared_grid(acts, measure, asked.release_set, published, full=full, rules=rules, progress=progress)
            found.append(replace(grid, passed_over=not _speaks(asked.folder, one, measure)))
    if not found:
        raise cannot(
            "TS182", f"{measure.title}: no release of this project has what it needs.", fix="tallystick get --list"
        )
    return found, asked
