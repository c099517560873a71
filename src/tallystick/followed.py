"""What is said of paths: in the ledger and in quality, and counts under rules as cells that passed the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.clear.disclosure import ClearedCells, clear_counts
from tallystick.clear.rules import disclosure_rules
from tallystick.figures.finding import Finding
from tallystick.following import (
    LINKED,
    Following,
    LinkedDatabase,
    LinkedRelease,
    Progress,
    following,
    releases_in,
    span_of,
)
from tallystick.gather import STAGE
from tallystick.gathered import blurred
from tallystick.measures.cell import Cell
from tallystick.measures.grid import Choice, Grid, Placed, PublishedCount, cells_of, placed
from tallystick.measures.record_measure import RecordMeasure, record_measures
from tallystick.records.checking import RecordChecks, percent
from tallystick.records.linking import LinkCount
from tallystick.records.rules import LinkRule
from tallystick.records.staying import StayCount
from tallystick.terms.definitions import Shelf
from tallystick.terms.ledger import LedgerLine

MoreCells = Callable[[Following, Shelf, str, str], list[ClearedCells]]


@dataclass(frozen=True)
class ClearedGrid:
    """A grid whose counts passed the gate, beside what others published of it."""

    grid: Grid
    cleared: ClearedCells
    placed: tuple[Placed, ...]
    passed_over: bool = False  # another release of the project speaks for these days

    def cell(self, choice: Choice, *, as_counted: bool = False) -> Cell:
        """The cleared cell of one combination."""
        place = [entry.choice for entry in self.grid.counts].index(choice)
        return self.cleared.cells[2 * place + as_counted]

    def shown(self, choice: Choice, *, as_counted: bool = False) -> tuple[int, int] | None:
        """Both ends of a count as they may be shown; None where it is hidden."""
        bound = self.cell(choice, as_counted=as_counted).bound
        return None if bound is None else (int(bound.lower), int(bound.upper))


def cleared_grid(
    acts: Following,
    measure: RecordMeasure,
    release_set: str,
    published: Sequence[PublishedCount],
    *,
    full: bool,
    rules: Sequence[str] = (),
    progress: Progress = lambda _s, _d, _o: None,
) -> ClearedGrid:
    """Count under combinations of rules and pass every count through the gate."""
    grid = acts.grid(measure, full=full, rules=rules, progress=progress)
    cells = cells_of(grid, release_set, acts.book.hash, *span_of(acts.opened.release))
    return ClearedGrid(grid, clear_counts(cells), tuple(placed(grid, published)))


def follow_releases(
    stage: Path, release_set: str, shelf: Shelf, agency: str, progress: Progress, more: MoreCells
) -> tuple[LinkedDatabase, list[ClearedCells]]:
    """Write the paths of every release of a build, and count under the default rules and under each other one in turn.

    `more` is asked for more cells of each release while it is open.

    Returns:
        What was written, and the cleared counts.
    """
    records = stage / STAGE
    (stage / LINKED).mkdir(parents=True, exist_ok=True, mode=0o700)
    written, counted = [], []
    for name in releases_in(records):
        with following(records, name, shelf, agency) as (acts, engine):
            written.append(acts.write(engine, stage / LINKED, shelf, agency))
            fit = [measure for measure in record_measures(shelf).values() if acts.supports(measure)]
            for number, measure in enumerate(fit, start=1):
                counted.append(cleared_grid(acts, measure, release_set, (), full=False).cleared)
                progress(f"Following paths, counting under every rule: {name}", number, len(fit))
            counted += more(acts, shelf, agency, release_set)
    return LinkedDatabase(tuple(written)), counted


def ledger_of(database: LinkedDatabase) -> list[LedgerLine]:
    """What was merged and what belongs to no stay, release by release."""
    return [blurred(line) for release in database.releases for line in _ledger(release)]


def _ledger(release: LinkedRelease) -> Iterator[LedgerLine]:
    for table, (rule, count) in release.duplicates.items():
        if count.counted < count.rows:
            yield LedgerLine("linked", table, "merged", rule.id, rule.title, release.release, count.rows, count.counted)
    if release.stays is not None:
        rule_, found = release.stays
        if found.stints_in_none:
            reason = "no person key, no beginning of the stay, or no moment: the stay cannot be known"
            kept = found.stints - found.stints_in_none
            yield LedgerLine("linked", "stints", "in no stay", rule_.id, reason, release.release, found.stints, kept)


def findings_of(database: LinkedDatabase, checks: RecordChecks) -> list[Finding]:
    """Findings about duplicates, stays, links and population."""
    return [finding for release in database.releases for finding in _findings(release, checks)]


def _findings(release: LinkedRelease, checks: RecordChecks) -> Iterator[Finding]:
    yield from _repeated(release)
    if release.stays is not None:
        yield from _odd_stays(release, release.stays[1], checks)
    for link, count in release.links.values():
        yield from _linked(release, link, count, checks)
    if release.balance is not None:
        share = percent(round(release.balance.implied), round(release.balance.mean_population))
        text = f"Arrivals times mean length of stay give {share} % of the mean population (Little's law)."
        yield _about(release, "littles-law", "stints", "note", text, float(share))
    if release.population is not None and release.population.broken:
        text = "The population does not add up from day to day: a fault of ours."
        yield _about(release, "population-residual", "stints", "rejected", text, float(release.population.broken))


def _about(
    release: LinkedRelease, check: str, table: str, status: str, text: str, value: float | None = None, **ends: float
) -> Finding:
    return Finding(check, table, "", release.release, "", value, ends.get("low"), ends.get("high"), status, text)


def _repeated(release: LinkedRelease) -> Iterator[Finding]:
    for table, (rule, count) in release.duplicates.items():
        if count.rows > count.counted:
            share = _of(count.rows - count.counted, count.rows, "rows")
            text = f"{share} repeat another one under the rule '{rule.id}'; each rule counts otherwise."
            yield _about(release, "repeated-rows", table, "note", text)


def _odd_stays(release: LinkedRelease, found: StayCount, checks: RecordChecks) -> Iterator[Finding]:
    for many, whole, what, words in (
        (found.ends_before_start, found.stints, "stints", "end before they begin: their end is unknown"),
        (found.goes_on_and_returns, found.stints, "stints", "go on while their person begins another: end unknown"),
        (found.with_overlaps, found.stays, "stays", "hold stints that overlap: their time is counted once"),
        (found.with_gaps, found.stays, "stays", "have time between two stints that is spent in no facility"),
    ):
        if many:
            status = "suspect" if percent(many, whole) >= checks.odd_stays_percent else "note"
            yield _about(release, "odd-stays", "stints", status, f"{_of(many, whole, what)} {words}.")


def _linked(release: LinkedRelease, link: LinkRule, count: LinkCount, checks: RecordChecks) -> Iterator[Finding]:
    linked = count.states["linked"]
    low, high = percent(linked, count.left), percent(count.upper, count.left)
    is_usual = checks.link_least_percent <= low <= checks.link_most_percent or not count.left
    shown = _of(linked, count.left, link.left)
    text = f"{shown} are linked to {link.right} under '{link.id}'; up to {high} % could be."
    status = "note" if is_usual else "suspect"
    yield _about(release, "link-rate", link.pair, status, text)
    if count.negative:
        text = f"{_of(count.negative, count.pairs, 'pairs')} run backwards: the {link.right} come first."
        yield _about(release, "link-backwards", link.pair, "note", text)
    if count.most_for_one > 1 or count.pairs > count.right_linked:
        text = "Some rows stand in several pairs: count rows, not pairs."
        yield _about(release, "link-fan-out", link.pair, "note", text)


def _of(part: int, whole: int, what: str) -> str:
    """A share in whole percent, or that it is of fewer than the gate shows."""
    least = disclosure_rules().thresholds.least_units
    if 0 < part < least:
        return f"Fewer than {least} {what}"
    share = percent(part, whole)
    return f"{share} % of {what}" if share else f"Less than 1 % of {what}"
