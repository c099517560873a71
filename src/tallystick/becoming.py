"""What has become of stays by so many days: cumulative incidence of each way of ending, open stays included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tallystick.clear.estimates import Estimate, clear_estimate
from tallystick.measures.cell import Cell
from tallystick.measures.comparison import Incidence
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import Table, Told, bar_ends, ends_of, percent
from tallystick.terms.errors import cannot

METHOD = (
    "Aalen and Johansen (1978): ways of ending compete, stays that go on are counted as long as they were seen, and "
    "those that began before the release from when they were. One way taken by itself, as if the others ended nothing, "
    "would overstate it."
)


def _coarse(cell: Cell) -> Cell:
    """A point of a curve, rounded outward: the step from one day to the next must not show a few people."""
    if cell.bound is None or cell.n is None:
        return cell
    return replace(cell, bound=clear_estimate(Estimate(cell.variant, cell.bound, int(cell.n))).bound)


def curves(asked: Incidence, cells: Sequence[Cell], notes: Sequence[str]) -> Told:
    """The curves of a release at the days that the measure names.

    Args:
        asked: what is looked at.
        cells: cleared cells of its measure, whose variants end in "within N days".
        notes: what must be known of the release.

    Raises:
        TallystickError: TS192 where nothing may be shown.
    """
    found: dict[str, dict[int, Cell]] = {}
    for own_cell in cells:
        cell = _coarse(own_cell)
        told = re.fullmatch(r"\S+ (.+) within (\d+) days", cell.variant)
        if told is not None:
            found.setdefault(told.group(1), {})[int(told.group(2))] = cell
    days = sorted({day for own in found.values() for day in own})
    if not any(cell.bound for own in found.values() for cell in own.values()):
        raise cannot("TS192", f"{asked.title}: too few stays.", fix="A longer release.")
    rows = [(way, *(percent(own[day].bound) if day in own else "" for day in days)) for way, own in found.items()]
    last = days[-1]
    reached = ", ".join(f"{percent(own[last].bound)} {way}" for way, own in found.items() if last in own)
    sentence = f"{asked.says} {last} days after book-in: {reached}; the rest went on or ended otherwise."
    drawn = [
        Row(f"{day} days: {way}", percent(cell.bound), *bar_ends(cell.bound))
        for way, own in found.items() for day, cell in sorted(own.items())
    ]  # fmt: skip
    data = {
        "id": asked.id, "kind": asked.kind, "sentence": sentence,
        "curves": {way: {str(day): ends_of(cell.bound) if cell.bound else None for day, cell in sorted(own.items())}
                   for way, own in found.items()},
    }  # fmt: skip
    chart = bar_chart(
        f"{asked.says}, of all initial book-ins", "percent that have ended so by that day", drawn, fixed=(0.0, 100.0)
    )
    table = Table("Ended in each way by that day", ("way", *(f"{day} days" for day in days)), tuple(rows))
    release = next(iter(cells)).variant.partition(" ")[0]
    return Told(
        asked.title,
        f"initial book-ins of {release}",
        (sentence,),
        (table,),
        chart,
        (METHOD, *notes),
        asked.cannot_say,
        data,
    )
