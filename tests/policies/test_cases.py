"""Every policy and fact replays its cases; every condition matters; broken definitions name all their faults."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from tallystick.cli import group
from tallystick.policies.bounds import Evaluator, Rule
from tallystick.policies.cases import FactCase, FactCases, result_of, said_by, states_of_case, typed
from tallystick.policies.facts import Fact, Knowledge, Test, knowledge
from tallystick.policies.policy import Case, Tier, lawbook
from tallystick.policies.regions import Regions
from tallystick.terms.definitions import PACKAGED, Shelf
from tallystick.terms.errors import TallystickError

ROOT = Path(__file__).resolve().parent.parent.parent
SHELF = Shelf()
BOOK = lawbook(SHELF)
KNOWN = knowledge(SHELF)
POLICY_CASES = [
    (policy, BOOK.policies[policy].tier(case.tier), case) for policy, cases in BOOK.cases.items() for case in cases
]
FACT_CASES = [
    case for path in SHELF.files("us-ice/fact-cases").values() for case in SHELF.read_path(path, FactCases).cases
]


@pytest.mark.parametrize(
    ("tier", "case"),
    [(tier, case) for _, tier, case in POLICY_CASES],
    ids=[f"{p} {t.id} {c.title}" for p, t, c in POLICY_CASES],
)
def test_tiers_say_of_their_cases_what_the_source_says(tier: Tier, case: Case) -> None:
    assert case.expect == said_by(case, tier)


def test_every_tier_has_a_case_of_each_kind() -> None:
    kinds = {(policy, tier.id): set[str]() for policy, tier, _ in POLICY_CASES}
    for policy, tier, case in POLICY_CASES:
        kinds[policy, tier.id].add(case.expect)
    assert set(kinds) == {(policy.id, tier.id) for policy in BOOK.policies.values() for tier in policy.tiers}
    assert all(found == {"true", "false", "unknown"} for found in kinds.values())


def mutants(tier: Tier) -> Iterator[tuple[str, Tier]]:
    """A tier with one condition dropped, one made its opposite, or any and all exchanged."""

    def without(leg: Any, name: str) -> Any:
        if isinstance(leg, str):
            return None if leg == name else leg
        kept = {
            kind: tuple(filter(None, (without(part, name) for part in getattr(leg, kind)))) for kind in ("any", "all")
        }
        return msgspec.structs.replace(leg, **kept) if any(kept.values()) else None

    for name in tier.rule.facts:
        left = without(tier, name)
        if left is not None:
            yield f"without {name}", left
    if len(tier.any) > 1 or len(tier.all) > 1:
        yield "any and all exchanged", msgspec.structs.replace(tier, any=tier.all, all=tier.any)


OPPOSITE = {"true": "false", "false": "true", "unknown": "unknown"}


@pytest.mark.parametrize(
    ("policy", "tier"),
    [(policy.id, tier) for policy in BOOK.policies.values() for tier in policy.tiers],
    ids=[f"{policy.id} {tier.id}" for policy in BOOK.policies.values() for tier in policy.tiers],
)
def test_every_condition_of_every_policy_matters(policy: str, tier: Tier) -> None:
    cases = [case for case in BOOK.cases[policy] if case.tier == tier.id]
    for what, mutant in mutants(tier):
        assert any(said_by(case, mutant) != case.expect for case in cases), what
    for name in tier.rule.facts:
        flipped = [
            msgspec.structs.replace(case, facts={**case.facts, name: OPPOSITE[case.facts.get(name, case.otherwise)]})
            for case in cases
        ]
        assert any(said_by(case, tier) != case.expect for case in flipped), f"{name} made its opposite"


def said(known: Knowledge, case: FactCase) -> str:
    evaluator = Evaluator(Regions(known), case.view)
    values = {name: typed(known, name, value) for name, value in case.fields.items()}
    states = states_of_case(evaluator.regions, values, date.fromisoformat(case.event))
    return result_of(*evaluator.ends(Rule.of(case.fact), states))


@pytest.mark.parametrize("case", FACT_CASES, ids=[f"{case.fact}: {case.title} {case.view}" for case in FACT_CASES])
def test_facts_say_of_their_cases_what_they_should(case: FactCase) -> None:
    assert case.expect == said(KNOWN, case)


def fact_mutants(fact: Fact) -> Iterator[tuple[str, Fact]]:
    """A fact with one test dropped or on the other side, one part of a test dropped, or one word or code left out."""
    for side, other in (("true_when", "false_when"), ("false_when", "true_when")):
        tests: tuple[Test, ...] = getattr(fact, side)
        for place, test in enumerate(tests):
            rest = (*tests[:place], *tests[place + 1 :])
            yield f"{side} {place} dropped", msgspec.structs.replace(fact, **{side: rest})
            moved = {side: rest, other: (*getattr(fact, other), test)}
            yield f"{side} {place} on the other side", msgspec.structs.replace(fact, **moved)
            for changed in _weaker(test):
                yield (
                    f"{side} {place} weaker",
                    msgspec.structs.replace(fact, **{side: (*tests[:place], changed, *tests[place + 1 :])}),
                )


def _weaker(test: Test) -> Iterator[Test]:
    if test.all:
        for place in range(len(test.all)):
            left = (*test.all[:place], *test.all[place + 1 :])
            yield msgspec.structs.replace(test, all=left) if len(left) > 1 else left[0]
        return
    for name in ("one_of", "codes"):
        words = getattr(test, name)
        for place in range(len(words) if len(words) > 1 else 0):
            yield msgspec.structs.replace(test, **{name: (*words[:place], *words[place + 1 :])})


@pytest.mark.parametrize("name", sorted(KNOWN.facts))
def test_every_test_of_every_fact_matters(name: str) -> None:
    cases = [case for case in FACT_CASES if case.fact == name]
    for what, mutant in fact_mutants(KNOWN.facts[name]):
        known = replace(KNOWN, facts={**KNOWN.facts, name: mutant})
        assert any(said(known, case) != case.expect for case in cases), what


# what records can decide, as the notes on policies count it; conditions of the calendar and lists of offenses that stand
# beside a condition there are conditions of their own here: they are what the sums are off by
REFERENCE = {
    "scomm_levels_2008": ({"exact": 1, "bounded": 2}, {"bounded": 2}),
    "morton_2010_2011": ({"exact": 1, "bounded": 5, "hint_only": 1, "none": 3}, {}),
    "morton_pd_2011": ({"bounded": 5, "hint_only": 5, "none": 3}, {}),
    "detainer_guidance_2012": ({"bounded": 6, "hint_only": 1, "none": 1}, {}),
    "dhs_johnson_2014": ({"bounded": 10, "hint_only": 2, "none": 1}, {}),
    "pep_2014": ({"bounded": 7, "hint_only": 1, "none": 1}, {}),
    "eo_13768": ({"exact": 1, "bounded": 3, "hint_only": 2, "none": 1}, {}),
    "dhs_kelly_2017": ({"exact": 1, "bounded": 3, "hint_only": 2, "none": 1}, {}),
    "dhs_pekoske_2021": ({"bounded": 5, "none": 2}, {"bounded": 1}),
    "ice_johnson_2021": ({"bounded": 5, "hint_only": 1, "none": 3}, {"bounded": 1}),
    "dhs_mayorkas_2021": ({"bounded": 3, "none": 2}, {}),
    "eo_14159": ({"bounded": 2, "none": 2}, {}),
    "dhs_huffman_2025_discretion": ({"bounded": 1}, {"none": 1}),
    "laken_riley_2025": ({"bounded": 2}, {}),
    "ina_236c": ({"exact": 1, "bounded": 5, "hint_only": 1}, {}),
    "ice_lyons_2025_235b": ({"bounded": 1}, {}),
}


@pytest.mark.parametrize("policy", sorted(REFERENCE))
def test_decidability_is_computed_and_equals_the_reference(policy: str) -> None:
    counted, more = REFERENCE[policy]
    tiers = [tier for tier in BOOK.policies[policy].tiers if tier.kind in ("tier", "emphasis")]
    facts = dict.fromkeys(name for tier in tiers for name in tier.rule.facts)
    found = Counter(KNOWN.decidability(KNOWN.facts[name]) for name in facts)
    assert Counter(counted) + Counter(more) == found


def test_decidability_of_all_conditions() -> None:
    ours = {"event_since_2020_11_01", "offense_scomm_level_2", "offense_scomm_level_3", "paroled_under_ended_program"}
    found = Counter(KNOWN.decidability(fact) for name, fact in KNOWN.facts.items() if name not in ours)
    assert {"exact": 3, "bounded": 36, "hint_only": 14, "none": 13} == dict(found)


def test_twenty_policies_with_their_dates() -> None:
    assert 20 == len(BOOK.policies)
    ran = CliRunner().invoke(group, ["policy", "list", "--json"], catch_exceptions=False, standalone_mode=False)
    listed = json.loads(ran.output)["data"]["policies"]
    assert 20 == len(listed)
    assert all(entry["in_force"] for entry in listed)
    by_id = {entry["policy"]: entry for entry in listed}
    assert ["2015-01-05", "2017-02-19"] == list(by_id["dhs_johnson_2014"]["in_force"][0].values())[:2]
    assert ["in_force", "vacated", "in_force"] == [one["status"] for one in by_id["dhs_mayorkas_2021"]["in_force"]]


@pytest.mark.parametrize(
    ("day", "policies"),
    [
        ("2008-01-01", None),
        ("2010-06-29", ("scomm_levels_2008",)),
        ("2014-12-31", ("morton_2010_2011",)),
        ("2015-01-05", ("dhs_johnson_2014",)),
        ("2017-02-01", ("dhs_johnson_2014", "eo_13768")),
        ("2021-01-25", ()),
        ("2021-02-10", ("dhs_pekoske_2021",)),
        ("2022-06-24", ("dhs_mayorkas_2021",)),
        ("2022-06-25", ()),
        ("2023-07-25", ("dhs_mayorkas_2021",)),
        ("2026-02-01", ("eo_14159",)),
    ],
)
def test_which_rules_stood_on_a_day(day: str, policies: tuple[str, ...] | None) -> None:
    span = BOOK.on(date.fromisoformat(day))
    assert policies == (span.policies if span else None)


# the words a lawyer can hold against the memo: ten invented cases

TEN = [
    ("dhs_johnson_2014", ["det.aggravated_felon=drugs"], "P1", "true", "Aggravated Felon Yes No is drugs"),
    ("dhs_johnson_2014", ["arr.birth_year=2000"], "P1", "unknown", "only whoever decided could tell"),
    ("dhs_johnson_2014", ["dtn.multi_misd=yes"], "P2", "true", "Multiple Prior MISD Yes No is yes"),
    ("dhs_johnson_2014", ["arr.final_order_date=2013-05-01"], "P3", "false", "Final Order Date is 2013-05-01"),
    ("dhs_johnson_2014", ["arr.final_order_date=2014-05-01"], "P3", "true", "Final Order Date is 2014-05-01"),
    ("morton_2010_2011", ["arr.criminality=convicted"], "P1", "true", "Apprehension Criminality is convicted"),
    ("dhs_kelly_2017", ["arr.criminality=pending"], "flat", "true", "Apprehension Criminality is pending"),
    ("dhs_pekoske_2021", ["arr.method=located"], "PS", "false", "Apprehension Method is located"),
    (
        "laken_riley_2025",
        ["det.msc_code=2399", "det.msc_status=convicted"],
        "mandatory",
        "unknown",
        "MSC Charge Code is 2399",
    ),
    ("dhs_mayorkas_2021", ["arr.criminality=convicted"], "PS", "unknown", "no field of any release records it"),
]


@pytest.mark.parametrize(("policy", "settings", "tier", "result", "because"), TEN)
def test_a_case_is_explained_in_words(policy: str, settings: list[str], tier: str, result: str, because: str) -> None:
    words = ["policy", "try", policy, *(word for setting in settings for word in ("--set", setting)), "--json"]
    ran = CliRunner().invoke(group, words, catch_exceptions=False, standalone_mode=False)
    data = json.loads(ran.output)["data"]
    found = next(entry for entry in data["tiers"] if entry["id"] == tier)
    assert result == found["result"]
    assert any(because in one["because"] for one in found["conditions"])
    assert "not a person" in data["says"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["policy", "show", "dhs_jonson"], "TS184"),
        (["policy", "try", "dhs_johnson_2014", "--set", "arr.criminal=convicted"], "TS186"),
        (["policy", "try", "dhs_johnson_2014", "--set", "arr.criminality=guilty"], "TS187"),
        (["policy", "try", "dhs_johnson_2014", "--set", "arr.final_order_date=yesterday"], "TS187"),
        (["policy", "try", "dhs_johnson_2014", "--set", "nothing"], "TS187"),
        (["policy", "try", "dhs_johnson_2014", "--set", "dtn.gang=maybe"], "TS187"),
        (["policy", "force", "latest"], "TS105"),
        (["policy", "diff", "dhs_johnson_2014", "dhs_kelly_2017"], "TS183"),
    ],
)
def test_what_was_typed_wrong_is_said(words: list[str], code: str) -> None:
    with pytest.raises(TallystickError) as error:
        CliRunner().invoke(group, words, catch_exceptions=False, standalone_mode=False)
    assert code == error.value.faults[0].code


def policy_pages() -> Any:
    """The maintainer's script that writes the pages."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import policy_pages as script
    finally:
        sys.path.pop(0)
    return script


