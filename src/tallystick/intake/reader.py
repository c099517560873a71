"""One block of a sheet read with every label and cell: columns from the header, rows from the labels.

Geometry (as the agency lays blocks out): the title stands at the top left, the header below it,
labels in the title's column; a block ends on the right where the next title stands, below at the
first empty row or the next title. Nothing depends on a fixed cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tallystick.intake.headers import (
    POINT,
    YEAR,
    YEAR_LABEL,
    Column,
    Span,
    column_of,
    half_months,
    title_span,
    title_through,
)
from tallystick.intake.layout import Block, Label, Layouts
from tallystick.intake.printed import FISCAL, BlockRead, RawFigure, fiscal_year_in
from tallystick.intake.refreshed import without_idle_zeros
from tallystick.intake.sheets import Cell, Sheet, address, plain, printed
from tallystick.terms.errors import Fault

NUMBER_TEXT = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d+(?:\.\d+)?")
NOTE_ROWS = 4  # how far below a block a sentence about it may stand


@dataclass(frozen=True)
class _Row:
    index: int
    labels: tuple[Label, ...]
    text: str
    span: Span | None = None


class BlockReader:
    """Reads one block: columns from the header row, rows from the label column, then the cells."""

    def __init__(
        self,
        file: str,
        sheet: Sheet,
        known: Layouts,
        block: Block,
        place: tuple[int, int],
        starts: set[tuple[int, int]],
        matched: re.Match[str] | None = None,
    ) -> None:
        self.file, self.sheet, self.known, self.block = file, sheet, known, block
        (self.row, self.column), self.starts = place, starts
        self.title = printed(sheet.rows[self.row][self.column])
        self.problems: list[Fault] = []
        self.right = self._right_edge()
        bare = plain(self.title)
        self.titled = [entry for entry in block.titled if entry.contains in bare]
        self.unit = self._unit(bare)
        self.span = title_span(matched) if matched else None
        self.through = title_through(matched) if matched else None
        self.attribute_columns: dict[int, str] = {}

    def read(self) -> BlockRead:
        """The block with its figures and the problems met on the way."""
        header = self._header_row()
        columns = self._columns(header) if header is not None else []
        rows = self._rows(header, has_second=self._has_second(header)) if header is not None and columns else []
        if not columns or not rows:
            self._problem("TS220", "has no header row that can be read", self.row + 1, self.column)
        figures = tuple(figure for row in rows for column in columns for figure in self._figure(row, column, header))
        figures = without_idle_zeros(self.block, figures)
        figures += tuple(self._noted(rows[-1].index)) if rows and figures else ()
        sound = bool(figures) and not any(fault.code in ("TS220", "TS221", "TS222") for fault in self.problems)
        return BlockRead(
            self.block.id,
            self.sheet.name,
            self.title,
            address(self.row, self.column),
            fiscal_year_in(self.title),
            _one_scheme(figures),
            tuple(self.problems),
            sound,
            self.through,
        )

    def _right_edge(self) -> int:
        cells = self.sheet.rows[self.row]
        after = range(self.column + 1, len(cells))
        return next((index for index in after if printed(cells[index])), len(cells))

    def _unit(self, bare: str) -> str:
        by_title = self.block.unit_by_title.items()
        own = next((entry.unit for entry in self.titled if entry.unit), self.block.unit)
        return next((unit for start, unit in by_title if bare.startswith(start)), own)

    def _cell(self, row: int, column: int) -> Cell:
        cells = self.sheet.rows[row] if row < len(self.sheet.rows) else []
        return cells[column] if column < len(cells) else None

    def _header_row(self) -> int | None:
        """The next row, provided its first cell is a header of labels and not yet a label."""
        for row in range(self.row + 1, self.row + 1 + self.block.header_within):
            first = plain(self._cell(row, self.column))
            others = [self._cell(row, index) for index in range(self.column + 1, self.right)]
            if self._is_label_header(first) and any(value not in (None, "") for value in others):
                return row
        bare = self.block.header_may_miss and self._has_numbers(self.row + 1)
        return self.row if bare else None  # the title itself stands for the header

    def _is_label_header(self, text: str) -> bool:
        bare = FISCAL.sub("(year)", text)
        return text in self.block.label_headers or (bare != text and bare in self.block.label_headers)

    def _has_second(self, header: int | None) -> bool:
        second = plain(self._cell(header, self.column + 1)) if header is not None else ""
        return bool(second) and second in self.block.second_label_headers

    def _columns(self, header: int) -> list[Column]:
        if self.block.columns_as == "half_months":
            return half_months(self.sheet.rows, header, self.column + 1)
        if header == self.row:
            return [Column(self.column + 1, label.labels[0], YEAR, label) for label in self.block.columns[:1]]
        first = self.column + (2 if self._has_second(header) else 1)
        if self.block.stops_at_gap:
            blank = (n for n in range(first, self.right) if self._cell(header, n) in (None, ""))
            self.right = next(blank, self.right)
        found = [column for index in range(first, self.right) if (column := self._header_cell(header, index))]
        found = self._beside_header(header, found)
        missing = self._missing(found)
        if missing:
            self._problem("TS221", f"lacks the columns {', '.join(missing)}", header, self.column)
        return found

    def _header_cell(self, header: int, index: int) -> Column | None:
        raw = self._cell(header, index)
        text = plain(raw)
        if text in self.block.attributes:
            self.attribute_columns[index] = self.block.attributes[text]
            return None
        if not text and (raw in (None, "") or isinstance(raw, (int, float, str))):
            return None
        months = self.known.reading.months if self.block.period_kind == "month" else ()
        column = column_of(self.block, months, index, raw, text)
        if column is None:
            self._problem("TS221", f"has a header cell nobody knows, '{_shown(text)}'", header, index)
        return column

    def _beside_header(self, header: int, found: list[Column]) -> list[Column]:
        """A block of one column whose numbers stand beside their header, under blank header cells."""
        if len(self.block.columns) != 1 or len(found) != 1 or self._cell(header + 1, found[0].index) not in (None, ""):
            return found
        filled = [
            index for index in range(self.column + 1, self.right) if isinstance(self._cell(header + 1, index), float)
        ]
        if len(filled) != 1:
            return found
        self._problem("TS225", "has its numbers beside their header", header + 1, filled[0])
        return [Column(filled[0], found[0].label, found[0].period, found[0].means)]

    def _missing(self, found: Sequence[Column]) -> list[str]:
        if not any(0 <= column.period for column in found):
            return [] if found else ["of this block"]
        have = {column.period for column in found}
        return [month for number, month in enumerate(self.known.reading.months) if number not in have]

    def _rows(self, header: int, *, has_second: bool) -> list[_Row]:
        found: list[_Row] = []
        group: Label | None = None
        group_text = ""
        above: Label | None = None
        first = header + (3 if self.block.columns_as == "half_months" else 1)
        for row in range(first, len(self.sheet.rows)):
            text = plain(self._cell(row, self.column))
            if (row, self.column) in self.starts or self._is_empty(row) or self._stops(text):
                break
            second = plain(self._cell(row, self.column + 1)) if has_second else ""
            label = self._label(row, text) if text else self._blank_label(row, above, found)
            under = next((entry for entry in self.block.second_rows if second in entry.labels), None)
            if label is None or (second and under is None):
                self._problem("TS222", f"has a row label nobody knows, '{_shown(text or second)}'", row, self.column)
                continue
            above = label if text else above
            if label.opens_group:
                group, group_text = label, re.sub(r"\s+", " ", printed(self._cell(row, self.column))) or label.labels[0]
            meanings = tuple(part for part in (group, label, under) if part is not None)
            found.append(
                _Row(
                    row,
                    meanings,
                    self._row_text(row, label, second, group_text if group is not label else ""),
                    self._row_span(label),
                )
            )
        return found

    def _stops(self, text: str) -> bool:
        return any(text.startswith(start) for start in self.block.stop_labels)

    def _label(self, row: int, text: str) -> Label | None:
        if self.block.rows_as == "fiscal_years":
            year = YEAR_LABEL.fullmatch(text)
            return Label(labels=(text,), set={}) if year else None
        fitting = [entry for entry in self.block.rows if text in entry.labels]
        if len(fitting) > 1:  # one word for a group and for a sum inside it: the group has no numbers beside it
            bare = not self._has_numbers(row)
            fitting = [entry for entry in fitting if entry.without_numbers is bare]
        if fitting:
            return fitting[0]
        return self._open_label(row, text)

    def _open_label(self, row: int, text: str) -> Label | None:
        """A name that no definition lists (a facility, a country, an area): the name is the meaning."""
        if not self.block.open_rows or not self._has_numbers(row):
            return None
        opens = self.block.open_rows_open_group
        if opens and not self._is_member(row + 1):
            return None  # nothing stands below it: not a group, but a member nobody knows
        name = re.sub(r"\s+", " ", printed(self._cell(row, self.column)))
        return Label(labels=(text,), set={self.block.open_rows: name}, opens_group=opens, total=opens)

    def _is_member(self, row: int) -> bool:
        text = plain(self._cell(row, self.column))
        return not text or any(text in entry.labels and not entry.opens_group for entry in self.block.rows)

    def _blank_label(self, row: int, above: Label | None, before: Sequence[_Row]) -> Label | None:
        """What a line without a label means: the label above, a member nobody named, or the total below them all."""
        if self.block.fill_down:
            return above
        if not self._has_numbers(row):
            return None
        group = next((entry for entry in reversed(before) if entry.labels[-1].opens_group), None)
        if self.block.blank_total and group and self._first_number(row) > self._first_number(group.index):
            # it is a total of the whole list, current or not: no part of it, and never taken for the labelled one
            return Label(
                labels=("(no label)",), set=self.block.blank_total, total=True, opens_group=True, part_of="all"
            )
        return Label(labels=("(no label)",), set=self.block.blank_row) if self.block.blank_row else None

    def _first_number(self, row: int) -> float:
        cells = self.sheet.rows[row][self.column + 1 : self.right]
        return next((float(value) for value in cells if isinstance(value, (int, float))), 0.0)

    def _row_span(self, label: Label) -> Span | None:
        year = YEAR_LABEL.fullmatch(label.labels[0]) if self.block.rows_as == "fiscal_years" else None
        return ("fiscal_year", f"FY{year.group(1)}") if year else self.span

    def _row_text(self, row: int, label: Label, second: str, group: str) -> str:
        own = printed(self._cell(row, self.column)) or label.labels[0].title()
        if second:
            return f"{own} / {printed(self._cell(row, self.column + 1))}"
        return f"{group.upper()} / {own}" if group else own

    def _has_numbers(self, row: int) -> bool:
        cells = self.sheet.rows[row][self.column + 1 : self.right] if row < len(self.sheet.rows) else []
        return any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in cells)

    def _is_empty(self, row: int) -> bool:
        return all(self._cell(row, index) in (None, "") for index in range(self.column, self.right))

    def _figure(self, row: _Row, column: Column, header: int | None) -> Iterator[RawFigure]:
        raw = self._cell(row.index, column.index)
        if raw is None or (isinstance(raw, str) and not raw.strip(" \t\r\n\u00a0")):
            return
        value, status = self._value(raw, row.index, column.index)
        means = [*row.labels, *([column.means] if column.means else [])]
        sets = dict(self.block.default)
        for entry in self.titled:
            sets.update(entry.set)
        for label in means:
            sets.update(label.set)
        sets.update(self._attributes(row.index))
        agency, criminality = sets.pop("arresting_agency", None), sets.pop("criminality", None)
        own = column.means or Label(labels=(), set={})
        scheme = next((label.criminality_scheme for label in means if label.criminality_scheme), "")
        by_row = next((label for label in reversed(row.labels) if label.measure or label.unit), None)
        period, span = _when(row, column, by_row)
        yield RawFigure(
            block=self.block.id,
            period=period,
            arresting_agency=agency,
            criminality=criminality,
            criminality_scheme=scheme or self.block.criminality_scheme or None,
            dims=tuple(sorted(sets.items())),
            measure=own.measure or (by_row.measure if by_row else "") or self.block.measure,
            unit=own.unit or (by_row.unit if by_row else "") or self.unit,
            value=value,
            value_status=status,
            is_total=row.labels[-1].total or own.total or (column.period == YEAR and self.block.period_kind == "month"),
            part_of=next((label.part_of for label in row.labels if label.part_of), ""),
            label=f"{row.text} | {self._header_text(header, column)}",
            cell=address(row.index, column.index),
            span=span,
        )

    def _header_text(self, header: int | None, column: Column) -> str:
        if column.span is not None or header is None:
            return column.label
        return printed(self._cell(header, column.index)) or column.label

    def _attributes(self, row: int) -> dict[str, str]:
        found = {dim: re.sub(r"\s+", " ", printed(self._cell(row, n))) for n, dim in self.attribute_columns.items()}
        return {dim: text for dim, text in found.items() if text}

    def _noted(self, last: int) -> Iterator[RawFigure]:
        """Numbers in sentences just below the block."""
        for row in range(last + 1, last + 1 + NOTE_ROWS):
            if (row, self.column) in self.starts:
                return
            text = plain(self._cell(row, self.column))
            for note in self.block.notes:
                found = re.search(note.pattern, text) if text else None
                if found:
                    value = float(found.group(1).replace(",", ""))
                    yield RawFigure(
                        self.block.id, YEAR, None, None, None, (), note.measure, note.unit, value, "ok", True, "",
                        f"(in a note) | {printed(self._cell(row, self.column))[:80]}", address(row, self.column),
                        self.span,
                    )  # fmt: skip

    def _value(self, raw: Cell, row: int, column: int) -> tuple[float | None, str]:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return self._number(float(raw), row, column)
        if isinstance(raw, str) and plain(raw) in self.known.reading.placeholders:
            return None, "text_placeholder"
        if isinstance(raw, str) and NUMBER_TEXT.fullmatch(raw.strip()):
            return float(raw.strip().replace(",", "")), "suspect"
        self._problem("TS223", "has text where a number belongs", row, column)
        return None, "text_placeholder"

    def _number(self, value: float, row: int, column: int) -> tuple[float | None, str]:
        if not math.isfinite(value):
            self._problem("TS223", "has a cell that is not a number", row, column)
            return None, "suspect"
        if value < 0:
            self._problem("TS223", "has a number below zero", row, column)
            return value, "suspect"
        return (None, "zero_as_missing") if value == 0 and self.block.zero == "no_data" else (value, "ok")

    def _problem(self, code: str, what: str, row: int, column: int) -> None:
        self.problems.append(
            Fault(
                code,
                f"Block '{self.block.id}' {what}.",
                where=f"{self.file}, sheet '{self.sheet.name}', cell {address(row, column)}",
                why="Reading it under another meaning could misstate the figures; this part was left out.",
                fix=f"If the label is new, add it to workbooks/blocks/{self.block.id}.toml; else check the file.",
            )
        )


def _when(row: _Row, column: Column, by_row: Label | None) -> tuple[int, Span | None]:
    """The period of a cell from its row and its column."""
    if column.span is not None:
        return POINT, column.span
    if row.span is None:
        kind = by_row.period_kind if by_row else ""
        return {"point": POINT, "fytd": YEAR}.get(kind, column.period), None
    if row.span[0] == "fiscal_year" and column.period >= 0:  # a month of the fiscal year that the row names
        year, month = int(row.span[1][2:]), (column.period + 9) % 12 + 1
        return POINT, ("month", f"{year - (month >= 10):04d}-{month:02d}")
    return POINT, row.span


def _one_scheme(figures: tuple[RawFigure, ...]) -> tuple[RawFigure, ...]:
    """One block, one criminality scheme: the two-way one wherever a two-way label stands in it."""
    two_way = next(
        (
            figure.criminality_scheme
            for figure in figures
            if figure.criminality_scheme and figure.criminality_scheme.startswith("two_way")
        ),
        None,
    )
    if two_way is None:
        return figures
    return tuple(msgspec.structs.replace(figure, criminality_scheme=two_way) for figure in figures)


def _shown(label: str) -> str:
    """An unknown label as shown: short, printable, and never anything with a digit run in it."""
    return re.sub(r"\d{3,}", "###", re.sub(r"[^\w /.,()%&-]", " ", label))[:60]
