"""Pages of claims: the list, one page for each with its numbers, a small one to embed, and a statement part by part."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from tallystick.claims.statement import Statement
from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.publish import words as say
from tallystick.publish.bars import ends_of
from tallystick.publish.citing import cited
from tallystick.publish.claim_review import claim_review
from tallystick.publish.language import language, said
from tallystick.publish.page import NUMBERS, Page, Setting, numbers_of, render, shown, trend_row
from tallystick.publish.site.frame import Frame, asset
from tallystick.publish.timeline import Moment, time_line
from tallystick.publish.trail import trail_data
from tallystick.publish.view import tally, tally_words
from tallystick.terms.errors import TallystickError
from tallystick.terms.tables import table


def home_page(frame: Frame, mains: Sequence[ClaimVerdict], statement: Statement | None) -> Page:
    """All claims: those that these figures test with their bars, then the others; by subject, never by verdict."""
    entries = [(entry, shown(entry, ends_of(entry.of_role("headline")))) for entry in mains]
    first, last = frame.setting.covers
    return frame.page(
        "home.html",
        "index.html",
        tested=[data for entry, data in entries if entry.state == "tested"],
        others=[data for entry, data in entries if entry.state != "tested"],
        tally=tally_words(tally(mains)),
        statement=statement,
        first=first,
        last=last,
    )


def claim_page(
    frame: Frame,
    verdicts: Sequence[ClaimVerdict],
    trend: Sequence[Outcome],
    mains: Sequence[ClaimVerdict],
    measures: Mapping[str, str],
) -> list[Page]:
    """The page of one claim, and the small one to embed.

    Args:
        frame: what all pages share.
        verdicts: the claim on each of its test dates.
        trend: its first headline reading on every date.
        mains: all claims, for the tally.
        measures: id -> title of every measure that has a page.
    """
    main = next(entry for entry in verdicts if entry.title == entry.claim.main_test().title)
    tracks = ends_of([outcome for entry in verdicts for outcome in entry.outcomes] + list(trend))
    own = shown(main, tracks)
    claim = main.claim
    trail = trail_data(main)
    names = [reading.measure for reading in claim.readings if reading.measure in measures]
    texts = cited(frame.setting, said(claim.title), f"{language()}/claims/{claim.id}.html")
    page = frame.page(
        "claim.html",
        f"claims/{claim.id}.html",
        here="index.html",
        crumbs=[(said("Claims"), "index.html"), (said(claim.title), "")],
        claim=claim,
        main=own,
        others=[shown(entry, tracks) for entry in verdicts if entry is not main],
        trend=[trend_row(outcome, tracks) for outcome in trend],
        trend_title=said(trend[0].reading.title) if trend else "",
        chart=_chart(trend),
        tally=tally_words(tally(mains)),
        trail=trail,
        written=next((row for row in (*own["headline"], *own["stress"]) if row["need"]), None),
        on_figures=any(reading.basis == "figures" and reading.measure for reading in claim.readings),
        on_records=any(reading.basis == "records" for reading in claim.readings),
        has_cells=any(one["cells"] for one in trail["readings"] if one["role"] == "headline"),
        margin=margin_words(main),
        measures=[{"title": measures[name], "href": f"measures/{_file(name)}.html"} for name in dict.fromkeys(names)],
        **frame.numbers(f"data/claims/{claim.id}.csv", 2),
        embed=f"../../embed/{language()}/{claim.id}.html",
        cited=texts,
        python=json.dumps(shlex.split(frame.setting.flag)[-1], ensure_ascii=False) if frame.setting.flag else "",
        review=_review(main, frame, claim.id),
    )
    return [page, *([_embed(frame, main, own, texts)] if own["headline"] else [])]


def claim_data(
    verdicts: Sequence[ClaimVerdict], trend: Sequence[Outcome], setting: Setting, definition: Mapping[str, Any]
) -> list[Page]:
    """The numbers of one claim as CSV, and what they mean as JSON; in English, for programs of any language."""
    claim = verdicts[0].claim
    numbers = numbers_of(verdicts, trend, made_up=setting.made_up)
    if not numbers:
        return []
    known = {column.name: column.meaning for column in table("verdicts").columns}
    told = {
        "title": claim.title,
        "text": claim.text,
        "quoted": claim.quoted,
        "speaker": claim.speaker,
        "source": {"title": claim.source.title, "publisher": claim.source.publisher, "date": claim.source.date},
        "provider": setting.credit,
        "processing": "Readings of one claim, each with both ends of its figure; see claims and methods of this site.",
        "citation": cited(setting, claim.title, f"en/claims/{claim.id}.html")["full"],
        "release_set": setting.release_set,
        "definition": verdicts[0].definition_hash,
        "invented": setting.made_up,
        "columns": {name: known.get(name, definition.get(name, name.replace("_", " "))) for name in NUMBERS},
    }
    return [
        Page(f"data/claims/{claim.id}.csv", numbers),
        Page(f"data/claims/{claim.id}.metadata.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n"),
    ]


def margin_words(verdict: ClaimVerdict) -> str:
    """The margin of the headline readings, in its unit; empty where there is none."""
    for outcome in verdict.of_role("headline"):
        reading = outcome.reading
        if reading.threshold and float(reading.margin):
            is_share = reading.threshold_unit == "fraction"
            text = f"{float(reading.margin) * 100:g}" if is_share else f"{float(reading.margin):g}"
            return said("{n} percentage points", n=text) if is_share else text
    return ""


def _file(name: str) -> str:
    return name.replace("/", "-")


def _chart(trend: Sequence[Outcome]) -> Markup | None:
    """The series of a share; other units stand in the table alone, and so does a series of one day."""
    known = [outcome for outcome in trend if outcome.cell is not None and outcome.cell.bound is not None]
    cells = [outcome.cell for outcome in known if outcome.cell is not None]
    if len(cells) < 2 or any(cell.value_unit != "fraction" or cell.statistic == "difference" for cell in cells):
        return None
    moments = [
        Moment(cell.period_end, float(cell.bound.lower), float(cell.bound.upper)) for cell in cells if cell.bound
    ]
    needed = float(known[0].reading.bar) if known[0].reading.threshold else None
    most = max(1.0, *(one.high for one in moments))
    return time_line(
        said(known[0].reading.title),
        trend_told(cells),
        moments,
        lambda value: f"{value * 100:.0f}%",
        most=1.0 if most == 1.0 else None,
        needed=needed if needed is not None and 0 <= needed <= most else None,
        key="series",
    )


def trend_told(cells: Sequence[Any]) -> str:
    """Where a series starts and where it ends, in words."""
    first, last = cells[0], cells[-1]
    return said(
        "From {first} on {begins} to {last} on {ends}.",
        first=say.figure(first),
        begins=say.day(first.period_end),
        last=say.figure(last),
        ends=say.day(last.period_end),
    )


def _review(main: ClaimVerdict, frame: Frame, claim: str) -> Markup | None:
    """ClaimReview for programs, where the claim can be reviewed and the site has an address."""
    if not frame.setting.base_url or frame.setting.made_up:
        return None
    page = f"{frame.setting.base_url.rstrip('/')}/{language()}/claims/{claim}.html"
    try:
        found = json.dumps(claim_review(main, page), ensure_ascii=False)
    except TallystickError:  # a paraphrase, or no date: no review, and the page says what it is
        return None
    return Markup(found.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def _embed(frame: Frame, main: ClaimVerdict, own: Mapping[str, Any], texts: Mapping[str, str]) -> Page:
    setting, name = frame.setting, f"{language()}/claims/{main.claim.id}.html"
    base = f"{setting.base_url.rstrip('/')}/" if setting.base_url else "../../"
    html = render(
        "site/embed.html",
        setting=setting,
        claim=main.claim,
        main=own,
        cited=texts,
        style=Markup(asset("embed.css")),  # noqa: S704  # our own style sheet
        page=f"{base}{name}",
        csv=f"{base}data/claims/{main.claim.id}.csv",
    )
    return Page(f"embed/{language()}/{main.claim.id}.html", html)


def statement_page(
    frame: Frame,
    statement: Statement,
    dates: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    comparisons: Mapping[str, str],
) -> Page:
    """A statement part by part, each with its verdicts or the reason why there are none."""
    told = [
        {
            **row,
            "comparisons": [
                {"title": comparisons[name], "href": f"comparisons/{name}.html"} for name in row["comparisons"]
            ],
        }
        for row in rows
    ]
    return frame.page(
        "statement.html",
        "statement.html",
        crumbs=[(said("Claims"), "index.html"), (said(statement.title), "")],
        statement=statement,
        dates=[said(title) for title in dates],
        rows=told,
    )


def span_of_days(days: Sequence[date]) -> tuple[str, str]:
    """The first and the last of some days, in words; empty where there is none."""
    return (say.day(min(days)), say.day(max(days))) if days else ("", "")
