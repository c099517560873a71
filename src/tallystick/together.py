"""Measures of one unit under one question, looked at together: the units are laid out and counted once for all.

The table ``looked`` has one row for each unit (and window, where units last): `record`, `person_key`, `number` (of the
window; null where the day is unknown), `least` and `most` (what it weighs), `d0` … (classes told apart), `place`,
`suggested`; for the measure at place k: `m<k>` (belongs to the population) and `x<k>_0`, `x<k>_1` … (has what a variant
counts); and, for a measure by itself, what lengths and curves need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tallystick.asking import Asked
from tallystick.assessing import own_alias
from tallystick.laying import lay_windows
from tallystick.policies.assessment import fields_of
from tallystick.policies.profiles import columns_of, state_columns
from tallystick.policies.regions import Regions
from tallystick.truths import lay_codes, lay_truths

HOME = ("record", "person_key", "moment", "day", "event", "member", "least", "most", "window_number")


def lay(asked: Sequence[Asked]) -> None:
    """Make the table ``looked`` for measures of one unit, one question and one view of hindsight.

    Raises:
        TallystickError: TS181, TS182, TS188.
    """
    first = asked[0]
    opened, layout = first.opened, first.layout
    layout.needs(first.unit)
    rules = {name: rule for one in asked for name, rule in one.rules.items()}
    fields = fields_of(rules.values(), first.evaluator) if rules else ()
    own, read = _columns(asked, ()), _columns(asked, fields)
    there = layout.lay(first.unit, read, first.windows)
    joins, truths = [], {}
    if rules:
        told = _states(first, fields, there)
        _keep(first, own, there, told)
        truths = lay_truths(opened, first.evaluator, first.desk.bench.regions, first.unit.id, fields, told, rules)
        same = " and ".join(f'source."state|{name}" is not distinct from truths."{name}"' for name in told)
        joins.append(f"left join truths on {same}")
    joins += lay_codes(opened, first.desk.offenses, [one for each in asked for one in each.measure.conditions])
    number, where = "0", ""
    if first.lasts:
        number = "source.window_number"
    elif not first.is_whole:
        lay_windows(opened.ask, first.windows)
        joins.append("left join calendar on calendar.day = source.day")
        number, where = "calendar.number", "where calendar.number is not null or source.day is null"
    source = first.source(truths)
    selected = ["source.record", "source.person_key", f"{number} as number", "source.least", "source.most"]
    for place, one in enumerate(asked):
        selected += one.selected(place, source)
    selected += first.apart(joins)
    if len(asked) == 1:
        selected += first.alone(source, joins)
    opened.make(
        "looked",
        f"select {', '.join(selected)} from unit_source as source {' '.join(joins)} {where}",
    )


def _columns(asked: Sequence[Asked], fields: Sequence[str]) -> dict[str, dict[str, None]]:
    """Alias -> the columns that any of the measures reads, and those that fields of rules read."""
    found: dict[str, dict[str, None]] = {}
    for one in asked:
        for alias, own in one.columns(fields).items():
            found.setdefault(alias, {}).update(own)
    return found


def _keep(asked: Asked, columns: Mapping[str, Iterable[str]], there: Sequence[str], states: Mapping[str, str]) -> None:
    """Keep the units with their states and the columns that measures read: they are looked at twice from here on.

    What only rules read is let go of: it is wide, and the states say all of it that matters.
    """
    beside = [f"{alias}|{name}" for alias in there if alias in asked.unit.beside for name in ("state", "seconds")]
    names = [*HOME, *beside, *(f"{alias}.{column}" for alias, own in columns.items() for column in own)]
    told = [f'{text} as "state|{name}"' for name, text in states.items()]
    kept = ", ".join([*(f'"{name}"' for name in dict.fromkeys(names)), *told])
    asked.opened.make("unit_kept", f"select {kept} from unit_source")
    asked.opened.ask("create or replace view unit_source as select * from unit_kept", ())


def _states(asked: Asked, fields: Sequence[str], there: Sequence[str]) -> dict[str, str]:
    """Column of a profile -> how it is read from the source, in SQL."""
    regions = asked.desk.bench.regions
    found = state_columns(
        regions,
        fields,
        there,
        home=own_alias(asked.unit),
        view=asked.question.view,
        hindsight=asked.measure.hindsight,
    )
    names = ["event_region", *columns_of(regions, fields)]
    kinds = ["usmallint", *(_narrow(regions, name) for name in fields for _ in columns_of(regions, [name]))]
    return {
        name: f"cast({one.unalias().sql('duckdb')} as {kind})"
        for name, one, kind in zip(names, found, kinds, strict=True)
    }


def _narrow(regions: Regions, name: str) -> str:
    """The narrowest type that holds the states of a field: one bit for each of its tests."""
    bits = len(regions.known.atoms.get(name, ()))
    return next(
        (kind for wide, kind in ((8, "utinyint"), (16, "usmallint"), (32, "uinteger")) if bits <= wide), "bigint"
    )
