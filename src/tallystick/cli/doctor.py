"""``tallystick doctor``."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata, resources
from pathlib import Path

import click

from tallystick import __version__
from tallystick.cli.common import Asked, common

NEEDED = ("duckdb", "highspy", "python-calamine", "msgspec", "jinja2", "rich", "click", "xlsxwriter")


@click.command(name="doctor")
@common
def command(asked: Asked) -> int:
    """Check versions, disk, definitions and shipped figures, and say the next step.

    Example: tallystick doctor
    """
    checks = [*_versions(), _reader(), _disk(), _definitions(asked), _shipped()]
    bad = [entry for entry in checks if entry[0] != "ok"]
    if asked.as_json:
        asked.say_json(
            "doctor", {"checks": [{"status": status, "text": text, "fix": fix} for status, text, fix in checks]}
        )
    else:
        for status, text, fix in checks:
            click.echo(f"{status:<5} {text}" + (f"   fix: {fix}" if fix else ""))
        asked.last_line("Next: tallystick demo" if not bad else f"{len(bad)} to mend")
    return 1 if bad else 0


def _versions() -> list[tuple[str, str, str]]:
    found = [("ok", f"tallystick {__version__}, Python {platform.python_version()}", "")]
    for name in NEEDED:
        try:
            found.append(("ok", f"{name} {metadata.version(name)}", ""))
        except metadata.PackageNotFoundError:
            found.append(("error", f"{name} is not installed", "install tallystick again"))
    return found


def _reader() -> tuple[str, str, str]:
    """Whether sheets of records can be read as a stream: without, a full sheet needs about 6 GB of memory."""
    from tallystick import store

    with store.engine() as engine:
        streams = store.can_stream(engine)
    text = (
        "sheets of records are read as a stream"
        if streams
        else "sheets of records are read whole: a full one needs 6 GB"
    )
    return (
        "ok" if streams else "warn",
        text,
        "" if streams else "install duckdb-extension-excel of the version of duckdb",
    )


def _disk() -> tuple[str, str, str]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return ("ok" if free > 1 else "warn", f"{free:.0f} GB free here", "" if free > 1 else "free at least 1 GB")


def _definitions(asked: Asked) -> tuple[str, str, str]:
    from tallystick.claims.claim import read_claims
    from tallystick.intake.layout import layouts
    from tallystick.terms.errors import TallystickError

    try:
        claims = read_claims(asked.shelf)
        known = layouts(asked.shelf)
    except TallystickError as error:
        return "error", error.faults[0].text, error.faults[0].fix
    return "ok", f"definitions: {len(known.blocks) + 1} blocks, {len(claims)} claims", ""


def _shipped() -> tuple[str, str, str]:
    folder = resources.files("tallystick") / "shipped"
    there = (folder / "figures.parquet").is_file()
    return (
        "ok" if there else "error",
        "figures that ship: " + ("there; works offline" if there else "missing"),
        "" if there else "install tallystick again",
    )
