"""``tallystick diff``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.differences import Side

SHOWN = 8
TITLES = {
    "verdict": "Verdicts that moved",
    "gone": "Only in the first",
    "appeared": "Only in the second",
    "exchanged": "Rows in each other's place",
    "corrected": "Other numbers for the same date",
    "restated": "Past periods with other numbers",
    "relabelled": "Other labels for the same thing",
    "moved": "Numbers in other cells",
}


@click.command(name="diff")
@click.argument("before")
@click.argument("after")
@common
def command(asked: Asked, before: str, after: str) -> int:
    """Say what changed from one issue to another: restated months, corrections, exchanged rows, moved cells.

    A side is a workbook, an issue in reach by its date or file name, or a built project (then the verdicts that
    moved are listed).

    Example: tallystick diff FY23_2023-05-21 FY23_2023-05-21_pub2023-05-31
    """
    from tallystick.differences import difference

    one, two, found = difference(before, after, asked.records())
    if asked.as_json:
        asked.say_json("diff", {"before": one.name, "after": two.name, "changes": [asdict(change) for change in found]})
        return 0
    out = asked.console()
    out.print(f"{one.name} → {two.name}", style="bold")
    for note in _notes(one, two):
        out.print(f"  {note}")
    if not found:
        out.print("  Nothing that both print has changed.")
    for kind, title in TITLES.items():
        _print_kind(asked, out, title, [change for change in found if change.kind == kind])
    return 0


def _notes(one: Side, two: Side) -> Iterator[str]:
    """What to know before reading on: the same file twice, the wrong order, how much could be compared."""
    from tallystick.figures.changes import compared

    if not one.figures or not two.figures:
        return
    files = [{figure.source_sha256 for figure in side.figures} for side in (one, two)]
    if files[0] == files[1]:
        yield "Both are the same, byte for byte."
        return
    if all(len(shas) == 1 for shas in files):
        if max(figure.as_of for figure in one.figures) > max(figure.as_of for figure in two.figures):
            yield "The first is of a later date than the second."
        count = compared(one.figures, two.figures)
        yield f"{count:,} numbers stand in both for the same period." if count else "No period stands in both."


def _print_kind(asked: Asked, out: Any, title: str, found: list[Any]) -> None:
    from rich.padding import Padding

    if not found:
        return
    out.print(f"\n{title}: {len(found):,}")
    shown = found if asked.verbose else found[:SHOWN]
    for change in shown:
        sides = f": {change.before} → {change.after}" if change.before or change.after else ""
        label = f", {change.label}" if change.label else ""
        detail = f"  ({change.detail})" if change.detail else ""
        out.print(Padding(f"{change.block}{label}{sides}{detail}", (0, 0, 0, 2), expand=False))
    if len(found) > len(shown):
        out.print(f"  and {len(found) - len(shown):,} more; -v shows all", style="dim")
