"""Measures over the records of a release: what is counted, out of what, told apart by what, under which conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import msgspec

from tallystick.terms.definitions import Shelf, Strict, identity, unknown_name
from tallystick.terms.errors import Fault, TallystickError

Estimator = Literal["count", "share", "tiers", "mean", "median", "sum", "average", "incidence", "concentration"]
Combination = Literal["quotient", "lift", "frontier"]
NAME = re.compile(r"[a-z][a-z0-9_]*")
COLUMN = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*")


class Condition(Strict, frozen=True, kw_only=True):
    """One positive test of a column of a unit; what it neither proves nor refutes is unknown.

    `column` is ``alias.column``. `is` are values that prove it, `may` values that leave it open; `others` says what
    every other recorded value means, `absent` what a blank that stands for "there is none" means. The other keys ask
    something else of the column: `by_event` whether its day lies on or before the event, `age_under` whether somebody
    born in its year is younger at the event (`age_from`: as old, or older), `differs_from` whether another column holds
    another value, `rung_from` whether an offense code stands on a rung of the ladder or above, `reading` whether a
    reading of offense codes counts it, `family` whether it is of a family of codes, `at_least` whether it is a number
    as large.
    `link` (instead of a column) asks whether the unit is linked to a row of a table, with `within_days` only so soon;
    with `found` what cannot be seen counts as not linked.
    `outcome` asks how a stay ended, `still` whether it went on, both with `within_days` after it began.
    `fact` is a fact of the policies.
    """

    column: str = ""
    one_of: tuple[str, ...] = msgspec.field(name="is", default=())
    may: tuple[str, ...] = ()
    others: Literal["no", "unknown"] = "unknown"
    absent: Literal["no", "unknown"] = "unknown"
    by_event: bool = False
    age_under: int | None = None
    age_from: int | None = None
    differs_from: str = ""
    rung_from: str = ""
    reading: str = ""
    family: tuple[str, ...] = ()
    at_least: float | None = None
    link: str = ""
    found: bool = False
    within_days: int | None = None
    outcome: bool = False
    still: bool = False
    followed_days: int | None = None
    fact: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """What it looks at."""
        if self.outcome or self.still:
            return ("stay.end", self.column) if self.column else ("stay.end",)
        return tuple(name for name in (self.column, self.differs_from, self.link and f"link.{self.link}") if name)


class Variant(Strict, frozen=True, kw_only=True):
    """One meaning of the numerator: conditions of which all, or any, must hold."""

    id: str
    title: str
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All its conditions."""
        return (*self.all, *self.any)


class UnitMeasure(Strict, frozen=True, kw_only=True):
    """``measures/<family>/<id>.toml`` with ``basis = "records"`` and `units`.

    Attributes:
        units: which units of a release are looked at (``us-ice/units.toml``).
        where: conditions for belonging to the population; all must hold.
        variants: meanings of the numerator; a count or a length has one, without conditions where all are counted.
        value: for lengths and sums: which value of the unit.
        horizons: for incidence: days.
        over: for concentration: the dimension; `statistics` says which of its statistics.
        about: exposed groups it speaks of: it is then shown for the nation only.
    """

    id: str
    title: str
    reads_aloud: str
    basis: Literal["records"]
    estimator: Estimator
    units: str
    unit: str
    value_unit: str
    population: str
    denominator: str
    window: Literal["event", "span", "day"]
    date_of_status: str
    cannot_say: tuple[str, ...]
    variants: tuple[Variant, ...] = ()
    where: tuple[Condition, ...] = ()
    value: str = ""
    per: int = 1
    horizons: tuple[int, ...] = ()
    over: str = ""
    hindsight: bool = False
    about: tuple[str, ...] = ()

    @property
    def conditions(self) -> Iterator[Condition]:
        """Every condition of it."""
        yield from self.where
        for variant in self.variants:
            yield from variant.conditions


class CombinedMeasure(Strict, frozen=True, kw_only=True):
    """``measures/<family>/<id>.toml`` with ``basis = "records"`` and `top`: one measure over, or beside, another.

    quotient and lift divide `top` by `bottom` (a share by a share for a lift); frontier asks what share the actions of
    `bottom` could have had if they had gone first to what `top` counts among its pool.
    """

    id: str
    title: str
    reads_aloud: str
    basis: Literal["records"]
    estimator: Combination
    unit: str
    value_unit: str
    population: str
    denominator: str
    window: Literal["event", "span", "day"]
    date_of_status: str
    cannot_say: tuple[str, ...]
    top: str
    bottom: str
    variants: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


