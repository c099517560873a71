"""The last statement behind a figure: from the units as they were looked at to both ends, in SQL that stands alone.

It says again, in one query, what `tallying` and `outcome` work out: the program and this statement are two ways to the
same number, and a test holds them against each other.
"""

from __future__ import annotations

from tallystick.asking import Asked
from tallystick.measures.cell import Cell
from tallystick.tallying import set_of_outcomes

RESTATED = ("count", "share", "sum", "average", "mean", "median")


def restated(asked: Asked, cell: Cell) -> str:
    """The statement that gives both ends (`lower`, `upper`) of a national cell from the table ``looked``.

    Args:
        asked: the measure under its question, laid by itself.
        cell: which of its cells.
    """
    if asked.measure.estimator in ("mean", "median"):
        return _of_lengths(asked, cell)
    sums = _sums(asked, cell)
    per = asked.measure.per
    if asked.measure.estimator == "average":
        per *= (cell.period_end - cell.period_start).days + 1
    if asked.measure.estimator == "share":
        low = _end("t_least", "f_most + tf_most + fo_most + tfo_most", "to_most")
        high = _end("f_least", "t_most + tf_most + to_most + tfo_most", "fo_most")
        return f"{sums} select {low} as lower, 1 - {high} as upper from moved"
    most = "t_most + tf_most + to_most + tfo_most"
    return f"{sums} select t_least / {per}.0 as lower, ({most}) / {per}.0 as upper from moved"


def _end(counted: str, against: str, only_choice: str) -> str:
    """The least share of one side, of whole numbers; where nobody is certainly inside, somebody has to be."""
    whole = f"{counted} + {against}"
    return f"case when {whole} > 0 then {counted} * 1.0 / ({whole}) when {only_choice} > 0 then 1.0 end"


def _places(asked: Asked, cell: Cell) -> tuple[str, str]:
    """(which units may stand in a cell, of which it is open whether they do), as conditions on ``looked``."""
    window = next(
        number
        for number, one in enumerate(asked.windows)
        if (one.first, one.last) == (cell.period_start, cell.period_end)
    )
    within, is_open = [f"(number = {window} or number is null)"], ["number is null"]
    values = dict(cell.split)
    for place, dimension in enumerate(asked.dimensions):
        if dimension.id in values:
            shown = values[dimension.id]
            value = next((raw for raw, word in dimension.words.items() if word == shown), shown)
            if shown == "unknown":
                within.append(f"d{place} = ''")
            else:
                text = value.replace("'", "''")
                within.append(f"d{place} in ('{text}', '')")
                is_open.append(f"d{place} = ''")
    return " and ".join(within), " or ".join(is_open)


def _sums(asked: Asked, cell: Cell) -> str:
    """The parts of a query before its last select: units by set of outcomes, what they weigh, what links leave open."""
    within, is_open = _places(asked, cell)
    name = cell.variant.partition(" ")[2]
    own = [place for place, counts in enumerate(asked.counts) if counts.variant == name]
    number = own[0] if own else 0  # the other measure of a quotient may have one meaning only
    split = "".join(f", d{place}" for place in range(len(asked.dimensions)))
    told = f"select number{split}, person_key, least, most, {set_of_outcomes(0, number)} from looked where {within}"
    parts = [f"told as ({told})"]
    rows = "told"
    if asked.question.person:
        s = f"s{number}"
        parts.append(
            f"persons as (select number{split}, 1 as least, 1 as most, case when bool_or({s} = 0) then 0 "
            f"when bool_or({s} < 3) then (case when bool_or({s} in (2, 3, 5)) then 2 else 1 end) "
            f"when bool_or({s} in (3, 5)) then (case when bool_or({s} in (4, 5)) then 5 else 3 end) "
            f"when bool_or({s} = 4) then 4 else 6 end as {s} from told where person_key is not null "
            f"group by number{split}, person_key union all select number{split}, 1, 1, "
            f"case when {s} < 3 then {s} + 3 else {s} end from told where person_key is null)"
        )
        rows = "persons"
    shown = f"case when ({is_open}) and s{number} < 3 then s{number} + 3 else s{number} end"
    parts.append(f"placed as (select least, most, {shown} as s from {rows})")
    sums = ", ".join(
        f"coalesce(sum({weight}) filter (s = {place}), 0) as {letters}_{weight}"
        for place, letters in enumerate(("t", "f", "tf", "to", "fo", "tfo"))
        for weight in ("least", "most")
    )
    parts.append(f"sums as (select {sums} from placed)")
    parts.append(f"moved as ({_moved(asked)})")
    return "with " + ", ".join(parts)


