"""Cells of measures in words: both ends of each figure, what it rests on, what keeps it open."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tallystick.measures.cell import Cell

if TYPE_CHECKING:
    from rich.table import Table

MOST_ROWS = 60


def figure(cell: Cell) -> str:
    """A cell's figure: one value where both ends are the same as written, else both.

    >>> from tallystick.publish.cells import ends
    >>> ends(Fraction(1, 3), Fraction(1, 2), "fraction"), ends(Fraction(1200), Fraction(1200), "records")
    ('33.3 % to 50.0 %', '1,200')
    """
    if cell.status == "suppressed":
        return "hidden"
    if cell.bound is None:
        return "cannot be taken"
    return ends(cell.bound.lower, cell.bound.upper, "" if cell.statistic == "rate" else cell.value_unit, cell.statistic)


def ends(low: Fraction, high: Fraction, value_unit: str, statistic: str = "") -> str:
    """Both ends of a figure as written, the lower rounded down and the upper up."""
    is_share = value_unit == "fraction" or statistic == "rate"
    digits = 1 if is_share or value_unit in ("days", "persons", "moves", "bed-days") else 2
    if value_unit in ("records", "points") or (value_unit in ("persons", "bed-days") and high >= 100):
        digits = 0
    scale = 100 if is_share else 1
    if low == high:
        return _number(round(low * scale, digits), digits, percent=is_share)
    step = 10**digits
    first = Fraction((low * scale * step).__floor__(), step)
    last = Fraction((high * scale * step).__ceil__(), step)
    if first == last:
        return _number(first, digits, percent=is_share)
    return f"{_number(first, digits, percent=is_share)} to {_number(last, digits, percent=is_share)}"


def _number(value: Fraction, digits: int, *, percent: bool) -> str:
    return f"{float(value):,.{digits}f}{' %' if percent else ''}"


def table_of(cells: Sequence[Cell], titles: dict[str, str]) -> Table:
    """Cells as a table for a terminal; columns in which nothing differs are left out.

    Args:
        cells: cleared cells of one measure and release.
        titles: variant -> how it is called.
    """
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    shown = [
        (name, [read(cell, titles) for cell in cells])
        for name, read in (
            ("period", _period), ("place", _place), ("of", _split), ("what", _what), ("figure", _figure),
            ("out of", _whole), ("open", _open), ("", _status),
        )
    ]  # fmt: skip
    always = ("figure", "what", "out of")
    kept = [(name, values) for name, values in shown if name in always or len(set(values)) > 1]
    kept = [(name, values) for name, values in kept if any(values)]
    for name, _ in kept:
        right = name in ("figure", "out of", "open")
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=name == "figure")
    for row in range(min(len(cells), MOST_ROWS)):
        table.add_row(*(values[row] for _, values in kept))
    return table


def _period(cell: Cell, _titles: dict[str, str]) -> str:
    return f"{cell.period_start} to {cell.period_end}" if cell.period_start != cell.period_end else f"{cell.period_end}"


def _place(cell: Cell, _titles: dict[str, str]) -> str:
    return "nation" if cell.place_type == "nation" else f"{cell.place_type} {cell.place}"


def _split(cell: Cell, _titles: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in cell.split) or "all"


def _variant(cell: Cell) -> str:
    """The meaning of the numerator; cells of records name their release before it."""
    return cell.variant if cell.basis == "figures" else cell.variant.partition(" ")[2]


def _what(cell: Cell, titles: dict[str, str]) -> str:
    variant = _variant(cell)
    if cell.tier:
        return cell.tier if cell.tier == "outside every tier" else f"{cell.tier} ({variant})"
    return titles.get(variant, variant)


def _figure(cell: Cell, _titles: dict[str, str]) -> str:
    return figure(cell)


def _whole(cell: Cell, _titles: dict[str, str]) -> str:
    if cell.denominator is None or cell.statistic == "count":
        return ""
    return ends(cell.denominator.lower, cell.denominator.upper, "records")


def _open(cell: Cell, _titles: dict[str, str]) -> str:
    if cell.numerator is None or cell.status != "ok" or not cell.numerator.width:
        return ""
    return ends(cell.numerator.width, cell.numerator.width, "records")


def _status(cell: Cell, _titles: dict[str, str]) -> str:
    note = "" if cell.note.startswith("rounded") or cell.status == "suppressed" else cell.note
    return "; ".join(part for part in ("rounded" if cell.status == "rounded" else "", note) if part)


def in_order(cells: Sequence[Cell], variants: Sequence[str]) -> list[Cell]:
    """Cells as they are read: the nation first, place by place, period by period, class by class."""
    places = {name: place for place, name in enumerate(variants)}

    def order(cell: Cell) -> tuple[object, ...]:
        place = (cell.place_type != "nation", cell.place == "unknown", cell.place)
        variant = places.get(_variant(cell), len(places))
        return place, cell.period_start, cell.period_end, cell.split, variant

    return sorted(cells, key=order)
