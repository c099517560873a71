"""A site as written, read over before anybody else does: attacked, followed along every link, weighed, compared."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote
from zipfile import ZipFile

from tallystick.clear.attacks import Breach
from tallystick.clear.places import narrow_lines
from tallystick.clear.published import published_cell
from tallystick.clear.rules import disclosure_rules
from tallystick.folders import OURS
from tallystick.measures.cell import Cell
from tallystick.onslaught import attack_folder
from tallystick.publish.site.frame import ASSETS, asset
from tallystick.publish.site.strict import strangers_in
from tallystick.store import scratch
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import Fault, cannot

LINK = re.compile(r'\s(?:href|src)="([^"]*)"')
LOADED = re.compile(r'<(?:script|link|img|iframe|source|object|embed)\b[^>]*\s(?:href|src)="([^"]*)"[^>]*>')
IDS = re.compile(r'\sid="([^"]*)"')
NUMBER_CELLS = re.compile(r'<td class="number"(?: colspan="2"| data-label="[^"]*")>(-?[\d.,]+)%</td>')
ROWS = re.compile(r'<table class="bars">(.*?)</table>', re.DOTALL)
PACKED = (".csv", ".parquet", ".xlsx", ".sqlite", ".json", ".md", ".cff", "")
LARGEST = 500_000_000  # bytes of a table of the package
DAYS = ("period_start", "period_end")
HEAD = re.compile(r'TALLYSTICK_CELLS\["[a-z0-9/_-]+"\]')
SUFFIXES = (".html", ".css", ".js", ".csv", ".json", ".zip")
HEAVIEST = 100_000  # bytes that a page and what it loads may have


def proofread(folder: Path, shelf: Shelf) -> list[Fault]:
    """Everything that is wrong with a site: what it gives away first.

    Every page is read as a browser reads it, and no file may stand that we do not write.

    Args:
        folder: the site.
        shelf: the definitions, with the rules of disclosure.

    Raises:
        TallystickError: TS115 where the folder holds no site.
    """
    if not (folder / "index.html").is_file() or not (folder / "data").is_dir():
        raise cannot("TS115", f"'{folder.name}' is no site.", fix="tallystick site build -o FOLDER")
    return [*_given_away(folder, shelf), *_hidden_in_scripts(folder), *_broken(folder), *_strange(folder)]


def _strange(folder: Path) -> Iterator[Fault]:
    """Files that are not ours, scripts and styles that are not the package's, pages with what none of ours has."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or (path.suffix not in SUFFIXES and path.name not in ("SHA256SUMS", OURS)):
            yield _fault(name, "is no file that this program writes")
        elif path.suffix in (".css", ".js") and "explore" not in path.parent.name:
            if path.name not in ASSETS or path.read_text("utf-8") != asset(path.name):
                yield _fault(name, "is not the file of the package")
        elif path.suffix == ".html":
            for what in strangers_in(path.read_text("utf-8")):
                yield _fault(name, what)


def _given_away(folder: Path, shelf: Shelf) -> Iterator[Fault]:
    """Every attack on every table by itself, and on places beside the exact figures of the nation."""
    rules = disclosure_rules(shelf)
    lines = narrow_lines(_cells(folder / "data" / "measures"), _cells(folder / "data" / "places"), rules)
    if lines:
        yield Fault(
            "TS312",
            f"In {lines:,} lines of places what is hidden could be worked out from the rest and the nation.",
            why="Somebody could work out how few people stand behind a number.",
            fix="Report this: no project should reach this point. Nothing was published.",
        )
    for breach in (*attack_folder(folder, shelf).breaches, *_inside(folder / "data" / "package.zip", shelf)):
        yield Fault(
            "TS312",
            f"The table '{breach.family}' gives away what it hides ({breach.attack}, {breach.cells:,} cells).",
            where=breach.meaning,
            why="Somebody could work out how few people stand behind a number.",
            fix="Report this: no project should reach this point. Nothing was published.",
        )


def _inside(archive: Path, shelf: Shelf) -> tuple[Breach, ...]:
    """The attacks on the tables of the data package."""
    if not archive.is_file():
        return ()
    with scratch() as folder, ZipFile(archive) as package:
        for entry in package.infolist():
            path = PurePosixPath(entry.filename)
            if len(path.parts) != 1 or path.suffix not in PACKED or entry.file_size > LARGEST:
                return (Breach("package.zip", "unknown file", 1, "the package holds what this program does not write"),)
            if path.suffix in (".csv", ".parquet"):
                (folder / path.name).write_bytes(package.read(entry))
        return attack_folder(folder, shelf).breaches


