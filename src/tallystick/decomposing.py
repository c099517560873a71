"""A change of a share, told apart into the mix of who is counted and the shares within each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from tallystick.clear.disclosure import ClearedCells
from tallystick.clear.estimates import ClearedEstimate, Estimate, clear_estimate
from tallystick.measures.cell import Cell
from tallystick.measures.comparison import Decompose
from tallystick.measures.decomposition import RATE, Decomposition, Key, Stratum, decomposed
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.patterns import Pattern, patterns
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import HIDDEN, Table, Told, bar_ends, ends, percent, points
from tallystick.question import Desk, Question
from tallystick.terms.bound import Bound, point
from tallystick.terms.errors import cannot
from tallystick.terms.period import in_words

METHOD = (
    "Symmetric decomposition (Kitagawa 1955; with several factors Das Gupta 1993): no order of factors is preferred, "
    "and the parts add up to the change. It is arithmetic: a mix is itself decided by somebody, and no part is a cause."
)


def decomposed_figures(asked: Decompose, cells: ClearedCells) -> Told:
    """A change of a printed share between two issues.

    Raises:
        TallystickError: TS192 where an issue or one of its classes is missing.
    """
    before, after = (_issue(asked, cells.cells, day) for day in (asked.before, asked.after))
    strata = [_printed(asked, own) for own in (before, after)]
    found = decomposed(strata[0], strata[1], asked.factors)
    if found is None:
        raise _too_little(asked.title)
    days = tuple(in_words(own[0].period_end) for own in (before, after))
    exact = {name: ClearedEstimate(name, part, "share") for name, part in found.parts.items()}
    whole = [ClearedEstimate(name, own, "share") for name, own in _ends_of(found).items()]
    rows = [_stratum_row(key, strata, shown=_as_printed) for key in sorted({*strata[0], *strata[1]})]
    where = f"{before[0].unit}, as printed by the agency: {days[0]} and {days[1]}"
    return _told(asked, found, where, days, whole, exact, rows, basis="printed figures")


def _issue(asked: Decompose, cells: Sequence[Cell], day: str) -> list[Cell]:
    """The cells of the issue nearest to a day, of the variant."""
    own = [cell for cell in cells if cell.variant == asked.variant and cell.bound is not None]
    own = [cell for cell in own if all(dict(cell.split).get(name) == value for name, value in asked.only.items())]
    days = sorted({cell.period_end for cell in own})
    if not days:
        raise _too_little(asked.title)
    if day not in ("", "latest") and not _is_day(day):
        raise cannot("TS105", f"'{day[:40]}' is not a day.", fix="Write for example 2024-10-01, or latest.")
    wanted = days[-1] if day in ("", "latest") else min(days, key=lambda one: abs((one - date.fromisoformat(day)).days))
    if day not in ("", "latest") and abs((wanted - date.fromisoformat(day)).days) > 45:
        raise cannot(
            "TS192",
            f"{asked.title}: no issue lies within 45 days of {in_words(date.fromisoformat(day))}.",
            fix=f"The issues reach from {in_words(days[0])} to {in_words(days[-1])}.",
        )
    return [cell for cell in own if cell.period_end == wanted]


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _printed(asked: Decompose, cells: Sequence[Cell]) -> dict[Key, Stratum]:
    """Classes of an issue; the class that stands for everybody is left out."""
    found = {}
    for cell in cells:
        split = dict(cell.split)
        if not asked.only and any(split.get(name) == value for name, value in asked.whole.items()):
            continue
        if cell.numerator is not None and cell.denominator is not None:
            key = tuple(split.get(name, "") for name in asked.factors)
            found[key] = Stratum(int(cell.denominator.lower), cell.numerator)
    return found


def decomposed_records(asked: Decompose, desk: Desk, since: tuple[str, str], until: tuple[str, str]) -> Told:
    """A change of a share of the records of one release between two stretches of days.

    Args:
        asked: what is compared.
        desk: the release.
        since: first and last day of the first stretch.
        until: the same for the second.

    Raises:
        TallystickError: TS192 where a stretch holds too few records.
    """
    measure = desk.book.measure(asked.measure)
    if not isinstance(measure, UnitMeasure) or measure.estimator != "share":
        raise cannot("TS189", f"{measure.title}: only a share can be told apart.", fix="tallystick measure list")
    strata, people = [], []
    for first, last in (since, until):
        question = Question(by=asked.factors, since=first, until=last)
        own = patterns(desk, measure, asked.variant, question)
        strata.append(_counted(own))
        people.append(sum(one.people for one in patterns(desk, measure, asked.variant, replace(question, by=()))))
    sizes = [sum(one.size for one in own.values()) for own in strata]
    found = decomposed(strata[0], strata[1], asked.factors)
    if found is None or min(*sizes, *people) < 30:
        raise _too_little(asked.title)
    least = min(sizes)
    parts = {name: clear_estimate(Estimate(name, part, least, min(people))) for name, part in found.parts.items()}
    whole = [clear_estimate(Estimate(name, own, least, min(people))) for name, own in _ends_of(found).items()]
    rows = [_stratum_row(key, strata, shown=_rounded) for key in sorted({*strata[0], *strata[1]})]
    days = tuple(
        f"{in_words(date.fromisoformat(one[0]))} to {in_words(date.fromisoformat(one[1]))}" for one in (since, until)
    )
    release = desk.bench.acts.opened.release.id
    told = _told(asked, found, f"{measure.population}; {release}", days, whole, parts, rows, basis=release)
    return replace(told, notes=(*told.notes, "Rounded outward, so that no small count can be worked out."))


def _counted(found: Sequence[Pattern]) -> dict[Key, Stratum]:
    strata: dict[Key, Stratum] = {}
    for one in found:
        size, own = one.outcomes.whole, one.outcomes
        if size:
            known = strata.get(one.classes, Stratum(0, point(0))).counted
            counted = Bound(known.lower + own.yes, known.upper + own.yes + own.unknown)
            strata[one.classes] = Stratum(strata.get(one.classes, Stratum(0, point(0))).size + size, counted)
    return strata


def _ends_of(found: Decomposition) -> dict[str, Bound]:
    return {"before": found.before, "after": found.after, "change": found.change}


def _as_printed(name: str, value: Bound, _size: int) -> ClearedEstimate:
    return ClearedEstimate(name, value, "share")


def _rounded(name: str, value: Bound, size: int) -> ClearedEstimate:
    return clear_estimate(Estimate(name, value, size))


def _stratum_row(key: Key, strata: Sequence[Mapping[Key, Stratum]], *, shown: Any) -> tuple[str, ...]:
    row = [", ".join(key) or "all"]
    sizes = [sum(one.size for one in own.values()) for own in strata]
    for own, whole in zip(strata, sizes, strict=True):
        here = own.get(key)
        if here is None or not here.size:
            row += ["none", "none"]
            continue
        weight = shown("weight", point(Fraction(here.size, whole)), whole)
        if here.size < 30 and shown is _rounded:
            weight = replace(weight, bound=None)
        row += [percent(weight.bound), percent(shown("share", here.share, here.size).bound)]
    return tuple(row)


def _told(  # one answer has many sides
    asked: Decompose,
    found: Decomposition,
    where: str,
    days: Sequence[str],
    whole: Sequence[ClearedEstimate],
    parts: Mapping[str, ClearedEstimate],
    rows: Sequence[tuple[str, ...]],
    *,
    basis: str,
) -> Told:
    words = {**asked.mix, RATE: asked.within}
    before, after, change = whole
    sentence = sentence_of(
        asked.says, before.bound, after.bound, change.bound, {words[n]: p.bound for n, p in parts.items()}
    )
    columns = (
        " and ".join(asked.factors), f"of all, {days[0]}", f"{asked.says}, {days[0]}", f"of all, {days[1]}",
        f"{asked.says}, {days[1]}",
    )  # fmt: skip
    shown_rows = tuple(row for row in rows if not all(HIDDEN in value or value == "none" for value in row[1:]))
    part_rows = [(words[name], points(part.bound)) for name, part in parts.items()]
    tables = (
        Table(
            "Parts of the change, in percentage points",
            ("part", "points"),
            (*part_rows, ("together", points(change.bound))),
        ),
        Table("What stands behind it", columns, shown_rows),
    )
    drawn = [Row(words[name], points(part.bound), *bar_ends(part.bound)) for name, part in parts.items()] + [
        Row("together", points(change.bound), *bar_ends(change.bound))
    ]
    chart = bar_chart(f"Parts of the change: {asked.says}", f"percentage points, {days[0]} to {days[1]}", drawn)
    thin = "under" if found.thin < Fraction(1, 20) else "over"
    notes = [METHOD, f"Classes of fewer than 30 hold {thin} 5 % of the units."]
    if len(shown_rows) < len(rows):
        notes.append("Classes of fewer than 30 are counted, and not shown by themselves.")
    if found.lent:
        notes.append("A class that occurs in one period only is taken to have the same share in the other.")
    data = {
        "id": asked.id, "kind": asked.kind, "basis": basis, "periods": list(days), "before": ends(before),
        "after": ends(after), "change": ends(change), "parts": {name: ends(part) for name, part in parts.items()},
        "sentence": sentence,
    }  # fmt: skip
    return Told(asked.title, where, (sentence,), tables, chart, tuple(notes), asked.cannot_say, data)


def sentence_of(
    says: str, before: Bound | None, after: Bound | None, change: Bound | None, parts: Mapping[str, Bound | None]
) -> str:
    """A change and its parts in one sentence.

    Args:
        says: the share in words.
        before: the share in the first period.
        after: the share in the second.
        change: the difference.
        parts: each part in words, with its points.
    """
    if before is None or after is None or change is None:
        return "Too few units to say."
    moved = "fell" if change.upper < 0 else "rose" if change.lower > 0 else "moved"
    size = _size(change) if moved == "fell" else change
    how = f"The {says} {moved} by {points(size, sign=False)} points, from {percent(before)} to {percent(after)}"
    known = {name: part for name, part in parts.items() if part is not None}
    if not known or len(known) < len(parts):
        return f"{how}."
    one_way = moved != "moved" and all(
        part.upper <= Fraction(1, 2000) if moved == "fell" else part.lower >= -Fraction(1, 2000)
        for part in known.values()
    )
    if one_way:
        sizes = {name: _size(part) if moved == "fell" else part for name, part in known.items()}
        told = " and ".join(f"{points(part, sign=False)} lie in {name}" for name, part in sizes.items())
        return f"{how}: of these points, {told}."
    first, *others = (f"{name} accounts for {points(part)}" for name, part in known.items())
    told = ", ".join([f"{first} points", *(one.replace(" accounts for ", " for ") for one in others)])
    return f"{how}: {told}; together {points(change)}."


def _size(change: Bound) -> Bound:
    return Bound(-change.upper, -change.lower)


def _too_little(title: str) -> Exception:
    return cannot(
        "TS192",
        f"{title}: one of the periods holds fewer than 30 people or units.",
        why="A share of so few would say something of each of them.",
        fix="Choose longer periods; tallystick compare list says what each comparison needs.",
    )
