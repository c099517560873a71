"""From a verdict to the printed cells it rests on: definition, figures, cells, dates, hashes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tallystick.claims.verdict import ClaimVerdict, Outcome
from tallystick.measures.cell import Cell, Rests, written
from tallystick.publish import words as say
from tallystick.terms.period import in_words

NO_NAMES: Mapping[str, str] = MappingProxyType({})


def trail_data(verdict: ClaimVerdict, names: Mapping[str, str] = NO_NAMES) -> dict[str, Any]:
    """The trail of a claim on one date, as plain data; `names` gives the agency's file name by SHA-256."""
    return {
        "claim": verdict.claim.id,
        "tested": verdict.title,
        "verdict": verdict.verdict,
        "verdict_words": say.verdict_words(verdict),
        "definition_hash": verdict.definition_hash,
        "readings": [_reading(outcome, names) for outcome in verdict.outcomes],
    }


def _reading(outcome: Outcome, names: Mapping[str, str]) -> dict[str, Any]:
    cell = outcome.cell
    return {
        "id": outcome.reading.id,
        "title": outcome.reading.title,
        "role": outcome.reading.role,
        "result": outcome.result.result,
        "needs": say.need(outcome),
        "figure": say.figure(cell),
        "counts": say.counts(outcome),
        "arithmetic": arithmetic(cell) if cell else "",
        "basis": outcome.reading.basis,
        "measure": outcome.reading.measure,
        "variant": outcome.reading.variant,
        "explain": explained_by(outcome),
        "measure_hash": cell.definition_hash if cell else None,
        "release_set": cell.release_set if cell else None,
        "margin": outcome.reading.margin,
        "threshold_from": outcome.reading.threshold_from,
        "note": cell.note if cell else outcome.result.reason,
        "cells": [_rests(rests, names) for rests in cell.rests] if cell else [],
    }


def explained_by(outcome: Outcome) -> str:
    """For a figure over records: the command that traces it back; empty where there is none."""
    reading, cell = outcome.reading, outcome.cell
    if reading.basis != "records" or cell is None:
        return ""
    words = [f"tallystick explain {reading.measure}", f"--from {cell.period_start} --to {cell.period_end}"]
    words += [f"--variant '{reading.variant}'"] if reading.variant else []
    words += [f"--policy {reading.policy} --tier '{reading.tier}'"] if reading.policy else []
    words += ["--unit person"] if reading.person else []
    return " ".join([*words, f"--release {cell.variant.partition(' ')[0]}", "--project DIR"])


def _rests(rests: Rests, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "role": rests.role,
        "value": written(rests.value),
        "label": rests.label,
        "file": rests.file,
        "sha256": rests.sha256,
        "published_as": names.get(rests.sha256),
        "sheet": rests.sheet,
        "cell": rests.cell,
        "as_of": rests.as_of.isoformat(),
        "as_of_basis": rests.basis,
        "as_of_confidence": rests.confidence,
        "provenance": rests.provenance,
    }


def arithmetic(cell: Cell) -> str:
    """How the figure follows from the printed numbers, in one line."""
    numbers = [(rests.role, _plain(rests)) for rests in cell.rests]
    if not numbers or cell.bound is None:
        return ""
    shown = say.figure(cell)
    if cell.statistic == "share" and any(role == "out of" for role, _ in numbers):
        parts = [text for role, text in numbers if role == "counts"]
        may = [text for role, text in numbers if role == "may count"]
        whole = next(text for role, text in numbers if role == "out of")
        top = " + ".join(parts) or "0"
        most = f" to ({' + '.join([*parts, *may])})" if may else ""
        return f"({top}){most} / {whole} = {shown}"
    if cell.statistic == "share":
        return "overlap of two totals as small and as large as their sizes allow (Fréchet): " + shown
    if cell.statistic == "ratio" and cell.value_unit != "fraction" and cell.numerator and cell.denominator:
        over, under = (f"{float(bound.lower):,.2f}".removesuffix(".00") for bound in (cell.numerator, cell.denominator))
        return f"{over} / {under} = {shown}"
    if cell.statistic == "ratio" and cell.numerator and cell.denominator:
        gained, grown = float(cell.numerator.lower), float(cell.denominator.lower)
        return f"change of the class {gained:+,.0f} / change of the whole {grown:+,.0f} = {shown}"
    return f"share on the later day minus share on the earlier day = {shown}"


def _plain(rests: Rests) -> str:
    value = float(rests.value)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def trail_lines(verdict: ClaimVerdict, names: Mapping[str, str] = NO_NAMES) -> list[str]:
    """The trail as text: one block per reading, ending at the cells."""
    lines = [
        verdict.claim.text,
        f"Tested: {verdict.title}. Verdict: {say.verdict_words(verdict)}.",
        f"Definition us-ice/claims/{verdict.claim.id}.toml, identity {verdict.definition_hash[:16]}",
        "",
    ]
    for outcome in verdict.outcomes:
        lines += _reading_lines(outcome, names)
    return lines


def _reading_lines(outcome: Outcome, names: Mapping[str, str]) -> list[str]:
    data = _reading(outcome, names)
    lines = [f"{data['title']}  [{data['role']}]  {say.result_words(outcome)}"]
    if not data["cells"] and not data["explain"]:
        return [*lines, f"    {data['note']}", ""]
    lines.append(f"    needs {data['needs']} (margin {data['margin']}; bar from: {data['threshold_from']})")
    lines.append(f"    figure {data['figure']}   {data['arithmetic']}")
    lines.append(
        f"    measure {data['measure']} ({data['variant']}), identity {str(data['measure_hash'])[:16]}, "
        f"input {data['release_set']}"
    )
    if data["note"]:
        lines.append(f"    {data['note']}")
    if data["explain"]:
        lines.append(f"    counted on records, {data['counts'] or data['figure']}; every step: {data['explain']}")
    for rests in outcome.cell.rests if outcome.cell else ():
        lines.append(f'    {rests.role}: {_plain(rests)}  "{rests.label}"')
        lines.append(
            f"        {rests.file}, sheet '{rests.sheet.strip()}', cell {rests.cell}; "
            f"sha256 {rests.sha256[:16]} ({rests.provenance})"
        )
        if names.get(rests.sha256, rests.file) != rests.file:
            lines.append(f"        published as {names[rests.sha256]}")
        lines.append(
            f"        as of {in_words(rests.as_of)} by {rests.basis.replace('_', ' ')}, confidence {rests.confidence}"
        )
    return [*lines, ""]
