"""What changed from one release to the next: columns and values that come or go, and rows that arrive late."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.figures.finding import Finding
from tallystick.records.checking import RecordChecks, RecordTable, percent


def check_between(older: RecordTable, newer: RecordTable, rules: RecordChecks) -> list[Finding]:
    """What changed from one release to the next: values that come or go, and rows that arrived later.

    Args:
        older: a table of the earlier release.
        newer: the same table of the later one.
        rules: thresholds.
    """
    return [*_drift(older, newer, rules), *_late_rows(older, newer, rules)]


def _drift(older: RecordTable, newer: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    columns = [name for entry in rules.followed if entry.table == newer.rule.id for name in entry.columns]
    for name in columns:
        if any(set(table.reasons[name]) <= {"not_in_release"} for table in (older, newer)):
            if set(newer.reasons[name]) <= {"not_in_release"} and "recorded" in older.reasons[name]:
                yield newer.about(
                    "column-absent", name, "suspect", f"{older.release.id} has this column, this release does not."
                )
            continue
        one, other = _shares(older, name), _shares(newer, name)
        for value in sorted({*one, *other}):
            before, after = one.get(value, 0.0), other.get(value, 0.0)
            if (not before or not after) and max(before, after) >= rules.drift_percent:
                word = "is new" if not before else "is gone"
                yield newer.about(
                    "vocabulary-drift",
                    name,
                    "suspect",
                    f"'{value[:60]}' {word} against {older.release.id} ({max(before, after):.0f} % of rows).",
                    value=float(round(after)),
                    low=float(round(before)),
                    high=float(round(before)),
                )


def _shares(table: RecordTable, name: str) -> dict[str, float]:
    rows = table.ask(
        f'select "{name}", count(*) from read_parquet(?) where "{name}" is not null group by 1',
        [table.path],
    )
    whole = sum(int(count) for _, count in rows) or 1
    return {str(value): 100 * int(count) / whole for value, count in rows}


def _late_rows(older: RecordTable, newer: RecordTable, rules: RecordChecks) -> Iterator[Finding]:
    """How complete the last weeks of the older release were, seen from the newer one."""
    event, close = older.rule.event, older.release.closes_on
    days = rules.lag_weeks * 7
    query = (
        f'select count(*) from read_parquet(?) where cast("{event}" as date) '
        f"between date '{close}' - {days - 1} and date '{close}'"
    )
    first, second = (int(table.ask(query, [table.path])[0][0]) for table in (older, newer))
    if second >= rules.least_month_rows:
        share = percent(first, second)
        if share < 100:  # percent
            yield older.about(
                "lag",
                event,
                "note",
                f"Seen from {newer.release.id}, the last {rules.lag_weeks} weeks held {share} % of the rows of now.",
                value=float(share),
            )
