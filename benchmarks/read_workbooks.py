"""How long does reading take, side by side in one run, and how much memory?

    make bench

Compares the whole way from workbook to dated and checked figures with merely loading the same sheets
the way a notebook would (python-calamine, every sheet into lists). Prints a ratio; machines are noisy,
so the best of three counts.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

WAYS = {
    "load only": "import sys;from python_calamine import CalamineWorkbook as W\n"
    "for p in sys.argv[1:]:\n b=W.from_path(p)\n for n in b.sheet_names: b.get_sheet_by_name(n).to_python()",
    "figures, 1 process": "import sys;from pathlib import Path;from tallystick import pipeline;from tallystick.terms.definitions import Shelf\n"
    "pipeline.read_all([Path(p) for p in sys.argv[1:]], Shelf(), workers=1)",
    "whole build, 2 processes": "import sys,tempfile;from pathlib import Path;from tallystick import pipeline;from tallystick.terms.definitions import Shelf\n"
    "if __name__=='__main__':\n with tempfile.TemporaryDirectory() as d: pipeline.build([Path(p) for p in sys.argv[1:]], Path(d)/'p', Shelf(), workers=2)",
}


def main(folder: Path) -> None:
    """Time each way three times and print the best, the ratio to loading, and peak memory."""
    files = [str(path) for path in sorted(folder.glob("*.xlsx"))]
    if not files:
        sys.exit(f"no workbooks in {folder}")
    best: dict[str, float] = {}
    for name, script in WAYS.items():
        times = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", script, *files], check=True)
            times.append(time.perf_counter() - start)
        best[name] = min(times)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
        print(
            f"{name:<26} {best[name]:6.2f} s   {best[name] / best['load only']:4.1f} times loading   peak so far {peak:,.0f} MB"
        )
    help_times = []
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "tallystick", "--help"], check=True, capture_output=True)
        help_times.append(time.perf_counter() - start)
    print(f"--help, median of 10       {sorted(help_times)[5] * 1000:6.0f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
