"""Measures over the records of a built project: cells that passed the gate, and what a reader must know."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from tallystick.assessing import Bench
from tallystick.clear.disclosure import ClearedCells, clear_counts, clear_places
from tallystick.clear.names import is_plain_nation
from tallystick.clear.rules import disclosure_rules
from tallystick.counting import RecordsAsked, records_of
from tallystick.following import Following, following, span_of
from tallystick.gather import rules_of
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.measures.network import betweenness
from tallystick.measures.unit_measure import CombinedMeasure, Measurebook, UnitMeasure, measurebook
from tallystick.measures.windows import Window, year_before
from tallystick.measuring import count_together
from tallystick.policies.offenses import offenses
from tallystick.policies.policy import Lawbook, lawbook
from tallystick.question import Desk, Question, holding
from tallystick.records.checking import record_checks
from tallystick.records.populating import facility_kinds
from tallystick.relating import measured_cells
from tallystick.store import MEMORY
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError, cannot, refused
from tallystick.terms.period import in_words
from tallystick.weighing import refuse_places

NATIONAL = ("release", "fiscal_year")  # what a build measures of the nation
SILENT = ("TS181", "TS182", "TS188")  # what a release cannot support, where another one may


@dataclass(frozen=True)
class Answer:
    """The cells of a measure on one release of a project, cleared, and what a reader must know beside them."""

    release: str
    cells: ClearedCells
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """A measure on every release of a project that supports it."""

    measure: UnitMeasure | CombinedMeasure
    asked: RecordsAsked
    answers: tuple[Answer, ...]
    passed_over: tuple[TallystickError, ...]  # why other releases do not support it


@contextmanager
def desk(
    asked: RecordsAsked, release: str, shelf: Shelf, *, rules: Sequence[str] = (), memory: str = MEMORY
) -> Iterator[Desk]:
    """Open one release of a project for measures.

    Args:
        asked: the records of a project.
        release: the release.
        shelf: the definitions.
        rules: duplicate rules instead of the default ones.
        memory: limit of the engine.

    Raises:
        TallystickError: TS180 for a rule that nobody knows.
    """
    with following(asked.folder, release, shelf, asked.agency, memory=memory) as (acts, _):
        opened = desk_of(acts, shelf, asked.agency, asked.release_set)
        for rule in rules:
            tables = [one.table for one in acts.book.duplicates if one.id == rule]
            if not tables:
                acts.duplicates("arrests", rule)  # says which rules there are
            opened.bench.layout.duplicates.update(dict.fromkeys(tables, rule))
        yield opened


def desk_of(acts: Following, shelf: Shelf, agency: str, release_set: str) -> Desk:
    """What measures need of a release that is open already.

    Raises:
        TallystickError: TS310 or TS311, where an added definition would show single places.
    """
    book, law = measurebook(shelf, agency), lawbook(shelf, agency)
    _refuse_what_reaches_places(shelf, agency, book, law)
    held = {
        known.id: {(header.table, header.column) for header in known.headers if header.outcome == "keep"}
        for known in rules_of(shelf, agency).register.releases
    }
    bench = Bench(acts, law, book.units)
    return Desk(bench, book, offenses(shelf, agency), facility_kinds(shelf, agency), release_set, holding(held))


def national_cells(acts: Following, shelf: Shelf, agency: str, release_set: str) -> list[ClearedCells]:
    """Every measure that needs no policy on one release, for the nation: over all its days and by fiscal year.

    What a release cannot support is left out; `measure run` says why.
    """
    opened = desk_of(acts, shelf, agency, release_set)
    found = []
    for period in NATIONAL:
        count_together(opened, opened.book.measures, Question(period=period))
    for name, measure in opened.book.measures.items():
        if any(part.estimator == "tiers" for part in parts_of(opened.book, measure)):
            continue
        cells: list[Cell] = []
        for period in NATIONAL:
            try:
                cells += measured_cells(opened, name, Question(period=period))
            except TallystickError as error:
                if error.faults[0].code not in (*SILENT, "TS189"):
                    raise
        if cells:
            found.append(cleared_cells(cells, always_round=shelf.added is not None))
    return found


def answers(
    project: Path | None,
    shelf: Shelf,
    name: str,
    question: Question,
    *,
    policy: str = "",
    release: str = "",
    rules: Sequence[str] = (),
    year_ago: bool = False,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
) -> Answers:
    """A measure on every release of a project that supports it, or on one.

    Args:
        project: the project folder.
        shelf: the definitions.
        name: the measure.
        question: what is asked of it.
        policy: for measures of tiers: the policy.
        release: one release.
        rules: duplicate rules instead of the default ones.
        year_ago: the same days a year before beside each period.
        progress: told (what, done, of).

    Raises:
        TallystickError: TS102, TS183, TS184, TS189; TS181, TS182 or TS188 where no release supports it.
    """
    asked = records_of(project, release)
    book = measurebook(shelf, asked.agency)
    measure = book.measure(name)
    if policy:
        question = replace(question, policy=lawbook(shelf, asked.agency).policy(policy))
    _refuse_policy_place(question)
    found, silent = [], []
    for number, one in enumerate(asked.releases):
        progress(f"Measuring {measure.title[:60]}", number, len(asked.releases))
        with desk(asked, one, shelf, rules=rules) as opened:
            covers, closes = span_of(opened.bench.acts.opened.release)
            own = seen_from_afar(question, closes)
            if _lies_outside(question, covers, closes):
                silent.append(_outside(one, covers, closes))
                continue
            try:
                cells = measured_cells(opened, measure.id, own)
                if year_ago:
                    cells += _year_before(opened, measure.id, own, cells)
            except TallystickError as error:
                if error.faults[0].code not in SILENT:
                    raise
                silent.append(error)
                continue
            is_period = question.period != "release"
            rounds = shelf.added is not None or question.in_window or year_ago
            answer = _answer(opened, book, measure, cells, asked.agency, shelf, rounds=rounds, is_period=is_period)
            cut = (
                f"{question.place} figures end {own.until}: the last days before the closing date are not shown there."
            )
            found.append(answer if own == question else replace(answer, notes=(*answer.notes, cut)))
    progress(f"Measuring {measure.title[:60]}", len(asked.releases), len(asked.releases))
    if not found:
        raise silent[0]
    return Answers(measure, asked, tuple(found), tuple(silent))


def _lies_outside(question: Question, covers: date, closes: date) -> bool:
    after = bool(question.since) and question.since > closes.isoformat()
    return after or (bool(question.until) and question.until < covers.isoformat())


def _outside(release: str, covers: date, closes: date) -> TallystickError:
    return cannot(
        "TS189",
        f"{release} covers none of these days: it holds {in_words(covers)} to {in_words(closes)}.",
        fix="Choose days inside, or build with a release that covers them.",
    )


def _refuse_what_reaches_places(shelf: Shelf, agency: str, book: Measurebook, law: Lawbook) -> None:
    singles = [measure for measure in book.measures.values() if isinstance(measure, UnitMeasure)]
    refuse_places(law, [one.fact for single in singles for one in single.conditions if one.fact])
    for single in singles:
        _refuse_place_columns(single)
    _refuse_other_places(shelf, agency)


def _refuse_place_columns(measure: UnitMeasure) -> None:
    """A condition on one place would turn a national figure into the count of that place.

    Raises:
        TallystickError: TS311, refused to protect people.
    """
    columns = set(disclosure_rules().national_only.place_columns)
    for condition in measure.conditions:
        if condition.column.partition(".")[2] in columns and not condition.differs_from:
            raise refused(
                "TS311",
                f"{measure.id} asks where something happened ({condition.column}).",
                why="A national figure would be the count of one place.",
                fix="Take the condition out and ask with --place.",
            )


def _refuse_other_places(shelf: Shelf, agency: str) -> None:
    """What is told apart by place must be told apart as the package does, with its floors.

    Raises:
        TallystickError: TS310, refused to protect people.
    """
    if shelf.added is None:
        return
    columns = set(disclosure_rules().national_only.place_columns)
    ours = measurebook(Shelf(), agency).dimensions
    for dimension in measurebook(shelf, agency).dimensions.values():
        named = {
            name.partition(".")[2].removeprefix("first_").removeprefix("last_") for name in dimension.columns.values()
        }
        is_place = bool(dimension.place) or bool(named & columns) or any("facility" in name for name in named)
        if is_place and ours.get(dimension.id) != dimension:
            raise refused(
                "TS310",
                f"The dimension '{dimension.id}' would tell places apart in another way than the gate knows.",
                why="Each kind of place has a finest period; another name for it would go round that.",
                fix="Leave places as the package defines them.",
            )


def _refuse_policy_place(question: Question) -> None:
    if question.policy is not None and (question.place or question.by):
        raise cannot(
            "TS189",
            "Policies are laid on the nation only.",
            why="Tiers that differ by three rows in one county would disclose three people.",
            fix="Leave --place and --by out, or ask for --period month.",
        )


def seen_from_afar(question: Question, closes: date) -> Question:
    """A question of places that are not shown for the last days of a release ends before these days."""
    floors = {floor.place: floor.least_days_before_close for floor in disclosure_rules().floors}
    last = closes - timedelta(days=floors.get(question.place, 0))
    if not floors.get(question.place) or (question.until and question.until <= last.isoformat()):
        return question
    return replace(question, until=last.isoformat())


def _year_before(opened: Desk, name: str, question: Question, cells: Sequence[Cell]) -> list[Cell]:
    """The same days a year earlier, each period by itself."""
    found = []
    for first, last in sorted({(cell.period_start, cell.period_end) for cell in cells}):
        before = year_before(Window("", first, last))
        own = replace(question, period="release", since=before.first.isoformat(), until=before.last.isoformat())
        found += measured_cells(opened, name, own)
    return found


def _marked(cell: Cell, late: date) -> Cell:
    """A cell that ends in the last weeks of a release says that it is provisional."""
    if cell.period_end <= late:
        return cell
    return replace(
        cell, note="; ".join(part for part in (cell.note, "provisional: the last weeks fill up later") if part)
    )


def _answer(  # what a reader must know beside the cells
    opened: Desk,
    book: Measurebook,
    measure: UnitMeasure | CombinedMeasure,
    cells: Sequence[Cell],
    agency: str,
    shelf: Shelf,
    *,
    rounds: bool,
    is_period: bool,
) -> Answer:
    release = opened.bench.acts.opened.release
    _, closes = span_of(release)
    late = closes - timedelta(weeks=record_checks(shelf, agency).lag_weeks)
    marked = [_marked(cell, late) if is_period else cell for cell in cells]
    cleared = cleared_cells(marked, always_round=rounds, closes_on=closes)
    return Answer(release.id, cleared, (*_notes(opened, book, measure), *_centre(cleared.cells)))


def _centre(cells: Sequence[Cell]) -> Iterator[str]:
    """Through which facilities the flows that may be shown lead most, in the last period that has some."""
    flows: dict[date, dict[tuple[str, str], int]] = {}
    for cell in cells:
        if cell.place_type == "edge" and cell.bound is not None and "→" in cell.place:
            start, _, end = cell.place.partition("→")
            flows.setdefault(cell.period_start, {})[start, end] = int(cell.bound.lower)
    if flows and importlib.util.find_spec("networkx") is None:
        yield "Through which facilities flows lead most is worked out with the extra: pip install 'tallystick[stats]'."
    elif flows:
        found = sorted(betweenness(flows[max(flows)]).items(), key=lambda item: (-item[1], item[0]))[:3]
        named = ", ".join(f"{node} ({share:.2f})" for node, share in found if share)
        if named:
            yield f"Most of the shortest routes among flows shown since {in_words(max(flows))} lead through {named}."


def cleared_cells(cells: Sequence[Cell], *, always_round: bool, closes_on: date | None = None) -> ClearedCells:
    """Pass cells through the gate: the nation by itself exactly where no part is small, all else rounded outward."""
    measured = MeasuredCells(tuple(cells))
    if all(is_plain_nation(cell) for cell in cells):
        return clear_counts(measured, always_round=always_round, together=True)
    return clear_places(measured, closes_on=closes_on)


def _notes(opened: Desk, book: Measurebook, measure: UnitMeasure | CombinedMeasure) -> Iterator[str]:
    """What matters for this figure: disputes, seams, rules used, days not known."""
    release = opened.bench.acts.opened.release
    for single in parts_of(book, measure):
        unit = book.units[single.units]
        table = release.table(unit.table)
        if table.disputed:
            yield f"{unit.table} of {release.id} are disputed: {table.disputed}."
        rules = opened.bench.layout.duplicate_rule(unit.table, below=False)
        if rules:
            yield f"{unit.table}: repeated rows merged under '{rules}'."
        if single.hindsight:
            yield f"{single.id} reads fields as of extraction: what was recorded later speaks too (hindsight)."
    for pair, rule in sorted(opened.bench.layout.links.items()):
        yield f"{pair}: linked under '{rule}'."
    yield f"{release.id} covers {in_words(span_of(release)[0])} to {in_words(span_of(release)[1])}."


def parts_of(book: Measurebook, measure: UnitMeasure | CombinedMeasure) -> list[UnitMeasure]:
    """The measures of units that a measure rests on."""
    if isinstance(measure, UnitMeasure):
        return [measure]
    return [part for name in (measure.top, measure.bottom) for part in parts_of(book, book.measure(name))]
