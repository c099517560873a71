"""One project of two invented releases for all tests of claims on records."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from tallystick.cli import group
from tallystick.terms.errors import TallystickError

RELEASES = {"ice_2026_03": 1500, "foia_2023": 500}


@dataclass(frozen=True)
class Said:
    """What a command said; errors as the person sees them."""

    exit_code: int
    output: str
    stdout: str
    code: str = ""


def run(*words: str) -> Said:
    """Type a command."""
    result = CliRunner().invoke(group, list(words), standalone_mode=False)
    if isinstance(result.exception, TallystickError):
        return Said(result.exception.exit_code, str(result.exception), "", result.exception.faults[0].code)
    if result.exception is not None:
        raise result.exception
    return Said(int(result.return_value or 0), result.output, result.stdout)


@pytest.fixture(scope="session")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project built once from invented releases, whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "claims-on-records"
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    try:
        os.close(os.open(folder / "claimed", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        for _ in range(1200):
            if done.exists():
                break
            time.sleep(0.25)
        assert done.exists(), "another worker did not finish the project"
        yield folder / "project"
        return
    for release, people in RELEASES.items():
        made = run(
            "make-release", release, "--people", str(people), "--seed", "11", "-o", str(folder / "made" / release)
        )
        assert made.exit_code == 0, made.output
    files = [str(folder / "made" / release) for release in RELEASES]
    built = run("build", *files, "--project", str(folder / "project"), "-q")
    assert built.exit_code in (0, 1), built.output
    done.touch()
    yield folder / "project"
