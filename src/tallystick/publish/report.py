"""One printable page that stands alone: summary, bars, readings, methods, limits, sources, every number, CSVs inside.

As HTML (styles and CSVs inside, no script, no foreign address) or as Markdown. Same input, same bytes.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.publish.bars import ends_of
from tallystick.publish.language import composed_said, said, spoken_is_reviewed
from tallystick.publish.page import Setting, numbers_of, render, shown, to_csv
from tallystick.publish.view import tally, tally_words
from tallystick.publish.words import words

MOST_BYTES = 300_000
APPENDIX = ("tested", "title", "lower", "upper", "n", "n_unknown", "as_of", "result")


@dataclass(frozen=True)
class ClaimPart:
    """A claim on its test dates, with its series."""

    verdicts: tuple[ClaimVerdict, ...]
    trend: tuple[Outcome, ...]


@dataclass(frozen=True)
class MeasurePart:
    """Cleared cells of a measure as rows of words, with a paragraph on method fit for a filing."""

    file: str
    title: str
    versus: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    method: str
    cannot_say: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What a report is made of."""

    claims: tuple[ClaimPart, ...]
    measures: tuple[MeasurePart, ...]
    everything: tuple[ClaimVerdict, ...]
    setting: Setting
    command: str
    citations: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is called: its one claim or measure, or how many there are."""
        names = [part.verdicts[0].claim.title for part in self.claims] + [part.title for part in self.measures]
        return said(names[0]) if len(names) == 1 else said("{n} claims and measures laid beside records", n=len(names))


def _link(text: str) -> str:
    """A CSV that can be saved from inside the page."""
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8")).decode("ascii")


def report_html(report: Report) -> str:
    """The report as one HTML file; the appendix is left to the CSVs inside where it would grow beyond 300 KB."""
    style = resources.files("tallystick.publish").joinpath("templates/style.css").read_text("utf-8")
    claims = [_claim(part, report.setting) for part in report.claims]
    values = {
        "setting": replace(report.setting, title=composed_said(report.setting.title)),
        "reviewed": spoken_is_reviewed(),
        "title": report.title,
        "style": _raw(style),
        "command": report.command,
        "claims": claims,
        "measures": [_measure(part) for part in report.measures],
        "tally": tally_words(tally(report.everything)) if claims else [],
        "citations": report.citations,
    }
    whole = render("report.html", **values, numbers=_appendix(report))
    return whole if len(whole.encode("utf-8")) <= MOST_BYTES else render("report.html", **values, numbers=None)


def _raw(style: str) -> Any:
    from markupsafe import Markup

    return Markup(style)  # noqa: S704  # our own style sheet, which nobody else can write to


def _claim(part: ClaimPart, setting: Setting) -> dict[str, Any]:
    main = main_of(part)
    tracks = ends_of([outcome for entry in part.verdicts for outcome in entry.outcomes])
    return {
        "claim": main.claim,
        "main": shown(main, tracks),
        "others": [shown(entry, tracks) for entry in part.verdicts if entry is not main],
        "csv": _link(numbers_of(part.verdicts, part.trend, made_up=setting.made_up)),
    }


def main_of(part: ClaimPart) -> ClaimVerdict:
    """The verdict on the main date."""
    title = part.verdicts[0].claim.main_test().title
    return next((entry for entry in part.verdicts if entry.title == title), part.verdicts[0])


def _measure(part: MeasurePart) -> dict[str, Any]:
    rows = [dict(zip(part.columns, row, strict=True)) for row in part.rows]
    right = [place for place, name in enumerate(part.columns) if name in ("figure", "out of", "open")]
    return {**vars(part), "numbers": right, "csv": _link(to_csv(rows))}


def _appendix(report: Report) -> dict[str, Any] | None:
    from tallystick.publish.page import rows_of

    rows = [row for part in report.claims for row in rows_of(part.verdicts, ())]
    if not rows:
        return None
    return {"columns": APPENDIX, "rows": [[_told(name, row[name]) for name in APPENDIX] for row in rows]}


def _told(name: str, value: Any) -> str:
    """A value of the appendix: words in the language spoken now, numbers as they are."""
    if name in ("tested", "title"):
        return said(str(value))
    return words().result.get(str(value), str(value)) if name == "result" else _plain(value)


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def report_markdown(report: Report) -> str:
    """The report as Markdown: the same parts, tables instead of bars."""
    lines = [f"# {unmarked(report.title)}", ""]
    if report.setting.made_up:
        lines += [f"**{words().sentence['made_up']}**", ""]
    made = f"Figures: {unmarked(report.setting.title)}, set {report.setting.release_set}."
    lines += [f"{made} Made by: {unmarked(report.command)}", ""]
    for claim in report.claims:
        lines += _claim_lines(claim)
    for measure in report.measures:
        lines += [
            f"## {unmarked(measure.title)}",
            "",
            *([unmarked(measure.versus), ""] if measure.versus else []),
        ]
        lines += [*_table(measure.columns, measure.rows), "", "### Method", "", unmarked(measure.method), ""]
        lines += [*(f"- {unmarked(line)}" for line in measure.cannot_say), ""]
    if report.claims:
        lines += ["## All claims, by side", "", *(f"- {line}" for line in tally_words(tally(report.everything))), ""]
    return (
        "\n".join([*lines, "## Sources and citation", "", *(f"- {unmarked(line)}" for line in report.citations)]) + "\n"
    )


def _claim_lines(part: ClaimPart) -> list[str]:
    main = main_of(part)
    data = shown(main, ends_of(main.outcomes))
    claim = main.claim
    lines = [
        f"## {unmarked(claim.text)}",
        "",
        f"{'' if claim.quoted else 'Paraphrase. '}{unmarked(claim.speaker)}.",
        "",
    ]
    lines += [f"**{unmarked(data['words'].capitalize())}** ({unmarked(data['tested'])}).", ""]
    lines += [*(f"{unmarked(sentence)}" for sentence in data["sentences"]), ""]
    if claim.not_testable:
        lines += [unmarked(claim.not_testable), ""]
    rows = [
        (row["role"], row["title"], row["need"], row["low"], row["high"], row["result"] if row["low"] else row["note"])
        for row in (*data["headline"], *data["stress"])
    ]
    if rows:
        lines += [*_table(("role", "reading", "needs", "at least", "at most", "result"), rows), "", data["robust"], ""]
    lines += ["What the records cannot tell here:", "", *(f"- {unmarked(line)}" for line in claim.cannot_say), ""]
    return [*lines, "What would settle it:", "", *(f"- {unmarked(line)}" for line in claim.would_settle), ""]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return [*head, *(f"| {' | '.join(unmarked(value) for value in row)} |" for row in rows)]


def unmarked(text: str) -> str:
    """Text that cannot end a cell of a table or start markup of its own."""
    return re.sub(r"([\\|`*_\[\]!#~])", r"\\\1", re.sub(r"\s+", " ", text)).replace("<", "&lt;").replace(">", "&gt;")
