"""``tallystick claim published`` and ``tallystick claim new``."""

from __future__ import annotations

from typing import Any

import click

from tallystick.cli.common import Asked

STANDING = {
    "reproduced": "reproduced within its rounding",
    "nearby": "nearby",
    "not_reproduced": "not reproduced",
    "needs_release": "needs another release or table",
    "no_cell": "no trusted figure of ours near that date",
}


def print_published(asked: Asked, *, as_csv: bool) -> int:
    """Figures of others, each beside the cell it claims to be."""
    from tallystick.answers import placed_figures

    records = asked.records()
    every = placed_figures(records)
    rows = [_row(entry) for entry in every]
    if as_csv:
        from tallystick.publish.page import to_csv

        click.echo(to_csv(rows), nl=False)
        return 0
    if asked.as_json:
        asked.say_json(
            "claim-published", {"figures": rows, "invented": records.invented}, release_set=records.release_set
        )
        return 0
    from tallystick.publish.terminal import print_made_up

    out = asked.console()
    print_made_up(out, invented=records.invented)
    for standing, words in STANDING.items():
        own = [row for row in rows if row["standing"] == standing]
        if own:
            out.print(f"\n{words}: {len(own)}", style="bold")
        for row in own:
            ours = "" if row["lower"] is None else f"; ours {row['lower']:,.10g}"
            ours += f" to {row['upper']:,.10g}" if row["upper"] not in (None, row["lower"]) else ""
            where = row["needs"] if standing == "needs_release" else f"{row['cell']}{ours}"
            out.print(f"  {row['text']}. {row['who']}, {row['where']} ({row['seen']}).")
            out.print(f"      {where}{'. ' + row['note'] if row['note'] else ''}", style="dim")
    out.print(
        f"\n{len(rows)} figures of others; counts of whole releases under rules: tallystick measure run --grid",
        style="dim",
    )
    return 0


def _row(entry: Any) -> dict[str, Any]:
    from tallystick.measures.cell import written

    published, cell, ours = entry.published, entry.cell, entry.ours
    split = ", ".join(f"{name} {value}" for name, value in published.split.items())
    named = ", ".join(part for part in (published.measure, published.variant, split, published.part) if part)
    days = "" if cell is None else f" of {cell.period_end}" if cell.basis == "figures" else f" {published.window}"
    return {
        "id": published.id, "who": published.who, "where": published.where, "text": published.text,
        "value": published.value, "rounded_to": published.rounded_to, "seen": published.seen,
        "standing": entry.standing, "cell": named + days, "lower": written(ours.lower) if ours else None,
        "upper": written(ours.upper) if ours else None, "needs": published.needs, "note": published.note,
    }  # fmt: skip


def print_scaffold(asked: Asked, given: dict[str, str]) -> int:
    """A claim file to fill in, with a list of what is missing."""
    from tallystick.scaffolding import missing, scaffold

    lacks = missing(given, asked.shelf)
    text = scaffold(given)
    if asked.as_json:
        asked.say_json("claim-new", {"toml": text, "missing": lacks})
        return 0
    click.echo(text, nl=False)
    for line in lacks:
        click.echo(f"missing: {line}", err=True)
    asked.last_line("Save it as DIR/us-ice/claims/<id>.toml, then: tallystick claim run <id> --definitions DIR")
    return 0
