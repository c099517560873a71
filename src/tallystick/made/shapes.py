"""How the agency laid its workbooks out in each fiscal year, as facts without figures.

Texts hold four blanks to fill: {A} the agency, {P} its partner, {y4} and {y2} the fiscal year.
"""

from dataclasses import dataclass, replace
from datetime import date

from tallystick.made.figures import APRIL_SEVENTH

SHAPE_NAMES = ("FY19", "FY20", "FY21", "FY22", "FY23", "FY24", "FY25", "FY26")
Reasons = tuple[tuple[str, float], ...]  # release reasons with their relative frequency
RELEASE_REASONS: Reasons = (
    ("Bond Set by {A}", 4.0),
    ("Bond Set by IJ", 7.0),
    ("Order of Recognizance", 20.0),
    ("Order of Supervision", 6.0),
    ("Paroled", 9.0),
)
BOOK_OUT_REASONS: Reasons = (
    *RELEASE_REASONS,
    ("Proceedings Terminated", 2.0),
    ("Release to Remove", 60.0),
    ("Relief Granted by IJ", 2.0),
    ("Transfer to U.S. Marshals or other agency", 3.0),
    ("Transferred", 2.0),
    ("Other", 0.5),
)
BONDS = ("Bond Set by {A}", "Bond Set by IJ")


@dataclass(frozen=True)
class Tops:
    """Row numbers (from 1) of the block titles of a Detention sheet; 0 for a block not printed."""

    exits: int = 36
    adp: int = 66
    alos: int = 83
    adp_type: int = 100
    alos_type: int = 106
    alos_adult: int = 112
    parole_requested: int = 0
    parole_status: int = 0
    stateless: int = 0


@dataclass(frozen=True)
class Shape:
    """One era of the workbook: sheets, titles, row order and block positions."""

    name: str
    sheets: tuple[tuple[str, str], ...]  # (role, sheet name); a role ending in _hidden is hidden
    tops: Tops = Tops()
    family: str = "FRC"  # label of the family facility row and column; "" where there is none
    family_from: int | None = 0  # day of the fiscal year when family detention begins
    suffix: str = ": FY{y4}"  # what follows most block titles
    heading: str = "{A} DETENTION DATA, FY{y4}"
    heading_row: int = 3
    disposition_title: str = "{A} Currently Detained by Processing Disposition and Detention Facility Type: "
    criminality_suffix: str = ""
    agency_first: bool = False  # order of the two agencies in the book-ins block
    agency_bookins: str = "{A}  "
    adult_first: bool = False  # order of the two facility types in book-ins by criminality
    exits_word: str = "Final Releases"
    exits_type_title: str = "{A} Final Releases by Facility Type{suffix}"
    exits_by_month: bool = True
    reasons: Reasons = RELEASE_REASONS
    supervision: str = "Order of Supervision"
    removals_header: tuple[str, str, str] = ("", "", "Removals")
    removals_row: str = "Removals with a FRC Detention"
    two_way: bool = False  # ADP split Convicted / Non-Criminal
    adp_groups: tuple[str, str, str] = ("{P} Average", "{A} Average  ", "Average ")
    fear_left: int = 12  # column (from 0) of the fear-decision head count; 0 where not printed
    people: str = "Aliens"
    parole_years: int = 3
    dashes: bool = False  # '-' instead of 0 in the family column of the disposition block

    @property
    def reason_names(self) -> tuple[str, ...]:
        """The release reasons without their frequencies."""
        return tuple(name for name, _ in self.reasons)


def shape_for(name: str, as_of: date) -> Shape:
    """The layout of a fiscal year: FY25 changes in April; January of FY26 hides old sheets."""
    if name not in SHAPE_NAMES:
        raise ValueError(f"shape {name!r} is not one of {', '.join(SHAPE_NAMES)}.")
    if name == "FY26" and as_of.month == 1:
        return _FY26_JANUARY
    if name == "FY25" and as_of.month in {4, 5, 6, 7, 8, 9}:
        return _FY25_LATE
    return _SHAPES[name]


def shape_before(name: str) -> str:
    """The shape of the fiscal year before; FY19 stands for all earlier years."""
    return SHAPE_NAMES[max(0, SHAPE_NAMES.index(name) - 1)]


_CORE = ("header", "Header")
_NOTES = ("footnotes", "Footnotes")
_ICLOS, _BOND = ("iclos", " ICLOS and Detainees"), ("bond", "Monthly Bond Statistics")
_HALF, _VULNERABLE = ("semiannual", "Semiannual"), ("vulnerable", "Vulnerable & Special Population")
_HIDDEN = (("detention_hidden", "Detention EOFY2020"), ("footnotes_hidden", "Footnotes_DEL"))
_ANNUAL_REASONS = (*RELEASE_REASONS, ("Prosecutorial Discretion", 0.5))
_NO_FAMILY = Tops(35, 89, 106, 123, 128, 133, 139, 145, 156)

