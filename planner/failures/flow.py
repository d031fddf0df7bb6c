"""The best that any routing could do: the most traffic that reaches the root, in many states.

    value(state) = max Σ_s served[s]     served[s] ≤ demand[s], links carry at most their capacity each way   (max-flow)

One flow is computed with nothing failed. A failure only takes away, so its value is an upper bound and stays exact in
every state that spares the links and nodes which the flow uses. Of the other states most are settled by one search in
words of 64 states: let F be the flow that meets something failed. If every live node that sends part of it reaches the
root over links whose spare capacity is at least F, all of it goes that way at once, whatever the others do, and what is
lost is what failed and cut-off nodes were served. That is exact when none of them stands on the source's side of the
minimum cut, for the cut then loses as much. What remains is solved by push-relabel in OR-Tools, arcs reset in
place (Goldberg, Tarjan, *J. ACM* 35, 1988).
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from planner.failures.graph import Bools, FailureGraph, Ints
from planner.failures.reach import cut_off, reached
from planner.failures.states import Bits, States, make, pack, unpack


@dataclass(frozen=True)
class BestPossible:
    """Value of every state, in the unit of the demands, rounded down to whole units."""

    demand: Ints
    """Node → what it asks for."""
    normal: int
    """With nothing failed."""
    value: Ints
    """State → most that reaches the root."""
    solved: int
    """States that needed a max-flow of their own."""


class FlowNetwork:
    """The graph as arcs of a max-flow from a source beyond the demands to the root."""

    def __init__(self, graph: FailureGraph, demand: Ints) -> None:
        self.graph, self.demand = graph, demand
        self.source = len(graph.nodes)
        self.asking = np.flatnonzero(demand)
        self.capacity = np.concatenate([graph.capacity[graph.link], demand[self.asking]])
        self.solver = SimpleMaxFlow()
        tails = np.concatenate([graph.tail, np.full(len(self.asking), self.source)])
        heads = np.concatenate([graph.head, self.asking])
        self.arcs = self.solver.add_arcs_with_capacity(tails, heads, self.capacity)
        by_link = np.argsort(graph.link, kind="stable")
        at = np.searchsorted(graph.link[by_link], np.arange(len(graph.links) + 1))
        self._of_link = [by_link[at[k] : at[k + 1]].tolist() for k in range(len(graph.links))]
        touching: list[list[int]] = [[] for _ in graph.nodes]
        for arc, (tail, head) in enumerate(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)):
            touching[tail].append(arc)
            touching[head].append(arc)
        for arc, node in enumerate(self.asking.tolist(), start=len(graph.link)):
            touching[node].append(arc)
        self._of_node = touching

    def solve(self) -> int:
        """Return the value as the arcs stand."""
        if self.solver.solve(self.source, self.graph.root) != self.solver.OPTIMAL:
            message = "the max-flow solver did not end with an optimum"
            raise RuntimeError(message)
        return int(self.solver.optimal_flow())

    def solve_without(self, links: Ints, nodes: Ints) -> int:
        """Return the value with these down; the arcs stand again as before afterwards."""
        if self.graph.root in nodes:
            return 0
        down = {arc for link in links.tolist() for arc in self._of_link[link]}
        down |= {arc for node in nodes.tolist() for arc in self._of_node[node]}
        for arc in down:
            self.solver.set_arc_capacity(arc, 0)
        value = self.solve()
        for arc in down:
            self.solver.set_arc_capacity(arc, int(self.capacity[arc]))
        return value

    def flows(self) -> Ints:
        """Return the flow on every arc of the graph, then on every demand, as last solved; opposite flows cancelled."""
        found: Ints = np.asarray(self.solver.flows(self.arcs), dtype=np.int64)
        graph = self.graph
        way = (graph.tail == graph.a[graph.link]).astype(np.int64)
        both = np.zeros((len(graph.links), 2), dtype=np.int64)
        both[graph.link, way] = found[: len(graph.link)]
        both -= both.min(axis=1, keepdims=True)
        found[: len(graph.link)] = both[graph.link, way]
        return found

    def scarce(self) -> Bools:
        """Return the nodes on the source's side of the smallest minimum cut: those that want more than they get."""
        found = np.zeros(len(self.graph.nodes) + 1, dtype=bool)
        found[self.solver.get_source_side_min_cut()] = True
        return found[:-1]


