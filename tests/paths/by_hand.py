"""The rules in plain Python, row by row, for small tables: shares no code with the acts it is held against.

Rows are dictionaries. Where an act orders rows, so does this: empty cells last, then by record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

DAY = 86400
Row = dict[str, Any]


def order_key(row: Row, steps: Sequence[Any]) -> list[Any]:
    key: list[Any] = []
    for step in steps:
        value = row.get(step.by)
        if step.last_if:
            key.append((0, 1 if value == step.last_if else 0))
            continue
        if value is None:
            key.append((1, 0))
            continue
        key.append((0, _Reversed(value) if step.desc else value))
    return [*key, (0, row["record"])]


class _Reversed:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Reversed) -> bool:
        return other.value < self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def speakers(rule: Any, rows: Sequence[Row], columns: Sequence[str]) -> dict[int, int]:
    """Record -> the record that speaks for it."""
    speaks = {row["record"]: row["record"] for row in rows}
    for step in rule.steps:
        left = [row for row in rows if speaks[row["record"]] == row["record"]]
        if step.act == "overlaps":
            merged = _overlaps(step, left)
        else:
            merged = _episodes(step, left) if step.act == "episodes" else _repeats(step, left, columns)
        speaks = {record: merged[episode] for record, episode in speaks.items()}
    return speaks


def _groups(groups: dict[Any, list[Row]], step: Any) -> dict[int, int]:
    found = {}
    for rows in groups.values():
        first = min(rows, key=lambda row: order_key(row, step.speaks))["record"]
        found |= {row["record"]: first for row in rows}
    return found


def _repeats(step: Any, rows: Sequence[Row], columns: Sequence[str]) -> dict[int, int]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    same = _named(step.same, columns)
    for row in rows:
        if row["person_key"] is not None:
            values = tuple(row.get(name) for name in same)
            key: Any = ("key", row["person_key"], values, _blank_apart(step, row))
        elif step.without_key == "kept":
            key = ("none", row["record"])
        else:
            names = same if step.without_key == "alike" else _named(step.same_without_key, columns)
            key = ("none", tuple(row.get(name) for name in names))
        groups[key].append(row)
    return _groups(groups, step)


def _named(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    if "*" not in names:
        return list(names)
    return [name for name in columns if f"-{name}" not in names]


def _episodes(step: Any, rows: Sequence[Row]) -> dict[int, int]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    people: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["person_key"] is None or row["moment"] is None:
            groups["alone", row["record"]].append(row)
        else:
            people[row["person_key"]].append(row)
    for person, own in people.items():
        number, before = 0, None
        for row in sorted(own, key=lambda row: order_key(row, step.follows)):
            if before is not None:
                gap = row["moment"] - before
                only_days = row["moment"] % DAY == 0 and before % DAY == 0
                if gap > (step.within_days * DAY if only_days else step.within_seconds):
                    number += 1
            before = row["moment"]
            groups[person, number].append(row)
    return _groups(groups, step)


def _blank_apart(step: Any, row: Row) -> Any:
    """A row that holds nothing in a column that must agree stands apart, where the rule says so."""
    if step.blank == "apart" and any(row.get(name) is None for name in step.same):
        return row["record"]
    return None


def _overlaps(step: Any, rows: Sequence[Row]) -> dict[int, int]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    places: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if row["person_key"] is None or row["moment"] is None:
            groups["alone", row["record"]].append(row)
        else:
            key = (row["person_key"], tuple(row.get(name) for name in step.same), _blank_apart(step, row))
            places[key].append(row)
    for key, own in places.items():
        number, before = 0, []
        for row in sorted(own, key=_place):
            is_open = row["moment_out"] is None and any(other["moment_out"] is None for other in before)
            meets = any(
                row["moment"] == other["moment"]
                or (other["moment_out"] is not None and row["moment"] < other["moment_out"])
                for other in before
            )
            number += not (is_open or meets) and bool(before)
            before.append(row)
            groups[key, number].append(row)
    return _groups(groups, step)


def spans(rows: Sequence[Row]) -> list[Row]:
    found = []
    for row in rows:
        if row["moment"] is None:
            continue
        later = [
            other
            for other in rows
            if other["person_key"] is not None
            and other["person_key"] == row["person_key"]
            and other["moment"] is not None
            and _place(other) > _place(row)
        ]
        following = min(later, key=_place, default=None)
        out = row["moment_out"]
        if out is not None and out >= row["moment"]:
            how, least, most = "ended", out, out
        elif out is None and row["goes_on"] and following is None:
            how, least, most = "open", None, None
        else:
            how, least, most = "unknown", row["moment"], following["moment"] if following else None
        found.append(
            {
                "record": row["record"], "person_key": row["person_key"], "stay_moment": row["stay_moment"],
                "facility": row["facility"], "starts": row["moment"], "ends_least": least, "ends_most": most, "how": how,
            }
        )  # fmt: skip
    return found


def _place(row: Row) -> tuple[Any, ...]:
    out = row["moment_out"]
    return row["moment"], (1, 0) if out is None else (0, out), row["record"]


def told_as_released(rows: Sequence[Row]) -> dict[int, int | None]:
    groups: dict[Any, list[int]] = defaultdict(list)
    for row in rows:
        if row["person_key"] is not None and row["stay_moment"] is not None:
            groups[row["person_key"], row["stay_moment"]].append(row["record"])
    found: dict[int, int | None] = {row["record"]: None for row in rows}
    for records in groups.values():
        found |= dict.fromkeys(records, min(records))
    return found


def told_by_gap(rows: Sequence[Row], gap: int) -> dict[int, int | None]:
    found: dict[int, int | None] = {row["record"]: None for row in rows}
    people: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["person_key"] is not None:
            people[row["person_key"]].append(row)
    for own in people.values():
        groups: list[list[int]] = []
        reached: int | None = None
        for row in sorted(own, key=lambda row: (row["starts"], row["ends_most"] or row["starts"], row["record"])):
            if reached is None or row["starts"] - reached > gap:
                groups.append([])
            groups[-1].append(row["record"])
            end = row["starts"] if row["ends_most"] is None else row["ends_most"]
            reached = end if reached is None else max(reached, end)
        for records in groups:
            found |= dict.fromkeys(records, min(records))
    return found


def union(intervals: Sequence[tuple[int, int]]) -> int:
    total, reached = 0, None
    for start, end in sorted(intervals):
        begin = start if reached is None else max(start, reached)
        total += max(end - begin, 0)
        reached = end if reached is None else max(reached, end)
    return total


def stays(rows: Sequence[Row], told: dict[int, int | None], closes_at: int) -> dict[int, Row]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        stay = told[row["record"]]
        if stay is not None:
            groups[stay].append(row)
    found = {}
    for stay, own in groups.items():
        until = {row["record"]: closes_at if row["ends_most"] is None else row["ends_most"] for row in own}
        last = max(own, key=lambda row: (row["how"] == "open", until[row["record"]], row["starts"], row["record"]))
        found[stay] = {
            "starts": min(row["starts"] for row in own),
            "how": last["how"],
            "stints": len(own),
            "last_record": last["record"],
            "seconds_least": union(
                [(row["starts"], closes_at if row["ends_least"] is None else row["ends_least"]) for row in own]
            ),
            "seconds_most": union([(row["starts"], until[row["record"]]) for row in own]),
        }
    return found


def links(rule: Any, left: Sequence[Row], right: Sequence[Row]) -> set[tuple[int, int]]:
    def distance(pair: tuple[Row, Row], *, of_left: bool) -> tuple[Any, ...]:
        one = pair[0] if of_left else pair[1]
        first = {
            "nearest": abs(pair[1]["moment"] - pair[0]["moment"]),
            "latest": -one["moment"],
            "earliest": one["moment"],
        }[rule.prefers]
        return first, one["moment"], one["record"]

    pairs = [
        (one, other)
        for one in left
        for other in right
        if one["person_key"] is not None
        and one["person_key"] == other["person_key"]
        and one["also"] is not None
        and one["also"] == other["also"]
        and one["moment"] is not None
        and other["moment"] is not None
        and (rule.earliest is None or other["moment"] - one["moment"] >= rule.earliest)
        and (rule.latest is None or other["moment"] - one["moment"] <= rule.latest)
    ]
    if rule.each_right_once:
        best = {}
        for pair in sorted(pairs, key=lambda pair: distance(pair, of_left=True)):
            best.setdefault(pair[1]["record"], pair)
        pairs = list(best.values())
    if rule.each_left_once:
        best = {}
        for pair in sorted(pairs, key=lambda pair: distance(pair, of_left=False)):
            best.setdefault(pair[0]["record"], pair)
        pairs = list(best.values())
    return {(one["record"], other["record"]) for one, other in pairs}


def population(rows: Sequence[Row], days: range, *, end: str) -> dict[int, tuple[int, int]]:
    """Day -> (present when it ends, present at any time), counting people; by walking through the days."""
    found = {}
    for day in days:
        midnight, seen = set(), set()
        for row in rows:
            who = row["person_key"] if row["person_key"] is not None else ("none", row["record"])
            first = row["starts"] // DAY
            last = None if row[end] is None else row[end] // DAY
            if first <= day and (last is None or last > day):
                midnight.add(who)
            if first <= day and (last is None or last >= day):
                seen.add(who)
        found[day] = (len(midnight), len(seen))
    return found


def incidence(lengths: Sequence[tuple[int, int, int | None]]) -> list[tuple[int, int, float, dict[int, float]]]:
    """Length -> (at risk, share that goes on, incidence by cause), straight from the definition."""
    from fractions import Fraction

    begun = [(-1 if enters == 0 else enters, leaves, cause) for enters, leaves, cause in lengths]
    kept = [entry for entry in begun if entry[1] > entry[0]]
    causes = sorted({cause for _, _, cause in kept if cause is not None})
    still, ended = Fraction(1), dict.fromkeys(causes, Fraction(0))
    found = []
    for at in sorted({leaves for _, leaves, cause in kept if cause is not None}):
        risk = sum(enters < at <= leaves for enters, leaves, _ in kept)
        counts = {cause: sum(leaves == at and own == cause for _, leaves, own in kept) for cause in causes}
        for cause in causes:
            ended[cause] += still * Fraction(counts[cause], risk)
        still *= 1 - Fraction(sum(counts.values()), risk)
        found.append((at, risk, float(still), {cause: float(share) for cause, share in ended.items()}))
    return found
