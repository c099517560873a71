"""Invented people and what happened to them, as sequences: encounter, detainer, arrest, stints, removal.

Nobody is described. Shares follow what is published about the releases in round numbers; what truly
happened is known here, so that links and episodes found later can be held against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

CRIMINALITY = (("convicted", 40), ("pending", 28), ("other_violator", 32))
COUNTRIES = (
    ("MEXICO", 38),
    ("GUATEMALA", 16),
    ("HONDURAS", 13),
    ("VENEZUELA", 7),
    ("EL SALVADOR", 6),
    ("COLOMBIA", 5),
    ("ECUADOR", 4),
    ("CUBA", 3),
    ("NICARAGUA", 3),
    ("INDIA", 2),
    ("BRAZIL", 1),
    ("HAITI", 1),
    ("JAMAICA", 1),
)
METHODS = (
    ("cap_local_incarceration", 30),
    ("custodial_arrest", 14),
    ("located", 14),
    ("non_custodial_arrest", 14),
    ("cap_state_incarceration", 7),
    ("287_g_program", 6),
    ("other_efforts", 6),
    ("cap_federal_incarceration", 3),
    ("ero_reprocessed_arrest", 3),
    ("probation_and_parole", 2),
    ("worksite_enforcement", 1),
)
CHARGES = (
    ("Driving Under Influence Liquor", "5404", "misdemeanor", "3"),
    ("Assault", "1399", "misdemeanor", "3"),
    ("Illegal Re-Entry (INA SEC.101(a)(43)(O), 8USC1326 only)", "03AB", "felony", "2"),
    ("Traffic Offense", "5499", "misdemeanor", "3"),
    ("Dangerous Drugs", "3599", "felony", "2"),
    ("Domestic Violence", "13AB", "misdemeanor", "3"),
    ("Burglary", "2299", "felony", "2"),
    ("Larceny", "2399", "misdemeanor", "3"),
    ("Drug Trafficking", "35AB", "aggravated_felony", "1"),
    ("Robbery", "1299", "aggravated_felony", "1"),
    ("Sexual Assault", "1199", "aggravated_felony", "1"),
    ("Weapon Offense", "5299", "felony", "2"),
    ("Public Order Crimes", "7399", "misdemeanor", "3"),
)
PENDING_CATEGORIES = ("8B", "2A", "8G", "8A")
FINAL_CATEGORIES = ("16", "8F", "3", "8C", "11", "5B", "8E")
REMOVED_STATUS = (
    ("excluded_removed_inadmissibility", 65),
    ("deported_deportability", 20),
    ("voluntary_departure_confirmed", 15),
)
RELEASES = (
    ("Order of recognizance", 30),
    ("Bonded Out - IJ", 30),
    ("Order of supervision", 15),
    ("Paroled", 20),
    ("Relief Granted by IJ", 5),
)
HEX = "0123456789abcdef"


@dataclass(frozen=True)
class Setting:
    """Where invented people are: areas, states and facilities, real ones in tests and fictional ones in the demo."""

    areas: tuple[str, ...]
    states: tuple[str, ...]
    facilities: tuple[tuple[str, str, str, str], ...]  # code, name, area, state

    @staticmethod
    def of(areas: tuple[str, ...], states: tuple[str, ...], many: int = 160) -> Setting:
        """Facilities spread over areas and states."""
        words = ("Cedar", "Mill Creek", "Stone", "Prairie", "Harbor", "Willow", "Canyon", "Summit", "Delta", "Orchard")
        kinds = (
            "Detention Center",
            "County Jail",
            "Processing Center",
            "Hold Room",
            "Staging Facility",
            "Correctional Center",
        )
        made = []
        for number in range(many):
            area, state = areas[number % len(areas)], states[number % len(states)]
            name = f"{words[number % len(words)].upper()} {kinds[number * 7 % len(kinds)].upper()} NO {number + 1}"
            made.append((f"XQ{number:03d}{state}", name, area, state))
        return Setting(areas, states, tuple(made))


@dataclass
class Stint:
    """One placement in one facility."""

    facility: tuple[str, str, str, str]
    start: datetime
    end: datetime | None
    reason: str = ""


@dataclass
class Stay:
    """Stints one after the other."""

    stints: list[Stint]
    reason: str = ""

    @property
    def start(self) -> datetime:
        """When the first stint begins."""
        return self.stints[0].start

    @property
    def end(self) -> datetime | None:
        """When the last stint ends; None while it goes on."""
        return self.stints[-1].end


@dataclass
class Life:
    """One invented person with everything that a release could show."""

    key: str
    sex: str
    birth_year: int
    country: str
    criminality: str
    charge: tuple[str, str, str, str] | None
    charged: date | None
    convicted: date | None
    entered: date
    area: str
    state: str
    category: str
    status: str = "active"
    final_order: bool = False
    ordered: date | None = None
    gang: bool = False
    encounters: list[datetime] = field(default_factory=list)
    detainer: datetime | None = None
    arrests: list[tuple[datetime, str]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    departed: date | None = None


def lives(people: int, seed: int, first: date, last: date, setting: Setting) -> Iterator[Life]:
    """Invented people whose events lie between two days.

    Args:
        people: how many.
        seed: the same seed gives the same people.
        first: first day of events.
        last: the day on which the release closes; what goes on then is open.
        setting: places.
    """
    random = Random(seed)  # noqa: S311  # invented data, no secret
    days = (last - first).days
    for _ in range(people):
        life = _person(random, setting, first)
        start = datetime.combine(first, datetime.min.time()) + timedelta(days=int(days * random.random() ** 0.7))
        _happens(random, life, start + timedelta(seconds=random.randrange(86400)), last, setting)
        yield life


def _pick(random: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return random.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def _person(random: Random, setting: Setting, first: date) -> Life:
    criminality = _pick(random, CRIMINALITY)
    charge = random.choice(CHARGES) if criminality == "convicted" else None
    charged = first - timedelta(days=random.randrange(60, 6000)) if charge else None
    place = random.randrange(len(setting.areas))
    return Life(
        key=f"{random.getrandbits(160):040x}",
        sex="female" if random.random() < 0.11 else "male",
        birth_year=first.year - 18 - int(random.betavariate(2, 4) * 55),
        country=_pick(random, COUNTRIES),
        criminality=criminality,
        charge=charge,
        charged=charged,
        convicted=charged + timedelta(days=random.randrange(20, 400)) if charged else None,
        entered=first - timedelta(days=random.randrange(30, 9000)),
        area=setting.areas[place],
        state=setting.states[place % len(setting.states)],
        category=random.choice(FINAL_CATEGORIES if random.random() < 0.45 else PENDING_CATEGORIES),
        gang=random.random() < 0.02,
    )


def _happens(random: Random, life: Life, moment: datetime, last: date, setting: Setting) -> None:
    close = datetime.combine(last, datetime.max.time()).replace(microsecond=0)
    life.encounters.append(moment)
    if random.random() < 0.25:
        life.encounters.append(moment - timedelta(days=random.randrange(1, 300)))
    if random.random() < 0.35:
        life.detainer = moment + timedelta(hours=random.randrange(1, 40))
    if random.random() < 0.12 or moment > close:
        return  # considered, and never arrested
    arrest = moment + timedelta(days=random.randrange(0, 25) if life.detainer else 0, seconds=random.randrange(3600))
    if arrest > close:
        return
    life.arrests.append((arrest, _pick(random, METHODS)))
    if random.random() < 0.02:
        life.arrests.append((arrest + timedelta(hours=random.randrange(0, 20)), "ero_reprocessed_arrest"))
    if random.random() < 0.08:
        return  # arrested, and not detained
    life.stays.append(_stay(random, life, arrest, close, setting))
    if random.random() < 0.05 and (ended := life.stays[0].end):
        again = ended + timedelta(days=random.randrange(20, 200))
        if again < close:
            life.arrests.append((again, _pick(random, METHODS)))
            life.stays.append(_stay(random, life, again, close, setting))


def _stay(random: Random, life: Life, arrest: datetime, close: datetime, setting: Setting) -> Stay:
    moment = arrest + timedelta(minutes=random.randrange(20, 900))
    stints: list[Stint] = []
    is_removed = random.random() < (0.75 if life.category in FINAL_CATEGORIES else 0.45)
    own = [facility for facility in setting.facilities if facility[2] == life.area] or list(setting.facilities)
    for number in range(1 + min(5, int(random.expovariate(0.8)))):
        facility = random.choice(own if number == 0 else setting.facilities)
        length = timedelta(
            minutes=random.randrange(120, 2000) if number == 0 else int(random.expovariate(1 / 20) * 1440) + 60
        )
        if moment > close:
            break
        end = moment + length
        stints.append(Stint(facility, moment, end if end <= close else None, "Transferred"))
        moment = end
    if not stints:
        stints.append(Stint(random.choice(own), min(moment, close), None))
    stay = Stay(stints)
    if stay.end is None:
        stints[-1].reason = ""
        return stay
    stay.reason = stints[-1].reason = "Removed" if is_removed else _pick(random, RELEASES)
    if is_removed:
        life.departed = stay.end.date()
        life.status = _pick(random, REMOVED_STATUS)
        life.final_order = True
        life.ordered = life.departed - timedelta(days=random.randrange(1, 900))
    elif stay.reason == "Relief Granted by IJ":
        life.status = "relief_granted"
    return stay
