"""The SQL of a count, act by act, as it can be run on the Parquet files of a project with DuckDB alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from tallystick.gather import rules_of
from tallystick.measures.record_measure import RecordMeasure
from tallystick.records.acting import filled
from tallystick.records.linking import side_sql
from tallystick.records.opening import rows_sql
from tallystick.records.rules import DuplicateRule, LinkRule, StayRule, rulebook, step_sql
from tallystick.terms.definitions import Shelf, unknown_name


@dataclass(frozen=True)
class Recited:
    """One act with the rule it fills."""

    rule: str
    act: str
    sql: str


def recited(shelf: Shelf, measure: RecordMeasure, rule: str = "") -> list[Recited]:
    """The acts behind a measure, in order, under the default rules or under one other that is named.

    Raises:
        TallystickError: TS180 when no rule that the measure can use is called so.
    """
    book, tables = rulebook(shelf), rules_of(shelf).codebook.tables
    links = book.link_rules(measure.counts) if measure.is_pair else ()
    stays = book.stay_rules if "stays" in measure.counts else ()
    duplicates = [book.duplicate_rules(table) for table in measure.tables]
    every: list[DuplicateRule | StayRule | LinkRule] = [*links, *stays, *chain.from_iterable(duplicates)]
    known = {entry.id for entry in every}
    if rule and rule not in known:
        raise unknown_name("TS180", f"rule for {measure.id}", rule, known, "tallystick measure list --rules")
    found = []
    for own in duplicates:
        chosen = next((entry for entry in own if entry.id == rule), own[0])
        columns = [name for name, _ in tables[chosen.table].stored if name != "person_key"]
        path = f"3-records/RELEASE/{chosen.table}.parquet"
        found.append(Recited(f"{chosen.table} as acts read them", "rows", rows_sql(tables[chosen.table], path) + ";"))
        found += _steps(chosen, columns)
    if stays:
        found += _stays(next((entry for entry in stays if entry.id == rule), stays[0]))
    if links:
        found += _links(next((entry for entry in links if entry.id == rule), links[0]))
    return found


def _steps(rule: DuplicateRule, columns: list[str]) -> list[Recited]:
    return [
        Recited(
            f"{rule.id}, step {number}: {rule.title} (reads {rule.table}_rows, after the steps before)",
            step.act,
            step_sql(step, columns, f"{rule.table}_rows") + ";",
        )
        for number, step in enumerate(rule.steps, start=1)
    ]


def _stays(rule: StayRule) -> list[Recited]:
    gap = {"gap": rule.gap_seconds} if rule.act == "stays_by_gap" else {}
    return [
        Recited("from when to when each stint lasted", "stint_spans", filled("stint_spans", {}) + ";"),
        Recited(f"{rule.id}: {rule.title}", rule.act, filled(rule.act, gap) + ";"),
        Recited(
            "one row for each stay; closes_at is that of the release", "stays", filled("stays", {"closes_at": 0}) + ";"
        ),
    ]


def _stay_sql() -> str:
    return filled("stays", {"closes_at": 0}) + ";"


def _links(rule: LinkRule) -> list[Recited]:
    values = {
        "least": rule.earliest, "most": rule.latest, "prefers": rule.prefers, "each_right_once": rule.each_right_once,
        "each_left_once": rule.each_left_once,
    }  # fmt: skip
    sides = [
        Recited(f"the {side} side", "", side_sql(rule, side, f"{getattr(rule, side)}_kept") + ";")
        for side in ("left", "right")
    ]
    return [*sides, Recited(f"{rule.id}: {rule.title}", "links", filled("links", values) + ";")]
