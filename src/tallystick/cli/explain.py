"""``tallystick explain``."""

from __future__ import annotations

import click

from tallystick.cli.common import Asked, common, day_or_latest


@click.command(name="explain")
@click.argument("name")
@click.option("--at", "at", default="", help="A date such as 2019-09-30, or latest; else the claim's main date.")
@common
def command(asked: Asked, name: str, at: str) -> int:
    """Trace a verdict to the printed cells it rests on, or print the SQL of a count of records.

    Example: tallystick explain most-arrested-and-detained-are-convicted --at 2019-09-30
    """
    from tallystick import answers
    from tallystick.measures.record_measure import record_measures
    from tallystick.publish.trail import trail_data, trail_lines

    counts = record_measures(asked.shelf)
    if name in counts:
        from tallystick.reciting import recited

        text = recited(asked.shelf, counts[name])
        if asked.as_json:
            asked.say_json("explain", {"measure": name, "sql": text})
        else:
            click.echo(text)
        return 0
    records = asked.records()
    run = answers.run_claim(records, name, day_or_latest(at) if at else "")
    if asked.as_json:
        asked.say_json("explain", trail_data(run.main, answers.agency_names(records)), release_set=records.release_set)
        return 0
    for line in trail_lines(run.main, answers.agency_names(records)):
        click.echo(line)
    first = next((rests for outcome in run.main.outcomes if outcome.cell for rests in outcome.cell.rests), None)
    if first is not None and _is_plain(first.file, first.sheet, first.cell):
        project = f" --project {asked.project}" if asked.project else ""
        where = f"source_file = '{first.file}' and sheet = '{first.sheet}' and cell = '{first.cell}'"
        query = f"select label_as_printed, value, period, trust from figures where {where}"  # noqa: S608 - printed only
        click.echo(f'The first of these cells in the table of figures: tallystick sql{project} "{query}"')
    return 0


def _is_plain(*names: str) -> bool:
    """True when names can stand in a query as they are."""
    return not any(sign in name for name in names for sign in "'\"\\`$")
