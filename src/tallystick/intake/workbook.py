"""Blocks are found by their titles, wherever they stand; what no definition names is listed, never dropped silently."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tallystick.intake.layout import Block, Layouts
from tallystick.intake.printed import BlockRead
from tallystick.intake.reader import BlockReader
from tallystick.intake.sheets import Sheet, address, plain, printed

SUFFIX = re.compile(r"\s*:?\s*(?:as of\s*)?(?:(?:eo)?fy ?\d{2,4}(?: ytd)?|\d{1,2}/\d{1,2}/\d{4})?\s*:?\s*$")
Found = tuple[int, int, Block, re.Match[str] | None]


def bare_title(text: object) -> str:
    """A title without its fiscal year or date.

    >>> bare_title("ICE Removals: FY2026"), bare_title("ICE Final Book Outs : FY2024")
    ('ice removals', 'ice final book outs')
    """
    return SUFFIX.sub("", plain(text))


def read_blocks(file: str, sheet: Sheet, known: Layouts) -> Iterator[BlockRead]:
    """Every known block of a sheet, in reading order."""
    titles = [
        (row, column, *found)
        for row, cells in enumerate(sheet.rows)
        for column, value in enumerate(cells)
        if isinstance(value, str) and (found := _block_titled(value, sheet.kind, known)) is not None
    ]
    starts = {(row, column) for row, column, _, _ in titles}
    for row, column, block, matched in titles:
        yield BlockReader(file, sheet, known, block, (row, column), starts, matched).read()


def _block_titled(value: str, kind: str, known: Layouts) -> tuple[Block, re.Match[str] | None] | None:
    titles, patterns = known.by_title.get(kind, {}), known.by_pattern.get(kind, [])
    if titles and (block := titles.get(bare_title(value))) is not None:
        return block, None
    text = plain(value) if patterns else ""
    for pattern, block in patterns if text else ():
        if (matched := pattern.fullmatch(text)) is not None:
            return block, matched
    return None


def unknown_titles(sheet: Sheet, known: Layouts) -> Iterator[tuple[str, str]]:
    """(cell, title) of what looks like a block of the agency that no definition names."""
    prefix = plain(known.reading.agency) + " "
    for row, cells in enumerate(sheet.rows):
        for column, value in enumerate(cells):
            text = plain(value)
            if text.startswith(prefix) and len(text) > 30 and _block_titled(text, sheet.kind, known) is None:
                yield address(row, column), printed(value)[:120]
