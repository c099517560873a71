"""Into which parts the values of a field fall, as far as facts can tell them apart.

A region is a number: bit n is set where test n of the field holds. A value that is known lies in one region; a value
that nobody knows may lie in any region that some value could lie in. Nothing else about a value is ever kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from tallystick.policies.facts import Field, Knowledge, Test

EVENT = "event"
FAR = (date(1900, 1, 1), date(2100, 1, 1))
ELSEWHERE = "ZZZZ"  # a code or a word that no test names
ABSENT = object()


def passes(test: Test, value: object, event: date | None) -> bool:
    """Whether one test holds for one value on the day of an event.

    >>> passes(Test(field="x", codes=("09",), but=("0909",)), "0901", None)
    True
    """
    if value is ABSENT:
        return test.absent
    if test.absent:
        return False
    if test.one_of or test.yes is not None:
        return test.yes is value if isinstance(value, bool) else value in test.one_of
    if test.codes:
        code = str(value)
        return code.startswith(test.codes) and not (test.but and code.startswith(test.but))
    if isinstance(value, date):
        return _day_passes(test, value, event)
    number = float(str(value))
    low = test.at_least if test.at_least is not None else test.age_at_least
    high = test.under if test.under is not None else test.age_under
    return (low is None or number >= low) and (high is None or number < high)


def _day_passes(test: Test, day: date, event: date | None) -> bool:
    if test.since and day < date.fromisoformat(test.since):
        return False
    if test.until and day > date.fromisoformat(test.until):
        return False
    if test.by_event or test.after_event:
        if event is None:
            return False
        return day <= event if test.by_event else day > event
    return True


@dataclass(frozen=True)
class Regions:
    """All fields with their regions, for the tests of one set of facts."""

    known: Knowledge

    def region(self, field: str, value: object, event: date | None) -> int:
        """The region of one value."""
        atoms = self.known.atoms.get(field, ())
        return sum(passes(atom, value, event) << place for place, atom in enumerate(atoms))

    @cached_property
    def places(self) -> dict[tuple[str, Test], int]:
        """(field, test) -> the bit of the test in the regions of its field."""
        return {(name, atom): place for name, atoms in self.known.atoms.items() for place, atom in enumerate(atoms)}

    @cached_property
    def cuts(self) -> tuple[date, ...]:
        """Every day at which some test of a day begins or ends."""
        found = set()
        for atoms in self.known.atoms.values():
            for atom in atoms:
                found |= {date.fromisoformat(atom.since)} if atom.since else set()
                found |= {date.fromisoformat(atom.until) + timedelta(days=1)} if atom.until else set()
        return tuple(sorted(found))

    def event_region(self, event: date) -> int:
        """Between which two cuts an event lies: the number of cuts on or before it."""
        return sum(cut <= event for cut in self.cuts)

    def events(self, region: int | None) -> Iterator[date]:
        """Days that stand for all days of an event region; of all regions where the day is unknown."""
        edges = [FAR[0], *self.cuts, FAR[1]]
        for number in range(len(edges) - 1):
            if region in (None, number):
                first, last = edges[number], edges[number + 1] - timedelta(days=1)
                yield from sorted({first, first + (last - first) // 2, last})

    def possible(self, field: str, event_region: int | None) -> frozenset[int]:
        """Every region in which an unknown value of a field can lie."""
        key = (field, event_region if self.asks_event(field) else None)
        if key not in self._possible:
            self._possible[key] = frozenset(self._regions(field, key[1]))
        return self._possible[key]

    @cached_property
    def _possible(self) -> dict[tuple[str, int | None], frozenset[int]]:
        return {}

    def asks_event(self, field: str) -> bool:
        """Whether some test of a field asks on which side of the event a day lies."""
        return any(atom.by_event or atom.after_event for atom in self.known.atoms.get(field, ()))

    def _regions(self, name: str, event_region: int | None) -> Iterator[int]:
        field = self.known.fields[name]
        for event in self.events(event_region) if self.asks_event(name) else (None,):
            for value in self._representatives(field, event):
                yield self.region(name, value, event)

    def _representatives(self, field: Field, event: date | None) -> Iterator[object]:
        atoms = self.known.atoms.get(field.id, ())
        if self.known.may_be_absent(field):
            yield ABSENT
        if field.kind == "yes_no":
            yield from (True, False)
        elif field.kind == "word":
            named = {word for atom in atoms for word in atom.one_of}
            yield from sorted({*self.known.values(field), *named})
            if not self.known.values(field):
                yield ELSEWHERE
        elif field.kind == "code":
            yield from _codes(atoms)
        elif field.kind == "day":
            yield from _days(self.cuts, event)
        else:
            yield from _numbers(atoms)


def _codes(atoms: Sequence[Test]) -> Iterator[str]:
    named = {code for atom in atoms for code in (*atom.codes, *atom.but)}
    for code in sorted(named):
        yield code
        yield (code + ELSEWHERE)[:4]  # one of the family that no test names
    yield ELSEWHERE


def _days(cuts: Sequence[date], event: date | None) -> Iterator[date]:
    around = [*cuts, *([event] if event else [])]
    yield from sorted({FAR[0], FAR[1], *(day + timedelta(days=step) for day in around for step in (-1, 0, 1))})


def _numbers(atoms: Sequence[Test]) -> Iterator[float]:
    ends = {
        float(end)
        for atom in atoms
        for end in (atom.at_least, atom.under, atom.age_at_least, atom.age_under)
        if end is not None
    }
    yield 0.0
    for end in sorted(ends):
        yield from (max(end - 0.5, 0.0), end, end + 0.5)
