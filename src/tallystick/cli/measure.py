"""``tallystick measure list|run``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.followed import ClearedGrid
    from tallystick.measures.grid import GridCount, Placed
    from tallystick.terms.definitions import Shelf


MOST_ROWS = 24  # of a grid on a terminal


@click.group(name="measure")
def command() -> None:
    """List measures and rules, and count under every rule."""


@command.command(name="list")
@click.option("--rules", is_flag=True, help="The rules for duplicates, stays and links, with their origins.")
@click.option("--by", "dimensions", is_flag=True, help="What measures can be told apart by, places included.")
@common
def list_measures(asked: Asked, rules: bool, dimensions: bool) -> int:
    """List all measures, what they can be told apart by, or the rules that counts can be made under.

    Example: tallystick measure list --by
    """
    from tallystick.measures.measure import measure_names, read_measure
    from tallystick.measures.record_measure import record_measures
    from tallystick.measures.unit_measure import measurebook

    if rules:
        return _list_rules(asked)
    if dimensions:
        return _list_dimensions(asked)
    shelf = asked.shelf
    found = [(name, "figures", read_measure(shelf, name).title) for name in measure_names(shelf)]
    found += [(name, "rules", measure.title) for name, measure in record_measures(shelf).items()]
    found += [(name, "records", measure.title) for name, measure in measurebook(shelf).measures.items()]
    found.sort()
    if asked.as_json:
        entries = [{"measure": name, "basis": basis, "title": title} for name, basis, title in found]
        asked.say_json("measure-list", {"measures": entries})
        return 0
    out = asked.console()
    family = ""
    for name, basis, title in found:
        if name.partition("/")[0] != family:
            family = name.partition("/")[0]
            out.print(f"{family}", style="bold")
        out.print(f"  {name.partition('/')[2]}  [{basis}]", style="cyan" if out.is_terminal else None, markup=False)
        out.print(f"    {title}")
    out.print()
    out.print(
        "figures: from printed workbooks; records: from a project of record files; rules: counts under each rule."
    )
    asked.last_line("Next: tallystick measure run arrests-by-criminality --period fiscal_year --project DIR")
    return 0


def _list_dimensions(asked: Asked) -> int:
    from tallystick.measures.unit_measure import measurebook
    from tallystick.measures.windows import PERIODS

    book = measurebook(asked.shelf)
    if asked.as_json:
        entries = [
            {"by": one.id, "title": one.title, "place": one.place, "units": sorted(one.columns)}
            for one in book.dimensions.values()
        ]
        asked.say_json("measure-list", {"dimensions": entries, "periods": list(PERIODS)})
        return 0
    out = asked.console()
    for is_place, title in ((False, "--by"), (True, "--place")):
        out.print(title, style="bold")
        for one in book.dimensions.values():
            if bool(one.place) == is_place:
                out.print(f"  {one.id}: {one.title}")
                out.print(f"    for {', '.join(sorted(one.columns))}", style="dim")
    out.print("--period", style="bold")
    out.print(f"  {', '.join(PERIODS)}")
    return 0


def _list_rules(asked: Asked) -> int:
    from tallystick.records.rules import rulebook

    book = rulebook(asked.shelf)
    groups: dict[str, Sequence[Any]] = {}
    for table in dict.fromkeys(rule.table for rule in book.duplicates):
        groups[f"duplicates of {table}"] = book.duplicate_rules(table)
    groups["stay rule"] = book.stay_rules
    for pair in book.pairs:
        groups[f"link rule {pair}"] = book.link_rules(pair)
    if asked.as_json:
        asked.say_json("measure-list", {"rules": [_rule(what, rule) for what, own in groups.items() for rule in own]})
        return 0
    out = asked.console()
    for what, own in groups.items():
        out.print(what, style="bold")
        for rule in own:
            out.print(f"  {rule.id}{' (default)' if rule.default else ''}: {rule.title}")
            out.print(f"    {rule.why}", style="dim")
            out.print(f"    in use: {'; '.join(f'{entry.who} ({entry.where})' for entry in rule.origins)}", style="dim")
            if rule.caution:
                out.print(f"    careful: {rule.caution}", style="dim")
    return 0


def _rule(what: str, rule: Any) -> dict[str, Any]:
    origins = [{"who": entry.who, "where": entry.where, "seen": entry.seen} for entry in rule.origins]
    return {
        "for": what, "rule": rule.id, "default": rule.default, "title": rule.title, "why": rule.why,
        "caution": rule.caution, "origins": origins,
    }  # fmt: skip


@command.command(name="show")
@click.argument("name")
@click.option("--rule", default="", help="Another rule than the default ones, by name.")
@click.option("--policy", default="", help="For measures of alignment: the written policy.")
@common
def show(asked: Asked, name: str, rule: str, policy: str) -> int:
    """Show the SQL of a measure, every act in order: a script that DuckDB alone runs in the folder of a project.

    Example: tallystick measure show arrests --rule ddp-2026
    """
    from tallystick.measures.record_measure import record_measure
    from tallystick.measures.unit_measure import measurebook
    from tallystick.reciting import recited, recited_measure

    shelf = asked.shelf
    measure: Any
    if is_grid(shelf, name):
        measure = record_measure(shelf, name)
        text = recited(shelf, measure, rule)
    else:
        measure = measurebook(shelf).measure(name)
        text = recited_measure(shelf, measure.id, policy)
    if asked.as_json:
        data = {
            "measure": measure.id, "unit": measure.unit, "population": measure.population,
            "denominator": measure.denominator, "cannot_say": list(measure.cannot_say), "sql": text,
        }  # fmt: skip
        asked.say_json("measure-show", data)
        return 0
    click.echo(f"-- {measure.id}: {measure.title}. Of {measure.population}, out of {measure.denominator}.")
    for sentence in measure.cannot_say:
        click.echo(f"-- cannot say: {sentence}")
    click.echo(text)
    return 0


@command.command(name="run")
@click.argument("name")
@click.option("--place", default="", help="Tell apart by area, state, county or facility.")
@click.option("--by", multiple=True, help="Tell apart by a class (measure list --by); may be given again.")
@click.option("--period", default="release", show_default=True, help="day, month, quarter, fiscal_year, year or era.")
@click.option("--from", "since", default="", help="First day, year-month-day.")
@click.option("--to", "until", default="", help="Last day, year-month-day.")
@click.option("--year-before", is_flag=True, help="The same days a year earlier beside each period.")
@click.option("--policy", default="", help="For measures of alignment: the written policy.")
@click.option("--unit", type=click.Choice(["record", "person"]), default="record", show_default=True)
@click.option("--grid", is_flag=True, help="For counts: under every combination of rules.")
@click.option("--rule", "rules", multiple=True, help="A rule instead of the default one; may be given again.")
@click.option("--release", default="", help="The release; without it, every release of the project.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout.")
@click.option("--parquet", type=click.Path(path_type=Path, dir_okay=False), help="Write the cells to a Parquet file.")
@common
def run(asked: Asked, name: str, **given: Any) -> int:
    """Measure a project, or the figures that ship: bounds, with what keeps them open.

    Examples:

      tallystick measure run arrests-by-criminality --period month --project my-records

      tallystick measure run alignment/arrests --policy dhs_mayorkas_2021 --project my-records

      tallystick measure run counts/arrests --grid --project my-records
    """
    from tallystick.cli.measure_cells import run_figures, run_records
    from tallystick.measures.measure import measure_names

    shelf = asked.shelf
    if given["grid"] or is_grid(shelf, name):
        return _run_grid(asked, name, given)
    if name in measure_names(shelf):
        return run_figures(asked, name, given)
    return run_records(asked, name, given)


def is_grid(shelf: Shelf, name: str) -> bool:
    """Whether a name, whole or its last part, is that of a count under rules."""
    from tallystick.measures.record_measure import record_measures

    return any(name in (known, known.rpartition("/")[2]) for known in record_measures(shelf))


def _run_grid(asked: Asked, name: str, given: dict[str, Any]) -> int:
    from tallystick.cli.build import progress_bar
    from tallystick.counting import grids
    from tallystick.publish.page import to_csv

    grid = given["grid"]
    with progress_bar(asked) as progress:
        found, records = grids(
            asked.project, asked.shelf, name, release=given["release"], rules=given["rules"], full=grid,
            progress=progress,
        )  # fmt: skip
    rows = [row for entry in found for row in _rows(entry, default_only=not grid)]
    if asked.as_json:
        data = {"measure": found[0].grid.measure.id, "cells": rows, "published": _published(found)}
        asked.say_json("measure-run", data, release_set=records.release_set)
        return 0
    if given["as_csv"]:
        click.echo(to_csv(rows), nl=False)
        return 0
    out = asked.console()
    if records.invented:
        out.print("MADE-UP RECORDS: nothing here describes a person, a place or an event", style="bold")
    for entry in found:
        _print(out, entry, grid=grid, shelf=asked.shelf)
    project = f" --project {asked.project}" if asked.project else ""
    more = "tallystick measure list --rules" if grid else f"tallystick measure run {name} --grid{project}"
    asked.last_line(f"Next: {more}")
    return 0


def _rows(entry: ClearedGrid, *, default_only: bool) -> Iterator[dict[str, Any]]:
    for count in entry.grid.counts:
        if default_only and count.choice != entry.grid.default:
            continue
        cell = entry.cell(count.choice)
        counted = entry.shown(count.choice, as_counted=True)
        shown = entry.shown(count.choice)
        yield {
            "measure": entry.grid.measure.id,
            "release": entry.grid.release,
            **dict(count.choice),
            "unit": entry.grid.measure.unit,
            "counted_lower": counted[0] if counted else None,
            "counted_upper": counted[1] if counted else None,
            "lower": shown[0] if shown else None,
            "upper": shown[1] if shown else None,
            "status": cell.status,
            "default": count.choice == entry.grid.default,
        }


def _published(found: Sequence[ClearedGrid]) -> list[dict[str, Any]]:
    return [
        {
            "id": placed.published.id,
            "who": placed.published.who,
            "text": placed.published.text,
            "value": placed.published.value,
            "release": placed.published.release,
            "standing": placed.standing,
            "cells": [dict(count.choice) for count in placed.nearest],
        }
        for entry in found
        for placed in entry.placed
    ]


def _print(out: Console, entry: ClearedGrid, *, grid: bool, shelf: Shelf) -> None:
    measure = entry.grid.measure
    out.print(f"{measure.title}, {entry.grid.release}", style="bold")
    if entry.passed_over:
        out.print("Another release of this project speaks for these days: do not add the two.")
    if grid:
        _print_table(out, entry)
        _print_spread(out, entry)
    else:
        rules = ", ".join(f"{name}: {rule}" for name, rule in entry.grid.default)
        counted, ends = entry.shown(entry.grid.default, as_counted=True), entry.shown(entry.grid.default)
        left_open = "" if counted == ends else f"; the records leave open {_shown(ends)}"
        out.print(f"{_shown(counted)} {measure.unit}s{left_open}  ({rules})")
    for placed in entry.placed:
        _print_placed(out, placed)
    out.print("What the records cannot tell here:")
    for sentence in measure.cannot_say:
        out.print(f"  {sentence}")
    out.print()


def _print_table(out: Console, entry: ClearedGrid) -> None:
    from rich.table import Table

    names = [name for name, _ in entry.grid.default]
    moving = [name for place, name in enumerate(names) if len({count.choice[place] for count in entry.grid.counts}) > 1]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in moving or names:
        table.add_column(name, overflow="fold", min_width=12)
    table.add_column("counted", justify="right", no_wrap=True)
    table.add_column("left open", justify="right", overflow="fold")
    rows, left_out = _some(entry)
    if any(like > 1 for _, like in rows):
        table.add_column("alike", justify="right", no_wrap=True)
    for count, like in rows:
        rules = dict(count.choice)
        own = [f"{rules[name]}{' *' if count.choice == entry.grid.default else ''}" for name in moving or names]
        ends = [_shown(entry.shown(count.choice, as_counted=True)), _shown(entry.shown(count.choice))]
        table.add_row(*own, *ends, *([f"{like:,}"] if len(table.columns) > len(own) + 2 else []))
    out.print(table)
    more = f"; {left_out:,} more combinations between these: --csv" if left_out else ""
    out.print(f"* the default{more}", style="dim")
    out.print("counted: as the authors of the rules count; left open: the least and the most it can be", style="dim")
    if any(like > 1 for _, like in rows):
        out.print("alike: so many combinations give the same; one of them is named", style="dim")


def _some(entry: ClearedGrid) -> tuple[list[tuple[GridCount, int]], int]:
    """The rows of a grid that a terminal shows, each with how many combinations it stands for, and how many are not.

    A large grid shows each count once, the highest and the lowest ones.
    """
    default = entry.grid.default
    ordered = sorted(entry.grid.counts, key=lambda one: (one.choice != default, -one.counted, one.choice))
    if len(ordered) <= MOST_ROWS:
        return [(count, 1) for count in ordered], 0
    alike: dict[tuple[object, object], list[GridCount]] = {}
    for count in ordered:
        alike.setdefault((entry.shown(count.choice, as_counted=True), entry.shown(count.choice)), []).append(count)
    groups = [(own[0], len(own)) for own in alike.values()]
    if len(groups) <= MOST_ROWS:
        return groups, 0
    half = MOST_ROWS // 2
    return [*groups[: half + 1], *groups[-half:]], sum(many for _, many in groups[half + 1 : -half])


def _print_spread(out: Console, entry: ClearedGrid) -> None:
    found = {count.choice: entry.shown(count.choice, as_counted=True) for count in entry.grid.counts}
    shown = {choice: ends for choice, ends in found.items() if ends is not None}
    if len(shown) < 2:
        return
    low, high = min(end[0] for end in shown.values()), max(end[1] for end in shown.values())
    if low == high:
        out.print(f"{low:,} under every one of {len(shown):,} combinations: no choice moves the count here.")
        return
    out.print(f"From {low:,} to {high:,} under {len(shown):,} combinations: {(high - low) * 100 / high:.1f} % apart.")
    moves = [f"{name} (up to {many:,})" for name, many in entry.grid.moves(shown) if many]
    out.print(f"What moves it, the other choices left alone: {', '.join(moves)}.")


def _print_placed(out: Console, placed: Placed) -> None:
    rules = ", ".join(placed.published.choice.values())
    out.print(f"{placed.published.who}: {placed.published.text} ({placed.published.where})")
    out.print(f"  claims to be: {rules}; here: {placed.standing}", style="dim")


def _shown(ends: tuple[int, int] | None) -> str:
    if ends is None:
        return "hidden"
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,} to {ends[1]:,}"
