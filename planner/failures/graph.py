"""The only module of the failure engine that touches a networkx multigraph; everything else gets its arrays.

networkx counts parallel edges wrongly in some connectivity algorithms (edge_connectivity on a MultiGraph) and refuses
them in others (maximum_flow). Here every link has a row of its own, parallel or not, so nothing needs to be collapsed
or subdivided: two links between the same places are two things that fail, carry and share load.

Directions: an arc leads one step towards the root, from `tail` to `head`. A place without transit (a stub router) sends
and receives its own traffic only, so no arc leads into it; none leads out of the root. Loops are links without arcs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from topology.order import natural, natural_key

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Group:
    """Links and nodes that are down at once."""

    links: tuple[int, ...]
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class FailureGraph:
    """A multigraph as arrays: n nodes, m links, all in natural order of their ids."""

    nodes: tuple[str, ...]
    links: tuple[str, ...]
    root: int
    """The node that all traffic goes to and comes from."""
    a: Ints
    """Link → the node that comes first."""
    b: Ints
    """Link → the other one."""
    capacity: Ints
    """Link → what it carries each way, in the unit of the demands."""
    cost: Ints
    """Link → OSPF cost of either way, at least 1."""
    transit: Bools
    """Node → it carries traffic of others."""
    up: Floats
    """Node → traffic to the root."""
    down: Floats
    """Node → traffic from the root."""
    groups: dict[str, Group]
    """Name (`duct:…`) → what fails together."""
    tail: Ints = field(init=False, repr=False)
    """Arc → node it leaves. Arcs are sorted by tail, then link."""
    head: Ints = field(init=False, repr=False)
    """Arc → node it enters."""
    link: Ints = field(init=False, repr=False)
    """Arc → link."""
    starts: Ints = field(init=False, repr=False)
    """First arc of every node that has one."""
    tails: Ints = field(init=False, repr=False)
    """Those nodes."""

    def __post_init__(self) -> None:
        count = np.arange(len(self.links), dtype=np.int64)
        tail, head = np.concatenate([self.a, self.b]), np.concatenate([self.b, self.a])
        passes = self.transit.copy()
        passes[self.root] = True
        keep = np.flatnonzero((tail != head) & passes[head] & (tail != self.root))
        link = np.concatenate([count, count])[keep]
        order = np.lexsort((link, tail[keep]))
        keep, link = keep[order], link[order]
        object.__setattr__(self, "tail", tail[keep])
        object.__setattr__(self, "head", head[keep])
        object.__setattr__(self, "link", link)
        tails, starts = np.unique(self.tail, return_index=True)
        object.__setattr__(self, "starts", starts.astype(np.int64))
        object.__setattr__(self, "tails", tails)

    @property
    def node_number(self) -> Mapping[str, int]:
        """Node → number."""
        return {node: number for number, node in enumerate(self.nodes)}

    @property
    def link_number(self) -> Mapping[str, int]:
        """Link → number."""
        return {link: number for number, link in enumerate(self.links)}


def compile_graph(graph: "nx.MultiGraph[str]", root: str) -> FailureGraph:
    """Compile a multigraph whose keys are link ids.

    Parameters
    ----------
    graph
        Undirected. Edges may have `capacity` (whole, each way), `cost` (whole, at least 1) and `groups`; nodes may have
        `transit` (default True), `up`, `down` and `groups`.
    root
        Where all traffic goes.

    Raises
    ------
    ValueError
        Unknown root, directed graph, a link id used twice, a negative capacity or a cost below 1.

    """
    if graph.is_directed() or root not in graph:
        message = f"an undirected graph with the node {root!r} is wanted"
        raise ValueError(message)
    nodes = natural(graph.nodes)
    number = {node: index for index, node in enumerate(nodes)}
    edges = sorted(graph.edges(keys=True, data=True), key=lambda edge: natural_key(str(edge[2])))
    links = tuple(str(key) for _, _, key, _ in edges)
    if len(set(links)) < len(links):
        message = f"link id {next(link for link in links if links.count(link) > 1)!r} is used twice"
        raise ValueError(message)
    capacity = np.array([data.get("capacity", 0) for *_, data in edges], dtype=np.int64)
    cost = np.array([data.get("cost", 1) for *_, data in edges], dtype=np.int64)
    if (capacity < 0).any() or (cost < 1).any():
        message = "capacities are at least 0, costs at least 1"
        raise ValueError(message)
    members: dict[str, tuple[list[int], list[int]]] = {}
    for index, (*_, data) in enumerate(edges):
        for group in data.get("groups", ()):
            members.setdefault(group, ([], []))[0].append(index)
    for node in nodes:
        for group in graph.nodes[node].get("groups", ()):
            members.setdefault(group, ([], []))[1].append(number[node])
    of_node = graph.nodes
    return FailureGraph(
        nodes=tuple(nodes),
        links=links,
        root=number[root],
        a=np.array([min(number[edge[0]], number[edge[1]]) for edge in edges], dtype=np.int64),
        b=np.array([max(number[edge[0]], number[edge[1]]) for edge in edges], dtype=np.int64),
        capacity=capacity,
        cost=cost,
        transit=np.array([of_node[node].get("transit", True) for node in nodes], dtype=bool),
        up=np.array([of_node[node].get("up", 0.0) for node in nodes], dtype=np.float64),
        down=np.array([of_node[node].get("down", 0.0) for node in nodes], dtype=np.float64),
        groups={name: Group(*map(tuple, members[name])) for name in natural(members)},
    )
