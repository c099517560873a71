"""Cells through the gate: floors, families, records of what was lost, ad-hoc answers, the attack command."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from tallystick.clear.disclosure import HIDDEN, clear, clear_ad_hoc, undeclared
from tallystick.clear.floors import family_of, refusal
from tallystick.clear.rules import disclosure_rules
from tallystick.cli import main
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.terms.bound import Bound, point
from tallystick.terms.definitions import PACKAGED, Shelf
from tallystick.terms.errors import TallystickError

YEAR = (date(2024, 10, 1), date(2025, 9, 30))


def cell(
    place: str, yes: int, unknown: int, no: int, *, kind: str = "state", period=YEAR, people: int | None = -1, **more
) -> Cell:
    whole = yes + unknown + no
    bound = Bound(Fraction(yes, whole), Fraction(yes + unknown, whole)) if whole else None
    keys = whole if people == -1 else people
    return Cell(
        "m/x",
        "h",
        "s",
        "records",
        "share",
        "person",
        "fraction",
        "v",
        *period,
        (),
        bound,
        Bound(Fraction(yes), Fraction(yes + unknown)),
        point(whole),
        "ok",
        "",
        place_type=kind,
        place=place,
        people=keys,
        **more,
    )


def nation(*cells: Cell) -> Cell:
    yes, most, whole = (
        sum(int(part) for part in parts)
        for parts in zip(
            *((entry.numerator.lower, entry.numerator.upper, entry.denominator.lower) for entry in cells), strict=True
        )
    )
    return cell("US", yes, most - yes, whole - most, kind="nation")


def test_large_cells_pass_and_small_ones_are_hidden_with_company() -> None:
    states = [cell("A", 100, 40, 60), cell("B", 3, 40, 60), cell("C", 80, 50, 70), cell("D", 90, 45, 65)]
    cleared = clear(MeasuredCells((nation(*states), *states)))
    statuses = {entry.place: entry.status for entry in cleared.cells}
    assert "suppressed" == statuses["B"]
    assert "ok" == statuses["US"]
    assert 2 == list(statuses.values()).count("suppressed")  # one alone would follow from the total
    hidden = [entry for entry in cleared.cells if entry.status == "suppressed"]
    assert all(entry.bound is None and entry.n is None and entry.note == HIDDEN for entry in hidden)
    (record,) = cleared.clearances
    assert (5, True) == (record.cells, 0 < record.value_lost < 1)


def test_a_range_whose_hatch_is_small_is_hidden() -> None:
    states = [cell("A", 100, 4, 60), cell("B", 90, 40, 60), cell("C", 80, 50, 70)]
    assert "suppressed" == clear(MeasuredCells((nation(*states), *states))).cells[1].status


def test_without_person_keys_only_the_nation_is_shown() -> None:
    states = [cell("A", 100, 40, 60, people=None), cell("B", 90, 40, 60, people=None)]
    cleared = clear(MeasuredCells((nation(*states), *states)))
    assert ["ok", "suppressed", "suppressed"] == [entry.status for entry in cleared.cells]


FLOORS = [
    # kind of place, first day, last day, closing date, allowed
    ("nation", (2025, 9, 30), (2025, 9, 30), (2025, 10, 1), True),
    ("area", (2025, 9, 1), (2025, 9, 30), (2025, 10, 1), True),
    ("area", (2025, 9, 1), (2025, 9, 7), (2025, 10, 1), False),
    ("state", (2025, 5, 1), (2025, 5, 31), (2025, 10, 1), True),
    ("state", (2025, 8, 1), (2025, 8, 31), (2025, 10, 1), False),
    ("county", (2025, 4, 1), (2025, 6, 30), (2025, 10, 1), True),
    ("county", (2025, 4, 1), (2025, 4, 30), (2026, 10, 1), False),
    ("facility", (2024, 10, 1), (2025, 9, 30), (2026, 3, 1), True),
    ("facility", (2025, 4, 1), (2025, 6, 30), (2026, 3, 1), False),
    ("city", (2024, 10, 1), (2025, 9, 30), (2026, 3, 1), False),
    ("landmark", (2024, 10, 1), (2025, 9, 30), (2026, 3, 1), False),
    ("hospital", (2024, 10, 1), (2025, 9, 30), (2026, 3, 1), False),
]


@pytest.mark.parametrize(("kind", "first", "last", "closes", "allowed"), FLOORS)
def test_floors_of_place_and_period(kind, first, last, closes, allowed) -> None:
    entry = cell("x", 50, 50, 50, kind=kind, period=(date(*first), date(*last)))
    assert allowed is (refusal(entry, disclosure_rules(), date(*closes)) == "")


@pytest.mark.parametrize(
    "change",
    [
        {"split": (("gang", "yes"),)},
        {"split": (("city", "x"),)},
        {"duplicate_rule": "24h"},
        {"link_rule": "nearest"},
        {"policy": "p"},
        {"view": "world"},
        {"statistic": "minimum"},
    ],
)
def test_what_is_national_only_or_never_is_refused_below_the_nation(change) -> None:
    assert refusal(replace(cell("A", 50, 50, 50), **change), disclosure_rules(), None)
    allowed = not ({"city"} & {name for name, _ in change.get("split", ())} or "statistic" in change)
    assert allowed is (
        refusal(replace(cell("US", 50, 50, 50, kind="nation"), **change), disclosure_rules(), None) == ""
    )


def test_means_need_thirty() -> None:
    small, large = (replace(cell("US", n // 2, 0, n - n // 2, kind="nation"), statistic="mean") for n in (29, 30))
    assert ["suppressed", "ok"] == [entry.status for entry in clear(MeasuredCells((small, large))).cells]


def test_means_below_the_nation_are_shown_in_whole_steps() -> None:
    mean = replace(cell("A", 50, 0, 50), statistic="mean", bound=Bound(Fraction(157, 10), Fraction(161, 10)))
    states = (mean, replace(mean, place="B"), replace(mean, place="C"))
    shown = clear(MeasuredCells((replace(nation(*states), statistic="mean"), *states))).cells[1]
    assert (("rounded", Bound(Fraction(15), Fraction(17)))) == (shown.status, shown.bound)


def test_a_sum_that_one_person_dominates_is_hidden() -> None:
    states = [replace(cell("A", 400, 0, 600), largest=(800, 150, 50)), cell("B", 90, 40, 60), cell("C", 80, 50, 70)]
    statuses = [entry.status for entry in clear(MeasuredCells((nation(*states), *states))).cells]
    assert ("ok", "suppressed") == tuple(statuses[:2])
    states[0] = replace(states[0], largest=(600, 250, 150))
    assert "ok" == clear(MeasuredCells((nation(*states), *states))).cells[1].status


def test_flows_between_places_are_yearly() -> None:
    yearly = cell("A to B", 50, 50, 50, kind="edge")
    assert not refusal(yearly, disclosure_rules(), None)
    assert refusal(replace(yearly, period_start=date(2025, 7, 1)), disclosure_rules(), None)


def test_what_no_family_declares_cannot_be_exported() -> None:
    odd = [replace(cell(place, 50, 50, 50), split=(("occupation", "x"),)) for place in ("A", "B")]
    assert not clear(MeasuredCells(tuple(odd))).exportable
    assert clear(MeasuredCells((cell("A", 50, 50, 50), cell("B", 50, 50, 50)))).exportable


def test_every_build_writes_its_clearance_record(tmp_path: Path) -> None:
    from tallystick import pipeline
    from tallystick.made.workbooks import write_series

    paths = [made.path for made in write_series(tmp_path / "in", 2026, issues=2, seed=1)]
    pipeline.build(paths, tmp_path / "project", Shelf(), workers=1)
    record = json.loads((tmp_path / "project" / "run.json").read_text())["clearance"]
    assert "who/held-by-criminality" in record
    assert {"national figures, as the agency printed them"} == {entry["method"] for entry in record.values()}


def test_ad_hoc_answers_are_rounded_alike_every_time_and_not_for_export() -> None:
    cells = MeasuredCells((cell("A", 101, 43, 67), cell("B", 3, 40, 60)))
    first, again = clear_ad_hoc(cells), clear_ad_hoc(cells)
    assert first.cells == again.cells
    assert (False, ["rounded", "suppressed"]) == (first.exportable, [entry.status for entry in first.cells])
    rounded, true = first.cells[0], cells.cells[0]
    assert rounded.numerator.lower % 10 == 0
    assert rounded.bound.lower <= true.bound.lower
    assert true.bound.upper <= rounded.bound.upper or rounded.denominator.upper > true.denominator.lower


def test_only_declared_families_count_as_published() -> None:
    assert "area-and-state" == family_of(cell("A", 50, 50, 50))
    assert ["m/x"] == undeclared([replace(cell("A", 50, 50, 50), split=(("occupation", "x"),))])


NUMBERS = [
    ("thresholds", name)
    for name in (
        "least_people",
        "least_units",
        "least_width",
        "least_for_means",
        "least_rest_percent",
        "least_counts_behind_share",
    )
] + [("agency_printed", "least_facility"), ("ad_hoc", "least_rounding")]


@pytest.mark.parametrize(("group", "name"), NUMBERS)
def test_no_number_of_the_gate_can_be_loosened_and_each_can_be_tightened(tmp_path: Path, group: str, name: str) -> None:
    text = (PACKAGED / "disclosure.toml").read_text(encoding="utf-8")
    value = getattr(getattr(disclosure_rules(), group), name)
    for new, allowed in ((value - 1, False), (0, False), (value + 1, True)):
        (tmp_path / "disclosure.toml").write_text(
            text.replace(f"{name} = {value}", f"{name} = {new}"), encoding="utf-8"
        )
        if allowed:
            assert new == getattr(getattr(disclosure_rules(Shelf(tmp_path)), group), name)
            continue
        with pytest.raises(TallystickError) as refusal_:
            Shelf(tmp_path)
        assert ("TS310", 3) == (refusal_.value.faults[0].code, refusal_.value.exit_code)
        disclosure_rules.cache_clear()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("disclosure.toml", 'period = "fiscal_year"', 'period = "month"'),
        ("disclosure.toml", '"gang", ', ""),
        ("disclosure.toml", '"city", ', ""),
        ("disclosure.toml", "least_days_before_close = 90", "least_days_before_close = 0"),
        ("disclosure.toml", '"duplicate_rule", ', ""),
        (
            "disclosure.toml",
            "[national_only]",
            '[[floors]]\nplace = "city"\nperiod = "day"\nleast_days_before_close = 0\n\n[national_only]',
        ),
        ("door.toml", 'id = "alien_number"', 'id = "nothing"'),
        ("door.toml", "most_ratio = 200", "most_ratio = 2000"),
        ("door.toml", "most_cells = 3_000_000", "most_cells = 30_000_000"),
        ("door.toml", '"ssn", ', ""),
    ],
)
def test_no_rule_of_the_gate_or_the_door_can_be_loosened(tmp_path: Path, name: str, old: str, new: str) -> None:
    text = (PACKAGED / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(TallystickError, match="TS310"):
        Shelf(tmp_path)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


TABLES = {
    "small count": [{"place": "a", "value": 4}, {"place": "b", "value": 50}, {"place": "*", "value": ""}],
    "margins": [{"place": "a", "value": ""}, {"place": "b", "value": 50}, {"place": "*", "value": 54}],
    "complement": [{"place": "a", "value": 50}, {"place": "*", "value": 57}],
    "inversion": [{"place": "a", "value": "", "share": "0.34", "whole": 50}],
}


@pytest.mark.parametrize("attack", TABLES)
def test_the_attack_command_finds_what_is_given_away_and_names_the_family_only(
    tmp_path: Path, attack: str, capsys
) -> None:
    _write(tmp_path / "by-place.csv", TABLES[attack])
    with pytest.raises(SystemExit) as ending:
        main(["attack", str(tmp_path), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert 3 == ending.value.code
    assert attack in {breach["attack"] for breach in document["data"]["breaches"]}
    assert {"by-place"} == {breach["family"] for breach in document["data"]["breaches"]}


def test_two_releases_that_differ_by_a_small_count_are_found(tmp_path: Path, capsys) -> None:
    for release, count in (("2025-03", 54), ("2025-04", 57)):
        _write(
            tmp_path / release / "t.csv",
            [{"place": "a", "value": count}, {"place": "b", "value": 80}, {"place": "*", "value": 80 + count}],
        )
    with pytest.raises(SystemExit) as ending:
        main(["attack", str(tmp_path)])
    assert (3, True) == (ending.value.code, "difference attack succeeds" in capsys.readouterr().out)


def test_rare_combinations_in_a_row_level_table_are_found(tmp_path: Path, capsys) -> None:
    _write(tmp_path / "rows.csv", [{"sex": "f", "county": "x"}] * 30 + [{"sex": "m", "county": "x"}] * 3)
    with pytest.raises(SystemExit) as ending:
        main(["attack", str(tmp_path)])
    assert (3, True) == (ending.value.code, "uniqueness" in capsys.readouterr().out)


def test_a_folder_without_tables_and_a_harmless_one(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["attack", str(tmp_path)])
    assert 2 == ending.value.code
    _write(tmp_path / "t.csv", [{"place": "a", "value": 54}, {"place": "b", "value": 80}, {"place": "*", "value": 134}])
    with pytest.raises(SystemExit) as ending:
        main(["attack", str(tmp_path)])
    assert 0 == ending.value.code


def test_our_own_output_withstands_our_own_attacks(shipped, capsys) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["attack", str(shipped.figures.parent), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert [] == [
        breach
        for breach in document["data"]["breaches"]
        if breach["family"].startswith(("who/", "growth/", "custody/"))
    ]
    assert ending.value.code in (0, 3)


def test_a_complete_list_of_places_leaves_no_remainder_to_hide_behind() -> None:
    states = [cell("A", 29, 11, 5), cell("B", 29, 58, 25), cell("C", 20, 40, 30)]
    statuses = [entry.status for entry in clear(MeasuredCells((nation(*states), *states))).cells]
    # the states add up to the nation, so one hidden state would follow from the others
    assert statuses[0] == "suppressed" or statuses[1:].count("suppressed") >= 2


def test_cells_that_form_no_tables_show_the_plain_nation_alone() -> None:
    women, men = (
        replace(cell("US", *counts, kind="nation"), split=(("sex", sex),))
        for sex, counts in (("f", (11, 112, 35)), ("m", (2, 56, 28)))
    )
    keyless = cell("A", 50, 50, 50, people=None)
    cleared = clear(MeasuredCells((cell("US", 13, 168, 63, kind="nation"), women, men, keyless)))
    assert ["ok", "suppressed", "suppressed", "suppressed"] == [entry.status for entry in cleared.cells]
