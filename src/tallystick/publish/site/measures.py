"""Pages of measures: the newest figure of each meaning as a bar, the series as a line, the definition, the limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from tallystick.measures.cell import Cell
from tallystick.publish import words as say
from tallystick.publish.bars import cell_bar, cell_ends
from tallystick.publish.citing import cited
from tallystick.publish.language import composed_said, language, said
from tallystick.publish.page import Page, Setting, positions, to_csv
from tallystick.publish.site.claims import trend_told
from tallystick.publish.site.frame import Frame
from tallystick.publish.site.texts import list_page
from tallystick.publish.tidy import export_table
from tallystick.publish.timeline import Moment, time_line
from tallystick.terms.bound import Bound
from tallystick.terms.period import fiscal_year_of


@dataclass(frozen=True)
class MeasureShown:
    """A measure with its cleared national cells.

    Attributes:
        id: family and name.
        title: what it is called.
        basis: figures or records.
        definition: (what, text) of what is counted, of whom, out of what, when.
        cannot_say: what the records cannot tell.
        variants: id -> title of each meaning of its numerator, in order.
        groups: value -> words, for those it is told apart by.
        cells: its cells; none where nothing in reach can be counted.
        claims: (id, title) of the claims that read it.
        identity: hash of the definition.
    """

    id: str
    title: str
    basis: str
    definition: tuple[tuple[str, str], ...]
    cannot_say: tuple[str, ...]
    variants: Mapping[str, str]
    groups: Mapping[str, str]
    cells: tuple[Cell, ...]
    claims: tuple[tuple[str, str], ...]
    identity: str

    @property
    def file(self) -> str:
        """Its name as a file."""
        return self.id.replace("/", "-")

    @property
    def counts_several(self) -> bool:
        """Whether its cells count units of more than one kind, such as arrests and persons."""
        return len({cell.unit for cell in self.cells}) > 1


def measure_pages(frame: Frame, measures: Sequence[MeasureShown]) -> list[Page]:
    """The list of measures by family, and a page for each."""
    families: dict[str, list[dict[str, str]]] = {}
    for one in sorted(measures, key=lambda own: own.id):
        about = "" if one.cells else said("no figure in reach here")
        entry = {"href": f"{one.file}.html", "title": said(one.title), "about": about}
        families.setdefault(one.id.partition("/")[0], []).append(entry)
    groups = [(said(f"family: {name}"), entries) for name, entries in families.items()]
    lead = [
        said("A measure says what is counted, of whom, out of what and when. Without any of these it does not load."),
        said("Measures over printed figures work with this site; measures over records need a release of records."),
    ]
    return [
        list_page(frame, "measures/index.html", said("Measures"), lead, groups),
        *(_measure_page(frame, one) for one in measures),
    ]


def _measure_page(frame: Frame, own: MeasureShown) -> Page:
    title = said(own.title)
    newest = _newest(own.cells)
    tracks = cell_ends(newest)
    years = _years(own)
    flag = frame.setting.flag or " --project DIR"
    command = (
        f"tallystick measure run {own.id} --period fiscal_year{flag}"
        if own.basis == "records"
        else f"tallystick sql{frame.setting.flag} \"select * from cells where measure = '{own.id}'\""  # noqa: S608  # a command to show, not to run
    )
    return frame.page(
        "measure.html",
        f"measures/{own.file}.html",
        here="measures/index.html",
        crumbs=[(said("Measures"), "measures/index.html"), (title, "")],
        title=title,
        basis=said(BASIS[own.basis]),
        chart=_chart(own),
        latest=[row_of(cell, what_of(own, cell), tracks) for cell in newest],
        latest_title=_latest_title(newest, tracks),
        why_none=said("It needs a release of records; the definition below says what it would count."),
        **frame.numbers(f"data/measures/{own.file}.csv", 2),
        years=years[1],
        year_columns=[said("What"), *years[0]],
        right=range(1, 1 + len(years[0])),
        definition=[(said(name), said(value)) for name, value in own.definition],
        cannot_say=[said(sentence) for sentence in own.cannot_say],
        claims=[{"title": said(name), "href": f"claims/{claim}.html"} for claim, name in own.claims],
        command=command,
        hash=own.identity[:16],
        cited=cited(frame.setting, title, f"{language()}/measures/{own.file}.html"),
    )


BASIS = {
    "figures": "A measure over figures that the agency printed.",
    "records": "A measure over released records.",
}


def what_of(own: MeasureShown, cell: Cell) -> str:
    """What a cell counts, and of whom, in words."""
    variant = variant_of(cell)
    name = said(own.variants.get(variant, variant)) if variant else ""
    if cell.tier:
        name = said(cell.tier)
    group = ", ".join(said(own.groups.get(value, value)) for _, value in cell.split)
    unit = said(cell.unit) if own.counts_several else ""
    return "; ".join(part for part in (name, group, unit) if part) or said(own.title)


def variant_of(cell: Cell) -> str:
    """The meaning of its numerator; cells over records name their release before it."""
    return cell.variant if cell.basis == "figures" else cell.variant.partition(" ")[2]


def row_of(cell: Cell, title: str, tracks: Mapping[str, Fraction], *, draws: bool = True) -> dict[str, Any]:
    """A cell as a row with its bar, unless it `draws` none because it would dwarf the others."""
    low, high = say.ends(cell)
    bar = cell_bar(cell, tracks) if draws else None
    whole = cell.denominator
    show_whole = whole is not None and cell.statistic == "share"
    return {
        "title": title,
        "low": low,
        "high": high,
        "bar": positions(bar) if bar else None,
        "whole": whole_of(whole) if show_whole and whole else "",
        "note": composed_said(cell.note),
        "status": said(STATUS.get(cell.status, cell.status)) if not low else "",
    }


def whole_of(whole: Bound) -> str:
    """What a share is taken of: a count, or both ends of it."""
    ends = [say.number(Fraction(round(end))) for end in (whole.lower, whole.upper)]
    return ends[0] if ends[0] == ends[1] else say.words().figure["from_to"].format(first=ends[0], last=ends[1])


STATUS = {
    "suppressed": "hidden to protect people [c]",
    "not_released": "not released [x]",
    "not_applicable": "does not apply [z]",
    "ok": "no figure",
    "rounded": "no figure",
}


def _newest(cells: Iterable[Cell]) -> list[Cell]:
    """The newest cell of each meaning and group that has a figure, in the order in which they come."""
    found: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        if cell.bound is not None and cell.place_type == "nation":
            key = (cell.variant, cell.split, cell.policy, cell.tier, cell.unit, cell.q)
            if key not in found or _span(found[key]) < _span(cell):
                found[key] = cell
    return list(found.values())


def _span(cell: Cell) -> tuple[object, ...]:
    return cell.period_end, cell.period_start


def _latest_title(cells: Sequence[Cell], tracks: Mapping[str, Fraction]) -> str:
    days = sorted({say.day(cell.period_end): cell.period_end for cell in cells}.items(), key=lambda pair: pair[1])
    if not days:
        return ""
    until = said("The newest figures, of {day}", day=days[-1][0])
    if len(days) > 1:
        until = said("The newest figures, of {first} to {last}", first=days[0][0], last=days[-1][0])
    return f"{until}. {say.track_words(tracks)}" if tracks else until


def _chart(own: MeasureShown) -> Markup | None:
    """The first meaning of a share or ratio over time, where it has two days or more."""
    cells = [cell for cell in own.cells if cell.bound is not None and cell.place_type == "nation"]
    if not cells or cells[0].statistic == "difference":
        return None
    first = next((cell for cell in cells if ("arresting_agency", "All") in cell.split), cells[0])
    line = sorted(
        (
            cell
            for cell in cells
            if (cell.variant, cell.split, cell.tier, cell.unit) == (first.variant, first.split, first.tier, first.unit)
            and (cell.basis == "figures" or _is_a_year(cell))
        ),
        key=_span,
    )
    if len({cell.period_end for cell in line}) < 3:
        return None
    moments = [Moment(cell.period_end, float(cell.bound.lower), float(cell.bound.upper)) for cell in line if cell.bound]
    is_share = first.value_unit == "fraction" and max(one.high for one in moments) <= 1
    return time_line(
        what_of(own, first), trend_told(line), moments, _axis(first), most=1.0 if is_share else None, key="series"
    )


def _is_a_year(cell: Cell) -> bool:
    return (cell.period_end - cell.period_start).days <= 366


def _axis(cell: Cell) -> Callable[[float], str]:
    if cell.value_unit == "fraction":
        return lambda value: f"{value * 100:.0f}%"
    return lambda value: f"{value:,.10g}"


def _years(own: MeasureShown) -> tuple[list[str], list[list[str]]]:
    """The last figure of each fiscal year, by meaning and group."""
    found: dict[str, dict[int, Cell]] = {}
    for cell in own.cells:
        if cell.place_type != "nation" or not (cell.basis == "figures" or _is_a_year(cell)):
            continue
        by_year = found.setdefault(what_of(own, cell), {})
        year = fiscal_year_of(cell.period_end)
        if cell.bound is not None and (year not in by_year or _span(by_year[year]) < _span(cell)):
            by_year[year] = cell
    years = sorted({year for by_year in found.values() for year in by_year})
    rows = [
        [what, *(_dated(by_year[year]) if year in by_year else "" for year in years)]
        for what, by_year in found.items()
        if by_year
    ]
    return [f"FY{year}" for year in years], rows


def _dated(cell: Cell) -> str:
    """Both ends of a cell; of a single day also which, because an issue can lie days after a fiscal year began."""
    ends = " – ".join(dict.fromkeys(say.ends(cell)))
    return f"{ends} ({say.day(cell.period_end)})" if cell.period_start == cell.period_end else ends


def cells_csv(cells: Sequence[Cell], *, invented: bool) -> str:
    """Cells as CSV in the tidy shape of exports; the identity of the definition stands in the metadata."""
    whole = export_table("cells", (cell.row() for cell in cells), invented=invented)
    rows = [dict(zip(whole.names, map(_plain, row), strict=True)) for row in whole.rows]
    return to_csv([{name: value for name, value in row.items() if name != "definition_hash"} for row in rows])


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def measure_data(own: MeasureShown, setting: Setting) -> list[Page]:
    """The numbers of one measure as CSV, and what they mean as JSON."""
    text = cells_csv(own.cells, invented=setting.made_up)
    if not text:
        return []
    told = {
        "title": own.title,
        **{name.lower().replace(" ", "_"): value for name, value in own.definition},
        "cannot_say": list(own.cannot_say),
        **about_cells(setting, own.title, f"en/measures/{own.file}.html"),
        "definition": own.identity,
    }
    return [
        Page(f"data/measures/{own.file}.csv", text),
        Page(f"data/measures/{own.file}.metadata.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n"),
    ]


def about_cells(setting: Setting, title: str, path: str) -> dict[str, Any]:
    """What the metadata of a table of cells says besides its title."""
    columns = export_table("cells", (), invented=setting.made_up).columns
    return {
        "provider": setting.credit,
        "processing": "Counted by tallystick with lower and upper ends; passed disclosure control.",
        "citation": cited(setting, title, path)["full"],
        "release_set": setting.release_set,
        "invented": setting.made_up,
        "columns": {column.name: column.meaning for column in columns if column.name != "definition_hash"},
    }
