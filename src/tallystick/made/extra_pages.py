"""The sheets beside the core, each with the layout of its first table and nothing to rely on."""

from collections.abc import Mapping
from datetime import date

from tallystick.made.blocks import Words
from tallystick.made.figures import stream
from tallystick.made.pages import WATERMARK, Page, stack


def extra_page(role: str, name: str, *, words: Words, as_of: date, seed: int) -> Page:
    """A sheet which the core figures do not need, with the layout of its first table."""
    rng = stream(seed, words.year, role)
    table = _EXTRAS[role]
    cells = stack([(1, (words.fill(table[0]),)), (2, (WATERMARK,))])
    cells |= stack((i, tuple(words.fill(h) for h in head)) for i, head in enumerate(table[1], 4))
    row = 4 + len(table[1])
    width = max(map(len, table[1])) - 1
    for label in table[2]:
        values = [round(rng.uniform(20, 90), 2) for _ in range(width)]
        cells |= stack([(row, (words.fill(label), *values))])
        row += 1
    if role == "bond":
        year = as_of.year - 1
        cells |= {(3, i): date(year, i, 1) for i in range(1, 13)}
    return Page(name, cells)


_MID_END = ("", *("mid ", "end") * 6)
_YEARS = tuple(f"FY{year}" for year in range(2018, 2026))
_EXTRAS: Mapping[str, tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]]] = {
    "iclos": (
        "Average In Custody Length of Stay (ICLOS)",
        (
            ("Population ", "2023"),
            ("", "January", "", "February", "", "March", "", "April", "", "May", "", "June"),
            _MID_END,
        ),
        ("Adult Facility Aliens", "FSC Facility Individuals", "Total"),
    ),
    "bond": (
        "FY{y4} Bonded Out Book Outs Count and ALOS - Prior 12 months plus Current Month",
        (("",) * 13,),
        ("Total {A} Final Book Outs", "Average Bond Amount ($)", "ALOS (Days)"),
    ),
    "semiannual": (
        "United States Armed Forces Alien Arrests FY2018 - FY2025",
        (("Fiscal Year", "Arrests"),),
        _YEARS,
    ),
    "trans": (
        "{A} Transgender* Detainee Population FY {y4} YTD",
        (("FY {y4} YTD", "Count"),),
        ("Total Book-Ins ", "Currently Detained Total"),
    ),
    "vulnerable": (
        "Fiscal Year (FY)  {y4} Quarter 1 Data",
        (("Placement Reason", "Number of Placements"),),
        ("Disciplinary", "Medical/Mental Health", "Grand Total"),
    ),
    "segregation": (
        "Monthly Segregation, FY{y4}",
        (("Facilities", "Placement Count"),),
        ("MADE-UP FACILITY 001", "MADE-UP FACILITY 002", "Grand Total"),
    ),
}
