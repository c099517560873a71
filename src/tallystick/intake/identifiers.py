"""Does a sheet hold a direct identifier? Then the whole file is refused, and the value is never shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from tallystick.intake.redaction import is_live
from tallystick.intake.rules import door_rules
from tallystick.terms.errors import TallystickError, refused

SUSPECT = re.compile(r"\d\D{0,3}\d|@")  # without two digits or an @ no shape can match
HIDDEN_SIGNS = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
LABEL_BLANKS = re.compile(r"[\s_\u00a0-]+")
SHORT = 40  # characters; in longer texts blanks are not taken away, or words and numbers would run together


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


def identifier_in(text: str) -> str:
    """The kind of direct identifier a text holds, or ''; look-alike signs and blanks do not hide it.

    >>> identifier_in("see A123456789"), identifier_in("FY2026 Q1")
    ('alien registration number', '')
    """
    plain = text if text.isascii() else HIDDEN_SIGNS.sub("", unicodedata.normalize("NFKC", text))
    plain = " ".join(plain.split())
    if not SUSPECT.search(plain):
        return ""
    shapes = [plain, plain.replace(" ", "")] if len(plain) <= SHORT else [plain]
    return next((what for what, pattern in _identifier_patterns() for shape in shapes if pattern.search(shape)), "")


def refuse_name(file: str, sheet: str) -> None:
    """Refuse the file when the name of a sheet holds a direct identifier.

    Raises:
        TallystickError: TS301, exit 3.
    """
    what = identifier_in(sheet)
    if what:
        raise _refusal(file, "(its name)", 0, 0, what)


def refuse_identifiers(name: str, sheet: str, rows: Sequence[Sequence[object]]) -> None:
    """Refuse the file when a live direct identifier stands in a sheet.

    Raises:
        TallystickError: TS301, exit 3. Says where, never what.
    """
    headed: dict[int, str] = {}
    labels = _header_labels()
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if value == "" or value is None:
                continue
            live = column in headed
            if isinstance(value, str):
                label = LABEL_BLANKS.sub(" ", value).strip(" .:#*").lower()
                if label in labels:
                    headed[column] = label
                    continue
                live = live and is_live(value)
                what = identifier_in(value)
                if what:
                    raise _refusal(name, sheet, number, column, what)
            if live:
                raise _refusal(name, sheet, number, column, f"column headed '{headed[column]}'")


@lru_cache(maxsize=1)
def _header_labels() -> frozenset[str]:
    return frozenset(label for group in door_rules().headers for label in group.labels)


def _refusal(name: str, sheet: str, row: int, column: int, what: str) -> TallystickError:
    return refused(
        "TS301",
        f"{name} was not read: it holds what looks like a direct identifier ({what}).",
        where=f"{name}, sheet {sheet if identifier_in(sheet) == '' else '(name withheld)'}, "
        f"row {row}, column {column_letters(column)}",
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
