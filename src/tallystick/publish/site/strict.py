"""A page read as a browser reads it: only elements, attributes and addresses that pages of this site have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

TAGS = frozenset(
    """html head meta title link script style body a svg defs pattern rect line aside p strong header ul ol li nav main
    details summary section h1 h2 h3 span table caption thead tbody tr th td footer div dl dt dd pre code figure text
    polyline polygon circle desc noscript label select input br""".split()  # noqa: SIM905  # a list to read
)
ATTRIBUTES = frozenset(
    """lang class charset name content http-equiv rel href hreflang src defer type role id tabindex aria-hidden
    aria-label aria-labelledby aria-current focusable width height x y x1 x2 y1 y2 cx cy r points fill d viewbox xmlns
    scope colspan patternunits patterntransform text-anchor hidden for autocomplete download target
    start""".split()  # noqa: SIM905
)
LOCAL = re.compile(r"(?!//)(?![a-z][a-z0-9+.-]*:)[^\s/\\\x00-\x20][^\s\\\x00-\x1f]*|#[A-Za-z0-9_-]+|", re.IGNORECASE)
WEB = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
ICON = "data:image/svg+xml,"
ENDS = "base-uri 'none'; form-action 'none'"
POLICIES = (
    f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; {ENDS}",
    f"default-src 'none'; style-src 'self'; img-src 'self' data:; {ENDS}",
    f"default-src 'none'; style-src 'unsafe-inline'; {ENDS}",
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.policies: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag not in TAGS:
            self.found.append(f"holds an element that pages of this site never have: <{tag[:20]}>")
        strange = [name for name in own if name not in ATTRIBUTES and not name.startswith("data-")]
        if strange:
            self.found.append(f"holds an attribute that pages of this site never have: {strange[0][:20]}")
        if tag == "meta" and own.get("http-equiv"):
            self.policies.append(own.get("content", "") if own["http-equiv"] == "Content-Security-Policy" else "other")
        if tag == "script" and not own.get("src") and own.get("type") != "application/ld+json":
            self.found.append("holds a script inside the page")
        for name in ("href", "src"):
            if name in own and not _may(tag, own, own[name]):
                self.found.append(f"leads or loads from elsewhere: {own[name][:60]}")
        self.inside = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # the library hands it over
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style" and re.search(r"@import|url\(", data):
            self.found.append("holds a style that loads something")


def _may(tag: str, own: dict[str, str], target: str) -> bool:
    if LOCAL.fullmatch(target):
        return True
    is_page = tag == "a" or (tag == "link" and own.get("rel") == "canonical")
    return (is_page and WEB.fullmatch(target) is not None) or (
        tag == "link" and own.get("rel") == "icon" and target.startswith(ICON)
    )


def strangers_in(text: str) -> Iterator[str]:
    """What a page holds that pages of this site never do."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    yield from dict.fromkeys(reader.found)
    if len(reader.policies) != 1 or reader.policies[0] not in POLICIES:
        yield "does not carry the content policy of this site"
