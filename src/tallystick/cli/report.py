"""``tallystick report``."""

from __future__ import annotations

from pathlib import Path

import click

from tallystick.cli.common import Asked, common


@click.command(name="report")
@click.argument("names", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("report.html"), show_default=True
)
@click.option("--place", default="", help="For measures over records: a state, area, county or facility.")
@click.option("--versus", default="", help="For measures: another place of the same kind; else the nation.")
@common
def write_report(asked: Asked, names: tuple[str, ...], output: Path, place: str, versus: str) -> int:
    """Write one printable page on claims and measures: HTML, or Markdown where the file ends in .md.

    Example: tallystick report seventy-percent-charged-or-convicted -o report.html
    """
    from tallystick.publish.language import speaking
    from tallystick.reporting import report, write_report_file
    from tallystick.terms.errors import cannot

    if output.suffix not in (".html", ".md"):
        raise cannot("TS105", f"'{output.name[:60]}' is neither .html nor .md.", fix="-o report.html, or -o report.md")
    if output.suffix == ".md" and asked.language not in ("", "en"):
        raise cannot("TS105", "Reports in Markdown are written in English.", fix="-o report.html")
    typed = ["tallystick report", *names, f"-o {output.name}"]
    typed += [f"--place '{place}'"] if place else []
    typed += [f"--versus '{versus}'"] if versus else []
    typed += [f"--project {asked.project.name}"] if asked.project else []
    typed += [f"--lang {asked.language}"] if asked.language else []
    records = asked.records()
    found = report(records, names, asked.project, " ".join(typed), place=place, versus=versus)
    with speaking(asked.language or "en", records.shelf):
        size = write_report_file(found, output)
    if asked.as_json:
        asked.say_json("report", {"file": str(output), "bytes": size}, release_set=found.setting.release_set)
    else:
        asked.last_line(f"Wrote {output} ({size / 1000:,.0f} kB)")
    return 0


command = write_report
