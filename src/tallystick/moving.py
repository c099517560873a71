"""A series and where it moved, with the dates of written policies beside what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tallystick.measures.cell import Cell
from tallystick.measures.change import LEAST_POINTS, Changes, changes
from tallystick.measures.comparison import Change
from tallystick.measures.interrupted import LEAST_BESIDE, Interrupted, Term, interrupted
from tallystick.policies.policy import Lawbook
from tallystick.publish.charts import Mark, Point, series_chart
from tallystick.publish.comparison import Table, Told, ends_of
from tallystick.terms.bound import Bound
from tallystick.terms.errors import cannot
from tallystick.terms.period import in_words

METHOD = (
    "Breaks by PELT (Killick, Fearnhead and Eckley 2012) with every place allowed; a break is named only where no more "
    "than one in twenty series without any, in which neighbours depend on each other as much, would show as strong a "
    "one. The search is told no date. A slow drift looks like steps; a date near a break is not its cause."
)


@dataclass(frozen=True)
class _End:
    """One end of the series, searched by itself."""

    name: str
    values: tuple[float, ...]
    found: Changes | None


def moved(asked: Change, cells: Sequence[Cell], law: Lawbook, *, at: str = "") -> Told:
    """Where a series of cleared cells moved.

    Args:
        asked: what is looked at.
        cells: cleared cells of its measure.
        law: the policies, for the dates laid beside what was found.
        at: a day that somebody names: level and slope on both sides of it are compared.

    Raises:
        TallystickError: TS192 for a series shorter than `LEAST_POINTS`.
    """
    own = _series(asked, cells)
    if len(own) < LEAST_POINTS:
        raise cannot(
            "TS192",
            f"{asked.title}: {len(own)} points can be shown, and fewer than {LEAST_POINTS} are not searched.",
            why="So short a series shows breaks where there are none.",
            fix="A finer period or a longer release; provisional and hidden points do not count.",
        )
    days = [cell.period_end for cell in own]
    bounds = [cell.bound for cell in own if cell.bound is not None]
    sides = [_end("", [bound.lower for bound in bounds])]
    if any(bound.lower != bound.upper for bound in bounds):
        upper = _end("upper ", [bound.upper for bound in bounds])
        sides = [_End("lower ", sides[0].values, sides[0].found), upper]
    marks = _marks(asked, law, days)
    is_share = own[0].value_unit == "fraction"
    rows = [row for side in sides for row in _break_rows(side, days, marks, is_share=is_share)]
    tables = [
        Table("Where it moved", ("found", "may lie", "from", "to", "policies that begin in that span"), tuple(rows))
    ]
    tables += _beside(sides[0], days, at, is_share=is_share) if at else []
    sentence = _sentence(asked, sides, days, is_share=is_share)
    notes = [METHOD, *_criteria(sides, days), *_by_chance(sides, days, marks), *asked.seams]
    chart = _chart(asked, own, sides[0].found, marks, is_share=is_share)
    data = {
        "id": asked.id, "kind": asked.kind, "sentence": sentence,
        "series": _series_data(own),
        "breaks": [
            {"end": side.name.strip(), "moved": side.found.moved, "p": round(side.found.p, 3),
             "preferred": side.found.preferred,
             "at": [days[one.place].isoformat() for one in side.found.breaks],
             "between": [[days[one.earliest].isoformat(), days[one.latest].isoformat()] for one in side.found.breaks]}
            for side in sides if side.found is not None
        ],
    }  # fmt: skip
    first, last = in_words(days[0]), in_words(days[-1])
    return Told(
        asked.title, f"{own[0].unit}; {len(own)} points, {first} to {last}", (sentence,), tuple(tables), chart,
        tuple(notes), asked.cannot_say, data,
    )  # fmt: skip


def _series_data(own: Sequence[Cell]) -> list[dict[str, object]]:
    return [{"at": cell.period_end.isoformat(), "bound": ends_of(cell.bound)} for cell in own if cell.bound is not None]


def _series(asked: Change, cells: Sequence[Cell]) -> list[Cell]:
    """The points of the series, in order; what is provisional, hidden or a part of a period is left out."""
    fits = [
        cell
        for cell in cells
        if cell.bound is not None
        and (cell.variant == asked.variant or cell.variant.endswith(f" {asked.variant}"))
        and dict(cell.split) == asked.split
        and "provisional" not in cell.note
        and "a part of the period" not in cell.note
    ]
    return sorted(fits, key=lambda cell: cell.period_end)


def _end(name: str, values: Sequence[Fraction]) -> _End:
    numbers = tuple(float(value) for value in values)
    return _End(name, numbers, changes(numbers))


def _marks(asked: Change, law: Lawbook, days: Sequence[date]) -> list[tuple[date, str]]:
    """First days of policies within the series: those named, or all."""
    names = asked.marks or tuple(law.policies)
    found = {
        (date.fromisoformat(force.since), law.policies[name].title)
        for name in names
        if name in law.policies
        for force in law.policies[name].in_force[:1]
    }
    return sorted(one for one in found if days[0] < one[0] <= days[-1])


def _value(value: float, *, is_share: bool) -> str:
    return f"{value * 100:.1f} %" if is_share else f"{value:,.2f}"


def _break_rows(
    side: _End, days: Sequence[date], marks: Sequence[tuple[date, str]], *, is_share: bool
) -> list[tuple[str, ...]]:
    if side.found is None or not side.found.breaks:
        return [(f"{side.name}no break stands out", "", "", "", "")]
    rows = []
    for one in side.found.breaks:
        first, last = days[max(one.earliest - 1, 0)], days[one.latest]
        near = [name for day, name in marks if first <= day <= last]
        span = f"{in_words(days[one.earliest])} to {in_words(last)}"
        place = f"{side.name}between {in_words(days[one.place - 1])} and {in_words(days[one.place])}"
        levels = [_value(level, is_share=is_share) for level in (one.before, one.after)]
        rows.append((place, span, *levels, "; ".join(near) or "none"))
    return rows


def _inside(says: str) -> str:
    return says[:1].lower() + says[1:]


def _sentence(asked: Change, sides: Sequence[_End], days: Sequence[date], *, is_share: bool) -> str:
    found = sides[0].found
    if found is None:
        return f"{asked.says} never moves."
    both = [side.found.breaks if side.found else () for side in sides]
    if not any(both):
        return f"No break stands out in {_inside(asked.says)} from {in_words(days[0])} to {in_words(days[-1])}."
    shifts = [[one.after > one.before for one in own] for own in both]
    if not all(both) or any(own != shifts[0] for own in shifts):
        what = "depends on what the records, or their rounding, leave open: the two ends do not move alike"
        return f"Whether {_inside(asked.says)} moved {what}."
    told = [
        f"between {in_words(days[one.place - 1])} and {in_words(days[one.place])}, from "
        f"{_value(one.before, is_share=is_share)} to {_value(one.after, is_share=is_share)} on average"
        for one in both[0]
    ]
    if len(sides) > 1 and [one.place for one in both[0]] != [one.place for one in both[1]]:
        return f"{asked.says} moved {' and '.join(told)} (at the lower end; the upper end moves elsewhere)."
    return f"{asked.says} moved {' and '.join(told)}."


def _criteria(sides: Sequence[_End], days: Sequence[date]) -> list[str]:
    found = sides[0].found
    if found is None:
        return []
    names = {"pelt": "PELT", "bic": "BIC", "lwz": "LWZ"}
    said = ", ".join(f"{names[name]} {many}" for name, many in found.preferred.items())
    differ = len(set(found.preferred.values())) > 1
    dependence, start = f"{found.dependence:.2f}", in_words(days[found.run_starts])
    text = f"Breaks by criterion: {said}{'; they disagree, and what is reported is PELT' if differ else ''}."
    return [
        text,
        f"Shortest stretch allowed: {found.least_length} points; neighbours beside one break correlate {dependence}.",
        f"Series without a break, as dependent as this one, show as strong a one in {found.p:.1%} of draws.",
        f"Most probable start of the level in force at the end, by another method (Adams and MacKay 2007): {start}.",
    ]


def _by_chance(sides: Sequence[_End], days: Sequence[date], marks: Sequence[tuple[date, str]]) -> list[str]:
    """How many of the dates would lie in the spans of breaks by chance alone."""
    found = sides[0].found
    if found is None or not found.breaks or not marks:
        return [f"{len(marks)} policy dates lie within the series."] if marks else []
    whole = (days[-1] - days[0]).days
    spans = sum((days[one.latest] - days[max(one.earliest - 1, 0)]).days for one in found.breaks)
    chance = len(marks) * spans / whole
    within = f"{len(marks)} policy dates lie within the series"
    return [f"{within}; {chance:.1f} of them would lie in the spans found by chance alone."]


def _beside(side: _End, days: Sequence[date], at: str, *, is_share: bool) -> list[Table]:
    """Level and slope on both sides of a day that somebody named."""
    day = date.fromisoformat(at)
    place = sum(one < day for one in days)
    found = interrupted(side.values, place)
    if found is None:
        raise cannot(
            "TS192",
            f"Fewer than {LEAST_BESIDE} points lie on one side of {in_words(day)}.",
            fix="Choose a day further inside the series.",
        )
    return [
        Table(
            f"Level and slope before and after {in_words(day)}",
            ("what", "value", "95 % interval"),
            _terms(found, is_share=is_share),
        )
    ]


def _terms(found: Interrupted, *, is_share: bool) -> tuple[tuple[str, ...], ...]:
    scale, unit = (100, " points") if is_share else (1, "")

    def row(name: str, term: Term) -> tuple[str, ...]:
        low, high = term.interval
        told = [f"{value * scale:+,.2f}{unit}".replace("-", "−") for value in (term.value, low, high)]
        return name, told[0], f"{told[1]} to {told[2]}"

    return (
        row("slope before, for each point", found.slope),
        row("step at the date", found.step),
        row("slope after less slope before", found.bend),
        ("errors allow for", f"{found.lag} neighbours", "if the process were repeated; not an identification bound"),
    )


def _chart(
    asked: Change, own: Sequence[Cell], found: Changes | None, marks: Sequence[tuple[date, str]], *, is_share: bool
) -> str:
    scale = 100 if is_share else 1
    bounds = [cell.bound or Bound(Fraction(0), Fraction(0)) for cell in own]
    points = [
        Point(cell.period_end.toordinal(), float(bound.lower) * scale, float(bound.upper) * scale)
        for cell, bound in zip(own, bounds, strict=True)
    ]
    days = [cell.period_end for cell in own]
    years = range(days[0].year + 1, days[-1].year + 1)
    names = [(float(date(year, 1, 1).toordinal()), str(year)) for year in years]
    breaks = [
        (
            float(days[one.place].toordinal()),
            float(days[max(one.earliest - 1, 0)].toordinal()),
            float(days[one.latest].toordinal()),
        )
        for one in (found.breaks if found else ())
    ]
    shown = [Mark(float(day.toordinal()), name) for day, name in marks][:8]
    axis = "percent" if is_share else own[0].value_unit
    return series_chart(
        asked.title,
        f"{axis}; solid lines: breaks found, dashed: policies begin",
        points,
        names=names,
        breaks=breaks,
        marks=shown,
    )
