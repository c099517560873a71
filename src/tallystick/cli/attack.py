"""``tallystick attack``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tallystick.cli.common import Asked, common


@click.command(name="attack")
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False))
@common
def command(asked: Asked, path: Path) -> int:
    """Attack a folder of published tables: can anyone work out what they hide?

    Tables are CSV or Parquet with one column per dimension and a column `value` (empty where hidden), or
    the table `cells` of tallystick; a project is such a folder too. Subfolders are taken for consecutive
    releases. Ends with exit code 3 when an attack succeeds; names the family, never the cell.

    Example: tallystick attack published/
    """
    from tallystick.onslaught import attack_folder

    result = attack_folder(path, asked.shelf)
    if asked.as_json:
        asked.say_json(
            "attack",
            {
                "tables": list(result.tables),
                "passed_over": list(result.passed_over),
                "breaches": [_data(breach) for breach in result.breaches],
            },
        )
    else:
        for breach in result.breaches:
            click.echo(f"{breach.family}: {breach.attack} attack succeeds on {breach.cells} cells; {breach.meaning}")
        if result.passed_over:
            names = ", ".join(sorted(set(result.passed_over))[:6])
            click.echo(
                f"{len(result.passed_over)} tables hold no counts of people of their own and were passed over: {names}"
            )
        asked.last_line(f"{len(result.tables)} tables attacked, {len(result.breaches)} breaches")
    return 3 if result.breaches else 0


def _data(breach: Any) -> dict[str, Any]:
    return {"family": breach.family, "attack": breach.attack, "cells": breach.cells, "meaning": breach.meaning}
