"""References of the notes on methods, section 9."""

from __future__ import annotations

from math import pi

import networkx
import pytest

from tallystick.measures.network import betweenness, greatest_flow, haversine, strengths

FLOWS = {("A", "B"): 10, ("B", "C"): 6, ("A", "C"): 2, ("C", "D"): 5, ("B", "D"): 3, ("D", "A"): 1}


def test_betweenness_of_the_karate_club() -> None:
    """R9.1 (Zachary): nodes 0, 33 and 32; every edge both ways and equally long."""
    flows = {(str(a), str(b)): 1 for edge in networkx.karate_club_graph().edges for a, b in (edge, edge[::-1])}
    found = betweenness(flows)
    assert [round(found[node], 6) for node in ("0", "33", "32")] == [0.437635, 0.304075, 0.145247]


def test_great_circles() -> None:
    """R9.2."""
    assert round(haversine((36.12, -86.67), (33.94, -118.40), 6372.8), 4) == 2887.2600
    assert round(haversine((36.12, -86.67), (33.94, -118.40)), 4) == 2886.4484
    assert haversine((0, 0), (0, 90)) == pytest.approx(10007.5572, abs=1e-4)
    assert haversine((0, 0), (0, 180)) == pytest.approx(pi * 6371.0088)


def test_busy_routes_are_short() -> None:
    """R9.3: flows as distances would give 3.5, 0, 1, 3.5."""
    assert betweenness(FLOWS, normalised=False) == {"A": 3, "B": 3, "C": 0, "D": 3}
    assert greatest_flow(FLOWS, "A", "D") == 8
    assert {node: into for node, (into, _) in strengths(FLOWS).items()} == {"A": 1, "B": 10, "C": 8, "D": 8}
