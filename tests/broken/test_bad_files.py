"""Bad input, one kind each: a coded error, the right exit code, nothing written, nothing echoed."""

from __future__ import annotations

import re
import struct
import zipfile
from datetime import date
from pathlib import Path

import pytest

from tallystick import pipeline
from tallystick.intake.door import admit_file
from tallystick.intake.identifiers import refuse_identifiers
from tallystick.made.workbooks import write_series, write_workbook
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import TallystickError

DAY = date(2026, 1, 24)
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


@pytest.fixture
def good(tmp_path: Path) -> Path:
    write_workbook(tmp_path / "good.xlsx", DAY, shape="FY26", seed=1)
    return tmp_path / "good.xlsx"


def _rewritten(good: Path, name: str, parts: dict[str, bytes]) -> Path:
    """A copy of a good workbook with parts replaced or added."""
    target = good.with_name(name)
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry not in parts:
                new.writestr(entry, old.read(entry))
        for entry, content in parts.items():
            new.writestr(entry, content)
    return target


def _code(path: Path) -> tuple[str, int]:
    with pytest.raises(TallystickError) as failure:
        pipeline.read_all([path], Shelf())
    return failure.value.faults[0].code, failure.value.exit_code


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.xlsx", b"<!DOCTYPE html><html><body>Sign in</body></html>", "TS201"),
        ("page2.xlsx", b"\n\n  <html>", "TS201"),
        ("empty.xlsx", b"", "TS203"),
        ("renamed.xlsx", b"Name,State\nA,B\n", "TS204"),
        ("~$good.xlsx", b"\x05user" * 30, "TS202"),
        (
            "locked.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\x00" * 600
            + "EncryptedPackage".encode("utf-16-le")
            + b"\x00" * 5000,
            "TS205",
        ),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 9000, "TS205"),
        ("broken.xlsx", b"PK\x03\x04" + b"\x00" * 100, "TS206"),
    ],
)
def test_what_is_not_a_workbook_is_named(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert (code, 2) == _code(tmp_path / name)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert ("TS200", 2) == _code(tmp_path / "nowhere.xlsx")
    assert ("TS200", 2) == _code(tmp_path)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95, 0.999])
def test_a_truncated_workbook_is_named(good: Path, kept: float) -> None:
    cut = good.with_name("cut.xlsx")
    cut.write_bytes(good.read_bytes()[: int(good.stat().st_size * kept)])
    assert ("TS206", 2) == _code(cut)


def test_damage_anywhere_never_ends_in_a_traceback(good: Path) -> None:
    import random

    chance = random.Random(20261123)
    content = good.read_bytes()
    for _ in range(60):
        bad = bytearray(content)
        for _ in range(chance.randint(1, 40)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        path = good.with_name("damaged.xlsx")
        path.write_bytes(bytes(bad))
        try:
            pipeline.read_all([path], Shelf())
        except TallystickError as error:
            assert error.exit_code in (2, 3)


def test_a_zip_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.xlsx", "w") as archive:
        archive.writestr("cat.txt", "meow")
    assert ("TS204", 2) == _code(tmp_path / "photos.xlsx")


def test_a_workbook_without_known_blocks_is_named(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "budget.xlsx")) as book:
        book.add_worksheet("Detention").write("A1", "household budget")
    assert ("TS211", 2) == _code(tmp_path / "budget.xlsx")