GOOD = """
id = "test_policy"
title = "A policy of a test"
issuer = "A test"
issued = "2020-01-01"
citation = "This test"
governs = ["arrests"]
confidence = "high"
[[in_force]]
since = "2020-01-01"
status = "in_force"
[[tiers]]
id = "T"
title = "A tier"
any = ["any_conviction", "aggravated_felony"]
"""
CASES = "".join(
    f'\n[[cases]]\ntier = "T"\nexpect = "{word}"\ntitle = "{word}"\notherwise = "{word}"\n'
    for word in ("true", "false", "unknown")
)


def added(folder: Path, policy: str, cases: str = CASES) -> Shelf:
    own = folder / "us-ice" / "policies" / "2020-01-01-test-policy"
    own.mkdir(parents=True)
    (own / "policy.toml").write_text(policy, encoding="utf-8")
    (own / "cases.toml").write_text(cases, encoding="utf-8")
    return Shelf(folder)


def test_a_policy_is_added_by_one_folder(tmp_path: Path) -> None:
    shelf = added(tmp_path, GOOD)
    assert "test_policy" in lawbook(shelf).policies
    ran = CliRunner().invoke(group, ["policy", "list", "--json", "--definitions", str(tmp_path)], standalone_mode=False)
    assert 21 == len(json.loads(ran.output)["data"]["policies"])
    assert "## `test_policy`" in policy_pages().pages(shelf)
    assert "## `test_policy`" not in policy_pages().pages()