_FY19 = Shape(
    name="FY19",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2}"),
        ("detention", "Detention FY{y2}"),
        ("facilities", "Facilities FY{y2}"),
        _NOTES,
    ),
    tops=Tops(36, 51, 65, 82, 90, 0),
    suffix=": FY{y4} ",
    heading="{A} DETENTION DATA, FY{y2}",
    heading_row=4,
    disposition_title="{A} Currently Detained by Processing Disposition and Facility Type ",
    agency_first=True,
    agency_bookins="{A} ",
    exits_by_month=False,
    reasons=_ANNUAL_REASONS,
    supervision="Order of supervision",
    removals_row="Removals with an FRC Detention",
    two_way=True,
    adp_groups=("{P} Average", "{A} Average", "Average"),
    fear_left=0,
)
_FY20 = replace(
    _FY19,
    name="FY20",
    sheets=(
        _CORE,
        ("atd", "ATD EOFY{y4}"),
        ("detention", "Detention EOFY{y4}"),
        ("facilities", "Facilities EOFY{y4}"),
        _NOTES,
    ),
    tops=Tops(36, 49, 66, 83, 91, 0),
    suffix=": EOFY{y4}",
    heading="{A} DETENTION DATA, EOFY{y4}",
    heading_row=3,
    disposition_title=Shape.disposition_title,
    agency_first=False,
    agency_bookins="{A}  ",
    adult_first=True,
    two_way=False,
    adp_groups=Shape.adp_groups,
    fear_left=12,
)
_FY21 = Shape(
    name="FY21",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2} YTD"),
        ("detention", "Detention FY{y2} YTD"),
        _ICLOS,
        ("facilities", "Facilities FY{y2} YTD"),
        ("trans", "Trans. Detainee Pop. FY{y2} YTD "),
        _NOTES,
    ),
    suffix=": FY{y4} YTD",
    heading="{A} DETENTION DATA, FY{y2} YTD",
)
_FY22 = Shape(
    name="FY22",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2} YTD"),
        ("detention", "Detention FY{y2}"),
        _HIDDEN[0],
        _ICLOS,
        _BOND,
        _HALF,
        ("facilities", "Facilities FY{y2}"),
        ("trans", "Trans. Detainee Pop. FY{y2} YTD "),
        _VULNERABLE,
        _NOTES,
        _HIDDEN[1],
    ),
    tops=Tops(parole_requested=118, parole_status=123),
    family="FSC",
    removals_row="Removals with a FSC Detention",
    people="Noncitizens",
    parole_years=2,
    dashes=True,
)
_FY23 = replace(
    _FY22,
    name="FY23",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2} YTD "),
        ("detention", "Detention FY{y2}"),
        _ICLOS,
        _BOND,
        _HALF,
        ("facilities", "Facilities FY{y2}"),
        ("trans", "Trans. Detainee Pop. FY{y2}"),
        _VULNERABLE,
        _NOTES,
    ),
    tops=Tops(parole_requested=118, parole_status=124),
    parole_years=3,
    dashes=False,
)
_FY24 = Shape(
    name="FY24",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2} YTD"),
        ("atd_before", "ATD EOFY{y2_before} "),
        ("detention", "Detention FY{y2}"),
        _ICLOS,
        _BOND,
        _HALF,
        ("facilities", "Facilities FY{y2}"),
        ("trans", "Trans. Detainee Pop."),
        _VULNERABLE,
        ("segregation", "Monthly Segregation"),
        _NOTES,
    ),
    tops=_NO_FAMILY,
    family="",
    family_from=None,
    disposition_title="{A} Currently Detained by Processing Disposition: FY{y4}",
    criminality_suffix=": FY{y4}",
    exits_word="Final Book Outs",
    exits_type_title="{A} Final Book Outs {suffix}",
    reasons=BOOK_OUT_REASONS,
    removals_header=("Removals", "", "Total"),
    removals_row="Removals with a FAMU Identifier",
    people="Noncitizens",
)
_FY25 = replace(
    _FY24,
    name="FY25",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2} YTD"),
        ("detention", "Detention FY{y2}"),
        _ICLOS,
        _HALF,
        _BOND,
        ("facilities", "Facilities FY{y2}"),
        ("segregation", "Monthly Segregation"),
        _VULNERABLE,
        _NOTES,
    ),
    people="Aliens",
)
_FY25_LATE = replace(
    _FY25,
    tops=Tops(36, 90, 107, 124, 130, 136, 142, 148, 159),
    family="FSC",
    family_from=APRIL_SEVENTH,
    disposition_title=("{A} Currently Detained by Processing Disposition and Detention Facility Type: FY{y4}"),
    exits_type_title="{A} Final Book Outs by Facility Type{suffix}",
    fear_left=13,
)
_FY26 = replace(
    _FY25_LATE,
    name="FY26",
    sheets=(
        _CORE,
        ("atd", "ATD FY{y2} YTD"),
        ("detention", "Detention FY{y2}"),
        _ICLOS,
        _HALF,
        _BOND,
        ("facilities", "Facilities FY{y2}"),
        ("segregation", "FY{y2} Monthly Segregation"),
        _VULNERABLE,
        _NOTES,
    ),
    family_from=0,
)
_FY26_JANUARY = replace(_FY26, sheets=(*_FY26.sheets[:3], *_HIDDEN, *_FY26.sheets[3:]))
_SHAPES = {s.name: s for s in (_FY19, _FY20, _FY21, _FY22, _FY23, _FY24, _FY25, _FY26)}
