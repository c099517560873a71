"""How a tool that recommends and the people who decide go together, and whether the tool stayed the same.

None of it says whether a decision was right: no release says what became of what a decision was meant to prevent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt

from tallystick.terms.bound import Bound
from tallystick.terms.extras import need

FLOOR = 1e-6  # a share of nothing, where a logarithm is taken


def kappa(table: Sequence[Sequence[float]]) -> float | None:
    """Agreement beyond what the margins alone would give (Cohen 1960); None where they leave nothing to agree on.

    It punishes rare classes: read it beside the plain share that agrees.

    >>> [round(kappa(own), 6) for own in ([[20, 5], [10, 15]], [[45, 15], [25, 15]], [[25, 35], [5, 35]])]
    [0.4, 0.130435, 0.259259]
    """
    whole = sum(map(sum, table))
    if not whole:
        return None
    seen = sum(table[place][place] for place in range(len(table))) / whole
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    due = sum(row * column for row, column in zip(rows, columns, strict=True)) / whole**2
    return None if due >= 1 else (seen - due) / (1 - due)


def unlike(counts: Mapping[str, int], unknown: int = 0) -> Bound | None:
    """The chance that two different units of one cell were decided differently (Gini and Simpson); None below two.

    Units whose decision is not known may all be like the largest class, or spread over the classes.

    >>> [float(end) for end in (unlike({"detain": 9, "release": 1}).lower, unlike({"detain": 10}).upper)]
    [0.2, 0.0]
    """
    known = sum(counts.values())
    whole = known + unknown
    if whole < 2 or not counts:
        return None

    def of(own: Sequence[int]) -> Fraction:
        return 1 - Fraction(sum(one * (one - 1) for one in own), whole * (whole - 1))

    least = sorted(counts.values())
    alike = [*least[:-1], least[-1] + unknown]
    return Bound(of(alike), of(_levelled(least, unknown)))


def _levelled(counts: Sequence[int], more: int) -> list[int]:
    """Counts after `more` units went, one by one, to whichever class was smallest."""
    own, left = sorted(counts), more
    for place in range(1, len(own) + 1):
        gap = (own[place] - own[place - 1]) * place if place < len(own) else left
        given = min(gap, left)
        for one in range(place):
            own[one] += given // place + (1 if one < given % place else 0)
        left -= given
        if not left:
            break
    return own


def stability(before: Sequence[float], after: Sequence[float]) -> float:
    """Population stability index of two distributions over the same classes (0: the same).

    >>> round(stability([.2, .3, .5], [.25, .25, .5]), 6)
    0.020273
    """
    pairs = [(max(one, FLOOR), max(other, FLOOR)) for one, other in zip(before, after, strict=True)]
    return sum((other - one) * log(other / one) for one, other in pairs)


def distance(before: Sequence[float], after: Sequence[float]) -> float:
    """Jensen and Shannon's distance of two distributions (0: the same; 0.83: nothing in common).

    >>> round(distance([1, 0], [.5, .5]), 6)
    0.464501
    """

    def apart(one: Sequence[float], other: Sequence[float]) -> float:
        return sum(p * log(p / q) for p, q in zip(one, other, strict=True) if p > 0)

    middle = [(one + other) / 2 for one, other in zip(before, after, strict=True)]
    return sqrt(max(0.0, (apart(before, middle) + apart(after, middle)) / 2))


@dataclass(frozen=True)
class ErrorRates:
    """Errors of a tool where an outcome is defined: none of the releases so far defines one."""

    false_positive: float
    false_negative: float
    right_when_positive: float


def error_rates(true_positive: int, false_negative: int, false_positive: int, true_negative: int) -> ErrorRates:
    """Error rates of a two-way prediction.

    With unequal base rates p they cannot all be equal between groups (Chouldechova 2017):
    FPR = p / (1 - p) · (1 - PPV) / PPV · (1 - FNR).
    """
    return ErrorRates(
        false_positive / (false_positive + true_negative),
        false_negative / (false_negative + true_positive),
        true_positive / (true_positive + false_positive),
    )


def discordant(one_way: int, other_way: int) -> float:
    """How often overrides as lopsided as these would show if both directions were as likely (McNemar 1947, exact)."""
    if not one_way + other_way:
        return 1.0
    return float(need("scipy.stats").binomtest(one_way, one_way + other_way, 0.5).pvalue)
