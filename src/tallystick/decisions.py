"""Decisions of a tool, read by what their values ask for, and shares of them that may be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tallystick.clear.estimates import ClearedEstimate, Estimate, clear_estimate
from tallystick.measures.comparison import ToolAudit
from tallystick.measures.disparity import UNKNOWN
from tallystick.measures.tool_values import Tool
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.patterns import patterns
from tallystick.publish.comparison import percent
from tallystick.question import Desk, Question
from tallystick.terms.bound import Bound
from tallystick.terms.errors import cannot


@dataclass(frozen=True)
class Decision:
    """Decisions that are alike: their cell, version, what was recommended and decided, who agreed, how many."""

    cell: tuple[str, ...]
    version: str
    vulnerable: str
    office: str
    asks: str
    decides: str
    officer: str
    supervisor: str
    many: int


def decisions(asked: ToolAudit, tool: Tool, desk: Desk, question: Question) -> list[Decision]:
    """The decisions of a release, alike ones together; values that no definition maps are `UNKNOWN`."""
    measure = desk.book.measure(asked.asks)
    if not isinstance(measure, UnitMeasure):
        raise cannot("TS151", f"{asked.id}: '{asked.asks}' counts no units itself.", fix="Name a measure of the tool.")
    roles = (asked.recommendation, asked.decision, asked.officer, asked.supervisor, asked.vulnerability, asked.version)
    by = (*roles, *asked.cells)
    columns = [desk.book.dimension(name).columns[measure.units].partition(".")[2] for name in by]
    leads = [tool.leads(column) for column in columns[:4]]
    own = Question(place="area", by=by, since=question.since, until=question.until)
    found: Counter[Decision] = Counter()
    for one in patterns(desk, measure, measure.variants[0].id, own):
        mapped = [known.get(value, UNKNOWN) for known, value in zip(leads, one.classes, strict=False)]
        vulnerable = "none" if one.classes[4] in asked.none_of_these else one.classes[4]
        key = Decision(
            cell=one.classes[6:], version=one.classes[5], office=one.place, many=0, asks=mapped[0], decides=mapped[1],
            officer=mapped[2], supervisor=mapped[3],
            vulnerable=vulnerable if vulnerable in ("none", UNKNOWN) else "any",
        )  # fmt: skip
        found[key] += one.outcomes.whole
    return [
        Decision(**{**vars(key), "many": many}) for key, many in sorted(found.items(), key=lambda item: str(item[0]))
    ]


def never(_row: Decision) -> bool:
    """Holds for no decision."""
    return False


def share_of(
    rows: Iterable[Decision], holds: Callable[[Decision], bool], may: Callable[[Decision], bool] = never
) -> Bound:
    """The share of decisions for which something holds, and up to which it may."""
    rows = list(rows)
    whole = sum(row.many for row in rows) or 1
    yes = sum(row.many for row in rows if holds(row))
    open_ = sum(row.many for row in rows if may(row) and not holds(row))
    return Bound(Fraction(yes, whole), Fraction(yes + open_, whole))


def cleared(name: str, bound: Bound, units: int) -> ClearedEstimate:
    """A share that may be shown, by how many units it rests on."""
    return clear_estimate(Estimate(name, bound, units))


def told_share(
    rows: Sequence[Decision], holds: Callable[[Decision], bool], may: Callable[[Decision], bool] = never
) -> str:
    """A share in words, both ends, hidden where too few decisions stand behind it."""
    return percent(cleared("share", share_of(rows, holds, may), sum(row.many for row in rows)).bound)


def having(field: str, *values: str) -> Callable[[Decision], bool]:
    """Whether a decision has one of some values in a field."""
    return lambda row: getattr(row, field) in values


def by_cell(rows: Iterable[Decision]) -> dict[tuple[str, ...], list[Decision]]:
    """Decisions by their risk cell, in order."""
    found: dict[tuple[str, ...], list[Decision]] = {}
    for row in rows:
        found.setdefault(row.cell, []).append(row)
    return dict(sorted(found.items()))
