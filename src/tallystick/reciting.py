"""The SQL of a count, act by act, as a script that DuckDB alone runs in the folder of a project."""

from __future__ import annotations

from tallystick import store
from tallystick.following import following
from tallystick.gather import rules_of
from tallystick.measured import desk_of, parts_of
from tallystick.measures.grid import choices
from tallystick.measures.record_measure import RecordMeasure
from tallystick.measures.unit_measure import measurebook
from tallystick.policies.policy import lawbook
from tallystick.question import Question
from tallystick.relating import measured_cells
from tallystick.terms.definitions import Shelf, unknown_name
from tallystick.terms.errors import cannot

RELEASE = "RELEASE"


def recited(shelf: Shelf, measure: RecordMeasure, rule: str = "", agency: str = "us-ice") -> str:
    """Every statement behind a count, under the default rules or with one of them exchanged for a rule by name.

    The statements are those that run: they are written down while the count is made of tables without a row. Put
    the id of a release for RELEASE; what the last statements give is the count.

    Raises:
        TallystickError: TS180 when no rule that the measure can use is called so.
    """
    register = rules_of(shelf, agency)
    wanted = set(measure.tables)
    fit = [
        entry.release
        for entry in register.register.releases
        if wanted <= {table.table for table in entry.release.tables}
        and not ("stays" in measure.counts and entry.release.table("stints").no_stays)
    ]
    said: list[str] = []
    with store.scratch() as folder:
        own = folder / fit[-1].id
        with store.engine() as engine:
            for table in measure.tables:
                rows = _no_rows(register.codebook.tables[table].stored)
                store.write_parquet(engine, rows, own / f"{table}.parquet")
        with following(folder, fit[-1].id, shelf, agency, listen=said.append) as (acts, _):
            names = acts.names(measure)
            known = {name for rules in names.values() for name in rules}
            if rule and rule not in known:
                command = "tallystick measure list --rules"
                raise unknown_name("TS180", f"rule for {measure.id}", rule, known, command)
            chosen = {what: [rule] if rule in rules else rules[:1] for what, rules in names.items()}
            acts.count(measure, choices(chosen)[0])
        place = str(own).replace("'", "''")
    text = ";\n\n".join(statement.strip().replace(place, f"3-records/{RELEASE}") for statement in said)
    return text + ";"


def recited_measure(shelf: Shelf, name: str, policy: str = "", agency: str = "us-ice") -> str:
    """Every statement behind a measure over the whole of a release, as `recited`.

    Raises:
        TallystickError: TS102, TS189 where the measure needs a policy, TS182 where no release has all its tables.
    """
    register = rules_of(shelf, agency)
    book = measurebook(shelf, agency)
    units = [book.units[part.units] for part in parts_of(book, book.measure(name))]
    tables = {"arrests", "stints", "detainers", "removals", "encounters", *(unit.table for unit in units)}
    fit = [
        entry.release
        for entry in register.register.releases
        if {unit.table for unit in units} <= {table.table for table in entry.release.tables}
        and not entry.release.table("stints").no_stays
    ]
    if not fit:
        raise cannot("TS182", f"{name}: no release that is registered has all its tables.", fix="tallystick get --list")
    law = lawbook(shelf, agency)
    said: list[str] = []
    with store.scratch() as folder:
        own = folder / fit[-1].id
        with store.engine() as engine:
            for table in sorted(tables & {table.table for table in fit[-1].tables}):
                store.write_parquet(engine, _no_rows(register.codebook.tables[table].stored), own / f"{table}.parquet")
        with following(folder, fit[-1].id, shelf, agency, listen=said.append) as (acts, _):
            question = Question(policy=law.policy(policy) if policy else None)
            measured_cells(desk_of(acts, shelf, agency, ""), name, question)
        place = str(own).replace("'", "''")
    text = ";\n\n".join(statement.strip().replace(place, f"3-records/{RELEASE}") for statement in said)
    return text + ";"


def _no_rows(columns: tuple[tuple[str, str], ...]) -> str:
    parts = [f'cast(null as {kind}) as "{name}"' for name, kind in columns]
    parts += [f'cast(null as varchar) as "{name}__why"' for name, _ in columns]
    places = ("source_file", "source_sheet", "release")
    parts += [f"cast(null as varchar) as {name}" for name in places] + ["cast(null as bigint) as source_row"]
    return f"select {', '.join(parts)} where false"  # names of definitions
