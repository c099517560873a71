"""Faults to plant in a made-up workbook, each of a kind that real workbooks have shown."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from tallystick.made.blocks import Block, Row, Value
from tallystick.made.facilities import MANDATORY, FacilityRow
from tallystick.made.figures import MONTHS
from tallystick.made.page_faults import PAGE_FAULTS, SWAPPED_FAMILY, spoil_rows

STALE_SHEET = "stale_sheet"
STALE_FOOTNOTES = "stale_footnotes"
MISTYPED_DATE = "mistyped_date"
STALE_FACILITIES = "stale_facilities"
BROKEN_TOTAL = "broken_total"
AGENCY_GAP = "agency_gap"
TOTALS_DISAGREE = "totals_disagree"
MONTH_GAP = "month_gap"
YTD_FALL = "ytd_fall"
SWAPPED_LABELS = "swapped_labels"
UNKNOWN_HEADER = "unknown_header"
UNKNOWN_ROW = "unknown_row"
TEXT_NUMBER = "text_number"
BROKEN_HEADER = "broken_header"
ZERO_COLUMN = "zero_column"
ZERO_MONTHS = "zero_months"

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        STALE_SHEET: "The Detention sheet, its name and its footnote dates are one year older.",
        STALE_FOOTNOTES: "Every footnote date is one year older while the body is current.",
        MISTYPED_DATE: "The source line of the Facilities sheet names a year one lower.",
        STALE_FACILITIES: "The facility list dates from 200 days earlier and is about 40 % lower.",
        BROKEN_TOTAL: "The pending row is 17 too high in the agency's and the total column, so the "
        "three kinds of criminality no longer sum to the Total row.",
        AGENCY_GAP: "The partner's pending count is 11 too low, so the two agencies no longer sum "
        "to the row's total (nor, unavoidably, that column to its own).",
        TOTALS_DISAGREE: "The disposition table sums to 23 persons more than the other.",
        MONTH_GAP: "October book-ins of the partner and of both are 13 too low, so the months no "
        "longer sum to the year's total.",
        YTD_FALL: "All book-ins of the year are about 30 % lower, consistently within the file.",
        SWAPPED_LABELS: "The labels Convicted and Pending are exchanged in the criminality table.",
        UNKNOWN_HEADER: "The partner's column of the criminality table has a name never seen.",
        UNKNOWN_ROW: "The criminality table has a fifth row with a label never seen, taken out of "
        "Other Immigration Violator so that sums still hold.",
        TEXT_NUMBER: "The partner's count of Other Immigration Violator reads 'see note'.",
        BROKEN_HEADER: "The book-ins by month table has no header row.",
        ZERO_COLUMN: "Mandatory is 0 for every facility.",
        ZERO_MONTHS: "The month before the last has 0 book-ins; they are counted in the month "
        "before it, or else in the last one.",
        **PAGE_FAULTS,
    }
)
UNSEEN_HEADER = "Joint Unit Seven"
UNSEEN_ROW = "Awaiting Review"


def check_faults(faults: Sequence[str]) -> tuple[str, ...]:
    """The faults in a fixed order, or a refusal which names those that do not exist."""
    unknown = sorted(set(faults) - set(FAULTS))
    if unknown:
        raise ValueError(f"unknown faults {', '.join(unknown)}; known: {', '.join(FAULTS)}.")
    return tuple(fault for fault in FAULTS if fault in faults)


def spoil_blocks(blocks: Sequence[Block], faults: Collection[str], *, begun: int) -> tuple[Block, ...]:
    """The blocks with the chosen faults planted.

    Args:
        blocks: The blocks of a clean Detention sheet.
        faults: Names from FAULTS; those about dates and lists are ignored here.
        begun: How many months of the fiscal year have begun.
    """
    spoiled = {block.block_id: block for block in blocks}
    for name, (block_id, change) in _CHANGES.items():
        if name in faults:
            spoiled[block_id] = change(spoiled[block_id])
    if ZERO_MONTHS in faults:
        name = "bookins_by_agency_month"
        spoiled[name] = _empty_month(spoiled[name], begun)
    return tuple(spoiled.values())


def spoil_list(rows: Sequence[FacilityRow], faults: Collection[str]) -> tuple[FacilityRow, ...]:
    """The facility list with the chosen faults planted."""
    rows = spoil_rows(rows, faults)
    if ZERO_COLUMN not in faults:
        return tuple(rows)
    return tuple(FacilityRow(r.name, (*r.values[:MANDATORY], 0.0, *r.values[MANDATORY + 1 :])) for r in rows)


def _shift(block: Block, changes: Mapping[tuple[int, int], int]) -> Block:
    """The block with amounts added at (row, value column) positions."""
    rows = list(block.rows)
    for (at, column), amount in changes.items():
        values = list(rows[at].values)
        value = values[column]
        if not isinstance(value, int | float):
            raise TypeError(f"{block.block_id}: row {at}, column {column} holds no number.")
        values[column] = value + amount
        rows[at] = replace(rows[at], values=tuple(values))
    return replace(block, rows=tuple(rows))


def _broken_total(block: Block) -> Block:
    return _shift(block, {(2, 0): 17, (2, 4): 17})


def _agency_gap(block: Block) -> Block:
    return _shift(block, {(2, 2): -11})


def _totals_disagree(block: Block) -> Block:
    last = len(block.rows[0].values) - 1
    return _shift(block, {(r, c): 23 for r in (0, 4) for c in (last - 1, last)})


def _month_gap(block: Block) -> Block:
    partner = next(i for i in (1, 2) if not block.rows[i].labels[0].endswith(" "))
    return _shift(block, {(0, 0): -13, (partner, 0): -13})


def _swapped_labels(block: Block) -> Block:
    rows = list(block.rows)
    second, third = rows[1], rows[2]
    rows[1] = replace(second, labels=third.labels, key=third.key)
    rows[2] = replace(third, labels=second.labels, key=second.key)
    return replace(block, rows=tuple(rows))


def _unknown_header(block: Block) -> Block:
    return replace(block, header=(*block.header[:3], UNSEEN_HEADER, *block.header[4:]))


def _unknown_row(block: Block) -> Block:
    other = block.rows[3].values
    counts = [v // 10 if isinstance(v, int) else 0 for v in (other[0], other[2])]
    moved = _shift(block, {(3, 0): -counts[0], (3, 2): -counts[1], (3, 4): -sum(counts)})
    shares = [round(n / sum(counts), 6) for n in counts]
    values: tuple[Value, ...] = (counts[0], shares[0], counts[1], shares[1], sum(counts))
    left = [v for v in moved.rows[3].values if isinstance(v, int)]
    kept = (left[0], round(left[0] / left[2], 6), left[1], round(left[1] / left[2], 6), left[2])
    row = replace(moved.rows[3], values=kept)
    return replace(moved, rows=(*moved.rows[:3], row, Row((UNSEEN_ROW,), (UNSEEN_ROW,), values)))


def _text_number(block: Block) -> Block:
    row = block.rows[3]
    spoiled = replace(row, values=(*row.values[:2], "see note", *row.values[3:]))
    return replace(block, rows=(*block.rows[:3], spoiled, *block.rows[4:]))


def _broken_header(block: Block) -> Block:
    return replace(block, header_printed=False)


def _swapped_family(block: Block) -> Block:
    """Adult and family rows with each other's labels; eras without families stay as they are."""
    if len(block.rows) < 3:
        return block
    first, second, third = block.rows[:3]
    changed = (
        replace(second, labels=third.labels, key=third.key),
        replace(third, labels=second.labels, key=second.key),
    )
    return replace(block, rows=(first, *changed, *block.rows[3:]))


