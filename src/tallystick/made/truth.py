"""Made-up arrests and stints whose truth is known, with the faults that real releases have and some they may have.

Every row carries which arrest, stint or stay it truly tells; rules never see that. How often a rule is right
can then be counted, on faults that no rule was made for too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from tallystick.made.people import Life, Setting, lives

Row = dict[str, Any]
DAY = 86400
BASE = datetime(1970, 1, 1)  # noqa: DTZ001  # records know no time zone
FAULTS = (
    ("reprocessed", "a second row for one arrest, hours later, as reprocessed"),
    ("same moment", "a second row at the same moment with another method"),
    ("exact", "a row told twice, alike in every column"),
    ("next day", "one arrest entered again on the next day, 25 to 40 hours later"),
    ("two in a day", "two true arrests of one person within 20 hours"),
    ("late entry", "an arrest entered with a time hours after the book-in that followed it"),
    ("days late", "an arrest entered 6 to 9 days after the book-in"),
    ("lost key", "a row whose person key is blank"),
    ("split key", "one person under two keys"),
    ("bond twin", "a stint told twice with another bond"),
    ("moved book-in", "a stint told twice, the book-in a few minutes off"),
    ("same-day return", "a true return to the same facility on the same day"),
    ("overlap", "a stint that ends hours after the next one began"),
    ("no end", "a stint that ended and has no end"),
    ("road", "a day and more on the road between two stints of one stay"),
    ("back at once", "released and booked in again within 10 hours: two stays"),
)


@dataclass
class Truth:
    """Rows as a release would print them, each with what it truly tells."""

    arrests: list[Row] = field(default_factory=list)
    stints: list[Row] = field(default_factory=list)
    links: set[tuple[int, int]] = field(default_factory=set)  # (true arrest, true stay)


class _Maker:
    def __init__(self, seed: int, rate: float, only: str) -> None:
        self.random = Random(seed)  # noqa: S311  # invented data, no secret
        self.rate, self.only = rate, only
        self.truth = Truth()
        self.arrest = self.stay = self.stint = 0

    def hits(self, fault: str) -> bool:
        """Whether a fault happens here."""
        return (not self.only or self.only == fault) and self.random.random() < self.rate

    def person(self, number: int, life: Life) -> None:
        """All rows of one life."""
        second_key = 1_000_000 + number if self.hits("split key") else number
        for place, (moment, method) in enumerate(_separate(life.arrests)):
            self.arrest += 1
            key = second_key if place % 2 else number
            row = {
                "person_key": key, "moment": _seconds(moment), "apprehension_method": method,
                "apprehension_aor": life.area, "birth_year": life.birth_year,
                "apprehension_criminality": life.criminality, "true": self.arrest,
            }  # fmt: skip
            stay = life.stays[place] if place < len(life.stays) else None
            self._arrest(row, has_stay=stay is not None)
            if stay is not None:
                self.stay += 1
                self.truth.links.add((self.arrest, self.stay))
                self._stay(key, stay.stints)

    def _arrest(self, row: Row, *, has_stay: bool) -> None:
        random, rows = self.random, self.truth.arrests
        first = dict(row)
        if has_stay and self.hits("late entry"):
            first["moment"] += random.randrange(15, 40) * 3600
        if has_stay and self.hits("days late"):
            first["moment"] += random.randrange(6, 9) * DAY
        if self.hits("lost key"):
            first["person_key"] = None
        rows.append(first)
        if self.hits("exact"):
            rows.append(dict(first))
        if self.hits("same moment"):
            rows.append({**first, "apprehension_method": "other_efforts"})
        if self.hits("reprocessed"):
            later = first["moment"] + random.randrange(0, 20 * 3600)
            rows.append({**first, "moment": later, "apprehension_method": "ero_reprocessed_arrest"})
        if self.hits("next day"):
            rows.append({**first, "moment": first["moment"] + random.randrange(25 * 3600, 40 * 3600)})
        if self.hits("two in a day"):
            other = {**row, "moment": row["moment"] - random.randrange(3600, 20 * 3600), "true": -self.arrest}
            rows.append(other)  # a true arrest of its own, before the one that led to the stay

    def _stay(self, key: int, stints: list[Any]) -> None:
        random, rows = self.random, self.truth.stints
        begins = _seconds(stints[0].start)
        shift = 0
        for place, stint in enumerate(stints):
            self.stint += 1
            if place and self.hits("road"):
                shift += random.randrange(26 * 3600, 50 * 3600)
            end = None if stint.end is None else _seconds(stint.end) + shift
            row = {
                "person_key": key, "stay_moment": begins, "moment": _seconds(stint.start) + shift, "moment_out": end,
                "goes_on": end is None, "facility": stint.facility[0], "detention_facility_code": stint.facility[0],
                "initial_bond_set_amount": None, "stint_release_reason": stint.reason, "true": self.stint,
                "true_stay": self.stay,
            }  # fmt: skip
            self._stint(row, is_last=place == len(stints) - 1)
        ended = rows[-1]["moment_out"]
        if ended is not None and not rows[-1]["goes_on"] and self.hits("back at once"):
            self.stay, self.stint = self.stay + 1, self.stint + 1
            again = ended + random.randrange(3600, 10 * 3600)
            row = {**rows[-1], "stay_moment": again, "moment": again, "moment_out": again + 3 * DAY}
            rows.append(row | {"true": self.stint, "true_stay": self.stay})

    def _stint(self, row: Row, *, is_last: bool) -> None:
        random, rows, end = self.random, self.truth.stints, row["moment_out"]
        if end is not None and not is_last and self.hits("overlap"):
            row["moment_out"] = end = end + random.randrange(3600, 9 * 3600)
        if end is not None and not is_last and self.hits("no end"):
            row |= {"moment_out": None, "goes_on": True}
        if self.hits("lost key"):
            row["person_key"] = None
        rows.append(row)
        if self.hits("exact"):
            rows.append(dict(row))
        if self.hits("bond twin"):
            rows.append({**row, "initial_bond_set_amount": random.randrange(15, 100) * 100})
        if self.hits("moved book-in"):
            rows.append({**row, "moment": row["moment"] + random.randrange(60, 1800)})
        if end is not None and is_last and self.hits("same-day return"):
            self.stint += 1
            rows.append({**row, "moment": end + 600, "moment_out": end + 900, "true": self.stint})


def _separate(arrests: Iterable[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
    return [entry for entry in arrests if entry[1] != "ero_reprocessed_arrest"]


def _seconds(moment: datetime) -> int:
    return int((moment - BASE).total_seconds())


def made_truth(people: int, seed: int, *, rate: float = 0.05, only: str = "") -> Truth:
    """Rows of invented people with their truth.

    Args:
        people: how many.
        seed: the same seed gives the same rows.
        rate: how often each fault happens where it can.
        only: one fault alone; '' plants all of them.
    """
    setting = Setting.of(("Example North", "Example South"), ("EX", "EY"))
    maker = _Maker(seed, rate, only)
    for number, life in enumerate(lives(people, seed, date(2024, 1, 1), date(2025, 12, 31), setting), start=1):
        maker.person(number, life)
    for rows in (maker.truth.arrests, maker.truth.stints):
        for number, row in enumerate(rows):
            row |= {"record": number, "source_file": "a", "source_sheet": "s", "source_row": number}
            row["day"] = row["moment"] // DAY
    return maker.truth
