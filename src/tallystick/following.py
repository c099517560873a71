"""From rows to paths: the acts of one release under named rules, and every count under every combination of them.

Rules never reach from one release into another: person keys mean nothing outside their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.gather import rules_of
from tallystick.measures.grid import Choice, Grid, GridCount, choices, one_at_a_time
from tallystick.measures.record_measure import RecordMeasure
from tallystick.records.deduplicating import Counted, counts, kept_rows, speaking
from tallystick.records.lengths import curve, little, nights_sql, restricted_mean
from tallystick.records.linking import LinkCount, count_links, make_links
from tallystick.records.opening import Opened, open_tables
from tallystick.records.populating import Residual, facility_kinds, lay_kinds, make_population, residual
from tallystick.records.rules import DuplicateRule, LinkRule, Rulebook, StayRule, chosen, rulebook
from tallystick.records.staying import (
    StayCount,
    count_stays,
    make_spans,
    make_stays,
    most_stays,
    refuse_without_stays,
    stay_rows,
)
from tallystick.terms.definitions import Shelf, unknown_name
from tallystick.terms.errors import cannot

LINKED = "4-linked"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LinkedRelease:
    """What was written of one release under the default rules: counts, never rows."""

    release: str
    duplicates: Mapping[str, tuple[DuplicateRule, Counted]]
    stays: tuple[StayRule, StayCount] | None
    links: Mapping[str, tuple[LinkRule, LinkCount]]
    population: Residual | None
    balance: Balance | None


@dataclass(frozen=True)
class Balance:
    """Little's law: the mean population, and the one that arrivals and mean length of stay imply."""

    mean_population: float
    implied: float


@dataclass(frozen=True)
class LinkedDatabase:
    """All releases of a project with their episodes, stays, links and populations."""

    releases: tuple[LinkedRelease, ...]


