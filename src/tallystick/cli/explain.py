"""``tallystick explain``."""

from __future__ import annotations

import click

from tallystick.cli.common import Asked, common, day_or_latest


@click.command(name="explain")
@click.argument("name")
@click.option("--at", "at", default="", help="A date such as 2019-09-30, or latest; else the claim's main date.")
@common
def command(asked: Asked, name: str, at: str) -> int:
    """Trace a verdict to the printed cells it rests on: definition, arithmetic, file, sheet, cell.

    Example: tallystick explain most-arrested-and-detained-are-convicted --at 2019-09-30
    """
    from tallystick import answers
    from tallystick.publish.trail import trail_data, trail_lines

    records = asked.records()
    run = answers.run_claim(records, name, day_or_latest(at) if at else "")
    if asked.as_json:
        asked.say_json("explain", trail_data(run.main, answers.agency_names(records)), release_set=records.release_set)
        return 0
    for line in trail_lines(run.main, answers.agency_names(records)):
        click.echo(line)
    click.echo("The figures are in the table figures: tallystick sql \"select * from figures where cell = 'B21'\"")
    return 0
