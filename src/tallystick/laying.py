"""Units of a release laid out: their rows, what is linked to them, and the columns that somebody asks of them.

The view ``unit_source`` has one row for each unit (or for each unit and window, where units last), with the columns
`record`, `person_key`, `moment`, `day`, `event`, `member`, `least`, `most`, `window` and, per alias, those asked for as
``alias.column`` with ``alias.column__why`` beside them and ``alias|day``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tallystick.following import Following
from tallystick.measures.unit_measure import UnitRule
from tallystick.measures.windows import Window
from tallystick.records.acting import filled
from tallystick.records.linking import loose_sql
from tallystick.records.opening import DAY, Ask, seconds_of
from tallystick.terms.errors import cannot

TABLES = {"arr": "arrests", "det": "stints", "det_first": "stints", "dtn": "detainers", "rem": "removals",
          "enc": "encounters", "rca": "rca"}  # fmt: skip
OF_STAYS = {"stay", "det", "det_first"}
LASTING = ("held", "custody")  # rows that stand in several windows


@dataclass
class Layout:
    """Lays units out on the engine of one release, each pair of tables linked once."""

    acts: Following
    links: dict[str, str] = field(default_factory=dict)  # pair -> the rule by which it was linked
    loose: dict[str, int] = field(default_factory=dict)  # pair -> right rows that no rule can link
    takers: dict[str, tuple[int, int]] = field(default_factory=dict)  # pair -> left rows without key, what each takes
    duplicates: dict[str, str] = field(default_factory=dict)  # table -> a rule instead of the default one
    link_rules: dict[str, str] = field(default_factory=dict)  # pair -> a rule instead of the default one
    counts_loose: bool = False  # keep in the engine, too, what no rule can link, for statements that stand alone
    _laid: set[str] = field(default_factory=set)
    _cut: tuple[tuple[Window, ...], bool] | None = None
    _absent: dict[str, set[str]] = field(default_factory=dict)

    @property
    def tables(self) -> set[str]:
        """The tables of the release that can be used."""
        return {table for table in TABLES.values() if table in self.acts.opened.tables}

    @property
    def has_stays(self) -> bool:
        """Whether stays can be made."""
        return "stints" in self.tables and not self.acts.opened.release.table("stints").no_stays

    def aliases(self, unit: UnitRule) -> list[str]:
        """The aliases that can stand in the source of a unit."""
        found = [unit.alias]
        for alias, pair in unit.beside.items():
            sides = pair.split("-")
            if all(self.has_stays if side == "stays" else side in self.tables for side in sides):
                found.append(alias)
        return [*found, "det_first", "det"] if "stay" in found else found

    def duplicate_rule(self, table: str, *, below: bool) -> str | None:
        """The duplicate rule of a table; below the nation only one instead of the default (the gate refuses it)."""
        if table in self.duplicates or below:
            return self.duplicates.get(table)
        rules = self.acts.book.duplicate_rules(table)
        return rules[0].id if rules else None

    def is_absent(self, table: str, column: str) -> bool:
        """Whether a release does not hold a column at all."""
        if table not in self._absent:
            names = [name for name, _ in self.acts.opened.rules[table].stored if name != "person_key"]
            tests = ", ".join(f"bool_and(\"{name}__why\" = 'not_in_release')" for name in names)
            found = self.acts.opened.one(f"select {tests} from {table}_rows")
            self._absent[table] = {name for name, absent in zip(names, found, strict=True) if absent}
        return column in self._absent[table]

    def needs(self, unit: UnitRule) -> None:
        """Refuse a unit that the release does not have.

        Raises:
            TallystickError: TS182, TS181 where stays cannot be made.
        """
        if unit.table not in self.tables:
            release = self.acts.opened.release.id
            raise cannot("TS182", f"{release} has no {unit.table} here.", fix="tallystick get --list")
        if unit.alias in ("stay", "move"):
            from tallystick.records.staying import refuse_without_stays

            refuse_without_stays(self.acts.opened)

    def lay(self, unit: UnitRule, columns: Mapping[str, Iterable[str]], windows: Sequence[Window] = ()) -> list[str]:
        """Make the view ``unit_source``.

        Args:
            unit: the unit.
            columns: alias -> the columns asked for; an alias asked for without columns is joined for its link.
            windows: for units that last: the windows in which they are looked at.

        Returns:
            The aliases that stand in it.

        Raises:
            TallystickError: TS181, TS182.
        """
        self.needs(unit)
        opened = self.acts.opened
        there = [alias for alias in self.aliases(unit) if alias in columns or alias == unit.alias]
        self._kept({TABLES[alias] for alias in there if alias in TABLES} | {unit.table})
        joins = self._joins(unit, there)
        selected = [*self._home(unit), *self._of_links(unit, there)]
        for alias in there:
            if alias in TABLES:
                at = "home" if alias == unit.alias else alias
                selected.append(f'cast({at}."{opened.rules[TABLES[alias]].event}" as date) as "{alias}|day"')
            selected += [
                f'{self._at(unit, alias)}."{column}" as "{alias}.{column}"' for column in columns.get(alias, ())
            ]
        rows = self._rows(unit, windows, columns)
        text = f"create or replace view unit_source as select {', '.join(selected)} from {rows} as home {joins}"
        opened.ask(text, ())
        return there

    def _at(self, unit: UnitRule, alias: str) -> str:
        return "home" if alias == unit.alias else alias

    def _kept(self, tables: set[str]) -> None:
        for name in sorted(tables):
            if name == "stints":
                self._stays()
            elif self.acts.book.duplicate_rules(name):
                self.acts.kept(name, self.acts.duplicates(name, self.duplicates.get(name, "")))

    def _stays(self) -> None:
        if self.has_stays:
            rule = self.acts.duplicates("stints", self.duplicates.get("stints", ""))
            self.acts.stays(rule, self.acts.book.stay_rules[0])

    def _rows(self, unit: UnitRule, windows: Sequence[Window], columns: Mapping[str, Iterable[str]]) -> str:
        if unit.rows in LASTING:
            lay_windows(self.acts.opened.ask, windows)
        if unit.rows == "held":
            midnight = "windows.closes"
            there = f"(stays.ends_most is null or stays.ends_most >= {midnight})"
            return (
                f"(select stays.*, windows.number as window_number, windows.closes from stays "
                f"inner join windows on stays.starts < {midnight} and {there})"
            )
        if unit.rows == "custody":
            by_facility = "piece_facility" in columns.get(unit.alias, ())
            cut = self._custody_in(windows, by_facility=by_facility)
            return f"(select stays.*, cut.* exclude (stay) from {cut} as cut inner join stays on stays.stay = cut.stay)"
        if unit.rows == "moves":
            return self._moves()
        if unit.rows == "stays_ended":
            return "(select * from stays where how <> 'open')"
        if unit.rows == "stays":
            return "stays"
        return f"{unit.rows}_kept" if self.acts.book.duplicate_rules(unit.rows) else f"{unit.rows}_rows"

    def _custody_in(self, windows: Sequence[Window], *, by_facility: bool) -> str:
        """The time of each stay in each window (and facility), as a table that is kept for the next measure."""
        opened = self.acts.opened
        wanted = (tuple(windows), by_facility)
        if self._cut != wanted:
            parts = filled("custody", {"closes_at": opened.closes_at}, {"told": "stays_told"})
            facility = ", spans.facility as piece_facility" if by_facility else ""
            inside = ", ".join(
                f"sum(greatest(least(until_{end}, windows.closes) - greatest(from_{end}, windows.opens), 0))::bigint "
                f"as seconds_in_{end}"
                for end in ("least", "most")
            )
            joined = "inner join spans on spans.record = parts.record " if by_facility else ""
            opened.make(
                "custody_cut",
                f"select parts.stay, windows.number as window_number{facility}, {inside} "
                f"from ({parts}) as parts {joined}"
                "inner join windows on parts.from_most < windows.closes and parts.until_most > windows.opens "
                "group by all",
            )
            self._cut = wanted
        return "custody_cut"

    def _moves(self) -> str:
        """Each step of a stay from one facility to another, at the moment when the later stint begins."""
        if "moves" not in self._laid:
            self.acts.opened.make(
                "moves",
                "select record, person_key, next_starts as moment, facility as from_facility, "
                "next_facility as to_facility from (select spans.record, spans.person_key, spans.facility, "
                "lead(spans.facility) over later as next_facility, lead(spans.starts) over later as next_starts "
                "from spans inner join stays_told as told on told.record = spans.record where told.stay is not null "
                "window later as (partition by told.stay "
                "order by spans.starts, spans.ends_most nulls last, spans.record)) "
                "where next_facility <> facility",
            )
            self._laid.add("moves")
        return "moves"

    def _home(self, unit: UnitRule) -> list[str]:
        is_stay = unit.alias == "stay"
        record = "home.stay" if is_stay else "home.record"
        moment = "home.starts" if is_stay else "home.moment"
        member, least, most, window = "true", "1", "1", "null::integer"
        if unit.rows == "stays_ended":
            moment = "case home.how when 'ended' then home.ends_most end"
            member = "case home.how when 'ended' then true end"
        elif unit.rows == "held":
            moment, window = "home.closes - 1", "home.window_number"
            member = "case when home.ends_least is null or home.ends_least >= home.closes then true end"
        elif unit.rows == "custody":
            moment, window = "home.starts", "home.window_number"
            least, most = "home.seconds_in_least", "home.seconds_in_most"
        return [
            f"{record} as record", "home.person_key as person_key", f"{moment} as moment",
            f"cast(floor(({moment}) / {float(DAY)}) as bigint) as day",
            f"cast(date 'epoch' + cast(floor(({moment}) / {float(DAY)}) as integer) as date) as event",
            f"{member} as member", f"{least} as least", f"{most} as most", f"{window} as window_number",
        ]  # fmt: skip

    def _of_links(self, unit: UnitRule, there: Sequence[str]) -> list[str]:
        return [
            f'l_{alias}.{name} as "{alias}|{name}"'
            for alias in there
            if alias in unit.beside
            for name in ("state", "seconds")
        ]

    def linked(self, pair: str, *, by: str) -> str:
        """Keep the pairs of a link by one of its sides, the nearest for each, and give their name.

        By the left side every row is kept, with its state.
        """
        name = f"linked_{pair.replace('-', '_')}_by_{by}"
        if name in self._laid:
            return name
        acts = self.acts
        rules = acts.book.link_rules(pair)
        rule = next((one for one in rules if one.id == self.link_rules.get(pair)), rules[0])
        self.links[pair] = rule.id
        sides: set[str] = {"stints" if side == "stays" else side for side in (rule.left, rule.right)}
        self._kept(sides)
        chosen = {side: acts.duplicates(side, self.duplicates.get(side, "")) for side in sides}
        found = acts.link(rule, chosen, acts.book.stay_rules[0])
        self.loose[pair], self.takers[pair] = found.right_without_key, (found.states["no_key"], found.reach)
        if self.counts_loose:
            acts.opened.make(f"loose_{pair.replace('-', '_')}", loose_sql(rule))
        other = "right" if by == "left" else "left"
        acts.opened.make(
            name,
            "select own, other, state, seconds from (select *, "
            "row_number() over (partition by own order by abs(seconds), seconds, other) "
            f"as place from (select {by}_record as own, {other}_record as other, seconds, state from links "
            + ("" if by == "left" else "where state = 'linked'")
            + ")) where place = 1",
        )
        self._laid.add(name)
        return name

    def _joins(self, unit: UnitRule, there: Sequence[str]) -> str:
        own = "stay" if unit.alias == "stay" else "record"
        texts = []
        for alias in there:
            if alias in unit.beside:
                pair = unit.beside[alias]
                left = pair.split("-")[0]
                is_left = left == ("stays" if unit.alias == "stay" else unit.rows)
                link = self.linked(pair, by="left" if is_left else "right")
                texts.append(f"left join {link} as l_{alias} on l_{alias}.own = home.{own}")
                target = "stays" if alias == "stay" else f"{TABLES[alias]}_rows"
                key = "stay" if alias == "stay" else "record"
                texts.append(f"left join {target} as {alias} on {alias}.{key} = l_{alias}.other")
        stay = self._at(unit, "stay")
        for alias, column in (("det_first", "first_record"), ("det", "last_record")):
            if alias in there and ("stay" in there or unit.alias == "stay"):
                texts.append(f"left join stints_rows as {alias} on {alias}.record = {stay}.{column}")
        return " ".join(texts)


def lay_windows(ask: Ask, windows: Sequence[Window]) -> None:
    """Make the table of windows (number, both ends in seconds) and the calendar (day -> number of its window)."""
    ends = [
        (number, seconds_of(window.first), seconds_of(window.last + timedelta(days=1)))
        for number, window in enumerate(windows)
    ]
    rows = ", ".join(f"({number}, {opens}, {closes})" for number, opens, closes in ends)
    ask("create or replace table windows (number integer, opens bigint, closes bigint)", ())
    ask(f"insert into windows values {rows}", ())
    ask(
        "create or replace table calendar as select unnest(range(opens // 86400, closes // 86400)) as day, number "
        "from windows",
        (),
    )
