"""The demo: real claims on the figures that ship, and the same code on a made-up agency, in two folders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tallystick import pipeline, store
from tallystick.answers import main_verdicts, pages_of, project_records, shipped_records
from tallystick.claims.verdict import ClaimVerdict
from tallystick.folders import output_folder, read_json
from tallystick.made.demo import invented_shelf, write_invented_records, write_invented_workbooks
from tallystick.publish.page import Setting
from tallystick.terms.definitions import Shelf


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    verdicts: tuple[ClaimVerdict, ...]
    pages: tuple[str, ...]
    release_set: str
    issues: int
    tables: int


def demo(folder: Path, shelf: Shelf) -> Demo:
    """Real claims on shipped figures, and the same code on a made-up agency, in two folders.

    Raises:
        TallystickError: TS240 when `folder` holds files that are not ours.
    """
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
    with output_folder(folder) as target:
        invented = target / "invented"
        paths = write_invented_workbooks(invented / "workbooks")
        paths += write_invented_records(invented / "records")
        built = pipeline.build(paths, invented / "project", invented_shelf(), workers=1)
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
    run = read_json(store.SHIPPED / "run.json")
    return Demo(
        tuple(main_verdicts(real)),
        tuple(page.path for page in pages),
        real.release_set,
        len(run["inputs"]),
        len(built.gathered.tables) if built.gathered else 0,
    )
