"""Do independent daily counts agree with what the agency prints? Stock, averages and flows, each by its own measure.

Differences are the other series over the agency's figure, minus one. Medians are ordinary medians of
the differences that both sides can speak to; n, the worst day and the offset stand beside them.
"""

from __future__ import annotations

import statistics
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tallystick.figures.dated import Figure
from tallystick.figures.places import dims_of
from tallystick.figures.series import DailySeries, Day
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.period import fiscal_year_of


class Compared(Strict, frozen=True, kw_only=True):
    """One figure that a daily series can be laid beside."""

    title: str
    block: str
    cell: dict[str, str]
    green: str
    amber: str
    comparable_from: int = 0
    same_count: bool = True  # False: the two sides count differently, so that no light is given


class Agreeing(Strict, frozen=True, kw_only=True):
    """``us-ice/agreement.toml``."""

    offsets: tuple[int, ...]
    held: Compared
    convicted: Compared
    average: Compared
    flow: Compared


@dataclass(frozen=True)
class Agreement:
    """One line: a series beside one kind of figure over some period."""

    series: str
    kind: str
    period: str
    offset_days: int
    n: int
    median: float
    median_abs: float
    worst: float
    worst_date: str
    light: str
    mean: float = 0.0
    inside: int | None = None  # averages inside the band from midnight to any time of the day


def agreement_rules(shelf: Shelf, agency: str = "us-ice") -> Agreeing:
    """How agreement is judged for one agency."""
    return shelf.read(f"{agency}/agreement.toml", Agreeing)


def agreements(series: DailySeries, figures: Sequence[Figure], rules: Agreeing) -> list[Agreement]:
    """All lines for one series, over everything and by fiscal year: held, convicted, averages, flows."""
    found: list[Agreement] = []
    averages = _spoken(figures, rules.average, "month", lambda figure: figure.period)
    flows = _spoken(figures, rules.flow, "month", lambda figure: figure.period)
    stocks: tuple[tuple[str, Compared, Callable[[Day], int | None], tuple[int, ...]], ...] = (
        ("held", rules.held, lambda day: day.midnight, rules.offsets),
        ("convicted", rules.convicted, lambda day: day.convicted_any_time, (0,)),
    )
    for kind, what, count, offsets in stocks:
        printed = _spoken(figures, what, "point", lambda figure: figure.as_of)
        for offset in offsets:
            seen = {day: series.at(_day(day) + timedelta(days=offset)) for day in printed}
            counts = {day: count(entry) for day, entry in seen.items() if entry is not None}
            pairs = [(_day(day), printed[day], float(n)) for day, n in counts.items() if n is not None]
            found += _lines(series.id, kind, offset, pairs, what, by_year=offset == 0)
    months = _by_month(series.days)
    pairs = []
    inside: dict[int, list[bool]] = {}
    for month, value in averages.items():
        days = months.get(month, [])
        midnight = _mean([day.midnight for day in days], month)
        if midnight is None:
            continue
        pairs.append((_day(f"{month}-01"), value, midnight))
        most = _mean([day.any_time for day in days], month)
        if most is not None:
            inside.setdefault(fiscal_year_of(_day(f"{month}-01")), []).append(midnight <= value <= most)
    found += _lines(series.id, "average", 0, pairs, rules.average, by_year=True, inside=inside)
    pairs = []
    for month, value in flows.items():
        booked = _sum([day.book_in for day in months.get(month, [])], month)
        if booked is not None:
            pairs.append((_day(f"{month}-01"), value, float(booked)))
    return found + _lines(series.id, "flow", 0, pairs, rules.flow, by_year=True)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _spoken(figures: Iterable[Figure], what: Compared, kind: str, key: Callable[[Figure], str]) -> dict[str, float]:
    """The agency's value by day or month: the last issue speaks, altered copies last, rejected sheets never."""
    fitting = [
        figure
        for figure in figures
        if figure.block == what.block
        and figure.period_kind == kind
        and figure.measure != "share"
        and figure.value
        and figure.trust != "rejected"
        and (kind != "month" or figure.period_status == "complete")
        and all(_named(figure, name) == value for name, value in what.cell.items())
    ]
    fitting.sort(key=lambda figure: (figure.provenance != "altered", figure.issue or "", figure.as_of))
    return {key(figure): float(figure.value or 0) for figure in fitting}


def _named(figure: Figure, name: str) -> str:
    if name in ("arresting_agency", "criminality"):
        return getattr(figure, name) or ""
    return dims_of(figure).get(name, "")


def _by_month(days: Iterable[Day]) -> dict[str, list[Day]]:
    months: dict[str, list[Day]] = {}
    for day in days:
        months.setdefault(f"{day.date:%Y-%m}", []).append(day)
    return months


def _sum(values: Sequence[int | None], month: str) -> int | None:
    """The sum over a whole month; None when a day is missing or not counted."""
    whole = len(values) == monthrange(int(month[:4]), int(month[5:7]))[1]
    if not whole or any(value is None for value in values):
        return None
    return sum(value for value in values if value is not None)


def _mean(values: Sequence[int | None], month: str) -> float | None:
    total = _sum(values, month)
    return None if total is None else total / len(values)


Pairs = Sequence[tuple[date, float, float]]  # day, printed, counted


def _lines(
    series: str,
    kind: str,
    offset: int,
    pairs: Pairs,
    what: Compared,
    *,
    by_year: bool,
    inside: Mapping[int, Sequence[bool]] | None = None,
) -> list[Agreement]:
    if not pairs:
        return []
    found = [_line(series, kind, "all", offset, pairs, what, inside)]
    years = sorted({fiscal_year_of(day) for day, _, _ in pairs}) if by_year else []
    for year in years:
        own = [pair for pair in pairs if fiscal_year_of(pair[0]) == year]
        within = {year: inside[year]} if inside and year in inside else None
        found.append(_line(series, kind, f"FY{year}", offset, own, what, within))
    return found


def _line(
    series: str,
    kind: str,
    period: str,
    offset: int,
    pairs: Pairs,
    what: Compared,
    inside: Mapping[int, Sequence[bool]] | None,
) -> Agreement:
    gaps = [(counted / printed - 1, day) for day, printed, counted in pairs]
    worst = max(gaps, key=lambda gap: (abs(gap[0]), gap[1]))
    typical = statistics.median(abs(gap) for gap, _ in gaps)
    comparable = what.same_count and (period == "all" or int(period[2:]) >= what.comparable_from)
    return Agreement(
        series,
        kind,
        period,
        offset,
        len(gaps),
        round(statistics.median(gap for gap, _ in gaps), 6),
        round(typical, 6),
        round(worst[0], 6),
        worst[1].isoformat(),
        _light(typical, what) if comparable else "grey",
        round(statistics.fmean(gap for gap, _ in gaps), 6),
        sum(sum(values) for values in inside.values()) if inside else None,
    )


def _light(typical: float, what: Compared) -> str:
    return "green" if typical <= float(what.green) else "amber" if typical <= float(what.amber) else "red"
