"""``tallystick inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.figures.finding import Finding
    from tallystick.figures.issue import Issue
    from tallystick.looking import SeenFile
    from tallystick.terms.errors import Fault


@click.command(name="inspect")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@common
def command(asked: Asked, files: tuple[Path, ...]) -> int:
    """Say what files are: workbooks with what dates them and what is wrong with them, or records of a release.

    Example: tallystick inspect FY26_detentionStats02022026.xlsx
    """
    from tallystick import pipeline, reading
    from tallystick.gather import rules_of
    from tallystick.looking import look

    records, workbooks, faults = _sorted_out(asked, files)
    seen = [look(path, rules_of(asked.shelf)) for path in records]
    issues, more, _ = (
        reading.read_all(workbooks, asked.shelf, skip_unreadable=True)
        if workbooks or not (records or faults)
        else ([], [], [])
    )
    faults += more
    findings = pipeline.in_finding_order(
        [
            *(found for issue in issues for found in issue.findings),
            *pipeline.between(issues, reading.known_layouts(asked.shelf)),
        ]
    )
    problems = [fault for issue in issues for fault in issue.problems]
    if asked.as_json:
        described = [*(_records_data(file) for file in seen), *(_data(issue, findings) for issue in issues)]
        asked.say_json("inspect", {"files": described}, warnings=[*faults, *problems])
    else:
        for file in seen:
            _print_records(asked, file)
        for issue in issues:
            _print(asked, issue, [found for found in findings if found.release == issue.file])
        for fault in faults:
            click.echo("\n".join(fault.lines()), err=True)
    if records and not asked.as_json:
        asked.last_line("Values are looked at by build. Next: tallystick build FILES --project DIR")
    if any(fault.code.startswith("TS3") for fault in faults) or any(
        sheet.refused for file in seen for sheet in file.sheets
    ):
        return 3
    attention = faults or problems or any(found.status in ("rejected", "suspect") for found in findings)
    return 1 if attention or any(sheet.unknown or sheet.absent for file in seen for sheet in file.sheets) else 0


def _sorted_out(asked: Asked, files: tuple[Path, ...]) -> tuple[list[Path], list[Path], list[Fault]]:
    """Record files, workbooks, and why others are refused."""
    from tallystick.gather import rules_of
    from tallystick.receive import is_record_file
    from tallystick.terms.errors import TallystickError

    records: list[Path] = []
    workbooks: list[Path] = []
    faults: list[Fault] = []
    inside = [
        entry
        for path in files
        for entry in (sorted([*path.glob("*.xlsx"), *path.glob("*.csv")]) or [path] if path.is_dir() else [path])
    ]
    for path in inside:
        try:
            (records if is_record_file(path, rules_of(asked.shelf)) else workbooks).append(path)
        except TallystickError as error:
            faults += error.faults
    return records, workbooks, faults


def _records_data(file: SeenFile) -> dict[str, Any]:
    first = file.sheets[0]
    return {
        "file": file.file,
        "kind": "records",
        "release": first.releases[0] if len(first.releases) == 1 else None,
        "table": first.table,
        "layout": None,
        "provenance": "made-up" if file.invented else "unverified",
        "as_of": file.closes_on or None,
        "as_of_basis": first.decided_by,
        "refused": [text for sheet in file.sheets for text in sheet.refused],
        "problems": [
            {"code": code, "text": ", ".join(names), "where": f"sheet {sheet.name}"}
            for sheet in file.sheets
            for code, names in (("unknown headers", sheet.unknown), ("absent columns", sheet.absent))
            if names
        ],
        "candidates": list(first.releases),
        "sheets": [
            {"sheet": sheet.name, "hidden": sheet.hidden, "header_row": sheet.header_row, "table": sheet.table,
             "columns": sheet.columns, "identifiers": list(sheet.identifiers),
                "known_faults": list(sheet.known_faults)}
            for sheet in file.sheets
        ],
    }  # fmt: skip


def _print_records(asked: Asked, file: SeenFile) -> None:
    out = asked.console()
    out.print(file.file, style="bold")
    if file.invented:
        out.print("  MADE-UP RECORDS: nothing in it describes a person, a place or an event", style="bold")
    for sheet in file.sheets:
        out.print(
            f"  sheet {sheet.name}: {sheet.table}, {sheet.columns} columns, header in row {sheet.header_row}; "
            f"{' or '.join(sheet.releases)} (by {sheet.decided_by})"
        )
        if sheet.identifiers:
            names = ", ".join(dict.fromkeys(sheet.identifiers))
            out.print(f"    identifiers, looked through and never stored: {names}")
            out.print("    one live value below any of them refuses the file", style="dim")
        for number, text in enumerate(sheet.known_faults[:5], start=1):
            out.print(f"    {number}. {text}")
        if sheet.refused:
            out.print(f"    would be REFUSED, nothing of it is read: {'; '.join(sheet.refused)}", style="bold")
        if sheet.unknown:
            out.print(f"    headers nobody mapped: {', '.join(sheet.unknown)}; build stops and prints the line to add")
        if sheet.absent:
            out.print(f"    columns of the release that are not there: {', '.join(sheet.absent)}")
    if file.others:
        out.print(f"  sheets without records, looked through and not stored: {', '.join(file.others)}")
    out.print(f"  {file.title}" + (f"; closes on {file.closes_on}" if file.closes_on else ""))
    if file.note:
        out.print(f"  {file.note}", style="dim")


def _data(issue: Issue, findings: list[Finding]) -> dict[str, Any]:
    main = issue.decided.get("year_to_date") or issue.decided["stock"]
    return {
        "file": issue.file,
        "kind": "workbook",
        "release": None,
        "table": None,
        "layout": issue.layout,
        "provenance": issue.provenance,
        "as_of": main.as_of.isoformat(),
        "as_of_basis": main.basis,
        "issue": issue.issue.isoformat() if issue.issue else None,
        "blocks": list(issue.blocks),
        "hidden": list(issue.hidden),
        "figures": len(issue.figures),
        "dates": {
            group: {
                "as_of": dated.as_of.isoformat(),
                "basis": dated.basis,
                "confidence": dated.confidence,
                "stale": dated.stale,
                "candidates": [
                    {
                        "day": entry.day.isoformat(),
                        "evidence": entry.evidence,
                        "place": entry.place,
                        "accepted": entry.accepted,
                        "reason": entry.reason,
                    }
                    for entry in dated.candidates
                ],
            }
            for group, dated in sorted(issue.decided.items())
        },
        "refused": [],
        "problems": [
            *({"code": fault.code, "text": fault.text, "where": fault.where} for fault in issue.problems),
            *(
                {
                    "code": f"check {found.check}",
                    "text": found.explanation,
                    "where": f"{found.table}, {found.column}",
                    "status": found.status,
                }
                for found in findings
                if found.release == issue.file
            ),
        ],
    }


def _print(asked: Asked, issue: Issue, findings: list[Finding]) -> None:
    from tallystick.terms.period import in_words

    out = asked.console()
    out.print(f"{issue.file}", style="bold")
    published = in_words(issue.issue) if issue.issue else "not known"
    out.print(
        f"  detention-statistics workbook, {issue.provenance}, published {published}; "
        f"facility list in layout {issue.layout}"
    )
    for group, dated in sorted(issue.decided.items()):
        stale = "  BELONGS TO AN EARLIER ISSUE" if dated.stale else ""
        out.print(
            f"  {group.replace('_', ' ')}: {in_words(dated.as_of)} by {dated.basis.replace('_', ' ')}, "
            f"confidence {dated.confidence}{stale}"
        )
        for entry in dated.candidates if asked.verbose else ():
            verdict = "accepted" if entry.accepted else "rejected"
            out.print(f"      {verdict} {entry.day} {entry.place} ({entry.evidence}): {entry.reason}", style="dim")
    out.print(
        f"  {len(issue.blocks)} blocks, {len(issue.figures):,} figures"
        + (f"; hidden sheets left unread: {', '.join(issue.hidden)}" if issue.hidden else "")
    )
    for fault in issue.problems:
        out.print(f"  {fault.code}: {fault.text} {fault.where}")
    shown = findings if asked.verbose else findings[:5]
    for found in shown:
        out.print(f"  {found.status}, check {found.check}, {found.table}: {found.explanation}")
    if len(findings) > len(shown):
        out.print(f"  and {len(findings) - len(shown)} more; -v shows all", style="dim")
    out.print()
