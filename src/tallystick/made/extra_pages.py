"""The sheets beside the core: time in custody, bonds, half-yearly tables, segregation, transgender people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from tallystick.made.blocks import Value, Words
from tallystick.made.figures import stream
from tallystick.made.pages import WATERMARK, Address, Key, Page
from tallystick.made.shapes import Shape

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
AREAS = ("Aaa", "Bbb", "Ccc", "Ddd")
FACILITIES = tuple(f"MADE-UP FACILITY {number:03d}" for number in range(1, 9))


@dataclass(frozen=True)
class Extra:
    """What a page beside the core is made from."""

    shape: Shape
    words: Words
    as_of: date
    seed: int


class _Sheet:
    """Cells and keys of a page, filled line by line; rows and columns count from 0."""

    def __init__(self, block: str) -> None:
        self.block = block
        self.cells: dict[Address, Value] = {}
        self.keys: dict[Key, Address] = {}

    def line(self, row: int, *values: Value, key: Key = (), heads: tuple[str, ...] = ()) -> None:
        """One row of values from column A; numbers under `heads` get keys."""
        for column, value in enumerate(values):
            if value is None or value == "":
                continue
            self.cells[row, column] = value
            if heads and isinstance(value, int | float) and not isinstance(value, bool):
                self.keys[self.block, *key, heads[column]] = (row, column)

    def page(self, name: str) -> Page:
        """The page, watermarked in a far column."""
        last = max(column for _, column in self.cells) + 3
        self.cells[0, last] = WATERMARK
        return Page(name, self.cells, self.keys)


def extra_page(role: str, name: str, extra: Extra) -> Page:
    """A made-up sheet of one of the kinds beside the core."""
    return _PAGES[role](name, extra)


def _half_months(as_of: date, months: int) -> list[tuple[int, int, str]]:
    """(year, month, mid or end) of the months up to the one of the date, its end not yet reached."""
    first = as_of.year * 12 + as_of.month - months
    return [((first + n) // 12, (first + n) % 12 + 1, half) for n in range(months) for half in ("mid", "end")]


def _iclos(name: str, extra: Extra) -> Page:
    halves = _half_months(extra.as_of, 14)
    chance = stream(extra.seed, extra.words.year, "iclos")
    late = extra.shape.name >= "FY25"
    people = "Aliens" if late else "Individuals"
    kinds = (
        f"Adult Facility {people}",
        "FSC Facility Individuals",
        "Single Adults with a Positive Fear Determination Still in Custody",
    )
    idle = halves[-1]  # the end of the running month is printed as zeros
    counts = {
        (kind, half): [
            0 if half == idle else chance.randint(low, high)
            for low, high in ((900, 20_000), (90, 900), (20, 300), (0, 60))
        ]
        for kind in kinds
        for half in halves
    }
    sheet = _Sheet("iclos")
    heads = ("", *(f"{year}-{month:02d}-{half}" for year, month, half in halves))
    sheet.line(0, "Average In Custody Length of Stay (ICLOS)")
    _three_headers(sheet, 3, halves)
    for row, kind in enumerate((*kinds, "Total"), 6):
        stays = [0 if half == idle else round(chance.uniform(20, 90), 6) for half in halves]
        sheet.line(row, kind, *stays, key=(kind,), heads=heads)
    sheet.block = "iclos_detainees"
    sheet.line(12, "Detainees")
    _three_headers(sheet, 15, halves)
    bands = ("0-180 Days", "181-365 Days", "366-730 Days", "More than 730 Days")
    row = 18
    for kind in (*kinds, "Total"):
        sheet.line(row, kind)
        chosen = kinds if kind == "Total" else (kind,)
        sums = {half: [sum(counts[one, half][n] for one in chosen) for n in range(4)] for half in halves}
        for place, band in enumerate(bands, 1):
            sheet.line(row + place, band, *(sums[half][place - 1] for half in halves), key=(kind, band), heads=heads)
        sheet.line(row + 5, "Total", *(sum(sums[half]) for half in halves), key=(kind, "Total"), heads=heads)
        row += 6
    return sheet.page(name)


def _three_headers(sheet: _Sheet, row: int, halves: list[tuple[int, int, str]]) -> None:
    years: list[Value] = [year if n == 0 or halves[n - 1][0] != year else None for n, (year, _, _) in enumerate(halves)]
    months: list[Value] = [MONTHS[month - 1] if half == "mid" else None for _, month, half in halves]
    sheet.line(row, "Population ", *years)
    sheet.line(row + 1, None, *months)
    sheet.line(row + 2, None, *(f"{half} " for _, _, half in halves))


def _bond(name: str, extra: Extra) -> Page:
    chance = stream(extra.seed, extra.words.year, "bond")
    outs = extra.shape.name >= "FY24"
    word, short = ("Book Outs", "Book Outs/Releases") if outs else ("Releases", "Releases")
    first = extra.as_of.year * 12 + extra.as_of.month - 13
    months = [date((first + n) // 12, (first + n) % 12 + 1, 1) for n in range(13)]
    heads = ("", *(f"{month:%Y-%m}" for month in months))
    sheet = _Sheet("bond")
    sheet.line(0, extra.words.fill(f"FY{{y4}} Bonded Out {word} Count and ALOS - Prior 12 months plus Current Month"))
    sheet.line(2, None, *months)
    whole = [chance.randint(4_000, 9_000) for _ in months]
    bonds = [chance.randint(200, 900) for _ in months]
    lines: list[tuple[str, list[Value]]] = [
        (extra.words.fill(f"Total {{A}} Final {word}"), [*whole]),
        (extra.words.fill(f"{{A}} Final {word} with Bond Posted"), [*bonds]),
        (f"Bond Posted {short} (%)", [round(b / w, 6) for b, w in zip(bonds, whole, strict=True)]),
        ("Average Bond Amount ($)", [round(chance.uniform(4_000, 9_000), 2) for _ in months]),
        ("ALOS (Days)", [round(chance.uniform(20, 70), 4) for _ in months]),
    ]
    for row, (label, values) in enumerate(lines, 3):
        sheet.line(row, label, *values, key=(label,), heads=heads)
    return sheet.page(name)


def _semiannual(name: str, extra: Extra) -> Page:
    chance = stream(extra.seed, extra.words.year, "semiannual")
    alien = "Alien" if extra.shape.people == "Aliens" else "Noncitizen"
    years = [f"FY{year}" for year in range(2018, max(extra.words.year, 2020))]
    sheet = _Sheet("semiannual_groups")
    row = 2
    groups = (f"United States Armed Forces {alien}", "United States Citizen", "Parents of USC")
    for group in groups:
        for event in ("Arrests", "Bookins", "Removals"):
            plural = "s" if group.endswith("Citizen") and event != "Arrests" else ""
            sheet.line(row, f"{group}{plural} {event} {years[0]} - {years[-1]}")
            sheet.line(row + 1, "Fiscal Year", event)
            for step, year in enumerate(years, 2):
                sheet.line(row + step, year, chance.randint(11, 900), key=(group, event, year), heads=("", event))
            row += len(years) + 3
    sheet.block = "semiannual_tps"
    for event in ("Arrests", "Bookins", "Removals"):
        sheet.line(row, f"Temporary Protected Status Countries {event} {years[0]} - {years[-1]}")
        sheet.line(row + 1, "Citizenship Country", *years)
        for step, country in enumerate(("Country AA", "Country BB", "Country CC"), 2):
            values = [chance.randint(11, 5_000) for _ in years]
            sheet.line(row + step, country, *values, key=(country, event), heads=("", *years))
        row += 6
    return sheet.page(name)


def _transgender(name: str, extra: Extra) -> Page:
    chance = stream(extra.seed, extra.words.year, "trans")
    held = [chance.randint(11, 30) for _ in AREAS]
    whole, ordered = sum(held), held[0] // 2
    day = f"{extra.as_of.month}/{extra.as_of.day}/{extra.as_of.year}"
    sheet = _Sheet("transgender")
    sheet.line(2, extra.words.fill(f"{{A}} Transgender* Detainee Population FY {{y4}} YTD:  as of {day}"))
    sheet.line(3, extra.words.fill("FY {y4} YTD"), "Count")
    lines = [
        ("Total Book-Ins ", whole * 5),
        ("Currently Detained Total", whole),
        ("Currently Detained with Final Order", ordered),
        ("Currently Detained without Final Order", whole - ordered),
        ("Currently Detained Location/Area of Responsibility Total", whole),
        *((f"{area} Area of Responsibility", count) for area, count in zip(AREAS, held, strict=True)),
    ]
    for row, (label, count) in enumerate(lines, 4):
        sheet.line(row, label, count, key=(label,), heads=("", "Count"))
    sheet.line(4 + len(lines), "* Data are based on an individual's self-identification as transgender.")
    return sheet.page(name)


REASONS = (
    "Disciplinary",
    "Facility Security Threat",
    "Medical/Mental Health",
    "Pending Investigation of Disciplinary Violation",
    "Protective Custody",
)


def _vulnerable(name: str, extra: Extra) -> Page:
    chance = stream(extra.seed, extra.words.year, "vulnerable")
    heads = (
        "Placement Reason",
        "Number of Placements",
        "Average Number of Consecutive Days in Segregation",
        "Average Number of Cumulative Days in Segregation",
    )
    sheet = _Sheet("vulnerable_segregation")
    sheet.line(0, "Definition for Vulnerable and Special Populations")
    row = 4
    last = 4 if extra.as_of.month == 9 else max(1, ((extra.as_of.month - 10) % 12) // 3)
    ends = [(extra.words.year - 1, quarter) for quarter in (2, 3, 4)]
    for year, quarter in (*ends, *((extra.words.year, quarter) for quarter in range(1, last + 1))):
        sheet.line(row, f"Fiscal Year (FY) {year} Quarter {quarter} Data")
        sheet.line(row + 1, *heads)
        placed = [chance.randint(11, 200) for _ in REASONS]
        for step, (reason, count) in enumerate((*zip(REASONS, placed, strict=True), ("Grand Total", sum(placed))), 2):
            days = round(chance.uniform(5, 60), 4)
            key = (f"{year}Q{quarter}", reason)
            sheet.line(row + step, reason, count, days, round(days * 1.5, 4), key=key, heads=heads)
        sheet.line(row + 9, f"*Data represents {sum(placed) - 5} unique detainees.")
        row += 11
    return sheet.page(name)


def _segregation(name: str, extra: Extra) -> Page:
    chance = stream(extra.seed, extra.words.year, "segregation")
    sheet = _Sheet("segregation_facility_month")
    row = 2
    first = extra.as_of.year * 12 + extra.as_of.month - 5
    for month in reversed(range(first, first + 4)):
        title = f"{MONTHS[month % 12]} {month // 12}"
        sheet.line(row, title)
        sheet.line(row + 1, "Facilities", "Placement Count")
        placed = [chance.randint(11, 140) for _ in FACILITIES]
        for step, (facility, count) in enumerate(
            (*zip(FACILITIES, placed, strict=True), ("Grand Total", sum(placed))), 2
        ):
            sheet.line(row + step, facility, count, key=(title, facility), heads=("Facilities", "Placement Count"))
        row += len(FACILITIES) + 5
    return sheet.page(name)


_PAGES: Mapping[str, Callable[[str, Extra], Page]] = MappingProxyType(
    {
        "iclos": _iclos,
        "bond": _bond,
        "semiannual": _semiannual,
        "trans": _transgender,
        "vulnerable": _vulnerable,
        "segregation": _segregation,
    }
)
