"""Facts: what record fields can prove or refute of a condition, and when that was known.

A fact says positively when it is true and, separately, when it is false. What neither covers is unknown. Nothing
is ever proven by the absence of a proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import msgspec

from tallystick.intake.codebook import Codebook, codebook
from tallystick.terms.definitions import Shelf, Strict, identity
from tallystick.terms.errors import Fault, TallystickError

FIELD_NAME = re.compile(r"[a-z]{3,5}\.[a-z0-9_]+")
View = Literal["agency", "world"]
Kind = Literal["word", "yes_no", "code", "day", "number", "birth_year"]
Decidability = Literal["exact", "bounded", "hint_only", "none"]


class Part(Strict, frozen=True, kw_only=True):
    """One column of a sum, and how often it counts (a month is 30.4375 days)."""

    column: str
    times: float = 1.0


class Field(Strict, frozen=True, kw_only=True):
    """``us-ice/facts/fields.toml``: one record field.

    `when` says when the value was true: event, fixed, dated (it carries its own date), extraction (when the release
    was made: hindsight) or later (after the event). `dated_by` names the field whose day dates an extraction field.
    `covers` every says that all rows carry a value.
    """

    id: str
    table: str
    column: str
    kind: Kind
    when: Literal["event", "fixed", "dated", "extraction", "later"]
    title: str
    dated_by: str = ""
    covers: Literal["every", "some"] = "some"
    parts: tuple[Part, ...] = ()
    caution: str = ""


class Fields(Strict, frozen=True, kw_only=True):
    """All fields."""

    fields: tuple[Field, ...]


class Test(Strict, frozen=True, kw_only=True):
    """One positive test of a field, or several that must hold together (`all`).

    `codes` are codes or beginnings of codes, `but` those of them that do not count. `since` and `until` are days, both
    included; `by_event` a day on or before the event, `after_event` one after it. `absent` holds where the field is
    known to hold no value. `view` limits a test to the agency's own view, `own` to records of the field's own table:
    what a linked record says of another day does not refute.
    """

    field: str = ""
    one_of: tuple[str, ...] = msgspec.field(name="is", default=())
    yes: bool | None = None
    codes: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    by_event: bool = False
    after_event: bool = False
    at_least: float | None = None
    under: float | None = None
    age_at_least: int | None = None
    age_under: int | None = None
    absent: bool = False
    all: tuple[Test, ...] = ()
    view: Literal["", "agency"] = ""
    own: bool = False
    why: str = ""

    @property
    def parts(self) -> tuple[Test, ...]:
        """The tests of single fields it consists of."""
        return self.all or (self,)


class Hint(Strict, frozen=True, kw_only=True):
    """A field that goes along with a condition and proves nothing."""

    field: str
    why: str = ""


class Fact(Strict, frozen=True, kw_only=True):
    """``us-ice/facts/<family>.toml``, one entry."""

    id: str
    text: str
    says_true: str = ""
    true_when: tuple[Test, ...] = ()
    false_when: tuple[Test, ...] = ()
    hints: tuple[Hint, ...] = ()
    judgment: bool = False
    confidence: Literal["high", "medium", "recalled"] = "high"
    caution: str = ""


class Facts(Strict, frozen=True, kw_only=True):
    """One file of facts."""

    facts: tuple[Fact, ...]


Atom = tuple[str, Test]  # (field, the test of it without its reason)


def atom_of(test: Test) -> Atom:
    """A test of one field as the key by which equal ones are recognised."""
    return test.field, msgspec.structs.replace(test, why="", view="", own=False)


@dataclass(frozen=True)
class Knowledge:
    """All fields and facts of an agency."""

    fields: Mapping[str, Field]
    facts: Mapping[str, Fact]
    book: Codebook
    hash: str

    @cached_property
    def atoms(self) -> Mapping[str, tuple[Test, ...]]:
        """Field -> every different test of it that some fact makes, in a fixed order."""
        found: dict[str, dict[Test, None]] = {}
        for fact in self.facts.values():
            for test in (*fact.true_when, *fact.false_when):
                for part in test.parts:
                    field, atom = atom_of(part)
                    found.setdefault(field, {})[atom] = None
        return {field: tuple(atoms) for field, atoms in sorted(found.items())}

    def values(self, field: Field) -> tuple[str, ...]:
        """The words a field can hold, as its vocabulary lists them; empty where any word may stand."""
        rule = self.book.tables[field.table].column(field.column)
        vocabulary = self.book.vocabularies.get(rule.vocabulary)
        if vocabulary is None or vocabulary.rule.mode == "open":
            return ()
        return tuple(sorted({value for value in vocabulary.values.values() if value}))

    def may_be_absent(self, field: Field) -> bool:
        """Whether a blank in this field says that there is no value."""
        if field.parts:
            return False
        return self.book.tables[field.table].column(field.column).blank in ("not_applicable", "ongoing")

    def decidability(self, fact: Fact) -> Decidability:
        """What the fields can decide of a fact at best, computed from its tests and never declared."""
        if not fact.true_when and not fact.false_when:
            return "hint_only" if fact.hints else "none"
        if any(self._decides(fact, field) for field in self.fields.values() if field.covers == "every"):
            return "exact"
        return "bounded"

    def _decides(self, fact: Fact, field: Field) -> bool:
        """Whether every value of one field that all rows carry proves or refutes the fact by itself."""
        values = [True, False] if field.kind == "yes_no" else list(self.values(field))
        single = [test for test in (*fact.true_when, *fact.false_when) if not test.all and test.field == field.id]
        return bool(values) and all(any(holds(test, value) for test in single) for value in values)


def holds(test: Test, value: object) -> bool:
    """Whether a test of a word or a yes-or-no holds for one value.

    >>> holds(Test(field="x", one_of=("a", "b")), "b"), holds(Test(field="x", yes=True), False)
    (True, False)
    """
    if isinstance(value, bool):
        return test.yes is value
    return value in test.one_of


@lru_cache(maxsize=4)
def knowledge(shelf: Shelf, agency: str = "us-ice") -> Knowledge:
    """Read all fields and facts of an agency.

    Raises:
        TallystickError: TS151 with every fault: unknown fields, tests that do not fit their field, twins.
    """
    fields: list[Field] = []
    facts: list[Fact] = []
    for name, path in shelf.files(f"{agency}/facts").items():
        if name.endswith("/fields"):
            fields += shelf.read_path(path, Fields).fields
        else:
            facts += shelf.read_path(path, Facts).facts
    known = Knowledge(
        {field.id: field for field in fields},
        {fact.id: fact for fact in facts},
        codebook(shelf, agency),
        identity(fields, facts),
    )
    faults = [*_twins(fields, facts), *_field_faults(known), *_fact_faults(known)]
    if faults:
        raise TallystickError(*faults)
    return known


def _twins(fields: Iterable[Field], facts: Iterable[Fact]) -> Iterator[Fault]:
    for what, entries in (("field", list(fields)), ("fact", list(facts))):
        names = [entry.id for entry in entries]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Fault("TS151", f"two {what}s are called '{name}'", "facts")


def _field_faults(known: Knowledge) -> Iterator[Fault]:
    for field in known.fields.values():
        where = f"facts/fields.toml, {field.id[:40]}"
        if not FIELD_NAME.fullmatch(field.id):
            yield Fault("TS151", "a field is called by its table and its name, such as arr.method", where)
            continue
        rule = known.book.tables.get(field.table)
        columns = [part.column for part in field.parts] or [field.column]
        if rule is None:
            yield Fault("TS151", f"there is no table '{field.table}'", where)
            continue
        stored = dict(rule.stored)
        for column in columns:
            if column not in stored:
                yield Fault("TS151", f"'{column}' is not a stored column of {field.table}", where)
        if field.dated_by and field.dated_by not in known.fields:
            yield Fault("TS151", f"there is no field '{field.dated_by}'", where)


ALLOWED: Mapping[str, frozenset[str]] = {
    "word": frozenset({"one_of", "absent"}),
    "yes_no": frozenset({"yes"}),
    "code": frozenset({"codes", "but", "absent"}),
    "day": frozenset({"since", "until", "by_event", "after_event", "absent"}),
    "number": frozenset({"at_least", "under"}),
    "birth_year": frozenset({"age_at_least", "age_under"}),
}


def _fact_faults(known: Knowledge) -> Iterator[Fault]:
    for fact in known.facts.values():
        where = f"fact {fact.id}"
        if fact.judgment and (fact.true_when or fact.false_when):
            yield Fault("TS151", "a judgment that no field can settle has no tests", where)
        for test in (*fact.true_when, *fact.false_when):
            for part in test.parts:
                yield from _test_faults(known, part, where, is_part=bool(test.all))
        for hint in fact.hints:
            if hint.field not in known.fields:
                yield Fault("TS151", f"there is no field '{hint.field}'", where)


def _test_faults(known: Knowledge, test: Test, where: str, *, is_part: bool) -> Iterator[Fault]:
    field = known.fields.get(test.field)
    if is_part and (test.view or test.own):
        yield Fault("TS151", "`view` and `own` belong to the whole of `all`, not to a part of it", where)
    if field is None:
        yield Fault("TS151", f"there is no field '{test.field}'", where)
        return
    used = {
        name
        for name in ("one_of", "yes", "codes", "but", "since", "until", "by_event", "after_event", "absent",
                     "at_least", "under", "age_at_least", "age_under")
        if getattr(test, name) != getattr(Test(), name)
    }  # fmt: skip
    if not used:
        yield Fault("TS151", f"a test of {test.field} asks nothing", where)
    for name in sorted(used - ALLOWED[field.kind]):
        yield Fault("TS151", f"'{name}' cannot be asked of {test.field}, a {field.kind.replace('_', ' ')}", where)
    listed = known.values(field) if field.kind == "word" else ()
    for word in test.one_of:
        if listed and word not in listed:
            yield Fault("TS151", f"{test.field} never holds '{word}'; it holds {', '.join(listed)}", where)
