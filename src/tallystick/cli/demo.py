"""``tallystick demo``."""

from __future__ import annotations

from pathlib import Path

import click

from tallystick.cli.common import Asked, common


@click.command(name="demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tallystick-demo"),
    show_default=True,
    help="Folder to write.",
)
@click.option("--pages-only", is_flag=True, hidden=True)
@common
def command(asked: Asked, output: Path, pages_only: bool) -> int:
    """Show verdicts on real claims from the figures that ship, offline, and write their site.

    Example: tallystick demo
    """
    from tallystick.cli.build import progress_bar
    from tallystick.made.show import demo
    from tallystick.publish.terminal import print_claim, print_tally
    from tallystick.publish.view import tally, verdict_data

    with progress_bar(asked) as progress:
        result = demo(output, asked.shelf, progress)
    if asked.as_json:
        asked.say_json(
            "demo",
            {
                "verdicts": [verdict_data(entry) for entry in result.verdicts],
                "tally": tally(result.verdicts),
                "pages": result.pages,
                "made_up_pages": result.made_up_pages,
                "site": f"{output}/real/index.html",
            },
            release_set=result.release_set,
        )
        return 0
    out = asked.console()
    if not pages_only:
        for entry in (one for one in result.verdicts if one.state == "tested"):
            print_claim(out, entry, brief=True)
            out.rule(style="dim")
        print_tally(out, tally(result.verdicts))
    out.print(
        f"Figures: {result.issues} workbooks as the agency published them, set {result.release_set}.", style="dim"
    )
    asked.last_line(
        f"Wrote {output}/real/index.html (a site of {result.pages} pages: "
        f"{len(result.verdicts)} claims on real figures)\n"
        f"      {output}/invented/site/index.html ({result.made_up_pages} pages: the same code on a made-up agency)\n"
        f"      {output}/invented/project/3-records ({result.tables} tables of made-up records of that agency)\n"
        f"Next: open {output}/real/index.html, or: tallystick explain {result.verdicts[0].claim.id}"
    )
    return 0
