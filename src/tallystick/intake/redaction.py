"""Is there anything to read in a cell? Marks of redaction, words for no value, and live text behind a mark."""

from __future__ import annotations

import re
from functools import lru_cache

from tallystick.intake.rules import door_rules

MARK = "\u00a7"  # stands where a mark stood while its letters are looked for


def is_redacted(text: str) -> bool:
    """Whether a cell begins with the mark of a redaction; statute citations are none.

    >>> is_redacted("(b)(6), (b)(7)(c)"), is_redacted("b(6), b(7)C"), is_redacted("101(a)(43)(O)")
    (True, True, False)
    """
    return bool(_patterns()[0].search(text.lower()))


def is_purely_redacted(text: str) -> bool:
    """Whether nothing is left of a cell when the marks of redaction are taken out; live text behind a mark is left.

    >>> is_purely_redacted("(b)(6), (b)(7)(c)"), is_purely_redacted("(b)(6) J. Example")
    (True, False)
    """
    if not is_redacted(text):
        return False
    _, marks, letters = _patterns()
    rest = letters.sub(" ", marks.sub(MARK, text.lower()))
    return not any(sign.isalnum() for sign in rest)


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return text.strip().lower() in door_rules().redaction.missing


def is_live(text: str) -> bool:
    """Whether a cell holds something: neither empty nor wholly covered by marks of redaction.

    >>> is_live("NA"), is_live("(b)(6)"), is_live("(b)(6) J. Example")
    (False, False, True)
    """
    return not is_missing(text) and not is_purely_redacted(text.strip())


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    rules = door_rules().redaction
    return re.compile(rules.begins), re.compile(rules.marks), re.compile(rf"{MARK}\s*{rules.letters}")
