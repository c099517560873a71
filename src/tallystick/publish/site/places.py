"""Pages of places: the same measures for every area, state, facility and county, beside the nation; never a ranking."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.measures.cell import Cell
from tallystick.publish import words as say
from tallystick.publish.bars import cell_ends
from tallystick.publish.citing import cited
from tallystick.publish.language import composed_said, language, said
from tallystick.publish.page import Page, Setting, first_up
from tallystick.publish.site.frame import Frame
from tallystick.publish.site.measures import about_cells, cells_csv, row_of
from tallystick.publish.site.texts import list_page
from tallystick.terms.period import fiscal_year_of

KINDS = {"state": "States", "area": "Areas of responsibility", "facility": "Facilities", "county": "Counties"}
KIND = {"state": "State", "area": "Area of responsibility", "facility": "Facility", "county": "County"}


@dataclass(frozen=True)
class LineShown:
    """One measure of the standard page: its title, the cells of the place and of the nation."""

    title: str
    part: str
    here: tuple[Cell, ...]
    nation: tuple[Cell, ...]


@dataclass(frozen=True)
class PlaceShown:
    """A place with the standard page of one release."""

    kind: str
    name: str
    title: str
    release: str
    lines: tuple[LineShown, ...]
    left_out: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Its name as a file: its kind and letters, digits and dashes."""
        return f"{self.kind}-{re.sub(r'[^a-z0-9]+', '-', self.name.casefold()).strip('-') or 'unnamed'}"


def named_apart(places: Sequence[PlaceShown]) -> list[tuple[PlaceShown, str]]:
    """Places with the names of their files, none of them twice."""
    found: dict[str, PlaceShown] = {}
    for place in places:
        name, number = place.file, 1
        while name in found:
            number += 1
            name = f"{place.file}-{number}"
        found[name] = place
    return [(place, name) for name, place in found.items()]


def place_pages(frame: Frame, places: Sequence[PlaceShown]) -> list[Page]:
    """The list of places by kind, and a page for each."""
    named = named_apart([place for place in places if place.kind != "county"])
    groups = [
        (said(KINDS[kind]), [_entry(place, name) for place, name in named if place.kind == kind])
        for kind in KINDS
        if any(place.kind == kind for place, _ in named)
    ]
    lead = [said("Places stand in the order of the alphabet. Nothing here ranks them.")]
    if not named:
        lead = [
            said("There is no figure by place in reach here: workbooks of printed figures are about the nation."),
            said("Pages of states, areas, facilities and counties are written from released records. Build them with:"),
            "tallystick build FILES --project my-records",
            "tallystick site build --project my-records",
        ]
    return [
        list_page(frame, "places/index.html", said("Places"), lead, groups),
        *(_place_page(frame, place, name) for place, name in named),
    ]


def _entry(place: PlaceShown, name: str) -> dict[str, str]:
    return {"href": f"{name}.html", "title": _named(place)}


def _place_page(frame: Frame, place: PlaceShown, name: str) -> Page:
    title = _named(place)
    return frame.page(
        "place.html",
        f"places/{name}.html",
        here="places/index.html",
        crumbs=[(said("Places"), "places/index.html"), (title, "")],
        name=title,
        kind=said(KIND[place.kind]),
        subtitle=place.release,
        blocks=[_block(line) for line in place.lines],
        left_out=[composed_said(entry) for entry in place.left_out],
        **frame.numbers(f"data/places/{name}.csv", 2),
        command=f"tallystick place {shlex.quote(place.name)} --kind {place.kind}{frame.setting.flag}",
        cited=cited(frame.setting, title, f"{language()}/places/{name}.html"),
    )


def _block(line: LineShown) -> dict[str, Any]:
    """The newest whole year of a measure with its bar, and all years as a table."""
    here, nation = _by_year(line.here), _by_year(line.nation)
    years = sorted({*here, *nation})
    newest = next((year for year in reversed(years) if year in here and here[year].bound is not None), None)
    chosen = newest if newest is not None else (years[-1] if years else None)
    own = [(said("here"), here.get(chosen)), (said("the nation"), nation.get(chosen))] if chosen is not None else []
    is_count = bool(line.here) and line.here[0].value_unit != "fraction"
    known = [(name, cell) for name, cell in own if cell is not None]
    tracks = cell_ends(cell for _, cell in known[: 1 if is_count else None])
    rows = [row_of(cell, name, tracks, draws=not is_count or place == 0) for place, (name, cell) in enumerate(known)]
    title = first_up(said(line.title)) + (f": {said(line.part)}" if line.part else "")
    return {
        "title": f"{title}, FY{chosen}" if chosen is not None else title,
        "rows": rows,
        "columns": [said("Where"), *(f"FY{year}" for year in years)],
        "years": [
            [name, *(_written(cells.get(year)) for year in years)]
            for name, cells in ((said("here"), here), (said("the nation"), nation))
        ]
        if len(years) > 1
        else [],
    }


def _by_year(cells: Sequence[Cell]) -> dict[int, Cell]:
    return {fiscal_year_of(cell.period_end): cell for cell in cells}


def _written(cell: Cell | None) -> str:
    if cell is None:
        return said("none")
    if cell.bound is None:
        return said("hidden [c]") if cell.status == "suppressed" else said("none")
    return " – ".join(dict.fromkeys(say.ends(cell)))


def _named(place: PlaceShown) -> str:
    """A name as released, in every language; what is not known is said."""
    return said(place.title) if place.title == "unknown" else place.title


def place_csv(place: PlaceShown, *, invented: bool) -> str:
    """The cells of a place as CSV."""
    return cells_csv([cell for line in place.lines for cell in line.here], invented=invented)


def place_data(places: Sequence[PlaceShown], setting: Setting) -> Iterator[Page]:
    """The numbers of each place, and what they mean."""
    for place, name in named_apart(places):
        text = place_csv(place, invented=setting.made_up)
        if text:
            about = {"title": place.title, **about_cells(setting, place.title, f"en/places/{name}.html")}
            yield Page(f"data/places/{name}.csv", text)
            yield Page(f"data/places/{name}.metadata.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")


def county_tables(places: Sequence[PlaceShown]) -> list[dict[str, Any]]:
    """Detainers by the jail that was asked, year by year, one table for each release."""
    found = []
    for kind, measure, title in COUNTY_TABLES:
        own = [
            (place, line)
            for place in places
            if place.kind == kind
            for line in place.lines
            if line.here and line.here[0].measure == measure
        ]
        for release in dict.fromkeys(place.release for place, _ in own):
            lines = [(place, line) for place, line in own if place.release == release]
            years = sorted({year for _, line in lines for year in _by_year(line.here)})
            rows = [
                [_named(place), *(_written(_by_year(line.here).get(year)) for year in years)] for place, line in lines
            ]
            found.append(
                {
                    "title": said(title),
                    "caption": said("{title}, by fiscal year, {release}", title=said(title), release=release),
                    "columns": [said("Where"), *(f"FY{year}" for year in years)],
                    "rows": rows,
                    "csv": "",
                }
            )
    return found


COUNTY_TABLES = (("facility", "counts/detainers-issued", "Detainers by the jail that was asked"),)


def county_page(frame: Frame, tables: Sequence[Mapping[str, Any]], why_none: str) -> Page:
    """Requesting jails by year: a table, because most of them are small."""
    return frame.page(
        "counties.html",
        "counties.html",
        crumbs=[(said("Claims"), "index.html"), (said("Counties"), "")],
        tables=tables,
        why_none=why_none,
    )
