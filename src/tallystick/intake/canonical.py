"""From a sheet of texts to a table of typed values: the query, with a reason beside every value.

Cells stand in columns ``c1 … cN`` of the table ``sheet`` and readings of distinct values in the
tables ``read1 …``, so no name from a file ever stands in a query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.intake.codebook import SQL_TYPES, ColumnRule, TableRule

DATE_FORMATS = (  # two digits of a year before four, or 25 is taken for the year 25
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S.%f",
    "%m/%d/%y",
    "%m/%d/%Y",
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m-%d-%y",
    "%m-%d-%Y",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
DAYS_TO_1970 = {False: 25569, True: 24107}  # from day 0 of a workbook's calendar (1900 or 1904) to 1 January 1970
CLOSES_ON = "closes_on"  # a year may not lie behind the one in which the release closes
LAST_SERIAL = 2_958_465  # the last day that a spreadsheet can count to


@dataclass(frozen=True)
class Source:
    """Where a column of the table comes from: the number of its cells, and why it is unknown where it is.

    `cell` is 0 when the release has no such column, or none that can be used; `why` then holds for all rows.
    `blank` is the reason for an empty cell. `reading` is the table with the readings of distinct values.
    """

    cell: int
    blank: str
    why: str = ""
    reading: str = ""


def serial_day(cell: str, *, from_1904: bool) -> str:
    """The moment that a number in a cell stands for, in SQL; null when it is no number of a calendar."""
    number = f"try_cast({cell} as double)"
    return (
        f"case when {number} between 1 and {LAST_SERIAL} then "
        f"make_timestamp(cast(round(({number} - {DAYS_TO_1970[from_1904]}) * 86400) as bigint) * 1000000) end"
    )


def moment(cell: str, *, from_1904: bool) -> str:
    """The moment a cell holds, as number of days or as text, in SQL; null when it is neither."""
    formats = ", ".join(f"'{form}'" for form in DATE_FORMATS)
    return (
        f"coalesce({serial_day(cell, from_1904=from_1904)}, "
        f"case when try_cast({cell} as double) is null then try_strptime(trim({cell}), [{formats}]) end)"
    )


def number(cell: str) -> str:
    """The number a cell holds, thousands and currency signs taken away, in SQL."""
    return f"try_cast(replace(replace(trim({cell}), ',', ''), '$', '') as decimal(18, 4))"


def typed(rule: ColumnRule, cell: str, *, from_1904: bool) -> str:
    """A cell as the type of its column, in SQL; null where it is not of that type."""
    if rule.type in ("date", "datetime"):
        day = moment(cell, from_1904=from_1904)
        return f"cast({day} as date)" if rule.type == "date" else day
    if rule.type == "integer":
        return f"case when {number(cell)} = round({number(cell)}) then try_cast({number(cell)} as bigint) end"
    return number(cell)


def canonical_query(
    table: TableRule, sources: Mapping[str, Source], *, closes_on: str, from_1904: bool, invented: bool
) -> str:
    """The query that gives the record table of a sheet, in any order: tables are sorted later.

    Args:
        table: the table.
        sources: where each column comes from, by its name.
        closes_on: the day the release closes; later moments are not plausible.
        from_1904: which calendar the workbook counts by.
        invented: whether the file says that it was made up.
    """
    inner, outer, joins = ["sheet.source_row"], [], []
    for position, rule in enumerate(table.columns):
        source = sources[rule.name]
        if rule.not_stored and rule.type != "place":
            continue
        if rule.type == "place":
            outer += _place_columns(rule, source, inner, position)
        elif rule.type == "key":
            inner.append(f"{_key(source)} as person")
            outer.append('person as "person_key"')
        elif source.cell == 0:
            outer += [_null(rule, SQL_TYPES[rule.type]), _why(rule.name, f"'{source.why}'")]
        else:
            outer += _value_columns(rule, source, inner, position, closes_on=closes_on, from_1904=from_1904)
        if source.cell and source.reading:
            joins.append(f"left join {source.reading} on {source.reading}.raw = sheet.c{source.cell}")
    head = [f"{'true' if invented else 'false'} as invented", "source_row"]
    cells = ", ".join(inner)
    return (
        f"select {', '.join([*head, *outer])} from "  # noqa: S608  # names come from definitions, cells are numbered
        f"(select {cells} from sheet {' '.join(joins)}) as typed_cells"
    )


def _key(source: Source) -> str:
    return f"nullif(trim(sheet.c{source.cell}), '')" if source.cell else "cast(null as varchar)"


def _null(rule: ColumnRule, kind: str, suffix: str = "") -> str:
    return f'cast(null as {kind}) as "{rule.name}{suffix}"'


def _why(name: str, expression: str) -> str:
    return f'{expression} as "{name}__why"'


def _place_columns(rule: ColumnRule, source: Source, inner: list[str], position: int) -> list[str]:
    if source.cell == 0:
        return [
            part
            for suffix in ("_class", "_state")
            for part in (_null(rule, "varchar", suffix), _why(f"{rule.name}{suffix}", f"'{source.why}'"))
        ]
    read = source.reading
    inner += [
        f"{read}.value as v{position}",
        f"{read}.state as s{position}",
        f"case when sheet.c{source.cell} is null then '{source.blank}' else {read}.why end as w{position}",
    ]
    return [
        f'v{position} as "{rule.name}_class"',
        _why(f"{rule.name}_class", f"w{position}"),
        f's{position} as "{rule.name}_state"',
        _why(
            f"{rule.name}_state",
            f"case when w{position} <> 'recorded' then w{position} when s{position} is null then 'blank' "
            "else 'recorded' end",
        ),
    ]


def _value_columns(
    rule: ColumnRule, source: Source, inner: list[str], position: int, *, closes_on: str, from_1904: bool
) -> list[str]:
    cell, read = f"sheet.c{source.cell}", source.reading
    value, why = f"v{position}", f"w{position}"
    marked = f"when {read}.raw is not null then {read}.why " if read else ""
    inner.append(f"case when {cell} is null then '{source.blank}' {marked}else 'recorded' end as {why}")
    if rule.type == "text":
        inner.append(
            f"{f'case when {read}.raw is not null then {read}.value else {cell} end' if read else cell} as {value}"
        )
        return [f'{value} as "{rule.name}"', _why(rule.name, why)]
    if rule.type == "yes_no":
        text = f"{read}.value" if read else "cast(null as varchar)"
        empty = "false" if source.blank == "no_by_convention" else "null"
        inner.append(
            f"case when {cell} is null then {empty} when {text} = 'yes' then true when {text} = 'no' then false end "
            f"as {value}"
        )
        return [f'{value} as "{rule.name}"', _why(rule.name, why)]
    inner.append(f"{typed(rule, cell, from_1904=from_1904)} as {value}")
    within = _within(rule, value, closes_on)
    kind = SQL_TYPES[rule.type]
    return [
        f"cast(case when {why} = 'recorded' and {within} then {value} end as {kind}) as \"{rule.name}\"",
        _why(
            rule.name,
            f"case when {why} <> 'recorded' then {why} when {value} is null then 'unmapped' "
            f"when not ({within}) then 'implausible' else 'recorded' end",
        ),
    ]


def _within(rule: ColumnRule, value: str, closes_on: str) -> str:
    """Whether a value is plausible, in SQL: inside its band, and not after the day after the release closed."""
    if rule.type in ("date", "datetime"):
        least = f"{value} >= date '{rule.least}'" if rule.least else "true"
        return f"({least} and {value} < date '{closes_on}' + interval 2 day)"
    most = f"year(date '{closes_on}')" if rule.most == CLOSES_ON else rule.most
    parts = [f"{value} >= {rule.least}" if rule.least else "", f"{value} <= {most}" if most else ""]
    return f"({' and '.join(part for part in parts if part) or 'true'})"


def record_columns(table: TableRule) -> Sequence[tuple[str, str]]:
    """Every column of a record table as written: (name, type in SQL), in order."""
    head = [("release", "VARCHAR"), ("invented", "BOOLEAN")]
    body = []
    for name, kind in table.stored:
        body.append((name, kind))
        if name != "person_key":
            body.append((f"{name}__why", "VARCHAR"))
    return [*head, *body, ("source_file", "VARCHAR"), ("source_sheet", "VARCHAR"), ("source_row", "BIGINT")]