class Following:
    """The acts on one release; what one act made is kept until another rule asks for another."""

    def __init__(self, opened: Opened, book: Rulebook) -> None:
        self.opened = opened
        self.book = book
        self._spoken: set[str] = set()
        self._spans = ""
        self._stays = ("", "")

    def duplicates(self, table: str, name: str = "") -> DuplicateRule:
        """A duplicate rule of a table."""
        return chosen(self.book.duplicate_rules(table), name, f"duplicate rule for {table}")

    def spoken(self, table: str, rule: DuplicateRule) -> str:
        """The table that says which row speaks for which."""
        name = f"{table}|{rule.id}"
        if name not in self._spoken:
            speaking(self.opened, table, rule, name)
            self._spoken.add(name)
        return name

    def counted(self, table: str, rule: DuplicateRule) -> Counted:
        """How many a table holds under a rule."""
        return counts(self.opened, table, rule, self.spoken(table, rule))

    def kept(self, table: str, rule: DuplicateRule) -> str:
        """A view of the rows that count."""
        view = f"{table}_kept"
        query = kept_rows(table, rule, self.spoken(table, rule))
        self.opened.ask(f"create or replace view {view} as {query}", ())
        return view

    def stays(self, duplicate: DuplicateRule, rule: StayRule) -> str:
        """A view of the stays with what their stints say."""
        refuse_without_stays(self.opened)
        if self._spans != duplicate.id:
            make_spans(self.opened, duplicate, self.spoken("stints", duplicate))
            self._spans, self._stays = duplicate.id, ("", "")
        if self._stays != (duplicate.id, rule.id):
            make_stays(self.opened, rule)
            self._stays = (duplicate.id, rule.id)
            self.opened.ask(f"create or replace view stays_kept as {stay_rows('stays')}", ())
        return "stays_kept"

    def count_stays(self, duplicate: DuplicateRule, rule: StayRule) -> StayCount:
        """What became of the stints."""
        self.stays(duplicate, rule)
        return count_stays(self.opened)

    def link(self, rule: LinkRule, duplicate: Mapping[str, DuplicateRule], stay: StayRule) -> LinkCount:
        """What a link rule finds; the pairs stand in the table ``links``."""
        sides = [
            self.stays(duplicate["stints"], stay) if side == "stays" else self.kept(side, duplicate[side])
            for side in (rule.left, rule.right)
        ]
        make_links(self.opened, rule, *sides)
        loose = 0
        if rule.right == "stays":
            loose = count_stays(self.opened).stints_in_none
        return count_links(self.opened, rule, more_unlinkable=loose)

    # what a grid needs

    def names(self, measure: RecordMeasure) -> dict[str, list[str]]:
        """The choices of a grid, each with its rules, the default one first."""
        found = {
            f"duplicates of {table}": [rule.id for rule in self.book.duplicate_rules(table)] for table in measure.tables
        }
        if "stays" in measure.counts:
            found["stay rule"] = [rule.id for rule in self.book.stay_rules]
        if measure.is_pair:
            found["link rule"] = [rule.id for rule in self.book.link_rules(measure.counts)]
        return found

    def count(self, measure: RecordMeasure, choice: Choice) -> GridCount:
        """One count of a grid."""
        rules = dict(choice)
        duplicate = {table: self.duplicates(table, rules[f"duplicates of {table}"]) for table in measure.tables}
        stay = chosen(self.book.stay_rules, rules.get("stay rule", ""), "stay rule")
        if measure.is_pair:
            link = chosen(self.book.link_rules(measure.counts), rules["link rule"], "link rule")
            found = self.link(link, duplicate, stay)
            return GridCount(choice, found.states["linked"], found.lower, found.upper, found.left, found.people)
        if measure.counts == "stays":
            made = self.count_stays(duplicate["stints"], stay)
            low = high = made.stays
            if stay.act == "stays_by_gap":
                high = most_stays(self.opened, stay)
                low = made.people if made.stints_in_none else made.stays  # one long stint can join any number of stays
            return GridCount(choice, made.stays, low, high + made.stints_in_none, made.stints, made.people)
        table = self.counted(measure.counts, duplicate[measure.counts])
        return GridCount(choice, table.counted, table.lower, table.upper, table.rows, table.people)

    def grid(
        self,
        measure: RecordMeasure,
        *,
        full: bool,
        rules: Sequence[str] = (),
        progress: Progress = lambda _s, _d, _o: None,
    ) -> Grid:
        """A count under every combination of rules, or under those that differ from the default in one choice.

        Args:
            measure: what is counted.
            full: every combination.
            rules: rules that stand in for the default ones.
            progress: told (what, done, of).

        Raises:
            TallystickError: TS180 for a rule that the measure cannot use, TS181, TS182.
        """
        self.needs(measure)
        names = self.names(measure)
        for rule in rules:
            if not any(rule in known for known in names.values()):
                every = {name for known in names.values() for name in known}
                raise unknown_name("TS180", f"rule for {measure.id}", rule, every, "tallystick measure list --rules")
        names = {what: sorted(known, key=lambda rule: rule not in rules) for what, known in names.items()}
        # combinations with the same stints and stays stand together, so that stays are made once for each
        wanted = sorted(choices(names) if full else one_at_a_time(names), key=_stays_first)
        found = []
        for number, choice in enumerate(wanted, start=1):
            found.append(self.count(measure, choice))
            progress(f"Counting {measure.title.lower()}", number, len(wanted))
        default = choices(names)[0]
        return Grid(measure, self.opened.release.id, tuple(sorted(found, key=lambda entry: entry.choice)), default)

    def needs(self, measure: RecordMeasure) -> None:
        """Refuse a measure whose tables the release does not have.

        Raises:
            TallystickError: TS182 naming them, TS181 where stays cannot be made.
        """
        missing = [table for table in measure.tables if table not in self.opened.tables]
        if missing:
            raise cannot(
                "TS182",
                f"{measure.title}: {self.opened.release.id} has no {' and no '.join(missing)} here.",
                why="Without them the count is not zero but unknown.",
                fix="Build with the files that hold them; tallystick get --list shows what each release has.",
            )
        if "stays" in measure.counts:
            refuse_without_stays(self.opened)

    def supports(self, measure: RecordMeasure) -> bool:
        """Whether the release has what a measure needs."""
        has = all(table in self.opened.tables for table in measure.tables)
        return has and not ("stays" in measure.counts and self.opened.release.table("stints").no_stays)

    def balance(self) -> Balance | None:
        """The population against arrivals and mean length of stay, over what the release covers; None without stays."""
        opens, closes = self.opened.opens_at, self.opened.closes_at
        days = (closes - opens) // 86400
        arrivals = self.opened.one(f"select count(*) from stays where starts >= {opens} and starts < {closes}")[0]
        held = "select coalesce(avg(midnight_most), 0) from population where dimension = 'nation'"
        mean = float(self.opened.one(held)[0])
        self.opened.make("nights", nights_sql(opens, closes))
        moments = curve(self.opened.ask, "nights")
        if not moments or not mean:
            return None
        longest = max(moment.at for moment in moments)
        return Balance(mean, little(arrivals, restricted_mean(moments, longest), days))

    # what a build writes

    def write(self, engine: Any, folder: Path, shelf: Shelf, agency: str) -> LinkedRelease:
        """Write episodes, stays, links and population under the default rules below `folder`."""
        own = folder / self.opened.release.id
        tables = [table for table in self.opened.tables if self.book.duplicate_rules(table)]
        duplicate = {table: self.duplicates(table) for table in tables}
        counted = {}
        for table, rule in duplicate.items():
            counted[table] = (rule, self.counted(table, rule))
            query = (
                f'select record, episode, episode = record as counts from "{self.spoken(table, rule)}" order by record'
            )
            store.write_parquet(engine, query, own / f"{table}-episodes.parquet")
        can_stay = "stints" in tables and not self.opened.release.table("stints").no_stays
        stay_rule, stays, left, balance = self.book.stay_rules[0], None, None, None
        if can_stay:
            stays = (stay_rule, self.count_stays(duplicate["stints"], stay_rule))
            store.write_parquet(engine, "select * from stays_kept order by stay", own / "stays.parquet")
            told = "select record, stay from stays_told order by record"
            store.write_parquet(engine, told, own / "stints-stays.parquet")
        links = {}
        for pair in self.book.pairs:
            link = self.book.link_rules(pair)[0]
            needed = {"stints" if side == "stays" else side for side in (link.left, link.right)}
            if needed <= set(tables) and (can_stay or "stints" not in needed):
                links[pair] = (link, self.link(link, duplicate, stay_rule))
                query = "select left_record, right_record, seconds, state from links order by 1, 2"
                store.write_parquet(engine, query, own / f"links-{pair}.parquet")
        if can_stay:
            lay_kinds(self.opened, facility_kinds(shelf, agency))
            make_population(self.opened)
            left, balance = residual(self.opened), self.balance()
            query = "select date 'epoch' + day::integer as date, * exclude (day) from population order by 2, 3, 1"
            store.write_parquet(engine, query, own / "population.parquet")
        return LinkedRelease(self.opened.release.id, counted, stays, links, left, balance)


