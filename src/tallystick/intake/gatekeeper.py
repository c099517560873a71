"""The door for record files: any live identifier, in any column, refuses the whole file.

Three outcomes per column. A known identifier column that is wholly redacted or blank is looked
through, not stored and named in the ledger. A live identifier refuses the file (exit 3), says where,
and never what. A header that nobody knows stops the reading with the line to add.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence

from tallystick.intake.canonical import Source
from tallystick.intake.codebook import TableRule
from tallystick.intake.identifiers import column_letters, identifier_in
from tallystick.intake.recognition import Candidate, Place
from tallystick.intake.redaction import is_live, is_redacted
from tallystick.intake.releases import FIELDS
from tallystick.intake.suspects import day_counts, key_suspect, long_numbers, repeats_too_little, text_suspect
from tallystick.terms.errors import TallystickError, cannot, refused

Distinct = Callable[[int, int], list[tuple[str, int]]]
Values = Sequence[tuple[str, int]]
MOST_VALUES = 200_000
MOST_IDENTIFIERS = 1_000  # distinct values of an identifier column: redaction marks are a handful
NAMES_OF_FILES = (
    "full_date", "narrative", "coded_number", "street_address", "bare_number", "spaced_number", "phone", "online_name",
)  # fmt: skip
OUTSIDE_RECORDS = (
    "full_date",
    "narrative",
    "coded_number",
    "street_address",
)  # preambles are dated, and tell what they are


def check_outside(file: str, sheet: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Names of sheets, preambles and sheets without records hold no identifier.

    Raises:
        TallystickError: TS301, exit 3.
    """
    for name in names:
        if found := text_suspect(name, without=OUTSIDE_RECORDS):
            raise refuse_suspect(file, "(name withheld)", "the name of a sheet", found)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if value and (found := text_suspect(value, without=OUTSIDE_RECORDS)):
                raise refuse_suspect(file, sheet, f"row {number}, column {column_letters(column)}", found)


def check_file_name(name: str) -> None:
    """A file is not named after a person: its name stands in tables and messages.

    Raises:
        TallystickError: TS301, exit 3; the name is withheld.
    """
    if found := text_suspect(name.rsplit(".", 1)[0].replace("_", " "), without=NAMES_OF_FILES):
        raise refuse_suspect("(name withheld)", "", "the name of the file", found)


def check_headers(
    file: str, sheet: str, candidate: Candidate, distinct: Distinct, header: Sequence[str], width: int
) -> None:
    """Identifier columns are wholly redacted or blank; a header that nobody knows stops the reading.

    Args:
        file: name of the file.
        sheet: name of the sheet.
        candidate: what the sheet was recognised as.
        distinct: gives distinct values of a cell column (counted from 1), at most so many.
        header: the header row.
        width: how many columns the sheet has, those without a header included.

    Raises:
        TallystickError: TS301 (exit 3) on a live value; TS161 when a header is not mapped.
    """
    strange: list[Place] = []
    for place in candidate.places:
        is_identifier = place.header is not None and place.header.outcome == "identifier"
        if not is_identifier and place.header is not None:
            continue
        values = distinct(place.index + 1, MOST_IDENTIFIERS)
        if is_identifier and len(values) == MOST_IDENTIFIERS:
            raise refuse_suspect(file, sheet, _column(place.index, header), "more values than there are marks")
        if is_identifier or place.is_suspect:
            if any(is_live(text) for text, _ in values):
                raise refuse_suspect(
                    file, sheet, _column(place.index, header), "live values below the header of an identifier"
                )
        else:
            check_texts(file, sheet, _column(place.index, header), distinct(place.index + 1, 200_000))
        if place.header is None:
            strange.append(place)
    headed = {place.index for place in candidate.places}
    for index in range(width):
        if index not in headed and (values := distinct(index + 1, 200_000)):
            check_texts(file, sheet, _column(index, header), values)
            strange.append(Place(index, "", None))
    if strange:
        raise _unknown_headers(file, sheet, candidate, strange)


