"""Rows of two tables that belong together, under a named rule, within one release and never on a blank key.

Every row of the left table is kept. One that is linked to nothing says why: nothing was seen in its window,
or its window reaches beyond the release, or it carries no key or no moment. None of these says that nothing
happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.records.acting import filled
from tallystick.records.opening import DAY, Opened
from tallystick.records.rules import LinkRule

STATES = ("linked", "none_seen", "window_open", "goes_on", "no_time", "no_key")


@dataclass(frozen=True)
class LinkCount:
    """What a link rule finds.

    Attributes:
        left: rows of the left table.
        right: rows of the right table.
        pairs: pairs.
        states: state -> rows of the left table in it; they add up to `left`.
        right_linked: rows of the right table in some pair.
        right_without_key: rows of the right table that no rule can link.
        most_for_one: how many right rows the left row with the most has (fan-out).
        negative: pairs in which the right row comes before the left one.
        lower: left rows that are linked, at least.
        upper: left rows that could be, if everything nobody can tell were so.
        people: person keys among the left rows.
        reach: right rows that one left row without a key could take from others, at most; 0 where none is taken.
    """

    left: int
    right: int
    pairs: int
    states: dict[str, int]
    right_linked: int
    right_without_key: int
    most_for_one: int
    negative: int
    lower: int
    upper: int
    people: int
    reach: int = 0


def side_sql(rule: LinkRule, side: str, source: str) -> str:
    """One side of a link: (record, person_key, moment, also, goes_on) from a table of rows or of stays."""
    table = rule.left if side == "left" else rule.right
    when = rule.left_moment if side == "left" else rule.right_moment
    is_stay = table == "stays"
    ended = "case when how = 'ended' then ends_most end"  # what ended nobody knows when is linked to nothing by its end
    moment = (ended if when == "ends" else "starts") if is_stay else "moment"
    if rule.unit == "days":
        moment = f"cast(floor({moment} / {float(DAY)}) as bigint) * {DAY}"
    also = " || '|' || ".join(f'"{_named(name, is_stay=is_stay)}"' for name in rule.also) or "''"  # checked to be names
    goes_on = "how = 'open'" if is_stay and when == "ends" else "false"
    number = "stay" if is_stay else "record"
    return (
        f"select {number} as record, person_key, {moment} as moment, {also} as also, {goes_on} as goes_on "
        f'from "{source}"'
    )


def _named(column: str, *, is_stay: bool) -> str:
    return f"last_{column}" if is_stay else column


def make_links(opened: Opened, rule: LinkRule, left: str, right: str, name: str = "links") -> str:
    """Make a table (left_record, right_record, seconds, state) with every row of the left table.

    Args:
        opened: the release.
        rule: the rule.
        left: table or view of the left rows (of stays with what their stints say, where stays are linked).
        right: likewise.
        name: how to call what is made.
    """
    opened.make("left_rows", side_sql(rule, "left", left))
    opened.make("right_rows", side_sql(rule, "right", right))
    pairs = filled(
        "links",
        {
            "least": rule.earliest,
            "most": rule.latest,
            "prefers": rule.prefers,
            "each_right_once": rule.each_right_once,
            "each_left_once": rule.each_left_once,
        },
    )
    opened.make("pairs", pairs)
    window = {
        "least": rule.earliest, "most": rule.latest, "opens_at": opened.opens_at, "closes_at": opened.closes_at,
    }  # fmt: skip
    return opened.make(name, filled("link_states", window))


def count_links(opened: Opened, rule: LinkRule, name: str = "links", more_unlinkable: int = 0) -> LinkCount:
    """What was found, while the two sides still stand.

    Args:
        opened: the release.
        rule: the rule.
        name: the table of links.
        more_unlinkable: what could stand on the right side and does not (stints that belong to no stay).
    """
    left, people = opened.one("select count(*), count(distinct person_key) from left_rows")
    right, unkeyed = opened.one(
        "select count(*), count(*) filter (person_key is null or moment is null) from right_rows"
    )
    pairs, right_linked, negative = opened.one(
        f'select count(right_record), count(distinct right_record), count(*) filter (seconds < 0) from "{name}"'
    )
    most = opened.one(
        f'select coalesce(max(n), 0) from (select count(right_record) as n from "{name}" group by left_record)'
    )[0]
    states = {
        str(state): int(many)
        for state, many in opened.ask(
            f'select state, count(distinct left_record) from "{name}" group by 1 order by 1', ()
        )
    }
    unkeyed += more_unlinkable
    linked = states.get("linked", 0)
    silent = left - linked - states.get("none_seen", 0)
    upper = linked + silent + min(states.get("none_seen", 0), unkeyed)
    without_key, reach = states.get("no_key", 0), _within_reach(opened, rule)
    lower = max(linked - without_key * (reach - 1), 0)
    return LinkCount(
        left, right, pairs, {state: states.get(state, 0) for state in STATES}, right_linked, unkeyed, most, negative,
        lower, upper, people, reach if rule.each_right_once else 0,
    )  # fmt: skip


def _within_reach(opened: Opened, rule: LinkRule) -> int:
    """How many right rows of one person a left row can reach at most.

    Where each right row goes with one left row, a left row without a key, if it were that person's, could take all of
    them from others and keep one.
    """
    return int(opened.one(_reach_sql(rule))[0]) if rule.each_right_once else 1


def _reach_sql(rule: LinkRule) -> str:
    reach = "unbounded following"
    if rule.latest is not None and rule.earliest is not None:
        reach = f"{rule.latest - rule.earliest} following"
    return (
        "select coalesce(max(near), 1) from (select count(*) over (partition by person_key order by moment "
        f"range between current row and {reach}) as near from right_rows where person_key is not null "
        "and moment is not null)"
    )


def loose_sql(rule: LinkRule) -> str:
    """The query for what `count_links` says of rows that no rule can link, while the two sides still stand.

    Its columns: `loose` right rows, `takers` (left rows without a key), `reach` of each of them; see `LinkCount`.
    """
    loose = "select count(*) filter (person_key is null or moment is null) from right_rows"
    if rule.right == "stays":  # stints that belong to no stay
        nowhere = "(select count(*) from stays_told where stay is null)"
        loose = f"select ({loose}) + {nowhere} + (select count(*) from stints_kept where moment is null)"
    takers = "select count(distinct left_record) from links where state = 'no_key'"
    reach = _reach_sql(rule) if rule.each_right_once else "select 0"
    return f"select ({loose}) as loose, ({takers}) as takers, ({reach}) as reach"