def test_a_bomb_by_ratio_is_refused_while_unpacking(good: Path) -> None:
    bomb = _rewritten(good, "ratio.xlsx", {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 60_000_000})
    assert bomb.stat().st_size < 1_000_000
    assert ("TS210", 2) == _code(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused(good: Path) -> None:
    bomb = _rewritten(good, "liar.xlsx", {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 60_000_000})
    content = bytearray(bomb.read_bytes())
    place = content.rfind(b"PK\x01\x02")
    while place >= 0:  # every entry of the directory now claims to unpack to ten bytes
        content[place + 24 : place + 28] = struct.pack("<I", 10)
        place = content.rfind(b"PK\x01\x02", 0, place)
    bomb.write_bytes(bytes(content))
    code, exit_code = _code(bomb)
    assert (code in ("TS210", "TS206"), 2) == (True, exit_code)


def test_two_cells_at_opposite_corners_are_refused_before_they_take_memory(good: Path) -> None:
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert ("TS210", 2) == _code(_rewritten(good, "corners.xlsx", {"xl/worksheets/sheet1.xml": sheet}))


def test_styled_cells_without_content_are_no_bomb(good: Path) -> None:
    empty = b"".join(b'<c r="XFA%d" s="1"/>' % row for row in range(1, 3)) * 3
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c>'
        + empty
        + b'</row><row r="9000"><c r="B9000" s="1"/></row></sheetData></worksheet>'
    )
    admit_file(_rewritten(good, "styled.xlsx", {"xl/worksheets/sheet1.xml": sheet}))


def test_an_entity_bomb_is_refused(good: Path) -> None:
    sheet = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>&b;</v></c></row></sheetData></worksheet>'
    )
    assert 2 == _code(_rewritten(good, "entities.xlsx", {"xl/worksheets/sheet1.xml": sheet}))[1]


def test_too_many_parts_are_refused(good: Path) -> None:
    parts = {f"xl/media/{number}.txt": b"x" for number in range(2100)}
    assert ("TS210", 2) == _code(_rewritten(good, "parts.xlsx", parts))


@pytest.mark.parametrize(
    "text",
    [
        "A123456789",
        "A-123456789",
        "A 123 456 789"[0:1] + "123 456 789",
        "see A12345678 for details",
        "123-45-6789",
        "A１２３４５６７８９",
        "A123\u200b456789",
        "A123\n456789",
        "Ａ123456789",
        "A 123456789",
        "name@example.org",
    ],
)
def test_an_identifier_refuses_the_file_and_is_never_shown(text: str) -> None:
    with pytest.raises(TallystickError) as refusal:
        refuse_identifiers("file.xlsx", "Detention", [["x", None], [None, text]])
    assert ("TS301", 3) == (refusal.value.faults[0].code, refusal.value.exit_code)
    assert text not in str(refusal.value)
    assert "row 2, column B" in str(refusal.value)


@pytest.mark.parametrize("header", ["A-Number", "A_NUMBER", "Alien\nNumber", "Last  Name:", "DOB*", "E-mail"])
def test_headers_of_identifiers_are_known_in_every_dress(header: str) -> None:
    with pytest.raises(TallystickError, match="TS301"):
        refuse_identifiers("f", "s", [[header], [123456789]])


def test_hidden_sheets_and_sheet_names_are_looked_at_too(tmp_path: Path) -> None:
    import xlsxwriter

    for place in ("hidden", "name"):
        with xlsxwriter.Workbook(str(tmp_path / f"{place}.xlsx")) as book:
            book.add_worksheet("Detention").write("A1", "x")
            other = book.add_worksheet("A123456789" if place == "name" else "old")
            other.write("B2", "x" if place == "name" else "123-45-6789")
            other.hide()
        with pytest.raises(TallystickError) as refusal:
            pipeline.read_all([tmp_path / f"{place}.xlsx"], Shelf())
        assert 3 == refusal.value.exit_code
        assert "456789" not in str(refusal.value)


def test_a_column_headed_as_an_identifier_refuses_live_values_only() -> None:
    refuse_identifiers("f", "s", [["Last Name", "x"], ["(b)(6)", 1], ["", 2], ["xxx", 3]])
    with pytest.raises(TallystickError, match="TS301"):
        refuse_identifiers("f", "s", [["Last Name", "x"], ["(b)(6)", 1], ["Someone", 2]])
    with pytest.raises(TallystickError):  # a mark of redaction does not cover what stands behind it
        refuse_identifiers("f", "s", [["Last Name", "x"], ["(b)(6) Someone", 1]])


