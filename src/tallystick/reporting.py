"""A report on claims, and on measures of one place beside another: from what passed the gate, written whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tallystick import __version__
from tallystick.answers import Records, main_verdicts, run_claim
from tallystick.bundling import citation
from tallystick.claims.claim import claim_names
from tallystick.measured import Answer, Answers, answers, parts_of
from tallystick.measures.cell import Cell
from tallystick.measures.unit_measure import CombinedMeasure, UnitMeasure, measurebook
from tallystick.publish.cells import figure, in_order
from tallystick.publish.page import Setting
from tallystick.publish.report import MOST_BYTES, ClaimPart, MeasurePart, Report, report_html, report_markdown
from tallystick.question import Question
from tallystick.terms.definitions import Shelf, unknown_name
from tallystick.terms.errors import TallystickError, cannot
from tallystick.terms.period import first_day, fiscal_year_of, last_day

KINDS = ("state", "area", "county", "facility")
CREDIT = "Cite the agency that published the figures and those who obtained them."


def report(
    records: Records,
    names: Sequence[str],
    project: Path | None,
    command: str,
    *,
    place: str = "",
    versus: str = "",
) -> Report:
    """Gather a report.

    Args:
        records: the figures in reach.
        names: claims and measures over records, as many as wanted.
        project: the project folder, which measures over records need.
        command: what was typed, for the first page.
        place: for measures: a state, area, county or facility.
        versus: for measures: another place of the same kind; without it the nation.

    Raises:
        TallystickError: TS101 for a name that is neither; TS183, TS189, TS190 as measures and places say.
    """
    claims = claim_names(records.shelf, records.agency)
    book = measurebook(records.shelf, records.agency)
    ends = {known.rsplit("/", 1)[-1]: known for known in book.measures}
    claim_parts, measure_parts = [], []
    for name in names:
        if name in claims:
            run = run_claim(records, name)
            claim_parts.append(ClaimPart(run.verdicts, run.trend))
        elif name in book.measures or name in ends:
            measure_parts.append(_measured(records.shelf, project, ends.get(name, name), place, versus))
        else:
            raise unknown_name("TS101", "claim", name, [*claims, *book.measures], "tallystick claim list")
    if (place or versus) and not measure_parts:
        raise cannot(
            "TS100",
            "--place and --versus are for measures over records, and none is named.",
            fix="tallystick measure list",
        )
    setting = Setting(records.title, records.release_set, records.invented, CREDIT)
    everything = tuple(main_verdicts(records)) if claim_parts else ()
    cited = tuple(citation(records.shelf, list(names), records.agency).splitlines())
    return Report(tuple(claim_parts), tuple(measure_parts), everything, setting, command, cited)


def _measured(shelf: Shelf, project: Path | None, name: str, place: str, versus: str) -> MeasurePart:
    kind, found = _found(shelf, project, name, place)
    measure = found.measure
    wanted = [other for other in (place, versus) if other]
    rows: list[tuple[str, ...]] = []
    for answer in found.answers:
        cells = [cell for cell in answer.cells.cells if not kind or _is_of(cell, kind, wanted, with_nation=not versus)]
        seen = {cell.place.casefold() for cell in cells if cell.place_type == kind}
        for other in wanted:
            if other.casefold() not in seen:
                raise cannot("TS190", f"{answer.release} knows no {kind} called '{other[:60]}' for this measure.")
        variants = [variant.id for variant in measure.variants] if isinstance(measure, UnitMeasure) else []
        rows += [_row(cell, answer) for cell in in_order(cells, variants)]
    titles = {variant.id: variant.title for variant in measure.variants} if isinstance(measure, UnitMeasure) else {}
    beside = f"{place} beside {versus or 'the nation'}" if place else ""
    return MeasurePart(
        measure.id.replace("/", "-"),
        measure.title,
        f"{beside}." if beside else "",
        f"{measure.title}, by fiscal year" + (f", {beside}" if beside else ""),
        ("release", "period", "place", "what", "figure", "out of", "note"),
        tuple((*row[:3], titles.get(row[3], row[3]), *row[4:]) for row in rows),
        _method(shelf, measure, found.answers),
        tuple(measure.cannot_say) if isinstance(measure, UnitMeasure) else (),
    )


def _found(shelf: Shelf, project: Path | None, name: str, place: str) -> tuple[str, Answers]:
    """The cells of a measure by fiscal year: of the nation, or of the first kind of place that knows the name."""
    if not place:
        return "", answers(project, shelf, name, Question(period="fiscal_year"))
    unfit: TallystickError | None = None
    fit = False
    for kind in KINDS:
        try:
            found = answers(project, shelf, name, Question(period="fiscal_year", place=kind))
        except TallystickError as error:
            if error.faults[0].code != "TS189":
                raise
            unfit = error
            continue
        fit = True
        if any(cell.place.casefold() == place.casefold() for one in found.answers for cell in one.cells.cells):
            return kind, found
    if unfit is not None and not fit:
        raise unfit
    raise cannot("TS190", f"No release of this project knows a place called '{place[:60]}' for this measure.")


def _is_of(cell: Cell, kind: str, places: Sequence[str], *, with_nation: bool) -> bool:
    if cell.place_type == "nation":
        return with_nation
    return cell.place_type == kind and cell.place.casefold() in {place.casefold() for place in places}


def _row(cell: Cell, answer: Answer) -> tuple[str, ...]:
    whole = cell.denominator
    out_of = "" if whole is None or cell.statistic == "count" else f"{int(whole.lower):,}"
    place = "nation" if cell.place_type == "nation" else cell.place
    status = "rounded outward" if cell.status == "rounded" else ""
    note = "; ".join(dict.fromkeys(part for part in (status, cell.note) if part))
    year = fiscal_year_of(cell.period_end)
    is_whole = (cell.period_start, cell.period_end) == (first_day(year), last_day(year))
    period = f"FY{year}" if is_whole else f"FY{year}, {cell.period_start} to {cell.period_end}"
    return (answer.release, period, place, cell.variant.partition(" ")[2], figure(cell), out_of, note)


def _method(shelf: Shelf, measure: UnitMeasure | CombinedMeasure, found: Sequence[Answer]) -> str:
    """A paragraph on method: what was counted, of what, under which rules, within what limits."""
    releases = ", ".join(answer.release for answer in found)
    notes = " ".join(dict.fromkeys(note for answer in found for note in answer.notes))
    parts = [one.id for one in parts_of(measurebook(shelf, "us-ice"), measure)]
    of_parts = f" It is made of {' and '.join(parts)}." if len(parts) > 1 else ""
    return (
        f"{measure.title} was counted on public, de-identified records released by the agency ({releases}). "
        f"Population: {measure.population}. Denominator: {measure.denominator}. Unit: {measure.unit}. "
        f"Status is {measure.date_of_status}.{of_parts} Where a record does not say, the figure is given as a range "
        "between the least and the most that the records allow; nothing is imputed and no midpoint is given. "
        f"{notes} Counts of 1 to 10 below the nation are not shown, and figures of places are rounded outward, so that "
        f"no single person can be read off. Counted by tallystick {__version__} under the measure '{measure.id}', "
        f"identity {measurebook(shelf, 'us-ice').hash_of(measure)[:16]}; its statements are printed by: tallystick "
        f"explain {measure.id}."
    )


def write_report_file(found: Report, path: Path) -> int:
    """Write a report whole: HTML, or Markdown where the name of the file ends in .md.

    Returns:
        Its size in bytes.

    Raises:
        TallystickError: TS231 when the file cannot be written, TS241 when it would be too large.
    """
    text = report_markdown(found) if path.suffix == ".md" else report_html(found)
    size = len(text.encode("utf-8"))
    if size > MOST_BYTES:
        raise cannot(
            "TS241",
            f"The report would be {size / 1000:,.0f} kB; {MOST_BYTES // 1000} kB is the most.",
            why="A page that large prints badly and is not read.",
            fix="Name fewer claims at once.",
        )
    return write_text(text, path)


def write_text(text: str, path: Path) -> int:
    """Write a file whole or not at all; its folder must be there.

    Returns:
        Its size in bytes.

    Raises:
        TallystickError: TS231 when it cannot be written.
    """
    beside = path.with_name(f".{path.name}.next")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise cannot(
            "TS231", f"'{path.name}' cannot be written: {error.strerror}.", fix="Choose another file: -o"
        ) from None
    return len(text.encode("utf-8"))
