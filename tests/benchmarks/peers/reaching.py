"""Who is cut off in one state, by each tool's own search; failures as masks where the tool has them, else as copies."""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from tests.benchmarks.peers.contest import Evaluate, Problem
from tests.benchmarks.peers.netgraph import built


def by_networkx(problem: Problem) -> Evaluate:
    """Take the edges out, search, put them back."""
    import networkx as nx

    graph = problem.graph
    edges = [(h, t, arc) for arc, (t, h) in enumerate(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))]
    net: Any = nx.MultiDiGraph()
    net.add_nodes_from(range(len(graph.nodes)))
    net.add_edges_from(edges)

    def evaluate(state: int) -> int:
        down = [edges[arc] for arc in problem.arcs(state)]
        net.remove_edges_from(down)
        reached = [*nx.descendants(net, graph.root), graph.root]
        net.add_edges_from(down)
        return problem.told_reached(state, reached)

    return evaluate


def by_rustworkx(problem: Problem) -> Evaluate:
    """Copy, take the edges out, search."""
    import rustworkx as rx

    graph = problem.graph
    net = rx.PyDiGraph()
    net.add_nodes_from(list(range(len(graph.nodes))))
    net.add_edges_from([(h, t, None) for t, h in zip(graph.tail.tolist(), graph.head.tolist(), strict=True)])

    def evaluate(state: int) -> int:
        part = net.copy()
        for arc in problem.arcs(state).tolist():
            part.remove_edge_from_index(arc)
        return problem.told_reached(state, [*rx.descendants(part, graph.root), graph.root])

    return evaluate


def by_igraph(problem: Problem) -> Evaluate:
    """Copy, delete the edges, search."""
    import igraph

    graph = problem.graph
    net = igraph.Graph(
        len(graph.nodes), list(zip(graph.head.tolist(), graph.tail.tolist(), strict=True)), directed=True
    )

    def evaluate(state: int) -> int:
        part = net.copy()
        part.delete_edges(problem.arcs(state).tolist())
        return problem.told_reached(state, part.subcomponent(graph.root, mode="out"))

    return evaluate


def by_scipy(problem: Problem) -> Evaluate:
    """Build the matrix of what is left, search."""
    graph = problem.graph
    size = len(graph.nodes)

    def evaluate(state: int) -> int:
        keep = np.ones(len(graph.link), dtype=bool)
        keep[problem.arcs(state)] = False
        at = (graph.head[keep], graph.tail[keep])
        net = sparse.csr_array((np.ones(int(keep.sum())), at), shape=(size, size))
        return problem.told_reached(
            state, csgraph.breadth_first_order(net, graph.root, directed=True, return_predecessors=False)
        )

    return evaluate


def by_ngraph(problem: Problem) -> Evaluate:
    """Shortest paths under a mask of edges: what has a distance is reached."""
    graph = problem.graph
    algorithms, handle, without = built(len(graph.nodes), graph.head, graph.tail, np.ones(len(graph.link)))

    def evaluate(state: int) -> int:
        mask = without(problem.arcs(state))
        far, _ = algorithms.spf(handle, graph.root, edge_mask=mask, multipath=False)
        return problem.told_reached(state, np.flatnonzero(np.isfinite(far)))

    return evaluate


TOOLS = {
    "networkx": ("networkx", by_networkx),
    "rustworkx": ("rustworkx", by_rustworkx),
    "igraph": ("igraph", by_igraph),
    "scipy": ("scipy", by_scipy),
    "ngraph": ("netgraph_core", by_ngraph),
}
