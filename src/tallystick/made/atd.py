"""The made-up sheet about alternatives to detention, whose three tables agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tallystick.made.blocks import Row, Value, Words, plain
from tallystick.made.figures import stream
from tallystick.made.pages import LEGAL, Address, Key, Page, stack
from tallystick.made.shapes import Shape

OLD_TOOLS = ("GPS", "SmartLINK", "VoiceID")
NEW_TOOLS = ("Ankle Monitor", "SmartLINK", "Wristworn")
AREAS = tuple(f"Area {letter * 3}" for letter in "ABCDEF")


@dataclass(frozen=True)
class _Table:
    block_id: str
    title: str
    top: int  # row number of the title, from 1
    header: tuple[str, str, str]
    rows: tuple[Row, ...]
    tail: str = ""  # the line below, which names the date of the source


def atd_page(name: str, shape: Shape, *, words: Words, as_of: date, counted: date, seed: int) -> Page:
    """The ATD sheet: technology (from FY23), status, and area by technology.

    `counted` is the day whose invented numbers it holds, `as_of` the day it says.
    """
    late = shape.name >= "FY23"
    counts = _counts(seed, counted, NEW_TOOLS if late else OLD_TOOLS)
    source = f"Data from BI Inc. Participants Report, {_dotted(as_of, shape)}"
    area_title = words.fill("Active ATD Participants and Average Length in Program, FY{y2}")
    if shape.name != "FY19":
        area_title += f",  as of {_slashed(as_of, shape)}, by AOR and Technology"
    tables = [
        _status_table(counts, words, top=18 if late else 5, tail=source),
        _area_table(counts, area_title, top=28 if late else 16),
    ]
    if late:
        tables.insert(0, _tool_table(counts, tail=source))
    heading = words.fill("{A} ALTERNATIVES TO DETENTION DATA, FY{y2}")
    cells = stack([(1, (LEGAL,)), (4, (heading,))])
    keys: dict[Key, Address] = {}
    for table in tables:
        first = table.top + 2
        cells |= stack([(table.top, (table.title,)), (table.top + 1, table.header)])
        cells |= stack((i, (*r.labels, *r.values)) for i, r in enumerate(table.rows, first))
        cells |= stack([(first + len(table.rows), (table.tail,))])
        keys |= {
            (table.block_id, *row.key, column): (i, at)
            for i, row in enumerate(table.rows, first - 1)
            for at, column in enumerate(table.header[1:], 1)
        }
    return Page(name, cells, keys)


Counts = Mapping[tuple[str, str], int]  # keyed (area, technology)


def _counts(seed: int, as_of: date, tools: tuple[str, ...]) -> Counts:
    rng = stream(seed, as_of, "atd")
    return {(area, tool): rng.randint(60, 900) for area in AREAS for tool in tools}


def _sum(counts: Counts, name: str) -> int:
    return sum(n for key, n in counts.items() if name in key)


def _days(*parts: object) -> float:
    return round(stream("atd", *parts).uniform(200, 700), 6)


def _tool_table(counts: Counts, *, tail: str) -> _Table:
    sums = {tool: _sum(counts, tool) for tool in NEW_TOOLS}
    sums["Total"] = sum(sums.values())
    rows = tuple(plain(tool, n, round(n * 1.25, 2)) for tool, n in sums.items())
    title = "ATD Active Population Counts and Daily Cost by Technology"
    header = ("Technology", "Count", "Daily Tech Cost")
    return _Table("atd_technology", title, 7, header, rows, tail)


def _status_table(counts: Counts, words: Words, *, top: int, tail: str) -> _Table:
    whole = sum(counts.values())
    sums = {"FAMU": whole // 3, "Single Adult": whole - whole // 3, "Total": whole}
    rows = tuple(plain(label, n, _days(label, n)) for label, n in sums.items())
    title = "ATD Active Population by Status, Extended Case Management Service, Count and ALIP"
    title += words.fill(", FY{y2}")
    return _Table("atd_status", title, top, ("FAMU Status", "Count", "ALIP"), rows, tail)


def _area_table(counts: Counts, title: str, *, top: int) -> _Table:
    whole = sum(counts.values())
    rows = [plain("Total", whole, _days("Total", whole))]
    for area in AREAS:
        held: dict[str, int] = {area: _sum(counts, area)}
        held |= {tool: n for (at, tool), n in counts.items() if at == area}
        for label, n in held.items():
            values: tuple[Value, ...] = (n, _days(area, label, n))
            rows.append(Row((label,), (label, area), values))
    header = ("AOR/Technology", "Count", "Average Length in Program")
    return _Table("atd_aor_technology", title, top, header, tuple(rows))


def _dotted(day: date, shape: Shape) -> str:
    padded = shape.name in {"FY21", "FY24", "FY26"}
    return f"{day:%m.%d.%Y}" if padded else f"{day.month}.{day.day}.{day.year}"


def _slashed(day: date, shape: Shape) -> str:
    padded = shape.name in {"FY24", "FY26"}
    return f"{day:%m/%d/%Y}" if padded else f"{day.month}/{day.day}/{day.year}"
