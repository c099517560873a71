"""``tallystick reconcile``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.figures.agreement import Agreement
    from tallystick.reconcile import Reconciled

SHOWN = 12
WIDE = 110  # columns of a terminal; in a narrower one some columns of the table of daily series are left out
COLUMNS = ("daily series", "beside", "offset", "n", "median", "median size", "largest", "on", "light", "inside band")
LEFT = ("daily series", "beside", "on", "light")
ONLY_WIDE = ("daily series", "n", "median size")
GRAVE = ("rejected", "suspect")


@click.command(name="reconcile")
@click.argument("workbooks", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Another workbook, a file of daily counts (Parquet, CSV), or a folder of them; may be repeated.",
)
@common
def command(asked: Asked, workbooks: tuple[Path, ...], against: tuple[Path, ...]) -> int:
    """Say whether workbooks agree with themselves, with the issues around them and with independent daily counts.

    Without --against, the issues around them and the daily series that ship are used. Ends with exit code 1
    when something needs attention.

    Example: tallystick reconcile FY26_detentionStats02022026.xlsx
    """
    from tallystick.reconcile import reconcile

    found = reconcile(workbooks, against, asked.records())
    attention = bool(found.left_out or found.problems or any(entry.status in GRAVE for entry in found.findings))
    if asked.as_json:
        asked.say_json("reconcile", _data(found), warnings=[*found.left_out, *found.problems])
    else:
        _print(asked, found)
    return 1 if attention else 0


def _data(found: Reconciled) -> dict[str, Any]:
    return {
        "files": list(found.files),
        "neighbours": list(found.neighbours),
        "findings": [
            {
                "file": entry.release,
                "check": entry.check,
                "block": entry.table,
                "status": entry.status,
                "detail": entry.explanation,
                "column": entry.column,
                "period": entry.period,
                "value": entry.value,
                "low": entry.low,
                "high": entry.high,
                "sure": entry.sure,
                "why": entry.why,
                "touches": entry.touches.split(),
            }
            for entry in found.findings
        ],
        "agreement": [asdict(entry) for entry in found.agreement],
        "seams": [
            {"series": series, "date": seam.date.isoformat(), "residual": seam.residual, "reason": seam.reason}
            for series, seam in found.seams
        ],
    }


def _print(asked: Asked, found: Reconciled) -> None:
    from rich.padding import Padding

    out = asked.console()
    names = ", ".join(found.files[:3]) + (f" and {len(found.files) - 3} more" if len(found.files) > 3 else "")
    out.print(names, style="bold")
    around = f"beside {', '.join(found.neighbours)}" if found.neighbours else "beside one another"
    out.print(Padding(around, (0, 0, 1, 2), expand=False), style="dim")
    many = len(found.files) > 1
    shown = found.findings if asked.verbose else found.findings[:SHOWN]
    if not found.findings:
        out.print("  Nothing found: parts add up, dates agree, neighbours follow.")
    for entry in shown:
        where = f"{entry.release}, " if many else ""
        style = {"rejected": "bold red", "suspect": "red"}.get(entry.status, "yellow")
        out.print(f"  {entry.status:<8} ({entry.check}) {where}{entry.table}", style=style)
        out.print(Padding(entry.explanation, (0, 0, 0, 11), expand=False))
        touched = f" Touches {', '.join(entry.touches.split())}." if entry.touches else ""
        out.print(Padding(f"{entry.sure}: {entry.why}{touched}", (0, 0, 0, 11), expand=False), style="dim")
    if len(found.findings) > len(shown):
        out.print(f"  and {len(found.findings) - len(shown)} more; -v shows all", style="dim")
    for fault in found.problems:
        out.print(f"  {fault.code}: {fault.text} {fault.where}")
    _print_agreement(asked, found, out)
    for fault in found.left_out:
        click.echo("\n".join(fault.lines()), err=True)


def _print_agreement(asked: Asked, found: Reconciled, out: Any) -> None:
    from rich.table import Table

    lines = [line for line in found.agreement if asked.verbose or line.period == "all"]
    if not lines:
        out.print("\nNo independent daily counts cover these dates.", style="dim")
        return
    wide = out.width >= WIDE
    groups = [lines] if wide else [[line for line in lines if line.series == name] for name in _series(lines)]
    for group in groups:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        heads = [head for head in COLUMNS if wide or head not in ONLY_WIDE]
        for head in heads:
            table.add_column(head, justify="left" if head in LEFT else "right", no_wrap=True)
        for line in group:
            row = dict(zip(COLUMNS, _row(line), strict=True))
            table.add_row(*(row[head] for head in heads))
        out.print("" if wide else f"\n{group[0].series}")
        out.print(table)
    out.print(
        "Differences are the other series over the agency's figure, minus one. Inside band: monthly averages that lie "
        "between the means of the counts at midnight and in the course of the day. Convicted people are "
        "counted in the course of the day, so somewhat more than on the agency's sheet are expected.",
        style="dim",
    )
    if found.seams:
        days = ", ".join(f"{seam.date} ({seam.reason})" for _, seam in found.seams[:5])
        more = f" and {len(found.seams) - 5} more" if len(found.seams) > 5 else ""
        out.print(f"Seams in the series: {days}{more}", style="dim")


def _series(lines: list[Agreement]) -> list[str]:
    return list(dict.fromkeys(line.series for line in lines))


def _row(line: Agreement) -> list[str]:
    kinds = {
        "held": "people held",
        "convicted": "convicted, held",
        "average": "monthly average",
        "flow": "monthly book-ins",
    }
    period = "" if line.period == "all" else f" {line.period}"
    inside = f"{line.inside} of {line.n}" if line.inside is not None else ""
    return [
        line.series,
        kinds[line.kind] + period,
        f"{line.offset_days:+d}" if line.offset_days else "0",
        str(line.n),
        f"{line.median:+.2%}",
        f"{line.median_abs:.2%}",
        f"{line.worst:+.2%}",
        line.worst_date,
        line.light,
        inside,
    ]
