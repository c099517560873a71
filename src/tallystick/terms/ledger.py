"""Every row or cell that was left out: at which stage, by which act, for which reason."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import msgspec


class LedgerLine(msgspec.Struct, frozen=True, gc=False):
    """One act that left something out; counts are rows (for workbooks: numeric cells)."""

    stage: str
    table: str
    act: str
    rule: str
    reason: str
    source_file: str
    rows_in: int
    rows_out: int

    @property
    def share_left(self) -> float:
        """Rows out over rows in, rounded to ten digits; 1 when nothing came in."""
        if self.rows_in == 0:
            return 1.0
        return round(float(Fraction(self.rows_out, self.rows_in)), 10)


def in_order(lines: Iterable[LedgerLine]) -> list[LedgerLine]:
    """Ledger lines in the one order in which they are written."""
    return sorted(lines, key=lambda line: (line.stage, line.source_file, line.table, line.act, line.rule))
