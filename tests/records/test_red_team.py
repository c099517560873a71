"""The door against disguised identifiers: kinds made by mutation, none may pass, none may be shown.

Every value here is invented. A kind is a place (column, header, note, sheet name …) together with a
shape of identifier. Each one is written into an otherwise good made-up file.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tallystick.intake import gatekeeper, suspects
from tallystick.intake.redaction import is_purely_redacted
from tallystick.made.releases import WARNING
from tallystick.made.sheets import MadeSheet, write_records
from tallystick.receive import receive
from tallystick.recordsheet import Rules
from tallystick.terms.errors import TallystickError

from ..conftest import ROOT
from .conftest import BOOK, REGISTER, Made, made

ALIEN, SSN = "A123456789", "123-45-6789"
LANDMARK, SITE, OPERATION = "Apprehension Site Landmark", "TOA Current Duty Site", "Operation"
RARE_NAMES = [f"Qorvath {chr(65 + a)}{chr(97 + b)}zelik" for a in range(26) for b in range(26)]


@dataclass(frozen=True)
class Kind:
    """One way to hide an identifier: the values that may not show up anywhere, and the changed table."""

    name: str
    hidden: tuple[str, ...]
    change: Callable[[Made], Made]


def _cell(name: str, column: str, value: str | float, row: int = 4) -> Kind:
    return Kind(name, (str(value),), lambda table: table.with_cell(row, table.index(column), value))


def _header(name: str, header: str, value: str = "Perez, Juan") -> Kind:
    return Kind(name, (value,), lambda table: table.plus(header, lambda _row: value))


KINDS: list[Kind] = [
    # one value in a column where texts stand
    _cell("A-number in a landmark", LANDMARK, f"EXAMPLE COUNTY JAIL {ALIEN}"),
    _cell("A-number with dashes", LANDMARK, "A123-456-789"),
    _cell("A-number with blanks", LANDMARK, "A 123 456 789"),
    _cell("A-number without its letter", LANDMARK, "123456789"),
    _cell("A-number with dots", LANDMARK, "A1.2.3.4.5.6.7.8.9"),
    _cell("A-number in full-width digits", LANDMARK, "Ａ１２３４５６７８９"),
    _cell("A-number with a Cyrillic letter", LANDMARK, "А123456789"),
    _cell("A-number with invisible signs", LANDMARK, "A123\u200b456\u200b789"),
    _cell("A-number in Arabic digits", LANDMARK, "A١٢٣٤٥٦٧٨٩"),
    _cell("social security number", SITE, SSN),
    _cell("social security number with blanks", SITE, "123 45 6789"),
    _cell("telephone", LANDMARK, "(555) 010-0199"),
    _cell("telephone with dots", LANDMARK, "555.010.0199"),
    _cell("telephone with country", LANDMARK, "+1 555 010 0199"),
    _cell("e-mail", LANDMARK, "someone@example.org"),
    _cell("e-mail in an operation", OPERATION, "ask someone@example.org"),
    _cell("name on a web service", LANDMARK, "see @some_person"),
    _cell("address of a page", LANDMARK, "https://example.org/p/1"),
    _cell("full date in a landmark", LANDMARK, "born 03/14/1986"),
    _cell("full date alone", LANDMARK, "1986-03-14"),
    _cell("full date in words", LANDMARK, "March 14, 1986"),
    _cell("word for a date of birth", LANDMARK, "DOB unknown, EXAMPLE JAIL"),
    _cell("case number", LANDMARK, "case 20251234567"),
    _cell("event number", SITE, "XYZ2501000123"),
    _cell("booking number", LANDMARK, "booking 2025-0012345X"),
    _cell("document number", LANDMARK, "G12345678"),
    _cell("street address", OPERATION, "4711 OAK STREET, SAMPLETON, TX"),
    _cell("apartment", LANDMARK, "EXAMPLE ARMS APT 12B"),
    _cell("post box", LANDMARK, "P.O. BOX 1234"),
    _cell("name, family first", LANDMARK, "PEREZ, JUAN"),
    _cell("name, given first", LANDMARK, "Maria Lopez"),
    _cell("name with a middle initial", LANDMARK, "JOHN Q SMITH"),
    _cell("name in a jail", LANDMARK, "EXAMPLE COUNTY JAIL - JOSE GARCIA"),
    _cell("name run together", LANDMARK, "GARCIALOPEZJUAN"),
    _cell("name in camel letters", LANDMARK, "JuanPerez"),
    _cell("name with underscores", LANDMARK, "juan_perez"),
    _cell("name with a slash", OPERATION, "GARCIA/JUAN"),
    _cell("name with accents", LANDMARK, "José Pérez"),
    _cell("name with Cyrillic look-alikes", LANDMARK, "Jоhn Smith"),
    _cell("name in another script", LANDMARK, "Иван Петров"),
    _cell("name in a method", "Apprehension Method", "Perez, Juan"),
    _cell("name in a gender", "Gender", "Maria Lopez"),
    _cell("name in a state", "State", "Juan Perez"),
    _cell("name in a country", "Citizenship Country", "Juan Perez"),
    _cell("name in a case status", "Case Status", "Juan Perez"),
    _cell("narrative", LANDMARK, "Subject stated that he lives with his mother"),
    _cell("long text", LANDMARK, "place " * 40),
    # where no text is expected
    _cell("A-number in a day", "Apprehension Date", ALIEN),
    _cell("bare number in a day", "Departed Date", "123456789"),
    _cell("name in a day", "Final Order Date", "Juan Perez"),
    _cell("name in a year", "Birth Year", "Juan Perez"),
    _cell("A-number in a year", "Birth Year", ALIEN),
    Kind("dates of birth in a year", ("31485",), lambda t: t.with_column(t.index("Birth Year"), lambda n, v: 31480 + n)),
    Kind("registration numbers as person keys", ("212345678",), lambda t: t.with_column(t.index("Anonymized Identifier"), lambda n, _: str(212345670 + n))),
    Kind("registration numbers with letter as person keys", ("A212345678",), lambda t: t.with_column(t.index("Anonymized Identifier"), lambda n, _: f"A{212345670 + n}")),
    Kind("one name as person key", ("Perez, Juan",), lambda t: t.with_cell(3, t.index("Anonymized Identifier"), "Perez, Juan")),
    Kind("names that nobody lists, in a column of places", (RARE_NAMES[7],), lambda t: t.with_column(t.index(LANDMARK), lambda n, _: RARE_NAMES[n % len(RARE_NAMES)])),
    Kind("numbers of no known shape, in a column of places", ("K7-301",), lambda t: t.with_column(t.index(LANDMARK), lambda n, _: f"K7-{300 + n}")),
    # identifier columns
    _cell("live value in a redacted column", "Birth Date", "3/14/1986"),
    _cell("live value far below", "Birth Date", "x", row=55),
    _cell("live value behind a mark", "Birth Date", "(b)(6) 3/14/1986"),
    _cell("live number in a redacted column", "Birth Date", 31485),
    _cell("name behind a mark in a text column", LANDMARK, "(b)(6), (b)(7)(c) Juan Perez"),
    # columns more
    _header("column of last names", "Last Name"), _header("header with signs", "L_A-S.T  N@ME"), _header("header in leet", "L4st N4m3", "x9"),
    _header("header in another language", "Apellido Paterno"), _header("header with a hash", "Alien #", ALIEN), _header("header abbreviated", "D.O.B.", "3/14/1986"),
    _header("header of an officer", "Officer Badge No", "B77"), _header("header of comments", "Comments", "calm"), _header("header of a phone", "Cell No", "5550100"),
    _header("header of fingerprints", "FINS", "77"), _header("header of a plate", "Plate Number", "ABC"), _header("header of a face", "Mugshot", "m1.jpg"),
    _header("header of coordinates", "Latitude", "31.1"), _header("header with a Greek letter", "Subject Νame", "x9"),
    _header("harmless header, names below", "Other Data", "Juan Perez"), _header("harmless header, A-numbers below", "Ref", ALIEN),
    Kind("no header, A-numbers below", (ALIEN,), lambda t: t.plus("", lambda _row: ALIEN)),
    # outside the table
    Kind("A-number in the preamble", (ALIEN,), lambda t: replace(t, preamble=(WARNING, f"Re: {ALIEN}", "", "", "", "x"))),
    Kind("name in the preamble", ("Juan Perez",), lambda t: replace(t, preamble=(WARNING, "Juan Perez", "", "", "", "x"))),
    Kind("name in a note below", ("Juan Perez",), lambda t: replace(t, rows=(*t.rows, ("Prepared for Juan Perez",)))),
    Kind("A-number in the name of the sheet", (ALIEN,), lambda t: replace(t, name=f"MADE-UP {ALIEN}")),
    Kind("name in the name of the sheet", ("Juan Perez",), lambda t: replace(t, name="MADE-UP Juan Perez")),
]  # fmt: skip
ODD_SHAPES = (
    "A12-345-678", "A.123456789", "A123/456/789", "A123_456_789", "123-456-789", "123 456 789", "123.45.6789", "123/45/6789",
    "123\u201445\u20146789", "123\u221245\u22126789", "(555)-010-0199", "555 - 010 - 0199", "555/010/0199", "+52 55 1234 5678",
    "14-MAR-1986", "14MAR1986", "19860314", "Mar. 14, 1986", "March 14th, 1986", "3 / 14 / 1986", "14 de marzo de 1986",
    "0801-1986-12345", "1234 56789 0101", "fb.com/juan.x", "juan [at] example [dot] org", "A_x0031_23456789", "Ju&#97;n P&eacute;rez",
    "J. Perez", "Officer Perez", "A123\u2063456\u034f789", "xxx-xx-6789",
)  # fmt: skip
KINDS += [_cell(f"odd shape {number}", OPERATION, text) for number, text in enumerate(ODD_SHAPES, start=1)]
BEHIND = "(b)(6) Qorvath Zelik"
KINDS += [
    _cell(f"live text behind a mark in {column}", column, BEHIND)
    for column in (
        "Gender",
        "State",
        "Case Status",
        "Case Category",
        "Final Order Yes No",
        "Birth Year",
        "Departed Date",
        "Apprehension Date",
        "Anonymized Identifier",
    )
]
KINDS += [
    _cell(f"key of another shape {number}", "Anonymized Identifier", text)
    for number, text in enumerate(
        ("GARCIA", "G12345678", "A-0212345678", "0000000212345678", "1986-03-14", "Qorvath Zelik"), start=1
    )
]
KINDS += [
    Kind(
        "text behind a code that is looked up",
        (ALIEN,),
        lambda t: t.with_cell(2, t.index("Case Category"), f"[8C] {ALIEN}"),
    ),
    Kind(
        "value right of the header, far below",
        (ALIEN,),
        lambda t: replace(t, rows=(*t.rows[:50], (*t.rows[50], "", ALIEN), *t.rows[51:])),
    ),
    Kind(
        "a second header row with rows between",
        ("3/14/1986",),
        lambda t: replace(
            t,
            rows=(
                *(
                    tuple("3/14/1986" if n == t.index("Birth Date") else v for n, v in enumerate(row))
                    for row in t.rows[:9]
                ),
                t.header,
                *t.rows[9:],
            ),
        ),
    ),
    Kind(
        "more values than marks in an identifier column",
        ("3/14/1986",),
        lambda t: t.with_column(t.index("Birth Date"), lambda n, _: "(b)(6)" + "," * n if n else "3/14/1986"),
    ),
]


@pytest.mark.parametrize("name", ["MADE-UP_Juan Perez.xlsx", f"MADE-UP_{ALIEN}.xlsx"])
def test_a_file_named_after_a_person_is_refused_without_its_name(
    name: str, good: Made, rules: Rules, tmp_path: Path
) -> None:
    path = good.write(tmp_path, name=name)
    with pytest.raises(TallystickError) as error:
        receive(path, rules, tmp_path / "cache")
    assert error.value.exit_code == 3
    assert "Perez" not in str(error.value)
    assert ALIEN not in str(error.value)


STINT_KINDS: list[Kind] = [
    Kind("registration numbers as amounts", ("212345678",), lambda t: t.with_column(t.index("Bond Posted Amount"), lambda n, _: 212345678 + n * 7 if n % 3 == 0 else None)),
    _cell("name in a facility", "Detention Facility", "Juan Perez"), _cell("name in a charge", "MSC Charge", "Assault on Maria Lopez"),
    _cell("name in a code", "MSC Charge Code", "Juan Perez"), _cell("number in a facility code", "Detention Facility Code", ALIEN),
    _cell("name in a religion", "Religion", "Juan Perez"), _cell("number in a release reason", "Detention Release Reason", "Removed, file 20251234567"),
]  # fmt: skip


@pytest.fixture(scope="module")
def good() -> Made:
    """A good file with so many rows that columns of unlike values stand out."""
    return made(people=640)


@pytest.fixture(scope="module")
def good_stints() -> Made:
    """As `good`, of stints."""
    return made(table="stints", people=120)


def _outcome(kind: Kind, table: Made, rules: Rules, folder: Path) -> str:
    """'' when the file was refused and nothing was shown or kept; else what went wrong."""
    path = kind.change(table).write(folder)
    cache = folder / "cache"
    try:
        receive(path, rules, cache)
    except TallystickError as error:
        text = str(error)
        if error.exit_code != 3:
            return f"not refused but {error.faults[0].code}"
        if any(hidden.lower() in text.lower() for hidden in kind.hidden if len(hidden) > 2):
            return "shown"
        return "kept" if list(cache.glob("*")) else ""
    finally:
        path.unlink()
    shutil.rmtree(cache)
    return "passed"


def test_no_kind_of_identifier_passes_and_none_is_shown(
    good: Made, good_stints: Made, rules: Rules, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(KINDS) + len(STINT_KINDS) >= 60
    misses = {kind.name: found for kind in KINDS if (found := _outcome(kind, good, rules, tmp_path / "a"))}
    misses |= {
        kind.name: found for kind in STINT_KINDS if (found := _outcome(kind, good_stints, rules, tmp_path / "b"))
    }
    with capsys.disabled():
        print(f"\nred team: {len(KINDS) + len(STINT_KINDS)} kinds, {len(misses)} misses {misses or ''}")
    assert misses == {}


DETECTORS = [
    "shapes", "phone", "full_date", "birth_words", "bare_number", "coded_number", "spaced_number", "street_address",
    "online_name", "home_address", "person_name", "narrative", "other_script",
]  # fmt: skip


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_of_values_matters(
    detector: str, good: Made, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {name: find for name, find in suspects.detectors().items() if name != detector}
    assert len(others) == len(DETECTORS) - 1
    monkeypatch.setattr(suspects, "detectors", lambda: others)
    assert any(_outcome(kind, good, rules, tmp_path) for kind in KINDS), f"nothing is missed without {detector}"


@pytest.mark.parametrize(
    ("where", "name", "instead"),
    [
        (gatekeeper, "key_suspect", lambda _key, _shape="": ""),
        (gatekeeper, "repeats_too_little", lambda _rows, _distinct: False),
        (gatekeeper, "long_numbers", lambda _values, _rows: False),
        (gatekeeper, "day_counts", lambda _values: False),
        (gatekeeper, "is_live", lambda text: text not in ("", "NA") and not text.startswith(("(b)", "b("))),
        (suspects, "latin", lambda value: value),
        (suspects, "_header_patterns", lambda: __import__("re").compile("(?!)")),
        (suspects, "_leet", dict),
        (suspects, "_merged", lambda _word: False),
    ],
    ids=["keys", "uniqueness", "long numbers", "day counts", "marks", "look-alikes", "headers", "leet", "merged names"],
)  # fmt: skip
def test_every_other_part_of_the_door_matters(
    where,
    name: str,
    instead,
    good: Made,
    good_stints: Made,
    rules: Rules,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(where, name, instead)
    missed = any(_outcome(kind, good, rules, tmp_path) for kind in KINDS)
    assert missed or any(_outcome(kind, good_stints, rules, tmp_path) for kind in STINT_KINDS)


def test_every_release_passes_with_its_redacted_identifier_columns(rules: Rules, tmp_path: Path) -> None:
    for release in REGISTER.releases:
        for table in release.by_header:
            if release.release.tables[0].files and release.release.tables[0].files[0].endswith(".csv"):
                continue
            path = made(release.id, table, people=25).write(tmp_path, name=f"MADE-UP_{release.id}_{table}.xlsx")
            read = receive(path, rules, tmp_path / "cache", named=release.id)
            assert read.sheets[0].table == table


ALARMS_THAT_ARE_JUSTIFIED: dict[str, str] = {
    "300 N LOS ANGELES ST BLDG": "an address; in columns of places this detector does not apply, because jails and offices stand with theirs",
}


def test_real_words_of_the_releases_raise_no_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    """Vocabularies, places and agencies as they really stand in such files."""
    texts = [raw for vocabulary in BOOK.vocabularies.values() for raw, _ in vocabulary.printed]
    texts += [
        header.raw for release in REGISTER.releases for header in release.headers if header.outcome != "identifier"
    ]
    cities = (
        "SAN ANTONIO",
        "LOS ANGELES",
        "ST. PAUL",
        "EL PASO",
        "PORT ISABEL",
        "BATON ROUGE",
        "SALT LAKE CITY",
        "HAMILTON",
    )
    states = sorted({state for state in BOOK.states().values.values() if state})
    texts += [f"{city}, {state}, DOCKET CONTROL OFFICE" for city in cities for state in states]
    texts += [f"{city} COUNTY JAIL - {state}" for city in cities for state in states]
    texts += [
        "Operation Cross Check", "NON-SPECIFIC USA, N/A", "26 FEDERAL PLAZA", "RIO GRANDE VALLEY, TX", "I-10 CHECKPOINT", "IAH SECURE ADULT DET. FACILITY",
        "287(g)", "US 59 / I-69", "ERO - FUGITIVE OPERATIONS TEAM 4", "212a6Ai - ALIEN PRESENT WITHOUT ADMISSION OR PAROLE", "237(a)(2)(A)(iii)",
        "300 N LOS ANGELES ST BLDG", "FUGITIVE OPERATIONS UNIT 3", "PARKING LOT 7", "36 DISTRICT COURT, DETROIT, MI", "24 HOUR COURT",
        "MARTIN LUTHER KING JR BLVD", "HENRY GONZALEZ FEDERAL BLDG", "ROBERT E LEE HIGH SCHOOL", "Driving a Stolen Vehicle",
        "Assault on Wife/Husband", "Molestation of Minor - Son or Daughter", "Subject was transferred", "FY2023 - FY2024",
        "STATE PRISON #3", "JOE CORLEY PROCESSING CTR", "T. DON HUTTO DETENTION CENTER", "PRINCE WILLIAM COUNTY", "FY2025", "2026-ICLI-00005",
    ]  # fmt: skip
    alarms = {text: found for text in texts if (found := suspects.text_suspect(text))}
    with capsys.disabled():
        print(f"\nreal words: {len(texts)} texts, {len(alarms)} alarms {alarms or ''}")
    assert set(alarms) == set(ALARMS_THAT_ARE_JUSTIFIED)


@pytest.mark.shared
def test_names_of_real_facilities_raise_no_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    import duckdb

    path = ROOT.parent / "shared" / "data" / "daily-population" / "facilities-daily-population-latest.parquet"
    for column in ("detention_facility", "detention_facility_code"):
        names = [
            row[0]
            for row in duckdb.execute(f"select distinct {column} from read_parquet(?)", [str(path)]).fetchall()
            if row[0]
        ]
        alarms = [name for name in names if suspects.text_suspect(name)]
        with capsys.disabled():
            print(f"\nreal facilities: {len(names)} of {column}, {len(alarms)} alarms")
        assert alarms == []


def test_an_exception_lets_one_detector_pass_in_one_file_and_is_printed(
    good: Made, rules: Rules, tmp_path: Path
) -> None:
    from tallystick.intake.door import admit_records

    path = good.with_cell(4, good.index(OPERATION), "4711 OAK STREET COURTHOUSE, TX").write(tmp_path)
    excepted = replace(rules, exceptions=((admit_records(path).sha256, OPERATION, "street_address"),))
    assert receive(path, excepted, tmp_path / "cache").sheets[0].excepted == (OPERATION,)
    with pytest.raises(TallystickError):
        receive(path, replace(rules, exceptions=(("0" * 64, OPERATION, "street_address"),)), tmp_path / "cache")


def test_headers_and_registration_numbers_are_never_excepted(tmp_path: Path) -> None:
    from tallystick.intake.exceptions import read_exceptions
    from tallystick.terms.definitions import Shelf

    folder = tmp_path / "us-ice" / "exceptions"
    folder.mkdir(parents=True)
    for detector in ("header", "shapes", "key"):
        (folder / "mine.toml").write_text(
            f'[[exceptions]]\nsha256 = "{"a" * 64}"\ncolumn = "x"\ndetector = "{detector}"\nreason = "because"\n'
        )
        with pytest.raises(TallystickError):
            read_exceptions(Shelf(tmp_path))


def test_a_csv_file_passes_the_same_door(rules: Rules, tmp_path: Path) -> None:
    header = [entry.raw for entry in REGISTER.release("npr_detainers").in_order("detainers")]
    row = [
        "1/5/2012",
        "YES",
        "",
        "",
        "",
        "",
        "",
        "",
        "XQ000AL",
        "EXAMPLE JAIL",
        "NO",
        "NO",
        "NO",
        "NO",
        "MEXICO",
        "(b)(6)",
        "NO",
        "",
        "(b)(6)",
        "(b)(6)",
    ]
    for name, rows, passes in (("good", [row] * 3, True), ("bad", [row, [*row[:18], ALIEN, "(b)(6)"]], False)):
        path = tmp_path / f"{name}.csv"
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
        if passes:
            assert receive(path, rules, tmp_path / "cache").sheets[0].rows == 3
        else:
            with pytest.raises(TallystickError) as error:
                receive(path, rules, tmp_path / "cache")
            assert error.value.exit_code == 3


def test_marks_of_redaction_and_what_only_looks_like_one() -> None:
    for text in (
        "(b)(6), (b)(7)(c)",
        "(b)(6)(b)(7)(c)",
        "b(6), b(7)C",
        "b(7)(e)",
        "(B)(3)",
        "(b)(6), (b)(7)(c) (b)(7)(e)",
    ):
        assert is_purely_redacted(text), text
    for text in ("101(a)(43)(O)", "235(c) Cases", "(b)(6) x9", "b(6) Juan", "", "REDO"):
        assert not is_purely_redacted(text), text


def test_a_second_sheet_without_records_is_looked_through_too(good: Made, rules: Rules, tmp_path: Path) -> None:
    path = tmp_path / "MADE-UP_two.xlsx"
    notes = [("nothing", "here")] * 60 + [("Juan Perez", "there")]
    write_records(path, [good.sheet(), MadeSheet("MADE-UP Notes", [WARNING], ["What", "Where"], notes, hidden=True)])
    with pytest.raises(TallystickError) as error:
        receive(path, rules, tmp_path / "cache")
    assert error.value.exit_code == 3
    assert not list((tmp_path / "cache").glob("*"))
