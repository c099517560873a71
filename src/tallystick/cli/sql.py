"""``tallystick sql``."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from rich.console import Console

LEAST_WIDTH = 40  # a narrower terminal folds cells


@click.command(name="sql")
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout.")
@common
def command(asked: Asked, query: str, as_csv: bool) -> int:
    """Ask the published tables (figures cells verdicts ledger quality sources), read-only.

    Example: tallystick sql "select as_of, lower from verdicts where role = 'headline'"
    """
    from tallystick import answers, store
    from tallystick.publish.page import to_csv

    records = asked.records()
    columns, rows = store.query(
        answers.tables_of(records), query, most=None if asked.as_json or as_csv else store.ROW_LIMIT
    )
    plain = [[_plain(value) for value in row] for row in rows]
    if asked.as_json:
        asked.say_json("sql", {"columns": columns, "rows": plain}, release_set=records.release_set)
    elif as_csv:
        click.echo(to_csv([dict(zip(columns, row, strict=True)) for row in plain]), nl=False)
    else:
        _print(asked, columns, plain)
    return 0


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _print(asked: Asked, columns: list[str], rows: list[list[Any]]) -> None:
    """A table where it fits the terminal; else one row below the other, a line per column."""
    out = asked.console()
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[place]) for row in texts)]) for place, name in enumerate(columns)]
    if sum(widths) + 2 * len(widths) <= max(out.width, LEAST_WIDTH):
        _print_table(out, columns, texts)
    else:
        _print_records(out, columns, texts)
    asked.last_line(f"{len(rows):,} rows" + (" (the first 10,000)" if len(rows) == 10_000 else ""))


def _print_table(out: Console, columns: list[str], texts: list[list[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(Text(name), overflow="fold")
    for row in texts:
        table.add_row(*(Text(value) for value in row))
    out.print(table)


def _print_records(out: Console, columns: list[str], texts: list[list[str]]) -> None:
    from rich.text import Text

    space = max(len(name) for name in columns)
    for number, row in enumerate(texts, start=1):
        out.print(Text(f"row {number:,}", style="dim"))
        for name, value in zip(columns, row, strict=True):
            out.print(Text.assemble((f"  {name.ljust(space)}  ", "bold"), value), soft_wrap=True)
