"""From records to profiles: for each record, in which region each field lies; records alike in all are one profile.

The SQL is built as a syntax tree from definitions. A profile says nothing that its facts do not ask, so tiers are
evaluated once per profile, however many records share it, and no table ever joins a tier to a person or a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from tallystick.policies.facts import Field, Test, View
from tallystick.policies.regions import ABSENT, EVENT, Regions, passes

if TYPE_CHECKING:
    from sqlglot import exp

Unit = Literal["arrests", "stays", "detainers", "removals"]  # what policies are assessed on by themselves
EVENT_FIELD = "event.day"
OLDER = "|older"


Groups = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Profiles:
    """Distinct profiles of a unit with how many records share each, kept where they can be grouped fast.

    Attributes:
        unit: what is counted.
        fields: the fields that were looked at, in order.
        count: how many distinct profiles there are.
        records: how many records share them.
        ask: gives (event region, region of each column, records) grouped by some columns, of which only some bits
            matter; columns are (name, bits), and the event region is None where it was not asked for.
    """

    unit: str
    fields: tuple[str, ...]
    count: int
    records: int
    ask: Callable[[Sequence[tuple[str, int]], bool], Groups]

    def states(self, regions: Regions, bits: Mapping[str, int]) -> list[tuple[int, dict[str, frozenset[int]]]]:
        """(records, states) for each distinct combination of the bits of some fields.

        Args:
            regions: the fields.
            bits: field -> the bits of its tests that matter; fields that were not looked at are unknown.
        """
        known = regions.known
        own = [name for name in bits if name in self.fields]
        columns = [(f"{name}{suffix}", bits[name]) for name in own for suffix in suffixes_of(known.fields[name])]
        with_event = any(regions.asks_event(name) for name in bits)
        found = []
        for row in self.ask(columns, with_event):
            found.append((int(row[-1]), _states_of(regions, own, row)))
        return found


def suffixes_of(field: Field) -> tuple[str, ...]:
    """A field is one column of a profile; a year of birth is two, for the two ages it leaves open."""
    return ("", OLDER) if field.kind == "birth_year" else ("",)


def profiles_of_rows(
    unit: str, names: Sequence[str], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> Profiles:
    """Profiles from rows (event region, columns, records), for small tables.

    Args:
        unit: what is counted.
        names: the fields.
        columns: names of the columns, in the order of the rows.
        rows: as the query of `profile_sql` gives them.
    """
    places = {name: place + 1 for place, name in enumerate(columns)}

    def ask(wanted: Sequence[tuple[str, int]], with_event: bool) -> Groups:
        counts: dict[tuple[Any, ...], int] = {}
        for row in rows:
            values = (row[places[name]] for name, _ in wanted)
            masked = (None if value is None else value & bits for value, (_, bits) in zip(values, wanted, strict=True))
            key = (row[0] if with_event else None, *masked)
            counts[key] = counts.get(key, 0) + row[-1]
        return [(*key, records) for key, records in counts.items()]

    return Profiles(unit, tuple(names), len(rows), sum(row[-1] for row in rows), ask)


def profiles_in_engine(unit: str, names: Sequence[str], table: str, ask_engine: Callable[..., Groups]) -> Profiles:
    """Profiles that stand in a table of the engine, as `profile_sql` gives them."""
    count, records = ask_engine(f"select count(*), coalesce(sum(records), 0) from {table}", ())[0]  # noqa: S608

    def ask(wanted: Sequence[tuple[str, int]], with_event: bool) -> Groups:
        chosen = masked(wanted, with_event=with_event)
        places = ", ".join(str(place + 1) for place in range(len(chosen)))
        query = f"select {', '.join(chosen)}, sum(records) from {table} group by {places} order by {places}"  # noqa: S608
        return ask_engine(query, ())

    return Profiles(unit, tuple(names), int(count), int(records), ask)


def masked(wanted: Sequence[tuple[str, int]], *, with_event: bool) -> list[str]:
    """The event region and some columns of profiles with only the bits that matter, as expressions in SQL."""
    return ["event_region" if with_event else "null", *(f'"{name}" & {bits}' for name, bits in wanted)]


def alias_of(field: Field) -> str:
    """Where a field stands in the joined source: stints speak by their first one of what happened, else by the last."""
    name = field.id.split(".", maxsplit=1)[0]
    return f"{name}_first" if name == "det" and field.when == "event" else name


def profile_sql(
    regions: Regions,
    fields: Sequence[str],
    available: Iterable[str],
    source: str,
    *,
    home: str,
    view: View,
    hindsight: bool,
) -> str:
    """The query that gives the profiles of a joined source.

    Args:
        regions: the fields with their tests.
        fields: which to look at, in order.
        available: aliases that the source has.
        source: name of the joined source; it has the columns `event` (a day), `person_key` and, per alias, those of its
            table as ``<alias>.<column>`` and the day of its row as ``<alias>|day``.
        home: the alias of the unit's own rows; those of others speak of the event only from before it.
        view: the view under which a blank may say that there is no value.
        hindsight: whether what was recorded later may speak of the event.
    """
    from sqlglot import exp

    columns = state_columns(regions, fields, available, home=home, view=view, hindsight=hindsight)
    numbers = [exp.Literal.number(place + 1) for place in range(len(columns))]
    count = exp.alias_(exp.Count(this=exp.Star()), "records")
    query = exp.select(*columns, count).from_(exp.to_table(source)).group_by(*numbers).order_by(*numbers)
    return query.sql("duckdb", pretty=True)


def state_columns(
    regions: Regions, fields: Sequence[str], available: Iterable[str], *, home: str, view: View, hindsight: bool
) -> list[exp.Expr]:
    """The event region and the state of each field, as named expressions over a joined source; see `profile_sql`."""
    from sqlglot import exp

    there = set(available)
    columns: list[exp.Expr] = [exp.alias_(_event_region(regions), "event_region")]
    for name in fields:
        for suffix, state in _states(regions, name, there, home=home, view=view, hindsight=hindsight):
            columns.append(exp.alias_(state, f"{name}{suffix}", quoted=True))
    return columns


def _states(
    regions: Regions, name: str, there: set[str], *, home: str, view: View, hindsight: bool
) -> list[tuple[str, exp.Expr]]:
    from sqlglot import exp

    field = regions.known.fields[name]
    suffixes = suffixes_of(field)
    nothing: list[tuple[str, exp.Expr]] = [(suffix, exp.cast(exp.Null(), "bigint")) for suffix in suffixes]
    if name == EVENT_FIELD:
        return [("", _case([(_event_known(), _mask(regions, name, exp.column("event"), ""))]))]
    if alias_of(field) not in there:
        return nothing
    is_later = field.when in ("extraction", "later")
    if is_later and not hindsight and not field.dated_by:
        return nothing
    value, recorded = _value(field)
    guards = [recorded]
    if field.when == "event" and not hindsight and alias_of(field) != home:  # a linked record speaks of its own day
        own_day = exp.column(f"{alias_of(field)}|day", quoted=True)
        guards += [_event_known(), exp.LTE(this=own_day, expression=exp.column("event"))]
    if is_later and not hindsight:
        by = regions.known.fields[field.dated_by]
        day, dated = _value(by)
        guards += [dated, _event_known(), exp.LTE(this=day, expression=exp.column("event"))]
    if any(atom.by_event or atom.after_event for atom in regions.known.atoms.get(name, ())) or len(suffixes) > 1:
        guards.append(_event_known())
    known = exp.and_(*guards)
    cases = [[(known, _mask(regions, name, value, suffix))] for suffix in suffixes]
    if view == "agency" and regions.known.may_be_absent(field) and (hindsight or not is_later):
        mask = sum(passes(atom, ABSENT, None) << place for place, atom in enumerate(regions.known.atoms.get(name, ())))
        absent = exp.In(this=_why(field.column, alias_of(field)), expressions=_texts(("not_applicable", "ongoing")))
        for case in cases:
            case.append((absent, exp.Literal.number(mask)))
    return [(suffix, _case(case)) for suffix, case in zip(suffixes, cases, strict=True)]


def _case(branches: Sequence[tuple[exp.Expr, exp.Expr]]) -> exp.Expr:
    from sqlglot import exp

    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches])


def _event_known() -> exp.Expr:
    from sqlglot import exp

    return exp.Not(this=exp.Is(this=exp.column("event"), expression=exp.Null()))


def _event_region(regions: Regions) -> exp.Expr:
    from sqlglot import exp

    parts = [_bit(exp.GTE(this=exp.column("event"), expression=_day(cut)), 1) for cut in regions.cuts]
    return _case([(_event_known(), _sum(parts))])


def _column(name: str, alias: str) -> exp.Expr:
    from sqlglot import exp

    return exp.column(f"{alias}.{name}", quoted=True)


def _why(name: str, alias: str) -> exp.Expr:
    return _column(f"{name}__why", alias)


def _value(field: Field) -> tuple[exp.Expr, exp.Expr]:
    """A field's value, and whether it is recorded; a sum is recorded where any of its parts is."""
    from sqlglot import exp

    alias = alias_of(field)
    if field.parts:
        zero = exp.Literal.number(0)
        total = _sum(
            [
                exp.Mul(
                    this=exp.Coalesce(this=_column(part.column, alias), expressions=[zero]),
                    expression=exp.Literal.number(part.times),
                )
                for part in field.parts
            ]
        )
        told = ("recorded", "blank", "not_applicable")  # a part that is redacted or cannot be leaves the sum unknown
        whole = [exp.In(this=_why(part.column, alias), expressions=_texts(told)) for part in field.parts]
        return total, exp.and_(exp.or_(*(_is_recorded(part.column, alias) for part in field.parts)), *whole)
    value = _column(field.column, alias)
    return (exp.cast(value, "date") if field.kind == "day" else value), _is_recorded(field.column, alias)


