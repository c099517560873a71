"""A tool that recommends, audited on the rows of its own decisions: who agrees, who overrides, did the tool change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tallystick.clear.estimates import ClearedEstimate, Estimate, clear_estimate
from tallystick.decisions import Decision, by_cell, cleared, decisions, having, share_of, told_share
from tallystick.measures.comparison import ToolAudit
from tallystick.measures.decomposition import RATE, Stratum, decomposed
from tallystick.measures.disparity import UNKNOWN
from tallystick.measures.tool_audit import discordant, distance, kappa, stability, unlike
from tallystick.measures.tool_values import Tool
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.patterns import Pattern, patterns
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import Table, Told, bar_ends, ends, number, percent, points
from tallystick.question import Desk, Question
from tallystick.terms.bound import Bound, point
from tallystick.terms.errors import TallystickError, cannot

LEAST = 30
SILENT = ("TS181", "TS182", "TS188", "TS189")
NAMES = ("detain", "release", "open")
WORDS = {
    "detain": "detention",
    "release": "release",
    "open": "left to a supervisor",
    UNKNOWN: "not recorded or not mapped",
}
METHOD = (
    "A risk cell is one combination of the scores that are released. Unlike decisions: the chance that two decisions "
    "of one cell differ (Gini and Simpson). Kappa is agreement beyond what the margins give (Cohen 1960); it punishes "
    "rare classes. Drift: the change of a share from one version to the next, told apart into the mix of risk cells "
    "and what the tool recommends within each (Kitagawa 1955)."
)


def audited(asked: ToolAudit, tool: Tool, desk: Desk, question: Question) -> Told:
    """The audit of a tool on one release.

    Args:
        asked: which dimensions and measures it rests on.
        tool: what the values of its columns ask for.
        desk: the release.
        question: the days looked at.

    Raises:
        TallystickError: TS192 with fewer than thirty decisions; TS181, TS182, TS188 where the release has none.
    """
    rows = decisions(asked, tool, desk, question)
    whole = sum(row.many for row in rows)
    if whole < LEAST:
        raise cannot(
            "TS192", f"{asked.title}: fewer than {LEAST} decisions.", fix="A longer span, or a release with more."
        )
    drift = list(_drift(rows))
    tables = [
        Table("What the tool recommends, and what is decided", ("", "recommended", "decided"), tuple(_mix(rows))),
        Table("Agreement", ("", "share", "of"), tuple(_agreement(rows))),
        _cells(asked, rows),
        *_versions(rows, drift),
        Table(
            "Special vulnerabilities",
            ("recorded", "of all", "recommended detention", "decided detention"),
            tuple(_vulnerable(rows)),
        ),
        *_completed(asked, desk, question),
        *_offices(rows),
    ]
    release = desk.bench.acts.opened.release.id
    unmapped = share_of(rows, lambda row: UNKNOWN in (row.asks, row.decides))
    notes = [
        METHOD,
        f"Not recorded or not mapped to what it asks for: {percent(cleared('unmapped', unmapped, whole).bound)}.",
    ]
    notes += [f"Accounts report: {one.since}, {one.what} (confidence: {one.confidence})." for one in tool.changes]
    sentences = [*_sentences(rows), *(one.sentence for one in drift)]
    data = {"id": asked.id, "kind": asked.kind, "release": release, **_data(rows, drift)}
    return Told(
        asked.title, f"{release}; one row is one decision", tuple(sentences), tuple(tables), _chart(rows), tuple(notes),
        asked.cannot_say, data,
    )  # fmt: skip


def _mix(rows: Sequence[Decision]) -> Iterator[tuple[str, ...]]:
    for name in (*NAMES, UNKNOWN):
        yield WORDS[name], told_share(rows, having("asks", name)), told_share(rows, having("decides", name))


def _agreement(rows: Sequence[Decision]) -> Iterator[tuple[str, ...]]:
    definite = [row for row in rows if row.asks in ("detain", "release")]
    for who in ("officer", "supervisor"):
        asked = [row for row in rows if getattr(row, who) != "not_asked"]
        told = told_share(asked, having(who, "agrees"), having(who, UNKNOWN))
        yield f"the {who} agreed", told, "decisions that were not left to a supervisor by the tool"
    detain = [row for row in definite if row.asks == "detain"]
    release = [row for row in definite if row.asks == "release"]
    yield (
        "overridden towards release",
        told_share(detain, having("decides", "release"), having("decides", "open", UNKNOWN)),
        "decisions in which the tool recommended detention",
    )
    yield (
        "overridden towards detention",
        told_share(release, having("decides", "detain"), having("decides", "open", UNKNOWN)),
        "decisions in which the tool recommended release",
    )
    yield "kappa of recommendation and decision", number(_kappa(definite).bound), "decisions with both of them definite"
    ways = [sum(row.many for row in own if row.decides == to) for own, to in ((detain, "release"), (release, "detain"))]
    if sum(ways) >= LEAST:
        lopsided = discordant(*ways)
        yield (
            "as lopsided overrides by chance",
            "under 1 %" if lopsided < 0.01 else f"{lopsided:.0%}",
            "if both directions were as likely (McNemar 1947)",
        )


def _kappa(rows: Sequence[Decision]) -> ClearedEstimate:
    table = [
        [sum(row.many for row in rows if (row.asks, row.decides) == (one, two)) for two in NAMES[:2]]
        for one in NAMES[:2]
    ]
    known, found = sum(map(sum, table)), kappa(table)
    bound = point(Fraction(found).limit_denominator(10**6)) if found is not None else Bound(Fraction(-1), Fraction(1))
    return clear_estimate(Estimate("kappa", bound, known, kind="ratio"))


def _cells(asked: ToolAudit, rows: Sequence[Decision]) -> Table:
    whole = sum(row.many for row in rows)
    told = []
    for cell, own in by_cell(rows).items():
        size = sum(row.many for row in own)
        if size < LEAST:
            continue
        decided = Counter[str]()
        for row in own:
            decided[row.decides] += row.many
        found = unlike({name: many for name, many in decided.items() if name != UNKNOWN}, decided[UNKNOWN])
        spread = number(clear_estimate(Estimate("unlike", found, size, kind="ratio")).bound) if found else "—"
        told.append(
            (
                ", ".join(cell), percent(cleared("weight", point(Fraction(size, whole)), whole).bound),
                told_share(own, having("asks", "detain"), having("asks", "open", UNKNOWN)),
                told_share(own, having("decides", "detain"), having("decides", "open", UNKNOWN)), spread,
            )
        )  # fmt: skip
    names = ", ".join(asked.cells)
    return Table(
        f"Risk cells of at least {LEAST} decisions ({names})",
        ("cell", "of all", "recommended detention", "decided detention", "unlike decisions"),
        tuple(told),
    )


@dataclass(frozen=True)
class _Drift:
    """How a recommendation moved from one version to the next."""

    before: str
    after: str
    change: ClearedEstimate
    mix: ClearedEstimate
    rule: ClearedEstimate
    sentence: str
    stability: ClearedEstimate
    distance: ClearedEstimate


def _drift(rows: Sequence[Decision]) -> Iterator[_Drift]:
    """Neighbouring versions, in the order of their names."""
    versions = [name for name in sorted({row.version for row in rows}) if name != UNKNOWN]
    versions = [name for name in versions if sum(row.many for row in rows if row.version == name) >= LEAST]
    for before, after in pairwise(versions):
        own = [[row for row in rows if row.version == name] for name in (before, after)]
        strata = [_strata(one) for one in own]
        found = decomposed(strata[0], strata[1], ("cell",))
        if found is None:
            continue
        least = min(sum(row.many for row in one) for one in own)
        change, mix, rule = (
            cleared(name, bound, least)
            for name, bound in (("change", found.change), ("mix", found.parts["cell"]), ("rule", found.parts[RATE]))
        )
        shares = [_shares(one) for one in own]
        sentence = (
            f"From version {before} to {after} the share of recommendations to detain moved {points(change.bound)} "
            f"points: {points(mix.bound)} lie in the mix of risk cells, {points(rule.bound)} in what the tool "
            "recommends within them."
        )
        yield _Drift(
            before,
            after,
            change,
            mix,
            rule,
            sentence,
            _index(stability(*shares), least),
            _index(distance(*shares), least),
        )


def _shares(rows: Sequence[Decision]) -> list[float]:
    """The shares of each recommendation as they are shown: what is made of them tells no more than they do."""
    whole = sum(row.many for row in rows)
    shown = [cleared(name, share_of(rows, having("asks", name)), whole).bound for name in (*NAMES, UNKNOWN)]
    ends = [float(one.upper) if one else 1.0 for one in shown]
    return [one / sum(ends) for one in ends]


def _index(value: float, units: int) -> ClearedEstimate:
    own = Fraction(value).limit_denominator(10**6)
    return clear_estimate(Estimate("index", point(own), units, kind="ratio"))


def _strata(rows: Sequence[Decision]) -> dict[tuple[str, ...], Stratum]:
    found: dict[tuple[str, ...], Stratum] = {}
    for cell, own in by_cell(rows).items():
        size = sum(row.many for row in own)
        yes = sum(row.many for row in own if row.asks == "detain")
        unknown = sum(row.many for row in own if row.asks == UNKNOWN)
        found[(", ".join(cell),)] = Stratum(size, Bound(Fraction(yes), Fraction(yes + unknown)))
    return found


def only_one(rows: Sequence[Decision]) -> Bound | None:
    """The share of risk cells of at least thirty decisions in which, as rounded, the tool recommends one thing only."""
    cells = [own for own in by_cell(rows).values() if sum(row.many for row in own) >= LEAST]
    if not cells:
        return None
    least = most = 0
    for own in cells:
        size = sum(row.many for row in own)
        tops = [
            cleared(name, share_of(own, having("asks", name), having("asks", UNKNOWN)), size).bound for name in NAMES
        ]
        known = [cleared(name, share_of(own, having("asks", name)), size).bound for name in NAMES]
        most += any(one is not None and one.upper == 1 for one in tops)
        least += any(one is not None and one.upper == 1 for one in known)
    return Bound(Fraction(least, len(cells)), Fraction(most, len(cells)))


def _versions(rows: Sequence[Decision], drift: Sequence[_Drift]) -> Iterator[Table]:
    versions = [name for name in sorted({row.version for row in rows}) if name != UNKNOWN]
    told = []
    for name in versions:
        own = [row for row in rows if row.version == name]
        if sum(row.many for row in own) < LEAST:
            continue
        alone = only_one(own)
        asks = [told_share(own, having("asks", one)) for one in NAMES]
        told.append((name, *asks, percent(alone) if alone else "no cell of 30"))
    yield Table(
        "Versions of the scoring",
        ("version", "detention", "release", "left open", "cells with one recommendation only"),
        tuple(told),
    )
    if drift:
        moved = [
            (f"{one.before} to {one.after}", points(one.change.bound), points(one.mix.bound), points(one.rule.bound),
             number(one.stability.bound), number(one.distance.bound))
            for one in drift
        ]  # fmt: skip
        yield Table(
            "Drift of recommendations to detain, in points, and of all recommendations",
            ("versions", "moved", "mix of cells", "rule within cells", "stability index", "Jensen-Shannon distance"),
            tuple(moved),
        )


def _vulnerable(rows: Sequence[Decision]) -> Iterator[tuple[str, ...]]:
    whole = sum(row.many for row in rows)
    for name in ("none", "any", UNKNOWN):
        own = [row for row in rows if row.vulnerable == name]
        if own:
            size = sum(row.many for row in own)
            weight = percent(cleared("weight", point(Fraction(size, whole)), whole if size >= LEAST else 0).bound)
            yield (
                name, weight, told_share(own, having("asks", "detain"), having("asks", "open", UNKNOWN)),
                told_share(own, having("decides", "detain"), having("decides", "open", UNKNOWN)),
            )  # fmt: skip


def _completed(asked: ToolAudit, desk: Desk, question: Question) -> Iterator[Table]:
    """Stays with an assessment, for the nation and by area; left out where the release has no stays."""
    measure = desk.book.measure(asked.completed)
    if not isinstance(measure, UnitMeasure):
        return
    found = _by_area_or_nation(desk, measure, question)
    if found is None:
        return
    by: dict[str, list[Pattern]] = {"nation": list(found)}
    for one in found:
        if one.place:
            by.setdefault(one.place, []).append(one)
    rows = []
    for place, patterns_ in by.items():
        sums = [sum(getattr(one.outcomes, name) for one in patterns_) for name in ("yes", "no", "unknown")]
        whole = sum(sums)
        if whole:
            bound = Bound(Fraction(sums[0], whole), Fraction(sums[0] + sums[2], whole))
            rows.append((place, percent(cleared("completed", bound, whole).bound)))
    yield Table(f"{measure.title}, by area", ("area", "completed"), tuple(rows))


def _by_area_or_nation(desk: Desk, measure: UnitMeasure, question: Question) -> list[Pattern] | None:
    """The units of a measure by area, or of the nation where the release names no areas; None where it has none."""
    for place in ("area", ""):
        try:
            return patterns(desk, measure, measure.variants[0].id, replace(question, place=place))
        except TallystickError as error:
            if error.faults[0].code not in SILENT:
                raise
    return None


def _offices(rows: Sequence[Decision]) -> Iterator[Table]:
    told = []
    for name in sorted({row.office for row in rows}):
        own = [row for row in rows if row.office == name]
        if sum(row.many for row in own) < LEAST:
            continue
        asked = [row for row in own if row.officer != "not_asked"]
        detain = [row for row in own if row.asks == "detain"]
        told.append(
            (
                name, told_share(own, having("decides", "detain"), having("decides", "open", UNKNOWN)),
                told_share(asked, having("officer", "agrees"), having("officer", UNKNOWN)),
                told_share(detain, having("decides", "release"), having("decides", "open", UNKNOWN)),
            )
        )  # fmt: skip
    if told:
        yield Table(
            "By area", ("area", "decided detention", "officer agreed", "overridden towards release"), tuple(told)
        )


def _sentences(rows: Sequence[Decision]) -> Iterator[str]:
    asks = told_share(rows, having("asks", "detain"), having("asks", UNKNOWN))
    decides = told_share(rows, having("decides", "detain"), having("decides", UNKNOWN))
    yield f"The tool recommended detention in {asks} of decisions; detention was decided in {decides}."
    alone = only_one(rows)
    if alone is not None:
        told = f"In {percent(alone)} of the risk cells with thirty decisions or more"
        yield f"{told}, the tool recommended one thing only, as far as rounding tells."


def _chart(rows: Sequence[Decision]) -> str:
    drawn = []
    for cell, own in by_cell(rows).items():
        size = sum(row.many for row in own)
        if size >= LEAST:
            share = share_of(own, having("decides", "detain"), having("decides", "open", UNKNOWN))
            shown = cleared("detain", share, size).bound
            low, high = bar_ends(shown)
            drawn.append(Row(", ".join(cell), percent(shown), low, high))
    if not drawn:
        return ""
    return bar_chart(
        "Decisions of detention, of all decisions of a risk cell",
        "percent; hatched: left open or not recorded",
        drawn,
        fixed=(0.0, 100.0),
    )


def _data(rows: Sequence[Decision], drift: Sequence[_Drift]) -> Mapping[str, Any]:
    whole = sum(row.many for row in rows)
    mix = {name: ends(cleared(name, share_of(rows, having("asks", name)), whole)) for name in (*NAMES, UNKNOWN)}
    moved = [
        {
            "before": one.before,
            "after": one.after,
            "change": ends(one.change),
            "mix": ends(one.mix),
            "rule": ends(one.rule),
        }
        for one in drift
    ]
    return {"recommended": mix, "drift": moved, "kappa": ends(_kappa(rows))}
