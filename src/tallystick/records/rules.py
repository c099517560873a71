"""Named rules: which rows tell one arrest twice, which stints make a stay, which rows belong together.

Each is a definition with its origin; which one is used is part of every figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, TypeVar

from tallystick.records.acting import NAME, By, Value, filled
from tallystick.terms.definitions import Shelf, Strict, identity, unknown_name
from tallystick.terms.errors import Fault, TallystickError

DAY = 86400  # seconds
Table = Literal["arrests", "detainers", "encounters", "stints", "removals", "stays", "rca"]


class Origin(Strict, frozen=True, kw_only=True):
    """Who uses a rule, and where that can be read."""

    who: str
    where: str
    seen: str


class Step(Strict, frozen=True, kw_only=True):
    """One act of a duplicate rule; a later step looks only at rows that speak after the earlier ones.

    `blank` says whether rows with an empty cell in `same` are alike or stand apart. `same` may be ``["*"]`` (every
    column of the release) or ``["*", "-bond_posted_amount", …]`` (every one but those).
    """

    act: Literal["repeats", "episodes", "overlaps"]
    same: tuple[str, ...] = ()
    without_key: Literal["kept", "alike", "as_named"] = "kept"
    same_without_key: tuple[str, ...] = ()
    blank: Literal["alike", "apart"] = "alike"
    within_seconds: int = 0
    within_days: int = 0
    follows: tuple[By, ...] = ()
    speaks: tuple[By, ...]


class DuplicateRule(Strict, frozen=True, kw_only=True):
    """``us-ice/duplicates/<table>-<id>.toml``."""

    id: str
    table: Table
    title: str
    why: str
    origins: tuple[Origin, ...]
    steps: tuple[Step, ...] = ()
    drops: bool = True
    rows_without_key: Literal["kept", "left_out"] = "kept"
    default: bool = False
    caution: str = ""


class StayRule(Strict, frozen=True, kw_only=True):
    """``us-ice/stays/<id>.toml``."""

    id: str
    title: str
    why: str
    origins: tuple[Origin, ...]
    act: Literal["stays_as_released", "stays_by_gap"]
    gap_seconds: int = 0
    default: bool = False
    caution: str = ""


class LinkRule(Strict, frozen=True, kw_only=True):
    """``us-ice/links/<id>.toml``: the right row comes `least` to `most` after the left one.

    Without `most` it may come however late, without `least` however early.
    """

    id: str
    left: Table
    right: Table
    left_moment: Literal["begins", "ends"] = "begins"
    right_moment: Literal["begins", "ends"] = "begins"
    title: str
    why: str
    origins: tuple[Origin, ...]
    unit: Literal["seconds", "days"]
    least: int | None = None
    most: int | None = None
    prefers: Literal["nearest", "earliest", "latest"]
    each_left_once: bool
    each_right_once: bool
    also: tuple[str, ...] = ()
    default: bool = False
    caution: str = ""

    @property
    def pair(self) -> str:
        """What is linked: ``arrests-stays``."""
        return f"{self.left}-{self.right}"

    @property
    def scale(self) -> int:
        """Seconds in one unit of the window."""
        return DAY if self.unit == "days" else 1

    @property
    def earliest(self) -> int | None:
        """The window's beginning, in seconds; None where the rule sets none."""
        return None if self.least is None else self.least * self.scale

    @property
    def latest(self) -> int | None:
        """The window's end, in seconds; None where the rule sets none."""
        return None if self.most is None else self.most * self.scale


Rule = TypeVar("Rule", DuplicateRule, StayRule, LinkRule)


class Rulebook(Strict, frozen=True, kw_only=True):
    """All rules of an agency."""

    duplicates: tuple[DuplicateRule, ...]
    stays: tuple[StayRule, ...]
    links: tuple[LinkRule, ...]

    def duplicate_rules(self, table: str) -> tuple[DuplicateRule, ...]:
        """The duplicate rules for one table, the default one first."""
        return _default_first(rule for rule in self.duplicates if rule.table == table)

    def link_rules(self, pair: str) -> tuple[LinkRule, ...]:
        """The link rules for one pair of tables, the default one first."""
        return _default_first(rule for rule in self.links if rule.pair == pair)

    @property
    def stay_rules(self) -> tuple[StayRule, ...]:
        """The stay rules, the default one first."""
        return _default_first(self.stays)

    @property
    def pairs(self) -> tuple[str, ...]:
        """Every pair of tables that some rule links."""
        return tuple(sorted({rule.pair for rule in self.links}))

    @property
    def hash(self) -> str:
        """Identity of all rules together."""
        return identity(self)


