"""What a check found: what was seen, where, in which issue, and what it does to trust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tallystick.intake.layout import Check


class Finding(msgspec.Struct, frozen=True):
    """What one check says of one table or column of an issue."""

    check: str
    table: str
    column: str
    release: str
    period: str
    value: float | None
    low: float | None
    high: float | None
    status: str
    explanation: str


def near(value: float, tolerance: float) -> tuple[float, float]:
    """The range within a tolerance, as findings print it."""
    return round(value - tolerance, 6), round(value + tolerance, 6)


def worst(statuses: Iterable[str]) -> str:
    """The trust of a block from its findings: ok, suspect or rejected."""
    found = set(statuses)
    return "rejected" if "rejected" in found else "suspect" if "suspect" in found else "ok"


class Weighed(Finding, frozen=True):
    """A finding with what definitions say of its check and which measures read the table: a row of `quality`."""

    sure: str
    why: str
    touches: str


def weighed(finding: Finding, checks: Iterable[Check], readers: Mapping[str, Sequence[str]]) -> Weighed:
    """A finding with how sure it is, why it matters and what it touches.

    Args:
        finding: what was found.
        checks: the checks as definitions describe them.
        readers: block (or group of blocks) -> measures that read it.
    """
    check = next((entry for entry in checks if entry.id == finding.check), None)
    touched = readers.get(finding.table.split(":")[0], ())
    return Weighed(
        **msgspec.structs.asdict(finding),
        sure=check.sure if check else "possible",
        why=check.why if check else "",
        touches=" ".join(sorted(touched)),
    )
