"""Pages of written policies: when each stood, its classes, and which of their conditions any record can show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tallystick.policies.policy import Case, Leg, Policy, Tier
from tallystick.publish.language import said
from tallystick.publish.page import Page, day_said
from tallystick.publish.site.frame import Frame
from tallystick.publish.site.texts import list_page


@dataclass(frozen=True)
class ConditionShown:
    """A condition as a page shows it: what it says, whether records can show it, which fields it reads."""

    text: str
    decidability: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class PolicyShown:
    """A policy with what stands beside it: its conditions in words, invented cases, claims, its identity."""

    policy: Policy
    conditions: Mapping[str, ConditionShown]
    cases: tuple[Case, ...]
    claims: tuple[tuple[str, str], ...]
    identity: str


def policy_pages(frame: Frame, policies: Sequence[PolicyShown]) -> list[Page]:
    """The list of policies in order of time, and a page for each."""
    entries = [
        {
            "href": f"{one.policy.id}.html",
            "title": said(one.policy.title),
            "about": f"{one.policy.issuer}, {day_said(one.policy.issued)}",
        }
        for one in policies
    ]
    lead = [
        said("Written rules on whom to arrest, detain or remove first, with the days on which each stood."),
        said("Each is laid on the records as it is written; what it leaves to an officer's judgment stays unknown."),
    ]
    return [
        list_page(frame, "policies/index.html", said("Policies"), lead, [("", entries)]),
        *(_policy_page(frame, one) for one in policies),
    ]


def _policy_page(frame: Frame, own: PolicyShown) -> Page:
    policy = own.policy
    return frame.page(
        "policy.html",
        f"policies/{policy.id}.html",
        here="policies/index.html",
        crumbs=[(said("Policies"), "policies/index.html"), (said(policy.title), "")],
        policy=policy,
        governs=", ".join(said(name) for name in policy.governs),
        stood=[
            (
                day_said(force.since),
                day_said(force.until) if force.until else said("in force when this was written"),
                said(force.status.replace("_", " ")),
                said(force.note),
            )
            for force in policy.in_force
        ],
        tiers=[_tier(tier, own) for tier in policy.tiers],
        factors=[
            (_shown(own, name)[0], said(way), _shown(own, name)[1])
            for way, names in (
                ("mitigating", policy.mitigating),
                ("aggravating", policy.aggravating),
                ("detention discouraged", policy.detention_discouraged),
            )
            for name in names
        ],
        cases=said("{n} invented cases of this policy are replayed by the tests.", n=len(own.cases))
        if own.cases
        else "",
        claims=[{"title": said(title), "href": f"claims/{name}.html"} for name, title in own.claims],
        hash=own.identity[:16],
    )


def _tier(tier: Tier, own: PolicyShown) -> dict[str, object]:
    return {
        "title": said(tier.title),
        "kind": "" if tier.kind == "tier" else said(f"Not a class of its own: {tier.kind}."),
        "exception": said(tier.exception),
        "logic": _logic(tier),
        "conditions": [_shown(own, name) for name in dict.fromkeys(_names(tier))],
    }


def _logic(tier: Tier) -> str:
    """Whether any or all of the conditions must hold."""
    if len(list(_names(tier))) < 2:
        return ""
    if any(not isinstance(part, str) for part in (*tier.any, *tier.all)):
        return said("Some of these must hold together; the command below shows how they are joined.")
    return said("Any of these is enough.") if tier.any else said("All of these must hold.")


def _names(leg: Tier | Leg) -> Iterator[str]:
    for part in (*leg.any, *leg.all):
        if isinstance(part, str):
            yield part
        else:
            yield from _names(part)


def _shown(own: PolicyShown, name: str) -> tuple[str, str, str]:
    known = own.conditions.get(name)
    if known is None:
        return name, "", ""
    return said(known.text), said(known.decidability.replace("_", " ")), ", ".join(known.fields)
