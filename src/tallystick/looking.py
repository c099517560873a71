"""What is this record file? Answered from the heads of its sheets, without reading the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tallystick.intake.door import admit_records
from tallystick.intake.identifiers import column_letters
from tallystick.intake.peek import peek
from tallystick.intake.recognition import Candidate, Recognised, decided, is_made_up, recognise
from tallystick.intake.redaction import is_live
from tallystick.intake.suspects import text_suspect
from tallystick.recordsheet import Rules


@dataclass(frozen=True)
class SeenSheet:
    """One sheet of records as its head shows it."""

    name: str
    hidden: bool
    header_row: int
    table: str
    releases: tuple[str, ...]
    decided_by: str
    identifiers: tuple[str, ...]
    unknown: tuple[str, ...]
    absent: tuple[str, ...]
    columns: int
    refused: tuple[str, ...]
    known_faults: tuple[str, ...]


@dataclass(frozen=True)
class SeenFile:
    """One record file as its heads show it."""

    file: str
    sha256: str
    size: int
    invented: bool
    sheets: tuple[SeenSheet, ...]
    others: tuple[str, ...]
    title: str
    closes_on: str
    note: str


def look(path: Path, rules: Rules) -> SeenFile:
    """The head of a record file, recognised.

    Raises:
        TallystickError: TS200 to TS206.
    """
    file = admit_records(path)
    peeked = peek(path)
    found, others = recognise(peeked, rules.register)
    sheets = tuple(_seen(sheet, file.name) for sheet in found)
    names = {name for sheet in sheets for name in sheet.releases}
    release = rules.register.release(next(iter(names))).release if len(names) == 1 else None
    return SeenFile(
        file.name,
        file.sha256,
        file.size,
        is_made_up(peeked),
        sheets,
        tuple(sheet.name for sheet in others),
        release.title if release else "several releases print these headers",
        release.closes_on if release else "",
        release.note if release else "",
    )


def _seen(found: Recognised, file: str) -> SeenSheet:
    candidate, basis = decided(found, file, ())
    candidates = (candidate,) if candidate else found.candidates
    first: Candidate = candidates[0]
    return SeenSheet(
        found.sheet.name,
        found.sheet.hidden,
        found.header_row + 1,
        first.table,
        tuple(dict.fromkeys(entry.release.id for entry in candidates)),
        basis if candidate else "the last day in the file decides when it is built",
        tuple(place.raw for place in first.places if place.header and place.header.outcome == "identifier"),
        tuple(f"column {column_letters(place.index)}" for place in first.unknown),
        first.absent,
        len(first.places),
        tuple(_refused(found, first)),
        _known_faults(first) if candidate else (),
    )


def _known_faults(candidate: Candidate) -> tuple[str, ...]:
    """What definitions say is wrong with the table, the gravest first."""
    entry = candidate.release.release.table(candidate.table)
    said = (
        ("known to be wrong", entry.unfit),
        ("stays cannot be built", entry.no_stays),
        ("disputed", entry.disputed),
    )
    corrupt = [
        f"column {place.raw}: {place.header.note}"
        for place in candidate.places
        if place.header and place.header.outcome == "corrupt"
    ]
    empty = [place.raw for place in candidate.places if place.header and place.header.outcome == "empty"]
    return (
        *(f"{what}: {why}" for what, why in said if why),
        *corrupt,
        *((f"wholly blank or redacted in this release: {', '.join(empty)}",) if empty else ()),
    )


def _refused(found: Recognised, candidate: Candidate) -> Iterator[str]:
    """Columns whose first rows already hold what would refuse the file, and of which kind; never the value."""
    for place in candidate.places:
        cells = [
            row[place.index]
            for row in found.sheet.rows[found.header_row + 1 :]
            if place.index < len(row) and is_live(row[place.index])
        ]
        where = f"column {column_letters(place.index)}"
        outcome = place.header.outcome if place.header else ""
        if cells and (outcome == "identifier" or place.is_suspect):
            yield f"{where} (live values below the header of an identifier)"
        elif place.header and outcome != "facility_address" and _is_text(place.header.column):
            yield from sorted({f"{where} ({kind})" for cell in cells if (kind := text_suspect(cell))})


def _is_text(column: str) -> bool:
    return column != "person_key" and not column.endswith(("_date", "_datetime"))
