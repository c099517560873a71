"""Every measure on a small release that can be counted by hand, and on places, periods and classes of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tallystick.measures.cell import Cell
from tallystick.measures.windows import Window, windows_of, year_before
from tallystick.question import Desk, Question
from tallystick.relating import measured_cells
from tallystick.terms.errors import TallystickError
from tests.measures.conftest import BOOK, HERE, LAW, laid, read_tables

POLICY = LAW.policy("dhs_johnson_2014")
with (HERE / "expected.csv").open(encoding="utf-8", newline="") as _stream:
    EXPECTED = list(csv.DictReader(_stream))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with laid(read_tables(HERE / "small_release.txt")) as opened:
        yield opened


def cells(desk: Desk, name: str, **asked: Any) -> list[Cell]:
    policy = POLICY if name.startswith("alignment/") and "policy" not in asked else None
    return measured_cells(desk, name, Question(**{"policy": policy, **asked}))


def variant(cell: Cell) -> str:
    return cell.variant.partition(" ")[2]


@pytest.mark.parametrize("name", sorted(BOOK.measures))
def test_a_measure_counts_as_by_hand(desk: Desk, name: str) -> None:
    expected = {
        (row["variant"], row["tier"]): (row["lower"], row["upper"]) for row in EXPECTED if row["measure"] == name
    }
    found = {
        (variant(cell), cell.tier or ""): (str(cell.bound.lower), str(cell.bound.upper)) if cell.bound else ("", "")
        for cell in cells(desk, name)
    }
    assert expected, "worked by hand first: tests/measures/expected.csv"
    assert found == expected


def bounds(found: list[Cell], **where: str) -> dict[str, tuple[int, int]]:
    """Name of a place or class -> both ends of a count."""
    return {
        (cell.place if cell.place_type != "nation" else dict(cell.split).get(where.get("by", ""), "all")): (
            int(cell.bound.lower),
            int(cell.bound.upper),
        )
        for cell in found
        if cell.bound is not None
    }


def test_a_state_that_is_only_suggested_enters_the_upper_end(desk: Desk) -> None:
    """Texas is stated on rows 1, 3, 7 and 9; row 2 only has a duty site there; row 4 has neither."""
    found = bounds(cells(desk, "counts/arrests-made", place="state"))
    assert found == {"all": (8, 8), "TX": (4, 6), "CA": (2, 3), "unknown": (2, 2)}


def test_the_share_of_a_state_leaves_open_who_is_in_it(desk: Desk) -> None:
    """Convicted in Texas: rows 1 and 9 of 4; row 2, convicted, and row 4, not, may be there too."""
    found = {
        cell.place: (cell.bound.lower, cell.bound.upper)
        for cell in cells(desk, "who/arrests-by-criminality", place="state")
        if variant(cell) == "convicted" and cell.bound
    }
    assert found["TX"] == (Fraction(2, 5), Fraction(3, 5))
    assert found["CA"] == (Fraction(1, 3), Fraction(1))
    assert found["US"] == (Fraction(1, 2), Fraction(5, 8))


def test_classes_add_up_with_what_is_not_recorded(desk: Desk) -> None:
    found = bounds(cells(desk, "counts/arrests-made", by=("sex",)), by="sex")
    assert found == {"all": (8, 8), "male": (5, 6), "female": (2, 3), "unknown": (1, 1)}
    certain = [low for name, (low, _) in found.items() if name != "all"]
    assert sum(certain) == found["all"][0]


def test_an_arrest_without_a_day_may_lie_in_any_month(desk: Desk) -> None:
    """Rows 1 to 3 in January, 4 to 6 in February, 7 in November; row 9 has no day."""
    found = {
        (cell.period_start.isoformat(), (int(cell.bound.lower), int(cell.bound.upper)))
        for cell in cells(desk, "counts/arrests-made", period="month")
        if cell.bound
    }
    assert found == {("2025-01-01", (3, 4)), ("2025-02-01", (3, 4)), ("2025-11-01", (1, 2))}


def test_bed_days_are_cut_at_the_ends_of_months(desk: Desk) -> None:
    """In January 2025: 26 days of person 1, 2 of person 2, 24 of person 3; in February 4, 28 and up to 26 of person 5."""
    found = {
        cell.period_start.isoformat(): (cell.bound.lower, cell.bound.upper)
        for cell in cells(desk, "resources/bed-days", period="month", until="2025-03-31", since="2025-01-01")
        if cell.bound
    }
    assert found["2025-01-01"] == (52, 52)
    assert found["2025-02-01"] == (32, 58)
    assert found["2025-03-01"] == (31 + 10, 31 + 10 + 31)


def test_people_held_at_the_end_of_a_month(desk: Desk) -> None:
    """At the end of January: persons 1 and 3; of February: 3, and perhaps 5; of March: 3, and perhaps 5."""
    found = {
        cell.period_end.isoformat(): (int(cell.bound.lower), int(cell.bound.upper))
        for cell in cells(desk, "counts/held", period="month", since="2025-01-01", until="2025-03-31")
        if cell.bound
    }
    assert found == {"2025-01-31": (2, 2), "2025-02-28": (1, 2), "2025-03-31": (1, 2)}


def test_facilities_of_exposed_kinds_are_never_named(desk: Desk) -> None:
    found = bounds(cells(desk, "counts/book-ins-made", place="facility"))
    assert found == {"all": (5, 5), "F1": (3, 3), "F2": (1, 1), "any hospital": (1, 1)}


def test_ages_that_a_year_of_birth_leaves_open_are_unknown(desk: Desk) -> None:
    """On the day one of two ages: 1980 (44 or 45), 1990, 1970 and 1960 lie on an edge, and row 9 has no day."""
    found = bounds(cells(desk, "counts/arrests-made", by=("age",)), by="age")
    assert found == {
        "all": (8, 8), "18 to 24": (1, 6), "25 to 34": (1, 6), "35 to 44": (1, 6), "unknown": (5, 5),
    }  # fmt: skip


def test_persons_instead_of_records(desk: Desk) -> None:
    """Eight arrests of seven persons and one row without a key, who may be one of them."""
    found = cells(desk, "counts/arrests-made", person=True)
    assert [(cell.bound.lower, cell.bound.upper) for cell in found if cell.bound] == [(7, 8)]
    shares = {variant(cell): cell.bound for cell in cells(desk, "who/arrests-by-criminality", person=True)}
    convicted = shares["convicted"]
    assert convicted is not None
    assert (convicted.lower, convicted.upper) == (Fraction(3, 7), Fraction(5, 8))


def test_questions_that_do_not_fit_say_what_does(desk: Desk) -> None:
    for asked, code in (
        ({"place": "facility"}, "TS189"),
        ({"by": ("destination",)}, "TS189"),
        ({"period": "decade"}, "TS189"),
        ({"since": "2025-02-30"}, "TS189"),
        ({"since": "2026-01-01", "until": "2025-01-01"}, "TS189"),
        ({"by": ("nothing",)}, "TS102"),
    ):
        with pytest.raises(TallystickError) as error:
            cells(desk, "who/arrests-by-criminality", **asked)
        assert error.value.faults[0].code == code
        assert error.value.faults[0].fix
    with pytest.raises(TallystickError) as error:
        cells(desk, "alignment/arrests", policy=None)
    assert "--policy" in error.value.faults[0].fix


def test_a_column_that_a_release_does_not_hold_is_named_with_those_that_do() -> None:
    tables = read_tables(HERE / "small_release.txt")
    rows = [
        {name: value for name, value in row.items() if not name.startswith("biometric")} for row in tables["detainers"]
    ]
    with laid({"detainers": rows}, absent={"detainers": {"biometric_match"}}) as desk:
        with pytest.raises(TallystickError) as error:
            cells(desk, "biometrics/match-among-detainers")
        fault = error.value.faults[0]
        assert (fault.code, error.value.exit_code) == ("TS188", 2)
        assert "biometric_match" in fault.text
        assert "ice_2026_03" in fault.fix
        with pytest.raises(TallystickError) as error:
            cells(desk, "pathways/detainer-to-arrest")
        assert error.value.faults[0].code == "TS188"
        with pytest.raises(TallystickError) as error:
            cells(desk, "who/women")
        assert error.value.faults[0].code == "TS182"


def test_windows() -> None:
    quarters = windows_of("quarter", "2025-02-10", "2025-10-05")
    assert [one.label for one in quarters] == ["FY2025Q2", "FY2025Q3", "FY2025Q4", "FY2026Q1"]
    assert quarters[0] == Window("FY2025Q2", date(2025, 2, 10), date(2025, 3, 31), is_part=True)
    years = windows_of("fiscal_year", "2022-10-01", "2024-09-30")
    assert [(one.label, one.is_part) for one in years] == [("FY2023", False), ("FY2024", False)]
    eras = windows_of("era", "2025-01-01", "2025-02-01", BOOK.eras)
    assert [(one.label, one.last) for one in eras] == [("biden", date(2025, 1, 20)), ("trump-2", date(2025, 2, 1))]
    leap = year_before(Window("x", date(2024, 2, 29), date(2024, 3, 1)))
    assert (leap.first, leap.last) == (date(2023, 2, 28), date(2023, 3, 1))
