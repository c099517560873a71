"""Bounds of means, quantiles, concentration and attainable shares, from values that may have two ends each.

Nothing is interpolated and nothing is drawn at random; every closed form is checked against brute force in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb, exp, sqrt

from tallystick.terms.bound import Bound


@dataclass(frozen=True)
class Values:
    """Units with a value each: how many have it between which ends, and whether they certainly belong.

    `certain` and `possible` map (least, most) to how many units; a `most` of None has no end.
    """

    certain: Mapping[tuple[int, int | None], int]
    possible: Mapping[tuple[int, int | None], int]

    @property
    def members(self) -> tuple[int, int]:
        """How many units belong, at least and at most."""
        least = sum(self.certain.values())
        return least, least + sum(self.possible.values())

    def _ends(self, which: int) -> tuple[dict[Fraction | None, int], dict[Fraction | None, int]]:
        found: list[dict[Fraction | None, int]] = []
        for source in (self.certain, self.possible):
            own: dict[Fraction | None, int] = {}
            for ends, many in source.items():
                end = ends[which]
                value = None if end is None else Fraction(end)
                own[value] = own.get(value, 0) + many
            found.append(own)
        return found[0], found[1]


def mean(values: Values) -> Bound | None:
    """The mean, with possible members added from the end that moves it, until the next would not.

    None where nobody belongs, or where some value has no end.
    """
    low, high = _mean_end(*values._ends(0), upward=False), _mean_end(*values._ends(1), upward=True)  # noqa: SLF001
    return None if low is None or high is None else Bound(low, high)


def _mean_end(
    certain: Mapping[Fraction | None, int], possible: Mapping[Fraction | None, int], *, upward: bool
) -> Fraction | None:
    if None in certain or None in possible:
        return None
    total = sum((value * many for value, many in certain.items() if value is not None), Fraction(0))
    many = sum(certain.values())
    ordered = sorted(((value, n) for value, n in possible.items() if value is not None), reverse=upward)
    for value, n in ordered:
        if many and (value <= total / many if upward else value >= total / many):
            break
        added = n if many else 1  # one is enough where nobody is certain: the first is the best of all
        total, many = total + value * added, many + added
    return total / many if many else None


def quantile(values: Values, q: Fraction) -> Bound | None:
    """The order statistic number ⌈q n⌉ (never interpolated), over everything that is open; None where nobody belongs.

    None, too, where an end lies beyond everything that was seen.
    """
    low, high = _quantile_end(*values._ends(0), q, upward=False), _quantile_end(*values._ends(1), q, upward=True)  # noqa: SLF001
    return None if low is None or high is None else Bound(low, high)


def _quantile_end(
    certain: Mapping[Fraction | None, int], possible: Mapping[Fraction | None, int], q: Fraction, *, upward: bool
) -> Fraction | None:
    """Adding a member below an order statistic can only lower it, and one above can only raise it."""
    total = dict(certain)
    end: Fraction | None = None
    is_found = bool(total)
    if is_found:
        end = _order_statistic(total, q)
    for value, many in sorted(possible.items(), key=lambda item: _beyond(item[0]), reverse=upward):
        if is_found and (_beyond(value) <= _beyond(end) if upward else _beyond(value) >= _beyond(end)):
            break
        total[value] = total.get(value, 0) + many
        end, is_found = _order_statistic(total, q), True
    return end


def _beyond(value: Fraction | None) -> tuple[bool, Fraction]:
    return value is None, value or Fraction(0)


def _order_statistic(counts: Mapping[Fraction | None, int], q: Fraction) -> Fraction | None:
    place = max(ceil(q * sum(counts.values())), 1)
    seen = 0
    for value, many in sorted(counts.items(), key=lambda item: _beyond(item[0])):
        seen += many
        if seen >= place:
            return value
    return None


# concentration


def gini(counts: Sequence[Fraction | int]) -> Fraction:
    """Gini's coefficient: 2 Σ i x₍ᵢ₎ / (n Σ x) − (n + 1) / n (Gini 1912).

    Biased down for few units; `gini_corrected` multiplies by n / (n − 1).
    """
    ordered = sorted(Fraction(count) for count in counts)
    many, total = len(ordered), sum(ordered, Fraction(0))
    weighted = sum((place * value for place, value in enumerate(ordered, start=1)), Fraction(0))
    return 2 * weighted / (many * total) - Fraction(many + 1, many)


def gini_corrected(counts: Sequence[Fraction | int]) -> Fraction:
    """Gini's coefficient without its bias for few units."""
    many = len(counts)
    return gini(counts) * Fraction(many, many - 1)


def lorenz(counts: Sequence[Fraction | int]) -> list[tuple[Fraction, Fraction]]:
    """The curve of Lorenz (1905): the share that the smallest units hold together, unit by unit."""
    ordered = sorted(Fraction(count) for count in counts)
    total, held = sum(ordered, Fraction(0)), Fraction(0)
    found = [(Fraction(0), Fraction(0))]
    for place, value in enumerate(ordered, start=1):
        held += value
        found.append((Fraction(place, len(ordered)), held / total))
    return found