@pytest.mark.shared
def test_no_real_workbook_is_taken_for_one_with_identifiers(real_files: list[Path]) -> None:
    assert 85 == len([admit_file(path) for path in real_files])  # reading them all is tested elsewhere


def test_one_bad_file_stops_the_build_and_leaves_the_last_one(good: Path, tmp_path: Path) -> None:
    pipeline.build([good], tmp_path / "project", Shelf(), workers=1)
    before = {path: path.read_bytes() for path in (tmp_path / "project").rglob("*") if path.is_file()}
    (tmp_path / "bad.xlsx").write_bytes(b"")
    with pytest.raises(TallystickError, match="TS203"):
        pipeline.build([good, tmp_path / "bad.xlsx"], tmp_path / "project", Shelf(), workers=1)
    assert before == {path: path.read_bytes() for path in (tmp_path / "project").rglob("*") if path.is_file()}
    built = pipeline.build(
        [good, tmp_path / "bad.xlsx"], tmp_path / "project", Shelf(), workers=1, skip_unreadable=True
    )
    assert (1, ["TS203"]) == (len(built.issues), [fault.code for fault in built.left_out])


def test_a_read_only_folder_is_named(good: Path, tmp_path: Path, monkeypatch) -> None:
    def refuses(*_arguments, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuses)
    with pytest.raises(TallystickError, match="TS231"):
        pipeline.build([good], tmp_path / "project", Shelf(), workers=1)


def test_the_same_bytes_under_two_names_count_once(good: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.xlsx"
    twin.write_bytes(good.read_bytes())
    built = pipeline.build([good, twin], tmp_path / "project", Shelf(), workers=1)
    assert 1 == len(built.issues)
    assert "same bytes" in (tmp_path / "project" / "ledger.csv").read_text()


def test_hostile_labels_do_not_become_markup_or_formulas(tmp_path: Path) -> None:
    from tallystick.publish.page import to_csv

    text = to_csv([{"a": '=HYPERLINK("x")', "b": "+1", "c": "-1+2", "d": "@x", "e": -1.5}])
    line = text.splitlines()[1]
    assert line.startswith("\"'=HYPERLINK")
    assert line.endswith("'+1,'-1+2,'@x,-1.5")


def test_two_workbooks_of_one_name_are_refused(tmp_path: Path) -> None:
    one, two = (write_series(tmp_path / name, 2026, issues=1, seed=seed)[0].path for name, seed in (("a", 1), ("b", 2)))
    assert one.name == two.name
    with pytest.raises(TallystickError) as refused:
        pipeline.read_all([one, two], Shelf(), workers=1)
    assert "TS114" == refused.value.faults[0].code


def test_counts_below_zero_are_no_counts(tmp_path: Path) -> None:
    from tallystick.answers import project_records, run_claim

    def turned(match: re.Match[bytes]) -> bytes:
        return match[1] + b"<v>-" + match[2] + b"</v>"

    good = tmp_path / "good.xlsx"
    write_workbook(
        good, date(2019, 9, 30), shape="FY19", seed=1
    )  # this shape merges two classes: a count that may count
    with zipfile.ZipFile(good) as archive:
        sheets = {name: archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name}
    pattern = rb"(<c (?:(?! t=)[^>])*>)<v>([0-9.]+)</v>"  # numbers, not the places of shared texts
    negative = _rewritten(good, "negative.xlsx", {name: re.sub(pattern, turned, text) for name, text in sheets.items()})
    pipeline.build([negative], tmp_path / "negative", Shelf(), workers=1)
    run = run_claim(project_records(tmp_path / "negative", Shelf()), "most-held-were-arrested-by-ice", "latest")
    assert all(outcome.cell is None or outcome.cell.bound is None for outcome in run.main.outcomes)
