"""Units counted by what may be true of them, for several measures in one pass over the table ``looked``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from tallystick.asking import Asked
from tallystick.measures.outcome import SETS, Tally

NO_DAY = "-1"  # the window of units whose day is not known
Key = tuple[str, ...]  # number of the window, then place and classes as the group has them; '' where not recorded
Group = tuple[str, ...]  # the columns that are told apart, besides the window
Tallies = list[dict[Key, Tally]]  # for each variant of a measure, the units of each key
WINDOW = f"coalesce(number, {NO_DAY}) as number"


def groups(asked: Asked) -> Iterator[Group]:
    """Which columns are told apart, from the whole down: every choice of place and dimensions."""
    own = [((), (f"d{number}",)) for number in range(len(asked.dimensions))]
    places: list[Group] = [(), ("place", "suggested")] if asked.place is not None else [()]
    for place, chosen in product(places, product(*own)):
        yield (*place, *(name for part in chosen for name in part))


def tallied(asked: Sequence[Asked]) -> list[dict[Group, Tallies]]:
    """For each measure, the units of every group; the measures stand in ``looked`` in the order given.

    Records are counted once, told apart as finely as anybody asks, and added up for the coarser groups. Persons are
    counted in each group anew, because one person may stand in several parts of a whole.
    """
    every = list(groups(asked[0]))
    found: list[dict[Group, Tallies]] = [{} for _ in asked]
    finest = [] if asked[0].question.person else _records(asked, every[-1])
    for group in every:
        people = _people(asked, group)
        for place, one in enumerate(asked):
            if one.question.person:
                own = _persons(one, place, group)
            else:
                own = [_coarser(variant, every[-1], group) for variant in finest[place]]
            largest = _largest(one, place, group) if one.unit.rows == "custody" else {}
            found[place][group] = [
                {
                    key: _loosened(one, Tally(*tally.weighed, people[place].get(key, 0), largest.get(key, ())))
                    for key, tally in variant.items()
                }
                for variant in own
            ]
    return found


def finest(asked: Asked) -> tuple[Group, Tallies]:
    """The units of one measure, told apart by everything that its question names at once, and by what.

    Where many dimensions are named, counting every choice of them would take as often as there are choices.
    """
    group = list(groups(asked))[-1]
    people = _people([asked], group)[0]
    own = _persons(asked, 0, group) if asked.question.person else _records([asked], group)[0]
    told = [{key: replace(tally, people=people.get(key, 0)) for key, tally in variant.items()} for variant in own]
    return group, [{key: _loosened(asked, tally) for key, tally in variant.items()} for variant in told]


def _records(asked: Sequence[Asked], group: Group) -> list[Tallies]:
    """For each measure and variant, the records of each key by their set of outcomes, and what they weigh.

    Only what occurs is counted: where membership is never open three sets are empty, and the last set of each kind is
    what is left of the others.
    """
    columns = [f"m{place}" for place in range(len(asked))]
    columns += [f"x{place}_{number}" for place, one in enumerate(asked) for number in range(len(one.counts))]
    ask, many = asked[0].opened.ask, len(group) + 1
    every, *known = ask(f"select count(*), {', '.join(f'count({name})' for name in columns)} from looked", ())[0]
    is_open = {name for name, own in zip(columns, known, strict=True) if own < every}
    weights = ("count(*)", "sum(least)", "sum(most)") if asked[0].unit.rows == "custody" else ("count(*)",)
    sums: dict[str, int] = {}

    def sum_of(condition: str) -> int:
        return sums.setdefault(condition, len(sums) * len(weights) + many)

    sum_of("true")
    places = [list(_places(place, len(one.counts), is_open, sum_of)) for place, one in enumerate(asked)]
    told = ", ".join(f"coalesce({weight} filter ({condition}), 0)" for condition in sums for weight in weights)
    chosen, by = ", ".join([WINDOW, *group]), ", ".join(str(place + 1) for place in range(many))
    found: list[Tallies] = [[{} for _ in one.counts] for one in asked]
    for row in ask(f"select {chosen}, {told} from looked group by {by} order by {by}", ()):
        key = tuple(str(value) for value in row[:many])
        for own, variants in zip(found, places, strict=True):
            for tallies, (whole, inside, sets) in zip(own, variants, strict=True):
                three = [
                    _by_set([int(row[place + weight]) if place else 0 for place in (whole, inside, *sets)])
                    for weight in (range(3) if len(weights) > 1 else (0, 0, 0))
                ]
                tallies[key] = Tally(three[0], three[1], three[2])
    return found


def _places(
    place: int, variants: int, is_open: set[str], sum_of: Callable[[str], int]
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """For each variant of a measure, where its sums stand: all, inside, and the sets T, TF, TO, FO, TFO (0: empty)."""
    member = f"m{place}"
    whole, inside = sum_of("true"), sum_of(member)
    for number in range(variants):
        counted = f"x{place}_{number}"
        sets = [sum_of(f"{member} and {counted}"), 0, 0, 0, 0]
        if counted in is_open:
            sets[1] = sum_of(f"{member} and {counted} is null")
        if member in is_open:
            sets[2:4] = [sum_of(f"{member} is null and {counted}"), sum_of(f"{member} is null and not {counted}")]
        if member in is_open and counted in is_open:
            sets[4] = sum_of(f"{member} is null and {counted} is null")
        yield whole, inside, tuple(sets)


def _by_set(sums: Sequence[int]) -> tuple[int, ...]:
    """Sums of all, of those inside, and of T, TF, TO, FO, TFO, in the order of `SETS`."""
    whole, inside, true, open_, *perhaps = sums
    return (true, inside - true - open_, open_, *perhaps, whole - inside - sum(perhaps))


def set_of_outcomes(place: int, number: int) -> str:
    """The number of the set of outcomes (see `SETS`) of a unit for a variant of the measure at a place, in SQL."""
    member, counted = f"m{place}", f"x{place}_{number}"
    return (
        f"case when {member} is null then (case when {counted} is null then 5 when {counted} then 3 else 4 end) "
        f"when {member} then (case when {counted} is null then 2 when {counted} then 0 else 1 end) else 6 end "
        f"as s{number}"
    )


def _persons(asked: Asked, place: int, group: Group) -> Tallies:
    """For each variant, the persons of each key by their set of outcomes.

    A person is inside if any record is, and has what is counted if any record inside has. Records without a key could
    be of anybody.
    """
    own, numbers = ", ".join(["number", *group]), range(len(asked.counts))
    told = ", ".join(set_of_outcomes(place, number) for number in numbers)
    of_person = ", ".join(
        f"case when bool_or(s{number} = 0) then 0 "
        f"when bool_or(s{number} < 3) then (case when bool_or(s{number} in (2, 3, 5)) then 2 else 1 end) "
        f"when bool_or(s{number} in (3, 5)) then (case when bool_or(s{number} in (4, 5)) then 5 else 3 end) "
        f"when bool_or(s{number} = 4) then 4 else 6 end as s{number}"
        for number in numbers
    )
    perhaps = ", ".join(f"case when s{number} < 3 then s{number} + 3 else s{number} end" for number in numbers)
    rows = (
        f"select {own}, {of_person} from (select {own}, person_key, {told} from looked where person_key is not null) "
        f"group by {own}, person_key union all "
        f"select {own}, {perhaps} from (select {own}, {told} from looked where person_key is null)"
    )
    many, wide = len(group) + 1, len(SETS)
    sums = ", ".join(f"count(*) filter (s{number} = {one})" for number in numbers for one in range(wide))
    chosen, by = ", ".join([WINDOW, *group]), ", ".join(str(one + 1) for one in range(many))
    found: Tallies = [{} for _ in numbers]
    for row in asked.opened.ask(f"select {chosen}, {sums} from ({rows}) group by {by} order by {by}", ()):
        for number, tallies in enumerate(found):
            values = [int(value) for value in row[many + number * wide : many + (number + 1) * wide]]
            tallies[tuple(str(value) for value in row[:many])] = Tally.of(values)
    return found


def _coarser(tallies: dict[Key, Tally], finest: Group, group: Group) -> dict[Key, Tally]:
    """What was counted for the finest group, added up for a coarser one."""
    kept = [0, *(place + 1 for place, name in enumerate(finest) if name in group)]
    found: dict[Key, Tally] = {}
    for key, tally in tallies.items():
        own = tuple(key[place] for place in kept)
        found[own] = found[own].plus(tally) if own in found else tally
    return found


def _people(asked: Sequence[Asked], group: Group) -> list[dict[Key, int]]:
    """For each measure, person keys among those certainly inside; kept, as many measures look at one population."""
    kept = asked[0].desk.people
    names = [(one.unit.id, one.measure.where, group, replace(one.question, policy=None)) for one in asked]
    wanted = {name: place for place, name in enumerate(names) if name not in kept}
    if wanted:
        own, many = ", ".join([WINDOW, *group]), len(group) + 1
        by = ", ".join(str(place + 1) for place in range(many))
        inside = ", ".join(f"bool_or(coalesce(m{place}, false)) as b{place}" for place in wanted.values())
        counts = ", ".join(f"count(*) filter (b{place})" for place in wanted.values())
        keyed = f"select {own}, person_key, {inside} from looked where person_key is not null group by {by}, {many + 1}"
        query = f"select {', '.join(['number', *group])}, {counts} from ({keyed}) group by {by}"
        for name in wanted:
            kept[name] = {}
        for row in asked[0].opened.ask(query, ()):
            key = tuple(str(value) for value in row[:many])
            for name, value in zip(wanted, row[many:], strict=True):
                kept[name][key] = int(value)
    return [kept[name] for name in names]


def _largest(asked: Asked, place: int, group: Group) -> dict[Key, tuple[int, ...]]:
    """The two largest sums of single people in each key, and what all others have together."""
    own, names, many = ", ".join([WINDOW, *group]), ", ".join(["number", *group]), len(group) + 1
    query = (
        f"select {names}, max(own_sum, 2), sum(own_sum) from (select {own}, person_key, sum(most) as own_sum "
        f"from looked where m{place} group by all) group by {names}"
    )
    found = {}
    for row in asked.opened.ask(query, ()):
        two = [int(value) for value in row[many]]
        found[tuple(str(value) for value in row[:many])] = (*two, int(row[many + 1]) - sum(two))
    return found


def _loosened(asked: Asked, tally: Tally) -> Tally:
    """Rows without a key could be linked to units that seem linked to nothing, or take what others have.

    Who takes a row is linked to it instead; where it may lie outside the population, all that it takes is lost.
    """
    beside, layout, measure = asked.unit.beside, asked.layout, asked.measure
    pairs = {beside[one.link] for one in measure.conditions if one.link in beside and not one.found}
    loose = sum(layout.loose.get(pair, 0) for pair in pairs)
    takers = [layout.takers.get(pair, (0, 0)) for pair in pairs]
    lost = sum(many * (reach if measure.where else max(reach - 1, 0)) for many, reach in takers)
    return tally.loosened(loose, lost) if loose or lost else tally
