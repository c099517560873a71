"""Records counted as finely as a comparison needs them, before anything of it may be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.asking import Asked
from tallystick.measures.disparity import UNKNOWN, Outcomes
from tallystick.measures.outcome import SETS, Tally
from tallystick.measures.unit_measure import UnitMeasure
from tallystick.question import Desk, Question
from tallystick.tallying import finest
from tallystick.terms.errors import cannot
from tallystick.together import lay


@dataclass(frozen=True)
class Pattern:
    """Units that are alike in all that a comparison tells apart.

    Attributes:
        window: number of the window of the question.
        place: where, as recorded; `UNKNOWN` where it is not.
        classes: one class for each dimension of the question, `UNKNOWN` where it is not recorded.
        outcomes: who has what is counted, of those who certainly belong to the population.
        unsure: units that may or may not belong to it; they are in `outcomes.unknown` of no pattern.
        people: person keys among them.
    """

    window: int
    place: str
    classes: tuple[str, ...]
    outcomes: Outcomes
    unsure: int
    people: int


def patterns(desk: Desk, measure: UnitMeasure, variant: str, question: Question) -> list[Pattern]:
    """The units of a measure, told apart by everything that a question names at once.

    Raises:
        TallystickError: TS189 for a variant that the measure does not have; TS181, TS182, TS188 where the release does
            not support the question.
    """
    names = [one.id for one in measure.variants]
    if variant not in names:
        raise cannot("TS189", f"{measure.title}: there is no '{variant[:40]}'.", fix=f"It has: {', '.join(names)}.")
    asked = Asked(desk, measure, question)
    lay([asked])
    return list(_told(asked, finest(asked)[1][names.index(variant)]))


def _told(asked: Asked, tallies: dict[tuple[str, ...], Tally]) -> Iterator[Pattern]:
    has_place = asked.place is not None
    for key, tally in sorted(tallies.items()):
        if int(key[0]) < 0:  # the day of these is not known: they lie in no window
            continue
        units = dict(zip(SETS, tally.units, strict=True))
        own = [
            dimension.words.get(value, value) or UNKNOWN
            for dimension, value in zip(asked.dimensions, key[3 if has_place else 1 :], strict=True)
        ]
        yield Pattern(
            window=int(key[0]),
            place=(key[1] or UNKNOWN) if has_place else "",
            classes=tuple(own),
            outcomes=Outcomes(units["T"], units["F"], units["TF"]),
            unsure=units["TO"] + units["FO"] + units["TFO"],
            people=tally.people,
        )
