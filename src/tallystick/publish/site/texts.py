"""Pages of words: methods, limits, about, corrections, help; the glossary; lists of policies, measures, places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tallystick.publish.language import said
from tallystick.publish.page import Page
from tallystick.publish.site.frame import Frame
from tallystick.terms.definitions import Shelf, Strict

TEXTS = ("methods", "limits", "about", "corrections", "trafficking")


class Section(Strict, frozen=True, kw_only=True):
    """A part of a page of words: paragraphs, a table, a list."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class TextPage(Strict, frozen=True, kw_only=True):
    """``site/<id>.toml``."""

    id: str
    title: str
    lead: str
    sections: tuple[Section, ...]


class Word(Strict, frozen=True, kw_only=True):
    """A word and the one sense in which it is used."""

    word: str
    means: str


class Glossary(Strict, frozen=True, kw_only=True):
    """``glossary.toml``."""

    words: tuple[Word, ...]


def text_pages(frame: Frame, shelf: Shelf) -> list[Page]:
    """The pages of words, and the glossary."""
    pages = [shelf.read(f"site/{name}.toml", TextPage) for name in TEXTS]
    entries = [
        {"id": f"word-{number}", "word": said(one.word), "means": said(one.means)}
        for number, one in enumerate(shelf.read("glossary.toml", Glossary).words, 1)
    ]
    return [
        *(frame.page("text.html", f"{page.id}.html", page=page, crumbs=_crumbs(page.title)) for page in pages),
        frame.page("glossary.html", "glossary.html", entries=entries, crumbs=_crumbs("Glossary")),
    ]


def _crumbs(title: str) -> list[tuple[str, str]]:
    return [(said("Claims"), "index.html"), (said(title), "")]


def list_page(
    frame: Frame,
    path: str,
    title: str,
    lead: Sequence[str],
    groups: Sequence[tuple[str, Sequence[Mapping[str, str]]]],
    tail: Sequence[str] = (),
) -> Page:
    """A list of pages, in groups.

    Args:
        frame: what all pages share.
        path: where it lies.
        title: what it lists.
        lead: what stands above it.
        groups: (title, entries with href, title and, if wanted, about).
        tail: what stands below it.
    """
    told: list[dict[str, Any]] = [
        {"title": name, "entries": [{"about": "", **entry} for entry in entries]} for name, entries in groups
    ]
    return frame.page(
        "list.html",
        path,
        title=title,
        lead=lead,
        groups=told,
        tail=tail,
        crumbs=[(said("Claims"), "index.html"), (title, "")],
    )
