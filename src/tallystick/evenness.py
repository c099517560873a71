"""Outcomes of groups in the same recorded situation, laid beside each other: gaps with all their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from tallystick.clear.estimates import ClearedEstimate, Estimate, clear_estimate
from tallystick.measures.comparison import Gaps, Outcome
from tallystick.measures.disparity import (
    MANY_CLUSTERS,
    UNKNOWN,
    Gap,
    Modelled,
    Outcomes,
    Where,
    e_value,
    gap,
    may_be_shown,
    modelled,
    stand_out,
    summed,
)
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.patterns import patterns
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import Table, Told, bar_ends, ends, percent, points
from tallystick.question import Desk, Question
from tallystick.terms.bound import Bound
from tallystick.terms.errors import TallystickError, cannot

EVERYBODY_ELSE = "everybody else"  # as a reference: all other groups together
SILENT = ("TS181", "TS182", "TS188", "TS189")
METHOD = (
    "Within the same recorded situation both groups are given the situations of both together (direct "
    "standardisation); 'not recorded' is a situation of its own. Intervals leave out one area at a time (jackknife, t "
    "distribution): they say how far the gap would move if the process were repeated, and are no identification bound."
)
FAMILY = (
    "Of {many} comparisons made together, those marked stand out at a false discovery rate of 5 % (Benjamini and "
    "Hochberg 1995); others may be chance. A gap is not by itself discrimination, and no gap is not fairness."
)


@dataclass(frozen=True)
class _Found:
    """One group beside the reference group, for one outcome."""

    outcome: Outcome
    population: str
    gap: Gap
    model: Modelled | None
    people: int
    shown: bool


def groups_beside(asked: Gaps, desk: Desk, question: Question) -> Told:
    """Every gap of a comparison on one release.

    Args:
        asked: groups, situation and outcomes.
        desk: the release.
        question: the days looked at.

    Raises:
        TallystickError: TS192 where no outcome has two groups of thirty in one situation; what the release does not
            support, where it supports none of the outcomes.
    """
    found: list[_Found] = []
    silent: list[TallystickError] = []
    for outcome in asked.outcomes:
        try:
            found += _of_outcome(asked, outcome, desk, question)
        except TallystickError as error:
            if error.faults[0].code not in SILENT:
                raise
            silent.append(error)
    if not found and silent:
        raise silent[0]
    if not found:
        raise cannot(
            "TS192",
            f"{asked.title}: no outcome has two groups of thirty people in one recorded situation.",
            why="A gap between fewer would say something of single people.",
            fix="A longer span, coarser groups, or a larger release.",
        )
    marked = stand_out([one.gap.p if one.shown and _is_one_way(one.gap) else None for one in found])
    rows = [_row(one, stands_out=mark) for one, mark in zip(found, marked, strict=True)]
    release = desk.bench.acts.opened.release.id
    tables = (
        Table(
            "Gaps, in percentage points (alike: in the same recorded situation)",
            (
                "outcome",
                "group",
                "share",
                asked.reference,
                "gap",
                "alike",
                "model",
                "anywhere",
                "stands out",
            ),
            tuple(rows),
        ),
    )
    notes = [
        METHOD,
        FAMILY.format(many=sum(one.gap.p is not None and one.shown for one in found)),
        *_clusters(found),
        f"Alike in: {', '.join(asked.within)}. Model: a logistic model of the same (95 % interval, errors by area).",
        "Anywhere: those of no recorded situation may belong to any.",
        f"Not measured: {'; '.join(asked.not_measured)}.",
        *_unmeasured(found, marked),
        *(f"Left out: {one.faults[0].text}" for one in silent),
    ]
    sentences = tuple(_sentences(asked, found, marked))
    data = {
        "id": asked.id,
        "kind": asked.kind,
        "release": release,
        "gaps": [_data(one, m) for one, m in zip(found, marked, strict=True)],
    }
    return Told(
        asked.title, f"{release}; beside {asked.reference}", sentences, tables, _chart(asked, found), tuple(notes),
        asked.cannot_say, data,
    )  # fmt: skip


def _of_outcome(asked: Gaps, outcome: Outcome, desk: Desk, question: Question) -> Iterator[_Found]:
    measure = desk.book.measure(outcome.measure)
    if not isinstance(measure, UnitMeasure) or measure.estimator != "share":
        raise cannot("TS189", f"{measure.title}: only a share has gaps.", fix="tallystick measure list")
    within = asked.within if outcome.within is None else outcome.within
    own = Question(place=asked.clusters, by=(asked.groups, *within), since=question.since, until=question.until)
    table: dict[Where, Outcomes] = {}
    people: dict[str, int] = {}
    for one in patterns(desk, measure, outcome.variant, replace(own, place="", by=(asked.groups,))):
        group = _group(asked, one.classes[0])
        people[group] = people.get(group, 0) + one.people
    for one in patterns(desk, measure, outcome.variant, own):
        group = _group(asked, one.classes[0])
        if group:
            where = Where(group, one.classes[1:], one.place)
            table[where] = table.get(where, Outcomes()) + one.outcomes
    for group in sorted({where.group for where in table} - {asked.reference}):
        own_table = _beside_the_others(table, group) if asked.reference == EVERYBODY_ELSE else table
        told = gap(own_table, group, asked.reference)
        if told is not None:
            whole = [
                summed(one for where, one in own_table.items() if where.group == name)
                for name in (group, asked.reference)
            ]
            shown = all(may_be_shown(one.yes, one.known) for one in whole)
            others = sum(many for name, many in people.items() if name not in ("", group))
            beside = others if asked.reference == EVERYBODY_ELSE else people.get(asked.reference, 0)
            least = min(people.get(group, 0), beside)
            model = modelled(own_table, group, asked.reference) if shown else None
            yield _Found(outcome, measure.population, told, model, least, shown)


def _beside_the_others(table: Mapping[Where, Outcomes], group: str) -> dict[Where, Outcomes]:
    """The same table with all groups but one laid together."""
    found: dict[Where, Outcomes] = {}
    for where, own in table.items():
        to = where if where.group == group else replace(where, group=EVERYBODY_ELSE)
        found[to] = found.get(to, Outcomes()) + own
    return found


def _is_one_way(own: Gap) -> bool:
    """Whether the gap within situations has one sign, whatever outcomes are not known."""
    return own.within.lower > 0 or own.within.upper < 0


def _group(asked: Gaps, name: str) -> str:
    """The declared group of a class; '' where it belongs to none."""
    if name == UNKNOWN:
        return ""
    if not asked.grouping:
        return name
    return next((group for group, own in asked.grouping.items() if name in own), asked.others)


def _cleared(one: _Found, name: str, bound: Bound) -> ClearedEstimate:
    if not one.shown:
        return ClearedEstimate(name, None, "share")
    return clear_estimate(Estimate(name, bound, one.gap.units, one.people))


def _interval(ends_: tuple[float, float]) -> Bound:
    return Bound(Fraction(ends_[0]), Fraction(ends_[1]))


def _row(one: _Found, *, stands_out: bool) -> tuple[str, ...]:
    own = one.gap
    shares = [percent(_cleared(one, "share", bound).bound) for bound in (own.share, own.reference)]
    told = [points(_cleared(one, "gap", bound).bound) for bound in (own.crude, own.within)]
    model = points(_cleared(one, "model", _interval(one.model.interval)).bound) if one.model else "no answer"
    return (
        one.outcome.title, own.group, *shares, *told, model, points(_cleared(one, "any", own.whatever).bound),
        "yes" if stands_out else "no" if own.p is not None and one.shown else "too few areas",
    )  # fmt: skip


def _sentences(asked: Gaps, found: Sequence[_Found], marked: Sequence[bool]) -> Iterator[str]:
    out = [(one, mark) for one, mark in zip(found, marked, strict=True) if mark]
    if not out:
        yield f"No gap to {asked.reference} stands out within the same recorded situation."
    for one, _ in out:
        shown = _cleared(one, "gap", one.gap.within).bound
        yield (
            f"{one.outcome.title.capitalize()}: in the same recorded situation, {one.gap.group} lies {points(shown)} "
            f"points from {asked.reference}."
        )


def _unmeasured(found: Sequence[_Found], marked: Sequence[bool]) -> Iterator[str]:
    """How strong something unmeasured would have to be to make a gap that stands out vanish."""
    for one, mark in zip(found, marked, strict=True):
        share = one.gap.reference.lower
        if mark and one.model and share > 0 and one.model.reference > 0 and one.model.group > 0:
            value = e_value(one.model.group / one.model.reference)
            yield (
                f"{one.outcome.title}, {one.gap.group}: something unmeasured would have to go with the group and with "
                f"the outcome by a factor of {value:.1f} each to make the gap vanish (E-value, VanderWeele and Ding "
                "2017)."
            )


def _clusters(found: Sequence[_Found]) -> list[str]:
    least = min(one.gap.clusters for one in found)
    return (
        []
        if least >= MANY_CLUSTERS
        else [f"{least} areas: with fewer than {MANY_CLUSTERS}, intervals are unsure themselves."]
    )


def _chart(asked: Gaps, found: Sequence[_Found]) -> str:
    rows = []
    for one in found:
        shown = _cleared(one, "gap", one.gap.within).bound
        low, high = bar_ends(shown)
        repeated = _cleared(one, "interval", _interval(one.gap.interval)).bound if one.gap.interval else None
        whisker = None if repeated is None else (float(repeated.lower) * 100, float(repeated.upper) * 100)
        rows.append(Row(f"{one.outcome.title}: {one.gap.group}", points(shown), low, high, whisker))
    return bar_chart(
        f"{asked.title}: gaps to {asked.reference}",
        "percentage points in the same situation; line: 95 % interval by area",
        rows,
    )


def _data(one: _Found, mark: bool) -> Mapping[str, Any]:
    own = one.gap
    named = {
        "share": own.share,
        "reference": own.reference,
        "gap": own.crude,
        "within": own.within,
        "whatever": own.whatever,
    }
    told = {name: ends(_cleared(one, name, bound)) for name, bound in named.items()}
    return {
        "outcome": one.outcome.title, "group": own.group, **told,
        "interval": ends(_cleared(one, "interval", _interval(own.interval))) if own.interval else None,
        "model": ends(_cleared(one, "model", _interval(one.model.interval))) if one.model else None,
        "clusters": own.clusters, "stands_out": mark,
    }  # fmt: skip
