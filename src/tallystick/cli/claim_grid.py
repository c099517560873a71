"""``tallystick claim run --grid``: a claim under everything that can be chosen, as a small matrix or a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked

if TYPE_CHECKING:
    from tallystick.gridding import GridRow

COLUMNS = 6
SIGNS = {"supports": "+", "does_not_support": "-", "cannot_settle": "?", "needs_records": "."}


def print_grid(asked: Asked, name: str, *, as_csv: bool) -> int:
    """Show the grid of a claim."""
    from tallystick.gridding import claim_grid, moves

    records = asked.records()
    claim, rows = claim_grid(records, name, asked.project)
    ranked = moves(rows)
    if as_csv:
        from tallystick.publish.page import to_csv

        table = [row.data() for row in rows]
        click.echo(to_csv([{**row, "invented": "true"} for row in table] if records.invented else table), nl=False)
        return 0
    if asked.as_json:
        data = {
            "claim": claim.id,
            "invented": records.invented,
            "cells": [row.data() for row in rows],
            "moves": [vars(one) for one in ranked],
        }
        asked.say_json("claim-grid", data, release_set=records.release_set)
        return 0
    _matrix(asked, claim.text, rows, invented=records.invented)
    _ranking(asked, rows, ranked)
    asked.last_line(f"Every cell: tallystick claim run {name} --grid --csv")
    return 0


def _matrix(asked: Asked, text: str, rows: Sequence[GridRow], *, invented: bool) -> None:
    """Readings down, the latest periods across; under the default rules."""
    from rich.table import Table

    from tallystick.publish.terminal import print_made_up
    from tallystick.publish.words import ends

    out = asked.console()
    print_made_up(out, invented=invented)
    out.print(text, style="bold")
    results = Counter(row.result for row in rows)
    told = ", ".join(f"{results[name]} {words}" for name, words in _words().items() if results[name])
    out.print(f"{len(rows)} cells: {told or 'none in reach'}.")
    shown: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        choice = dict(row.choice)
        key = (choice["reading"], choice["unit"], choice["agency"])
        shown.setdefault(key, {}).setdefault(choice["period"], row)
    every = {period for cells in shown.values() for period in cells}
    periods = sorted(every, key=lambda period: (period[-10:], period))[-COLUMNS:]
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("reading", overflow="fold")
    for period in periods:
        table.add_column(period.replace(" to ", "\n"), justify="right")
    for (reading, unit, agency), cells in shown.items():
        texts = []
        for period in periods:
            own = cells.get(period)
            low, high = ends(own.cell) if own else ("", "")
            texts.append(f"{low if low == high else f'{low}-{high}'} {SIGNS[own.result]}" if own else "")
        if any(texts):
            table.add_row(f"{reading} ({', '.join(part for part in (unit, agency) if part)})", *texts)
    out.print(table)
    out.print(
        "+ supports   - does not support   ? cannot settle   (the latest periods, under the default rules)", style="dim"
    )


def _words() -> dict[str, str]:
    return {"supports": "support", "does_not_support": "do not support", "cannot_settle": "cannot settle it"}


def _ranking(asked: Asked, rows: Sequence[GridRow], ranked: Sequence[Any]) -> None:
    out = asked.console()
    if not rows:
        return
    out.print("\nWhich choice moves the answer, all others held:", style="bold")
    for one in ranked:
        name = one.dimension.replace("_", " ")
        far = f"{one.most * 100:.1f} points" if one.most <= 1 else f"{one.most:,.1f}"
        out.print(
            f"  {name}: {one.values} values; flips the answer in {one.flips} of {one.groups} groups; "
            f"ends up to {far} apart"
        )
