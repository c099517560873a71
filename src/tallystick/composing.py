"""A static site, written whole or not at all: pages in every language, numbers, the data package, hashes.

It works from a folder and without JavaScript. What was written is attacked before it is moved into place.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tallystick.answers import Records, statement_rows
from tallystick.claims.statement import read_statement
from tallystick.exporting import exported
from tallystick.folders import OURS, output_folder
from tallystick.onslaught import attack_folder
from tallystick.proofreading import proofread
from tallystick.publish.language import language_names, said, speaking
from tallystick.publish.page import Page, Setting, to_csv
from tallystick.publish.site.claims import claim_data, claim_page, home_page, span_of_days, statement_page
from tallystick.publish.site.comparisons import comparison_pages
from tallystick.publish.site.explore import explore_data, explore_page, explore_titles
from tallystick.publish.site.frame import Frame, asset_pages, chooser, tagline
from tallystick.publish.site.measures import measure_data, measure_pages
from tallystick.publish.site.places import county_page, county_tables, place_data, place_pages
from tallystick.publish.site.policies import policy_pages
from tallystick.publish.site.quality import WHAT, download_page, quality_page
from tallystick.publish.site.texts import text_pages
from tallystick.showing import Progress, Showing, SiteWords, project_of, showing
from tallystick.store import scratch
from tallystick.terms.errors import TallystickError, cannot

PACKAGE = ("csv", "parquet", "xlsx", "sqlite")
ARCHIVE = "package.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows: no clock in what is written


@dataclass(frozen=True)
class SiteMade:
    """What was written."""

    pages: int
    files: int
    size: int
    languages: tuple[str, ...]
    invented: bool
    release_set: str


def build_site(
    records: Records,
    folder: Path,
    languages: Sequence[str],
    *,
    base_url: str = "",
    frozen: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> SiteMade:
    """Write a site.

    Args:
        records: the figures in reach.
        folder: where; it must not hold files of others.
        languages: the languages of its pages, English among them.
        base_url: where it will be published; without it nothing in it names an address of its own.
        frozen: keep a copy under ``r/<set>/`` whose address stays when the site is written anew.
        progress: told (what, done, of).

    Raises:
        TallystickError: TS105 for an address that is none; TS107 and TS153 for languages; TS240 where the folder holds
            other files; TS312 where an attack on what was written succeeds.
    """
    names = language_names(records.shelf)
    for one in languages:
        if one not in names:
            raise cannot("TS107", f"There are no pages in '{one[:20]}'.", fix=f"There are: {', '.join(names)}.")
    if base_url and not base_url.startswith(("https://", "http://")):
        raise cannot("TS105", "The address of a site starts with https://.", fix="--base-url https://example.org/site")
    shown = showing(records, progress)
    chosen = {one: names[one] for one in dict.fromkeys(languages)}
    with output_folder(folder) as target:
        return write_site(shown, target, chosen, base_url=base_url, frozen=frozen, kept=folder, progress=progress)


def write_site(
    shown: Showing,
    target: Path,
    languages: Mapping[str, str],
    *,
    base_url: str = "",
    frozen: bool = False,
    kept: Path | None = None,
    progress: Progress = lambda _what, _done, _of: None,
) -> SiteMade:
    """Write a site into a folder that is moved into place afterwards.

    Args:
        shown: what it shows.
        target: the folder.
        languages: language -> its own name.
        base_url: where it will be published.
        frozen: keep a copy under the name of the set.
        kept: a site written before, whose frozen copies stay.
        progress: told (what, done, of).

    Raises:
        TallystickError: TS153; TS312.
    """
    sizes = _package(shown, target)
    pages = list(_all_pages(shown, languages, sizes, base_url, frozen=frozen, progress=progress))
    inside = target.resolve()
    outside = [page.path for page in pages if not (inside / page.path).resolve().is_relative_to(inside)]
    if outside:
        raise cannot("TS151", f"A definition names a page outside the site: {outside[0][:80]}.", fix="Correct its id.")
    for page in pages:
        path = target / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.content, encoding="utf-8", newline="\n")
    progress("Attacking what was written", 0, 1)
    _refuse_what_gives_away(target, shown)
    _write_sums(target)
    if kept is not None and (kept / "r").is_dir():
        shutil.copytree(kept / "r", target / "r", ignore=_links)
    if frozen:
        _freeze(target, shown.records.release_set)
    files = [path for path in target.rglob("*") if path.is_file()]
    count = sum(page.path.endswith(".html") for page in pages)
    size = sum(path.stat().st_size for path in files)
    records = shown.records
    return SiteMade(count, len(files), size, tuple(languages), records.invented, records.release_set)


def _package(shown: Showing, target: Path) -> list[tuple[str, int]]:
    """Everything that is published as one file, attacked before it is packed; and what is inside, with sizes."""
    (target / "data").mkdir(parents=True)
    with scratch() as folder:
        inside = folder / "package"
        exported(shown.records, inside, PACKAGE)
        (inside / OURS).unlink()
        for name, rows in (("quality", shown.quality.quality), ("ledger", shown.quality.ledger)):
            own = (
                [{**row, "invented": "true"} for row in rows] if shown.records.invented else [dict(row) for row in rows]
            )
            (inside / f"{name}.csv").write_text(to_csv(own), encoding="utf-8", newline="\n")
        breaches = attack_folder(inside, shown.records.shelf).breaches
        if breaches:
            raise cannot("TS312", f"The data package would give away what it hides: {breaches[0].meaning}.")
        files = sorted(inside.iterdir())
        with ZipFile(target / "data" / ARCHIVE, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for path in files:
                entry = ZipInfo(path.name, EPOCH)
                entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, path.read_bytes())
        sizes = [(path.name, path.stat().st_size) for path in files]
    return [(ARCHIVE, (target / "data" / ARCHIVE).stat().st_size), *sizes]


def _all_pages(
    shown: Showing,
    languages: Mapping[str, str],
    sizes: Sequence[tuple[str, int]],
    base_url: str,
    *,
    frozen: bool,
    progress: Progress,
) -> Iterator[Page]:
    shelf = shown.records.shelf
    plain = _setting(shown, base_url)
    data = list(_data(shown, plain))
    yield from asset_pages()
    yield from data
    taglines: dict[str, str] = {}
    titles = {}
    for number, name in enumerate(languages):
        progress(f"Writing pages in {languages[name]}", number, len(languages))
        with speaking(name, shelf):
            absent = frozenset({"statement.html"} if shown.records.invented else ())
            frame = Frame(_setting(shown, base_url), languages, absent, frozen=frozen, files=_sizes(data))
            yield from _pages(frame, shown, sizes, data)
            taglines[name] = tagline()
            titles[name] = explore_titles(shown.measures)
    yield from explore_data(titles, shown.measures)
    yield chooser(plain, languages, taglines)


def pages_spoken(shown: Showing, base_url: str = "") -> Iterator[Page]:
    """Every page of a site in the language spoken now, for whoever looks for texts that are missing in it."""
    own = language_names(shown.records.shelf)
    frame = Frame(_setting(shown, base_url), own, frozenset({"statement.html"} if shown.records.invented else ()))
    yield from _pages(frame, shown, [(name, 1) for name in WHAT], ())


def _sizes(data: Sequence[Page]) -> dict[str, tuple[int, int]]:
    """Bytes and rows of the tables."""
    tables = (page for page in data if page.path.endswith(".csv"))
    return {page.path: (len(page.content.encode()), max(page.content.count("\n") - 1, 0)) for page in tables}


def _pages(frame: Frame, shown: Showing, sizes: Sequence[tuple[str, int]], data: Sequence[Page]) -> Iterator[Page]:
    """Every page in the language spoken now."""
    records = shown.records
    statement = None if records.invented else read_statement(records.shelf, agency=records.agency)
    yield home_page(frame, shown.mains, statement)
    titles = {one.id: said(one.title) for one in shown.measures}
    for claim in shown.claims:
        yield from claim_page(frame, claim.verdicts, claim.trend, shown.mains, titles)
    compared = {one.asked.id: said(one.asked.title) for one in shown.comparisons}
    if statement is not None:
        _, dates, rows = statement_rows(records)
        yield statement_page(frame, statement, dates, rows, compared)
    yield from policy_pages(frame, shown.policies)
    yield from measure_pages(frame, shown.measures)
    yield from comparison_pages(
        frame, [(one.asked.id, one.asked.kind, one.asked.title, one.answers, one.why_none) for one in shown.comparisons]
    )
    yield from place_pages(frame, shown.places)
    why = said("Counts by county need a release of records that names counties, or jails that were asked.")
    yield county_page(frame, county_tables(shown.places), why)
    yield quality_page(frame, shown.quality, shown.measures)
    yield download_page(frame, sizes, data)
    yield explore_page(frame)
    yield from text_pages(frame, records.shelf)


def _setting(shown: Showing, base_url: str) -> Setting:
    """What the pages say of their figures, in the language spoken now."""
    records = shown.records
    words = records.shelf.read("site.toml", SiteWords)
    own = words.invented if records.invented else words.shipped if records.kind == "shipped" else words.project
    project = project_of(records)
    return Setting(
        said(own.title) if own.title else records.title,
        records.release_set,
        records.invented,
        said(own.credit),
        f" --project {shlex.quote(project.name)}" if project is not None else "",
        span_of_days(shown.days),
        base_url,
    )


def _data(shown: Showing, setting: Setting) -> Iterator[Page]:
    """Numbers of claims, measures and places, and what is known of their quality; the same for every language."""
    for claim in shown.claims:
        yield from claim_data(claim.verdicts, claim.trend, setting, {})
    for measure in shown.measures:
        yield from measure_data(measure, setting)
    yield from place_data(shown.places, setting)


def _refuse_what_gives_away(target: Path, shown: Showing) -> None:
    """Nothing is published that an attack succeeds on, or that is not whole."""
    findings = proofread(target, shown.records.shelf)
    if findings:
        raise TallystickError(*findings[:12])


def _write_sums(target: Path) -> None:
    paths = sorted(path for path in target.rglob("*") if path.is_file())
    sums = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target).as_posix()}\n" for path in paths
    )
    (target / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _links(folder: str, names: list[str]) -> list[str]:
    """What is linked into a folder is not ours to copy."""
    return [name for name in names if (Path(folder) / name).is_symlink()]


def _freeze(target: Path, release_set: str) -> None:
    """A copy under the name of the set; written anew, it holds the newest pages of that set."""
    copy = target / "r" / release_set
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(target, copy, ignore=shutil.ignore_patterns("r"))
