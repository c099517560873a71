"""``tallystick inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tallystick.cli.common import Asked, common

if TYPE_CHECKING:
    from tallystick.figures.finding import Finding
    from tallystick.figures.issue import Issue


@click.command(name="inspect")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@common
def command(asked: Asked, files: tuple[Path, ...]) -> int:
    """Say what workbooks are, what dates them and why, and what is wrong with them.

    Example: tallystick inspect FY26_detentionStats02022026.xlsx
    """
    from tallystick import pipeline, reading

    issues, faults, _ = reading.read_all(files, asked.shelf, skip_unreadable=True)
    findings = pipeline.in_finding_order(
        [
            *(found for issue in issues for found in issue.findings),
            *pipeline.between(issues, reading.known_layouts(asked.shelf)),
        ]
    )
    problems = [fault for issue in issues for fault in issue.problems]
    if asked.as_json:
        asked.say_json(
            "inspect", {"files": [_data(issue, findings) for issue in issues]}, warnings=[*faults, *problems]
        )
    else:
        for issue in issues:
            _print(asked, issue, [found for found in findings if found.release == issue.file])
        for fault in faults:
            click.echo("\n".join(fault.lines()), err=True)
    attention = faults or problems or any(found.status in ("rejected", "suspect") for found in findings)
    return 1 if attention else 0


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