class Dimension(Strict, frozen=True, kw_only=True):
    """``measures/dimensions``: by what units can be told apart; per unit the column that says it.

    `place` names the kind of place, if it is one; `inferred` are columns that only suggest it. Of a flow
    between two places, `onward` is the column of the one it leads to.
    """

    id: str
    title: str
    columns: dict[str, str]
    inferred: dict[str, str] = {}
    onward: dict[str, str] = {}
    place: str = ""
    age_bands: tuple[int, ...] = ()
    words: dict[str, str] = {}


class Dimensions(Strict, frozen=True, kw_only=True):
    """``us-ice/dimensions.toml``."""

    dimensions: tuple[Dimension, ...]


class Era(Strict, frozen=True, kw_only=True):
    """A stretch of time with a name: an administration."""

    id: str
    title: str
    since: str
    until: str = ""


class Eras(Strict, frozen=True, kw_only=True):
    """``us-ice/eras.toml``: named stretches that measures can be told apart by."""

    source: str
    eras: tuple[Era, ...]


class UnitRule(Strict, frozen=True, kw_only=True):
    """One kind of unit: the rows it is made of, and which linked rows stand beside it.

    `rows` is a table, or ``stays``, ``stays_ended`` (by their end), ``held`` (stays on a day), ``custody`` (the time of
    stays) or ``moves`` (steps of a stay between facilities). `beside` maps an alias to the pair of tables that links
    it; of those, the ones in `evidence` may speak for the facts of policies.
    """

    id: str
    word: str
    title: str
    rows: str
    alias: str
    table: str
    beside: dict[str, str] = {}
    evidence: tuple[str, ...] = ()


class Units(Strict, frozen=True, kw_only=True):
    """``us-ice/units.toml``."""

    units: tuple[UnitRule, ...]


@dataclass(frozen=True)
class Measurebook:
    """All measures over records, with their units, dimensions and eras."""

    measures: Mapping[str, UnitMeasure | CombinedMeasure]
    units: Mapping[str, UnitRule]
    dimensions: Mapping[str, Dimension]
    eras: tuple[Era, ...]

    def measure(self, name: str) -> UnitMeasure | CombinedMeasure:
        """One measure by id, or by the last part of it where only one ends so.

        Raises:
            TallystickError: TS102 for an unknown name.
        """
        ends = [known for known in self.measures if known.rsplit("/", 1)[-1] == name]
        found = self.measures.get(name) or (self.measures[ends[0]] if len(ends) == 1 else None)
        if found is None:
            raise unknown_name("TS102", "measure", name, self.measures, "tallystick measure list")
        return found

    @property
    def parts(self) -> frozenset[str]:
        """Measures that others are made of."""
        made = [one for one in self.measures.values() if isinstance(one, CombinedMeasure)]
        return frozenset(self.measure(name).id for one in made for name in (one.top, one.bottom))

    def of_units(self, name: str) -> UnitMeasure:
        """A measure that counts units itself."""
        found = self.measure(name)
        if isinstance(found, CombinedMeasure):
            raise TallystickError(Fault("TS151", f"'{name[:60]}' is itself made of two measures", "measures"))
        return found

    def dimension(self, name: str) -> Dimension:
        """One dimension.

        Raises:
            TallystickError: TS102 for an unknown name.
        """
        if name not in self.dimensions:
            raise unknown_name("TS102", "dimension", name, self.dimensions, "tallystick measure list --by")
        return self.dimensions[name]

    def hash_of(self, measure: UnitMeasure | CombinedMeasure) -> str:
        """Identity of a measure with all it depends on."""
        if isinstance(measure, CombinedMeasure):
            return identity(
                measure, self.hash_of(self.measure(measure.top)), self.hash_of(self.measure(measure.bottom))
            )
        return identity(measure, self.units[measure.units], [*self.dimensions.values()], self.eras)


def is_unit_measure(content: Mapping[str, object]) -> bool:
    """Whether a definition is a measure over records that is not a grid of counts."""
    return content.get("basis") == "records" and "counts" not in content


