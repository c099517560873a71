"""Every attack on every table of a folder, and on consecutive releases where subfolders hold them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from tallystick.clear.disclosure import clear_figures
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.publish.package import DICTIONARY
from tallystick.publish.page import NUMBERS
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import cannot
from tallystick.terms.tables import table

NOT_ABOUT_PEOPLE = ("sources", "quality", "verdicts", "ledger", "daily")  # they describe others, or repeat `cells`
PRIVATE = (
    "3-records",
    "4-linked",
    ".cache",
)  # of a project; anywhere else, record tables are attacked and their columns named
CELL_COLUMNS = {"numerator_lower", "denominator_lower", "place_type", "basis", "period_start"}


@dataclass(frozen=True)
class Onslaught:
    """Which tables were attacked, and which attacks succeeded."""

    tables: tuple[str, ...]
    breaches: tuple[Breach, ...]
    passed_over: tuple[str, ...] = ()  # tables of our own that hold no counts of people but those of `cells`


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
    passed_over: list[str] = []
    breaches: list[Breach] = []
    earlier: dict[str, Shown] = {}
    for release in releases:
        for path in (entry for entry in _tables(folder) if entry.parent == release):
            rows = store.read_any(path)
            if rows and not forbidden_columns(rows, rules) and _is_not_about_people(path.stem, set(rows[0])):
                passed_over.append(path.stem)
                continue
            for shown, found in _attacked(path, rows, limits, rules):
                names.append(shown.name if shown else path.stem)
                breaches += found
                if shown is not None:
                    if shown.name in earlier:
                        breaches += attack_releases(earlier[shown.name], shown, limits)
                    earlier[shown.name] = shown
    return Onslaught(tuple(names), tuple(breaches), tuple(passed_over))


def _is_not_about_people(name: str, columns: set[str]) -> bool:
    """True for tables of the contract that only describe others (sources, ledger), or repeat what `cells` holds."""
    if name in NOT_ABOUT_PEOPLE:
        return set(table(name).names) == columns - {"invented"}
    if name == "dictionary":  # of an export: what columns mean
        return columns == set(DICTIONARY)
    return columns - {"invented"} == set(NUMBERS)


def _tables(folder: Path) -> list[Path]:
    """Tables that could be published: the records of a project are its owner's alone and never leave it."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".csv", ".parquet") and path.is_file())
    return [path for path in found if not _is_private(path)]


def _is_private(path: Path) -> bool:
    return any(parent.name in PRIVATE and (parent.parent / "tallystick.toml").is_file() for parent in path.parents)


def _attacked(
    path: Path, rows: list[dict[str, Any]], limits: Limits, rules: DisclosureRules
) -> list[tuple[Shown | None, list[Breach]]]:
    forbidden = forbidden_columns(rows, rules)
    if forbidden:
        meaning = f"columns that are never shown: {', '.join(forbidden)}"
        return [(None, [Breach(path.stem, "forbidden column", len(forbidden), meaning)])]
    if rows and CELL_COLUMNS <= set(rows[0]):
        below = [row for row in rows if row["basis"] != "figures"]  # printed national figures are known to all
        tables = [read_shown(name, parts) for name, parts in sorted(parts_of_cells(below).items())]
        kept = [entry for entry in tables if entry is not None]
        return [(None, attack_cells(path.stem, rows, rules, limits)), *((entry, []) for entry in kept)]
    is_contract = path.suffix == ".parquet" and rows and set(table("figures").names) == set(rows[0])
    if path.stem == "figures" and is_contract:
        held = sum(line.rows_in - line.rows_out for line in clear_figures(store.read_figures(path)).ledger)
        meaning = "printed counts of 1 to 10, or averages over few people, below the nation"
        return [(None, [Breach(path.stem, "small count", held, meaning)] if held else [])]
    shown = read_shown(path.stem, rows)
    if shown is None:
        return [(None, attack_rows(path.stem, rows, limits))]
    return [(shown, attack_table(shown, limits))]
