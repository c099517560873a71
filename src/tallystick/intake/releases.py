"""Which releases are known, and what each calls its columns: read from definitions, never assumed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import PurePath
from typing import Literal, cast

from tallystick.terms.definitions import Shelf, Strict, identity
from tallystick.terms.errors import Fault, TallystickError

Outcome = Literal["keep", "identifier", "empty", "corrupt", "left_out", "facility_address"]
OUTCOMES = ("keep", "identifier", "empty", "corrupt", "left_out", "facility_address")
FIELDS = ["table", "position", "raw", "column", "outcome", "note"]
MADE_UP = "MADE-UP"
HEADER_SIGNS = re.compile(r"[^a-z0-9#()]+")


class ReleaseTable(Strict, frozen=True, kw_only=True):
    """One table of a release: its files, how many rows were stated, what is known to be wrong with it."""

    table: str
    files: tuple[str, ...] = ()
    headers_seen: bool = True
    rows_least: int = 0
    rows_most: int = 0
    unfit: str = ""
    disputed: str = ""
    no_stays: str = ""


class Release(Strict, frozen=True, kw_only=True):
    """``us-ice/releases/<id>/release.toml``."""

    id: str
    title: str
    publisher: str
    request: str
    obtained_by: str
    published_on: str
    covers_from: str
    closes_on: str
    closes_on_basis: str = ""
    precision: Literal["day", "second"]
    header_row: int = 0
    person_key: bool
    key_shape: str = ""
    page: str
    licence: str
    credit: str
    headers_from: str
    auxiliary: bool = False
    note: str = ""
    addresses: dict[str, str] = {}
    sha256: dict[str, str] = {}
    sizes: dict[str, int] = {}
    excepted: dict[str, tuple[str, ...]] = {}
    tables: tuple[ReleaseTable, ...]

    def table(self, name: str) -> ReleaseTable:
        """The table called `name`; an empty one when the release has none."""
        return next((entry for entry in self.tables if entry.table == name), ReleaseTable(table=name))


@dataclass(frozen=True)
class Header:
    """One header of one table of a release, and what becomes of the column below it."""

    table: str
    position: int
    raw: str
    column: str
    outcome: Outcome
    note: str


@dataclass(frozen=True)
class KnownRelease:
    """A release with its headers."""

    release: Release
    headers: tuple[Header, ...]

    @property
    def id(self) -> str:
        """Id of the release."""
        return self.release.id

    @cached_property
    def by_header(self) -> Mapping[str, dict[str, list[Header]]]:
        """Table -> squeezed header -> its headers in order of position (more than one where a header stands twice)."""
        found: dict[str, dict[str, list[Header]]] = {}
        for header in self.headers:
            found.setdefault(header.table, {}).setdefault(squeezed(header.raw), []).append(header)
        return found

    def in_order(self, table: str) -> list[Header]:
        """The headers of a table as the release prints them, other spellings left out."""
        own = [header for header in self.headers if header.table == table]
        placed = sorted((header for header in own if header.position), key=lambda header: header.position)
        return placed or own


@dataclass(frozen=True)
class Register:
    """All releases of an agency."""

    agency: str
    releases: tuple[KnownRelease, ...]

    def release(self, name: str) -> KnownRelease:
        """The release called `name`.

        Raises:
            TallystickError: TS160.
        """
        from tallystick.terms.definitions import unknown_name

        for entry in self.releases:
            if entry.id == name:
                return entry
        raise unknown_name("TS160", "release", name, [entry.id for entry in self.releases], "tallystick get --list")

    @cached_property
    def hash(self) -> str:
        """Identity of everything the register says."""
        return identity(*(entry.release for entry in self.releases), *(entry.headers for entry in self.releases))


def squeezed(text: str) -> str:
    """A header as compared: small letters, every other sign a blank.

    >>> squeezed(" RCA_CASE-NUMBER "), squeezed("Most Serious Conviction (MSC) Charge")
    ('rca case number', 'most serious conviction (msc) charge')
    """
    return HEADER_SIGNS.sub(" ", text.lower()).strip()


def register(shelf: Shelf, agency: str = "us-ice") -> Register:
    """All releases that definitions know.

    Raises:
        TallystickError: TS151 with every fault of a file.
    """
    found = []
    for name, path in shelf.files(f"{agency}/releases").items():
        release = shelf.read_path(path, Release)
        folder = PurePath(name).parent.as_posix()
        headers = tuple(header for name in shelf.names(folder, ".csv") for header in _headers(shelf, name, release))
        found.append(KnownRelease(release, headers))
    return Register(agency, tuple(sorted(found, key=lambda entry: (entry.release.closes_on, entry.id))))


def _headers(shelf: Shelf, name: str, release: Release) -> Iterator[Header]:
    faults = []
    tables = {entry.table for entry in release.tables}
    for number, row in enumerate(csv_rows(shelf, name, FIELDS), start=2):
        position, outcome = row["position"], row["outcome"]
        if row["table"] not in tables:
            faults.append(
                Fault("TS151", f"'{row['table'][:40]}' is not a table of this release.", f"{name}, line {number}")
            )
        elif outcome not in OUTCOMES:
            faults.append(
                Fault(
                    "TS151",
                    f"outcome is one of {', '.join(OUTCOMES)}; '{outcome[:40]}' is none of them.",
                    f"{name}, line {number}",
                )
            )
        elif position and not position.isdigit():
            faults.append(Fault("TS151", "position is a number or empty.", f"{name}, line {number}"))
        elif outcome in ("keep", "empty", "corrupt") and not row["column"]:
            faults.append(Fault("TS151", f"outcome {outcome} needs a column.", f"{name}, line {number}"))
        else:
            yield Header(
                row["table"], int(position or 0), row["raw"], row["column"], cast("Outcome", outcome), row["note"]
            )
    if faults:
        raise TallystickError(*faults)


def csv_rows(shelf: Shelf, name: str, fields: list[str]) -> Iterator[dict[str, str]]:
    """Rows of a CSV definition with exactly these columns.

    Raises:
        TallystickError: TS151 when the header line is another one.
    """
    with shelf.path(name).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, restval="")
        if reader.fieldnames != fields:
            raise TallystickError(Fault("TS151", f"the first line must be: {','.join(fields)}", where=name))
        for row in reader:
            yield {key: shelf.text(value or "") for key, value in row.items() if key is not None}


def file_fits(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file is named as a release names its files; the mark of made-up files is passed over.

    >>> file_fits("MADE-UP_arrests FY23.xlsx", ("Arrests FY2?.xlsx",))
    True
    """
    plain = re.sub(rf"^{MADE_UP}[ _-]+", "", name, flags=re.IGNORECASE).lower()
    return any(fnmatch(plain, pattern.lower()) for pattern in patterns)