def _moved(asked: Asked) -> str:
    """Units whose links may be others than they seem (see `tallying`): known to count or not becomes open."""
    beside, measure = asked.unit.beside, asked.measure
    pairs = sorted({beside[one.link] for one in measure.conditions if one.link in beside and not one.found})
    if not pairs:
        return "select * from sums"
    tables = [f"loose_{pair.replace('-', '_')}" for pair in pairs]
    gained = " + ".join(f"(select loose from {table})" for table in tables)
    reach = "reach" if measure.where else "greatest(reach - 1, 0)"
    lost = " + ".join(f"(select takers * {reach} from {table})" for table in tables)
    moves = (
        f"select *, {gained} as gained, {lost} as lost from sums",
        "select *, least(gained, f_least) as g1, least(lost, t_least) as l1 from first_part",
        "select *, least(gained - g1, fo_least) as g2, least(lost - l1, to_least) as l2 from second_part",
    )
    names = ("first_part", "second_part", "third_part")
    steps = ", ".join(f"{name} as ({text})" for name, text in zip(names, moves, strict=True))
    changed = {
        "t": "t_least - l1", "f": "f_least - g1", "tf": "tf_least + g1 + l1",
        "to": "to_least - l2", "fo": "fo_least - g2", "tfo": "tfo_least + g2 + l2",
    }  # fmt: skip
    told = ", ".join(f"{text} as {letters}_{end}" for letters, text in changed.items() for end in ("least", "most"))
    return f"with {steps} select {told} from third_part"


def _of_lengths(asked: Asked, cell: Cell) -> str:
    """Mean or median with both ends: possible members are added from the end that moves it, as many as move it."""
    within, is_open = _places(asked, cell)
    units = (
        f"units as (select value_least, value_most, coalesce(m0, false) and not ({is_open}) as is_certain from looked "
        f"where m0 is distinct from false and value_least is not null and {within})"
    )
    ends = _mean_ends() if asked.measure.estimator == "mean" else _median_ends()
    return f"with {units}, {ends} select lower, upper from low, high"


def _mean_ends() -> str:
    parts = []
    for name, end, value, order, best in (
        ("low", "lower", "value_least", "asc", "min"),
        ("high", "upper", "value_most", "desc", "max"),
    ):
        certain = f"select coalesce(sum({value}), 0) as total, count(*) as many from units where is_certain"
        added = (
            f"select sum({value}) over (order by {value} {order} rows unbounded preceding) as more, "
            f"row_number() over (order by {value} {order}) as place from units where not is_certain"
        )
        prefixes = f"select 0 as more, 0 as place union all select more, place from ({added})"
        parts.append(
            f"{name} as (select {best}((total + more) * 1.0 / (many + place)) filter (many + place > 0) as {end} "
            f"from ({certain}) cross join ({prefixes}))"
        )
    return ", ".join(parts)


def _median_ends() -> str:
    """An order statistic can be as low as the least value that enough units may lie at or below, and as high as the
    greatest that too few must lie below."""
    certain = "(select count(*) from units where is_certain)"
    low = (
        f"low as (select min(value) as lower from (select distinct value_least as value from units) "
        f"cross join lateral (select count(*) filter (is_certain) as c, count(*) filter (not is_certain) as p "
        f"from units where value_least <= value) where c + p >= greatest(({certain} + p + 1) // 2, 1))"
    )
    high = (
        f"high as (select max(value) as upper from (select distinct value_most as value from units) "
        f"cross join lateral (select count(*) filter (is_certain) as c, count(*) filter (not is_certain) as p "
        f"from units where value_most >= value) where {certain} - c < greatest(({certain} + p + 1) // 2, 1))"
    )
    return f"{low}, {high}"