def _stays_first(choice: Choice) -> tuple[str, str, Choice]:
    rules = dict(choice)
    return rules.get("duplicates of stints", ""), rules.get("stay rule", ""), choice


@contextmanager
def following(
    records: Path,
    release: str,
    shelf: Shelf,
    agency: str = "us-ice",
    *,
    memory: str = store.MEMORY,
    listen: Callable[[str], object] = lambda _statement: None,
) -> Iterator[tuple[Following, Any]]:
    """Open one release of a project for its acts.

    Args:
        records: the folder ``3-records`` of the project.
        release: id of the release.
        shelf: the definitions.
        agency: the agency.
        memory: limit of the engine.
        listen: told every statement before it runs.

    Yields:
        The acts, and the engine they run in.
    """
    rules = rules_of(shelf, agency)
    paths = {path.stem: str(path) for path in sorted((records / release).glob("*.parquet"))}
    with store.scratch() as folder, store.engine(memory=memory, spill=folder) as engine:

        def ask(query: str, values: Any) -> list[tuple[Any, ...]]:
            listen(_said(query, values))
            # without values the engine looks for no library that could have made them: thousands of times faster to ask
            return list((engine.execute(query, list(values)) if values else engine.execute(query)).fetchall())

        known = rules.register.release(release).release
        opened = open_tables(ask, known, rules.codebook.tables, paths)
        yield Following(opened, rulebook(shelf, agency)), engine


def _said(query: str, values: Any) -> str:
    """A statement as it stands alone: with its values in their places."""
    for value in values or ():
        text = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
        query = query.replace("?", text, 1)
    return query


def releases_in(records: Path) -> list[str]:
    """The releases whose tables stand in a project."""
    return sorted(path.name for path in records.glob("*") if path.is_dir())


def span_of(release: Any) -> tuple[date, date]:
    """The days a release covers."""
    return date.fromisoformat(release.covers_from), date.fromisoformat(release.closes_on)
