"""One table of one release from all its sheets: rows sorted, one whole number per person key.

The number means nothing outside its release, and nothing after the set of files changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.intake.canonical import record_columns
from tallystick.intake.codebook import TableRule


def keys_query(files: int) -> str:
    """The table of keys of a release, in SQL: every key once, numbered in order; parameters are the files."""
    parts = " union all ".join('select "person_key" as person from read_parquet(?)' for _ in range(files))
    return (
        "create or replace table person_keys as select person, row_number() over (order by person) as number from "
        f"(select distinct person from ({parts}) where person is not null)"
    )


def table_query(table: TableRule, release: str, sheets: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """The query for the rows of a table in the order in which they are written, and its parameters.

    Args:
        table: the table.
        release: id of the release.
        sheets: (source file, source sheet) of each part, in the order of the parts.

    Returns:
        SQL that takes the values given beside it, followed by nothing: each part reads its own file.
    """
    columns = [name for name, _ in record_columns(table)]
    values: list[str] = []
    parts = []
    for file, sheet in sheets:
        parts.append("select *, ? as source_file, ? as source_sheet, ? as release from read_parquet(?)")
        values += [file, sheet, release]
    chosen = ", ".join('keys.number as "person_key"' if name == "person_key" else f'rows."{name}"' for name in columns)
    query = (
        f"select {chosen} from ({' union all by name '.join(parts)}) as rows "  # names of definitions
        'left join person_keys as keys on keys.person = rows."person_key" '
        f'order by keys.number nulls last, rows."{table.event}" nulls last, rows.source_file, rows.source_sheet, '
        "rows.source_row"
    )
    return query, values
