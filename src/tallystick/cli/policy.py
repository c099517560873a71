"""``tallystick policy list|show|try|diff|force``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.measures.cell import Cell
    from tallystick.policies.policy import Policy, Tier
    from tallystick.weighing import SideBySide, Weighed

WORDS = {"exact": "exact", "bounded": "bounded", "hint_only": "hint only", "none": "no field"}
UNITS = click.Choice(["arrests", "stays", "detainers", "removals"])
MADE_UP = "MADE-UP RECORDS: nothing here describes a person, a place or an event"


@click.group(name="policy")
def command() -> None:
    """List, show and try written enforcement policies, on and off their dates."""


def _days(policy: Policy) -> str:
    return "; ".join(
        f"{force.since} to {force.until or 'today'}"
        + ("" if force.status == "in_force" else f" ({force.status.replace('_', ' ')})")
        for force in policy.in_force
    )


@command.command(name="list")
@common
def list_policies(asked: Asked) -> int:
    """List all policies with their dates and what records can decide of them.

    Example: tallystick policy list
    """
    from collections import Counter

    from tallystick.policies.policy import lawbook

    book = lawbook(asked.shelf)
    rows = []
    for policy in book.policies.values():
        facts = dict.fromkeys(name for tier in policy.tiers if tier.kind != "level" for name in tier.rule.facts)
        found = Counter(str(book.known.decidability(book.known.facts[name])) for name in facts)
        rows.append((policy, {word: found.get(word, 0) for word in WORDS}))
    if asked.as_json:
        entries = [
            {
                "policy": policy.id, "title": policy.title, "issuer": policy.issuer, "issued": policy.issued,
                "confidence": policy.confidence, "tiers": len(policy.tiers), "conditions": counts,
                "in_force": [
                    {"since": force.since, "until": force.until or None, "status": force.status}
                    for force in policy.in_force
                ],
            }
            for policy, counts in rows
        ]  # fmt: skip
        asked.say_json("policy-list", {"policies": entries})
        return 0
    out = asked.console()
    for policy, counts in rows:
        out.print(f"{policy.id}", style="bold")
        out.print(f"  {policy.title}. {policy.issuer}, {policy.issued}")
        out.print(f"  in force: {_days(policy)}; this entry: {policy.confidence} confidence", style="dim")
        decided = ", ".join(f"{many} {WORDS[word]}" for word, many in counts.items() if many)
        many = "1 tier" if len(policy.tiers) == 1 else f"{len(policy.tiers)} tiers"
        tiers = many if policy.tiers else f"no tiers: {policy.no_tiers_because}"
        out.print(f"  {tiers}" + (f"; conditions: {decided}" if decided else ""), style="dim")
    asked.last_line("Next: tallystick policy show dhs_johnson_2014")
    return 0


@command.command(name="show")
@click.argument("name")
@click.option("--unit", type=UNITS, default="arrests", show_default=True, help="What is counted, with --project.")
@click.option("--release", default="", help="One release of the project.")
@click.option("--view", type=click.Choice(["agency", "world"]), default="agency", show_default=True)
@click.option("--hindsight", is_flag=True, help="Let what was recorded later speak of the event.")
@common
def show(asked: Asked, name: str, unit: Any, release: str, view: Any, hindsight: bool) -> int:
    """Show a policy's tiers and conditions; with --project, how many records are in each, as bounds.

    Example: tallystick policy show dhs_johnson_2014
    """
    from tallystick.policies.policy import lawbook

    policy = lawbook(asked.shelf).policy(name)
    weighed: list[Weighed] = []
    if asked.project is not None and policy.tiers:
        from tallystick.weighing import weigh

        weighed = weigh(asked.project, asked.shelf, name, unit=unit, release=release, view=view, hindsight=hindsight)
    if asked.as_json:
        asked.say_json("policy-show", _show_data(asked, policy, weighed))
        return 0
    out = asked.console()
    _print_head(asked, policy)
    if any(entry.invented for entry in weighed):
        out.print(MADE_UP, style="bold")
    for entry in weighed:
        for note in entry.notes:
            out.print(note)
    for tier in policy.tiers:
        _print_conditions(asked, tier)
        for entry in weighed:
            _print_tier(asked, entry, tier.id)
    for entry in weighed:
        out.print()
        _print_tier(asked, entry, "outside every tier", title="Outside every tier")
        _print_highest(asked, entry)
    if not policy.tiers:
        return 0
    asked.last_line(f"Next: tallystick policy try {policy.id} --set arr.criminality=convicted")
    return 0


def _print_head(asked: Asked, policy: Policy) -> None:
    out = asked.console()
    out.print(f"{policy.id}: {policy.title}", style="bold")
    out.print(f"{policy.citation}. In force: {_days(policy)}.")
    out.print(f"Confidence in this entry: {policy.confidence}.")
    if policy.note:
        out.print(policy.note)
    if policy.no_tiers_because:
        out.print(f"No tiers: {policy.no_tiers_because}.")


def _print_conditions(asked: Asked, tier: Tier) -> None:
    from tallystick.policies.cases import conditions_of
    from tallystick.policies.policy import lawbook

    out = asked.console()
    out.print()
    out.print(f"{tier.id}  {tier.title}", style="bold")
    out.print("  any of:" if tier.any else "  all of:" if len(tier.rule.facts) > 1 else "  needs:", style="dim")
    for fact, decidability, fields in conditions_of(lawbook(asked.shelf).known, tier):
        hints = ", ".join(hint.field for hint in fact.hints)
        by = ", ".join(fields) or (f"{hints} go along with it" if hints else "nothing recorded")
        out.print(f"    {fact.text}")
        out.print(f"      {WORDS[decidability]}: {by}", style="dim")
    if tier.exception:
        out.print(f"  except, as an officer judges and no field shows: {tier.exception}", style="dim")


def _show_data(asked: Asked, policy: Policy, weighed: Sequence[Weighed]) -> dict[str, Any]:
    from tallystick.policies.cases import conditions_of
    from tallystick.policies.policy import lawbook

    known = lawbook(asked.shelf).known
    return {
        "policy": policy.id,
        "title": policy.title,
        "confidence": policy.confidence,
        "tiers": [
            {
                "id": tier.id,
                "title": tier.title,
                "kind": tier.kind,
                "logic": "any" if tier.any else "all",
                "exception": tier.exception,
                "conditions": [
                    {"id": fact.id, "text": fact.text, "decidability": decidability, "fields": list(fields)}
                    for fact, decidability, fields in conditions_of(known, tier)
                ],
            }
            for tier in policy.tiers
        ],
        "cells": [cell.row() for entry in weighed for cell in entry.cells],
    }


def _print_tier(asked: Asked, entry: Weighed, tier: str, *, title: str = "") -> None:
    out = asked.console()
    cells = [cell for cell in entry.cells if cell.tier == tier]
    for cell in cells:
        variant = cell.variant.removeprefix(f"{entry.release} ")
        names = {"core": "decidable core", "strict": "as written", "after exceptions": "after exceptions"}
        out.print(f"  {title or names[variant]}, {entry.release}: {_share(cell)} of {entry.unit}")
    causes = entry.causes.get(tier, ())
    if causes and any(cell.status != "suppressed" for cell in cells):
        out.print(f"  kept open most by: {'; '.join(cause.title for cause in causes[:3])}", style="dim")


def _print_highest(asked: Asked, entry: Weighed) -> None:
    from tallystick.weighing import HIGHEST

    cells = [cell for cell in entry.cells if (cell.tier or "").startswith(HIGHEST)]
    if cells:
        out = asked.console()
        out.print(f"  Which tier is the highest, {entry.release}, as far as the records tell:")
        for cell in cells:
            out.print(f"    {(cell.tier or '').removeprefix(HIGHEST)}: {_share(cell)}")


def _share(cell: Cell) -> str:
    if cell.bound is None:
        return "hidden"
    low, high = (f"{float(end) * 100:.1f} %" for end in (cell.bound.lower, cell.bound.upper))
    return low if low == high else f"{low} to {high}"


@command.command(name="try")
@click.argument("name")
@click.option("--set", "settings", multiple=True, help="A field of the invented case: arr.criminality=convicted")
@click.option("--event", default="", help="The day of the event; without it, the first day the policy was in force.")
@click.option("--view", type=click.Choice(["agency", "world"]), default="agency", show_default=True)
@common
def try_policy(asked: Asked, name: str, settings: tuple[str, ...], event: str, view: Any) -> int:
    """Explain a policy on one invented case, typed field by field. It explains the rule, not a person.

    Example: tallystick policy try dhs_johnson_2014 --set det.aggravated_felon=drugs --set arr.birth_year=1980
    """
    from datetime import date

    from tallystick.cli.common import day_or_latest
    from tallystick.policies.bounds import Evaluator
    from tallystick.policies.cases import explained, typed
    from tallystick.policies.policy import lawbook
    from tallystick.policies.regions import Regions
    from tallystick.terms.errors import cannot

    book = lawbook(asked.shelf)
    policy = book.policy(name)
    if not policy.tiers:
        raise cannot("TS185", f"{name} has no tiers: {policy.no_tiers_because}.", fix="tallystick policy list")
    values: dict[str, object] = {}
    for setting in settings:
        field, sign, text = setting.partition("=")
        if not sign:
            raise cannot(
                "TS187", f"'{setting[:60]}' is not a field with a value.", fix="--set arr.criminality=convicted"
            )
        if field.strip() in values:
            raise cannot("TS187", f"{field.strip()} is set twice.", fix="Give each field one value.")
        values[field.strip()] = typed(book.known, field.strip(), text)
    day = date.fromisoformat(day_or_latest(event) if event and event != "latest" else policy.in_force[0].since)
    tiers = explained(policy, Evaluator(Regions(book.known), view), values, day)
    if asked.as_json:
        data = {
            "policy": policy.id, "event": day.isoformat(), "view": view, "says": "this explains the rule, not a person",
            "tiers": [
                {
                    "id": tier.tier, "result": tier.result,
                    "conditions": [
                        {"id": one.fact, "result": one.result, "because": one.because} for one in tier.conditions
                    ],
                }
                for tier in tiers
            ],
        }  # fmt: skip
        asked.say_json("policy-try", data)
        return 0
    out = asked.console()
    out.print(f"{policy.title} on an invented case of {day.isoformat()}, in the {view} view", style="bold")
    if not policy.stood_on(day):
        out.print("The policy was not in force on that day: it is applied off its dates.")
    for tier in tiers:
        out.print()
        out.print(f"{tier.tier}  {tier.title}: {tier.result}", style="bold")
        out.print(f"  {tier.how}:", style="dim")
        for one in sorted(tier.conditions, key=lambda one: ("true", "false", "unknown").index(one.result)):
            out.print(f"  {one.result:8} {one.text}")
            out.print(f"           {one.because}", style="dim")
        if tier.exception and tier.result != "false":
            out.print(f"  An officer could still set it aside: {tier.exception}.", style="dim")
    out.print()
    out.print("This explains the rule, not a person. Unknown is not no.")
    return 0


@command.command(name="force")
@click.argument("day")
@click.option("--place", default="", help="A state; rulings of courts by place are not known day by day.")
@common
def force(asked: Asked, day: str, place: str) -> int:
    """Say which written rules stood for arrest decisions on a day.

    Example: tallystick policy force 2021-01-25
    """
    from datetime import date

    from tallystick.cli.common import day_or_latest
    from tallystick.policies.policy import lawbook
    from tallystick.terms.errors import cannot

    if day_or_latest(day) == "latest":
        raise cannot("TS105", "'latest' is no day of the calendar.", fix="Write for example 2021-01-25.")
    book = lawbook(asked.shelf)
    on = date.fromisoformat(day)
    span = book.on(on)
    standing = book.standing(on)
    if asked.as_json:
        data = {
            "day": day, "place": place or None, "policies": list(span.policies) if span else [],
            "note": span.note if span else "before the first written rules that are known here",
            "standing": [{"policy": policy.id, "status": one.status, "note": one.note} for policy, one in standing],
        }  # fmt: skip
        asked.say_json("policy-force", data)
        return 0
    out = asked.console()
    if span is None:
        out.print("Before the first written rules that are known here.")
    elif not span.policies:
        out.print(f"{day}: no written tiers stood for arrest decisions.", style="bold")
    else:
        out.print(f"{day}: {', '.join(span.policies)}", style="bold")
    if span is not None and span.note:
        out.print(span.note)
    for policy, one in standing:
        status = one.status.replace("_", " ")
        out.print(f"  {policy.id}: {status}" + (f" ({one.note})" if one.note else ""), style="dim")
    if place:
        out.print(f"What courts ruled for {place} alone is not known day by day: these are the rules of the nation.")
    return 0


@command.command(name="diff")
@click.argument("one")
@click.argument("other")
@click.option("--unit", type=UNITS, default="arrests", show_default=True)
@click.option("--release", default="", help="One release of the project.")
@click.option("--view", type=click.Choice(["agency", "world"]), default="agency", show_default=True)
@click.option("--hindsight", is_flag=True, help="Let what was recorded later speak of the event.")
@common
def diff(asked: Asked, one: str, other: str, unit: Any, release: str, view: Any, hindsight: bool) -> int:
    """Say how the records of a project stand under two policies, whatever their dates.

    Example: tallystick policy diff dhs_johnson_2014 dhs_kelly_2017 --project my-records
    """
    from tallystick.weighing import side_by_side

    found = side_by_side(
        asked.project, asked.shelf, one, other, unit=unit, release=release, view=view, hindsight=hindsight
    )
    if asked.as_json:
        data = {"one": one, "other": other, "cells": [cell.row() for entry in found for cell in entry.cells.cells]}
        asked.say_json("policy-diff", data, release_set=found[0].release_set)
        return 0
    for entry in found:
        _print_diff(asked, entry, one, other)
    return 0


def _print_diff(asked: Asked, entry: SideBySide, one: str, other: str) -> None:
    from rich.table import Table

    from tallystick.weighing import STANDINGS

    out = asked.console()
    if entry.invented:
        out.print(MADE_UP, style="bold")
    out.print(f"{entry.unit.capitalize()} of {entry.release}: {one} in rows, {other} in columns", style="bold")
    for note in entry.notes:
        out.print(note)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(one)
    for standing in STANDINGS:
        table.add_column(f"{standing} under {other}", justify="right")
    cells = iter(entry.cells.cells)
    for standing in STANDINGS:
        table.add_row(f"{standing}", *(_count(next(cells)) for _ in STANDINGS))
    out.print(table)
    out.print(
        "In: inside some tier whatever is unknown. Out: outside all of them. Unknown: nobody can tell.", style="dim"
    )


def _count(cell: Cell) -> str:
    if cell.bound is None:
        return "hidden"
    low, high = f"{int(cell.bound.lower):,}", f"{int(cell.bound.upper):,}"
    return low if low == high else f"{low} to {high}"
