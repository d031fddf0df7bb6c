"""The most that reaches the root in one state, by each tool's own max-flow."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from planner.failures import demands
from tests.benchmarks.peers.contest import Evaluate, Problem
from tests.benchmarks.peers.netgraph import built


class Flow:
    """Arcs with capacities, the demands as arcs from a source of their own."""

    def __init__(self, problem: Problem) -> None:
        graph, demand = problem.graph, demands(problem.graph)
        self.problem, self.root, self.source = problem, graph.root, len(graph.nodes)
        self.asking = np.flatnonzero(demand)
        self.tail = np.concatenate([graph.tail, np.full(len(self.asking), self.source)])
        self.head = np.concatenate([graph.head, self.asking])
        self.capacity = np.concatenate([graph.capacity[graph.link], demand[self.asking]])

    def down(self, state: int) -> np.ndarray:
        """Return the arcs that a state takes down, demands of failed nodes included."""
        _, nodes = self.problem.states.of(state)
        asks = np.flatnonzero(np.isin(self.asking, nodes)) + len(self.problem.graph.link)
        return np.concatenate([self.problem.arcs(state), asks])


def by_ortools(problem: Problem) -> Evaluate:
    """Reset the arcs in place."""
    from ortools.graph.python.max_flow import SimpleMaxFlow

    flow, solver = Flow(problem), SimpleMaxFlow()
    solver.add_arcs_with_capacity(flow.tail, flow.head, flow.capacity)

    def evaluate(state: int) -> int:
        down = flow.down(state).tolist()
        for arc in down:
            solver.set_arc_capacity(arc, 0)
        solver.solve(flow.source, flow.root)
        value = solver.optimal_flow()
        for arc in down:
            solver.set_arc_capacity(arc, int(flow.capacity[arc]))
        return int(value)

    return evaluate


def by_networkx(problem: Problem) -> Evaluate:
    """Parallel arcs are added up, for networkx refuses multigraphs here; capacities are changed and put back."""
    import networkx as nx

    flow = Flow(problem)
    net: Any = nx.DiGraph()
    net.add_node(flow.root)
    ends = list(zip(flow.tail.tolist(), flow.head.tolist(), strict=True))
    for (tail, head), capacity in zip(ends, flow.capacity.tolist(), strict=True):
        before = net.get_edge_data(tail, head, {"capacity": 0})["capacity"]
        net.add_edge(tail, head, capacity=before + capacity)

    def change(arcs: Iterable[int], sign: int) -> None:
        for arc in arcs:
            tail, head = ends[arc]
            net[tail][head]["capacity"] += sign * int(flow.capacity[arc])

    def evaluate(state: int) -> int:
        down = flow.down(state).tolist()
        change(down, -1)
        value = int(nx.maximum_flow_value(net, flow.source, flow.root))
        change(down, 1)
        return value

    return evaluate


def by_igraph(problem: Problem) -> Evaluate:
    """Pass another list of capacities."""
    import igraph

    flow = Flow(problem)
    net = igraph.Graph(flow.source + 1, list(zip(flow.tail.tolist(), flow.head.tolist(), strict=True)), directed=True)

    def evaluate(state: int) -> int:
        capacity = flow.capacity.copy()
        capacity[flow.down(state)] = 0
        return round(net.maxflow_value(flow.source, flow.root, capacity.tolist()))

    return evaluate


def by_scipy(problem: Problem) -> Evaluate:
    """Build the matrix of what is left, parallel arcs added up."""
    flow = Flow(problem)
    size = flow.source + 1

    def evaluate(state: int) -> int:
        capacity = flow.capacity.astype(np.int32)
        capacity[flow.down(state)] = 0
        net = sparse.csr_array((capacity, (flow.tail, flow.head)), shape=(size, size), dtype=np.int32)
        net.sum_duplicates()
        return int(csgraph.maximum_flow(net, flow.source, flow.root).flow_value)

    return evaluate


def by_ngraph(problem: Problem) -> Evaluate:
    """Max-flow under a mask of edges."""
    flow = Flow(problem)
    algorithms, handle, without = built(flow.source + 1, flow.tail, flow.head, flow.capacity)

    def evaluate(state: int) -> int:
        mask = without(flow.down(state))
        value, _ = algorithms.max_flow(handle, flow.source, flow.root, edge_mask=mask)
        return round(value)

    return evaluate


TOOLS = {
    "ortools": ("ortools", by_ortools),
    "networkx": ("networkx", by_networkx),
    "igraph": ("igraph", by_igraph),
    "scipy": ("scipy", by_scipy),
    "ngraph": ("netgraph_core", by_ngraph),
}
