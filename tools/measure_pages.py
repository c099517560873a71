"""Write docs/measures.md from the definitions: every measure with its unit, population, meanings and limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tallystick.measures.measure import measure_names, read_measure
from tallystick.measures.record_measure import record_measures
from tallystick.measures.unit_measure import CombinedMeasure, Measurebook, UnitMeasure, measurebook
from tallystick.measures.windows import PERIODS
from tallystick.terms.definitions import Shelf

ROOT = Path(__file__).resolve().parent.parent
FAMILIES = {
    "alignment": "inside written priorities, and how far actions lean towards them",
    "biometrics": "biometric and data leads",
    "coordination": "with whom: jails, local police, other agencies, other countries",
    "counts": "how many, under each rule and by place, period and class",
    "custody": "who is held and for what, as the agency prints it",
    "growth": "what grew",
    "legal": "legal basis",
    "monitoring": "electronic monitoring, as the agency prints it",
    "networks": "gangs, terrorism, trafficking: what flags and offense families say, and prove",
    "pathways": "what comes after an encounter, a detainer, an arrest, a book-in",
    "protection": "women, minors, the old; deaths",
    "resources": "time in custody and what it led to",
    "risk": "risk to communities, by proxy",
    "tool": "the agency's own risk tool",
    "transfers": "moves between facilities and areas",
    "who": "criminality, severity, sex, side by side at each step",
}
HEAD = """# Measures

Written by `python tools/measure_pages.py` from the definitions; do not edit by hand.

A measure is a count, a share or a length with its unit, population, denominator, window and the date of which its fields
speak. Every value has two ends: the least and the greatest it can be, given what the records leave open. Three marks:
**figures** are read from the workbooks that the agency prints, **records** from record releases, **rules** are counts under
every rule for duplicates, stays and links.

```
tallystick measure list
tallystick measure run arrests-by-criminality --period month --project my-records
tallystick measure run counts/arrests-made --place state --by criminality --project my-records
tallystick measure run alignment/arrests --policy dhs_mayorkas_2021 --period fiscal_year --project my-records
tallystick measure run how-stays-end --year-before --from 2025-10-01 --to 2025-12-31 --project my-records
tallystick measure run counts/arrests --grid --project my-records
tallystick place TX --project my-records
```

**How ends are found.** A unit belongs to the population, perhaps, or not; it has what is counted, perhaps, or not. The
share is the least and the greatest over all ways to fill in what is open, and both are reached by some (Manski 2003;
tested against every completion of small tables). Means add possible members from the end that moves them, until the next
would not; medians are order statistics, the lower of two in the middle, never an average. Weighted shares (bed-days) have
weights with two ends as well. A ratio of two measures goes end by end: valid, and wide where both rest on the same records.

**Places and classes.** What is not recorded is a class of its own, and its units may belong to every other class: that is
in the upper ends. A place that is only suggested by a duty site may be that place; an arrest without any place may be in
all of them. So a place that is recorded more often looks no busier than it may have been: both ends move. An age that the
year of birth leaves between two bands is unknown. Classes add up to the whole with the unknown one.

**Links.** A record that finds nothing in its window is "not linked"; one whose window reaches beyond the release, or that
carries no key, is unknown. Rows of the other table without a key could belong to records that seem linked to nothing, and
records without a key could take what others are linked to: as many move into the open part. These ends are valid and not
the sharpest.

**What may be shown.** The nation as it is where no part is small; everything else rounded outward to tens, with cells of
fewer than eleven people or units hidden, and nothing below the area for the last 90 days of a release. Policies, rules and
views are laid on the nation only. Measures of exposed groups (minors, flags) are shown for the nation only.

**Periods.** {periods}. Eras are administrations. The last weeks of a release are marked provisional.

Measured by `python benchmarks/measures.py` on 2 cores, a million made-up arrests and three million stints, all 83 measures
that the release supports, by month and area: 58 s at 1.83 GB (83 s before measures of one unit were counted together), of
which about 12 s are duplicates, stays and links, done once; split by a class as well 1.4 times as long, 1.96 GB.

## By what units can be told apart

| name | what | for |
|---|---|---|
{dimensions}
"""


def pages(shelf: Shelf | None = None) -> str:
    """The whole page as Markdown."""
    known = shelf or Shelf()
    book = measurebook(known)
    rows = "\n".join(
        f"| {'--place ' if one.place else '--by '}{one.id} | {one.title} | {', '.join(sorted(one.columns))} |"
        for one in book.dimensions.values()
    )
    entries: dict[str, list[str]] = {}
    for name in measure_names(known):
        entries.setdefault(name.split("/")[0], []).append(_of_figures(known, name))
    for name, counts in record_measures(known).items():
        text = f"### {name}\n\n{counts.title}. *rules.* Counts {counts.population}.\n"
        entries.setdefault(name.split("/")[0], []).append(text)
    for name, measure in book.measures.items():
        entries.setdefault(name.split("/")[0], []).append("\n".join(_of_records(book, measure)))
    total = sum(len(own) for own in entries.values())
    parts = [HEAD.format(periods=", ".join(PERIODS), dimensions=rows), f"There are {total} measures.\n"]
    for family in sorted(entries):
        parts += [f"## {family}: {FAMILIES.get(family, family)}\n", *sorted(entries[family])]
    return "\n".join(parts)


def _of_figures(shelf: Shelf, name: str) -> str:
    measure = read_measure(shelf, name)
    meanings = "; ".join(variant.title for variant in measure.variants)
    return (
        f"### {name}\n\n{measure.title}. *figures.* Of {measure.population}, out of {measure.denominator}; "
        f"unit {measure.unit}.\n\nMeanings: {meanings}.\n"
    )


def _of_records(book: Measurebook, measure: UnitMeasure | CombinedMeasure) -> Iterator[str]:
    yield f"### {measure.id}\n"
    yield (
        f"{measure.title}. *records.* Of {measure.population}, out of {measure.denominator}; unit {measure.unit}; "
        f"{measure.date_of_status}.\n"
    )
    if isinstance(measure, CombinedMeasure):
        yield f"`{measure.top}` over `{measure.bottom}`.\n"
    else:
        yield f"Looks at {book.units[measure.units].title}.\n"
        for variant in measure.variants:
            yield f"- **{variant.id}**: {variant.title}"
        if measure.variants:
            yield ""
    yield "Cannot say: " + " ".join(measure.cannot_say) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "measures.md").write_text(pages(), encoding="utf-8")
