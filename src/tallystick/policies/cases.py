"""One invented case under a written rule, in words: what each condition says, because of which field, and what is open.

A case is typed by hand, field by field. No file is read, and nothing here looks at a record: it explains the rule,
not a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tallystick.policies.assessment import stipulated
from tallystick.policies.bounds import Evaluator, Rule
from tallystick.policies.facts import Fact, Field, Knowledge, Test
from tallystick.policies.policy import Case, Policy, Tier
from tallystick.policies.regions import EVENT, Regions
from tallystick.terms.definitions import Strict, unknown_name
from tallystick.terms.errors import cannot

Result = Literal["true", "false", "unknown"]
SAID = {"true": True, "false": False}


class FactCase(Strict, frozen=True, kw_only=True):
    """One invented case of a fact: fields with values, and what the fact must say."""

    fact: str
    expect: Result
    title: str
    event: str
    fields: dict[str, str | bool | int | float] = {}
    view: Literal["agency", "world"] = "agency"


class FactCases(Strict, frozen=True, kw_only=True):
    """``us-ice/fact-cases/<family>.toml``."""

    cases: tuple[FactCase, ...]


@dataclass(frozen=True)
class Condition:
    """One condition of a tier in a case: what it is, what it says, and why."""

    fact: str
    text: str
    result: Result
    because: str


@dataclass(frozen=True)
class Explained:
    """One tier in a case."""

    tier: str
    title: str
    result: Result
    how: str
    conditions: tuple[Condition, ...]
    exception: str


def result_of(low: bool, high: bool) -> Result:  # two ends, as they come
    """Two ends as one word.

    >>> result_of(False, True)
    'unknown'
    """
    return "true" if low else "unknown" if high else "false"


def said_by(case: Case, tier: Tier) -> Result:
    """What a tier says of a case whose conditions are stipulated."""
    words = {name: case.facts.get(name, case.otherwise) for name in tier.rule.facts}
    found = stipulated(tier.rule, {name: SAID[word] for name, word in words.items() if word != "unknown"})
    return result_of(found, found) if isinstance(found, bool) else "unknown"


def typed(known: Knowledge, name: str, text: str | bool | float) -> object:
    """A value of a field as typed by a person.

    Raises:
        TallystickError: TS186 for an unknown field, TS187 for a value the field cannot hold.
    """
    if name not in known.fields:
        raise unknown_name("TS186", "field", name, known.fields, "tallystick policy show POLICY")
    field = known.fields[name]
    words = str(text).strip()
    try:
        return _typed(known, field, words)
    except ValueError as error:
        raise cannot("TS187", f"{name} cannot be '{words[:40]}': {error}.", fix=f"It is a {field.kind}.") from None


def _typed(known: Knowledge, field: Field, words: str) -> object:
    if field.kind == "yes_no":
        if words.lower() not in ("yes", "no", "true", "false"):
            raise ValueError("it takes yes or no")
        return words.lower() in ("yes", "true")
    if field.kind == "day":
        return date.fromisoformat(words)
    if field.kind in ("number", "birth_year"):
        return float(words)
    listed = known.values(field) if field.kind == "word" else ()
    if listed and words not in listed:
        raise ValueError(f"it holds one of {', '.join(listed)}")
    return words


def states_of_case(regions: Regions, values: Mapping[str, object], event: date) -> dict[str, frozenset[int]]:
    """The regions of the fields of a case; a year of birth leaves two ages open."""
    states = {EVENT: frozenset((regions.event_region(event),))}
    if "event.day" in regions.known.fields:
        states["event.day"] = frozenset((regions.region("event.day", event, event),))
    for name, value in values.items():
        ages = [value]
        if regions.known.fields[name].kind == "birth_year":
            years = event.year - int(float(str(value)))
            ages = [max(years - 1, 0), years]
        states[name] = frozenset(regions.region(name, one, event) for one in ages)
    return states


def explained(policy: Policy, evaluator: Evaluator, values: Mapping[str, object], event: date) -> list[Explained]:
    """Each tier of a policy in one invented case.

    Args:
        policy: the policy.
        evaluator: the view under which the case is looked at.
        values: field -> value, as `typed` gives them.
        event: the day of the event.
    """
    states = states_of_case(evaluator.regions, values, event)
    found = []
    for tier in policy.tiers:
        conditions = tuple(_condition(evaluator, name, values, states, event) for name in tier.rule.facts)
        how = "any of these conditions suffices" if tier.any else "all of these conditions are needed"
        result = result_of(*evaluator.ends(tier.rule, states))
        found.append(Explained(tier.id, tier.title, result, how, conditions, tier.exception))
    return found


def _condition(
    evaluator: Evaluator,
    name: str,
    values: Mapping[str, object],
    states: Mapping[str, frozenset[int]],
    event: date,
) -> Condition:
    fact = evaluator.known.facts[name]
    result = result_of(*evaluator.ends(Rule.of(name), states))
    return Condition(name, fact.text, result, _because(evaluator, fact, result, values, event))


def _because(evaluator: Evaluator, fact: Fact, result: Result, values: Mapping[str, object], event: date) -> str:
    known = evaluator.known
    if result == "unknown":
        return _open(known, fact)
    tests = fact.true_when if result == "true" else fact.false_when
    for test in tests:
        if (evaluator.view == "agency" or not test.view) and all(
            _passes(evaluator, part, values, event) for part in test.parts
        ):
            said = " and ".join(_said(known, part, values, event) for part in test.parts)
            why = next((part.why for part in (test, *test.parts) if part.why), "")
            return said + (f" ({why})" if why else "")
    return "whatever the fields that are not named hold"


def _passes(evaluator: Evaluator, part: Test, values: Mapping[str, object], event: date) -> bool:
    from tallystick.policies.facts import atom_of

    states = states_of_case(evaluator.regions, values, event)
    place = evaluator.regions.places[atom_of(part)]
    state = states.get(part.field, frozenset())
    return bool(state) and all(region >> place & 1 for region in state)


def _said(known: Knowledge, part: Test, values: Mapping[str, object], event: date) -> str:
    field = known.fields[part.field]
    value = values.get(part.field, event if part.field == "event.day" else None)
    word = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    return f"{field.title} is {word}"


def _open(known: Knowledge, fact: Fact) -> str:
    if fact.judgment:
        return "no field of any release records it: only whoever decided could tell"
    fields = dict.fromkeys(part.field for test in (*fact.true_when, *fact.false_when) for part in test.parts)
    if not fields:
        hints = ", ".join(known.fields[hint.field].title for hint in fact.hints)
        return (
            f"no field proves or refutes it; {hints} goes along with it" if hints else "no field proves or refutes it"
        )
    return f"it could be told from {', '.join(known.fields[name].title for name in fields)}"


def conditions_of(known: Knowledge, tier: Tier) -> Sequence[tuple[Fact, str, tuple[str, ...]]]:
    """(fact, decidability, fields that can decide it) for every condition of a tier."""
    found = []
    for name in tier.rule.facts:
        fact = known.facts[name]
        fields = dict.fromkeys(part.field for test in (*fact.true_when, *fact.false_when) for part in test.parts)
        found.append((fact, known.decidability(fact), tuple(fields)))
    return found
