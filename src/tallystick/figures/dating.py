"""On which day do the figures of a block stop? Evidence decides, never the file name alone.

The strongest witness is the table itself: an average over d days, times d, is a whole number of
person-days, so the smallest d that makes every average of a block whole says how many days of the
fiscal year it covers. Sentences in footnotes are accepted where they agree with that and listed
with the reason where they do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tallystick.intake.evidence import DateSeen
from tallystick.intake.headers import YEAR
from tallystick.intake.layout import Dating, Layouts
from tallystick.intake.printed import BlockRead, RawFigure
from tallystick.terms.period import (
    day_after_days,
    first_day,
    fiscal_year_of,
    in_words,
    month_end,
    month_start,
    span_end,
)

LEAST_AVERAGES = 6  # fewer averages would fit many divisors by chance


@dataclass(frozen=True)
class Candidate:
    """One date considered for a group of blocks, and what became of it."""

    day: date
    evidence: str
    place: str
    accepted: bool
    reason: str
    wrong: bool = False  # worth telling the agency: stale or mistyped, not merely older


@dataclass(frozen=True)
class Dated:
    """The date decided for one group of blocks (stock, year_to_date, facilities)."""

    as_of: date
    basis: str
    confidence: str
    stale: bool
    candidates: tuple[Candidate, ...]
    year: int = 0

    @property
    def fiscal_year(self) -> int:
        """The fiscal year the figures belong to: a list drawn in early October still closes the old one."""
        return self.year or fiscal_year_of(self.as_of)


def decide(
    blocks: Sequence[BlockRead], seen: Sequence[DateSeen], known: Layouts, not_after: date | None
) -> dict[str, Dated]:
    """Date every group of blocks of one workbook.

    Args:
        blocks: the blocks read, detention and facilities.
        seen: every date the workbook states.
        known: the workbook definitions.
        not_after: the day the file was last changed; no figure can be later.

    Returns:
        A decision per group; a group without any evidence is absent.
    """
    rules = known.reading.dating
    decided: dict[str, Dated] = {}
    year_to_date = _year_to_date(blocks, seen, known)
    newest = _newest([*([year_to_date.as_of] if year_to_date else []), *(entry.day for entry in seen)], not_after)
    if year_to_date is not None:
        year_to_date = _marked(year_to_date, newest, rules)
        decided["year_to_date"] = year_to_date
    stock = _stock(year_to_date, _of(seen, "stock"), rules)
    if stock is not None:
        decided["stock"] = replace(_marked(stock, newest, rules), year=year_to_date.fiscal_year if year_to_date else 0)
    for group in ("facilities", "transgender"):
        dated = _stated(_of(seen, group), newest, not_after, rules)
        if dated is not None:
            decided[group] = replace(_marked(dated, newest, rules), year=_closing_year(dated, blocks, group))
    decided.update(_by_sheet("monitoring", _of(seen, "monitoring"), newest, not_after, rules))
    return decided


def _by_sheet(
    group: str, stated: Sequence[DateSeen], newest: date | None, not_after: date | None, rules: Dating
) -> dict[str, Dated]:
    """Sheets of one kind that stand side by side for several years: each has a date of its own.

    The newest one goes by the name of the group; the others are older on purpose and name their sheet.
    """
    dated = {
        sheet: found
        for sheet in dict.fromkeys(entry.sheet for entry in stated)
        if (found := _stated([entry for entry in stated if entry.sheet == sheet], newest, not_after, rules))
    }
    order = sorted(dated, key=lambda sheet: dated[sheet].as_of, reverse=True)
    if not order:
        return {}
    rest = {sheet_group(group, sheet): dated[sheet] for sheet in order[1:]}
    return {group: _marked(dated[order[0]], newest, rules), **rest}


def sheet_group(group: str, sheet: str) -> str:
    """The name of a group of blocks on one sheet of several of its kind."""
    return f"{group}: {sheet.strip()}"


def own_periods(block: BlockRead, decided: dict[str, Dated]) -> Dated | None:
    """A block that prints its periods in full reaches as far as its last period with a number."""
    main = decided.get("year_to_date") or decided.get("stock")
    if block.through is not None:
        return Dated(block.through, "title", "medium", False, ())
    ends = [span_end(*figure.span) for figure in block.figures if figure.span and figure.value]
    if not ends or main is None:
        return main
    last = max(ends)
    return Dated(min(last, main.as_of), "last_period_printed", "medium", False, ())


def _closing_year(dated: Dated, blocks: Sequence[BlockRead], group: str) -> int:
    """The fiscal year a list names, if its date lies in that year or within a month of its end."""
    named = next((block.fiscal_year for block in blocks if block.block == group and block.fiscal_year), None)
    around = {fiscal_year_of(dated.as_of), fiscal_year_of(dated.as_of - timedelta(days=31))}
    return named if named in around else 0


def implied_days(blocks: Sequence[BlockRead], known: Layouts) -> tuple[int, ...]:
    """How many days of the fiscal year the averages can cover: every d that makes them whole.

    Only days in the last month that holds figures count. Usually exactly one is left.
    """
    block = next((entry for entry in blocks if entry.block == known.reading.implied_days.block), None)
    year = _fiscal_year(blocks)
    if block is None or year is None:
        return ()
    averages = [figure.value for figure in block.figures if figure.period == YEAR and figure.value]
    month = _last_month(block.figures)
    if len(averages) < LEAST_AVERAGES or month is None:
        return ()
    start = month_start(year, (month + 9) % 12 + 1)
    opening = first_day(year)
    days = range((start - opening).days + 1, (month_end(start) - opening).days + 2)
    most = float(known.reading.implied_days.tolerance)
    return tuple(d for d in days if all(abs(value * d - round(value * d)) / d < most for value in averages))


def _fiscal_year(blocks: Sequence[BlockRead]) -> int | None:
    years = Counter(block.fiscal_year for block in blocks if block.fiscal_year and block.block != "facilities")
    return max(sorted(years), key=lambda year: years[year]) if years else None


def _last_month(figures: Iterable[RawFigure]) -> int | None:
    return max((figure.period for figure in figures if figure.period >= 0 and figure.value), default=None)


def _year_to_date(blocks: Sequence[BlockRead], seen: Sequence[DateSeen], known: Layouts) -> Dated | None:
    year = _fiscal_year(blocks)
    stated = _of(seen, "year_to_date")
    days = implied_days(blocks, known)
    implied = [day_after_days(year, d) for d in days] if year else []
    agreeing = [day for day in implied if any(abs((entry.day - day).days) <= 2 for entry in stated)]
    if agreeing or len(implied) == 1:
        day = (agreeing or implied)[0]
        return _from_averages(day, days[implied.index(day)], stated, agrees=bool(agreeing))
    return _from_text(year, blocks, stated)


def _from_averages(day: date, count: int, stated: Sequence[DateSeen], *, agrees: bool) -> Dated:
    own = Candidate(
        day,
        "implied_days",
        "averages of the block",
        accepted=True,
        reason=f"all yearly averages times {count} days are whole numbers of person-days",
    )
    others = [
        _candidate(
            entry,
            accepted=abs((entry.day - day).days) <= 2,
            yes="agrees with the averages within two days",
            no=f"the averages cover the year to {in_words(day)}",
        )
        for entry in stated
    ]
    return Dated(day, "implied_days", "high" if agrees else "medium", False, (own, *others))


def _from_text(year: int | None, blocks: Sequence[BlockRead], stated: Sequence[DateSeen]) -> Dated | None:
    months = [month for block in blocks if (month := _last_month(block.figures)) is not None]
    start = month_start(year, (max(months) + 9) % 12 + 1) if year and months else None
    fitting = [
        entry for entry in stated if start is None or (entry.day.year, entry.day.month) == (start.year, start.month)
    ]
    if fitting:
        day, votes = Counter(entry.day for entry in fitting).most_common(1)[0]
        candidates = [
            _candidate(
                entry,
                accepted=entry.day == day,
                yes="in the last month with figures",
                no="another date fits the last month with figures",
            )
            for entry in stated
        ]
        return Dated(day, fitting[0].evidence, "medium" if votes > 1 else "low", False, tuple(candidates))
    if start is None:
        return None
    rejected = [_candidate(entry, accepted=False, yes="", no="not in the last month with figures") for entry in stated]
    own = Candidate(
        month_end(start),
        "last_month_with_figures",
        "monthly columns",
        accepted=True,
        reason="no other evidence fits; the month's last day stands for the month",
    )
    return Dated(month_end(start), "last_month_with_figures", "low", False, (own, *rejected))


def _stock(year_to_date: Dated | None, stated: Sequence[DateSeen], rules: Dating) -> Dated | None:
    """A snapshot is taken within days of the day the year-to-date figures stop."""
    if year_to_date is None:
        return _stated(stated, None, None, rules)
    low = year_to_date.as_of - timedelta(days=rules.snapshot_days_before)
    high = year_to_date.as_of + timedelta(days=rules.snapshot_days_after)
    fitting = [entry for entry in stated if low <= entry.day <= high]
    candidates = tuple(
        _candidate(
            entry,
            accepted=entry in fitting,
            yes="within days of the year-to-date figures",
            no=f"the figures of the same sheet stop on {in_words(year_to_date.as_of)}",
        )
        for entry in stated
    )
    if not fitting:
        return Dated(year_to_date.as_of, "year_to_date", "medium", False, candidates)
    day = Counter(entry.day for entry in fitting).most_common(1)[0][0]
    evidence = next(entry.evidence for entry in fitting if entry.day == day)
    return Dated(day, evidence, year_to_date.confidence, False, candidates)


def _stated(stated: Sequence[DateSeen], newest: date | None, not_after: date | None, rules: Dating) -> Dated | None:
    """A sheet dated by its own line alone; a slip of exactly one year is recognised and said."""
    if not stated:
        return None
    possible = [entry for entry in stated if not_after is None or entry.day <= not_after]
    if not possible:
        return None
    best = max(possible, key=lambda entry: entry.day)
    slip = _year_slip(best.day, newest, rules)
    if slip is not None:
        own = Candidate(
            best.day,
            best.evidence,
            f"'{best.sheet.strip()}'!{best.cell}",
            accepted=False,
            reason=f"taken for a slip of the year: read as {in_words(slip)}",
            wrong=True,
        )
        return Dated(slip, f"{best.evidence}_year_slip", "low", False, (own,))
    candidates = tuple(_against_best(entry, best, possible, rules) for entry in stated)
    return Dated(best.day, best.evidence, "medium", False, candidates)


def _against_best(entry: DateSeen, best: DateSeen, possible: Sequence[DateSeen], rules: Dating) -> Candidate:
    place = f"'{entry.sheet.strip()}'!{entry.cell}"
    if entry not in possible:
        return Candidate(entry.day, entry.evidence, place, False, "it lies after the file was last changed", True)
    if entry.day == best.day:
        return Candidate(entry.day, entry.evidence, place, True, "stated on the sheet")
    if _year_slip(entry.day, best.day, rules) is not None and entry.sheet == best.sheet:
        return Candidate(entry.day, entry.evidence, place, False, "another line of the sheet names the next year", True)
    return Candidate(entry.day, entry.evidence, place, False, "another line of the sheet is newer")


def _year_slip(day: date, newest: date | None, rules: Dating) -> date | None:
    if newest is None or (newest - day).days <= rules.sheet_days_apart:
        return None
    try:
        moved = day.replace(year=day.year + 1)
    except ValueError:
        return None
    return moved if 0 <= (newest - moved).days <= rules.year_slip_days else None


def _marked(dated: Dated, newest: date | None, rules: Dating) -> Dated:
    """Stale: older than another sheet of the same workbook by more than sheets ever are apart."""
    stale = newest is not None and (newest - dated.as_of).days > rules.sheet_days_apart
    return replace(dated, stale=stale)


def _newest(days: Sequence[date], not_after: date | None) -> date | None:
    return max((day for day in days if not_after is None or day <= not_after), default=None)


def _of(seen: Sequence[DateSeen], group: str) -> list[DateSeen]:
    return [entry for entry in seen if entry.dates == group]


def _candidate(entry: DateSeen, *, accepted: bool, yes: str, no: str) -> Candidate:
    place = f"'{entry.sheet.strip()}'!{entry.cell}"
    return Candidate(entry.day, entry.evidence, place, accepted, yes if accepted else no, wrong=not accepted)
