"""``tallystick help CODE``."""

from __future__ import annotations

import click

from tallystick.cli.common import Asked, common

FAMILIES = {
    0: "done",
    1: "done, and something needs attention",
    2: "could not run",
    3: "refused to protect people",
    4: "source unreachable or changed",
    70: "our bug",
    130: "interrupted",
}


@click.command(name="help")
@click.argument("code", default="")
@common
def command(asked: Asked, code: str) -> int:
    """Show what an error code means and what to do; without a code, list them. A command's name shows its help.

    Example: tallystick help TS201
    """
    from tallystick.terms.definitions import PACKAGED, Shelf, unknown_name

    parent = click.get_current_context().parent
    if parent is not None and isinstance(parent.command, click.Group) and code in parent.command.list_commands(parent):
        named = parent.command.get_command(parent, code)
        if named is not None:
            click.echo(named.get_help(click.Context(named, info_name=code, parent=parent)))
            return 0
    pages = Shelf().parsed(PACKAGED / "errors.toml")
    if code and code.upper() not in pages:
        raise unknown_name("TS112", "error code", code, pages, "tallystick help")
    if asked.as_json:
        asked.say_json("help", {code.upper(): pages[code.upper()]} if code else pages)
    elif code:
        page = pages[code.upper()]
        click.echo(
            f"{code.upper()}: {page['title']}\n\n{page['means']}\n\nfix: {page['fix']}\n\n"
            f"exit code {page['family']}: {FAMILIES[page['family']]}"
        )
    else:
        for name, page in pages.items():
            click.echo(f"{name}  {page['title']}")
        click.echo("\nexit codes: " + "; ".join(f"{number} {text}" for number, text in FAMILIES.items()))
    return 0
