"""All measures over a made-up release, by month and area of responsibility, and once more split by a class.

    python benchmarks/measures.py [--arrests 1000000] [--memory 1500MB] [--keep FOLDER]

Three stints for each arrest; values are drawn at random and describe nobody.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import policies as base
from policies import pick
from tallystick.following import following
from tallystick.gather import rules_of
from tallystick.measured import desk_of, parts_of
from tallystick.measuring import count_together
from tallystick.question import Question
from tallystick.relating import measured_cells
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

AREAS = [
    "Atlanta",
    "Boston",
    "Chicago",
    "Dallas",
    "Denver",
    "Detroit",
    "Houston",
    "Miami",
    "Newark",
    "Phoenix",
    "Seattle",
    None,
]
REASONS = ["Removed", "Removed", "Bonded Out - IJ", "Order of recognizance", "Paroled", "Relief Granted by IJ"]


def columns() -> dict[str, dict[str, str]]:
    """Table -> column -> how it is drawn, with what measures read."""
    found = base.columns()
    sex, area = pick(["male", "male", "male", "female", None], "50"), pick(AREAS, "51")
    program = pick(["ERO Criminal Alien Program", "Fugitive Operations", "287G Program", "Border Patrol", None], "52")
    found["arrests"] |= {
        "gender": sex, "apprehension_aor": area, "final_program": program,
        "apprehension_type": pick(["targeted", "collateral", None], "53"),
        "case_threat_level": pick(["1", "2", "3", None], "54"), "citizenship_country": "'MEXICO'",
    }  # fmt: skip
    found["stints"] |= {
        "stay_book_in_datetime": "moment + to_hours(5)",
        "stint_book_in_datetime": "moment + to_hours(5) + to_days((j * (2 + hash(p, 15) % 20))::int)",
        "stint_book_out_datetime": "moment + to_hours(5) + to_days(((j + 1) * (2 + hash(p, 15) % 20))::int)",
        "stint_release_reason": "case when j < 2 then 'Transferred' else " + pick(REASONS, "55") + " end",
        "detention_facility_code": "'XQ' || (hash(p, j, 16) % 600)", "detention_facility": "'COUNTY JAIL'",
        "gender": sex, "book_in_aor": area, "final_program": program, "citizenship_country": "'MEXICO'",
    }  # fmt: skip
    found["detainers"] |= {
        "detainer_lift_reason": pick(["Booked into Detention", "Detainer Declined by LEA", "Case Closed", None], "56"),
        "biometric_match": "case when hash(p, 57) % 4 > 0 then hash(p, 57) % 2 = 0 end",
        "statements_made": "case when hash(p, 58) % 4 > 0 then hash(p, 58) % 2 = 0 end",
        "facility_aor": area, "gender": sex, "detainer_type": "'a'",
    }  # fmt: skip
    found["removals"] |= {
        "departure_country": pick(["MEXICO", "GUATEMALA"], "59"), "citizenship_country": "'MEXICO'", "case_aor": area,
        "case_category": pick(["16", "8F", "8G", "3", None], "60"), "gender": sex,
        "case_criminality": pick(["convicted", "pending", "other_violator", None], "61"),
    }  # fmt: skip
    found["encounters"] = {
        "event_datetime": "moment - to_hours(3)", "encounter_criminality": found["arrests"]["apprehension_criminality"],
        "event_type": pick(["CAP Local", "Fugitive Operations (Event)", None], "62"), "responsible_aor": area, "gender": sex,
    }  # fmt: skip
    return found


def make(folder: Path, arrests: int) -> None:
    """Write the tables of a release, with a reason beside every value."""
    import duckdb

    engine = duckdb.connect()
    engine.execute("set threads = 2; set preserve_insertion_order = false")
    engine.execute(
        f"create table people as select p::bigint as p, {base.START} + to_seconds((hash(p, 2) % {base.DAYS * 86400})::bigint) "
        f"as moment from range({arrests}) r(p)"
    )
    kept = {"detainers": "hash(p, 41) % 100 < 35", "removals": "hash(p, 42) % 100 < 50"}
    book = rules_of(Shelf()).codebook
    own = folder / base.RELEASE
    own.mkdir(parents=True, exist_ok=True)
    for table, drawn in columns().items():
        parts = ["p as person_key", "'a' as source_file", "'s' as source_sheet", "p as source_row"]
        for name, kind in book.tables[table].stored:
            if name != "person_key":
                value = f"cast({drawn[name]} as {kind})" if name in drawn else f"cast(null as {kind})"
                parts += [
                    f'{value} as "{name}"',
                    f"case when {value} is null then 'blank' else 'recorded' end as \"{name}__why\"",
                ]
        source = "people, range(3) r(j)" if table == "stints" else "people"
        order = f"p, {drawn[book.tables[table].event]}"
        engine.execute(
            f"copy (select {', '.join(parts)} from {source} where {kept.get(table, 'true')} order by {order}) "
            f"to '{own}/{table}.parquet' (format parquet, compression zstd, row_group_size 245760)"
        )


def run(folder: Path, memory: str, by: tuple[str, ...], place: str) -> None:
    """Ask every measure, and print seconds, cells and peak memory."""
    shelf = Shelf()
    with following(folder, base.RELEASE, shelf, memory=memory) as (acts, _):
        start = time.perf_counter()
        opened = desk_of(acts, shelf, "us-ice", "benchmark")
        policy = opened.bench.book.policy("dhs_johnson_2014")
        cells, asked, slow, without = 0, 0, [], 0
        of_tiers = [
            name
            for name, measure in opened.book.measures.items()
            if any(part.estimator == "tiers" for part in parts_of(opened.book, measure))
        ]
        others = [name for name in opened.book.measures if name not in of_tiers]
        count_together(opened, others, Question(period="month", place=place, by=by))
        count_together(opened, of_tiers, Question(period="month", policy=policy))
        print(f"counted together: {time.perf_counter() - start:.1f} s")
        for name in opened.book.measures:
            own = time.perf_counter()
            is_tiers = name in of_tiers
            question = Question(
                period="month",
                place="" if is_tiers else place,
                by=() if is_tiers else by,
                policy=policy if is_tiers else None,
            )
            for tried in (question, Question(period="month", by=question.by), Question(period="month"), Question()):
                try:
                    cells += len(measured_cells(opened, name, tried if not is_tiers else question))
                    asked += 1
                    break
                except TallystickError as error:
                    if error.faults[0].code != "TS189":
                        without += 1
                        break
            slow.append((time.perf_counter() - own, name))
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    what = f"by month{' and ' + place if place else ''}{', split by ' + ', '.join(by) if by else ''}"
    print(
        f"{asked} measures, {what}: {seconds:.1f} s, {cells:,} cells, peak {peak:.2f} GB ({without} not in this release)"
    )
    for spent, name in sorted(slow, reverse=True)[:6]:
        print(f"    {name}: {spent:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrests", type=int, default=1_000_000)
    parser.add_argument("--memory", default="1500MB", help="limit of the engine; the rest of the process comes on top")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    if asked.only:
        by, _, place = asked.only.partition("/")
        run(asked.keep, asked.memory, tuple(name for name in by.split(",") if name), place)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = asked.keep or Path(name)
        if not (folder / base.RELEASE).is_dir():
            make(folder, asked.arrests)
        for only in ("/area", "criminality/area"):
            subprocess.run(
                [sys.executable, __file__, "--keep", str(folder), "--memory", asked.memory, "--only", only], check=True
            )


if __name__ == "__main__":
    main()
