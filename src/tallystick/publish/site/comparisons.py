"""Pages of comparisons: the answer, its chart, the tables behind it, the method, the limits."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from tallystick.publish.charts import STYLE
from tallystick.publish.comparison import Told
from tallystick.publish.language import composed_said, said
from tallystick.publish.page import Page
from tallystick.publish.site.frame import Frame
from tallystick.publish.site.texts import list_page

KINDS = {
    "decomposition": "What a change is made of", "change": "When something moved", "gap": "Whether groups fare alike",
    "tool": "The agency's own risk tool", "screening": "What screening errors would mean",
    "policies": "The same records under other policies", "incidence": "What becomes of people booked in",
}  # fmt: skip
TEXT = re.compile(r">([^<>]+)<(title>[^<>]*</title><)?")
NUMBERS = re.compile(r"[−+\d.,% ]*( to [−+\d.,% ]*)?")
WORDS = re.compile(r"[A-Za-z]{2}")


def comparison_pages(frame: Frame, found: Sequence[tuple[str, str, str, tuple[Told, ...], str]]) -> list[Page]:
    """The list of comparisons by kind, and a page for each.

    Args:
        frame: what all pages share.
        found: (id, kind, title, answers, why there are none) of each.
    """
    kinds: dict[str, list[dict[str, str]]] = {}
    for name, kind, title, answers, _ in found:
        about = "" if answers else said("no figure in reach here")
        kinds.setdefault(kind, []).append({"href": f"{name}.html", "title": said(title), "about": about})
    lead = [
        said("Levels settle few arguments: these pages lay two periods, two groups or two policies side by side."),
        said("A gap is not a bias, and a change after a date is not its effect: the pages show the figures, no more."),
    ]
    groups = [(said(KINDS[kind]), entries) for kind, entries in kinds.items()]
    return [
        list_page(frame, "comparisons/index.html", said("Comparisons"), lead, groups),
        *(_page(frame, *one) for one in found),
    ]


def _page(frame: Frame, name: str, kind: str, title: str, answers: Sequence[Told], why_none: str) -> Page:
    return frame.page(
        "comparison.html",
        f"comparisons/{name}.html",
        here="comparisons/index.html",
        crumbs=[(said("Comparisons"), "comparisons/index.html"), (said(title), "")],
        title=said(title),
        kind=said(KINDS[kind]),
        answers=[_told(one) for one in answers],
        why_none=said(why_none),
        command=f"tallystick compare run {name}{frame.setting.flag or ('' if answers else ' --project DIR')}",
    )


def _told(one: Told) -> dict[str, Any]:
    return {
        "subtitle": composed_said(one.subtitle),
        "label": composed_said(one.label),
        "sentences": [composed_said(text) for text in one.sentences],
        "chart": _chart(one.chart),
        "tables": [
            {
                "caption": composed_said(table.caption),
                "columns": [composed_said(name) for name in table.columns],
                "rows": [[composed_said(value) for value in row] for row in table.rows],
                "right": [
                    place
                    for place in range(1, len(table.columns))
                    if all(NUMBERS.fullmatch(row[place]) for row in table.rows)
                ],
            }
            for table in one.tables
        ],
        "cannot_say": [composed_said(text) for text in one.cannot_say],
        "notes": [composed_said(text) for text in one.notes],
    }


def _chart(drawing: str) -> Markup | None:
    """A chart without styles of its own (pages forbid them), its texts in the language spoken now."""
    if not drawing:
        return None
    bare = re.sub(r' style="[^"]*"', "", drawing.replace(STYLE, ""), count=1)
    return Markup(TEXT.sub(_said, bare))  # noqa: S704  # our own drawing, every text in it escaped


def _said(met: re.Match[str]) -> str:
    text, whole = html.unescape(met[1]), met[2] or ""
    if not WORDS.search(text):
        return met[0]
    if whole:  # cut short, with the whole text beside it
        full = composed_said(html.unescape(whole[len("title>") : -len("</title><")]))
        return f">{escape(full[: len(text) - 1])}…<title>{escape(full)}</title><"
    return f">{escape(composed_said(text))}<"
