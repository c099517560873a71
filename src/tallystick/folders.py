"""Project and output folders: locked while building, and moved into place as a whole or not at all.

A project is a folder with ``tallystick.toml`` and one folder per stage. A build writes all stages
into ``.next`` and moves them into place at the end; a kill at any moment leaves either the last
good build or the new one, never a mixture: a finished ``.next`` is moved on when next opened.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tallystick.terms.errors import TallystickError, cannot

PLACES = {
    "sources": "1-received",
    "figures": "2-figures",
    "quality": "2-figures",
    "cells": "5-measured",
    "verdicts": "6-judged",
    "ledger": ".",
}


STAGES = ("1-received", "2-figures", "3-records", "4-linked", "5-measured", "6-judged")


COMPLETE = "COMPLETE"


ROOT_FILES = ("ledger.csv", "run.json")


OURS = ".tallystick-output"


class Project:
    """A project folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def is_built(self) -> bool:
        """True when a build has finished here."""
        return (self.folder / "run.json").is_file()

    def place(self, name: str) -> Path:
        """The file that holds a table."""
        if name == "ledger":
            return self.folder / "ledger.csv"
        return self.folder / PLACES[name] / f"{name}.parquet"

    @property
    def cache(self) -> Path:
        """Where record files that were read stay, so that an interrupted build goes on; private."""
        return self.folder / ".cache"

    def forget(self) -> None:
        """Empty the cache."""
        shutil.rmtree(self.cache, ignore_errors=True)

    def recover(self) -> None:
        """Finish the move of a build that was complete when it was interrupted; drop an unfinished one."""
        following = self.folder / ".next"
        if (following / COMPLETE).is_file():
            _move_into_place(following, self.folder)
        elif following.exists() and not (self.folder / ".lock").exists():
            shutil.rmtree(following, ignore_errors=True)


@contextmanager
def locked(project: Project) -> Iterator[None]:
    """Hold a project while building; a second build refuses by name of the first.

    Raises:
        TallystickError: TS230 when another build is running, TS231 when the folder cannot be written.
    """
    lock = project.folder / ".lock"
    try:
        project.folder.mkdir(parents=True, exist_ok=True)
        _take(lock)
    except OSError as error:
        raise _unwritable(project.folder, error) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    for _ in range(2):
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            owner = lock.read_text(encoding="ascii", errors="ignore").strip()
            if _is_alive(owner):
                raise cannot(
                    "TS230",
                    f"Another build is running here (process {owner}).",
                    fix="Wait until it has finished. If none is running, delete the file .lock in the project folder.",
                ) from None
            lock.unlink(missing_ok=True)
            continue
        with os.fdopen(handle, "w") as stream:
            stream.write(str(os.getpid()))
        return


def _is_alive(owner: str) -> bool:
    if not owner.isdigit() or int(owner) == os.getpid():
        return False
    if os.name == "nt":
        return True  # signal 0 ends a process there; a stale lock is removed by hand
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _unwritable(folder: Path, error: OSError) -> TallystickError:
    return cannot(
        "TS231",
        f"The project folder '{folder.name}' cannot be written ({error.strerror or type(error).__name__}).",
        why="The last good build, if there is one, is untouched.",
        fix="Free some space or choose a folder you may write to: --project DIR",
    )


@contextmanager
def staging(project: Project) -> Iterator[Path]:
    """A folder for the next build; moved into place only when the block ends without an error.

    Raises:
        TallystickError: TS231 on a full disk or a read-only folder; nothing half-written is left.
    """
    following = project.folder / ".next"
    try:
        shutil.rmtree(following, ignore_errors=True)
        following.mkdir(parents=True, mode=0o700)
        yield following
        (following / COMPLETE).write_text("the build is complete; it only has to be moved\n", encoding="ascii")
        _move_into_place(following, project.folder)
    except OSError as error:
        raise _unwritable(project.folder, error) from None
    finally:
        if not (following / COMPLETE).exists():
            shutil.rmtree(following, ignore_errors=True)


def _move_into_place(following: Path, folder: Path) -> None:
    for name in (*STAGES, *ROOT_FILES):
        new, old = following / name, folder / name
        if not new.exists():
            if old.is_dir():  # a stage that the new build does not have
                shutil.rmtree(old)
            continue
        if old.is_dir():
            shutil.rmtree(old)
        new.replace(old)
    shutil.rmtree(following, ignore_errors=True)


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """A fresh folder to write into; replaces `folder` at the end, and only if all in it was written by us before.

    Raises:
        TallystickError: TS240 when the folder holds files we did not write, TS231 when it cannot be written.
    """
    folder = folder.resolve()
    if Path.cwd().is_relative_to(folder):
        raise cannot(
            "TS240",
            "The folder to write into is the one you are in, or lies around it.",
            why="Writing replaces a folder as a whole.",
            fix="Name a new folder inside it.",
        )
    foreign = _not_ours(folder)
    if foreign:
        raise cannot(
            "TS240",
            f"'{folder.name}' already holds {len(foreign):,} files that tallystick did not write there, such as "
            f"'{foreign[0][:60]}'.",
            why="Writing replaces the folder as a whole.",
            fix="Name an empty or a new folder.",
        )
    target = folder.parent / f".{folder.name}.next"
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        yield target
        _list_ours(target)
        aside = folder.parent / f".{folder.name}.last"
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            folder.replace(aside)
        target.replace(folder)
        shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(target, ignore_errors=True)


def _files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _list_ours(folder: Path) -> None:
    """Write down which files are ours, so that the next run replaces these and no others."""
    head = "written by tallystick; replaced as a whole by the next run, unless other files stand here\n"
    names = "".join(f"{name}\n" for name in _files_of(folder))
    (folder / OURS).write_text(head + names, encoding="utf-8")


def _not_ours(folder: Path) -> list[str]:
    """Files of a folder that we did not write there."""
    if not folder.exists():
        return []
    listed = folder / OURS
    known = {OURS, *(listed.read_text("utf-8").splitlines()[1:] if listed.is_file() else ())}
    return [name for name in _files_of(folder) if name not in known]


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small JSON file with sorted keys."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a small JSON file of ours."""
    return dict(json.loads(path.read_text(encoding="utf-8")))