def test_an_added_policy_is_counted_on_records(tmp_path: Path) -> None:
    from tallystick import pipeline
    from tallystick.made.releases import make_release
    from tallystick.weighing import side_by_side, weigh

    shelf = added(tmp_path / "own", GOOD)
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=120)
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    for unit in ("arrests", "removals"):
        found = weigh(tmp_path / "project", shelf, "test_policy", unit=unit)[0]  # type: ignore[arg-type]
        tiers = {(cell.tier, cell.variant.split()[-1]): cell for cell in found.cells}
        strict = tiers["T", "strict"]
        assert strict.bound is not None
        assert 0 <= strict.bound.lower <= strict.bound.upper <= 1
        assert found.invented
        outside = tiers["outside every tier", "strict"]
        assert outside.bound is None or outside.status == "rounded" or outside.bound == strict.bound.mirrored()
    ranked = weigh(tmp_path / "project", SHELF, "dhs_johnson_2014", hindsight=True)[0]
    sets = [cell for cell in ranked.cells if str(cell.tier).startswith("highest: ")]
    assert {"P1", "P2", "P3", "none"} >= {
        name for cell in sets for name in str(cell.tier).removeprefix("highest: ").split(" or ")
    }
    assert sum(cell.bound.upper for cell in sets if cell.bound) >= 1 or any(cell.bound is None for cell in sets)
    walk = side_by_side(tmp_path / "project", shelf, "test_policy", "dhs_johnson_2014")[0]
    assert 9 == len(walk.cells.cells)
    assert all(cell.bound is None or cell.bound.upper == 0 or cell.bound.upper >= 10 for cell in walk.cells.cells)
    for parts in (walk.cells.cells, sets):  # one small part is not what is left of the others
        standing = {cell.status for cell in parts}
        assert standing <= {"ok", "suppressed"} or standing <= {"rounded", "suppressed"}


