"""The rules of the door, read from ``definitions/door.toml``; always the packaged ones."""

from __future__ import annotations

from functools import lru_cache

import msgspec

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


class PatternRule(Strict, frozen=True, kw_only=True):
    """A kind of identifier known by a pattern of its value."""

    id: str
    name: str
    pattern: str


class Narrative(Strict, frozen=True, kw_only=True):
    """Words of texts that tell a story, and the longest text that is not taken for one."""

    words_from: int
    most_characters: int
    words: tuple[str, ...]


class Places(Strict, frozen=True, kw_only=True):
    """Words of places, and places that are named like people."""

    words: tuple[str, ...]
    like_people: tuple[str, ...]


class Uniqueness(Strict, frozen=True, kw_only=True):
    """From how many rows on, and above which share of distinct values, a text column is refused."""

    rows_from: int
    most_distinct_percent: int


class LongNumbers(Strict, frozen=True, kw_only=True):
    """How long numbers are, and how many of them, that are no amounts."""

    digits: int
    most_percent: int
    rows_from: int


class DayCounts(Strict, frozen=True, kw_only=True):
    """Counts of days in a column of years."""

    lowest: int
    highest: int
    rows_from: int


class Keys(Strict, frozen=True, kw_only=True):
    """What anonymous person keys look like."""

    shape: str


class Redaction(Strict, frozen=True, kw_only=True):
    """Marks of redaction, and words for no value."""

    begins: str
    marks: str
    letters: str
    missing: tuple[str, ...]


class HeaderWords(Strict, frozen=True, kw_only=True):
    """Patterns of headers that name an identifier."""

    patterns: tuple[str, ...]


class LookAlikes(Strict, frozen=True, kw_only=True):
    """Signs that imitate letters, and the letters."""

    imitating: str = msgspec.field(name="from")
    imitated: str = msgspec.field(name="to")
    leet_from: str
    leet_to: str


class Door(Strict, frozen=True, kw_only=True):
    """``definitions/door.toml``."""

    unpacking: Unpacking
    identifiers: tuple[Identifier, ...]
    headers: tuple[IdentifierHeaders, ...]
    patterns: tuple[PatternRule, ...]
    narrative: Narrative
    places: Places
    uniqueness: Uniqueness
    long_numbers: LongNumbers
    day_counts: DayCounts
    keys: Keys
    redaction: Redaction
    header_words: HeaderWords
    look_alikes: LookAlikes


@lru_cache(maxsize=1)
def door_rules() -> Door:
    """The rules of the door; always the packaged ones."""
    return Shelf().read("door.toml", Door)
