"""Tables as they leave: one tidy shape, columns with their type and meaning in two languages, codes with labels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.tables import table

Kind = Literal["text", "number", "date", "bool"]
KINDS: Mapping[str, Kind] = {
    "DATE": "date", "BOOLEAN": "bool", "DOUBLE": "number", "INTEGER": "number", "BIGINT": "number",
}  # fmt: skip
FIRST = (  # of cells: what most readers need; the rest of the contract follows
    "measure", "variant", "place_type", "place", "period_start", "period_end", "group", "lower", "upper", "n",
    "n_unknown", "status", "release_set",
)  # fmt: skip
OWN = {
    "group": "What the value is told apart by, as name=value; blank where it is of everybody.",
    "invented": "True where the records were made up.",
}
TABLES = ("cells", "verdicts", "sources")
STATA_NAME = 32


class Spanish(Strict, frozen=True, kw_only=True):
    """``locale/columns-es.toml``."""

    reviewed: bool
    columns: dict[str, str]


@dataclass(frozen=True)
class ExportColumn:
    """One column: its name, kind, what it means in two languages, and its codes where it has some."""

    name: str
    kind: Kind
    meaning: str
    meaning_es: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportTable:
    """One table as it leaves; every row has every column."""

    name: str
    title: str
    columns: tuple[ExportColumn, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


@lru_cache(maxsize=1)
def spanish() -> Spanish:
    """Meanings of columns in Spanish; the file says whether a person reviewed them."""
    return Shelf().read("locale/columns-es.toml", Spanish)


def export_table(name: str, rows: Iterable[Mapping[str, Any]], *, invented: bool) -> ExportTable:
    """A table of the contract in its tidy shape.

    Args:
        name: cells, verdicts or sources.
        rows: as they stand in the project.
        invented: whether the records were made up.
    """
    known = {column.name: column for column in table(name).columns}
    names = [*dict.fromkeys([*(FIRST if name == "cells" else ()), *known, "invented"])]
    columns = tuple(
        ExportColumn(
            one, _kind(known[one].type) if one in known else "bool" if one == "invented" else "text",
            known[one].meaning if one in known else OWN[one], spanish().columns[one],
            known[one].values if one in known else (),
        )
        for one in names
    )  # fmt: skip
    laid = (_laid(row, columns, invented=invented) for row in rows)
    return ExportTable(name, table(name).meaning, columns, tuple(sorted(laid, key=_order)))


def _kind(sql: str) -> Kind:
    return "number" if sql.startswith("DECIMAL") else KINDS.get(sql, "text")


def _laid(row: Mapping[str, Any], columns: Sequence[ExportColumn], *, invented: bool) -> tuple[Any, ...]:
    own = {**row, "invented": invented, "group": _group(row.get("split"))}
    return tuple(_plain(own.get(column.name), column.kind) for column in columns)


def _group(split: Any) -> str | None:
    told = json.loads(split) if split else {}
    return "; ".join(f"{name}={value}" for name, value in sorted(told.items())) or None


def _plain(value: Any, kind: Kind) -> Any:
    if value is None or value == "":
        return None
    if kind == "date":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if kind == "bool":
        return bool(value)
    if kind == "number":
        number = float(value) if isinstance(value, (str, Decimal, float)) else value
        return int(number) if float(number).is_integer() else number
    return str(value)


def _order(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("" if value is None else str(value) for value in row)


def short_names(names: Sequence[str], most: int = STATA_NAME) -> dict[str, str]:
    """A name of at most so many characters for each column, none of them twice.

    >>> short_names(["a" * 40, "a" * 41, "b"], 8)["b"]
    'b'
    """
    found: dict[str, str] = {}
    for name in names:
        short, number = name[:most], 1
        while short in found.values():
            number += 1
            short = f"{name[: most - len(str(number)) - 1]}_{number}"
        found[name] = short
    return found
