"""``tallystick explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tallystick.cli.common import Asked, common, day_or_latest


@click.command(name="explain")
@click.argument("name")
@click.option("--at", "at", default="", help="A date such as 2019-09-30, or latest; else the claim's main date.")
@click.option("--variant", default="", help="Of a measure: one meaning of what it counts.")
@click.option("--period", default="release", help="Of a measure: release, day, month, quarter, fiscal_year, year, era.")
@click.option("--from", "since", default="", help="Of a measure: first day, year-month-day.")
@click.option("--to", "until", default="", help="Of a measure: last day, year-month-day.")
@click.option("--by", multiple=True, help="Of a measure: tell apart by a class.")
@click.option("--policy", default="", help="Of a measure of alignment: the written policy.")
@click.option("--tier", default="", help="Of a measure of alignment: the tier.")
@click.option("--unit", type=click.Choice(["record", "person"]), default="record", show_default=True)
@click.option("--release", default="", help="Of a measure: the release; else the latest that supports it.")
@click.option("--md", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--bundle", type=click.Path(path_type=Path, file_okay=False), help="Write all of it into a new folder.")
@common
def command(  # noqa: PLR0913, PLR0917  # options of one command
    asked: Asked,
    name: str,
    at: str,
    variant: str,
    period: str,
    since: str,
    until: str,
    by: tuple[str, ...],
    policy: str,
    tier: str,
    unit: str,
    release: str,
    as_markdown: bool,
    bundle: Path | None,
) -> int:
    """Trace a verdict to the printed cells it rests on, or a figure over records to the statements that give it.

    Example: tallystick explain most-arrested-and-detained-are-convicted --at 2019-09-30
    """
    from tallystick.measures.record_measure import record_measures
    from tallystick.measures.unit_measure import measurebook
    from tallystick.question import Question

    counts = record_measures(asked.shelf)
    if name in counts:
        return _counted(asked, counts[name])
    book = measurebook(asked.shelf, "us-ice")
    if name in book.measures or name in {known.rsplit("/", 1)[-1] for known in book.measures}:
        question = Question(by=by, period=period, since=since, until=until, person=unit == "person")
        return _measured(asked, name, question, (policy, release, variant, tier), bundle, as_markdown=as_markdown)
    return _claimed(asked, name, at, bundle, as_markdown=as_markdown)


def _counted(asked: Asked, measure: Any) -> int:
    """The statements of a count under rules."""
    from tallystick.reciting import recited

    text = recited(asked.shelf, measure)
    if asked.as_json:
        asked.say_json("explain", {"measure": measure.id, "sql": text})
    else:
        click.echo(text)
    return 0


def _measured(
    asked: Asked,
    name: str,
    question: Any,
    chosen: tuple[str, str, str, str],
    bundle: Path | None,
    *,
    as_markdown: bool,
) -> int:
    """A figure over records, traced back."""
    from tallystick.publish.retrace import retrace_lines, script
    from tallystick.publish.words import figure
    from tallystick.retracing import retraced, told

    policy, release, variant, tier = chosen
    found = retraced(
        asked.project, asked.shelf, name, question, policy=policy, release=release, variant=variant, tier=tier
    )
    every = [told(entry, str(asked.project)) for entry in found]
    shown = [figure(entry.cell) for entry in found]
    texts = ["\n".join(retrace_lines(data, what, markdown=True)) for data, what in zip(every, shown, strict=True)]
    if bundle is not None:
        scripts = {
            f"statements-{number}.sql": script(data["sql"]) for number, data in enumerate(every, 1) if data["sql"]
        }
        return _bundled(asked, bundle, "\n\n".join(texts), every, scripts, [found[0].cell.measure], policy)
    if asked.as_json:
        asked.say_json("explain", {"figures": every}, release_set=found[0].cell.release_set)
    elif as_markdown:
        click.echo("\n\n".join(texts))
    else:
        for data, what in zip(every, shown, strict=True):
            click.echo("\n".join(retrace_lines(data, what)) + "\n")
    return 0


def _claimed(asked: Asked, name: str, at: str, bundle: Path | None, *, as_markdown: bool) -> int:
    """A verdict, traced back."""
    from tallystick import answers
    from tallystick.publish.trail import trail_data, trail_lines

    records = asked.records()
    run = answers.run_claim(records, name, day_or_latest(at) if at else "")
    names = answers.agency_names(records)
    data, lines = trail_data(run.main, names), trail_lines(run.main, names)
    if bundle is not None:
        text = _markdown(lines)
        return _bundled(asked, bundle, text, data, {}, [name], "")
    if asked.as_json:
        asked.say_json("explain", {**data, "invented": records.invented}, release_set=records.release_set)
        return 0
    if as_markdown:
        click.echo(_markdown(lines))
        return 0
    if records.invented:
        from tallystick.publish.words import words

        click.echo(words().sentence["made_up"])
    for line in lines:
        click.echo(line)
    first = next((rests for outcome in run.main.outcomes if outcome.cell for rests in outcome.cell.rests), None)
    if first is not None and _is_plain(first.file, first.sheet, first.cell):
        project = f" --project {asked.project}" if asked.project else ""
        where = f"source_file = '{first.file}' and sheet = '{first.sheet}' and cell = '{first.cell}'"
        query = f"select label_as_printed, value, period, trust from figures where {where}"  # noqa: S608 - printed only
        click.echo(f'The first of these cells in the table of figures: tallystick sql{project} "{query}"')
    return 0


def _markdown(lines: list[str]) -> str:
    """A trail as Markdown: a heading, and the rest as it is, set in so far that nothing in it is markup."""
    from tallystick.publish.report import unmarked

    below = "\n".join(lines[1:]).splitlines()
    return "\n".join([f"# {unmarked(lines[0])}", "", *(f"    {line}" if line else "" for line in below)])


def _bundled(
    asked: Asked, folder: Path, text: str, data: Any, scripts: dict[str, str], names: list[str], policy: str
) -> int:
    from tallystick.bundling import bundled

    written = bundled(folder, asked.shelf, text, data, scripts, names, policy)
    if asked.as_json:
        asked.say_json("explain", {"folder": str(folder), "files": written})
    else:
        asked.last_line(f"Wrote {folder}: {', '.join(written)}")
    return 0


def _is_plain(*names: str) -> bool:
    """True when names can stand in a query as they are."""
    return not any(sign in name for name in names for sign in "'\"\\`$")
