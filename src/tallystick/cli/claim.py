"""``tallystick claim list|show|run|statement``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from tallystick.cli.common import Asked, common, day_or_latest

if TYPE_CHECKING:
    from tallystick.claims.verdict import ClaimVerdict


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
@click.option("--grid", is_flag=True, help="Every reading on every date, agency, release, rule, unit and view.")
@click.option("--csv", "as_csv", is_flag=True, help="With --grid: every cell as CSV on stdout.")
@click.option("--claim-review", "review", default="", metavar="URL", help="As ClaimReview, published at this address.")
@click.option("--fail-if", multiple=True, metavar="VERDICT", help="Exit 1 on this verdict; may be given again.")
@common
def run(
    asked: Asked,
    name: str,
    at: str,
    series: bool,
    grid: bool,
    as_csv: bool,
    review: str,
    fail_if: tuple[str, ...],
) -> int:
    """Test a claim and show every reading with its bar.

    Example: tallystick claim run most-arrested-and-detained-are-convicted --at 2019-09-30
    """
    from tallystick import answers
    from tallystick.publish.terminal import print_claim, print_made_up, print_series, print_tally
    from tallystick.publish.view import reading_data, tally, verdict_data

    _refuse_unknown(fail_if)
    _refuse_together(grid=grid or as_csv, others={"--at": at, "--series": series, "--claim-review": review,
                                                  "--fail-if": fail_if})  # fmt: skip
    if grid or as_csv:
        from tallystick.cli.claim_grid import print_grid

        return print_grid(asked, name, as_csv=as_csv)
    records = asked.records()
    run_ = answers.run_claim(records, name, day_or_latest(at) if at else "")
    if review:
        return _reviewed(run_.main, review, invented=records.invented)
    mains = answers.main_verdicts(records)
    code = int(run_.main.verdict in fail_if or run_.main.state in fail_if)
    if asked.as_json:
        data = {
            **verdict_data(run_.main),
            "tests": [verdict_data(entry) for entry in run_.verdicts],
            "series": [reading_data(entry) for entry in run_.trend],
            "tally": tally(mains),
            "invented": records.invented,
        }
        asked.say_json("claim", data, release_set=records.release_set)
        return code
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
    return code


def _reviewed(verdict: ClaimVerdict, page: str, *, invented: bool) -> int:
    """Print a verdict as ClaimReview; never one on made-up records."""
    import json

    from tallystick.publish.claim_review import claim_review
    from tallystick.terms.errors import cannot

    if not re.fullmatch(r"https://[^\s<>\"'\\]{1,500}", page):
        raise cannot("TS105", "This is no address of a page.", fix="Write for example https://example.org/claims/1")
    if invented:
        raise cannot(
            "TS106", "These records were made up: nothing can be reviewed by them.", fix="tallystick help TS106"
        )

    text = json.dumps(claim_review(verdict, page), indent=1, ensure_ascii=False)
    click.echo(text.replace("<", "\\u003c"))  # it is meant to stand inside a page
    return 0


def _refuse_together(*, grid: bool, others: dict[str, object]) -> None:
    """Refuse options that the grid would not heed: a check that heeds nothing passes by mistake."""
    from tallystick.terms.errors import cannot

    given = [name for name, value in others.items() if value]
    if grid and given:
        raise cannot(
            "TS100", f"--grid does not go with {', '.join(given)}.", fix="The grid holds every date and reading: --csv."
        )


def _refuse_unknown(verdicts: tuple[str, ...]) -> None:
    from tallystick.publish.view import VERDICTS
    from tallystick.terms.errors import cannot

    for verdict in verdicts:
        if verdict not in VERDICTS:
            raise cannot("TS105", f"'{verdict[:40]}' is not a verdict.", fix=f"Verdicts: {', '.join(VERDICTS)}.")


@command.command(name="published")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout.")
@common
def published(asked: Asked, as_csv: bool) -> int:
    """Lay the figures that others published beside the cells they claim to be.

    Example: tallystick claim published
    """
    from tallystick.cli.claim_published import print_published

    return print_published(asked, as_csv=as_csv)


@command.command(name="new")
@click.option("--quote", default="", help="The exact words, if they stand in a source.")
@click.option("--text", default="", help="A paraphrase, if not.")
@click.option("--title", default="", help="A short title.")
@click.option("--speaker", default="", help="Who said it.")
@click.option("--side", type=click.Choice(["agency", "critics", "either"]), default="either", show_default=True)
@click.option("--said-on", default="", help="When, year-month-day.")
@click.option("--source", default="", help="Title of the source.")
@click.option("--publisher", default="", help="Who published it.")
@click.option("--page", default="", help="Where in it.")
@click.option("--measure", default="", help="What would test it.")
@click.option("--variant", default="", help="Which meaning of the numerator.")
@click.option("--basis", type=click.Choice(["figures", "records"]), default="figures", show_default=True)
@click.option("--comparator", default="at_least", show_default=True, help="at_least, more_than, at_most, less_than.")
@click.option("--threshold", default="", help="The bar, as a fraction.")
@click.option("--threshold-from", default="", help="Where the bar comes from.")
@click.option("--written-on", default="", help="The day on which the readings are written, year-month-day.")
@common
def new(asked: Asked, **given: str) -> int:
    """Write a claim file to fill in, and list what is missing.

    Example: tallystick claim new --text "Most arrests are of convicted people." --measure who/held-by-criminality
    """
    from tallystick.cli.claim_published import print_scaffold

    return print_scaffold(asked, given)


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
                    f"    {column}: {line['words']} ({line['title']}"
                    + (f"; figures of {line['figures_of']})" if line["figures_of"] else ")")
                )
    asked.last_line("Next: tallystick claim list")
    return 0
