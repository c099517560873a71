"""How cells are called: the same set of the same answer has the same name, in whatever table it stands."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.clear.axes import answer_label, period_label, place_label
from tallystick.clear.family import TOTAL
from tallystick.clear.rounding import is_dominated
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.measures.cell import Cell

ANSWERS = ("yes", "unknown", "no")
Key = tuple[str, ...]


def seen_people(cell: Cell, rules: DisclosureRules | None = None) -> int | None:
    """Person keys behind a cell; a sum that one person dominates counts as one person."""
    percent = (rules or disclosure_rules()).thresholds.least_rest_percent
    return 1 if cell.largest and is_dominated(cell.largest, percent) else cell.people


def named_counts(cell: Cell, classes: tuple[str, ...], rules: DisclosureRules) -> Iterator[tuple[Key, int | None, int]]:
    """The four counts of a cell under their names, with the person keys behind each."""
    if cell.numerator is None or cell.denominator is None:
        counts: tuple[int | None, ...] = (None, None, None, None)
    else:
        yes, most, whole = (int(part) for part in (cell.numerator.lower, cell.numerator.upper, cell.denominator.lower))
        counts = (whole, yes, most - yes, whole - most)
    splits = tuple(f"{name}={label}" for name, label in sorted(cell.split))
    people = seen_people(cell, rules)
    where = (place_label(cell), period_label(cell), *splits)
    for names, count in zip((frozenset(classes), *class_sets(cell, classes)), counts, strict=True):
        # where no class may count, there is nothing to show and nothing to hide: the whole stands for it
        label, shown = (answer_label(names, classes), count) if names else (TOTAL, counts[0])
        system = "" if label == TOTAL else "/".join(system_of(cell))
        keys = 0 if shown is None else shown if people is None else min(shown, max(people, 1 if shown else 0))
        yield (system, label, *where), shown, keys


def order_of(cell: Cell) -> tuple[object, ...]:
    """One order of cells, whatever order they come in."""
    return (
        cell.measure, cell.variant, cell.place_type, cell.place, cell.period_start, cell.period_end, cell.split,
    )  # fmt: skip


def system_of(cell: Cell) -> Key:
    """Which classes a numerator is made of; a measure without classes is a system of its own."""
    return ("classes", *sorted(cell.classes)) if cell.classes else (cell.measure, cell.variant)


def class_sets(cell: Cell, classes: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Classes known to count, that may count, and that do not."""
    yes = frozenset(cell.counts) if cell.classes else frozenset(["yes"])
    maybe = frozenset(cell.may) if cell.classes else frozenset(["unknown"])
    return yes, maybe, frozenset(classes) - yes - maybe


def is_plain_nation(cell: Cell) -> bool:
    """True for the nation without any split."""
    return cell.place_type == "nation" and not cell.split


def is_whole(cell: Cell) -> bool:
    """True when all counts are whole numbers out of a whole that is known."""
    ends = [end for bound in (cell.numerator, cell.denominator) if bound for end in (bound.lower, bound.upper)]
    pointed = cell.denominator is None or cell.denominator.is_point  # an open whole is no table of counts
    return pointed and all(end.denominator == 1 for end in ends)
