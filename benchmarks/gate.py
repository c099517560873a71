"""How long does the gate take as families grow, and what is lost?

    python benchmarks/gate.py

Made-up counts with the shape of detention data: a few large places, many small ones. First whole
families (facility x period x criminality), then cells as measures give them, with places, months,
fiscal years and a split, and last what rounds of repair lose against the least possible loss.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from tallystick.clear.disclosure import clear
from tallystick.clear.family import Family, cross, flat
from tallystick.clear.protect import Rules, protect, sensitive_cells
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound, point

CLASSES = ("convicted", "pending", "neither", "unrecorded")


def family_of(facilities: int, periods: int, *, total: int = 2000, seed: int = 0) -> Family:
    """A made-up family of facility x period x criminality with sizes that fall off as ranks do."""
    chance = random.Random(seed or facilities * periods)
    sizes = [int(total / (rank + 1) ** 1.1) for rank in range(facilities)]
    counts = [
        max(0, round(size / periods * share * chance.uniform(0.6, 1.4)))
        for size in sizes
        for _ in range(periods)
        for share in (0.3, 0.25, 0.45)
    ]
    axes = [flat("facility", [f"f{n}" for n in range(facilities)]), flat("period", [f"m{n}" for n in range(periods)])]
    return cross([*axes, flat("class", CLASSES[:3])], counts)


def lost(family: Family, hidden: Sequence[int] | frozenset[int]) -> float:
    """Share of the total that stands in hidden base cells."""
    gone = set(hidden)
    return sum(cell.units for n, cell in enumerate(family.cells) if n in gone and len(cell.members) == 1) / sum(
        family.base
    )


def families() -> None:
    """Whole families at growing sizes."""
    print("facilities x periods x classes    base  cells   small  with them   lost    time  method")
    for facilities, periods in ((20, 1), (60, 1), (200, 1), (60, 4), (200, 4), (200, 12)):
        family = family_of(facilities, periods)
        start = time.perf_counter()
        done = protect(family, Rules(11, 5))
        seconds = time.perf_counter() - start
        print(
            f"{facilities:>6} x {periods:<3} x 3 {len(family.base):>19,} {len(family.cells):>6,}"
            f" {len(done.primary):>7,} {len(done.secondary):>10,} {lost(family, done.hidden):>6.1%} {seconds:>6.1f} s"
            f"  {done.method}, {len(done.unsafe)} given away"
        )


def measured(kind: str, places: int, months: int, total: int) -> list[Cell]:
    """Made-up cells of two variants of one measure, by place, month and fiscal year, with the nation."""
    chance = random.Random(places * months)
    starts = [date(2023 + (9 + n) // 12, (9 + n) % 12 + 1, 1) for n in range(months + 1)]
    spans = [(first, after - timedelta(days=1)) for first, after in pairwise(starts)]
    tally = {
        (place, span): [
            max(0, round(total / (place + 1) ** 1.1 * part * chance.uniform(0.6, 1.4))) for part in (0.3, 0.2, 0.4, 0.1)
        ]
        for place in range(places)
        for span in spans
    }
    years = [(spans[n][0], spans[min(n + 11, months - 1)][1]) for n in range(0, months, 12)]
    cells = []
    for span in dict.fromkeys((*spans, *years)):
        rows = {
            place: [
                sum(parts)
                for parts in zip(
                    *(t for (p, s), t in tally.items() if p == place and span[0] <= s[0] and s[1] <= span[1]),
                    strict=True,
                )
            ]
            for place in range(places)
        }
        nation = [sum(parts) for parts in zip(*rows.values(), strict=True)]
        for variant, counts in (("convicted", CLASSES[:1]), ("charged", CLASSES[:2])):
            cells.append(_cell("nation", "US", span, variant, counts, nation))
            cells += [_cell(kind, f"P{place}", span, variant, counts, row) for place, row in rows.items()]
    return cells


def _cell(
    kind: str, place: str, span: tuple[date, date], variant: str, counts: tuple[str, ...], row: list[int]
) -> Cell:
    yes, whole = sum(row[CLASSES.index(name)] for name in counts), sum(row)
    most = yes + row[3]
    return Cell(
        "made-up", "h", "s", "records", "share", "arrest", "fraction", variant, *span, (),
        Bound(Fraction(yes, whole), Fraction(most, whole)) if whole else None,
        Bound(Fraction(yes), Fraction(most)), point(whole), "ok", "",
        place_type=kind, place=place, people=whole, population="arrests",
        classes=CLASSES, counts=counts, may=("unrecorded",),
    )  # fmt: skip


def through_the_gate() -> None:
    """Cells as measures give them."""
    print("\nkind x places x months (and fiscal years), two variants    cells  hidden    time  method")
    for kind, places, months, total in (
        ("facility", 200, 12, 400), ("state", 52, 12, 4000), ("state", 52, 48, 4000), ("area", 25, 60, 4000),
    ):  # fmt: skip
        cells = measured(kind, places, months, total)
        if kind == "facility":  # the floor: by fiscal year
            cells = [cell for cell in cells if (cell.period_end - cell.period_start).days > 360]
        start = time.perf_counter()
        done = clear(MeasuredCells(tuple(cells)))
        seconds = time.perf_counter() - start
        hidden = sum(cell.status == "suppressed" for cell in done.cells)
        print(
            f"{kind:>9} x {places:>3} x {months:<3} {len(cells):>39,} {hidden:>7,} {seconds:>6.1f} s  {done.clearances[0].method}"
        )


def against_the_least() -> None:
    """What rounds of attack and repair lose on small families, as a ratio to the least possible loss.

    Only families whose least loss also leaves no small sum of hidden neighbours: for the others the program gives a
    lower end that no rule-abiding choice may reach.
    """
    ratios, repaired = [], 0
    for seed in range(60):
        family = family_of(3 + seed % 5, 1 + seed % 2, total=90, seed=seed + 1)
        sensitive = list(sensitive_cells(family, Rules(11, 5)))
        if not sensitive or len(sensitive) * len(family.base) >= 900:
            continue
        best = protect(family, Rules(11, 5, exact_up_to=900))
        if best.method != "least loss":
            repaired += 1
            continue
        rounds = protect(family, Rules(11, 5, exact_up_to=0)).secondary
        lost = [sum(family.cells[n].units for n in chosen) + 1 for chosen in (rounds, best.secondary)]
        ratios.append(lost[0] / lost[1])
    print(
        f"\nloss of rounds / least loss on {len(ratios)} small families ({repaired} more were repaired):"
        f" median {statistics.median(ratios):.2f}, worst {max(ratios):.1f}"
    )


if __name__ == "__main__":
    families()
    through_the_gate()
    against_the_least()
