"""How long something lasts and how it ends, with those still going on counted as long as they were seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tallystick.records.acting import filled

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
DIGITS = 10


@dataclass(frozen=True)
class Moment:
    """The state of a curve just after one length: how many were at risk, what share goes on, what share ended how."""

    at: int
    at_risk: int
    still: float
    incidence: dict[str, float]


def curve(ask: Ask, lengths: str) -> list[Moment]:
    """Cumulative incidence by cause and the share that goes on, by length.

    Args:
        ask: runs one statement.
        lengths: name of a table (enters, leaves, cause) in whole units of time; cause null: seen no longer.

    Returns:
        One entry per length at which something ended, in order; shares rounded to ten digits.
    """
    found: dict[int, Moment] = {}
    statement = f"select * from ({filled('incidence', {}, {'lengths': lengths})}) order by length, cause"
    for at, cause, at_risk, _, still, incidence in ask(statement, ()):
        moment = found.setdefault(int(at), Moment(int(at), int(at_risk), round(float(still), DIGITS), {}))
        moment.incidence[str(cause)] = round(float(incidence), DIGITS)
    return list(found.values())


def nights_sql(opens_at: int, closes_at: int) -> str:
    """The nights of each stay, as `curve` reads them; one that began earlier is seen from the first day on.

    Args:
        opens_at: the beginning of what the release covers, in seconds.
        closes_at: the end of its closing date.
    """
    end = f"coalesce(ends_most, {closes_at})"
    begun = _day("starts")
    return (
        f"select greatest({_day(str(opens_at))} - {begun}, 0) as enters, {_day(end)} - {begun} as leaves, "
        f"case how when 'ended' then 'ended' end as cause from stays where {end} > {opens_at}"
    )


def _day(moment: str) -> str:
    return f"cast(floor({moment} / 86400.0) as bigint)"


def restricted_mean(moments: Sequence[Moment], until: int) -> float:
    """The mean length up to a horizon, from the share that goes on (area under the curve).

    Args:
        moments: a curve.
        until: the horizon, in the unit of the curve.
    """
    area, before, still = 0.0, 0, 1.0
    for moment in moments:
        if moment.at >= until:
            break
        area += still * (moment.at - before)
        before, still = moment.at, moment.still
    return round(area + still * (until - before), DIGITS)


def stock_mean(lengths: Sequence[int]) -> tuple[Fraction, Fraction, Fraction]:
    """Mean length of those who come, of those found at one moment, and what the latter have spent so far.

    Who is found at one moment stays long: lengths count in proportion to themselves (Cox 1969).

    >>> [round(float(mean), 4) for mean in stock_mean([1, 2, 3, 30])]
    [9.0, 25.3889, 12.6944]
    """
    flow = Fraction(sum(lengths), len(lengths))
    stock = Fraction(sum(length * length for length in lengths), sum(lengths))
    return flow, stock, stock / 2


def little(arrivals: int, mean_length: Fraction | float, days: int) -> float:
    """The population that arrivals and mean length imply (Little 1961): arrivals a day times days of stay.

    >>> round(little(510_854, 34.34029, 365))
    48063
    """
    return float(arrivals * Fraction(str(mean_length)) / days)
