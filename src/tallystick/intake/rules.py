"""The rules of the door, read from ``definitions/door.toml``; always the packaged ones."""

from __future__ import annotations

from functools import lru_cache

from tallystick.terms.definitions import Shelf, Strict


class Unpacking(Strict, frozen=True, kw_only=True):
    """Limits on what a file may unpack to."""

    most_bytes: int
    most_bytes_workbook: int
    most_ratio: int
    ratio_from_bytes: int
    most_parts: int
    most_cells: int
    most_text: int


class Identifier(Strict, frozen=True, kw_only=True):
    """A direct identifier known by the shape of its value."""

    id: str
    name: str
    shape: str
    also: tuple[str, ...] = ()


class IdentifierHeaders(Strict, frozen=True, kw_only=True):
    """Column headers that name an identifier."""

    labels: tuple[str, ...]


class Door(Strict, frozen=True, kw_only=True):
    """``definitions/door.toml``."""

    unpacking: Unpacking
    identifiers: tuple[Identifier, ...]
    headers: tuple[IdentifierHeaders, ...]


@lru_cache(maxsize=1)
def door_rules() -> Door:
    """The rules of the door; always the packaged ones."""
    return Shelf().read("door.toml", Door)
