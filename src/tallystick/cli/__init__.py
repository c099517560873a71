"""ROOF: words typed by a person become one pipeline call; no logic here.

Subcommands are imported only when used, so that --help answers at once.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from tallystick import __version__

COMMANDS = {
    "demo": ("demo", "Show verdicts on real claims from the figures that ship, and write their pages."),
    "inspect": ("inspect", "Say what files are, what dates them and what is wrong with them."),
    "get": ("get", "Fetch the files of a release of records, or adopt local ones."),
    "build": ("build", "Read workbooks and record files into a project."),
    "reconcile": ("reconcile", "Say whether workbooks agree with themselves, their neighbours and daily counts."),
    "diff": ("diff", "Say what changed from one issue to another, and which verdicts moved."),
    "claim": ("claim", "List, show and test claims, and a statement part by part."),
    "place": ("place", "One standard page for a state, an area, a facility or a county."),
    "measure": ("measure", "List, show and run measures, by place, period and class, and under every rule."),
    "policy": ("policy", "List, show and try written policies, and lay them on records."),
    "compare": ("compare", "Say what changed and where it lies, when it moved, and whether groups fare alike."),
    "explain": ("explain", "Trace a verdict to the printed cells it rests on."),
    "site": ("site", "Write a static site of claims, measures and places; check it; look at it."),
    "report": ("report", "Write one printable page on claims and measures."),
    "export": ("export", "Write the published tables as a data package: CSV, Parquet, Excel, SQLite, Stata, SPSS."),
    "sql": ("sql", "Ask the published tables in SQL, read-only."),
    "attack": ("attack", "Attack a folder of published tables: what do they give away?"),
    "make-release": ("make_release", "Write a made-up release in the shape of a real one."),
    "doctor": ("doctor", "Check that everything tallystick needs is in place."),
    "help": ("helping", "Show the page of an error code."),
}
WELCOME = """tallystick: public claims beside public records.
What an agency says, laid beside what its own records show.

  tallystick demo                      verdicts on real claims, offline, in seconds
  tallystick claim list                all claims, with their verdicts
  tallystick build FOLDER/*.xlsx       read your own workbooks

tallystick --help shows all commands.  Try: tallystick demo"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tallystick.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="tallystick %(version)s")
@click.pass_context
def group(context: click.Context) -> None:
    """Public claims beside public records: what an agency says, laid beside what its own records show.

    Try: tallystick demo
    """
    if context.invoked_subcommand is None:
        click.echo(WELCOME)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and end with its exit code; only our own bugs show a traceback, and only with -v."""
    words = sys.argv[1:] if arguments is None else arguments  # click itself expands *.xlsx on Windows
    try:
        sys.exit(group.main(args=arguments, standalone_mode=False) or 0)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except BaseException as error:  # noqa: BLE001  # the last place where an error can be put into words
        sys.exit(_put_into_words(error, words))


def _put_into_words(error: BaseException, words: list[str]) -> int:
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    from tallystick.cli.failing import said

    return said(error, words)


def run() -> Any:
    """For ``python -m tallystick``."""
    main()
