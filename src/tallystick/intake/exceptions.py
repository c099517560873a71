"""False alarms of the door that a definition excepts: one detector, one column, one very file, with a reason."""

from __future__ import annotations

from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import Fault, TallystickError

NEVER = ("header", "key", "shapes")


class FalseAlarm(Strict, frozen=True, kw_only=True):
    """One exception."""

    sha256: str
    column: str
    detector: str
    reason: str


class FalseAlarms(Strict, frozen=True, kw_only=True):
    """``us-ice/exceptions/<name>.toml``."""

    exceptions: tuple[FalseAlarm, ...]


def read_exceptions(shelf: Shelf, agency: str = "us-ice") -> tuple[tuple[str, str, str], ...]:
    """(SHA-256 of the file, header, detector) of every exception in reach.

    Raises:
        TallystickError: TS151 when a detector cannot be excepted, or a reason is missing.
    """
    found = []
    for name, path in shelf.files(f"{agency}/exceptions").items():
        for entry in shelf.read_path(path, FalseAlarms).exceptions:
            if entry.detector in NEVER or not entry.reason.strip() or len(entry.sha256) != 64:  # hex digits
                raise TallystickError(
                    Fault(
                        "TS151",
                        "an exception names a whole SHA-256, a detector of values and a reason; headers, keys and "
                        "the shapes of registration numbers are never excepted",
                        where=f"{name}.toml, {entry.column[:40]}",
                    )
                )
            found.append((entry.sha256, entry.column, entry.detector))
    return tuple(sorted(found))
