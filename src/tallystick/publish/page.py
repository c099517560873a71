"""What pages are made of: templates filled in, claims as rows with bars, numbers as CSV that no spreadsheet runs.

Everything that comes from a file or a definition is escaped; the content policy of every page
forbids inline scripts and foreign addresses. Same input, same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tallystick import __version__
from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.publish import words as say
from tallystick.publish.bars import Bar, bar_of
from tallystick.publish.language import composed_said, language, said
from tallystick.publish.view import flip_sentence, headline_sentences, reading_data
from tallystick.terms.period import in_words_iso

if TYPE_CHECKING:
    from jinja2 import Environment

NUMBERS = (
    "claim", "tested", "claim_verdict", "id", "title", "role", "unit", "denominator", "basis", "measure",
    "policy", "tier", "window", "variant", "split",
    "another_unit", "comparator", "threshold", "threshold_from", "margin", "lower", "upper", "n", "n_true", "n_unknown",
    "as_of", "period_start", "result", "reason", "tipping_point", "written_on", "figures_known_when_written", "note",
)  # fmt: skip
ISO_DAY = 10  # characters of a whole day as written in definitions
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Page:
    """A file to write: its path inside the output folder, its content."""

    path: str
    content: str


@dataclass(frozen=True)
class Setting:
    """What every page of one output shares."""

    title: str
    release_set: str
    made_up: bool
    credit: str
    flag: str = ""
    covers: tuple[str, str] = ("", "")
    base_url: str = ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tallystick.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update({"_": said, "version": __version__, "day": day_said})
    environment.filters["first_up"] = first_up
    environment.filters["days"] = days_said
    return environment


def first_up(text: str) -> str:
    """A text with its first letter as a capital, all else as it is.

    >>> first_up("the records of ICE")
    'The records of ICE'
    """
    return text[:1].upper() + text[1:]


def day_said(iso: str) -> str:
    """A day, month or year of a definition in the language spoken now; other texts as they are."""
    return said(in_words_iso(iso)) if len(iso) == ISO_DAY else iso


def days_said(text: str) -> str:
    """A day, or two with "to" between them, written as readers of the language write it; other texts as they are."""
    first, _, last = text.partition(" to ")
    if not last:
        return day_said(first)
    return say.words().figure["from_to"].format(first=day_said(first), last=day_said(last))


def render(template: str, **values: Any) -> str:
    """A template filled in; everything is escaped."""
    return _environment().get_template(template).render(words=say.words(), lang=language(), **values)


def shown(verdict: ClaimVerdict, tracks: Mapping[str, Fraction]) -> dict[str, Any]:
    """A claim on one date as templates show it."""
    holds, of = verdict.robust
    return {
        "id": verdict.claim.id,
        "claim": verdict.claim,
        "tested": said(verdict.title),
        "verdict": verdict.verdict,
        "words": say.verdict_words(verdict),
        "sentences": headline_sentences(verdict),
        "flips": flip_sentence(verdict),
        "unit": say.words().sentence["another_unit"].format(unit=said(verdict.another_unit))
        if verdict.another_unit
        else "",
        "headline": [_row(outcome, tracks) for outcome in verdict.of_role("headline")],
        "stress": [_row(outcome, tracks) for outcome in verdict.of_role("stress", "lift")],
        "tracks": say.track_words(tracks),
        "robust": say.words().sentence["robust"].format(k=holds, n=of) if of else say.words().sentence["robust_none"],
    }


def _another_unit(unit: str) -> str:
    return say.words().sentence["another_unit"].format(unit=said(unit)) if unit else ""


def _row(outcome: Outcome, tracks: Mapping[str, Fraction]) -> dict[str, Any]:
    cell = outcome.cell
    low, high = say.ends(cell)
    return {
        "title": said(outcome.reading.title),
        "need": say.need(outcome),
        "low": low,
        "high": high,
        "counts": say.counts(outcome),
        "result": say.result_words(outcome, reason=False),
        "why": say.reason_words(outcome),
        "bar": _svg(outcome, tracks),
        "day": say.day(cell.period_end) if cell else "",
        "tip": say.tipping_words(outcome),
        "role": outcome.reading.role,
        "from": said(outcome.reading.threshold_from),
        "note": composed_said(cell.note) if cell else said(outcome.result.reason),
        "written": say.day(outcome.reading.written_on),
        "known": outcome.reading.figures_known_when_written,
        "margin": outcome.reading.margin if outcome.reading.threshold else "",
        "unit": said(cell.unit) if cell else "",
        "awaits": cell is None and outcome.result.result == "needs_records",
    }


def _svg(outcome: Outcome, tracks: Mapping[str, Fraction]) -> dict[str, str] | None:
    if outcome.cell is not None and outcome.cell.value_unit not in (*tracks, "fraction"):
        return None  # not among what is shown together
    bar = bar_of(outcome, tracks)
    return None if bar is None else positions(bar)


def positions(bar: Bar) -> dict[str, str]:
    """Positions in percent of the track, for an SVG without a view box (so that text stays text)."""
    left, right = sorted((bar.start, bar.known))
    return {
        "known_x": _pct(left),
        "known_w": _pct(right - left),
        "open_x": _pct(bar.known),
        "open_w": _pct(bar.most - bar.known),
        "tick": _pct(bar.tick) if bar.tick is not None else "",
        "zero": _pct(bar.start) if bar.start else "",
    }


def _pct(value: Any) -> str:
    return f"{float(value) * 100:.2f}%"


def trend_row(outcome: Outcome, tracks: Mapping[str, Fraction]) -> dict[str, Any]:
    """One date of a series."""
    return {**_row(outcome, tracks), "iso": outcome.cell.period_end.isoformat() if outcome.cell else ""}


def numbers_of(verdicts: Sequence[ClaimVerdict], trend: Sequence[Outcome], *, made_up: bool) -> str:
    """Every number of a claim as CSV, one row per reading and date; made-up ones say so in each row."""
    rows = rows_of(verdicts, trend)
    return to_csv([{**row, "invented": "true"} for row in rows] if made_up else rows)


def rows_of(verdicts: Sequence[ClaimVerdict], trend: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Every number of a claim, one row per reading and date."""
    rows = [
        {"claim": entry.claim.id, "tested": entry.title, "claim_verdict": entry.verdict, **_flat(outcome)}
        for entry in verdicts
        for outcome in entry.outcomes
    ]
    rows += [
        {"claim": verdicts[0].claim.id, "tested": "series", "claim_verdict": "", **_flat(outcome)} for outcome in trend
    ]
    return [{name: row[name] for name in NUMBERS} for row in rows]


def _flat(outcome: Outcome) -> dict[str, Any]:
    data = reading_data(outcome)
    data["split"] = "; ".join(f"{name}={value}" for name, value in sorted(data["split"].items()))
    return data


def to_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as CSV (comma, LF); text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    if not rows:
        return ""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def safe(value: Any) -> Any:
    """A text cell that cannot be read as a formula; numbers stay numbers.

    >>> safe("=1+1"), safe(-1.5), safe(None)
    ("'=1+1", -1.5, '')
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
