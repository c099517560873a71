"""How closely can anyone who knows all shown cells work out a hidden one? The margins attack.

Linear programming over the base cells (after Cox 1987; Fischetti and Salazar 2001): all shown cells
hold, every base cell is at least zero; the least and the greatest value of a hidden cell is what an
attacker knows. Solutions found on the way serve as witnesses, so that most cells need no program of
their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import ceil, floor
from typing import Any

from tallystick.clear.family import Family
from tallystick.clear.solver import quiet_solver

SLACK = 1e-6
INFINITE = 1e30


class Attacker:
    """One who knows every cell of a family that is not hidden."""

    def __init__(self, family: Family, hidden: Collection[int], *, whole_numbers: bool = False) -> None:
        self.family = family
        self.hidden = set(hidden)
        self._model, self._row_of = _model(family, self.hidden, whole_numbers=whole_numbers)
        self._witnesses: list[list[float]] = [[float(value) for value in family.base]]

    def forget_truth(self) -> None:
        """Start without the true table as a witness: for tables whose hidden values are not known to us."""
        self._witnesses.clear()

    def hide(self, cells: Iterable[int]) -> None:
        """Hide more cells; what was found before stays possible."""
        for cell in cells:
            self.hidden.add(cell)
            row = self._row_of.get(cell)
            if row is not None:
                self._model.changeRowBounds(row, -INFINITE, INFINITE)

    def seen(self, cell: int) -> tuple[int, int]:
        """The range already proven possible by solutions found so far."""
        values = [sum(witness[member] for member in self.family.cells[cell].members) for witness in self._witnesses]
        if not values:
            return self.interval(cell)
        return ceil(min(values) - SLACK), floor(max(values) + SLACK)

    def interval(self, cell: int) -> tuple[int, int]:
        """The least and the greatest value a cell can have."""
        return self._extreme(cell, 1.0), self._extreme(cell, -1.0)

    def is_safe(self, cell: int, width: int) -> bool:
        """True when the cell cannot be narrowed down below `width`."""
        low, high = self.seen(cell)
        if high - low >= width:
            return True
        low = min(low, self._extreme(cell, 1.0))
        if high - low >= width:
            return True
        return max(high, self._extreme(cell, -1.0)) - low >= width

    def _extreme(self, cell: int, sense: float) -> int:
        import numpy

        members = numpy.array(self.family.cells[cell].members, dtype=numpy.int32)
        self._model.changeColsCost(len(members), members, numpy.full(len(members), sense))
        self._model.run()
        values = list(self._model.getSolution().col_value)
        self._model.changeColsCost(len(members), members, numpy.zeros(len(members)))
        self._witnesses.append(values)
        if len(self._witnesses) > 400:
            del self._witnesses[1]
        found = float(sum(values[member] for member in members))
        return ceil(found - SLACK) if sense > 0 else floor(found + SLACK)


def _model(family: Family, hidden: set[int], *, whole_numbers: bool) -> tuple[Any, dict[int, int]]:
    import highspy
    import numpy

    model = quiet_solver()
    count, most = len(family.base), float(sum(family.base))
    model.addVars(count, numpy.zeros(count), numpy.full(count, most))
    if whole_numbers:
        model.changeColsIntegrality(
            count, numpy.arange(count, dtype=numpy.int32), numpy.full(count, highspy.HighsVarType.kInteger)
        )
    rows: dict[int, int] = {}
    for number, cell in enumerate(family.cells):
        if cell.state == "derived":
            continue
        low, high = (-INFINITE, INFINITE) if number in hidden else (float(cell.units), float(cell.units))
        members = numpy.array(cell.members, dtype=numpy.int32)
        model.addRow(low, high, len(members), members, numpy.ones(len(members)))
        rows[number] = len(rows)
    return model, rows
