"""Offense codes: families, readings of what is violent, the ladder with its two ends; the risk tool as defined."""

from __future__ import annotations

import tomllib

import pytest

from tallystick.intake.codebook import codebook
from tallystick.policies.offenses import offenses
from tallystick.terms.definitions import PACKAGED, Shelf

KNOWN = offenses(Shelf())


def test_forty_nine_families() -> None:
    assert 49 == len(KNOWN.families)
    assert "robbery" == KNOWN.family("1299").label  # type: ignore[union-attr]
    assert KNOWN.family("9999") is None


@pytest.mark.parametrize(
    ("code", "strict", "broad", "ddp", "open_"),
    [
        ("0901", (True, True), (True, True), (True, True), (True, True)),
        ("0909", (True, True), (True, True), (False, False), (False, False)),
        ("09AA", (True, True), (True, True), (False, False), (False, True)),
        ("1313", (True, True), (True, True), (False, False), (False, False)),
        ("1399", (True, True), (True, True), (False, False), (False, True)),
        ("13AB", (True, True), (True, True), (False, False), (False, True)),
        ("2099", (False, False), (True, True), (False, False), (False, False)),
        ("5299", (False, False), (True, True), (False, False), (False, False)),
        ("7099", (False, False), (True, True), (False, False), (False, True)),
        ("5404", (False, False), (False, False), (False, False), (False, False)),
    ],
)
def test_what_counts_as_violent_depends_on_the_reading(
    code: str, strict: object, broad: object, ddp: object, open_: object
) -> None:
    found = KNOWN.readings
    assert (strict, broad, ddp) == tuple(found[name].ends(code) for name in ("strict", "broad", "ddp"))
    assert open_ == found["ddp-and-what-its-codes-leave-open"].ends(code)


@pytest.mark.parametrize(
    ("code", "least", "most"),
    [
        ("5404", "dui", "dui"),
        ("5401", "traffic", "traffic"),
        ("5499", "traffic", "dui"),
        ("1399", "assault-and-threats", "robbery-and-aggravated-assault"),
        ("1313", "assault-and-threats", "assault-and-threats"),
        ("3599", "drug-possession", "drug-sale"),
        ("0399", "immigration", "kidnapping-and-trafficking"),
        ("03AB", "immigration", "immigration"),
        ("0901", "homicide-and-security", "homicide-and-security"),
    ],
)
def test_a_free_text_code_stands_on_the_lowest_and_the_highest_rung_of_its_family(
    code: str, least: str, most: str
) -> None:
    assert (least, most) == KNOWN.ladder.ends(code)


def test_a_code_that_nobody_named_is_on_no_rung() -> None:
    assert KNOWN.ladder.ends("9901") is None


def test_the_risk_tool_names_columns_that_exist() -> None:
    content = tomllib.loads((PACKAGED / "us-ice" / "rca" / "assessment.toml").read_text(encoding="utf-8"))
    stored = dict(codebook(Shelf()).tables["rca"].stored)
    assert {entry["column"] for entry in (*content["modules"], *content["values"])} <= set(stored)
    asks = {"detain", "release", "open"}
    assert asks | {"agrees", "disagrees", "not_asked"} == {entry["leads_to"] for entry in content["values"]}
