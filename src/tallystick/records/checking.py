"""What is wrong with a record table, or changed inside it: shares of what is unknown, breaks, lateness, order.

Counts leave this module as shares in whole percent or through `counted`, never as small exact numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

from tallystick.figures.finding import Finding
from tallystick.intake.codebook import TableRule
from tallystick.intake.releases import Release, ReleaseTable
from tallystick.terms.definitions import Shelf, Strict

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
Counted = Callable[[int], str]
UNKNOWN = "('blank', 'redacted', 'unmapped', 'implausible')"


class RecordCheck(Strict, frozen=True, kw_only=True):
    """One check: what it says, why it matters, how sure, and its rank."""

    id: str
    title: str
    why: str
    sure: str
    rank: int


class Order(Strict, frozen=True, kw_only=True):
    """An end that may not lie before its start."""

    table: str
    start: str
    end: str


class Followed(Strict, frozen=True, kw_only=True):
    """Columns whose values are followed from quarter to quarter."""

    table: str
    columns: tuple[str, ...]


class RecordChecks(Strict, frozen=True, kw_only=True):
    """``us-ice/records/checks.toml``."""

    least_month_rows: int
    least_quarter_rows: int
    absent_points: int
    coding_points: int
    least_coding_percent: int
    drift_percent: int
    parse_per_mille: int
    lag_weeks: int
    weeks_before: int
    rows_tolerance_percent: int
    lag_percent: int
    missing_keys_percent: int
    order_per_mille: int
    link_least_percent: int
    link_most_percent: int
    odd_stays_percent: int
    checks: tuple[RecordCheck, ...]
    orders: tuple[Order, ...]
    followed: tuple[Followed, ...]

    def rank(self, check: str) -> int:
        """The rank of a check among findings of one status."""
        return next((entry.rank for entry in self.checks if entry.id == check), 99)


def record_checks(shelf: Shelf, agency: str = "us-ice") -> RecordChecks:
    """What definitions say about checks of record tables."""
    return shelf.read(f"{agency}/records/checks.toml", RecordChecks)


@dataclass(frozen=True)
class RecordTable:
    """One written table of one release, and how to ask it."""

    ask: Ask
    path: str
    rule: TableRule
    release: Release
    rows: int
    stated: bool = True  # whether the rows stated for the release say anything about this table

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Stored columns that carry a reason beside them."""
        return tuple(name for name, _ in self.rule.stored if name != "person_key")

    def about(self, check: str, column: str, status: str, explanation: str, **more: Any) -> Finding:
        """A finding about this table."""
        return Finding(
            check,
            self.rule.id,
            column,
            self.release.id,
            more.get("period", ""),
            more.get("value"),
            more.get("low"),
            more.get("high"),
            status,
            explanation,
        )

    @cached_property
    def unknown_by_month(self) -> tuple[tuple[Any, ...], ...]:
        """(month, rows, unknown per column …), in order; rows without a day are left out."""
        counts = ", ".join(f'count(*) filter ("{name}__why" in {UNKNOWN})' for name in self.columns)
        query = (
            f"select strftime(\"{self.rule.event}\", '%Y-%m') as month, count(*), {counts} from read_parquet(?) "
            f'where "{self.rule.event}" is not null group by 1 order by 1'
        )
        return tuple(self.ask(query, [self.path]))

    @cached_property
    def reasons(self) -> Mapping[str, Mapping[str, int]]:
        """Column -> reason -> rows."""
        parts = " union all ".join(
            f"select '{name}' as col, \"{name}__why\" as why, count(*) as n from read_parquet(?) group by 2"
            for name in self.columns
        )
        found: dict[str, dict[str, int]] = {name: {} for name in self.columns}
        for name, why, count in self.ask(parts, [self.path] * len(self.columns)):
            found[name][str(why)] = int(count)
        return found


def check_table(table: RecordTable, rules: RecordChecks, counted: Counted) -> list[Finding]:
    """Every finding about one table of one release.

    Args:
        table: the table.
        rules: thresholds and what is followed.
        counted: writes a number of rows so that it gives no small count away.
    """
    if not table.rows:
        return [table.about("rows-expected", "", "suspect", "The table has no row.")]
    return [
        *_known_faults(table, rules),
        *_missing(table, rules),
        *_cells(table, rules, counted),
        *_coding(table, rules),
        *_lag(table, rules),
        *_keys(table, rules),
        *_orders(table, rules),
    ]


