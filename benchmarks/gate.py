"""How long does protecting a family take as it grows, and what does it lose?

    python benchmarks/gate.py

Made-up counts with the shape of detention data: a few large facilities, many small ones.
"""

from __future__ import annotations

import random
import time

from tallystick.clear.family import cross, flat
from tallystick.clear.protect import Rules, protect


def main() -> None:
    """Protect facility x period x criminality at growing sizes and print time, method and loss."""
    print("facilities x periods x classes   base  cells   small  with them   lost     time  method")
    for facilities, periods in ((20, 1), (60, 1), (200, 1), (60, 4), (200, 4), (200, 12)):
        chance = random.Random(facilities * periods)
        sizes = [int(2000 / (rank + 1) ** 1.1) for rank in range(facilities)]
        counts = [
            max(0, round(size / periods * share * chance.uniform(0.6, 1.4)))
            for size in sizes
            for _ in range(periods)
            for share in (0.3, 0.25, 0.45)
        ]
        family = cross(
            [
                flat("facility", [f"f{n}" for n in range(facilities)]),
                flat("period", [f"m{n}" for n in range(periods)]),
                flat("class", ["a", "b", "c"]),
            ],
            counts,
        )
        start = time.perf_counter()
        done = protect(family, Rules(11, 5))
        seconds = time.perf_counter() - start
        total = sum(counts)
        leaves = {cell.key: cell for cell in family.cells if len(cell.members) == 1}
        lost = sum(cell.units for n, cell in enumerate(family.cells) if n in done.hidden and cell.key in leaves) / total
        print(
            f"{facilities:>6} x {periods:<3} x 3 {len(family.base):>18,} {len(family.cells):>6,} {len(done.primary):>7,}"
            f" {len(done.secondary):>10,} {lost:>6.1%} {seconds:>7.1f} s  {done.method}, {len(done.unsafe)} unsafe"
        )


if __name__ == "__main__":
    main()
