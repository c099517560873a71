"""How many people were held on each day, from who came and who left; both ends where the records leave it open.

Counted at midnight (whoever is there when the day ends) and at any time of the day. Spans of one person that
touch or overlap are joined first, so that nobody is counted twice in one place at one moment. A stint without a
person key could repeat another one: the lower end leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tallystick.records.acting import filled
from tallystick.records.opening import DAY, Opened, seconds_of
from tallystick.terms.definitions import Shelf, Strict

FAR = 10**15  # a moment after all others, in seconds
BY = {
    "nation": "'US'",
    "facility": "coalesce(spans.facility, 'unknown')",
    "area": "coalesce(rows.\"book_in_aor\", 'unknown')",
    "sex": "coalesce(rows.\"gender\", 'unknown')",
    "criminality": "coalesce(rows.\"book_in_criminality\", 'unknown')",
    "facility_kind": "coalesce(kinds.kind, 'unknown')",
}
STOCKS = ("midnight", "any_time")  # only grow with later ends, so both ends are bounds
FLOWS = ("came", "gone")  # do not: they are told for ends as early, and as late, as they can be
COLUMNS = (*((column, "least", "most") for column in STOCKS), *((column, "early", "late") for column in FLOWS))


class FacilityKind(Strict, frozen=True, kw_only=True):
    """One kind of facility, told by words in its name."""

    id: str
    title: str
    words: tuple[str, ...]
    named: bool = True  # whether its facilities may be named where places are told apart


class FacilityKinds(Strict, frozen=True, kw_only=True):
    """``us-ice/records/facility-kinds.toml``."""

    kinds: tuple[FacilityKind, ...]

    def kind_of(self, name: str) -> str:
        """The kind of a facility by its name; ``other`` where no word tells.

        >>> FacilityKinds(kinds=(FacilityKind(id="hotel", title="", words=(" inn ",)),)).kind_of("Example Inn")
        'hotel'
        """
        text = f" {name.lower()} "
        return next((kind.id for kind in self.kinds if any(word in text for word in kind.words)), "other")


def facility_kinds(shelf: Shelf, agency: str = "us-ice") -> FacilityKinds:
    """The kinds of facilities of an agency."""
    return shelf.read(f"{agency}/records/facility-kinds.toml", FacilityKinds)


@dataclass(frozen=True)
class Residual:
    """Whether the population adds up: days and parts on which stock differs from stock before + in - out."""

    days: int
    broken: int


def lay_kinds(opened: Opened, kinds: FacilityKinds) -> None:
    """Make the table of facilities with their kinds."""
    names = opened.ask(
        "select coalesce(detention_facility_code, detention_facility), max(detention_facility) from stints_rows "
        "where detention_facility_code is not null or detention_facility is not null group by 1 order by 1",
        (),
    )
    opened.make("kinds", "select cast(null as varchar) as facility, cast(null as varchar) as kind where false")
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        named = [(str(code), kinds.kind_of(str(name)) if name else "unknown") for code, name in part]
        values = [value for pair in named for value in pair]
        opened.ask(f"insert into kinds values {', '.join('(?, ?)' for _ in part)}", values)


def make_population(opened: Opened, by: Sequence[str] = tuple(BY), name: str = "population") -> str:
    """Make a table of stocks and flows by (dimension, part, day) for every day that the release covers.

    The table ``spans`` must stand, and ``kinds`` where facilities are told apart by kind.
    """
    opened.make("days", _days(opened))
    opened.make(name, "select '' as dimension, '' as part, 0::bigint as day, " + _nothing() + " where false")
    first = seconds_of(_first_day(opened)) // DAY
    opened.make("unsure", "select distinct person_key from spans where how = 'unknown' and person_key is not null")
    for dimension in by:
        opened.make(
            "parts",
            "select part, row_number() over (order by part) as number from "
            f"(select distinct {BY[dimension]} as part from spans {_joined(dimension)})",
        )
        every = _daily(opened, dimension, "every", "ends_most", "")
        # the lower end differs only by those whose stints end nobody knows when, or carry no person key
        is_unsure = "spans.person_key in (select person_key from unsure)"
        most = _daily(opened, dimension, "unsure_most", "ends_most", f"where spans.person_key is null or {is_unsure}")
        least = _daily(opened, dimension, "unsure_least", "ends_least", f"where {is_unsure}")
        columns = ", ".join(
            f"every.{column} - coalesce(most.{column}, 0) + coalesce(least.{column}, 0) as {column}_{early}, "
            f"every.{column} as {column}_{late}"
            for column, early, late in COLUMNS
        )
        opened.ask(
            f"insert into \"{name}\" select '{dimension}', parts.part, every.day, {columns} from {every} as every "
            "inner join parts on parts.number = every.part "
            f"left join {most} as most on most.part = every.part and most.day = every.day "
            f"left join {least} as least on least.part = every.part and least.day = every.day "
            f"where every.day >= {first} order by 2, 3",
            (),
        )
    return name


def _nothing() -> str:
    return ", ".join(f"0::bigint as {column}_{end}" for column, *ends in COLUMNS for end in ends)


def _first_day(opened: Opened) -> date:
    return date.fromisoformat(opened.release.covers_from)


def _days(opened: Opened) -> str:
    first = opened.one("select coalesce(min(starts), 0) from spans")[0] // DAY
    last = opened.closes_at // DAY - 1
    return f"select range as day from range({first}, {last + 1})"


def _daily(opened: Opened, dimension: str, name: str, end: str, kept: str) -> str:
    """The population by the number of each part (numbers are compared faster than names)."""
    held = (
        f"select spans.record, spans.person_key, parts.number as part, spans.starts, spans.{end} as ends "
        f"from spans {_joined(dimension)} inner join parts on parts.part = {BY[dimension]} {kept}"
    )
    opened.ask(f"create or replace view held as {held}", ())
    opened.ask(f"create or replace view presence as {filled('presence', {'far': FAR}, {'spans': 'held'})}", ())
    return opened.make(f"daily_{name}", filled("population", {}))


def _joined(dimension: str) -> str:
    if "rows." in BY[dimension]:
        return "inner join stints_rows as rows on rows.record = spans.record"
    return "left join kinds on kinds.facility = spans.facility" if "kinds." in BY[dimension] else ""


def residual(opened: Opened, name: str = "population") -> Residual:
    """Check for every part and day that the stock is that of the day before, plus who came, less who left."""
    days, broken = opened.one(
        "select count(*), count(*) filter ("
        "midnight_most <> before_most + came_late - gone_late or "
        "midnight_least <> before_least + came_early - gone_early"
        ") from (select *, lag(midnight_most) over past as before_most, lag(midnight_least) over past as before_least "
        f'from "{name}" window past as (partition by dimension, part order by day)) where before_most is not null'
    )
    return Residual(int(days), int(broken))
