"""``tallystick get``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.fetching import Fetched, Told
    from tallystick.intake.releases import Register, Release


@click.command(name="get")
@click.argument("release", required=False, default="")
@click.option("--list", "as_list", is_flag=True, help="List all registered releases.")
@click.option(
    "--from", "sources", multiple=True, type=click.Path(path_type=Path, exists=True), help="Adopt local files."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files; downloads/RELEASE without.",
)
@common
def command(asked: Asked, release: str, as_list: bool, sources: tuple[Path, ...], output: Path | None) -> int:
    """Fetch the files of a release from its publisher, or adopt local ones.

    Example: tallystick get ice_2026_03 --from downloads
    """
    from tallystick.fetching import adopt, fetch
    from tallystick.intake.releases import register
    from tallystick.terms.errors import cannot

    known = register(asked.shelf)
    if as_list or not release:
        if not as_list and (sources or output):
            raise cannot("TS100", "No release was named.", fix="tallystick get --list shows them.")
        _list(asked, known)
        return 0
    entry = known.release(release)
    folder = output or Path("downloads") / entry.id
    if not asked.as_json and not asked.quiet:
        _about(asked, entry.release)
    found, faults = (
        adopt(entry, known, sources, folder)
        if sources
        else (fetch(entry, known, folder, offline=asked.offline, told=_bar(asked)), [])
    )
    if asked.as_json:
        asked.say_json("get", {"release": entry.id, "files": [_row(file) for file in found]}, warnings=faults)
    else:
        for file in found:
            click.echo(f"{file.how}: {file.path} ({file.size:,} bytes, {', '.join(file.tables) or 'no table known'})")
        for fault in faults:
            click.echo("\n".join(fault.lines("left out")), err=True)
        if found:
            asked.last_line(f"Next: tallystick build {folder}")
    return 1 if faults and not found else 0


def _bar(asked: Asked) -> Told | None:
    """A line on a terminal that says how much of a file is here."""
    if asked.quiet or asked.as_json or not sys.stderr.isatty():
        return None

    def tell(name: str, done: int, of: int) -> None:
        whole = f" of {of / 1e6:,.0f}" if of else ""
        click.echo(f"\r{name}: {done / 1e6:,.0f}{whole} MB", err=True, nl=done == of)

    return tell


def _row(file: Fetched) -> dict[str, object]:
    return {
        "file": file.path.name,
        "sha256": file.sha256,
        "bytes": file.size,
        "how": file.how,
        "tables": list(file.tables),
    }


def _about(asked: Asked, release: Release) -> None:
    out = asked.console()
    out.print(release.title, style="bold")
    known = sum(release.sizes.values())
    size = f"{known / 1e6:,.0f} MB" if known else "size not known"
    out.print(f"  {release.publisher}; request {release.request}; obtained by {release.obtained_by}")
    out.print(f"  {size}; {release.licence}")
    out.print(f"  credit: {release.credit}; {release.page}")
    if release.note:
        out.print(f"  {release.note}", style="dim")


def _list(asked: Asked, known: Register) -> None:
    releases = [entry.release for entry in known.releases]
    if asked.as_json:
        asked.say_json(
            "get",
            {
                "releases": [
                    {
                        "release": entry.id,
                        "title": entry.title,
                        "covers_from": entry.covers_from,
                        "closes_on": entry.closes_on,
                        "tables": [table.table for table in entry.tables],
                        "addresses": len(entry.addresses),
                        "page": entry.page,
                        "licence": entry.licence,
                    }
                    for entry in releases
                ]
            },
        )
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("release", "covers", "tables"):
        table.add_column(name, overflow="fold")
    for entry in releases:
        covers = f"{entry.covers_from} to {entry.closes_on}"
        table.add_row(entry.id, covers, " ".join(part.table for part in entry.tables))
    asked.console().print(table)
    asked.last_line("Next: tallystick get RELEASE --from FOLDER   (or without --from where addresses are known)")
