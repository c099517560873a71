"""What an offense code stands for: its family, whether a reading counts it as violent, its rung on a ladder.

Codes say less than people want of them: free-text codes could be any member of their family, and letter codes of the
agency stand in no manual. What a code leaves open has two ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tallystick.intake.releases import csv_rows
from tallystick.terms.definitions import Shelf, Strict
from tallystick.terms.errors import Fault, TallystickError

FAMILY_FIELDS = ["prefix", "label", "group", "scomm_level", "note"]


@dataclass(frozen=True)
class Family:
    """A family of offense codes: the first two digits, what they stand for."""

    prefix: str
    label: str
    group: str
    scomm_level: str
    note: str


class Reading(Strict, frozen=True, kw_only=True):
    """One reading of which codes are violent."""

    id: str
    title: str
    who: str
    codes: tuple[str, ...]
    but: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    digits_only: bool = False

    def ends(self, code: str) -> tuple[bool, bool]:
        """(counts, can count) for one code.

        >>> Reading(id="x", title="", who="", codes=("13",), but=("1313",), may=("70",)).ends("7099")
        (False, True)
        """
        counts = code.startswith(self.codes) and not (self.but and code.startswith(self.but))
        counts = counts and (code.isdigit() or not self.digits_only)
        return counts, counts or bool(self.may and code.startswith(self.may))


class Readings(Strict, frozen=True, kw_only=True):
    """``us-ice/offenses/readings.toml``."""

    readings: tuple[Reading, ...]


class Rung(Strict, frozen=True, kw_only=True):
    """One rung of the ladder."""

    id: str
    title: str
    codes: tuple[str, ...]
    but: tuple[str, ...] = ()

    def holds(self, code: str) -> bool:
        """Whether a code stands on this rung."""
        return code.startswith(self.codes) and not (self.but and code.startswith(self.but))


class Ladder(Strict, frozen=True, kw_only=True):
    """``us-ice/offenses/severity.toml``: rungs from the least severe to the most severe."""

    free_text: tuple[str, ...]  # how a code ends whose text says what it is
    rungs: tuple[Rung, ...]

    def ends(self, code: str) -> tuple[str, str] | None:
        """(least severe, most severe) rung of a code; None where no rung names it.

        A free-text code could be any member of its family.
        """
        own = [number for number, rung in enumerate(self.rungs) if rung.holds(code)]
        if code[2:] in self.free_text:
            own = [number for number, rung in enumerate(self.rungs) if _touches(rung, code[:2])]
        return (self.rungs[own[0]].id, self.rungs[own[-1]].id) if own else None


def _touches(rung: Rung, family: str) -> bool:
    return any(code.startswith(family) for code in rung.codes)


@dataclass(frozen=True)
class Offenses:
    """Families, readings and the ladder of an agency."""

    families: Mapping[str, Family]
    readings: Mapping[str, Reading]
    ladder: Ladder

    def family(self, code: str) -> Family | None:
        """The family of a code; None where the list has none."""
        return self.families.get(code[:2])


@lru_cache(maxsize=4)
def offenses(shelf: Shelf, agency: str = "us-ice") -> Offenses:
    """Read what definitions say of offense codes.

    Raises:
        TallystickError: TS151 when two rungs hold the same family of codes, or a reading names a family nobody knows.
    """
    rows = csv_rows(shelf, f"{agency}/offenses/families.csv", FAMILY_FIELDS)
    families = {row["prefix"]: Family(**row) for row in rows}
    readings = shelf.read(f"{agency}/offenses/readings.toml", Readings).readings
    ladder = shelf.read(f"{agency}/offenses/severity.toml", Ladder)
    named = [*((one.id, (*one.codes, *one.may)) for one in readings), *((one.id, one.codes) for one in ladder.rungs)]
    faults = [
        Fault("TS151", f"there is no family '{code[:2]}'", f"offenses, {where}")
        for where, codes in named
        for code in codes
        if code[:2] not in families
    ]
    for family in families:
        for member in (f"{family}01", f"{family}98"):
            held = [rung.id for rung in ladder.rungs if rung.holds(member)]
            if len(held) != 1:
                faults.append(Fault("TS151", f"code {member} stands on {len(held)} rungs", "offenses/severity.toml"))
    if faults:
        raise TallystickError(*faults)
    return Offenses(families, {one.id: one for one in readings}, ladder)
