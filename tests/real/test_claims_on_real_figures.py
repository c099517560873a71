"""The claims on real figures, worked from the printed cells without the product's own reader."""

from __future__ import annotations

import csv
import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from tallystick import answers, pipeline, store
from tallystick.answers import Records
from tallystick.claims.claim import read_claims
from tallystick.claims.judge import OPPOSITE
from tallystick.claims.verdict import judged, matching
from tests.conftest import SHARED

CONVICTED = "most-arrested-and-detained-are-convicted"


def _outcome(records: Records, at: str, reading: str):
    run = answers.run_claim(records, CONVICTED, at)
    return run.main, next(outcome for outcome in run.main.outcomes if outcome.reading.id == reading)


@pytest.mark.parametrize(
    ("at", "reading", "true", "whole", "percent", "verdict"),
    [
        ("2019-09-30", "held-ice", 12543, 18881, "66.4", "depends"),
        ("2019-09-30", "held-all", 16120, 50922, "31.7", "depends"),
        ("2026-01-25", "held-ice", 17141, 59644, "28.7", "does_not_support"),
        ("2026-01-25", "held-all", 18262, 70766, "25.8", "does_not_support"),
    ],
)
def test_the_first_claim_gives_the_known_shares(shipped: Records, at, reading, true, whole, percent, verdict) -> None:
    main, outcome = _outcome(shipped, at, reading)
    assert (true, whole) == (outcome.cell.n_true, outcome.cell.n)
    assert percent == f"{float(outcome.cell.bound.lower) * 100:.1f}"
    assert outcome.cell.bound.is_point
    assert verdict == main.verdict
    assert (("denominator",) if verdict == "depends" else ()) == main.flips_on


def test_pending_charges_merged_in_2019_make_a_range(shipped: Records) -> None:
    _, outcome = _outcome(shipped, "2019-09-30", "average-all-convicted-or-charged")
    assert ("cannot_settle", "silent") == (outcome.result.result, outcome.result.reason)
    assert Fraction("19623.93151") == outcome.cell.n_true
    assert 1 == outcome.cell.bound.upper


def test_one_workbook_gives_the_five_known_denominators_of_convicted_or_charged(shipped: Records) -> None:
    run = answers.run_claim(shipped, CONVICTED, "2026-02-07")
    found = {
        outcome.reading.id: f"{float(outcome.cell.bound.lower) * 100:.1f}"
        for outcome in run.main.outcomes
        if outcome.cell
    }
    assert ("52.6", "53.4", "52.6", "57.4") == tuple(
        found[name]
        for name in (
            "average-all-convicted-or-charged",
            "book-ins-convicted-or-charged",
            "held-all-convicted-or-charged",
            "held-ice-convicted-or-charged",
        )
    )
    seventy = answers.run_claim(shipped, "seventy-percent-charged-or-convicted", "2026-02-07")
    average = next(outcome for outcome in seventy.main.outcomes if outcome.reading.id == "average-ice")
    assert "59.2" == f"{float(average.cell.bound.lower) * 100:.1f}"


def test_a_published_figure_on_growth_is_met(shipped: Records) -> None:
    # published: +11,296 from 21 September 2025 to 7 January 2026 among ICE arrests, 8,121 of them neither convicted nor charged
    run = answers.run_claim(shipped, "growth-from-people-without-convictions", "2026-01-07")
    outcome = next(entry for entry in run.main.outcomes if entry.reading.id == "neither-ice-2025-09")
    assert (8121, 11296) == (outcome.cell.numerator.lower, outcome.cell.denominator.lower)
    assert (date(2025, 9, 21), date(2026, 1, 7)) == (outcome.cell.period_start, outcome.cell.period_end)


def test_every_claim_mirrors_on_every_test_date(shipped: Records) -> None:
    import msgspec

    swap = {"supports": "does_not_support", "does_not_support": "supports"}
    for claim in read_claims(shipped.shelf):
        for test in claim.tests:
            for outcome in answers.run_claim(shipped, claim.id, test.at).main.outcomes:
                if outcome.cell is None or not outcome.reading.threshold:
                    continue
                opposite = msgspec.structs.replace(outcome.reading, comparator=OPPOSITE[outcome.reading.comparator])
                mirrored = judged(opposite, outcome.cell)
                assert swap.get(outcome.result.result, outcome.result.result) == mirrored.result.result, (
                    claim.id,
                    outcome.reading.id,
                )