BROKEN = [
    (GOOD.replace('since = "2020-01-01"', 'since = "2019-01-01"'), CASES, "before it was issued"),
    (GOOD.replace('status = "in_force"', 'status = "in_force"\nuntil = "2019-12-31"'), CASES, "in force until"),
    (GOOD + '[[in_force]]\nsince = "2021-01-01"\nstatus = "in_force"\n', CASES, "overlap"),
    (GOOD.replace('"any_conviction"', '"any_convictions"'), CASES, "no fact 'any_convictions'"),
    (GOOD + 'all = ["any_conviction"]\n', CASES, "either `any` or `all`"),
    (GOOD, "", "no case that is true"),
    (GOOD.split("[[tiers]]", maxsplit=1)[0], "", "no tier, and no reason why"),
    (GOOD.replace('governs = ["arrests"]', 'governs = ["arrests"]\nmitigating = ["m_nothing"]'), CASES, "m_nothing"),
    (GOOD.replace('confidence = "high"', 'confidence = "sure"'), CASES, "confidence"),
    (GOOD.replace("title = ", "titel = ", 1), CASES, "titel"),
]


@pytest.mark.parametrize(("policy", "cases", "said_"), BROKEN)
def test_broken_policies_say_what_is_wrong(tmp_path: Path, policy: str, cases: str, said_: str) -> None:
    shelf = added(tmp_path, policy, cases or "cases = []\n")
    with pytest.raises(TallystickError) as error:
        lawbook(shelf)
    assert any(said_ in f"{fault.text} {fault.where}" for fault in error.value.faults)