_CRIMINALITY = "detained_by_criminality_agency"
_BOOKINS = "bookins_by_agency_month"
# text_number comes last for its table, because the others need the numbers
_CHANGES: Mapping[str, tuple[str, Callable[[Block], Block]]] = {
    BROKEN_TOTAL: (_CRIMINALITY, _broken_total),
    AGENCY_GAP: (_CRIMINALITY, _agency_gap),
    TOTALS_DISAGREE: ("detained_by_disposition", _totals_disagree),
    MONTH_GAP: (_BOOKINS, _month_gap),
    UNKNOWN_ROW: (_CRIMINALITY, _unknown_row),
    SWAPPED_LABELS: (_CRIMINALITY, _swapped_labels),
    UNKNOWN_HEADER: (_CRIMINALITY, _unknown_header),
    TEXT_NUMBER: (_CRIMINALITY, _text_number),
    BROKEN_HEADER: (_BOOKINS, _broken_header),
    SWAPPED_FAMILY: ("bookins_by_crim", _swapped_family),
}


def _empty_month(block: Block, begun: int) -> Block:
    if begun < 2:
        raise ValueError(f"{ZERO_MONTHS} needs a month before {MONTHS[begun - 1]}.")
    source, target = begun - 2, begun - 3 if begun > 2 else begun - 1
    rows = []
    for row in block.rows:
        values = list(row.values)
        moved, kept = values[source], values[target]
        if isinstance(moved, int | float) and isinstance(kept, int | float):
            values[source], values[target] = 0, kept + moved
        rows.append(replace(row, values=tuple(values)))
    return replace(block, rows=tuple(rows))
