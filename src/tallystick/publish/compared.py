"""A comparison as one page that stands alone: the sentence, the chart, the tables, the method, the limits."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from markupsafe import Markup

from tallystick.publish.comparison import Told
from tallystick.publish.page import Setting, render

CREDIT = ""


def page_of(title: str, answers: Sequence[Told], *, made_up: bool, release_set: str) -> str:
    """The page.

    Args:
        title: what was compared.
        answers: one for each release, or one.
        made_up: whether the records were invented.
        release_set: identity of the figures.
    """
    style = resources.files("tallystick.publish").joinpath("templates/style.css").read_text("utf-8")
    setting = Setting(title=title, release_set=release_set, made_up=made_up, credit="")
    charts = [Markup(one.chart) for one in answers]  # noqa: S704  # our own drawing, every text in it escaped
    ours = Markup(style)  # noqa: S704  # our own style sheet
    shown = list(zip(answers, charts, strict=True))
    return render("comparison.html", title=title, setting=setting, style=ours, answers=shown)
