"""Options that every command takes, and where its figures come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.answers import Records
    from tallystick.terms.definitions import Shelf
    from tallystick.terms.errors import Fault

SPEAKING = ("write_site", "write_report")  # commands whose pages come in several languages
Called = TypeVar("Called", bound=Callable[..., Any])


@dataclass(frozen=True)
class Asked:
    """What the common options say."""

    project: Path | None
    definitions: Path | None
    as_json: bool
    color: str
    quiet: bool
    verbose: bool
    offline: bool = False
    language: str = ""

    @property
    def shelf(self) -> Shelf:
        """The definitions in reach."""
        from tallystick.terms.definitions import Shelf

        return Shelf(self.definitions)

    def records(self) -> Records:
        """The project asked for, or the figures that ship with the package."""
        from tallystick import answers

        if self.project is not None:
            return answers.project_records(self.project, self.shelf)
        return answers.shipped_records(self.shelf)

    def console(self, *, stderr: bool = False) -> Console:
        """Where text goes."""
        from tallystick.publish.terminal import console

        return console(color=self.color, stderr=stderr)

    def last_line(self, text: str) -> None:
        """What was written and what to do next; on stderr, silent with -q."""
        if not self.quiet:
            click.echo(text, err=True)

    def say_json(
        self, command: str, data: Any, *, release_set: str | None = None, warnings: Sequence[Fault] = ()
    ) -> None:
        """Print the one document."""
        from tallystick.cli.failing import envelope

        click.echo(envelope(command, data, release_set=release_set, warnings=warnings))


def common(command: Called) -> Callable[..., Any]:
    """Give a command the common options, as one value called `asked`."""

    @click.option(
        "--project",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="TALLYSTICK_PROJECT",
        help="Project folder; without it, the figures that ship (build writes tallystick-project).",
    )
    @click.option(
        "--definitions",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        envvar="TALLYSTICK_DEFINITIONS",
        help="Folder of definitions to add.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
    @click.option("--plain", is_flag=True, help="No colour, no bars in colour.")
    @click.option("-q", "--quiet", is_flag=True, help="Nothing but the answer.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more; show where a fault of ours happened.")
    @click.option("--lang", default="", help="Language of pages (site: en,es; report: en or es); else English.")
    @click.option("--no-input", is_flag=True, hidden=True)
    @click.option("--offline", is_flag=True, help="Never use the network (only get ever does).")
    @wraps(command)
    def wrapped(**given: Any) -> Any:
        plain = given.pop("plain") or bool(os.environ.get("NO_COLOR"))
        given.pop("no_input")
        language = given.pop("lang")
        color = "never" if plain else given.pop("color")
        given.pop("color", None)
        asked = Asked(
            given.pop("project"),
            given.pop("definitions"),
            given.pop("as_json"),
            color,
            given.pop("quiet"),
            given.pop("verbose"),
            given.pop("offline"),
            language,
        )
        if language not in ("", "en") and command.__name__ not in SPEAKING:
            raise click.UsageError("Only pages are written in other languages: site build and report.")
        return command(asked=asked, **given)

    return wrapped


def day_or_latest(text: str) -> str:
    """A date as typed, checked.

    Raises:
        TallystickError: TS105.
    """
    from datetime import date

    from tallystick.terms.errors import cannot

    if text == "latest":
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise cannot("TS105", f"'{text[:40]}' is not a date.", fix="Write for example 2026-01-25, or latest.") from None
