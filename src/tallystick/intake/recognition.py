"""Which release and table is this sheet? Decided by its headers, wherever the header row stands.

Headers are compared squeezed and in any order. The file name never decides; where several releases
print the same headers, the last day in the file does, and the name only breaks what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tallystick.intake.peek import Peek, PeekedSheet
from tallystick.intake.releases import MADE_UP, Header, KnownRelease, Register, file_fits, squeezed
from tallystick.intake.suspects import header_suspect

LEAST_SHARE = 0.6  # of the filled cells of a row that must be known headers of one table
LEAST_HEADERS = 4
LATE_DAYS = 3  # how far the last event of a file may lie from the day a release closes


@dataclass(frozen=True)
class Place:
    """One column of a sheet: where it stands, what its header says, and what is known about it."""

    index: int
    raw: str
    header: Header | None

    @property
    def is_suspect(self) -> bool:
        """Whether nobody knows the header and it reads like that of an identifier."""
        return self.header is None and header_suspect(self.raw)


@dataclass(frozen=True)
class Candidate:
    """A release and table whose headers a sheet fits."""

    release: KnownRelease
    table: str
    places: tuple[Place, ...]
    absent: tuple[str, ...]

    @property
    def unknown(self) -> tuple[Place, ...]:
        """Columns with a header that this table does not have."""
        return tuple(place for place in self.places if place.header is None)

    @property
    def misfit(self) -> int:
        """How far the sheet is from the table: unknown and absent headers together."""
        return len(self.unknown) + len(self.absent)


@dataclass(frozen=True)
class Recognised:
    """A sheet of records: its header row (counted from 0) and the releases it may belong to, best first."""

    sheet: PeekedSheet
    header_row: int
    candidates: tuple[Candidate, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables of the candidates."""
        return tuple(dict.fromkeys(candidate.table for candidate in self.candidates))


def recognise(peeked: Peek, known: Register) -> tuple[tuple[Recognised, ...], tuple[PeekedSheet, ...]]:
    """The sheets that hold records, and the others."""
    found, others = [], []
    for sheet in peeked.sheets:
        recognised = _recognised(sheet, known)
        if recognised is None:
            others.append(sheet)
        else:
            found.append(recognised)
    return tuple(found), tuple(others)


def _recognised(sheet: PeekedSheet, known: Register) -> Recognised | None:
    number = next((number for number, row in enumerate(sheet.rows) if _most_known(row, known)), None)
    if number is None:
        return None
    row = sheet.rows[number]
    candidates = [
        candidate
        for release in known.releases
        for table in release.by_header
        if (candidate := _candidate(row, release, table)) is not None
    ]
    if not candidates:
        return None
    least = min(candidate.misfit for candidate in candidates)
    fitting = [candidate for candidate in candidates if candidate.misfit == least]
    return Recognised(sheet, number, tuple(fitting))


def _most_known(row: Sequence[str], known: Register) -> int:
    filled = [squeezed(cell) for cell in row if cell.strip()]
    if len(filled) < LEAST_HEADERS:
        return 0
    most = max(
        (
            sum(text in headers for text in filled)
            for release in known.releases
            for headers in release.by_header.values()
        ),
        default=0,
    )
    return most if most >= LEAST_HEADERS and most >= LEAST_SHARE * len(filled) else 0


def _candidate(row: Sequence[str], release: KnownRelease, table: str) -> Candidate | None:
    headers = release.by_header[table]
    taken: dict[str, int] = {}
    places = []
    hits = 0
    for index, cell in enumerate(row):
        if not cell.strip():
            continue
        text = squeezed(cell)
        own = headers.get(text, [])
        nth = taken.get(text, 0)
        taken[text] = nth + 1
        header = own[nth] if nth < len(own) else None
        hits += header is not None
        places.append(Place(index, cell.strip(), header))
    if hits < max(LEAST_HEADERS, LEAST_SHARE * len(places)):
        return None
    columns = {place.header.column for place in places if place.header and place.header.column}
    absent = tuple(
        dict.fromkeys(
            header.column
            for header in release.headers
            if header.table == table and header.outcome in ("keep", "empty", "corrupt") and header.column not in columns
        )
    )
    return Candidate(release, table, tuple(places), absent)


def decided(found: Recognised, file: str, last_days: Sequence[date], named: str = "") -> tuple[Candidate | None, str]:
    """The release a sheet belongs to, and by what it was decided.

    Args:
        found: the sheet with its candidates.
        file: name of the file.
        last_days: last days of the event column, the surest first, when the sheet was read.
        named: the release a person named.

    Returns:
        The candidate and 'headers', 'named', 'last day' or 'file name'; None when several are left.
    """
    left = list(found.candidates)
    if len(left) == 1:
        return left[0], "headers"
    if named:
        chosen = [candidate for candidate in left if candidate.release.id == named]
        return (chosen[0] if chosen else None), "named"
    for day in last_days:
        near = [candidate for candidate in left if _days_after_close(candidate, day) <= LATE_DAYS]
        if len(near) == 1:
            return near[0], "last day"
    by_name = [
        candidate for candidate in left if file_fits(file, candidate.release.release.table(candidate.table).files)
    ]
    if len(by_name) == 1:
        return by_name[0], "file name"
    return None, "several"


def _days_after_close(candidate: Candidate, day: date) -> int:
    return abs((day - date.fromisoformat(candidate.release.release.closes_on)).days)


def is_made_up(peeked: Peek) -> bool:
    """Whether a file says of itself that it was made up: in the names of its sheets or above its header row."""
    return any(
        sheet.name.startswith(MADE_UP) or any(cell.startswith(MADE_UP) for row in sheet.rows[:12] for cell in row[:2])
        for sheet in peeked.sheets
    )
