"""Questions to measures: what somebody asks, of which release, and which numbers units have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.assessing import Bench
from tallystick.measures.unit_measure import Measurebook
from tallystick.policies.facts import View
from tallystick.policies.offenses import Offenses
from tallystick.policies.policy import Policy
from tallystick.records.opening import DAY
from tallystick.records.populating import FacilityKinds

OUTSIDE = "outside every tier"
STAY_ENDS = ("stay.how", "stay.starts", "stay.ends_least", "stay.ends_most")


@dataclass(frozen=True)
class Length:
    """A number that units have: its two ends in SQL, and the columns they are read from.

    CLOSES stands for the last second of the closing date: what ended by then ended no later.
    """

    least: str
    most: str
    reads: tuple[str, ...]


def day_of(moment: str) -> str:
    """The day of a moment in seconds, in SQL."""
    return f"cast(floor(({moment}) / {float(DAY)}) as bigint)"


def _between(start: str, end: str) -> str:
    return f"{day_of(end)} - {day_of(start)}"


LENGTHS = {
    "custody_days": Length(
        _between('"stay.starts"', 'coalesce("stay.ends_least", CLOSES)'),
        _between('"stay.starts"', 'coalesce("stay.ends_most", CLOSES)'),
        STAY_ENDS,
    ),
    "moves": Length('"stay.moves"', '"stay.moves"', ("stay.moves",)),
    "days_to_arrest": Length(day_of('"arr|seconds"'), day_of('"arr|seconds"'), ("link.arr",)),
}


@dataclass(frozen=True)
class Question:
    """What somebody asks of a measure.

    Attributes:
        place: kind of place to tell apart ('' for the nation alone).
        by: dimensions to tell apart.
        period: release, day, month, quarter, fiscal_year, year or era.
        since: first day; '' for the first that the release covers.
        until: last day; '' for the closing date.
        person: count person keys instead of records.
        policy: for measures of tiers.
        view: agency or world, for facts and policies.
    """

    place: str = ""
    by: tuple[str, ...] = ()
    period: str = "release"
    since: str = ""
    until: str = ""
    person: bool = False
    policy: Policy | None = None
    view: View = "agency"

    @property
    def in_window(self) -> bool:
        """Whether somebody chose the days: two windows that differ by a few days would show what lies between them."""
        return bool(self.since or self.until)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells two questions to one release apart."""
        return replace(self, policy=None), self.policy.id if self.policy else ""


@dataclass(frozen=True)
class Counts:
    """One meaning of the numerator of a measure, and how its cells are called."""

    variant: str
    title: str
    tier: str = ""


@dataclass(frozen=True)
class Desk:
    """What questions about one release need: its units, the measures, offenses, kinds of facilities.

    `holding` gives the releases that hold a column of a table.
    """

    bench: Bench
    book: Measurebook
    offenses: Offenses
    kinds: FacilityKinds
    release_set: str
    holding: Callable[[str, str], list[str]] = field(default=lambda _table, _column: [])
    people: dict[object, dict[tuple[str, ...], int]] = field(default_factory=dict)  # what was counted once already
    counted: dict[object, Any] = field(default_factory=dict)  # measures counted together, until somebody asks
    parts: dict[object, Any] = field(default_factory=dict)  # cells of measures that others are made of


def holding(releases: Mapping[str, set[tuple[str, str]]]) -> Callable[[str, str], list[str]]:
    """A function (table, column) -> releases that hold it, from what each holds."""

    def find(table: str, column: str) -> list[str]:
        base = column.removesuffix("_class").removesuffix("_state")
        return [name for name, held in releases.items() if {(table, column), (table, base)} & held]

    return find
