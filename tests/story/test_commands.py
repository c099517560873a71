"""What a person types, and what comes back: text, JSON, exit codes, files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tallystick import store
from tallystick.cli import main
from tallystick.made.demo import write_invented_workbooks
from tallystick.made.workbooks import write_series
from tallystick.terms.definitions import PACKAGED

CONVICTED = "most-arrested-and-detained-are-convicted"


def typed(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run a command in this process: exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ending:
        main(list(words))
    out = capsys.readouterr()
    return int(ending.value.code or 0), out.out, out.err


def as_json(*words: str, capsys: pytest.CaptureFixture[str]) -> dict:
    code, out, _ = typed(*words, "--json", capsys=capsys)
    document = json.loads(out)
    assert set(document) == {"schema", "ok", "tool", "release_set", "data", "warnings", "errors"}
    assert document["ok"] is (code in (0, 1))
    return document


@pytest.fixture
def made_project(tmp_path: Path) -> Path:
    from tallystick import pipeline
    from tallystick.terms.definitions import Shelf

    series = write_series(tmp_path / "workbooks", 2026, issues=3, seed=4)
    pipeline.build([made.path for made in series], tmp_path / "project", Shelf(), workers=1)
    return tmp_path / "project"


def test_a_welcome_names_the_next_command(capsys) -> None:
    code, out, _ = typed(capsys=capsys)
    assert (0, True) == (code, "tallystick demo" in out)


def test_help_imports_no_engine() -> None:
    script = "import sys; from tallystick.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint(sorted(set(sys.modules) & {'duckdb', 'rich', 'jinja2', 'msgspec', 'python_calamine'}))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.rstrip().endswith("[]")


@pytest.mark.parametrize(
    "words",
    [
        ["claim", "list"],
        ["claim", "run", CONVICTED],
        ["claim", "show", CONVICTED],
        ["claim", "statement"],
        ["explain", CONVICTED, "--at", "2019-09-30"],
        ["sql", "select * from sources limit 2"],
        ["doctor"],
        ["help"],
        ["help", "TS301"],
    ],
)
def test_commands_answer_in_text_and_in_json(words: list[str], capsys) -> None:
    code, out, _ = typed(*words, capsys=capsys)
    assert 0 == code
    assert out.strip()
    document = as_json(*words, capsys=capsys)
    assert document["schema"].startswith("tallystick/")


def test_claim_run_json_has_the_shape_of_the_contract(capsys) -> None:
    data = as_json("claim", "run", CONVICTED, "--at", "2019-09-30", capsys=capsys)["data"]
    assert ("depends", CONVICTED) == (data["verdict"], data["claim"])
    needed = {
        "id",
        "unit",
        "denominator",
        "threshold",
        "margin",
        "lower",
        "upper",
        "n",
        "n_unknown",
        "result",
        "reason",
        "tipping_point",
    }
    assert all(needed <= set(reading) for reading in data["readings"])
    held = next(reading for reading in data["readings"] if reading["id"] == "held-ice")
    assert (0.6643186272, 18881, "2019-10-04") == (held["lower"], held["n"], held["as_of"])
    assert set(data["tally"]) == {"agency", "critics", "either"}


def test_a_slip_of_the_pen_is_met_with_the_nearest_name(capsys) -> None:
    code, _, err = typed("claim", "run", "most-arrested-and-detained-convicted", capsys=capsys)
    assert (2, True, True) == (code, "TS101" in err, f"Did you mean '{CONVICTED}'" in err)
    document = json.loads(typed("claim", "run", "nothing-like-it", "--json", capsys=capsys)[1])
    assert (False, "TS101") == (document["ok"], document["errors"][0]["code"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["claim", "run"], 2),
        (["no-such-command"], 2),
        (["build"], 2),
        (["claim", "run", CONVICTED, "--at", "tomorrow"], 2),
        (["claim", "list", "--project", "nowhere"], 2),
        (["sql", "drop table figures"], 3),
        (["help", "TS999"], 2),
    ],
)
def test_exit_codes(words: list[str], code: int, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, err = typed(*words, capsys=capsys)
    assert (code, True, False) == (found, err.startswith("error["), "Traceback" in err)


def test_every_code_that_can_be_raised_has_a_page() -> None:
    from tallystick.terms.definitions import Shelf

    pages = set(Shelf().parsed(PACKAGED / "errors.toml"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGED.parent.rglob("*.py"))
    raised = set(re.findall(r'"(TS\d{3})"', source))
    assert raised <= pages, raised - pages
    assert pages <= raised | {"TS232"}, pages - raised


def test_sql_locks_everything_but_the_tables(capsys, tmp_path) -> None:
    target = tmp_path / "out.csv"
    for query in (
        "select * from read_csv('/etc/passwd')",
        f"copy figures to '{target}'",
        "install httpfs",
        "load httpfs",
        "attach 'x.db'",
        "set threads=1",
        "reset lock_configuration",
        "pragma database_list",
        "create table x as select 1",
        "insert into figures select * from figures",
        "delete from cells",
        "update cells set lower = 0",
        "call pragma_version()",
        "select * from '/etc/passwd'",
        "export database 'x'",
        "select 1; select 2",
        "set enable_external_access=true",
        "select * from read_parquet('*.parquet')",
        "select getenv('HOME')",
        "select * from glob('/*')",
        "select * from read_text('/etc/hostname')",
        "select * from duckdb_settings()",
        "select current_setting('home_directory')",
        "select * from information_schema.tables",
        "select * from query('select 1')",
        "with x as (select * from duckdb_secrets()) select * from x",
        "select * from main.pragma_version()",
    ):
        code, out, _ = typed("sql", query, capsys=capsys)
        assert code in (2, 3), query
        assert not out.strip(), query
    assert not target.exists()
    for query in (
        "from quality limit 1",
        "describe cells",
        "with a as (select claim from verdicts) select count(*) from a",
        "show tables",
    ):
        assert 0 == typed("sql", query, capsys=capsys)[0], query


def test_build_inspect_and_run_on_made_up_workbooks(made_project: Path, capsys) -> None:
    code, out, _ = typed("claim", "run", CONVICTED, "--at", "latest", "--project", str(made_project), capsys=capsys)
    assert (0, True) == (code, "Verdict:" in out)
    files = sorted(str(path) for path in (made_project.parent / "workbooks").glob("*.xlsx"))
    document = as_json("inspect", *files, capsys=capsys)
    assert 3 == len(document["data"]["files"])
    assert {
        "file",
        "kind",
        "release",
        "table",
        "layout",
        "provenance",
        "as_of",
        "as_of_basis",
        "refused",
        "problems",
    } <= set(document["data"]["files"][0])


def test_builds_repeat_byte_for_byte_and_do_not_depend_on_order(tmp_path: Path) -> None:
    from tallystick import pipeline
    from tallystick.terms.definitions import Shelf

    paths = [made.path for made in write_series(tmp_path / "in", 2025, issues=3, seed=9)]
    for name, order in (("one", paths), ("two", paths[::-1])):
        pipeline.build(order, tmp_path / name, Shelf(), workers=1)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) >= 8
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_an_interrupted_build_leaves_the_last_good_one(made_project: Path, monkeypatch) -> None:
    from tallystick import pipeline
    from tallystick.terms.definitions import Shelf

    before = {path: path.read_bytes() for path in made_project.rglob("*") if path.is_file()}
    paths = sorted((made_project.parent / "workbooks").glob("*.xlsx"))[:1]
    real = store.write_table
    calls = []

    def fails(*arguments, **named):
        calls.append(1)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return real(*arguments, **named)

    monkeypatch.setattr(store, "write_table", fails)
    with pytest.raises(Exception, match="TS231"):
        pipeline.build(paths, made_project, Shelf(), workers=1)
    assert before == {path: path.read_bytes() for path in made_project.rglob("*") if path.is_file()}


def test_a_finished_build_that_was_not_moved_is_moved_when_next_opened(made_project: Path) -> None:
    from tallystick import answers
    from tallystick.terms.definitions import Shelf

    following = made_project / ".next"
    (following / "2-figures").mkdir(parents=True)
    (following / "2-figures" / "figures.parquet").write_bytes(
        (made_project / "2-figures" / "figures.parquet").read_bytes()
    )
    (following / "COMPLETE").write_text("x")
    answers.project_records(made_project, Shelf())
    assert not following.exists()
    assert (made_project / "2-figures" / "figures.parquet").exists()


def test_a_second_build_is_refused_by_name_of_the_first(made_project: Path, capsys) -> None:
    (made_project / ".lock").write_text("1")  # process 1 is always alive
    file = next((made_project.parent / "workbooks").glob("*.xlsx"))
    code, _, err = typed("build", str(file), "--project", str(made_project), capsys=capsys)
    assert (2, True) == (code, "process 1" in err)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def test_demo_does_not_touch_a_folder_of_others(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tallystick-demo").mkdir()
    (tmp_path / "tallystick-demo" / "thesis.txt").write_text("mine")
    code, _, err = typed("demo", capsys=capsys)
    assert (2, True, "mine") == (code, "TS240" in err, (tmp_path / "tallystick-demo" / "thesis.txt").read_text())


def test_swapping_the_names_of_agencies_changes_nothing_but_the_names(tmp_path: Path) -> None:
    from datetime import date

    from tallystick import answers, pipeline
    from tallystick.composing import pages_spoken
    from tallystick.made.demo import AGENCY, NAMES, PARTNER
    from tallystick.made.workbooks import write_workbook
    from tallystick.showing import showing
    from tallystick.terms.definitions import Shelf

    texts = []
    for names, shelf in (({}, Shelf()), ({"agency": AGENCY, "partner": PARTNER}, Shelf(swap=NAMES))):
        folder = tmp_path / (names.get("agency") or "ours")
        folder.mkdir()
        paths = []
        for number, (day, shape) in enumerate(((date(2025, 1, 11), "FY25"), (date(2026, 1, 24), "FY26"))):
            paths.append(folder / f"{number}.xlsx")
            write_workbook(paths[-1], day, shape=shape, seed=number, **names)
        pipeline.build(paths, folder / "project", shelf, workers=1)
        records = answers.project_records(folder / "project", shelf)
        texts.append({page.path: page.content for page in pages_spoken(showing(records, compares=False))})
    ours, theirs = texts
    for path, text in ours.items():
        expected = text
        for old, new in NAMES:
            expected = re.sub(rf"(?<![\w/-]){re.escape(old)}(?![\w/-])", new, expected)
        digest = re.compile(r"\b[0-9a-f]{16,64}\b|workbooks-[0-9a-f]{12}")  # identities differ with the names
        assert digest.sub("#", expected) == digest.sub("#", theirs[path]), path


def test_invented_workbooks_are_written_fast_enough_for_a_demo(tmp_path: Path) -> None:
    start = time.perf_counter()
    paths = write_invented_workbooks(tmp_path)
    assert all("MADE-UP" in path.name for path in paths)
    assert time.perf_counter() - start < 30  # a guard against hanging, not a benchmark


def test_diff_says_when_files_are_the_same_reversed_or_share_no_period(capsys) -> None:
    told = {
        ("2026-01-25", "2026-01-25"): "same, byte for byte",
        ("2026-01-25", "2026-01-07"): "The first is of a later date",
        ("FY19_2019-09-30", "FY26_2026-01-25"): "No period stands in both",
    }
    for sides, words in told.items():
        assert words in typed("diff", *sides, capsys=capsys)[1]
    code, _, err = typed("diff", "FY23_2023-0", "2026-01-25", capsys=capsys)
    assert (2, True) == (code, "TS142" in err and "stands for" in err)


def test_ratios_are_traced_as_levels_and_shares_of_growth_as_changes(capsys) -> None:
    _, costs, _ = typed("explain", "monitoring-costs-under-eight-dollars", capsys=capsys)
    assert "256,906.54 / 179,991 = $1.43 a day" in costs
    assert "change of" not in costs
    _, growth, _ = typed("explain", "growth-from-people-without-convictions", capsys=capsys)
    assert "change of the class +23,295 / change of the whole +31,063" in growth


def test_the_query_that_explain_offers_finds_the_cell(capsys) -> None:
    _, out, _ = typed("explain", CONVICTED, capsys=capsys)
    query = out.rstrip().rpartition('tallystick sql "')[2].rstrip('"')
    rows = as_json("sql", query, capsys=capsys)["data"]["rows"]
    assert 1 == len(rows)


def test_our_own_project_withstands_the_attack_it_is_meant_for(made_project: Path, capsys) -> None:
    code, out, err = typed("attack", str(made_project), capsys=capsys)
    assert (0, True, True) == (code, "0 breaches" in out + err, "ledger" in out)


def test_a_table_dressed_as_ours_is_attacked_all_the_same(tmp_path: Path, capsys) -> None:
    from tallystick.publish.page import NUMBERS

    def attacked(name: str, columns: tuple[str, ...]) -> int:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "numbers.csv").write_text(",".join(columns) + "\n" + ",".join(["x"] * len(columns)) + "\n")
        return typed("attack", str(folder), capsys=capsys)[0]

    assert 0 == attacked("page", NUMBERS)
    assert 3 == attacked("more", (*NUMBERS, "age"))
    assert 3 == attacked("never", (*NUMBERS, "landmark"))


def test_the_numbers_of_a_page_have_the_columns_that_are_named_once() -> None:
    from tallystick.answers import run_claim, shipped_records
    from tallystick.publish.page import NUMBERS
    from tallystick.publish.view import reading_data
    from tallystick.terms.definitions import Shelf

    run = run_claim(shipped_records(Shelf()), CONVICTED, "latest")
    assert NUMBERS[3:] == tuple(reading_data(run.main.outcomes[0]))


def test_findings_say_which_measures_read_a_block_on_either_side_of_a_ratio() -> None:
    from tallystick import pipeline
    from tallystick.terms.definitions import Shelf

    found = pipeline.readers(Shelf(), pipeline.known_layouts(Shelf(), "us-ice"))
    assert "monitoring/monitored-to-held" in found["atd_status"]
    assert "" not in found


def test_help_knows_commands_too(capsys) -> None:
    code, out, _ = typed("help", "diff", capsys=capsys)
    assert (0, True) == (code, "Usage:" in out and "BEFORE AFTER" in out)


def test_a_folder_without_workbooks_is_told_apart_from_one_with(tmp_path: Path, capsys) -> None:
    assert "without a workbook" in typed("build", str(tmp_path), capsys=capsys)[2]
    write_series(tmp_path, 2026, issues=1, seed=1)
    assert "without a workbook" not in typed("build", str(tmp_path), capsys=capsys)[2]


def test_wide_answers_stand_one_row_below_the_other(capsys) -> None:
    _, wide, _ = typed("sql", "from verdicts limit 2", capsys=capsys)
    assert "row 1\n" in wide
    assert "row 2\n" in wide
    _, narrow, _ = typed("sql", "select claim from verdicts limit 2", capsys=capsys)
    assert "row 1" not in narrow


def test_files_without_a_figure_are_told_apart_from_records_that_cannot_settle(capsys) -> None:
    _, absent, _ = typed("claim", "run", CONVICTED, "--at", "1999-01-01", capsys=capsys)
    assert "these files hold no figure" in absent
    assert "Verdict: the records cannot settle" not in absent
