"""``tallystick compare list|run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.comparing import Ran
    from tallystick.publish.comparison import Told


@click.group(name="compare")
def command() -> None:
    """What changed and how much of it lies where; when it moved; whether groups fare alike; the risk tool; what-ifs."""


@command.command(name="list")
@common
def list_comparisons(asked: Asked) -> int:
    """List every declared comparison, with what it needs.

    Example: tallystick compare list
    """
    from tallystick.comparing import listed
    from tallystick.measures.comparison import comparisons

    found = listed(sorted(comparisons(asked.shelf).values(), key=lambda one: (one.kind, one.id)))
    if asked.as_json:
        asked.say_json("compare-list", {"comparisons": found})
        return 0
    out = asked.console()
    kind = ""
    for one in found:
        if one["kind"] != kind:
            kind = one["kind"]
            out.print(KINDS[kind], style="bold")
        out.print(f"  {one['comparison']}  [{one['basis']}]", style="cyan" if out.is_terminal else None, markup=False)
        out.print(f"    {one['title']}", markup=False)
    out.print()
    out.print("figures: from printed workbooks; records: from a project of record files; illustration: a calculation.")
    asked.last_line("Next: tallystick compare run convicted-share-of-people-held")
    return 0


KINDS = {
    "change": "change: when a series moved, told no date",
    "decomposition": "decomposition: how much of a change lies in the mix, how much within",
    "gap": "gap: outcomes of groups in the same recorded situation",
    "incidence": "incidence: how many have ended in each way by so many days",
    "policies": "policies: the same records under other rules",
    "screening": "screening: a calculator of expected errors (illustration)",
    "tool": "tool: the risk classification assessment",
}


@command.command(name="run")
@click.argument("name")
@click.option(
    "--before", default="", help="A day (figures), or first/last day of the earlier, or only, stretch (records)."
)
@click.option("--after", default="", help="The same for the later stretch of a decomposition.")
@click.option("--at", default="", help="For a change: also level and slope on both sides of this day.")
@click.option("--release", default="", help="One release of the project.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write a page (.html) or its chart (.svg)."
)
@common
def run(asked: Asked, name: str, before: str, after: str, at: str, release: str, output: Path | None) -> int:
    """Run a comparison and say what it found, in one sentence first.

    Example: tallystick compare run convicted-share-of-people-held
    """
    from tallystick.cli.build import progress_bar
    from tallystick.cli.common import day_or_latest
    from tallystick.comparing import Days, ran

    days = Days(before, after, day_or_latest(at) if at else "")
    with progress_bar(asked) as progress:
        found = ran(asked.records(), name, asked.project, days, release=release, progress=progress)
    if output is not None:
        return _written(asked, found, output)
    if asked.as_json:
        data = {
            "comparison": found.asked.id,
            "invented": found.invented,
            "answers": [dict(one.data) for one in found.answers],
        }
        asked.say_json("compare", data, release_set=found.release_set)
        return 0
    out = asked.console()
    if found.invented:
        from tallystick.publish.words import words

        out.print(words().sentence["made_up"], style="bold")
    for one in found.answers:
        _print(out, one)
    for silent in found.passed_over:
        out.print(f"Passed over: {silent.faults[0].text}", style="dim", markup=False)
    asked.last_line(f"Next: tallystick compare run {name} -o page.html")
    return 0


def _print(out: Console, told: Told) -> None:
    from rich.table import Table

    if told.label:
        out.print(told.label, style="bold", markup=False)
    out.print(told.title, style="bold", markup=False)
    out.print(told.subtitle, style="dim", markup=False)
    for sentence in told.sentences:
        out.print(sentence, markup=False)
    for table in told.tables:
        out.print()
        shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", title=None)
        for place, column in enumerate(table.columns):
            shown.add_column(column, overflow="fold", justify="left" if place == 0 else "right")
        for row in table.rows:
            shown.add_row(*row)
        out.print(table.caption, style="underline", markup=False)
        out.print(shown if table.rows else "nothing that may be shown", markup=False)
    out.print()
    for note in told.notes:
        out.print(note, style="dim", markup=False)
    out.print("What this cannot say:")
    for sentence in told.cannot_say:
        out.print(f"  {sentence}", markup=False)
    out.print()


def _written(asked: Asked, found: Ran, output: Path) -> int:
    from tallystick.publish.compared import page_of
    from tallystick.terms.errors import cannot

    if output.suffix not in (".html", ".svg"):
        raise cannot("TS105", f"'{output.name[:60]}' is neither .html nor .svg.", fix="-o page.html, or -o chart.svg")
    if output.suffix == ".svg":
        charts = [one.chart for one in found.answers if one.chart]
        if found.invented or not charts:
            raise cannot(
                "TS105", "A chart alone would not say that it is made up, or there is none.", fix="-o page.html"
            )
        text = charts[-1] + "\n"
    else:
        text = page_of(found.asked.title, found.answers, made_up=found.invented, release_set=found.release_set)
    from tallystick.reporting import write_text

    size = write_text(text, output)
    asked.last_line(f"Wrote {output} ({size / 1000:,.0f} kB)")
    return 0
