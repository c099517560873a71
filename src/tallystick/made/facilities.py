"""A made-up facility list whose averages fall a little short of the national average."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tallystick.made.blocks import Value, Words
from tallystick.made.facility_layouts import FacilityLayout
from tallystick.made.figures import CONVICTED, Figures, apportion, days_so_far, stream

BANDS = {
    0: "Facility Information",
    8: "Facility Average Length of Stay",
    9: "FY{y2} ADP: Detainee Classification Level",
    13: "FY{y2} ADP: Criminality",
    17: "FY{y2} ADP: {A} Threat Level",
    21: "FY{y2} ADP: Mandatory",
    22: "Contract Facility Inspections Information",
}
COLUMNS = (
    *("Name", "Address", "City", "State", "Zip", "AOR", "Type Detailed", "Male/Female"),
    "FY{y2} ALOS",
    *("Level A", "Level B", "Level C", "Level D"),
    *("Male Crim", "Male Non-Crim", "Female Crim", "Female Non-Crim"),
    *("{A} Threat Level 1", "{A} Threat Level 2", "{A} Threat Level 3", "No {A} Threat Level"),
    *("Mandatory", "Guaranteed Minimum"),
)
FIRST_NUMBER, MANDATORY = 8, 21  # column positions from 0
AREAS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
TYPES = ("DIGSA", "IGSA", "CDF", "SPC", "USMS IGA", "STAGING")
LIST_NOTES: Mapping[str, tuple[str, ...]] = {
    "FY22": ("[1] (MADEU01) MADE-UP FACILITY 001 houses single adults and no longer families.",),
    "FY23": (
        "[1] (MADEU01) MADE-UP FACILITY 001 houses single adults and no longer families.",
        "*ODO inspections are conducted on a semi-annual basis.",
    ),
    "FY24": ("(*) Denotes no inspection completed as of the date of the report.",),
}


@dataclass(frozen=True)
class FacilityRow:
    """One facility as printed: texts first, then averages, then inspections."""

    name: str
    values: tuple[Value, ...]


def facility_date(as_of: date) -> date:
    """The day the facility list was drawn: two days before the as-of date, within the year."""
    drawn = as_of - timedelta(days=2)
    return as_of if sum(days_so_far(drawn)) > sum(days_so_far(as_of)) else drawn


def facility_rows(
    figures: Figures, layout: FacilityLayout, words: Words, *, seed: int, scale: float = 1.0
) -> tuple[FacilityRow, ...]:
    """Facilities whose man-days make up 96 to 99 per cent of the nation's, times a scale."""
    rng = stream(seed, "facilities")
    names = [f"MADE-UP FACILITY {i:03d}" for i in range(1, rng.randint(40, 60) + 1)]
    share = rng.uniform(0.965, 0.985)
    days = sum(days_so_far(facility_date(figures.as_of)))
    national = sum(map(sum, figures.mandays.values())) / figures.elapsed
    weights = [rng.lognormvariate(0.0, 1.2) for _ in names]
    known = [sum(months) for (_, crime), months in figures.mandays.items() if crime == CONVICTED]
    convicted = sum(known) / sum(map(sum, figures.mandays.values()))
    mandays = apportion(round(national * days * share * scale), weights)
    return tuple(
        _row(name, n, days, convicted, layout=layout, words=words, rng=stream(seed, "facility", name))
        for name, n in zip(names, mandays, strict=True)
    )


def _row(
    name: str, mandays: int, days: int, convicted: float, *, layout: FacilityLayout, words: Words, rng: Random
) -> FacilityRow:
    number = int(name[-3:])
    sex = rng.choice(("Male", "Female/Male", "Female/Male", "Female"))
    zip_code: Value = f"00{number:03d}" if words.year >= 2026 else float(900 + number)
    texts = (name, f"{number} MADE-UP ROAD", "NOWHERE", "ZZ", zip_code, AREAS[number % 6])
    stay = round(rng.uniform(3, 70), 6)
    by_sex = _by_sex(mandays, sex, convicted * rng.uniform(0.98, 1.02), rng)
    marked = by_sex[0] + by_sex[2]  # whoever has a threat level is marked criminal, as until fiscal year 2021
    counts = [
        *apportion(mandays, [w * rng.uniform(0.5, 1.5) for w in (6, 2, 1.2, 0.8)]),
        *by_sex,
        *apportion(marked, [w * rng.uniform(0.5, 1.5) for w in (1, 0.6, 0.8)]),
        mandays - marked,
        int(mandays * rng.uniform(0.4, 0.9)),
    ]
    averages = tuple(round(n / days, 6) for n in counts)
    minimum = rng.choice((None, None, "N/A", "*", float(rng.randrange(20, 400, 10))))
    checks = tuple(_inspection(column, rng, words) for column in layout.inspections)
    kind = rng.choice(TYPES)
    return FacilityRow(name, (*texts, kind, sex, stay, *averages, minimum, *checks))


def _by_sex(mandays: int, sex: str, crime: float, rng: Random) -> tuple[int, ...]:
    men = {"Male": 1.0, "Female": 0.0}.get(sex, rng.uniform(0.6, 0.95))
    return apportion(mandays, (men * crime, men * (1 - crime), (1 - men) * crime, (1 - men) * (1 - crime)))


def _inspection(column: str, rng: Random, words: Words) -> Value:
    seen = date(words.year - 1, 10, 1) - timedelta(days=rng.randint(1, 300))
    if column.startswith("Pending"):
        return rng.choice((None, "Scheduled", "Scheduled "))
    if column.endswith("Date"):
        as_text = column in {"Last Inspection Date", "Last Nakamoto Inspection Date"}
        return f"{seen.month}/{seen.day}/{seen.year}" if as_text else seen
    if column.endswith("Type"):
        return "Regular" if "Nakamoto" in column or words.year < 2023 else "ODO"
    if column.endswith("Standard"):
        return rng.choice(("PBNDS 2011", "NDS 2019", "PBNDS 2011 - 2016 Revisions"))
    return rng.choice(("Pass", "Pass", "N/A")) if "Final Rating" in column else "Meets Standard"
