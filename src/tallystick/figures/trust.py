"""Does a workbook agree with itself, with its date, and with the issues before and after it?

Checks (a) parts add up to their total, (b) agencies add up, (c) blocks agree, (d) months add up to
the year, (e) the last month with figures is the month of the date, (f) counts of the year to date
never fall from issue to issue. A finding says what was seen, where, and what it touches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from tallystick.figures.dated import Figure, dims_text
from tallystick.figures.dating import Dated
from tallystick.figures.finding import Finding, near
from tallystick.figures.neighbours import Printed
from tallystick.figures.places import dims_of
from tallystick.intake.headers import POINT, YEAR
from tallystick.intake.layout import Agreement, Block, Layouts, Likeness, Sum
from tallystick.intake.printed import BlockRead, RawFigure
from tallystick.terms.period import fiscal_year_of, in_words, last_day, month_end, month_start, span_end

RUN_DAYS, FIRST_DAYS = 2, 7
LATEST_AFTER_MONTH = 62  # days from the start of the last month with figures to publication


Key = tuple[object, ...]


def check_block(file: str, read: BlockRead, block: Block) -> Iterator[Finding]:
    """Checks (a), (b) and (d) for one block."""
    for rule in block.sums:
        for whole, parts in _sums([figure for figure in read.figures if figure.measure == block.measure], rule):
            low, high = near(whole.value or 0.0, float(rule.tolerance))
            total = round(sum(part.value or 0.0 for part in parts), 6)
            if not low <= total <= high:
                yield Finding(
                    rule.check,
                    block.id,
                    whole.label,
                    file,
                    whole.span[1] if whole.span else _period_name(whole.period),
                    total,
                    low,
                    high,
                    rule.finding,
                    f"The parts along {rule.along.replace('_', ' ')} add up to {total:,.10g}, "
                    f"but {whole.cell} prints {whole.value:,.10g}.{rule.known}",
                )


def _sums(figures: Sequence[RawFigure], rule: Sum) -> Iterator[tuple[RawFigure, list[RawFigure]]]:
    groups: dict[Key, list[RawFigure]] = defaultdict(list)
    values = {_along(figure, rule.along) for figure in figures}
    for figure in figures:
        if figure.value is not None and figure.part_of not in values - {""}:
            groups[_without(figure, rule.along)].append(figure)
    for group in groups.values():
        wholes = [figure for figure in group if _along(figure, rule.along) == rule.total]
        parts = [figure for figure in group if _along(figure, rule.along) != rule.total]
        if parts and len({whole.value for whole in wholes}) == 1:  # a total may be printed above and below
            yield wholes[0], parts


def _along(figure: RawFigure, dimension: str) -> str:
    if dimension == "period":
        return _period_name(figure.period)
    if dimension == "month":  # months and years printed in full
        return "year" if figure.span and figure.span[0] == "fiscal_year" else figure.span[1] if figure.span else ""
    if dimension in ("arresting_agency", "criminality"):
        return getattr(figure, dimension) or ""
    return dict(figure.dims).get(dimension, "")


def _without(figure: RawFigure, dimension: str) -> Key:
    dims = tuple(pair for pair in figure.dims if pair[0] != dimension)
    span = figure.span
    if span and dimension == "month":
        span = ("year", str(fiscal_year_of(span_end(*span))))
    fields = {
        "arresting_agency": figure.arresting_agency,
        "criminality": figure.criminality,
        "period": figure.period,
        "span": span,
    }
    fields.pop(dimension, None)
    return (figure.measure, dims, *fields.items())


def _period_name(period: int) -> str:
    return {POINT: "point", YEAR: "fytd"}.get(period, f"month {period + 1}")


def check_likeness(file: str, reads: Mapping[str, BlockRead], known: Layouts) -> Iterator[Finding]:
    """Check "swap": shares of a snapshot lie near those of the last month's averages of the same people."""
    for block in known.blocks:
        for rule in block.resembles:
            here, there = reads.get(block.id), reads.get(rule.with_block)
            if here is None or there is None:
                continue
            month = max((figure.period for figure in there.figures if figure.period >= 0 and figure.value), default=0)
            other = _shares([figure for figure in there.figures if figure.period == month], rule)
            for key, (share, cell) in sorted(_shares(here.figures, rule).items()):
                expected = other.get(key, (share, cell))[0]
                if abs(share - expected) > float(rule.tolerance):
                    low, high = near(expected, float(rule.tolerance))
                    yield Finding(
                        rule.check,
                        block.id,
                        " ".join(key),
                        file,
                        "",
                        round(share, 6),
                        low,
                        high,
                        "suspect",
                        f"{cell} makes {key[1].replace('_', ' ')} {share:.0%} of {key[0]} arrests held; the averages "
                        f"of the last month say {expected:.0%}: labels may be exchanged.",
                    )


