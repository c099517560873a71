"""The attacks on published tables: what someone could work out from them, and from what was shown before.

Run by the tests on our own output, by ``tallystick attack`` on any folder of tables. A breach names
the family and the attack, never the cell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

from tallystick.clear.family import TOTAL, Family, FamilyCell
from tallystick.clear.floors import refusal
from tallystick.clear.intervals import Attacker
from tallystick.clear.parts import parted
from tallystick.clear.places import is_blurred
from tallystick.clear.published import published_cell
from tallystick.clear.rounding import counts_behind
from tallystick.clear.rules import DisclosureRules
from tallystick.measures.cell import Cell

TOTALS = {"", "*", "all", "total", "us", "nation"}
VALUES = ("value", "count", "n_records")
NOT_DIMENSIONS = {"status", "note", "people", "share", "whole", "family", "definition_hash", "release_set", *VALUES}
MOST_BASE = 60_000
Key = tuple[str, ...]


@dataclass(frozen=True)
class Breach:
    """One attack that succeeded on one family of tables; how many cells, never which."""

    family: str
    attack: str
    cells: int
    meaning: str


@dataclass(frozen=True)
class Limits:
    """What counts as small and as too narrow."""

    least: int
    width: int
    least_counts: int = 5


@dataclass(frozen=True)
class Shown:
    """A published table as an attacker reads it: dimension values, value or nothing, hidden or not."""

    name: str
    dimensions: tuple[str, ...]
    values: dict[Key, int | None]
    shares: dict[Key, tuple[Fraction, int]]


def read_shown(name: str, rows: Sequence[Mapping[str, Any]]) -> Shown | None:
    """A table of counts from rows with a value column; None when there is none."""
    if not rows:
        return None
    column = next((entry for entry in VALUES if entry in rows[0]), None)
    if column is None:
        return None
    dimensions = tuple(entry for entry in rows[0] if entry not in NOT_DIMENSIONS)
    values: dict[Key, int | None] = {}
    shares: dict[Key, tuple[Fraction, int]] = {}
    for row in rows:
        key = tuple(_label(row[dimension]) for dimension in dimensions)
        values[key] = _count(row[column])
        if row.get("share") not in (None, "") and row.get("whole") not in (None, ""):
            shares[key] = (Fraction(str(row["share"])), int(float(row["whole"])))
    return Shown(name, dimensions, values, shares)


def _label(value: object) -> str:
    text = "" if value is None else str(value)
    return TOTAL if text.strip().lower() in TOTALS else text


def _count(value: object) -> int | None:
    return None if value in (None, "") else round(float(str(value)))


def attack_table(shown: Shown, limits: Limits) -> list[Breach]:
    """All attacks on one family of tables that are published together."""
    found = [
        Breach(shown.name, "small count", _small_shown(shown, limits), "counts of 1 to 10 are shown"),
        Breach(shown.name, "complement", _complements(shown, limits), "a shown part leaves a small rest of its whole"),
        Breach(shown.name, "inversion", _inverted(shown, limits), "a share gives away the count behind it"),
        *_margins(shown, limits),
    ]
    return [breach for breach in found if breach.cells]


def attack_releases(before: Shown, after: Shown, limits: Limits) -> list[Breach]:
    """Differences between two releases of the same tables."""
    shared = before.values.keys() & after.values.keys()
    steps = ((before.values[key], after.values[key]) for key in shared)
    small = sum(1 for old, new in steps if old is not None and new is not None and 0 < abs(new - old) < limits.least)
    meaning = "two releases differ by a small count"
    return [Breach(after.name, "difference", small, meaning)] if small else []


def attack_rows(name: str, rows: Sequence[Mapping[str, Any]], limits: Limits) -> list[Breach]:
    """Row-level tables: combinations of all columns that are rarer than the threshold."""
    if not rows:
        return []
    groups = Counter(tuple(str(value) for value in row.values()) for row in rows)
    rare = sum(1 for size in groups.values() if size < limits.least)
    return [Breach(name, "uniqueness", rare, "combinations of values stand for fewer than 11 rows")] if rare else []


def _is_margin(key: Key) -> bool:
    return all(label == TOTAL for label in key)


def _small_shown(shown: Shown, limits: Limits) -> int:
    return sum(
        1
        for key, value in shown.values.items()
        if value is not None and 0 < value < limits.least and not _is_margin(key)
    )


def _complements(shown: Shown, limits: Limits) -> int:
    found = 0
    for key, value in shown.values.items():
        for place, label in enumerate(key):
            whole = shown.values.get((*key[:place], TOTAL, *key[place + 1 :]))
            if label != TOTAL and value is not None and whole is not None and 0 < whole - value < limits.least:
                found += 1
    return found


def _inverted(shown: Shown, limits: Limits) -> int:
    found = 0
    for key, (share, whole) in shown.shares.items():
        if shown.values.get(key) is not None:
            continue  # the count itself is shown and was judged above
        digits = len(str(float(share)).partition(".")[2].rstrip("0")) or 1
        behind = counts_behind(share, Fraction(1, 10**digits), whole)
        if 0 < len(behind) < limits.least_counts:
            found += 1
    return found


def _margins(shown: Shown, limits: Limits) -> list[Breach]:
    """The margins attack: hidden cells that shown ones pin down."""
    family, hidden = as_family(shown)
    if family is None:
        return [Breach(shown.name, "size", 1, f"more than {MOST_BASE:,} base cells: split the family to attack it")]
    named = [number for number in hidden if family.cells[number].key in shown.values]
    attacker = Attacker(family, hidden, knows_truth=False)
    narrow = len(attacker.narrow(named, limits.width))
    if not attacker.possible:
        return [Breach(shown.name, "not checked", 1, "shown values do not add up, so the margins attack cannot run")]
    meaning = f"hidden cells can be worked out to within {limits.width}"
    return [Breach(shown.name, "margins", narrow, meaning)] if narrow else []


def as_family(shown: Shown) -> tuple[Family | None, list[int]]:
    """The table as cells over base cells, with values where they are shown; and the hidden cells."""
    leaves: list[list[str]] = [
        sorted({key[place] for key in shown.values} - {TOTAL}) or [TOTAL] for place in range(len(shown.dimensions))
    ]
    size = 1
    for labels in leaves:
        size *= len(labels)
    if size > MOST_BASE:
        return None, []
    place_of = {key: number for number, key in enumerate(product(*leaves))}
    cells: list[FamilyCell] = []
    hidden: list[int] = []
    for key, value in sorted(shown.values.items()):
        options = [labels if label == TOTAL else [label] for label, labels in zip(key, leaves, strict=True)]
        members = tuple(place_of[leaf] for leaf in product(*options))
        if value is None:
            hidden.append(len(cells))
        cells.append(FamilyCell(key, members, value or 0, value or 0))
    most = max((value for value in shown.values.values() if value is not None), default=0)
    base = [0] * size
    base[0] = most * 2 + 1000  # only the sum matters: no base cell can exceed what could stand anywhere
    return Family(tuple(base), tuple(cells)), hidden


def attack_cells(name: str, rows: Sequence[Mapping[str, Any]], rules: DisclosureRules, limits: Limits) -> list[Breach]:
    """All attacks on a table `cells`: its tables with nested places and periods, one family per measure and variant.

    Printed national figures are known to everybody and are left out.
    """
    cells = [published_cell(row) for row in rows if row["basis"] != "figures"]
    families: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        families[f"{cell.measure} ({cell.variant})"].append(cell)
    found: list[Breach] = []
    for family, inside in sorted(families.items()):
        found += _shown_at_all(family, inside, rules)
        found += _worked_out(family, inside, rules, limits)
    return [replace(breach, family=f"{name}: {breach.family}") for breach in found if breach.cells]


def _shown_at_all(family: str, cells: Sequence[Cell], rules: DisclosureRules) -> list[Breach]:
    """Cells that may not be shown whatever they count, and means that give single values away."""
    shown = [cell for cell in cells if cell.bound is not None]
    fine = sum(1 for cell in shown if refusal(cell, rules, None))
    least, step = rules.thresholds.least_for_means, rules.thresholds.least_step_of_means
    means = [cell for cell in shown if cell.statistic in ("mean", "quantile")]
    few = sum(1 for cell in means if cell.n is None or cell.n < least)
    exact = sum(
        1
        for cell in means
        if cell.place_type != "nation"
        and cell.bound
        and any(end % step for end in (cell.bound.lower, cell.bound.upper))
    )
    return [
        Breach(family, "too fine", fine, "a place, period, split or statistic that may not be shown"),
        Breach(family, "few behind a mean", few, f"means over fewer than {least}"),
        Breach(family, "exact mean", exact, "two means over people who differ by one give that one away"),
    ]


def _worked_out(family: str, cells: Sequence[Cell], rules: DisclosureRules, limits: Limits) -> list[Breach]:
    """What the shown counts of a family say about the hidden ones, and about sums that nobody shows."""
    counted = [cell for cell in cells if cell.statistic not in ("mean", "quantile") or cell.numerator is not None]
    if not counted:
        return []
    tables = parted(counted)
    if tables is None:
        below = [cell for cell in counted if cell.numerator is not None and (cell.place_type != "nation" or cell.split)]
        sharp = sum(1 for cell in below if not is_blurred(cell, rules))
        small = sum(1 for cell in below if cell.numerator and 0 < cell.numerator.upper < limits.least)
        return [
            Breach(family, "not checked", sharp, "cells that do not add up to tables cannot be attacked as such"),
            Breach(family, "small count", small, "counts of 1 to 10 are shown"),
        ]
    known = tables.family.cells
    hidden = [number for number, cell in enumerate(known) if cell.state == "open" and cell.guard == "never"]
    small = sum(1 for cell in known if cell.state == "open" and 0 < cell.units < limits.least)
    rest = sum(
        1 for cell in known if cell.state == "derived" and cell.guard == "by size" and 0 < cell.units < limits.least
    )
    attacker = Attacker(tables.family, hidden, knows_truth=False)
    narrow = attacker.narrow(hidden, limits.width)
    rest += sum(1 for _ in _hidden_sums(tables.family, set(hidden), limits.least))
    return [
        Breach(family, "small count", small, "counts of 1 to 10 are shown"),
        Breach(family, "complement", rest, "shown cells leave a small rest"),
        Breach(family, "margins", len(narrow), f"hidden cells can be worked out to within {limits.width}"),
    ]


def _hidden_sums(family: Family, hidden: set[int], least: int) -> Iterator[int]:
    """Lines whose hidden parts add up to a small count."""
    for whole, parts in (*family.lines, *family.quiet):
        if whole in hidden or family.cells[whole].state == "derived" or not hidden & set(parts):
            continue
        shown = [part for part in parts if part not in hidden]
        if any(family.cells[part].guard == "never" for part in shown):
            continue
        if 0 < family.cells[whole].units - sum(family.cells[part].units for part in shown) < least:
            yield whole


def forbidden_columns(rows: Sequence[Mapping[str, Any]], rules: DisclosureRules) -> list[str]:
    """Columns of a table that are never shown, by name."""
    never = set(rules.national_only.never)
    return sorted(name for name in (rows[0] if rows else {}) if name.strip().lower().replace(" ", "_") in never)


def parts_of_cells(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows of the table `cells` as counts in three parts, one family per measure and variant."""
    import json

    families: dict[str, list[dict[str, Any]]] = defaultdict(list)
    names = sorted({name for row in rows for name in json.loads(row["split"] or "{}")})
    for row in rows:
        split = json.loads(row["split"] or "{}")
        place = TOTAL if row["place_type"] == "nation" else f"{row['place_type']} {row['place']}"
        own = {
            "place": place,
            "period": f"{row['period_start']}/{row['period_end']}",
            **{name: split.get(name, TOTAL) for name in names},
        }
        for answer, value in _answers(row).items():
            families[f"{row['measure']} ({row['variant']})"].append({**own, "answer": answer, "value": value})
    return dict(families)


def _answers(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high, whole = row["numerator_lower"], row["numerator_upper"], row["denominator_lower"]
    if low in (None, "") or whole in (None, ""):
        return dict.fromkeys((TOTAL, "yes", "unknown", "no"))
    yes, most, all_of = float(low), float(high), float(whole)
    return {TOTAL: all_of, "yes": yes, "unknown": most - yes, "no": all_of - most}
