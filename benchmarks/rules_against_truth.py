"""How often is each rule right? Precision and recall on made-up records whose truth is known.

    python benchmarks/rules_against_truth.py [--people 4000] [--seed 1]

Duplicates: of the pairs of rows of one person that a rule calls one, how many are; of those that are one, how many it
calls so. Stays: the same for stints of one stay. Links: of the pairs it makes, how many are true; of the true ones
whose two sides can be seen, how many it makes. Faults are planted at 5 percent each where they can happen, among
them some that no rule was made for. Printed as Markdown; docs/rules.md holds the result.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tallystick import store
from tallystick.following import Following
from tallystick.gather import rules_of
from tallystick.made.truth import FAULTS, Truth, made_truth
from tallystick.records.opening import Opened
from tallystick.records.rules import rulebook
from tallystick.terms.definitions import Shelf

COLUMNS = {
    "arrests": ("apprehension_method", "apprehension_aor", "birth_year", "apprehension_criminality"),
    "stints": ("detention_facility_code", "initial_bond_set_amount", "stint_release_reason"),
}
BASE = (
    "record bigint, person_key bigint, moment bigint, day bigint, moment_out bigint, stay_moment bigint, goes_on boolean, "
    "facility varchar, source_file varchar, source_sheet varchar, source_row bigint"
)


def lay(engine: Any, rules: Any, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows on the engine as a release would hold them; what is true of them stays outside."""
    stored = dict(rules.codebook.tables[table].stored)
    base = {part.split()[0] for part in BASE.split(", ")}
    more = ", ".join(f"{name} {kind}" for name, kind in stored.items() if name not in base)
    engine.execute(f"create table {table}_rows ({BASE}, {more})")
    names = [name for name in rows[0] if name not in ("true", "true_stay")]
    columns = ", ".join(names)
    marks = ", ".join("unnest(?)" for _ in names)
    engine.execute(
        f"insert into {table}_rows ({columns}) select {marks}", [[row.get(name) for row in rows] for name in names]
    )
    event = {"arrests": {"apprehension_datetime": "moment"}, "stints": {"stint_book_in_datetime": "moment"}}[table]
    if table == "stints":
        event |= {"stint_book_out_datetime": "moment_out", "stay_book_in_datetime": "stay_moment"}
    for column, source in event.items():
        engine.execute(f"update {table}_rows set {column} = make_timestamp({source} * 1000000)")


def pairs(groups: Iterable[int]) -> int:
    """Pairs within groups of these sizes."""
    return sum(many * (many - 1) // 2 for many in groups)


def agreement(found: Mapping[int, Any], true: Mapping[int, Any]) -> tuple[float, float]:
    """Precision and recall over pairs of rows that are called one."""
    both = pairs(Counter((found[row], true[row]) for row in true if found.get(row) is not None).values())
    said = pairs(Counter(value for value in found.values() if value is not None).values())
    is_one = pairs(Counter(true.values()).values())
    return (both / said if said else 1.0, both / is_one if is_one else 1.0)


def measured(truth: Truth) -> dict[str, dict[str, tuple[float, ...]]]:
    """Precision, recall (and for duplicates the count over the true count) of every rule."""
    shelf = Shelf()
    rules, book = rules_of(shelf), rulebook(shelf)
    out: dict[str, dict[str, tuple[float, ...]]] = defaultdict(dict)
    with store.engine() as engine:
        lay(engine, rules, "arrests", truth.arrests)
        lay(engine, rules, "stints", truth.stints)

        def ask(query: str, values: Any) -> list[Any]:
            return list(engine.execute(query, list(values)).fetchall())

        release = rules.register.release("ice_2026_03").release
        acts = Following(Opened(ask, release, rules.codebook.tables, {"arrests": "", "stints": ""}), book)
        for table, rows in (("arrests", truth.arrests), ("stints", truth.stints)):
            true = {row["record"]: row["true"] for row in rows}
            for rule in book.duplicate_rules(table):
                spoken = acts.spoken(table, rule)
                found = dict(ask(f'select record, episode from "{spoken}"', ()))
                count = acts.counted(table, rule)
                out[f"duplicates of {table}"][rule.id] = (
                    *agreement(found, true),
                    count.counted / len({*true.values()}),
                )
        default = {table: acts.duplicates(table) for table in ("arrests", "stints")}
        true_stay = {row["record"]: row["true_stay"] for row in truth.stints}
        for stay_rule in book.stay_rules:
            acts.stays(default["stints"], stay_rule)
            told = {record: stay for record, stay in ask("select record, stay from stays_told", ()) if stay is not None}
            kept = {record: true_stay[record] for record in told}
            found_stays = len({*told.values()})
            out["stays"][stay_rule.id] = (*agreement(told, kept), found_stays / len({*true_stay.values()}))
        arrest_of = {row["record"]: row["true"] for row in truth.arrests}
        for link in book.link_rules("arrests-stays"):
            acts.link(link, default, book.stay_rules[0])
            first = dict(ask("select stay, first_record from stays", ()))
            made = {
                (arrest_of[left], true_stay[first[right]])
                for left, right in ask("select left_record, right_record from links where state = 'linked'", ())
            }
            good = len(made & truth.links)
            out["links of arrests to stays"][link.id] = (
                good / len(made) if made else 1.0, good / len(truth.links), len(made) / len(truth.links),
            )  # fmt: skip
    return out


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--people", type=int, default=4000)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    every = measured(made_truth(options.people, options.seed))
    for what, rules in every.items():
        print(f"\n### {what.capitalize()}, all faults together\n")
        print("| rule | right among those it joins | found among the true ones | its count over the true count |")
        print("|---|---|---|---|")
        for rule, values in rules.items():
            print(f"| {rule} | " + " | ".join(f"{value:.3f}" for value in values) + " |")
    print("\n### One fault at a time: count over the true count\n")
    chosen = [("duplicates of arrests", name) for name in ("rows", "exact", "same-day", "ddp-2026", "day-or-24-hours")]
    chosen += [("duplicates of stints", name) for name in ("rows", "ddp-2026", "ian-nason", "one-place-at-a-time")]
    chosen += [("stays", name) for name in ("as-released", "gap-24h", "touching")]
    chosen += [("links of arrests to stays", name) for name in ("nearest-one-to-one", "forward")]
    print("| fault | " + " | ".join(f"{what.split()[-1]}: {name}" for what, name in chosen) + " |")
    print("|---" * (len(chosen) + 1) + "|")
    for fault, says in (("", "none"), *FAULTS):
        found = measured(made_truth(options.people, options.seed, only=fault or "-", rate=0.1))
        print(
            f"| {fault or 'none'}: {says} | "
            + " | ".join(f"{found[what][name][2]:.3f}" for what, name in chosen)
            + " |"
        )


if __name__ == "__main__":
    main()
