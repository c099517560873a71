"""Libraries that only some acts need, and what to do where they are not installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tallystick.terms.errors import cannot


def need(name: str, extra: str = "stats") -> Any:
    """A library of an extra, imported now.

    Raises:
        TallystickError: TS191 where it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise cannot(
            "TS191",
            f"This needs '{name}', which is not installed.",
            why="Change points, models and centrality rest on statistics libraries that most acts do without.",
            fix=f"pip install 'tallystick[{extra}]'",
        ) from None
