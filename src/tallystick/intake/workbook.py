"""Blocks are found by their titles, wherever they stand, and read with every label and cell.

Geometry (as the agency lays blocks out): the title stands at the top left, the header in the next
row, labels in the title's column; a block ends on the right where the next title stands, below at
the first empty row or the next title. Nothing depends on a fixed cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tallystick.intake.layout import Block, Label, Layouts
from tallystick.intake.sheets import Cell, Sheet, address, plain, printed
from tallystick.terms.errors import Fault

FISCAL = re.compile(r"(?<![a-z0-9])(?:eo)?fy ?(\d{4}|\d{2})(?!\d)")
SUFFIX = re.compile(r"\s*:?\s*(?:as of\s*)?(?:(?:eo)?fy ?\d{2,4}(?: ytd)?|\d{1,2}/\d{1,2}/\d{4})?\s*:?\s*$")
NUMBER_TEXT = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d+(?:\.\d+)?")
POINT, YEAR = -1, -2  # period keys besides the twelve months 0 to 11


class RawFigure(msgspec.Struct, frozen=True, gc=False):
    """One printed number before it is dated; `period` is POINT, YEAR or a month from 0 (October)."""

    block: str
    period: int
    arresting_agency: str | None
    criminality: str | None
    criminality_scheme: str | None
    dims: tuple[tuple[str, str], ...]
    measure: str
    unit: str
    value: float | None
    value_status: str
    is_total: bool
    part_of: str
    label: str
    cell: str


@dataclass(frozen=True)
class BlockRead:
    """A block as found: where, for which fiscal year by its title, with which figures and problems."""

    block: str
    sheet: str
    title: str
    title_cell: str
    fiscal_year: int | None
    figures: tuple[RawFigure, ...]
    problems: tuple[Fault, ...]
    sound: bool


@dataclass(frozen=True)
class _Column:
    index: int
    label: str
    period: int
    means: Label | None


@dataclass(frozen=True)
class _Row:
    index: int
    labels: tuple[Label, ...]
    text: str


def fiscal_year_in(text: str) -> int | None:
    """The fiscal year a title or sheet name states.

    >>> fiscal_year_in("ICE Removals: FY2026"), fiscal_year_in("Detention EOFY20"), fiscal_year_in("ICE")
    (2026, 2020, None)
    """
    found = FISCAL.search(plain(text))
    if found is None:
        return None
    year = int(found.group(1))
    return year + 2000 if year < 100 else year


def bare_title(text: object) -> str:
    """A title without its fiscal year or date.

    >>> bare_title("ICE Removals: FY2026"), bare_title("ICE Final Book Outs : FY2024")
    ('ice removals', 'ice final book outs')
    """
    return SUFFIX.sub("", plain(text))


def read_blocks(file: str, sheet: Sheet, known: Layouts) -> Iterator[BlockRead]:
    """Every known block of a sheet, in reading order."""
    titles = [
        (row, column, known.by_title[bare])
        for row, cells in enumerate(sheet.rows)
        for column, value in enumerate(cells)
        if isinstance(value, str) and (bare := bare_title(value)) in known.by_title
    ]
    starts = {(row, column) for row, column, _ in titles}
    for row, column, block in titles:
        yield _Reader(file, sheet, known, block, row, column, starts).read()


def unknown_titles(sheet: Sheet, known: Layouts) -> Iterator[tuple[str, str]]:
    """(cell, title) of what looks like a block of the agency that no definition names."""
    prefix = plain(known.reading.agency) + " "
    for row, cells in enumerate(sheet.rows):
        for column, value in enumerate(cells):
            text = plain(value)
            if text.startswith(prefix) and len(text) > 30 and bare_title(text) not in known.by_title:
                yield address(row, column), printed(value)[:120]


class _Reader:
    """Reads one block: columns from the header row, rows from the label column, then the cells."""

    def __init__(
        self, file: str, sheet: Sheet, known: Layouts, block: Block, row: int, column: int, starts: set[tuple[int, int]]
    ) -> None:
        self.file, self.sheet, self.known, self.block = file, sheet, known, block
        self.row, self.column, self.starts = row, column, starts
        self.title = printed(sheet.rows[row][column])
        self.problems: list[Fault] = []
        self.right = self._right_edge()
        self.unit = self._unit()

    def read(self) -> BlockRead:
        header = self._header_row()
        columns = self._columns(header) if header is not None else []
        rows = self._rows(header, has_second=self._has_second(header)) if header is not None and columns else []
        if not columns or not rows:
            self._problem("TS220", "has no header row that can be read", self.row + 1, self.column)
        figures = tuple(figure for row in rows for column in columns for figure in self._figure(row, column))
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
        )

    def _right_edge(self) -> int:
        cells = self.sheet.rows[self.row]
        after = range(self.column + 1, len(cells))
        return next((index for index in after if printed(cells[index])), len(cells))

    def _unit(self) -> str:
        bare = bare_title(self.title)
        by_title = self.block.unit_by_title.items()
        return next((unit for start, unit in by_title if bare.startswith(start)), self.block.unit)

    def _cell(self, row: int, column: int) -> Cell:
        cells = self.sheet.rows[row] if row < len(self.sheet.rows) else []
        return cells[column] if column < len(cells) else None

    def _header_row(self) -> int | None:
        """The next row, provided its first cell is a header of labels and not yet a label."""
        for row in (self.row + 1, self.row + 2):
            first = plain(self._cell(row, self.column))
            others = [plain(self._cell(row, index)) for index in range(self.column + 1, self.right)]
            if first in self.block.label_headers and any(others):
                return row
        return None

    def _has_second(self, header: int | None) -> bool:
        second = plain(self._cell(header, self.column + 1)) if header is not None else ""
        return bool(second) and second in self.block.second_label_headers

    def _columns(self, header: int) -> list[_Column]:
        first = self.column + (2 if self._has_second(header) else 1)
        found = []
        for index in range(first, self.right):
            text = plain(self._cell(header, index))
            if not text:
                continue
            column = self._column(index, text)
            if column is None:
                self._problem("TS221", f"has a header cell nobody knows, '{_shown(text)}'", header, index)
            else:
                found.append(column)
        found = self._beside_header(header, found)
        missing = self._missing(found)
        if missing:
            self._problem("TS221", f"lacks the columns {', '.join(missing)}", header, self.column)
        return found

    def _beside_header(self, header: int, found: list[_Column]) -> list[_Column]:
        """A block of one column whose numbers stand beside their header, under blank header cells."""
        if len(self.block.columns) != 1 or len(found) != 1 or self._cell(header + 1, found[0].index) not in (None, ""):
            return found
        filled = [
            index for index in range(self.column + 1, self.right) if isinstance(self._cell(header + 1, index), float)
        ]
        if len(filled) != 1:
            return found
        self._problem("TS225", "has its numbers beside their header", header + 1, filled[0])
        return [_Column(filled[0], found[0].label, found[0].period, found[0].means)]

    def _column(self, index: int, text: str) -> _Column | None:
        means = next((label for label in self.block.columns if text in label.labels), None)
        months = self.known.reading.months if self.block.period_kind == "month" else ()
        if text in months:
            return _Column(index, text, months.index(text), None)
        if text in self.block.year_label:
            return _Column(index, text, YEAR, means if not months else None)
        if means is None:
            return None
        return _Column(index, text, POINT if self.block.period_kind == "point" else YEAR, means)

    def _missing(self, found: Sequence[_Column]) -> list[str]:
        if not any(0 <= column.period for column in found):
            return [] if found else ["of this block"]
        have = {column.period for column in found}
        return [month for number, month in enumerate(self.known.reading.months) if number not in have]

    def _rows(self, header: int, *, has_second: bool) -> list[_Row]:
        found: list[_Row] = []
        group: Label | None = None
        above: Label | None = None
        for row in range(header + 1, len(self.sheet.rows)):
            if (row, self.column) in self.starts or self._is_empty(row):
                break
            text = plain(self._cell(row, self.column))
            second = plain(self._cell(row, self.column + 1)) if has_second else ""
            label = next((entry for entry in self.block.rows if text in entry.labels), None) if text else above
            under = next((entry for entry in self.block.second_rows if second in entry.labels), None)
            if label is None or (second and under is None) or (not text and not self.block.fill_down):
                self._problem("TS222", f"has a row label nobody knows, '{_shown(text or second)}'", row, self.column)
                continue
            above = label
            group = label if label.opens_group else group
            meanings = tuple(part for part in (group, label, under) if part is not None)
            found.append(_Row(row, meanings, self._row_text(row, label, second, group)))
        return found

    def _row_text(self, row: int, label: Label, second: str, group: Label | None) -> str:
        own = printed(self._cell(row, self.column)) or label.labels[0].title()
        if second:
            return f"{own} / {printed(self._cell(row, self.column + 1))}"
        inside = group is not None and group is not label
        return f"{group.labels[0].upper()} / {own}" if inside and group else own

    def _is_empty(self, row: int) -> bool:
        return all(self._cell(row, index) in (None, "") for index in range(self.column, self.right))

    def _figure(self, row: _Row, column: _Column) -> Iterator[RawFigure]:
        raw = self._cell(row.index, column.index)
        if raw is None or (isinstance(raw, str) and not raw.strip(" \t\r\n\u00a0")):
            return
        value, status = self._value(raw, row.index, column.index)
        means = [*row.labels, *([column.means] if column.means else [])]
        sets = dict(self.block.default)
        for label in means:
            sets.update(label.set)
        agency, criminality = sets.pop("arresting_agency", None), sets.pop("criminality", None)
        own = column.means or Label(labels=(), set={})
        scheme = next((label.criminality_scheme for label in means if label.criminality_scheme), "")
        yield RawFigure(
            block=self.block.id,
            period=column.period,
            arresting_agency=agency,
            criminality=criminality,
            criminality_scheme=scheme or self.block.criminality_scheme or None,
            dims=tuple(sorted(sets.items())),
            measure=own.measure or self.block.measure,
            unit=own.unit or self.unit,
            value=value,
            value_status=status,
            is_total=row.labels[-1].total or own.total or (column.period == YEAR and self.block.period_kind == "month"),
            part_of=next((label.part_of for label in row.labels if label.part_of), ""),
            label=f"{row.text} | {printed(self._cell(self._header_of(row), column.index)) or column.label}",
            cell=address(row.index, column.index),
        )

    def _header_of(self, _row: _Row) -> int:
        return (
            self.row + 1 if plain(self._cell(self.row + 1, self.column)) in self.block.label_headers else self.row + 2
        )

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
