"""Bounds against every completion, by an evaluator of its own; and the whole way through the engine."""

from __future__ import annotations

import os
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from tallystick.policies.assessment import Assessor, fields_of, rules_of
from tallystick.policies.bounds import Evaluator, Rule
from tallystick.policies.facts import knowledge
from tallystick.policies.policy import lawbook
from tallystick.policies.profiles import alias_of, columns_of, profile_sql, profiles_in_engine, profiles_of_rows
from tallystick.policies.regions import Regions
from tallystick.terms.definitions import Shelf
from tests.policies import by_hand

SEEDS = range(int(os.environ.get("TALLYSTICK_SEEDS", "5")))
BOOK = lawbook(Shelf())
KNOWN = knowledge(Shelf())
REGIONS = Regions(KNOWN)
TIERS = [(policy.id, tier.id) for policy in BOOK.policies.values() for tier in policy.tiers]
MOST_WORLDS = 3000


def invented(random: Random, rule: Rule, event: date, *, known: float) -> dict[str, list[Any]]:
    """A record of which some fields are known."""
    names = sorted({name for fact in rule.facts for name in by_hand.read_by(KNOWN.facts[fact], "agency")})
    record: dict[str, list[Any]] = {}
    for name in names:
        if random.random() < known:
            values = by_hand.candidates(KNOWN, name, event)
            record[name] = [random.choice([value for value in values if value is not None] or values)]
    return record


def states(record: dict[str, list[Any]], event: date) -> dict[str, frozenset[int]]:
    found = {"event": frozenset((REGIONS.event_region(event),))}
    for name, values in record.items():
        found[name] = frozenset(REGIONS.region(name, value, event) for value in values)
    return found


@pytest.mark.parametrize("view", ["agency", "world"])
@pytest.mark.parametrize(("policy", "tier"), TIERS, ids=[f"{policy} {tier}" for policy, tier in TIERS])
def test_bounds_are_the_least_and_the_most_over_all_completions(policy: str, tier: str, view: Any) -> None:
    evaluator = Evaluator(REGIONS, view)
    strict = BOOK.policies[policy].tier(tier).rule
    core = rules_of(BOOK.policies[policy], evaluator).get(f"{tier} core")
    tried = 0
    for seed in SEEDS:
        random = Random(f"{seed} {policy} {tier}")
        for rule in filter(None, (strict, core)):
            for _ in range(12):
                event = date(2013, 1, 1) + timedelta(days=random.randrange(4500))
                record = invented(random, rule, event, known=random.choice((0.6, 0.8, 1.0)))
                worlds = len(
                    list(
                        zip(by_hand.completions(KNOWN, rule, record, event, view), range(MOST_WORLDS + 1), strict=False)
                    )
                )
                if worlds > MOST_WORLDS or len(rule.facts) > 12:
                    continue
                tried += 1
                assert by_hand.ends(KNOWN, rule, record, event, view) == evaluator.ends(rule, states(record, event)), (
                    record
                )
    assert tried, "no record was small enough to try"


@pytest.mark.parametrize("fact", sorted(KNOWN.facts))
def test_a_fact_alone_has_the_ends_of_its_completions(fact: str) -> None:
    for view in ("agency", "world"):
        evaluator = Evaluator(REGIONS, view)
        rule = Rule.of(fact)
        for seed in SEEDS:
            random = Random(f"{seed} {fact}")
            event = date(2013, 1, 1) + timedelta(days=random.randrange(4500))
            record = invented(random, rule, event, known=0.7)
            if (
                len(list(zip(by_hand.completions(KNOWN, rule, record, event, view), range(20_001), strict=False)))
                <= 20_000
            ):
                assert by_hand.ends(KNOWN, rule, record, event, view) == evaluator.ends(rule, states(record, event))


# the whole way: rows on the engine, profiles, counts


COLUMNS = {name: field for name, field in KNOWN.fields.items() if name != "event.day" and not name.startswith("rca.")}


