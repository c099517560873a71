"""``tallystick make-release``."""

from __future__ import annotations

from pathlib import Path

import click

from tallystick.cli.common import Asked, common


@click.command(name="make-release")
@click.argument("release")
@click.option("--people", type=click.IntRange(1, 5_000_000), default=2_000, show_default=True, help="Invented people.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the files.")
@click.option("--strings", type=click.Choice(["shared", "inline"]), help="How texts stand in sheets; by turns without.")
@click.option("--table", "tables", multiple=True, help="Only this table; may be given more than once.")
@common
def command(
    asked: Asked,
    release: str,
    people: int,
    seed: int,
    output: Path | None,
    strings: str | None,
    tables: tuple[str, ...],
) -> int:
    """Write a made-up release in the exact shape of a real one; every file says that it was made up.

    Example: tallystick make-release ice_2026_03 --people 2000 -o made-up
    """
    from tallystick.made.releases import make_release

    folder = output or Path("made-up") / release
    written = make_release(
        release,
        folder,
        asked.shelf,
        people=people,
        seed=seed,
        strings=strings,  # type: ignore[arg-type]  # one of the two, checked by click
        tables=tables,
    )
    if asked.as_json:
        files = [{"file": file.path.name, "table": file.table, "rows": file.rows} for file in written]
        asked.say_json("make-release", {"release": release, "invented": True, "files": files})
    else:
        for file in written:
            click.echo(f"{file.path.name}: {file.table}, {file.rows:,} invented rows")
        asked.last_line(f"Next: tallystick build {folder} --project made-up-project")
    return 0
