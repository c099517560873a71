"""What is said when something cannot be done: what was found, where, why it matters, what to do.

Every code has a page in ``definitions/errors.toml``, shown by ``tallystick help CODE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DONE, ATTENTION, COULD_NOT_RUN, REFUSED, SOURCE_CHANGED = 0, 1, 2, 3, 4
OUR_BUG, INTERRUPTED = 70, 130


@dataclass(frozen=True)
class Fault:
    """One thing found wrong: a coded sentence with its place, reason and remedy."""

    code: str
    text: str
    where: str = ""
    why: str = ""
    fix: str = ""

    def lines(self, severity: str = "error") -> list[str]:
        """The fault as printed, most useful line last."""
        parts = [f"{severity}[{self.code}]: {self.text}"]
        parts += [f"  {name}: {value}" for name, value in (("where", self.where), ("why", self.why)) if value]
        return parts + ([f"fix: {self.fix}"] if self.fix else [])


class TallystickError(Exception):
    """Raised for everything a person can mend; never for our own bugs."""

    def __init__(self, *faults: Fault, exit_code: int = COULD_NOT_RUN) -> None:
        super().__init__("\n".join("\n".join(fault.lines()) for fault in faults))
        self.faults = faults
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[Any, ...]:
        """Faults and exit code survive the way from one process to another."""
        return _error_again, (self.faults, self.exit_code)


def _error_again(faults: tuple[Fault, ...], exit_code: int) -> TallystickError:
    return TallystickError(*faults, exit_code=exit_code)


def cannot(code: str, text: str, *, where: str = "", why: str = "", fix: str = "") -> TallystickError:
    """An error of the family "could not run" (exit 2)."""
    return TallystickError(Fault(code, text, where, why, fix))


def refused(code: str, text: str, *, where: str = "", why: str = "", fix: str = "") -> TallystickError:
    """An error of the family "refused to protect people" (exit 3)."""
    return TallystickError(Fault(code, text, where, why, fix), exit_code=REFUSED)
