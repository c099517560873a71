"""A text part by part: which claims test a part, or why no public record can."""

from __future__ import annotations

from typing import Literal

from tallystick.claims.claim import Source, claim_names
from tallystick.terms.definitions import Shelf, Strict, unknown_name
from tallystick.terms.errors import Fault, TallystickError


class Part(Strict, frozen=True, kw_only=True):
    """One part of a statement, in paraphrase.

    state: tested (claims are named), compared (comparisons lay it side by side, and no bar is set), not_built_yet (what
    would test it is named), not_testable
    (with the reason and, where anything could, what would settle it).
    """

    number: int
    says: str
    state: Literal["tested", "compared", "not_built_yet", "not_testable"]
    comparisons: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    because: str = ""
    would_settle: str = ""


class Statement(Strict, frozen=True, kw_only=True):
    """``<agency>/statements/<date-name>.toml``."""

    id: str
    title: str
    about: str
    source: Source
    as_of: str
    quoted_words: tuple[str, ...]
    parts: tuple[Part, ...]


def read_statement(shelf: Shelf, name: str = "", agency: str = "us-ice") -> Statement:
    """One statement by id; the only one when no id is given.

    Raises:
        TallystickError: TS104 for an unknown name, TS151 for faults of its file.
    """
    folder = f"{agency}/statements"
    names = {entry.removeprefix(f"{folder}/"): f"{entry}.toml" for entry in shelf.files(folder)}
    asked = name or next(iter(names))
    if asked not in names:
        raise unknown_name("TS104", "statement", asked, names, "tallystick claim statement")
    statement = shelf.read(names[asked], Statement)
    comparisons = {entry.rpartition("/")[2] for entry in shelf.files(f"{agency}/comparisons")}
    faults = list(_faults(statement, names[asked], set(claim_names(shelf, agency)), comparisons))
    if faults:
        raise TallystickError(*faults)
    return statement


def _faults(statement: Statement, file: str, claims: set[str], comparisons: set[str]) -> list[Fault]:
    found = []
    for part in statement.parts:
        if part.state == "tested" and not part.claims:
            found.append(f"part {part.number} is tested by no claim")
        if part.state == "compared" and not part.comparisons:
            found.append(f"part {part.number} is compared by no comparison")
        if part.state != "tested" and not part.because:
            found.append(f"part {part.number} gives no reason")
        found += [f"part {part.number} names the unknown claim '{name}'" for name in part.claims if name not in claims]
        unknown = [name for name in part.comparisons if name not in comparisons]
        found += [f"part {part.number} names the unknown comparison '{name}'" for name in unknown]
    if [part.number for part in statement.parts] != list(range(1, len(statement.parts) + 1)):
        found.append("parts are not numbered 1, 2, 3 ...")
    return [Fault("TS151", text, where=file, fix="See docs/definitions.md, statements.") for text in found]
