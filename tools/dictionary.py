"""Write docs/data-dictionary.md from the definitions: every table a project holds, column by column."""

from __future__ import annotations

from pathlib import Path

from tallystick.intake.codebook import TableRule, codebook
from tallystick.terms.definitions import Shelf
from tallystick.terms.tables import READABLE, table

ROOT = Path(__file__).resolve().parent.parent
PATHS = {
    "stays": "4-linked/<release>/stays.parquet",
    "stints-stays": "4-linked/<release>/stints-stays.parquet",
    "episodes": "4-linked/<release>/<table>-episodes.parquet",
    "links": "4-linked/<release>/links-<left>-<right>.parquet",
    "population": "4-linked/<release>/population.parquet",
}


def dictionary() -> str:
    """The whole page as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "Written by `python tools/dictionary.py` from the definitions; do not edit by hand.",
        "",
        "## Tables that `tallystick sql` reads",
        "",
    ]
    for name in READABLE:
        lines += _contract(name, name)
    lines += ["## Paths: episodes, stays, links, population (private to the project folder)", ""]
    for name, place in PATHS.items():
        lines += _contract(name, f"{name}: `{place}`")
    lines += [
        "## Record tables (private to the project folder): `3-records/<release>/<table>.parquet`",
        "",
        "Beside each column `x` stands `x__why`: recorded, blank, no_by_convention, not_applicable, ongoing, redacted,",
        "not_in_release, unmapped or implausible. Rows also carry release, invented, source_file, source_sheet and",
        "source_row.",
        "",
    ]
    for rule in codebook(Shelf()).tables.values():
        lines += _records(rule)
    return "\n".join(lines).rstrip() + "\n"


def _contract(name: str, title: str) -> list[str]:
    known = table(name)
    lines = [f"### {title}", "", known.meaning, "", "| column | type | meaning |", "|---|---|---|"]
    for column in known.columns:
        values = f" Values: {', '.join(column.values)}." if column.values else ""
        lines.append(f"| {column.name} | {column.type} | {column.meaning}{values} |")
    return [*lines, ""]


def _records(rule: TableRule) -> list[str]:
    lines = [f"### {rule.id}", "", f"One row: {rule.row}. Event: {rule.event}.", ""]
    lines += ["| column | type | meaning | a blank says | known |", "|---|---|---|---|---|"]
    for column in rule.columns:
        if column.not_stored:
            lines.append(f"| {column.name} | not stored | {column.not_stored} | | |")
            continue
        kind = "class and state" if column.type == "place" else column.type
        blank = column.blank.replace("_", " ")
        known = "at the event" if column.known == "event" else "as of extraction"
        lines.append(f"| {column.name} | {kind} | {column.meaning} | {blank} | {known} |")
    return [*lines, ""]


if __name__ == "__main__":
    (ROOT / "docs" / "data-dictionary.md").write_text(dictionary(), encoding="utf-8")
