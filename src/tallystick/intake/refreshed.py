"""Zeros that are no values: whole periods that nobody filled in, and a newest year not yet counted."""

from __future__ import annotations

from typing import Any

import msgspec

from tallystick.intake.headers import Span
from tallystick.intake.layout import Block
from tallystick.intake.printed import RawFigure


def without_idle_zeros(block: Block, figures: tuple[RawFigure, ...]) -> tuple[RawFigure, ...]:
    """Periods in which every number is 0 were not refreshed: their zeros are no values."""
    if not block.zero_groups and not block.zero_newest:
        return figures
    silent = _silent_periods(block, figures)
    newest = max((figure.span for figure in figures if figure.span), default=None) if block.zero_newest else None
    before = max((figure.span for figure in figures if figure.span and figure.span != newest), default=None)
    fell = any(figure.value for figure in figures if figure.span == before)
    out = []
    for figure in figures:
        if figure.value == 0 and figure.span and _group_of(block, figure.span) in silent:
            out.append(msgspec.structs.replace(figure, value=None, value_status="zero_as_missing"))
        elif figure.value == 0 and newest is not None and figure.span == newest:
            change: dict[str, Any] = (
                {"value": None, "value_status": "zero_as_missing"} if fell else {"value_status": "suspect"}
            )
            out.append(msgspec.structs.replace(figure, **change))
        else:
            out.append(figure)
    return tuple(out)


def _silent_periods(block: Block, figures: tuple[RawFigure, ...]) -> set[str]:
    if not block.zero_groups:
        return set()
    spans = [(figure, figure.span) for figure in figures if figure.span]
    spoken = {_group_of(block, span) for figure, span in spans if figure.value}
    return {_group_of(block, span) for _, span in spans} - spoken


def _group_of(block: Block, span: Span) -> str:
    if block.zero_groups != "year":
        return span[1]
    if span[0] == "month":
        return f"FY{int(span[1][:4]) + (int(span[1][5:7]) >= 10)}"
    return span[1][:6]
