"""What was said, and in which declared ways it can be read and tested."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Literal

from tallystick.terms.definitions import Shelf, Strict, identity, unknown_name
from tallystick.terms.errors import Fault, TallystickError

Comparator = Literal["at_least", "more_than", "at_most", "less_than", "between", "outside"]
Role = Literal["headline", "stress", "lift"]


class Source(Strict, frozen=True, kw_only=True):
    """Where a claim or figure is found."""

    title: str
    publisher: str
    date: str = ""
    page: str = ""
    url: str = ""


class Reading(Strict, frozen=True, kw_only=True):
    """One testable meaning of a claim.

    `needs` says which records would be needed when no figure can test this reading yet. A reading on records
    (`basis`) names a measure over records and, where it matters, a window (first and last day, such as
    ``2025-01-20/2025-04-29``; else all that a release covers), a written policy with the tier, or that persons are
    counted; a count may be taken per day.
    """

    id: str
    title: str
    role: Role
    comparator: Comparator = "more_than"
    threshold: str = ""
    upper_threshold: str = ""
    threshold_from: str = ""
    threshold_unit: Literal["fraction", "ratio", "usd/day", "records", "days"] = "fraction"
    margin: str = "0.02"
    basis: Literal["figures", "records"] = "figures"
    measure: str = ""
    variant: str = ""
    window: str = ""
    policy: str = ""
    tier: str = ""
    view: Literal["agency", "world"] = "agency"
    person: bool = False
    per_day: bool = False
    split: dict[str, str] = {}
    baseline: str = ""
    dimensions: dict[str, str] = {}
    another_unit: str = ""
    needs: str = ""
    written_on: date
    figures_known_when_written: Literal["yes", "no", "partly"]
    supersedes: str = ""

    @property
    def bar(self) -> Fraction:
        """The threshold as an exact number."""
        return Fraction(self.threshold)

    @property
    def days(self) -> tuple[str, str]:
        """First and last day of the window (ISO); both empty where it is all that a release covers."""
        first, _, last = self.window.partition("/")
        return first, last


class TestDate(Strict, frozen=True, kw_only=True):
    """A date on which the claim is tested; the main one gives the claim its verdict."""

    __test__ = False  # not a test class, whatever its name says to a test runner

    at: str
    title: str
    main: bool = False


class Claim(Strict, frozen=True, kw_only=True):
    """``<agency>/claims/<id>.toml``.

    `quoted_words` are words of a paraphrase that stand exactly so in a cited source.
    `attribution` is checked where the words or figures were read in the speaker's own source, unchecked where only a
    second hand reports them (such claims stay out of the tally), common_form where many say it and nobody is named.
    `not_testable` says why no released record bears on a claim; it then has no readings.
    """

    id: str
    title: str
    text: str
    quoted: bool
    quoted_words: tuple[str, ...] = ()
    speaker: str
    side: Literal["agency", "critics", "either"]
    said_on: str = ""
    said_window: str = ""
    source: Source
    catalogue: tuple[str, ...] = ()
    kind: Literal["majority", "focus", "change", "share", "count", "values"]
    order: int
    attribution: Literal["checked", "unchecked", "common_form"]
    tests: tuple[TestDate, ...]
    readings: tuple[Reading, ...] = ()
    favours_speaker: str = ""
    disfavours_speaker: str = ""
    not_testable: str = ""
    cannot_say: tuple[str, ...]
    would_settle: tuple[str, ...]

    def headline(self) -> tuple[Reading, ...]:
        """Readings in the speaker's own unit and population, or their most natural sense."""
        return tuple(reading for reading in self.readings if reading.role == "headline")

    def main_test(self) -> TestDate:
        """The date that gives the claim its verdict."""
        return next((test for test in self.tests if test.main), self.tests[-1])


def claim_names(shelf: Shelf, agency: str = "us-ice") -> dict[str, str]:
    """Claim id -> definition file, in order of file name."""
    folder = f"{agency}/claims"
    return {name.removeprefix(f"{folder}/"): f"{name}.toml" for name in shelf.files(folder)}


def read_claims(shelf: Shelf, agency: str = "us-ice") -> tuple[Claim, ...]:
    """All claims, in the order in which they are shown (by subject, never by verdict)."""
    claims = [read_claim(shelf, name, agency) for name in claim_names(shelf, agency)]
    return tuple(sorted(claims, key=lambda claim: (claim.order, claim.id)))


