"""Which printed figures speak of a place below the nation, and which of them stand in one row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec

from tallystick.figures.dated import Figure

PLACES = ("facility_name", "aor", "state")
NOT_A_PLACE = ("all", "sum_of_areas", "unnamed_total")


def is_below_nation(figure: Figure) -> bool:
    """True for a figure about a facility, an area or a state; sums over all of them are national."""
    return _has_place(figure.dims) and ":" not in figure.cell


def dims_of(figure: Figure) -> Mapping[str, str]:
    """The sparse dimensions of a figure by name; not to be changed."""
    return _decoded(figure.dims)


@lru_cache(maxsize=65536)
def _decoded(dims: str) -> Mapping[str, str]:
    return MappingProxyType(msgspec.json.decode(dims, type=dict[str, str]))


@lru_cache(maxsize=65536)
def _has_place(dims: str) -> bool:
    named = _decoded(dims)
    return any(named.get(name, "all") not in NOT_A_PLACE for name in PLACES)


def row_of(figure: Figure) -> tuple[str, str, str, str]:
    """The row of a sheet that a figure stands in: what it counts and averages are the same people."""
    return figure.source_sha256, figure.sheet, figure.block, re.sub(r"[A-Z]+", "", figure.cell)
