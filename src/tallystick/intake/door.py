"""May this file be read? Only a real workbook, of sane size unpacked, with no direct identifier.

Refused without copying, caching or logging anything of the content. Unpacking is checked while
it happens: what a zip file declares about itself is not believed.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from tallystick.intake.unpacking import DAMAGED, check_parts, damaged
from tallystick.terms.errors import cannot


@dataclass(frozen=True)
class AdmittedFile:
    """A file that passed the outer door: a real, unencrypted workbook of sane size."""

    path: Path
    name: str
    sha256: str
    size: int
    modified: date | None


def admit_file(path: Path) -> AdmittedFile:
    """Check that a file is a workbook that can be read safely.

    Raises:
        TallystickError: TS200 to TS209 (not a workbook), TS210 to TS212 (unpacks to too much).
    """
    return _opened(path, _admitted)


def admit_records(path: Path) -> AdmittedFile:
    """Check that a file is a workbook or a CSV file of records; what it unpacks to is watched while it is read.

    Raises:
        TallystickError: TS200 to TS206.
    """
    return _opened(path, _admitted_records)


def _opened(path: Path, admit: Callable[[Path], AdmittedFile]) -> AdmittedFile:
    try:
        return admit(path)
    except OSError as error:
        raise cannot(
            "TS200",
            f"{path.name} cannot be opened ({error.strerror or type(error).__name__}).",
            fix="Check the path and the permissions of the file.",
        ) from None


def _admitted_records(path: Path) -> AdmittedFile:
    with path.open("rb") as stream:
        head = stream.read(4096)
        if path.suffix.lower() != ".csv":
            _check_kind(path.name, head)
        elif not head or b"\0" in head:
            raise cannot("TS203", f"{path.name} is empty or no text.", fix="Download the file again.")
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return AdmittedFile(path, path.name, digest, path.stat().st_size, None)


def _admitted(path: Path) -> AdmittedFile:
    if path.name.startswith(("~$", ".~lock.")):
        raise cannot(
            "TS202",
            f"{path.name} is a lock file that an office program left beside an open workbook.",
            fix="Close the workbook, or name the workbook itself instead of the lock file.",
        )
    if path.is_dir():
        if not any(path.glob("*.xlsx")):
            raise cannot("TS200", f"{path.name} is a folder without a workbook.", fix="Name workbooks: FOLDER/*.xlsx")
        raise cannot("TS200", f"{path.name} is a folder.", fix="Name the workbooks in it: FOLDER/*.xlsx")
    with path.open("rb") as stream:
        _check_kind(path.name, stream.read(4096))
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        modified = _check_package(path.name, stream)
    return AdmittedFile(path, path.name, digest, path.stat().st_size, modified)


def _check_kind(name: str, head: bytes) -> None:
    if not head:
        raise cannot("TS203", f"{name} is empty (0 bytes).", fix="Download the file again.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise cannot(
            "TS201",
            f"{name} is a web page, not a workbook.",
            why="The site probably returned an error page or a login page.",
            fix="Open the address in a browser and download the workbook again.",
        )
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in head or len(head) < 4096
        kind = "is protected by a password" if encrypted else "is protected by a password or in the old .xls format"
        raise cannot(
            "TS205", f"{name} {kind}.", fix="Open it in a spreadsheet program and save it as .xlsx without a password."
        )
    if not head.startswith(b"PK\x03\x04"):
        raise cannot(
            "TS204",
            f"{name} is not an .xlsx workbook (it does not start as one).",
            why="A text or CSV file renamed to .xlsx cannot be traced to cells.",
            fix="Use the workbook as the agency published it.",
        )


def _check_package(name: str, stream: BinaryIO) -> date | None:
    try:
        with zipfile.ZipFile(stream) as package:
            return check_parts(name, package, stream)
    except DAMAGED:
        raise damaged(name) from None
