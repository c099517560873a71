"""Whole projects of made-up releases: every table of every release, twins, overlaps, breaks, lateness, interruptions."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tallystick import pipeline, store
from tallystick.gather import gather
from tallystick.gathered import stepped
from tallystick.intake.canonical import record_columns
from tallystick.intake.codebook import WHYS
from tallystick.made.releases import MadeFile, make_release
from tallystick.made.sheets import MadeSheet, write_records
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

from ..conftest import SEEDS
from .conftest import BOOK, REGISTER, SHELF, made

MAIN = (
    "foia_2023", "ice_2025_02", "ice_2025_06a", "ice_2025_06b", "ice_2025_07", "ice_2025_10", "ice_2026_03", "ice_2026_08",
)  # fmt: skip
AUXILIARY = ("foia_09022", "foia_09023", "foia_21307", "foia_22955", "npr_detainers")
MANY = 20_000 if SEEDS >= 200 else 1_500  # people of a release


def _ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with store.engine() as engine:
        return list(engine.execute(query, [str(path)]).fetchall())


def _tables(project: Path) -> dict[tuple[str, str], Path]:
    return {(path.parent.name, path.stem): path for path in sorted((project / "3-records").rglob("*.parquet"))}


@pytest.mark.parametrize(
    ("release", "people"), [*((name, MANY) for name in MAIN), *((name, MANY // 10) for name in AUXILIARY)]
)
def test_every_table_of_every_release_is_built_whole(release: str, people: int, tmp_path: Path) -> None:
    files = make_release(release, tmp_path / "files", SHELF, people=people)
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    assert built.gathered.invented
    rows = Counter[str]()
    for file in files:
        rows[file.table] += file.rows
    tables = _tables(tmp_path / "project")
    assert {name for _, name in tables} == {table.table for table in REGISTER.release(release).release.tables}
    for (own, name), path in tables.items():
        assert own == release
        _meets_the_contract(path, name, release, rows[name])
    assert {sheet.release for file in built.gathered.files for sheet in file.sheets} == {release}
    assert not [finding for finding in built.gathered.findings if finding.check == "excepted"]


def _meets_the_contract(path: Path, name: str, release: str, rows: int) -> None:
    described = _ask(path, "describe select * from read_parquet(?)")
    assert [(column[0], column[1]) for column in described] == list(record_columns(BOOK.tables[name]))
    columns = [name for name, _ in BOOK.tables[name].stored if name != "person_key"]
    checks = ", ".join(
        f'count(*) filter ("{column}__why" is null or "{column}__why" not in {WHYS})' for column in columns
    )
    consistent = ", ".join(
        f'count(*) filter (("{column}__why" = \'recorded\') <> ("{column}" is not null) and "{column}__why" <> \'no_by_convention\')'
        for column in columns
    )
    found = _ask(path, f"select count(*), bool_and(invented), {checks}, {consistent} from read_parquet(?)")[0]
    assert found[:2] == (rows, True)
    assert set(found[2:]) == {0}
    headers = REGISTER.release(release).by_header[name]
    kept = {header.column for own in headers.values() for header in own if header.outcome == "keep"}
    for column, rule in ((column, BOOK.tables[name]) for column in columns):
        base = next(
            entry for entry in rule.columns if column in (entry.name, f"{entry.name}_class", f"{entry.name}_state")
        )
        whys = {row[0] for row in _ask(path, f'select distinct "{column}__why" from read_parquet(?)')}
        assert (whys == {"not_in_release"}) == (base.name not in kept and whys != {"implausible"}), (name, column, whys)


def test_what_was_invented_comes_back_value_for_value(tmp_path: Path) -> None:
    """The generator knows what it wrote: counts of every value of key columns are the same after reading."""
    from datetime import date

    from tallystick.made.people import lives
    from tallystick.made.releases import setting_of

    make_release(
        "ice_2026_03", tmp_path / "files", SHELF, people=1500, seed=3, tables=["arrests", "stints", "removals"]
    )
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    tables = _tables(tmp_path / "project")
    release = REGISTER.release("ice_2026_03").release
    first, last = date.fromisoformat(release.covers_from), date.fromisoformat(release.closes_on)
    people = list(lives(1500, 3, first, last, setting_of(BOOK)))
    arrests = Counter(
        life.criminality for life in people for moment, _ in life.arrests if first <= moment.date() <= last
    )
    query = "select apprehension_criminality, count(*) from read_parquet(?) group by 1"
    assert dict(_ask(tables["ice_2026_03", "arrests"], query)) == arrests
    starts = sorted(
        stint.start.replace(microsecond=0) for life in people for stay in life.stays for stint in stay.stints
        if first <= stint.start.date() <= last
    )  # fmt: skip
    found = sorted(
        row[0] for row in _ask(tables["ice_2026_03", "stints"], "select stint_book_in_datetime from read_parquet(?)")
    )
    assert len(found) == len(starts)
    assert max(abs((one - other).total_seconds()) for one, other in zip(found, starts, strict=True)) <= 1
    open_stints = sum(stint.end is None for life in people for stay in life.stays for stint in stay.stints)
    query = "select count(*) from read_parquet(?) where stint_book_out_datetime__why = 'ongoing'"
    assert _ask(tables["ice_2026_03", "stints"], query)[0][0] == open_stints
    removed = sum(life.departed is not None and first <= life.departed <= last for life in people)
    assert _ask(tables["ice_2026_03", "removals"], "select count(*) from read_parquet(?)")[0][0] == removed


def test_person_keys_are_numbers_that_join_tables_of_one_release_and_of_no_other(tmp_path: Path) -> None:
    for release in ("ice_2025_07", "ice_2025_10"):
        make_release(release, tmp_path / release, SHELF, people=300, seed=4, tables=["arrests", "stints"])
    pipeline.build([tmp_path / "ice_2025_07", tmp_path / "ice_2025_10"], tmp_path / "project", SHELF)
    tables = _tables(tmp_path / "project")
    for release in ("ice_2025_07", "ice_2025_10"):
        keys = {row[0] for row in _ask(tables[release, "arrests"], "select distinct person_key from read_parquet(?)")}
        stays = {row[0] for row in _ask(tables[release, "stints"], "select distinct person_key from read_parquet(?)")}
        assert len(stays & keys) > 0.9 * len(stays)  # some rows carry no key
        assert max((keys | stays) - {None}) <= 300
    text = b"".join(
        path.read_bytes() for path in (tmp_path / "project").rglob("*") if path.is_file() and ".cache" not in path.parts
    )
    assert not [life for life in _keys(tmp_path) if life.encode() in text]


def _keys(folder: Path) -> set[str]:
    from python_calamine import CalamineWorkbook

    path = next((folder / "ice_2025_07").glob("*Arrests*"))
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return {str(row[-1]) for row in rows[7:] if row[-1]}


def test_place_texts_are_gone_and_their_class_and_state_stay(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=300, tables=["arrests"])
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    path = _tables(tmp_path / "project")["ice_2026_03", "arrests"]
    classes = {row[0] for row in _ask(path, "select distinct apprehension_landmark_class from read_parquet(?)")}
    assert classes == {"jail", "courthouse", "agency_office", "border_or_port", "other"}
    states = {row[0] for row in _ask(path, "select distinct apprehension_landmark_state from read_parquet(?)")}
    assert all(len(state) == 2 for state in states if state)
    for file in (tmp_path / "project").rglob("*"):
        assert not file.is_file() or b"EXAMPLE COUNTY JAIL" not in file.read_bytes(), file


def test_a_sheet_that_stands_twice_is_counted_once_and_named(tmp_path: Path) -> None:
    """The delivery of August 2026: the files of two fiscal years held the same rows."""
    table = made("ice_2026_08", people=80)
    table.write(tmp_path / "files", name="MADE-UP_ARS_FY2023.xlsx")
    write_records(
        tmp_path / "files" / "MADE-UP_ARS_FY2024.xlsx",
        [MadeSheet("MADE-UP FY2024", table.preamble, table.header, list(table.rows))],
        strings="inline",
    )
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    assert built.gathered.five[0].check == "twin-sheet"
    assert "MADE-UP_ARS_FY2024.xlsx" in built.gathered.five[0].explanation
    path = _tables(tmp_path / "project")["ice_2026_08", "arrests"]
    assert _ask(path, "select count(*) from read_parquet(?)")[0][0] == len(table.rows)
    lines = [line for line in built.gathered.ledger if line.rule == "twin sheet"]
    assert [(line.rows_in, line.rows_out) for line in lines] == [(len(table.rows), 0)]


def test_the_same_file_twice_is_read_once_and_two_of_one_name_are_refused(tmp_path: Path) -> None:
    path = made(people=60).write(tmp_path / "a", name="MADE-UP_one.xlsx")
    shutil.copyfile(path, tmp_path / "a" / "MADE-UP_two.xlsx")
    built = pipeline.build([tmp_path / "a"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    assert [line.source_file for line in built.gathered.ledger if line.rule == "same bytes"] == ["MADE-UP_two.xlsx"]
    made(people=61).write(tmp_path / "b", name="MADE-UP_one.xlsx")
    with pytest.raises(TallystickError) as error:
        pipeline.build([path, tmp_path / "b" / "MADE-UP_one.xlsx"], tmp_path / "project", SHELF)
    assert error.value.faults[0].code == "TS114"


def test_two_releases_in_one_folder_are_kept_apart_and_combined_by_name(tmp_path: Path) -> None:
    for release in ("foia_2023", "ice_2026_03", "ice_2025_07"):
        make_release(release, tmp_path / "files", SHELF, people=100, tables=["arrests", "removals", "stints"])

    def chosen(name: str) -> dict[str, list[str]]:
        built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF, combine=name)
        assert built.gathered is not None
        record = store.read_rows(tmp_path / "project" / "ledger.csv", "ledger")
        assert {line["rule"] for line in record if line["act"] == "passed over"} <= {
            "foia_2023",
            "ice_2026_03",
            "ice_2025_07",
        }
        return {
            table: [f"{span.release} {span.since} {span.until}" for span in spans] for table, spans in built.gathered.chosen.items()
        }  # fmt: skip

    newest = chosen("newest-wins")
    assert newest["arrests"] == ["foia_2023 2011-10-01 2022-09-30", "ice_2026_03 2022-10-01 2026-03-10"]
    window = chosen("by-window")
    assert window["removals"] == ["foia_2023 2011-10-01 2022-09-30", "ice_2025_07 2023-09-01 2025-07-29"]
    apart = chosen("apart")
    assert [entry.split()[0] for entry in apart["arrests"]] == ["foia_2023", "ice_2025_07", "ice_2026_03"]
    assert (tmp_path / "project" / "3-records" / "combination.json").is_file()
    with pytest.raises(TallystickError) as error:
        chosen("neatest")
    assert error.value.faults[0].code == "TS167"


def test_a_release_known_to_be_wrong_is_read_and_used_by_no_combination(tmp_path: Path) -> None:
    make_release("ice_2025_06b", tmp_path / "files", SHELF, people=100, tables=["removals"])
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    assert built.gathered.chosen == {"removals": ()}
    assert [found.status for found in built.gathered.findings if found.check == "unfit"] == ["rejected"]


def test_stays_of_the_corrupt_release_are_said_to_be_impossible(tmp_path: Path) -> None:
    make_release("ice_2025_02", tmp_path / "files", SHELF, people=100, tables=["stints"])
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    assert built.gathered.five[0].check == "no-stays"


def test_days_for_which_no_release_speaks_are_named(tmp_path: Path) -> None:
    for release in ("foia_2023", "ice_2025_07"):
        make_release(release, tmp_path / "files", SHELF, people=80, tables=["removals"])
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF, combine="by-window")
    assert built.gathered is not None
    gaps = [entry.explanation for entry in built.gathered.findings if entry.check == "gap"]
    assert gaps == ["No release speaks for the days between 2022-09-30 and 2023-09-01."]


def test_a_box_that_nobody_ever_ticked_is_no_no(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=1500, tables=["detainers"])
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    path = _tables(tmp_path / "project")["ice_2026_03", "detainers"]
    assert _ask(path, "select distinct illegal_entry, illegal_entry__why from read_parquet(?)") == [(None, "blank")]
    found = set(_ask(path, "select distinct prior_felony, prior_felony__why from read_parquet(?)"))
    assert found == {(True, "recorded"), (False, "no_by_convention")}


def test_a_file_that_cannot_be_read_is_left_out_when_asked_and_a_wrong_release_is_named(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    (tmp_path / "files" / "broken.xlsx").write_bytes(b"no workbook")
    with pytest.raises(TallystickError):
        pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF, skip_unreadable=True)
    assert [fault.code for fault in built.left_out] == ["TS204"]
    with pytest.raises(TallystickError) as error:
        pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF, skip_unreadable=True, release="nope")
    assert error.value.faults[0].code == "TS160"


def test_invented_and_real_records_never_meet(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=50, tables=["arrests"])
    table = made(people=50)
    replace(table, preamble=("Example",) * 6, name="FY2025").write(tmp_path / "files", name="other.xlsx")
    with pytest.raises(TallystickError) as error:
        pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert error.value.faults[0].code == "TS165"


def test_records_and_workbooks_of_statistics_build_into_one_project(tmp_path: Path) -> None:
    from datetime import date

    from tallystick.made.workbooks import write_workbook

    make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    write_workbook(tmp_path / "files" / "MADE-UP_FY26.xlsx", date(2026, 1, 24), shape="FY26", seed=1)
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert len(built.issues) == 1
    assert built.gathered is not None
    sources = store.read_rows(tmp_path / "project" / "1-received" / "sources.parquet", "sources")
    assert {row["release"] for row in sources} == {None, "ice_2026_03"}
    again = pipeline.build([tmp_path / "files" / "MADE-UP_FY26.xlsx"], tmp_path / "project", SHELF)
    assert again.gathered is None
    assert not (tmp_path / "project" / "3-records").exists()


def test_the_same_files_give_the_same_bytes_in_any_order_and_from_the_cache(tmp_path: Path) -> None:
    files = [file.path for file in make_release("ice_2025_10", tmp_path / "files", SHELF, people=120)]
    digests = []
    for number, order in enumerate((files, list(reversed(files)), files)):
        project = tmp_path / f"project{min(number, 1)}"
        pipeline.build(order, project, SHELF)
        digests.append(_digest(project))
    assert digests[0] == digests[1] == digests[2]


def _digest(project: Path) -> dict[str, bytes]:
    stages = (
        path
        for path in project.rglob("*")
        if path.is_file() and ".cache" not in path.parts and path.suffix in (".parquet", ".csv", ".json")
    )
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in sorted(stages)}


def test_a_build_that_was_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path) -> None:
    """8 moments (200 in soak): the tables equal those of a build that nobody disturbed, byte for byte."""
    make_release("ice_2025_10", tmp_path / "files", SHELF, people=150, tables=() if SEEDS >= 200 else ("arrests",))
    command = [sys.executable, "-m", "tallystick", "build", str(tmp_path / "files"), "-q", "--project"]
    start = time.perf_counter()
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    lasts = time.perf_counter() - start
    whole = _digest(tmp_path / "whole")
    moments = random.Random(7)
    seen_cache = 0
    for number in range(200 if SEEDS >= 200 else 8):
        project = tmp_path / "killed"
        running = subprocess.Popen(
            [*command, str(project)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(lasts * moments.random())
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        seen_cache += any((project / ".cache").glob("*/read.json")) if (project / ".cache").exists() else 0
        if number % 4 == 3:
            done = subprocess.run([*command, str(project)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            found = _digest(project)
            assert {name: content for name, content in found.items() if name != "run.json"} == {
                name: content for name, content in whole.items() if name != "run.json"
            }
            assert not (project / ".next").exists()
            shutil.rmtree(project)
    assert seen_cache


def test_ledger_and_quality_give_no_small_count_away(tmp_path: Path) -> None:
    table = made(people=300)
    column = table.index("Departed Date")
    table.with_cell(3, column, "0002-01-01").with_cell(9, column, "soon").write(tmp_path / "files")
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    for line in store.read_rows(tmp_path / "project" / "ledger.csv", "ledger"):
        if line["stage"] in ("received", "records", "combined"):
            assert (int(line["rows_in"]) - int(line["rows_out"])) % 10 == 0 or int(line["rows_out"]) == 0
    quality = store.read_rows(tmp_path / "project" / "2-figures" / "quality.parquet", "quality")
    texts = [row["explanation"] for row in quality if row["check"] in ("implausible", "unparsed")]
    assert texts
    assert all(text.startswith(("fewer than 11", "about")) for text in texts)
    assert (stepped(0), stepped(10), stepped(11), stepped(999)) == ("0", "fewer than 11", "about 10", "about 990")


def test_a_change_of_coding_and_a_column_that_falls_silent_are_found(tmp_path: Path) -> None:
    table = made(people=6000)
    day, method, kind = table.index("Apprehension Date"), table.index("Apprehension Method"), table.index("Gender")
    break_at, end = 45_860, 46_091 - 21  # late July 2025; three weeks before the release closes

    def coded(row: list[Any]) -> list[Any]:
        if row[day] >= break_at and str(row[method]).startswith("CAP"):
            row[method] = "Custodial Arrest"
        if row[day] >= break_at:
            row[kind] = None
        return row

    rows = [coded(list(row)) for row in table.rows]
    kept = [row for number, row in enumerate(rows) if row[day] < end or number % 10 == 0]
    replace(table, rows=tuple(map(tuple, kept))).write(tmp_path / "files")
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    found = {(entry.check, entry.column) for entry in built.gathered.findings}
    assert ("coding-break", "apprehension_method") in found
    assert ("missing-break", "gender") in found
    broken = {
        entry.period
        for entry in built.gathered.findings
        if entry.check == "coding-break" and "cap_local" in entry.explanation
    }
    assert broken
    assert broken <= {"2025Q3", "2025Q4"}


def test_values_and_columns_that_come_or_go_between_releases_are_named(tmp_path: Path) -> None:
    method = made("ice_2025_07").index("Apprehension Method")
    folded = made("ice_2025_07", people=600).with_column(
        method, lambda _, value: "Custodial Arrest" if str(value).startswith("CAP") else value
    )
    folded.write(
        tmp_path / "files",
        name="MADE-UP_2025-ICLI-00019_2024-ICFO-39357_ERO Admin Arrests_LESA-STU_FINAL Redacted_raw.xlsx",
    )
    make_release("ice_2025_06b", tmp_path / "files", SHELF, people=600, tables=["arrests"])
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    texts = [entry.explanation for entry in built.gathered.findings if entry.check == "vocabulary-drift"]
    assert any(text.startswith("'cap_local_incarceration' is gone against ice_2025_06b") for text in texts)
    make_release("ice_2026_08", tmp_path / "later", SHELF, people=600, tables=["arrests"])
    make_release("ice_2026_03", tmp_path / "later", SHELF, people=600, tables=["arrests"])
    later = pipeline.build([tmp_path / "later"], tmp_path / "project2", SHELF)
    assert later.gathered is not None
    gone = {entry.column for entry in later.gathered.findings if entry.check == "column-absent"}
    assert "apprehension_type" in gone


def test_late_weeks_are_found_inside_a_release_and_from_the_next_one(tmp_path: Path) -> None:
    table = made("ice_2025_06b", people=3000)
    day, close = table.index("Apprehension Date"), 45_834  # 26 June 2025
    even = table.with_column(day, lambda number, _: close - number % 84)
    late = [row for number, row in enumerate(even.rows) if row[day] <= close - 14 or number % 5 == 0]
    replace(even, rows=tuple(late)).write(tmp_path / "files", name="MADE-UP_older.xlsx")
    newer = made("ice_2025_07", people=3000)
    newer.with_column(day, lambda number, _: close + 33 - number % 117).write(
        tmp_path / "files", name="MADE-UP_newer.xlsx"
    )
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    texts = [(entry.release, entry.explanation) for entry in built.gathered.findings if entry.check == "lag"]
    assert any(
        release == "ice_2025_06b" and text.startswith("2 of the last 4 weeks hold fewer rows")
        for release, text in texts
    )
    assert any(release == "ice_2025_06b" and text.startswith("Seen from ice_2025_07") for release, text in texts)
    assert not any(release == "ice_2025_07" for release, _ in texts)


def test_a_refused_file_stops_the_build_and_leaves_nothing(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    table = made(people=40)
    table.with_cell(3, table.index("Birth Date"), "3/14/1986").write(tmp_path / "files", name="MADE-UP_bad.xlsx")
    for skip in (False, True):
        with pytest.raises(TallystickError) as error:
            pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF, skip_unreadable=skip)
        assert error.value.exit_code == 3
        assert not (tmp_path / "project" / "3-records").exists()


def test_gathering_leaves_files_out_that_cannot_be_read_when_asked(tmp_path: Path) -> None:
    files: list[MadeFile] = make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    table = made(people=40)
    bad = table.with_header(table.index("Operation"), "Campaign").write(tmp_path / "files", name="MADE-UP_bad.xlsx")
    gathered, faults = gather(
        [*(file.path for file in files), bad], SHELF, tmp_path / "stage", tmp_path / "cache", skip_unreadable=True
    )
    assert [fault.code for fault in faults] == ["TS161"]
    assert len(gathered.files) == len(files)


def test_records_inside_a_project_are_private_and_anywhere_else_a_breach(tmp_path: Path) -> None:
    from tallystick.onslaught import attack_folder

    make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert attack_folder(tmp_path / "project", SHELF).breaches == ()
    if os.name != "nt":
        for name in ("3-records", "4-linked", ".cache"):
            assert (tmp_path / "project" / name).stat().st_mode & 0o077 == 0
    shutil.copytree(tmp_path / "project" / "3-records" / "ice_2026_03", tmp_path / "shared-folder")
    assert attack_folder(tmp_path / "shared-folder", SHELF).breaches[0].attack == "forbidden column"
    shutil.copytree(tmp_path / "project" / "4-linked" / "ice_2026_03", tmp_path / "shared-paths")
    assert attack_folder(tmp_path / "shared-paths", SHELF).breaches


def test_definitions_of_a_user_change_what_is_read_again(tmp_path: Path) -> None:
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    before = {entry.name for entry in (tmp_path / "project" / ".cache").iterdir()}
    folder = tmp_path / "definitions" / "us-ice" / "values"
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text("vocabulary,raw,value,note\ngender,Masc,male,\n")
    pipeline.build([tmp_path / "files"], tmp_path / "project", Shelf(tmp_path / "definitions"))
    after = {entry.name for entry in (tmp_path / "project" / ".cache").iterdir()}
    assert len(after) == 2 * len(before)


def test_every_printed_cell_that_is_no_value_stands_in_the_ledger(tmp_path: Path) -> None:
    table = made(people=400)
    day, year = table.index("Departed Date"), table.index("Birth Year")
    table = table.with_column(day, lambda n, value: "soon" if n < 30 else value)
    table.with_column(year, lambda n, value: 1066 if n < 25 else value).write(tmp_path / "files")
    built = pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    assert built.gathered is not None
    lines = {
        (line.rule, line.reason.split()[0]): line.rows_in - line.rows_out
        for line in built.gathered.ledger
        if line.act == "made unknown"
    }
    assert lines["departed_date", "cells"] == 30
    assert lines["birth_year", "days"] == 30  # 25, rounded up


def test_definitions_read_by_several_threads_at_once_do_not_crash() -> None:
    """The library that checks definitions learns a type when it first sees it; two threads at once crashed it."""
    code = (
        "import sys, threading\n"
        "from tallystick.intake.rules import Door\n"
        "from tallystick.terms.definitions import Shelf, convert\n"
        "sys.setswitchinterval(1e-6)\n"
        "content = Shelf().parsed(Shelf().path('door.toml'))\n"
        "start = threading.Barrier(8)\n"
        "def read():\n"
        "    start.wait()\n"
        "    convert(content, Door, 'door.toml')\n"
        "threads = [threading.Thread(target=read) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    for _ in range(5):
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
