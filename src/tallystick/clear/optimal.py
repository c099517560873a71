"""The set of complementary cells that hides the least, by an exact program (Fischetti and Salazar 2001).

For each sensitive cell two complete tables must exist that agree with everything shown and differ in
that cell by the protection width; what may differ elsewhere must be hidden. The sum of hidden values
is least. Exact, and therefore for small families only.
"""

from __future__ import annotations

from collections.abc import Collection

from tallystick.clear.family import Family, FamilyCell
from tallystick.clear.solver import quiet_solver

NODES = 2_000


def least_loss(family: Family, sensitive: Collection[int], primary: Collection[int], width: int) -> set[int] | None:
    """Complementary cells of least total value, or None when the program finds no answer in time.

    Args:
        family: the tables.
        sensitive: cells to protect, derived ones included.
        primary: cells hidden in any case.
        width: least difference between the greatest and the least possible value.
    """
    import highspy

    program = _Program(family, sorted(sensitive), set(primary), width)
    model = program.model
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    values = model.getSolution().col_value
    return {cell for cell, column in program.choice.items() if values[column] > 0.5}


def _signed(cell: FamilyCell, table: list[int]) -> list[tuple[int, float]]:
    return [*((table[member], 1.0) for member in cell.members), *((table[member], -1.0) for member in cell.minus)]


class _Program:
    """Columns: one choice per open cell, then two complete tables per sensitive cell."""

    def __init__(self, family: Family, sensitive: list[int], primary: set[int], width: int) -> None:
        self.family, self.most = family, float(sum(family.base)) + width
        self.model = quiet_solver()
        self.model.setOptionValue("mip_max_nodes", NODES)  # a limit of work, not of time: the same answer everywhere
        self.choice: dict[int, int] = {}
        self._columns = 0
        for number, cell in enumerate(family.cells):
            if cell.state == "open" and number not in primary:
                self.choice[number] = self._column(cost=cell.units or 0.5, upper=1.0, whole=True)
        for number in sensitive:
            self._protected(number, primary, width)

    def _column(self, *, cost: float = 0.0, upper: float, whole: bool = False) -> int:
        import highspy

        self.model.addVar(0.0, upper)
        column = self._columns
        self._columns += 1
        if cost:
            self.model.changeColCost(column, float(cost))
        if whole:
            self.model.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        return column

    def _protected(self, sensitive: int, primary: set[int], width: int) -> None:
        high = [self._column(upper=self.most) for _ in self.family.base]
        low = [self._column(upper=self.most) for _ in self.family.base]
        for table in (high, low):
            for number, cell in enumerate(self.family.cells):
                if cell.state != "derived" and number not in primary:
                    self._holds(_signed(cell, table), cell.units, self.choice.get(number))
        target = self.family.cells[sensitive]
        apart = [*_signed(target, high), *((column, -sign) for column, sign in _signed(target, low))]
        self._row(float(max(width, target.width)), 2 * self.most, apart)

    def _holds(self, parts: list[tuple[int, float]], units: int, choice: int | None) -> None:
        if choice is None:
            self._row(float(units), float(units), parts)
            return
        self._row(-self.most, float(units), [*parts, (choice, -self.most)])
        self._row(float(units), 2 * self.most, [*parts, (choice, self.most)])

    def _row(self, low: float, high: float, parts: list[tuple[int, float]]) -> None:
        import numpy

        columns = numpy.array([column for column, _ in parts], dtype=numpy.int32)
        values = numpy.array([value for _, value in parts])
        self.model.addRow(low, high, len(parts), columns, values)
