"""Claims, readings and their bars as tables for people at a command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.publish import words as say
from tallystick.publish.bars import WIDTH, bar_of, ends_of, text_bar
from tallystick.publish.view import flip_sentence, tally_words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLOURS = {"supports": "cyan", "does_not_support": "magenta", "depends": "yellow"}


def console(*, color: str = "auto", stderr: bool = False, width: int | None = None) -> Console:
    """A console that honours NO_COLOR, pipes and the colour asked for."""
    from rich.console import Console as Plain

    class Console(Plain):
        def on_broken_pipe(self) -> None:
            """A reader that has seen enough (``| head``) is no fault."""
            raise SystemExit(0)

    force = {"always": True, "never": False}.get(color)
    piped = not (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr,
        force_terminal=force,
        no_color=color == "never",
        highlight=False,
        markup=False,
        width=width or (120 if piped else None),
        soft_wrap=False,
    )


def bar_style(out: Console) -> str:
    """Block characters only where the terminal says it can show them."""
    return "unicode" if out.encoding.lower().replace("-", "") == "utf8" else "ascii"


def print_claim(out: Console, verdict: ClaimVerdict, *, brief: bool = False) -> None:
    """A claim on one date: verdict, readings with bars, what flips it, what it cannot say."""
    from rich.text import Text

    claim = verdict.claim
    quote = f'"{claim.text}"' if claim.quoted else claim.text
    out.print(Text(quote, style="bold"))
    out.print(Text(f"{'' if claim.quoted else 'Paraphrase. '}{claim.speaker}. Tested: {verdict.title}.", style="dim"))
    line = Text("Verdict: ")
    line.append(say.verdict_words(verdict), style=f"bold {COLOURS.get(verdict.verdict, 'default')}")
    out.print(line)
    for sentence in (flip_sentence(verdict), _unit(verdict)):
        if sentence:
            out.print(Text(sentence))
    if claim.not_testable:
        out.print(Text(claim.not_testable))
    out.print()
    tracks = ends_of(verdict.outcomes)
    _print_readings(out, verdict, tracks, brief=brief)
    out.print(Text("What the records cannot tell here:"))
    for sentence in claim.cannot_say:
        out.print(Text(f"  {sentence}"))
    out.print(Text("What would settle it:"))
    for sentence in claim.would_settle:
        out.print(Text(f"  {sentence}"))


def _print_readings(out: Console, verdict: ClaimVerdict, tracks: Mapping[str, Fraction], *, brief: bool) -> None:
    from rich.text import Text

    if not verdict.outcomes:
        return
    out.print(_readings(out, verdict.of_role("headline"), "headline readings", tracks))
    stress = verdict.of_role("stress", "lift")
    if stress and not brief:
        out.print(_readings(out, stress, "stress readings", tracks))
    out.print(Text(_robust(verdict)))
    for outcome in verdict.of_role("headline") if brief else verdict.outcomes:
        if say.tipping_words(outcome):
            out.print(Text(f"{outcome.reading.title}: {say.tipping_words(outcome)}"))
    out.print()


def print_made_up(out: Console, *, invented: bool) -> None:
    """Say first that figures were made up, where they were."""
    if invented:
        out.print(say.words().sentence["made_up"], style="bold yellow")


def _unit(verdict: ClaimVerdict) -> str:
    unit = verdict.another_unit
    return say.words().sentence["another_unit"].format(unit=unit) if unit else ""


def _robust(verdict: ClaimVerdict) -> str:
    holds, of = verdict.robust
    return say.words().sentence["robust"].format(k=holds, n=of) if of else say.words().sentence["robust_none"]


def _readings(out: Console, outcomes: Sequence[Outcome], title: str, tracks: Mapping[str, Fraction]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    wide = out.width >= 100
    table.add_column(title, overflow="fold", ratio=1)
    if wide:
        table.add_column("as of", no_wrap=True)
    table.add_column("needs", no_wrap=wide, overflow="fold")
    table.add_column("figure", justify="right", no_wrap=True)
    if wide:
        table.add_column(" " * WIDTH, no_wrap=True)
    table.add_column("result", overflow="fold", min_width=13)
    for outcome in outcomes:
        table.add_row(*_row(out, outcome, tracks, wide=wide))
    return table


def _row(out: Console, outcome: Outcome, tracks: Mapping[str, Fraction], *, wide: bool) -> list[str]:
    cell = outcome.cell
    low, high = say.ends(cell)
    shown = low if low == high else f"{low} to {high}"
    day = cell.period_end.isoformat() if cell else ""
    bar = [text_bar(bar_of(outcome, tracks), style=bar_style(out))] if wide else []
    title = outcome.reading.title if wide or not day else f"{outcome.reading.title} ({day})"
    title += f" [{cell.note}]" if cell is not None and cell.bound is not None and cell.note else ""
    result = say.result_words(outcome) if outcome.result.result == "needs_records" else _result(outcome)
    return [title, *([day] if wide else []), say.need(outcome), shown, *bar, result]


def _result(outcome: Outcome) -> str:
    reason = f": {outcome.result.reason}" if outcome.result.result == "cannot_settle" else ""
    return say.words().result[outcome.result.result] + reason


def print_tally(out: Console, lines: dict[str, dict[str, int]]) -> None:
    """All claims by side, printed with any single one."""
    out.print(f"All claims, by side. {say.words().sentence['tally']}", style="dim")
    for line in tally_words(lines):
        out.print(f"  {line}")


def print_series(out: Console, trend: Sequence[Outcome]) -> None:
    """One reading on every date there is a figure."""
    if trend:
        out.print()
        out.print(f"{trend[0].reading.title}, on every date (a series, not more readings):", style="dim")
        out.print(_readings(out, trend, "date of the figures", ends_of(trend)))
