"""Populations of every shape against an attacker that shares no code with the gate.

People are invented one by one. The attacker knows which kinds of people there can be and every number
shown, and asks a solver for the least and the greatest number of people behind each hidden count of 1
to 10 and behind each small difference of two nested cells. Nothing may be narrower than the width.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

import numpy
import pytest

from tallystick.clear.disclosure import clear_together
from tallystick.clear.solver import quiet_solver
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound, point
from tests.conftest import SEEDS

LEAST, WIDTH, TRIED = 11, 5, 60
CUTS = [date(2024, 10, 1), date(2025, 1, 1), date(2025, 4, 1), date(2025, 5, 1), date(2025, 7, 1), date(2025, 10, 1)]
PERIODS = {
    "Q1": (0, 1),
    "Q2": (1, 2),
    "FY": (0, 5),
    "H1": (0, 2),
    "APR": (0, 3),
    "JUN": (0, 4),
    "Q3": (2, 4),
    "CY": (1, 5),
}
CLASSES = {"x": ("conv", "oth", "pend", "unrec"), "y": ("high", "low", "na")}
VARIANTS = {
    "x": {"convicted": (("conv",), ("unrec",)), "charged": (("conv", "pend"), ("unrec",)), "other": (("oth",), ())},
    "y": {"low": (("low",), ("na",))},
}
PLACES = {
    "nation": ["US"], "area": ["North", "South"], "state": ["S0", "S1", "S2"],
    "county": [f"S{s}c{c}" for s in range(3) for c in range(2)],
    "facility": [f"{area}f{f}" for area in ("North", "South") for f in range(2)],
}  # fmt: skip
WITHIN = {("county", name): ("state", name[:2]) for name in PLACES["county"]} | {
    ("facility", name): ("area", name[:5]) for name in PLACES["facility"]
}


@dataclass(frozen=True)
class Person:
    """One invented person; places may be missing."""

    state: str
    county: str
    area: str
    facility: str
    when: int
    x: str
    y: str
    sex: str
    age: str


@dataclass(frozen=True)
class Asked:
    """One cell that is published: which place, period, measure, variant and split."""

    kind: str
    place: str
    period: str
    measure: str
    variant: str
    split: tuple[tuple[str, str], ...]

    def parts(self, person: Person) -> tuple[int, int, int, int]:
        """Whether a person counts in the whole, as yes, as unknown, as no."""
        first, last = PERIODS[self.period]
        inside = (self.kind == "nation" or getattr(person, self.kind) == self.place) and first <= person.when < last
        if not inside or any(getattr(person, name) != label for name, label in self.split):
            return (0, 0, 0, 0)
        counts, may = VARIANTS[self.measure][self.variant]
        own = getattr(person, self.measure)
        return (1, int(own in counts), int(own in may), int(own not in counts + may))

    def cell(self, tally: Sequence[int], keys: int) -> Cell:
        whole, yes, unknown, _ = tally
        first, last = PERIODS[self.period]
        counts, may = VARIANTS[self.measure][self.variant]
        return Cell(
            f"who/{self.measure}", "h", "s", "records", "share", "arrest", "fraction", self.variant,
            CUTS[first], CUTS[last] - timedelta(days=1), self.split,
            Bound(Fraction(yes, whole), Fraction(yes + unknown, whole)) if whole else None,
            Bound(Fraction(yes), Fraction(yes + unknown)), point(whole), "ok", "",
            place_type=self.kind, place=self.place, people=max(1, whole // keys), population="p",
            classes=CLASSES[self.measure], counts=counts, may=may,
        )  # fmt: skip


class World:
    """One invented population and what is published about it."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.kinds = chance.choice(
            (["state"], ["state", "county"], ["area", "state"], ["area", "facility"], ["area", "state", "county"])
        )
        self.incomplete = chance.random() < 0.3
        self.splits = chance.choice(([], [], ["sex"], ["sex", "age"]))
        self.periods = chance.choice(
            (["FY"], ["Q1", "Q2", "FY"], ["H1", "APR"], ["FY", "H1"], ["H1", "JUN", "FY"], ["H1", "APR", "CY"])
        )
        self.variants = chance.choice((["convicted"], ["convicted", "charged"], ["convicted", "other"]))
        self.two = chance.random() < 0.3
        self.missing = chance.choice((0, 0, 0.1, 0.3))
        self.people = [self._person() for _ in range(chance.choice((100, 300, 900, 2500)))]
        self.keys = chance.choice((1, 1, 2))
        self.asked = [entry for entry in self._everything() if chance.random() >= self.missing]

    def _person(self) -> Person:
        chance = self.chance
        state, area = f"S{min(int(chance.expovariate(1.2)), 2)}", chance.choice(("North", "South", "South"))
        county = f"{state}c{min(int(chance.expovariate(1.3)), 1)}"
        facility = f"{area}f{min(int(chance.expovariate(1.3)), 1)}"
        if self.incomplete and chance.random() < 0.08:
            state = county = ""
        if self.incomplete and chance.random() < 0.05:
            area = facility = ""
        return Person(
            state, county, area, facility, chance.choice((0, 0, 1, 2, 2, 3, 4)),
            chance.choice((*CLASSES["x"], "conv", "oth")), chance.choice(CLASSES["y"]), chance.choice("ffm"),
            chance.choice("yo"),
        )  # fmt: skip

    def _everything(self) -> list[Asked]:
        found = []
        for measure in ("x", "y") if self.two else ("x",):
            for variant in self.variants if measure == "x" else ["low"]:
                for period in self.periods:
                    for kind in ("nation", *self.kinds):
                        splits: list[tuple[tuple[str, str], ...]] = [()]
                        if kind != "county" and measure == "x":
                            splits += [
                                ((name, label),) for name in self.splits for label in ("fm", "yo")[name == "age"]
                            ]
                        found += [Asked(kind, p, period, measure, variant, s) for p in PLACES[kind] for s in splits]
        return found

    @cached_property
    def kinds_of_people(self) -> list[Person]:
        """Every kind of person there can be, as the attacker knows the places."""
        states = [(name[:2], name) for name in PLACES["county"]] + ([("", "")] if self.incomplete else [])
        areas = [(name[:5], name) for name in PLACES["facility"]] + ([("", "")] if self.incomplete else [])
        if not {"state", "county"} & set(self.kinds):
            states = states[:1]
        if not {"area", "facility"} & set(self.kinds):
            areas = areas[:1]
        return [
            Person(state, county, area, facility, when, x, y, sex, age)
            for state, county in states
            for area, facility in areas
            for when in range(5)
            for x in CLASSES["x"]
            for y in (CLASSES["y"] if self.two else CLASSES["y"][:1])
            for sex in ("fm" if "sex" in self.splits else "f")
            for age in ("yo" if "age" in self.splits else "y")
        ]

    def published(self) -> tuple[list[list[int]], list[bool], list[str]]:
        """Tallies of all cells, which of them are shown, and how they were cleared."""
        tallies = [[sum(parts) for parts in zip(*(a.parts(p) for p in self.people), strict=True)] for a in self.asked]
        cells = [asked.cell(tally, self.keys) for asked, tally in zip(self.asked, tallies, strict=True)]
        (done,) = clear_together([MeasuredCells(tuple(cells))], within=WITHIN)
        return tallies, [cell.numerator is not None for cell in done.cells], [r.method for r in done.clearances]


