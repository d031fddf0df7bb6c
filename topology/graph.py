"""The only module that touches the multigraph of ducts; every algorithm gets a collapsed simple graph from here.

networkx counts parallel edges wrongly in some connectivity algorithms (edge_connectivity on a MultiGraph), so nothing
else may call an algorithm on it. Routes are found on a carrier's own ducts: one tree of shortest routes from each place
(Dijkstra 1959), and single routes round avoided ducts by A* (Hart, Nilsson, Raphael 1968) with the tree's lengths as
the estimate, which never exceeds the truth because avoiding ducts only lengthens a route.
"""

from collections.abc import Iterable
from functools import cached_property
from heapq import heappop, heappush

import networkx as nx

from topology.model import Records
from topology.order import natural

INFINITE = float("inf")
Step = tuple[int, float, str]
"""Neighbouring place, km, duct."""


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

    def collapsed(self, carriers: Iterable[str] | None = None) -> "nx.Graph[str]":
        """Return the simple graph of places: of parallel ducts the shortest, named in `duct`.

        Only ducts with one of the carriers are in it; None means all.
        """
        wanted = None if carriers is None else set(carriers)
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.places)
        for a, b, key, data in self.multigraph.edges(keys=True, data=True):
            length = data["length_km"]
            if (wanted is None or wanted & set(data["carriers"])) and (
                not graph.has_edge(a, b) or length < graph[a][b]["length_km"]
            ):
                graph.add_edge(a, b, duct=key, length_km=length)
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
        self.steps: list[list[Step]] = [[] for _ in ducts.places]
        for duct in ducts.records.ducts:
            if carrier in duct.carriers:
                a, b = ducts.index[ducts.place_of[duct.a]], ducts.index[ducts.place_of[duct.b]]
                self.steps[a].append((b, duct.length_km, duct.id))
                self.steps[b].append((a, duct.length_km, duct.id))
        self._trees: dict[int, Tree] = {}

    def reaches(self, place: str) -> bool:
        """Tell whether the carrier has cable at a place."""
        return bool(self.steps[self.number(place)])

    def number(self, place: str) -> int:
        """Return the number of a site's or exchange's place."""
        return self.ducts.index[self.ducts.place_of[place]]

    def tree(self, place: str) -> "Tree":
        """Return the shortest routes between a place and all others; of equally long ones always the same."""
        start = self.number(place)
        if start not in self._trees:
            self._trees[start] = Tree(self, start)
        return self._trees[start]

    def detour(self, a: str, b: str, avoid: Iterable[str]) -> tuple[tuple[str, ...], float] | None:
        """Return the shortest route from a to b that uses none of the ducts, and its length in km; None if none."""
        start, goal = self.number(a), self.number(b)
        shunned = set(avoid)
        left = self.tree(b).lengths
        reached = {start: 0.0}
        came: dict[int, tuple[int, str]] = {}
        queue = [(left[start], start)]
        done: set[int] = set()
        while queue:
            _, at = heappop(queue)
            if at == goal:
                return tuple(reversed(list(_back(came, at)))), reached[at]
            if at in done:
                continue
            done.add(at)
            for to, length, duct in self.steps[at]:
                far = reached[at] + length
                if duct not in shunned and far < reached.get(to, INFINITE):
                    reached[to] = far
                    came[to] = at, duct
                    heappush(queue, (far + left[to], to))
        return None


def _back(came: dict[int, tuple[int, str]], at: int) -> Iterable[str]:
    while at in came:
        at, duct = came[at]
        yield duct


class Tree:
    """Shortest routes between one place and all others."""

    def __init__(self, cable: CarrierDucts, start: int) -> None:
        self.cable = cable
        self.start = start
        self.lengths = [INFINITE] * len(cable.steps)
        """Place → km."""
        self.next: dict[int, tuple[int, str]] = {}
        """Place → (place, duct) one step nearer to the start."""
        self.lengths[start] = 0.0
        queue = [(0.0, start)]
        while queue:
            so_far, at = heappop(queue)
            if so_far > self.lengths[at]:
                continue
            for to, length, duct in cable.steps[at]:
                far = so_far + length
                if far < self.lengths[to]:
                    self.lengths[to] = far
                    self.next[to] = at, duct
                    heappush(queue, (far, to))

    def length_km(self, place: str) -> float | None:
        """Length of the route from a place, None when there is none."""
        length = self.lengths[self.cable.number(place)]
        return None if length == INFINITE else length

    def route(self, place: str) -> tuple[str, ...]:
        """Ducts from a place to the start of the tree, in order."""
        return tuple(_back(self.next, self.cable.number(place)))
