"""What a site shows, gathered once for all languages: verdicts, measures, policies, places, comparisons, quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tallystick import store
from tallystick.answers import Records, cells_for, cells_in, cleared_cells, hash_of, main_verdicts, tables_of
from tallystick.claiming import kept_cells
from tallystick.claims.claim import Claim, read_claims
from tallystick.claims.verdict import ClaimVerdict, Outcome, series, tested
from tallystick.comparing import SILENT, Days, ran
from tallystick.folders import Project, read_json
from tallystick.intake.layout import layouts
from tallystick.measures.cell import Cell
from tallystick.measures.comparison import Comparison, comparisons
from tallystick.measures.measure import Measure, definition_hash, measure_names, read_measure
from tallystick.measures.unit_measure import CombinedMeasure, UnitMeasure, measurebook
from tallystick.placing import KINDS, every_place
from tallystick.policies.policy import Lawbook, Policy, lawbook
from tallystick.publish.comparison import Told
from tallystick.publish.site.measures import MeasureShown
from tallystick.publish.site.places import LineShown, PlaceShown
from tallystick.publish.site.policies import ConditionShown, PolicyShown
from tallystick.publish.site.quality import QualityShown
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import TallystickError
from tallystick.terms.period import fiscal_year_of

Progress = Callable[[str, int, int], None]
NEEDS_RECORDS = ("TS111", "TS183", *SILENT)
NEEDS_RELEASE = "It needs a release of records."
NOT_RUN = "It was not run for these pages; the command below runs it."
NEEDS_EXTRA = "This site was written without the statistics extra: pip install 'tallystick[stats]'."
DEFINED = (
    ("Population", "population"), ("Out of", "denominator"), ("Unit", "unit"), ("When", "window"),
    ("Status as of", "date_of_status"), ("How", "estimator"),
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """A declared comparison with its answers, or why there are none."""

    asked: Comparison
    answers: tuple[Told, ...]
    why_none: str


@dataclass(frozen=True)
class ClaimShown:
    """A claim on each of its dates, with the series of its first headline reading."""

    verdicts: tuple[ClaimVerdict, ...]
    trend: tuple[Outcome, ...]


@dataclass(frozen=True)
class Showing:
    """Everything a site shows, whatever the language."""

    records: Records
    days: tuple[date, ...]
    claims: tuple[ClaimShown, ...]
    mains: tuple[ClaimVerdict, ...]
    measures: tuple[MeasureShown, ...]
    policies: tuple[PolicyShown, ...]
    comparisons: tuple[Compared, ...]
    places: tuple[PlaceShown, ...]
    quality: QualityShown


class SourceWords(Strict, frozen=True, kw_only=True):
    """What pages say of the figures of one kind of site."""

    title: str = ""
    credit: str


class SiteWords(Strict, frozen=True, kw_only=True):
    """``site.toml``."""

    shipped: SourceWords
    project: SourceWords
    invented: SourceWords


def showing(records: Records, progress: Progress = lambda _what, _done, _of: None, *, compares: bool = True) -> Showing:
    """Gather what a site shows.

    Args:
        records: the figures in reach.
        progress: told (what, done, of).
        compares: whether comparisons are run; else their pages say how to run them.
    """
    progress("Testing claims", 0, 5)
    claims = read_claims(records.shelf, records.agency)
    cells = cells_for(records, claims)
    shown = []
    for claim in claims:
        digest = hash_of(records.shelf, claim)
        verdicts = tuple(tested(claim, test.at, test.title, cells_in(cells), digest) for test in claim.tests)
        shown.append(ClaimShown(verdicts, tuple(series(claim, cells_in(cells)))))
    progress("Gathering measures", 1, 5)
    measures = tuple(_measures(records, claims))
    progress("Running comparisons", 2, 5)
    declared = comparisons(records.shelf, records.agency).values()
    compared = tuple(_compared(records, one) if compares else Compared(one, (), NOT_RUN) for one in declared)
    progress("Measuring places", 3, 5)
    places = tuple(_places(records))
    progress("Gathering quality", 4, 5)
    days = tuple(cell.period_end for one in measures for cell in one.cells if cell.bound is not None)
    return Showing(
        records,
        days,
        tuple(shown),
        tuple(main_verdicts(records)),
        measures,
        tuple(_policies(records, claims)),
        compared,
        places,
        _quality(records),
    )


def project_of(records: Records) -> Path | None:
    """The folder of a project; None for the figures that ship."""
    return records.figures.parent.parent if records.kind == "project" else None


def _measures(records: Records, claims: Sequence[Claim]) -> Iterator[MeasureShown]:
    shelf, agency = records.shelf, records.agency
    used: dict[str, dict[str, str]] = {}
    for claim in claims:
        for reading in claim.readings:
            if reading.measure:
                used.setdefault(reading.measure, {})[claim.id] = claim.title
    for name in measure_names(shelf):
        own = read_measure(shelf, name)
        cells = cleared_cells(records, [name])[name].cells
        yield _shown(own, cells, definition_hash(shelf, own), used.get(own.id, {}), dict(own.split_words))
    book = measurebook(shelf, agency)
    project = project_of(records)
    kept = (
        kept_cells(Project(project).place("cells"), records.release_set, shelf, agency) if project is not None else {}
    )
    for name, measure in book.measures.items():
        cells = kept[name].cells if name in kept else ()
        yield _shown(measure, cells, book.hash_of(measure), used.get(name, {}), {})


def _shown(
    own: Measure | UnitMeasure | CombinedMeasure,
    cells: Sequence[Cell],
    digest: str,
    claims: dict[str, str],
    groups: dict[str, str],
) -> MeasureShown:
    variants = {} if isinstance(own, CombinedMeasure) else {one.id: one.title for one in own.variants}
    definition = [(name, str(getattr(own, key, "") or "")) for name, key in DEFINED]
    return MeasureShown(
        own.id,
        own.title,
        own.basis,
        tuple((name, text.replace("_", " ")) for name, text in definition if text),
        tuple(getattr(own, "cannot_say", ())),
        variants,
        {key: text.removesuffix(" and") for key, text in groups.items()},
        tuple(
            sorted({_key(cell): cell for cell in cells}.values(), key=lambda cell: (cell.period_end, cell.period_start))
        ),
        tuple(claims.items()),
        digest,
    )


def _key(cell: Cell) -> tuple[object, ...]:
    """What tells a cell apart; the same one may have been asked for by several claims."""
    return tuple(str(value) for value in cell.row().values())


def _policies(records: Records, claims: Sequence[Claim]) -> Iterator[PolicyShown]:
    law = lawbook(records.shelf, records.agency)
    for policy in sorted(law.policies.values(), key=lambda one: (one.issued, one.id)):
        used = tuple((one.id, one.title) for one in claims if any(r.policy == policy.id for r in one.readings))
        conditions = {name: _condition(law, name) for name in _conditions_of(policy) if name in law.known.facts}
        yield PolicyShown(policy, conditions, tuple(law.cases.get(policy.id, ())), used, law.hash_of(policy))


def _conditions_of(policy: Policy) -> list[str]:
    names = [name for tier in policy.tiers for name in tier.rule.facts]
    return [*names, *policy.mitigating, *policy.aggravating, *policy.detention_discouraged]


def _condition(law: Lawbook, name: str) -> ConditionShown:
    fact = law.known.facts[name]
    read = [part.field for test in (*fact.true_when, *fact.false_when) for part in test.parts if part.field]
    return ConditionShown(fact.text, law.known.decidability(fact), tuple(dict.fromkeys(read)))


def _compared(records: Records, asked: Comparison) -> Compared:
    try:
        found = ran(records, asked.id, project_of(records), Days())
    except TallystickError as error:
        if error.faults[0].code not in (*NEEDS_RECORDS, "TS191"):
            raise
        return Compared(asked, (), NEEDS_EXTRA if error.faults[0].code == "TS191" else NEEDS_RELEASE)
    return Compared(asked, found.answers, "")


def _places(records: Records) -> Iterator[PlaceShown]:
    project = project_of(records)
    if project is None or "records" not in read_json(project / "run.json"):
        return
    try:
        found = every_place(project, records.shelf, KINDS)
    except TallystickError as error:
        if error.faults[0].code not in NEEDS_RECORDS:
            raise
        return
    for place in found:
        lines = tuple(
            LineShown(line.title, line.part, _whole_years(line.here), _whole_years(line.nation)) for line in place.lines
        )
        yield PlaceShown(place.kind, place.place, place.place, place.release, lines, place.left_out)


def _whole_years(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of fiscal years, one for each."""
    return tuple({fiscal_year_of(cell.period_end): cell for cell in cells}.values())


def _quality(records: Records) -> QualityShown:
    tables = tables_of(records)
    rows = {name: store.read_rows(tables[name], name) for name in ("sources", "quality", "ledger")}
    return QualityShown(
        rows["sources"],
        rows["quality"],
        rows["ledger"],
        check_titles(records.shelf, records.agency),
        _obtained(records),
    )


def _obtained(records: Records) -> dict[str, str]:
    """Where each known workbook was obtained, by SHA-256."""
    known = layouts(records.shelf, records.agency).issues
    return {digest: issue.obtained_from for digest, issue in known.items()}


def check_titles(shelf: Shelf, agency: str) -> dict[str, tuple[str, str]]:
    """Every check of workbooks and records: its title, and why it matters."""
    found: dict[str, tuple[str, str]] = {}
    for name in ("workbooks/checks", "records/checks"):
        for one in shelf.parsed(shelf.path(f"{agency}/{name}.toml"))["checks"]:
            found[str(one["id"])] = (str(one["title"]), str(one["why"]))
    return found
