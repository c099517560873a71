"""Facts and tiers in plain Python over raw values, by trying every completion: shares no code with the compiler.

A record is a dictionary field -> value; a missing field is unknown, None is known to hold no value. An unknown field is
completed over a list of values that covers everything its tests can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

NOTHING = None


def asks(test: Any, value: Any, event: date) -> bool:
    if value is NOTHING:
        return bool(test.absent)
    checks = {
        "is": (bool(test.one_of), lambda: value in test.one_of),
        "yes": (test.yes is not None, lambda: value == test.yes),
        "codes": (bool(test.codes), lambda: any(value[: len(code)] == code for code in test.codes)),
        "but": (bool(test.but), lambda: not any(value[: len(code)] == code for code in test.but)),
        "since": (bool(test.since), lambda: value >= date.fromisoformat(test.since)),
        "until": (bool(test.until), lambda: value <= date.fromisoformat(test.until)),
        "by": (test.by_event, lambda: value <= event),
        "after": (test.after_event, lambda: value > event),
        "least": (test.at_least is not None, lambda: value >= test.at_least),
        "under": (test.under is not None, lambda: value < test.under),
        "age": (test.age_at_least is not None, lambda: value >= test.age_at_least),
        "young": (test.age_under is not None, lambda: value < test.age_under),
    }
    asked = [check() for is_asked, check in checks.values() if is_asked]
    return bool(asked) and all(asked)


def evidence(fact: Any, values: Mapping[str, Any], event: date, view: str) -> tuple[bool, bool]:
    def any_of(tests: Sequence[Any]) -> bool:
        return any(
            all(asks(part, values[part.field], event) for part in (test.all or (test,)))
            for test in tests
            if view == "agency" or not test.view
        )

    return any_of(fact.true_when), any_of(fact.false_when)


def read_by(fact: Any, view: str) -> set[str]:
    tests = [test for test in (*fact.true_when, *fact.false_when) if view == "agency" or not test.view]
    return {part.field for test in tests for part in (test.all or (test,))}


def candidates(known: Any, name: str, event: date) -> list[Any]:
    """Values that cover every way in which the tests of a field can come out."""
    field = known.fields[name]
    tests = [
        part
        for fact in known.facts.values()
        for test in (*fact.true_when, *fact.false_when)
        for part in (test.all or (test,))
        if part.field == name
    ]
    absent: list[Any] = []
    if not field.parts:
        rule = known.book.tables[field.table].column(field.column)
        absent = [NOTHING] if rule.blank in ("not_applicable", "ongoing") else []
    if field.kind == "yes_no":
        return [*absent, True, False]
    if field.kind == "word":
        vocabulary = known.book.vocabularies.get(known.book.tables[field.table].column(field.column).vocabulary)
        words = {word for test in tests for word in test.one_of}
        listed = vocabulary is not None and vocabulary.rule.mode != "open"
        if listed:
            words |= {value for value in vocabulary.values.values() if value}
        return [*absent, *sorted(words), *([] if listed else ["something else"])]
    if field.kind == "code":
        codes = {code for test in tests for code in (*test.codes, *test.but)}
        return [*absent, *sorted({(code + "ZZZZ")[: max(4, len(code))] for code in codes} | codes), "ZZZZ"]
    if field.kind == "day":
        ends = {date.fromisoformat(end) for test in tests for end in (test.since, test.until) if end}
        around = {day + timedelta(days=step) for day in {*ends, event} for step in (-1, 0, 1)}
        return [*absent, *sorted({date(1901, 1, 1), date(2099, 1, 1), *around})]
    numbers = {
        float(end)
        for test in tests
        for end in (test.at_least, test.under, test.age_at_least, test.age_under)
        if end is not None
    }
    return [0.0, *sorted({number + step for number in numbers for step in (-0.5, 0.0, 0.5) if number + step >= 0})]


def formula(rule: Any, truth: Mapping[str, bool]) -> bool:
    if not rule.parts:
        return truth[rule.logic]
    results = [formula(part, truth) for part in rule.parts]
    return any(results) if rule.logic == "any" else all(results)


def completions(
    known: Any, rule: Any, record: Mapping[str, Sequence[Any]], event: date, view: str
) -> Iterator[dict[str, Any]]:
    """Every way in which the unknown fields of a record can come out, one for each different outcome of the tests."""
    fields = sorted({name for fact in rule.facts for name in read_by(known.facts[fact], view)})
    choices = []
    for name in fields:
        values = list(record[name]) if name in record else candidates(known, name, event)
        seen: dict[tuple[bool, ...], Any] = {}
        tests = [
            part
            for fact in rule.facts
            for test in (*known.facts[fact].true_when, *known.facts[fact].false_when)
            for part in (test.all or (test,))
            if part.field == name
        ]
        for value in values:
            seen.setdefault(tuple(asks(test, value, event) for test in tests), value)
        choices.append(list(seen.values()))
    for values in product(*choices):
        yield dict(zip(fields, values, strict=True))


def ends(known: Any, rule: Any, record: Mapping[str, Sequence[Any]], event: date, view: str) -> tuple[bool, bool]:
    """(holds under every completion, holds under some): fields and judgments both completed.

    Args:
        record: field -> the values it can have: one where it is known.
    """
    worlds = list(completions(known, rule, record, event, view))
    found = [{name: evidence(known.facts[name], world, event, view) for name in rule.facts} for world in worlds]
    at_odds = {name for name in rule.facts if all(all(one[name]) for one in found)}
    results = set()
    for one in found:
        if any(all(both) for name, both in one.items() if name not in at_odds):
            continue  # a world in which a fact is proven and refuted does not occur
        free = [name for name, (proven, refuted) in one.items() if name in at_odds or not (proven or refuted)]
        for judged in product((False, True), repeat=len(free)):
            truth = {name: proven for name, (proven, _) in one.items()} | dict(zip(free, judged, strict=True))
            results.add(formula(rule, truth))
    if not results:
        return False, True
    return all(results), any(results)
