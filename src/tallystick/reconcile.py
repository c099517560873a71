"""Does a workbook agree with itself, with the issues around it, and with counts from somebody else?

The issues around it are those of the figures that ship (or of a project); outside series are files the
user names, and the ones that ship.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tallystick import pipeline, reading, store
from tallystick.answers import Records
from tallystick.clear.disclosure import clear_figures
from tallystick.figures.agreement import Agreement, agreement_rules, agreements
from tallystick.figures.dated import Figure
from tallystick.figures.finding import Weighed, weighed
from tallystick.figures.issue import Issue
from tallystick.figures.neighbours import Printed, compared
from tallystick.figures.series import DailySeries, Day, Seam, SeriesShape, seams
from tallystick.figures.trust import check_growth, totals_of
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import Fault

AROUND = 3  # issues before and after that count as neighbours


@dataclass(frozen=True)
class Reconciled:
    """What was found: findings per workbook, agreement per series, seams of the series, files that cannot be read."""

    files: tuple[str, ...]
    findings: tuple[Weighed, ...]
    problems: tuple[Fault, ...]
    agreement: tuple[Agreement, ...]
    seams: tuple[tuple[str, Seam], ...]
    neighbours: tuple[str, ...]
    left_out: tuple[Fault, ...]


def reconcile(paths: Sequence[Path], against: Sequence[Path], records: Records) -> Reconciled:
    """Lay workbooks beside themselves, their neighbours and daily series.

    Args:
        paths: the workbooks asked about.
        against: other workbooks, or files of daily series.
        records: the figures whose issues stand around them.

    Raises:
        TallystickError: TS110 without a workbook, TS140 or TS141 for a series that cannot be read.
    """
    shelf, known = records.shelf, reading.known_layouts(records.shelf, records.agency)
    issues, faults, _ = reading.read_all(paths, shelf, agency=records.agency, skip_unreadable=True)
    others = [path for path in against if path.suffix.lower() in (".xlsx", ".xlsm")]
    beside = reading.read_all(others, shelf, agency=records.agency, skip_unreadable=True)[0] if others else []
    shown = [_printed(issue, known) for issue in issues]
    around = [_printed(issue, known) for issue in beside] or (_around(shown, records) if len(issues) < AROUND else [])
    everything = sorted([*around, *shown], key=lambda printed: (printed.issue, printed.as_of, printed.file))
    names = {issue.file for issue in issues}
    between = [*check_growth(totals_of(everything, known)), *compared(everything, known)]
    findings = [*(found for issue in issues for found in issue.findings), *(f for f in between if f.release in names)]
    series = [*_named(against, shelf, records.agency), *_shipped(against)]
    figures = [figure for printed in shown for figure in printed.figures]
    rules, touched = agreement_rules(shelf, records.agency), pipeline.readers(shelf, known)
    return Reconciled(
        tuple(issue.file for issue in issues),
        tuple(weighed(found, known.comparing.checks, touched) for found in pipeline.in_finding_order(findings)),
        tuple(fault for issue in issues for fault in issue.problems),
        tuple(line for entry in series for line in agreements(entry, figures, rules)),
        tuple((entry.id, seam) for entry in series for seam in seams(_span(entry, figures))),
        tuple(printed.file for printed in around),
        tuple(faults),
    )


def _printed(issue: Issue, known: Any) -> Printed:
    """An issue as it may be shown: only cleared figures are compared with anything."""
    printed = pipeline.printed_of(issue)
    sensitive = {block.id for block in known.blocks if block.sensitive}
    return replace(printed, figures=clear_figures(printed.figures, sensitive).figures)


def _around(shown: Sequence[Printed], records: Records) -> list[Printed]:
    """The issues published just before and after, from the figures in reach."""
    sources = (
        store.read_rows(records.figures.parent.parent / "1-received" / "sources.parquet", "sources")
        if (records.kind == "project")
        else store.read_rows(store.SHIPPED / "sources.parquet", "sources")
    )
    hashes = {figure.source_sha256 for printed in shown for figure in printed.figures[:1]}
    rows = sorted(
        (row for row in sources if row["sha256"] not in hashes and row["provenance"] != "altered"),
        key=lambda row: (str(row["issue"]), str(row["as_of"]), row["file"]),
    )
    near: dict[str, dict[str, Any]] = {}
    for printed in shown:
        order = [row for row in rows if str(row["issue"]) <= printed.issue]
        later = [row for row in rows if str(row["issue"]) > printed.issue]
        near.update({row["file"]: row for row in (*order[-AROUND:], *later[:AROUND])})
    if not near:
        return []
    by_file: dict[str, list[Figure]] = {}
    for figure in store.read_figures(records.figures, files=sorted(near)):
        by_file.setdefault(figure.source_file, []).append(figure)
    return [
        Printed(name, str(near[name]["issue"]), str(near[name]["as_of"]), tuple(figures), near[name]["fiscal_year"])
        for name, figures in by_file.items()
    ]


def _named(against: Sequence[Path], shelf: Shelf, agency: str) -> list[DailySeries]:
    shapes = series_shapes(shelf, agency)
    files = [path for path in against if path.suffix.lower() not in (".xlsx", ".xlsm")]
    found = [entry for path in files for entry in (sorted(path.glob("*.parquet")) if path.is_dir() else [path])]
    return [store.read_daily(path, shapes) for path in found]


def _shipped(against: Sequence[Path]) -> list[DailySeries]:
    """The series that ship, unless the user named a daily series of their own."""
    named = any(path.suffix.lower() not in (".xlsx", ".xlsm") for path in against)
    return [] if named else list(shipped_series())


def series_shapes(shelf: Shelf, agency: str) -> list[SeriesShape]:
    """The daily series that definitions describe."""
    return [shelf.read_path(path, SeriesShape) for path in shelf.files(f"{agency}/series").values()]


@lru_cache(maxsize=1)
def shipped_series() -> tuple[DailySeries, ...]:
    """The national daily series that ship with the package."""
    path = store.SHIPPED / "daily.parquet"
    if not path.exists():
        return ()
    days: dict[str, list[Day]] = {}
    for row in store.read_rows(path, "daily"):
        own = {name: value for name, value in row.items() if name != "series"}
        days.setdefault(row["series"], []).append(Day(**own))
    return tuple(DailySeries(name, name, tuple(found)) for name, found in sorted(days.items()))


def _span(series: DailySeries, figures: Iterable[Figure]) -> Sequence[Day]:
    """The days of a series in the fiscal years that the workbooks speak of."""
    years = sorted({figure.fiscal_year for figure in figures if figure.block == "adp_agency_month_crim"})
    if not years:
        return series.days
    first, last = f"{years[0] - 1}-10-01", f"{years[-1]}-09-30"
    return [day for day in series.days if first <= day.date.isoformat() <= last]


def write_shipped_series(files: Sequence[Path], target: Path) -> int:
    """Write the national sums of those daily series that may be redistributed.

    Args:
        files: files of daily counts; those whose definition does not allow shipping are passed over.
        target: the folder of the figures that ship.

    Returns:
        Rows written.
    """
    shelf = Shelf()
    shapes = series_shapes(shelf, "us-ice")
    free = {shape.id for shape in shapes if shape.may_ship}
    rows = [
        {"series": entry.id, **asdict(day), "date": day.date.isoformat()}
        for path in files
        for entry in [store.read_daily(path, shapes)]
        if entry.id in free
        for day in entry.days
    ]
    with store.scratch() as scratch:
        store.json_lines(rows, scratch / "daily.jsonl")
        return store.write_table("daily", [scratch / "daily.jsonl"], target / "daily.parquet", ("series", "date"))
