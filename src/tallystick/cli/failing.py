"""How an error is said: in words on stderr, or in the envelope on stdout; never a traceback by default."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from tallystick import __version__
from tallystick.terms.errors import COULD_NOT_RUN, INTERRUPTED, OUR_BUG, Fault, TallystickError


def said(error: BaseException, words: Sequence[str]) -> int:
    """Say an error and return the exit code of its family."""
    faults, code = _faults(error)
    if "--json" in words:
        name = next((word for word in words if not word.startswith("-")), "tallystick")
        click.echo(envelope(name, {}, errors=faults, ok=False))
    else:
        for fault in faults:
            click.echo("\n".join(fault.lines()), err=True)
    if code == OUR_BUG and ("-v" in words or "--verbose" in words):
        traceback.print_exception(error, file=sys.stderr)
    return code


def _faults(error: BaseException) -> tuple[Sequence[Fault], int]:
    if isinstance(error, TallystickError):
        return error.faults, error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.exceptions.Abort)):
        return [Fault("TS130", "Interrupted. The last good build, if there is one, is untouched.")], INTERRUPTED
    if isinstance(error, click.ClickException):
        fix = _usage_fix(error) if isinstance(error, click.UsageError) else ""
        return [Fault("TS100", error.format_message(), fix=fix)], COULD_NOT_RUN
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return [], 0
    if isinstance(error, (MemoryError, OSError)):
        return [
            Fault(
                "TS231",
                f"The machine refused: {type(error).__name__}: {getattr(error, 'strerror', '') or ''}",
                why="The last good build, if there is one, is untouched.",
                fix="Check disk space, memory and permissions.",
            )
        ], COULD_NOT_RUN
    return [
        Fault(
            "TS700",
            f"This is a fault of tallystick, not yours ({type(error).__name__}).",
            fix="Run the command again with -v and report what it prints.",
        )
    ], OUR_BUG


def _usage_fix(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "tallystick"
    return f"{path} --help shows how."


def envelope(
    command: str,
    data: Any,
    *,
    release_set: str | None = None,
    warnings: Sequence[Fault] = (),
    errors: Sequence[Fault] = (),
    ok: bool = True,
) -> str:
    """The one JSON document of a command."""
    import json

    def shown(fault: Fault) -> dict[str, str]:
        return {"code": fault.code, "text": fault.text, "where": fault.where, "fix": fault.fix}

    document = {
        "schema": f"tallystick/{command}/1",
        "ok": ok,
        "tool": __version__,
        "release_set": release_set,
        "data": data,
        "warnings": [shown(fault) for fault in warnings],
        "errors": [shown(fault) for fault in errors],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=False, allow_nan=False)