def demands(graph: FailureGraph) -> Ints:
    """Return the busier direction of every node, whole units, rounded up; the root asks for nothing."""
    asked: Ints = np.ceil(np.maximum(graph.up, graph.down) - 1e-9).astype(np.int64)
    asked[graph.root] = 0
    return asked


def best_possible(states: States, demand: Ints | None = None, lost: Bits | None = None) -> BestPossible:
    """Return the value of every state.

    Parameters
    ----------
    states
        Any states.
    demand
        Node → whole units; by default `demands`.
    lost
        `cut_off(states)`, when it is known already.

    """
    graph = states.graph
    demand = demands(graph) if demand is None else demand
    network = FlowNetwork(graph, demand)
    normal = network.solve()
    value = np.full(len(states), normal, dtype=np.int64)
    if not len(states):
        return BestPossible(demand, normal, value, 0)
    flows = network.flows()
    served = np.zeros(len(graph.nodes), dtype=np.int64)
    served[network.asking] = flows[len(graph.link) :]
    touched = _touched(states, flows[: len(graph.link)], served)
    part = states.subset(touched)
    lost = cut_off(part) if lost is None else pack(unpack(lost, len(states))[:, touched])
    settled, values = _rerouted(part, flows[: len(graph.link)], served, network.scarce(), lost)
    value[touched] = values
    open_states = touched[~settled]
    for k in open_states.tolist():
        value[k] = network.solve_without(*states.of(k))
    return BestPossible(demand, normal, value, len(open_states))


def _touched(states: States, flow: Ints, served: Ints) -> Ints:
    """Return the states that take down something which the flow uses."""
    graph = states.graph
    busy_link = np.zeros(len(graph.links), dtype=bool)
    busy_link[graph.link[flow > 0]] = True
    busy_node = served > 0
    busy_node[graph.head[flow > 0]] = True
    found = np.zeros(len(states), dtype=bool)
    found[states.link_state[busy_link[states.links]]] = True
    found[states.node_state[busy_node[states.nodes]]] = True
    return np.flatnonzero(found)


def _rerouted(part: States, flow: Ints, served: Ints, scarce: Bools, lost: Bits) -> tuple[Bools, Ints]:
    """Return which states are settled by the search, and their values."""
    graph, count = part.graph, len(part)
    if not count:
        return np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)
    gone = unpack(lost | part.nodes_down, count)
    """Nodes × states: down or cut off."""
    used = np.flatnonzero(flow)
    tail, head, carried = graph.tail[used], graph.head[used], flow[used]
    down = unpack(part.links_down, count)[graph.link[used]]
    meets = (down | gone[head]) & ~gone[tail]
    """Used arcs × states: a live node sends this into something that is down."""
    amount = carried @ meets
    spare = graph.capacity[graph.link] - flow
    found = unpack(reached(part, pack(spare[:, None] < amount[None, :])), count)
    fails = (meets & ~found[tail]).any(axis=0)
    # less by what gone nodes were served: the minimum cut with nothing failed loses as much, if their demand is in it
    settled = ~fails & ~(gone & (scarce & (served > 0))[:, None]).any(axis=0)
    return settled, served.sum() - served @ gone


def each_alone(graph: FailureGraph, links: Ints, nodes: Ints, sites: Ints) -> Ints:
    """Return the most that each site could get if it alone asked, with these links and nodes down."""
    far = int(graph.capacity.sum()) + 1
    found = np.zeros(len(sites), dtype=np.int64)
    for index, site in enumerate(sites.tolist()):
        if site == graph.root or site in nodes:
            continue
        asked = np.zeros(len(graph.nodes), dtype=np.int64)
        asked[site] = far
        found[index] = FlowNetwork(graph, asked).solve_without(links, nodes)
    return found


def one_state(graph: FailureGraph, links: Ints, nodes: Ints) -> States:
    """Return a single state of its own."""
    return make(graph, [("state", links, nodes)])
