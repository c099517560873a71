"""What ``tallystick measure run`` prints of cells: over records, and over printed figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.measured import Answer


def run_records(asked: Asked, name: str, given: dict[str, Any]) -> int:
    """Print a measure over the records of a project."""
    from tallystick.cli.build import progress_bar
    from tallystick.measured import answers
    from tallystick.question import Question

    question = Question(
        place=given["place"], by=given["by"], period=given["period"], since=given["since"], until=given["until"],
        person=given["unit"] == "person",
    )  # fmt: skip
    with progress_bar(asked) as progress:
        found = answers(
            asked.project, asked.shelf, name, question, policy=given["policy"], release=given["release"],
            rules=given["rules"], year_ago=given["year_before"], progress=progress,
        )  # fmt: skip
    measure = found.measure
    cells = [cell for answer in found.answers for cell in answer.cells.cells]
    if _written(asked, [cell.row() for cell in cells], measure.id, found.asked.release_set, given):
        return 0
    out = asked.console()
    if found.asked.invented:
        out.print("MADE-UP RECORDS: nothing here describes a person, a place or an event", style="bold")
    titles = {variant.id: variant.title for variant in getattr(measure, "variants", ()) if not isinstance(variant, str)}
    for answer in found.answers:
        _print_answer(out, measure, answer, titles)
    for silent in found.passed_over:
        out.print(f"Passed over: {silent.faults[0].text}", style="dim", markup=False)
    asked.last_line("Next: --period month, --by criminality, --place area; tallystick measure list --by")
    return 0


def _print_answer(out: Console, measure: Any, answer: Answer, titles: dict[str, str]) -> None:
    from tallystick.publish.cells import MOST_ROWS, in_order, table_of

    out.print(f"{measure.title}, {answer.release}", style="bold")
    out.print(f"of {measure.population}; {measure.date_of_status}", style="dim", markup=False)
    own = in_order(answer.cells.cells, [*titles])
    out.print(table_of(own, titles) if own else "No unit of this kind in the release.")
    words = {
        "rounded": "rounded: outward, so that no small count can be worked out; not for export",
        "suppressed": "hidden: too few people, or it would give them away",
    }
    said = [text for status, text in words.items() if any(cell.status == status for cell in own)]
    said += [f"{len(own) - MOST_ROWS:,} more rows: --csv"] if len(own) > MOST_ROWS else []
    for line in (*said, *(f"  {note}" for note in answer.notes)):
        out.print(line, style="dim", markup=False)
    out.print("What the records cannot tell here:")
    for sentence in measure.cannot_say:
        out.print(f"  {sentence}", markup=False)
    out.print()


def run_figures(asked: Asked, name: str, given: dict[str, Any]) -> int:
    """Print a measure over the figures that the agency prints."""
    from tallystick.answers import cleared_cells
    from tallystick.measures.measure import read_measure
    from tallystick.publish.cells import MOST_ROWS, table_of

    records = asked.records()
    measure = read_measure(asked.shelf, name)
    cells = cleared_cells(records, [name])[name].cells
    if _written(asked, [cell.row() for cell in cells], name, records.release_set, given):
        return 0
    out = asked.console()
    out.print(f"{measure.title}, printed by the agency", style="bold")
    titles = {variant.id: variant.title for variant in measure.variants}
    shown = [cell for cell in cells if cell.bound is not None][-MOST_ROWS:]
    out.print(table_of(shown, titles))
    if len(cells) > len(shown):
        out.print(f"{len(cells) - len(shown):,} more rows: --csv", style="dim")
    out.print("What the records cannot tell here:")
    for sentence in measure.cannot_say:
        out.print(f"  {sentence}", markup=False)
    asked.last_line(f"Next: tallystick explain --measure {name}")
    return 0


def _written(asked: Asked, rows: list[dict[str, Any]], measure: str, release_set: str, given: dict[str, Any]) -> bool:
    """Write cells where they are asked for as a document or a file; False where they are to be printed."""
    from tallystick import store
    from tallystick.publish.page import to_csv

    if given["parquet"] is not None:
        with store.scratch() as folder:
            store.json_lines(rows, folder / "cells.jsonl")
            count = store.write_table("cells", [folder / "cells.jsonl"], given["parquet"], CELL_ORDER)
        asked.last_line(f"Wrote {count:,} cells to {given['parquet']}")
        return True
    if asked.as_json:
        asked.say_json("measure-run", {"measure": measure, "cells": rows}, release_set=release_set)
        return True
    if given["as_csv"]:
        click.echo(to_csv(rows), nl=False)
        return True
    return False


CELL_ORDER = ("measure", "variant", "tier", "place_type", "place", "period_start", "period_end", "split")
