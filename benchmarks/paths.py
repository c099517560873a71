"""Stays, links and population over millions of made-up stints, under limits of memory, side by side with a loop over days.

    python benchmarks/paths.py [--stints 10000000] [--memory 2GB,1GB] [--keep FOLDER]

Each act runs in a process of its own, so that its peak memory is its own. Nothing here describes anybody.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tallystick import store
from tallystick.following import Following
from tallystick.gather import rules_of
from tallystick.records.linking import make_links
from tallystick.records.opening import open_tables
from tallystick.records.populating import facility_kinds, lay_kinds, make_population, residual
from tallystick.records.rules import rulebook
from tallystick.terms.definitions import Shelf

DAYS = 5270  # from October 2011 on: fourteen years and a half
RELEASE = "ice_2026_03"


def _unit(*keys: str) -> str:
    return f"((hash({', '.join(keys)}) % 1000003 + 0.5) / 1000003.0)"


def make(folder: Path, stints: int) -> None:
    """Made-up stints and arrests as record tables, sorted by person and time."""
    import duckdb

    engine = duckdb.connect()
    engine.execute("set threads = 2; set preserve_insertion_order = false")
    stays = int(stints / 2.2)
    people = int(stays * 0.7)
    close = "timestamp '2026-03-11'"
    engine.execute(
        f"create table st as with s as (select s, (hash(s, 11) % {people})::bigint as person, "
        f"timestamp '2011-10-01' + to_seconds((floor({_unit('s', '1')} * {DAYS}) * 86400 + {_unit('s', '2')} * 86400)::bigint) "
        f"as t0, 1 + least(7, floor(-ln({_unit('s', '3')}) * 1.72))::int as n from range({stays}) r(s)), "
        f"k as (select s, person, t0, n, j, (-ln({_unit('s', 'j', '4')}) * case when n = 1 then 18 else 11 end * 86400)::bigint "
        "as d from s, range(n) q(j)) "
        "select s, person, t0, j, sum(d) over (partition by s order by j) as e, d from k"
    )
    engine.execute(
        f"copy (select person as person_key, t0 as stay_book_in_datetime, t0 + to_seconds((e - d)::bigint) as "
        f"stint_book_in_datetime, case when t0 + to_seconds(e::bigint) < {close} then t0 + to_seconds(e::bigint) end as "
        f"stint_book_out_datetime, case when t0 + to_seconds(e::bigint) < {close} then 'recorded' else 'ongoing' end as "
        "stint_book_out_datetime__why, "
        f"'F' || floor(power({_unit('s', 'j', '5')}, 2) * 620)::int || 'XY' as detention_facility_code, "
        f"'EXAMPLE FACILITY ' || floor(power({_unit('s', 'j', '5')}, 2) * 620)::int as detention_facility, "
        f"case when {_unit('s', '12')} < 0.4 then 'convicted' when {_unit('s', '12')} < 0.7 then 'pending' "
        "else 'other_violator' end as book_in_criminality, "
        f"case when {_unit('person', '8')} < 0.11 then 'female' else 'male' end as gender, 'Transferred' as "
        "stint_release_reason, null::varchar as departure_country, null::varchar as citizenship_country, 1980 as birth_year, "
        "null::varchar as book_in_aor, null::decimal(18,2) as initial_bond_set_amount, 'a' as source_file, 's' as source_sheet, "
        f"row_number() over () as source_row from st where t0 + to_seconds((e - d)::bigint) < {close} "
        f"order by person, stint_book_in_datetime) to '{folder}/stints.parquet' "
        "(format parquet, compression zstd, row_group_size 245760)"
    )
    engine.execute(
        "copy (select person as person_key, ts as apprehension_datetime, 'located' as apprehension_method, 'a' as source_file, "
        "'s' as source_sheet, row_number() over () as source_row from ("
        f"select person, t0 - to_seconds(({_unit('s', '21')} * 3 * 86400)::bigint) as ts from st where j = 0 "
        f"and {_unit('s', '22')} < 0.55 union all select (hash(s, 25) % {people})::bigint, timestamp '2011-10-01' + "
        f"to_seconds(({_unit('s', '26')} * {DAYS} * 86400)::bigint) from st where j = 0 and {_unit('s', '27')} < 0.08) "
        f"order by person, ts) to '{folder}/arrests.parquet' (format parquet, compression zstd, row_group_size 245760)"
    )
    engine.execute(
        "copy (select person as person_key, (t0 + to_seconds(e::bigint))::date as departed_date, 'a' as source_file, "
        f"'s' as source_sheet, row_number() over () as source_row from st where {_unit('s', 'j', '31')} < 0.2 "
        f"and t0 + to_seconds(e::bigint) < {close} order by person, departed_date) to '{folder}/removals.parquet' "
        "(format parquet, compression zstd, row_group_size 245760)"
    )


def run(folder: Path, act: str, memory: str) -> dict[str, Any]:
    """One act in this process: seconds, peak memory, and a digest of what it gives."""
    shelf = Shelf()
    rules, book = rules_of(shelf), rulebook(shelf)
    release = rules.register.release(RELEASE).release
    with store.scratch() as spill, store.engine(memory=memory, spill=spill) as engine:
        engine.execute("set threads = 2")

        def ask(query: str, values: Any = ()) -> list[Any]:
            return list(engine.execute(query, list(values)).fetchall())

        paths = {path.stem: str(path) for path in folder.glob("*.parquet")}
        acts = Following(open_tables(ask, release, rules.codebook.tables, paths), book)
        every = {table: acts.duplicates(table, "rows") for table in paths}
        started = time.perf_counter()
        if act == "stays":
            acts.stays(every["stints"], book.stay_rules[0])
            facts = ask("select count(*), sum(hash(stay, starts, seconds_most, last_record)) from stays")
        elif act.startswith("population"):
            acts.stays(every["stints"], book.stay_rules[0])
            lay_kinds(acts.opened, facility_kinds(shelf))
            started = time.perf_counter()
            make_population(acts.opened, ("facility",) if act.endswith("by facility") else ("nation",))
            took = time.perf_counter() - started
            assert residual(acts.opened).broken == 0
            facts = ask("select count(*), sum(hash(part, day, midnight_most, any_time_most)) from population")
            started = time.perf_counter() - took
        elif act == "links":
            acts.stays(every["stints"], book.stay_rules[0])
            started = time.perf_counter()
            facts = []
            for pair in ("arrests-stays", "stays-removals", "arrests-removals"):
                link = book.link_rules(pair)[0]
                sides = [
                    "stays_kept" if side == "stays" else acts.kept(side, every[side])
                    for side in (link.left, link.right)
                ]
                make_links(acts.opened, link, *sides)
                facts += ask("select count(*), sum(hash(left_record, right_record, state)) from links")
        else:
            facts = [loop(engine, paths["stints"])]
        took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    digest = hashlib.sha256(json.dumps([[str(value) for value in row] for row in facts]).encode()).hexdigest()[:12]
    return {"seconds": took, "peak_mb": peak, "digest": digest}


def loop(engine: Any, path: str, sample: int = 20) -> tuple[float]:
    """The usual way: for each day, go through all stints; some days only, as all of them would take too long."""
    engine.execute(
        "create table plain as select cast(floor(epoch(stint_book_in_datetime) / 86400) as integer) as i, "
        f"cast(floor(epoch(stint_book_out_datetime) / 86400) as integer) as o from read_parquet('{path}')"
    )
    started = time.perf_counter()
    for number in range(sample):
        day = 15248 + number * DAYS // sample
        engine.execute(f"select count(*) from plain where i <= {day} and (o is null or o > {day})").fetchone()
    return ((time.perf_counter() - started) / sample,)


def loop_by_facility(engine: Any, path: str, sample: int = 10) -> float:
    """Seconds for one day of the usual way, by facility."""
    engine.execute(
        "create or replace table plain as select cast(floor(epoch(stint_book_in_datetime) / 86400) as integer) as i, "
        "cast(floor(epoch(stint_book_out_datetime) / 86400) as integer) as o, detention_facility_code as f, person_key as p "
        f"from read_parquet('{path}')"
    )
    started = time.perf_counter()
    for number in range(sample):
        day = 15248 + number * DAYS // sample
        engine.execute(
            f"select f, count(distinct p) from plain where i <= {day} and (o is null or o > {day}) group by 1"
        ).fetchall()
        engine.execute(
            f"select f, count(distinct p) from plain where i <= {day} and (o is null or o >= {day}) group by 1"
        ).fetchall()
    return (time.perf_counter() - started) / sample


def loop_in_pandas(path: str, sample: int = 6) -> float | None:
    """Seconds for one day by facility as notebooks do it, with data frames; None where pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        return None
    names = ["stint_book_in_datetime", "stint_book_out_datetime", "detention_facility_code", "person_key"]
    frame = pd.read_parquet(path, columns=names)
    starts, ends = (frame[name].dt.floor("D") for name in names[:2])
    started = time.perf_counter()
    for number in range(sample):
        day = pd.Timestamp("2011-10-01") + pd.Timedelta(days=number * DAYS // sample)
        for held in ((starts <= day) & (ends.isna() | (ends > day)), (starts <= day) & (ends.isna() | (ends >= day))):
            frame[held].groupby("detention_facility_code")["person_key"].nunique()
    return (time.perf_counter() - started) / sample


def main() -> None:
    """Make the records, run each act under each limit, print a table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--stints", type=int, default=10_000_000)
    asked.add_argument("--memory", default="2GB,1GB")
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.one:
        print(json.dumps(run(options.keep, *options.one)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        if not (folder / "stints.parquet").is_file():
            make(folder, options.stints)
        times: dict[tuple[str, str], dict[str, Any]] = {}
        for act in ("stays", "population", "population by facility", "links"):
            for memory in options.memory.split(","):
                command = [sys.executable, __file__, "--keep", str(folder), "--one", act, memory]
                ran = subprocess.run(command, capture_output=True, text=True, check=True)
                times[act, memory] = json.loads(ran.stdout)
                found = times[act, memory]
                print(
                    f"| {act} | {memory} | {found['seconds']:.1f} s | {found['peak_mb']:,.0f} MB | {found['digest']} |"
                )
        with store.engine(memory="4GB") as engine:
            engine.execute("set threads = 2")
            national = loop(engine, str(folder / "stints.parquet"))[0]
            by_facility = loop_by_facility(engine, str(folder / "stints.parquet"))
        frames = loop_in_pandas(str(folder / "stints.parquet"))
        first = options.memory.split(",")[0]
        if frames is not None:
            ours = times["population by facility", first]["seconds"]
            print(f"by facility with data frames: {frames * DAYS:,.0f} s, {frames * DAYS / ours:,.0f} times ours")
        for act, a_day in (("population", national * 2), ("population by facility", by_facility)):
            ours = times[act, first]["seconds"]
            print(
                f"{act}: a loop over {DAYS} days would take {a_day * DAYS:,.0f} s, {a_day * DAYS / ours:,.0f} times ours"
            )


if __name__ == "__main__":
    main()
