"""Charts of comparisons as SVG that stands alone: bars from the lower to the upper end, hatched where it is open.

One hue and a hatch, no red or green, axes named, both ends in the label; a table always stands beside a chart. Every
text is escaped; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import escape

WIDTH = 860
LABELS = 370  # room for the labels of rows
VALUES = 150  # room for what is written beside them
STYLE = (
    "<style>.c-text{font:14px system-ui,-apple-system,'Segoe UI','Noto Sans',sans-serif;fill:#1b2426}"
    ".c-soft{fill:#4c5a5d;font-size:12.5px}.c-known{fill:#0b6280}.c-open{stroke:#0b6280;stroke-width:1}"
    ".c-grid{stroke:#c9d3d4;stroke-width:1}.c-zero{stroke:#1b2426;stroke-width:1.2}.c-line{stroke:#0b6280;"
    "stroke-width:1.8;fill:none}.c-mark{stroke:#4c5a5d;stroke-width:1.2;stroke-dasharray:5 3}.c-break{stroke:#1b2426;"
    "stroke-width:2}.c-span{fill:#0b6280;opacity:.14}.c-ground{fill:#ffffff}.c-hatch{stroke:#0b6280;stroke-width:2}"
    ".c-whisker{stroke:#1b2426;stroke-width:1.4}"
    ".c-tick{stroke:#1b2426;stroke-width:2;stroke-dasharray:4 2}.c-halo{stroke:#fff;stroke-width:5}"
    ".c-page{fill:#ffffff}"
    "@media (prefers-color-scheme:dark){.c-text{fill:#eef3f3}.c-soft{fill:#b4c1c3}.c-known,.c-span{fill:#6cc0df}"
    ".c-open,.c-line,.c-hatch{stroke:#6cc0df}.c-grid{stroke:#3c4a4d}.c-zero,.c-break,.c-whisker,.c-tick{stroke:#fff}.c-halo{stroke:#192224}"
    ".c-mark{stroke:#b4c1c3}.c-ground,.c-page{fill:#192224}}</style>"
)
HATCH = (
    '<defs><pattern id="c-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="c-ground" width="7" height="7"/><line class="c-hatch" x1="1" y1="0" x2="1" y2="7"/></pattern></defs>'
)


@dataclass(frozen=True)
class Row:
    """One bar: its label, what is written beside it, its two ends; a whisker, and a tick at what is needed, if any."""

    label: str
    value: str
    low: float | None
    high: float | None
    whisker: tuple[float, float] | None = None
    tick: float | None = None


@dataclass(frozen=True)
class Point:
    """One point of a series: its place on the axis of time (any number), its two ends, whether it is provisional."""

    at: float
    low: float
    high: float
    provisional: bool = False


@dataclass(frozen=True)
class Mark:
    """A line across a chart: where it stands, how it is called."""

    at: float
    label: str


def bar_chart(title: str, axis: str, rows: Sequence[Row], *, fixed: tuple[float, float] | None = None) -> str:
    """Rows of bars from zero to the lower end, hatched to the upper one.

    Args:
        title: what it shows; names the denominator.
        axis: the unit.
        rows: the bars, from the top.
        fixed: ends of the axis; without them round numbers around all bars, zero included.
    """
    known = [end for row in rows for end in (row.low, row.high, *(row.whisker or ())) if end is not None]
    low, high = fixed or _round_ends(min([0.0, *known]), max([0.0, *known]))
    top, height = 58, 58 + 34 * len(rows) + 34
    room = WIDTH - LABELS - VALUES

    def x(value: float) -> float:
        return LABELS + (value - low) / (high - low) * room

    parts = []
    for tick in _ticks(low, high):
        parts.append(_line("c-grid", x(tick), top - 6, x(tick), height - 28))
        parts.append(_text(x(tick), height - 12, _plain(tick), "c-soft", anchor="middle"))
    for number, row in enumerate(rows):
        y = top + 34 * number
        parts.append(_text(LABELS - 12, y + 15, row.label, anchor="end", most=48))
        if row.low is None or row.high is None:
            parts.append(_text(WIDTH - VALUES + 14, y + 16, row.value, "c-soft"))
            continue
        sure = row.low if row.low > 0 else row.high if row.high < 0 else 0.0
        parts.append(_rect("c-known", x(min(0.0, sure)), y + 4, x(max(0.0, sure)) - x(min(0.0, sure)), 15))
        if row.high - row.low > 1e-9:
            parts.append(_rect("c-open", x(row.low), y + 4, x(row.high) - x(row.low), 15, fill="url(#c-hatch)"))
        if row.tick is not None and low <= row.tick <= high:
            parts.append(_line("c-halo", x(row.tick), y + 1, x(row.tick), y + 22))
            parts.append(_line("c-tick", x(row.tick), y + 1, x(row.tick), y + 22))
        if row.whisker:
            parts.append(_line("c-whisker", x(row.whisker[0]), y + 11.5, x(row.whisker[1]), y + 11.5))
        parts.append(_text(WIDTH - VALUES + 14, y + 16, row.value, "c-soft"))
    parts.append(_line("c-zero", x(0.0) if low <= 0 <= high else x(low), top - 6, x(max(low, 0.0)), height - 28))
    return _page(title, axis, height, parts)


def series_chart(  # a series with its marks has many sides
    title: str,
    axis: str,
    points: Sequence[Point],
    *,
    names: Sequence[tuple[float, str]],
    breaks: Sequence[tuple[float, float, float]] = (),
    marks: Sequence[Mark] = (),
    seams: Sequence[Mark] = (),
) -> str:
    """A series over time, breaks found (with the span in which each may lie), dates of policies, seams of releases.

    Args:
        title: what it shows.
        axis: the unit of the values; the axis starts at zero.
        points: the series, in order.
        names: places on the axis of time, with their labels.
        breaks: (place, earliest, latest) of each break found.
        marks: dates laid beside the breaks.
        seams: where one release ends and another begins.
    """
    left, right = 60, WIDTH - 20
    top, height = 64 + 16 * len(marks), 64 + 16 * len(marks) + 300
    first, last = points[0].at, max(points[-1].at, points[0].at + 1e-9)
    low, high = _round_ends(min([0.0, *(point.low for point in points)]), max(point.high for point in points))

    def x(at: float) -> float:
        return left + (at - first) / (last - first) * (right - left)

    def y(value: float) -> float:
        return top + (high - value) / (high - low) * (height - 40 - top)

    parts = [_line("c-grid", left, y(tick), right, y(tick)) for tick in _ticks(low, high)]
    parts += [_text(left - 8, y(tick) + 4, _plain(tick), "c-soft", anchor="end") for tick in _ticks(low, high)]
    parts += [_text(x(at), height - 16, name, "c-soft", anchor="middle") for at, name in names]
    for place, earliest, latest in breaks:
        parts.append(_rect("c-span", x(earliest), top, max(x(latest) - x(earliest), 2.0), y(low) - top))
        parts.append(_line("c-break", x(place), top, x(place), y(low)))
    for number, mark in enumerate(marks):
        end = x(mark.at) > WIDTH - 220
        parts.append(_line("c-mark", x(mark.at), 52 + 16 * number, x(mark.at), y(low)))
        place_x = x(mark.at) + (-5 if end else 5)
        parts.append(_text(place_x, 60 + 16 * number, mark.label, "c-soft", anchor="end" if end else "start", most=62))
    for seam in seams:
        parts.append(_line("c-mark", x(seam.at), top, x(seam.at), y(low)))
        parts.append(_text(x(seam.at) + 4, top + 12, seam.label, "c-soft"))
    ends = [[f"{x(one.at):.1f},{y(value):.1f}" for one, value in _ends(points, side)] for side in ("low", "high")]
    if any(point.high - point.low > 1e-9 for point in points):
        around = " ".join([*ends[1], *reversed(ends[0])])
        parts.append(f'<polygon class="c-open" fill="url(#c-hatch)" points="{around}"/>')
    parts += [f'<polyline class="c-line" points="{" ".join(own)}"/>' for own in ends]
    parts += [
        f'<circle class="c-line c-ground" cx="{x(point.at):.1f}" cy="{y(point.high):.1f}" r="4"/>'
        for point in points
        if point.provisional
    ]
    parts.append(_line("c-zero", left, y(0.0), right, y(0.0)))
    return _page(title, axis, height, parts)


def _ends(points: Sequence[Point], side: str) -> list[tuple[Point, float]]:
    return [(point, point.low if side == "low" else point.high) for point in points]


def _page(title: str, axis: str, height: float, parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" width="100%" '
        f'style="max-width:{WIDTH}px">'
    )
    described = f"<title>{escape(title)}</title><desc>{escape(axis)}; the table beside it holds the numbers.</desc>"
    ground = f'<rect class="c-page" width="{WIDTH}" height="{height:.0f}"/>'
    words = _text(14, 22, title, most=96) + _text(14, 40, axis, "c-soft")
    return head + described + STYLE + HATCH + ground + words + "".join(parts) + "</svg>"


def _round_ends(low: float, high: float) -> tuple[float, float]:
    """Ends of an axis: the round steps around two values."""
    step = _step(low, high)
    ends = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    return ends if ends[1] > ends[0] else (ends[0], ends[0] + step)


def _step(low: float, high: float) -> float:
    span = max(high - low, 1e-12)
    power = 10.0 ** floor(log10(span))
    return next(power * one for one in (0.1, 0.2, 0.25, 0.5, 1, 2) if span / (power * one) <= 6)


def _ticks(low: float, high: float) -> list[float]:
    step = _step(low, high)
    return [low + step * number for number in range(round((high - low) / step) + 1)]


def _plain(value: float) -> str:
    rounded = round(value, 6) + 0.0
    return f"{rounded:,.10g}".replace("-", "−")


def _text(x: float, y: float, text: str, kind: str = "", *, anchor: str = "start", most: int = 110) -> str:
    short = text if len(text) <= most else text[: most - 1] + "…"
    return (
        f'<text class="c-text {kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(short)}'
        + (f"<title>{escape(text)}</title>" if short != text else "")
        + "</text>"
    )


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _rect(kind: str, x: float, y: float, width: float, height: float, fill: str = "") -> str:
    paint = f' fill="{fill}"' if fill else ""
    return f'<rect class="{kind}"{paint} x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}"/>'
