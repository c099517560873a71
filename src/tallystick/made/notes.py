"""The Footnotes sheet: a glossary and the dated sentences from which an as-of date is read."""

from dataclasses import dataclass
from datetime import date, timedelta

from tallystick.made.blocks import Words
from tallystick.made.figures import fiscal_year
from tallystick.made.pages import LEGAL, WATERMARK, Page, stack
from tallystick.made.shapes import Shape

GLOSSARY = (
    ("ADP", "Average daily population"),
    ("ALIP", "Average length in program"),
    ("ALOS", "Average length of stay"),
    ("AOR", "Area of Responsibility"),
    ("{P}", "The agency which arrests and hands over"),
    ("{A}", "The agency which detains"),
    # a date which is no as-of date, as in the real sheets
    ("FY2019 {A} Alternatives to Detention", "Length of Program = 1/31/2020 ATD Start Date +1"),
)
MANDAY = (
    "The Average Daily Population (ADP) is based on MANDAY Count.  The ADP is the number of "
    "MANDAYS for a given time period, divided by the number of days in that time period."
)
_FEAR = (
    "USCIS Average Time from USCIS Fear Decision Service Date to {A} Release (In Days) & {people} "
    "with USCIS-Established Fear Decisions in an {A} Detention Facility"
)


@dataclass(frozen=True)
class NoteDates:
    """The as-of dates the footnotes name: one for the Detention sheet, one for the others."""

    detention: date
    others: date


def footnotes_page(name: str, shape: Shape, *, words: Words, dates: NoteDates, hidden: bool = False) -> Page:
    """The Footnotes sheet of an era, with the watermark as its first line."""
    head = [(WATERMARK,), (LEGAL,), ("{A} FOOTNOTES",), ("Term", "Definition"), *GLOSSARY]
    lines = [*head, *_detention_notes(shape, words, dates.detention)]
    if any(role == "iclos" for role, _ in shape.sheets):
        lines += _other_notes(shape, dates.others)
    filled = [tuple(words.fill(cell) for cell in line) for line in lines]
    return Page(name, stack(enumerate(filled, 1)), hidden=hidden)


def _detention_notes(shape: Shape, words: Words, as_of: date) -> list[tuple[str, ...]]:
    now, year = f"FY{words.year}", f"FY{fiscal_year(as_of)}"
    term = f"{now} YTD" if shape.name == "FY21" else now
    exits = {"FY25": f"{now} and FY{words.year - 1}", "FY26": f"{now} and FY{words.year - 1}"}
    outs = "Final Book Out" if shape.name >= "FY25" else shape.exits_word
    bookins = "{A} Book-ins" if shape.name >= "FY23" else "{A} Detention"
    snapshot = as_of + timedelta(days=1)
    taken = f"{snapshot:%m/%d/%Y} {_run(shape, snapshot, snapshot)}"
    population = "{A} Currently Detained Population"
    docket = "EOFY{y4} " if shape.name == "FY20" else ""
    blank = " " if shape.name == "FY23" else ""
    lines: list[tuple[str, ...]] = [
        (
            f"{term} {{A}} Average Daily Population and {{A}} Average Length of Stay",
            _updated(shape, year, "{A} Detention", as_of=as_of),
        ),
        ("", MANDAY),
        (
            f"{exits.get(shape.name, now)} {{A}} {shape.exits_word}",
            _updated(shape, year, "{A} " + outs, as_of=as_of),
        ),
        (f"{term} {{A}} Removals", _updated(shape, year, "{A} Removals", as_of=as_of)),
        (
            population if shape.name == "FY19" else population + " Breakdown",
            f"{docket}{{A}} National Docket data are a snapshot as of {blank}{taken}.",
        ),
        (f"{term} {{A}} Initial Book-Ins", _updated(shape, year, bookins, as_of=as_of)),
    ]
    if shape.fear_left:
        people = shape.people.replace("Noncitizens", "Non-Citizens")
        held = people.replace("-", " ") + " Currently in {A} Detention Facilities"
        of = " of" if shape.name <= "FY22" else ""  # from FY23 the real sentence lacks the word
        lines += [
            (
                _FEAR.replace("{people}", people),
                f"{held} data are a snapshot as{of} {taken}.",
            ),
            ("", _updated(shape, year, "{A} Releases", as_of=as_of)),
            ("", f"USCIS data were received on {as_of + timedelta(days=3):%m/%d/%Y}."),
        ]
    return lines


def _other_notes(shape: Shape, as_of: date) -> list[tuple[str, ...]]:
    later = as_of + timedelta(days=2)
    ran = f"{later:%m/%d/%Y} {_run(shape, later, later)}"
    lines: list[tuple[str, ...]] = [
        (
            "ICLOS and Detainees ",
            f"{{A}} ICLOS and Detainees Data are updated through {ran}.",
        )
    ]
    year = f"FY{fiscal_year(as_of)}"
    if any(role == "bond" for role, _ in shape.sheets):
        outs = "{A} " + shape.exits_word
        lines.append(("Monthly Bond Statistics", _updated(shape, year, outs, as_of=as_of)))
    if shape.tops.parole_requested:
        text = f"{year} Encounters data is updated through {ran}."
        lines.append(("Individuals with Credible Fear Parole", text))
    return lines


def _updated(shape: Shape, year: str, data: str, *, as_of: date) -> str:
    run = _run(shape, as_of, as_of + timedelta(days=1))
    if shape.name == "FY19":
        return f"EO{year} {data} data is filtered through {as_of:%m/%d/%Y} {run}."
    if shape.name == "FY20":
        day = f"{as_of.month}/{as_of.day}/{as_of.year}"
        return f"EO{year} {data} data are historic and static. Data are filtered through {day} {run}."
    ytd = "" if shape.name in {"FY22", "FY23"} else " YTD"
    verb = "is" if data.endswith("Book-ins") else "are"
    return f"{year}{ytd} {data} data {verb} updated through {as_of:%m/%d/%Y} {run}."


def _run(shape: Shape, entered: date, before: date) -> str:
    """The bracket which names the run: the day after, and the last day of data entry."""
    run = before + timedelta(days=1)
    version = "v.1.34 " if shape.name <= "FY21" else "v.2.0 "
    words = "Run Date" if shape.name >= "FY24" else version + "run date"
    return f"(IIDS {words} {run:%m/%d/%Y}; EID as of {entered:%m/%d/%Y})"
