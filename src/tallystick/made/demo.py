"""The invented half of the demo: a fictional agency's workbooks through the very same path.

Names are exchanged in the definitions and nowhere else, so what differs between the two halves
is the figures, and nothing in the code.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tallystick.made.releases import make_release
from tallystick.made.workbooks import write_workbook
from tallystick.terms.definitions import Shelf

AGENCY, PARTNER = "FBA", "CGD"  # the Fictional Border Agency and the Coastal Guard Division, of nowhere
NAMES = (
    ("U.S. Immigration and Customs Enforcement", "the Fictional Border Agency"),
    ("U.S. Department of Homeland Security", "the Department of Examples"),
    ("A. Kocher", "an invented analyst"),
    ("ICE", AGENCY),
    ("CBP", PARTNER),
    ("us-ice", "us-ice"),
)
ISSUES = (
    (date(2019, 9, 30), "FY19"),
    (date(2025, 1, 11), "FY25"),
    (date(2025, 9, 20), "FY25"),
    (date(2025, 11, 29), "FY26"),
    (date(2026, 1, 24), "FY26"),
    (date(2026, 2, 7), "FY26"),
)


FICTIONAL = Path(__file__).resolve().parent / "fictional"
RELEASE, PEOPLE = "ice_2025_10", 900  # the shape that the invented records take


def invented_shelf() -> Shelf:
    """The definitions as the fictional agency would have them, with fictional areas and states added."""
    return Shelf(FICTIONAL, swap=NAMES)


def write_invented_records(folder: Path) -> list[Path]:
    """Write the demo's made-up records: a fictional agency, fictional states and facilities."""
    made = make_release(RELEASE, folder, invented_shelf(), people=PEOPLE, seed=2, fictional=True)
    return [file.path for file in made]


def write_invented_workbooks(folder: Path) -> list[Path]:
    """Write the demo's made-up workbooks; every one says MADE-UP in its name and on its sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, (day, shape) in enumerate(ISSUES, start=1):
        path = folder / f"MADE-UP_{shape}_{day.isoformat()}.xlsx"
        write_workbook(path, day, shape=shape, seed=number, agency=AGENCY, partner=PARTNER)
        paths.append(path)
    return paths
