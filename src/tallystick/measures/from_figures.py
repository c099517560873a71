"""Cells of a measure from printed figures: one per issue, variant and split.

Only blocks that passed the checks count. Of several issues with one as-of date the last one the
agency published speaks; altered copies only where nothing else does. Arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from tallystick.figures.dated import Figure
from tallystick.measures.cell import Cell, MeasuredCells, Rests
from tallystick.measures.measure import Baseline, Group, Measure, Operand, Variant
from tallystick.measures.snapshot import (
    FigureSource,
    Snapshot,
    by_period,
    exact,
    exact_words,
    named,
    nearest,
    same_dims,
    snapshots,
)
from tallystick.terms.bound import Bound, difference, outside_share, point, share
from tallystick.terms.period import first_day, in_words, last_day

Split = tuple[tuple[str, str], ...]
PRINTING = Fraction(1, 100)


def measured(measure: Measure, digest: str, source: FigureSource, base: Measure | None = None) -> MeasuredCells:
    """All cells of a measure.

    Args:
        measure: the definition.
        digest: its identity.
        source: the figures.
        base: for a change, the measure whose change is taken.
    """
    make = _Maker(measure, digest, source, base)
    return MeasuredCells(tuple(sorted(make.cells(), key=_order)))


def _order(cell: Cell) -> tuple[object, ...]:
    return cell.period_end, cell.period_start, cell.variant, cell.split


class _Maker:
    def __init__(self, measure: Measure, digest: str, source: FigureSource, base: Measure | None) -> None:
        self.measure, self.digest, self.source = measure, digest, source
        self.base = base or measure
        block = self.base.numerator.block if self.base.numerator else self.base.block
        figures = source.block(block)
        self.snaps = (
            snapshots(figures) if self.base.window in ("point", "fytd") else by_period(figures, self.base.window)
        )

    def cells(self) -> Iterator[Cell]:
        if self.measure.estimator == "outside_share":
            for snap in self.snaps:
                yield self._outside(snap)
            return
        if self.measure.estimator == "ratio":
            yield from self._ratios()
            return
        for split in self._splits():
            for variant in self.measure.variants:
                yield from self._of_variant(variant, split)

    def _of_variant(self, variant: Variant, split: Split) -> Iterator[Cell]:
        if self.measure.estimator == "share":
            for snap in self.snaps:
                cell = self._share(snap, variant, split)
                if cell is not None:
                    yield cell
            return
        for baseline in self.measure.baselines:
            for snap in self.snaps:
                start = self._start(baseline, snap)
                if start is not None and start.as_of < snap.as_of:
                    cell = self._change(start, snap, variant, split)
                    if cell is not None:
                        yield cell

    def _splits(self) -> list[Split]:
        found = {
            tuple((name, named(figure, name)) for name in self.base.split)
            for snap in self.snaps
            for figure in snap.figures
            if all(named(figure, name) for name in self.base.split)
        }
        return sorted(found)

    def _start(self, baseline: Baseline, snap: Snapshot) -> Snapshot | None:
        if baseline.at:
            return nearest(self.snaps, date.fromisoformat(baseline.at))
        day = snap.as_of - timedelta(days=365 * baseline.years_before)
        found = nearest(self.snaps, day)
        if found is None or abs((found.as_of - day).days) > baseline.within_days:
            return None
        return found if found.fiscal_year == snap.fiscal_year - baseline.years_before else None

    def _values(self, snap: Snapshot, split: Split) -> dict[str, Figure]:
        """Figures of one snapshot by value along the dimension of the measure."""
        wanted = {**self.base.where, **dict(split)}
        found: dict[str, Figure] = {}
        for figure in snap.figures:
            fits = all(named(figure, name) == value for name, value in wanted.items())
            if fits and figure.measure == self.base.value and figure.period_kind == self.base.window:
                found[named(figure, self.base.along)] = figure
        return found

    def _parts(self, snap: Snapshot, variant: Variant, split: Split) -> tuple[Bound, Figure, list[Rests]] | None:
        """(numerator, figure of the whole, what it rests on), or None where a value is missing."""
        values = self._values(snap, split)
        whole = values.get(self.base.whole)
        present = {name for name in values if name != self.base.whole}
        counts = [values[name] for name in variant.counts if name in values]
        may = [values[name] for name in variant.may if name in values]
        named = {*variant.counts, *variant.may}
        covered = not set(variant.counts) - present or bool(may) or variant.absent == "none"
        if whole is None or whole.value is None or not covered or not named & present:
            return None
        if any(figure.value is None or figure.value < 0 for figure in (whole, *counts, *may)):  # no count is below zero
            return None
        low = sum((exact(figure) for figure in counts), Fraction(0))
        high = low + sum((exact(figure) for figure in may), Fraction(0))
        rests = [
            *(_rests("counts", figure) for figure in counts),
            *(_rests("may count", figure) for figure in may),
            _rests("out of", whole),
        ]
        return Bound(low, high), whole, rests

    def _share(self, snap: Snapshot, variant: Variant, split: Split) -> Cell | None:
        parts = self._parts(snap, variant, split)
        if parts is None:
            return None
        numerator, whole, rests = parts
        if exact(whole) <= 0:
            return None
        over = numerator.upper - exact(whole)
        if over > PRINTING:
            return self._cell(
                snap,
                snap,
                variant.id,
                split,
                None,
                None,
                None,
                tuple(rests),
                "The printed parts exceed the printed whole.",
            )
        if over > 0:  # averages are printed rounded, so parts may pass their whole by a hair
            numerator = Bound(min(numerator.lower, exact(whole)), exact(whole))
        bound = share(numerator.lower, numerator.width, exact(whole))
        return self._cell(snap, snap, variant.id, split, bound, numerator, point(exact(whole)), tuple(rests), "")

    def _change(self, start: Snapshot, snap: Snapshot, variant: Variant, split: Split) -> Cell | None:
        before, after = self._parts(start, variant, split), self._parts(snap, variant, split)
        if before is None or after is None:
            return None
        rests = tuple(_moved(before[2], "before") + _moved(after[2], "after"))
        grown = exact(after[1]) - exact(before[1])
        volume = f"The whole went from {exact_words(before[1])} to {exact_words(after[1])}."
        if grown <= 0:
            return self._cell(
                start,
                snap,
                variant.id,
                split,
                None,
                None,
                None,
                rests,
                f"{volume} It did not grow, and what is asked here supposes that it did.",
            )
        gained = difference(after[0], before[0])
        if self.measure.estimator == "share_of_change":
            bound = Bound(gained.lower / grown, gained.upper / grown)
            return self._cell(start, snap, variant.id, split, bound, gained, point(grown), rests, volume)
        bound = difference(
            share(after[0].lower, after[0].width, exact(after[1])),
            share(before[0].lower, before[0].width, exact(before[1])),
        )
        return self._cell(start, snap, variant.id, split, bound, None, None, rests, volume)

    def _ratios(self) -> Iterator[Cell]:
        """One printed sum over another, of the same issue or of the nearest one within some days."""
        over, under = self.measure.numerator, self.measure.divisor
        if over is None or under is None:
            return
        others = self.snaps if under.block == over.block else snapshots(self.source.block(under.block))
        for snap in self.snaps:
            beside = min(others, key=lambda other: (abs((other.as_of - snap.as_of).days), other.as_of), default=None)
            if beside is None or abs((beside.as_of - snap.as_of).days) > self.measure.within_days:
                continue
            top, rests = _summed(snap, over)
            bottom, more = _summed(beside, under)
            if top is not None and bottom:
                yield self._cell(
                    snap, snap, self.measure.variants[0].id, (), point(top / bottom), point(top), point(bottom),
                    (*rests, *more), "",
                )  # fmt: skip

    def _outside(self, snap: Snapshot) -> Cell:
        groups = [self._group(snap, group) for group in (self.measure.part, self.measure.other, self.measure.all)]
        rests = tuple(rest for _, group_rests in groups for rest in group_rests)
        sizes = [size for size, _ in groups]
        variant = self.measure.variants[0].id
        if any(size is None for size in sizes) or not sizes[0] or (sizes[2] or 0) < max(sizes[0], sizes[1] or 0):
            return self._cell(
                snap,
                snap,
                variant,
                (),
                None,
                None,
                None,
                rests,
                "The sheet prints no usable value for one of the columns on this date.",
            )
        part, other, whole = (Fraction(size or 0) for size in sizes)
        bound = outside_share(part, other, whole)
        numerator = Bound(bound.lower * part, bound.upper * part)
        return self._cell(snap, snap, variant, (), bound, numerator, point(part), rests, "")

    def _group(self, snap: Snapshot, group: Group | None) -> tuple[Fraction | None, list[Rests]]:
        total = Fraction(0)
        rests: list[Rests] = []
        for where in group.where if group else ():
            figure = next(
                (
                    entry
                    for entry in snap.figures
                    if entry.is_total and entry.measure == self.measure.value and same_dims(entry, where)
                ),
                None,
            )
            if figure is None or figure.value is None or figure.value < 0:
                return None, rests
            total += exact(figure)
            rests.append(_rests(group.title if group else "", figure))
        return total, rests

    def _cell(
        self,
        start: Snapshot,
        snap: Snapshot,
        variant: str,
        split: Split,
        bound: Bound | None,
        numerator: Bound | None,
        denominator: Bound | None,
        rests: tuple[Rests, ...],
        note: str,
    ) -> Cell:
        opens = start.opens or start.as_of
        if start is snap and self.measure.window == "fytd":
            opens = first_day(snap.fiscal_year)
        return Cell(
            measure=self.measure.id,
            definition_hash=self.digest,
            release_set=self.source.release_set,
            basis="figures",
            statistic=self.measure.statistic,
            unit=self.measure.unit,
            value_unit=self.measure.value_unit,
            variant=variant,
            period_start=opens,
            period_end=self._ends(snap),
            split=split,
            bound=bound,
            numerator=numerator,
            denominator=denominator,
            status="ok" if bound else "not_applicable",
            note=note,
            rests=rests,
            aloud=self._aloud(opens, snap, variant, split, numerator, denominator),
        )

    def _ends(self, snap: Snapshot) -> date:
        """A list drawn in early October covers the fiscal year to its last day and no longer."""
        return min(snap.as_of, last_day(snap.fiscal_year)) if self.measure.window == "fytd" else snap.as_of

    def _aloud(
        self,
        opens: date,
        snap: Snapshot,
        variant: str,
        split: Split,
        numerator: Bound | None,
        denominator: Bound | None,
    ) -> str:
        """The measure's sentence with everything filled in but the figure itself."""
        title = next((entry.title for entry in self.measure.variants if entry.id == variant), variant)
        parts = {
            "day": in_words(self._ends(snap)),
            "start": in_words(opens),
            "variant": title,
            "whose": " ".join(self.measure.split_words.get(value, value) for _, value in split),
            "true": _spread(numerator),
            "n": _spread(denominator),
            "figure": "{figure}",
        }
        return self.measure.reads_aloud.format(**parts)


