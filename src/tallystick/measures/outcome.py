"""What may be true of a unit, and the sharp bounds that follow for counts, shares and weighted shares.

A unit belongs to the population or not, and has what is counted or not. Whoever is outside has nothing counted, so
three outcomes are left: T (inside and counted), F (inside and not counted), O (outside). What the records leave open is
a set of them. A tally says how many units stand in each set, and what they weigh.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tallystick.terms.bound import Bound

SETS = ("T", "F", "TF", "TO", "FO", "TFO", "O")
OUTSIDE = {"T": "TO", "F": "FO", "TF": "TFO"}  # the same where it is open whether the unit is inside

PLACES = {
    names: tuple(SETS.index(name) for name in names.split())
    for names in ("F", "F TF FO TFO", "FO", "T", "T F TF", "T F TF TO FO TFO", "T TF TO TFO", "TF", "TO", "TO FO TFO")
}


def set_of(member: bool | None, counted: bool | None) -> str:
    """The set of outcomes of one unit; None where nobody can tell.

    `member` and `counted` must not depend on the same unknown value.

    >>> set_of(True, None), set_of(None, False), set_of(False, True)
    ('TF', 'FO', 'O')
    """
    if member is False:
        return "O"
    outcome = {True: "T", False: "F", None: "TF"}[counted]
    return outcome if member else OUTSIDE[outcome]


@dataclass(frozen=True)
class Tally:
    """Units by what may be true of them, in the order of `SETS`.

    Attributes:
        units: how many.
        least: what they weigh at least; the same as `units` where nothing is weighed.
        most: what they weigh at most.
        people: person keys among those inside.
        largest: for weights: the largest contributions of single people, and what all others have together.
    """

    units: tuple[int, ...] = (0,) * len(SETS)
    least: tuple[int, ...] = (0,) * len(SETS)
    most: tuple[int, ...] = (0,) * len(SETS)
    people: int = 0
    largest: tuple[int, ...] = ()

    @staticmethod
    def of(counts: Sequence[int], people: int = 0) -> Tally:
        """A tally of units that weigh one each."""
        return Tally(tuple(counts), tuple(counts), tuple(counts), people)

    def with_open(self, others: Iterable[Tally]) -> Tally:
        """This tally and units of which it is open whether they are inside at all.

        The people of those others are left out: they may be elsewhere.
        """
        others = tuple(others)
        if not others:
            return self
        units, least, most = list(self.units), list(self.least), list(self.most)
        for other in others:
            for place, name in enumerate(SETS):
                to = SETS.index(OUTSIDE.get(name, name))
                units[to] += other.units[place]
                least[to] += other.least[place]
                most[to] += other.most[place]
        return Tally(tuple(units), tuple(least), tuple(most), self.people, self.largest)

    def plus(self, other: Tally) -> Tally:
        """Two tallies of different units together; their people may be the same, so the greater number stands."""

        def both(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(a + b for a, b in zip(one, two, strict=True))

        return Tally(
            both(self.units, other.units),
            both(self.least, other.least),
            both(self.most, other.most),
            max(self.people, other.people),
        )

    def loosened(self, gained: int, lost: int = 0) -> Tally:
        """This tally where up to `gained` units not counted may count after all, and up to `lost` counted ones may not.

        All weigh one each.
        """
        units = list(self.units)
        for many, moves in ((gained, (("F", "TF"), ("FO", "TFO"))), (lost, (("T", "TF"), ("TO", "TFO")))):
            for inside, opened in moves:
                moved = min(many, units[SETS.index(inside)])
                units[SETS.index(inside)] -= moved
                units[SETS.index(opened)] += moved
                many -= moved  # noqa: PLW2901  # what is left for the units that may not even belong
        return Tally.of(units, self.people)

    @staticmethod
    def _sum(values: tuple[int, ...], names: str) -> int:
        return sum(values[place] for place in PLACES[names])

    @property
    def weighed(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Units, what they weigh at least, what they weigh at most."""
        return self.units, self.least, self.most

    @property
    def counted(self) -> Bound:
        """Weight of what is counted."""
        return Bound(Fraction(self._sum(self.least, "T")), Fraction(self._sum(self.most, "T TF TO TFO")))

    @property
    def inside(self) -> Bound:
        """Weight of the population."""
        least = self._sum(self.least, "T F TF")
        return Bound(Fraction(least), Fraction(self._sum(self.most, "T F TF TO FO TFO")))

    @property
    def parts(self) -> tuple[int, ...]:
        """Units behind each part that a bound shows: known to count, known not to, open, perhaps outside."""
        return (
            self._sum(self.units, "T"),
            self._sum(self.units, "F"),
            self._sum(self.units, "TF"),
            self._sum(self.units, "TO FO TFO"),
        )

    @property
    def may_be_empty(self) -> bool:
        """Whether the population may have no members."""
        return not self._sum(self.units, "T F TF")

    @property
    def share(self) -> Bound | None:
        """The share that is counted, given that the population is not empty; None where it is.

        Both ends are sharp: each is reached by some completion of what is open (Manski 2003; design, section 4.3).
        """
        low = self._end(self._sum(self.least, "T"), self._sum(self.most, "F TF FO TFO"), self._sum(self.most, "TO"))
        high = self._end(self._sum(self.least, "F"), self._sum(self.most, "T TF TO TFO"), self._sum(self.most, "FO"))
        return None if low is None or high is None else Bound(low, 1 - high)

    @staticmethod
    def _end(counted: int, against: int, only_choice: int) -> Fraction | None:
        """The least share of one side; where nobody is certainly inside, somebody has to be."""
        if counted + against:
            return Fraction(counted, counted + against)
        return Fraction(1) if only_choice else None

    @property
    def complete_case(self) -> Fraction | None:
        """The share among units of which everything is known; None where there is none."""
        low, high = self._sum(self.least, "T"), self._sum(self.least, "F")
        return Fraction(low, low + high) if low + high else None