def test_every_claim_has_readings_from_both_ends(shipped: Records) -> None:
    for claim in read_claims(shipped.shelf):
        assert claim.not_testable or claim.favours_speaker != claim.disfavours_speaker
        assert claim.not_testable or len(claim.readings) >= 2
        assert claim.cannot_say
        assert claim.would_settle


def test_explain_ends_at_cells_that_hold_the_numbers(shipped: Records) -> None:
    from tallystick.publish.trail import trail_data

    trail = trail_data(answers.run_claim(shipped, CONVICTED, "2019-09-30").main)
    held = next(entry for entry in trail["readings"] if entry["id"] == "held-ice")
    assert [("counts", 12543.0, "B21"), ("out of", 18881.0, "B20")] == [
        (row["role"], row["value"], row["cell"]) for row in held["cells"]
    ]
    assert {"Detention FY19"} == {row["sheet"].strip() for row in held["cells"]}


@pytest.mark.shared
def test_explained_cells_hold_these_numbers_in_the_workbook_itself(shipped: Records) -> None:
    from python_calamine import CalamineWorkbook

    from tallystick.publish.trail import trail_data

    checked = 0
    for claim in read_claims(shipped.shelf):
        for reading in trail_data(answers.run_claim(shipped, claim.id).main)["readings"]:
            for row in reading["cells"]:
                if ":" in row["cell"]:
                    continue  # a range: the sum of a facility column, held to targets elsewhere
                sheet = CalamineWorkbook.from_path(str(SHARED / row["file"])).get_sheet_by_name(row["sheet"])
                letters = row["cell"].rstrip("0123456789")
                column = sum((ord(sign) - 64) * 26**power for power, sign in enumerate(reversed(letters))) - 1
                printed = sheet.to_python(skip_empty_area=False)[int(row["cell"][len(letters) :]) - 1][column]
                assert row["value"] == pytest.approx(printed, rel=1e-12)  # figures are written to ten digits
                checked += 1
    assert checked > 60


@pytest.mark.shared
def test_shipped_figures_equal_a_fresh_read(real: Records, real_project: Path, tmp_path: Path) -> None:
    pipeline.write_shipped(real_project, tmp_path / "shipped", real.shelf)
    for name in ("figures", "cells", "verdicts", "quality", "sources"):
        fresh, ours = (
            store.read_rows(folder / f"{name}.parquet", name) for folder in (tmp_path / "shipped", store.SHIPPED)
        )
        assert fresh == ours, f"{name}: run make figures"
    assert json.loads((tmp_path / "shipped" / "run.json").read_text())["release_set"] == shipped_set()


def shipped_set() -> str:
    return json.loads((store.SHIPPED / "run.json").read_text())["release_set"]


def test_shipped_figures_are_small_and_hold_no_small_facility_counts(shipped: Records) -> None:
    assert sum(path.stat().st_size for path in store.SHIPPED.iterdir()) <= 2_000_000
    small = store.query(
        answers.tables_of(shipped),
        """
        select count(*) from figures
        where (block = 'facilities' and not is_total or json_extract_string(dims, '$.facility_name') <> 'all'
               or coalesce(json_extract_string(dims, '$.aor'), 'all') not in ('all', 'sum_of_areas'))
          and cell not like '%:%'
          and (value is null or value < 11 and measure in ('count', 'placements', 'average_daily_population'))""",
    )[1]
    assert [(0,)] == small
    exposed = "select count(*) from figures where block = 'transgender' and dims not like '%\"aor\":\"all\"%' and dims not like '%sum_of_areas%'"
    assert [(0,)] == store.query(answers.tables_of(shipped), exposed)[1]
    years = store.query(
        answers.tables_of(shipped),
        """
        select fiscal_year, count(distinct as_of) from figures where block = 'facilities' and not is_total group by all""",
    )[1]
    assert {1} == {count for _, count in years}


def test_series_uses_one_issue_per_date(shipped: Records) -> None:
    run = answers.run_claim(shipped, CONVICTED)
    days = [outcome.cell.period_end for outcome in run.trend]
    assert days == sorted(set(days))
    assert len(days) > 60


def test_readings_match_only_their_own_split(shipped: Records) -> None:
    claim = read_claims(shipped.shelf)[0]
    cells = answers.cleared_cells(shipped, ["who/held-by-criminality"])["who/held-by-criminality"].cells
    for reading in (entry for entry in claim.headline() if entry.basis == "figures"):
        assert {tuple(sorted(reading.split.items()))} == {cell.split for cell in matching(reading, cells)}


