"""Regenerate the figures that ship: a fresh read of the shared workbooks, written into the package.

    python tools/make_figures.py ../shared/data/detention-stats

The agency's own file names are restored from the manifest, because that is how users know them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tallystick import pipeline, reconcile
from tallystick.terms.definitions import Shelf

TARGET = Path(__file__).resolve().parent.parent / "src" / "tallystick" / "shipped"


def main(folder: Path) -> None:
    """Read, build, ship."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        pipeline.build(sorted(folder.glob("*.xlsx")), project, Shelf())
        shutil.rmtree(TARGET, ignore_errors=True)
        counts = pipeline.write_shipped(project, TARGET, Shelf())
    counts["daily"] = reconcile.write_shipped_series(
        sorted((folder.parent / "daily-population").glob("*.parquet")), TARGET
    )
    size = sum(path.stat().st_size for path in TARGET.iterdir())
    print(f"{counts} rows, {size / 1e6:.2f} MB in {TARGET.name}/")
    if size > 2_000_000:
        sys.exit("more than 2 MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