def _default_first(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=lambda rule: (not rule.default, rule.id)))


def chosen(rules: Iterable[Rule], name: str, what: str) -> Rule:
    """A rule by name, or the default one.

    Raises:
        TallystickError: TS180 when there is none of this name.
    """
    known = {rule.id: rule for rule in rules}
    if not name:
        return next(iter(known.values()))
    if name not in known:
        raise unknown_name("TS180", what, name, known, "tallystick measure list --rules")
    return known[name]


@lru_cache(maxsize=4)
def rulebook(shelf: Shelf, agency: str = "us-ice") -> Rulebook:
    """Read all rules of an agency.

    Raises:
        TallystickError: TS151 with the faults of a file.
    """

    def read(folder: str, kind: type[Rule]) -> tuple[Rule, ...]:
        files = shelf.files(f"{agency}/{folder}")
        return tuple(shelf.read_path(path, kind) for path in files.values())

    book = Rulebook(
        duplicates=read("duplicates", DuplicateRule), stays=read("stays", StayRule), links=read("links", LinkRule)
    )
    _check(book)
    return book


def _check(book: Rulebook) -> None:
    faults = []
    groups: dict[str, list[DuplicateRule | StayRule | LinkRule]] = {}
    every: list[DuplicateRule | StayRule | LinkRule] = [*book.duplicates, *book.stays, *book.links]
    for rule in every:
        group = rule.table if isinstance(rule, DuplicateRule) else rule.pair if isinstance(rule, LinkRule) else "stays"
        groups.setdefault(f"{type(rule).__name__} {group}", []).append(rule)
        if not rule.origins:
            faults.append(Fault("TS151", "a rule needs at least one origin", rule.id))
    for group, rules in sorted(groups.items()):
        defaults = [rule.id for rule in rules if rule.default]
        if len(defaults) != 1:
            faults.append(Fault("TS151", f"exactly one rule is to be the default, not {len(defaults)}", group))
        twice = sorted({rule.id for rule in rules if sum(other.id == rule.id for other in rules) > 1})
        faults += [Fault("TS151", f"two rules are called '{name}'", group) for name in twice]
    for link in book.links:
        faults += [
            Fault("TS151", f"'{name[:40]}' is no name of a column", link.id)
            for name in link.also
            if not NAME.fullmatch(name)
        ]
        if link.least is not None and link.most is not None and link.most < link.least:
            faults.append(Fault("TS151", "the window ends before it begins", link.id))
    if faults:
        raise TallystickError(*faults)


def step_sql(step: Step, columns: Iterable[str], source: str) -> str:
    """The SQL of one step over the rows that are still there.

    Args:
        step: the step.
        columns: every column in which two rows of the table can differ, the key and the place in the file left out.
        source: name of the table that holds the rows.
    """
    every = tuple(columns)
    speaks = (*step.speaks, By(by="record"))
    if step.act == "episodes":
        values: Mapping[str, Value] = {
            "within": step.within_seconds,
            "within_days": step.within_days * DAY,
            "follows": (*step.follows, By(by="record")),
            "speaks": speaks,
        }
        return filled("episodes", values, {"records": source})
    same = _columns(step.same, every)
    apart = same if step.blank == "apart" else ("record",)  # a record is never empty
    if step.act == "overlaps":
        return filled("overlaps", {"same": same, "apart": apart, "speaks": speaks}, {"records": source})
    unkeyed = {"kept": ("record",), "alike": same, "as_named": _columns(step.same_without_key, every)}
    return filled(
        "repeats",
        {"same": same, "apart": apart, "same_without_key": unkeyed[step.without_key], "speaks": speaks},
        {"records": source},
    )


def _columns(named: tuple[str, ...], every: tuple[str, ...]) -> tuple[str, ...]:
    left_out = {name.removeprefix("-") for name in named if name.startswith("-")}
    own = tuple(name for name in named if name != "*" and not name.startswith("-"))
    return tuple(name for name in every if name not in left_out) if "*" in named else own
