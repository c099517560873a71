"""The sheets of one made-up workbook as cells at addresses, before anything is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tallystick.made.blocks import Block, Value, Words
from tallystick.made.facilities import BANDS, COLUMNS, LIST_NOTES, FacilityRow
from tallystick.made.facility_layouts import FacilityLayout
from tallystick.made.shapes import Shape

WATERMARK = "MADE-UP FIGURES, NOT A RECORD OF ANYTHING"
LEGAL = f"These statistics were invented to test a reader. {WATERMARK}."
Key = tuple[str, ...]
Address = tuple[int, int]  # row and column, both from 0


@dataclass(frozen=True)
class Page:
    """One sheet: its cells, its merged ranges and the address of every figure."""

    name: str
    cells: Mapping[Address, Value]
    keys: Mapping[Key, Address] = field(default_factory=dict)
    merges: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False


def stack(lines: Iterable[tuple[int, Sequence[Value]]], left: int = 0) -> dict[Address, Value]:
    """Cells of several lines, each given by its row number from 1."""
    return {
        (row - 1, left + i): value
        for row, values in lines
        for i, value in enumerate(values)
        if value is not None and value != ""
    }


def header_page(words: Words) -> Page:
    """The Header sheet: a title and the watermark."""
    lines = (f"{words.agency} Detention Statistics", WATERMARK, LEGAL)
    return Page("Header", stack((i, (line,)) for i, line in enumerate(lines, 1)))


def detention_page(name: str, blocks: Sequence[Block], shape: Shape, *, words: Words, hidden: bool = False) -> Page:
    """The Detention sheet: heading, watermark in A3 or A4, then every block at its place."""
    other = 7 - shape.heading_row  # the heading stands in A3 or A4 and the watermark in the other
    cells = stack([(1, (LEGAL,)), (shape.heading_row, (words.fill(shape.heading),))])
    cells |= stack([(other, (WATERMARK,))])
    keys: dict[Key, Address] = {}
    merges: list[tuple[int, int, int, int]] = []
    for block in blocks:
        cells |= stack(_block_lines(block), block.left)
        keys |= _block_keys(block, cells)
        row = block.top - 1
        merges.append((row, block.left, row, block.left + len(block.header) - 1))
        merges += _label_merges(block)
    return Page(name, cells, {} if hidden else keys, tuple(merges), hidden)


def facilities_page(
    name: str, rows: Sequence[FacilityRow], layout: FacilityLayout, *, shape: str, words: Words,
    drawn: date,
) -> Page:  # fmt: skip
    """The Facilities sheet: source line, band row, header, list, footnotes without an AOR."""
    header = tuple(words.fill(c) for c in (*COLUMNS, *layout.inspections))
    limited = "This list is limited to facilities that have a population of at least 1."
    lines: list[tuple[int, Sequence[Value]]] = [
        (1, (WATERMARK,)),
        (2, (words.fill("{A} FACILITIES DATA, FY{y2}"),)),
        (layout.source_row, (_source_line(layout, words, drawn),)),
        (layout.header_row, header),
    ]
    cells = stack(lines)
    if layout.band_row:
        cells |= {(layout.band_row - 1, c): words.fill(text) for c, text in BANDS.items()}
    if layout.header_row == 10:
        cells[6, 0] = limited
    elif layout.band_row and layout.source_words.startswith("Data"):
        cells[layout.band_row - 1, 0] = limited
    keys: dict[Key, Address] = {}
    for number, row in enumerate(rows, layout.header_row + 1):
        cells |= stack([(number, row.values)])
        for column, value in enumerate(row.values[:23]):
            if isinstance(value, int | float) and column > 4:
                keys["facilities", row.name, header[column]] = (number - 1, column)
    below = layout.header_row + len(rows) + 1
    cells |= stack((below + i, (note,)) for i, note in enumerate(LIST_NOTES.get(shape, ())))
    return Page(name, cells, keys)


def _block_lines(block: Block) -> list[tuple[int, Sequence[Value]]]:
    lines: list[tuple[int, Sequence[Value]]] = [(block.top, (block.title,))]
    if block.header_printed:
        lines.append((block.top + 1, block.header))
    for number, row in enumerate(block.rows, block.top + 2):
        padding = ("",) * (block.first - len(row.labels))
        lines.append((number, (*row.labels, *padding, *row.values)))
    return lines


def _block_keys(block: Block, cells: Mapping[Address, Value]) -> dict[Key, Address]:
    """Addresses of the block's numbers; none where no header is printed to name them."""
    if not block.header_printed:
        return {}
    found = {
        (block.block_id, *row.key, name): (number, block.left + block.first + i)
        for number, row in enumerate(block.rows, block.top + 1)
        for i, name in enumerate(block.header[block.first :])
    }
    return {key: at for key, at in found.items() if isinstance(cells.get(at), int | float)}


def _label_merges(block: Block) -> list[tuple[int, int, int, int]]:
    """Merged label cells, where a label is printed once for several rows."""
    starts = [i for i, row in enumerate(block.rows) if row.labels[0]]
    ends = [*starts[1:], len(block.rows)]
    top = block.top + 1
    return [(top + s, block.left, top + e - 1, block.left) for s, e in zip(starts, ends, strict=True) if e - s > 1]


def _source_line(layout: FacilityLayout, words: Words, drawn: date) -> str:
    system = f"{words.agency} Integrated Decision Support (IIDS)"
    return f"{layout.source_words}{system}, {drawn:%m/%d/%Y}"
