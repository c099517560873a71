"""Every measure on every release that supports it: made-up workbooks of each, built and measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.measures.unit_measure import CombinedMeasure
from tests.measures.conftest import BOOK, RULES
from tests.measures.test_measures_shown import run

RELEASES = [entry.id for entry in RULES.register.releases if not entry.release.auxiliary]
SILENT = ("TS181", "TS182", "TS188")


@pytest.mark.soak
@pytest.mark.parametrize("release", RELEASES)
def test_measures_run_on_each_release_or_name_what_is_missing(release: str, tmp_path: Path) -> None:
    made = run("make-release", release, "--people", "400", "--seed", "3", "-o", str(tmp_path / "made"))
    assert made.exit_code == 0
    assert run("build", str(tmp_path / "made"), "--project", str(tmp_path / "project"), "-q").exit_code in (0, 1)
    ran = 0
    for name, measure in BOOK.measures.items():
        is_tiers = not isinstance(measure, CombinedMeasure) and measure.estimator == "tiers"
        more = ("--policy", "dhs_johnson_2014") if is_tiers else ()
        said = run("measure", "run", name, *more, "--project", str(tmp_path / "project"), "--json", "-q")
        assert said.exit_code == 0 or said.code in SILENT, (name, said.output)
        ran += said.exit_code == 0
    print(f"{release}: {ran} of {len(BOOK.measures)} measures")
    assert ran
