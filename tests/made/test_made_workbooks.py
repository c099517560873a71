"""Made-up workbooks have the shape of real ones, add up, and hold exactly the faults asked."""

import hashlib
import itertools
import re
import time
import zipfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum
from xlsxwriter.utility import xl_cell_to_rowcol

from tallystick.made.faults import FAULTS
from tallystick.made.figures import MONTHS, days_so_far
from tallystick.made.pages import WATERMARK
from tallystick.made.shapes import SHAPE_NAMES
from tallystick.made.workbooks import MadeWorkbook, write_series, write_workbook
from tests.conftest import SHARED

CRIMES = ("Convicted Criminal", "Pending Criminal Charges", "Other Immigration Violator")
Cells = dict[tuple[str, int, int], object]

SHEETS = {
    "FY19": ["Header", "ATD FY19", "Detention FY19", "Facilities FY19", "Footnotes"],
    "FY20": ["Header", "ATD EOFY2020", "Detention EOFY2020", "Facilities EOFY2020", "Footnotes"],
    "FY21": ["Detention FY21 YTD", " ICLOS and Detainees", "Trans. Detainee Pop. FY21 YTD "],
    "FY22": ["Detention FY22", "Detention EOFY2020", "Monthly Bond Statistics", "Footnotes_DEL"],
    "FY23": ["ATD FY23 YTD ", "Detention FY23", "Trans. Detainee Pop. FY23", "Semiannual"],
    "FY24": ["ATD FY24 YTD", "ATD EOFY23 ", "Detention FY24", "Monthly Segregation"],
    "FY25": ["Detention FY25", "Facilities FY25", "Vulnerable & Special Population"],
    "FY26": ["Detention FY26", "Facilities FY26", "FY26 Monthly Segregation"],
}


def as_of(shape: str) -> date:
    year = 2000 + int(shape[2:])
    return date(year, 9, 30) if shape in {"FY19", "FY20"} else date(year, 6, 14)


def write(folder: Path, shape: str, *faults: str, seed: int = 5) -> MadeWorkbook:
    path = folder / f"{shape}-{('-'.join(faults) or 'clean')[:120]}-{seed}.xlsx"
    return write_workbook(path, as_of(shape), shape=shape, seed=seed, faults=faults)


def cells(path: Path) -> Cells:
    book = CalamineWorkbook.from_path(path)
    return {
        (name.strip(), r, c): value
        for name in book.sheet_names
        for r, row in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        for c, value in enumerate(row)
        if value != ""
    }


def differences(one: Path, two: Path) -> set[tuple[str, int, int]]:
    left, right = cells(one), cells(two)
    return {at for at in left.keys() | right.keys() if left.get(at) != right.get(at)}


def at(sheet: str, *addresses: str) -> set[tuple[str, int, int]]:
    return {(sheet, *xl_cell_to_rowcol(a)) for a in addresses}


def area(sheet: str, first: str, last: str) -> set[tuple[str, int, int]]:
    (r1, c1), (r2, c2) = xl_cell_to_rowcol(first), xl_cell_to_rowcol(last)
    return {(sheet, r, c) for r in range(r1, r2 + 1) for c in range(c1, c2 + 1)}


def block(book: MadeWorkbook, block_id: str) -> dict[tuple[str, ...], float]:
    return {key[1:]: value for key, value in book.truth.items() if key[0] == block_id}


