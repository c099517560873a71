"""The numbers of the gate: thresholds, floors of place and period, families that may be published."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from tallystick.terms.definitions import Shelf, Strict

Period = Literal["day", "month", "quarter", "fiscal_year"]
LENGTH: dict[Period, int] = {"day": 1, "month": 28, "quarter": 89, "fiscal_year": 365}


class Thresholds(Strict, frozen=True, kw_only=True):
    """Least numbers."""

    least_people: int
    least_units: int
    least_width: int
    least_for_means: int
    least_step_of_means: int
    least_rest_percent: int
    least_counts_behind_share: int


class AgencyPrinted(Strict, frozen=True, kw_only=True):
    """How figures printed by the agency itself pass."""

    national: Literal["as_printed"]
    least_facility: int


class AdHoc(Strict, frozen=True, kw_only=True):
    """Answers to questions that no family declares."""

    least_rounding: int


class Floor(Strict, frozen=True, kw_only=True):
    """The finest period of a kind of place, and how long before the closing date it is held back."""

    place: str
    period: Period
    least_days_before_close: int


class NationalOnly(Strict, frozen=True, kw_only=True):
    """What is shown for the nation only, or never."""

    splits: tuple[str, ...]
    never: tuple[str, ...]
    place_columns: tuple[str, ...]
    grids: tuple[str, ...]
    never_statistics: tuple[str, ...]


class DisclosureRules(Strict, frozen=True, kw_only=True):
    """``disclosure.toml``."""

    thresholds: Thresholds
    agency_printed: AgencyPrinted
    ad_hoc: AdHoc
    floors: tuple[Floor, ...]
    national_only: NationalOnly


class PublishedFamily(Strict, frozen=True, kw_only=True):
    """A family of tables cleared together."""

    id: str
    title: str
    basis: Literal["figures", "records"]
    places: tuple[str, ...]
    splits: tuple[str, ...]


class Publication(Strict, frozen=True, kw_only=True):
    """``publication.toml``."""

    families: tuple[PublishedFamily, ...]


@lru_cache(maxsize=8)
def disclosure_rules(shelf: Shelf | None = None) -> DisclosureRules:
    """The rules of the gate: the packaged ones, or a stricter version from a user's folder."""
    return (shelf or Shelf()).read("disclosure.toml", DisclosureRules)


@lru_cache(maxsize=1)
def publication() -> Publication:
    """The families that may be published."""
    return Shelf().read("publication.toml", Publication)
