"""Measures over the records of one release: bounds for each cell, from units that may or may not belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

from tallystick.asking import Asked
from tallystick.measures.cell import Cell
from tallystick.measures.estimates import Values, gini, herfindahl, mean, quantile, spread_over
from tallystick.measures.outcome import SETS, Tally
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.question import Counts, Desk, Question, day_of
from tallystick.records.lengths import curve
from tallystick.terms.bound import Bound, point

UNKNOWN = "unknown"  # the class of units of which a dimension is not recorded
NO_DAY = "-1"  # the window of units whose day is not known
Key = tuple[str, ...]  # number of the window, place, classes; '' where nothing is told apart


@dataclass(frozen=True)
class Belongs:
    """The groups of units that make up one cell, and those of which it is open whether they do."""

    certain: tuple[Key, ...]
    perhaps: tuple[Key, ...]


def cells_of_units(desk: Desk, measure: UnitMeasure, question: Question) -> list[Cell]:
    """The cells of a measure that counts units itself, not yet cleared; see `measured_cells`."""
    return list(_Cells(desk, Asked(desk, measure, question)).cells())


class _Cells:
    def __init__(self, desk: Desk, asked: Asked) -> None:
        self.desk, self.asked = desk, asked
        self.measure, self.question, self.opened = asked.measure, asked.question, asked.opened
        self.hash = desk.book.hash_of(asked.measure)

    def cells(self) -> Iterator[Cell]:
        """Every cell that has units."""
        self.asked.lay()
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
            for group in self._groups():
                for counts, tallies in zip(self.asked.counts, self._tallies(group), strict=True):
                    for key, tally in tallies.items():
                        yield from self._told(key, counts, tally)

    # groups of units

    def _groups(self) -> Iterator[tuple[str, ...]]:
        """Which columns are told apart, from the whole down: every choice of place and dimensions."""
        own = [((), (f"d{number}",)) for number in range(len(self.asked.dimensions))]
        places: list[tuple[str, ...]] = [(), ("place", "suggested")] if self.asked.place is not None else [()]
        for place, chosen in product(places, product(*own)):
            yield (*place, *(name for part in chosen for name in part))

    def _tallies(self, group: Sequence[str]) -> list[dict[Key, Tally]]:
        """For each variant, the cells of a group with their units, those included that may belong to them."""
        grouped = self._grouped(group)
        belongs = self._belongs(group, [*grouped[0]])
        return [
            {
                key: _joined([tallies[one] for one in own.certain]).with_open(tallies[one] for one in own.perhaps)
                for key, own in belongs.items()
            }
            for tallies in grouped
        ]

    def _grouped(self, group: Sequence[str]) -> list[dict[Key, Tally]]:
        """For each variant, the units of each group by what may be true of them; all in one pass."""
        rows, many = self._units_sql(group), len(group) + 1
        is_custody = self.asked.unit.rows == "custody"
        sums = [
            part
            for number in range(len(self.asked.counts))
            for place in range(len(SETS))
            for part in (
                f"count(*) filter (s{number} = {place})",
                *(f"coalesce(sum({end}) filter (s{number} = {place}), 0)" for end in ("least", "most") if is_custody),
            )
        ]
        chosen = ", ".join([f"coalesce(number, {NO_DAY}) as number", *group])
        by = ", ".join(str(place + 1) for place in range(many))
        people = self._people(rows, chosen, by, group)
        query = f"select {chosen}, {', '.join(sums)} from ({rows}) group by {by} order by {by}"
        found: list[dict[Key, Tally]] = [{} for _ in self.asked.counts]
        largest = self._largest(rows, chosen, group) if is_custody else {}
        wide = len(SETS) * (3 if is_custody else 1)
        for row in self.opened.ask(query, ()):
            key = tuple(str(value) for value in row[:many])
            for number, tallies in enumerate(found):
                values = [int(value) for value in row[many + number * wide : many + (number + 1) * wide]]
                tally = Tally.of(values, people[key])
                if is_custody:
                    three = [tuple(values[start::3]) for start in range(3)]
                    tally = Tally(three[0], three[1], three[2], people[key], largest.get(key, ()))
                tallies[key] = self._loosened(tally)
        return found

    def _people(self, rows: str, chosen: str, by: str, group: Sequence[str]) -> dict[Key, int]:
        """Person keys among those certainly inside; kept, because many measures look at the same population."""
        asked = (self.asked.unit.id, self.measure.where, tuple(group), replace(self.question, policy=None))
        if asked not in self.desk.people:
            many = len(group) + 1
            query = f"select {chosen}, count(distinct person_key) filter (s0 < 3) from ({rows}) group by {by}"
            found = {tuple(str(value) for value in row[:many]): int(row[many]) for row in self.opened.ask(query, ())}
            self.desk.people[asked] = found
        return self.desk.people[asked]

    def _units_sql(self, group: Sequence[str]) -> str:
        """The units with the number of their set of outcomes (see `SETS`) for each variant: records, or persons.

        A person is inside if any record is, and has what is counted if any record inside has.
        """
        own = ", ".join(["number", *group])
        numbers = range(len(self.asked.counts))
        told = ", ".join(
            f"case when m is null then (case when x{number} is null then 5 when x{number} then 3 else 4 end) "
            f"when m then (case when x{number} is null then 2 when x{number} then 0 else 1 end) else 6 end as s{number}"
            for number in numbers
        )
        if not self.question.person:
            return f"select {own}, record, person_key, least, most, {told} from looked"
        of_person = ", ".join(
            f"case when bool_or(s{number} = 0) then 0 "
            f"when bool_or(s{number} < 3) then (case when bool_or(s{number} in (2, 3, 5)) then 2 else 1 end) "
            f"when bool_or(s{number} in (3, 5)) then (case when bool_or(s{number} in (4, 5)) then 5 else 3 end) "
            f"when bool_or(s{number} = 4) then 4 else 6 end as s{number}"
            for number in numbers
        )
        keyed = (
            f"select {own}, min(record) as record, person_key, 1 as least, 1 as most, {of_person} "
            f"from (select {own}, record, person_key, {told} from looked where person_key is not null) "
            f"group by {own}, person_key"
        )
        perhaps = ", ".join(f"case when s{number} < 3 then s{number} + 3 else s{number} end" for number in numbers)
        without = (
            f"select {own}, record, null, 1, 1, {perhaps} from "
            f"(select {own}, record, {told} from looked where person_key is null)"
        )
        return f"{keyed} union all {without}"

    def _largest(self, rows: str, chosen: str, group: Sequence[str]) -> dict[Key, tuple[int, ...]]:
        """The two largest sums of single people in each cell, and what all others have together."""
        names = ", ".join(["number", *group])
        query = (
            f"select {names}, max(own_sum, 2), sum(own_sum) from ("
            f"select {names}, person_key, sum(most) as own_sum from "
            f"(select {chosen}, person_key, most, s0 from ({rows})) "
            f"where s0 < 3 group by {names}, person_key) group by {names}"
        )
        found = {}
        for *key, two, whole in self.opened.ask(query, ()):
            own = [int(value) for value in two]
            found[tuple(str(value) for value in key)] = (*own, int(whole) - sum(own))
        return found

    def _loosened(self, tally: Tally) -> Tally:
        """Rows without a key could be linked to units that seem linked to nothing, or take what others have.

        Who takes a row is linked to it instead; where it may lie outside the population, all that it takes is lost.
        """
        beside, layout = self.asked.unit.beside, self.asked.layout
        pairs = {beside[one.link] for one in self.measure.conditions if one.link in beside and not one.found}
        loose = sum(layout.loose.get(pair, 0) for pair in pairs)
        takers = [layout.takers.get(pair, (0, 0)) for pair in pairs]
        lost = sum(many * (reach if self.measure.where else max(reach - 1, 0)) for many, reach in takers)
        return tally.loosened(loose, lost) if loose or lost else tally

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
        counted = Bound(tally.counted.lower * per, tally.counted.upper * per)
        whole = Bound(tally.inside.lower * per, tally.inside.upper * per)
        if estimator in ("count", "sum", "average"):
            yield self._cell(key, counts, tally, counted, counted, whole, "mean" if estimator == "average" else "count")
            return
        share = tally.share
        if share is not None:
            cell = self._cell(key, counts, tally, share, counted, whole, "share")
            empty = "the population may be empty" if tally.may_be_empty else ""
            yield replace(cell, note="; ".join(part for part in (cell.note, empty) if part))

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
        for group in self._groups():
            own = [f"coalesce(number, {NO_DAY})", *group]
            by = ", ".join(str(place + 1) for place in range(len(own) + 3))
            query = (
                f"select {', '.join(own)}, m, value_least, value_most, count(*) from looked "
                f"where m is distinct from false and value_least is not null group by {by} order by {by}"
            )
            rows: dict[Key, list[tuple[bool | None, int, int | None, int]]] = {}
            for row in self.opened.ask(query, ()):
                rows.setdefault(tuple(str(value) for value in row[: len(own)]), []).append(row[len(own) :])
            tallies = self._grouped(group)[0]
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
        query = f"select {number}, over_class, count(*) from looked where m group by 1, 2 order by 1, 2"
        for window, name, many in self.opened.ask(query, ()):
            counted.setdefault(str(window), {})[str(name)] = int(many)
        keys = self.opened.ask(f"select {number}, count(distinct person_key) from looked where m group by 1", ())
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
                "select count(*), count(*) filter (how = 'unknown'), count(distinct person_key) from looked where m"
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
                    f"where m and coalesce(ends_most, {closes}) > {opens}",
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
    found = Tally()
    for tally in tallies:
        found = found.plus(tally)
    return replace(found, largest=tallies[0].largest if len(tallies) == 1 else found.largest)
