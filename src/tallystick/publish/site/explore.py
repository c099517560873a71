"""Published cells for the page on which readers choose: one script for each measure, fetched when it is chosen.

Scripts that set a global work from a folder, where browsers refuse to fetch data. Every cell in them passed the gate
before they were written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tallystick.measures.cell import Cell, written
from tallystick.publish.language import said
from tallystick.publish.page import Page
from tallystick.publish.site.frame import Frame
from tallystick.publish.site.measures import MeasureShown, variant_of

SHOWN = ("count", "share", "mean", "ratio", "rate", "quantile", "difference")


def explore_page(frame: Frame) -> Page:
    """The page; what fills it stands in scripts."""
    return frame.page(
        "explore.html",
        "explore.html",
        crumbs=[(said("Claims"), "index.html"), (said("Explore"), "")],
        texts={
            "all": said("all"),
            "nation": said("the nation"),
            "every": said("every year"),
            "rows": said("rows"),
            "none": said("No figure for this choice."),
            "hidden": said("hidden to protect people [c]"),
        },
    )


def explore_data(
    by_language: Mapping[str, Sequence[Mapping[str, Any]]], measures: Sequence[MeasureShown]
) -> list[Page]:
    """The scripts: an index with titles in every language, and the cells of each measure.

    Args:
        by_language: language -> what `explore_titles` gave in it.
        measures: measures with cells.
    """
    index = _script("TALLYSTICK_INDEX", by_language)
    return [
        Page("data/explore/index.js", index),
        *(
            Page(f"data/explore/{one.file}.js", _script(f"TALLYSTICK_CELLS[{json.dumps(one.id)}]", _cells(one)))
            for one in measures
            if one.cells
        ),
    ]


def explore_titles(measures: Sequence[MeasureShown]) -> list[dict[str, Any]]:
    """Measures, meanings and groups in the language spoken now."""
    return [
        {
            "id": one.id,
            "file": one.file,
            "basis": one.basis,
            "title": said(one.title),
            "what": _whats(one),
            "groups": {name: said(title) for name, title in one.groups.items()},
        }
        for one in measures
        if one.cells
    ]


def _cells(own: MeasureShown) -> list[list[Any]]:
    """What, group, place, first day, last day, lower, upper, out of, unit, status."""
    return [
        [
            _what(own, cell),
            ", ".join(value for _, value in cell.split),
            "" if cell.place_type == "nation" else f"{cell.place_type} {cell.place}",
            cell.period_start.isoformat(),
            cell.period_end.isoformat(),
            written(cell.bound.lower) if cell.bound else None,
            written(cell.bound.upper) if cell.bound else None,
            _whole(cell),
            cell.value_unit,
            cell.status,
        ]
        for cell in own.cells
    ]


def _what(own: MeasureShown, cell: Cell) -> str:
    """What a cell counts, told apart by unit where there are several."""
    name = cell.tier or variant_of(cell)
    return f"{name} | {cell.unit}" if own.counts_several else name


def _whats(own: MeasureShown) -> dict[str, str]:
    """Every meaning in words."""
    found = {name: said(title) for name, title in own.variants.items()}
    if own.counts_several:
        for cell in own.cells:
            name = cell.tier or variant_of(cell)
            found[_what(own, cell)] = f"{said(own.variants.get(name, name))}; {said(cell.unit)}"
    return found


def _whole(cell: Cell) -> int | None:
    return None if cell.denominator is None or cell.statistic != "share" else round(cell.denominator.lower)


def _script(name: str, content: Any) -> str:
    """A script that sets a global; nothing in it can end the script or start another."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return f"{name}={text.replace('<', chr(92) + 'u003c')};\n"
