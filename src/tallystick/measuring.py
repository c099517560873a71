"""Measures over the records of one release: bounds for each cell, from units that may or may not belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from tallystick.asking import Asked
from tallystick.measures.cell import Cell
from tallystick.measures.estimates import Values, gini, herfindahl, mean, quantile, spread_over
from tallystick.measures.outcome import Tally
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.question import Counts, Desk, Question, day_of
from tallystick.records.lengths import curve
from tallystick.tallying import NO_DAY, Group, Key, Tallies, groups, tallied
from tallystick.terms.bound import Bound, point
from tallystick.terms.errors import TallystickError
from tallystick.together import lay

COUNTED = ("count", "share", "sum", "average", "tiers")
AT_ONCE = 12  # measures in one pass: more would widen the table of answers beyond what memory likes
UNKNOWN = "unknown"  # the class of units of which a dimension is not recorded


@dataclass(frozen=True)
class Belongs:
    """The groups of units that make up one cell, and those of which it is open whether they do."""

    certain: tuple[Key, ...]
    perhaps: tuple[Key, ...]


def cells_of_units(desk: Desk, measure: UnitMeasure, question: Question) -> list[Cell]:
    """The cells of a measure that counts units itself, not yet cleared; see `measured_cells`."""
    asked = Asked(desk, measure, question)
    counted = desk.counted.pop((measure.id, question.key), None)
    if counted is None:
        lay([asked])
        counted = {} if measure.estimator in ("incidence", "concentration") else tallied([asked])[0]
    return list(_Cells(desk, asked, counted).cells())


def count_together(desk: Desk, names: Iterable[str], question: Question) -> None:
    """Count the units of several measures in as few passes as can be; `measured_cells` then finds them counted.

    Measures that a question does not fit, or that the release cannot support, are left out: asked by themselves they
    say why.

    Args:
        desk: the release with what is known of it.
        names: measures; those made of others, or not counts, are passed over.
        question: the one question asked of all.
    """
    passes: dict[tuple[object, ...], list[Asked]] = {}
    for name in names:
        measure = desk.book.measures.get(name)
        if not isinstance(measure, UnitMeasure) or measure.estimator not in COUNTED:
            continue
        try:
            asked = Asked(desk, measure, question)
            asked.layout.needs(asked.unit)
            asked.columns(())
        except TallystickError:
            continue
        passes.setdefault((measure.units, measure.hindsight if asked.rules else None), []).append(asked)
    for every in passes.values():
        for first in range(0, len(every), AT_ONCE):
            some = every[first : first + AT_ONCE]
            try:
                lay(some)
            except TallystickError:
                continue
            for one, counted in zip(some, tallied(some), strict=True):
                desk.counted[one.measure.id, question.key] = counted


class _Cells:
    def __init__(self, desk: Desk, asked: Asked, counted: Mapping[Group, Tallies]) -> None:
        self.desk, self.asked, self.counted = desk, asked, counted
        self.measure, self.question, self.opened = asked.measure, asked.question, asked.opened
        self.hash = desk.book.hash_of(asked.measure)

    def cells(self) -> Iterator[Cell]:
        """Every cell that has units."""
        table, layout = self.asked.unit.table, self.asked.layout
        self.duplicate_rules = {below: layout.duplicate_rule(table, below=below) for below in (False, True)}
        self.link_rules = self.asked.link_rules() or None
        estimator = self.measure.estimator
        if estimator in ("mean", "median"):
            yield from self._lengths()
        elif estimator == "incidence":
            yield from self._incidence()
        elif estimator == "concentration":
            yield from self._concentration()
        else:
            for group in groups(self.asked):
                for counts, tallies in zip(self.asked.counts, self._tallies(group), strict=True):
                    for key, tally in tallies.items():
                        yield from self._told(key, counts, tally)

    # groups of units

    def _tallies(self, group: Group) -> Tallies:
        """For each variant, the cells of a group with their units, those included that may belong to them."""
        grouped = self.counted[group]
        belongs = self._belongs(group, [*grouped[0]])
        return [
            {
                key: _joined([tallies[one] for one in own.certain]).with_open(tallies[one] for one in own.perhaps)
                for key, own in belongs.items()
            }
            for tallies in grouped
        ]

    def _belongs(self, group: Sequence[str], keys: Sequence[Key]) -> dict[Key, Belongs]:
        """Cells of a group -> the keys of the units that belong to them, and of those that may.

        What is not recorded is a class of its own (`UNKNOWN`) and may belong to every other. A place that is only
        suggested may be that place; where nothing is suggested it may be any.
        """
        has_place = "place" in group
        named = [name for name in group if name not in ("place", "suggested")]
        by_class: dict[Key, list[Key]] = {}
        for key in keys:
            by_class.setdefault((key[0], *(key[1:2] if has_place else ()), *key[3 if has_place else 1 :]), []).append(
                key
            )
        found = {}
        for wanted in sorted(by_class):
            if wanted[0] == NO_DAY:
                continue
            classes = dict(zip(named, wanted[2 if has_place else 1 :], strict=True))
            shown = [classes.get(f"d{number}") for number in range(len(self.asked.dimensions))]
            place = (wanted[1] or UNKNOWN) if has_place else ""
            full = (wanted[0], place, *("" if one is None else one or UNKNOWN for one in shown))
            perhaps = [
                key
                for less in _less_known(wanted)
                for key in by_class.get(less, ())
                if not has_place or less[1] == wanted[1] or key[2] in ("", wanted[1])
            ]
            found[full] = Belongs(tuple(by_class[wanted]), tuple(perhaps))
        return found

    # cells

    def _told(self, key: Key, counts: Counts, tally: Tally) -> Iterator[Cell]:
        estimator = self.measure.estimator
        per = Fraction(1, self.measure.per)
        if estimator == "average":
            window = self.asked.windows[int(key[0])]
            per /= (window.last - window.first).days + 1
        counted, whole = tally.counted, tally.inside
        if per != 1:
            counted = Bound(counted.lower * per, counted.upper * per)
            whole = Bound(whole.lower * per, whole.upper * per)
        if estimator in ("count", "sum", "average"):
            yield self._cell(key, counts, tally, counted, counted, whole, "mean" if estimator == "average" else "count")
            return
        share = tally.share
        if share is not None:
            cell = self._cell(key, counts, tally, share, counted, whole, "share")
            empty = "the population may be empty" if tally.may_be_empty else ""
            yield replace(cell, note="; ".join(part for part in (cell.note, empty) if part)) if empty else cell

    def _cell(  # one cell has many sides
        self,
        key: Key,
        counts: Counts,
        tally: Tally,
        bound: Bound,
        numerator: Bound,
        denominator: Bound,
        statistic: str,
    ) -> Cell:
        asked, measure, question = self.asked, self.measure, self.question
        window, place, release = asked.windows[int(key[0])], key[1], self.opened.release.id
        split = tuple(
            (dimension.id, dimension.words.get(value, value))
            for dimension, value in zip(asked.dimensions, key[2:], strict=True)
            if value
        )
        below = bool(place) and asked.place is not None
        return Cell(
            measure=measure.id,
            definition_hash=self.hash,
            release_set=self.desk.release_set,
            basis="records",
            statistic=statistic,
            unit="person key" if question.person else measure.unit,
            value_unit=measure.value_unit,
            variant=f"{release} {counts.variant}".strip(),
            period_start=window.first,
            period_end=window.last,
            split=split,
            bound=bound,
            numerator=numerator,
            denominator=denominator,
            status="ok",
            note="a part of the period" if window.is_part else "",
            aloud=measure.reads_aloud,
            people=tally.people,
            largest=tally.largest,
            parts=tally.parts,
            about=measure.about,
            population=f"{measure.units} of {release}",
            place_type=asked.place.place if below and asked.place is not None else "nation",
            place=place if below else "US",
            policy=question.policy.id if counts.tier and question.policy else None,
            tier=counts.tier or None,
            view=question.view,
            hindsight=measure.hindsight,
            duplicate_rule=self.duplicate_rules[below],
            link_rule=None if below else self.link_rules,
        )

    def _lengths(self) -> Iterator[Cell]:
        """Means and medians, from how many units have which value."""
        for group in groups(self.asked):
            own = [f"coalesce(number, {NO_DAY})", *group]
            by = ", ".join(str(place + 1) for place in range(len(own) + 3))
            query = (
                f"select {', '.join(own)}, m0, value_least, value_most, count(*) from looked "
                f"where m0 is distinct from false and value_least is not null group by {by} order by {by}"
            )
            rows: dict[Key, list[tuple[bool | None, int, int | None, int]]] = {}
            for row in self.opened.ask(query, ()):
                rows.setdefault(tuple(str(value) for value in row[: len(own)]), []).append(row[len(own) :])
            tallies = self.counted[group][0]
            for key, belongs in self._belongs(group, [*rows]).items():
                yield from self._length(key, belongs, rows, _joined([tallies[one] for one in belongs.certain]))

    def _length(
        self,
        key: Key,
        belongs: Belongs,
        rows: Mapping[Key, Sequence[tuple[bool | None, int, int | None, int]]],
        tally: Tally,
    ) -> Iterator[Cell]:
        certain: dict[tuple[int, int | None], int] = {}
        possible: dict[tuple[int, int | None], int] = {}
        for keys, is_inside in ((belongs.certain, True), (belongs.perhaps, False)):
            for member, least, most, many in (row for one in keys for row in rows[one]):
                own = certain if member and is_inside else possible
                own[least, most] = own.get((least, most), 0) + many
        values = Values(certain, possible)
        is_mean = self.measure.estimator == "mean"
        bound = mean(values) if is_mean else quantile(values, Fraction(1, 2))
        if bound is None:
            return
        least, most = values.members
        members = Bound(Fraction(least), Fraction(most))
        cell = self._cell(key, self.asked.counts[0], tally, bound, members, members, "mean" if is_mean else "quantile")
        yield replace(cell, q=None if is_mean else Fraction(1, 2), parts=(least, most - least))

    def _concentration(self) -> Iterator[Cell]:
        """How unevenly units lie over the classes of a dimension; those of no known class may lie anywhere."""
        number = f"coalesce(number, {NO_DAY})"
        counted: dict[str, dict[str, int]] = {}
        query = f"select {number}, over_class, count(*) from looked where m0 group by 1, 2 order by 1, 2"
        for window, name, many in self.opened.ask(query, ()):
            counted.setdefault(str(window), {})[str(name)] = int(many)
        keys = self.opened.ask(f"select {number}, count(distinct person_key) from looked where m0 group by 1", ())
        people = {str(window): int(many) for window, many in keys}
        for window, counts in counted.items():
            unknown = counts.pop("", 0)
            if window == NO_DAY or not counts:
                continue
            even, uneven = spread_over([*counts.values()], unknown)
            whole = sum(counts.values()) + unknown
            tally = Tally.of((whole - unknown, 0, unknown, 0, 0, 0, 0), people[window])
            for name, index, unit in (("gini", gini, "fraction"), ("herfindahl", herfindahl, "points")):
                members = Bound(Fraction(whole - unknown), Fraction(whole))
                bound = Bound(index(even), index(uneven))
                key = (window, "")
                cell = self._cell(key, Counts(name, name), tally, bound, members, point(whole), "ratio")
                yield replace(cell, note=f"over {len(counts)} classes", value_unit=unit)

    def _incidence(self) -> Iterator[Cell]:
        """Shares ended by each cause within some days, of those seen so long and those seen shorter.

        A stay that ended nobody knows when or how is counted to have ended otherwise, as late as it can have, for the
        lower end; by this cause, as late as it can have within the days, for the upper end. Later is further: who is
        seen longer takes on what those no longer seen would have weighed.
        """
        opens, closes = self.opened.opens_at, self.opened.closes_at
        many, unknown, people = (
            int(value)
            for value in self.opened.one(
                "select count(*), count(*) filter (how = 'unknown'), count(distinct person_key) from looked where m0"
            )
        )
        tally = Tally.of((many - unknown, 0, unknown, 0, 0, 0, 0), people)
        begun, end = day_of("starts"), day_of(f"coalesce(ends_most, {closes})")
        for horizon, (place, variant) in product(self.measure.horizons, enumerate(self.measure.variants)):
            soon = f"greatest(least({end} - {begun}, {horizon}), {day_of('ends_least')} - {begun})"
            ends = []
            for leaves, cause in (
                (f"{end} - {begun}", "case when ends_most is not null then -1 end"),
                (f"case how when 'unknown' then {soon} else {end} - {begun} end", str(place)),
            ):
                self.opened.make(
                    "lengths",
                    f"select greatest({day_of(str(opens))} - {begun}, 0) as enters, {leaves} as leaves, "
                    f"case how when 'ended' then cause when 'unknown' then {cause} end as cause from looked "
                    f"where m0 and coalesce(ends_most, {closes}) > {opens}",
                )
                reached = [one for one in curve(self.opened.ask, "lengths") if one.at <= horizon]
                share = reached[-1].incidence.get(str(place), 0.0) if reached else 0.0
                ends.append(Fraction(str(share)))
                if not unknown:
                    break
            counts = Counts(f"{variant.id} within {horizon} days", variant.title)
            members = Bound(Fraction(many - unknown), Fraction(many))
            yield self._cell(("0", ""), counts, tally, Bound(min(ends), max(ends)), members, point(many), "rate")


def _less_known(wanted: Key) -> Iterator[Key]:
    """A class with one or more of its parts not known."""
    window = ((wanted[0], NO_DAY),)
    for choice in product(*window, *(((part, "") if part else (part,)) for part in wanted[1:])):
        if choice != wanted:
            yield tuple(choice)


def _joined(tallies: Sequence[Tally]) -> Tally:
    found = tallies[0]
    for tally in tallies[1:]:
        found = found.plus(tally)
    return found
