"""How a figure, a bar and a verdict are said: one template for every agency and every side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import msgspec

from tallystick.claims.judge import DOES_NOT
from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.measures.cell import Cell
from tallystick.publish.language import ENGLISH, composed_said, language, said
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import Fault, TallystickError
from tallystick.terms.period import in_words

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


def words() -> Words:
    """The words of the language that is spoken now."""
    return _words(language())


@lru_cache(maxsize=4)
def _words(name: str) -> Words:
    """The words of a language.

    Raises:
        TallystickError: TS153 where a word of the English file is missing.
    """
    found = Shelf().read(f"locale/{name}.toml", Words)
    english = msgspec.to_builtins(_words(ENGLISH)) if name != ENGLISH else {}
    own = msgspec.to_builtins(found)
    lacks = [
        f"[{section}] {key}"
        for section, entries in english.items()
        if isinstance(entries, dict)
        for key in entries
        if key not in own[section]
    ]
    if lacks:
        raise TallystickError(
            *(Fault("TS153", f"There is no word in '{name}' for {one}.", where=f"locale/{name}.toml") for one in lacks)
        )
    return found


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
    return words().figure["points"].format(value=f"{float(round(value * 100, 1)):+.1f}")


def times(value: Fraction) -> str:
    """A ratio.

    >>> times(Fraction(253, 100))
    '2.53 times'
    """
    return words().figure["times"].format(value=f"{float(round(value, 2)):.2f}")


def dollars_a_day(value: Fraction) -> str:
    """An amount by day.

    >>> dollars_a_day(Fraction(1411, 1000))
    '$1.41 a day'
    """
    return words().figure["dollars_a_day"].format(value=f"${float(round(value, 2)):,.2f}")


def number(value: Fraction) -> str:
    """A count, or a number with a tenth.

    >>> number(Fraction(12543)), number(Fraction(25, 2))
    ('12,543', '12.5')
    """
    return f"{int(value):,}" if value.denominator == 1 else f"{float(round(value, 1)):,.1f}"


Shown = Callable[[Fraction], str]


def _shown(cell: Cell | None) -> tuple[Shown, Fraction]:
    """How values of a cell are printed, and the step to which both ends of a range are rounded outward."""
    if cell is not None and cell.value_unit == "ratio":
        return times, Fraction(1, 100)
    if cell is not None and cell.value_unit == "usd/day":
        return dollars_a_day, Fraction(1, 100)
    if cell is not None and cell.value_unit != "fraction":
        return number, Fraction(1) if cell.statistic == "count" else Fraction(1, 10)
    return points if cell is not None and cell.statistic == "difference" else percent, TENTH


def _outward(bound: Bound, step: Fraction) -> tuple[Fraction, Fraction]:
    """Both ends to a step, rounded outward."""
    return floor(bound.lower / step) * step, ceil(bound.upper / step) * step


def figure(cell: Cell | None) -> str:
    """A bound as printed: once when both ends are equal, else both ends; never a midpoint."""
    known = words().figure
    if cell is None or cell.bound is None:
        return known["none"]
    shown, step = _shown(cell)
    if cell.bound.is_point:
        return known["point"].format(value=shown(cell.bound.lower))
    lower, upper = _outward(cell.bound, step)
    return known["range"].format(lower=shown(lower), upper=shown(upper))


def day(value: date) -> str:
    """A day as readers of the language write it."""
    return said(in_words(value))


def from_to(first: date, last: date) -> str:
    """Two days, the first and the last of a stretch."""
    return words().figure["from_to"].format(first=day(first), last=day(last))


def aloud(cell: Cell) -> str:
    """The sentence of a measure with its figure said."""
    text = composed_said(cell.aloud).replace("{figure}", figure(cell))
    if cell.basis == "records":
        text += ", " + from_to(cell.period_start, cell.period_end)
    return text[:1].upper() + text[1:]


def ends(cell: Cell | None) -> tuple[str, str]:
    """(at least, at most) as printed in two columns."""
    if cell is None or cell.bound is None:
        return "", ""
    shown, step = _shown(cell)
    bound = cell.bound
    lower, upper = (bound.lower, bound.upper) if bound.is_point else _outward(bound, step)
    return shown(lower), shown(upper)


def need(outcome: Outcome) -> str:
    """What the claim needs under a reading: ``more than 50%``."""
    reading = outcome.reading
    if not reading.threshold:
        return ""
    is_change = outcome.cell is not None and outcome.cell.statistic == "difference"
    shown: Shown = points if is_change else BY_UNIT[reading.threshold_unit]
    upper = shown(Fraction(reading.upper_threshold)) if reading.upper_threshold else ""
    if is_change and reading.bar == 0:
        return words().no_change.get(reading.comparator, words().no_change["other"])
    return words().comparator[reading.comparator].format(bar=shown(reading.bar), upper=upper)


def _plain_percent(value: Fraction) -> str:
    number = float(value * 100)
    return f"{number:.0f}%" if number == int(number) else f"{number:.1f}%"


BY_UNIT: dict[str, Shown] = {
    "fraction": _plain_percent,
    "ratio": times,
    "usd/day": dollars_a_day,
    **dict.fromkeys(("records", "persons", "days", "bed-days", "moves"), number),
}


def verdict_words(verdict: ClaimVerdict) -> str:
    """The verdict of a claim in words."""
    if verdict.verdict == DOES_NOT:
        return words().verdict[f"{DOES_NOT}_{verdict.direction}"]
    return words().verdict[verdict.verdict if verdict.state == "tested" else verdict.state]


def result_words(outcome: Outcome, *, reason: bool = True) -> str:
    """The result of a reading in words, with its reason in brackets where it is open (unless `reason` is false)."""
    result = words().result[outcome.result.result]
    if outcome.result.result == "needs_records" and outcome.reading.measure:
        return words().result["no_figure"]
    why = reason_words(outcome) if reason else ""
    return f"{result} ({why})" if why else result


def reason_words(outcome: Outcome) -> str:
    """Why the records cannot settle a reading; empty where they can."""
    return words().reason[outcome.result.reason] if outcome.result.result == "cannot_settle" else ""


def track_words(ends: Mapping[str, Fraction]) -> str:
    """Where bars end that do not end at 100 percent; empty when all do."""
    template = words().bar["track"]
    return " ".join(template.format(end=BY_UNIT.get(unit, number)(end)) for unit, end in sorted(ends.items()))


def tipping_words(outcome: Outcome) -> str:
    """How many unknown units would have to be true, or that none can reach the bar."""
    cell, tip = outcome.cell, outcome.result.tipping_point
    if tip is None or cell is None or cell.n_unknown is None:
        return ""
    unknown = floor(cell.n_unknown)
    falls = outcome.reading.comparator in ("less_than", "at_most")
    never = "tip_never_below" if falls else "tip_never"
    template = words().sentence["tip" if tip <= cell.n_unknown else never]
    return template.format(needed=f"{tip:,}", unknown=f"{unknown:,}")


def counts(outcome: Outcome) -> str:
    """The counts behind a share: ``12,543 of 18,881``; both ends where they differ."""
    cell = outcome.cell
    if cell is None or cell.numerator is None or cell.denominator is None:
        return ""
    low, high = _count(cell.numerator.lower), _count(cell.numerator.upper)
    known = words().figure
    part = low if low == high else known["from_to"].format(first=low, last=high)
    by = "part_for" if cell.value_unit != "fraction" else "part_of"
    least, most = _count(cell.denominator.lower), _count(cell.denominator.upper)
    whole = least if least == most else known["from_to"].format(first=least, last=most)
    return known[by].format(part=part, whole=whole)


def _count(value: Fraction) -> str:
    return f"{round(value):,}"
