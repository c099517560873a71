"""Invented detention figures that add up the way an agency's own figures add up.

Everything is drawn day by day for a whole fiscal year and then cut at the as-of date, so that two
issues of one year agree on every finished month and no cumulative count ever falls.
"""

import calendar
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

MONTHS = ("Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep")
CONVICTED, PENDING, OTHER = (
    "Convicted Criminal",
    "Pending Criminal Charges",
    "Other Immigration Violator",
)
CRIMINALITY = (CONVICTED, PENDING, OTHER)
AGENCY, PARTNER = "agency", "partner"
HOLDERS = (PARTNER, AGENCY)
DAYS_DRAWN = 368  # one more than a leap year: heads are counted on the day after as_of
APRIL_SEVENTH = 188  # days from 1 October to 7 April, when a "late" family row begins

Months = tuple[int, ...]  # twelve counts, October first; 0 for months which have not begun
Cell = tuple[str, str]  # who arrested (agency or partner), criminality


@dataclass(frozen=True)
class Figures:
    """All counts behind one made-up Detention sheet, before any layout."""

    as_of: date
    days: Months  # days of each month that lie on or before as_of
    detained: Mapping[Cell, int]  # persons, on the day after as_of
    detained_family: int
    bookins: Mapping[Cell, Months]  # adults and families together
    bookins_family: Months  # all of them partner arrests, Other Immigration Violator
    mandays: Mapping[Cell, Months]
    mandays_family: Months
    stays: Mapping[Cell, Months]  # stays which ended
    stay_days: Mapping[Cell, Months]  # days those stays lasted
    stays_family: Months
    stay_days_family: Months
    exits: Mapping[Cell, Months]  # keyed (release reason, criminality)
    parole: Mapping[Cell, Months]  # keyed (years ago as text, status)
    removals: int

    @property
    def elapsed(self) -> int:
        """Days from 1 October to the as-of date, both counted."""
        return sum(self.days)


def fiscal_year(day: date) -> int:
    """The fiscal year a day belongs to: 1 October begins the next one."""
    return day.year + (day.month >= 10)


def stream(*parts: object) -> random.Random:
    """A source of invented numbers that is the same for the same parts on every machine."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - invented figures, not secrets


def apportion(total: int, weights: Sequence[float]) -> tuple[int, ...]:
    """Whole shares of a total in proportion to the weights, by largest remainder."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return tuple(shares)


def days_so_far(as_of: date) -> Months:
    """Days of each fiscal month that lie on or before the as-of date."""
    year = fiscal_year(as_of)
    starts = [date(year - (m >= 10), m, 1) for m in (10, 11, 12, *range(1, 10))]
    lengths = [calendar.monthrange(day.year, day.month)[1] for day in starts]
    passed = [(as_of - day).days + 1 for day in starts]
    return tuple(max(0, min(n, p)) for n, p in zip(lengths, passed, strict=True))


def daily(rng: random.Random, mean: float) -> tuple[int, ...]:
    """A year of daily counts around a mean."""
    return tuple(int(mean * rng.uniform(0.6, 1.4) + rng.random()) for _ in range(DAYS_DRAWN))


