"""The small tables about fear decisions, parole and stateless people."""

from tallystick.made.blocks import TOTAL, Block, Body, Row, Value, plain
from tallystick.made.figures import MONTHS, months_sum


def fear(body: Body) -> list[Block]:
    """The two small blocks about fear decisions beside the disposition block."""
    words, shape = body.words, body.shape
    whole, heads = sum(body.figures.detained.values()), body.figures.detained_family
    fear_family, fear_all = heads // 4, int(whole * 0.11)
    average, family = 61.25 + whole % 40, 19.5 if heads else "-"
    kinds = (shape.family, "Adult", TOTAL) if shape.family else ("Adult", TOTAL)
    values: tuple[Value, ...] = (family, average + 0.5, average)
    title = body.text("Average Time from USCIS Fear Decision Service Date to {A} Release (In Days)")
    row = plain(f"FY{words.year}", *values[-len(kinds) :])
    header = (body.text("{A} Release Fiscal Year"), "", *kinds)
    blocks = [Block("fear_release_time", title, 8, 6, header, 2, (row,))]
    title = "{P} with USCIS-Established Fear Decisions in an {A} Detention Facility"
    title = title.replace("{P}", shape.people)
    title += " by Facility Type" if shape.family else ": FY{y4}"
    rows = body.types((fear_all,), (fear_family,), (fear_all - fear_family,))
    held = ("Detention Facility Type", "", "Total Detained")
    blocks.append(Block("fear_detained", body.text(title), 8, shape.fear_left, held, 2, rows))
    return blocks


def parole(body: Body) -> list[Block]:
    """Parole requested and parole status of this and earlier fiscal years."""
    shape, year = body.shape, body.words.year
    people = "Aliens" if shape.people == "Aliens" else "Individuals"
    span = f"FY{year - shape.parole_years + 1} - FY{year}"
    head = f"{people} with Positive Credible Fear Determination Parole"
    counts = body.figures.parole
    asked, status = [], []
    for ago in range(shape.parole_years):
        label = f"FY{year - ago}"
        pair = {s: counts[str(ago), s] for s in ("Parole Granted", "Parole Denied")}
        both = months_sum(list(pair.values()))
        asked.append(plain(label, *both, sum(both)))
        for i, (name, n) in enumerate(pair.items()):
            status.append(Row(("" if i else label, name), (name, label), (*n, sum(n))))
    first = ("Fiscal Year", *MONTHS, "FY Overall")
    second = ("Fiscal Year", "Parole Status", *MONTHS, "FY Overall")
    tops = (shape.tops.parole_requested, shape.tops.parole_status)
    return [
        Block("parole_requested", f"{head} Requested: {span}", tops[0], 0, first, 1, tuple(asked)),
        Block("parole_status", f"{head} Status: {span}", tops[1], 0, second, 2, tuple(status)),
    ]


def stateless(body: Body) -> Block:
    """A count by facility at the foot of the sheet."""
    rows = [Row((TOTAL, ""), (TOTAL,), (60,))]
    for i in range(1, 6):
        name = f"MADE-UP FACILITY {i:03d}"
        rows.append(Row((name, f"MADEUP{i:02d}"), (name,), (12,)))
    title = body.text("{A} Currently Detained of Stateless ") + body.shape.people
    title += " by Detention Facility"
    header = ("Detention Facility", "Detention Facility Code", TOTAL)
    return Block("stateless_detained", title, body.shape.tops.stateless, 0, header, 2, tuple(rows))
