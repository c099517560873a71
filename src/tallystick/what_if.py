"""The same records under several written policies: the share inside each, what keeps it open, what would tip it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import cast

from tallystick.measures.cell import Cell
from tallystick.measures.comparison import Policies
from tallystick.policies.profiles import Unit
from tallystick.publish.charts import Row, bar_chart
from tallystick.publish.comparison import Table, Told, bar_ends, ends_of, number, percent
from tallystick.question import OUTSIDE
from tallystick.terms.bound import Bound
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import cannot
from tallystick.weighing import Weighed, weigh

METHOD = (
    "Every policy is laid on the same records, whatever its dates: a rule is tried out, not a year. Inside means "
    "inside any of its tiers; the range is what fields that are not recorded leave open, and what officers judge."
)
MOST_FIELDS = 3
LEAST = 30  # records that a cause must decide to be named


def under_policies(asked: Policies, project: Path | None, shelf: Shelf, release: str = "") -> list[Told]:
    """One answer for each release: the share of its records inside each policy.

    Args:
        asked: the unit and the policies.
        project: the folder of a built project.
        shelf: the definitions.
        release: one release.

    Raises:
        TallystickError: TS182, TS183, TS184; TS185 for a policy without tiers.
    """
    found: dict[str, dict[str, Weighed]] = {}
    for policy in asked.policies:
        for one in weigh(project, shelf, policy, unit=cast("Unit", asked.unit), release=release):
            found.setdefault(one.release, {})[policy] = one
    if not found:
        raise cannot("TS182", f"{asked.title}: no release has {asked.unit}.", fix="tallystick get --list")
    return [_told(asked, name, own) for name, own in found.items()]


def _told(asked: Policies, release: str, own: dict[str, Weighed]) -> Told:
    shares = {policy: _inside(weighed.cells) for policy, weighed in own.items()}
    rows = [
        (policy, percent(shares[policy]), _tips(weighed.cells), _fields(weighed)) for policy, weighed in own.items()
    ]
    known = {policy: share for policy, share in shares.items() if share is not None}
    notes = [METHOD, *(note for weighed in own.values() for note in weighed.notes)]
    data = {
        "id": asked.id, "kind": asked.kind, "release": release,
        "inside": {policy: ends_of(share) if share else None for policy, share in shares.items()},
    }  # fmt: skip
    chart = bar_chart(
        f"Inside a tier, of all {asked.unit}", "percent; hatched: the records do not say",
        [Row(policy, percent(share), *bar_ends(share)) for policy, share in shares.items()],
        fixed=(0.0, 100.0),
    )  # fmt: skip
    table = Table(
        f"Inside any tier, of all {asked.unit}",
        ("policy", "inside", "needed for half, of those open", "what keeps it open, most first"), tuple(rows),
    )  # fmt: skip
    return Told(
        asked.title,
        f"{asked.unit} of {release}",
        _sentences(known),
        (table,),
        chart,
        tuple(dict.fromkeys(notes)),
        asked.cannot_say,
        data,
    )


def _outside(cells: Sequence[Cell]) -> Cell | None:
    return next((cell for cell in cells if cell.tier == OUTSIDE), None)


def _inside(cells: Sequence[Cell]) -> Bound | None:
    """The share inside any tier: what is not outside all of them."""
    found = _outside(cells)
    return None if found is None or found.bound is None else Bound(1 - found.bound.upper, 1 - found.bound.lower)


def _tips(cells: Sequence[Cell]) -> str:
    """How many of the open records would have to lie inside for half of all to do so."""
    found = _outside(cells)
    if found is None or found.numerator is None or found.denominator is None:
        return "hidden"
    whole, least = found.denominator.lower, found.denominator.lower - found.numerator.upper
    open_ = found.numerator.width
    needed = ceil(whole / 2 - least)
    if needed <= 0:
        return "none: half is reached"
    if needed > open_:
        return "no completion reaches half"
    return f"about {number(Bound(Fraction(needed), Fraction(needed)), 0)} of {number(Bound(open_, open_), 0)}"


def _fields(weighed: Weighed) -> str:
    """The fields that would settle most, over all tiers."""
    found: dict[str, int] = {}
    for causes in weighed.causes.values():
        for cause in causes:
            if cause.always >= LEAST or cause.perhaps >= LEAST:
                found[cause.title] = max(found.get(cause.title, 0), cause.always, cause.perhaps)
    names = sorted(found, key=lambda name: (-found[name], name))
    return "; ".join(names[:MOST_FIELDS]) or "nothing"


def _sentences(known: dict[str, Bound]) -> tuple[str, ...]:
    told = "; ".join(f"{percent(share)} under {policy}" for policy, share in known.items())
    found = [f"The share of the same records inside a tier is {told}."] if told else []
    policies = list(known)
    for place, one in enumerate(policies):
        for other in policies[place + 1 :]:
            if known[one].lower > known[other].upper or known[other].lower > known[one].upper:
                wide, narrow = (one, other) if known[one].lower > known[other].upper else (other, one)
                found.append(f"Whatever is unknown, more of them lie inside {wide} than inside {narrow}.")
    return tuple(found)
