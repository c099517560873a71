"""What every page of the site shares: where it lies, what leads to it, its twin in the other language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from tallystick.publish import words as say
from tallystick.publish.language import language, said, spoken_is_reviewed
from tallystick.publish.page import Page, Setting, render

NAV = (
    ("index.html", "Claims"), ("statement.html", "The statement"), ("policies/index.html", "Policies"),
    ("places/index.html", "Places"), ("quality.html", "Data quality"), ("measures/index.html", "Measures"),
    ("comparisons/index.html", "Comparisons"), ("methods.html", "Methods"), ("download.html", "Download"),
)  # fmt: skip
MORE = (
    ("limits.html", "Limits"), ("glossary.html", "Glossary"), ("counties.html", "Counties"),
    ("explore.html", "Explore"), ("corrections.html", "Corrections"), ("about.html", "About"),
    ("trafficking.html", "Help against trafficking"),
)  # fmt: skip
ASSETS = ("site.css", "site.js", "explore.js")


@dataclass(frozen=True)
class Frame:
    """The frame of all pages in the language spoken now.

    Attributes:
        setting: what the figures are.
        languages: language -> its own name, in the order in which they are offered.
        absent: pages that this site does not have (the statement, on made-up figures).
        frozen: whether a copy under the name of the set is kept, which then is the permanent address.
        files: path -> (bytes, rows) of every table that pages link to.
    """

    setting: Setting
    languages: Mapping[str, str]
    absent: frozenset[str] = frozenset()
    frozen: bool = False
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def numbers(self, path: str, depth: int) -> dict[str, Any]:
        """The links to a table and to what its columns mean, for a page that lies `depth` folders below the site."""
        size, rows = self.files.get(path, (0, 0))
        root = "../" * depth
        return {
            "csv": f"{root}{path}",
            "metadata": f"{root}{path.removesuffix('.csv')}.metadata.json",
            "csv_size": size_words(size),
            "csv_rows": f"{rows:,}",
        }

    def page(
        self, template: str, path: str, *, crumbs: Sequence[tuple[str, str]] = (), here: str = "", **values: Any
    ) -> Page:
        """One page.

        Args:
            template: below ``templates/site``.
            path: inside the folder of the language.
            crumbs: (title, path inside the language) of what lies above it, nearest last; its own title last of all.
            here: the entry of the navigation that it belongs to.
            values: what the template needs.
        """
        own = language()
        home = "../" * path.count("/")
        root = f"../{home}"
        base = self.setting.base_url.rstrip("/")
        kept = f"r/{self.setting.release_set}/" if self.frozen else ""
        html = render(
            f"site/{template}",
            setting=self.setting,
            root=root,
            home=home,
            reviewed=spoken_is_reviewed(),
            permalink=f"{base}/{kept}{own}/{path}" if base else "",
            nav=[_entry(href, title, here or path) for href, title in NAV if href not in self.absent],
            more=[_entry(href, title, here or path) for href, title in MORE],
            crumbs=[{"title": title, "href": href} for title, href in crumbs],
            twins=[
                {"lang": other, "title": name, "href": f"{root}{other}/{path}"}
                for other, name in self.languages.items()
                if len(self.languages) > 1
            ],
            **values,
        )
        return Page(f"{own}/{path}", html)


def _entry(href: str, title: str, here: str) -> dict[str, Any]:
    return {"href": href, "title": said(title), "here": href == here}


def asset(name: str) -> str:
    """A style sheet or script of ours; the site's own style comes after that of reports."""
    folder = resources.files("tallystick.publish")
    own = folder.joinpath(f"assets/{name}").read_text("utf-8")
    return folder.joinpath("templates/style.css").read_text("utf-8") + own if name == "site.css" else own


def chooser(setting: Setting, languages: Mapping[str, str], taglines: Mapping[str, str]) -> Page:
    """The first page of all: which language."""
    choices = [{"lang": own, "title": name, "tagline": taglines[own]} for own, name in languages.items()]
    return Page("index.html", render("site/chooser.html", setting=setting, choices=choices))


def asset_pages() -> list[Page]:
    """The style sheet and the scripts."""
    return [Page(f"assets/{name}", asset(name)) for name in ASSETS]


def tagline() -> str:
    """What this is, in the language spoken now."""
    return f"{say.words().tagline} {say.words().tagline_long}"


def size_words(size: int) -> str:
    """A size as people read it.

    >>> size_words(950), size_words(12_345), size_words(3_400_000)
    ('1 KB', '13 KB', '3.4 MB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} KB"
