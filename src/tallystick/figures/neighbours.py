"""Does an issue agree with the issues before and after it? Pasted again, labels exchanged, marks that part.

Check (i): a table that equals an earlier issue in every number. Check "swap": two rows that changed
places, seen in their shares or in months that both issues print. Check "coding": two shares that
describe the same people and from some issue on no longer agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tallystick.figures.dated import Figure
from tallystick.figures.finding import Finding
from tallystick.figures.places import dims_of, is_below_nation
from tallystick.intake.layout import Layouts, Pair, SeriesShare
from tallystick.terms.period import in_words_iso

COMMON_MONTHS = 3  # months that must have changed places before two rows are taken for exchanged
CLOSE = 0.02  # relative: months are restated a little from issue to issue


Cells = dict[tuple[object, ...], dict[str, float]]  # values by all but one dimension, then along it


@dataclass(frozen=True)
class Printed:
    """The figures of one issue, as its neighbours see them."""

    file: str
    issue: str
    as_of: str
    figures: tuple[Figure, ...]
    year: int = 0  # the fiscal year the issue says it is about

    @cached_property
    def blocks(self) -> dict[str, list[Figure]]:
        """Figures by block; of several sheets of one kind only the newest."""
        found: dict[str, list[Figure]] = defaultdict(list)
        for figure in self.figures:
            found[figure.block].append(figure)
        return {block: _newest(figures) for block, figures in found.items()}


def _newest(figures: list[Figure]) -> list[Figure]:
    last = max(figure.as_of for figure in figures)
    return [figure for figure in figures if figure.as_of == last]


def compared(issues: Sequence[Printed], known: Layouts) -> Iterator[Finding]:
    """All findings between issues, which must come in order of publication."""
    yield from pasted_again(issues, known)
    yield from exchanged_rows(issues, known)
    for pair in known.comparing.pairs:
        yield from parted(issues, pair)


def pasted_again(issues: Sequence[Printed], known: Layouts) -> Iterator[Finding]:
    """Check (i): tables whose numbers all equal those of an earlier issue with another date."""
    first_seen: dict[tuple[str, int], tuple[Printed, str]] = {}
    history = set(known.comparing.periods_of_history)
    for issue in issues:
        for block, figures in issue.blocks.items():
            if any(figure.period_kind in history for figure in figures) or block == "bond":
                continue
            numbers = _numbers(figures)
            if len(numbers) < known.comparing.least_numbers:
                continue
            key = (block, hash(numbers))
            before, own_date = first_seen.setdefault(key, (issue, figures[0].as_of))
            if before.as_of != issue.as_of and _numbers(before.blocks[block]) == numbers:
                yield _pasted(issue, before, block, figures[0].as_of, own_date, len(numbers))


def _pasted(issue: Printed, before: Printed, block: str, own: str, then: str, count: int) -> Finding:
    same = own == then
    said = (
        f"its own date is the same, {in_words_iso(own)}: it was not refreshed"
        if same
        else f"yet it is dated {in_words_iso(own)}, there {in_words_iso(then)}: it was pasted again"
    )
    what = "column sums" if any(":" in figure.cell for figure in issue.blocks[block]) else "numbers"
    text = f"All {count:,} {what} equal those of {before.file}; {said}."
    return Finding("i", block, "all numbers", issue.file, own, count, None, None, "note" if same else "suspect", text)


def _numbers(figures: Sequence[Figure]) -> frozenset[tuple[object, ...]]:
    """What a table says, without its dates; of a list by facility its column sums."""
    totals = [figure for figure in figures if ":" in figure.cell]
    return frozenset(
        (figure.period if figure.period_kind == "month" else "", *_label(figure), figure.measure, figure.value)
        for figure in totals or figures
        if figure.value
    )


def _label(figure: Figure) -> tuple[object, ...]:
    return figure.arresting_agency, figure.criminality, figure.dims


def exchanged_rows(issues: Sequence[Printed], known: Layouts) -> Iterator[Finding]:
    """Check "swap": in an issue that disagrees with both neighbours, two rows stand in each other's place."""
    points = known.comparing.swap_points / 100
    for block in known.blocks:
        printing = [issue for issue in issues if block.id in issue.blocks]
        dimensions = sorted({name for issue in printing for name in _two_way(issue.blocks[block.id])})
        for dimension in dimensions:
            shares = [_share(_cells(issue, block.id, dimension, months=False)) for issue in printing]
            months = [_cells(issue, block.id, dimension, months=True) for issue in printing]
            for number, issue in enumerate(printing):
                move = _odd_share(shares, number, points)
                if move is not None or _odd_months(months, number):
                    yield _swap(issue, block.id, dimension, move)


def _odd_share(shares: Sequence[float | None], number: int, points: float) -> float | None:
    """How far a share lies from those of both neighbours, when that is far and on the same side."""
    if not 0 < number < len(shares) - 1:
        return None
    here, before, after = shares[number], shares[number - 1], shares[number + 1]
    if here is None or before is None or after is None:
        return None
    moves = sorted((here - before, here - after), key=abs)
    return moves[0] if abs(moves[0]) > points and moves[0] * moves[1] > 0 else None


def _odd_months(months: Sequence[Cells], number: int) -> bool:
    """True when months that other issues print too stand in each other's rows, against every one of those issues."""
    here = months[number]
    others = [other for place, other in enumerate(months) if place != number and _common(here, other)]
    return bool(others) and all(_months_swapped(here, other) for other in others)


def _common(one: Cells, two: Cells) -> bool:
    return len(one.keys() & two.keys()) >= COMMON_MONTHS


