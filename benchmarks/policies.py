"""All policies with all variants over made-up arrests linked to stays, detainers and removals.

    python benchmarks/policies.py [--arrests 1000000] [--memory 2GB] [--keep FOLDER]

Values are drawn at random in the shares that are published in round numbers; nothing here describes anybody.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tallystick.assessing import Bench
from tallystick.following import following
from tallystick.gather import rules_of
from tallystick.measures.unit_measure import unit_rules
from tallystick.policies.policy import lawbook
from tallystick.terms.definitions import Shelf

RELEASE = "ice_2026_03"
START, DAYS = "timestamp '2022-10-01'", 1250


def pick(values: list[str | None], key: str) -> str:
    listed = ", ".join("null" if value is None else f"'{value}'" for value in values)
    return f"([{listed}])[1 + (hash(p, {key}) % {len(values)})::int]"


def _day(key: str, years: int, back: str = "moment") -> str:
    return f"({back} - to_days((hash(p, {key}) % {years * 365})::int))::date"


def columns() -> dict[str, dict[str, str]]:
    """Table -> column -> how it is drawn; every other column is unknown."""
    criminality = "([ 'convicted', 'pending', 'other_violator' ])[1 + floor((hash(p, 1) % 100) / 34)::int]"
    convicted = f"{criminality} = 'convicted'"
    order = f"case when hash(p, 9) % 100 < 55 then {_day('10', 12)} end"
    common = {
        "case_category": pick(["16", "8F", "3", "8B", "2A", "5B", "8E", None], "11"),
        "case_status": pick(
            ["active", "excluded_removed_inadmissibility", "relief_granted", "deported_deportability"], "12"
        ),
        "final_order": "hash(p, 9) % 100 < 55",
        "final_order_date": order,
        "birth_year": "1950 + (hash(p, 13) % 58)::int",
    }
    return {
        "arrests": {
            **common, "apprehension_datetime": "moment", "apprehension_criminality": criminality,
            "apprehension_method": pick(["cap_local_incarceration", "located", "non_custodial_arrest", "custodial_arrest"], "14"),
            "arresting_agency": "'ICE'",
        },
        "stints": {
            **common, "stay_book_in_datetime": "moment", "stint_book_in_datetime": "moment + to_hours(5)",
            "stint_book_out_datetime": "moment + to_days((2 + hash(p, 15) % 60)::int)",
            "book_in_criminality": criminality, "detention_facility_code": "'XQ' || (hash(p, 16) % 600)",
            "known_terrorist": "hash(p, 17) % 200 = 0", "suspected_gang": "hash(p, 18) % 50 = 0",
            "case_ina_236c": f"{convicted} and hash(p, 19) % 2 = 0", "offense_ina_236c": f"{convicted} and hash(p, 20) % 2 = 0",
            "msc_charge_code": f"case when {convicted} then "
            + pick(["5404", "1399", "03AB", "5499", "3599", "13AB", "2299", "1299", "1103", "0999", "5299", "7399"], "21") + " end",
            "msc_crime_class": f"case when {convicted} then " + pick(["felony", "misdemeanor", "misdemeanor", None], "22") + " end",
            "msc_charge_status": f"case when {convicted} then 'convicted' end",
            "msc_conviction_date": f"case when {convicted} then {_day('23', 20)} end",
            "msc_sentence_days": f"case when {convicted} and hash(p, 24) % 4 = 0 then (hash(p, 25) % 800)::int end",
            "aggravated_felon_type": f"case when {convicted} then " + pick(["none", "none", "none", "drugs", "other", None], "26") + " end",
            "entry_date": f"case when hash(p, 27) % 10 < 6 then {_day('28', 20)} end",
            "entry_status": pick(["PWA Mexico", "Not Applicable", None], "29"),
        },
        "detainers": {
            "detainer_prepare_date": "(moment - to_days((hash(p, 30) % 30)::int))::date", "detainer_criminality": criminality,
            "prior_felony": "case when hash(p, 31) % 4 = 0 then true end",
            "multiple_prior_misdemeanors": "case when hash(p, 32) % 8 = 0 then true end",
            "criminal_street_gang": "case when hash(p, 33) % 40 = 0 then true end",
            "aggravated_felony": "case when hash(p, 34) % 20 = 0 then true end",
            "deportation_ordered": "hash(p, 35) % 3 = 0",
        },
        "removals": {"departed_date": "(moment + to_days((2 + hash(p, 15) % 60)::int))::date", "prior_deport": "hash(p, 36) % 5 = 0"},
    }  # fmt: skip


def make(folder: Path, arrests: int) -> None:
    """Write the tables of a release, with a reason beside every value."""
    import duckdb

    engine = duckdb.connect()
    engine.execute("set threads = 2")
    engine.execute(
        f"create table people as select p::bigint as p, {START} + to_seconds((hash(p, 2) % {DAYS * 86400})::bigint) as moment "
        f"from range({arrests}) r(p)"
    )
    kept = {
        "arrests": "true",
        "stints": "hash(p, 40) % 100 < 78",
        "detainers": "hash(p, 41) % 100 < 35",
        "removals": "hash(p, 42) % 100 < 50",
    }
    book = rules_of(Shelf()).codebook
    own = folder / RELEASE
    own.mkdir(parents=True, exist_ok=True)
    for table, drawn in columns().items():
        parts = ["p as person_key", "'a' as source_file", "'s' as source_sheet", "p as source_row"]
        for name, kind in book.tables[table].stored:
            if name == "person_key":
                continue
            value = f"cast({drawn[name]} as {kind})" if name in drawn else f"cast(null as {kind})"
            parts += [
                f'{value} as "{name}"',
                f"case when {value} is null then 'blank' else 'recorded' end as \"{name}__why\"",
            ]
        event = book.tables[table].event
        engine.execute(
            f"copy (select {', '.join(parts)} from people where {kept[table]} order by p, {drawn[event]}) "
            f"to '{own}/{table}.parquet' (format parquet, compression zstd, row_group_size 245760)"
        )


def run(folder: Path, memory: str) -> None:
    """Assess everything and print seconds and peak memory."""
    shelf = Shelf()
    book = lawbook(shelf)
    policies = [policy for policy in book.policies.values() if policy.tiers]
    with following(folder, RELEASE, shelf, memory=memory) as (acts, engine):
        engine.execute("set threads = 2")
        started = time.perf_counter()
        bench = Bench(acts, book, unit_rules(Shelf()))
        bench.lay("arrests")
        print(f"records linked: {time.perf_counter() - started:.1f} s", flush=True)
        whole = 0.0
        for view in ("agency", "world"):
            for hindsight in (False, True):
                started = time.perf_counter()
                found = bench.assess("arrests", policies, view=view, hindsight=hindsight)  # type: ignore[arg-type]
                took = time.perf_counter() - started
                whole += took
                print(
                    f"{view}, hindsight {hindsight}: {found.records:,} arrests, {found.profiles:,} profiles, {took:.1f} s",
                    flush=True,
                )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(policies)} policies, {sum(len(policy.tiers) for policy in policies)} tiers, 4 variants: {whole:.1f} s, peak {peak:,.0f} MB"
    )


def main() -> None:
    """Make the records in a process of its own, then assess."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--arrests", type=int, default=1_000_000)
    asked.add_argument("--memory", default="2GB")
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.make:
        make(options.keep, options.arrests)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        if not (folder / RELEASE / "removals.parquet").is_file():
            command = [sys.executable, __file__, "--make", "--keep", str(folder), "--arrests", str(options.arrests)]
            subprocess.run(command, check=True)
        run(folder, options.memory)


if __name__ == "__main__":
    main()
