"""The tables of averages: daily population and length of stay."""

from collections.abc import Mapping, Sequence

from tallystick.made.blocks import TOTAL, Block, Body, Row, Value, plain, ratio
from tallystick.made.figures import (
    AGENCY,
    CONVICTED,
    CRIMINALITY,
    HOLDERS,
    MONTHS,
    OTHER,
    PARTNER,
    PENDING,
    Months,
    months_sum,
)
from tallystick.made.shapes import Shape


def averages(body: Body, mandays: Months) -> tuple[Value, ...]:
    """Man-days over elapsed days, by month and over the year so far."""
    months = [ratio(n, d) for n, d in zip(mandays, body.figures.days, strict=True)]
    return (*months, ratio(sum(mandays), body.figures.elapsed))


def lengths(days: Months, stays: Months) -> tuple[Value, ...]:
    """Days over stays, by month and over the year so far; 0 where no stay ended."""
    months = [ratio(d, n) for d, n in zip(days, stays, strict=True)]
    return (*months, ratio(sum(days), sum(stays)))


def groups(body: Body) -> dict[str, tuple[str, ...]]:
    """Printed group labels with the agencies each adds up."""
    partner, own, every = (body.text(label) for label in body.shape.adp_groups)
    return {partner: (PARTNER,), own: (AGENCY,), every: HOLDERS}


def adp(body: Body) -> Block:
    """Average daily population by agency, month and criminality."""
    children: Mapping[str, tuple[str, ...]] = {c: (c,) for c in CRIMINALITY}
    if body.shape.two_way:
        children = {CONVICTED: (CONVICTED,), "Non-Criminal": (PENDING, OTHER)}
    rows = []
    for group, who in groups(body).items():
        for label, crimes in {group: CRIMINALITY, **children}.items():
            cells = [body.figures.mandays[w, c] for w in who for c in crimes]
            rows.append(_grouped(label, group, averages(body, months_sum(cells))))
    return _monthly(body, "adp_agency_month_crim", body.shape.tops.adp, rows)


def alos(body: Body) -> Block:
    """Average length of stay by agency, month and criminality."""
    rows = []
    # the length-of-stay block prints 'ICE Average  ' with trailing blanks in every year
    labels = (body.text(label) for label in Shape.adp_groups)
    for group, who in zip(labels, groups(body).values(), strict=True):
        for label, crimes in {group: CRIMINALITY, **{c: (c,) for c in CRIMINALITY}}.items():
            cells = [(w, c) for w in who for c in crimes]
            days = months_sum([body.figures.stay_days[cell] for cell in cells])
            stays = months_sum([body.figures.stays[cell] for cell in cells])
            rows.append(_grouped(label, group, lengths(days, stays)))
    return _monthly(body, "alos_agency_month_crim", body.shape.tops.alos, rows)


def _monthly(body: Body, block_id: str, top: int, rows: Sequence[Row]) -> Block:
    measure = "Daily Population" if block_id.startswith("adp") else "Length of Stay"
    title = "{A} Average " + measure + " by Arresting Agency, Month and Criminality{suffix}"
    header = ("Agency", *MONTHS, "FY Overall")
    return Block(block_id, body.text(title), top, 0, header, 1, tuple(rows))


def by_type(body: Body) -> list[Block]:
    """Both averages by facility type and month, and the stays of adults by agency."""
    f, tops = body.figures, body.shape.tops
    kind = "Facility Type and Month" if body.shape.family else "Month"
    header = ("Facility Type", *MONTHS, "FY Overall")
    everyone = months_sum(list(f.mandays.values()))
    adults = tuple(a - b for a, b in zip(everyone, f.mandays_family, strict=True))
    adp = body.types(*(averages(body, n) for n in (everyone, f.mandays_family, adults)))
    total, family, adult, partner, own = _type_lengths(body)
    alos = body.types(total, family, adult)
    title = body.text("{A} Average Daily Population by " + kind + "{suffix}")
    blocks = [Block("adp_facility_type_month", title, tops.adp_type, 0, header, 1, adp)]
    title = body.text("{A} Average Length of Stay by " + kind + "{suffix}")
    blocks.append(Block("alos_facility_type_month", title, tops.alos_type, 0, header, 1, alos))
    if tops.alos_adult:
        rows = (
            plain(TOTAL, *adult),
            plain(body.words.partner, *partner),
            plain(body.words.agency, *own),
        )
        title = body.text("{A} Average Length of Stay Adult Facility Type by Month and Arresting Agency{suffix}")
        header = ("Arresting Agency", *header[1:])
        blocks.append(Block("alos_adult_agency_month", title, tops.alos_adult, 0, header, 1, rows))
    return blocks


def _type_lengths(body: Body) -> tuple[tuple[Value, ...], ...]:
    """Lengths of stay: everyone, families, adults, adults by partner, adults by agency."""
    f = body.figures
    pairs = {
        who: (
            months_sum([f.stay_days[who, c] for c in CRIMINALITY]),
            months_sum([f.stays[who, c] for c in CRIMINALITY]),
        )
        for who in HOLDERS
    }
    family = (f.stay_days_family, f.stays_family)
    whole = (
        months_sum([pairs[w][0] for w in HOLDERS]),
        months_sum([pairs[w][1] for w in HOLDERS]),
    )
    adult = (_less(whole[0], family[0]), _less(whole[1], family[1]))
    partner = (_less(pairs[PARTNER][0], family[0]), _less(pairs[PARTNER][1], family[1]))
    return tuple(lengths(p[0], p[1]) for p in (whole, family, adult, partner, pairs[AGENCY]))


def _less(whole: Months, part: Months) -> Months:
    return tuple(a - b for a, b in zip(whole, part, strict=True))


def _grouped(label: str, group: str, values: Sequence[Value]) -> Row:
    return Row((label,), (label, group), tuple(values))