def core_gaps(book: MadeWorkbook) -> set[str]:  # noqa: C901 - a flat list of checks
    """Names of the arithmetic checks which fail; an independent reading of `truth`."""
    t = book.truth
    crime, books = "detained_by_criminality_agency", "bookins_by_agency_month"
    own = next(k[1] for k in t if k[0] == books and k[1].strip() == "ICE")
    gaps = set()
    for column in ("ICE", "CBP", "Total"):
        if t[crime, "Total", column] != sum(t[crime, c, column] for c in CRIMES):
            gaps.add("criminality rows")
    for row in ("Total", *CRIMES):
        if t[crime, row, "ICE"] + t[crime, row, "CBP"] != t[crime, row, "Total"]:
            gaps.add("agencies")
    if t[crime, "Total", "Total"] != t["detained_by_disposition", "Total", "Total"]:
        gaps.add("disposition")
    for row in ("Total", "CBP", own):
        if sum(t.get((books, row, m), 0) for m in MONTHS) != t[books, row, "Total"]:
            gaps.add("months")
    for month in (*MONTHS, "Total"):
        parts = t.get((books, "CBP", month), 0) + t.get((books, own, month), 0)
        if parts != t[books, "Total", month]:
            gaps.add("book-in agencies")
    if t["bookins_by_crim", "Total", "Total"] != t[books, "Total", "Total"]:
        gaps.add("book-in totals")
    return gaps


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_same_arguments_write_same_bytes(tmp_path: Path, shape: str) -> None:
    paths = [tmp_path / "one.xlsx", tmp_path / "two.xlsx"]
    for path in paths:
        write_workbook(path, as_of(shape), shape=shape, seed=3, faults=("month_gap",))
    one, two = (hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    assert one == two


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_shape_has_the_sheets_of_its_era(tmp_path: Path, shape: str) -> None:
    book = CalamineWorkbook.from_path(write(tmp_path, shape).path)
    hidden = {s.name for s in book.sheets_metadata if s.visible != SheetVisibleEnum.Visible}
    assert set(SHEETS[shape]) <= set(book.sheet_names)
    assert hidden == ({"Detention EOFY2020", "Footnotes_DEL"} if shape == "FY22" else set())


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_watermark_and_properties(tmp_path: Path, shape: str) -> None:
    path = write(tmp_path, shape).path
    found = cells(path)
    detention = next(n for n in SHEETS[shape] if n.startswith("Detention"))
    assert WATERMARK in {found.get((detention, 2, 0)), found.get((detention, 3, 0))}
    assert found["Footnotes", 0, 0] == WATERMARK
    assert WATERMARK in {v for (name, _, _), v in found.items() if name == "Header"}
    core = zipfile.ZipFile(path).read("docProps/core.xml").decode()
    assert "<dc:title>made-up</dc:title><dc:creator></dc:creator>" in core
    stamp = as_of(shape) + timedelta(days=4)
    assert set(re.findall(r"\d{4}-\d\d-\d\d(?=T)", core)) == {stamp.isoformat()}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_clean_workbook_adds_up(tmp_path: Path, shape: str, seed: int) -> None:
    book = write(tmp_path, shape, seed=seed)
    assert core_gaps(book) == set()
    exits = block(book, "exits_by_reason")
    single = [k for k in exits if k[-2] not in {"Total", "Bond Set by ICE", "Bond Set by IJ"}]
    column = "Total"
    tops = [k for k in single if k[-1] == column and (len(k) == 2 or k[0] == "Total")]
    total = next(v for k, v in exits.items() if k in {("Total", "Total"), ("Total",) * 3})
    assert total == sum(exits[k] for k in tops)
    assert total == book.truth["exits_by_facility_type", "Total", "Total"]


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_daily_population_is_whole_man_days(tmp_path: Path, shape: str) -> None:
    book, days = write(tmp_path, shape), days_so_far(as_of(shape))
    adp = block(book, "adp_agency_month_crim")
    spans = {**dict(zip(MONTHS, days, strict=True)), "FY Overall": sum(days)}
    for (_, _, column), value in adp.items():
        assert abs(value * spans[column] - round(value * spans[column])) < 1e-3
    cbp, ice, every = dict.fromkeys(k[1] for k in adp)
    for column in spans:
        parts = adp[cbp, cbp, column] + adp[ice, ice, column]
        assert parts == pytest.approx(adp[every, every, column], abs=2e-6)
        children = [v for (r, g, c), v in adp.items() if g == ice and r != ice and c == column]
        assert len(children) == (2 if shape == "FY19" else 3)
        assert sum(children) == pytest.approx(adp[ice, ice, column], abs=3e-6)
    whole = book.truth["adp_facility_type_month", "Total", "FY Overall"]
    assert whole == adp[every, every, "FY Overall"]


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_future_months_are_zero_totals_and_blank_children(tmp_path: Path, shape: str) -> None:
    book, days = write(tmp_path, shape), days_so_far(as_of(shape))
    books, adp = block(book, "bookins_by_agency_month"), block(book, "alos_agency_month_crim")
    for month, n in zip(MONTHS, days, strict=True):
        assert (books["Total", month] > 0) == (n > 0)
        assert (("CBP", month) in books) == (n > 0)
        assert (adp["Average ", "Average ", month] > 0) == (n > 0)


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_facilities_agree_and_lie_under_the_national_average(tmp_path: Path, shape: str, seed: int) -> None:
    book = write(tmp_path, shape, seed=seed)
    names = list(dict.fromkeys(k[0] for k in block(book, "facilities")))
    assert 40 <= len(names) <= 60
    groups = (
        [f"Level {x}" for x in "ABCD"],
        ["Male Crim", "Male Non-Crim", "Female Crim", "Female Non-Crim"],
        [f"{start}ICE Threat Level{end}" for start, end in zip(
            ("", "", "", "No "), (" 1", " 2", " 3", ""), strict=True
        )],
    )  # fmt: skip
    sums = {n: [sum(book.truth["facilities", n, c] for c in g) for g in groups] for n in names}
    assert all(max(s) - min(s) < 1e-5 for s in sums.values())
    assert all(book.truth["facilities", n, "Mandatory"] <= sums[n][0] for n in names)
    national = book.truth["adp_facility_type_month", "Total", "FY Overall"]
    assert 0.96 <= sum(s[0] for s in sums.values()) / national <= 0.99
    assert max(s[0] for s in sums.values()) < national / 3


LAYOUTS = [  # shape, as-of date, header row, inspection columns
    ("FY19", date(2019, 9, 30), 7, 8),
    ("FY22", date(2022, 1, 16), 7, 8),
    ("FY22", date(2022, 6, 5), 7, 7),
    ("FY23", date(2023, 5, 7), 7, 10),
    ("FY23", date(2023, 7, 16), 8, 10),
    ("FY24", date(2023, 11, 19), 6, 4),
    ("FY24", date(2024, 3, 24), 4, 4),
    ("FY24", date(2024, 6, 2), 7, 5),
    ("FY26", date(2025, 11, 16), 7, 4),
    ("FY26", date(2026, 2, 7), 10, 4),
]


@pytest.mark.parametrize(("shape", "day", "header_row", "extra"), LAYOUTS)
def test_facilities_layout(tmp_path: Path, shape: str, day: date, header_row: int, extra: int) -> None:
    book = write_workbook(tmp_path / "f.xlsx", day, shape=shape, seed=1)
    sheet = f"Facilities {shape}"
    found = cells(book.path)
    row = [c for (n, r, c) in found if n == sheet and r == header_row - 1]
    assert found[sheet, header_row - 1, 0] == "Name"
    assert len(row) == 23 + extra


def test_dates_in_a_clean_workbook(tmp_path: Path) -> None:
    texts = [v for v in cells(write(tmp_path, "FY26").path).values() if isinstance(v, str)]
    whole = "\n".join(texts)
    assert "ICE National Docket data are a snapshot as of 06/15/2026 (IIDS Run Date" in whole
    assert "FY2026 YTD ICE Detention data are updated through 06/14/2026" in whole
    assert "Data Source: ICE Integrated Decision Support (IIDS), 06/12/2026" in whole
    assert "Data from BI Inc. Participants Report, 06.14.2026" in whole


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_truth_is_what_the_file_holds(tmp_path: Path, shape: str) -> None:
    book = write(tmp_path, shape)
    numbers = {v for v in cells(book.path).values() if isinstance(v, float)}
    assert set(book.truth.values()) <= numbers
    assert len(book.truth) > 1000


def test_another_agency_is_named_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "other.xlsx"
    day = date(2026, 2, 7)
    book = write_workbook(path, day, shape="FY26", seed=1, agency="ABX", partner="QRS")
    texts = [v for v in cells(path).values() if isinstance(v, str)]
    assert not [t for t in texts if re.search(r"\b(ICE|CBP)\b", t)]
    assert book.truth["detained_by_criminality_agency", "Total", "QRS"] > 0


# --- faults: where each may differ from the clean file -------------------------------------------

EXACT = {
    "broken_total": ("B22", "F22"),
    "agency_gap": ("D22",),
    "swapped_labels": ("A21", "A22"),
    "unknown_header": ("D19",),
    "text_number": ("D23",),
    "broken_header": tuple(f"{c}19" for c in "IJKLMNOPQRSTUV"),
}
VISIBLE_CHECK = {
    "broken_total": {"criminality rows"},
    "agency_gap": {"agencies", "criminality rows"},
    "totals_disagree": {"disposition"},
    "month_gap": {"months"},
    "ytd_fall": set(),
    "zero_months": set(),
    "zero_column": set(),
    "stale_footnotes": set(),
    "mistyped_date": set(),
    "stale_facilities": set(),
    "stale_sheet": set(),
    "unknown_row": {"criminality rows"},
}


def detention_name(path: Path) -> str:
    return next(
        s.name
        for s in CalamineWorkbook.from_path(path).sheets_metadata
        if s.name.startswith("Detention") and s.visible == SheetVisibleEnum.Visible
    )


def allowed(fault: str, shape: str, sheet: str) -> set[tuple[str, int, int]]:
    """Cells of the Detention sheet a fault may change."""
    if fault in EXACT:
        return at(sheet, *EXACT[fault])
    if fault == "totals_disagree":
        columns = "BC" if shape == "FY24" else "CD"
        return at(sheet, *(f"{c}{r}" for c in columns for r in (10, 14)))
    if fault == "month_gap":
        return at(sheet, "J20", "J22" if shape == "FY19" else "J21")
    if fault == "unknown_row":
        return area(sheet, "B23", "F23") | area(sheet, "A24", "F24")
    if fault == "zero_months":
        columns = "ST" if shape in {"FY19", "FY20"} else "PQ"
        return {c for col in columns for c in area(sheet, f"{col}20", f"{col}22")}
    assert fault == "ytd_fall"
    return area(sheet, "J20", "V22") | area(sheet, "B29", "E31")


DETENTION_FAULTS = [*EXACT, "totals_disagree", "month_gap", "unknown_row", "zero_months"]


@pytest.mark.parametrize("shape", SHAPE_NAMES)
@pytest.mark.parametrize("fault", [*DETENTION_FAULTS, "ytd_fall"])
def test_detention_fault_changes_its_cells_only(tmp_path: Path, shape: str, fault: str) -> None:
    clean, faulty = write(tmp_path, shape), write(tmp_path, shape, fault)
    changed = differences(clean.path, faulty.path)
    places = allowed(fault, shape, detention_name(clean.path))
    assert changed
    assert changed <= places
    if fault not in {"unknown_row", "ytd_fall"}:
        assert changed == places


def other_sheets(changed: Iterable[tuple[str, int, int]], *starts: str) -> set[str]:
    return {name for name, _, _ in changed if not name.startswith(starts)}


@pytest.mark.parametrize("shape", SHAPE_NAMES)
def test_date_and_list_faults_change_their_cells_only(tmp_path: Path, shape: str) -> None:
    clean = write(tmp_path, shape).path
    changed = differences(clean, write(tmp_path, shape, "mistyped_date").path)
    assert len(changed) == 1
    assert not other_sheets(changed, "Facilities")
    changed = differences(clean, write(tmp_path, shape, "zero_column").path)
    assert {c for _, _, c in changed} == {21}
    assert not other_sheets(changed, "Facilities")
    changed = differences(clean, write(tmp_path, shape, "stale_facilities").path)
    assert {c for _, _, c in changed} == {0, *range(9, 22)}
    assert len([1 for _, _, c in changed if c == 0]) == 1
    assert not other_sheets(changed, "Facilities")
    changed = differences(clean, write(tmp_path, shape, "stale_footnotes").path)
    assert {c for _, _, c in changed} == {1}
    assert not other_sheets(changed, "Footnotes")
    changed = differences(clean, write(tmp_path, shape, "stale_sheet").path)
    assert {n for n, _, _ in changed if n.startswith("Detention")}
    assert not other_sheets(changed, "Footnotes", "Detention")


def test_stale_sheet_holds_last_years_body(tmp_path: Path) -> None:
    stale = write(tmp_path, "FY26", "stale_sheet").path
    before = write_workbook(tmp_path / "b.xlsx", date(2025, 6, 14), shape="FY25", seed=5).path
    old = {k[1:]: v for k, v in cells(before).items() if k[0] == "Detention FY25"}
    now = {k[1:]: v for k, v in cells(stale).items() if k[0] == "Detention FY25 YTD"}
    assert old == now
    notes = [str(v) for (n, _, _), v in cells(stale).items() if n == "Footnotes"]
    docket = next(v for v in notes if "National Docket" in v)
    assert "06/15/2025" in docket
    assert any("ICLOS" in v and "2026" in v for v in notes)


@pytest.mark.parametrize("fault", VISIBLE_CHECK)
def test_fault_fails_its_own_check_and_no_other(tmp_path: Path, fault: str) -> None:
    assert core_gaps(write(tmp_path, "FY26", fault)) == VISIBLE_CHECK[fault]


def test_amounts_of_faults(tmp_path: Path) -> None:
    clean, fall = write(tmp_path, "FY26").truth, write(tmp_path, "FY26", "ytd_fall").truth
    key = ("bookins_by_agency_month", "Total", "Total")
    assert fall[key] / clean[key] == pytest.approx(0.7, abs=0.01)
    stale = write(tmp_path, "FY26", "stale_facilities").truth
    sums = [sum(v for k, v in t.items() if k[2].startswith("Level")) for t in (clean, stale)]
    assert sums[1] / sums[0] == pytest.approx(0.6, abs=0.001)
    zero = write(tmp_path, "FY26", "zero_months").truth
    assert zero["bookins_by_agency_month", "Total", "May"] == 0
    assert zero[key] == clean[key]


def test_faults_combine_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    book = write(tmp_path, "FY26", *FAULTS)
    assert set(book.faults) == set(FAULTS)
    with pytest.raises(ValueError, match="unknown faults nonsense"):
        write(tmp_path, "FY26", "nonsense")
    with pytest.raises(ValueError, match="FY18"):
        write_workbook(tmp_path / "x.xlsx", date(2026, 2, 7), shape="FY18", seed=1)
    october = date(2025, 10, 20)
    with pytest.raises(ValueError, match="needs a month before Oct"):
        write_workbook(tmp_path / "x", october, shape="FY26", seed=1, faults=("zero_months",))


# --- series --------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2022, 2025, 2026])
def test_cumulative_counts_only_grow_over_a_year(tmp_path: Path, year: int) -> None:
    books = write_series(tmp_path, year, issues=25, seed=4)
    keys = [
        ("bookins_by_agency_month", "Total", "Total"),
        ("bookins_by_crim", "Total", "Total"),
        ("exits_by_facility_type", "Total", "Total"),
    ]
    removals = [k for k in books[0].truth if k[0] == "removals"]
    for key in [*keys, *removals]:
        counts = [book.truth[key] for book in books]
        assert counts == sorted(counts)
        assert len(set(counts)) > 20
    assert {b.as_of - a.as_of for a, b in itertools.pairwise(books)} == {timedelta(days=14)}
    assert all(core_gaps(book) == set() for book in books)


def test_finished_months_stay_the_same_between_issues(tmp_path: Path) -> None:
    first, last = write_series(tmp_path, 2026, issues=8, seed=4)[3::4]
    for key in [k for k in first.truth if k[0].startswith(("adp_a", "bookins_by_a", "alos_a"))]:
        if key[-1] == "Oct":
            assert first.truth[key] == last.truth[key]


def test_series_plants_faults_by_position(tmp_path: Path) -> None:
    books = write_series(tmp_path, 2026, issues=3, seed=4, faults={1: ("agency_gap",)})
    assert [book.faults for book in books] == [(), ("agency_gap",), ()]
    with pytest.raises(ValueError, match="1 to 25"):
        write_series(tmp_path, 2026, issues=26, seed=4)
    with pytest.raises(ValueError, match=r"\[7\]"):
        write_series(tmp_path, 2026, issues=2, seed=4, faults={7: ()})


def test_writing_is_quick(tmp_path: Path) -> None:
    start = time.perf_counter()
    for shape in SHAPE_NAMES:
        write(tmp_path, shape)
    assert (time.perf_counter() - start) / len(SHAPE_NAMES) < 0.3


# --- against the real files ----------------------------------------------------------------------

TOTALS = ("F20", "B20", "D20", "V20", "E29", "J29", "P29")  # places which never moved


@pytest.mark.shared
@pytest.mark.shared
def test_no_made_total_equals_a_real_total(tmp_path: Path) -> None:
    real: dict[str, set[object]] = {address: set() for address in TOTALS}
    for path in SHARED.glob("*.xlsx"):
        found = cells(path)
        for address in TOTALS:
            real[address].add(found.get((detention_name(path).strip(), *xl_cell_to_rowcol(address))))
    for shape in SHAPE_NAMES:
        path = write(tmp_path, shape).path
        found = cells(path)
        for address in TOTALS:
            value = found[detention_name(path), *xl_cell_to_rowcol(address)]
            assert isinstance(value, float)
            assert value not in real[address]