def _shares(figures: Sequence[RawFigure], rule: Likeness) -> dict[tuple[str, str], tuple[float, str]]:
    counts = {
        (_along(figure, rule.split), _along(figure, rule.along)): figure
        for figure in figures
        if figure.measure != "share" and figure.value is not None
    }
    found = {}
    for (group, value), figure in counts.items():
        whole = counts.get((group, rule.whole))
        if value != rule.whole and whole is not None and whole.value and figure.value is not None:
            found[group, value] = (figure.value / whole.value, figure.cell)
    return found


def check_agreement(file: str, reads: Mapping[str, BlockRead], known: Layouts) -> Iterator[Finding]:
    """Check (c): totals printed in two blocks are the same number."""
    for block in known.blocks:
        for rule in block.agrees:
            here, there = reads.get(block.id), reads.get(rule.with_block)
            own = _cell_value(here, rule.cell) if here else None
            other = _cell_value(there, rule.with_cell) if there else None
            if own is not None and other is not None:
                yield from _compared(file, block.id, rule, own, other)


def _compared(file: str, block: str, rule: Agreement, own: float, other: float) -> Iterator[Finding]:
    low, high = near(other, float(rule.tolerance))
    if not low <= own <= high:
        yield Finding(
            rule.check,
            block,
            dims_text(tuple(rule.cell.items())),
            file,
            "",
            own,
            low,
            high,
            "suspect",
            f"The total here is {own:,.10g}, in block {rule.with_block} it is {other:,.10g}.",
        )


def _cell_value(read: BlockRead, cell: Mapping[str, str]) -> float | None:
    for figure in read.figures:
        if figure.measure != "share" and all(_along(figure, name) == value for name, value in cell.items()):
            return figure.value
    return None


def check_months(file: str, read: BlockRead, dated: Dated) -> Iterator[Finding]:
    """Check (e): the last month with figures is the month of the date."""
    months = [figure.period for figure in read.figures if figure.period >= 0 and figure.value]
    if not months:
        return
    start = month_start(dated.fiscal_year, (max(months) + 9) % 12 + 1)
    next_days = {
        ((dated.as_of + timedelta(days=more)).year, (dated.as_of + timedelta(days=more)).month)
        for more in range(RUN_DAYS + 1)
    }  # counts run a day or two past the averages
    if (start.year, start.month) not in next_days:
        # the first days of a month may be missing from one table only: zeros for a month not refreshed
        status = "note" if dated.as_of.day <= FIRST_DAYS and month_end(start) < dated.as_of else "suspect"
        yield Finding(
            "e",
            read.block,
            "months",
            file,
            dated.as_of.isoformat(),
            None,
            None,
            None,
            status,
            f"The last month with figures is {start:%B %Y}, but the block is dated {in_words(dated.as_of)}.",
        )


def check_publication(file: str, dated: Dated, issue: date | None) -> Iterator[Finding]:
    """Check (e), second half: an issue comes out within two months of the month it covers."""
    late = (issue - dated.as_of.replace(day=1)).days if issue else 0
    if late > LATEST_AFTER_MONTH:
        closed = dated.as_of >= last_day(dated.fiscal_year)
        meaning = "an issue for a whole fiscal year" if closed else "its figures stop before the fiscal year does"
        yield Finding(
            "e",
            "year_to_date",
            "publication",
            file,
            dated.as_of.isoformat(),
            late,
            0,
            LATEST_AFTER_MONTH,
            "note",
            f"Published {late} days after {dated.as_of:%B %Y} began: {meaning}.",
        )


