"""From stints to stays, under a named rule; refused where a release is known to be corrupt.

A stay that goes on at the closing date stays open; one whose end nobody can know has two ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.records.acting import filled
from tallystick.records.deduplicating import kept_rows
from tallystick.records.opening import Opened
from tallystick.records.rules import DuplicateRule, StayRule
from tallystick.terms.errors import cannot

FIRST = ("facility", "book_in_criminality", "book_in_aor")
LAST = ("facility", "stint_release_reason", "gender", "birth_year", "citizenship_country", "departure_country")


@dataclass(frozen=True)
class StayCount:
    """What became of stints: how many stays, of what kind, and which stints belong to none."""

    stints: int
    stays: int
    stints_in_none: int
    going_on: int
    unknown_end: int
    with_gaps: int
    with_overlaps: int
    ends_before_start: int
    goes_on_and_returns: int
    without_moment: int
    people: int


def refuse_without_stays(opened: Opened) -> None:
    """Refuse to make stays where the release says that they cannot be made.

    Raises:
        TallystickError: TS181 with the reason.
    """
    reason = opened.release.table("stints").no_stays
    if reason:
        raise cannot(
            "TS181",
            f"No stays can be made from {opened.release.id}: {reason}.",
            why="Length of stay, population and links would rest on moments that did not happen.",
            fix="Use another release for these days; tallystick get --list shows them.",
        )


def make_spans(opened: Opened, rule: DuplicateRule, spoken: str, name: str = "spans") -> str:
    """Make a table with from when to when each stint lasted that counts under a duplicate rule."""
    opened.ask(f"create or replace view stints_kept as {kept_rows('stints', rule, spoken)}", ())
    return opened.make(name, filled("stint_spans", {}, {"stints": "stints_kept"}))


def make_stays(opened: Opened, rule: StayRule, spans: str = "spans", name: str = "stays") -> str:
    """Make a table with one row for each stay, and ``<name>_told`` with the stay of each stint.

    Raises:
        TallystickError: TS181 where the release is known to be corrupt.
    """
    refuse_without_stays(opened)
    gap = {"gap": rule.gap_seconds} if rule.act == "stays_by_gap" else {}
    told = opened.make(f"{name}_told", filled(rule.act, gap, {"spans": spans}))
    return opened.make(name, filled("stays", {"closes_at": opened.closes_at}, {"spans": spans, "told": told}))


def most_stays(opened: Opened, rule: StayRule, spans: str = "spans") -> int:
    """How many stays there are if every stint whose end nobody knows ended as early as it can have."""
    early = f"select * replace (case how when 'open' then ends_most else ends_least end as ends_most) from \"{spans}\""
    opened.ask(f"create or replace view early_spans as {early}", ())
    told = filled(rule.act, {"gap": rule.gap_seconds}, {"spans": "early_spans"})
    return int(opened.one(f"select count(distinct stay) from ({told})")[0])


def stay_rows(name: str) -> str:
    """Stays with what their first and last stints say of them, as a query."""
    first = ", ".join(f'first_stint."{column}" as first_{column}' for column in FIRST)
    last = ", ".join(f'last_stint."{column}" as last_{column}' for column in LAST)
    return (
        f'select stays.*, {first}, {last}, longest.facility as longest_facility from "{name}" as stays '
        "left join stints_rows as first_stint on first_stint.record = stays.first_record "
        "left join stints_rows as last_stint on last_stint.record = stays.last_record "
        "left join stints_rows as longest on longest.record = stays.longest_record"
    )


def count_stays(opened: Opened, spans: str = "spans", name: str = "stays") -> StayCount:
    """What became of the stints."""
    stints, unclear = opened.one(f"select count(*), count(*) filter (how = 'unknown') from \"{spans}\"")
    inverted, without = opened.one(
        "select count(*) filter (moment_out < moment), count(*) filter (moment is null) from stints_kept"
    )
    none = opened.one(f'select count(*) from "{name}_told" where stay is null')[0]
    stays, going_on, unknown, gaps, overlaps, people = opened.one(
        "select count(*), count(*) filter (how = 'open'), count(*) filter (how = 'unknown'), "
        "count(*) filter (gap_seconds > 0), count(*) filter (overlapping > 0), count(distinct person_key) "
        f'from "{name}"'
    )
    return StayCount(
        stints + without, stays, none + without, going_on, unknown, gaps, overlaps, inverted, unclear - inverted,
        without, people,
    )  # fmt: skip