@pytest.mark.shared
def test_golden_cells_checked_by_hand_are_read_as_they_stand(real_files: list[Path], shelf) -> None:
    golden = Path(__file__).parent.parent / "golden" / "cells.csv"
    with golden.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        wanted.setdefault(row["file"], []).append(row)
    by_name = {path.name: path for path in real_files}
    assert len(rows) >= 300
    assert set(by_name) == set(wanted)
    units = {"final releases": "exits", "final book-outs": "exits"}
    for name, cells in sorted(wanted.items()):
        (issue,), _, _ = pipeline.read_all([by_name[name]], shelf)
        found = {
            (figure.sheet, figure.cell): figure
            for figure in issue.figures
            if not (figure.is_total and ":" in figure.cell)
        }
        for row in cells:
            figure = found[row["sheet"], row["cell"]]
            dims = {key: value for key, value in json.loads(figure.dims).items() if key not in ("aor", "state", "type")}
            period = "" if figure.period_kind == "point" else figure.period
            if name == "FY24_2023-11-19.xlsx" and figure.block == "facilities":
                # its header still says FY23; the list is dated 13 November 2023 and belongs to fiscal year 2024
                assert ("FY2024", "FY2023") == (period, row["period"])
                period = "FY2023"
            # a length of stay of 0 days is printed where nobody was counted: the figure is empty and says so
            value = 0.0 if figure.value_status == "zero_as_missing" and figure.unit == "days" else figure.value
            seen = (
                value,
                figure.block,
                figure.arresting_agency or "",
                figure.criminality or "",
                dims,
                figure.measure,
                units.get(figure.unit, figure.unit),
                figure.period_kind,
                period,
            )
            assert (
                float(row["value"]),
                row["block"],
                row["arresting_agency"],
                row["criminality"],
                json.loads(row["dims"]),
                row["measure"],
                row["unit"],
                row["period_kind"],
                row["period"],
            ) == seen, (name, row["cell"])
            assert (
                " ".join(row["label_as_printed"].split()).lower() in " ".join(figure.label_as_printed.split()).lower()
            )


@pytest.mark.shared
def test_golden_cells_of_the_other_sheets_are_read_as_they_stand(real_files: list[Path], shelf) -> None:
    """300 cells of 17 blocks, meanings worked out by another program and by eye (see tests/golden/README.md)."""
    golden = Path(__file__).parent.parent / "golden" / "cells_2.csv"
    with golden.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert (300, 17) == (len(rows), len({row["block"] for row in rows}))
    names = {row["file"] for row in rows}
    issues, _, _ = pipeline.read_all([path for path in real_files if path.name in names], shelf)
    found = {(issue.file, figure.sheet, figure.cell): figure for issue in issues for figure in issue.figures}
    for row in rows:
        figure = found[row["file"], row["sheet"], row["cell"]]
        assert (
            # zeros of periods that nobody filled in are printed as 0 and kept as no value
            float(row["value"]), row["block"], json.loads(row["dims"]), row["measure"], row["unit"], row["period_kind"],
            row["period"],
        ) == (
            0.0 if figure.value_status == "zero_as_missing" else figure.value, figure.block, json.loads(figure.dims),
            figure.measure, figure.unit, figure.period_kind, figure.period if row["period"] else "",
        ), (row["file"], row["sheet"], row["cell"])  # fmt: skip


@pytest.mark.shared
def test_every_number_on_a_visible_sheet_is_a_figure_or_stands_in_the_ledger(real_files: list[Path], shelf) -> None:
    issues, _, _ = pipeline.read_all(real_files, shelf)
    numbers: dict[str, int] = {}
    figures: dict[str, int] = {}
    for issue in issues:
        for line in issue.ledger:
            if line.rule == "not a figure":
                kind = line.table.split(" FY")[0].split(" EO")[0]
                numbers[f"{kind}: {line.reason}"] = (
                    numbers.get(f"{kind}: {line.reason}", 0) + line.rows_in - line.rows_out
                )
        for figure in issue.figures:
            if ":" not in figure.cell and figure.measure != "unique_people":
                figures[figure.block] = figures.get(figure.block, 0) + 1
    attributes = {name: count for name, count in numbers.items() if "attributes of facilities" in name}
    other = {name: count for name, count in numbers.items() if name not in attributes}
    assert 31 == len(figures)
    # what is no figure: postcodes and dates of inspections, years over months, and a stray share beside a table
    assert 10_000 < sum(attributes.values()) < 11_000
    assert sum(other.values()) < 0.01 * sum(figures.values())
    assert 1 == sum(count for name, count in other.items() if "outside every block" in name)
