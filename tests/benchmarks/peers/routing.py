"""Loads under equal-cost multipath in one state: distances by each tool, next hops and splits by the same plain code.

ngraph splits itself: it places every site's traffic on its own shortest-path graph.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from tests.benchmarks.peers.contest import Evaluate, Problem

Distances = Callable[[int, np.ndarray], np.ndarray]
"""(state, arcs down) → node → distance to the root, infinite without a path."""


def told(problem: Problem, forward: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """Return what tells the loads: the busier way's sum, and the loads weighted by link."""
    busier = np.maximum(forward, reverse)
    weight = 1 + np.arange(len(busier)) % 97
    return np.array([busier.sum(), busier @ weight, forward @ weight])


def plainly(problem: Problem, distances: Distances) -> Evaluate:
    """Split router by router, site by site."""
    graph = problem.graph
    sites = [s for s in np.flatnonzero((graph.up > 0) | (graph.down > 0)).tolist() if s != graph.root]
    ends = list(zip(graph.tail.tolist(), graph.head.tolist(), graph.link.tolist(), strict=True))
    along = (graph.tail == graph.a[graph.link]).tolist()

    def evaluate(state: int) -> np.ndarray:
        down = problem.arcs(state)
        far = distances(state, down)
        live = np.ones(len(graph.link), dtype=bool)
        live[down] = False
        tight = np.flatnonzero(
            live & np.isfinite(far[graph.tail]) & (far[graph.tail] == graph.cost[graph.link] + far[graph.head])
        )
        hops: dict[int, list[int]] = {}
        for arc in tight.tolist():
            hops.setdefault(ends[arc][0], []).append(arc)
        loads = np.zeros((2, len(graph.links)))
        for site in sites:
            if not np.isfinite(far[site]):
                continue
            order, stack, seen = [], [site], {site}
            while stack:
                node = stack.pop()
                for arc in hops.get(node, ()):
                    order.append(arc)
                    if ends[arc][1] not in seen:
                        seen.add(ends[arc][1])
                        stack.append(ends[arc][1])
            order.sort(key=lambda arc: -far[ends[arc][0]])
            into: dict[int, int] = {}
            for arc in order:
                into[ends[arc][1]] = into.get(ends[arc][1], 0) + 1
            mass = {site: float(graph.up[site])}
            for arc in order:
                tail, head, link = ends[arc]
                part = mass[tail] / len(hops[tail])
                mass[head] = mass.get(head, 0.0) + part
                loads[0 if along[arc] else 1, link] += part
            back = {graph.root: float(graph.down[site])}
            for arc in reversed(order):
                tail, head, link = ends[arc]
                part = back[head] / into[head]
                back[tail] = back.get(tail, 0.0) + part
                loads[1 if along[arc] else 0, link] += part
        return told(problem, loads[0], loads[1])

    return evaluate


def by_networkx(problem: Problem) -> Evaluate:
    """Dijkstra on a multigraph from which the arcs are taken and put back."""
    import networkx as nx

    graph = problem.graph
    edges = [
        (h, t, arc, {"cost": c})
        for arc, (t, h, c) in enumerate(
            zip(graph.tail.tolist(), graph.head.tolist(), graph.cost[graph.link].tolist(), strict=True)
        )
    ]
    net: Any = nx.MultiDiGraph()
    net.add_nodes_from(range(len(graph.nodes)))
    net.add_edges_from(edges)

    def distances(state: int, down: np.ndarray) -> np.ndarray:
        taken = [edges[arc] for arc in down]
        net.remove_edges_from([edge[:3] for edge in taken])
        found = nx.single_source_dijkstra_path_length(net, graph.root, weight="cost")
        net.add_edges_from(taken)
        return _filled(problem, state, found)

    return plainly(problem, distances)


def by_rustworkx(problem: Problem) -> Evaluate:
    """Dijkstra on a copy."""
    import rustworkx as rx

    graph = problem.graph
    net = rx.PyDiGraph()
    net.add_nodes_from(list(range(len(graph.nodes))))
    costs = graph.cost[graph.link].tolist()
    net.add_edges_from(list(zip(graph.head.tolist(), graph.tail.tolist(), costs, strict=True)))

    def distances(state: int, down: np.ndarray) -> np.ndarray:
        part = net.copy()
        for arc in down.tolist():
            part.remove_edge_from_index(arc)
        return _filled(problem, state, dict(rx.dijkstra_shortest_path_lengths(part, graph.root, float)))

    return plainly(problem, distances)


