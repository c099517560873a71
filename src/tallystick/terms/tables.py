"""The tables that leave the product: their columns, types and meanings, read from definitions.

One contract for workbooks and records: a test holds every writer to it.
"""

from __future__ import annotations

from functools import lru_cache

from tallystick.terms.definitions import Shelf, Strict

READABLE = ("figures", "cells", "verdicts", "ledger", "quality", "sources")


class Column(Strict, frozen=True, kw_only=True):
    """One column: its name, its type in SQL, and what it says."""

    name: str
    type: str
    meaning: str
    values: tuple[str, ...] = ()


class Table(Strict, frozen=True, kw_only=True):
    """One table with its columns in order."""

    id: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


@lru_cache(maxsize=16)
def table(name: str) -> Table:
    """The contract of one table.

    Raises:
        TallystickError: TS150 when there is no such table.
    """
    return Shelf().read(f"tables/{name}.toml", Table)
