"""A policy over all profiles of a unit: criteria met, priority after written exceptions, outside every tier.

Three outputs are kept apart. Criteria met has two ends for the tier as written (strict) and for its decidable core
(the tier without what only an officer can judge or no field can settle). Priority after exceptions is never a point:
exceptions are judged by officers and recorded nowhere. Outside every tier is what no completion brings into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from tallystick.policies.bounds import Evaluator, Rule, State
from tallystick.policies.policy import Policy
from tallystick.policies.profiles import Profiles
from tallystick.policies.regions import EVENT

MOST_FREE = 12  # judgments completed one by one when the highest tier is looked for


@dataclass(frozen=True)
class Counts:
    """Records of which something holds in any case, can hold, and all of them."""

    least: int
    most: int
    records: int

    @property
    def unknown(self) -> int:
        """Records of which nobody can tell."""
        return self.most - self.least


@dataclass(frozen=True)
class Cause:
    """What is unknown about undecided records: how many it alone would decide, whatever it said, or if it said so."""

    name: str
    title: str
    is_field: bool
    always: int
    perhaps: int


@dataclass(frozen=True)
class TierResult:
    """One tier over all records."""

    tier: str
    strict: Counts
    core: Counts | None
    after_exceptions: Counts
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Assessment:
    """One policy on one unit; kept per profile, never per record."""

    policy: str
    view: str
    hindsight: bool
    tiers: tuple[TierResult, ...]
    outside: Counts | None
    highest: Mapping[tuple[str, ...], int]


def undecidable(evaluator: Evaluator, rule: Rule) -> frozenset[str]:
    """The facts of a rule that no value of any field can prove or refute."""
    known = evaluator.known
    return frozenset(name for name in rule.facts if known.decidability(known.facts[name]) in ("none", "hint_only"))


def rules_of(policy: Policy, evaluator: Evaluator) -> dict[str, Rule]:
    """Every rule that an assessment of a policy evaluates, by name."""
    found: dict[str, Rule] = {}
    for tier in policy.tiers:
        found[tier.id] = tier.rule
        core = tier.rule.without(undecidable(evaluator, tier.rule))
        if core is not None and core != tier.rule:
            found[f"{tier.id} core"] = core
    if policy.classes:
        found["scope"] = Rule("any", tuple(tier.rule for tier in policy.classes))
    return found


def fields_of(rules: Iterable[Rule], evaluator: Evaluator) -> tuple[str, ...]:
    """The fields that rules read, in a fixed order."""
    return tuple(sorted({name for rule in rules for name in evaluator.fields(rule)}))


class Assessor:
    """Evaluates rules over profiles, each distinct combination of states once."""

    def __init__(self, profiles: Profiles, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.profiles = profiles

    def states(self, *rules: Rule) -> list[tuple[int, dict[str, State]]]:
        """(records, states) for each combination of states that rules can tell apart."""
        bits = self.evaluator.fields(rules[0] if len(rules) == 1 else Rule("any", rules))
        return self.profiles.states(self.evaluator.regions, bits)

    def counts(self, rule: Rule) -> Counts:
        """How many records a rule holds of, at least and at most."""
        least = most = 0
        for records, states in self.states(rule):
            low, high = self.evaluator.ends(rule, states)
            least, most = least + records * low, most + records * high
        return Counts(least, most, self.profiles.records)

    def assess(self, policy: Policy, *, hindsight: bool) -> Assessment:
        """All tiers of a policy."""
        rules = rules_of(policy, self.evaluator)
        tiers = []
        for tier in policy.tiers:
            strict = self.counts(rules[tier.id])
            is_decidable = not undecidable(self.evaluator, tier.rule)
            core = strict if is_decidable else None
            if f"{tier.id} core" in rules:
                core = self.counts(rules[f"{tier.id} core"])
            after = Counts(0 if tier.exception else strict.least, strict.most, strict.records)
            tiers.append(TierResult(tier.id, strict, core, after, self.causes(rules[tier.id])))
        scope = self.counts(rules["scope"]) if "scope" in rules else None
        outside = scope and Counts(scope.records - scope.most, scope.records - scope.least, scope.records)
        highest = self.highest(policy) if policy.ranked and policy.classes else {}
        return Assessment(policy.id, self.evaluator.view, hindsight, tuple(tiers), outside, highest)

    def crosswalk(self, one: Rule, other: Rule) -> dict[tuple[str, str], int]:
        """(in, out or unknown under one rule, the same under the other) -> records."""
        words = {(True, True): "in", (False, True): "unknown", (False, False): "out"}
        found: dict[tuple[str, str], int] = {}
        for records, states in self.states(one, other):
            key = (words[self.evaluator.ends(one, states)], words[self.evaluator.ends(other, states)])
            found[key] = found.get(key, 0) + records
        return dict(sorted(found.items()))

    def causes(self, rule: Rule) -> tuple[Cause, ...]:
        """What keeps undecided records undecided, the most telling first."""
        always: dict[str, int] = {}
        perhaps: dict[str, int] = {}
        free = undecidable(self.evaluator, rule)
        for records, states in self.states(rule):
            low, high = self.evaluator.ends(rule, states)
            if low == high:
                continue
            for name, (closes, may) in self._closing(rule, states, free).items():
                always[name] = always.get(name, 0) + records * closes
                perhaps[name] = perhaps.get(name, 0) + records * may
        known = self.evaluator.known
        found = [
            Cause(
                name,
                known.facts[name].text if name in free else known.fields[name].title,
                name not in free,
                always[name],
                perhaps[name],
            )
            for name in perhaps
            if perhaps[name]
        ]
        return tuple(sorted(found, key=lambda cause: (-cause.perhaps, -cause.always, cause.name)))

    def _closing(self, rule: Rule, states: Mapping[str, State], free: frozenset[str]) -> dict[str, tuple[bool, bool]]:
        """Name of a field or judgment -> (it decides whatever it says, it decides if it says so)."""
        found = {}
        event = states.get(EVENT)
        region = next(iter(event)) if event else None
        for name in self.evaluator.fields(rule):
            state = states.get(name) or self.evaluator.regions.possible(name, region)
            if len(state) > 1:
                closed = [self._is_decided(rule, {**states, name: frozenset((value,))}) for value in state]
                found[name] = (all(closed), any(closed))
        for name in free:
            closed = [self._with_judgment(rule, name, states, holds=holds) for holds in (True, False)]
            found[name] = (all(closed), any(closed))
        return found

    def _is_decided(self, rule: Rule, states: Mapping[str, State]) -> bool:
        low, high = self.evaluator.ends(rule, states)
        return low == high

    def _with_judgment(self, rule: Rule, name: str, states: Mapping[str, State], *, holds: bool) -> bool:
        settled = stipulated(rule, {name: holds})
        if isinstance(settled, bool):
            return True
        return self._is_decided(settled, states)

    def highest(self, policy: Policy) -> dict[tuple[str, ...], int]:
        """Sets of tiers of which each can be the highest -> records; '' stands for none of them."""
        found: dict[tuple[str, ...], int] = {}
        for records, states in self.states(*(tier.rule for tier in policy.classes)):
            names = self._highest(policy, states)
            found[names] = found.get(names, 0) + records
        return dict(sorted(found.items()))

    def _highest(self, policy: Policy, states: Mapping[str, State]) -> tuple[str, ...]:
        """A tier can be the highest where it can hold while all above it do not, under one and the same completion."""
        names = []
        above: list[Rule] = []
        for tier in policy.classes:
            if self._can_be_without(tier.rule, above, states):
                names.append(tier.id)
            above.append(tier.rule)
        if not self.evaluator.ends(Rule("any", tuple(above)), states)[0]:
            names.append("")
        return tuple(names)

    def _can_be_without(self, rule: Rule, above: Sequence[Rule], states: Mapping[str, State]) -> bool:
        """Whether a rule can hold while none of those above it does.

        Rules only grow with what is judged: what `rule` alone names is taken to hold, what the others alone name not
        to, and what both name, fields and judgments, is completed together.
        """
        if not self.evaluator.ends(rule, states)[1]:
            return False
        if not above:
            return True
        others = Rule("any", tuple(above))
        if self.evaluator.ends(others, states)[0]:
            return False
        bits = self.evaluator.fields(Rule("any", (rule, *above)))
        both = [name for name in self.evaluator.fields(rule) if name in self.evaluator.fields(others)]
        shared = [name for name in rule.facts if name in others.facts]
        event = states.get(EVENT)
        region = next(iter(event)) if event else None
        regions = self.evaluator.regions
        open_ = [
            sorted({value & bits[name] for value in states.get(name) or regions.possible(name, region)})
            for name in both
        ]
        for choice in product(*open_):
            fixed = {**states, **{name: frozenset((value,)) for name, value in zip(both, choice, strict=True)}}
            free = [name for name in shared if self.evaluator.ends(Rule.of(name), fixed) == (False, True)][:MOST_FREE]
            for judged in product((False, True), repeat=len(free)):
                said = dict(zip(free, judged, strict=True))
                if self._can(stipulated(rule, said), fixed) and not self._must(stipulated(others, said), fixed):
                    return True
        return False

    def _can(self, rule: Rule | bool, states: Mapping[str, State]) -> bool:
        return rule if isinstance(rule, bool) else self.evaluator.ends(rule, states)[1]

    def _must(self, rule: Rule | bool, states: Mapping[str, State]) -> bool:
        return rule if isinstance(rule, bool) else self.evaluator.ends(rule, states)[0]


def stipulated(rule: Rule, said: Mapping[str, bool]) -> Rule | bool:
    """A rule with some facts settled: what is left of it, or its value where nothing is left open.

    >>> stipulated(Rule("any", (Rule.of("a"), Rule.of("b"))), {"a": True})
    True
    """
    if not rule.parts:
        return said.get(rule.logic, rule) if rule.logic not in ("any", "all") else rule.logic == "all"
    parts = [stipulated(part, said) for part in rule.parts]
    if rule.logic == "any":
        if any(part is True for part in parts):
            return True
    elif any(part is False for part in parts):
        return False
    left = tuple(part for part in parts if isinstance(part, Rule))
    if not left:
        return rule.logic == "all"
    return left[0] if len(left) == 1 else Rule(rule.logic, left)
