"""``tallystick export``."""

from __future__ import annotations

from pathlib import Path

import click

from tallystick.cli.common import Asked, common


@click.command(name="export")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tallystick-export"),
    show_default=True,
)
@click.option(
    "--format",
    "formats",
    default="csv",
    show_default=True,
    help="csv, parquet, xlsx, sqlite, dta, sav; several with commas.",
)
@click.option("--tables", default="cells,verdicts,sources", show_default=True, help="Which tables, with commas.")
@click.option("--check", is_flag=True, help="Attack what was written: can anyone work out what it hides?")
@common
def command(asked: Asked, output: Path, formats: str, tables: str, check: bool) -> int:
    """Write the published tables as a data package: files, dictionary, descriptions, hashes, citation.

    Example: tallystick export --format csv,xlsx -o my-package
    """
    from tallystick.cli.build import progress_bar
    from tallystick.exporting import exported

    kinds, names = ([part.strip() for part in text.split(",") if part.strip()] for text in (formats, tables))
    with progress_bar(asked) as progress:
        written = exported(asked.records(), output, kinds, names, progress)
    breaches = _attacked(asked, output) if check else None
    if asked.as_json:
        asked.say_json("export", {"folder": str(output), "files": written, "breaches": breaches})
    else:
        asked.last_line(f"Wrote {len(written)} files to {output}: {', '.join(written)}")
        if breaches is not None:
            asked.last_line(f"Attacked: {breaches} breaches")
    return 3 if breaches else 0


def _attacked(asked: Asked, folder: Path) -> int:
    """How many attacks on the files as written succeed."""
    from tallystick.onslaught import attack_folder

    return len(attack_folder(folder, asked.shelf).breaches)
