"""The facility list: one row per facility, found by its header row; seven layouts are known.

Addresses, cities and postcodes are read past and never kept. The sum of each column over all
facilities is a figure of its own (cell: the range), because national claims need the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.intake.headers import YEAR
from tallystick.intake.layout import FacilityList, Label, Layouts, TailLayout
from tallystick.intake.printed import BlockRead, RawFigure, fiscal_year_in
from tallystick.intake.sheets import Sheet, address, plain, printed
from tallystick.terms.errors import Fault

FISCAL_PART = re.compile(r"\s*\bfy ?\d{2,4}\b\s*")
SUM_NAME = "(sum over all facilities of the sheet)"


@dataclass(frozen=True)
class FacilitiesRead:
    """A facility sheet as found: its figures, its layout, how many facilities it lists."""

    read: BlockRead
    layout: str
    count: int


def bare_header(text: object) -> str:
    """A column header without its fiscal year.

    >>> bare_header("FY26 ALOS"), bare_header("Pending FY24 Inspection")
    ('alos', 'pending inspection')
    """
    return FISCAL_PART.sub(" ", plain(text)).strip()


def read_facilities(file: str, sheet: Sheet, known: Layouts) -> FacilitiesRead | None:
    """The facility list of a sheet, or None when no header row is there."""
    spec = known.facilities
    header = next((row for row, cells in enumerate(sheet.rows) if cells and plain(cells[0]) == spec.anchor), None)
    if header is None:
        return None
    return _List(file, sheet, known, header).read()


class _List:
    def __init__(self, file: str, sheet: Sheet, known: Layouts, header: int) -> None:
        self.file, self.sheet, self.known, self.header = file, sheet, known, header
        self.spec: FacilityList = known.facilities
        self.names = [bare_header(value) for value in sheet.rows[header]]
        self.problems: list[Fault] = []

    def read(self) -> FacilitiesRead:
        layout = self._layout()
        rows = self._rows()
        columns = [
            (index, label)
            for label in self.spec.columns
            for index, name in enumerate(self.names)
            if name in label.labels
        ]
        missing = [label.labels[0] for label in self.spec.columns if not any(found is label for _, found in columns)]
        if missing:
            self._problem("TS221", f"lacks the columns {', '.join(missing)}", self.header, 0)
        figures = tuple(self._figures(rows, columns)) if rows else ()
        year = next((year for value in self.sheet.rows[self.header] if (year := fiscal_year_in(printed(value)))), None)
        sound = bool(figures) and not any(fault.code in ("TS220", "TS221") for fault in self.problems)
        read = BlockRead(
            self.spec.id,
            self.sheet.name,
            self.spec.title,
            address(self.header, 0),
            year,
            figures,
            tuple(self.problems),
            sound,
        )
        return FacilitiesRead(read, layout, len(rows))

    def _layout(self) -> str:
        first = {name for label in self.spec.columns for name in label.labels}
        first |= {*self.spec.attributes, *self.spec.ignored}
        tail = tuple(name for name in self.names if name and name not in first)
        exact = next((layout for layout in self.spec.layouts if layout.columns == tail), None)
        if exact is None:
            self._unknown_headers(tail)
        return exact.id if isinstance(exact, TailLayout) else "unknown"

    def _unknown_headers(self, tail: tuple[str, ...]) -> None:
        seen = {name for layout in self.spec.layouts for name in layout.columns}
        for name in tail:
            if name not in seen:
                column = self.names.index(name)
                self._problem("TS224", "has a column nobody knows (it was left unread)", self.header, column)

    def _rows(self) -> list[int]:
        """Rows with a name and an area; notes below the list have no area."""
        if self.spec.stop_when_blank not in self.names:
            return []
        area = self.names.index(self.spec.stop_when_blank)
        return [
            row
            for row in range(self.header + 1, len(self.sheet.rows))
            if printed(self.sheet.rows[row][0]) and printed(self.sheet.rows[row][area])
        ]

    def _figures(self, rows: list[int], columns: list[tuple[int, Label]]) -> Iterator[RawFigure]:
        places = [(self.names.index(name), dim) for name, dim in self.spec.attributes.items() if name in self.names]
        sums: dict[int, float] = {}
        for row in rows:
            cells = self.sheet.rows[row]
            dims = {dim: re.sub(r"\s+", " ", printed(cells[index])) for index, dim in places if printed(cells[index])}
            for index, label in columns:
                value, status = self._value(cells[index], row, index)
                if value is not None:
                    sums[index] = sums.get(index, 0.0) + value
                if status:
                    yield self._figure(label, dims, value, status, printed(cells[0]), address(row, index), total=False)
        for index, label in columns:
            if label.measure != "average_length_of_stay":  # averages do not add up
                yield self._sum(index, label, sums, rows)

    def _sum(self, index: int, label: Label, sums: dict[int, float], rows: list[int]) -> RawFigure:
        whole = round(sums.get(index, 0.0), 6)
        dead = whole == 0 and label.all_zero == "no_data"
        cells = f"{address(rows[0], index)}:{address(rows[-1], index)}"
        return self._figure(
            label, {}, None if dead else whole, "zero_as_missing" if dead else "ok", SUM_NAME, cells, total=True
        )

    def _value(self, raw: object, row: int, column: int) -> tuple[float | None, str]:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return float(raw), "ok"
        if raw is None or raw == "":
            return None, ""
        if isinstance(raw, str) and plain(raw) in self.known.reading.placeholders:
            return None, "text_placeholder"
        self._problem("TS223", "has text where a number belongs", row, column)
        return None, "text_placeholder"

    def _figure(
        self, label: Label, dims: dict[str, str], value: float | None, status: str, name: str, cell: str, *, total: bool
    ) -> RawFigure:
        sets = {**dims, **label.set}
        criminality = sets.pop("criminality", None)
        index = next(number for number, header in enumerate(self.names) if header in label.labels)
        header = printed(self.sheet.rows[self.header][index])
        return RawFigure(
            block=self.spec.id,
            period=YEAR,
            arresting_agency=None,
            criminality=criminality,
            criminality_scheme=label.criminality_scheme or None,
            dims=tuple(sorted(sets.items())),
            measure=label.measure or self.spec.measure,
            unit=label.unit or self.spec.unit,
            value=value,
            value_status=status,
            is_total=total,
            part_of="",
            label=f"{name} | {header}",
            cell=cell,
        )

    def _problem(self, code: str, what: str, row: int, column: int) -> None:
        self.problems.append(
            Fault(
                code,
                f"The facility list {what}.",
                where=f"{self.file}, sheet '{self.sheet.name}', cell {address(row, column)}",
                why="This part was left out rather than read under another meaning.",
                fix="If the column is new, add it to workbooks/facilities.toml; else check the file.",
            )
        )
