"""Faults to plant in the sheets beside the core and in facility lists, each of a kind real workbooks have shown."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from tallystick.made.blocks import Value
from tallystick.made.facilities import FacilityRow
from tallystick.made.pages import Key, Page

TOOL_SUM = "tool_sum"
AREA_SUM = "area_sum"
CUSTODY_SUM = "custody_sum"
SEGREGATION_SUM = "segregation_sum"
VULNERABLE_SUM = "vulnerable_sum"
NEGATIVE_DAYS = "negative_days"
IDLE_MONTHS = "idle_months"
GROUPS_DISAGREE = "groups_disagree"
ROUNDED_LIST = "rounded_list"
LIST_OF_OTHERS = "list_of_others"
OTHER_THREAT_LEVELS = "other_threat_levels"
PASTED_MONITORING = "pasted_monitoring"
SWAPPED_FAMILY = "swapped_family"

PAGE_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        TOOL_SUM: "The total of people by technology is 40 too high.",
        AREA_SUM: "One technology of one area has 25 people more than the area's line allows.",
        CUSTODY_SUM: "The total of adults in custody in one half of a month is 24 too high.",
        SEGREGATION_SUM: "The grand total of one month of placements is 7 too high.",
        VULNERABLE_SUM: "The grand total of one quarter of placements is 9 too high.",
        NEGATIVE_DAYS: "An average length in the program is below zero.",
        IDLE_MONTHS: "Five past months of the bond table are printed as zeros.",
        GROUPS_DISAGREE: "The lowest custody level is 70 % too low in every facility.",
        ROUNDED_LIST: "All averages of the facility list are whole numbers.",
        LIST_OF_OTHERS: "The facility list is 40 % too low although its date is right.",
        OTHER_THREAT_LEVELS: "Half of the people with a threat level are moved to the column without one.",
        PASTED_MONITORING: "The monitoring sheet repeats the numbers of two weeks before under a new date.",
        SWAPPED_FAMILY: "The labels Adult and family are exchanged in the book-ins by facility type.",
    }
)
LEVELS, CRIMINALITY, THREATS, NO_THREAT = range(9, 13), range(13, 17), range(17, 20), 20


def spoil_rows(rows: Sequence[FacilityRow], faults: Collection[str]) -> tuple[FacilityRow, ...]:
    """The facility list with the chosen faults planted."""
    for fault, change in _LISTS.items():
        if fault in faults:
            rows = tuple(replace(row, values=change(row.values)) for row in rows)
    return tuple(rows)


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _low_levels(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return (*values[:9], round(_number(values[9]) * 0.3, 6), *values[10:])


def _rounded(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return (*values[:9], *(float(round(_number(value))) for value in values[9:22]), *values[22:])


def _fewer_threats(values: tuple[Value, ...]) -> tuple[Value, ...]:
    halves = [round(_number(values[column]) / 2, 6) for column in THREATS]
    moved = round(_number(values[NO_THREAT]) + sum(halves), 6)
    kept = [round(_number(values[column]) - half, 6) for column, half in zip(THREATS, halves, strict=True)]
    return (*values[:17], *kept, moved, *values[21:])


_LISTS: Mapping[str, Callable[[tuple[Value, ...]], tuple[Value, ...]]] = MappingProxyType(
    {GROUPS_DISAGREE: _low_levels, ROUNDED_LIST: _rounded, OTHER_THREAT_LEVELS: _fewer_threats}
)


def spoil_page(page: Page, faults: Collection[str]) -> Page:
    """A sheet with the chosen faults planted; sheets without the table in question stay as they are."""
    cells = dict(page.cells)
    for fault, (fits, amount) in _SHIFTS.items():
        key = next((key for key in page.keys if fits(key)), None) if fault in faults else None
        if key is not None:
            cells[page.keys[key]] = _number(cells[page.keys[key]]) + amount
    if NEGATIVE_DAYS in faults:
        for key in [key for key in page.keys if key[0] == "atd_aor_technology" and len(key) == 4][1:2]:
            cells[page.keys[key]] = -0.5
    if IDLE_MONTHS in faults:
        for key, place in page.keys.items():
            if key[0] == "bond" and place[1] in range(2, 7):
                cells[place] = 0
    return replace(page, cells=cells)


def _last(*parts: str) -> Callable[[Key], bool]:
    return lambda key: key[0] == parts[0] and all(part in key for part in parts[1:])


_SHIFTS: Mapping[str, tuple[Callable[[Key], bool], int]] = MappingProxyType(
    {
        TOOL_SUM: (_last("atd_technology", "Total", "Count"), 40),
        AREA_SUM: (
            lambda key: key[0] == "atd_aor_technology" and len(key) == 4 and key[3] == "Count" and key[1] != key[2],
            25,
        ),
        CUSTODY_SUM: (lambda key: key[0] == "iclos_detainees" and key[1].startswith("Adult") and key[2] == "Total", 24),
        SEGREGATION_SUM: (_last("segregation_facility_month", "Grand Total"), 7),
        VULNERABLE_SUM: (_last("vulnerable_segregation", "Grand Total", "Number of Placements"), 9),
    }
)
