"""What a published table `cells` says, read back: the cells as a reader has them, hidden ones without counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tallystick.measures.cell import Cell
from tallystick.terms.bound import Bound


def published_cell(row: Mapping[str, Any]) -> Cell:
    """One row of the table `cells` as a cell; person keys and classes are not in it."""
    return Cell(
        measure=row["measure"],
        definition_hash=row.get("definition_hash") or "",
        release_set=row["release_set"],
        basis=row["basis"],
        statistic=row["statistic"],
        unit=row["unit"],
        value_unit=row["value_unit"],
        variant=row["variant"],
        period_start=date.fromisoformat(str(row["period_start"])),
        period_end=date.fromisoformat(str(row["period_end"])),
        split=tuple(sorted(json.loads(row["split"] or "{}").items())),
        bound=_bound(row, "lower", "upper"),
        numerator=_bound(row, "numerator_lower", "numerator_upper"),
        denominator=_bound(row, "denominator_lower", "denominator_upper"),
        status=row["status"],
        note=row["note"] or "",
        place_type=row["place_type"],
        place=row["place"],
        policy=row["policy"] or None,
        tier=row["tier"] or None,
        view=row["view"],
        duplicate_rule=row["duplicate_rule"] or None,
        link_rule=row["link_rule"] or None,
    )


def _bound(row: Mapping[str, Any], lower: str, upper: str) -> Bound | None:
    if row[lower] in (None, "") or row[upper] in (None, ""):
        return None
    return Bound(Fraction(str(row[lower])), Fraction(str(row[upper])))
