"""What the columns of a table mean: types, what a blank says, which values are known, what is plausible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tallystick.intake.releases import csv_rows
from tallystick.terms.definitions import Shelf, Strict, identity
from tallystick.terms.errors import Fault, TallystickError

Kind = Literal["text", "date", "datetime", "integer", "decimal", "yes_no", "key", "place"]
SQL_TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18,2)",
    "yes_no": "BOOLEAN",
    "key": "BIGINT",
}
WHYS = (
    "recorded", "blank", "no_by_convention", "not_applicable", "ongoing", "redacted", "not_in_release", "unmapped",
    "implausible",
)  # fmt: skip
FICTIONAL = "fictional"  # the note of a value that exists in made-up records only
VALUE_FIELDS = ["vocabulary", "raw", "value", "note"]


class ColumnRule(Strict, frozen=True, kw_only=True):
    """One column of a table, whatever a release calls it."""

    name: str
    type: Kind
    meaning: str
    blank: Literal["blank", "no_by_convention", "not_applicable", "ongoing"] = "blank"
    known: Literal["event", "extraction"] = "event"
    vocabulary: str = ""
    least: str = ""
    most: str = ""
    shape: str = ""
    zeros_to: int = 0
    not_stored: str = ""


class TableRule(Strict, frozen=True, kw_only=True):
    """``us-ice/codebooks/<table>.toml``."""

    id: str
    event: str
    row: str
    columns: tuple[ColumnRule, ...]

    def column(self, name: str) -> ColumnRule:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)

    @property
    def stored(self) -> tuple[tuple[str, str], ...]:
        """Every column of the record table as stored: (name, type in SQL), in order, without the `__why` columns."""
        found = []
        for column in self.columns:
            if column.type == "place":
                found += [(f"{column.name}_class", "VARCHAR"), (f"{column.name}_state", "VARCHAR")]
            elif not column.not_stored:
                found.append((column.name, SQL_TYPES[column.type]))
        return tuple(found)


class VocabularyRule(Strict, frozen=True, kw_only=True):
    """How values of one vocabulary are looked up."""

    id: str
    mode: Literal["strict", "listed", "open"]
    takes: str = ""
    meaning: str = ""
    prints_note: bool = False


class Vocabularies(Strict, frozen=True, kw_only=True):
    """``us-ice/values/vocabularies.toml``."""

    vocabularies: tuple[VocabularyRule, ...]


class SiteClass(Strict, frozen=True, kw_only=True):
    """Words that make a place text a jail, a courthouse or another kind of site."""

    id: str
    words: tuple[str, ...]


class SiteClasses(Strict, frozen=True, kw_only=True):
    """``us-ice/values/site-classes.toml``."""

    classes: tuple[SiteClass, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The values of one vocabulary; an empty value says that the agency recorded 'unknown'."""

    rule: VocabularyRule
    values: Mapping[str, str]
    printed: tuple[tuple[str, str], ...] = ()
    fictional: frozenset[str] = frozenset()

    @cached_property
    def _takes(self) -> re.Pattern[str] | None:
        return re.compile(self.rule.takes) if self.rule.takes else None

    def is_printed(self, text: str) -> bool:
        """Whether a text stands in the vocabulary word for word, nothing before or behind it."""
        key = " ".join(text.lower().split())
        return key in self._whole

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset({*self.values, *(" ".join(raw.lower().split()) for raw, _ in self.printed)})

    def look_up(self, text: str) -> str | None:
        """The value of a text as printed, '' for a recorded unknown, or None when it is not listed."""
        key = " ".join(text.lower().split())
        if self._takes is not None:
            found = self._takes.match(key)
            if found is None:
                return self.values.get(key)
            key = next((part for part in found.groups() if part), "")
        return self.values.get(key)


@dataclass(frozen=True)
class Codebook:
    """All tables and vocabularies of an agency."""

    tables: Mapping[str, TableRule]
    vocabularies: Mapping[str, Vocabulary]
    sites: tuple[SiteClass, ...]
    hash: str

    def states(self) -> Vocabulary:
        """The vocabulary of states, with which places are read."""
        return self.vocabularies["states"]


def codebook(shelf: Shelf, agency: str = "us-ice") -> Codebook:
    """Read all codebooks of an agency.

    Raises:
        TallystickError: TS151 with every fault of a file.
    """
    rules = shelf.read(f"{agency}/values/vocabularies.toml", Vocabularies).vocabularies
    rules_by_id = {rule.id: rule for rule in rules}
    listed: dict[str, dict[str, str]] = {rule.id: {} for rule in rules}
    printed: dict[str, list[tuple[str, str]]] = {rule.id: [] for rule in rules}
    fictional: dict[str, set[str]] = {rule.id: set() for rule in rules}
    for name in shelf.names(f"{agency}/values", ".csv"):
        for row in csv_rows(shelf, name, VALUE_FIELDS):
            if row["vocabulary"] not in listed:
                raise TallystickError(Fault("TS151", f"there is no vocabulary '{row['vocabulary'][:40]}'", where=name))
            listed[row["vocabulary"]][" ".join(row["raw"].lower().split())] = row["value"]
            if row["note"] == FICTIONAL:
                fictional[row["vocabulary"]].add(" ".join(row["raw"].lower().split()))
            label = f"[{row['raw']}] {row['note']}" if rules_by_id[row["vocabulary"]].prints_note else row["raw"]
            printed[row["vocabulary"]].append((label, row["value"]))
    tables = {
        rule.id: rule
        for path in shelf.files(f"{agency}/codebooks").values()
        for rule in (shelf.read_path(path, TableRule),)
    }
    sites = shelf.read(f"{agency}/values/site-classes.toml", SiteClasses).classes
    _check(tables, listed)
    digest = identity(tables, rules, listed, sites)
    return Codebook(
        tables,
        {
            rule.id: Vocabulary(rule, listed[rule.id], tuple(printed[rule.id]), frozenset(fictional[rule.id]))
            for rule in rules
        },
        sites,
        digest,
    )


def _check(tables: Mapping[str, TableRule], vocabularies: Mapping[str, object]) -> None:
    faults = []
    for table in tables.values():
        names = [column.name for column in table.columns]
        if table.event not in names:
            faults.append(Fault("TS151", f"event '{table.event}' is not a column", where=f"codebooks/{table.id}.toml"))
        faults += [
            Fault("TS151", f"there is no vocabulary '{column.vocabulary}'", f"codebooks/{table.id}.toml, {column.name}")
            for column in table.columns
            if column.vocabulary and column.vocabulary not in vocabularies
        ]
        for name in {name for name in names if names.count(name) > 1}:
            faults.append(Fault("TS151", f"column '{name}' stands twice", where=f"codebooks/{table.id}.toml"))
    if faults:
        raise TallystickError(*faults)
