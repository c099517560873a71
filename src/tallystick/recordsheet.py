"""One sheet of records on the desk: looked at for identifiers, read value by value, written as typed rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from tallystick import __version__
from tallystick.clear.rules import disclosure_rules
from tallystick.desk import LAST_ROW, Desk
from tallystick.intake.canonical import Source, canonical_query, moment
from tallystick.intake.codebook import VALUE_FIELDS, Codebook, ColumnRule, TableRule, Vocabulary
from tallystick.intake.door import AdmittedFile
from tallystick.intake.gatekeeper import OUTSIDE_RECORDS, check_columns, check_headers, check_key, check_texts
from tallystick.intake.identifiers import column_letters
from tallystick.intake.peek import Peek
from tallystick.intake.recognition import Candidate, Place, Recognised, decided, is_made_up
from tallystick.intake.releases import Register
from tallystick.intake.rules import door_rules
from tallystick.intake.values import ReadColumn, read_odd, read_texts
from tallystick.terms.definitions import identity
from tallystick.terms.errors import TallystickError, cannot
from tallystick.terms.ledger import LedgerLine

MOST_DISTINCT = 200_000
ODD_DISTINCT = 5_000
NOTE_CELLS = 2  # a row with no more than these and neither event nor key is a note of the sheet
LEAST_ON_LAST_DAY = 3
SPARE_COLUMNS = 200  # how far behind the last header a sheet is looked at where it says that it is so wide
LOOKED_AT = 8  # how far in any case
CACHE_SHAPE = 1  # raised when what stands in the cache changes its meaning


class SheetRead(msgspec.Struct, frozen=True):
    """One sheet of records as read: what it is, how many rows, where its rows stand in the cache."""

    file: str
    sha256: str
    sheet: str
    release: str
    table: str
    decided_by: str
    invented: bool
    rows_in: int
    rows: int
    parquet: str
    fingerprint: str
    first_day: str
    last_day: str
    absent: tuple[str, ...]
    filled_although_empty: tuple[str, ...]
    excepted: tuple[str, ...]
    ledger: tuple[LedgerLine, ...]


@dataclass(frozen=True)
class Rules:
    """Everything that definitions say about records."""

    register: Register
    codebook: Codebook
    exceptions: tuple[tuple[str, str, str], ...] = ()

    @cached_property
    def hash(self) -> str:
        """Identity of the rules, of this version of the reader and of its engine."""
        import importlib.metadata

        engine = importlib.metadata.version("duckdb")
        return identity(self.register.hash, self.codebook.hash, self.exceptions, __version__, CACHE_SHAPE, engine)

    def excepted(self, sha256: str, header: str) -> tuple[str, ...]:
        """Detectors that do not apply to a column of one very file."""
        return tuple(detector for digest, column, detector in self.exceptions if (digest, column) == (sha256, header))


class RowCounts:
    """How many rows each part of a workbook has, counted while it is unpacked once on the side."""

    def __init__(self, running: Future[dict[str, int]] | None) -> None:
        self._running = running

    def __call__(self, *, wait: bool = False) -> dict[str, int]:
        """Part -> rows; empty for a CSV file. Waits only when asked to."""
        if self._running is None or not (wait or self._running.done()):
            return {}
        return self._running.result()


class RecordSheet:
    """One sheet on the desk."""

    def __init__(
        self, file: AdmittedFile, peeked: Peek, found: Recognised, rules: Rules, table: Desk, named: str
    ) -> None:
        self.file, self.peeked, self.found, self.rules, self.desk, self.named = file, peeked, found, rules, table, named
        self.name = found.sheet.name
        self.first_row = found.header_row + 2
        self.header = found.sheet.rows[found.header_row]
        self.ledger: list[LedgerLine] = []
        self.excepted: list[str] = []
        self.laid = 0

    def lay(self, row_counts: RowCounts) -> int:
        """Lay all rows on the desk; a sheet longer than it declares is laid again as a whole."""
        sheet = self.found.sheet
        widest = max(len(self.header), *map(len, sheet.rows))
        self.width = max(widest, min(sheet.width, len(self.header) + SPARE_COLUMNS), len(self.header) + LOOKED_AT)
        if self.peeked.kind == "csv":
            self.width = self.desk.lay_csv(self.file.path, first_row=self.first_row, width=self.width)
            self.laid = self._rows()
            return self.laid
        declared = sheet.last_row if sheet.last_row >= self.first_row else LAST_ROW
        self.laid = self._laid_until(declared)
        if declared < row_counts(wait=True).get(sheet.part, 0):
            self.laid = self._laid_until(LAST_ROW)
        return self.laid

    def _laid_until(self, last_row: int) -> int:
        return self.desk.lay_xlsx(
            self.file.path, self.name, first_row=self.first_row, last_row=min(last_row, LAST_ROW), width=self.width
        )

    def read(self, target: Path) -> SheetRead:
        """Pass the door, type the cells, write the rows."""
        candidate, basis = self._candidate()
        table = self.rules.codebook.tables[candidate.table]
        self._set_header_rows_aside(candidate)
        check_headers(self.file.name, self.name, candidate, self.desk.distinct, self.header, self.width)
        self._set_notes_aside(candidate, table)
        self._check_cells(candidate, table)
        sources = self._sources(candidate, table)
        check_columns(self.file.name, self.name, candidate, table, sources)
        query = canonical_query(
            table,
            sources,
            closes_on=candidate.release.release.closes_on,
            from_1904=self.peeked.from_1904,
            invented=is_made_up(self.peeked),
        )
        self.desk.write(query, target)
        return self._done(candidate, table, basis, target, sources)

    def _candidate(self) -> tuple[Candidate, str]:
        candidates = self.found.candidates
        last = self._last_days(candidates[0]) if len({entry.release.id for entry in candidates}) > 1 else ()
        candidate, basis = decided(self.found, self.file.name, last, self.named)
        if candidate is None:
            names = ", ".join(sorted({entry.release.id for entry in candidates}))
            raise cannot(
                "TS164",
                f"{self.file.name} fits several releases: {names}.",
                where=f"{self.file.name}, sheet {self.name}",
                why="They print the same headers, and neither the last day in the file nor its name tells them apart.",
                fix="Name the release: --release ID",
            )
        return candidate, basis

    def _last_days(self, candidate: Candidate) -> tuple[date, ...]:
        """The last day with some rows, and the last day of all, none behind the last close of the candidates."""
        event = self.rules.codebook.tables[candidate.table].event
        place = next((place for place in candidate.places if place.header and place.header.column == event), None)
        if place is None:
            return ()
        latest = max(entry.release.release.closes_on for entry in self.found.candidates)
        day = moment(f"c{place.index + 1}", from_1904=self.peeked.from_1904)
        found = self.desk.rows(
            f"select max(day) filter (where rows >= {LEAST_ON_LAST_DAY}), max(day) from "  # noqa: S608
            f"(select cast({day} as date) as day, count(*) as rows from sheet group by 1) "
            f"where day <= date '{latest}'"
        )[0]
        return tuple(dict.fromkeys(entry for entry in found if entry is not None))

    def _check_cells(self, candidate: Candidate, table: TableRule) -> None:
        """Look at every column for identifiers before anything is read from any of them."""
        headed = {place.index + 1: place for place in candidate.places}
        for cell in range(1, self.width + 1):
            place = headed.get(cell)
            header = place.header if place else None
            where = place.raw if place else "(no header)"
            without = self.rules.excepted(self.file.sha256, where)
            if without:
                self.excepted.append(where)
            if header is None or header.outcome == "identifier":
                continue  # the headers were looked at already
            rule = next((rule for rule in table.columns if rule.name == header.column), None)
            if header.outcome == "facility_address":
                without = (*without, "street_address")
            if header.outcome == "left_out":  # never stored; nobody says whether days or numbers stand in it
                without = (*without, "uniqueness", "full_date", "bare_number")
            if rule is not None and rule.type == "key":
                shape = candidate.release.release.key_shape
                check_key(self.file.name, self.name, where, self._odd_keys(cell, shape), shape)
            elif rule is not None and rule.type in ("date", "datetime") and header.outcome != "left_out":
                check_texts(
                    self.file.name,
                    self.name,
                    where,
                    self._odd_moments(cell),
                    without=(*without, "full_date"),
                    kind="date",
                )
            else:
                values = self.desk.distinct(cell, MOST_DISTINCT)
                vocabulary = self.rules.codebook.vocabularies.get(rule.vocabulary) if rule is not None else None
                kind: str = rule.type if rule is not None else "text"
                if vocabulary is not None and vocabulary.rule.mode != "open":
                    kind = "coded"
                check_texts(
                    self.file.name, self.name, where, values, without=without, kind=kind, listed=_listed_in(vocabulary)
                )

    def _odd_keys(self, cell: int, shape: str) -> list[tuple[str, int]]:
        """Keys that are not of the shape of anonymous ones."""
        pattern = (shape or door_rules().keys.shape).replace("'", "''")
        return self.desk.distinct(cell, ODD_DISTINCT, f"not regexp_full_match(lower(trim(c{cell})), '{pattern}')")

    def _odd_moments(self, cell: int) -> list[tuple[str, int]]:
        return self.desk.distinct(
            cell, MOST_DISTINCT, f"({moment(f'c{cell}', from_1904=self.peeked.from_1904)}) is null"
        )

    def _set_header_rows_aside(self, candidate: Candidate) -> None:
        """The header row may stand again between the records, cell for cell: out, with a ledger line."""
        cells = [place.index + 1 for place in candidate.places]
        again = " and ".join(f"trim(c{cell}) = ?" for cell in cells)
        values = [place.raw for place in candidate.places]
        self._drop("header again", "the header row stands again between the records", f"({again})", values)

    def _set_notes_aside(self, candidate: Candidate, table: TableRule) -> None:
        """Notes below the table are no records: out, with a ledger line."""
        telling = [
            place.index + 1
            for place in candidate.places
            if place.header and place.header.column in (table.event, "person_key") and place.header.outcome == "keep"
        ]
        if telling:
            filled = " + ".join(f"(c{cell} is not null)::int" for cell in range(1, self.width + 1))
            empty = " and ".join(f"c{cell} is null" for cell in telling[1:] or telling)
            odd = f"({moment(f'c{telling[0]}', from_1904=self.peeked.from_1904)}) is null"
            where = f"{filled} <= {NOTE_CELLS} and {empty} and {odd}"
            for cell in range(1, self.width + 1):
                notes = self.desk.distinct(cell, MOST_DISTINCT, where)
                check_texts(self.file.name, self.name, "a note below", notes, without=(*OUTSIDE_RECORDS, "uniqueness"))
            self._drop(
                "note",
                f"a line of no more than {NOTE_CELLS} cells without event and key is a note of the sheet",
                where,
                [],
            )

    def _drop(self, rule: str, reason: str, where: str, values: Sequence[str]) -> None:
        dropped = self.desk.rows(f"select count(*) from sheet where {where}", values)[0][0]  # noqa: S608
        if dropped:
            self.desk.rows(f"delete from sheet where {where}", values)  # noqa: S608
            self.ledger.append(
                LedgerLine(
                    "received",
                    self.found.tables[0],
                    "left out",
                    rule,
                    reason,
                    self._where(),
                    self.laid,
                    self.laid - dropped,
                )
            )

    def _where(self) -> str:
        return f"{self.file.name}, sheet {self.name}"

    def _sources(self, candidate: Candidate, table: TableRule) -> dict[str, Source]:
        by_column = {
            place.header.column: place
            for place in reversed(candidate.places)
            if place.header is not None and place.header.column
        }
        sources: dict[str, Source] = {}
        unmapped: list[tuple[str, str, str, int]] = []
        least = disclosure_rules().thresholds.least_people
        for position, rule in enumerate(table.columns):
            place = by_column.get(rule.name)
            header = place.header if place else None
            if place is None or header is None or (header.outcome == "left_out" and rule.type != "place"):
                sources[rule.name] = Source(0, "not_in_release", "not_in_release")
                continue
            if header.outcome == "corrupt":
                sources[rule.name] = Source(0, "implausible", "implausible")
                self._say(candidate.table, "not used", rule.name, header.note, self._rows(), 0)
                continue
            blank = "not_in_release" if header.outcome == "empty" else rule.blank
            cell, name = place.index + 1, f"read{position}"
            if blank == "no_by_convention" and not self.desk.distinct(cell, 1):
                blank = "blank"  # a box that nobody ever ticked was perhaps never there: that is no "no"
            read = self._readings(rule.type, rule, blank, cell, least)
            unmapped += [(rule.name, rule.vocabulary or "yes_no", text, rows) for text, rows in read.unmapped]
            if read.rare:
                self._say(
                    candidate.table,
                    "made unknown",
                    rule.name,
                    f"texts that stand on fewer than {least} rows and that no vocabulary lists",
                    self._rows(),
                    self._rows() - read.rare,
                )
            if read.values and rule.type != "key":
                self.desk.put_readings(
                    name, [(entry.raw, entry.value, entry.why, entry.state) for entry in read.values]
                )
            sources[rule.name] = Source(cell, blank, "", name if read.values and rule.type != "key" else "")
        if unmapped:
            raise self._unmapped(unmapped, least, by_column)
        return sources

    def _unmapped(
        self, unmapped: Sequence[tuple[str, str, str, int]], least: int, by_column: Mapping[str, Place]
    ) -> TallystickError:
        """Values that a strict vocabulary does not have: shown where they stand on enough rows, else by their place."""
        lines = []
        for column, _, text, rows in unmapped[:20]:
            cell = by_column[column].index + 1
            if rows >= least:
                lines.append(f"column {column_letters(cell - 1)} ({column}): '{text[:60]}' ({rows:,} rows)")
            else:
                row = self.desk.rows(f"select min(source_row) from sheet where trim(c{cell}) = ?", [text])[0][0]  # noqa: S608
                place = f"row {row}, column {column_letters(cell - 1)} ({column})"
                lines.append(
                    f"{place}: a value on fewer than {least} rows (not shown: a rare text could hide a person)"
                )
        vocabulary = unmapped[0][1]
        text = next(
            (entry[2][:60] for entry in unmapped if entry[3] >= least and entry[1] == vocabulary), "VALUE AS PRINTED"
        )
        values = sorted({value for value in self.rules.codebook.vocabularies[vocabulary].values.values() if value})
        return cannot(
            "TS162",
            f"{len(unmapped)} values are not in the vocabularies of their columns.",
            where=f"{self._where()}; " + "; ".join(lines),
            why="Counting a value as another one could misstate what happened; nothing is guessed.",
            fix="Write a file us-ice/values/mine.csv in a definitions folder (--definitions DIR) with the first line "
            f"{','.join(VALUE_FIELDS)} and a line per value: {vocabulary},{text},VALUE, where VALUE is one of: "
            f"{', '.join(values[:30])}",
        )

    def _readings(self, kind: str, rule: ColumnRule, blank: str, cell: int, least: int) -> ReadColumn:
        if kind == "key":
            return ReadColumn(())
        if kind in ("text", "yes_no", "place"):
            values = self.desk.distinct(cell, MOST_DISTINCT)
            return read_texts(rule, blank, values, self.rules.codebook, least)
        if kind in ("date", "datetime"):
            return ReadColumn(read_odd(rule, blank, self._odd_moments(cell)))
        odd = self.desk.distinct(
            cell, MOST_DISTINCT, f"try_cast(replace(replace(trim(c{cell}), ',', ''), '$', '') as double) is null"
        )
        return ReadColumn(read_odd(rule, blank, odd))

    def _rows(self) -> int:
        return int(self.desk.rows("select count(*) from sheet")[0][0])

    def _say(self, table: str, act: str, rule: str, reason: str, before: int, after: int) -> None:
        self.ledger.append(LedgerLine("received", table, act, rule, reason, self._where(), before, after))

    def _done(
        self, candidate: Candidate, table: TableRule, basis: str, target: Path, sources: dict[str, Source]
    ) -> SheetRead:
        rows, first, last, fingerprint = self._summary(table, target)
        filled = tuple(
            name
            for name, source in sources.items()
            if source.cell and source.blank == "not_in_release" and self._is_recorded(table, name, target)
        )
        for header in candidate.places:
            if header.header is not None and header.header.outcome in ("identifier", "left_out", "facility_address"):
                self._say(candidate.table, "not stored", header.raw, header.header.note, self._rows(), self._rows())
        return SheetRead(
            self.file.name,
            self.file.sha256,
            self.name,
            candidate.release.id,
            candidate.table,
            basis,
            is_made_up(self.peeked),
            self.laid,
            int(rows),
            target.name,
            str(fingerprint or ""),
            str(first or "")[:10],
            str(last or "")[:10],
            candidate.absent,
            filled,
            tuple(self.excepted),
            tuple(self.ledger),
        )

    def _summary(self, table: TableRule, target: Path) -> tuple[Any, ...]:
        names = [name for name, _ in table.stored]
        parts = ", ".join(f'"{name}"' for name in names)
        return self.desk.rows(
            f'select count(*), min("{table.event}"), max("{table.event}"), '  # noqa: S608
            f"sum(hash(row({parts}))::hugeint) from read_parquet(?)",
            [str(target)],
        )[0]

    def _is_recorded(self, table: TableRule, name: str, target: Path) -> bool:
        rule = table.column(name)
        column = f"{name}_class" if rule.type == "place" else name
        query = f"select count(*) from read_parquet(?) where \"{column}__why\" = 'recorded'"  # noqa: S608
        return bool(self.desk.rows(query, [str(target)])[0][0])


def _listed_in(vocabulary: Vocabulary | None) -> Callable[[str], bool]:
    return lambda text: vocabulary is not None and vocabulary.is_printed(text)
