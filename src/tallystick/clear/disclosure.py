"""May this be shown? Cells pass the gate here or nowhere; no flag turns it off.

For figures that the agency printed the rule is short: national ones pass as printed and are marked
so; anything below the nation needs at least eleven people in every part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from tallystick.figures.dated import Figure
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.ledger import LedgerLine

_PASS = object()  # known to this module alone: without it no ClearedCells can be made


class Thresholds(Strict, frozen=True, kw_only=True):
    """Least numbers."""

    least_people: int
    least_for_means: int


class AgencyPrinted(Strict, frozen=True, kw_only=True):
    """How figures printed by the agency itself pass."""

    national: Literal["as_printed"]
    facility_least: int


class DisclosureRules(Strict, frozen=True, kw_only=True):
    """``disclosure.toml``."""

    thresholds: Thresholds
    agency_printed: AgencyPrinted


@lru_cache(maxsize=1)
def disclosure_rules() -> DisclosureRules:
    """The rules of the gate; always the packaged ones."""
    return Shelf().read("disclosure.toml", DisclosureRules)


@dataclass(frozen=True)
class ClearedCells:
    """Cells that passed the gate; every surface takes these and nothing else."""

    cells: tuple[Cell, ...]
    ledger: tuple[LedgerLine, ...]
    _token: object = None

    def __post_init__(self) -> None:
        if self._token is not _PASS:
            raise TypeError("ClearedCells are made by clear() only")


@dataclass(frozen=True)
class ClearedFigures:
    """Printed figures that may be shown."""

    figures: tuple[Figure, ...]
    ledger: tuple[LedgerLine, ...]
    _token: object = None

    def __post_init__(self) -> None:
        if self._token is not _PASS:
            raise TypeError("ClearedFigures are made by clear_figures() only")


def clear(measured: MeasuredCells) -> ClearedCells:
    """Pass measured cells through the gate.

    National cells on printed figures pass and say so; a cell below the nation with a part of 1 to
    10 people, or of unknown size, loses its values.
    """
    cleared = tuple(_cleared(cell) for cell in measured.cells)
    held = sum(1 for before, after in zip(measured.cells, cleared, strict=True) if after.status != before.status)
    line = LedgerLine(
        "cleared",
        "cells",
        "suppressed",
        "least_people",
        "a part of fewer than 11 people below the nation",
        "",
        len(cleared),
        len(cleared) - held,
    )
    return ClearedCells(cleared, (line,) if held else (), _PASS)


def _cleared(cell: Cell) -> Cell:
    if cell.place_type == "nation" and cell.basis == "figures":
        return cell
    parts = _parts(cell)
    least = disclosure_rules().thresholds.least_people
    if parts is None or any(0 < part < least for part in parts):
        return replace(
            cell,
            bound=None,
            numerator=None,
            denominator=None,
            status="suppressed",
            rests=(),
            note="fewer than 11 people in some part",
        )
    return cell


def _parts(cell: Cell) -> tuple[Fraction, ...] | None:
    """A range is three cells: yes, unknown, no."""
    if cell.numerator is None or cell.denominator is None:
        return None
    whole = cell.denominator.lower
    return whole, cell.numerator.lower, cell.numerator.width, whole - cell.numerator.upper


def clear_figures(figures: Iterable[Figure], facility_block: str) -> ClearedFigures:
    """Pass printed figures: national ones as printed, facility rows only from eleven people up."""
    least = disclosure_rules().agency_printed.facility_least
    kept: list[Figure] = []
    seen = 0
    for figure in figures:
        seen += 1
        small = (
            figure.block == facility_block and not figure.is_total and (figure.value is None or figure.value < least)
        )
        if not small:
            kept.append(figure)
    line = LedgerLine(
        "cleared",
        facility_block,
        "held back",
        "facility_least",
        "facility rows below 11, or without a value, are not shown",
        "",
        seen,
        len(kept),
    )
    return ClearedFigures(tuple(kept), (line,) if len(kept) < seen else (), _PASS)
