"""Which figures speak for a date: one issue per block and day, only where the checks were passed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tallystick.figures.dated import Figure
from tallystick.terms.period import NEAREST_DAYS, in_words, span_end, span_start


@dataclass(frozen=True)
class Snapshot:
    """The figures of one block in the one issue that speaks for its date."""

    as_of: date
    fiscal_year: int
    figures: tuple[Figure, ...]
    opens: date | None = None  # the first day, for periods that are printed in full


@dataclass(frozen=True)
class FigureSource:
    """Where figures come from: a function block -> figures, and the identity of the whole set."""

    release_set: str
    block: Callable[[str], Sequence[Figure]]


def snapshots(figures: Iterable[Figure]) -> list[Snapshot]:
    """One snapshot per as-of date, in order of time."""
    groups: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        if figure.trust == "ok":
            groups.setdefault((figure.as_of, figure.source_sha256), []).append(figure)
    speaks: dict[str, list[Figure]] = {}
    for _, group in sorted(groups.items(), key=lambda item: _standing(item[1][0])):
        speaks[group[0].as_of] = group  # the last in standing wins
    return [
        Snapshot(date.fromisoformat(day), group[0].fiscal_year, tuple(group)) for day, group in sorted(speaks.items())
    ]


def by_period(figures: Iterable[Figure], kind: str) -> list[Snapshot]:
    """One snapshot per period that tables print in full (months, quarters), in order of time.

    Of all issues that print a period as over and filled in, the last one published speaks.
    """
    groups: dict[str, dict[str, list[Figure]]] = {}
    for figure in figures:
        if figure.trust == "ok" and figure.period_kind == kind and figure.period_status == "complete":
            groups.setdefault(figure.period, {}).setdefault(figure.source_sha256, []).append(figure)
    found = []
    for period, issues in groups.items():
        filled = [group for group in issues.values() if any(figure.value for figure in group)]
        if filled:
            group = max(filled, key=lambda entry: _standing(entry[0]))
            last = span_end(kind, period)
            found.append(Snapshot(last, group[0].fiscal_year, tuple(group), span_start(kind, period)))
    return sorted(found, key=lambda snap: snap.as_of)


def _standing(figure: Figure) -> tuple[bool, str, str]:
    return figure.provenance != "altered", figure.issue or "", figure.source_sha256


def nearest(snaps: Sequence[Snapshot], day: date) -> Snapshot | None:
    """The snapshot nearest to a day, the earlier one on a tie; None beyond 45 days."""
    close = [snap for snap in snaps if abs((snap.as_of - day).days) <= NEAREST_DAYS]
    return min(close, key=lambda snap: (abs((snap.as_of - day).days), snap.as_of), default=None)


def exact(figure: Figure) -> Fraction:
    """The printed value as an exact number: the shortest decimal that the stored one stands for."""
    return Fraction(repr(figure.value))


def exact_words(figure: Figure) -> str:
    """A value with its day: ``14,557 (12 January 2025)``."""
    return f"{figure.value:,.0f} ({in_words(date.fromisoformat(figure.as_of))})"


def named(figure: Figure, name: str) -> str:
    """The value of a dimension of a figure, whichever column it stands in; '' where it has none."""
    if name in ("arresting_agency", "criminality", "unit", "measure"):
        return getattr(figure, name) or ""
    return _dims(figure.dims).get(name, "")


_DIMS: dict[str, Mapping[str, str]] = {}


def _dims(text: str) -> Mapping[str, str]:
    if text not in _DIMS:
        import msgspec

        _DIMS[text] = msgspec.json.decode(text, type=dict[str, str])
    return _DIMS[text]


def same_dims(figure: Figure, where: Mapping[str, str]) -> bool:
    """True when a figure has exactly these dimensions and no other."""
    own = {**_dims(figure.dims), **({"criminality": figure.criminality} if figure.criminality else {})}
    return own == dict(where)
