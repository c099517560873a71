"""How long does a sheet of records take from workbook to typed Parquet, beside the ways others take?

    python benchmarks/read_records.py [--rows 300000] [--full-sheet] [--peers openpyxl,calamine,readxl]

Every way runs in a process of its own, on the same made-up workbook, once per repetition, in turns.
Printed: seconds, the ratio to ours, peak memory. Ours does more than the others: it looks through
every cell for identifiers, reads values by the codebook, and writes a reason beside each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RELEASE, TABLE = "ice_2026_03", "stints"


def main() -> None:
    """Make the workbook, run every way, print the table."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--rows", type=int, default=300_000)
    ask.add_argument("--repeat", type=int, default=1)
    ask.add_argument("--full-sheet", action="store_true", help="a sheet of 1,048,569 rows, ours only")
    ask.add_argument("--ways", default="ours,whole,calamine,openpyxl,readxl")
    ask.add_argument("--strings", default="shared,inline")
    ask.add_argument("--run", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.run:
        print(json.dumps(run(*given.run)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for strings in given.strings.split(","):
            rows = 1_048_569 if given.full_sheet else given.rows
            path = make(Path(folder), rows, strings)
            ways = ["ours"] if given.full_sheet else given.ways.split(",")
            table(path, ways, rows, strings, given.repeat)
            path.unlink()


def make(folder: Path, rows: int, strings: str) -> Path:
    """A made-up workbook of so many stints, in the shape of the release of March 2026: 53 columns, 6 rows above."""
    from datetime import date
    from random import Random

    from tallystick.intake.codebook import codebook
    from tallystick.intake.releases import register
    from tallystick.made.people import lives
    from tallystick.made.records import stints
    from tallystick.made.releases import WARNING, rendered, setting_of
    from tallystick.made.sheets import MadeSheet, write_records
    from tallystick.terms.definitions import Shelf

    known, release = codebook(Shelf()), register(Shelf()).release(RELEASE)
    rule, headers, random = known.tables[TABLE], release.in_order(TABLE), Random(7)
    first, last = date.fromisoformat(release.release.covers_from), date.fromisoformat(release.release.closes_on)

    def records():
        left = rows
        for life in lives(rows * 2, 7, first, last, setting_of(known)):
            for record in stints(life, random, RELEASE):
                if not left:
                    return
                left -= 1
                yield record

    path = folder / f"MADE-UP_2026-ICLI-00005_Detentions_FY25_20260311_Redacted_{strings}.xlsx"
    sheet = MadeSheet(
        "MADE-UP FY2025", [WARNING, "", "", "", "", "-"], [header.raw for header in headers],
        rendered(release, rule, known, headers, records(), 7), declared=rows,
    )  # fmt: skip
    write_records(path, [sheet], strings=strings)
    return path


def table(path: Path, ways: list[str], rows: int, strings: str, repeat: int) -> None:
    """Run every way and print one line each."""
    print(f"\n{rows:,} rows x 53 columns, {strings} strings, {path.stat().st_size / 1e6:.0f} MB")
    found: dict[str, list[dict]] = {way: [] for way in ways}
    for _ in range(repeat):
        for way in ways:
            done = subprocess.run(
                [sys.executable, __file__, "--run", way, str(path)], capture_output=True, text=True, check=False
            )
            lines = done.stdout.strip().splitlines()
            found[way].append(
                json.loads(lines[-1]) if done.returncode == 0 and lines else {"error": done.stderr[-300:]}
            )
    ours = min((run["seconds"] for run in found.get("ours", []) if "seconds" in run), default=None)
    for way, runs in found.items():
        good = [run for run in runs if "seconds" in run]
        if not good:
            print(f"{way:>10}  not run: {runs[-1]['error'].strip().splitlines()[-1:] or 'no output'}")
            continue
        best = min(good, key=lambda run: run["seconds"])
        ratio = f"{best['seconds'] / ours:5.1f} x ours" if ours else ""
        scaled = " (scaled from fewer rows)" if best.get("scaled") else ""
        print(
            f"{way:>10}  {best['seconds']:7.1f} s  {ratio}  peak {best['peak_mb']:,} MB  {best['rows']:,} rows{scaled}"
        )


def run(way: str, file: str) -> dict:
    """One way, in this process."""
    start = time.perf_counter()
    rows = {"ours": ours, "whole": whole, "calamine": calamine, "openpyxl": openpyxl, "readxl": readxl}[way](Path(file))
    seconds = time.perf_counter() - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"way": way, "seconds": round(seconds, 2), "peak_mb": peak // 1024, "rows": rows}


def ours(path: Path, reader: str = "") -> int:
    """Through the door to typed Parquet, with a reason beside every value."""
    from tallystick.gather import rules_of
    from tallystick.receive import receive
    from tallystick.terms.definitions import Shelf

    with tempfile.TemporaryDirectory() as cache:
        read = receive(path, rules_of(Shelf()), Path(cache), reader=reader)
        return sum(sheet.rows for sheet in read.sheets)


def whole(path: Path) -> int:
    """Ours with the fallback reader, which holds the whole sheet."""
    return ours(path, "whole")


def _pandas(path: Path, engine: str) -> int:
    """As the nearest peer does it: find the header, read the sheet, parse dates by name, write Parquet."""
    import pandas as pd

    rows = 0
    for sheet in pd.ExcelFile(path, engine=engine).sheet_names:
        head = pd.read_excel(path, sheet_name=sheet, header=None, nrows=15, engine=engine)
        header = int(head.notna().sum(axis=1).idxmax())
        frame = pd.read_excel(path, sheet_name=sheet, header=header, engine=engine)
        for column in frame.columns:
            if "date" in column.lower():
                frame[column] = pd.to_datetime(frame[column], errors="coerce")
        with tempfile.TemporaryDirectory() as folder:
            frame.astype(str).to_parquet(Path(folder) / "rows.parquet", compression="zstd")
        rows += len(frame)
    return rows


def openpyxl(path: Path) -> int:
    """pandas with openpyxl."""
    return _pandas(path, "openpyxl")


def calamine(path: Path) -> int:
    """pandas with calamine."""
    return _pandas(path, "calamine")


def readxl(path: Path) -> int:
    """R readxl, all cells as text, written by nobody."""
    code = "x <- readxl::read_excel(commandArgs(TRUE)[1], skip=6, col_types='text'); cat(nrow(x))"
    if not shutil.which("Rscript"):
        raise SystemExit("R is not installed")
    done = subprocess.run(["Rscript", "-e", code, os.fspath(path)], capture_output=True, text=True, check=True)
    return int(done.stdout.strip().split()[-1])


if __name__ == "__main__":
    main()