def _summed(snap: Snapshot, operand: Operand) -> tuple[Fraction | None, list[Rests]]:
    """The sum of the figures an operand names, and what it rests on; None where one of them is missing."""
    total = Fraction(0)
    rests: list[Rests] = []
    for where in operand.where:
        figure = next((entry for entry in snap.figures if _is_operand(entry, operand, where)), None)
        if figure is None or figure.value is None or figure.value < 0:
            return None, rests
        total += exact(figure)
        rests.append(_rests(operand.title, figure))
    return total, rests


def _is_operand(figure: Figure, operand: Operand, where: Mapping[str, str]) -> bool:
    if figure.measure != operand.value or figure.period_kind != operand.window:
        return False
    if operand.column_sums:  # a list by facility: exactly these dimensions, summed over all rows
        return ":" in figure.cell and same_dims(figure, where)
    return all(named(figure, name) == value for name, value in where.items())


def _spread(bound: Bound | None) -> str:
    if bound is None:
        return ""
    low, high = f"{round(bound.lower):,}", f"{round(bound.upper):,}"
    return low if low == high else f"{low} to {high}"


def _rests(role: str, figure: Figure) -> Rests:
    return Rests(
        role,
        exact(figure),
        figure.label_as_printed,
        figure.source_file,
        figure.source_sha256,
        figure.sheet,
        figure.cell,
        date.fromisoformat(figure.as_of),
        figure.as_of_basis,
        figure.as_of_confidence,
        figure.provenance,
    )


def _moved(rests: Iterable[Rests], when: str) -> list[Rests]:
    return [
        Rests(
            f"{when}: {rest.role}",
            *(
                getattr(rest, name)
                for name in (
                    "value",
                    "label",
                    "file",
                    "sha256",
                    "sheet",
                    "cell",
                    "as_of",
                    "basis",
                    "confidence",
                    "provenance",
                )
            ),
        )
        for rest in rests
    ]
