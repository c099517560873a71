"""Dated written rules: their tiers in the order and sense of the source, and which of them applied when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from tallystick.policies.bounds import Rule
from tallystick.policies.facts import Knowledge, knowledge
from tallystick.terms.definitions import Shelf, Strict, identity, unknown_name
from tallystick.terms.errors import Fault, TallystickError


class Leg(Strict, frozen=True, kw_only=True):
    """Several conditions of which any or all must hold, inside a tier."""

    any: tuple[str | Leg, ...] = ()
    all: tuple[str | Leg, ...] = ()


class Tier(Strict, frozen=True, kw_only=True):
    """One class of a policy.

    `kind` tier counts as one of the policy's classes; a level or variant is a finer or another reading; an emphasis
    lies on top of the tiers. `exception` is what the source lets an officer set aside, which no field shows.
    """

    id: str
    title: str
    any: tuple[str | Leg, ...] = ()
    all: tuple[str | Leg, ...] = ()
    kind: Literal["tier", "level", "variant", "emphasis"] = "tier"
    exception: str = ""

    @property
    def rule(self) -> Rule:
        """The tier as a rule over facts."""
        return _rule(self)


def _rule(leg: Tier | Leg) -> Rule:
    logic, parts = ("any", leg.any) if leg.any else ("all", leg.all)
    rules = tuple(Rule.of(part) if isinstance(part, str) else _rule(part) for part in parts)
    return rules[0] if len(rules) == 1 else Rule(logic, rules)


class Force(Strict, frozen=True, kw_only=True):
    """Days on which a policy stood in one way; an empty `until` is today."""

    since: str
    until: str = ""
    status: Literal["in_force", "partly_enjoined", "vacated", "program"]
    note: str = ""


class Policy(Strict, frozen=True, kw_only=True):
    """``us-ice/policies/<yyyy-mm-dd>-<name>/policy.toml``."""

    id: str
    title: str
    issuer: str
    issued: str
    citation: str
    governs: tuple[str, ...]
    confidence: Literal["high", "medium", "recalled"]
    in_force: tuple[Force, ...]
    ranked: bool = True
    tiers: tuple[Tier, ...] = ()
    no_tiers_because: str = ""
    ended_by: str = ""
    mitigating: tuple[str, ...] = ()
    aggravating: tuple[str, ...] = ()
    detention_discouraged: tuple[str, ...] = ()
    note: str = ""

    def stood_on(self, day: date) -> bool:
        """Whether the policy stood in some way on a day."""
        return any(_lies_in(day, force) for force in self.in_force)

    def stood_during(self, since: date, until: date) -> str:
        """Whether it stood on all, some or none of the days between two."""
        first, last = since.isoformat(), until.isoformat()
        spans = [(max(force.since, first), min(force.until or last, last)) for force in self.in_force]
        inside = sorted((begin, end) for begin, end in spans if begin <= end)
        if not inside:
            return "none"
        return "all" if len(inside) == 1 and inside[0] == (first, last) else "some"

    @property
    def classes(self) -> tuple[Tier, ...]:
        """The tiers that make up the policy's scope."""
        return tuple(tier for tier in self.tiers if tier.kind == "tier")

    def tier(self, name: str) -> Tier:
        """The tier called `name`.

        Raises:
            TallystickError: TS185, naming the tiers there are.
        """
        for tier in self.tiers:
            if tier.id == name:
                return tier
        command = f"tallystick policy show {self.id}"
        raise unknown_name("TS185", f"tier of {self.id}", name, [tier.id for tier in self.tiers], command)


class Case(Strict, frozen=True, kw_only=True):
    """One invented case of a tier and what the tier must say of it.

    `facts` stipulates conditions; what is not named is `otherwise`.
    """

    tier: str
    expect: Literal["true", "false", "unknown"]
    title: str
    facts: dict[str, str] = {}
    otherwise: Literal["true", "false", "unknown"] = "unknown"


class Cases(Strict, frozen=True, kw_only=True):
    """``us-ice/policies/<folder>/cases.toml``."""

    cases: tuple[Case, ...]


class Span(Strict, frozen=True, kw_only=True):
    """One stretch of the calendar: which written rules stood for arrest decisions."""

    since: str
    until: str = ""
    policies: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    note: str = ""


