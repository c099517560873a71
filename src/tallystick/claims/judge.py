"""Does a bound meet a threshold? One rule for every agency, every side and every direction.

At least T: supported when even the lower end reaches T + m, not supported when even the upper end
stays at or under T - m; in between the records cannot settle it (after Manski 1990 on bounds; the
margin m keeps a verdict from turning on a rounding). Less than, at most and outside are the
negations of at least, more than and between, so a mirrored claim gets the mirrored verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from tallystick.claims.claim import Comparator, Reading
from tallystick.terms.bound import Bound

SUPPORTS, DOES_NOT, CANNOT = "supports", "does_not_support", "cannot_settle"
NEEDS_RECORDS, DEPENDS, NOT_TESTABLE = "needs_records", "depends", "not_testable"
SILENT_WIDTH = Fraction(1, 2)
OPPOSITE: dict[Comparator, Comparator] = {
    "at_least": "less_than",
    "less_than": "at_least",
    "more_than": "at_most",
    "at_most": "more_than",
    "between": "outside",
    "outside": "between",
}
MIRRORED = {SUPPORTS: DOES_NOT, DOES_NOT: SUPPORTS}


@dataclass(frozen=True)
class Bar:
    """What a reading compares with: comparator, threshold(s), margin; all exact."""

    comparator: Comparator
    threshold: Fraction
    margin: Fraction
    upper: Fraction | None = None

    @property
    def mirrored(self) -> Bar:
        """The bar of the opposite claim."""
        return Bar(OPPOSITE[self.comparator], self.threshold, self.margin, self.upper)


@dataclass(frozen=True)
class Result:
    """The result of one comparison: which, why, and how many unknown units would tip it."""

    result: str
    reason: str = ""
    tipping_point: int | None = None


def bar_of(reading: Reading) -> Bar:
    """The bar a reading declares."""
    upper = Fraction(reading.upper_threshold) if reading.upper_threshold else None
    return Bar(reading.comparator, reading.bar, Fraction(reading.margin), upper)


def compare(bound: Bound, bar: Bar, *, is_share: bool = True) -> Result:
    """Lay a bound against a bar.

    Args:
        bound: the figure, in the unit of the threshold.
        bar: comparator, threshold and margin.
        is_share: whether a width above one half means that the records are silent.

    Returns:
        supports, does_not_support, or cannot_settle with its reason (silent, straddles, near).
    """
    if _meets(bound, bar):
        return Result(SUPPORTS)
    if _meets(bound, bar.mirrored):
        return Result(DOES_NOT)
    return Result(CANNOT, _why_unsettled(bound, bar, is_share=is_share))


def _meets(bound: Bound, bar: Bar) -> bool:
    low, high, m = bar.threshold - bar.margin, bar.threshold + bar.margin, bar.margin
    if bar.comparator == "at_least":
        return bound.lower >= high
    if bar.comparator == "more_than":
        return bound.lower >= high if m else bound.lower > high
    if bar.comparator == "less_than":
        return bound.upper <= low if m else bound.upper < low
    if bar.comparator == "at_most":
        return bound.upper <= low
    top = bar.upper if bar.upper is not None else bar.threshold
    if bar.comparator == "between":
        return bound.lower >= high and bound.upper <= top - m
    beyond = bound.lower >= top + m if m else bound.lower > top
    below = bound.upper <= low if m else bound.upper < low
    return beyond or below


def _why_unsettled(bound: Bound, bar: Bar, *, is_share: bool) -> str:
    if is_share and bound.width > SILENT_WIDTH:
        return "silent"
    bars = [bar.threshold, *([bar.upper] if bar.upper is not None else [])]
    return "straddles" if any(bound.lower < edge < bound.upper for edge in bars) else "near"


def tipping_point(true: Fraction, unknown: Fraction, whole: Fraction, bar: Bar) -> int | None:
    """How many unknown units would have to be true to reach the bar, margin ignored.

    None where the bar is already reached by the known ones or the comparison has two bars; a
    number above `unknown` means that no completion of the records can reach it.

    >>> tipping_point(Fraction(400), Fraction(50), Fraction(1000), Bar("more_than", Fraction(1, 2), Fraction(0)))
    101
    """
    if bar.upper is not None or unknown == 0:
        return None
    wanted = bar.threshold * whole - true
    strict = bar.comparator in ("more_than", "at_most")
    needed = floor(wanted) + 1 if strict else ceil(wanted)
    return needed if needed > 0 else None


def verdict_of(results: Sequence[str]) -> str:
    """The verdict of a claim from the results of its headline readings."""
    decided = [result for result in results if result != NEEDS_RECORDS]
    if not decided:
        return NOT_TESTABLE
    found = set(decided)
    if found == {SUPPORTS}:
        return SUPPORTS
    if found == {DOES_NOT}:
        return DOES_NOT
    if {SUPPORTS, DOES_NOT} <= found:
        return DEPENDS
    return CANNOT


def flipping(supporting: Sequence[dict[str, str]], against: Sequence[dict[str, str]]) -> tuple[str, ...]:
    """Dimensions on which the readings that support differ from all that do not."""
    names = sorted({name for dimensions in (*supporting, *against) for name in dimensions})
    return tuple(
        name for name in names if not {entry.get(name) for entry in supporting} & {entry.get(name) for entry in against}
    )
