"""Measures of units, and measures made of two of them: quotients, lifts, what could have been reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tallystick.measures.cell import Cell
from tallystick.measures.estimates import attainable, quotient
from tallystick.measures.unit_measure import CombinedMeasure
from tallystick.measuring import cells_of_units
from tallystick.question import Desk, Question
from tallystick.terms.bound import Bound


def measured_cells(desk: Desk, name: str, question: Question) -> list[Cell]:
    """The cells of a measure on one release, not yet cleared.

    Args:
        desk: the release with what is known of it.
        name: the measure.
        question: what is asked of it.

    Raises:
        TallystickError: TS102, TS181, TS182, TS188 where a column is not in the release, TS189 where a question
            does not fit the measure.
    """
    measure = desk.book.measure(name)
    if (measure.id, question.key) in desk.parts:
        return list(desk.parts[measure.id, question.key])
    if isinstance(measure, CombinedMeasure):
        found = list(_combined(desk, measure, question))
    else:
        found = cells_of_units(desk, measure, question)
    if measure.id in desk.book.parts:
        desk.parts[measure.id, question.key] = tuple(found)
    return found


def _combined(desk: Desk, measure: CombinedMeasure, question: Question) -> Iterator[Cell]:
    bottom: dict[tuple[object, ...], Cell] = {}
    for cell in measured_cells(desk, measure.bottom, question):
        bottom[_where(cell)] = cell
        bottom.setdefault(_where(cell)[1:], cell)
    digest = desk.book.hash_of(measure)
    for cell in measured_cells(desk, measure.top, question):
        other = bottom.get(_where(cell)) or bottom.get(_where(cell)[1:])
        variant = cell.variant.partition(" ")[2]
        if other is not None and (not measure.variants or variant in measure.variants):
            own = replace(
                cell, measure=measure.id, definition_hash=digest, unit=measure.unit, value_unit=measure.value_unit,
                about=measure.about, aloud=measure.reads_aloud, statistic="ratio", parts=(*cell.parts, *other.parts),
                largest=(), people=min(cell.people or 0, other.people or 0),
            )  # fmt: skip
            yield from (
                _frontier(own, cell, other) if measure.estimator == "frontier" else _over(measure, own, cell, other)
            )


def _where(cell: Cell) -> tuple[object, ...]:
    return cell.variant, cell.tier, cell.place_type, cell.place, cell.period_start, cell.period_end, cell.split


def _over(measure: CombinedMeasure, own: Cell, top: Cell, bottom: Cell) -> Iterator[Cell]:
    if top.bound is None or bottom.bound is None:
        return
    bound = quotient(top.bound, bottom.bound)
    if bound is None:
        yield replace(own, bound=None, numerator=None, denominator=None, status="not_applicable", note="out of none")
    elif measure.estimator == "lift":
        most = round(float(1 / bottom.bound.upper), 2)
        note = f"no lift can exceed {most} where the pool's own share is at its upper end"
        yield replace(own, bound=bound, numerator=top.numerator, denominator=top.denominator, note=note)
    else:
        yield replace(own, bound=bound, numerator=top.bound, denominator=bottom.bound)


def _frontier(own: Cell, pool: Cell, actions: Cell) -> Iterator[Cell]:
    """What share the same number of actions could have had, and by chance, for both ends of how many are wanted."""
    if pool.numerator is None or pool.denominator is None or actions.bound is None:
        return
    many, whole = int(actions.bound.upper), int(pool.denominator.upper)
    if many > whole:
        yield replace(
            own, bound=None, numerator=None, denominator=None, status="not_applicable",
            note="more actions than the pool holds",
        )  # fmt: skip
    elif many:
        ends = [attainable(many, int(end), whole) for end in (pool.numerator.lower, pool.numerator.upper)]
        for place, what in ((0, "attainable"), (2, "by chance")):
            yield replace(
                own, statistic="share", value_unit="fraction", variant=f"{own.variant}, {what}",
                bound=Bound(ends[0][place], ends[1][place]), numerator=pool.numerator, denominator=pool.denominator,
                note="of the same number of actions, taken from the pool named",
            )  # fmt: skip
