"""An act: one SQL file that anyone can read and run, with typed parameters that a rule fills.

The files lie in ``records/acts/``. A rule names an act and gives its parameters; the names and values it
gives become identifiers and literals of the syntax tree, so nothing that a definition says is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tallystick.terms.definitions import Strict
from tallystick.terms.errors import Fault, TallystickError

if TYPE_CHECKING:
    from sqlglot import exp

FOLDER = Path(__file__).resolve().parent / "acts"
PARAMETER = re.compile(r"^-- :(?P<name>[a-z_]+) +(?P<type>[a-z_]+) +(?P<says>\S.*)$", re.MULTILINE)
NAME = re.compile(r"[a-z][a-z0-9_]*")
Kind = Literal["seconds", "seconds_or_none", "moment", "columns", "order", "word", "yes_no"]


class By(Strict, frozen=True, kw_only=True):
    """One step of an order: a column, from the least up; empty cells last.

    `last_if` orders by whether the column holds a word: rows that do come last.
    """

    by: str
    desc: bool = False
    last_if: str = ""


Value = int | str | bool | None | Sequence[str] | Sequence[By]


@dataclass(frozen=True)
class Act:
    """One SQL file: its text, what it says of itself, and its parameters with their types."""

    name: str
    text: str
    parameters: Mapping[str, str]

    @property
    def says(self) -> str:
        """The first line: what the act does, as a sentence."""
        return self.text.splitlines()[0].removeprefix("-- ")


def act_names() -> tuple[str, ...]:
    """All acts there are; the list is closed."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


@lru_cache(maxsize=32)
def act(name: str) -> Act:
    """One act by name.

    Raises:
        TallystickError: TS151 when there is none of this name.
    """
    if name not in act_names():
        raise TallystickError(Fault("TS151", f"there is no act '{name[:40]}'", fix=f"Acts: {', '.join(act_names())}."))
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return Act(name, text, {found["name"]: found["type"] for found in PARAMETER.finditer(text)})


def filled(name: str, values: Mapping[str, Value], tables: Mapping[str, str] | None = None) -> str:
    """The SQL of an act with its parameters filled in, for the embedded engine.

    Args:
        name: the act.
        values: one value for each of its parameters.
        tables: names the act reads -> names under which they stand; what is not named stays as it is.

    Raises:
        TallystickError: TS151 with every value that is missing, not known to the act or of another type.
    """
    frozen = tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in sorted(values.items()))
    return _filled(name, frozen, tuple(sorted((tables or {}).items())))


@lru_cache(maxsize=256)
def _filled(name: str, values: tuple[tuple[str, Value], ...], tables: tuple[tuple[str, str], ...]) -> str:
    return tree(name, dict(values), dict(tables)).sql("duckdb", pretty=True)


def tree(name: str, values: Mapping[str, Value], tables: Mapping[str, str] | None = None) -> exp.Expr:
    """As `filled`, as a syntax tree from which other dialects are written."""
    from sqlglot import exp

    known = act(name)
    _check(known, values)
    parsed = _parsed(name).copy()
    for place in list(parsed.find_all(exp.Placeholder)):
        _put(place, known.parameters[str(place.this)], values[str(place.this)])
    for source in parsed.find_all(exp.Table):
        if source.name in (tables or {}):
            instead = (tables or {})[source.name]
            alias = source.alias or source.name
            source.replace(exp.alias_(exp.to_table(instead), alias, table=True))
    return parsed


@lru_cache(maxsize=32)
def _parsed(name: str) -> exp.Expr:
    import sqlglot

    return sqlglot.parse_one(act(name).text, read="duckdb")


def _check(known: Act, values: Mapping[str, Value]) -> None:
    where = f"act {known.name}"
    faults = [
        Fault("TS151", f"parameter '{name}' is missing", where) for name in known.parameters if name not in values
    ]
    faults += [
        Fault("TS151", f"there is no parameter '{name}'", where) for name in values if name not in known.parameters
    ]
    faults += [
        Fault("TS151", f"parameter '{name}' is to be {kind.replace('_', ' ')}", where)
        for name, kind in known.parameters.items()
        if name in values and not _fits(kind, values[name])
    ]
    if faults:
        raise TallystickError(*faults)


def _fits(kind: str, value: Value) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, (str, int)) or value is None:
        simple = {
            "seconds": is_number,
            "moment": is_number,
            "seconds_or_none": is_number or value is None,
            "yes_no": isinstance(value, bool),
            "word": isinstance(value, str) and bool(NAME.fullmatch(value)),
        }
        return simple.get(kind, False)
    wanted: type = {"columns": str, "order": By}.get(kind, type(None))
    named = [entry.by if isinstance(entry, By) else entry for entry in value if isinstance(entry, wanted)]
    return bool(value) and len(named) == len(value) and all(NAME.fullmatch(name) for name in named)


def _put(place: Any, kind: str, value: Any) -> None:
    from sqlglot import exp

    if kind == "columns":
        _repeat(place, [exp.column(name, quoted=True) for name in value])
    elif kind == "order":
        ordered = place.find_ancestor(exp.Ordered)
        steps = [_step(entry) for entry in value]
        ordered.parent.set(
            "expressions", [item for old in ordered.parent.expressions for item in (steps if old is ordered else [old])]
        )
    else:
        place.replace(exp.convert(value))


def _step(entry: By) -> exp.Ordered:
    from sqlglot import exp

    column: exp.Expr = exp.column(entry.by, quoted=True)
    if entry.last_if:
        matches = exp.EQ(this=column, expression=exp.convert(entry.last_if))
        column = exp.Case(ifs=[exp.If(this=matches, true=exp.convert(1))], default=exp.convert(0))
    return exp.Ordered(this=column, desc=entry.desc, nulls_first=False)


def _repeat(place: Any, columns: Sequence[Any]) -> None:
    """The item of the partition that holds the parameter stands once for each column."""
    from sqlglot import exp

    item = place
    while not isinstance(item.parent, exp.Window):
        item = item.parent
    marker = place.this
    copies = []
    for column in columns:
        twin = column.copy() if item is place else item.copy()
        for inside in list(twin.find_all(type(place))):
            if inside.this == marker:
                inside.replace(column.copy())
        copies.append(twin)
    siblings = item.parent.args[item.arg_key]
    item.parent.set(item.arg_key, [entry for old in siblings for entry in (copies if old is item else [old])])
