"""Does a facility list agree with itself and with the national average? Checks (g), (h), rounding, dead columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tallystick.figures.finding import Finding
from tallystick.intake.headers import YEAR
from tallystick.intake.layout import FacilityList, Label, Layouts
from tallystick.intake.printed import BlockRead, RawFigure

SMALL_GAP = 0.01  # of the whole: a gap this small is told, but does not keep the list out of measures
LEAST_ROWS = 20


def check_list(file: str, reads: Mapping[str, BlockRead], known: Layouts) -> Iterator[Finding]:
    """All checks of one facility list; nothing when the workbook has none."""
    spec = known.facilities
    read = reads.get(spec.id)
    if read is None:
        return
    sums = group_sums(read, spec)
    yield from _groups_agree(file, read, spec, sums)
    yield from _near_national(file, read, spec, sums, national(reads.get(spec.national_block), spec))
    yield from _rounded(file, read)
    yield from _dead(file, read)


def group_sums(read: BlockRead, spec: FacilityList) -> dict[str, float]:
    """Sum over all facilities of each group of columns that sorts the same people."""
    totals = [figure for figure in read.figures if figure.is_total and ":" in figure.cell]
    found = {}
    for group in spec.groups:
        labels = [label for label in spec.columns if set(label.labels) & set(group.columns)]
        values = [figure.value for label in labels for figure in totals if _is_of(figure, label)]
        if len(values) == len(labels) and all(value is not None for value in values):
            found[group.id] = sum(value for value in values if value is not None)
    return found


def _is_of(figure: RawFigure, label: Label) -> bool:
    own = {**dict(figure.dims), **({"criminality": figure.criminality} if figure.criminality else {})}
    return own == label.set and not label.measure and figure.measure == "average_daily_population"


def national(read: BlockRead | None, spec: FacilityList) -> float | None:
    """The average of the fiscal year to date for everybody."""
    for figure in read.figures if read else ():
        own = {"arresting_agency": figure.arresting_agency, "criminality": figure.criminality}
        if figure.period == YEAR and all(own.get(name) == value for name, value in spec.national_cell.items()):
            return figure.value
    return None


def _groups_agree(file: str, read: BlockRead, spec: FacilityList, sums: Mapping[str, float]) -> Iterator[Finding]:
    if len(sums) < 2:
        return
    low, high = min(sums.values()), max(sums.values())
    if high - low > float(spec.group_tolerance):
        words = ", ".join(f"{name.replace('_', ' ')} {value:,.1f}" for name, value in sums.items())
        status = "note" if high - low < SMALL_GAP * high else "suspect"
        text = f"The same people sorted by {words}: the sums over all facilities differ by {high - low:,.1f}."
        yield Finding(
            "g", read.block, "sums of groups", file, "fytd", round(low, 6), None, round(high, 6), status, text
        )


def _near_national(
    file: str, read: BlockRead, spec: FacilityList, sums: Mapping[str, float], whole: float | None
) -> Iterator[Finding]:
    if not whole:
        return
    low, high = (whole * (1 + float(edge)) for edge in (spec.least_of_national, spec.most_of_national))
    for name, value in sums.items():
        if not low <= value <= high:
            text = (
                f"The list adds up to {value:,.0f} by {name.replace('_', ' ')}, {value / whole - 1:+.0%} from the "
                f"national average of {whole:,.0f}."
            )
            yield Finding(
                "h", read.block, name, file, "fytd", round(value, 6), round(low, 6), round(high, 6), "suspect", text
            )


def _rounded(file: str, read: BlockRead) -> Iterator[Finding]:
    values = [
        figure.value
        for figure in read.figures
        if ":" not in figure.cell and figure.measure == "average_daily_population" and figure.value
    ]
    if len(values) >= LEAST_ROWS and all(value == int(value) for value in values):
        text = f"All {len(values):,} averages above zero are whole numbers; other issues print decimals."
        yield Finding("rounding", read.block, "averages", file, "fytd", len(values), None, None, "note", text)


def _dead(file: str, read: BlockRead) -> Iterator[Finding]:
    by_column: dict[str, list[float]] = {}
    for figure in read.figures:
        if ":" not in figure.cell and figure.value is not None:
            by_column.setdefault(figure.label.rsplit(" | ", 1)[1], []).append(figure.value)
    for column, values in by_column.items():
        if len(values) >= LEAST_ROWS and not any(values):
            text = f"'{column}' is 0 for all {len(values)} facilities: it was not filled in."
            yield Finding("dead", read.block, column, file, "fytd", 0.0, None, None, "note", text)