def walk(rng: random.Random, start: int) -> tuple[int, ...]:
    """A year of daily head counts which begin near a level and drift."""
    drift = rng.uniform(-0.05, 0.3) * start / 365
    step = max(1, start // 120)
    level, levels = float(start), []
    for _ in range(DAYS_DRAWN):
        level = max(start / 3, level + drift + rng.randint(-step, step))
        levels.append(round(level))
    return tuple(levels)


def by_month(counts: Sequence[int], days: Months) -> Months:
    """Sums of daily counts over the part of each month that has passed."""
    starts = [sum(days[:i]) for i in range(12)]
    return tuple(sum(counts[s : s + n]) for s, n in zip(starts, days, strict=True))


def months_sum(rows: Sequence[Months]) -> Months:
    """Month-wise sums of several rows."""
    return tuple(map(sum, zip(*rows, strict=True)))


def invent(seed: int, as_of: date, *, reasons: Mapping[str, float], family_from: int | None) -> Figures:
    """Invent one issue's figures.

    Args:
        seed: Same seed and same fiscal year give the same year, cut at as_of.
        as_of: Last day counted.
        reasons: Release reasons with their relative frequency.
        family_from: Day of the fiscal year when family detention begins; None for never.
    """
    year, days = fiscal_year(as_of), days_so_far(as_of)
    root = (seed, year)
    rng = stream(*root, "levels")
    starts = apportion(rng.randint(4000, 7000), [rng.uniform(0.5, 1.5) for _ in range(5)] + [1.8])
    cells = [(who, crime) for who in HOLDERS for crime in CRIMINALITY]
    heads = {cell: walk(stream(*root, "heads", *cell), start) for cell, start in zip(cells, starts, strict=True)}
    begun = [family_from is not None and day >= family_from for day in range(DAYS_DRAWN)]
    families = _families(stream(*root, "families"), begun, ceiling=heads[PARTNER, OTHER])
    arrivals = {c: daily(stream(*root, "bookins", *c), s / 38) for c, s in zip(cells, starts, strict=True)}
    family_in = _masked(daily(stream(*root, "family bookins"), 2.4), begun)
    arrivals[PARTNER, OTHER] = tuple(a + f for a, f in zip(arrivals[PARTNER, OTHER], family_in, strict=True))
    stays = {c: by_month(daily(stream(*root, "stays", *c), 12.0), days) for c in cells}
    stays_family = by_month(_masked(daily(stream(*root, "family stays"), 1.1), begun), days)
    return Figures(
        as_of=as_of,
        days=days,
        detained={cell: heads[cell][sum(days)] for cell in cells},
        detained_family=families[sum(days)],
        bookins={cell: by_month(arrivals[cell], days) for cell in cells},
        bookins_family=by_month(family_in, days),
        mandays={cell: by_month(heads[cell], days) for cell in cells},
        mandays_family=by_month(families, days),
        stays=stays,
        stay_days={c: _lengths(stream(*root, "lengths", *c), stays[c], 48) for c in cells},
        stays_family=stays_family,
        stay_days_family=_lengths(stream(*root, "family lengths"), stays_family, 14),
        exits=_exits(root, sum(starts) / 38, reasons=reasons, days=days),
        parole=_parole(root, days),
        removals=sum(by_month(daily(stream(*root, "removals"), sum(starts) / 45), days)),
    )


def lower_bookins(figures: Figures, keep: float) -> Figures:
    """The same figures with every book-in count scaled down alike."""
    return replace(
        figures,
        bookins={c: tuple(int(n * keep) for n in row) for c, row in figures.bookins.items()},
        bookins_family=tuple(int(n * keep) for n in figures.bookins_family),
    )


def year_before(day: date) -> date:
    """The same day one year earlier; 29 February becomes 28 February."""
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year - 1)


def _masked(counts: Sequence[int], begun: Sequence[bool]) -> tuple[int, ...]:
    return tuple(n if on else 0 for n, on in zip(counts, begun, strict=True))


def _families(rng: random.Random, begun: Sequence[bool], *, ceiling: Sequence[int]) -> tuple[int, ...]:
    heads = _masked(walk(rng, 90), begun)
    return tuple(min(n, most // 2) for n, most in zip(heads, ceiling, strict=True))


def _lengths(rng: random.Random, stays: Months, mean: int) -> Months:
    return tuple(round(n * mean * rng.uniform(0.8, 1.2)) for n in stays)


def _exits(root: tuple[int, int], per_day: float, *, reasons: Mapping[str, float], days: Months) -> dict[Cell, Months]:
    scale = per_day / sum(reasons.values())
    shares = zip(CRIMINALITY, (0.3, 0.25, 0.45), strict=True)
    means = {(r, c): w * s * scale for c, s in shares for r, w in reasons.items()}
    return {cell: by_month(daily(stream(*root, "exits", *cell), mean), days) for cell, mean in means.items()}


def _parole(root: tuple[int, int], days: Months) -> dict[Cell, Months]:
    whole = days_so_far(date(root[1], 9, 30))
    years = {"0": days, "1": whole, "2": whole}
    means = {"Parole Granted": 1.4, "Parole Denied": 0.6}
    return {
        (ago, status): by_month(daily(stream(root[0], root[1] - int(ago), status), mean), spans)
        for ago, spans in years.items()
        for status, mean in means.items()
    }
