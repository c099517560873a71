"""What makes a folder of files a data package: descriptions for programs, a dictionary, hashes, a citation."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tallystick import __version__
from tallystick.publish.tidy import STATA_NAME, ExportTable, short_names, spanish

DICTIONARY = ("table", "column", "name_in_stata", "kind", "codes", "meaning", "meaning_es")
HOME = "https://schema.org/"
LICENCE = {"name": "CC0-1.0", "title": "Figures of a US federal agency are in the public domain; so are these tables"}
FIELD = {"text": "string", "number": "number", "date": "date", "bool": "boolean"}
CROISSANT = {"text": "sc:Text", "number": "sc:Float", "date": "sc:Date", "bool": "sc:Boolean"}
CONTEXT: Mapping[str, Any] = {  # of Croissant 1.0, whole: a reader that misses a part of it sees no tables
    "@language": "en", "@vocab": HOME, "sc": HOME, "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        name: f"cr:{name}"
        for name in (
            "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet",
            "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
            "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField",
            "transform",
        )
    },
}  # fmt: skip
CSV = {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\n"}}
MEDIA = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".sqlite": "application/vnd.sqlite3",
    ".dta": "application/x-stata-dta",
    ".sav": "application/x-spss-sav",
}


def describe(folder: Path, tables: Sequence[ExportTable], files: Sequence[Path], about: dict[str, Any]) -> list[str]:
    """Write everything that stands beside the files of a package.

    Args:
        folder: where the files stand.
        tables: the tables.
        files: the files of data.
        about: title, release_set, invented, sources (name and SHA-256 of each input).

    Returns:
        The names of what was written.
    """
    own = {
        "datapackage.json": _json(_datapackage(tables, files, about)),
        "croissant.json": _json(_croissant(tables, files, about)),
        "data.json": _json(_dcat(files, about)),
        "dictionary.csv": _dictionary(tables),
        "metadata.json": _json(_datasette(tables, about)),
        "CITATION.cff": _citation(about),
        "README.md": _readme(tables, files, about),
    }
    for name, text in own.items():
        (folder / name).write_text(text, encoding="utf-8")
    names = sorted([*own, *(path.name for path in files)])
    sums = "".join(f"{_sha256(folder / name)}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums, encoding="ascii")
    return sorted([*own, "SHA256SUMS"])


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _title(about: dict[str, Any]) -> str:
    return f"MADE-UP: {about['title']}" if about["invented"] else str(about["title"])


def _datapackage(tables: Sequence[ExportTable], files: Sequence[Path], about: dict[str, Any]) -> dict[str, Any]:
    """Frictionless data package, version 1."""
    by = {table.name: table for table in tables}
    resources = []
    for path in files:
        if path.suffix not in (".csv", ".parquet"):
            continue
        table = by[path.stem]
        fields = [
            {"name": one.name, "type": FIELD[one.kind], "description": one.meaning, "description_es": one.meaning_es}
            for one in table.columns
        ]
        resources.append(
            {
                "name": path.name.replace(".", "-"), "path": path.name, "format": path.suffix[1:],
                "mediatype": MEDIA[path.suffix], "bytes": path.stat().st_size, "hash": f"sha256:{_sha256(path)}",
                "profile": "tabular-data-resource" if path.suffix == ".csv" else "data-resource",
                "schema": {"fields": fields, "missingValues": [""]}, "title": table.title,
                **(CSV if path.suffix == ".csv" else {}),
            }
        )  # fmt: skip
    sources = [{"title": str(one["file"]), "sha256": str(one["sha256"])} for one in about["sources"]]
    return {
        "profile": "data-package", "name": f"tallystick-{about['release_set']}", "title": _title(about),
        "version": __version__, "licenses": [LICENCE], "invented": about["invented"], "sources": sources,
        "resources": resources,
    }  # fmt: skip


def _croissant(tables: Sequence[ExportTable], files: Sequence[Path], about: dict[str, Any]) -> dict[str, Any]:
    """Croissant 1.0 for the CSV files."""
    by = {table.name: table for table in tables}
    csvs = [path for path in files if path.suffix == ".csv"]
    objects = [
        {"@type": "cr:FileObject", "@id": path.name, "name": path.name, "contentUrl": path.name,
         "encodingFormat": "text/csv", "sha256": _sha256(path)}
        for path in csvs
    ]  # fmt: skip
    records = [
        {"@type": "cr:RecordSet", "@id": path.stem, "name": path.stem, "description": by[path.stem].title, "field": [
            {"@type": "cr:Field", "@id": f"{path.stem}/{one.name}", "name": one.name, "description": one.meaning,
             "dataType": CROISSANT[one.kind],
             "source": {"fileObject": {"@id": path.name}, "extract": {"column": one.name}}}
            for one in by[path.stem].columns]}
        for path in csvs
    ]  # fmt: skip
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset", "name": _title(about), "description": _title(about), "version": __version__,
        "conformsTo": "http://mlcommons.org/croissant/1.0", "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "distribution": objects, "recordSet": records,
    }  # fmt: skip


def _dcat(files: Sequence[Path], about: dict[str, Any]) -> dict[str, Any]:
    """A record in the shape of Project Open Data (DCAT-US 1.1)."""
    distribution = [
        {"@type": "dcat:Distribution", "title": path.name, "mediaType": MEDIA[path.suffix], "downloadURL": path.name}
        for path in files
    ]
    return {
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "dataset": [
            {"@type": "dcat:Dataset", "title": _title(about), "identifier": about["release_set"],
             "description": f"{_title(about)}. Figures with lower and upper bounds.", "accessLevel": "public",
             "keyword": ["immigration enforcement", "bounds", "public records"],
             "publisher": {"@type": "org:Organization", "name": "whoever publishes this package"},
             "distribution": distribution}
        ],
    }  # fmt: skip


def _datasette(tables: Sequence[ExportTable], about: dict[str, Any]) -> dict[str, Any]:
    columns = {table.name: {one.name: one.meaning for one in table.columns} for table in tables}
    told = {name: {"columns": own} for name, own in columns.items()}
    return {"title": _title(about), "databases": {"tallystick": {"tables": told}}}


def _dictionary(tables: Sequence[ExportTable]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(DICTIONARY)
    for table in tables:
        short = short_names(table.names)
        for one in table.columns:
            codes = "; ".join(f"{number}={value}" for number, value in enumerate(one.values, 1))
            writer.writerow([table.name, one.name, short[one.name], one.kind, codes, one.meaning, one.meaning_es])
    return stream.getvalue()


def _citation(about: dict[str, Any]) -> str:
    return (
        "cff-version: 1.2.0\n"
        'message: "Cite the agency that published the figures, those who obtained them, and this package."\n'
        f"title: {json.dumps(_title(about), ensure_ascii=False)}\n"
        "type: dataset\n"
        f"version: {json.dumps(str(about['release_set']))}\n"
        "authors:\n"
        f'  - name: "made with tallystick {__version__}"\n'
    )


def _readme(tables: Sequence[ExportTable], files: Sequence[Path], about: dict[str, Any]) -> str:
    warning = (
        ["**Made-up records: nothing here describes a person, a place or an event.**", ""] if about["invented"] else []
    )
    lines = [f"- `{table.name}`: {table.title} {len(table.rows):,} rows." for table in tables]
    reviewed = "" if spanish().reviewed else " (Spanish: not yet reviewed by a person)"
    told = (
        f"`dictionary.csv` says what every column means, in English and Spanish{reviewed}, and its name in Stata "
        f"(at most {STATA_NAME} characters). `SHA256SUMS` holds the hash of every file."
    )
    return "\n".join(
        [
            f"# {_title(about)}", "", *warning,
            f"Set `{about['release_set']}`, made with tallystick {__version__}.", "",
            "## What is in it", "", *lines, "",
            f"Files: {', '.join(path.name for path in files)}.",
            told, "",
            "## How to read it", "",
            "- Every value has two ends, `lower` and `upper`: what the records leave open lies between them.",
            "- `status` says why a value is missing or coarse: suppressed, rounded (outward), not released.",
            "- `n` is the number of units in the denominator, `n_unknown` of how many the records do not say.",
            "- A unit is part of a figure: records, persons, stays and days do not compare.", "",
            "## What it cannot say", "",
            "- Nobody is in it: counts of few people are hidden, and what was asked ad hoc is not exported.",
            "- The raw releases are public and are not in here; `sources` names each by its SHA-256.", "",
            "## How to cite", "", "See `CITATION.cff`; name the agency and whoever obtained its records.", "",
        ]
    )  # fmt: skip
