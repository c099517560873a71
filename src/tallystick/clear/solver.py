"""One quiet, single-threaded solver for linear and whole-number programs (HiGHS)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def quiet_solver() -> Any:
    """A HiGHS model that writes nothing and gives the same answer every time.

    The ordinary constructor of highspy switches callbacks on and prints a banner to stdout before it
    can be silenced, which would spoil ``--json``; callbacks are not needed here.
    """
    import highspy

    class Quiet(highspy.Highs):
        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()
            self.setOptionValue("output_flag", False)

    model = Quiet()
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 1)
    return model


def solved(
    count: int, rows: Sequence[tuple[Sequence[int], Sequence[int], float]], cost: Sequence[float]
) -> list[float] | None:
    """Values of at least zero for `count` columns that meet all rows at least cost; None when there are none.

    Args:
        count: number of columns.
        rows: (columns added, columns taken off, what the sum must be).
        cost: cost of one unit of each column.
    """
    import highspy
    import numpy

    model = quiet_solver()
    model.addVars(count, numpy.zeros(count), numpy.full(count, 1e30))
    model.changeColsCost(count, numpy.arange(count, dtype=numpy.int32), numpy.array(cost, dtype=float))
    starts = numpy.cumsum([0, *(len(plus) + len(minus) for plus, minus, _ in rows)])[:-1].astype(numpy.int32)
    columns = numpy.array([column for plus, minus, _ in rows for column in (*plus, *minus)], dtype=numpy.int32)
    signs = numpy.array([sign for plus, minus, _ in rows for sign in (*(1.0,) * len(plus), *(-1.0,) * len(minus))])
    sums = numpy.array([float(value) for _, _, value in rows])
    model.addRows(len(rows), sums, sums, len(columns), starts, columns, signs)
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return [max(0.0, round(value, 9)) for value in model.getSolution().col_value]
