"""Workbooks in at the door: each byte content once, all that cannot be read reported together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

from tallystick.figures.issue import Issue, read_issue
from tallystick.intake.layout import Layouts, layouts
from tallystick.terms.definitions import Shelf
from tallystick.terms.errors import Fault, TallystickError, cannot
from tallystick.terms.ledger import LedgerLine

Progress = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _of: int) -> None:
    """A progress listener that says nothing."""


def read_all(
    paths: Sequence[Path],
    shelf: Shelf,
    *,
    agency: str = "us-ice",
    workers: int = 0,
    progress: Progress = silent,
    skip_unreadable: bool = False,
) -> tuple[list[Issue], list[Fault], list[LedgerLine]]:
    """Read workbooks, each byte content once; all that cannot be read are reported together.

    Raises:
        TallystickError: the faults of all unreadable files, unless `skip_unreadable`.
    """
    if not paths:
        raise cannot("TS110", "No workbook was named.", fix="Name one or more, such as FOLDER/*.xlsx.")
    known_layouts(shelf, agency)  # a broken definition is one fault, not one per workbook
    issues: list[Issue] = []
    faults: list[Fault] = []
    code = 0
    for number, (_, outcome) in enumerate(_each(paths, shelf, agency, workers), start=1):
        progress("Reading", number, len(paths))
        if isinstance(outcome, TallystickError):
            faults += outcome.faults
            code = max(code, outcome.exit_code)
        else:
            issues.append(outcome)
    if faults and (not skip_unreadable or not issues or code == 3):
        raise TallystickError(*faults, exit_code=code)
    kept, ledger = _once_each(issues)
    _refuse_same_names(kept)
    return kept, faults, ledger


def _refuse_same_names(issues: Sequence[Issue]) -> None:
    """Findings, ledger and traces name files: two different workbooks of one name could not be told apart."""
    counts = Counter(issue.file for issue in issues)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise cannot(
            "TS114",
            f"{len(twice)} file names stand for different workbooks: {', '.join(twice[:5])}.",
            fix="Rename one of each, for example by the date it was published.",
        )


def _once_each(issues: Sequence[Issue]) -> tuple[list[Issue], list[LedgerLine]]:
    kept: dict[str, Issue] = {}
    ledger = []
    for issue in sorted(issues, key=lambda entry: (entry.sha256, entry.file)):
        if issue.sha256 in kept:
            ledger.append(
                LedgerLine(
                    "received",
                    "files",
                    "left out",
                    "same bytes",
                    f"byte for byte the same as {kept[issue.sha256].file}",
                    issue.file,
                    1,
                    0,
                )
            )
        else:
            kept[issue.sha256] = issue
    order = sorted(kept.values(), key=lambda entry: (entry.issue.isoformat() if entry.issue else "", entry.sha256))
    return order, ledger


def _each(
    paths: Sequence[Path], shelf: Shelf, agency: str, workers: int
) -> Iterator[tuple[Path, Issue | TallystickError]]:
    count = workers or min(os.cpu_count() or 1, 4)
    if count == 1 or len(paths) < 6:
        yield from ((path, _read_one(path, shelf, agency)) for path in paths)
        return
    with ProcessPoolExecutor(max_workers=count) as pool:
        jobs = [(path, pool.submit(_read_one, path, shelf, agency)) for path in paths]
        yield from ((path, job.result()) for path, job in jobs)


@lru_cache(maxsize=4)
def known_layouts(shelf: Shelf, agency: str = "us-ice") -> Layouts:
    """What definitions say about the workbooks of an agency."""
    return layouts(shelf, agency)


def _read_one(path: Path, shelf: Shelf, agency: str) -> Issue | TallystickError:
    """One workbook, or the error that says why not (errors travel between processes as values)."""
    try:
        return read_issue(path, known_layouts(shelf, agency))
    except TallystickError as error:
        return error
