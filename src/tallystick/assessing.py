"""Written policies on the records of a release: profiles of a unit with what is linked to it, and tiers over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.following import Following
from tallystick.policies.assessment import Assessment, Assessor, fields_of, rules_of
from tallystick.policies.bounds import Evaluator
from tallystick.policies.facts import View
from tallystick.policies.policy import Lawbook, Policy
from tallystick.policies.profiles import Profiles, Unit, alias_of, profile_sql, profiles_in_engine
from tallystick.policies.regions import Regions
from tallystick.terms.errors import cannot

UNITS: tuple[Unit, ...] = ("arrests", "stays", "detainers", "removals")
HOME = {"arrests": "arr", "stays": "det", "detainers": "dtn", "removals": "rem"}
TABLES = {"arr": "arrests", "det": "stints", "dtn": "detainers", "rem": "removals"}
DAYS = {
    "arrests": 'cast(home."apprehension_datetime" as date)',
    "stays": "cast(to_timestamp(home.starts) at time zone 'UTC' as date)",
    "detainers": 'cast(home."detainer_prepare_date" as date)',
    "removals": 'cast(home."departed_date" as date)',
}
ROW_DAYS = {
    "arr": 'cast({at}."apprehension_datetime" as date)',
    "det": 'cast({at}."stint_book_in_datetime" as date)',
    "det_first": 'cast({at}."stint_book_in_datetime" as date)',
    "dtn": 'cast({at}."detainer_prepare_date" as date)',
    "rem": 'cast({at}."departed_date" as date)',
}
OWN = {"arrests": "arr", "stays": "det_first", "detainers": "dtn", "removals": "rem"}


@dataclass(frozen=True)
class Assessed:
    """Policies assessed on one unit of one release."""

    release: str
    unit: Unit
    records: int
    people: int
    profiles: int
    assessments: tuple[Assessment, ...]


class Bench:
    """Where a unit of a release and what is linked to it are laid out, to be looked at by fields."""

    def __init__(self, acts: Following, book: Lawbook) -> None:
        self.acts = acts
        self.book = book
        self.regions = Regions(book.known)
        self._laid: set[str] = set()
        self.links: dict[str, str] = {}  # pair -> the rule by which it was linked
        self._evaluators: dict[str, Evaluator] = {}

    def evaluator(self, view: View, unit: Unit) -> Evaluator:
        """Rules under a view for the records of a unit; what was once evaluated is remembered."""
        key = f"{view} {unit}"
        if key not in self._evaluators:
            self._evaluators[key] = Evaluator(self.regions, view, HOME[unit])
        return self._evaluators[key]

    def lay(self, unit: Unit) -> list[str]:
        """Make the view ``unit_source`` and give the aliases that stand in it.

        Raises:
            TallystickError: TS182 where the release has no such records.
        """
        acts, opened = self.acts, self.acts.opened
        table = "stints" if unit == "stays" else unit
        if table not in opened.tables or (unit == "stays" and opened.release.table("stints").no_stays):
            raise cannot("TS182", f"{opened.release.id} has no {unit} here.", fix="tallystick get --list")
        tables = [name for name in TABLES.values() if name in opened.tables]
        duplicate = {name: acts.duplicates(name) for name in tables}
        for name in tables:
            if name != "stints":
                acts.kept(name, duplicate[name])
        has_stays = "stints" in tables and not opened.release.table("stints").no_stays
        if has_stays:
            acts.stays(duplicate["stints"], acts.book.stay_rules[0])
        joins = self._joins(unit, set(tables), has_stays=has_stays)
        there = [HOME[unit], *joins] if unit != "stays" else list(joins)
        selected = [f"{DAYS[unit]} as event", "home.person_key"]
        for alias in there:
            at = "home" if alias == HOME[unit] and unit != "stays" else alias
            selected.append(f'{ROW_DAYS[alias].format(at=at)} as "{alias}|day"')
            selected += [f'{at}."{column}" as "{alias}.{column}"' for column in self._columns(alias)]
        home = "stays_kept" if unit == "stays" else f"{unit}_kept"
        text = " ".join(joins.values())
        opened.ask(f"create or replace view unit_source as select {', '.join(selected)} from {home} as home {text}", ())
        return there

    def _columns(self, alias: str) -> list[str]:
        found: dict[str, None] = {}
        for field in self.book.known.fields.values():
            if alias_of(field) == alias:
                for column in [part.column for part in field.parts] or [field.column]:
                    found[column] = None
                    found[f"{column}__why"] = None
        return list(found)

    def _linked(self, pair: str, *, by: str) -> str:
        """Keep the pairs of a link by one of its sides, the nearest for each, and give their name."""
        name = f"linked_{pair.replace('-', '_')}_by_{by}"
        if name in self._laid:
            return name
        rule = self.acts.book.link_rules(pair)[0]
        self.links[pair] = rule.id
        sides = {"stints" if side == "stays" else side for side in (rule.left, rule.right)}
        self.acts.link(rule, {side: self.acts.duplicates(side) for side in sides}, self.acts.book.stay_rules[0])
        other = "right" if by == "left" else "left"
        self.acts.opened.make(
            name,
            "select own, other from (select *, "
            "row_number() over (partition by own order by abs(seconds), seconds, other) "
            f"as place from (select {by}_record as own, {other}_record as other, seconds from links "
            "where state = 'linked')) where place = 1",
        )
        self._laid.add(name)
        return name

    def _joins(self, unit: Unit, tables: set[str], *, has_stays: bool) -> dict[str, str]:
        """Alias -> the joins that bring it beside each record of a unit."""
        joins: dict[str, str] = {}
        ways: dict[Unit, tuple[tuple[str, str, str], ...]] = {
            "arrests": (("stay", "arrests-stays", "left"), ("dtn", "detainers-arrests", "right")),
            "stays": (("arr", "arrests-stays", "right"), ("rem", "stays-removals", "left")),
            "detainers": (("stay", "detainers-stays", "left"), ("arr", "detainers-arrests", "left")),
            "removals": (("stay", "stays-removals", "right"), ("arr", "arrests-removals", "right")),
        }
        own = "stay" if unit == "stays" else "record"
        stay = "home" if unit == "stays" else ""
        for target, pair, by in ways[unit]:
            needed = {"stints" if side == "stays" else side for side in pair.split("-")}
            if not needed <= tables or ("stints" in needed and not has_stays):
                continue
            link = self._linked(pair, by=by)
            text = f"left join {link} as l_{target} on l_{target}.own = home.{own} "
            if target == "stay":
                joins["stay"] = text + "left join stays_kept as stay on stay.stay = l_stay.other"
                stay = "stay"
            else:
                joins[target] = (
                    text + f"left join {TABLES[target]}_rows as {target} on {target}.record = l_{target}.other"
                )
        if stay:
            before = joins.pop("stay", "")
            joins["det_first"] = (
                f"{before} left join stints_rows as det_first on det_first.record = {stay}.first_record"
            )
            joins["det"] = f"left join stints_rows as det on det.record = {stay}.last_record"
        return joins

    def profiles(self, unit: Unit, fields: Sequence[str], *, view: View, hindsight: bool) -> tuple[Profiles, int]:
        """The profiles of a unit, and how many people there are."""
        there = self.lay(unit)
        query = profile_sql(self.regions, fields, there, "unit_source", home=OWN[unit], view=view, hindsight=hindsight)
        self.acts.opened.make("profiles", query)
        people = int(self.acts.opened.one("select count(distinct person_key) from unit_source")[0])
        return profiles_in_engine(unit, fields, "profiles", self.acts.opened.ask), people

    def assess(
        self, unit: Unit, policies: Sequence[Policy], *, view: View = "agency", hindsight: bool = False
    ) -> Assessed:
        """Policies on a unit of the release.

        Args:
            unit: what is counted.
            policies: on or off their dates.
            view: the agency's own view, or the world's.
            hindsight: whether what was recorded later may speak of the event.
        """
        evaluator = self.evaluator(view, unit)
        rules = [rule for policy in policies for rule in rules_of(policy, evaluator).values()]
        fields = fields_of(rules, evaluator)
        profiles, people = self.profiles(unit, fields, view=view, hindsight=hindsight)
        assessor = Assessor(profiles, evaluator)
        done = tuple(assessor.assess(policy, hindsight=hindsight) for policy in policies)
        release = self.acts.opened.release.id
        return Assessed(release, unit, profiles.records, people, profiles.count, done)