def check_texts(
    file: str,
    sheet: str,
    column: str,
    values: Values,
    *,
    without: Sequence[str] = (),
    kind: str = "text",
    listed: Callable[[str], bool] = lambda _text: False,
) -> None:
    """No value of a column is an identifier, and a column of texts repeats itself.

    Args:
        file: name of the file.
        sheet: name of the sheet.
        column: the column as shown in a message.
        values: distinct values with the rows of each.
        without: detectors that do not apply.
        kind: type of the column.
        listed: tells whether a value stands in the vocabulary of the column.

    Raises:
        TallystickError: TS301, exit 3.
    """
    if len(values) >= MOST_VALUES and "uniqueness" not in without:
        raise refuse_suspect(file, sheet, column, "more different values than any column of a release has")
    live = [(text, rows) for text, rows in values if is_live(text)]
    if kind not in ("text", "place") and any(is_redacted(text.strip()) for text, _ in live):
        raise refuse_suspect(file, sheet, column, "live text behind a mark of redaction")
    rows = sum(count for _, count in live)
    if kind in ("integer", "decimal"):
        if long_numbers(live, rows):
            raise refuse_suspect(file, sheet, column, "long numbers that do not repeat, as registration numbers")
        if kind == "integer" and day_counts(live):
            raise refuse_suspect(file, sheet, column, "days where years should stand, as dates of birth")
        live = [(text, count) for text, count in live if not _is_number(text)]
    if kind == "place":
        without = (*without, "street_address")  # offices and jails stand with theirs; the text itself is discarded
    for text, _ in live:
        if not listed(text) and (found := text_suspect(text, without=without)):
            raise refuse_suspect(file, sheet, column, found)
    if kind in ("text", "place") and "uniqueness" not in without and repeats_too_little(rows, len(live)):
        raise refuse_suspect(file, sheet, column, "values that hardly ever repeat, as names or numbers of persons")


def check_key(file: str, sheet: str, column: str, odd: Values, shape: str = "") -> None:
    """Person keys are made up by the agency and all of one shape: anything else may be a number or a name.

    Raises:
        TallystickError: TS301, exit 3.
    """
    for text, _ in odd:
        if is_live(text) and (found := key_suspect(text, shape)):
            raise refuse_suspect(file, sheet, column, found)


def check_columns(file: str, sheet: str, candidate: Candidate, table: TableRule, sources: Mapping[str, Source]) -> None:
    """The day of the event and, where the release has one, the person key are there.

    Raises:
        TallystickError: TS166.
    """
    lacking = [table.event] if sources[table.event].cell == 0 and sources[table.event].why != "implausible" else []
    if candidate.release.release.person_key and sources["person_key"].cell == 0:
        own = {header.column for header in candidate.release.headers if header.table == candidate.table}
        lacking += ["person_key"] if "person_key" in own else []
    if lacking:
        printed = [
            next(
                (f"'{entry.raw}'" for entry in candidate.release.in_order(candidate.table) if entry.column == name),
                name,
            )
            for name in lacking
        ]
        raise cannot(
            "TS166",
            f"{file} lacks the column {' and '.join(printed)}.",
            where=f"{file}, sheet {sheet}",
            why="Without them rows can neither be placed in time nor linked.",
            fix="Compare the header row with the file as published; columns may have been deleted or renamed.",
        )


def refuse_suspect(file: str, sheet: str, place: str, what: str) -> TallystickError:
    """The refusal of a file: where something stands, and of which kind it is; never the value."""
    shown = (
        sheet if not identifier_in(sheet) and not text_suspect(sheet, without=OUTSIDE_RECORDS) else "(name withheld)"
    )
    return refused(
        "TS301",
        f"{file} was not read: it holds what looks like a direct identifier ({what}).",
        where=f"{file}, sheet {shown}, {place}" if sheet else place,
        why="tallystick works on de-identified public records only. Nothing was copied, cached or logged.",
        fix="Use the release as published. A mistaken alarm in a published file can be excepted for this very file and "
        "column by a definition under us-ice/exceptions/; headers of identifiers never.",
    )


def _column(index: int, header: Sequence[str]) -> str:
    raw = header[index].strip() if index < len(header) else ""
    return f"column {column_letters(index)}" + (f" ('{raw[:60]}')" if raw and not text_suspect(raw) else "")


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").replace("$", ""))
    except ValueError:
        return False
    return True


def _unknown_headers(file: str, sheet: str, candidate: Candidate, strange: Sequence[Place]) -> TallystickError:
    name = f"us-ice/releases/{candidate.release.id}/mine.csv"
    lines = []
    left = list(candidate.absent)
    for place in strange:
        raw = place.raw if place.raw and not text_suspect(place.raw) else "HEADER AS PRINTED"
        meant = difflib.get_close_matches(raw.lower().replace(" ", "_"), left, n=1, cutoff=0.2) or left[:1]
        if place.is_suspect:
            lines.append(f"{candidate.table},,{raw[:80]},,identifier,why")
        elif meant:
            left.remove(meant[0])
            lines.append(f"{candidate.table},,{raw[:80]},{meant[0]},keep,")
        else:
            lines.append(f"{candidate.table},,{raw[:80]},,left_out,why")
    return cannot(
        "TS161",
        f"{len(strange)} columns of {file} have a header that {candidate.release.id} does not have.",
        where=f"{file}, sheet {sheet}, " + "; ".join(f"column {column_letters(place.index)}" for place in strange[:8]),
        why="A column that nobody mapped could be lost without notice, or hold what must not be read.",
        fix=f"Write a file {name} in a definitions folder (--definitions DIR) with the first line "
        f"{','.join(FIELDS)} and, after looking at each, these lines: " + " | ".join(lines[:8]),
    )
