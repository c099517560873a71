"""Does a sheet hold a direct identifier? Then the whole file is refused, and the value is never shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tallystick.intake.rules import door_rules
from tallystick.terms.errors import TallystickError, refused


@lru_cache(maxsize=1)
def _identifier_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (rule.name, re.compile("|".join(_pattern(shape) for shape in (rule.shape, *rule.also))))
        for rule in door_rules().identifiers
    )


def _pattern(shape: str) -> str:
    if shape == "@":
        return r"[\w.+-]+@[\w-]+\.[\w.]*[A-Za-z]"
    body = "".join(r"\d" if sign == "#" else re.escape(sign) for sign in shape)
    return rf"(?<![\w-]){body}(?![\w-])"


def refuse_identifiers(name: str, sheet: str, rows: Sequence[Sequence[object]]) -> None:
    """Refuse the file when a live direct identifier stands in a sheet.

    Raises:
        TallystickError: TS301, exit 3. Says where, never what.
    """
    headed: dict[int, str] = {}
    labels = {label for group in door_rules().headers for label in group.labels}
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if not isinstance(value, str):
                live = value is not None and column in headed
            elif not value:
                continue
            else:
                text = value.strip()
                if text.lower() in labels:
                    headed[column] = text
                    continue
                live = column in headed and not _redacted(text)
                for what, pattern in _identifier_patterns():
                    if pattern.search(text):
                        raise _refusal(name, sheet, number, column, what)
            if live:
                raise _refusal(name, sheet, number, column, f"column headed '{headed[column]}'")


def _redacted(text: str) -> bool:
    return (
        not text
        or text.startswith(("(b)", "b(", "[redact", "redact", "xxx", "XXX", "***"))
        or text.strip("-*xX. ") == ""
    )


def _refusal(name: str, sheet: str, row: int, column: int, what: str) -> TallystickError:
    return refused(
        "TS301",
        f"{name} was not read: it holds what looks like a direct identifier ({what}).",
        where=f"{name}, sheet '{sheet[:40]}', row {row}, column {column_letters(column)}",
        why="tallystick works on de-identified public records only. Nothing was copied, cached or logged.",
        fix="Use the release as published without identifiers, or remove that column from your copy.",
    )


def column_letters(column: int) -> str:
    """Column index counted from 0 as letters.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