def _swap(issue: Printed, block: str, dimension: str, move: float | None) -> Finding:
    seen = (
        f"The share of one row lies {abs(move):.0%} from the issues around it while both totals go on"
        if move is not None
        else "Months that other issues print too stand in each other's rows"
    )
    words = dimension.replace("_", " ")
    text = f"{seen}: the labels along {words} are exchanged."
    value = round(move, 6) if move is not None else None
    return Finding("swap", block, dimension, issue.file, issue.as_of, value, None, None, "suspect", text)


def _two_way(figures: Sequence[Figure]) -> Iterator[str]:
    """Dimensions with two values and their total, such as adult and family facilities."""
    values: dict[str, set[str]] = defaultdict(set)
    for figure in figures:
        if not is_below_nation(figure):
            for name, value in dims_of(figure).items():
                values[name].add(value)
    yield from (name for name, found in values.items() if "all" in found and len(found) == 3)


def _cells(issue: Printed, block: str, dimension: str, *, months: bool) -> Cells:
    """Values by everything but the dimension, then by the value along it."""
    found: Cells = defaultdict(dict)
    for figure in issue.blocks[block]:
        dims = dims_of(figure)
        if figure.value is None or dimension not in dims or (figure.period_kind == "month") is not months:
            continue
        if months and figure.period_status != "complete":
            continue
        rest = tuple(sorted((name, value) for name, value in dims.items() if name != dimension))
        when = figure.period if months else figure.period_kind
        key = (when, figure.arresting_agency, figure.criminality, rest, figure.measure)
        found[key][dims[dimension]] = figure.value
    return found


def _share(cells: Cells) -> float | None:
    whole = sum(values["all"] for values in cells.values() if len(values) == 3)
    names = sorted({name for values in cells.values() for name in values} - {"all"})
    part = sum(values[names[0]] for values in cells.values() if len(values) == 3) if names else 0.0
    return part / whole if whole else None


def _months_swapped(here: Cells, there: Cells) -> bool:
    """True when months that both issues print stand in each other's rows, and hardly any in their own."""
    crossed = straight = 0
    for key in here.keys() & there.keys():
        mine, theirs = here[key], there[key]
        names = sorted((mine.keys() & theirs.keys()) - {"all"})
        if len(names) != 2:
            continue
        one, two = names
        if _close(mine[one], theirs[one]) or _close(mine[two], theirs[two]):
            straight += 1
        elif _close(mine[one], theirs[two]) and _close(mine[two], theirs[one]):
            crossed += 1
    return crossed >= COMMON_MONTHS and crossed > 4 * straight


def _close(one: float, two: float) -> bool:
    return abs(one - two) <= CLOSE * max(abs(one), abs(two), 1e-9)


def parted(issues: Sequence[Printed], pair: Pair) -> Iterator[Finding]:
    """Check "coding": runs of issues in which two shares of the same people differ beyond a tolerance."""
    points = [
        (issue, one - two)
        for issue in issues
        if (one := share_of(issue, pair.one)) is not None and (two := share_of(issue, pair.two)) is not None
    ]
    runs: list[list[tuple[Printed, float]]] = []
    before: list[float] = []
    for issue, gap in points:
        if abs(gap) <= float(pair.tolerance):
            before.append(gap) if not runs else None
            runs.append([]) if runs and runs[-1] else None
        elif runs:
            runs[-1].append((issue, gap))
        else:
            runs.append([(issue, gap)])
    for run in runs:
        if len(run) >= pair.least_issues:
            yield _parting(pair, run, before, last=run[-1][0] is points[-1][0])


def _parting(pair: Pair, run: Sequence[tuple[Printed, float]], before: Sequence[float], *, last: bool) -> Finding:
    gaps = [gap for _, gap in run]
    until = "to the newest issue" if last else f"to the issue of {in_words_iso(run[-1][0].issue)}"
    calm = f" Before, they differed by at most {max(map(abs, before)):.1%} in {len(before)} issues." if before else ""
    since = in_words_iso(run[0][0].issue)
    text = (
        f"From the issue of {since} {until} ({len(run)} issues) the share '{pair.one.title}' lies {min(gaps):+.1%} to "
        f"{max(gaps):+.1%} from '{pair.two.title}': at least one of them changed its meaning.{calm}"
    )
    widest = max(gaps, key=abs)
    edge = float(pair.tolerance)
    return Finding(
        "coding", pair.one.block, pair.id, run[0][0].file, run[0][0].issue, round(widest, 6), -edge, edge, "note", text
    )


def share_of(issue: Printed, series: SeriesShare) -> float | None:
    """The share that one issue prints; None where a class is missing, the whole is zero or the sheet is another's."""
    values: dict[str, float] = defaultdict(float)
    for figure in issue.blocks.get(series.block, ()):
        if is_below_nation(figure) or figure.period_kind != series.period_kind or figure.value is None:
            continue
        if (
            figure.trust == "rejected"
            or figure.measure != "average_daily_population"
            or not _fits(figure, series.where)
        ):
            continue
        if series.block != "facilities" or ":" in figure.cell:
            values[figure.criminality or ""] += figure.value
    if not {*series.counts, *series.whole} <= values.keys():
        return None
    whole = sum(values[name] for name in series.whole)
    return sum(values[name] for name in series.counts) / whole if whole else None


def _fits(figure: Figure, where: Mapping[str, str]) -> bool:
    own = {"arresting_agency": figure.arresting_agency, **dims_of(figure)}
    return all(own.get(name) == value for name, value in where.items())
