"""A planar graph of neighbours: where cable plausibly runs between places when no survey says so.

Gabriel and Sokal (1969): two places are neighbours when no third place lies in the circle over their distance. The
graph is planar and contains the shortest spanning tree. Bridges are then closed by the shortest edge that crosses
no other.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from math import cos, radians

import networkx as nx

Point = tuple[float, float]
"""Kilometres east and north."""

Edge = tuple[str, str]
"""Two names, in the order of the mapping they come from."""

KM_PER_DEGREE = 111.195
"""Mean length of a degree of latitude."""


def plane(places: Mapping[str, tuple[float, float]]) -> dict[str, Point]:
    """Project latitude and longitude to kilometres; good to 0.1 % over a province."""
    middle = sum(lat for lat, _ in places.values()) / len(places)
    east = KM_PER_DEGREE * cos(radians(middle))
    return {name: (lon * east, lat * KM_PER_DEGREE) for name, (lat, lon) in places.items()}


def squared(a: Point, b: Point) -> float:
    """Squared distance, km²."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def gabriel(points: Mapping[str, Point]) -> list[Edge]:
    """Return the edges of the Gabriel graph, in the order of the points."""
    return [
        (a, b)
        for a, b in combinations(points, 2)
        if not any(
            squared(points[a], other) + squared(points[b], other) < squared(points[a], points[b])
            for name, other in points.items()
            if name not in (a, b)
        )
    ]


def cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Tell whether the segments a–b and c–d cross inside; a shared end is no crossing."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    if {a, b} & {c, d}:
        return False
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def shortest_new(points: Mapping[str, Point], edges: Iterable[Edge], pairs: Iterable[Edge]) -> Edge:
    """Return the shortest of the pairs that is no edge yet and crosses none.

    Raises
    ------
    ValueError
        Every pair is an edge already or crosses one.

    """
    edges = list(edges)
    known = {frozenset(edge) for edge in edges}
    free = [
        (squared(points[a], points[b]), a, b)
        for a, b in pairs
        if frozenset((a, b)) not in known
        and not any(cross(points[a], points[b], points[c], points[d]) for c, d in edges)
    ]
    _, a, b = min(free)
    return a, b


def close_bridges(points: Mapping[str, Point], edges: Iterable[Edge]) -> list[Edge]:
    """Add edges until no single one parts the graph."""
    edges = list(edges)
    while bridge := next(iter(sorted(nx.bridges(nx.Graph(edges)))), None):
        graph = nx.Graph(edges)
        graph.remove_edge(*bridge)
        side = nx.node_connected_component(graph, bridge[0])
        edges.append(shortest_new(points, edges, _between(points, side)))
    return edges


def _between(points: Mapping[str, Point], side: set[str]) -> Iterator[Edge]:
    return ((a, b) for a, b in combinations(points, 2) if (a in side) != (b in side))


def raise_degree(points: Mapping[str, Point], edges: Iterable[Edge], name: str, least: int) -> list[Edge]:
    """Add the shortest edges at one place until it has `least` of them."""
    edges = list(edges)
    while sum(name in edge for edge in edges) < least:
        edges.append(shortest_new(points, edges, ((name, other) for other in points if other != name)))
    return edges
