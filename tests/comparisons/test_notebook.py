"""What a notebook gets: rows, tables, charts; the same figures as the command line, and never more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tallystick as ts
from tallystick.terms.errors import TallystickError
from tests.claims.conftest import run

CLAIM = "most-arrested-and-detained-are-convicted"


def test_a_claim_is_the_verdict_of_the_command_line() -> None:
    opened = ts.open()
    said = json.loads(run("claim", "run", CLAIM, "--json").stdout)["data"]
    found = opened.claim(CLAIM)
    assert (said["verdict"], said["verdict_words"]) == (found.verdict, found.words)
    assert [one["lower"] for one in said["readings"]] == [one["lower"] for one in found.rows]
    assert "<svg" in found._repr_html_()
    assert 52 == len(opened.claims())
    with pytest.raises(TallystickError):
        opened.claim("no-such-claim")


def test_measures_become_tables_of_other_libraries(made_project: Path) -> None:
    opened = ts.open(made_project)
    found = opened.measure("who/arrests-by-criminality", period="fiscal_year")
    assert found.invented
    frame = found.to_pandas()
    assert bool(frame["invented"].all())
    assert len(frame) == len(found)
    assert "MADE-UP" in found._repr_html_()
    chart = found.vega()
    assert chart["title"].startswith("MADE-UP")
    assert {"bar"} == {
        layer["mark"] if isinstance(layer["mark"], str) else layer["mark"]["type"] for layer in chart["layer"]
    }
    printed = ts.open().measure("who/held-by-criminality")
    assert not printed.invented
    assert {"figures"} == {row["basis"] for row in printed.rows}


def test_a_small_group_is_hidden_here_too(made_project: Path) -> None:
    rows = ts.open(made_project).measure("who/arrests-by-criminality", place="area", period="fiscal_year").rows
    assert {"rounded", "suppressed"} >= {row["status"] for row in rows}


def test_comparisons_say_their_sentence_and_their_limits() -> None:
    opened = ts.open()
    assert len(opened.comparisons()) >= 12
    (answer,) = opened.compare("convicted-share-of-people-held", after="2026-02-07")
    assert answer.sentence.startswith("The convicted share of people held fell by 5.3 points")
    page = answer._repr_html_()
    assert "What the records cannot tell here" in page
    assert "<script" not in page
    assert (-0.052538, -0.052538) == tuple(answer.data["change"])
