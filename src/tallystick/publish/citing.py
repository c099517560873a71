"""How to cite a page: short for a chart, in full, and as BibTeX; the agency and those who obtained its files first."""

from __future__ import annotations

import re

from tallystick import __version__
from tallystick.publish.language import said
from tallystick.publish.page import Setting


def cited(setting: Setting, title: str, path: str) -> dict[str, str]:
    """The three texts.

    Args:
        setting: what the figures are and who published them.
        title: of the page.
        path: of the page inside the site; its address where the site has one.
    """
    address = f"{setting.base_url.rstrip('/')}/{path}" if setting.base_url else ""
    made_with = said("Computed with tallystick {version}, set {set}.", version=__version__, set=setting.release_set)
    warning = said("Made-up figures.") + " " if setting.made_up else ""
    key = re.sub(r"[^a-z0-9]+", "-", path.removesuffix(".html").lower()).strip("-")
    year = setting.covers[1][-4:]
    fields = [
        ("title", f"{{{_tex(title)}}}"),
        ("author", "{{tallystick}}"),
        ("note", f"{{{_tex(f'{warning}{setting.credit} {made_with}')}}}"),
        *([("year", f"{{{year}}}")] if year.isdigit() else []),
        *([("url", f"{{{address}}}")] if address else []),
    ]
    return {
        "short": f"{warning}{setting.credit} {made_with}",
        "full": " ".join(part for part in (f"“{title}”.", warning + setting.credit, made_with, address) if part),
        "bibtex": f"@misc{{{key},\n" + "".join(f"  {name} = {value},\n" for name, value in fields) + "}",
    }


def _tex(text: str) -> str:
    """A text whose braces, backslashes and signs mean nothing to TeX."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", "/"))
