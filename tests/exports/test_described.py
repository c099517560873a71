"""What stands beside the files of a package is what programs expect: Frictionless, Croissant, DCAT-US."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tallystick.answers import shipped_records
from tallystick.exporting import exported
from tallystick.terms.definitions import Shelf

DCAT_REQUIRED = {"title", "description", "keyword", "publisher", "identifier", "accessLevel"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published tables of the figures that ship."""
    folder = tmp_path_factory.mktemp("package") / "out"
    exported(shipped_records(Shelf()), folder, ("csv", "parquet"))
    return folder


def test_frictionless_finds_nothing_wrong(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import frictionless

    monkeypatch.chdir(package)
    described = frictionless.Package("datapackage.json")
    assert {resource.name for resource in described.resources} >= {"cells-csv", "verdicts-csv", "sources-csv"}
    for resource in described.resources:
        if resource.name.endswith("-csv"):
            report = resource.validate(limit_errors=5)
            assert report.flatten(["rowNumber", "fieldNumber", "type", "message"]) == []


def test_frictionless_does_find_what_is_wrong(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    import frictionless

    folder = tmp_path / "broken"
    shutil.copytree(package, folder)
    text = (folder / "verdicts.csv").read_text(encoding="utf-8").replace("\n", "\nmore,", 1)
    (folder / "verdicts.csv").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    resource = frictionless.Package("datapackage.json").get_resource("verdicts-csv")
    assert not resource.validate().valid


def test_croissant_is_read_by_its_own_library(package: Path) -> None:
    library = pytest.importorskip(
        "mlcroissant", reason="mlcroissant is not among the pinned packages: it needs a build"
    )
    dataset = library.Dataset(jsonld=package / "croissant.json")
    assert not dataset.metadata.issues.errors
    rows = list(dataset.records("verdicts"))
    assert len(rows) == len((package / "verdicts.csv").read_text(encoding="utf-8").splitlines()) - 1


def test_every_reference_of_the_croissant_record_is_kept(package: Path) -> None:
    record = json.loads((package / "croissant.json").read_text(encoding="utf-8"))
    objects = {one["@id"]: one for one in record["distribution"]}
    for own in record["recordSet"]:
        header = (package / f"{own['name']}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        assert [one["source"]["extract"]["column"] for one in own["field"]] == header
        assert {one["source"]["fileObject"]["@id"] for one in own["field"]} <= set(objects)
    assert all(len(one["sha256"]) == 64 for one in objects.values())


def test_the_catalogue_record_has_what_dcat_us_requires(package: Path) -> None:
    record = json.loads((package / "data.json").read_text(encoding="utf-8"))
    assert record["conformsTo"] == "https://project-open-data.cio.gov/v1.1/schema"
    for dataset in record["dataset"]:
        assert set(dataset) >= DCAT_REQUIRED
        assert dataset["accessLevel"] in ("public", "restricted public", "non-public")
        for one in dataset["distribution"]:
            assert (package / one["downloadURL"]).is_file()
            assert one["mediaType"]
