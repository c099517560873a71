"""What tests share: the real workbooks where they are, one project built from them, made-up ones."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tallystick import answers, pipeline
from tallystick.answers import Records
from tallystick.intake.layout import Layouts, layouts
from tallystick.terms.definitions import Shelf

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "detention-stats"
SEEDS = int(os.environ.get("TALLYSTICK_SEEDS", "5"))
WHY_SKIPPED = "needs the real workbooks (shared/data/detention-stats), which are not here"

settings.register_profile(
    "tallystick",
    max_examples=20 * SEEDS,
    deadline=None,
    derandomize=SEEDS <= 5,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tallystick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on real files are skipped with a reason where these are absent; CI says they must be there."""
    if SHARED.is_dir():
        return
    if os.environ.get("TALLYSTICK_NEEDS_SHARED"):
        pytest.exit(f"{WHY_SKIPPED}; CI needs them", returncode=1)
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=WHY_SKIPPED))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests on real data were skipped."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if WHY_SKIPPED in str(report.longrepr)]
    terminalreporter.write_line(f"tests on real data skipped: {len(skipped)}")


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    """The packaged definitions."""
    return Shelf()


@pytest.fixture(scope="session")
def known(shelf: Shelf) -> Layouts:
    """The workbook definitions."""
    return layouts(shelf)


@pytest.fixture(scope="session")
def real_files() -> list[Path]:
    """The real workbooks, in order of name."""
    return sorted(SHARED.glob("*.xlsx"))


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """A folder that is built once, whichever worker comes first; the others wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name
    claim = folder.with_suffix(".claimed")
    done, failed = folder.with_suffix(".done"), folder.with_suffix(".failed")
    try:
        os.close(os.open(claim, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        for _ in range(1600):
            if done.exists():
                break
            if failed.exists():
                pytest.fail("the other worker could not build it")
            time.sleep(0.25)
        else:
            pytest.fail("the other worker did not finish building")
    else:
        try:
            build(folder)
        except BaseException:
            failed.touch()
            raise
        done.touch()
    return folder


@pytest.fixture(scope="session")
def real_project(real_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project built once from all real workbooks."""
    return built_once(
        tmp_path_factory, "real-project", lambda folder: pipeline.build(real_files, folder, Shelf(), workers=1)
    )


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``tallystick demo`` writes, once: a site on real figures, a made-up project and its site."""
    from tallystick.made.show import demo

    return built_once(tmp_path_factory, "tallystick-demo", lambda folder: demo(folder, Shelf()))


@pytest.fixture(scope="session")
def real(real_project: Path, shelf: Shelf) -> Records:
    """Records of the project built from real workbooks."""
    return answers.project_records(real_project, shelf)


@pytest.fixture(scope="session")
def shipped(shelf: Shelf) -> Records:
    """The figures that ship."""
    return answers.shipped_records(shelf)
