"""What a check found: what was seen, where, in which issue, and what it does to trust."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One row of the table `quality`."""

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
