"""The least and the most a rule can hold of one record, over everything about it that is unknown.

Fields that nobody knows are completed over all their regions, together for all facts that read them, so that the ends
are sharp: each is reached by some completion. What no field can settle (an officer's judgment) is free by itself.
Strong Kleene logic would be sound and wider: it forgets that two facts read the same field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from tallystick.policies.facts import Fact, Knowledge, Test, View, atom_of
from tallystick.policies.regions import EVENT, Regions

State = frozenset[int]  # the regions in which a field can lie
Ends = tuple[bool, bool]


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule over facts: a fact, or several rules of which any or all must hold.

    >>> Rule("any", (Rule.of("a"), Rule.of("b"))).facts
    ('a', 'b')
    """

    logic: str  # any, all, or the id of a fact where there are no parts
    parts: tuple[Rule, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.logic, self.parts)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:  # nearly always: the same few rules are asked for over and over
            return True
        same = isinstance(other, Rule) and self._hash == other._hash
        return same and (self.logic, self.parts) == (other.logic, other.parts)  # type: ignore[attr-defined]

    @staticmethod
    def of(fact: str) -> Rule:
        """The rule that holds where a fact does."""
        return Rule(fact)

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Every fact it names, once, in order."""
        if not self.parts:
            return () if self.logic in ("any", "all") else (self.logic,)
        return tuple(dict.fromkeys(name for part in self.parts for name in part.facts))

    def without(self, names: frozenset[str]) -> Rule | None:
        """The rule with some facts taken out; None where nothing is left."""
        if not self.parts:
            return None if self.logic in names or self.logic in ("any", "all") else self
        left = tuple(part for part in (part.without(names) for part in self.parts) if part is not None)
        if not left:
            return None
        return left[0] if len(left) == 1 else Rule(self.logic, left)


@dataclass(frozen=True)
class Evaluator:
    """Ends of rules under one view."""

    regions: Regions
    view: View = "agency"
    home: str = ""  # the table (arr, det, dtn, rem) whose records are looked at; '' where every table may speak
    _memo: dict[object, Ends] = field(default_factory=dict)
    _inner: dict[object, Ends | None] = field(default_factory=dict)
    _fields: dict[Rule, dict[str, int]] = field(default_factory=dict)

    @property
    def known(self) -> Knowledge:
        """The facts."""
        return self.regions.known

    def fields(self, rule: Rule) -> Mapping[str, int]:
        """Every field that can decide something about a rule, with the bits of the tests that do."""
        if rule not in self._fields:
            found: dict[str, int] = {}
            for fact in (self.known.facts[name] for name in rule.facts):
                for part in (part for test in self._tests(fact) for part in test.parts):
                    found[part.field] = found.get(part.field, 0) | 1 << self._place(part)
            self._fields[rule] = dict(sorted(found.items()))
        return self._fields[rule]

    def _tests(self, fact: Fact) -> tuple[Test, ...]:
        return tuple(test for test in (*fact.true_when, *fact.false_when) if self._is_used(test))

    def _is_used(self, test: Test) -> bool:
        is_own = not self.home or all(part.field.split(".")[0] == self.home for part in test.parts)
        return (self.view == "agency" or not test.view) and (is_own or not test.own)

    def ends(self, rule: Rule, states: Mapping[str, State]) -> Ends:
        """(holds whatever is unknown, can hold): the least and the most of a rule.

        Completions under which some fact would be proven and refuted at once do not occur. Where what is recorded does
        both, the fact is unknown.

        Args:
            rule: the rule.
            states: field -> regions in which its value can lie; a field that is missing here is unknown altogether.
        """
        own = {
            name: frozenset(region & bits for region in self._state(name, states))
            for name, bits in self.fields(rule).items()
        }
        key = (rule, tuple(own.items()))
        if key not in self._memo:
            at_odds = frozenset(name for name in rule.facts if self._fact_ends(name, own) is None)
            self._memo[key] = self._ends(rule, own, at_odds) or (False, True)
        return self._memo[key]

    def _state(self, name: str, states: Mapping[str, State]) -> State:
        if name in states:
            return states[name]
        event = states.get(EVENT)
        return self.regions.possible(name, next(iter(event)) if event and len(event) == 1 else None)

    def _ends(self, rule: Rule, states: Mapping[str, State], at_odds: frozenset[str]) -> Ends | None:
        """The ends over all completions that contradict no fact; None where there is none."""
        if not rule.parts:
            if rule.logic in ("any", "all"):
                return False, False
            return (False, True) if rule.logic in at_odds else self._fact_ends(rule.logic, states)
        own = {name: frozenset(region & bits for region in states[name]) for name, bits in self.fields(rule).items()}
        key = (rule, at_odds, tuple(own.items()))
        if key not in self._inner:
            self._inner[key] = self._completed(rule, own, at_odds)
        return self._inner[key]

    def _completed(self, rule: Rule, states: Mapping[str, State], at_odds: frozenset[str]) -> Ends | None:
        shared = self._shared(rule, states)
        found: list[Ends] = []
        for choice in product(*(sorted(states[name]) for name in shared)):
            fixed = {**states, **{name: frozenset((region,)) for name, region in zip(shared, choice, strict=True)}}
            parts = [self._ends(part, fixed, at_odds) for part in rule.parts]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                found.append(_joined(rule.logic, known))
                if (False, True) in found:
                    break
        return _spanned(found)

    def _shared(self, rule: Rule, states: Mapping[str, State]) -> list[str]:
        """Unknown fields that more than one part reads: these must be completed together."""
        counts: dict[str, int] = {}
        for part in rule.parts:
            for name in self.fields(part):
                counts[name] = counts.get(name, 0) + (len(states[name]) > 1)
        return [name for name, many in counts.items() if many > 1]

    def _fact_ends(self, name: str, states: Mapping[str, State]) -> Ends | None:
        fact = self.known.facts[name]
        read = self.fields(Rule.of(name))
        key = (name, tuple(frozenset(region & bits for region in states[one]) for one, bits in read.items()))
        if key not in self._inner:
            found = []
            for choice in product(*(sorted(state) for state in key[1])):
                regions = dict(zip(read, choice, strict=True))
                proven, refuted = self.evidence(fact, regions)
                if not (proven and refuted):
                    found.append((proven, not refuted))
            self._inner[key] = _spanned(found)
        return self._inner[key]

    def evidence(self, fact: Fact, regions: Mapping[str, int]) -> tuple[bool, bool]:
        """(proven, refuted): what the tests of a fact say where every field it reads is known."""
        proven = any(self._holds(test, regions) for test in fact.true_when if self._is_used(test))
        refuted = any(self._holds(test, regions) for test in fact.false_when if self._is_used(test))
        return proven, refuted

    def _holds(self, test: Test, regions: Mapping[str, int]) -> bool:
        return all(regions[part.field] >> self._place(part) & 1 for part in test.parts)

    def _place(self, part: Test) -> int:
        return self.regions.places[atom_of(part)]


def _spanned(ends: Sequence[Ends]) -> Ends | None:
    return (all(low for low, _ in ends), any(high for _, high in ends)) if ends else None


def _joined(logic: str, ends: Sequence[Ends]) -> Ends:
    if logic == "any":
        return any(low for low, _ in ends), any(high for _, high in ends)
    return all(low for low, _ in ends), all(high for _, high in ends)
