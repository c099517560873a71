"""Which comparisons are declared: what is laid beside what, over which days, told apart by what.

A comparison is a definition (``<agency>/comparisons/<id>.toml``); a new one is no code.
"""

from __future__ import annotations

from typing import Literal

from tallystick.terms.definitions import Shelf, Strict, shown_path, unknown_name
from tallystick.terms.errors import Fault, TallystickError


class Cited(Strict, frozen=True, kw_only=True):
    """Where a number comes from."""

    title: str
    publisher: str
    date: str
    page: str = ""
    confidence: Literal["read", "recalled"] = "read"


class Decompose(Strict, frozen=True, kw_only=True):
    """A change of a share, told apart into the mix of some factors and the shares within their classes.

    Attributes:
        before: a day (figures: the issue nearest to it), or first and last day (records).
        after: the same for the later period; ``latest`` takes the newest issue, or the last fiscal year.
        factors: dimensions; for figures, names of the split of the measure.
        whole: for figures: the class of the split that stands for everybody.
        only: for figures: a class of the split, to look at it by itself.
        says: the share in words, as in "The {says} fell".
        mix: each factor in words, as in "4 points lie in {mix}".
        within: what is left, in words.
    """

    id: str
    kind: Literal["decomposition"]
    title: str
    basis: Literal["figures", "records"]
    measure: str
    variant: str
    before: str = ""
    after: str = ""
    factors: tuple[str, ...]
    whole: dict[str, str] = {}
    only: dict[str, str] = {}
    says: str
    mix: dict[str, str]
    within: str
    cannot_say: tuple[str, ...]


class Change(Strict, frozen=True, kw_only=True):
    """A series, and where it moved; `marks` are policies whose first days are laid beside what was found."""

    id: str
    kind: Literal["change"]
    title: str
    basis: Literal["figures", "records"]
    measure: str
    variant: str
    split: dict[str, str] = {}
    period: Literal["", "month", "quarter"] = ""
    marks: tuple[str, ...] = ()
    says: str
    seams: tuple[str, ...] = ()
    cannot_say: tuple[str, ...]


class Outcome(Strict, frozen=True, kw_only=True):
    """One outcome of an even-handedness comparison; `within` replaces the situation of the comparison."""

    measure: str
    variant: str
    title: str
    within: tuple[str, ...] | None = None


class Gaps(Strict, frozen=True, kw_only=True):
    """Outcomes of groups in the same recorded situation, laid beside each other.

    Attributes:
        groups: the dimension whose classes are the groups.
        reference: the group that others are laid beside.
        grouping: name of a group -> the classes that make it up; empty where each class is a group.
        others: name of the group of all recorded classes that no group names; '' leaves them out.
        within: dimensions that make up the situation.
        clusters: kind of place whose cases resemble each other.
    """

    id: str
    kind: Literal["gap"]
    title: str
    basis: Literal["records"]
    groups: str
    reference: str
    grouping: dict[str, tuple[str, ...]] = {}
    others: str = ""
    within: tuple[str, ...]
    clusters: str = "area"
    outcomes: tuple[Outcome, ...]
    not_measured: tuple[str, ...]
    cannot_say: tuple[str, ...]


class ToolAudit(Strict, frozen=True, kw_only=True):
    """A tool that recommends, audited on the rows of its own decisions.

    Attributes:
        cells: dimensions that make up a risk cell.
        version: the dimension that names the version of the scoring.
        vulnerability: the dimension of vulnerabilities; `none_of_these` are its values for none.
        recommendation: measure and variant of what the tool recommends; `decision` of what was decided.
        officer: measure and variant of officers who agree, `supervisor` the same.
        release: measure and variant of decisions to release, `recommends_release` of recommendations to.
        completed: measure and variant of stays with an assessment.
    """

    id: str
    kind: Literal["tool"]
    title: str
    basis: Literal["records"]
    cells: tuple[str, ...]
    version: str
    vulnerability: str
    none_of_these: tuple[str, ...]
    recommendation: str
    decision: str
    officer: str
    supervisor: str
    completed: str
    asks: str
    decides: str
    cannot_say: tuple[str, ...]


class OperatingPoint(Strict, frozen=True, kw_only=True):
    """A published error rate of a search in a gallery, or of one comparison; empty where the test does not say."""

    id: str
    title: str
    gallery: int = 0
    false_alarms: str = ""
    false_match: str = ""
    misses: str = ""
    candidates: int = 0
    source: Cited


class ErrorGroup(Strict, frozen=True, kw_only=True):
    """Published error rates of one group of people in a test."""

    name: str
    false_match: float
    misses: float


class Screening(Strict, frozen=True, kw_only=True):
    """What a search of faces or fingerprints is expected to get wrong: an illustration, never an observation."""

    id: str
    kind: Literal["screening"]
    title: str
    basis: Literal["illustration"]
    searches: int
    galleries: tuple[int, ...]
    in_gallery: tuple[float, ...]
    points: tuple[OperatingPoint, ...]
    groups: tuple[ErrorGroup, ...] = ()
    groups_from: Cited | None = None
    cannot_say: tuple[str, ...]


class Incidence(Strict, frozen=True, kw_only=True):
    """How many stays have ended in each way by so many days, open stays included: a curve for each way."""

    id: str
    kind: Literal["incidence"]
    title: str
    basis: Literal["records"]
    measure: str
    says: str
    cannot_say: tuple[str, ...]


class Policies(Strict, frozen=True, kw_only=True):
    """The same records under several written policies: the share inside each, and which field would settle the rest."""

    id: str
    kind: Literal["policies"]
    title: str
    basis: Literal["records"]
    unit: str
    policies: tuple[str, ...]
    cannot_say: tuple[str, ...]


Comparison = Decompose | Change | Gaps | ToolAudit | Screening | Policies | Incidence
KINDS: dict[str, type[Comparison]] = {
    "decomposition": Decompose,
    "change": Change,
    "gap": Gaps,
    "tool": ToolAudit,
    "screening": Screening,
    "policies": Policies,
    "incidence": Incidence,
}


def comparisons(shelf: Shelf, agency: str = "us-ice") -> dict[str, Comparison]:
    """Every declared comparison, by id.

    Raises:
        TallystickError: TS151 with the faults of a file.
    """
    found = {}
    for path in shelf.files(f"{agency}/comparisons").values():
        kind = shelf.parsed(path).get("kind")
        if kind not in KINDS:
            raise TallystickError(
                Fault("TS151", f"a comparison has a kind: {', '.join(KINDS)}", where=shown_path(path))
            )
        one = shelf.read_path(path, KINDS[str(kind)])
        found[one.id] = one
    return found


def comparison(shelf: Shelf, name: str, agency: str = "us-ice") -> Comparison:
    """One comparison by id.

    Raises:
        TallystickError: TS102 for an unknown name.
    """
    known = comparisons(shelf, agency)
    if name not in known:
        raise unknown_name("TS102", "comparison", name, known, "tallystick compare list")
    return known[name]
