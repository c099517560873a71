"""``tallystick sql``."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any

import click

from tallystick.cli.common import Asked, common


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
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    asked.console().print(table)
    asked.last_line(f"{len(rows):,} rows" + (" (the first 10,000)" if len(rows) == 10_000 else ""))
