"""What part of the change of a figure lies in who is counted, and what part in the shares within each group.

The parts are an identity of arithmetic, not a cause: a mix is itself decided by somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import exp, factorial, log
from typing import TypeVar

from tallystick.terms.bound import Bound, difference

MOST_FACTORS = 8  # 2 to the power of it is how often a value is taken
RATE = "within"  # the factor that is left when the mix is taken away
SLACK = Fraction(1, 10**9)  # roots are not exact; bounds are widened by more than they can be wrong
Value = TypeVar("Value")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Stratum:
    """One class of units in one period: how many, and how many of them have what is counted."""

    size: int
    counted: Bound

    @property
    def share(self) -> Bound | None:
        """The share within the class; None for an empty one."""
        return Bound(self.counted.lower / self.size, self.counted.upper / self.size) if self.size else None


@dataclass(frozen=True)
class Decomposition:
    """A change of a share, and what of it lies in each factor.

    Attributes:
        before: the share in the first period.
        after: the share in the second period.
        change: second less first, as far as the records tell.
        parts: factor -> its part of the change; `RATE` is what lies within the classes. They add up to the change.
        strata: how many classes there are.
        lent: classes that one period lacks: their share there is the one of the other period.
        thin: the share of all units that stand in classes of fewer than 30.
    """

    before: Bound
    after: Bound
    change: Bound
    parts: Mapping[str, Bound]
    strata: int
    lent: tuple[Key, ...]
    thin: Fraction


def shapley(before: Sequence[Value], after: Sequence[Value], value: Callable[[Sequence[Value]], float]) -> list[float]:
    """The part of each factor in the change of a value, whatever the order in which factors are exchanged.

    For products and sums of products this is what Das Gupta (1993) prints; in general it is the Shapley value of the
    exchange (Shorrocks 2013, Journal of Economic Inequality 11).

    Args:
        before: the factors of the first period.
        after: the same factors in the second period; at most eight.
        value: what the factors make together.

    Returns:
        One part for each factor; they add up to ``value(after) - value(before)``.

    >>> [round(part, 3) for part in shapley([10930, 0.717892], [16591, 0.825974], lambda f: f[0] * f[1])]
    [4369.913, 1487.262]
    """
    many = len(before)
    if many != len(after) or many > MOST_FACTORS:
        raise ValueError(f"{many} and {len(after)} factors: as many in both periods, at most {MOST_FACTORS}")
    known = {
        moved: value([after[place] if place in moved else before[place] for place in range(many)])
        for moved in _subsets(range(many))
    }
    return [
        sum(
            _weight(len(moved), many) * (known[moved | {place}] - known[moved]) for moved in known if place not in moved
        )
        for place in range(many)
    ]


def decomposed(
    before: Mapping[Key, Stratum], after: Mapping[Key, Stratum], factors: Sequence[str]
) -> Decomposition | None:
    """The change of a share, told apart by the factors that classes are made of.

    With one factor this is the symmetric form of Kitagawa (1955); with more, the mix of the classes is split among the
    factors by the same rule that Das Gupta (1993, chapter 6) uses for cross-classified counts. A part is linear in the
    shares within the classes, so its bounds are sharp where what is unknown in one class says nothing of another.

    Args:
        before: classes of the first period, by the value of each factor.
        after: the same for the second period. A class that one of them lacks is taken to be empty there.
        factors: names of the factors, in the order of the keys.

    Returns:
        None where one of the periods has no units.
    """
    keys = sorted({key for own in (before, after) for key, stratum in own.items() if stratum.size})
    sizes = [{key: own[key].size for key in keys if key in own and own[key].size} for own in (before, after)]
    if not sizes[0] or not sizes[1]:
        return None
    rates = [_shares(keys, own, other) for own, other in ((before, after), (after, before))]
    weights = _weights(keys, sizes, len(factors))
    names = [*factors, RATE]
    parts = {name: _part(place, len(names), weights, rates) for place, name in enumerate(names)}
    totals = [_total(own) for own in (before, after)]
    lent = tuple(key for key in keys if key not in sizes[0] or key not in sizes[1])
    small = sum(size for own in sizes for size in own.values() if size < 30)
    whole = sum(size for own in sizes for size in own.values())
    change = difference(totals[1], totals[0])
    return Decomposition(totals[0], totals[1], change, parts, len(keys), lent, Fraction(small, whole))


def _subsets(places: range) -> list[frozenset[int]]:
    return [frozenset(chosen) for many in range(len(places) + 1) for chosen in combinations(places, many)]


def _weight(moved: int, many: int) -> float:
    return factorial(moved) * factorial(many - moved - 1) / factorial(many)


def _total(strata: Mapping[Key, Stratum]) -> Bound:
    whole = sum(stratum.size for stratum in strata.values())
    low = sum((stratum.counted.lower for stratum in strata.values()), Fraction(0))
    return Bound(low / whole, sum((stratum.counted.upper for stratum in strata.values()), Fraction(0)) / whole)


def _shares(keys: Sequence[Key], own: Mapping[Key, Stratum], other: Mapping[Key, Stratum]) -> list[Bound]:
    """The share within each class; of a class that a period lacks, the one of the other period."""
    found = []
    for key in keys:
        here = own[key].share if key in own else None
        found.append(here or other[key].share or Bound(Fraction(0), Fraction(1)))
    return found


def _weights(keys: Sequence[Key], sizes: Sequence[Mapping[Key, int]], many: int) -> list[list[list[float]]]:
    """For each class, and each factor of the mix, its value in the first and second period; their product is the size.

    The value of a factor is a mean, over all orders of factors, of the ratio by which the count shrinks when the class
    of that factor is asked for: the logarithm of it is a Shapley value. Where a ratio is nothing out of nothing, the
    one of the other period is taken.
    """
    margins = [_margins(own, many) for own in sizes]
    found = []
    for key in keys:
        ratios = []
        for place in range(many):
            logs: list[float | None] = [0.0, 0.0]
            for moved in _subsets(range(many)):
                if place in moved:
                    continue
                steps = [_ratio(margin, key, moved, place) for margin in margins]
                steps = [step if step is not None else steps[1 - number] for number, step in enumerate(steps)]
                for number, step in enumerate(steps):
                    sofar = logs[number]
                    logs[number] = (
                        None if sofar is None or not step else sofar + _weight(len(moved), many) * log(float(step))
                    )
            ratios.append([0.0 if one is None else exp(one) for one in logs])
        found.append(ratios)
    return found


def _margins(sizes: Mapping[Key, int], many: int) -> dict[frozenset[int], dict[Key, int]]:
    found: dict[frozenset[int], dict[Key, int]] = {}
    for asked in _subsets(range(many)):
        own: dict[Key, int] = {}
        for key, size in sizes.items():
            part = tuple(key[place] for place in sorted(asked))
            own[part] = own.get(part, 0) + size
        found[asked] = own
    return found


def _ratio(
    margins: Mapping[frozenset[int], Mapping[Key, int]], key: Key, asked: frozenset[int], place: int
) -> Fraction | None:
    wider = margins[asked].get(tuple(key[one] for one in sorted(asked)), 0)
    more = asked | {place}
    return Fraction(margins[more].get(tuple(key[one] for one in sorted(more)), 0), wider) if wider else None


def _part(
    place: int, many: int, weights: Sequence[Sequence[Sequence[float]]], rates: Sequence[Sequence[Bound]]
) -> Bound:
    """The part of one factor: a sum over classes of the shares of both periods, each times a known number."""
    rate = many - 1
    low = high = Fraction(0)
    for number, factors in enumerate(weights):
        times = [0.0, 0.0]  # of the share in the first and in the second period
        for moved in _subsets(range(many)):
            if place in moved:
                continue
            weight = _weight(len(moved), many)
            others = [factors[one][one in moved] for one in range(rate) if one != place]
            product = weight
            for other in others:
                product *= other
            if place == rate:
                times[1] += product
                times[0] -= product
            else:
                times[rate in moved] += product * (factors[place][1] - factors[place][0])
        for period, factor in enumerate(times):
            exact, own = Fraction(factor), rates[period][number]
            low += exact * (own.lower if exact >= 0 else own.upper)
            high += exact * (own.upper if exact >= 0 else own.lower)
    return Bound(low - SLACK, high + SLACK)
