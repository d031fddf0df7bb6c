"""Ducts: where cable runs between neighbouring places, and whose."""

import math
from collections.abc import Mapping
from itertools import pairwise

import networkx as nx
from geographiclib.geodesic import Geodesic

from inventory.geography.neighbours import Edge, close_bridges, gabriel, plane, raise_degree, squared
from inventory.geography.places import CORE, HOST_WARD, SEATS, SMALL_CARRIERS, Place, draw

DETOUR = 1.5
"""Road over straight distance; also in policy.yaml."""
CUTS_UNDERGROUND, CUTS_AERIAL = 0.6, 2.0
"""Cuts a year per 100 km."""
FLOODS = {
    "flood-da": ((20.808, 105.324), (20.822, 105.335), (20.850, 105.345), (20.880, 105.347),
                 (20.920, 105.340), (20.960, 105.352), (21.000, 105.360)),
    "flood-boi": ((20.667, 105.540), (20.620, 105.600), (20.580, 105.640), (20.530, 105.720), (20.489, 105.785)),
}  # fmt: skip
"""Course of the Đà below the dam and of the Bôi, read off a map to about a kilometre."""
FLOOD_KM = 1.2


def all_ducts(places: list[Place]) -> list[dict[str, object]]:
    """Return the ducts: neighbours, no bridges, three ways into the core and HOST; who has cable in each."""
    by_id = {place.id: place for place in places}
    points = plane({place.id: (place.lat, place.lon) for place in places})
    edges = close_bridges(points, gabriel(points))
    for hub in (CORE, f"commune-{HOST_WARD}"):
        edges = raise_degree(points, edges, hub, 3)
    edges = sorted((min(edge), max(edge)) for edge in edges)
    carriers = cables(by_id, edges)
    rows: list[dict[str, object]] = []
    for edge in edges:
        a, b = by_id[edge[0]], by_id[edge[1]]
        straight = Geodesic.WGS84.Inverse(a.lat, a.lon, b.lat, b.lon)["s12"] / 1000
        buried = a.urban and b.urban
        rows.append({
            "id": duct_id(edge), "a": a.id, "b": b.id, "length_km": f"{max(0.1, straight * DETOUR):.1f}",
            "carriers": "|".join(sorted(carriers[edge])), "underground": "true" if buried else "false",
            "flood_zone": "" if buried else flood_zone(a, b),
            "cuts_per_100km_year": CUTS_UNDERGROUND if buried else CUTS_AERIAL,
            "quality": "assumption", "source": "neighbours",
        })  # fmt: skip
    return sorted(rows, key=lambda row: str(row["id"]))


def duct_id(edge: Edge) -> str:
    """Return `duct-<a>-<b>` with the classes left out."""
    return "duct-" + "-".join(name.partition("-")[2] or name for name in edge)


def cables(by_id: Mapping[str, Place], edges: list[Edge]) -> dict[Edge, set[str]]:
    """Decide who has cable where (row 50: carriers share ducts).

    VNPT and Viettel start in every duct and leave some as long as their network keeps two ways to every place; a
    smaller carrier follows the shortest ways from the core to the seats of its districts and half the ducts there.
    """
    carriers: dict[Edge, set[str]] = {edge: set() for edge in edges}
    for name, leaves in (("vnpt", 0.12), ("viettel", 0.25)):
        graph = nx.Graph(edges)
        for edge in sorted(edges, key=lambda edge: draw(name, *edge)):
            if draw("leave", name, *edge) < leaves and name not in carriers[edge] and len(graph.edges) > len(by_id):
                graph.remove_edge(*edge)
                other = {"vnpt": "viettel", "viettel": "vnpt"}[name]
                alone = name == "viettel" and other not in carriers[edge]
                if alone or not nx.is_connected(graph) or nx.has_bridges(graph):
                    graph.add_edge(*edge)
        for edge in edges:
            if graph.has_edge(*edge):
                carriers[edge].add(name)
    lengths: nx.Graph[str] = nx.Graph()
    for a, b in edges:
        one, two = by_id[a], by_id[b]
        lengths.add_edge(a, b, km=Geodesic.WGS84.Inverse(one.lat, one.lon, two.lat, two.lon)["s12"] / 1000)
    for name, districts in SMALL_CARRIERS.items():
        wanted = {f"commune-{SEATS[code]}" for code in districts} | {f"commune-{HOST_WARD}"}
        paths = [nx.shortest_path(lengths, CORE, end, "km") for end in sorted(wanted)]
        used = {frozenset(step) for path in paths for step in pairwise(path)}
        inside = {f"commune-{SEATS[code]}" for code in districts}
        names = {by_id[seat].district for seat in inside}
        for edge in edges:
            local = all(by_id[end].district in names or by_id[end].site_class != "commune" for end in edge)
            if frozenset(edge) in used or (local and draw("local", name, *edge) < 0.5):
                carriers[edge].add(name)
    return carriers


def flood_zone(a: Place, b: Place) -> str:
    """Return the zone whose river passes within reach of the middle of an aerial duct."""
    middle = ((a.lat + b.lat) / 2, (a.lon + b.lon) / 2)
    for zone, course in FLOODS.items():
        if min(distance_to(middle, p, q) for p, q in pairwise(course)) < FLOOD_KM:
            return zone
    return ""


def distance_to(point: tuple[float, float], p: tuple[float, float], q: tuple[float, float]) -> float:
    """Distance from a point to a segment, km."""
    flat = plane({"point": point, "p": p, "q": q})
    (x, y), (px, py), (qx, qy) = flat["point"], flat["p"], flat["q"]
    along = ((x - px) * (qx - px) + (y - py) * (qy - py)) / squared(flat["p"], flat["q"])
    along = min(1.0, max(0.0, along))
    return math.dist((x, y), (px + along * (qx - px), py + along * (qy - py)))
