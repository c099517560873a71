"""The tables of people counted: held, booked in, released and removed."""

from dataclasses import replace

from tallystick.made.blocks import TOTAL, Block, Body, Row, plain, ratio
from tallystick.made.figures import (
    AGENCY,
    CRIMINALITY,
    HOLDERS,
    MONTHS,
    PARTNER,
    apportion,
    months_sum,
)
from tallystick.made.shapes import BONDS

DISPOSITIONS = (
    "Expedited Removal (I-860)",
    "Notice to Appear (I-862)",
    "Reinstatement of Deport Order (I-871)",
    "Other",
)


def disposition(body: Body) -> Block:
    """Who is held, by processing disposition and facility type."""
    whole = sum(body.figures.detained.values())
    family = apportion(body.figures.detained_family, (0.6, 0.25, 0.05, 0.1))
    dashes = (0, 2) if body.shape.dashes else ()  # where '-' is printed, nobody is counted
    family = tuple(0 if i in dashes else n for i, n in enumerate(family))
    adult = apportion(whole - sum(family), (0.35, 0.45, 0.12, 0.08))
    rows = [_split_row(body, TOTAL, sum(family), sum(adult))]
    for i, label in enumerate(DISPOSITIONS):
        row = _split_row(body, label, family[i], adult[i])
        rows.append(replace(row, values=("-", *row.values[1:])) if i in dashes else row)
    kinds = (body.shape.family, "Adult") if body.shape.family else ("Adult",)
    header = ("Processing Disposition", *kinds, TOTAL)
    title = body.text(body.shape.disposition_title)
    return Block("detained_by_disposition", title, 8, 0, header, 1, tuple(rows))


def _split_row(body: Body, label: str, family: int, adult: int) -> Row:
    if not body.shape.family:
        return plain(label, adult, adult)
    return plain(label, family, adult, family + adult)


def criminality(body: Body) -> Block:
    """Who is held, by criminality and arresting agency."""
    names = (body.words.agency, body.words.partner)
    header = ("Criminality", names[0], f"Percent {names[0]}", names[1], f"Percent {names[1]}")
    rows = []
    for label in (TOTAL, *CRIMINALITY):
        chosen = CRIMINALITY if label == TOTAL else (label,)
        own, partner = (sum(body.figures.detained[who, c] for c in chosen) for who in (AGENCY, PARTNER))
        whole = own + partner
        rows.append(plain(label, own, ratio(own, whole), partner, ratio(partner, whole), whole))
    title = body.text("{A} Currently Detained by Criminality and Arresting Agency" + body.shape.criminality_suffix)
    return Block("detained_by_criminality_agency", title, 18, 0, (*header, TOTAL), 1, tuple(rows))


def bookins(body: Body) -> Block:
    """Initial book-ins by arresting agency and month."""
    counts = {who: months_sum([body.figures.bookins[who, c] for c in CRIMINALITY]) for who in HOLDERS}
    whole = months_sum(list(counts.values()))
    rows = [
        plain(body.words.partner, *body.begun(counts[PARTNER]), sum(counts[PARTNER])),
        plain(
            body.text(body.shape.agency_bookins),
            *body.begun(counts[AGENCY]),
            sum(counts[AGENCY]),
        ),
    ]
    if body.shape.agency_first:
        rows.reverse()
    title = body.text("{A} Initial Book-Ins by Arresting Agency and Month{suffix}")
    made = (plain(TOTAL, *whole, sum(whole)), *rows)
    return Block("bookins_by_agency_month", title, 18, 8, ("Agency", *MONTHS, TOTAL), 1, made)


def bookins_by_criminality(body: Body) -> Block:
    """Initial book-ins of the year by facility type and criminality."""
    whole = [sum(sum(body.figures.bookins[w, c]) for w in HOLDERS) for c in CRIMINALITY]
    family = [0, 0, sum(body.figures.bookins_family)]
    adult = [a - b for a, b in zip(whole, family, strict=True)]
    rows = body.types(*((*r, sum(r)) for r in (whole, family, adult)))
    if body.shape.adult_first and len(rows) == 3:
        rows = (rows[0], rows[2], rows[1])
    kind = "Facility Type and Criminality" if body.shape.family else "Criminality"
    title = body.text("{A} Initial Book-Ins by " + kind + "{suffix}")
    return Block("bookins_by_crim", title, 27, 0, ("Facility Type", *CRIMINALITY, TOTAL), 1, rows)


def exits_by_type(body: Body) -> Block:
    """Exits of the year by facility type."""
    whole = sum(map(sum, body.figures.exits.values()))
    family = int(whole * 0.03) if sum(body.figures.mandays_family) else 0
    rows = body.types((whole,), (family,), (whole - family,))
    title = body.text(body.shape.exits_type_title)
    return Block("exits_by_facility_type", title, 27, 7, ("Facility Type", "", TOTAL), 2, rows)


def removals(body: Body) -> Block:
    """Removals of the year."""
    whole = body.figures.removals
    rows = (plain(TOTAL, whole), plain(body.shape.removals_row, int(whole * 0.04)))
    title = body.text("{A} Removals{suffix}")
    return Block("removals", title, 27, 13, body.shape.removals_header, 2, rows)


def _reasons(body: Body) -> dict[str, tuple[str, ...]]:
    """Printed reason rows in order, each with the invented reasons it adds up."""
    singles = {r: (r,) for r in body.shape.reason_names if r not in BONDS}
    return {"Bonded Out": BONDS, **{b: (b,) for b in BONDS}, **singles}


def _reason_label(body: Body, reason: str) -> str:
    if reason == "Order of Supervision":
        return body.shape.supervision
    return body.text(reason)


def exits_by_year(body: Body) -> Block:
    """Exits of the year by reason and criminality, as printed until early FY21."""
    exits = body.figures.exits
    whole = [sum(sum(exits[r, c]) for r in body.shape.reason_names) for c in CRIMINALITY]
    rows = [plain(TOTAL, *whole, sum(whole))]
    for reason, parts in _reasons(body).items():
        counts = [sum(sum(exits[p, c]) for p in parts) for c in CRIMINALITY]
        rows.append(plain(_reason_label(body, reason), *counts, sum(counts)))
    title = body.text("{A} " + body.shape.exits_word + " by Release Reason and Criminality")
    header = ("Release Reason", *CRIMINALITY, TOTAL)
    title += body.text("{suffix}")
    return Block("exits_by_reason", title, body.shape.tops.exits, 0, header, 1, tuple(rows))


def exits_by_month(body: Body) -> Block:
    """Exits by reason, month and criminality; a reason is printed once for four rows."""
    exits = body.figures.exits
    whole = months_sum([exits[r, c] for r in body.shape.reason_names for c in CRIMINALITY])
    rows = [Row((TOTAL, ""), (TOTAL, TOTAL), (*whole, sum(whole)))]
    for reason, parts in _reasons(body).items():
        label = _reason_label(body, reason)
        counts = {c: months_sum([exits[p, c] for p in parts]) for c in CRIMINALITY}
        sums = months_sum(list(counts.values()))
        rows.append(Row((label, TOTAL), (TOTAL, label), (*sums, sum(sums))))
        rows += [Row(("", c), (c, label), (*body.begun(n), sum(n))) for c, n in counts.items()]
    title = body.text("{A} " + body.shape.exits_word + " by Release Reason, Month and Criminality{suffix}")
    header = ("Release Reason", "Criminality", *MONTHS, TOTAL)
    return Block("exits_by_reason", title, body.shape.tops.exits, 0, header, 2, tuple(rows))
