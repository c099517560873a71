"""What is counted, out of what, when, under which meaning of the numerator."""

from __future__ import annotations

from typing import Literal

from tallystick.terms.definitions import Shelf, Strict, identity, is_plain, unknown_name
from tallystick.terms.errors import Fault, TallystickError
from tallystick.terms.period import NEAREST_DAYS


class Variant(Strict, frozen=True, kw_only=True):
    """One meaning of the numerator: values along the dimension that count, and those that may.

    `may` are values whose members may or may not belong (a class that merges two).
    """

    id: str
    title: str
    counts: tuple[str, ...]
    may: tuple[str, ...] = ()
    absent: Literal["unknown", "none"] = "unknown"  # what it means when a table does not print one of the values


class Operand(Strict, frozen=True, kw_only=True):
    """One side of a ratio: a sum of printed figures of one block, by their dimensions."""

    title: str
    block: str
    value: str = "count"
    window: Literal["point", "fytd"]
    where: tuple[dict[str, str], ...]
    column_sums: bool = False  # sums over all rows of a list


class Baseline(Strict, frozen=True, kw_only=True):
    """The earlier end of a change: a day, or the same day some years before."""

    id: str
    title: str
    why: str
    at: str = ""
    years_before: int = 0
    within_days: int = NEAREST_DAYS


class Group(Strict, frozen=True, kw_only=True):
    """A sum of figures: which ones, by their dimensions."""

    title: str
    where: tuple[dict[str, str], ...]


class Measure(Strict, frozen=True, kw_only=True):
    """``measures/<family>/<id>.toml``: nothing loads without unit, population, denominator, window."""

    id: str
    title: str
    reads_aloud: str
    basis: Literal["figures"]
    estimator: Literal["share", "share_of_change", "change_of_share", "outside_share", "ratio"]
    unit: str
    value_unit: Literal["fraction", "ratio", "usd/day"]
    population: str
    denominator: str
    window: Literal["point", "fytd", "month", "quarter", "fiscal_year"]
    date_of_status: str
    cannot_say: tuple[str, ...]
    agency: str
    block: str = ""
    value: str = "count"
    along: str = ""
    whole: str = ""
    where: dict[str, str] = {}
    split: tuple[str, ...] = ()
    split_words: dict[str, str] = {}
    variants: tuple[Variant, ...]
    of: str = ""
    baselines: tuple[Baseline, ...] = ()
    part: Group | None = None
    other: Group | None = None
    all: Group | None = None
    numerator: Operand | None = None
    divisor: Operand | None = None
    within_days: int = 10

    @property
    def statistic(self) -> str:
        """The word of the cells contract for what is computed."""
        return {
            "share": "share",
            "outside_share": "share",
            "share_of_change": "ratio",
            "change_of_share": "difference",
            "ratio": "ratio",
        }[self.estimator]

    def variant(self, name: str) -> Variant:
        """The variant called `name`.

        Raises:
            TallystickError: TS103, naming the variants there are.
        """
        for variant in self.variants:
            if variant.id == name:
                return variant
        raise unknown_name(
            "TS103",
            f"variant of {self.id}",
            name,
            [entry.id for entry in self.variants],
            "tallystick explain --measure " + self.id,
        )


def measure_names(shelf: Shelf) -> dict[str, str]:
    """Id of every measure of printed figures -> definition file, in order."""
    return {
        name.removeprefix("measures/"): f"{name}.toml"
        for name, path in shelf.files("measures").items()
        if shelf.parsed(path).get("basis") != "records"
    }


def read_measure(shelf: Shelf, name: str) -> Measure:
    """One measure by id.

    Raises:
        TallystickError: TS102 for an unknown name, TS151 for faults of its file.
    """
    file = f"measures/{name}.toml"
    if not (is_plain(name) and shelf.holds(file) and shelf.parsed(shelf.path(file)).get("basis") != "records"):
        command = 'tallystick sql "select distinct measure from cells"'
        raise unknown_name("TS102", "measure", name, measure_names(shelf), command)
    measure = shelf.read(file, Measure)
    _check(measure, file)
    return measure


def _check(measure: Measure, file: str) -> None:
    needs = {
        "share": ("block", "along", "whole"),
        "share_of_change": ("of", "baselines"),
        "change_of_share": ("of", "baselines"),
        "outside_share": ("block", "part", "other", "all"),
        "ratio": ("numerator", "divisor"),
    }[measure.estimator]
    missing = [name for name in needs if not getattr(measure, name)]
    if missing:
        raise TallystickError(
            Fault(
                "TS151",
                f"an estimator '{measure.estimator}' needs {', '.join(missing)}",
                where=file,
                fix="Add the keys named above.",
            )
        )


def definition_hash(shelf: Shelf, measure: Measure) -> str:
    """Identity of a measure and of the measure it is built on."""
    return identity(measure, read_measure(shelf, measure.of) if measure.of else None)
