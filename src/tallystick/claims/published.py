"""Figures that others published, each laid beside the cell that it claims to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from tallystick.claims.claim import Reading
from tallystick.claims.verdict import CellsOf, chosen, chosen_of_records, matching
from tallystick.measures.cell import Cell
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import Fault, TallystickError

NEAR = Fraction(1, 50)  # up to a fiftieth off, a figure is called near
Standing = Literal["reproduced", "nearby", "not_reproduced", "needs_release", "no_cell"]


class PublishedFigure(Strict, frozen=True, kw_only=True):
    """``us-ice/published/figures.toml``, one entry.

    `value` is the figure as printed (a share as a fraction), `rounded_to` the unit in which it was printed. `part` says
    whether it is the figure of the cell itself, its numerator or its denominator. On printed figures (`basis`) the cell
    is the one nearest to `at`; on records it is the one of `window` in `release`, or in whichever covers most of it.
    `needs` says which release or table would hold it where no cell of ours is it; `note` explains a difference.
    """

    id: str
    who: str
    where: str
    text: str
    value: str
    rounded_to: str
    seen: Literal["primary", "secondary", "computed"]
    basis: Literal["figures", "records", "none"] = "figures"
    part: Literal["figure", "numerator", "denominator"] = "figure"
    measure: str = ""
    variant: str = ""
    split: dict[str, str] = {}
    at: str = ""
    baseline: str = ""
    release: str = ""
    window: str = ""
    person: bool = False
    needs: str = ""
    note: str = ""


class PublishedFigures(Strict, frozen=True, kw_only=True):
    """All figures that others published."""

    figures: tuple[PublishedFigure, ...]


@dataclass(frozen=True)
class PlacedFigure:
    """A published figure, the cell it claims to be, and how the two stand to each other."""

    published: PublishedFigure
    standing: Standing
    cell: Cell | None = None
    ours: Bound | None = None


def published_figures(shelf: Shelf, agency: str = "us-ice") -> tuple[PublishedFigure, ...]:
    """Every figure of others that definitions hold.

    Raises:
        TallystickError: TS151 for an entry that names no cell and no need, or stands twice.
    """
    file = f"{agency}/published/figures.toml"
    found = shelf.read(file, PublishedFigures).figures
    ids = [entry.id for entry in found]
    faults = [f"'{name}' stands twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    faults += [
        f"'{one.id}' names neither a measure nor what it needs" for one in found if not (one.measure or one.needs)
    ]
    if faults:
        raise TallystickError(*(Fault("TS151", text, where=file) for text in faults))
    return found


def placed_figure(published: PublishedFigure, cells_of: CellsOf) -> PlacedFigure:
    """Lay one published figure beside the cell it claims to be.

    Within half its own rounding of our bound it is reproduced, within a fiftieth it is nearby.
    """
    cell = _cell(published, cells_of)
    if cell is None:
        return PlacedFigure(published, "needs_release" if published.needs else "no_cell")
    ours = {"figure": cell.bound, "numerator": cell.numerator, "denominator": cell.denominator}[published.part]
    if ours is None:
        return PlacedFigure(published, "no_cell", cell)
    value, half = Fraction(published.value), Fraction(published.rounded_to) / 2
    if ours.lower - half <= value <= ours.upper + half:
        return PlacedFigure(published, "reproduced", cell, ours)
    off = min(abs(value - ours.lower), abs(value - ours.upper))
    near = NEAR * max(abs(value), Fraction(1))
    return PlacedFigure(published, "nearby" if off <= near else "not_reproduced", cell, ours)


def _cell(published: PublishedFigure, cells_of: CellsOf) -> Cell | None:
    if published.basis == "none" or not published.measure:
        return None
    reading = Reading(
        id=published.id, title=published.text, role="stress", basis=published.basis, measure=published.measure,
        variant=published.variant, split=published.split, baseline=published.baseline, window=published.window,
        person=published.person, written_on=date.min, figures_known_when_written="yes",
    )  # fmt: skip
    cells = cells_of(published.measure).cells
    if published.basis == "figures":
        return chosen(matching(reading, cells), date.fromisoformat(published.at))
    own = [cell for cell in cells if not published.release or cell.variant.partition(" ")[0] == published.release]
    cell = chosen_of_records(reading, own, None, is_main=True)
    if cell is None or not published.window:
        return cell
    whole = tuple(date.fromisoformat(end) for end in reading.days)
    return cell if (cell.period_start, cell.period_end) == whole else None  # a part of the days is another figure
