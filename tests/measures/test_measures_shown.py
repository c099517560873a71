"""What people see of measures: commands, places, the gate, the page of definitions, what a build writes."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tallystick.clear.disclosure import clear_ad_hoc, clear_counts
from tallystick.cli import group
from tallystick.measured import cleared_cells, seen_from_afar
from tallystick.measures.cell import MeasuredCells
from tallystick.measures.unit_measure import measurebook
from tallystick.question import Question
from tallystick.relating import measured_cells
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError
from tests.conftest import built_once
from tests.measures.conftest import BOOK, HERE, LAW, laid, read_tables

ROOT = Path(__file__).resolve().parent.parent.parent
CLOSES = date(2026, 3, 10)


@dataclass(frozen=True)
class Said:
    """What a command said; errors as the person sees them."""

    exit_code: int
    output: str
    stdout: str
    code: str = ""


def run(*words: str) -> Said:
    result = CliRunner().invoke(group, list(words), standalone_mode=False)
    if isinstance(result.exception, TallystickError):
        return Said(result.exception.exit_code, str(result.exception), "", result.exception.faults[0].code)
    if result.exception is not None:
        raise result.exception
    return Said(int(result.return_value or 0), result.output, result.stdout)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one invented release."""

    def build(folder: Path) -> None:
        made = run("make-release", "ice_2026_03", "--people", "1500", "--seed", "7", "-o", str(folder / "made"))
        assert made.exit_code == 0, made.output
        built = run("build", str(folder / "made"), "--project", str(folder / "project"), "-q")
        assert built.exit_code in (0, 1), built.output

    return built_once(tmp_path_factory, "measured", build) / "project"