def _cells(folder: Path) -> list[Cell]:
    found: list[Cell] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            found += [published_cell(row) for row in csv.DictReader(stream)]
    return found


def _hidden_in_scripts(folder: Path) -> Iterator[Fault]:
    """Cells of the page on which readers choose must be those of the tables, which were attacked."""
    for path in sorted((folder / "data" / "explore").glob("*.js")):
        if path.stem == "index":
            continue
        head, _, rest = path.read_text("utf-8").partition("=")
        cells = json.loads(rest.rstrip().rstrip(";")) if HEAD.fullmatch(head) else [[head] * 10]
        table = folder / "data" / "measures" / f"{path.stem}.csv"
        with table.open(encoding="utf-8", newline="") as stream:
            known = {
                (
                    _place(row),
                    row["period_start"],
                    row["period_end"],
                    _end(row["lower"]),
                    _end(row["upper"]),
                    row["status"],
                )
                for row in csv.DictReader(stream)
            }
        strangers = [cell for cell in cells if (*cell[2:7], cell[9]) not in known]
        if strangers:
            yield Fault(
                "TS312",
                f"{len(strangers):,} cells of data/explore/{path.name} do not stand in the table that was attacked.",
                why="What a page shows must have passed the gate.",
                fix="Write the site anew: tallystick site build.",
            )


def _place(row: dict[str, str]) -> str:
    return "" if row["place_type"] == "nation" else f"{row['place_type']} {row['place']}"


def _end(text: str) -> float | None:
    return float(text) if text else None


def _broken(folder: Path) -> Iterator[Fault]:
    pages = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.html"))}
    ids = {name: set(IDS.findall(text)) for name, text in pages.items()}
    languages = sorted({name.split("/")[0] for name in pages if re.fullmatch(r"[a-z]{2}/index\.html", name)})
    for name, text in pages.items():
        for target in dict.fromkeys(LINK.findall(text)):
            missing = _missing(folder, name, html.unescape(target), ids)
            if missing:
                yield _fault(name, missing)
        weight = len(text.encode()) + _loaded(folder, name, text)
        if weight > HEAVIEST:
            yield _fault(name, f"weighs {weight / 1000:,.0f} KB with what it loads; {HEAVIEST // 1000} KB is the most")
        for other in languages if name.split("/")[0] in languages else ():
            if f"{other}/{name.partition('/')[2]}" not in pages:
                yield _fault(name, f"has no twin in '{other}'")
        if re.fullmatch(r"[a-z]{2}/claims/[^/]+\.html", name):
            yield from _unknown_numbers(folder, name, text)


def _fault(page: str, what: str) -> Fault:
    return Fault("TS243", f"{page} {what}.", fix="Write the site anew: tallystick site build.")


def _missing(folder: Path, page: str, target: str, ids: dict[str, set[str]]) -> str:
    """What a link misses; empty where it leads somewhere."""
    if re.match(r"[a-z]+:", target):
        return ""
    place, _, mark = target.partition("#")
    other = _resolved(page, unquote(place)) if place else page
    if other is None or not (folder / other).is_file():
        return f"links to what is not there: {target[:80]}"
    if mark and other in ids and mark not in ids[other]:
        return f"links to a part that is not there: {target[:80]}"
    return ""


def _resolved(page: str, target: str) -> str | None:
    """The path inside the site that a relative link names; None where it leads out of it."""
    parts = list(PurePosixPath(page).parent.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _loaded(folder: Path, page: str, text: str) -> int:
    """Bytes of what a page loads before anybody does anything."""
    found = 0
    for target in dict.fromkeys(LOADED.findall(text)):
        other = _resolved(page, target)
        if other is not None and other.endswith((".css", ".js")) and (folder / other).is_file():
            found += (folder / other).stat().st_size
    return found


def _unknown_numbers(folder: Path, page: str, text: str) -> Iterator[Fault]:
    """Every percentage of a bar-table must be an end of a figure in the CSV beside the page."""
    numbers = [value for table in ROWS.findall(text) for value in NUMBER_CELLS.findall(table)]
    if not numbers:
        return
    with (folder / "data" / "claims" / f"{PurePosixPath(page).stem}.csv").open(encoding="utf-8", newline="") as stream:
        ends = {float(row[name]) * 100 for row in csv.DictReader(stream) for name in ("lower", "upper") if row[name]}
    for value in dict.fromkeys(numbers):
        shown = float(value.replace(",", ""))
        if not any(abs(shown - end) <= 0.1 + 1e-9 for end in ends):
            yield _fault(page, f"shows {value}%, which does not stand in its CSV")
