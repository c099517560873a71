"""``tallystick build``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.gathered import Gathered
    from tallystick.pipeline import Built
    from tallystick.reading import Progress

DEFAULT = Path("tallystick-project")


@click.command(name="build")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--skip-unreadable", is_flag=True, help="Leave out workbooks that cannot be read instead of stopping.")
@click.option("--release", default="", help="The release of record files, where their headers fit several.")
@click.option("--combine", default="", help="Combination of releases: newest-wins (default), by-window, apart.")
@click.option("--rebuild", is_flag=True, help="Read record files again, whatever was kept of an earlier build.")
@common
def command(
    asked: Asked, files: tuple[Path, ...], skip_unreadable: bool, release: str, combine: str, rebuild: bool
) -> int:
    """Read workbooks and record files into a project: checked tables, figures, cells, verdicts.

    Example: tallystick build downloads/*.xlsx --project my-story
    """
    from tallystick import pipeline

    folder = asked.project or DEFAULT
    with progress_bar(asked) as progress:
        built = pipeline.build(
            files,
            folder,
            asked.shelf,
            progress=progress,
            skip_unreadable=skip_unreadable,
            release=release,
            combine=combine,
            rebuild=rebuild,
        )
    problems = [fault for issue in built.issues for fault in issue.problems]
    if asked.as_json:
        asked.say_json("build", _data(built), warnings=[*built.left_out, *problems])
    else:
        _print(asked, built)
    grave = any(fault.code in ("TS220", "TS221", "TS222", "TS226") for fault in problems)
    return 1 if grave or built.left_out else 0


@contextmanager
def progress_bar(asked: Asked) -> Iterator[Progress]:
    """A bar on a terminal, one line per stage elsewhere, nothing with -q or --json."""
    from tallystick.reading import silent

    if asked.quiet or asked.as_json:
        yield silent
        return
    if not sys.stderr.isatty():
        yield lambda stage, done, of: click.echo(f"{stage}: {of} done", err=True) if done == of else None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=asked.console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def listen(stage: str, done: int, of: int) -> None:
            key = stage.partition(":")[0]
            if key not in tasks:
                tasks[key] = bar.add_task(stage, total=of)
            bar.update(tasks[key], completed=done, description=stage)

        yield listen


def _data(built: Built) -> dict[str, object]:
    return {
        "project": built.folder.name,
        "workbooks": len(built.issues),
        "rows": built.rows,
        "findings": [
            {
                "check": found.check,
                "block": found.table,
                "file": found.release,
                "status": found.status,
                "detail": found.explanation,
            }
            for found in built.findings
            if found.status != "note"
        ],
        **({"records": _records(built.gathered)} if built.gathered else {}),
        "verdicts": [
            {"claim": entry.claim.id, "tested": entry.title, "verdict": entry.verdict} for entry in built.verdicts
        ],
    }


def _records(gathered: Gathered) -> dict[str, object]:
    from tallystick.gathered import table_rows

    return {
        "invented": gathered.invented,
        "combination": gathered.combination.id,
        "tables": [
            {"release": release, "table": table, "rows": table_rows(rows)}
            for (release, table), rows in sorted(gathered.tables.items())
        ],
        "first_five": [
            {
                "check": found.check,
                "release": found.release,
                "table": found.table,
                "column": found.column,
                "status": found.status,
                "detail": found.explanation,
            }
            for found in gathered.five
        ],
    }


def _print_records(asked: Asked, gathered: Gathered) -> None:
    from rich.table import Table

    from tallystick.gathered import table_rows

    out = asked.console()
    if gathered.invented:
        out.print("MADE-UP RECORDS: nothing here describes a person, a place or an event", style="bold")
    table = Table(box=None, pad_edge=False)
    for name in ("release", "table", "rows", "speaks for"):
        table.add_column(name, justify="right" if name == "rows" else "left", overflow="fold")
    for (release, name), rows in sorted(gathered.tables.items()):
        spans = [span for span in gathered.chosen.get(name, ()) if span.release == release]
        days = ", ".join(f"{span.since} to {span.until}" for span in spans) or "nothing"
        table.add_row(release, name, _shown(table_rows(rows)), days)
    out.print(table)
    out.print(f"Combined as '{gathered.combination.id}': {gathered.combination.title}.", style="dim")
    if gathered.five:
        out.print("What matters most here:", style="bold")
    for number, found in enumerate(gathered.five, start=1):
        where = " ".join(part for part in (found.release, found.table, found.column, found.period) if part)
        out.print(f"  {number}. {where}: {found.explanation}")


def _shown(rows: int | str) -> str:
    return rows if isinstance(rows, str) else f"{rows:,}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _print(asked: Asked, built: Built) -> None:
    out = asked.console()
    if built.gathered is not None:
        _print_records(asked, built.gathered)
    if not built.issues:
        for fault in built.left_out:
            out.print("\n".join(fault.lines("left out")))
        more = f"More: tallystick sql \"from quality where status <> 'note'\" --project {built.folder}"
        asked.last_line(f"Wrote {built.folder}. {more}")
        return
    grave = [found for found in built.findings if found.status in ("rejected", "suspect")]
    out.print(
        f"{_counted(len(built.issues), 'workbook')}, {built.rows['figures']:,} figures shown, "
        f"{built.rows['cells']:,} cells, {built.rows['verdicts']} readings tested"
    )
    if grave:
        files = sorted({found.release for found in grave})
        found_in = f"{_counted(len(grave), 'finding')} in {_counted(len(files), 'workbook')}"
        out.print(f"{found_in}: figures kept out of every measure; the gravest:")
        for found in grave[:5]:
            out.print(f"  {found.release}, {found.table}: {found.explanation}")
        flag = f" --project {built.folder}"
        out.print(f'All of them: tallystick sql "from quality"{flag}')
    for fault in built.left_out:
        out.print("\n".join(fault.lines("left out")))
    for issue in built.issues:
        for fault in issue.problems:
            out.print(f"{fault.code}: {fault.text} {fault.where}")
    asked.last_line(f"Wrote {built.folder}. Next: tallystick claim list --project {built.folder}")
