"""Data quality and downloads: what was read, what dates it, what is missing; every file that can be taken along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.publish.citing import cited
from tallystick.publish.language import language, said
from tallystick.publish.page import Page
from tallystick.publish.site.frame import Frame, size_words
from tallystick.publish.site.measures import MeasureShown
from tallystick.terms.period import fiscal_year_of

IN_FULL = ("quality.csv", "ledger.csv", "sources.csv")
WHAT = {
    "package": "all of the files below in one, to take along",
    "cells": "every published value of every measure",
    "verdicts": "every reading of every claim",
    "sources": "every file that was read",
    "quality": "every finding of every check",
    "ledger": "everything that was dropped, merged or hidden",
    "dictionary": "what every column means, in English and Spanish",
    "datapackage": "description for programs (Frictionless)",
    "croissant": "description for programs (Croissant)",
    "data": "description for catalogues (DCAT-US)",
    "metadata": "descriptions for Datasette",
    "README": "what is in the package and how to read it",
    "CITATION": "how to cite the package",
    "SHA256SUMS": "hashes of all files",
}


@dataclass(frozen=True)
class QualityShown:
    """Tables of a project that say how good its figures are; rows as they stand there."""

    sources: Sequence[Mapping[str, Any]]
    quality: Sequence[Mapping[str, Any]]
    ledger: Sequence[Mapping[str, Any]]
    checks: Mapping[str, tuple[str, str]]
    obtained: Mapping[str, str]
    seams: Sequence[str] = ()


def quality_page(frame: Frame, own: QualityShown, measures: Sequence[MeasureShown]) -> Page:
    """What there is year by year, files, findings of checks, what was left out, seams."""
    years, grid = _grid(measures)
    return frame.page(
        "quality.html",
        "quality.html",
        crumbs=[(said("Claims"), "index.html"), (said("Data quality"), "")],
        grid_columns=[said("Measure"), *(f"FY{year}" for year in years)],
        grid=grid,
        file_columns=[said(name) for name in ("File", "Published", "Rows", "Provenance", "Obtained from", "SHA-256")],
        files=[
            (
                str(row["file"]),
                str(row.get("issue") or row.get("release") or ""),
                f"{int(row['rows'] or 0):,}",
                said(str(row["provenance"] or "")),
                own.obtained.get(str(row["sha256"]), ""),
                str(row["sha256"])[:16],
            )
            for row in own.sources
        ],
        check_columns=[said(name) for name in ("Check", "What followed", "Findings", "Tables", "Why it matters")],
        checks=_checks(own.quality, own.checks),
        ledger_columns=[said(name) for name in ("What was done", "Why", "Times", "Rows")],
        ledger=_ledger(own.ledger),
        seams=[said(text) for text in own.seams],
        downloads=[{"href": "../data/package.zip", "title": f"package.zip ({', '.join(IN_FULL)})"}],
    )


def _grid(measures: Sequence[MeasureShown]) -> tuple[list[int], list[list[Any]]]:
    found = {
        one.id: Counter(
            year
            for year, _ in {
                (fiscal_year_of(cell.period_end), cell.period_end)
                for cell in one.cells
                if cell.bound is not None and cell.place_type == "nation"
            }
        )
        for one in measures
    }
    years = sorted({year for own in found.values() for year in own})
    rows = [
        [
            {"href": f"measures/{one.file}.html", "text": said(one.title)},
            *(str(found[one.id][year]) if found[one.id][year] else "" for year in years),
        ]
        for one in measures
        if found[one.id] or one.basis == "figures"
    ]
    return years, rows


def _checks(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, tuple[str, str]]) -> list[list[str]]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((str(row["check"] or ""), str(row.get("status") or "")), []).append(row)
    return [
        [
            said(titles[check][0] if check in titles else check),
            said(followed),
            f"{len(own):,}",
            f"{len({row.get('table') for row in own}):,}",
            said(str(own[0].get("why") or "")),
        ]
        for (check, followed), own in sorted(groups.items())
    ]


def _ledger(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        gone = int(row["rows_in"] or 0) - int(row["rows_out"] or 0)
        groups.setdefault((str(row["act"] or ""), str(row["reason"] or "")), []).append(gone)
    return [
        [said(act), said(reason), f"{len(own):,}", f"{sum(own):,}"] for (act, reason), own in sorted(groups.items())
    ]


def download_page(frame: Frame, package: Sequence[tuple[str, int]], data: Sequence[Page]) -> Page:
    """Everything that can be taken along: the package, each measure, each claim, with sizes.

    Args:
        frame: what all pages share.
        package: (name, bytes) of the files of the data package.
        data: the CSV files of measures and claims.
    """

    def listed(folder: str) -> list[tuple[dict[str, str], str, str]]:
        return [
            (
                {"href": f"../{page.path}", "text": page.path.rpartition("/")[2]},
                size_words(len(page.content.encode())),
                f"{page.content.count(chr(10)) - 1:,}",
            )
            for page in data
            if page.path.startswith(f"data/{folder}/") and page.path.endswith(".csv")
        ]

    return frame.page(
        "download.html",
        "download.html",
        crumbs=[(said("Claims"), "index.html"), (said("Download"), "")],
        package=[(_packed(name), size_words(size), said(_what(name))) for name, size in package],
        measures=listed("measures"),
        claims=listed("claims"),
        cited=cited(frame.setting, said("Everything published here"), f"{language()}/download.html"),
    )


def _packed(name: str) -> dict[str, str] | str:
    """The package as a link; what is inside it by name."""
    return {"href": f"../data/{name}", "text": name} if name.endswith(".zip") else name


def _what(name: str) -> str:
    return WHAT.get(name.partition(".")[0], "everything in one file")
