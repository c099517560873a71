"""What rules and codes say of the units of a release, answered once for all that are alike.

Rules are evaluated once for each distinct profile of the fields they read, tests of offense codes once for each code.
Nothing of this is ever written to a file: no table joins a tier to a person or a row outside memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tallystick.measures.conditions import code_column, code_test
from tallystick.measures.unit_measure import Condition
from tallystick.policies.bounds import Evaluator, Rule
from tallystick.policies.offenses import Offenses, Rung
from tallystick.policies.profiles import masked, profiles_in_engine, suffixes_of
from tallystick.policies.regions import Regions
from tallystick.records.opening import Opened


def lay_truths(
    opened: Opened,
    evaluator: Evaluator,
    regions: Regions,
    unit: str,
    fields: Sequence[str],
    states: Iterable[str],
    rules: Mapping[str, Rule],
) -> dict[str, str]:
    """Make the table ``truths``: each distinct profile of ``unit_source`` with the answer to every rule.

    Args:
        opened: the release.
        evaluator: of rules, under the view asked for.
        regions: the fields with their tests.
        unit: what is looked at.
        fields: the fields to look at, in order.
        states: the columns of a profile; in ``unit_source`` they are called ``state|<name>``.
        rules: name -> rule.

    Returns:
        Name of a rule -> the column in which its answer stands; null where it is open.
    """
    quoted = ", ".join(f'"{name}"' for name in states)
    told = ", ".join(f'"state|{name}" as "{name}"' for name in states)
    opened.make(
        "profiles",
        f"select {quoted}, count(*) as records, row_number() over (order by {quoted}) as profile "
        f"from (select {told} from unit_source) group by {quoted}",
    )
    columns = {name: f"t{number}" for number, name in enumerate(rules)}
    for number, (name, rule) in enumerate(rules.items()):
        _lay_truth(opened, evaluator, regions, unit, fields, rule, (number, columns[name]))
    joined = " ".join(f"left join truth_{number} using (profile)" for number in range(len(rules)))
    opened.make("truths", f"select {quoted}, {', '.join(columns.values())} from profiles {joined}")
    return columns


def _lay_truth(
    opened: Opened,
    evaluator: Evaluator,
    regions: Regions,
    unit: str,
    fields: Sequence[str],
    rule: Rule,
    place: tuple[int, str],
) -> None:
    bits = evaluator.fields(rule)
    profiles = profiles_in_engine(unit, fields, "profiles", opened.ask)
    columns = [(f"{one}{suffix}", bits[one]) for one in bits for suffix in suffixes_of(regions.known.fields[one])]
    with_event = any(regions.asks_event(one) for one in bits)
    answers: list[tuple[int | bool | None, ...]] = []
    for row, (_, states) in zip(profiles.ask(columns, with_event), profiles.states(regions, bits), strict=True):
        low, high = evaluator.ends(rule, states)
        answers.append((*row[:-1], low if low == high else None))
    keys = [f"k{number}" for number in range(len(columns) + 1)]
    typed = ", ".join(f"{key} bigint" for key in keys)
    opened.ask(f"create or replace table answers ({typed}, answer boolean)", ())
    for start in range(0, len(answers), 1000):
        rows = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in answers[start : start + 1000])
        opened.ask(f"insert into answers values {rows}", ())
    asked = zip(masked(columns, with_event=with_event), keys, strict=True)
    same = " and ".join(f"({expression}) is not distinct from answers.{key}" for expression, key in asked)
    number, name = place
    opened.make(f"truth_{number}", f"select profile, answer as {name} from profiles left join answers on {same}")


def _literal(value: int | bool | None) -> str:
    return "null" if value is None else str(int(value)) if not isinstance(value, bool) else str(value).lower()


def lay_codes(opened: Opened, offenses: Offenses, conditions: Iterable[Condition]) -> list[str]:
    """Answer every test of offense codes once for each code; the joins that bring the answers."""
    asked: dict[str, dict[str, Condition]] = {}
    for condition in conditions:
        if code_test(condition):
            asked.setdefault(condition.column, {})[code_test(condition)] = condition
    joins = []
    for place, (column, tests) in enumerate(asked.items()):
        answers = ", ".join(
            f'{_says_of_code(offenses, condition)} as "{code_column(column, test)}"'
            for test, condition in tests.items()
        )
        codes = f'select distinct "{column}" as code from unit_source where "{column}" is not null'
        opened.make(f"codes_{place}", f"select code, {answers} from ({codes})")
        joins.append(f'left join codes_{place} on codes_{place}.code = source."{column}"')
    return joins


def _says_of_code(known: Offenses, condition: Condition) -> str:
    """Whether a code stands high enough, or is counted by a reading, in SQL; null where the code leaves it open.

    See `Ladder.ends` and `Reading.ends`.
    """
    if condition.reading:
        reading = known.readings[condition.reading]
        counts = f"{_starts(reading.codes)} and not {_starts(reading.but)}"
        counts += " and regexp_full_match(code, '[0-9]+')" if reading.digits_only else ""
        return f"case when {counts} then true when {_starts(reading.may)} then null else false end"
    ends = ", ".join(_text(end) for end in known.ladder.free_text)
    is_free = f"substring(code, 3) in ({ends})"
    if condition.rung_from:
        order = [rung.id for rung in known.ladder.rungs]
        wanted = order.index(condition.rung_from)
        below, above = (_on_any(rungs, is_free) for rungs in (known.ladder.rungs[:wanted], known.ladder.rungs[wanted:]))
        return f"case when {above} and {below} then null when {above} then true when {below} then false end"
    # a free-text code could be any member of its family
    families = sorted({code[:2] for code in condition.family})
    may = f"{is_free} and {_starts(families)}"
    return f"case when {_starts(condition.family)} then true when {may} then null else false end"


def _on_any(rungs: Sequence[Rung], is_free: str) -> str:
    """Whether a code stands, or could stand, on any of some rungs."""
    if not rungs:
        return "false"
    own = " or ".join(f"({_starts(rung.codes)} and not {_starts(rung.but)})" for rung in rungs)
    families = sorted({code[:2] for rung in rungs for code in rung.codes})
    return f"(case when {is_free} then {_starts(families)} else {own} end)"


def _starts(codes: Iterable[str]) -> str:
    tests = " or ".join(f"starts_with(code, {_text(code)})" for code in codes)
    return f"({tests})" if tests else "false"


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
