"""Every attack on every table of a folder, and on consecutive releases where subfolders hold them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick import store
from tallystick.clear.attacks import (
    Breach,
    Limits,
    Shown,
    attack_cells,
    attack_releases,
    attack_rows,
    attack_table,
    forbidden_columns,
    parts_of_cells,
    read_shown,
)
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import cannot

CELL_COLUMNS = {"numerator_lower", "denominator_lower", "place_type", "basis", "period_start"}


@dataclass(frozen=True)
class Onslaught:
    """Which tables were attacked, and which attacks succeeded."""

    tables: tuple[str, ...]
    breaches: tuple[Breach, ...]


def attack_folder(folder: Path, shelf: Shelf) -> Onslaught:
    """Attack all tables below a folder.

    Raises:
        TallystickError: TS113 when there is no table in it.
    """
    rules = disclosure_rules(shelf)
    limits = Limits(
        rules.thresholds.least_units, rules.thresholds.least_width, rules.thresholds.least_counts_behind_share
    )
    releases = sorted({path.parent for path in _tables(folder)})
    if not releases:
        raise cannot("TS113", f"There is no table in '{folder.name}'.", fix="Name a folder with CSV or Parquet tables.")
    names: list[str] = []
    breaches: list[Breach] = []
    earlier: dict[str, Shown] = {}
    for release in releases:
        for path in (entry for entry in _tables(folder) if entry.parent == release):
            for shown, found in _attacked(path, limits, rules):
                names.append(shown.name if shown else path.stem)
                breaches += found
                if shown is not None:
                    if shown.name in earlier:
                        breaches += attack_releases(earlier[shown.name], shown, limits)
                    earlier[shown.name] = shown
    return Onslaught(tuple(names), tuple(breaches))


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".csv", ".parquet") and path.is_file())


def _attacked(path: Path, limits: Limits, rules: DisclosureRules) -> list[tuple[Shown | None, list[Breach]]]:
    rows = store.read_any(path)
    forbidden = forbidden_columns(rows, rules)
    if forbidden:
        meaning = f"columns that are never shown: {', '.join(forbidden)}"
        return [(None, [Breach(path.stem, "forbidden column", len(forbidden), meaning)])]
    if rows and CELL_COLUMNS <= set(rows[0]):
        below = [row for row in rows if row["basis"] != "figures"]  # printed national figures are known to all
        tables = [read_shown(name, parts) for name, parts in sorted(parts_of_cells(below).items())]
        kept = [table for table in tables if table is not None]
        return [(None, attack_cells(path.stem, rows, rules, limits)), *((table, []) for table in kept)]
    table = read_shown(path.stem, rows)
    if table is None:
        return [(None, attack_rows(path.stem, rows, limits))]
    return [(table, attack_table(table, limits))]
