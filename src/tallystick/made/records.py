"""Invented rows of every table, in canonical columns: what a release of the given span would hold of invented lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tallystick.made.people import PENDING_CATEGORIES, Life, Stay, Stint

Record = dict[str, Any]
FOLDED = datetime(2025, 7, 22)  # noqa: DTZ001  # from here on methods of jail arrests are folded into one
TICKED = 0.12  # how often a box that is only ever ticked is ticked
PROGRAMS = {
    "located": "Fugitive Operations",
    "non_custodial_arrest": "Fugitive Operations",
    "287_g_program": "287G Program",
}
LANDMARKS = (
    "{state} STATE CORRECTIONAL FACILITY",
    "EXAMPLE COUNTY JAIL, {state}",
    "SAMPLE CITY COURTHOUSE, {state}",
    "ERO OFFICE - {state}",
    "NON-SPECIFIC LOCATION, {state}",
    "PORT OF ENTRY EXAMPLE BRIDGE, {state}",
)


def arrests(life: Life, random: Random, _release: str) -> Iterator[Record]:
    """Arrests of one life."""
    for moment, coded in life.arrests:
        method = coded
        if method.startswith("cap_") and moment >= FOLDED and random.random() < 0.9:
            method = "custodial_arrest"
        yield {
            **_case(life),
            "apprehension_datetime": moment,
            "apprehension_method": method,
            "apprehension_state": life.state if random.random() > 0.2 else None,
            "apprehension_aor": life.area if random.random() > 0.02 else None,
            "final_program": PROGRAMS.get(method, "ERO Criminal Alien Program"),
            "final_program_group": "ICE",
            "apprehension_criminality": life.criminality,
            "case_criminality": life.criminality,
            "birth_year": life.birth_year,
            "apprehension_landmark": _landmark(life, random),
            "apprehension_duty_site": f"{life.area.upper()}, {life.state}, DOCKET CONTROL OFFICE",
            "apprehension_type": ("targeted" if random.random() < 0.6 else "collateral")
            if random.random() < 0.2
            else None,
            "arresting_agency": "ICE",
            "operation": "Operation Example" if random.random() < 0.05 else None,
        }


def encounters(life: Life, random: Random, _release: str) -> Iterator[Record]:
    """Encounters of one life."""
    for moment in life.encounters:
        yield {
            **_case(life),
            "event_datetime": moment,
            "responsible_aor": life.area,
            "responsible_site": f"{life.area.upper()}, {life.state}, DOCKET CONTROL OFFICE",
            "event_type": random.choice(
                ("CAP Local", "CAP State", "Fugitive Operations (Event)", "ERO Criminal Alien Program")
            ),
            "lead_event_type": random.choice(("Not applicable", "CAP Local")),
            "lead_source": "Other Lead" if random.random() < 0.16 else None,
            "final_program": "ERO Criminal Alien Program",
            "final_program_group": "ICE",
            "encounter_criminality": life.criminality,
            "encounter_threat_level": life.charge[3] if life.charge else None,
            "processing_disposition": random.choice(
                ("Other", "Detainer", "Not in Custody", "Warrant of Arrest/Notice to Appear")
            ),
            "birth_year": life.birth_year,
            "event_landmark": _landmark(life, random) if random.random() < 0.43 else None,
            "arresting_agency": "ICE",
        }


def detainers(life: Life, random: Random, _release: str) -> Iterator[Record]:
    """The detainer of one life, if there was one."""
    if life.detainer is None:
        return
    arrest = life.arrests[0] if life.arrests else None
    sentence = life.charge and random.random() < 0.3
    yield {
        **_case(life),
        **_conviction(life),
        "detainer_prepare_date": life.detainer.date(),
        "facility_state": life.state,
        "facility_aor": life.area if random.random() > 0.2 else None,
        "port_of_departure": "EXAMPLE PORT" if life.departed else None,
        "detainer_criminality": life.criminality,
        "detainer_facility": f"EXAMPLE COUNTY JAIL {life.state}",
        "detainer_facility_code": f"CJ{life.state}EX",
        "facility_city": "SAMPLETON",
        "detainer_threat_level": life.charge[3] if life.charge else None,
        "birth_country": life.country,
        "birth_year": life.birth_year,
        "entry_status": random.choice(("PWA Mexico", "Not Applicable", None)),
        "msc_sentence_days": random.randrange(1, 90) if sentence else None,
        "msc_sentence_months": 0 if sentence else None,
        "msc_sentence_years": 0 if sentence else None,
        "processing_disposition": "Detainer",
        "final_program": "ERO Criminal Alien Program",
        "apprehension_case_category": life.category if arrest else None,
        "apprehension_current_program": "ERO Criminal Alien Program" if arrest else None,
        "apprehension_method": arrest[1] if arrest else None,
        "apprehension_datetime": arrest[0] if arrest else None,
        "entry_date": life.entered if random.random() < 0.7 else None,
        **{
            box: True if random.random() < TICKED else None
            for box in (
                "prior_felony",
                "multiple_prior_misdemeanors",
                "violent_misdemeanor",
                "illegal_reentry",
                "significant_risk",
                "criminal_street_gang",
                "aggravated_felony",
            )
        },
        **{
            box: random.random() < 0.4 if random.random() < 0.8 else None
            for box in (
                "deportation_ordered",
                "nta_served",
                "biometric_match",
                "statements_made",
                "resume_custody",
                "federal_register_notice",
            )
        },
        "detainer_lift_reason": "Booked into Detention"
        if life.stays
        else random.choice(("Detainer Declined by LEA", "Case Closed", None)),
        "detainer_lift_reason_code": "B" if life.stays else None,
        "detainer_type": "I247A - Immigration Detainer - Notice of Action" if random.random() < 0.9 else "I247G",
        "detainer_duty_site": f"{life.area.upper()}, {life.state}, DOCKET CONTROL OFFICE",
    }


def stints(life: Life, random: Random, _release: str) -> Iterator[Record]:
    """All stints of one life, each with the facts of its stay."""
    for stay in life.stays:
        for stint in stay.stints:
            yield _stint(life, stay, stint, random)


def _stint(life: Life, stay: Stay, stint: Stint, random: Random) -> Record:
    code, name, area, state = stint.facility
    return {
        **_case(life),
        **_conviction(life),
        "stay_book_in_datetime": stay.start,
        "stint_book_in_datetime": stint.start,
        "detention_facility": name,
        "detention_facility_code": code,
        "stint_book_out_datetime": stint.end,
        "stint_release_reason": stint.reason or None,
        "stay_book_out_datetime": stay.end,
        "stay_book_out_date": stay.end.date() if stay.end else None,
        "stay_release_reason": stay.reason or None,
        "religion": "Example" if random.random() < 0.03 else None,
        "marital_status": random.choice(("single", "married", None)),
        "ethnicity": "hispanic" if random.random() < 0.44 else None,
        "race": "white",
        "birth_year": life.birth_year,
        "birth_country": life.country,
        "entry_status": random.choice(("PWA Mexico", "Not Applicable", None)),
        "entry_date": life.entered if random.random() < 0.7 else None,
        "bond_posted_date": stay.end.date() if stay.end and stay.reason.startswith("Bonded") else None,
        "bond_posted_amount": random.randrange(15, 250) * 100 if stay.reason.startswith("Bonded") else None,
        "initial_bond_set_amount": random.randrange(15, 250) * 100 if stay.reason.startswith("Bonded") else None,
        "final_charge": "212a6Ai - ALIEN PRESENT WITHOUT ADMISSION OR PAROLE" if random.random() < 0.6 else None,
        "book_in_criminality": life.criminality,
        "final_program": "ERO Criminal Alien Program" if random.random() < 0.7 else "Border Patrol",
        "final_program_group": "ICE",
        "known_terrorist": False if random.random() < 0.95 else None,
        "suspected_gang": life.gang if random.random() < 0.95 else None,
        "offense_ina_236c": bool(life.charge) if random.random() < 0.5 else None,
        "case_ina_236c": bool(life.charge) if random.random() < 0.5 else None,
        "detainee_classification": "high" if life.charge and life.charge[3] == "1" else "low",
        "book_in_site": f"{area.upper()}, {state}",
        "book_in_aor": area,
    }


def removals(life: Life, random: Random, _release: str) -> Iterator[Record]:
    """The removal of one life, if there was one."""
    if life.departed is None:
        return
    arrest = life.arrests[0][0] if life.arrests else None
    yield {
        **_case(life),
        **_conviction(life),
        "port_of_departure": random.choice(("ALEXANDRIA STAGING, LA", "EXAMPLE BRIDGE, TX", "SAMPLE AIRPORT, AZ")),
        "birth_country": life.country,
        "birth_year": life.birth_year,
        "entry_status": random.choice(("PWA Mexico", "Not Applicable", None)),
        "entry_date": life.entered if random.random() < 0.76 else None,
        "processing_disposition": "Expedited Removal (I-860)"
        if life.category == "8F"
        else "Warrant of Arrest/Notice to Appear",
        "current_program": "Detained Docket Control",
        "apprehension_datetime": arrest,
        "latest_apprehension_datetime": arrest,
        "final_charge_section": "212a6Ai",
        "final_charge_code": "I6A",
        "case_aor": life.area,
        "apprehension_state": life.state if random.random() < 0.24 else None,
        "case_criminality": life.criminality,
        "final_program": "ERO Criminal Alien Program",
        "final_program_code": "CAP",
        "apprehension_case_category": life.category,
        "latest_apprehension_program": "ERO Criminal Alien Program",
        "prior_deport": random.random() < 0.2,
        "latest_departed_date": life.departed,
        "known_terrorist": False,
        "suspected_gang": life.gang,
        "arresting_agency": "ICE",
        "latest_arresting_agency": "ICE",
    }


DETAIN = "Detain in the Custody of This Service"
RELEASE = "Release on Community Supervision"
LEFT_OPEN = "Supervisor to Determine - Detain or Release on Community Supervision"
VERSIONS = (  # invented versions of an invented tool: the first day of each, and what it recommends by the higher score
    (date(2011, 10, 1), "3.1", {"low": RELEASE, "medium": LEFT_OPEN, "high": DETAIN}),
    (date(2017, 6, 1), "4.0", {"low": LEFT_OPEN, "medium": LEFT_OPEN, "high": DETAIN}),
    (date(2020, 3, 1), "5.0", {"low": LEFT_OPEN, "medium": DETAIN, "high": DETAIN}),
)
SCORES = ("low", "medium", "high")
OVERRIDES = 0.06  # how often a recommendation is not followed
VULNERABLE = ("PREGNANT", "SERIOUS PHYSICAL ILLNESS", "SOLE CARETAKER")


def rca(life: Life, random: Random, _release: str) -> Iterator[Record]:
    """Decisions of the risk classification assessment at the start of each stay."""
    for stay in life.stays:
        if random.random() < 0.33:  # about a third of stays have none
            continue
        day = (stay.start + timedelta(days=random.randrange(0, 5))).date()
        safety, flight = random.choice(SCORES), random.choice(SCORES)
        version, rule = next((name, rule) for since, name, rule in reversed(VERSIONS) if day >= since)
        advice = rule[SCORES[max(SCORES.index(safety), SCORES.index(flight))]]
        follows = random.random() >= OVERRIDES
        decided = advice if follows else {DETAIN: RELEASE, RELEASE: DETAIN}.get(advice, DETAIN)
        if advice == LEFT_OPEN:
            decided = DETAIN if random.random() < 0.8 else RELEASE
        agrees = "Agree" if follows else "Disagree"
        yield {
            "person_key": life.key,
            "rca_aor": life.area,
            "rca_dco": "EXD",
            "alert_active": "N",
            "submission_date": day,
            "status_code": "S",
            "risk_to_public_safety": safety if random.random() > 0.04 else None,
            "risk_of_flight": flight,
            "special_vulnerability": "NONE" if random.random() < 0.8 else random.choice((*VULNERABLE, None)),
            "case_category_at_decision": life.category,
            "final_order_at_decision": "yes" if life.final_order else "no",
            "final_order_date_at_decision": life.ordered if life.ordered and life.ordered <= day else None,
            "mandatory_detention_alleged": "yes" if life.charge and life.charge[3] == "1" else "no",
            "rca_decision_type": "Detain/Release ",
            "rca_recommendation": advice,
            "officer_agreement": "Not Applicable, Supervisor to Determine" if advice == LEFT_OPEN else agrees,
            "supervisor_agreement": agrees,
            "rca_final_decision": decided,
            "rca_decision_date": day,
            "rca_scoring_version": version,
            "special_vulnerability_version": "2.0",
            "mandatory_detention_version": "1.4",
            "disciplinary_infraction_version": "1.0",
            "fiscal_year": day.year + (day.month >= 10),  # October opens a fiscal year
            "fiscal_quarter": f"Q{(day.month + 2) % 12 // 3 + 1}",
        }


ROWS: Mapping[str, Callable[[Life, Random, str], Iterator[Record]]] = {
    "arrests": arrests,
    "detainers": detainers,
    "encounters": encounters,
    "stints": stints,
    "removals": removals,
    "rca": rca,
}


def _case(life: Life) -> Record:
    """What every table repeats of a case, as of the day of extraction."""
    return {
        "person_key": life.key,
        "gender": life.sex,
        "citizenship_country": life.country,
        "case_status": life.status,
        "case_category": life.category,
        "final_order": life.final_order or life.category not in PENDING_CATEGORIES,
        "final_order_date": life.ordered,
        "departed_date": life.departed,
        "departure_country": life.country if life.departed else None,
        "case_threat_level": life.charge[3] if life.charge else None,
    }


def _conviction(life: Life) -> Record:
    if life.charge is None:
        return {}
    text, code, kind, _ = life.charge
    return {
        "msc_charge": text,
        "msc_charge_code": code,
        "msc_charge_date": life.charged,
        "msc_conviction_date": life.convicted,
        "msc_charge_status": "convicted",
        "msc_charge_status_code": "C",
        "msc_crime_class": kind,
        "aggravated_felon_type": "drugs" if code == "35AB" else "none",
    }


def _landmark(life: Life, random: Random) -> str:
    return random.choice(LANDMARKS).format(state=life.state)


def event_of(record: Record, event: str) -> datetime | None:
    """The moment of the event of a row."""
    moment = record.get(event)
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return datetime.combine(moment, datetime.min.time())
    return moment
