"""``tallystick diff``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from tallystick.cli.common import Asked, common

SHOWN = 8
TITLES = {
    "verdict": "Verdicts that moved",
    "gone": "No longer printed",
    "appeared": "Printed for the first time",
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
    if not found:
        out.print("  Nothing that both print has changed.")
    for kind, title in TITLES.items():
        _print_kind(asked, out, title, [change for change in found if change.kind == kind])
    return 0


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