def herfindahl(counts: Iterable[Fraction | int]) -> Fraction:
    """The index of Herfindahl and Hirschman, Σ (100 s)²: 10,000 where all is in one place."""
    values = [Fraction(count) for count in counts]
    total = sum(values, Fraction(0))
    return sum(((100 * value / total) ** 2 for value in values), Fraction(0))


def spread_over(counts: Sequence[int], unknown: int) -> tuple[list[Fraction], list[Fraction]]:
    """The most even and the most uneven way in which units of an unknown place can lie in the places there are.

    Both indexes above only grow when something moves from a smaller to a larger place (they are Schur-convex), so
    these two ways give their ends, but for whole units when filling up evenly.

    Returns:
        (most even, most uneven) counts.
    """
    ordered = sorted(counts)
    uneven = [Fraction(count) for count in ordered]
    uneven[-1] += unknown
    even = [Fraction(count) for count in ordered]
    left = Fraction(unknown)
    for place in range(1, len(even) + 1):
        level = even[place] if place < len(even) else None
        room = None if level is None else (level - even[0]) * place
        if room is None or room >= left:
            even[:place] = [even[0] + left / place] * place
            break
        even[:place] = [level if level is not None else even[0]] * place
        left -= room
    return even, uneven


# what could be reached


def attainable(actions: int, wanted: int, pool: int) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """What `actions` among a `pool` of which `wanted` are wanted could reach, and what chance gives.

    Returns:
        (greatest share of wanted among the actions, greatest coverage of the wanted, share and coverage by chance).

    >>> [float(value) for value in attainable(50, 40, 200)]
    [0.8, 1.0, 0.2, 0.25]
    """
    reached = min(actions, wanted)
    return (
        Fraction(reached, actions),
        Fraction(reached, wanted) if wanted else Fraction(1),
        Fraction(wanted, pool),
        Fraction(min(actions, pool), pool),
    )


def knapsack(weights: Sequence[int], values: Sequence[int], capacity: int) -> Fraction:
    """The most value that fits into a capacity when parts count in proportion (Dantzig 1957): an upper bound.

    >>> knapsack([10, 20, 30], [60, 100, 120], 50)
    Fraction(240, 1)
    """
    left, gained = Fraction(capacity), Fraction(0)
    for value, weight in sorted(zip(values, weights, strict=True), key=lambda pair: Fraction(-pair[0], pair[1])):
        taken = min(left, Fraction(weight))
        gained += taken / weight * value
        left -= taken
    return gained


def quotient(top: Bound, bottom: Bound) -> Bound | None:
    """One bound over another, end by end: valid, and wide where both rest on the same records; None over zero."""
    if bottom.lower <= 0 or top.lower < 0:
        return None
    return Bound(top.lower / bottom.upper, top.upper / bottom.lower)


def accuracy_ratio(scores: Sequence[Fraction | float], labels: Sequence[bool]) -> Fraction:
    """2 AUC − 1 of a ranking (Engelmann, Hayden and Tasche 2003); ties count half.

    >>> accuracy_ratio([0.1, 0.4, 0.35, 0.8], [False, False, True, True])
    Fraction(1, 2)
    """
    good = [score for score, label in zip(scores, labels, strict=True) if label]
    bad = [score for score, label in zip(scores, labels, strict=True) if not label]
    halves = sum(2 if g > b else 1 if g == b else 0 for g in good for b in bad)
    return Fraction(halves, len(good) * len(bad)) - 1


# a second layer, never the first: intervals "if the process were repeated"

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Lift:
    """One share over another, with an interval if the process were repeated."""

    value: Fraction
    low: float
    high: float


def lift(counted: int, many: int, counted_in_pool: int, pool: int) -> Lift:
    """A share over the same share in a pool, with Katz's interval of 95 % (Katz and others 1978).

    >>> round(float(lift(20, 25, 90, 100).value), 4)
    0.8889
    """
    value = Fraction(counted, many) / Fraction(counted_in_pool, pool)
    spread = NORMAL_95 * sqrt(1 / counted - 1 / many + 1 / counted_in_pool - 1 / pool)
    return Lift(value, float(value) * exp(-spread), float(value) * exp(spread))


def wilson(counted: int, many: int, z: float = NORMAL_95) -> tuple[float, float]:
    """Wilson's interval of a share (Wilson 1927)."""
    share, weight = counted / many, z * z / many
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / many + weight / (4 * many))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def clopper_pearson(counted: int, many: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share (Clopper and Pearson 1934), by halving until nothing moves."""
    tail = (1 - level) / 2

    def at_most(share: float, most: int) -> float:
        return sum(comb(many, k) * share**k * (1 - share) ** (many - k) for k in range(most + 1))

    def root(is_low: Callable[[float], bool]) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if is_low(middle) else (low, middle)
        return (low + high) / 2

    lower = 0.0 if counted == 0 else root(lambda share: 1 - at_most(share, counted - 1) < tail)
    upper = 1.0 if counted == many else root(lambda share: at_most(share, counted) > tail)
    return lower, upper