def read_claim(shelf: Shelf, name: str, agency: str = "us-ice") -> Claim:
    """One claim by id.

    Raises:
        TallystickError: TS101 for an unknown name, TS151 for faults of its file.
    """
    names = claim_names(shelf, agency)
    if name not in names:
        raise unknown_name("TS101", "claim", name, names, "tallystick claim list")
    claim = shelf.read(names[name], Claim)
    faults = list(_faults(claim, names[name], name))
    if faults:
        raise TallystickError(*faults)
    return claim


def _faults(claim: Claim, file: str, name: str) -> list[Fault]:
    found = []
    if claim.id != name:
        found.append(f"id '{claim.id}' is not the name of the file")
    found += [f"reading '{reading.id}' {fault}" for reading in claim.readings for fault in _reading_faults(reading)]
    if any(words not in claim.quoted_words for words in re.findall(r'"([^"]*)"', claim.text)):
        found.append("has words in quotation marks that are not among its 'quoted_words'")
    if claim.not_testable:
        found += ["is not testable and still has readings"] if claim.readings else []
        return [Fault("TS151", text, where=file, fix="See docs/definitions.md, claims.") for text in found]
    ids = [reading.id for reading in claim.readings]
    found += [f"reading '{entry}' stands twice" for entry in sorted({entry for entry in ids if ids.count(entry) > 1})]
    found += [
        f"'{key}' names no reading" for key in (claim.favours_speaker, claim.disfavours_speaker) if key not in ids
    ]
    if not claim.headline():
        found.append("no headline reading")
    if claim.kind == "focus" and not any(reading.role == "lift" for reading in claim.readings):
        found.append("a claim of focus needs a lift reading: focus is not the same as majority")
    found += [
        f"test date '{test.at[:40]}' is no day. Write for example 2025-01-20, or latest"
        for test in claim.tests
        if test.at != "latest" and not _is_day(test.at)
    ]
    if sum(test.main for test in claim.tests) != 1:
        found.append("exactly one test date must be the main one")
    return [Fault("TS151", text, where=file, fix="See docs/definitions.md, claims.") for text in found]


def _reading_faults(reading: Reading) -> list[str]:
    is_on_records = reading.basis == "records"
    if reading.needs and not is_on_records:
        return ["needs records and still names a measure"] if reading.measure else []
    needed = ("measure", "needs") if is_on_records else ("measure", "variant")
    found = [
        f"lacks '{key}'" for key in (*needed, "threshold", "threshold_from", "dimensions") if not getattr(reading, key)
    ]
    of_records = ("window", "policy", "tier", "person", "per_day")
    found += [f"'{key}' is for records" for key in of_records if getattr(reading, key) and not is_on_records]
    if is_on_records and reading.split:
        found.append("'split' is for printed figures; on records, a class of its own needs a measure of its own")
    if reading.window and not _is_window(reading.window):
        found.append("'window' is not a first and a last day. Write for example 2025-01-20/2025-04-29")
    if bool(reading.policy) != bool(reading.tier):
        found.append("a policy and a tier of it go together")
    if reading.baseline and not _is_baseline(reading.baseline):
        found.append("'baseline' is no day and no number of years. Write for example 2025-01-20, or years_before:1")
    return [*found, *_bar_faults(reading)]


def _bar_faults(reading: Reading) -> list[str]:
    bars = {key: getattr(reading, key) for key in ("threshold", "upper_threshold", "margin")}
    found = [f"'{key}' is not a decimal number" for key, value in bars.items() if value and not is_decimal(value)]
    if found:
        return found
    if reading.margin.startswith("-"):
        found.append("'margin' is below zero: the claim and its opposite could both be supported")
    if reading.upper_threshold and reading.threshold:
        room = Fraction(reading.upper_threshold) - Fraction(reading.threshold)
        if room < 2 * Fraction(reading.margin):
            found.append("'upper_threshold' leaves no room above 'threshold' and its margins")
    if reading.comparator in ("between", "outside") and not reading.upper_threshold:
        found.append(f"'{reading.comparator}' needs an upper_threshold")
    return found


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_baseline(text: str) -> bool:
    return _is_day(text) or re.fullmatch(r"years_before:[1-9]", text) is not None


def _is_window(text: str) -> bool:
    first, _, last = text.partition("/")
    try:
        return date.fromisoformat(first) <= date.fromisoformat(last)
    except ValueError:
        return False


def is_decimal(text: str) -> bool:
    """Whether a bar is a plain number: digits with a point, no exponent, no fraction.

    >>> is_decimal("0.025"), is_decimal("-3"), is_decimal("1e9"), is_decimal("1/3")
    (True, True, False, False)
    """
    return re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", text) is not None


def claim_hash(claim: Claim, measure_hashes: list[str]) -> str:
    """Identity of a claim and of the measures its readings use."""
    return identity(claim, sorted(measure_hashes))
