"""What changed between two issues: restated months, corrected tables, exchanged rows, moved cells, new and lost blocks.

Only figures that passed the gate are compared; what is held back in one of the two is not spoken of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tallystick.figures.dated import Figure
from tallystick.figures.places import is_below_nation

CLOSED = ("complete",)  # periods that were over: a change there is a restatement
SAME = 1e-9
KINDS = ("verdict", "gone", "appeared", "exchanged", "corrected", "restated", "relabelled", "moved")
Key = tuple[object, ...]


@dataclass(frozen=True)
class Change:
    """One change: its kind, where, and both sides as printed."""

    kind: str
    block: str
    label: str
    before: str
    after: str
    detail: str
    below_nation: bool = False


def changes(before: Sequence[Figure], after: Sequence[Figure]) -> list[Change]:
    """All changes from one issue to another, gravest kinds first.

    Args:
        before: cleared figures of the first issue.
        after: cleared figures of the second one.
    """
    blocks = [_by_block(before), _by_block(after)]
    found: list[Change] = []
    for block in sorted(blocks[0].keys() | blocks[1].keys()):
        old, new = blocks[0].get(block), blocks[1].get(block)
        if old is None or new is None:
            found.append(_whole_block(block, old or [], new or []))
            continue
        found += _in_block(block, old, new)
    return sorted(found, key=lambda change: (KINDS.index(change.kind), change.below_nation, change.block, change.label))


def _by_block(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        found[figure.block].append(figure)
    return found


def _whole_block(block: str, old: Sequence[Figure], new: Sequence[Figure]) -> Change:
    if old:
        return Change("gone", block, "", f"{len(old):,} numbers", "", "Only the first prints this table.")
    return Change("appeared", block, "", "", f"{len(new):,} numbers", "Only the second prints this table.")


def _in_block(block: str, old: Sequence[Figure], new: Sequence[Figure]) -> Iterator[Change]:
    before, after = _by_key(old), _by_key(new)
    shared = sorted(before.keys() & after.keys(), key=str)
    kind = "corrected" if old[0].as_of == new[0].as_of else "restated"
    differing = [key for key in shared if _differs(before[key], after[key])]
    exchanged = _exchanged(before, after, differing)
    if exchanged:
        yield Change(
            "exchanged",
            block,
            " and ".join(exchanged),
            "",
            "",
            "These rows stand in each other's place in the second.",
        )
    for key in differing:
        one, two = before[key], after[key]
        if exchanged and _own_label(one) in exchanged:
            continue
        label = f"{one.label_as_printed}, {one.period}"
        yield Change(kind, block, label, _text(one), _text(two), _size(one, two), is_below_nation(one))
    yield from _relabelled(block, before, after, shared)
    yield from _moved(block, before, after, shared)
    if kind == "corrected":
        yield from _one_sided(block, before, after)


def _one_sided(block: str, before: Mapping[Key, Figure], after: Mapping[Key, Figure]) -> Iterator[Change]:
    """Numbers of a table of one date that only one side prints."""
    for kind, word, own, other in (("gone", "first", before, after), ("appeared", "second", after, before)):
        count = sum(not is_below_nation(own[key]) for key in own.keys() - other.keys())
        if count:
            noun = "number" if count == 1 else "numbers"
            detail = f"The table is of the same date in both; only the {word} prints them."
            yield Change(kind, block, f"{count} {noun}", "", "", detail)


def compared(before: Sequence[Figure], after: Sequence[Figure]) -> int:
    """How many numbers both sides print for the same thing and period."""
    blocks = [_by_block(figures) for figures in (before, after)]
    shared = blocks[0].keys() & blocks[1].keys()
    return sum(len(_by_key(blocks[0][block]).keys() & _by_key(blocks[1][block]).keys()) for block in shared)


def _by_key(figures: Sequence[Figure]) -> dict[Key, Figure]:
    """Figures that may be compared: what does not move by itself from issue to issue, or is of the same date."""
    return {
        (
            figure.period if figure.period_kind not in ("fytd", "point") else (figure.period_kind, figure.as_of),
            figure.period_kind, figure.arresting_agency, figure.criminality, figure.dims, figure.measure, figure.unit,
        ): figure
        for figure in figures
        if figure.period_status in CLOSED or figure.period_kind in ("fytd", "point")
    }  # fmt: skip


def _differs(one: Figure, two: Figure) -> bool:
    if one.value is None or two.value is None:
        return (one.value is None) != (two.value is None)
    return abs(one.value - two.value) > SAME * max(1.0, abs(one.value))


def _own_label(figure: Figure) -> str:
    return figure.label_as_printed.split(" | ")[0]


def _exchanged(before: Mapping[Key, Figure], after: Mapping[Key, Figure], differing: Sequence[Key]) -> list[str]:
    """Labels of two rows whose differing numbers all stand in the other row."""
    rows: dict[str, dict[Key, tuple[Figure, Figure]]] = defaultdict(dict)
    for key in differing:
        one = before[key]
        if "share" not in one.measure:
            rows[_own_label(one)][(key[0], key[1], one.label_as_printed.split(" | ")[-1], one.measure)] = (
                one,
                after[key],
            )
    names = sorted(rows)
    for number, first in enumerate(names):
        for second in names[number + 1 :]:
            common = rows[first].keys() & rows[second].keys()
            crossed = [
                key
                for key in common
                if rows[first][key][0].value == rows[second][key][1].value
                and rows[second][key][0].value == rows[first][key][1].value
            ]
            if len(common) >= 2 and len(crossed) == len(common):
                return [first, second]
    return []


def _relabelled(
    block: str, before: Mapping[Key, Figure], after: Mapping[Key, Figure], shared: Sequence[Key]
) -> Iterator[Change]:
    pairs = sorted(
        {
            (_own_label(before[key]), _own_label(after[key]))
            for key in shared
            if _own_label(before[key]) != _own_label(after[key]) and not is_below_nation(before[key])
        }
    )
    for old, new in pairs:
        yield Change("relabelled", block, old, old, new, "The same meaning under another label.")


def _moved(
    block: str, before: Mapping[Key, Figure], after: Mapping[Key, Figure], shared: Sequence[Key]
) -> Iterator[Change]:
    moved = [key for key in shared if before[key].cell != after[key].cell and not is_below_nation(before[key])]
    if moved:
        one, two = before[moved[0]], after[moved[0]]
        detail = f"{len(moved):,} of {len(shared):,} numbers stand in other cells, for example {one.label_as_printed}."
        yield Change(
            "moved", block, "", f"'{one.sheet.strip()}'!{one.cell}", f"'{two.sheet.strip()}'!{two.cell}", detail
        )


def _text(figure: Figure) -> str:
    return "no value" if figure.value is None else f"{figure.value:,.10g}"


def _size(one: Figure, two: Figure) -> str:
    if not one.value or two.value is None:
        return ""
    return f"{two.value / one.value - 1:+.1%}"


def verdicts_moved(
    before: Sequence[Mapping[str, object]],
    after: Sequence[Mapping[str, object]],
    tools: tuple[str, str] = ("", ""),
) -> list[Change]:
    """Verdicts that differ between two sets of rows of the table `verdicts`, each with why it moved.

    Args:
        before: the rows of the first set.
        after: those of the second.
        tools: the versions of the program that wrote them.

    Returns:
        One change for each claim and date; its detail says whether the definition, the data or the code is another.
    """
    old, new = (_verdicts(rows) for rows in (before, after))
    return [
        Change(
            "verdict",
            claim,
            at,
            old[claim, at].verdict,
            new[claim, at].verdict,
            _why(old[claim, at], new[claim, at], tools),
        )
        for claim, at in sorted(old.keys() & new.keys())
        if old[claim, at].verdict != new[claim, at].verdict
    ]


@dataclass
class _Verdict:
    """A verdict on one date with what it rests on: the identity of its definition, the ends of its readings."""

    verdict: str
    definition: str
    ends: dict[str, tuple[object, object]]


def _verdicts(rows: Sequence[Mapping[str, object]]) -> dict[tuple[str, str], _Verdict]:
    found: dict[tuple[str, str], _Verdict] = {}
    for row in rows:
        own = _Verdict(str(row["claim_verdict"]), str(row["definition_hash"]), {})
        entry = found.setdefault((str(row["claim"]), str(row["tested_at"])), own)
        entry.ends[str(row["reading"])] = (row["lower"], row["upper"])
    return found


def _why(old: _Verdict, new: _Verdict, tools: tuple[str, str]) -> str:
    """Why a verdict moved: another definition, other data, or another program on the same of both."""
    reasons = []
    if old.definition != new.definition:
        reasons.append("its definition is another")
    names = sorted(name for name in old.ends.keys() & new.ends.keys() if old.ends[name] != new.ends[name])
    if names:
        reasons.append(f"the data give other figures ({', '.join(names[:3])}{' and more' if len(names) > 3 else ''})")
    if not reasons:
        other = f"version {tools[0]} against {tools[1]}" if tools[0] != tools[1] else "the same version"
        reasons.append(f"definition and figures are the same, so the program is another ({other})")
    return f"It moved because {' and '.join(reasons)}."