def by_igraph(problem: Problem) -> Evaluate:
    """Dijkstra on a copy."""
    import igraph

    graph = problem.graph
    ends = list(zip(graph.head.tolist(), graph.tail.tolist(), strict=True))
    net = igraph.Graph(len(graph.nodes), ends, directed=True, edge_attrs={"cost": graph.cost[graph.link].tolist()})

    def distances(state: int, down: np.ndarray) -> np.ndarray:
        part = net.copy()
        part.delete_edges(down.tolist())
        return _filled(problem, state, dict(enumerate(part.distances(graph.root, weights="cost")[0])))

    return plainly(problem, distances)


def by_scipy(problem: Problem) -> Evaluate:
    """Dijkstra on the matrix of what is left, the cheapest of parallel arcs."""
    graph = problem.graph
    size = len(graph.nodes)
    by_cost = np.lexsort((graph.cost[graph.link], graph.tail, graph.head))

    def distances(state: int, down: np.ndarray) -> np.ndarray:
        live = np.ones(len(graph.link), dtype=bool)
        live[down] = False
        kept = by_cost[live[by_cost]]
        pair = graph.head[kept] * size + graph.tail[kept]
        first = kept[np.unique(pair, return_index=True)[1]]
        at = (graph.head[first], graph.tail[first])
        net = sparse.csr_array((graph.cost[graph.link[first]].astype(float), at), shape=(size, size))
        return _filled(problem, state, dict(enumerate(csgraph.dijkstra(net, indices=graph.root))))

    return plainly(problem, distances)


def by_ngraph(problem: Problem) -> Evaluate:
    """Its own equal split on its own shortest-path graphs."""
    import netgraph_core as core

    graph = problem.graph
    count = len(graph.link)
    wide = np.full(count, 1e12)
    nodes = len(graph.nodes)
    cost = graph.cost[graph.link].astype(np.int64)
    algorithms = core.Algorithms(core.Backend.cpu())
    nets = []
    for source, target in ((graph.tail, graph.head), (graph.head, graph.tail)):
        net = core.StrictMultiDiGraph.from_arrays(
            nodes, source.astype(np.int32), target.astype(np.int32), wide, cost, np.arange(count, dtype=np.int64)
        )
        place = np.empty(count, dtype=np.int64)
        place[net.ext_edge_ids_view()] = np.arange(count)
        nets.append((net, place, algorithms.build_graph(net)))
    sites = [s for s in np.flatnonzero((graph.up > 0) | (graph.down > 0)).tolist() if s != graph.root]
    along = graph.tail == graph.a[graph.link]

    def evaluate(state: int) -> np.ndarray:
        down = problem.arcs(state)
        _, gone = problem.states.of(state)
        by_arc = []
        for way, (net, place, handle) in enumerate(nets):
            mask = np.ones(count, dtype=bool)
            mask[place[down]] = False
            search = algorithms.spf_to if way == 0 else algorithms.spf
            far, dag = search(handle, graph.root, edge_mask=mask)
            flow = core.FlowGraph(net)
            amounts = graph.up if way == 0 else graph.down
            for site in sites:
                if np.isfinite(far[site]) and amounts[site] and site not in gone and graph.root not in gone:
                    ends = (site, graph.root) if way == 0 else (graph.root, site)
                    index = core.FlowIndex(*ends, 0, site)
                    flow.place(index, *ends, dag, float(amounts[site]), core.FlowPlacement.EQUAL_BALANCED)
            by_arc.append(np.asarray(flow.edge_flow_view())[place])
        up, back = by_arc
        forward, reverse = np.zeros(len(graph.links)), np.zeros(len(graph.links))
        np.add.at(forward, graph.link, np.where(along, up, back))
        np.add.at(reverse, graph.link, np.where(along, back, up))
        return told(problem, forward, reverse)

    return evaluate


def _filled(problem: Problem, state: int, found: dict[int, float]) -> np.ndarray:
    """Return distances as a row; with the root down there are none."""
    far = np.full(len(problem.graph.nodes), np.inf)
    _, nodes = problem.states.of(state)
    if problem.graph.root not in nodes:
        far[list(found)] = list(found.values())
        far[problem.graph.root] = 0.0
    return far


TOOLS = {
    "networkx": ("networkx", by_networkx),
    "rustworkx": ("rustworkx", by_rustworkx),
    "igraph": ("igraph", by_igraph),
    "scipy": ("scipy", by_scipy),
    "ngraph": ("netgraph_core", by_ngraph),
}
