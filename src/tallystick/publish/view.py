"""A claim verdict as plain data: what terminal, JSON and page all show, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.measures.cell import counted, written
from tallystick.publish import words as say
from tallystick.publish.language import said

UNCHECKED = "unchecked"
SIDES = ("agency", "critics", "either")
VERDICTS = ("supports", "does_not_support", "depends", "cannot_settle", "no_figure", "awaits_records", "not_testable")


def reading_data(outcome: Outcome) -> dict[str, Any]:
    """One reading in the shape of ``claim run --json``; shares are fractions, dates ISO."""
    reading, cell, result = outcome.reading, outcome.cell, outcome.result
    bound = cell.bound if cell else None
    return {
        "id": reading.id,
        "title": reading.title,
        "role": reading.role,
        "unit": cell.unit if cell else None,
        "denominator": reading.dimensions.get("denominator"),
        "basis": reading.basis,
        "measure": reading.measure or None,
        "policy": reading.policy or None,
        "tier": reading.tier or None,
        "window": reading.window or None,
        "variant": reading.variant or None,
        "split": dict(reading.split),
        "another_unit": reading.another_unit or None,
        "comparator": reading.comparator if reading.threshold else None,
        "threshold": written(reading.bar) if reading.threshold else None,
        "threshold_from": reading.threshold_from or None,
        "margin": float(reading.margin) if reading.threshold else None,
        "lower": written(bound.lower) if bound else None,
        "upper": written(bound.upper) if bound else None,
        "n": _number(counted(cell.n)) if cell else None,
        "n_true": _number(counted(cell.n_true)) if cell else None,
        "n_unknown": _number(counted(cell.n_unknown)) if cell else None,
        "as_of": cell.period_end.isoformat() if cell else None,
        "period_start": cell.period_start.isoformat() if cell else None,
        "result": result.result,
        "reason": result.reason,
        "tipping_point": result.tipping_point,
        "written_on": reading.written_on.isoformat(),
        "figures_known_when_written": reading.figures_known_when_written,
        "note": cell.note if cell else "",
    }


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def verdict_data(verdict: ClaimVerdict) -> dict[str, Any]:
    """One claim on one date."""
    holds, of = verdict.robust
    return {
        "claim": verdict.claim.id,
        "text": verdict.claim.text,
        "quoted": verdict.claim.quoted,
        "speaker": verdict.claim.speaker,
        "side": verdict.claim.side,
        "attribution": verdict.claim.attribution,
        "tested": verdict.title,
        "at": verdict.at.isoformat() if verdict.at else "latest",
        "verdict": verdict.verdict,
        "state": verdict.state,
        "verdict_words": say.verdict_words(verdict),
        "flips_on": list(verdict.flips_on),
        "another_unit": verdict.another_unit or None,
        "holds_in": holds,
        "stress_readings": of,
        "readings": [reading_data(outcome) for outcome in verdict.outcomes],
        "cannot_say": cannot_say(verdict),
        "would_settle": list(verdict.claim.would_settle),
        "definition_hash": verdict.definition_hash,
    }


def cannot_say(verdict: ClaimVerdict) -> list[str]:
    """What the records cannot tell about this claim."""
    return list(verdict.claim.cannot_say)


def tally(verdicts: Sequence[ClaimVerdict]) -> dict[str, dict[str, int]]:
    """Main verdicts counted by side: printed with any single claim, so that none stands alone.

    Claims that were not tested count by why: awaiting records, without a figure, not testable. Those ascribed to a
    speaker at second hand count as `unchecked` alone.
    """
    main = [verdict for verdict in verdicts if verdict.title == verdict.claim.main_test().title]
    found: dict[str, dict[str, int]] = {}
    for side in SIDES:
        own = [verdict for verdict in main if verdict.claim.side == side]
        count = Counter(_counts_as(verdict) for verdict in own)
        if count:
            found[side] = {name: count[name] for name in (*VERDICTS, UNCHECKED) if count[name]}
    return found


def _counts_as(verdict: ClaimVerdict) -> str:
    if verdict.claim.attribution == UNCHECKED:
        return UNCHECKED
    return verdict.verdict if verdict.state == "tested" else verdict.state


def tally_words(found: dict[str, dict[str, int]]) -> list[str]:
    """The tally as one line per side, and one for what was left out."""
    known = say.words()
    short = known.verdict
    lines = [
        f"{known.side[side]}: " + "; ".join(f"{count} {short[name]}" for name, count in counts.items() if name in short)
        for side, counts in found.items()
        if set(counts) - {UNCHECKED}
    ]
    left_out = sum(counts.get(UNCHECKED, 0) for counts in found.values())
    return [*lines, *([known.sentence["tally_unchecked"].format(count=left_out)] if left_out else [])]


def headline_sentences(verdict: ClaimVerdict) -> list[str]:
    """Each headline reading with a figure, as one sentence, whichever way it points; without any, what is missing."""
    template = say.words().sentence["headline"]
    told = [
        template.format(aloud=say.aloud(outcome.cell), need=say.need(outcome), result=say.result_words(outcome))
        for outcome in verdict.of_role("headline")
        if outcome.cell is not None and outcome.cell.bound is not None
    ]
    missing = say.words().sentence["headline_missing"]
    return told or [
        missing.format(
            title=said(outcome.reading.title), result=say.result_words(outcome), reason=said(outcome.result.reason)
        )
        for outcome in verdict.of_role("headline")
        if outcome.cell is None
    ]


def flip_sentence(verdict: ClaimVerdict) -> str:
    """Which dimension of the definition flips the answer, if any."""
    if not verdict.flips_on:
        return ""
    return say.words().sentence["flips"].format(what=", ".join(said(f"the {name}") for name in verdict.flips_on))
