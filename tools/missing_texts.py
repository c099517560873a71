"""Which texts of a site have no translation yet: `python tools/missing_texts.py es [PROJECT ...]` writes them as CSV.

Lines go to standard output as ``english,other`` with the second column empty. With the folders of built projects, the
texts of their pages are looked at too; without any, those of the figures that ship.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

from tallystick.answers import project_records, shipped_records
from tallystick.composing import pages_spoken
from tallystick.made.demo import invented_shelf
from tallystick.publish.language import speaking, texts_missing
from tallystick.showing import showing
from tallystick.terms.definitions import Shelf


def _unswapped(text: str, shelf: Shelf) -> str:
    """A text with the names that the made-up agency took the place of."""
    for name, other in shelf.swap:
        text = re.sub(rf"\b{re.escape(other)}\b", name, text)
    return text


def main(language: str, projects: list[str]) -> None:
    found: dict[str, None] = {}
    every = [shipped_records(Shelf()), *(project_records(Path(one), invented_shelf()) for one in projects)]
    for records in every:
        shown = showing(records)
        with speaking(language, records.shelf, strict=False):
            for _ in pages_spoken(shown):
                pass
            found |= dict.fromkeys(_unswapped(text, records.shelf) for text in texts_missing())
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["english", "other"])
    writer.writerows([text, ""] for text in found)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
