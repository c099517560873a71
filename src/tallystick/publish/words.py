"""How a figure, a bar and a verdict are said: one template for every agency and every side."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from tallystick.claims.judge import DOES_NOT
from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.measures.cell import Cell
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf, Strict

TENTH = Fraction(1, 1000)  # a tenth of a percent


class Words(Strict, frozen=True, kw_only=True):
    """``locale/<language>.toml``."""

    tagline: str
    tagline_long: str
    verdict: dict[str, str]
    result: dict[str, str]
    reason: dict[str, str]
    comparator: dict[str, str]
    no_change: dict[str, str]
    role: dict[str, str]
    side: dict[str, str]
    bar: dict[str, str]
    figure: dict[str, str]
    sentence: dict[str, str]
    state: dict[str, str]


@lru_cache(maxsize=2)
def words(language: str = "en") -> Words:
    """The words of a language."""
    return Shelf().read(f"locale/{language}.toml", Words)


def percent(value: Fraction) -> str:
    """A share to a tenth of a percent.

    >>> percent(Fraction(12543, 18881))
    '66.4%'
    """
    return f"{float(round(value * 100, 1)):.1f}%"


def points(value: Fraction) -> str:
    """A change of a share in percentage points, with its sign.

    >>> points(Fraction(-377, 1000))
    '-37.7 points'
    """
    return f"{float(round(value * 100, 1)):+.1f} points"


def _outward(bound: Bound) -> tuple[Fraction, Fraction]:
    """Both ends to a tenth of a percent, rounded outward."""
    return floor(bound.lower / TENTH) * TENTH, ceil(bound.upper / TENTH) * TENTH


def figure(bound: Bound | None, statistic: str = "share") -> str:
    """A bound as printed: once when both ends are equal, else both ends; never a midpoint."""
    known = words().figure
    if bound is None:
        return known["none"]
    shown = points if statistic == "difference" else percent
    if bound.is_point:
        return known["point"].format(value=shown(bound.lower))
    lower, upper = _outward(bound)
    return known["range"].format(lower=shown(lower), upper=shown(upper))


def aloud(cell: Cell) -> str:
    """The sentence of a measure with its figure said."""
    text = cell.aloud.replace("{figure}", figure(cell.bound, cell.statistic))
    return text[:1].upper() + text[1:]


def ends(bound: Bound | None, statistic: str = "share") -> tuple[str, str]:
    """(at least, at most) as printed in two columns."""
    if bound is None:
        return "", ""
    shown = points if statistic == "difference" else percent
    lower, upper = (bound.lower, bound.upper) if bound.is_point else _outward(bound)
    return shown(lower), shown(upper)


def need(outcome: Outcome) -> str:
    """What the claim needs under a reading: ``more than 50%``."""
    reading = outcome.reading
    if not reading.threshold:
        return ""
    is_change = outcome.cell is not None and outcome.cell.statistic == "difference"
    shown = points if is_change else _plain_percent
    upper = shown(Fraction(reading.upper_threshold)) if reading.upper_threshold else ""
    if is_change and reading.bar == 0:
        return words().no_change.get(reading.comparator, "no change")
    return words().comparator[reading.comparator].format(bar=shown(reading.bar), upper=upper)


def _plain_percent(value: Fraction) -> str:
    number = float(value * 100)
    return f"{number:.0f}%" if number == int(number) else f"{number:.1f}%"


def verdict_words(verdict: ClaimVerdict) -> str:
    """The verdict of a claim in words."""
    if verdict.verdict == DOES_NOT:
        return words().verdict[f"{DOES_NOT}_{verdict.direction}"]
    return words().verdict[verdict.verdict]


def result_words(outcome: Outcome) -> str:
    """The result of a reading in words, with its reason in brackets where it is open."""
    result = words().result[outcome.result.result]
    if outcome.result.result == "needs_records" and outcome.reading.measure:
        return words().result["no_figure"]
    if outcome.result.result == "cannot_settle":
        return f"{result} ({words().reason[outcome.result.reason]})"
    return result


def tipping_words(outcome: Outcome) -> str:
    """How many unknown units would have to be true, or that none can reach the bar."""
    cell, tip = outcome.cell, outcome.result.tipping_point
    if tip is None or cell is None or cell.n_unknown is None:
        return ""
    unknown = floor(cell.n_unknown)
    template = words().sentence["tip" if tip <= cell.n_unknown else "tip_never"]
    return template.format(needed=f"{tip:,}", unknown=f"{unknown:,}")


def counts(outcome: Outcome) -> str:
    """The counts behind a share: ``12,543 of 18,881``; both ends where they differ."""
    cell = outcome.cell
    if cell is None or cell.numerator is None or cell.denominator is None:
        return ""
    low, high = _count(cell.numerator.lower), _count(cell.numerator.upper)
    part = low if low == high else f"{low} to {high}"
    return f"{part} of {_count(cell.denominator.lower)}"


def _count(value: Fraction) -> str:
    return f"{round(value):,}"