BROKEN_FACTS = [
    ('true_when = [{ field = "arr.criminal", is = ["convicted"] }]', "no field 'arr.criminal'"),
    ('true_when = [{ field = "arr.criminality", is = ["guilty"] }]', "never holds 'guilty'"),
    ('true_when = [{ field = "arr.criminality", codes = ["09"] }]', "cannot be asked"),
    ('true_when = [{ field = "arr.criminality" }]', "asks nothing"),
    ('true_when = [{ field = "arr.criminality", is_not = ["convicted"] }]', "is_not"),
    ('judgment = true\ntrue_when = [{ field = "dtn.gang", yes = true }]', "judgment"),
    ('hints = [{ field = "dtn.gangs" }]', "no field 'dtn.gangs'"),
]


@pytest.mark.parametrize(("body", "said_"), BROKEN_FACTS)
def test_broken_facts_say_what_is_wrong(tmp_path: Path, body: str, said_: str) -> None:
    own = tmp_path / "us-ice" / "facts"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(f'[[facts]]\nid = "mine"\ntext = "A test"\n{body}\n', encoding="utf-8")
    with pytest.raises(TallystickError) as error:
        knowledge(Shelf(tmp_path))
    assert any(said_ in f"{fault.text} {fault.where}" for fault in error.value.faults)


def test_a_condition_that_asks_for_a_place_is_refused(tmp_path: Path) -> None:
    from tallystick import pipeline
    from tallystick.made.releases import make_release
    from tallystick.weighing import weigh

    facts = tmp_path / "own" / "us-ice" / "facts"
    facts.mkdir(parents=True)
    (facts / "mine.toml").write_text(
        '[[facts]]\nid = "somewhere"\ntext = "In one state"\ntrue_when = [{ field = "arr.place", is = ["AK"] }]\n',
        encoding="utf-8",
    )
    shelf = added(tmp_path / "own", GOOD.replace('"any_conviction"', '"somewhere"'))
    make_release("ice_2026_03", tmp_path / "files", SHELF, people=60, tables=["arrests"])
    pipeline.build([tmp_path / "files"], tmp_path / "project", SHELF)
    with pytest.raises(TallystickError) as error:
        weigh(tmp_path / "project", shelf, "test_policy")
    assert ("TS311", 3) == (error.value.faults[0].code, error.value.exit_code)


def test_what_a_linked_record_says_of_another_day_does_not_refute() -> None:
    from tallystick.policies.regions import EVENT

    event = date(2025, 3, 1)
    regions = Regions(KNOWN)
    states = {
        EVENT: frozenset((regions.event_region(event),)),
        "arr.criminality": frozenset((regions.region("arr.criminality", "convicted", event),)),
        "dtn.criminality": frozenset((regions.region("dtn.criminality", "pending", event),)),
    }
    for name in ("any_conviction", "conviction_or_charge"):
        assert (True, True) == Evaluator(regions, "agency", "arr").ends(Rule.of(name), states)
    assert (False, True) == Evaluator(regions, "agency", "arr").ends(Rule.of("aggravated_felony"), states)
    assert (False, False) == Evaluator(regions, "agency", "dtn").ends(
        Rule.of("aggravated_felony"), {name: state for name, state in states.items() if name != "arr.criminality"}
    )


def test_all_faults_of_definitions_are_listed_together(tmp_path: Path) -> None:
    policy = GOOD.replace('"any_conviction"', '"nothing_such"').replace('since = "2020-01-01"', 'since = "2019-01-01"')
    with pytest.raises(TallystickError) as error:
        lawbook(added(tmp_path, policy))
    assert len(error.value.faults) >= 2


def test_no_definition_of_policies_names_a_field_that_does_not_exist() -> None:
    assert (PACKAGED / "us-ice" / "facts" / "fields.toml").is_file()
    assert 71 <= len([name for name in KNOWN.fields if name not in ("event.day", "dtn.date")])


def test_the_pages_of_policies_are_what_the_definitions_say() -> None:
    assert policy_pages().pages() == (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
