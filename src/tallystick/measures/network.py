"""Flows between facilities as a network: how far, how central. Of flows that may be shown, never of people.

Nodes are codes, not buildings. A great circle is the least a road or a flight can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx

EARTH_KM = 6371.0088  # mean radius (IUGG)
Flows = Mapping[tuple[str, str], int]  # (from, to) -> moves in a period


def haversine(start: tuple[float, float], end: tuple[float, float], radius: float = EARTH_KM) -> float:
    """The great circle between two points (latitude, longitude in degrees), in kilometres.

    >>> round(haversine((36.12, -86.67), (33.94, -118.40)), 4)
    2886.4484
    """
    (north, east), (north_2, east_2) = (tuple(map(radians, point)) for point in (start, end))
    half = sin((north_2 - north) / 2) ** 2 + cos(north) * cos(north_2) * sin((east_2 - east) / 2) ** 2
    return 2 * radius * asin(sqrt(half))


def network_of(flows: Flows) -> networkx.DiGraph:
    """A directed network in which a busy route is a short one: `distance` is one over the flow.

    The library takes weights for distances, so that flows as weights would make the busiest routes the longest.
    """
    import networkx

    graph = networkx.DiGraph()
    for (start, end), moves in sorted(flows.items()):
        if moves > 0:
            graph.add_edge(start, end, moves=moves, distance=1 / moves)
    return graph


def betweenness(flows: Flows, *, normalised: bool = True) -> dict[str, float]:
    """Of the shortest routes between all others, how many lead through each node (Freeman 1977; Brandes 2001)."""
    import networkx

    found = networkx.betweenness_centrality(network_of(flows), weight="distance", normalized=normalised)
    return {str(node): round(float(value), 10) for node, value in sorted(found.items())}


def strengths(flows: Flows) -> dict[str, tuple[int, int]]:
    """Node -> (moves into it, moves out of it)."""
    found: dict[str, tuple[int, int]] = {}
    for (start, end), moves in flows.items():
        into, out = found.get(end, (0, 0))
        found[end] = (into + moves, out)
        into, out = found.get(start, (0, 0))
        found[start] = (into, out + moves)
    return dict(sorted(found.items()))


def greatest_flow(flows: Flows, start: str, end: str) -> int:
    """The most that can flow from one node to another, each route taking no more than it did."""
    import networkx

    return int(networkx.maximum_flow_value(network_of(flows), start, end, capacity="moves"))
