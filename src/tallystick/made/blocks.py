"""A table of a Detention sheet: a titled block with its header, labels and values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tallystick.made.figures import Figures, Months
from tallystick.made.shapes import Shape

Value = float | int | str | date | None  # None leaves the cell blank
TOTAL = "Total"


@dataclass(frozen=True)
class Words:
    """What fills the blanks of a shape's texts."""

    agency: str
    partner: str
    year: int

    def fill(self, text: str, *, suffix: str = "") -> str:
        """The text with agency, partner and fiscal year put in."""
        whole = text.replace("{suffix}", suffix)
        parts = {
            "{A}": self.agency,
            "{P}": self.partner,
            "{y4}": str(self.year),
            "{y2}": f"{self.year % 100:02d}",
            "{y2_before}": f"{(self.year - 1) % 100:02d}",
        }
        for blank, part in parts.items():
            whole = whole.replace(blank, part)
        return whole


@dataclass(frozen=True)
class Row:
    """One printed row: its labels, its key (label, and group where rows repeat), its values."""

    labels: tuple[str, ...]
    key: tuple[str, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Block:
    """One titled table at a place: title, header on the next row, then rows."""

    block_id: str
    title: str
    top: int  # row number of the title, from 1
    left: int  # column of the first header cell, from 0
    header: tuple[str, ...]
    first: int  # header position of the first value; the ones before it hold labels
    rows: tuple[Row, ...]
    header_printed: bool = True


@dataclass(frozen=True)
class Body:
    """What one Detention sheet is built from: figures, an era's layout and the words to fill in."""

    figures: Figures
    shape: Shape
    words: Words

    def text(self, text: str) -> str:
        """An era's text with its blanks filled, the title suffix included."""
        return self.words.fill(text, suffix=self.shape.suffix)

    def begun(self, counts: Months) -> tuple[Value, ...]:
        """Child cells: blank for months that have not begun."""
        days = self.figures.days
        return tuple(n if d else None for n, d in zip(counts, days, strict=True))

    def types(self, total: Sequence[Value], family: Sequence[Value], adult: Sequence[Value]) -> tuple[Row, ...]:
        """Facility-type rows: Total, the family row where the era has one, Adult."""
        rows = [plain("Adult", *adult)]
        if self.shape.family:
            rows.insert(0, plain(self.shape.family, *family))
        return (plain(TOTAL, *total), *rows)


def plain(label: str, *values: Value) -> Row:
    """A row whose label is enough to name it."""
    return Row((label,), (label,), values)


def ratio(top: int, bottom: int) -> float:
    """A quotient with six decimals; 0 where there is nothing to divide by."""
    return round(top / bottom, 6) if bottom else 0.0