class Calendar(Strict, frozen=True, kw_only=True):
    """``us-ice/policies/calendar.toml``."""

    spans: tuple[Span, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lawbook:
    """All policies of an agency, the calendar, and the facts they name."""

    policies: Mapping[str, Policy]
    cases: Mapping[str, tuple[Case, ...]]
    calendar: Calendar
    known: Knowledge

    def policy(self, name: str) -> Policy:
        """One policy by id.

        Raises:
            TallystickError: TS184 for an unknown name.
        """
        if name not in self.policies:
            raise unknown_name("TS184", "policy", name, self.policies, "tallystick policy list")
        return self.policies[name]

    def on(self, day: date) -> Span | None:
        """The stretch of the calendar a day lies in; None before the first."""
        for span in self.calendar.spans:
            if _lies_in(day, span):
                return span
        return None

    def standing(self, day: date) -> list[tuple[Policy, Force]]:
        """Every policy that stood in some way on a day, oldest first."""
        found = []
        for policy in self.policies.values():
            for force in policy.in_force:
                if date.fromisoformat(force.since) <= day and (
                    not force.until or day <= date.fromisoformat(force.until)
                ):
                    found.append((policy, force))
        return sorted(found, key=lambda entry: (entry[0].issued, entry[0].id))

    def hash_of(self, policy: Policy) -> str:
        """Identity of a policy with the facts it names."""
        facts = sorted({name for tier in policy.tiers for name in tier.rule.facts})
        return identity(policy, [self.known.facts[name] for name in facts])


@lru_cache(maxsize=4)
def lawbook(shelf: Shelf, agency: str = "us-ice") -> Lawbook:
    """Read all policies of an agency with their cases.

    Raises:
        TallystickError: TS151 with every fault of every file.
    """
    known = knowledge(shelf, agency)
    files = shelf.files(f"{agency}/policies")
    policies: list[Policy] = []
    cases: dict[str, tuple[Case, ...]] = {}
    calendar = Calendar(spans=())
    for name, path in files.items():
        if name.endswith("/calendar"):
            calendar = shelf.read_path(path, Calendar)
        elif name.endswith("/policy"):
            policy = shelf.read_path(path, Policy)
            own = files.get(f"{name.removesuffix('policy')}cases")
            policies.append(policy)
            cases[policy.id] = shelf.read_path(own, Cases).cases if own else ()
    ordered = {policy.id: policy for policy in sorted(policies, key=lambda policy: (policy.issued, policy.id))}
    book = Lawbook(ordered, cases, calendar, known)
    faults = [*_faults(book)]
    if faults:
        raise TallystickError(*faults)
    return book


def _lies_in(day: date, stretch: Force | Span) -> bool:
    return stretch.since <= day.isoformat() and (not stretch.until or day.isoformat() <= stretch.until)


def _faults(book: Lawbook) -> Iterator[Fault]:
    for policy in book.policies.values():
        yield from _dates(policy)
        where = f"policy {policy.id}"
        if not policy.tiers and not policy.no_tiers_because:
            yield Fault("TS151", "no tier, and no reason why (no_tiers_because)", where)
        for tier in policy.tiers:
            yield from _tier_faults(book, policy, tier)
        for name in (*policy.mitigating, *policy.aggravating, *policy.detention_discouraged):
            if name not in book.known.facts:
                yield Fault("TS151", f"there is no fact '{name}'", where)
    for span in book.calendar.spans:
        for name in (*span.policies, *span.also):
            if name not in book.policies:
                yield Fault("TS151", f"there is no policy '{name}'", f"calendar, {span.since}")
    yield from _overlaps(book.calendar.spans, "the calendar")


def _dates(policy: Policy) -> Iterator[Fault]:
    where = f"policy {policy.id}"
    for force in policy.in_force:
        if force.since < policy.issued:
            yield Fault("TS151", f"in force on {force.since}, before it was issued on {policy.issued}", where)
        if force.until and force.until < force.since:
            yield Fault("TS151", f"in force until {force.until}, before {force.since}", where)
    yield from _overlaps(policy.in_force, where)


def _overlaps(stretches: Sequence[Force] | Sequence[Span], where: str) -> Iterator[Fault]:
    ordered = sorted((stretch.since, stretch.until) for stretch in stretches)
    for (_, until), (since, _) in pairwise(ordered):
        if not until or until >= since:
            yield Fault("TS151", f"two stretches of days overlap at {since}", where)


def _tier_faults(book: Lawbook, policy: Policy, tier: Tier) -> Iterator[Fault]:
    where = f"policy {policy.id}, tier {tier.id}"
    if bool(tier.any) == bool(tier.all):
        yield Fault("TS151", "a tier takes either `any` or `all`", where)
        return
    for name in tier.rule.facts:
        if name not in book.known.facts:
            yield Fault("TS151", f"there is no fact '{name}'", where)
    own = [case for case in book.cases.get(policy.id, ()) if case.tier == tier.id]
    for result in ("true", "false", "unknown"):
        if not any(case.expect == result for case in own):
            yield Fault("TS151", f"no case that is {result}", where)
