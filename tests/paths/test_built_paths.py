"""What a build writes of paths, and what commands show of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tallystick import pipeline, store
from tallystick.cli import group
from tallystick.made.releases import make_release
from tallystick.terms.definitions import Shelf
from tallystick.terms.tables import table
from tests.conftest import built_once

ROOT = Path(__file__).resolve().parent.parent.parent
RELEASE = "ice_2026_03"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:

    def build(folder: Path) -> None:
        make_release(RELEASE, folder / "files", Shelf(), people=400)
        pipeline.build([folder / "files"], folder / "project", Shelf())

    return built_once(tmp_path_factory, "paths", build) / "project"


def asked(*words: str) -> dict[str, object]:
    ran = CliRunner().invoke(group, [*words, "--json"], catch_exceptions=False, standalone_mode=False)
    return dict(json.loads(ran.output))


def test_tables_of_paths_meet_their_contracts(project: Path) -> None:
    own = project / "4-linked" / RELEASE
    contracts = {
        "stays": ["stays"],
        "stints-stays": ["stints-stays"],
        "population": ["population"],
        "episodes": [path.stem for path in own.glob("*-episodes.parquet")],
        "links": [path.stem for path in own.glob("links-*.parquet")],
    }
    assert 5 == len(contracts["episodes"])
    assert 6 == len(contracts["links"])
    for name, files in contracts.items():
        for file in files:
            with store.engine() as engine:
                found = engine.execute(
                    "describe select * from read_parquet(?)", [str(own / f"{file}.parquet")]
                ).fetchall()
            assert [(column.name, column.type) for column in table(name).columns] == [row[:2] for row in found], file
    assert {path.stem for path in own.iterdir()} == {file for files in contracts.values() for file in files}


def test_the_data_dictionary_is_what_the_definitions_say() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from dictionary import dictionary
    finally:
        sys.path.pop(0)
    assert dictionary() == (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")


def test_the_grid_counts_under_every_combination(project: Path) -> None:
    arrests = asked("measure", "run", "arrests", "--grid", "--project", str(project))
    cells = arrests["data"]["cells"]
    assert 13 == len(cells)
    assert 1 == sum(cell["default"] for cell in cells)
    rows = next(cell for cell in cells if cell["duplicates of arrests"] == "rows")
    assert all(cell["lower"] <= cell["upper"] for cell in cells)
    assert rows["counted_lower"] == max(cell["counted_lower"] for cell in cells)
    stays = asked("measure", "run", "stays", "--grid", "--project", str(project))["data"]["cells"]
    assert 7 * 3 == len(stays)
    pairs = asked("measure", "run", "linked-stays-removals", "--grid", "--project", str(project))["data"]["cells"]
    assert 7 * 3 * 3 * 2 == len(pairs)


def test_explain_prints_the_same_sql() -> None:
    shown = asked("measure", "show", "counts/stays")["data"]["sql"]
    assert shown == asked("explain", "counts/stays")["data"]["sql"]
    assert "-- " not in str(shown).split("/*")[0]
    assert "RELEASE/stints.parquet" in str(shown)


def test_another_rule_can_be_chosen(project: Path) -> None:
    every = asked("measure", "run", "arrests", "--grid", "--project", str(project))["data"]["cells"]
    for name in ("rows", "uwchr-ddp-merge"):
        own = asked("measure", "run", "arrests", "--rule", name, "--project", str(project))["data"]["cells"]
        assert [name] == [cell["duplicates of arrests"] for cell in own]
        same = next(cell for cell in every if cell["duplicates of arrests"] == name)
        assert same["counted_lower"] == own[0]["counted_lower"]


def test_counts_of_a_build_stand_among_the_cells(project: Path) -> None:
    found = asked(
        "sql",
        "select duplicate_rule, lower, upper from cells where measure = 'counts/arrests' and variant = 'ice_2026_03' order by 1",
        "--project",
        str(project),
    )["data"]["rows"]
    assert 13 == len(found)
    quality = asked("sql", 'select distinct "check" from quality order by 1', "--project", str(project))["data"]["rows"]
    assert {"link-rate", "repeated-rows"} <= {row[0] for row in quality}


@pytest.mark.parametrize(
    ("name", "rule", "count"),
    [
        ("arrests", "ddp-2026", 'select count(*) from "arrests|ddp-2026" where record = episode'),
        ("stays", "gap-24h", "select count(*) from stays"),
        ("linked-arrests-stays", "forward", "select count(distinct left_record) from links where state = 'linked'"),
    ],
)
def test_a_count_shows_the_sql_that_gives_it_elsewhere(project: Path, name: str, rule: str, count: str) -> None:
    """The script runs in plain DuckDB on the files of the project and gives the count that the command shows."""
    import duckdb

    text = str(asked("measure", "show", name, "--rule", rule)["data"]["sql"])
    engine = duckdb.connect()
    for statement in text.replace("3-records/RELEASE", str(project / "3-records" / RELEASE)).split(";\n\n"):
        engine.execute(statement.rstrip(";"))
    counted = engine.execute(count).fetchone()
    own = asked("measure", "run", name, "--rule", rule, "--project", str(project))["data"]["cells"][0]
    assert rule in own.values()
    assert counted is not None
    assert counted[0] > 0
    exact = own["counted_lower"] == own["counted_upper"]
    assert own["counted_lower"] <= counted[0] <= own["counted_upper"]
    assert exact or own["status"] == "rounded"


def test_wrong_names_say_what_there_is(project: Path, tmp_path: Path) -> None:
    from tallystick.counting import grids
    from tallystick.terms.errors import TallystickError

    for code, words in (
        ("TS102", {"name": "arests"}),
        ("TS183", {"name": "arrests", "release": "ice_2025_07"}),
        ("TS183", {"name": "arrests", "project": tmp_path}),
    ):
        with pytest.raises(TallystickError) as error:
            grids(words.pop("project", project), Shelf(), **words)
        assert code == error.value.faults[0].code


def test_a_table_that_was_not_read_is_unknown_and_not_zero(tmp_path: Path) -> None:
    from tallystick.counting import grids
    from tallystick.terms.errors import TallystickError

    make_release("ice_2025_02", tmp_path / "files", Shelf(), people=60, tables=["stints", "arrests"])
    pipeline.build([tmp_path / "files"], tmp_path / "project", Shelf())
    assert not list((tmp_path / "project" / "4-linked").rglob("stays.parquet"))
    for code, name in (("TS181", "stays"), ("TS182", "removals"), ("TS181", "linked-arrests-stays")):
        with pytest.raises(TallystickError) as error:
            grids(tmp_path / "project", Shelf(), name)
        assert code == error.value.faults[0].code


def test_published_figures_stand_in_their_cells_where_the_release_is_there() -> None:
    from tallystick.measures.grid import Grid, GridCount, PublishedCount, placed, published_counts
    from tallystick.measures.record_measure import record_measure, record_measures

    choice = (("duplicates of arrests", "rows"),)
    grid = Grid(record_measure(Shelf(), "arrests"), "r", (GridCount(choice, 291_722, 1, 2, 3, 4),), choice)

    def standing(value: int, rounded_to: int = 1, rule: str = "rows") -> str:
        entry = PublishedCount(
            id="x", who="w", where="w", text="t", measure="counts/arrests", release="r", value=value,
            rounded_to=rounded_to, choice={"duplicates of arrests": rule},
        )  # fmt: skip
        return placed(grid, [entry])[0].standing

    assert "reproduced" == standing(291_722)
    assert "reproduced" == standing(290_000, 10_000)
    assert "nearby" == standing(291_000)
    assert "not reproduced" == standing(250_000)
    assert "not reproduced" == standing(291_722, rule="exact")
    known = {measure: {*found.tables} for measure, found in record_measures(Shelf()).items()}
    for entry in published_counts(Shelf()):
        assert entry.measure in known
        tables = {name.removeprefix("duplicates of ") for name in entry.choice if name.startswith("duplicates")}
        assert tables <= known[entry.measure]


def test_a_rule_is_added_by_one_file(project: Path, tmp_path: Path) -> None:
    from tallystick.counting import grids

    own = tmp_path / "us-ice" / "duplicates"
    own.mkdir(parents=True)
    (own / "arrests-half-a-day.toml").write_text(
        'id = "half-a-day"\ntable = "arrests"\ntitle = "Within 12 hours"\nwhy = "A test."\n'
        '[[origins]]\nwho = "a test"\nwhere = "here"\nseen = "2026-11"\n'
        '[[steps]]\nact = "episodes"\nwithin_seconds = 43200\nfollows = [{ by = "moment" }]\nspeaks = [{ by = "moment" }]\n',
        encoding="utf-8",
    )
    found, _ = grids(project, Shelf(tmp_path), "arrests")
    assert "half-a-day" in {dict(count.choice)["duplicates of arrests"] for count in found[0].grid.counts}
    assert 14 == len(found[0].grid.counts)


def test_a_broken_rule_names_its_faults(tmp_path: Path) -> None:
    from tallystick.records.rules import rulebook
    from tallystick.terms.errors import TallystickError

    own = tmp_path / "us-ice" / "links"
    own.mkdir(parents=True)
    (own / "bad.toml").write_text(
        'id = "bad"\nleft = "arrests"\nright = "stays"\ntitle = "t"\nwhy = "w"\nunit = "days"\nleast = 5\nmost = 1\n'
        'prefers = "nearest"\neach_left_once = true\neach_right_once = true\ndefault = true\norigins = []\n',
        encoding="utf-8",
    )
    with pytest.raises(TallystickError) as error:
        rulebook(Shelf(tmp_path))
    texts = " ".join(fault.text for fault in error.value.faults)
    assert "origin" in texts
    assert "default" in texts
    assert "ends before it begins" in texts
    for text in ('prefers = "newest"', "extra = 1"):
        (own / "bad.toml").write_text(f'id = "bad"\n{text}\n', encoding="utf-8")
        with pytest.raises(TallystickError):
            rulebook(Shelf(tmp_path))


def test_values_of_rules_become_literals_and_names_and_nothing_else() -> None:
    from tallystick.records.acting import By, filled
    from tallystick.terms.errors import TallystickError

    good = {"same": ("day",), "apart": ("record",), "same_without_key": ("record",), "speaks": (By(by="moment"),)}
    assert '"day"' in filled("repeats", good)
    for bad in (
        {**good, "same": ('day"; drop table x; --',)},
        {**good, "speaks": (By(by="moment desc, (select 1)"),)},
        {**good, "same": ()},
        {"same": ("day",)},
        {**good, "other": 1},
    ):
        with pytest.raises(TallystickError):
            filled("repeats", bad)
    text = filled("repeats", {**good, "speaks": (By(by="moment", last_if="x'; drop table y; --"),)})
    assert "'x''; drop table y; --'" in text
    with pytest.raises(TallystickError):
        filled("episodes", {"within": "1", "within_days": True, "follows": (), "speaks": ()})
    with pytest.raises(TallystickError):
        filled("no_such_act", {})