class Attacker:
    """One who knows all shown numbers and nothing else."""

    def __init__(self, world: World, tallies: list[list[int]], shown: list[bool]) -> None:
        table = numpy.array([[asked.parts(kind) for kind in world.kinds_of_people] for asked in world.asked])
        rows = table.transpose(0, 2, 1).reshape(len(world.asked) * 4, -1)
        _, kept = numpy.unique(rows.T, axis=0, return_index=True)  # kinds that no cell tells apart are one
        self.rows = rows[:, numpy.sort(kept)]
        self.values = [value for tally in tallies for value in tally]
        self.shown = [visible for visible in shown for _ in range(4)]
        self.count = self.rows.shape[1]
        self.model = quiet_solver()
        self.model.addVars(self.count, numpy.zeros(self.count), numpy.full(self.count, 1e6))
        for row in range(len(self.rows)):
            if self.shown[row]:
                columns = numpy.flatnonzero(self.rows[row]).astype(numpy.int32)
                value = float(self.values[row])
                self.model.addRow(value, value, len(columns), columns, numpy.ones(len(columns)))

    def width(self, weights: numpy.ndarray) -> int:
        """How many whole numbers are possible, less one."""
        ends = []
        for sense in (1.0, -1.0):
            everything = numpy.arange(self.count, dtype=numpy.int32)
            self.model.changeColsCost(self.count, everything, sense * weights.astype(float))
            self.model.run()
            ends.append(sense * self.model.getInfo().objective_function_value)
        return math.floor(ends[1] + 1e-5) - math.ceil(ends[0] - 1e-5)

    def found(self, world: World) -> list[str]:
        """Small counts that are shown or can be worked out, and small differences of nested cells."""
        plain = [a.kind == "nation" and not a.split for a in world.asked for _ in range(4)]
        small = [row for row, value in enumerate(self.values) if 0 < value < LEAST]
        broken = [f"shown: {world.asked[row // 4]}" for row in small if self.shown[row] and not plain[row]]
        broken += [
            f"worked out: {world.asked[row // 4]}"
            for row in small
            if not self.shown[row] and self.width(self.rows[row]) < WIDTH
        ]
        rows = self.rows.astype(int)
        overlap = rows @ rows.T
        sizes = numpy.diag(overlap)
        pairs = [
            (outer, inner)
            for outer in range(len(rows))
            for inner in numpy.flatnonzero((overlap[outer] == sizes) & (sizes < sizes[outer]) & (sizes > 0))
            if 0 < self.values[outer] - self.values[inner] < LEAST and not (plain[outer] and plain[inner])
        ]
        both = [pair for pair in pairs if self.shown[pair[0]] and self.shown[pair[1]]]
        broken += [f"differ: {world.asked[outer // 4]} less {world.asked[inner // 4]}" for outer, inner in both]
        others = [pair for pair in pairs if not (self.shown[pair[0]] and self.shown[pair[1]])]
        world.chance.shuffle(others)
        broken += [
            f"differ: {world.asked[outer // 4]} less {world.asked[inner // 4]}"
            for outer, inner in others[:TRIED]
            if self.width(rows[outer] - rows[inner]) < WIDTH
        ]
        return broken


def attacked(seed: int) -> tuple[list[str], int, int, list[str]]:
    """What was broken, how many cells there are, how many are shown, and how they were cleared."""
    world = World(seed)
    tallies, shown, methods = world.published()
    return Attacker(world, tallies, shown).found(world), len(shown), sum(shown), methods


@pytest.mark.parametrize("seed", range(2 * SEEDS if SEEDS <= 5 else 10))
def test_populations_of_every_shape_give_nothing_away(seed: int) -> None:
    broken, cells, _, methods = attacked(seed)
    assert [] == broken
    assert cells > 0
    assert not any("no tables" in method for method in methods)  # else nothing was tried


@pytest.mark.soak
@pytest.mark.parametrize("start", range(100, 400, 20))
def test_three_hundred_populations_of_every_shape_give_nothing_away(start: int) -> None:
    for seed in range(start, start + 20):
        assert [] == attacked(seed)[0], seed


def test_this_attacker_breaks_what_only_hides_small_cells() -> None:
    world = World(3)
    tallies, _, _ = world.published()
    shown = [not any(0 < value < LEAST for value in tally) for tally in tallies]
    assert Attacker(world, tallies, shown).found(world)
