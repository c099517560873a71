"""Could this value, or this column, stand for a person? One answer per detector, never the value itself.

Values are looked at after look-alike letters are exchanged, invisible signs taken out and blanks
squeezed. Each distinct value is looked at once. What a detector finds is a kind (``telephone
number``) and never a text.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from tallystick.intake.identifiers import identifier_in
from tallystick.intake.releases import csv_rows
from tallystick.intake.rules import door_rules
from tallystick.terms.definitions import Shelf

WORD = re.compile(r"[^\W\d_]+")
TITLED = re.compile(r"^\W*(?:mr|mrs|ms|agent|officer|sa|do|[a-z])\.? ([a-z]{3,})(?: #?\d+)?\W*$")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MINUS = "\u2212"
NOT_LETTERS = re.compile(r"[^a-z0-9]")
LEAST_PART = 4  # letters of a name inside a merged word
Detector = Callable[[str, str], str]


def text_suspect(value: str, *, without: Sequence[str] = ()) -> str:
    """The kind of identifier that a text holds, or ''.

    Args:
        value: a cell of a text column, of a place, of a note, or a name of a sheet.
        without: ids of detectors that do not apply to the column.

    >>> text_suspect("call (555) 010-0199"), text_suspect("Perez, Juan"), text_suspect("SAN ANTONIO, TX")
    ('telephone number', "person's name", '')
    """
    plain = latin(value)
    small = plain.lower()
    for name, detect in detectors().items():
        if name not in without and (found := detect(plain, small)):
            return found
    return ""


@lru_cache(maxsize=1)
def detectors() -> Mapping[str, Detector]:
    """Detectors of values by id, in the order in which they are asked."""
    rules = door_rules()
    found: dict[str, Detector] = {"shapes": lambda plain, _small: identifier_in(plain)}
    for rule in rules.patterns:
        found[rule.id] = _pattern_detector(rule.name, rule.pattern)
    found["person_name"] = lambda plain, small: "person's name" if _is_name(plain, small) else ""
    found["narrative"] = lambda _plain, small: "text that tells a story" if _is_story(small) else ""
    found["other_script"] = lambda plain, _small: "letters of another script" if _has_other_script(plain) else ""
    return found


def _pattern_detector(name: str, pattern: str) -> Detector:
    compiled = re.compile(pattern)
    return lambda _plain, small: name if compiled.search(small) else ""


def latin(value: str) -> str:
    """A text with look-alike letters exchanged, invisible signs out and blanks squeezed."""
    text = value
    if "_x" in text or "&" in text:
        text = html.unescape(ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text))
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).translate(_look_alikes()))
    return " ".join("".join(map(_plain_sign, text)).split())


def _plain_sign(sign: str) -> str:
    """One sign as plain text: dashes and blanks folded, digits of all scripts as ours, what is not seen taken out."""
    if sign.isascii() and sign.isprintable():
        return sign
    kind = unicodedata.category(sign)
    if kind == "Pd" or sign == MINUS:
        return "-"
    if kind.startswith("Z") or sign in "\t\r\n":
        return " "
    if kind in ("Cc", "Cf", "Mn", "Me"):
        return ""
    return str(unicodedata.digit(sign)) if sign.isdigit() else sign


@lru_cache(maxsize=1)
def _look_alikes() -> dict[int, str]:
    rules = door_rules().look_alikes
    return {ord(old): new for old, new in zip(rules.imitating, rules.imitated, strict=True)}


def _has_other_script(plain: str) -> bool:
    return any(sign.isalpha() and not unicodedata.name(sign, "LATIN").startswith("LATIN") for sign in plain)


def _is_story(small: str) -> bool:
    rules = door_rules().narrative
    if len(small) > rules.most_characters:
        return True
    words = f" {' '.join(re.findall(r'[a-z]+', small))} "
    return sum(f" {word} " in words for word in rules.words) >= rules.words_from


@lru_cache(maxsize=1)
def _names() -> tuple[frozenset[str], frozenset[str]]:
    rows = list(csv_rows(Shelf(), "names.csv", ["kind", "name"]))
    return tuple(frozenset(row["name"] for row in rows if row["kind"] == kind) for kind in ("given", "family"))  # type: ignore[return-value]


def is_listed_name(text: str) -> bool:
    """Whether a text is a given or a family name and nothing else."""
    return any(text.lower() in names for names in _names())


def _is_name(plain: str, small: str) -> bool:
    """A given and a family name side by side, 'Family, Given', or both run together in one word."""
    given, family = _names()
    rules = door_rules().places
    for place in rules.like_people:
        small = re.sub(rf"\b{re.escape(place)}\b", " ", small)
    words = [word for word in WORD.findall(small) if len(word) > 2]  # codes of states are no names
    if any((a in given and b in family) or (a in family and b in given) for a, b in itertools.pairwise(words)):
        return True
    is_place = any(word in rules.words for word in words)
    if not is_place and (found := TITLED.search(small)) and found.group(1) in family:
        return True
    if not is_place and len(words) <= 5:  # more words than a person has names
        if any(a in given and c in family for a, c in zip(words, words[2:], strict=False)):
            return True
        before, comma, after = small.partition(",")
        first = WORD.findall(after)[:1]
        if comma and before.strip() and first and first[0] in given and len(WORD.findall(before)) <= 3:
            return True
    split = [word.lower() for part in WORD.findall(plain) for word in CAMEL.split(part)]
    if len(split) > len(WORD.findall(plain)) and any(
        (a in given and b in family) or (a in family and b in given) for a, b in itertools.pairwise(split)
    ):
        return True
    return any(_merged(word) for word in words)


def _merged(word: str) -> bool:
    """Whether a long word is a given and a family name (or more) run together."""
    given, family = _names()
    if len(word) < 2 * LEAST_PART + 2 or word in given or word in family:
        return False
    ends: list[set[str]] = [set() for _ in range(len(word) + 1)]
    ends[0] = {""}
    for start in range(len(word)):
        for stop in range(start + LEAST_PART, len(word) + 1) if ends[start] else ():
            part = word[start:stop]
            kinds = ("g" if part in given else "") + ("f" if part in family else "")
            if kinds:
                ends[stop] |= {"".join(sorted({*before, *kinds})) for before in ends[start]}
    return any({"g", "f"} <= set(kinds) and word != "" for kinds in ends[len(word)]) and _parts(word) > 1


def _parts(word: str) -> int:
    """How few names a word splits into; 0 when it does not."""
    given, family = _names()
    least = [0] + [len(word) + 1] * len(word)
    for start in range(len(word)):
        for stop in range(start + LEAST_PART, len(word) + 1):
            if word[start:stop] in given or word[start:stop] in family:
                least[stop] = min(least[stop], least[start] + 1)
    return least[-1] if least[-1] <= len(word) else 0


@lru_cache(maxsize=1)
def _header_patterns() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in door_rules().header_words.patterns))


def header_suspect(text: str) -> bool:
    """Whether a header names an identifier, disguised or not.

    >>> header_suspect("A-Numb3r"), header_suspect("L A S T  N A M E"), header_suspect("Apprehension Method")
    (True, True, False)
    """
    small = latin(text).lower().replace("#", "number")
    leet = small.translate(_leet())
    return any(_header_patterns().search(NOT_LETTERS.sub("", form)) for form in (small, leet))


@lru_cache(maxsize=1)
def _leet() -> dict[int, str]:
    rules = door_rules().look_alikes
    return {ord(old): new for old, new in zip(rules.leet_from, rules.leet_to, strict=True)}


def key_suspect(key: str, shape: str = "") -> str:
    """What a person key is, when it is not of the shape that anonymous keys of a release have; '' when it is.

    Args:
        key: the key as printed.
        shape: the pattern of the release; '' takes the one of the door.
    """
    if re.fullmatch(shape or door_rules().keys.shape, key.strip().lower()):
        return "" if shape or any(sign.isalpha() for sign in key) else "numbers in place of anonymous keys"
    return text_suspect(key) or "keys of another shape than anonymous ones"


def repeats_too_little(rows: int, distinct: int) -> bool:
    """Whether the values of a text column hardly ever repeat."""
    rules = door_rules().uniqueness
    return rows >= rules.rows_from and distinct * 100 > rows * rules.most_distinct_percent


def long_numbers(values: Sequence[tuple[str, int]], rows: int) -> bool:
    """Whether a column of amounts holds registration numbers: too many long whole numbers that do not repeat.

    Args:
        values: distinct values with the number of rows of each.
        rows: rows with a value.
    """
    rules = door_rules().long_numbers
    long = [
        count
        for value, count in values
        if re.fullmatch(rf"\d{{{rules.digits},}}", value) and value.strip("0")[1:].strip("0")
    ]
    return sum(long) >= rules.rows_from and sum(long) * 100 > rows * rules.most_percent


def day_counts(values: Sequence[tuple[str, int]]) -> bool:
    """Whether a column of years holds dates, printed as counts of days."""
    rules = door_rules().day_counts
    found = sum(count for value, count in values if value.isdigit() and rules.lowest <= int(value) <= rules.highest)
    return found >= rules.rows_from
