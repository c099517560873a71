"""When a series moved, found without being told any date, and how sure the place of the break is.

Breaks are partitions found by PELT (Killick, Fearnhead and Eckley 2012, library ruptures) with every place allowed and
a least length stated: the library's defaults skip four places in five and allow segments of two. Two questions are
asked: whether the level moved (least squares), and whether level or scatter did (normal likelihood); each may raise a
false alarm in one series of forty. What counts as an alarm is taken from drawn series without a break in which
neighbours depend on each other as much as in this one. A slow drift looks like steps, and a break has no cause by
itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, log, pi, sqrt
from typing import Any

from tallystick.terms.extras import need

LEAST_POINTS = 24  # shorter series are not searched: one in nine would show a break without having one
LEAST_SHARE = 0.1  # of a series that a stretch must hold
MOST_BREAKS = 5
FALSE_ALARMS = 0.05
DRAWN = 1000  # series without a break, for each strength of dependence
DEPENDENCE = tuple(step / 10 for step in range(10))
TINY = 1e-9  # of the variance of a series; a stretch that never moves has some scatter
NEIGHBOURS = 500  # drawn series on each side of the one at hand, by what dependence is left in them


@dataclass(frozen=True)
class Break:
    """A place where the series moved: `place` is the first point of the new stretch, counted from 0.

    `earliest` and `latest` are the first points of the new stretch at the ends of a 95 % interval (Bai 1997), if the
    process were repeated; `before` and `after` are the means on both sides up to the next break.
    """

    place: int
    earliest: int
    latest: int
    before: float
    after: float


@dataclass(frozen=True)
class Fit:
    """The best partition with so many breaks, and what criteria make of it (the least is best)."""

    places: tuple[int, ...]
    squares: float
    bic: float
    lwz: float


@dataclass(frozen=True)
class Changes:
    """What was found in a series.

    Attributes:
        breaks: where it moved; empty where no break stands out.
        moved: ``level``, ``level or scatter``, or '' where nothing stands out.
        p: how often series without a break show as strong a one, both questions taken together.
        sup_f: the largest F statistic of one break in level (Andrews 1993).
        penalty: what a break had to gain: squares of the series, or twice a log-likelihood for level or scatter.
        least_length: points that a stretch must hold.
        dependence: correlation of neighbours that is left beside one break in level.
        fits: the best partition by level with 0, 1 … breaks.
        run_starts: the most probable first point of the level in force at the end (Adams and MacKay 2007).
    """

    breaks: tuple[Break, ...]
    moved: str
    p: float
    sup_f: float
    penalty: float
    least_length: int
    dependence: float
    fits: tuple[Fit, ...]
    run_starts: int

    @property
    def preferred(self) -> dict[str, int]:
        """How many breaks each criterion prefers; PELT is what is reported."""
        by = {name: min(self.fits, key=lambda fit: getattr(fit, name)) for name in ("bic", "lwz")}
        return {"pelt": len(self.breaks), **{name: len(fit.places) for name, fit in by.items()}}


def changes(values: Sequence[float], *, least_length: int = 0) -> Changes | None:
    """Where a series moved.

    Args:
        values: one value for each point of time, in order.
        least_length: points that a stretch must hold; 0 takes a tenth of the series, at least 3.

    Returns:
        None for a series shorter than `LEAST_POINTS`, or one that never moves.

    Raises:
        TallystickError: TS191 where the extra with the statistics libraries is not installed.
    """
    numbers = need("numpy")
    own = numbers.asarray(values, dtype=float)
    spread = float(own.std())
    if len(own) < LEAST_POINTS or spread <= 1e-12 * max(1.0, float(abs(own).max())):
        return None
    scaled = (own - own.mean()) / spread
    least = least_length or max(3, round(LEAST_SHARE * len(own)))
    seen = _one_break(scaled[None], least)
    drawn = _alike(float(seen.left[0]), len(own), least)
    ps = [float((lots >= one[0]).mean()) for lots, one in zip(drawn, (seen.level, seen.both), strict=True)]
    bars = [float(numbers.quantile(lots, 1 - FALSE_ALARMS / 2)) for lots in drawn]
    moved = ("level", "level or scatter")[ps.index(min(ps))] if min(ps) <= FALSE_ALARMS / 2 else ""
    if moved == "level":
        places, penalty = _by_level(scaled, bars[0], least)
        penalty *= spread**2
    else:
        penalty = bars[1]
        places = partition(scaled.tolist(), penalty, least, model="normal") if moved else ()
    breaks = tuple(_break(own.tolist(), places, number) for number in range(len(places)))
    fits = tuple(fitted(values, many, least) for many in range(MOST_BREAKS + 1) if (many + 1) * least <= len(own))
    rest = float((_left(scaled, places) ** 2).mean())
    runs = run_lengths(scaled.tolist(), variance=max(rest, 1e-6), hazard=1 / len(own))
    start = min(len(own) - max(range(len(runs)), key=lambda place: runs[place]), len(own) - 1)
    p = min(1.0, 2 * min(ps))
    return Changes(breaks, moved, p, float(seen.level[0]), penalty, least, float(seen.left[0]), fits, start)


def _by_level(scaled: Any, bar: float, least: int) -> tuple[tuple[int, ...], float]:
    """Breaks in level, and what each had to gain: so many times the scatter that is left beside them all."""
    places, penalty = _best(scaled, 1, least), 0.0
    for _ in range(MOST_BREAKS):
        penalty = bar * float((_left(scaled, places) ** 2).sum()) / (len(scaled) - 2)
        found = partition(scaled.tolist(), penalty, least)
        if not found or found == places:
            break
        places = found
    return places, penalty


def partition(values: Sequence[float], penalty: float, least_length: int, model: str = "l2") -> tuple[int, ...]:
    """First points of new stretches: the partition with the least cost and penalties (PELT).

    Args:
        values: the series.
        penalty: what a break must gain.
        least_length: points that a stretch must hold.
        model: ``l2`` for squares around a level, ``normal`` for a normal likelihood of level and scatter.

    >>> partition([0, 1, 0, 1, 5, 6, 5, 6, 5, 2, 1, 2, 1, 2], 3, 1)
    (4, 9)
    """
    ruptures, numbers = need("ruptures"), need("numpy")
    own = numbers.asarray(values, dtype=float).reshape(-1, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns whenever the normal cost is used
        search = ruptures.Pelt(model=model, jump=1, min_size=least_length).fit(own)
        return tuple(int(place) for place in search.predict(pen=penalty)[:-1])


def fitted(values: Sequence[float], many: int, least_length: int) -> Fit:
    """The best partition with so many breaks, with its BIC and the criterion of Liu, Wu and Zidek (1997)."""
    numbers = need("numpy")
    own = numbers.asarray(values, dtype=float)
    places, n, parameters = _best(own, many, least_length), len(own), 2 * (many + 1)
    squares = max(float((_left(own, places) ** 2).sum()), 1e-300)
    bic = n * (log(squares / n) + log(2 * pi) + 1) + log(n) * parameters
    lwz = log(squares / (n - many - 1)) + (2 * many + 1) * 0.299 * log(n) ** 2.1 / n
    return Fit(places, squares, bic, lwz)


def run_lengths(
    values: Sequence[float], *, variance: float, prior: float = 4.0, hazard: float = 0.1
) -> tuple[float, ...]:
    """How probable each length of the run in force after the last point is, from 0 up (Adams and MacKay 2007).

    A level is normal around 0 with variance `prior`, the points around it with a known `variance`; before each point a
    new run begins with probability `hazard`.

    >>> [round(one, 4) for one in run_lengths([.2, -.1, .1, 2.9, 3.1, 3.0], variance=.25)][:4]
    [0.1, 0.0103, 0.0108, 0.8789]
    """
    runs, precisions, means = [1.0], [1 / prior], [0.0]
    for value in values:
        believed = zip(means, precisions, strict=True)
        seen = [_normal(value, mean, 1 / precision + variance) for mean, precision in believed]
        grown = [run * likely * (1 - hazard) for run, likely in zip(runs, seen, strict=True)]
        new = sum(run * likely * hazard for run, likely in zip(runs, seen, strict=True))
        whole = new + sum(grown)
        runs = [new / whole, *(one / whole for one in grown)]
        after = [precision + 1 / variance for precision in precisions]
        means = [0.0, *((m * p + value / variance) / q for m, p, q in zip(means, precisions, after, strict=True))]
        precisions = [1 / prior, *after]
    return tuple(runs)


def _normal(value: float, mean: float, variance: float) -> float:
    return exp(-((value - mean) ** 2) / (2 * variance)) / sqrt(2 * pi * variance) + 1e-300


def _best(own: Any, many: int, least: int) -> tuple[int, ...]:
    if many == 0:
        return ()
    search = need("ruptures").Dynp(model="l2", jump=1, min_size=least).fit(own.reshape(-1, 1))
    return tuple(int(place) for place in search.predict(n_bkps=many)[:-1])


def _left(own: Any, places: Sequence[int]) -> Any:
    """What is left of a series beside the means of its segments."""
    numbers = need("numpy")
    return numbers.concatenate([part - part.mean() for part in numbers.split(own, list(places))])


@dataclass(frozen=True)
class _Seen:
    """Of each of some series: the largest gain of one break in level (F) and in level or scatter, what is left."""

    level: Any
    both: Any
    left: Any


def _one_break(series: Any, least: int) -> _Seen:
    """The strongest single break of each row of an array; `left` is the correlation of neighbours beside it."""
    numbers = need("numpy")
    rows, n = series.shape
    sums, squares = numbers.cumsum(series, 1), numbers.cumsum(series**2, 1)
    places = numbers.arange(least, n - least + 1)
    before, after = places, n - places
    first, second = sums[:, places - 1] / before, (sums[:, -1:] - sums[:, places - 1]) / after
    gains = before * after / n * (first - second) ** 2
    best, every = gains.argmax(1), numbers.arange(rows)
    levels = numbers.where(
        numbers.arange(n)[None] < places[best][:, None], first[every, best][:, None], second[every, best][:, None]
    )
    rest = series - levels
    left = (rest**2).sum(1) + 1e-300
    whole = numbers.log(series.var(1) + TINY)[:, None]
    scatter = numbers.log(numbers.maximum(squares[:, places - 1] / before - first**2, 0) + TINY)
    scatter_after = (squares[:, -1:] - squares[:, places - 1]) / after - second**2
    both = n * whole - before * scatter - after * numbers.log(numbers.maximum(scatter_after, 0) + TINY)
    correlation = (rest[:, 1:] * rest[:, :-1]).sum(1) / left
    return _Seen(gains[every, best] / (left / (n - 2)), both.max(1), correlation)


@lru_cache(maxsize=32)
def _drawn(n: int, least: int) -> _Seen:
    """Series without a break, of every strength of dependence, ordered by the dependence that is left in them.

    The draws are the same on every machine and in every run: the generator starts from a fixed number.
    """
    numbers = need("numpy")
    chance = numbers.random.default_rng(20)
    found = []
    for strength in DEPENDENCE:
        shocks = chance.standard_normal((DRAWN, n))
        series = numbers.empty_like(shocks)
        series[:, 0] = shocks[:, 0] / sqrt(1 - strength**2)
        for point in range(1, n):
            series[:, point] = strength * series[:, point - 1] + shocks[:, point]
        found.append(_one_break(series, least))
    together = [numbers.concatenate([getattr(one, name) for one in found]) for name in ("level", "both", "left")]
    order = together[2].argsort()
    return _Seen(*(one[order] for one in together))


def _alike(dependence: float, n: int, least: int) -> tuple[Any, Any]:
    """What one break gains by chance, in level and in level or scatter, in drawn series as dependent as this one."""
    drawn = _drawn(n, least)
    middle = int(need("numpy").searchsorted(drawn.left, dependence))
    first = max(0, min(middle - NEIGHBOURS, len(drawn.left) - 2 * NEIGHBOURS))
    return drawn.level[first : first + 2 * NEIGHBOURS], drawn.both[first : first + 2 * NEIGHBOURS]


def _break(values: Sequence[float], places: Sequence[int], number: int) -> Break:
    numbers = need("numpy")
    edges = [0, *places, len(values)]
    left = numbers.asarray(values[edges[number] : edges[number + 1]])
    right = numbers.asarray(values[edges[number + 1] : edges[number + 2]])
    shift = float(right.mean() - left.mean()) or 1e-12
    longer = _longer(values, places)
    spreads = [max(float(part.var()) * longer, 1e-12 * shift**2) for part in (left, right)]
    back, ahead = interval(shift, *spreads)
    place = places[number]
    earliest, latest = max(place - back, 1), min(place + ahead, len(values) - 1)
    return Break(place, earliest, latest, float(left.mean()), float(right.mean()))


def _longer(values: Sequence[float], places: Sequence[int]) -> float:
    """How much more a mean scatters because neighbours depend on each other: (1 + r) / (1 - r) of what is left."""
    rest = _left(need("numpy").asarray(values, dtype=float), places)
    squares = float((rest**2).sum())
    left = float((rest[1:] * rest[:-1]).sum()) / squares if squares else 0.0
    own = min(max(left, 0.0), 0.95)
    return (1 + own) / (1 - own)


def interval(shift: float, variance_before: float, variance_after: float, level: float = 0.95) -> tuple[int, int]:
    """How many points before and after the place found the true one may lie, if the process were repeated.

    The place of the largest of two Brownian motions that fall away from the break (Bai 1997, Review of Economics and
    Statistics 79), with the variance of each side. Returns whole points, rounded outward.

    >>> interval(1.0, 1.0, 1.0)
    (12, 12)
    """
    tail = (1 - level) / 2
    # one side falls by shift²/2 a point with variance shift²·own; distances are in units of own / shift²
    found_early = _tail_distance(variance_before / shift**2, variance_after / shift**2, tail)
    found_late = _tail_distance(variance_after / shift**2, variance_before / shift**2, tail)
    return ceil(found_late), ceil(found_early)  # a place found too late means that the true one lies before it


def _tail_distance(own: float, other: float, tail: float) -> float:
    """The distance on one side beyond which the place lies with probability `tail`; 0 where the side has less."""
    numbers = need("numpy")
    steps = numbers.exp(numbers.linspace(log(1e-6), log(400.0), 4000))  # of distance over `own`
    density = _density(steps, own / other)
    pieces = (density[1:] + density[:-1]) / 2 * numbers.diff(steps)
    beyond = numbers.concatenate([pieces[::-1].cumsum()[::-1], [0.0]])
    if beyond[0] <= tail:
        return 0.0
    return float(steps[int(numbers.argmax(beyond <= tail))]) * own


def _density(distance: Any, ratio: float) -> Any:
    """How dense the place is at a distance on one side, where the other side scatters `1 / ratio` times as much.

    On this side the motion falls by half its variance a unit: it is first at a height m after a time t with density
    m / sqrt(2π t³) · exp(-(m + t/2)² / 2t), never rises further with density 1, and the other side stays below m with
    probability 1 - exp(-ratio · m). The integral over m is taken in closed form.
    """
    numbers, special = need("numpy"), need("scipy.special")
    root = numbers.sqrt(distance)
    fading = numbers.exp(-distance / 8)

    def over(rate: float) -> Any:  # ∫ m / sqrt(2π t³) exp(-(m + t/2)²/2t - rate·m) dm
        shifted = 0.5 + rate
        return fading * (1 / (root * sqrt(2 * pi)) - shifted * special.erfcx(shifted * root / sqrt(2)) / 2)

    return over(0.0) - over(ratio)