def cells_of(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["data"]["cells"]
    return found


def test_every_listed_measure_runs_on_a_release_or_says_what_is_missing(project: Path) -> None:
    silent = set()
    for name in BOOK.measures:
        words = ["measure", "run", name, "--project", str(project), "--json", "-q"]
        if name.startswith("alignment/") and name.rsplit("/", 1)[1] in (
            "arrests",
            "bed-days",
            "book-ins",
            "detainers",
            "held",
            "removals",
        ):
            words += ["--policy", "dhs_johnson_2014"]
        result = run(*words)
        if result.exit_code == 2:
            assert result.code in ("TS182", "TS188"), (name, result.output)
            silent.add(name)
            continue
        assert cells_of(result), name
    assert silent == {
        "biometrics/final-order-among-detainers",
        "tool/completed",
        "tool/decides-detention",
        "tool/decides-release",
        "tool/officer-agrees",
        "tool/recommends-detention",
        "tool/supervisor-agrees",
    }


def test_a_build_holds_the_nation_of_every_measure_and_gives_nothing_away(project: Path) -> None:
    asked = run(
        "sql", "select distinct measure from cells where basis = 'records'", "--project", str(project), "--json"
    )
    names = {row[0] for row in json.loads(asked.stdout)["data"]["rows"]}
    assert {"who/arrests-by-criminality", "resources/bed-days", "pathways/after-book-in"} <= names
    shown = run(
        "sql",
        "select lower, upper from cells where measure = 'who/arrests-by-criminality' and variant like '% convicted' and period_end = '2026-03-10' and period_start = '2022-10-01'",
        "--project",
        str(project),
        "--json",
    )
    ((low, high),) = json.loads(shown.stdout)["data"]["rows"]
    (again,) = [
        cell
        for cell in cells_of(run("measure", "run", "arrests-by-criminality", "--project", str(project), "--json"))
        if cell["variant"].endswith(" convicted")
    ]
    assert (low, high) == (again["lower"], again["upper"])
    attacked = run("attack", str(project))
    assert "0 breaches" in attacked.output, attacked.output


def test_places_are_rounded_outward_and_small_ones_hidden(project: Path) -> None:
    found = cells_of(
        run(
            "measure",
            "run",
            "counts/arrests-made",
            "--place",
            "area",
            "--period",
            "fiscal_year",
            "--project",
            str(project),
            "--json",
        )
    )
    assert {cell["status"] for cell in found} == {"rounded", "suppressed"}
    for cell in found:
        if cell["status"] == "rounded":
            assert cell["lower"] % 10 == cell["upper"] % 10 == 0
            assert cell["upper"] - cell["lower"] >= 10
        else:
            assert cell["lower"] is cell["upper"] is cell["n"] is None


def test_the_page_of_a_place(project: Path) -> None:
    result = run("place", "Dallas", "--project", str(project))
    assert result.exit_code == 0, result.output
    assert "MADE-UP RECORDS" in result.output
    assert "Area Dallas, ice_2026_03" in result.output
    assert "What the records cannot tell here" in result.output
    document = json.loads(run("place", "dallas", "--project", str(project), "--json").stdout)["data"]["pages"][0]
    assert (document["kind"], document["place"]) == ("area", "Dallas")
    assert all(cell["status"] in ("rounded", "suppressed") for line in document["lines"] for cell in line["place"])
    assert document["left_out"] == []
    unknown = run("place", "Dalas", "--project", str(project))
    assert unknown.exit_code == 2
    assert "TS190" in unknown.output
    assert "Dallas" in unknown.output
    assert run("place", "Dallas", "--kind", "planet", "--project", str(project)).exit_code == 2


def test_states_end_before_the_last_days_of_a_release() -> None:
    assert seen_from_afar(Question(place="state"), CLOSES).until == "2025-12-10"
    assert seen_from_afar(Question(place="area"), CLOSES) == Question(place="area")
    early = Question(place="state", until="2024-01-01")
    assert seen_from_afar(early, CLOSES) == early


def test_policies_are_never_told_apart_by_place(project: Path) -> None:
    for more in (("--place", "area"), ("--by", "sex")):
        result = run(
            "measure", "run", "alignment/arrests", "--policy", "dhs_johnson_2014", *more, "--project", str(project)
        )
        assert result.exit_code == 2
        assert "TS189" in result.output


@pytest.mark.parametrize("unit", ["arrests", "stays", "detainers", "removals"])
def test_tiers_of_a_measure_count_what_the_policy_counts(unit: str) -> None:
    """Two ways to the same counts: tiers over profiles, and tiers joined back to units; every end, and exactly."""
    name = {"stays": "alignment/book-ins"}.get(unit, f"alignment/{unit}")
    with laid(read_tables(HERE / "small_release.txt")) as desk:
        for policy in (
            LAW.policy("dhs_johnson_2014"),
            LAW.policy("worst_of_the_worst"),
            LAW.policy("ice_johnson_2021"),
        ):
            (assessed,) = desk.bench.assess(unit, [policy]).assessments
            expected = {}
            for tier in assessed.tiers:
                expected[tier.tier, "strict"] = (tier.strict.least, tier.strict.most)
                if tier.core is not None:
                    expected[tier.tier, "core"] = (tier.core.least, tier.core.most)
            if assessed.outside is not None:
                expected["outside every tier", "strict"] = (assessed.outside.least, assessed.outside.most)
            found = {
                (cell.tier, cell.variant.partition(" ")[2]): (int(cell.numerator.lower), int(cell.numerator.upper))
                for cell in measured_cells(desk, name, Question(policy=policy))
                if cell.numerator is not None
            }
            assert found == expected, policy.id


def test_csv_and_parquet(project: Path, tmp_path: Path) -> None:
    result = run("measure", "run", "counts/removals-made", "--by", "destination", "--project", str(project), "--csv")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("measure,definition_hash")
    target = tmp_path / "cells.parquet"
    written = run(
        "measure",
        "run",
        "counts/removals-made",
        "--period",
        "year",
        "--project",
        str(project),
        "--parquet",
        str(target),
    )
    assert written.exit_code == 0
    assert target.read_bytes()[:4] == b"PAR1"


def test_flows_are_shown_by_fiscal_year_alone() -> None:
    cells = small("transfers/flows", place="edge", period="month")
    large = [replace(cell, people=500, parts=(500, 0, 0)) for cell in cells.cells]
    cleared = clear_ad_hoc(MeasuredCells(tuple(large)), closes_on=CLOSES)
    assert {cell.place for cell in cells.cells} == {"US", "F1→F2"}
    assert {cell.status for cell in cleared.cells if cell.place_type == "edge"} == {"suppressed"}
    years = [
        replace(cell, people=500, parts=(500, 0, 0))
        for cell in small("transfers/flows", place="edge", period="fiscal_year").cells
    ]
    assert {cell.status for cell in clear_ad_hoc(MeasuredCells(tuple(years)), closes_on=CLOSES).cells} == {"rounded"}


def test_the_same_days_a_year_before(project: Path) -> None:
    words = ("--from", "2025-01-01", "--to", "2025-03-31", "--year-before", "--project", str(project), "--json")
    found = cells_of(run("measure", "run", "counts/arrests-made", *words))
    assert {(cell["period_start"], cell["period_end"]) for cell in found} == {
        ("2025-01-01", "2025-03-31"), ("2024-01-01", "2024-03-31"),
    }  # fmt: skip


def test_measures_of_printed_figures_run_too() -> None:
    result = run("measure", "run", "who/held-by-criminality")
    assert result.exit_code == 0
    assert "printed by the agency" in result.output
    assert "what" in result.output
    assert "2026-01-25" in result.output


def test_lists_for_people_and_machines() -> None:
    text = run("measure", "list")
    assert "arrests-by-criminality" in text.output
    by = json.loads(run("measure", "list", "--by", "--json").stdout)["data"]
    assert {"area", "state", "county", "facility"} <= {one["by"] for one in by["dimensions"]}
    known = json.loads(run("measure", "list", "--json").stdout)["data"]["measures"]
    assert len(known) >= 45


# the gate


def small(name: str, **asked: Any) -> MeasuredCells:
    with laid(read_tables(HERE / "small_release.txt")) as desk:
        return MeasuredCells(tuple(measured_cells(desk, name, Question(**asked))))


def test_nothing_of_a_handful_of_people_is_shown_below_the_nation() -> None:
    for asked in ({"place": "area"}, {"place": "state"}, {"by": ("sex",)}):
        cleared = clear_ad_hoc(small("who/arrests-by-criminality", **asked), closes_on=CLOSES)
        assert all(cell.status == "suppressed" for cell in cleared.cells if cell.place_type != "nation" or cell.split)
        assert all(cell.bound is None and not cell.parts for cell in cleared.cells if cell.status == "suppressed")


def test_means_and_ratios_over_few_are_hidden() -> None:
    for name in (
        "resources/days-in-custody",
        "resources/median-days-in-custody",
        "resources/bed-days-per-removal",
        "alignment/concentration-by-area",
    ):
        cleared = clear_counts(small(name))
        assert {cell.status for cell in cleared.cells} == {"suppressed"}, name


def test_exposed_groups_are_shown_for_the_nation_only() -> None:
    cells = small("protection/minors", place="area")
    large = [replace(cell, people=5000, parts=(2000, 2000, 1000)) for cell in cells.cells]
    cleared = clear_ad_hoc(MeasuredCells(tuple(large)), closes_on=CLOSES)
    assert {cell.status for cell in cleared.cells if cell.place_type != "nation"} == {"suppressed"}
    assert {cell.status for cell in cleared.cells if cell.place_type == "nation"} == {"rounded"}


def test_a_sum_that_one_person_dominates_is_hidden() -> None:
    cells = small("resources/bed-days", place="area", period="fiscal_year")
    grown = [replace(cell, people=50, parts=(50, 0, 0), largest=(365, 20, 30)) for cell in cells.cells]
    assert {cell.status for cell in clear_ad_hoc(MeasuredCells(tuple(grown))).cells if cell.place_type == "area"} == {
        "suppressed"
    }


def test_keyless_units_are_shown_for_the_nation_only() -> None:
    cells = small("counts/arrests-made", place="area")
    keyless = [replace(cell, people=0, parts=(500, 0, 0)) for cell in cells.cells]
    cleared = clear_ad_hoc(MeasuredCells(tuple(keyless)))
    assert {cell.status for cell in cleared.cells if cell.place_type == "area"} == {"suppressed"}


def test_rounded_cells_hold_the_true_ones() -> None:
    measured = small("who/arrests-by-criminality")
    grown = [
        type(cell)(**{
            **{name: getattr(cell, name) for name in cell.__dataclass_fields__}, "people": 5000,
            **{name: type(cell.bound)(getattr(cell, name).lower * 100, getattr(cell, name).upper * 100) for name in ("numerator", "denominator")},
            "parts": tuple(part * 100 for part in cell.parts),
        })
        for cell in measured.cells
    ]  # fmt: skip
    for before, after in zip(grown, cleared_cells(grown, always_round=True).cells, strict=True):
        assert before.bound is not None
        assert after.bound is not None
        assert after.bound.lower <= before.bound.lower
        assert before.bound.upper <= after.bound.upper
        assert after.status == "rounded"


# definitions


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


BASE = (ROOT / "src/tallystick/definitions/measures/who/women.toml").read_text(encoding="utf-8")


def test_a_measure_is_a_definition_and_counts_under_added_ones_are_rounded(project: Path, tmp_path: Path) -> None:
    write(
        tmp_path,
        "measures/who/men.toml",
        BASE.replace("who/women", "who/men").replace('"female"', '"male"').replace("Women", "Men"),
    )
    result = run("measure", "run", "who/men", "--project", str(project), "--definitions", str(tmp_path), "--json")
    (cell,) = cells_of(result)
    assert cell["status"] == "rounded"


@pytest.mark.parametrize(
    ("old", "new", "code", "exit_code"),
    [
        ('"arr.gender"', '"arr.apprehension_state"', "TS311", 3),
        ('"arr.gender"', "'arr.x\"; drop table looked; --'", "TS151", 2),
        ('"arr.gender"', '"arr.nothing"', "TS151", 2),
        ('units = "arrests"', 'units = "people"', "TS151", 2),
        ('others = "no"', 'others = "no", fact = "any_conviction"', "TS151", 2),
        ('estimator = "share"', 'estimator = "median"', "TS151", 2),
    ],
)
def test_broken_and_reaching_definitions_are_refused(
    project: Path, tmp_path: Path, old: str, new: str, code: str, exit_code: int
) -> None:
    assert old in BASE
    write(tmp_path, "measures/who/mine.toml", BASE.replace("who/women", "who/mine").replace(old, new))
    result = run("measure", "run", "who/mine", "--project", str(project), "--definitions", str(tmp_path))
    assert code in result.output, result.output
    assert result.exit_code == exit_code


def test_places_cannot_be_told_apart_under_another_name(project: Path, tmp_path: Path) -> None:
    packaged = (ROOT / "src/tallystick/definitions/us-ice/dimensions.toml").read_text(encoding="utf-8")
    more = '\n[[dimensions]]\nid = "colour"\ntitle = "colour"\ncolumns = { arrests = "arr.apprehension_county" }\n'
    write(tmp_path, "us-ice/dimensions.toml", packaged + more)
    result = run(
        "measure", "run", "who/women", "--by", "colour", "--project", str(project), "--definitions", str(tmp_path)
    )
    assert result.exit_code == 3
    assert "TS310" in result.output


def test_a_build_refuses_them_too(project: Path, tmp_path: Path) -> None:
    text = BASE.replace("who/women", "who/mine").replace('"arr.gender"', '"arr.apprehension_state"')
    write(tmp_path / "definitions", "measures/who/mine.toml", text)
    made = project.parent / "made"
    result = run(
        "build", str(made), "--project", str(tmp_path / "own"), "--definitions", str(tmp_path / "definitions"), "-q"
    )
    assert (result.exit_code, result.code) == (3, "TS311")
    assert not (tmp_path / "own" / "run.json").exists()


def test_a_condition_read_twice_is_refused(tmp_path: Path) -> None:
    where = 'where = [{ column = "arr.gender", is = ["male"], others = "no" }]\n\n[[variants]]'
    write(tmp_path, "measures/who/mine.toml", BASE.replace("who/women", "who/mine").replace("[[variants]]", where))
    with pytest.raises(TallystickError) as error:
        measurebook(Shelf(tmp_path))
    assert "read twice" in error.value.faults[0].text


def test_the_page_of_measures_is_that_of_the_definitions() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import measure_pages
    finally:
        sys.path.pop(0)
    assert measure_pages.pages() == (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
