"""Written policies on the records of a release: profiles of a unit with what is linked to it, and tiers over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tallystick.following import Following
from tallystick.laying import Layout
from tallystick.measures.unit_measure import UnitRule
from tallystick.policies.assessment import Assessment, Assessor, fields_of, rules_of
from tallystick.policies.bounds import Evaluator
from tallystick.policies.facts import View
from tallystick.policies.policy import Lawbook, Policy
from tallystick.policies.profiles import Profiles, Unit, alias_of, profile_sql, profiles_in_engine
from tallystick.policies.regions import Regions

UNITS: tuple[Unit, ...] = ("arrests", "stays", "detainers", "removals")


@dataclass(frozen=True)
class Assessed:
    """Policies assessed on one unit of one release."""

    release: str
    unit: Unit
    records: int
    people: int
    profiles: int
    assessments: tuple[Assessment, ...]


def own_alias(unit: UnitRule) -> str:
    """The alias of the rows that speak of a unit's own moment: of a stay its first stint."""
    return "det_first" if unit.alias == "stay" else unit.alias


class Bench:
    """Where a unit of a release and what is linked to it are laid out, to be looked at by fields."""

    def __init__(self, acts: Following, book: Lawbook, units: Mapping[str, UnitRule]) -> None:
        self.acts = acts
        self.book = book
        self.units = units
        self.layout = Layout(acts)
        self.regions = Regions(book.known)
        self._evaluators: dict[str, Evaluator] = {}

    @property
    def links(self) -> Mapping[str, str]:
        """Pair of tables -> the rule by which it was linked."""
        return self.layout.links

    def evaluator(self, view: View, unit: str) -> Evaluator:
        """Rules under a view for the records of a unit; what was once evaluated is remembered."""
        key = f"{view} {unit}"
        if key not in self._evaluators:
            alias = self.units[unit].alias
            self._evaluators[key] = Evaluator(self.regions, view, "det" if alias == "stay" else alias)
        return self._evaluators[key]

    def columns(self, unit: UnitRule, fields: Iterable[str]) -> dict[str, dict[str, None]]:
        """Alias -> the columns that fields read, for what may speak of a unit."""
        own = {unit.alias, *unit.evidence}
        own |= {"det", "det_first"} if "stay" in own else set()
        found: dict[str, dict[str, None]] = {alias: {} for alias in own if alias not in ("det", "det_first")}
        known = self.book.known.fields
        asked = [known[name] for name in fields]
        for field in [*asked, *(known[one.dated_by] for one in asked if one.dated_by)]:
            if alias_of(field) in own:
                for column in [part.column for part in field.parts] or [field.column]:
                    found.setdefault(alias_of(field), {}).update({column: None, f"{column}__why": None})
        return found

    def lay(self, unit: Unit) -> list[str]:
        """Make the view ``unit_source`` with every field and give the aliases that stand in it.

        Raises:
            TallystickError: TS182 where the release has no such records, TS181 where stays cannot be made.
        """
        rule = self.units[unit]
        return self.layout.lay(rule, self.columns(rule, self.book.known.fields))

    def profiles(self, unit: Unit, fields: Sequence[str], *, view: View, hindsight: bool) -> tuple[Profiles, int]:
        """The profiles of a unit, and how many people there are."""
        there = self.lay(unit)
        home = own_alias(self.units[unit])
        query = profile_sql(self.regions, fields, there, "unit_source", home=home, view=view, hindsight=hindsight)
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
