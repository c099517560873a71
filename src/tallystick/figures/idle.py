"""What in a workbook was not filled in, is no longer refreshed, or hides: idle, stopped, hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from tallystick.figures.finding import Finding
from tallystick.intake.layout import Layouts
from tallystick.intake.printed import BlockRead, RawFigure
from tallystick.intake.sheets import kind_of
from tallystick.terms.period import in_words, span_end


def check_idle(file: str, reads: Sequence[BlockRead], as_of: date, known: Layouts) -> Iterator[Finding]:
    """Periods that were over and are printed as zeros throughout, and tables that stopped moving."""
    tables: dict[str, list[RawFigure]] = {}
    for read in reads:
        tables.setdefault(read.block, []).extend(figure for figure in read.figures if figure.span)
    for block, figures in tables.items():
        yield from _idle(file, block, figures, as_of)
        yield from _stopped(file, block, figures, as_of, known.comparing.stopped_days)


def _idle(file: str, block: str, figures: Sequence[RawFigure], as_of: date) -> Iterator[Finding]:
    zeros = {figure.span for figure in figures if figure.span and figure.value_status == "zero_as_missing"}
    filled = {figure.span for figure in figures if figure.span and figure.value}
    past = sorted(span for span in zeros - filled if span_end(*span) <= as_of)
    if past:
        names = f"{past[0][1]} to {past[-1][1]}" if len(past) > 1 else past[0][1]
        text = f"{len(past)} of {len(zeros | filled)} periods are printed as zeros and were over by then: {names}."
        yield Finding("idle", block, "periods", file, names, len(past), 0, 0, "note", text)


def _stopped(file: str, block: str, figures: Sequence[RawFigure], as_of: date, most: int) -> Iterator[Finding]:
    filled = [figure.span for figure in figures if figure.span and figure.value]
    last = max(filled, key=lambda span: span_end(*span), default=None)
    if last is None or last[0] not in ("month", "half-month"):
        return
    behind = (as_of - span_end(*last)).days
    if behind > most:
        text = f"The newest period with numbers is {last[1]}, {behind} days before {in_words(as_of)}."
        yield Finding("stopped", block, "periods", file, last[1], behind, 0, most, "note", text)


def check_hidden(file: str, hidden: Sequence[str], kinds: dict[str, str]) -> Iterator[Finding]:
    """Hidden sheets that go by the name of a visible one."""
    for name in hidden:
        kind = kind_of(name, kinds)
        if kind:
            text = f"The hidden sheet '{name.strip()}' goes by the name of a {kind} sheet; it was left unread."
            yield Finding("hidden", kind, name.strip(), file, "", None, None, None, "note", text)