def _is_recorded(column: str, alias: str) -> exp.Expr:
    """A box that is blank and means no by convention is no recorded no: forms left it empty for other reasons too."""
    from sqlglot import exp

    return exp.EQ(this=_why(column, alias), expression=exp.Literal.string("recorded"))


def _mask(regions: Regions, name: str, value: exp.Expr, suffix: str) -> exp.Expr:
    from sqlglot import exp

    field = regions.known.fields[name]
    atoms = regions.known.atoms.get(name, ())
    if field.kind == "birth_year":  # on the day of the event a person is one of two ages
        year = exp.Extract(this=exp.var("year"), expression=exp.column("event"))
        age = exp.Sub(this=year, expression=value)
        value = exp.Paren(this=age if suffix else exp.Sub(this=age, expression=exp.Literal.number(1)))
    return _sum([_bit(_asks(atom, value), 1 << place) for place, atom in enumerate(atoms)])


def _sum(parts: Sequence[exp.Expr]) -> exp.Expr:
    from sqlglot import exp

    if not parts:
        return exp.Literal.number(0)
    total = parts[0]
    for part in parts[1:]:
        total = exp.Add(this=total, expression=part)
    return total


def _bit(condition: exp.Expr, number: int) -> exp.Expr:
    from sqlglot import exp

    return exp.Case(ifs=[exp.If(this=condition, true=exp.Literal.number(number))], default=exp.Literal.number(0))


