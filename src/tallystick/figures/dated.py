"""Printed numbers as rows of the table `figures`: dated, with zeros told apart from absences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from tallystick.figures.dating import Dated
from tallystick.intake.headers import POINT, YEAR, Span
from tallystick.intake.printed import BlockRead, RawFigure
from tallystick.terms.period import (
    fiscal_year_of,
    last_day,
    month_id,
    month_start,
    span_end,
    span_start,
    status_of_month,
)


class Figure(msgspec.Struct, frozen=True, gc=False):
    """One row of the table `figures`; fields in the order of its contract."""

    source_file: str
    source_sha256: str
    issue: str | None
    provenance: str
    fiscal_year: int
    as_of: str
    as_of_basis: str
    as_of_confidence: str
    block: str
    period: str
    period_kind: str
    period_status: str
    arresting_agency: str | None
    criminality: str | None
    criminality_scheme: str | None
    dims: str
    measure: str
    unit: str
    value: float | None
    value_status: str
    trust: str
    is_total: bool
    label_as_printed: str
    sheet: str
    cell: str


class Standing(msgspec.Struct, frozen=True):
    """What all figures of one workbook share."""

    file: str
    sha256: str
    issue: date | None
    provenance: str


def dated_figures(block: BlockRead, dated: Dated, standing: Standing, trust: str) -> Iterator[Figure]:
    """The figures of one block as rows; months after the date are `not_yet`, their zeros no values."""
    year = dated.fiscal_year
    for raw in block.figures:
        kind, period, status = _period(raw, year, dated.as_of)
        own_year = fiscal_year_of(span_end(*raw.span)) if raw.span else year
        not_yet = status == "not_yet" and raw.value == 0
        yield Figure(
            source_file=standing.file,
            source_sha256=standing.sha256,
            issue=standing.issue.isoformat() if standing.issue else None,
            provenance=standing.provenance,
            fiscal_year=own_year,
            as_of=dated.as_of.isoformat(),
            as_of_basis=dated.basis,
            as_of_confidence=dated.confidence,
            block=raw.block,
            period=period,
            period_kind=kind,
            period_status=status,
            arresting_agency=raw.arresting_agency,
            criminality=raw.criminality,
            criminality_scheme=raw.criminality_scheme,
            dims=dims_text(raw.dims),
            measure=raw.measure,
            unit=raw.unit,
            value=None if not_yet else raw.value,
            value_status="zero_as_missing" if not_yet else raw.value_status,
            trust=trust,
            is_total=raw.is_total,
            label_as_printed=raw.label,
            sheet=block.sheet,
            cell=raw.cell,
        )


def dims_text(dims: tuple[tuple[str, str], ...]) -> str:
    """Dimensions as JSON with sorted keys and no blanks."""
    return msgspec.json.encode(dict(dims), order="sorted").decode()


def _period(raw: RawFigure, year: int, as_of: date) -> tuple[str, str, str]:
    if raw.span is not None:
        return *raw.span, _span_status(raw.span, as_of)
    if raw.period == POINT:
        return "point", as_of.isoformat(), "complete"
    if raw.period == YEAR:
        return "fytd", f"FY{year}", "complete" if as_of >= last_day(year) else "partial"
    first = month_start(year, (raw.period + 9) % 12 + 1)
    return "month", month_id(first), status_of_month(first, as_of)


def _span_status(span: Span, as_of: date) -> str:
    if span_end(*span) <= as_of:
        return "complete"
    return "partial" if span_start(*span) <= as_of else "not_yet"
