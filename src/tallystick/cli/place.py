"""``tallystick place``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.placing import PlaceFound


@click.command(name="place")
@click.argument("name")
@click.option("--kind", default="", help="state, area, facility or county, where the name alone does not tell.")
@click.option("--release", default="", help="The release; without it, every release of the project.")
@common
def command(asked: Asked, name: str, kind: str, release: str) -> int:
    """One standard page for a state, an area, a facility or a county: the same measures, beside the nation.

    Example: tallystick place TX --project my-records
    """
    from tallystick.cli.build import progress_bar
    from tallystick.placing import place_pages

    with progress_bar(asked) as progress:
        found, invented, release_set = place_pages(
            asked.project, asked.shelf, name, kind=kind, release=release, progress=progress
        )
    if asked.as_json:
        data = {"pages": [_entry(page) for page in found]}
        asked.say_json("place", data, release_set=release_set)
        return 0
    out = asked.console()
    if invented:
        out.print("MADE-UP RECORDS: nothing here describes a person, a place or an event", style="bold")
    for page in found:
        _print(out, page)
    asked.last_line("Next: tallystick measure run arrests-by-criminality --place " + found[0].kind)
    return 0


def _entry(page: PlaceFound) -> dict[str, object]:
    return {
        "release": page.release, "kind": page.kind, "place": page.place, "left_out": list(page.left_out),
        "lines": [
            {
                "measure": line.measure, "title": line.title,
                "place": [cell.row() for cell in line.here], "nation": [cell.row() for cell in line.nation],
            }
            for line in page.lines
        ],
    }  # fmt: skip


def _print(out: Console, page: PlaceFound) -> None:
    from rich.table import Table

    from tallystick.publish.cells import figure
    from tallystick.terms.period import fiscal_year_of

    out.print(f"{page.kind.capitalize()} {page.place}, {page.release}", style="bold", markup=False)
    out.print(
        "Each line: the place, and the nation below it. Rounded outward; hidden where too few people.", style="dim"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", overflow="fold")
    for year in page.years:
        table.add_column(year, justify="right", overflow="fold")
    for line in page.lines:
        for title, cells, style in ((line.title, line.here, None), ("  nation", line.nation, "dim")):
            by_year = {f"FY{fiscal_year_of(cell.period_end)}": figure(cell) for cell in cells}
            table.add_row(title, *(by_year.get(year, "none") for year in page.years), style=style)
    out.print(table)
    for text in page.left_out:
        out.print(f"  left out: {text}", style="dim", markup=False)
    out.print("What the records cannot tell here:")
    out.print("  Whether more was recorded or more was done: a place that is recorded more often looks like growth.")
    out.print("  The upper ends hold everybody who may have been there: no place recorded, or only a duty site.")
    out.print("  The first and the last fiscal year may be cut short by what the release covers.")
    out.print()
