"""The only module that touches the multigraph of ducts; every algorithm gets a collapsed simple graph from here.

networkx counts parallel edges wrongly in some connectivity algorithms (edge_connectivity on a MultiGraph), so nothing
else may call an algorithm on it.
"""

from collections.abc import Iterable
from functools import cached_property

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from topology.model import Records
from topology.order import natural

FAR_KM = 1e6
"""Longer than any route: the price of using a duct that should be avoided."""


class Ducts:
    """Places and the ducts between them; an exchange and the site that it stands near are one place."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.place_of = {site.id: site.id for site in records.sites} | {
            exchange.id: exchange.near for exchange in records.exchanges
        }
        self.places = natural(set(self.place_of.values()))
        self.index = {place: number for number, place in enumerate(self.places)}
        self.by_id = {duct.id: duct for duct in records.ducts}

    @cached_property
    def multigraph(self) -> "nx.MultiGraph[str]":
        """All ducts as a description: nodes are places, keys are duct ids."""
        graph: nx.MultiGraph[str] = nx.MultiGraph()
        graph.add_nodes_from(self.places)
        for duct in self.records.ducts:
            a, b = self.place_of[duct.a], self.place_of[duct.b]
            graph.add_edge(a, b, key=duct.id, length_km=duct.length_km, carriers=duct.carriers)
        return graph

    def subdivided(self, carriers: Iterable[str] | None = None) -> "nx.Graph[str]":
        """Return the simple graph in which every duct is a node of its own, for cuts and connectivity.

        Only ducts with one of the carriers are in it; None means all.
        """
        wanted = None if carriers is None else set(carriers)
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.places)
        for a, b, key, data in self.multigraph.edges(keys=True, data=True):
            if wanted is None or wanted & set(data["carriers"]):
                graph.add_edge(a, key)
                graph.add_edge(key, b)
        return graph

    def network_of(self, carrier: str) -> "CarrierDucts":
        """Return the ducts in which one carrier has cable."""
        return CarrierDucts(self, carrier)


class CarrierDucts:
    """Routes of one carrier's cable."""

    def __init__(self, ducts: Ducts, carrier: str) -> None:
        self.ducts = ducts
        self.between: dict[tuple[int, int], list[str]] = {}
        for duct in ducts.records.ducts:
            if carrier in duct.carriers:
                ends = ducts.index[ducts.place_of[duct.a]], ducts.index[ducts.place_of[duct.b]]
                self.between.setdefault((min(ends), max(ends)), []).append(duct.id)
        self.ends = sorted(self.between)
        self.rows = np.array([a for a, _ in self.ends] + [b for _, b in self.ends], dtype=np.int32)
        self.columns = np.array([b for _, b in self.ends] + [a for a, _ in self.ends], dtype=np.int32)

    def reaches(self, place: str) -> bool:
        """Tell whether the carrier has cable at a place."""
        number = self.ducts.index[self.ducts.place_of[place]]
        return any(number in ends for ends in self.ends)

    def from_place(self, place: str, avoid: Iterable[str] = ()) -> "Tree":
        """Return shortest routes from a place to all others that use no avoided duct."""
        shunned = set(avoid)
        lengths, chosen = [], []
        for ends in self.ends:
            best = min((self._cost(duct, shunned), duct) for duct in self.between[ends])
            lengths.append(best[0])
            chosen.append(best[1])
        size = len(self.ducts.places)
        graph = csr_array((np.array(lengths * 2), (self.rows, self.columns)), shape=(size, size))
        start = self.ducts.index[self.ducts.place_of[place]]
        distance, before = dijkstra(graph, directed=True, indices=start, return_predecessors=True)
        return Tree(self.ducts, dict(zip(self.ends, chosen, strict=True)), start, distance, before)

    def _cost(self, duct: str, shunned: set[str]) -> float:
        return self.ducts.by_id[duct].length_km + (FAR_KM if duct in shunned else 0.0)


class Tree:
    """Shortest routes from one place."""

    def __init__(
        self, ducts: Ducts, chosen: dict[tuple[int, int], str], start: int, distance: np.ndarray, before: np.ndarray
    ) -> None:
        self.ducts = ducts
        self.chosen = chosen
        self.start = start
        self.distance = distance
        self.before = before

    def length_km(self, place: str) -> float | None:
        """Length of the route to a place, None when there is none without an avoided duct."""
        length = float(self.distance[self.ducts.index[self.ducts.place_of[place]]])
        return length if length < FAR_KM else None

    def route(self, place: str) -> tuple[str, ...]:
        """Ducts from the start to a place, in order."""
        at = self.ducts.index[self.ducts.place_of[place]]
        passed = []
        while at != self.start:
            previous = int(self.before[at])
            passed.append(self.chosen[min(at, previous), max(at, previous)])
            at = previous
        return tuple(reversed(passed))
