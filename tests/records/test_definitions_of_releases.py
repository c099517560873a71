"""Releases and codebooks as definitions, held against the reference of raw headers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallystick.intake.codebook import WHYS, codebook
from tallystick.intake.peek import Peek, PeekedSheet
from tallystick.intake.recognition import recognise
from tallystick.intake.releases import register, squeezed
from tallystick.terms.definitions import Shelf

from ..conftest import ROOT

REFERENCE = ROOT.parent / "shared" / "reference" / "releases.yaml"
TABLES = {"detentions": "stints", "rca_decisions": "rca"}
MAIN = (
    "foia_2023", "ice_2025_02", "ice_2025_06a", "ice_2025_06b", "ice_2025_07", "ice_2025_10", "ice_2026_03", "ice_2026_08",
)  # fmt: skip


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    """The reference of raw headers, where it is."""
    import yaml

    return dict(yaml.safe_load(REFERENCE.read_text(encoding="utf-8")))


def _tables(reference: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for release, content in reference["releases"].items():
        for table, described in content["tables"].items():
            yield release, TABLES.get(table, table), described


@pytest.mark.shared
def test_every_header_of_every_table_is_defined_as_the_reference_says(reference: dict[str, Any]) -> None:
    known = register(Shelf())
    seen = 0
    for release, table, described in _tables(reference):
        own = known.release(release).in_order(table)
        assert [(column["n"], column["raw"]) for column in described["columns"]] == [
            (header.position, header.raw) for header in own
        ]
        for column, header in zip(described["columns"], own, strict=True):
            seen += 1
            if column["canonical"] is None:
                assert (header.outcome, header.column) == ("identifier", ""), (release, table, header.raw)
            else:
                expected = "person_key" if column["canonical"] == "person_id" else column["canonical"]
                assert header.column == expected, (release, table, header.raw)
                assert header.outcome != "identifier"
            if column.get("blank_or_redacted") and header.outcome not in ("left_out", "corrupt"):
                assert header.outcome == "empty", (release, table, header.raw)
    assert seen == 1370


@pytest.mark.shared
def test_contract_columns_are_those_of_the_reference(reference: dict[str, Any]) -> None:
    book = codebook(Shelf())
    wanted: dict[str, set[str]] = {}
    for _, table, described in _tables(reference):
        wanted.setdefault(table, set()).update(
            "person_key" if column["canonical"] == "person_id" else column["canonical"]
            for column in described["columns"]
            if column["canonical"]
        )
    assert {name: {column.name for column in table.columns} for name, table in book.tables.items()} == wanted
    not_stored = {column.name for table in book.tables.values() for column in table.columns if column.not_stored}
    assert not_stored == {"religion", "apprehension_city", "facility_city", "other_removal_reason"}


@pytest.mark.shared
def test_other_spellings_and_missing_columns_of_the_reference_are_known(reference: dict[str, Any]) -> None:
    known = register(Shelf())
    for release, table, described in _tables(reference):
        headers = known.release(release).by_header[table]
        spelled = [text for texts in (described.get("header_variants_by_file") or {}).values() for text in texts]
        spelled += [
            text
            for name, texts in (described.get("header_variants") or {}).items()
            if name != "missing_in"
            for text in texts
        ]
        for text in spelled:
            assert squeezed(text) in headers, (release, table, text)


@pytest.mark.shared
def test_auxiliary_headers_are_all_defined(reference: dict[str, Any]) -> None:
    known = {
        squeezed(header.raw)
        for release in register(Shelf()).releases
        if release.release.auxiliary
        for header in release.headers
    }
    for parts in reference["auxiliary_releases"].values():
        for part in parts:
            for text in part["raw_headers"]:
                assert squeezed(text) in known, text


@pytest.mark.parametrize("row", [0, 3, 6, 11])
def test_header_only_sheets_are_recognised_as_their_release_wherever_the_header_stands(row: int) -> None:
    known = register(Shelf())
    for release in known.releases:
        for table in release.by_header:
            header = tuple(entry.raw for entry in release.in_order(table))
            sheet = PeekedSheet("any", False, (("a note",),) * row + (header,))
            found, others = recognise(Peek("xlsx", (sheet,)), known)
            assert not others
            assert found[0].header_row == row
            best = found[0].candidates
            assert {candidate.table for candidate in best} == {table}, (release.id, table)
            assert release.id in {candidate.release.id for candidate in best}
            twins = {candidate.release.id for candidate in best} - {release.id}
            assert all(
                [squeezed(h.raw) for h in known.release(twin).in_order(table)] == [squeezed(h) for h in header]
                for twin in twins
            ), (release.id, table, twins)


def test_headers_in_any_order_and_spelling_of_blanks_are_recognised() -> None:
    known = register(Shelf())
    release = known.release("ice_2026_03")
    header = tuple(entry.raw.upper().replace(" ", "_") for entry in reversed(release.in_order("stints")))
    found, _ = recognise(Peek("xlsx", (PeekedSheet("any", False, (header,)),)), known)
    assert [(entry.release.id, entry.table) for entry in found[0].candidates] == [("ice_2026_03", "stints")]


def test_the_header_that_stands_twice_is_told_apart_by_its_order() -> None:
    known = register(Shelf())
    for name in ("ice_2025_02", "ice_2025_06a", "ice_2025_06b"):
        header = tuple(entry.raw for entry in known.release(name).in_order("detainers"))
        found, _ = recognise(Peek("xlsx", (PeekedSheet("any", False, (header,)),)), known)
        columns = [place.header.column for place in found[0].candidates[0].places if place.raw == "Final Order Yes No"]
        assert columns == ["final_order", "detainer_basis_final_order"]


def test_every_release_says_who_published_it_when_it_closes_and_under_which_terms() -> None:
    known = register(Shelf())
    assert {entry.id for entry in known.releases} >= set(MAIN)
    for entry in known.releases:
        release = entry.release
        assert release.publisher, release.id
        assert release.request, release.id
        assert release.obtained_by, release.id
        assert release.licence, release.id
        assert release.credit, release.id
        assert release.page.startswith("https://")
        assert release.covers_from < release.closes_on
        assert all(header.note for header in entry.headers if header.outcome != "keep"), release.id


def test_what_a_blank_means_is_said_for_every_column_and_is_no_value() -> None:
    for table in codebook(Shelf()).tables.values():
        for column in table.columns:
            assert column.blank in WHYS
            assert column.meaning
    stints = codebook(Shelf()).tables["stints"]
    assert stints.column("stint_book_out_datetime").blank == "ongoing"
    assert stints.column("case_threat_level").blank == "not_applicable"
    assert codebook(Shelf()).tables["detainers"].column("prior_felony").blank == "no_by_convention"
    assert codebook(Shelf()).tables["detainers"].column("biometric_match").blank == "blank"


def test_a_new_release_is_a_folder_of_definitions_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "us-ice" / "releases" / "another_release"
    folder.mkdir(parents=True)
    text = (ROOT / "src/tallystick/definitions/us-ice/releases/npr_detainers/release.toml").read_text(encoding="utf-8")
    (folder / "release.toml").write_text(
        text.replace('id = "npr_detainers"', 'id = "another_release"'), encoding="utf-8"
    )
    rows = ["table,position,raw,column,outcome,note", "detainers,1,Day of Detainer,detainer_prepare_date,keep,"]
    rows += [f"detainers,{number},Odd header {number},,left_out,not needed" for number in range(2, 7)]
    (folder / "headers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    known = register(Shelf(tmp_path))
    header = ("Day of Detainer", *(f"Odd header {number}" for number in range(2, 7)))
    found, _ = recognise(Peek("xlsx", (PeekedSheet("any", False, (header,)),)), known)
    assert [entry.release.id for entry in found[0].candidates] == ["another_release"]


@pytest.mark.shared
def test_the_seven_header_variants_of_the_risk_assessment_are_all_known(reference: dict[str, Any]) -> None:
    """Each file spells some headers its own way, and one has four columns more: none is left unknown."""
    known = register(Shelf())
    described = reference["releases"]["foia_2023"]["tables"]["rca_decisions"]
    main = [entry.raw for entry in known.release("foia_2023").in_order("rca")]
    variants = described["header_variants_by_file"]
    assert len(variants) == 7
    for file, spelled in variants.items():
        header = list(main)
        for text in spelled:
            same = [number for number, raw in enumerate(header) if squeezed(raw) == squeezed(text)]
            if not same and text in ("SUBJ ID", "SUJB ID"):
                same = [header.index("SUBJ_ID")]
            if same:
                header[same[0]] = text
            else:
                header.append(text)
        found, _ = recognise(Peek("xlsx", (PeekedSheet("any", False, (tuple(header),)),)), known)
        best = found[0].candidates[0]
        assert (best.release.id, best.table, best.unknown) == ("foia_2023", "rca", ()), file