def laid(engine: Any, rows: list[dict[str, list[Any]]], events: list[date]) -> None:
    """Rows as the joined source of a unit holds them."""
    columns: dict[str, str] = {}
    for field in COLUMNS.values():
        kinds = dict(KNOWN.book.tables[field.table].stored)
        for column in [part.column for part in field.parts] or [field.column]:
            columns[f"{alias_of(field)}.{column}"] = kinds[column]
            columns[f"{alias_of(field)}.{column}__why"] = "VARCHAR"
    engine.execute(
        "create table unit_source (event date, person_key bigint, "
        + ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        + ")"
    )
    for number, (row, event) in enumerate(zip(rows, events, strict=True)):
        values: dict[str, Any] = {"event": event, "person_key": number}
        for name, (value,) in row.items():
            field = COLUMNS[name]
            column = field.parts[0].column if field.parts else field.column
            is_birth = field.kind == "birth_year"
            values[f"{alias_of(field)}.{column}"] = event.year - int(value) if is_birth else value
            values[f"{alias_of(field)}.{column}__why"] = "recorded"
        names = ", ".join(f'"{name}"' for name in values)
        engine.execute(
            f"insert into unit_source ({names}) values ({', '.join('?' for _ in values)})", list(values.values())
        )


MOST_UNKNOWN = 12  # cells of a table that nobody knows
WITH_TIERS = [policy.id for policy in BOOK.policies.values() if policy.tiers]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", WITH_TIERS)
def test_the_engine_and_plain_python_count_alike(name: str, seed: int) -> None:
    """Every tier of every policy, strict and core: a small table with up to twelve unknown cells."""
    from tallystick import store

    random = Random(f"{seed} {name}")
    policy = BOOK.policies[name]
    evaluator = Evaluator(REGIONS, "agency")
    rules = {one: rule for one, rule in rules_of(policy, evaluator).items() if one != "scope"}
    every = [one for one in fields_of(rules.values(), evaluator) if KNOWN.fields[one].kind != "number"]
    events = [date(2014, 6, 1) + timedelta(days=random.randrange(4000)) for _ in range(8)]
    rows = []
    for event in events:
        row = {}
        for rule in rules.values():
            row |= {one: value for one, value in invented(random, rule, event, known=1.0).items() if one in every}
        rows.append({one: value for one, value in row.items() if one in COLUMNS})
    for _ in range(MOST_UNKNOWN):
        row = random.choice(rows)
        if row:
            row.pop(random.choice(sorted(row)))
    with store.engine() as engine:
        laid(engine, rows, events)
        aliases = {alias_of(field) for field in COLUMNS.values()}
        query = profile_sql(REGIONS, every, aliases, "unit_source", home="", view="agency", hindsight=True)
        rows_of_profiles = engine.execute(query).fetchall()
        engine.execute(f"create table profiles as {query}")
        in_engine = profiles_in_engine("arrests", every, "profiles", lambda text, _: engine.execute(text).fetchall())
        counted = {one: Assessor(in_engine, evaluator).counts(rule) for one, rule in rules.items()}
    profiles = profiles_of_rows("arrests", every, columns_of(REGIONS, every), rows_of_profiles)
    assert len(events) == profiles.records == in_engine.records
    tried = 0
    for one, rule in rules.items():
        assert counted[one] == Assessor(profiles, evaluator).counts(rule)
        found = [_by_hand(rule, row, event) for row, event in zip(rows, events, strict=True)]
        if None not in found:
            tried += 1
            low, high = (sum(bool(ends and ends[end]) for ends in found) for end in (0, 1))
            assert (low, high, len(events)) == (counted[one].least, counted[one].most, counted[one].records), one
    assert tried, "every table was too large to try"


def _by_hand(rule: Rule, row: dict[str, list[Any]], event: date) -> tuple[bool, bool] | None:
    known: dict[str, list[Any]] = {"event.day": [event]}
    for one, (value,) in row.items():
        known[one] = [max(value - 1, 0), value] if KNOWN.fields[one].kind == "birth_year" else [value]
    worlds = zip(by_hand.completions(KNOWN, rule, known, event, "agency"), range(20_001), strict=False)
    if sum(1 for _ in worlds) > 20_000:
        return None
    return by_hand.ends(KNOWN, rule, known, event, "agency")