def _asks(atom: Test, value: exp.Expr) -> exp.Expr:
    """One test of a value, in SQL."""
    from sqlglot import exp

    if atom.absent:
        return exp.false()
    if atom.yes is not None:
        return exp.EQ(this=value.copy(), expression=exp.convert(atom.yes))
    if atom.one_of:
        return exp.In(this=value.copy(), expressions=_texts(atom.one_of))
    if atom.codes:
        begins = exp.or_(*(_begins(value, code) for code in atom.codes))
        return exp.and_(begins, exp.not_(exp.or_(*(_begins(value, code) for code in atom.but)))) if atom.but else begins
    return exp.and_(*_ends(atom, value))


def _begins(value: exp.Expr, code: str) -> exp.Expr:
    from sqlglot import exp

    first = exp.Substring(
        this=exp.cast(value.copy(), "varchar"), start=exp.Literal.number(1), length=exp.Literal.number(len(code))
    )
    return exp.EQ(this=first, expression=exp.Literal.string(code))


def _ends(atom: Test, value: exp.Expr) -> list[exp.Expr]:
    from sqlglot import exp

    found: list[exp.Expr] = []
    event = exp.column("event")
    low = atom.at_least if atom.at_least is not None else atom.age_at_least
    high = atom.under if atom.under is not None else atom.age_under
    for is_asked, kind, other in (
        (bool(atom.since), exp.GTE, _day(date.fromisoformat(atom.since)) if atom.since else None),
        (bool(atom.until), exp.LTE, _day(date.fromisoformat(atom.until)) if atom.until else None),
        (atom.by_event, exp.LTE, event),
        (atom.after_event, exp.GT, event),
        (low is not None, exp.GTE, exp.Literal.number(low or 0)),
        (high is not None, exp.LT, exp.Literal.number(high or 0)),
    ):
        if is_asked:
            found.append(kind(this=value.copy(), expression=other))
    return found


def _day(day: date) -> exp.Expr:
    from sqlglot import exp

    return exp.cast(exp.Literal.string(day.isoformat()), "date")


def _texts(words: Sequence[str]) -> list[Any]:
    from sqlglot import exp

    return [exp.Literal.string(word) for word in words]


def columns_of(regions: Regions, names: Sequence[str]) -> list[str]:
    """The columns of profiles over some fields, in order."""
    return [f"{name}{suffix}" for name in names for suffix in suffixes_of(regions.known.fields[name])]


def _states_of(regions: Regions, names: Sequence[str], row: Sequence[Any]) -> dict[str, frozenset[int]]:
    """The regions in which each field of a profile can lie; fields that nobody knows are left out."""
    states: dict[str, frozenset[int]] = {}
    if row[0] is not None:
        states[EVENT] = frozenset((int(row[0]),))
    place = 1
    for name in names:
        wide = len(suffixes_of(regions.known.fields[name]))
        found = row[place : place + wide]
        if all(region is not None for region in found):
            states[name] = frozenset(int(region) for region in found)
        place += wide
    return states
