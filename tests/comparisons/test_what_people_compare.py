"""Comparisons as people run them: on the figures that ship, on made-up records, as text, document, page and chart."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.intake.codebook import codebook
from tallystick.measures.comparison import KINDS, comparisons
from tallystick.measures.tool_values import risk_tool
from tallystick.publish.charts import Mark, Point, Row, bar_chart, series_chart
from tallystick.terms.definitions import Shelf
from tests.claims.conftest import run

SHELF = Shelf()
HELD = "convicted-share-of-people-held"


@pytest.fixture(scope="session")
def audited_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project of invented decisions of the risk tool, and of invented stays; built once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "comparisons"
    folder.mkdir(exist_ok=True)
    try:
        os.close(os.open(folder / "claimed", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        for _ in range(1200):
            if (folder / "done").exists():
                break
            time.sleep(0.25)
        assert (folder / "done").exists()
        yield folder / "project"
        return
    assert (
        run("make-release", "foia_2023", "--people", "1800", "--seed", "5", "-o", str(folder / "made")).exit_code == 0
    )
    files = [str(path) for path in sorted((folder / "made").iterdir()) if re.search("RCA|Detention", path.name)]
    assert run("build", *files, "--project", str(folder / "project"), "-q").exit_code in (0, 1)
    (folder / "done").touch()
    yield folder / "project"


def test_every_comparison_is_listed_with_its_kind_and_what_it_needs() -> None:
    found = json.loads(run("compare", "list", "--json").stdout)["data"]["comparisons"]
    assert set(KINDS) == {one["kind"] for one in found}
    assert {one["basis"] for one in found} == {"figures", "records", "illustration"}
    assert run("compare", "run", "nothing-of-the-kind").code == "TS102"
    for one in comparisons(SHELF).values():
        assert one.cannot_say


def test_the_fall_of_the_convicted_share_reads_right_in_one_sentence() -> None:
    """Among all held and among those whom ICE arrested, autumn 2019 to February 2026: from printed counts."""
    said = json.loads(run("compare", "run", HELD, "--after", "2026-02-07", "--json").stdout)["data"]["answers"][0]
    assert said["sentence"] == (
        "The convicted share of people held fell by 5.3 points, from 31.7 % to 26.4 %: the mix of arresting agencies "
        "accounts for +17.5 points, the shares within each agency for −22.8; together −5.3."
    )
    # by hand from 12,543 of 18,881 and 3,577 of 32,041 (2019), 16,909 of 57,501 and 1,121 of 10,788 (2026)
    before, after = [18881 / 50922, 32041 / 50922], [57501 / 68289, 10788 / 68289]
    rates = [(12543 / 18881, 16909 / 57501), (3577 / 32041, 1121 / 10788)]
    mix = sum((b - a) * sum(own) / 2 for a, b, own in zip(before, after, rates, strict=True))
    assert pytest.approx(mix, abs=1e-6) == said["parts"]["arresting_agency"][0]
    of_ice = json.loads(run("compare", "run", f"{HELD}-whom-ice-arrested", "--after", "2026-02-07", "--json").stdout)
    assert "fell by 37.0 points, from 66.4 % to 29.4 %" in of_ice["data"]["answers"][0]["sentence"]


def test_the_break_of_threat_levels_is_found_without_its_date() -> None:
    said = json.loads(run("compare", "run", "threat-levels-beside-criminal-columns", "--json").stdout)["data"][
        "answers"
    ][0]
    found = said["breaks"][0]
    ((first, last),) = found["between"]
    assert first <= "2021-09-27" < "2022-01-10" <= last
    assert ["2022-01-10"] == found["at"]
    assert found["p"] <= 0.05
    text = (SHELF.path("us-ice/comparisons/threat-levels-beside-criminal-columns.toml")).read_text("utf-8")
    assert not re.search(r"202[12]", text)  # no date of it stands in the definition


def test_a_named_date_gets_level_and_slope_on_both_sides() -> None:
    said = run("compare", "run", "threat-levels-beside-criminal-columns", "--at", "2021-12-01")
    assert "step at the date" in said.output
    assert run("compare", "run", "threat-levels-beside-criminal-columns", "--at", "2019-10-15").code == "TS192"
    assert run("compare", "run", HELD, "--before", "1999-01-01").code == "TS192"


def test_an_illustration_says_so_and_cannot_tell_what_was_not_tested() -> None:
    said = run("compare", "run", "screening-errors").output
    assert said.startswith("ILLUSTRATION")
    assert "cannot tell; Face recognition technology" in " ".join(said.split())
    assert json.loads(run("compare", "run", "screening-errors", "--json").stdout)["data"]["answers"][0]["illustration"]


def test_the_audit_recovers_planted_versions(audited_project: Path) -> None:
    """Planted: the recommendation to release ends with 4.0; from 5.0 on medium scores lead to detention (a third)."""
    answer = json.loads(run("compare", "run", "risk-tool", "--project", str(audited_project), "--json").stdout)
    first, second = answer["data"]["answers"][0]["drift"]
    assert ("3.1", "4.0", "4.0", "5.0") == (first["before"], first["after"], second["before"], second["after"])
    assert first["rule"][0] <= 0.01 <= first["rule"][1] + 0.03
    assert second["rule"][0] - 0.03 <= 1 / 3 <= second["rule"][1] + 0.03
    assert second["mix"][0] - 0.03 <= 0 <= second["mix"][1] + 0.03
    assert answer["data"]["invented"]
    said = run("compare", "run", "risk-tool", "--project", str(audited_project)).output
    assert "MADE-UP FIGURES" in said
    for title in (
        "Agreement",
        "Risk cells",
        "Versions of the scoring",
        "Drift",
        "Special vulnerabilities",
        "five days",
        "By area",
    ):
        assert title in said
    assert re.search(r"^any ", said, re.MULTILINE)  # vulnerabilities of any kind are told from none and from a blank


def test_every_value_that_is_known_of_the_tool_is_mapped() -> None:
    """The literals that notes on the real columns name, and those of the scores."""
    tool = risk_tool(SHELF)
    open_ = "Supervisor to Determine - Detain or Release on Community Supervision"
    for column in ("rca_recommendation", "rca_final_decision"):
        leads = tool.leads(column)
        assert ("open", "detain") == (leads[open_], leads["Detain in the Custody of This Service"])
    for column in ("officer_agreement", "supervisor_agreement"):
        leads = tool.leads(column)
        assert {"not_asked", "agrees", "disagrees"} == set(leads.values())
        assert leads["Not Applicable, Supervisor to Determine"] == "not_asked"
    vocabularies = codebook(SHELF).vocabularies
    assert ["low", "medium", "high"] == [vocabularies["risk_level"].look_up(one) for one in ("Low", "Medium", "High")]
    assert ["yes", "no"] == [vocabularies["yes_no"].look_up(one) for one in ("Y", "N")]
    assert vocabularies["special_vulnerability"].look_up("NONE") == "none"
    released = {one.column for one in tool.values}
    assert released == {"rca_recommendation", "rca_final_decision", "officer_agreement", "supervisor_agreement"}


@pytest.mark.parametrize("name", ["convicted-share-of-arrests", "outcomes-of-stays-by-citizenship"])
def test_comparisons_of_records_run_and_show_no_small_group(made_project: Path, name: str) -> None:
    said = run("compare", "run", name, "--project", str(made_project), "--release", "ice_2026_03", "--json")
    assert said.exit_code == 0, said.output
    for answer in json.loads(said.stdout)["data"]["answers"]:
        for gap in answer.get("gaps", ()):
            for part in ("share", "reference", "gap", "within"):
                assert gap[part] is None or gap[part][1] - gap[part][0] >= 0.0099, (name, part)


def test_curves_of_what_becomes_of_book_ins(made_project: Path) -> None:
    said = json.loads(
        run("compare", "run", "what-becomes-of-book-ins", "--project", str(made_project), "--json").stdout
    )
    for answer in said["data"]["answers"]:
        for curve in answer["curves"].values():
            ends = [bound for bound in curve.values() if bound]
            assert all(low <= high for low, high in ends)
            assert [one[1] for one in ends] == sorted(one[1] for one in ends)  # nobody comes back


def test_records_are_needed_where_they_are() -> None:
    assert run("compare", "run", "risk-tool").code == "TS183"
    assert run("compare", "run", "outcomes-of-stays-by-sex").code == "TS183"


def test_a_page_stands_alone_and_a_chart_is_never_made_up(audited_project: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert run("compare", "run", HELD, "-o", str(page)).exit_code == 0
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert text.count("<svg") == 1
    chart = tmp_path / "chart.svg"
    assert run("compare", "run", HELD, "-o", str(chart)).exit_code == 0
    assert chart.read_text("utf-8").startswith("<svg")
    made_up = ("compare", "run", "risk-tool", "--project", str(audited_project))
    assert run(*made_up, "-o", str(tmp_path / "made.svg")).code == "TS105"
    assert run(*made_up, "-o", str(tmp_path / "made.html")).exit_code == 0
    assert "MADE-UP" in (tmp_path / "made.html").read_text("utf-8")
    assert run("compare", "run", HELD, "-o", str(tmp_path / "none" / "x.html")).code == "TS231"
    assert run("compare", "run", HELD, "-o", str(tmp_path / "x.txt")).code == "TS105"


def test_charts_escape_every_text_and_draw_both_ends() -> None:
    hostile = "<script>alert(1)</script>&\"'"
    drawn = bar_chart(
        hostile, hostile, [Row(hostile, hostile, -1.0, 2.0, (-3.0, 4.0)), Row("hidden", "hidden", None, None)]
    )
    assert "<script" not in drawn
    assert drawn.count('fill="url(#c-hatch)"') == 1
    points = [Point(float(at), at / 10, at / 5, provisional=at == 9) for at in range(10)]
    drawn = series_chart(
        hostile,
        hostile,
        points,
        names=[(5.0, hostile)],
        breaks=[(4.0, 3.0, 6.0)],
        marks=[Mark(2.0, hostile)],
        seams=[Mark(8.0, hostile)],
    )
    assert "<script" not in drawn
    assert drawn.count("<polyline") == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((HELD, "--before", "garbage"), "TS105"),
        ((HELD, "--at", "2024-01-01"), "TS100"),
        (("convicted-share-of-arrests", "--before", "2024-01-01/2024-06-30"), "TS100"),
        (("screening-errors", "--after", "2024-01-01"), "TS100"),
        (("arrests-under-four-policies", "--before", "2024-01-01/2024-06-30"), "TS100"),
    ],
)
def test_days_that_would_not_be_heeded_are_refused(words: tuple[str, ...], code: str) -> None:
    assert run("compare", "run", *words).code == code


def test_no_note_counts_the_few(made_project: Path) -> None:
    words = ("convicted-share-of-arrests", "--before", "2023-01-01/2024-06-30", "--after", "2025-01-01/2025-03-15")
    said = run("compare", "run", *words, "--project", str(made_project), "--release", "ice_2026_03").output
    assert "5 % of the units" in " ".join(said.split())
    assert not re.search(r"\d+ classes", said)
