"""The demo: a site of real claims on the figures that ship, and the same code on a made-up agency, in two folders."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tallystick import pipeline, store
from tallystick.answers import project_records, shipped_records
from tallystick.claims.verdict import ClaimVerdict
from tallystick.composing import write_site
from tallystick.folders import output_folder, read_json
from tallystick.made.demo import invented_shelf, write_invented_records, write_invented_workbooks
from tallystick.publish.language import language_names
from tallystick.showing import Progress, showing
from tallystick.terms.definitions import Shelf


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    verdicts: tuple[ClaimVerdict, ...]
    pages: int
    made_up_pages: int
    release_set: str
    issues: int
    tables: int


def demo(folder: Path, shelf: Shelf, progress: Progress = lambda _what, _done, _of: None) -> Demo:
    """Real claims on shipped figures, and the same code on a made-up agency, in two folders.

    Raises:
        TallystickError: TS240 when `folder` holds files that are not ours.
    """
    with output_folder(folder) as target, ProcessPoolExecutor(1, get_context("spawn")) as beside:
        made_up = beside.submit(made_up_site, target / "invented")
        shown = showing(shipped_records(shelf), progress)
        (target / "real").mkdir()
        real = write_site(shown, target / "real", language_names(shelf), progress=progress)
        progress("Building a made-up project and its site", 0, 1)
        invented, tables = made_up.result()
        progress("Building a made-up project and its site", 1, 1)
    run = read_json(store.SHIPPED / "run.json")
    return Demo(
        shown.mains,
        real.pages,
        invented,
        real.release_set,
        len(run["inputs"]),
        tables,
    )


def made_up_site(folder: Path) -> tuple[int, int]:
    """Invent workbooks and records, build a project from them, and write its site; comparisons are left out.

    Returns:
        How many pages, and how many tables of records.
    """
    shelf = invented_shelf()
    paths = write_invented_workbooks(folder / "workbooks")
    paths += write_invented_records(folder / "records")
    built = pipeline.build(paths, folder / "project", shelf, workers=1)
    shown = showing(project_records(folder / "project", shelf), compares=False)
    (folder / "site").mkdir()
    made = write_site(shown, folder / "site", language_names(shelf))
    return made.pages, len(built.gathered.tables) if built.gathered else 0
