"""One printed number before it is dated, and one block as found on its sheet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import msgspec

from tallystick.intake.headers import Span
from tallystick.intake.sheets import plain
from tallystick.terms.errors import Fault

FISCAL = re.compile(r"(?<![a-z0-9])(?:eo)?fy ?(\d{4}|\d{2})(?!\d)")


class RawFigure(msgspec.Struct, frozen=True, gc=False):
    """One printed number before it is dated.

    `period` is POINT, YEAR or a month from 0 (October); `span` names the period where it is printed in full.
    """

    block: str
    period: int
    arresting_agency: str | None
    criminality: str | None
    criminality_scheme: str | None
    dims: tuple[tuple[str, str], ...]
    measure: str
    unit: str
    value: float | None
    value_status: str
    is_total: bool
    part_of: str
    label: str
    cell: str
    span: Span | None = None


@dataclass(frozen=True)
class BlockRead:
    """A block as found: where, for which fiscal year by its title, with which figures and problems."""

    block: str
    sheet: str
    title: str
    title_cell: str
    fiscal_year: int | None
    figures: tuple[RawFigure, ...]
    problems: tuple[Fault, ...]
    sound: bool
    through: date | None = None  # the last day its title says it covers


def fiscal_year_in(text: str) -> int | None:
    """The fiscal year a title or sheet name states.

    >>> fiscal_year_in("ICE Removals: FY2026"), fiscal_year_in("Detention EOFY20"), fiscal_year_in("ICE")
    (2026, 2020, None)
    """
    found = FISCAL.search(plain(text))
    if found is None:
        return None
    year = int(found.group(1))
    return year + 2000 if year < 100 else year
