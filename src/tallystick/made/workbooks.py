"""Write a made-up detention-statistics workbook in the shape of a fiscal year's real ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tallystick.made import faults as planted
from tallystick.made.atd import atd_page
from tallystick.made.blocks import Words
from tallystick.made.detention import detention_blocks
from tallystick.made.extra_pages import Extra, extra_page
from tallystick.made.facilities import facility_date, facility_rows
from tallystick.made.facility_layouts import facility_layout
from tallystick.made.figures import Figures, fiscal_year, invent, lower_bookins, year_before
from tallystick.made.notes import NoteDates, footnotes_page
from tallystick.made.page_faults import LIST_OF_OTHERS, PASTED_MONITORING, spoil_page
from tallystick.made.pages import (
    WATERMARK,
    Page,
    detention_page,
    facilities_page,
    header_page,
)
from tallystick.made.shapes import SHAPE_NAMES, Shape, shape_before, shape_for

FIRST_ISSUE, ISSUE_GAP = 17, 14  # days after 1 October, days between issues
NO_FAULTS: Mapping[int, Sequence[str]] = MappingProxyType({})
OLD_END = date(2020, 9, 30)  # what the hidden left-over sheets hold


@dataclass(frozen=True)
class MadeWorkbook:
    """A written workbook and what a correct reader must find in it.

    truth maps a key to the number in the cell, faults included. Keys are, with every label exactly
    as printed (trailing blanks too):

    - (block id, row label, column header), for example
      ("detained_by_criminality_agency", "Convicted Criminal", "CBP");
    - (block id, row label, group label, column header) where row labels repeat under groups:
      adp_agency_month_crim and alos_agency_month_crim ("Convicted Criminal", "ICE Average  ",
      "Oct"; a group's own row repeats its label: "Average ", "Average "), exits_by_reason by month
      (criminality, then the reason printed once above; the grand total is "Total", "Total"),
      parole_status (status, fiscal year) and atd_aor_technology below its total (technology, area);
    - ("facilities", facility name, column header).

    Blank cells, texts in number cells and cells whose header is not printed have no key.
    Sheets beside the core (time in custody, bonds, half-yearly tables ...) have keys of labels and column headers.
    Hidden sheets have no keys.
    """

    path: Path
    shape: str
    as_of: date
    faults: tuple[str, ...]
    truth: Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class _Issue:
    """What is to be written where: the dates and bodies after the faults about dates."""

    shape: Shape
    words: Words
    figures: Figures
    as_of: date
    seed: int
    body_shape: Shape  # of the Detention sheet, which may be stale
    body_words: Words
    body: Figures
    notes: NoteDates
    list_date: date
    list_scale: float
    faults: tuple[str, ...]


def write_workbook(
    path: Path,
    as_of: date,
    *,
    shape: str,
    seed: int,
    faults: Sequence[str] = (),
    agency: str = "ICE",
    partner: str = "CBP",
) -> MadeWorkbook:
    """Write one made-up workbook; the same arguments always write the same bytes.

    Args:
        path: File to write; its folder must exist.
        as_of: Last day of data. Labels name its fiscal year, whatever the shape.
        shape: Layout to use, one of SHAPE_NAMES.
        seed: Chooses the invented figures.
        faults: Names from FAULTS.
        agency: Short name of the detaining agency in titles and labels.
        partner: Short name of the agency which arrests and hands over.
    """
    chosen = planted.check_faults(faults)
    words = Words(agency, partner, fiscal_year(as_of))
    issue = _plan(as_of, shape_for(shape, as_of), words, seed=seed, faults=chosen)
    pages = [spoil_page(_page(issue, role, name), chosen) for role, name in issue.shape.sheets]
    _write(path, pages, as_of)
    truth = {
        key: float(value)
        for page in pages
        for key, at in page.keys.items()
        if isinstance(value := page.cells[at], int | float)
    }
    return MadeWorkbook(path, shape, as_of, chosen, MappingProxyType(truth))


def write_series(
    folder: Path,
    fiscal_year: int,
    *,
    issues: int,
    seed: int,
    faults: Mapping[int, Sequence[str]] = NO_FAULTS,
) -> tuple[MadeWorkbook, ...]:
    """Write several issues of one fiscal year, two weeks apart, oldest first.

    Args:
        folder: Folder to write into; created if absent.
        fiscal_year: Ends on 30 September of this year; years outside 2019-2026 use the nearest
            shape.
        issues: How many, 1 to 25.
        seed: Chooses the invented figures of the whole year.
        faults: Faults by position of the issue, from 0.
    """
    first = date(fiscal_year - 1, 10, 1) + timedelta(days=FIRST_ISSUE)
    days = [first + timedelta(days=ISSUE_GAP * i) for i in range(issues)]
    if issues < 1 or days[-1] > date(fiscal_year, 9, 30):
        raise ValueError(f"issues is {issues}; a fiscal year holds 1 to 25 of them.")
    if outside := sorted(set(faults) - set(range(issues))):
        raise ValueError(f"faults are given for issues {outside}, but there are {issues} from 0.")
    folder.mkdir(parents=True, exist_ok=True)
    shape = SHAPE_NAMES[min(max(fiscal_year - 2019, 0), len(SHAPE_NAMES) - 1)]
    stem = f"FY{fiscal_year % 100:02d}"
    return tuple(
        write_workbook(
            folder / f"{stem}_{day}_made-up.xlsx",
            day,
            shape=shape,
            seed=seed,
            faults=faults.get(i, ()),
        )
        for i, day in enumerate(days)
    )


def _figures(shape: Shape, as_of: date, seed: int) -> Figures:
    return invent(seed, as_of, reasons=dict(shape.reasons), family_from=shape.family_from)


def _plan(as_of: date, shape: Shape, words: Words, *, seed: int, faults: tuple[str, ...]) -> _Issue:
    figures = _figures(shape, as_of, seed)
    issue = _Issue(
        shape=shape,
        words=words,
        figures=figures,
        as_of=as_of,
        seed=seed,
        body_shape=shape,
        body_words=words,
        body=figures,
        notes=NoteDates(as_of, as_of),
        list_date=facility_date(as_of),
        list_scale=1.0,
        faults=faults,
    )
    earlier = year_before(as_of)
    if planted.STALE_SHEET in faults:
        old = shape_for(shape_before(shape.name), earlier)
        issue = replace(
            issue,
            body_shape=old,
            body_words=replace(words, year=words.year - 1),
            body=_figures(old, earlier, seed),
            notes=NoteDates(earlier, as_of),
        )
    if planted.STALE_FOOTNOTES in faults:
        issue = replace(issue, notes=NoteDates(earlier, earlier))
    if planted.YTD_FALL in faults:
        issue = replace(issue, body=lower_bookins(issue.body, 0.7))
    if LIST_OF_OTHERS in faults:
        issue = replace(issue, list_scale=0.6)
    if planted.STALE_FACILITIES in faults:
        old_date = issue.list_date - timedelta(days=200)
        issue = replace(issue, list_date=old_date, list_scale=0.6)
    if planted.MISTYPED_DATE in faults:
        issue = replace(issue, list_date=year_before(issue.list_date))
    return issue


def _page(issue: _Issue, role: str, name: str) -> Page:
    title = issue.words.fill(name)
    if role in _CORE_PAGES:
        return _CORE_PAGES[role](issue, title)
    return extra_page(role, title, Extra(issue.shape, issue.words, issue.as_of, issue.seed))


def _footnotes(issue: _Issue, title: str) -> Page:
    return footnotes_page(title, issue.shape, words=issue.words, dates=issue.notes)


def _atd(issue: _Issue, title: str) -> Page:
    counted = issue.as_of - timedelta(days=ISSUE_GAP) if PASTED_MONITORING in issue.faults else issue.as_of
    return atd_page(title, issue.shape, words=issue.words, as_of=issue.as_of, counted=counted, seed=issue.seed)


def _atd_before(issue: _Issue, title: str) -> Page:
    """Last year's ATD sheet, still in the file; its figures are no part of this issue's truth."""
    words = replace(issue.words, year=issue.words.year - 1)
    end = date(words.year, 9, 30)
    page = atd_page(title, issue.shape, words=words, as_of=end, counted=end, seed=issue.seed)
    return replace(page, keys={})


def _detention(issue: _Issue, title: str) -> Page:
    clean = detention_blocks(issue.body, issue.body_shape, issue.body_words)
    begun = sum(1 for days in issue.body.days if days)
    blocks = planted.spoil_blocks(clean, issue.faults, begun=begun)
    if planted.STALE_SHEET in issue.faults:
        title = issue.body_words.fill("Detention FY{y2} YTD")
    return detention_page(title, blocks, issue.body_shape, words=issue.body_words)


def _facilities(issue: _Issue, title: str) -> Page:
    layout = facility_layout(issue.shape.name, issue.as_of)
    rows = facility_rows(issue.figures, layout, issue.words, seed=issue.seed, scale=issue.list_scale)
    return facilities_page(
        title,
        planted.spoil_list(rows, issue.faults),
        layout,
        shape=issue.shape.name,
        words=issue.words,
        drawn=issue.list_date,
    )


def _left_over_detention(issue: _Issue, title: str) -> Page:
    """A hidden sheet forgotten in the file: the FY20 year end."""
    old, words = shape_for("FY20", OLD_END), replace(issue.words, year=2020)
    blocks = detention_blocks(_figures(old, OLD_END, issue.seed), old, words)
    return detention_page(title, blocks, old, words=words, hidden=True)


def _left_over_footnotes(issue: _Issue, title: str) -> Page:
    old, words = shape_for("FY20", OLD_END), replace(issue.words, year=2020)
    dates = NoteDates(OLD_END, OLD_END)
    return footnotes_page(title, old, words=words, dates=dates, hidden=True)


_CORE_PAGES: Mapping[str, Callable[[_Issue, str], Page]] = MappingProxyType(
    {
        "header": lambda issue, _: header_page(issue.words),
        "atd": _atd,
        "atd_before": _atd_before,
        "detention": _detention,
        "detention_hidden": _left_over_detention,
        "facilities": _facilities,
        "footnotes": _footnotes,
        "footnotes_hidden": _left_over_footnotes,
    }
)


def _write(path: Path, pages: Sequence[Page], as_of: date) -> None:
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        stamp = datetime.combine(as_of + timedelta(days=4), time())
        book.set_properties({"title": "made-up", "comments": WATERMARK, "created": stamp})
        day_format = book.add_format({"num_format": "m/d/yyyy"})
        for page in pages:
            sheet = book.add_worksheet(page.name)
            if page.hidden:
                sheet.hide()
            sheet.set_header(f"&C{WATERMARK}")
            for area in page.merges:
                sheet.merge_range(*area, "")
            _fill(sheet, page, day_format)


def _fill(sheet: Worksheet, page: Page, day_format: Format) -> None:
    for (row, column), value in sorted(page.cells.items(), key=lambda cell: cell[0]):
        if isinstance(value, date):
            sheet.write_datetime(row, column, value, day_format)
        elif isinstance(value, str):
            sheet.write_string(row, column, value)
        else:
            sheet.write_number(row, column, value or 0)
