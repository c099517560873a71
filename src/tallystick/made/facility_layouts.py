"""The seven layouts of the Facilities sheet and the months in which each was printed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from tallystick.made.figures import MONTHS


@dataclass(frozen=True)
class FacilityLayout:
    """Where a Facilities sheet puts its lines (rows from 1) and which inspection columns it has."""

    header_row: int
    band_row: int  # 0 where no band row stands above the header
    source_row: int
    source_words: str
    inspections: tuple[str, ...]


_LAST = ("Last Inspection Type", "Last Inspection Standard", "Last Inspection Rating - Final")
_SECOND = "Second to Last Inspection "
_ODO = (_LAST[0], "ODO Inspection End Date", "ODO Last Inspection Standard", "ODO Final Rating")
_NAKAMOTO = (
    "Last Nakamoto Inspection Standard",
    "Last Nakamoto Inspection Rating - Final",
    "Last Nakamoto Inspection Date",
    "Second to Last Nakamoto Inspection Type",
    "Second to Last Nakamoto Inspection Standard",
    "Second to Last Nakamoto Inspection Date",
)
_RATED = (*_LAST, "Last Inspection Date", *(_SECOND + w for w in ("Type", "Standard", "Rating")))
INSPECTION_COLUMNS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: (*_RATED, _SECOND + "Date"),
        2: (*_RATED[:-1], _SECOND + "Date"),
        3: (*_ODO, *_NAKAMOTO),
        4: (_LAST[0], "ODO Final Report Date", *_ODO[2:], *_NAKAMOTO),
        5: _ODO,
        6: (
            _LAST[0],
            "Last Inspection End Date",
            "Pending FY{y2} Inspection",
            _LAST[1],
            "Last Final Rating",
        ),
        7: (_LAST[0], "Last Inspection End Date", _LAST[1], "Last Final Rating"),
    }
)
_OLD, _NEW = "Source: ", "Data Source: "
# (shape, months in which it was seen, or "" for the rest, variant, header, band, source, words)
_FACILITY_ROWS: tuple[tuple[str, str, int, int, int, int, str], ...] = (
    ("FY19", "", 1, 7, 5, 6, _OLD),
    ("FY20", "", 1, 7, 5, 6, _OLD),
    ("FY21", "", 1, 7, 5, 6, _OLD),
    ("FY22", "Oct Nov Dec Jan", 1, 7, 5, 6, _OLD),
    ("FY22", "", 2, 7, 5, 6, _OLD),
    ("FY23", "Oct Nov Dec Jan", 2, 7, 5, 6, _OLD),
    ("FY23", "Jul", 4, 8, 5, 6, _OLD),
    ("FY23", "Sep", 3, 6, 4, 5, _NEW),
    ("FY23", "", 3, 7, 5, 6, _OLD),
    ("FY24", "Oct Nov", 5, 6, 4, 5, _NEW),
    ("FY24", "Mar", 5, 4, 0, 3, _NEW),
    ("FY24", "Dec Jan Feb Apr", 5, 7, 5, 6, _NEW),
    ("FY24", "Aug", 6, 6, 4, 5, _NEW),
    ("FY24", "", 6, 7, 5, 6, _NEW),
    ("FY25", "", 6, 7, 5, 6, _NEW),
    ("FY26", "Oct Nov", 7, 7, 5, 6, _NEW),
    ("FY26", "", 7, 10, 9, 5, _NEW),
)


def facility_layout(name: str, as_of: date) -> FacilityLayout:
    """The Facilities layout printed by a shape in the month of the as-of date."""
    month = MONTHS[(as_of.month + 2) % 12]
    for shape, months, variant, header, band, source, words in _FACILITY_ROWS:
        if shape == name and (not months or month in months.split()):
            return FacilityLayout(header, band, source, words, INSPECTION_COLUMNS[variant])
    raise ValueError(f"shape {name!r} has no Facilities layout.")
