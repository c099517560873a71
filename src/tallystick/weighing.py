"""Written policies on a project, as cells that passed the gate: tiers of one policy, and two policies side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tallystick.assessing import Assessed, Bench
from tallystick.clear.disclosure import ClearedCells, clear_counts
from tallystick.clear.rules import disclosure_rules
from tallystick.counting import records_of
from tallystick.following import following, span_of
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.measures.unit_measure import unit_rules
from tallystick.policies.assessment import Assessment, Assessor, Cause, Counts, fields_of
from tallystick.policies.bounds import Rule
from tallystick.policies.facts import View
from tallystick.policies.policy import Lawbook, Policy, lawbook
from tallystick.policies.profiles import Unit
from tallystick.terms.bound import Bound, point
from tallystick.terms.definitions import Shelf, identity
from tallystick.terms.errors import cannot, refused


@dataclass(frozen=True)
class Weighed:
    """One policy on one unit of one release: cleared shares, and what keeps them open."""

    release: str
    unit: Unit
    invented: bool
    release_set: str
    cells: tuple[Cell, ...]
    causes: dict[str, tuple[Cause, ...]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SideBySide:
    """Two policies on the same records: cleared counts by what each says."""

    release: str
    unit: Unit
    invented: bool
    release_set: str
    cells: ClearedCells
    notes: tuple[str, ...]


def weigh(
    project: Path | None,
    shelf: Shelf,
    policy: str,
    *,
    unit: Unit = "arrests",
    release: str = "",
    view: View = "agency",
    hindsight: bool = False,
) -> list[Weighed]:
    """A policy, on or off its dates, on every release of a project that has the unit.

    Raises:
        TallystickError: TS182, TS183, TS184.
    """
    found = []
    for bench, book, release_set, invented in _benches(project, shelf, unit, release):
        _refuse_places(book, [book.policy(policy)])
        assessed = bench.assess(unit, [book.policy(policy)], view=view, hindsight=hindsight)
        cells = MeasuredCells(tuple(_cells(bench, book, assessed, release_set)))
        causes = {tier.tier: tier.causes for tier in assessed.assessments[0].tiers}
        cleared = _cleared(cells, always_round=shelf.added is not None)
        notes = _notes([book.policy(policy)], unit, bench)
        found.append(Weighed(assessed.release, unit, invented, release_set, cleared, causes, notes))
    return found


def _benches(
    project: Path | None, shelf: Shelf, unit: Unit, release: str
) -> Iterator[tuple[Bench, Lawbook, str, bool]]:
    asked = records_of(project, release)
    book = lawbook(shelf, asked.agency)
    table = "stints" if unit == "stays" else unit
    any_ = False
    for one in asked.releases:
        with following(asked.folder, one, shelf, asked.agency) as (acts, _):
            if table in acts.opened.tables and not (unit == "stays" and acts.opened.release.table("stints").no_stays):
                any_ = True
                yield Bench(acts, book, unit_rules(shelf, asked.agency)), book, asked.release_set, asked.invented
    if not any_:
        raise cannot("TS182", f"No release of this project has {unit} that can be used.", fix="tallystick get --list")


def _cleared(cells: MeasuredCells, *, always_round: bool) -> tuple[Cell, ...]:
    """Tiers by themselves; the classes of which tier is the highest as the parts of one whole."""
    parts = tuple(cell for cell in cells.cells if (cell.tier or "").startswith(HIGHEST))
    rest = tuple(cell for cell in cells.cells if cell not in parts)
    done = clear_counts(MeasuredCells(rest), always_round=always_round)
    whole = clear_counts(MeasuredCells(parts), always_round=always_round, together=True)
    return (*done.cells, *whole.cells)


def _notes(policies: Sequence[Policy], unit: Unit, bench: Bench) -> tuple[str, ...]:
    """What a reader must know: a policy applied off its dates, or to what it does not govern."""
    release = bench.acts.opened.release
    found = []
    for policy in policies:
        stood = policy.stood_during(*span_of(release))
        days = f"{release.covers_from} to {release.closes_on}"
        if stood != "all":
            when = "on none of these days" if stood == "none" else "on some of these days only"
            found.append(f"{policy.id} was in force {when} ({days}): it is applied off its dates.")
        if unit not in policy.governs:
            found.append(f"{policy.id} governs {', '.join(policy.governs) or 'nothing by itself'}, not {unit}.")
    return tuple(found)


def _refuse_places(book: Lawbook, policies: Sequence[Policy]) -> None:
    refuse_places(book, [name for policy in policies for tier in policy.tiers for name in tier.rule.facts])


def refuse_places(book: Lawbook, facts: Iterable[str]) -> None:
    """A fact that asks where somebody was would turn a national share into a count of one place.

    Raises:
        TallystickError: TS311, refused to protect people.
    """
    columns = set(disclosure_rules().national_only.place_columns)
    for name in sorted(set(facts)):
        fact = book.known.facts[name]
        for part in (part for test in (*fact.true_when, *fact.false_when) for part in test.parts):
            field = book.known.fields[part.field]
            if columns & {field.column, *(one.column for one in field.parts)}:
                raise refused(
                    "TS311",
                    f"The fact '{name}' asks where something happened ({field.column}).",
                    why="The share of a national policy would be the count of one place.",
                    fix="Take the test out; places are shown by measures that the gate knows.",
                )


def _cells(bench: Bench, book: Lawbook, assessed: Assessed, release_set: str) -> Iterator[Cell]:
    for assessment in assessed.assessments:
        policy = book.policy(assessment.policy)
        for tier, variant, counts in _shares(assessment):
            yield _cell(bench, book, policy, assessed, assessment, tier, variant, counts, release_set)


def _duplicate_rule(bench: Bench, unit: Unit) -> str:
    return bench.acts.duplicates("stints" if unit == "stays" else unit).id


def _link_rules(bench: Bench) -> str | None:
    return ", ".join(f"{pair}: {rule}" for pair, rule in sorted(bench.links.items())) or None


def _shares(assessment: Assessment) -> Iterator[tuple[str, str, Counts]]:
    for tier in assessment.tiers:
        if tier.core is not None:
            yield tier.tier, "core", tier.core
        yield tier.tier, "strict", tier.strict
        if tier.after_exceptions != tier.strict:
            yield tier.tier, "after exceptions", tier.after_exceptions
    if assessment.outside is not None:
        yield "outside every tier", "strict", assessment.outside
        whole = assessment.outside.records
        for tiers, records in assessment.highest.items():
            yield HIGHEST + " or ".join(name or "none" for name in tiers), "strict", Counts(records, records, whole)


def _cell(  # one cell has many sides
    bench: Bench,
    book: Lawbook,
    policy: Policy,
    assessed: Assessed,
    assessment: Assessment,
    tier: str,
    variant: str,
    counts: Counts,
    release_set: str,
) -> Cell:
    opens, closes = span_of(bench.acts.opened.release)
    numerator = Bound(Fraction(counts.least), Fraction(counts.most))
    whole = counts.records or 1
    return Cell(
        measure=f"policies/{assessed.unit}",
        definition_hash=book.hash_of(policy),
        release_set=release_set,
        basis="records",
        statistic="share",
        unit=assessed.unit.removesuffix("s"),
        value_unit="fraction",
        variant=f"{assessed.release} {variant}",
        period_start=opens,
        period_end=closes,
        split=(),
        bound=Bound(numerator.lower / whole, numerator.upper / whole),
        numerator=numerator,
        denominator=point(counts.records),
        status="ok",
        note="",
        people=assessed.people,
        population=f"{assessed.unit} of {assessed.release}",
        policy=policy.id,
        tier=tier,
        view=assessment.view,
        hindsight=assessment.hindsight,
        duplicate_rule=_duplicate_rule(bench, assessed.unit),
        link_rule=_link_rules(bench),
    )


def side_by_side(
    project: Path | None,
    shelf: Shelf,
    one: str,
    other: str,
    *,
    unit: Unit = "arrests",
    release: str = "",
    view: View = "agency",
    hindsight: bool = False,
) -> list[SideBySide]:
    """How the records of a project stand under two policies: in, out or unknown under each.

    Raises:
        TallystickError: TS182, TS183, TS184; TS185 for a policy that has no tiers.
    """
    found = []
    for bench, book, release_set, invented in _benches(project, shelf, unit, release):
        policies = [book.policy(one), book.policy(other)]
        _refuse_places(book, policies)
        scopes = [_scope(policy) for policy in policies]
        evaluator = bench.evaluator(view, unit)
        profiles, people = bench.profiles(unit, fields_of(scopes, evaluator), view=view, hindsight=hindsight)
        walk = Assessor(profiles, evaluator).crosswalk(*scopes)
        opens, closes = span_of(bench.acts.opened.release)
        name = bench.acts.opened.release.id
        cells = [
            Cell(
                measure=f"policies/{unit}-side-by-side",
                definition_hash=identity([book.hash_of(policy) for policy in policies]),
                release_set=release_set,
                basis="records",
                statistic="count",
                unit=unit.removesuffix("s"),
                value_unit="records",
                variant=f"{name}: {in_one} / {in_other}",
                period_start=opens,
                period_end=closes,
                split=(),
                bound=point(walk.get((in_one, in_other), 0)),
                numerator=point(walk.get((in_one, in_other), 0)),
                denominator=point(profiles.records),
                status="ok",
                note="",
                people=people,
                population=f"{unit} of {name}",
                policy=f"{one} / {other}",
                view=view,
                hindsight=hindsight,
                duplicate_rule=_duplicate_rule(bench, unit),
                link_rule=_link_rules(bench),
            )
            for in_one in STANDINGS
            for in_other in STANDINGS
        ]
        cleared = clear_counts(MeasuredCells(tuple(cells)), always_round=shelf.added is not None, together=True)
        found.append(SideBySide(name, unit, invented, release_set, cleared, _notes(policies, unit, bench)))
    return found


HIGHEST = "highest: "  # each set of tiers of which any could be the highest, as a class of its own
STANDINGS = ("in", "unknown", "out")


def _scope(policy: Policy) -> Rule:
    tiers = policy.classes or policy.tiers
    if not tiers:
        raise cannot("TS185", f"{policy.id} has no tiers: {policy.no_tiers_because}.", fix="tallystick policy list")
    return Rule("any", tuple(tier.rule for tier in tiers))
