"""What does one printed value mean? Decided once per distinct value, never by default.

A value is recorded, or it is unknown for a stated reason: blank, redacted, not listed, not
plausible. Text that nobody listed is kept only where it stands on enough rows, because a rare text
could hide a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tallystick.intake.codebook import Codebook, ColumnRule, SiteClass, Vocabulary
from tallystick.intake.redaction import is_missing, is_redacted
from tallystick.intake.suspects import is_listed_name

WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class ReadValue:
    """One distinct value as printed, and how it is read."""

    raw: str
    value: str | None
    why: str
    state: str | None = None


@dataclass(frozen=True)
class ReadColumn:
    """All distinct values of a column that are not simply kept as printed; those that stop the reading."""

    values: tuple[ReadValue, ...]
    unmapped: tuple[tuple[str, int], ...] = ()
    rare: int = 0


def read_texts(
    rule: ColumnRule, blank: str, distinct: Sequence[tuple[str, int]], known: Codebook, least_rows: int
) -> ReadColumn:
    """How the distinct texts of a column are read.

    Args:
        rule: the column.
        blank: why a value is unknown when the cell is blank.
        distinct: each text with the number of rows it stands on.
        known: vocabularies and sites.
        least_rows: on how many rows an unlisted text of an open column must stand.

    Returns:
        Texts whose value differs from what is printed; unlisted texts of a strict vocabulary; how many rows
        carry a text too rare to be kept.
    """
    vocabulary = known.vocabularies.get("yes_no" if rule.type == "yes_no" else rule.vocabulary)
    found: list[ReadValue] = []
    unmapped: list[tuple[str, int]] = []
    rare = 0
    for text, rows in distinct:
        clean = " ".join(text.split())
        if is_missing(clean) and not _listed(vocabulary, clean):  # a word for "none" may be a value of its own
            found.append(_blank(rule, text, blank))
        elif is_redacted(clean):
            found.append(ReadValue(text, None, "redacted"))
        elif rule.type == "place":
            site, state = read_place(clean, known.sites, known.states())
            found.append(ReadValue(text, site, "recorded", state))
        else:
            value = _listed(vocabulary, clean)
            if value is not None:
                found.append(ReadValue(text, value or None, "recorded" if value else "blank"))
            elif vocabulary is not None and vocabulary.rule.mode != "open":
                found.append(ReadValue(text, None, "unmapped"))
                if vocabulary.rule.mode == "strict":
                    unmapped.append((clean, rows))
            else:
                kept, is_rare = _kept(rule, clean, rows, least_rows)
                rare += rows if is_rare else 0
                if kept != text:
                    found.append(ReadValue(text, kept, "recorded" if kept else "unmapped"))
    return ReadColumn(tuple(found), tuple(unmapped), rare)


def _blank(rule: ColumnRule, text: str, blank: str) -> ReadValue:
    return ReadValue(text, "no" if blank == "no_by_convention" and rule.type == "yes_no" else None, blank)


def _listed(vocabulary: Vocabulary | None, clean: str) -> str | None:
    return vocabulary.look_up(clean) if vocabulary is not None else None


def _kept(rule: ColumnRule, clean: str, rows: int, least_rows: int) -> tuple[str | None, bool]:
    """An unlisted text of an open column: kept by its shape or by its rows; whether it is too rare otherwise."""
    code = clean.zfill(rule.zeros_to) if rule.zeros_to and clean.isdigit() else clean
    if rule.shape and not _shape(rule.shape).fullmatch(code):
        return None, False
    if rule.shape and (rows >= least_rows or not is_listed_name(code)):
        return code, False
    return (clean, False) if rows >= least_rows else (None, True)


@lru_cache(maxsize=64)
def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def read_odd(rule: ColumnRule, blank: str, distinct: Sequence[tuple[str, int]]) -> tuple[ReadValue, ...]:
    """How texts in a column of dates or numbers are read that are neither."""
    found = []
    for text, _ in distinct:
        clean = " ".join(text.split())
        if is_missing(clean):
            found.append(_blank(rule, text, blank))
        elif is_redacted(clean):
            found.append(ReadValue(text, None, "redacted"))
        else:
            found.append(ReadValue(text, None, "unmapped"))
    return tuple(found)


def read_place(text: str, sites: Sequence[SiteClass], states: Vocabulary) -> tuple[str, str | None]:
    """The class of a site and the state that a place text names; the text itself goes no further.

    >>> from tallystick.terms.definitions import Shelf
    >>> from tallystick.intake.codebook import codebook
    >>> known = codebook(Shelf())
    >>> read_place("EXAMPLE COUNTY JAIL, SOMETOWN, TX", known.sites, known.states())
    ('jail', 'TX')
    """
    small = text.lower()
    words = f" {' '.join(WORD.findall(small))} "
    site = next((entry.id for entry in sites if any(f" {word} " in words for word in entry.words)), "other")
    return site, next(_states_in(text, words, states), None)


def _states_in(text: str, words: str, states: Vocabulary) -> Iterator[str]:
    """A code at the end behind a comma or a dash, a code before the word state, a full name."""
    for pattern in (r"[,-]\s*([A-Za-z]{2})\s*(?:\d{5})?\W*$", r"\b([A-Z]{2}) STATE\b", r",\s*([A-Z]{2})\s*,"):
        if (found := re.search(pattern, text)) and (state := states.values.get(found.group(1).lower())):
            yield state
    for name, state in states.values.items():
        if len(name) > 2 and f" {name} " in words and f" {name} county " not in words:  # not a code
            yield state
