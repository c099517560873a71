"""The standard page of one place: the same measures for every state, area, county or facility, beside the nation."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tallystick.clear.disclosure import clear_places
from tallystick.clear.rules import DisclosureRules, disclosure_rules
from tallystick.counting import records_of
from tallystick.following import span_of
from tallystick.gather import rules_of
from tallystick.measured import SILENT, desk, seen_from_afar
from tallystick.measures.cell import Cell, MeasuredCells
from tallystick.measures.unit_measure import CombinedMeasure
from tallystick.measuring import count_together
from tallystick.question import Desk, Question
from tallystick.relating import measured_cells
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import TallystickError, cannot
from tallystick.terms.period import fiscal_year_of

KINDS = ("state", "area", "facility", "county")


class PlaceRow(Strict, frozen=True, kw_only=True):
    """One measure of the standard page; without variants all of them.

    `published_by` are kinds of place in order: a site publishes it by the first that a release supports and by no
    other. Counties lie in states and facilities in areas: two kinds side by side would narrow hidden counts.
    """

    measure: str
    title: str
    variants: tuple[str, ...] = ()
    published_by: tuple[str, ...] = KINDS


class PlacePage(Strict, frozen=True, kw_only=True):
    """``place.toml``."""

    rows: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class PlaceLine:
    """One line of the page: a meaning of a measure, with the cells of the place and of the nation, year by year."""

    measure: str
    title: str
    here: tuple[Cell, ...]
    nation: tuple[Cell, ...]
    part: str = ""


@dataclass(frozen=True)
class PlaceFound:
    """The page of a place from one release."""

    release: str
    kind: str
    place: str
    years: tuple[str, ...]
    lines: tuple[PlaceLine, ...]
    left_out: tuple[str, ...]


def place_pages(
    project: Path | None,
    shelf: Shelf,
    name: str,
    *,
    kind: str = "",
    release: str = "",
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
) -> tuple[list[PlaceFound], bool, str]:
    """The standard page of a place, from every release of a project that knows it.

    Args:
        project: the project folder.
        shelf: the definitions.
        name: a state (name or code), area of responsibility, facility code, or county.
        kind: state, area, facility or county, where a name alone does not tell.
        release: one release.
        progress: told (what, done, of).

    Returns:
        The pages, whether the records are made up, and the identity of the release set.

    Raises:
        TallystickError: TS183, TS189 for an unknown kind, TS190 where no release knows the place.
    """
    if kind and kind not in KINDS:
        raise cannot("TS189", f"'{kind[:40]}' is no kind of place.", fix=f"Kinds: {', '.join(KINDS)}.")
    asked = records_of(project, release)
    page = shelf.read("place.toml", PlacePage)
    found, seen = [], set[str]()
    for one in asked.releases:
        with desk(asked, one, shelf) as opened:
            for own in (kind,) if kind else KINDS:
                names = _spellings(shelf, asked.agency, own, name)
                result = _page(opened, page, own, names, seen, progress)
                if result is not None:
                    found.append(result)
                    break
    if not found:
        close = difflib.get_close_matches(name, sorted(seen), n=3, cutoff=0.6)
        near = f"Near: {', '.join(close)}." if close else "measure run counts/arrests-made --place area lists areas."
        raise cannot("TS190", f"No release of this project knows a place called '{name[:60]}'.", fix=near)
    return found, asked.invented, asked.release_set


def _spellings(shelf: Shelf, agency: str, kind: str, name: str) -> set[str]:
    """How a place may stand in the records."""
    found = {name.casefold()}
    if kind == "state":
        value = rules_of(shelf, agency).codebook.vocabularies["states"].look_up(name)
        found |= {value.casefold()} if value else set()
    return found


def _page(
    opened: Desk, page: PlacePage, kind: str, names: set[str], seen: set[str], progress: Callable[[str, int, int], None]
) -> PlaceFound | None:
    """The page of a place of one kind; None where no unit of the release lies there."""
    release = opened.bench.acts.opened.release
    _, closes = span_of(release)
    lines: list[PlaceLine] = []
    left_out: list[str] = []
    place, any_supported = "", False
    question = seen_from_afar(Question(place=kind, period="fiscal_year"), closes)
    for number, row in enumerate(page.rows):
        progress("Measuring the place", number, len(page.rows))
        if number == 2:  # by now it is clear whether the place is of this kind
            count_together(opened, [one.measure for one in page.rows[2:]], question)
        try:
            cells = measured_cells(opened, row.measure, question)
        except TallystickError as error:
            if error.faults[0].code not in (*SILENT, "TS189"):
                raise
            left_out.append(f"{row.title} ({row.measure}): {error.faults[0].text}")
            continue
        any_supported = True
        seen |= {cell.place for cell in cells if cell.place_type == kind}
        place = place or _spelled(cells, kind, names)
        if not place and number:
            break
        shown = clear_places(MeasuredCells(tuple(cells)), closes_on=closes).cells
        here = [cell for cell in shown if cell.place_type == kind and cell.place == place]
        lines += _lines(opened, row, here, [cell for cell in shown if cell.place_type == "nation"])
    progress("Measuring the place", len(page.rows), len(page.rows))
    if not any_supported or not place:
        return None
    years = sorted({f"FY{fiscal_year_of(cell.period_end)}" for line in lines for cell in line.nation})
    return PlaceFound(release.id, kind, place, tuple(years), tuple(lines), tuple(left_out))


def _spelled(cells: Iterable[Cell], kind: str, names: set[str]) -> str:
    """How a place stands in the records; empty where no unit lies there."""
    found = (cell.place for cell in cells if cell.place_type == kind and cell.place.casefold() in names)
    return next(found, "")


def _lines(opened: Desk, row: PlaceRow, here: Sequence[Cell], nation: Sequence[Cell]) -> Iterable[PlaceLine]:
    measure = opened.book.measure(row.measure)
    titles = {} if isinstance(measure, CombinedMeasure) else {one.id: one.title for one in measure.variants}
    for variant in row.variants or tuple(titles) or ("",):
        title = f"{row.title}: {titles[variant]}" if variant else row.title
        yield PlaceLine(row.measure, title, tuple(_of_variant(here, variant)), tuple(_of_variant(nation, variant)))


def _of_variant(cells: Iterable[Cell], variant: str) -> list[Cell]:
    return [cell for cell in cells if cell.variant.partition(" ")[2] == variant]


def every_place(
    project: Path | None,
    shelf: Shelf,
    kinds: Sequence[str] = KINDS,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
) -> list[PlaceFound]:
    """The standard page of every place of every release, cleared together with the nation: what a site publishes.

    Args:
        project: the project folder.
        shelf: the definitions.
        kinds: which kinds of place.
        progress: told (what, done, of).

    Returns:
        One entry for each release and place, in the order of the alphabet; places of which nothing may be shown are
        left out.

    Raises:
        TallystickError: TS183 where there are no records.
    """
    asked = records_of(project, "")
    page = shelf.read("place.toml", PlacePage)
    rules = disclosure_rules(shelf)
    found: list[PlaceFound] = []
    for number, one in enumerate(asked.releases):
        progress("Measuring places", number, len(asked.releases))
        with desk(asked, one, shelf) as opened:
            found += _places_of(opened, page, kinds, rules)
    progress("Measuring places", len(asked.releases), len(asked.releases))
    return found


def _places_of(opened: Desk, page: PlacePage, kinds: Sequence[str], rules: DisclosureRules) -> list[PlaceFound]:
    """Every place of one release, each row by the first of its kinds that the release supports; others are named."""
    lines: dict[tuple[str, str], list[PlaceLine]] = {}
    left_out: list[str] = []
    why = ""
    for row in page.rows:
        for kind in (own for own in row.published_by if own in kinds):
            try:
                cells = _published_cells(opened, row, kind, rules)
            except TallystickError as error:
                if error.faults[0].code not in (*SILENT, "TS189"):
                    raise
                why = error.faults[0].text
                continue
            for name in sorted({cell.place for cell in cells if cell.place_type == kind and cell.bound}):
                lines.setdefault((kind, name), []).extend(_published(opened, row, cells, kind, name))
            break
        else:
            left_out.append(f"{row.title} ({row.measure}): {why}")
    release = opened.bench.acts.opened.release.id
    return [
        PlaceFound(release, kind, name, (), tuple(own), tuple(left_out)) for (kind, name), own in sorted(lines.items())
    ]


def _published_cells(opened: Desk, row: PlaceRow, kind: str, rules: DisclosureRules) -> tuple[Cell, ...]:
    """The cells of one row for all places of a kind and the nation, as a site shows them."""
    _, closes = span_of(opened.bench.acts.opened.release)
    question = seen_from_afar(Question(place=kind, period="fiscal_year"), closes)
    cells = measured_cells(opened, row.measure, question)
    own = tuple(cell for cell in cells if not row.variants or cell.variant.partition(" ")[2] in row.variants)
    return clear_places(MeasuredCells(own), rules=rules, closes_on=closes, publishes=True).cells


def _published(opened: Desk, row: PlaceRow, cells: Sequence[Cell], kind: str, name: str) -> Iterable[PlaceLine]:
    measure = opened.book.measure(row.measure)
    titles = {} if isinstance(measure, CombinedMeasure) else {one.id: one.title for one in measure.variants}
    for variant in row.variants or tuple(titles) or ("",):
        own = _of_variant(cells, variant)
        here = tuple(cell for cell in own if (cell.place_type, cell.place) == (kind, name))
        nation = tuple(cell for cell in own if cell.place_type == "nation")
        if here:
            yield PlaceLine(row.measure, row.title, here, nation, titles.get(variant, ""))
