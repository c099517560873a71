"""Write docs/policies.md from the definitions: every policy with its tiers and what records can decide of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tallystick.policies.cases import conditions_of
from tallystick.policies.policy import Force, Lawbook, Policy, lawbook
from tallystick.terms.definitions import Shelf

ROOT = Path(__file__).resolve().parent.parent
WORDS = {"exact": "exact", "bounded": "bounded", "hint_only": "hint only", "none": "no field"}
HEAD = """# Written policies, and what records can decide of them

Written by `python tools/policy_pages.py` from the definitions; do not edit by hand.

A policy is a dated written rule. Each of its conditions is a **fact**, which record fields can prove, refute, or leave
unknown. What a fact can be is computed from its tests, never declared:

- **exact**: some field that every row carries decides it, whatever it holds (in the agency's own view);
- **bounded**: some records decide it, others leave it unknown;
- **hint only**: fields go along with it and prove nothing;
- **no field**: nothing that is released bears on it; mostly an officer's judgment.

So a share of records in a tier is a range. Its lower end counts the records that are inside whatever the unknown turns
out to be, its upper end those that could be. Both ends are reached by some completion of what is unknown: fields that
two conditions read are completed together. Three answers are kept apart: **criteria met** (the tier as written, and its
*decidable core*: the tier without what no field can settle), **priority after written exceptions** (never one number:
what an officer may set aside is recorded nowhere), and **outside every tier**. Which tier is the highest is told as a
set: "P1 or P2 or none" where nobody can tell which.

The *agency view* takes what the agency's systems held at the event for all there was; the *world view* takes absence in
a record for no proof. Fields as of the day of release (gang and terrorism flags, case categories) speak of the event
only with `--hindsight`, unless a date of their own lies on or before it.

```
tallystick policy list
tallystick policy show dhs_johnson_2014 --project my-records --unit arrests
tallystick policy try dhs_johnson_2014 --set det.aggravated_felon=drugs      # explains the rule, not a person
tallystick policy diff dhs_johnson_2014 dhs_kelly_2017 --project my-records  # on and off their dates
tallystick policy force 2021-01-25
```

Linked records (the stay after an arrest, the detainer before it) speak of an event only from before it, and a linked
record's criminality refutes nothing: it was written on another day. A condition that asks for a place is refused, and
counts under definitions that a user added are rounded.

Measured by `python benchmarks/policies.py` on 2 cores: all 17 policies that have tiers, 41 tiers, strict and core, on a
million made-up arrests: 3.6 s, with hindsight 6.3 s, in both views 19.8 s, after 5.2 s of linking, 1.3 GB at the peak;
five million: 85 s, 2.8 GB.

Entries of medium confidence were read in secondary accounts or recalled, and are marked so wherever they are shown.
Nothing here is legal advice.
"""


def pages(shelf: Shelf | None = None) -> str:
    """The whole page as Markdown."""
    book = lawbook(shelf or Shelf())
    lines = [
        HEAD,
        "## Which rules stood when (arrest decisions)",
        "",
        "| from | to | rules | beside them |",
        "|---|---|---|---|",
    ]
    for span in book.calendar.spans:
        rules = ", ".join(f"`{name}`" for name in span.policies) or "none"
        beside = ", ".join(f"`{name}`" for name in span.also)
        note = f" {span.note}" if span.note else ""
        lines.append(f"| {span.since} | {span.until or 'today'} | {rules} | {beside}.{note} |".replace("| .", "|"))
    lines.append("")
    for policy in book.policies.values():
        lines += _page(book, policy)
    return "\n".join(lines).rstrip() + "\n"


def _force(force: Force) -> str:
    note = f": {force.note}" if force.note else ""
    return f"{force.since} to {force.until or 'today'} ({force.status.replace('_', ' ')}{note})"


def _page(book: Lawbook, policy: Policy) -> list[str]:
    days = "; ".join(_force(force) for force in policy.in_force)
    governs = ", ".join(policy.governs) or "nothing by itself"
    standing = f"In force: {days}. Governs: {governs}. Confidence in this entry: {policy.confidence}."
    lines = [f"## `{policy.id}`", "", f"{policy.title}. {policy.citation}.", "", standing, ""]
    if policy.note:
        lines += [policy.note, ""]
    if policy.no_tiers_because:
        lines += [f"No tiers: {policy.no_tiers_because}.", ""]
    facts = dict.fromkeys(
        name for tier in policy.tiers if tier.kind in ("tier", "emphasis") for name in tier.rule.facts
    )
    counts = Counter(book.known.decidability(book.known.facts[name]) for name in facts)
    if facts:
        told = ", ".join(f"{counts[word]} {WORDS[word]}" for word in WORDS if counts[word])  # type: ignore[index]
        lines += [f"Conditions of its tiers: {told}.", ""]
    for tier in policy.tiers:
        kind = "" if tier.kind == "tier" else f" ({tier.kind})"
        logic = "any of" if tier.any else "all of"
        lines += [f"**{tier.id}**{kind}: {tier.title}; {logic}:", "", "| condition | decidable | by |", "|---|---|---|"]
        for fact, decidability, fields in conditions_of(book.known, tier):
            by = ", ".join(f"`{name}`" for name in fields) or "nothing recorded"
            lines.append(f"| {fact.text} | {WORDS[decidability]} | {by} |")
        lines.append("")
        if tier.exception:
            lines += [f"Exception, recorded nowhere: {tier.exception}.", ""]
    return lines


if __name__ == "__main__":
    (ROOT / "docs" / "policies.md").write_text(pages(), encoding="utf-8")
