"""Whether blanks are spread by chance, and how much recent figures are still to fill up.

For tables of your own: what a release leaves blank, and how the same months grew from one release to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.terms.extras import need

MOST_ROUNDS = 2000
CLOSE_ENOUGH = 1e-10


@dataclass(frozen=True)
class ByChance:
    """Little's test: a small `p` says that blanks are not spread by chance alone."""

    statistic: float
    freedom: int
    p: float
    patterns: int


def blanks_by_chance(table: Sequence[Sequence[float | None]]) -> ByChance | None:
    """Whether blanks of a table of numbers are spread completely by chance (Little 1988, JASA 83).

    Means and covariances are those of the EM algorithm for normal data (Dempster, Laird and Rubin 1977). A large `p`
    does not show that nothing depends on the blanks: they may go with what is not in the table.

    Args:
        table: rows of numbers, None where a cell is blank; at least two columns.

    Returns:
        None where there is only one pattern of blanks.

    Raises:
        TallystickError: TS191 where the extra is not installed.
    """
    numbers = need("numpy")
    data = numbers.array([[numbers.nan if cell is None else cell for cell in row] for row in table], dtype=float)
    data = data[~numbers.isnan(data).all(1)]
    groups = _patterns(data)
    if len(groups) < 2:
        return None
    mean, spread = _normal(data)
    statistic, freedom = 0.0, -data.shape[1]
    for seen, rows in groups:
        off = data[numbers.ix_(rows, seen)].mean(0) - mean[seen]
        statistic += len(rows) * float(off @ numbers.linalg.solve(spread[numbers.ix_(seen, seen)], off))
        freedom += len(seen)
    return ByChance(statistic, freedom, float(need("scipy.stats").chi2.sf(statistic, freedom)), len(groups))


def _patterns(data: Any) -> list[tuple[list[int], list[int]]]:
    """Which columns are filled, and in which rows: one entry for each pattern of blanks."""
    found: dict[tuple[int, ...], list[int]] = {}
    for place, row in enumerate(data):
        found.setdefault(tuple(column for column, cell in enumerate(row) if cell == cell), []).append(place)  # noqa: PLR0124  # a blank is not itself
    return [([*seen], rows) for seen, rows in sorted(found.items())]


def _normal(data: Any) -> tuple[Any, Any]:
    """Mean and covariance of normal data with blanks."""
    numbers = need("numpy")
    groups = _patterns(data)
    mean = numbers.nanmean(data, 0)
    spread = numbers.diag(numbers.nanvar(data, 0))
    for _ in range(MOST_ROUNDS):
        filled = numbers.where(numbers.isnan(data), 0.0, data)
        more = numbers.zeros_like(spread)
        for seen, rows in groups:
            blank = [column for column in range(data.shape[1]) if column not in seen]
            if blank:
                slope = numbers.linalg.solve(spread[numbers.ix_(seen, seen)], spread[numbers.ix_(seen, blank)])
                filled[numbers.ix_(rows, blank)] = mean[blank] + (filled[numbers.ix_(rows, seen)] - mean[seen]) @ slope
                own = spread[numbers.ix_(blank, blank)] - spread[numbers.ix_(blank, seen)] @ slope
                more[numbers.ix_(blank, blank)] += len(rows) * own
        after = filled.mean(0)
        off = filled - after
        wide = (off.T @ off + more) / len(data)
        is_still = (
            abs(wide - spread).max() <= CLOSE_ENOUGH * abs(wide).max() and abs(after - mean).max() <= CLOSE_ENOUGH
        )
        mean, spread = after, wide
        if is_still:
            break
    return mean, spread


def growth_factors(triangle: Sequence[Sequence[float]]) -> list[float]:
    """How much figures grow from one age to the next (chain ladder, Mack 1993, ASTIN Bulletin 23).

    Args:
        triangle: one row for each month (or year), its figure in the first, second, third ... release that holds it;
            later rows are shorter.

    Returns:
        One factor for each step of age: sums after over sums before, of the rows that hold both.

    >>> growth_factors([[100, 150, 165], [200, 300], [50]])
    [1.5, 1.1]
    """
    most = max(map(len, triangle))
    found = []
    for age in range(most - 1):
        both = [row for row in triangle if len(row) > age + 1]
        found.append(sum(row[age + 1] for row in both) / sum(row[age] for row in both))
    return found
