"""How closely can anyone who knows all shown cells work out a hidden one? The margins attack.

Linear programming over the base cells (after Cox 1987; Fischetti and Salazar 2001): all shown cells
hold, every base cell is at least zero; the least and the greatest value of a hidden cell is what an
attacker knows. Every solution found on the way widens what is known to be possible for all cells at
once, and programs that push many cells apart together come first, so that few cells need their own.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable
from math import ceil, floor
from typing import Any

from tallystick.clear.family import Family
from tallystick.clear.solver import quiet_solver

SLACK = 1e-6
INFINITE = 1e30
TOGETHER = 40  # programs that push many cells at once, before cells get programs of their own
WORTH = 0.05  # ... as long as each of them settles this share of what is left


class Attacker:
    """One who knows every cell of a family that is not hidden.

    Args:
        family: the tables.
        hidden: positions of the cells that are not shown.
        whole_numbers: count only tables of whole numbers (exact, slow; for small families).
        knows_truth: start from the true table as the first possible one; without it (tables that
            somebody else published) the first program finds one.
    """

    def __init__(
        self, family: Family, hidden: Collection[int], *, whole_numbers: bool = False, knows_truth: bool = True
    ) -> None:
        import numpy

        self.family = family
        self.hidden = set(hidden)
        self._numpy = numpy
        self._sums = _Sums(family)
        self._model, self._row_of = _model(family, self.hidden, self._sums, whole_numbers=whole_numbers)
        self._fixed_by: dict[int, set[int]] = defaultdict(set)
        for number, cell in enumerate(family.cells):
            if cell.state != "derived" and len(cell.members) == 1 and not cell.minus and number not in self.hidden:
                self._fixed_by[cell.members[0]].add(number)
        self._low = numpy.full(len(family.cells), INFINITE)
        self._high = numpy.full(len(family.cells), -INFINITE)
        self.possible = True
        if knows_truth:
            self._witness(numpy.array(family.base, dtype=float))

    def hide(self, cells: Iterable[int]) -> None:
        """Hide more cells; what was found before stays possible."""
        for number in cells:
            self.hidden.add(number)
            cell = self.family.cells[number]
            if len(cell.members) == 1 and not cell.minus:
                self._unfix(number, cell.members[0])
            elif number in self._row_of:
                self._model.changeRowBounds(self._row_of[number], -INFINITE, INFINITE)

    def _unfix(self, number: int, column: int) -> None:
        still = self._fixed_by[column]
        still.discard(number)
        if not still:  # no other shown cell says the same
            self._model.changeColBounds(column, 0.0, self._sums.most)

    def interval(self, cell: int) -> tuple[int, int]:
        """The least and the greatest whole number that a cell can be."""
        self._push([cell], [1.0])
        self._push([cell], [-1.0])
        return self._seen(cell)

    def is_safe(self, cell: int, width: int) -> bool:
        """True when the cell cannot be narrowed down below `width`."""
        return not self.narrow([cell], width)

    def narrow(self, cells: Iterable[int], width: int) -> list[int]:
        """Those of the cells that can be worked out to within less than `width`."""
        left = [cell for cell in cells if not self._wide(cell, width)]
        chance = random.Random(1)  # noqa: S311 - the same pushes every time: no secret and no result depends on them
        for turn in range(TOGETHER):
            if len(left) < 4:
                break
            before = len(left)
            signs = [1.0 if turn == 0 else chance.choice((-1.0, 1.0)) for _ in left]
            self._push(left, signs)
            self._push(left, [-sign for sign in signs])
            left = [cell for cell in left if not self._wide(cell, width)]
            if turn > 1 and before - len(left) < WORTH * before:
                break
        found = []
        for cell in left:
            for sense in (1.0, -1.0):
                if not self._wide(cell, width):
                    self._push([cell], [sense])
            if not self._wide(cell, width):
                found.append(cell)
        return found

    def _wide(self, cell: int, width: int) -> bool:
        low, high = self._seen(cell)
        return high - low >= max(width, self.family.cells[cell].width)

    def _seen(self, cell: int) -> tuple[int, int]:
        low, high = float(self._low[cell]), float(self._high[cell])
        return (0, 0) if low > high else (ceil(low - SLACK), floor(high + SLACK))

    def _push(self, cells: list[int], senses: list[float]) -> None:
        """One program: the table that makes the signed sum of these cells least."""
        import highspy

        numpy = self._numpy
        cost = numpy.zeros(len(self.family.base))
        for number, sense in zip(cells, senses, strict=True):
            cell = self.family.cells[number]
            cost[list(cell.members)] += sense
            if cell.minus:
                cost[list(cell.minus)] -= sense
        everything = numpy.arange(len(cost), dtype=numpy.int32)
        self._model.changeColsCost(len(cost), everything, cost)
        self._model.run()
        status = self._model.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            self.possible = False
        if status != highspy.HighsModelStatus.kOptimal:
            return  # nothing is learnt: the cell counts as narrow
        self._witness(numpy.array(self._model.getSolution().col_value))

    def _witness(self, table: Any) -> None:
        """A table that agrees with everything shown: all its values are possible ones."""
        values = self._sums.of(table)
        self._numpy.minimum(self._low, values, out=self._low)
        self._numpy.maximum(self._high, values, out=self._high)


class _Sums:
    """Values of all cells from a table of base cells, in one pass."""

    def __init__(self, family: Family) -> None:
        import numpy

        self._numpy = numpy
        lengths = [len(cell.members) + len(cell.minus) for cell in family.cells]
        self.starts = numpy.concatenate(([0], numpy.cumsum(lengths))).astype(numpy.int64)
        self.columns = numpy.array(
            [column for cell in family.cells for column in (*cell.members, *cell.minus)], dtype=numpy.int32
        )
        self.signs = numpy.array(
            [sign for cell in family.cells for sign in (*(1.0,) * len(cell.members), *(-1.0,) * len(cell.minus))]
        )
        self.most = float(sum(family.base)) + 1.0

    def of(self, table: Any) -> Any:
        """Value of every cell."""
        if not len(self.columns):
            return self._numpy.zeros(len(self.starts) - 1)
        running = self._numpy.concatenate(([0.0], self._numpy.cumsum(table[self.columns] * self.signs)))
        return running[self.starts[1:]] - running[self.starts[:-1]]


def _model(family: Family, hidden: set[int], sums: _Sums, *, whole_numbers: bool) -> tuple[Any, dict[int, int]]:
    """Columns are base cells, fixed where a shown cell is just one of them; every other shown cell is a row."""
    import highspy
    import numpy

    lower, upper = numpy.zeros(len(family.base)), numpy.full(len(family.base), sums.most)
    rows: dict[int, int] = {}
    low: list[float] = []
    high: list[float] = []
    starts: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for number, cell in enumerate(family.cells):
        if cell.state == "derived":
            continue
        if len(cell.members) == 1 and not cell.minus:
            if number not in hidden:
                lower[cell.members[0]] = upper[cell.members[0]] = float(cell.units)
            continue
        shown = number not in hidden
        rows[number] = len(rows)
        low.append(float(cell.units) if shown else -INFINITE)
        high.append(float(cell.units) if shown else INFINITE)
        starts.append(len(columns))
        columns += [*cell.members, *cell.minus]
        values += [*(1.0,) * len(cell.members), *(-1.0,) * len(cell.minus)]
    model = quiet_solver()
    count = len(family.base)
    model.addVars(count, lower, upper)
    if rows:
        model.addRows(
            len(rows),
            numpy.array(low),
            numpy.array(high),
            len(columns),
            numpy.array(starts, dtype=numpy.int32),
            numpy.array(columns, dtype=numpy.int32),
            numpy.array(values),
        )
    if whole_numbers:
        model.changeColsIntegrality(
            count, numpy.arange(count, dtype=numpy.int32), numpy.full(count, highspy.HighsVarType.kInteger)
        )
    return model, rows
