"""A figure over time as two drawings, one for wide pages and one for phones: what is known, and what is left open.

No inline style, so that a page can forbid it; text keeps its size because each drawing has the width it is shown at.
The axis starts at zero, a share ends at 100 percent, and a table always stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, floor, log10

from markupsafe import Markup, escape

SIZES = (("wide", 660, 260), ("narrow", 300, 220))
LONGEST_GAP = 120  # days over which a line is drawn, unless most of its points lie that far apart
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 34


@dataclass(frozen=True)
class Moment:
    """One day of a series, with both ends."""

    day: date
    low: float
    high: float


def time_line(
    title: str,
    told: str,
    moments: Sequence[Moment],
    shown: Callable[[float], str],
    *,
    most: float | None = None,
    needed: float | None = None,
    key: str = "line",
) -> Markup:
    """The drawings of a series.

    Args:
        title: what it shows, for those who cannot see it.
        told: its trend in words.
        moments: the series, in order of days; at least two.
        shown: how a value is written on the axis.
        most: where the axis ends; without it, a round number above every value.
        needed: what a claim needs.
        key: what tells its parts apart from those of other drawings of the page.
    """
    low = min(0.0, *(one.low for one in moments))
    top = max(*(one.high for one in moments), needed or 0.0)
    step = _step((most if most is not None else top) - low)
    ends = floor(low / step) * step, most if most is not None else ceil(top / step - 1e-9) * step
    axis = _Axis(ends, step, shown, needed)
    parts = [_drawing(size, title, told, moments, axis, f"{key}-{size[0]}") for size in SIZES]
    return Markup("").join(parts)


@dataclass(frozen=True)
class _Axis:
    """The axis of values: its ends, its steps, how a value is written on it, what is needed."""

    ends: tuple[float, float]
    step: float
    shown: Callable[[float], str]
    needed: float | None


def _drawing(
    size: tuple[str, int, int], title: str, told: str, moments: Sequence[Moment], axis: _Axis, key: str
) -> Markup:
    name, width, height = size
    ends, step, shown, needed = axis.ends, axis.step, axis.shown, axis.needed
    first, last = moments[0].day.toordinal(), moments[-1].day.toordinal()

    def x(day: date) -> float:
        return LEFT + (day.toordinal() - first) / max(last - first, 1) * (width - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (ends[1] - value) / max(ends[1] - ends[0], 1e-12) * (height - TOP - BOTTOM)

    parts = []
    for number in range(round((ends[1] - ends[0]) / step) + 1):
        value = ends[0] + number * step
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(_text(LEFT - 6, y(value) + 4, shown(value), "end"))
    for year in _years(moments, 3 if name == "narrow" else 8):
        parts.append(_text(x(year), height - 12, str(year.year), "middle"))
        parts.append(
            f'<line class="grid" x1="{x(year):.1f}" x2="{x(year):.1f}" '
            f'y1="{height - BOTTOM}" y2="{height - BOTTOM + 5}"/>'
        )
    for stretch in _stretches(moments):
        upper = [f"{x(one.day):.1f},{y(one.high):.1f}" for one in stretch]
        lower = [f"{x(one.day):.1f},{y(one.low):.1f}" for one in stretch]
        if upper != lower:
            around = " ".join([*upper, *reversed(lower)])
            parts.append(f'<polygon class="open" fill="url(#hatch)" points="{around}"/>')
            parts.append(f'<polyline class="line" points="{" ".join(upper)}"/>')
        parts.append(f'<polyline class="line" points="{" ".join(lower)}"/>')
        parts += [
            f'<circle class="dot" cx="{x(one.day):.1f}" cy="{y(end):.1f}" r="2.5"/>'
            for one in (stretch if len(stretch) == 1 else ())
            for end in dict.fromkeys((one.low, one.high))
        ]
    if needed is not None:
        parts.append(f'<line class="tick" x1="{LEFT}" x2="{width - RIGHT}" y1="{y(needed):.1f}" y2="{y(needed):.1f}"/>')
    head = (
        f'<svg class="drawing {name}" role="img" aria-labelledby="{key}-t {key}-d" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(told)}</desc>'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704  # our own drawing, every text in it escaped


def _stretches(moments: Sequence[Moment]) -> list[list[Moment]]:
    """The series in stretches between which nothing is known: a gap much longer than those around it is left open."""
    gaps = sorted((after.day - before.day).days for before, after in pairwise(moments))
    usual = gaps[len(gaps) // 2]
    found = [[moments[0]]]
    for before, after in pairwise(moments):
        if (after.day - before.day).days > max(3 * usual, LONGEST_GAP):
            found.append([])
        found[-1].append(after)
    return found


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _step(span: float) -> float:
    span = max(span, 1e-9)
    power = 10.0 ** floor(log10(span))
    return next(power * one for one in (0.1, 0.2, 0.25, 0.5, 1, 2) if span / (power * one) <= 5)


def _years(moments: Sequence[Moment], most: int) -> list[date]:
    """New Year's days to write on the axis, evenly thinned."""
    first, last = moments[0].day, moments[-1].day
    every = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    return every[:: max(1, ceil(len(every) / most))]
