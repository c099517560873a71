"""Definition files with faults: all of a file are listed together, with the key and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.claims.claim import read_claim
from tallystick.claims.statement import read_statement
from tallystick.intake.layout import layouts
from tallystick.measures.measure import read_measure
from tallystick.terms.definitions import PACKAGED, Shelf
from tallystick.terms.errors import TallystickError

CLAIM = "us-ice/claims/most-arrested-and-detained-are-convicted.toml"


def _with(tmp_path: Path, name: str, *changes: tuple[str, str]) -> Shelf:
    text = (PACKAGED / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return Shelf(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [('side = "agency"', 'sides = "agency"')],
            ["unknown key 'sides'; did you mean 'side'?", "missing key 'side'"],
        ),
        ([('side = "agency"', 'side = "bureau"'), ("order = 1", 'order = "one"')], ["side", "order"]),
        ([('role = "headline"', 'role = "main"'), ("quoted = false", "quoted = 0")], ["readings 1.role", "quoted"]),
        ([("threshold_from = '\"most\" means more than half'", "")], ["lacks 'threshold_from'"]),
        (
            [('favours_speaker = "held-ice-convicted-or-charged"', 'favours_speaker = "held-nobody"')],
            ["'held-nobody' names no reading"],
        ),
        ([('role = "lift"', 'role = "stress"')], ["a claim of focus needs a lift reading"]),
        ([("main = true\n", "")], ["exactly one test date must be the main one"]),
        ([('threshold = "0.5"', 'threshold = "half"')], ["not a decimal number"]),
    ],
)
def test_faults_of_a_claim(tmp_path: Path, changes, said) -> None:
    with pytest.raises(TallystickError) as failure:
        read_claim(_with(tmp_path, CLAIM, *changes), "most-arrested-and-detained-are-convicted")
    for words in said:
        assert words in str(failure.value)
    assert "most-arrested-and-detained-are-convicted.toml" in str(failure.value)
    assert 2 == failure.value.exit_code


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('unit = "person held on the day"\n', "", "missing key 'unit'"),
        ('population = "people', 'populations = "people', "unknown key 'populations'"),
        ('whole = "all"\n', "", "needs whole"),
        ('estimator = "share"', 'estimator = "average"', "estimator"),
    ],
)
def test_a_measure_without_unit_population_or_window_does_not_load(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    shelf = _with(tmp_path, "measures/who/held-by-criminality.toml", (old, new))
    with pytest.raises(TallystickError, match=said):
        read_measure(shelf, "who/held-by-criminality")


def test_a_statement_part_without_a_reason_does_not_load(tmp_path: Path) -> None:
    name = "us-ice/statements/2025-09-11-article.toml"
    shelf = _with(tmp_path, name, ('claims = ["arrests-are-targeted"', 'claims = ["no-such-claim"'))
    with pytest.raises(TallystickError, match="unknown claim 'no-such-claim'"):
        read_statement(shelf)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / CLAIM).parent.mkdir(parents=True)
    (tmp_path / CLAIM).write_text("id = = 1")
    with pytest.raises(TallystickError, match="TS152"):
        read_claim(Shelf(tmp_path), "most-arrested-and-detained-are-convicted")


def test_a_new_spelling_is_one_line_of_a_definition_and_no_python(tmp_path: Path) -> None:
    shelf = _with(
        tmp_path,
        "us-ice/workbooks/blocks/removals.toml",
        ('"removals with a famu identifier"', '"removals with a famu identifier", "removals of families"'),
    )
    block = layouts(shelf).block("removals")
    assert any("removals of families" in label.labels for label in block.rows)


def test_a_new_claim_appears_with_one_file_and_no_python(tmp_path: Path, capsys) -> None:
    from tallystick.cli import main

    text = (
        (PACKAGED / CLAIM)
        .read_text(encoding="utf-8")
        .replace('id = "most-arrested-and-detained-are-convicted"', 'id = "a-new-claim"', 1)
    )
    target = tmp_path / "us-ice" / "claims" / "a-new-claim.toml"
    target.parent.mkdir(parents=True)
    target.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["claim", "list", "--definitions", str(tmp_path)])
    assert "a-new-claim" in capsys.readouterr().out
