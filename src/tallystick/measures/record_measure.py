"""What is counted in records, under which named rules."""

from __future__ import annotations

from typing import Literal

from tallystick.terms.definitions import Shelf, Strict, unknown_name
from tallystick.terms.errors import Fault, TallystickError


class RecordMeasure(Strict, frozen=True, kw_only=True):
    """``measures/counts/<id>.toml``: a count of records under the rules of an agency.

    `counts` is a table, or ``stays``, or a pair of tables (``arrests-stays``): then the rows of the left table
    that are linked to one of the right.
    """

    id: str
    title: str
    reads_aloud: str
    basis: Literal["records"]
    estimator: Literal["count"]
    unit: str
    value_unit: Literal["records"]
    population: str
    denominator: str
    window: Literal["release"]
    date_of_status: str
    cannot_say: tuple[str, ...]
    counts: str

    @property
    def is_pair(self) -> bool:
        """Whether links are counted."""
        return "-" in self.counts

    @property
    def tables(self) -> tuple[str, ...]:
        """The record tables that are needed."""
        sides = self.counts.split("-") if self.is_pair else [self.counts]
        return tuple("stints" if side == "stays" else side for side in sides)


def record_measures(shelf: Shelf) -> dict[str, RecordMeasure]:
    """Every measure of records, by id."""
    found = {}
    for path in shelf.files("measures").values():
        if "counts" in shelf.parsed(path):
            measure = shelf.read_path(path, RecordMeasure)
            if len(measure.tables) > 2:
                raise TallystickError(Fault("TS151", "`counts` names more than two tables", measure.id))
            found[measure.id] = measure
    return found


def record_measure(shelf: Shelf, name: str) -> RecordMeasure:
    """One measure by id, or by the last part of it.

    Raises:
        TallystickError: TS102 for an unknown name.
    """
    known = record_measures(shelf)
    short = {measure.id.rsplit("/", 1)[-1]: measure for measure in known.values()}
    found = known.get(name) or short.get(name)
    if found is None:
        raise unknown_name("TS102", "measure", name, [*known], "tallystick measure list")
    return found
