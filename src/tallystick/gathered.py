"""What is said of gathered records: in sources, quality and ledger, with no small count given away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.clear.rules import disclosure_rules
from tallystick.figures.finding import Finding, Weighed
from tallystick.receive import FileRead
from tallystick.records.checking import RecordChecks, RecordTable, five_things
from tallystick.records.combining import Combination, Span
from tallystick.recordsheet import Rules
from tallystick.terms.ledger import LedgerLine


@dataclass(frozen=True)
class Gathered:
    """What was gathered: files, tables with their rows, findings, what was left out."""

    files: tuple[FileRead, ...]
    tables: Mapping[tuple[str, str], int]
    findings: tuple[Finding, ...]
    rules: RecordChecks
    ledger: tuple[LedgerLine, ...]
    combination: Combination
    chosen: Mapping[str, tuple[Span, ...]]
    invented: bool

    @property
    def five(self) -> list[Finding]:
        """The findings that matter most."""
        return five_things(self.findings, self.rules)


def stepped(rows: int) -> str:
    """A number of rows in words that give no small count away.

    >>> stepped(0), stepped(4), stepped(1234)
    ('0', 'fewer than 11', 'about 1,230')
    """
    rules = disclosure_rules()
    if rows == 0:
        return "0"
    if rows < rules.thresholds.least_units:
        return f"fewer than {rules.thresholds.least_units}"
    step = rules.ad_hoc.least_rounding
    return f"about {rows // step * step:,}"


def table_rows(rows: int) -> int | str:
    """The rows of a whole table: exact, as `sources` gives them, unless they are few."""
    return rows if rows >= disclosure_rules().thresholds.least_units else stepped(rows)


def blurred(line: LedgerLine) -> LedgerLine:
    """A ledger line about records, so that it gives no small count away: what was left out is rounded up."""
    step = disclosure_rules().ad_hoc.least_rounding
    left_out = line.rows_in - line.rows_out
    shown = min(-(-left_out // step) * step, line.rows_in) if left_out else 0
    return LedgerLine(
        line.stage, line.table, line.act, line.rule, line.reason, line.source_file, line.rows_in, line.rows_in - shown
    )


def combination_record(combination: Combination, chosen: Mapping[str, Sequence[Span]]) -> dict[str, Any]:
    """The combination as written beside the tables: table -> which release speaks for which days."""
    return {
        "combination": combination.id,
        "title": combination.title,
        "tables": {
            name: [
                {"release": span.release, "from": span.since.isoformat(), "until": span.until.isoformat()}
                for span in spans_
            ]
            for name, spans_ in sorted(chosen.items())
        },
    }


def quality_rows(gathered: Gathered) -> list[Weighed]:
    """Findings as rows of the table `quality`."""
    by_id = {check.id: check for check in gathered.rules.checks}
    rows = []
    for finding in gathered.findings:
        check = by_id[finding.check]
        fields = {name: getattr(finding, name) for name in Finding.__struct_fields__}
        rows.append(Weighed(**fields, sure=check.sure, why=check.why, touches=""))
    return rows


def source_rows(gathered: Gathered, rules: Rules) -> list[dict[str, Any]]:
    """Sheets of records as rows of the table `sources`."""
    rows = []
    for file in gathered.files:
        for sheet in file.sheets:
            release = rules.register.release(sheet.release).release
            published = release.published_on if release.published_on[:1].isdigit() else None
            rows.append(
                {
                    "file": sheet.file,
                    "sha256": sheet.sha256,
                    "issue": published,
                    "as_of": release.closes_on,
                    "fiscal_year": None,
                    "rows": sheet.rows_in,
                    "admitted": True,
                    "provenance": "made-up" if sheet.invented else _provenance(release.sha256, sheet.sha256),
                    "layout": None,
                    "release": sheet.release,
                    "table": sheet.table,
                    "sheet": sheet.sheet,
                    "decided_by": sheet.decided_by,
                }
            )
    return rows


def _provenance(known: Mapping[str, str], sha256: str) -> str:
    return "verified" if sha256 in known.values() else "unverified"


MADE_UNKNOWN = {
    "redacted": "cells that hold a mark of redaction",
    "unmapped": "cells that are no value of their column, or a text too rare to keep",
    "implausible": "days and numbers that cannot be",
}


def unknown_cells(tables: Mapping[tuple[str, str], RecordTable]) -> list[LedgerLine]:
    """A line per column and reason for cells that were printed and yet are no value."""
    return [
        blurred(LedgerLine("records", name, "made unknown", column, reason, release, table.rows, table.rows - count))
        for (release, name), table in sorted(tables.items())
        for column, reasons in table.reasons.items()
        for why, reason in MADE_UNKNOWN.items()
        if (count := reasons.get(why, 0))
    ]