def _known_faults(table: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    entry = table.release.table(table.rule.id)
    if entry.unfit:
        yield table.about("unfit", "", "rejected", f"Known to be wrong: {entry.unfit}.")
    if entry.no_stays:
        yield table.about("no-stays", "", "rejected", f"Stays cannot be built: {entry.no_stays}.")
    if entry.disputed:
        yield table.about("disputed", "", "suspect", f"Disputed: {entry.disputed}.")
    if table.stated and entry.rows_least and not _as_stated(table.rows, entry, rules):
        stated = f"{entry.rows_least:,}" + (f" to {entry.rows_most:,}" if entry.rows_most != entry.rows_least else "")
        share = round(100 * table.rows / entry.rows_least)
        yield table.about(
            "rows-expected",
            "",
            "suspect",
            f"{share} % of the {stated} rows stated for the release: files or sheets are missing, "
            "or a selection was read.",
            value=float(table.rows),
            low=float(entry.rows_least),
            high=float(entry.rows_most),
        )


def _as_stated(rows: int, entry: ReleaseTable, rules: RecordChecks) -> bool:
    near = rules.rows_tolerance_percent
    return entry.rows_least * (100 - near) <= rows * 100 <= entry.rows_most * (100 + near)


def percent(part: int, whole: int) -> int:
    """A share in whole percent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


def _missing(table: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    months = [row for row in table.unknown_by_month if row[1] >= rules.least_month_rows]
    for position, name in enumerate(table.columns, start=2):
        reasons = table.reasons[name]
        if set(reasons) <= {"not_in_release"}:
            continue
        unknown = sum(count for why, count in reasons.items() if why in UNKNOWN)
        if unknown == table.rows:
            most = max(reasons, key=lambda why: (reasons[why], why))
            yield table.about("column-empty", name, "suspect", f"No value in any row; mostly {most.replace('_', ' ')}.")
            continue
        if not unknown:
            continue
        share = percent(unknown, table.rows)
        yield table.about("missing-share", name, "note", f"{share} % unknown over all months.", value=float(share))
        before = None
        for row in months:
            month_share = percent(row[position], row[1])
            yield table.about(
                "missing-share", name, "note", f"{month_share} % unknown.", period=row[0], value=float(month_share)
            )
            if before is not None and abs(month_share - before) > rules.absent_points:
                yield table.about(
                    "missing-break",
                    name,
                    "suspect",
                    f"Unknown in {before} % of rows the month before, {month_share} % from here on.",
                    period=row[0],
                    value=float(month_share),
                    low=float(before),
                    high=float(before),
                )
            before = month_share


def _cells(table: RecordTable, rules: RecordChecks, counted: Counted) -> Iterator[Finding]:
    kinds = {column.name: column.type for column in table.rule.columns}
    for name in table.columns:
        reasons = table.reasons[name]
        unmapped, implausible = reasons.get("unmapped", 0), reasons.get("implausible", 0)
        is_typed = kinds.get(name) in ("date", "datetime", "integer", "decimal")
        if is_typed and unmapped * 1000 > table.rows * rules.parse_per_mille:
            yield table.about(
                "unparsed",
                name,
                "suspect",
                f"{counted(unmapped)} cells are neither a date nor a number; they count as unknown.",
                value=float(percent(unmapped, table.rows)),
            )
        if implausible and implausible < table.rows:
            yield table.about(
                "implausible",
                name,
                "note",
                f"{counted(implausible)} values cannot be; they count as unknown.",
                value=float(percent(implausible, table.rows)),
            )


def _coding(table: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    columns = [name for entry in rules.followed if entry.table == table.rule.id for name in entry.columns]
    for name in columns:
        if set(table.reasons[name]) <= {"not_in_release"}:
            continue
        yield from _jumps(table, rules, name, shares_by_quarter(table, name, rules.least_quarter_rows))


def shares_by_quarter(table: RecordTable, name: str, least_rows: int) -> dict[str, dict[str, float]]:
    """Quarter -> value -> share of the rows in which the column is recorded, in percent."""
    event = table.rule.event
    query = (
        f'select year("{event}") || \'Q\' || quarter("{event}") as q, "{name}", count(*) from read_parquet(?) '
        f'where "{event}" is not null and "{name}" is not null group by 1, 2 order by 1, 2'
    )
    counts: dict[str, dict[str, int]] = {}
    for quarter, value, count in table.ask(query, [table.path]):
        counts.setdefault(str(quarter), {})[str(value)] = int(count)
    return {
        quarter: {value: 100 * count / sum(values.values()) for value, count in values.items()}
        for quarter, values in counts.items()
        if sum(values.values()) >= least_rows
    }


def _jumps(
    table: RecordTable, rules: RecordChecks, name: str, shares: Mapping[str, Mapping[str, float]]
) -> Iterator[Finding]:
    quarters = sorted(shares)
    for earlier, later in itertools.pairwise(quarters):
        for value in sorted({*shares[earlier], *shares[later]}):
            before, after = shares[earlier].get(value, 0.0), shares[later].get(value, 0.0)
            if max(before, after) >= rules.least_coding_percent and abs(after - before) > rules.coding_points:
                yield table.about(
                    "coding-break",
                    name,
                    "suspect",
                    f"'{value[:60]}' goes from {before:.0f} % to {after:.0f} % of rows in one quarter.",
                    period=later,
                    value=float(round(after)),
                    low=float(round(before)),
                    high=float(round(before)),
                )


def _lag(table: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    event = table.rule.event
    query = (
        f"select (date '{table.release.closes_on}' - cast(\"{event}\" as date)) // 7 as week, count(*) "
        "from read_parquet(?) "
        f"where cast(\"{event}\" as date) <= date '{table.release.closes_on}' group by 1"
    )
    weeks = {int(week): int(count) for week, count in table.ask(query, [table.path]) if week is not None}
    before = [weeks.get(week, 0) for week in range(rules.lag_weeks, rules.lag_weeks + rules.weeks_before)]
    usual = median(before)
    if usual < rules.least_month_rows:
        return
    late = [week for week in range(rules.lag_weeks) if weeks.get(week, 0) * 100 < usual * rules.lag_percent]
    if late:
        least = min(percent(weeks.get(week, 0), int(usual)) for week in late)
        yield table.about(
            "lag",
            event,
            "note",
            f"{len(late)} of the last {rules.lag_weeks} weeks hold fewer rows than usual, the lowest {least} % "
            "of the weeks before them: rows arrive late, these weeks are provisional.",
            value=float(least),
        )


def _keys(table: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    if not table.release.person_key:
        return
    without = int(table.ask('select count(*) from read_parquet(?) where "person_key" is null', [table.path])[0][0])
    share = percent(without, table.rows)
    if without:
        status = "suspect" if share > rules.missing_keys_percent else "note"
        shown = f"{share} %" if share else "Less than 1 %"
        yield table.about(
            "missing-key", "person_key", status, f"{shown} of rows carry no person key.", value=float(share)
        )


def _orders(table: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    for order in rules.orders:
        if order.table != table.rule.id:
            continue
        wrong, both = table.ask(
            f'select count(*) filter ("{order.end}" < "{order.start}"), count(*) from read_parquet(?) '
            f'where "{order.start}" is not null and "{order.end}" is not null',
            [table.path],
        )[0]
        if wrong:
            status = "suspect" if wrong * 1000 > both * rules.order_per_mille else "note"
            share = 100 * wrong / both
            shown = f"{share:.1f} %" if share >= 0.1 else "Less than 0.1 %"
            yield table.about(
                "order", order.end, status, f"{shown} of rows end before they start.", value=round(share, 1)
            )


def ranked(findings: Sequence[Finding], rules: RecordChecks) -> list[Finding]:
    """Findings with what matters most first; always in the same order."""
    grave = {"rejected": 0, "suspect": 1, "note": 2, "ok": 3}
    return sorted(
        set(findings),
        key=lambda entry: (
            grave[entry.status],
            rules.rank(entry.check),
            entry.release,
            entry.table,
            entry.column,
            entry.period,
            entry.explanation,
        ),
    )


def five_things(findings: Sequence[Finding], rules: RecordChecks, many: int = 5) -> list[Finding]:
    """The findings that matter most, at most two of one kind, so that one noisy check does not hide the others."""
    chosen: list[Finding] = []
    for finding in ranked(findings, rules):
        if finding.check != "missing-share" and sum(entry.check == finding.check for entry in chosen) < 2:
            chosen.append(finding)
    return chosen[:many]
