"""In which language something is said: texts are written in English, and looked up where another one is spoken.

Words that are put together here (verdicts, bars, figures) stand in ``locale/<language>.toml`` under the same names.
Texts of definitions and pages stand in ``locale/<language>/*.csv``, English beside the other language; a text with
fields in braces stands for every text of that form, because lower floors write their notes in English. What is not
found is noted, and whoever writes pages refuses to write them half translated.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import Fault, TallystickError

ENGLISH = "en"
FIELD = re.compile(r"\{[a-z_]*\}")
SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")  # two plain words: not a name
WITH_DIGIT = r"[^;]*?\d[^;]*?"
DATED = ("first", "last", "start", "end", "day", "from", "until", "low", "high", "before", "after")
HOLDS = {  # what fields of these names hold: a number, one word, something with a digit in it
    "n": r"[\d,.]+", "release": r"\S+", **dict.fromkeys(DATED, WITH_DIGIT),
}  # fmt: skip
MOST_NAMED = 12


class Months(Strict, frozen=True, kw_only=True):
    """How days are written: names of months, and the order of their parts."""

    names: tuple[str, ...]
    day: str
    month: str


@dataclass
class Translator:
    """Texts of one language, and which were asked for and not found."""

    language: str
    reviewed: bool
    exact: dict[str, str]
    phrases: list[tuple[re.Pattern[str], str]]
    months: Months | None
    missing: dict[str, None] = field(default_factory=dict)
    loose: dict[str, None] = field(default_factory=dict)
    _known: dict[str, str | None] = field(default_factory=dict)

    def said(self, text: str, *, composed: bool = False) -> str:
        """A text in this language; where it is not there, the English one, which is noted as missing.

        Composed texts hold figures of records that nobody has seen before: they may stay in English.
        """
        if not text.strip() or not re.search(r"[A-Za-z]{2}", text):
            return text
        found = self._found(text)
        if found is None:
            (self.loose if composed else self.missing)[text] = None
            return text
        return found

    def _found(self, text: str) -> str | None:
        if text not in self._known:
            self._known[text] = self._look_up(text)
        return self._known[text]

    def _look_up(self, text: str) -> str | None:
        if text in self.exact:
            return self.exact[text]
        lowered = text[:1].lower() + text[1:]
        if lowered in self.exact:
            own = self.exact[lowered]
            return own[:1].upper() + own[1:]
        dated = self._dated(text)
        if dated != text and not re.search(r"[A-Za-z]{2}", ENGLISH_DAY.sub("", ENGLISH_MONTH.sub("", text))):
            return dated
        for pattern, other in self.phrases:
            met = pattern.fullmatch(text)
            parts = {name: self._part(part) for name, part in met.groupdict().items()} if met else {}
            if met and all(part is not None for part in parts.values()):
                return filled(other, parts)
        pieces = [self._part(piece) for piece in text.split("; ")] if "; " in text else [None]
        return "; ".join(piece for piece in pieces if piece) if all(pieces) else None

    def _part(self, text: str) -> str | None:
        """What stands in a field: looked up too; a name or a number stays as it is, English words do not."""
        found = self._found(text)
        if found is not None:
            return found
        dated = self._dated(text)
        return None if SENTENCE.search(dated) else dated

    def _dated(self, text: str) -> str:
        if self.months is None:
            return text
        names, day, month = self.months.names, self.months.day, self.months.month

        def as_day(met: re.Match[str]) -> str:
            return day.format(day=met["day"], month=names[MONTHS.index(met["month"])], year=met["year"])

        def as_month(met: re.Match[str]) -> str:
            return month.format(month=names[MONTHS.index(met["month"])], year=met["year"])

        return ENGLISH_MONTH.sub(as_month, ENGLISH_DAY.sub(as_day, text))


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
ENGLISH_DAY = re.compile(rf"(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})")
ENGLISH_MONTH = re.compile(rf"(?P<month>{'|'.join(MONTHS)}) (?P<year>\d{{4}})")
_SPOKEN: ContextVar[Translator | None] = ContextVar("spoken", default=None)


def language() -> str:
    """The language that is spoken now."""
    spoken = _SPOKEN.get()
    return ENGLISH if spoken is None else spoken.language


def composed_said(text: str) -> str:
    """A text that floors below put together from figures, in the language spoken now; English where no form fits."""
    spoken = _SPOKEN.get()
    return text if spoken is None else spoken.said(text, composed=True)


def spoken_is_reviewed() -> bool:
    """Whether a person has read what is said in the language spoken now."""
    spoken = _SPOKEN.get()
    return spoken is None or spoken.reviewed


def texts_missing() -> list[str]:
    """The English texts that were asked for in the language spoken now and not found."""
    spoken = _SPOKEN.get()
    return [] if spoken is None else [*spoken.missing, *spoken.loose]


def said(text: str, **fields: object) -> str:
    """A text in the language spoken now, with its fields filled in.

    Args:
        text: the English text, with names in braces where fields stand.
        fields: what stands there.
    """
    spoken = _SPOKEN.get()
    own = text if spoken is None else spoken.said(text)
    return filled(own, fields) if fields else own


def filled(text: str, fields: Mapping[str, object]) -> str:
    """A text with its fields filled in; nothing else in it is heeded, whoever wrote it."""
    return re.sub(r"\{([a-z_]+)\}", lambda met: str(fields.get(met[1], met[0])), text)


@contextmanager
def speaking(name: str, shelf: Shelf, *, strict: bool = True) -> Iterator[None]:
    """Speak a language for a while.

    Args:
        name: ``en``, or a language of ``locale/``.
        shelf: the definitions; a folder of the user's may add texts of its own.
        strict: refuse at the end where texts were missing.

    Raises:
        TallystickError: TS107 for a language that is not there, TS153 where a text has no translation.
    """
    spoken = None if name == ENGLISH else _translator(shelf, name)
    before = _SPOKEN.set(spoken)
    try:
        yield
        if spoken is not None and spoken.missing and strict:
            raise TallystickError(*_lacking(spoken))
    finally:
        _SPOKEN.reset(before)


def languages(shelf: Shelf) -> list[str]:
    """The languages that can be spoken, English first."""
    return [ENGLISH, *sorted(name.split("/")[1] for name in shelf.files("locale") if name.endswith("/manner"))]


def language_names(shelf: Shelf) -> dict[str, str]:
    """Every language with its own name."""
    others = [name for name in languages(shelf) if name != ENGLISH]
    return {ENGLISH: "English", **{name: shelf.read(f"locale/{name}/manner.toml", Manner).name for name in others}}


class Manner(Strict, frozen=True, kw_only=True):
    """``locale/<language>/manner.toml``: its own name, who reviewed the texts (nobody: empty), how days are written."""

    name: str
    reviewed_by: str
    months: Months


def _translator(shelf: Shelf, name: str) -> Translator:
    if name not in languages(shelf):
        known = ", ".join(languages(shelf))
        raise TallystickError(Fault("TS107", f"There are no pages in '{name[:20]}'.", fix=f"There are: {known}."))
    manner = shelf.read(f"locale/{name}/manner.toml", Manner)
    exact, phrases = _texts(shelf, name)
    return Translator(name, bool(manner.reviewed_by), exact, phrases, manner.months)


@lru_cache(maxsize=8)
def _texts(shelf: Shelf, name: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Texts by their English, and those with fields, the longest first, so that the nearest one is taken."""
    exact: dict[str, str] = {}
    for file in shelf.names(f"locale/{name}", ".csv"):
        with shelf.path(file).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                exact[shelf.text(row["english"])] = shelf.text(row["other"])
    forms = sorted((text for text in exact if FIELD.search(text)), key=lambda text: (-len(FIELD.sub("", text)), text))
    return exact, [(_pattern(text), exact[text]) for text in forms]


def _pattern(text: str) -> re.Pattern[str]:
    """What a text with fields matches; a field that comes again must hold the same, and some hold one sort of thing."""
    parts = re.split(r"\{([a-z_]+)\}", text)
    seen: set[str] = set()
    found = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            found.append(re.escape(part))
        elif part in seen:
            found.append(f"(?P={part})")
        else:
            found.append(f"(?P<{part}>{HOLDS.get(part, '.+?')})")
            seen.add(part)
    return re.compile("".join(found), re.DOTALL)


def _lacking(spoken: Translator) -> Iterator[Fault]:
    texts = list(spoken.missing)
    for text in texts[:MOST_NAMED]:
        yield Fault(
            "TS153",
            f"There is no text in '{spoken.language}' for: {text[:300]}",
            where=f"locale/{spoken.language}/*.csv",
            fix="Add a line with the English text and the other one, or build without this language: --lang en.",
        )
    if len(texts) > MOST_NAMED:
        yield Fault("TS153", f"{len(texts) - MOST_NAMED} more texts are missing in '{spoken.language}'.")