@lru_cache(maxsize=4)
def unit_rules(shelf: Shelf, agency: str = "us-ice") -> Mapping[str, UnitRule]:
    """The kinds of units of an agency, by id."""
    return {unit.id: unit for unit in shelf.read(f"{agency}/units.toml", Units).units}


@lru_cache(maxsize=4)
def measurebook(shelf: Shelf, agency: str = "us-ice") -> Measurebook:
    """Read all measures over records.

    Raises:
        TallystickError: TS151 with the faults of a file.
    """
    measures: dict[str, UnitMeasure | CombinedMeasure] = {}
    for path in shelf.files("measures").values():
        content = shelf.parsed(path)
        if is_unit_measure(content):
            if "top" in content:
                combined = shelf.read_path(path, CombinedMeasure)
                measures[combined.id] = combined
            else:
                single = shelf.read_path(path, UnitMeasure)
                measures[single.id] = single
    units = unit_rules(shelf, agency)
    dimensions = {one.id: one for one in shelf.read(f"{agency}/dimensions.toml", Dimensions).dimensions}
    book = Measurebook(measures, units, dimensions, shelf.read(f"{agency}/eras.toml", Eras).eras)
    faults = [*_name_faults(book), *(fault for measure in measures.values() for fault in _faults(book, measure))]
    if faults:
        raise TallystickError(*faults)
    return book


def _name_faults(book: Measurebook) -> Iterator[Fault]:
    """Names that become names in SQL are names and nothing else."""
    for unit in book.units.values():
        for name in (unit.id, unit.rows, unit.alias, unit.table, *unit.beside, *unit.evidence):
            if not NAME.fullmatch(name):
                yield Fault("TS151", f"'{name[:40]}' is no name", f"units, {unit.id[:40]}")
    for dimension in book.dimensions.values():
        for column in (*dimension.columns.values(), *dimension.inferred.values(), *dimension.onward.values()):
            if not COLUMN.fullmatch(column):
                yield Fault("TS151", f"'{column[:40]}' is no column (alias.column)", f"dimensions, {dimension.id[:40]}")


def _faults(book: Measurebook, measure: UnitMeasure | CombinedMeasure) -> Iterator[Fault]:
    where = f"measures/{measure.id[:60]}"
    if isinstance(measure, CombinedMeasure):
        for name in (measure.top, measure.bottom):
            if name not in book.measures:
                yield Fault("TS151", f"there is no measure '{name[:60]}'", where)
        return
    if measure.units not in book.units:
        yield Fault("TS151", f"there are no units '{measure.units[:40]}'", where)
        return
    needs = {"share": "variants", "mean": "value", "median": "value", "incidence": "horizons", "concentration": "over"}
    needed = needs.get(measure.estimator)
    if needed and not getattr(measure, needed):
        yield Fault("TS151", f"an estimator '{measure.estimator}' needs `{needed}`", where)
    if measure.over and measure.over not in book.dimensions:
        yield Fault("TS151", f"there is no dimension '{measure.over[:40]}'", where)
    for condition in measure.conditions:
        yield from (Fault("TS151", text, where) for text in _condition_faults(book.units[measure.units], condition))
    outside = [name for condition in measure.where for name in condition.reads]
    for variant in measure.variants:
        read = [name for condition in variant.conditions for name in condition.reads if name != "stay.end"]
        for name in sorted({name for name in read if read.count(name) > 1 or name in outside}):
            yield Fault(
                "TS151", f"{variant.id}: {name} is read twice: what it leaves open would be counted twice", where
            )


def _condition_faults(unit: UnitRule, condition: Condition) -> Iterator[str]:
    for name in (condition.column, condition.differs_from):
        if name and not COLUMN.fullmatch(name):
            yield f"'{name[:40]}' is no column (alias.column)"
    if condition.link and condition.link not in unit.beside:
        yield f"nothing called '{condition.link[:40]}' stands beside {unit.id}"
    asks = (condition.link, condition.fact, condition.still, condition.followed_days is not None, condition.column)
    if sum(bool(one) for one in asks) != 1:
        yield "a condition asks one thing: a column, a link, a fact, whether a stay goes on, or how long it was seen"
