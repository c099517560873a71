"""``tallystick claim list|show|run|statement``."""

from __future__ import annotations

import click

from tallystick.cli.common import Asked, common, day_or_latest


@click.group(name="claim")
def command() -> None:
    """List, show and test claims, and a statement part by part."""


@command.command(name="list")
@common
def list_claims(asked: Asked) -> int:
    """List all claims with their verdicts.

    Example: tallystick claim list
    """
    from tallystick import answers
    from tallystick.publish import words as say
    from tallystick.publish.terminal import print_made_up, print_tally
    from tallystick.publish.view import tally, verdict_data

    records = asked.records()
    mains = answers.main_verdicts(records)
    if asked.as_json:
        asked.say_json(
            "claim-list",
            {"claims": [verdict_data(entry) for entry in mains], "tally": tally(mains), "invented": records.invented},
            release_set=records.release_set,
        )
        return 0
    out = asked.console()
    print_made_up(out, invented=records.invented)
    for entry in mains:
        out.print(entry.claim.id, style="bold")
        out.print(f"  {entry.claim.text}")
        unit = (
            f" ({say.words().sentence['another_unit'].format(unit=entry.another_unit)})" if entry.another_unit else ""
        )
        out.print(f"  {say.words().side[entry.claim.side]}; {entry.title}: {say.verdict_words(entry)}{unit}")
    out.print()
    print_tally(out, tally(mains))
    asked.last_line("Next: tallystick claim run " + mains[0].claim.id)
    return 0


@command.command(name="show")
@click.argument("name")
@common
def show(asked: Asked, name: str) -> int:
    """Show how a claim is read: readings, bars, where they come from.

    Example: tallystick claim show most-arrested-and-detained-are-convicted
    """
    import msgspec

    from tallystick.claims.claim import read_claim

    claim = read_claim(asked.shelf, name)
    if asked.as_json:
        asked.say_json("claim-show", msgspec.to_builtins(claim))
        return 0
    out = asked.console()
    out.print(claim.text, style="bold")
    out.print(f"{'Quoted from' if claim.quoted else 'Paraphrase;'} {claim.speaker}. Source: {claim.source.title}.")
    if claim.not_testable:
        out.print(f"Not testable: {claim.not_testable}")
    for reading in claim.readings:
        out.print(f"\n{reading.id}  [{reading.role}]", style="bold")
        out.print(f"  {reading.title}")
        if reading.needs:
            out.print(f"  needs {reading.needs}")
        if not reading.measure:
            continue
        rests = [f"{reading.policy} {reading.tier}".strip(), reading.window.replace("/", " to ")]
        what = ", ".join(part for part in (reading.measure, reading.variant, *rests) if part)
        out.print(
            f"  {what}; {reading.comparator.replace('_', ' ')} {reading.threshold} "
            f"(margin {reading.margin}); bar from: {reading.threshold_from}"
        )
        out.print(
            f"  written on {reading.written_on}; figures known when written: {reading.figures_known_when_written}"
        )
    return 0


@command.command(name="run")
@click.argument("name")
@click.option("--at", "at", default="", help="A date such as 2019-09-30, or latest; else the claim's own dates.")
@click.option("--series", is_flag=True, help="The first headline reading on every date.")
@common
def run(asked: Asked, name: str, at: str, series: bool) -> int:
    """Test a claim and show every reading with its bar.

    Example: tallystick claim run most-arrested-and-detained-are-convicted --at 2019-09-30
    """
    from tallystick import answers
    from tallystick.publish.terminal import print_claim, print_made_up, print_series, print_tally
    from tallystick.publish.view import reading_data, tally, verdict_data

    records = asked.records()
    run_ = answers.run_claim(records, name, day_or_latest(at) if at else "")
    mains = answers.main_verdicts(records)
    if asked.as_json:
        data = {
            **verdict_data(run_.main),
            "tests": [verdict_data(entry) for entry in run_.verdicts],
            "series": [reading_data(entry) for entry in run_.trend],
            "tally": tally(mains),
            "invented": records.invented,
        }
        asked.say_json("claim", data, release_set=records.release_set)
        return 0
    out = asked.console()
    print_made_up(out, invented=records.invented)
    for number, entry in enumerate(run_.verdicts):
        if number:
            out.rule(style="dim")
        print_claim(out, entry)
    if series:
        print_series(out, run_.trend)
    out.print()
    print_tally(out, tally(mains))
    out.print(f"Figures: {records.title} ({records.release_set}).", style="dim")
    asked.last_line(f"Next: tallystick explain {name}")
    return 0


@command.command(name="statement")
@click.argument("name", default="")
@common
def statement(asked: Asked, name: str) -> int:
    """Lay a statement, part by part, beside the records: on its date and on the latest.

    Example: tallystick claim statement
    """
    from tallystick import answers
    from tallystick.publish.terminal import print_made_up

    records = asked.records()
    text, columns, rows = answers.statement_rows(records, name)
    if asked.as_json:
        asked.say_json(
            "claim-statement",
            {"statement": text.id, "title": text.title, "dates": columns, "parts": rows},
            release_set=records.release_set,
        )
        return 0
    out = asked.console()
    print_made_up(out, invented=records.invented)
    out.print(text.title, style="bold")
    out.print(text.about)
    for row in rows:
        out.print(f"\n{row['number']:>2}. {row['says']}")
        out.print(f"    {row['state']}: {row['because']}", style="dim")
        for column, lines in zip(columns, row["verdicts"], strict=True):
            for line in lines:
                out.print(
                    f"    {column}: {line['words']} ({line['title']}; figures of {line['figures_of'] or 'no date'})"
                )
    asked.last_line("Next: tallystick claim list")
    return 0
