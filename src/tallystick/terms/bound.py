"""A figure that depends on something unknown has two ends, and both are kept.

All arithmetic is exact (``fractions.Fraction``): sums of what was printed, divided once, last.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Number = Fraction | int


@dataclass(frozen=True)
class Bound:
    """The least and the greatest value a figure can have, given what the records say."""

    lower: Fraction
    upper: Fraction

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ValueError(f"lower end {self.lower} above upper end {self.upper}")

    @property
    def is_point(self) -> bool:
        """True when the records leave nothing open."""
        return self.lower == self.upper

    @property
    def width(self) -> Fraction:
        """How much the records leave open, in the unit of the figure."""
        return self.upper - self.lower

    def mirrored(self) -> Bound:
        """The bound of the complement of a share: 1 minus each end, ends exchanged.

        >>> Bound(Fraction(1, 4), Fraction(1, 2)).mirrored()
        Bound(lower=Fraction(1, 2), upper=Fraction(3, 4))
        """
        return Bound(1 - self.upper, 1 - self.lower)


def point(value: Number) -> Bound:
    """A figure about which nothing is unknown."""
    return Bound(Fraction(value), Fraction(value))


def share(true: Number, unknown: Number, whole: Number) -> Bound:
    """The share of a whole whose members are all known: true / n to (true + unknown) / n.

    >>> share(20, 5, 100)
    Bound(lower=Fraction(1, 5), upper=Fraction(1, 4))
    """
    if whole <= 0 or true < 0 or unknown < 0 or true + unknown > whole:
        raise ValueError(f"not a share: {true} true and {unknown} unknown of {whole}")
    return Bound(Fraction(true) / Fraction(whole), Fraction(true + unknown) / Fraction(whole))


def outside_share(part: Number, other: Number, whole: Number) -> Bound:
    """The share of `part` that lies outside `other`, when only both totals are printed.

    The two groups may overlap as little or as much as their sizes in `whole` allow
    (Fréchet 1940): overlap is at most min(part, other), at least part + other - whole.

    >>> outside_share(50, 30, 100)
    Bound(lower=Fraction(2, 5), upper=Fraction(1, 1))
    """
    if part <= 0 or other < 0 or whole < max(part, other):
        raise ValueError(f"not groups of one whole: {part} and {other} of {whole}")
    most_overlap = min(part, other)
    least_overlap = max(Fraction(0), Fraction(part + other - whole))
    size = Fraction(part)
    return Bound((size - most_overlap) / size, (size - least_overlap) / size)


def difference(later: Bound, earlier: Bound) -> Bound:
    """Later minus earlier, end by end: what is unknown in one is unrelated to the other.

    >>> difference(point(3), Bound(Fraction(1), Fraction(2)))
    Bound(lower=Fraction(1, 1), upper=Fraction(2, 1))
    """
    return Bound(later.lower - earlier.upper, later.upper - earlier.lower)
