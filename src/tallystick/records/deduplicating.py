"""Which rows tell one thing several times, under a named rule, and how many things there are then.

No row is deleted: each keeps the number of the row that speaks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.records.opening import Opened
from tallystick.records.rules import DAY, DuplicateRule, step_sql


@dataclass(frozen=True)
class Counted:
    """How many a table holds under one rule.

    Attributes:
        rows: rows of the table.
        counted: as the rule's authors count, rows without a key as they treat them.
        lower: if every row without a key repeats another one.
        upper: if none of them does.
        marked: rows that stand in a group of two or more.
        without_key: rows without a person key.
        people: person keys among the rows that count.
    """

    rows: int
    counted: int
    lower: int
    upper: int
    marked: int
    without_key: int
    people: int


def speaking(opened: Opened, table: str, rule: DuplicateRule, name: str = "") -> str:
    """Make a table (record, episode) in which every row of `table` names the row that speaks for it.

    Args:
        opened: the release.
        table: the table.
        rule: the rule.
        name: how to call it; ``<table>_spoken`` without.

    Returns:
        The name of the table that was made.
    """
    name = name or f"{table}_spoken"
    opened.make(name, f"select record, record as episode from {table}_rows")
    columns = opened.compared(table) if any("*" in step.same for step in rule.steps) else ()
    for step in rule.steps:
        left = f'(select rows.* from {table}_rows as rows where rows.record in (select episode from "{name}"))'
        opened.ask(f"create or replace view step_rows as {left}", ())
        opened.make("step_done", step_sql(step, columns, "step_rows"))
        # the view reads the table that is replaced here, so the new one is made beside it first
        opened.make(
            "step_new",
            f'select old.record, step_done.episode from "{name}" as old '
            "inner join step_done on step_done.record = old.episode",
        )
        opened.ask("drop view step_rows", ())
        opened.drop(name)
        opened.ask(f'alter table step_new rename to "{name}"', ())
        opened.drop("step_done")
    return name


def kept_rows(table: str, rule: DuplicateRule, spoken: str) -> str:
    """The rows of a table that count under a rule, as a query."""
    if not rule.drops or not rule.steps:
        return f"select * from {table}_rows"
    keyed = " and rows.person_key is not null" if rule.rows_without_key == "left_out" else ""
    return (
        f'select rows.* from {table}_rows as rows inner join "{spoken}" as spoken '
        f"on spoken.record = rows.record and spoken.episode = spoken.record{keyed}"
    )


def counts(opened: Opened, table: str, rule: DuplicateRule, spoken: str) -> Counted:
    """How many there are under a rule, with both ends of what rows without a key leave open."""
    rows, keyed, unkeyed_rows, every, marked, people = opened.one(
        "select count(*), count(*) filter (rows.person_key is not null and spoken.episode = spoken.record), "
        "count(*) filter (rows.person_key is null), "
        "count(*) filter (spoken.episode = spoken.record), "
        f'count(*) filter (spoken.episode in (select episode from "{spoken}" group by 1 having count(*) > 1)), '
        "count(distinct rows.person_key) "
        f'from {table}_rows as rows inner join "{spoken}" as spoken on spoken.record = rows.record'
    )
    if not rule.drops or not rule.steps:
        return Counted(rows, rows, rows, rows, marked, unkeyed_rows, people)
    counted = keyed if rule.rows_without_key == "left_out" else every
    lower = max(keyed - _bridged(opened, table, rule, spoken, unkeyed_rows), min(people, keyed))
    return Counted(rows, counted, lower, keyed + unkeyed_rows, marked, unkeyed_rows, people)


def _bridged(opened: Opened, table: str, rule: DuplicateRule, spoken: str, unkeyed: int) -> int:
    """How many episodes rows without a key could join with the one after them, at most.

    A row that fell between two arrests of one person could make one chain of them; longer times between
    take several such rows. The shortest are counted first.
    """
    chain = next((step for step in rule.steps if step.act == "episodes"), None)
    if chain is None or not unkeyed:
        return 0
    if chain.follows[0].by != "moment":
        return unkeyed  # in another order than that of time, a row could join any two
    needs = (
        "select greatest(1, cast(ceil((starts - ended) / "
        f"{float(max(chain.within_seconds, DAY))}) as bigint) - 1) as need from ("
        "select starts, lag(ends) over (partition by person_key order by starts, ends) as ended from ("
        "select person_key, min(moment) as starts, max(moment) as ends "
        f'from {table}_rows as rows inner join "{spoken}" as spoken on spoken.record = rows.record '
        "where person_key is not null and moment is not null group by person_key, spoken.episode)) "
        "where ended is not null"
    )
    found = opened.one(
        "select count(*) from (select sum(need) over (order by need rows unbounded preceding) as so_far "
        f"from ({needs})) "
        f"where so_far <= {unkeyed}"
    )
    return int(found[0])
