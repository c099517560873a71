"""Every declared comparison, run on the figures or records in reach; what comes back may be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from tallystick.answers import Records, cleared_cells
from tallystick.auditing import audited
from tallystick.becoming import curves
from tallystick.counting import RecordsAsked, records_of
from tallystick.decomposing import decomposed_figures, decomposed_records
from tallystick.evenness import groups_beside
from tallystick.following import span_of
from tallystick.illustrating import illustrated
from tallystick.measured import answers, desk
from tallystick.measures.comparison import (
    Change,
    Comparison,
    Decompose,
    Gaps,
    Incidence,
    Policies,
    Screening,
    ToolAudit,
    comparison,
)
from tallystick.measures.tool_values import risk_tool
from tallystick.moving import moved
from tallystick.policies.policy import lawbook
from tallystick.publish.comparison import Told
from tallystick.question import Desk, Question
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError, cannot
from tallystick.what_if import under_policies

SILENT = ("TS181", "TS182", "TS188", "TS189", "TS192")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Ran:
    """A comparison that was run: one answer for each release, or one for printed figures or an illustration."""

    asked: Comparison
    answers: tuple[Told, ...]
    passed_over: tuple[TallystickError, ...]
    invented: bool
    release_set: str


@dataclass(frozen=True)
class Days:
    """What somebody asks of days: the first and last of two stretches, or of one; a day to look at both sides of."""

    before: str = ""
    after: str = ""
    at: str = ""


def ran(
    records: Records,
    name: str,
    project: Path | None,
    days: Days,
    *,
    release: str = "",
    progress: Progress = lambda _what, _done, _of: None,
) -> Ran:
    """Run a declared comparison.

    Args:
        records: the printed figures in reach, with the definitions.
        name: the comparison.
        project: the folder of a built project, for comparisons of records.
        days: stretches of days instead of the declared ones.
        release: one release.
        progress: told (what, done, of).

    Raises:
        TallystickError: TS102; TS183 where records are needed and none are there; TS192 where there are too few.
    """
    asked = comparison(records.shelf, name, records.agency)
    _refuse_days(asked, days)
    if isinstance(asked, Screening):
        return Ran(asked, (illustrated(asked),), (), False, "none: an illustration")
    if isinstance(asked, Policies):
        found = under_policies(asked, project, records.shelf, release)
        known = records_of(project, release)
        return Ran(asked, tuple(found), (), known.invented, known.release_set)
    if asked.basis == "figures":
        return Ran(asked, (_on_figures(records, asked, days),), (), records.invented, records.release_set)
    return _on_records(records.shelf, asked, project, days, release, progress)


TAKES = {"decomposition": ("before", "after"), "change": ("at",), "gap": ("before",), "tool": ("before",)}


def _refuse_days(asked: Comparison, days: Days) -> None:
    """Days that a comparison would not heed are refused, and so is one stretch of a decomposition without the other.

    Raises:
        TallystickError: TS100.
    """
    given = [name for name in ("before", "after", "at") if getattr(days, name)]
    takes = TAKES.get(asked.kind, ())
    lost = [f"--{name}" for name in given if name not in takes]
    if lost:
        heeds = ", ".join(f"--{name}" for name in takes) or "no days"
        raise cannot("TS100", f"{asked.id} does not take {', '.join(lost)}.", fix=f"It takes {heeds}.")
    if asked.kind == "decomposition" and asked.basis == "records" and len(given) == 1:
        raise cannot(
            "TS100", "One stretch of days needs the other.", fix="--before FIRST/LAST --after FIRST/LAST, or neither."
        )


def _on_figures(records: Records, asked: Comparison, days: Days) -> Told:
    if isinstance(asked, Decompose):
        cells = cleared_cells(records, [asked.measure])[asked.measure]
        own = {"before": days.before or asked.before, "after": days.after or asked.after}
        return decomposed_figures(_with_days(asked, own), cells)
    if isinstance(asked, Change):
        cells = cleared_cells(records, [asked.measure])[asked.measure]
        return moved(asked, cells.cells, lawbook(records.shelf, records.agency), at=days.at)
    raise cannot("TS151", f"{asked.id}: nothing of this kind rests on printed figures.", fix='basis = "records"')


def _with_days(asked: Decompose, days: dict[str, str]) -> Decompose:
    import msgspec

    return msgspec.structs.replace(asked, **days)


def _on_records(
    shelf: Shelf, asked: Comparison, project: Path | None, days: Days, release: str, progress: Progress
) -> Ran:
    known = records_of(project, release)
    found: list[Told] = []
    silent: list[TallystickError] = []
    for number, one in enumerate(known.releases):
        progress(f"Comparing {asked.title[:60]}", number, len(known.releases))
        try:
            found.append(_on_release(shelf, asked, project, known, one, days))
        except TallystickError as error:
            if error.faults[0].code not in SILENT:
                raise
            silent.append(error)
    progress(f"Comparing {asked.title[:60]}", len(known.releases), len(known.releases))
    if not found:
        raise silent[0]
    return Ran(asked, tuple(found), tuple(silent), known.invented, known.release_set)


def _on_release(
    shelf: Shelf, asked: Comparison, project: Path | None, known: RecordsAsked, release: str, days: Days
) -> Told:
    if isinstance(asked, Change):
        question = Question(period=asked.period or "month")
        cells = answers(project, shelf, asked.measure, question, release=release).answers[0].cells.cells
        return replace(
            moved(asked, cells, lawbook(shelf, known.agency), at=days.at), subtitle=f"{release}, by {question.period}"
        )
    if isinstance(asked, Incidence):
        answer = answers(project, shelf, asked.measure, Question(), release=release).answers[0]
        return curves(asked, answer.cells.cells, answer.notes)
    with desk(known, release, shelf) as opened:
        if isinstance(asked, Decompose):
            return decomposed_records(asked, opened, *_stretches(asked, opened, days))
        question = Question(since=_ends(days.before)[0], until=_ends(days.before)[1]) if days.before else Question()
        if isinstance(asked, Gaps):
            return groups_beside(asked, opened, question)
        if isinstance(asked, ToolAudit):
            return audited(asked, risk_tool(shelf, known.agency), opened, question)
    raise cannot("TS151", f"{asked.id}: nothing of this kind rests on records.", fix="tallystick compare list")


def _stretches(asked: Decompose, opened: Desk, days: Days) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two stretches of days: those asked for or declared, else the last two years that end with the release."""
    before, after = days.before or asked.before, days.after or asked.after
    if before and after and after != "latest":
        return _ends(before), _ends(after)
    _, closes = span_of(opened.bench.acts.opened.release)
    middle = closes - timedelta(days=365)
    return _stretch(middle - timedelta(days=365), middle - timedelta(days=1)), _stretch(middle, closes)


def _stretch(first: date, last: date) -> tuple[str, str]:
    return first.isoformat(), last.isoformat()


def _ends(text: str) -> tuple[str, str]:
    """First and last day of a stretch as typed.

    Raises:
        TallystickError: TS105.
    """
    first, _, last = text.partition("/")
    try:
        if date.fromisoformat(first) <= date.fromisoformat(last):
            return first, last
    except ValueError:
        pass
    raise cannot("TS105", f"'{text[:40]}' is no stretch of days.", fix="Write for example 2024-10-01/2025-01-19")


def listed(found: Sequence[Comparison]) -> list[dict[str, str]]:
    """What a list of comparisons shows of each."""
    return [{"comparison": one.id, "kind": one.kind, "basis": one.basis, "title": one.title} for one in found]