def check_dates(file: str, decided: Mapping[str, Dated]) -> Iterator[Finding]:
    """Dates that were stated and rejected, and sheets that belong to another issue."""
    for group, dated in sorted(decided.items()):
        if dated.stale:
            yield Finding(
                "date",
                group,
                dated.basis,
                file,
                dated.as_of.isoformat(),
                None,
                None,
                None,
                "rejected",
                f"This sheet stops on {in_words(dated.as_of)}, months before other sheets of the same "
                "workbook: it belongs to an earlier issue.",
            )
        for rejected in (candidate for candidate in dated.candidates if candidate.wrong):
            apart = abs((rejected.day - dated.as_of).days)
            if apart > 31:
                yield Finding(
                    "date",
                    group,
                    rejected.evidence,
                    file,
                    rejected.day.isoformat(),
                    apart,
                    0,
                    31,
                    "note",
                    f"{rejected.place} states {in_words(rejected.day)}: rejected, {rejected.reason}.",
                )


class YearToDate(msgspec.Struct, frozen=True):
    """A cumulative total of one issue, for check (f)."""

    file: str
    fiscal_year: int
    issue: str
    block: str
    value: float
    rejected: bool


def totals_of(issues: Iterable[Printed], known: Layouts) -> Iterator[YearToDate]:
    """The cumulative totals that check (f) follows, from issues as printed."""
    for issue in issues:
        for block in known.blocks:
            for rule in block.grows:
                wanted = {name: value for name, value in rule.cell.items() if name != "period"}
                for figure in issue.blocks.get(block.id, ()):
                    if figure.period_kind != "fytd" or figure.value is None or not _is_named(figure, wanted):
                        continue
                    key = f"{block.id}:{figure.unit}"
                    rejected = figure.trust == "rejected"
                    year = issue.year or figure.fiscal_year
                    yield YearToDate(issue.file, year, issue.issue, key, figure.value, rejected)


def _is_named(figure: Figure, wanted: Mapping[str, str]) -> bool:
    named = {"arresting_agency": figure.arresting_agency, "criminality": figure.criminality, **dims_of(figure)}
    return all(named.get(name) == value for name, value in wanted.items())


def check_growth(totals: Iterable[YearToDate]) -> Iterator[Finding]:
    """Check (f): within a fiscal year as named by the issue, totals never fall, both neighbours considered."""
    series: dict[tuple[int, str], list[YearToDate]] = defaultdict(list)
    for total in totals:
        series[total.fiscal_year, total.block].append(total)
    for (_, block), entries in sorted(series.items()):
        entries.sort(key=lambda entry: (entry.issue, entry.file))
        for wrong, low, high in _out_of_line(entries):
            yield Finding(
                "f",
                block,
                "fiscal year to date",
                wrong.file,
                f"FY{wrong.fiscal_year}",
                wrong.value,
                low,
                high,
                "rejected" if wrong.rejected else "suspect",
                "The count of the year to date does not lie between those of the issues before and after: "
                "it holds another period than its issue, or a wrong number.",
            )


def _out_of_line(entries: Sequence[YearToDate]) -> Iterator[tuple[YearToDate, float | None, float | None]]:
    good: list[YearToDate] = []
    for number, entry in enumerate(entries):
        after = next((later.value for later in entries[number + 1 :] if not later.rejected), None)
        if good and entry.value < good[-1].value:
            if _is_spike(good, entry, after):
                yield good.pop(), good[-1].value if good else None, entry.value
                good.append(entry)
            else:
                yield entry, good[-1].value, after
            continue
        if entry.rejected and after is not None and entry.value > after:
            yield entry, good[-1].value if good else None, after
            continue
        good.append(entry)


def _is_spike(good: Sequence[YearToDate], entry: YearToDate, after: float | None) -> bool:
    """The earlier of two disagreeing issues is wrong when what follows agrees with the later one."""
    if entry.rejected:
        return False
    below = len(good) < 2 or entry.value >= good[-2].value
    return below and after is not None and entry.value <= after < good[-1].value
