r"""1+1 protection: two fixed paths for each demand, of which every failure state hits one at most.

$$\sum_{a\in\delta^+(v)} x^p_{ka} - \sum_{a\in\delta^-(v)} x^p_{ka} = [v=s_k]-[v=t_k] \qquad p\in\{1,2\}$$
$$h^p_{ks} \ge x^p_{ka}\ (a \text{ down in } s) \qquad h^1_{ks}+h^2_{ks}\le1\ (k \text{ alive in } s)$$
$$\sum_k d_k\sum_p x^p_{ka} \le u_a \qquad \sum_a x^p_{ka} \le \text{hop limit}_k$$

x, h ∈ {0, 1}: x path p of demand k uses way a, h state s hits the path. HiGHS solves it with the columns of capacity.
"""

from collections import defaultdict
from itertools import pairwise

import networkx as nx
from ortools.math_opt.python import mathopt

from planner.limits import Watch
from planner.network.solver import whole
from planner.survivable.compiled import Compiled
from planner.survivable.describe import purchases
from planner.survivable.design import Design
from planner.survivable.instance import Demand
from planner.survivable.masters import Master

GAP = 1e-7
NODES = 10_000_000
PATHS = (0, 1)
Ways = dict[tuple[int, int, int], mathopt.Variable]
"""(demand, path, arc) → variable."""


def protect(problem: Compiled, watch: Watch) -> Design:
    """Design with two fixed paths each; infeasibility is claimed only where the solver proves it."""
    instance = problem.instance
    master = Master(problem)
    at = {node: index for index, node in enumerate(instance.nodes)}
    demands = [demand for demand in instance.demands if demand.value > 0]
    ways: Ways = {}
    on_lane: dict[int, list[mathopt.LinearExpression]] = defaultdict(list)
    for k, demand in enumerate(demands):
        for p in PATHS:
            _path(problem, master, ways, k, p, demand, at)
        _apart(problem, master, ways, k, at[demand.source], at[demand.target])
        for p in PATHS:
            for arc, (_, _, lane) in enumerate(problem.arcs):
                if (k, p, arc) in ways:
                    on_lane[lane].append(demand.value * ways[k, p, arc])
    for lane, used in sorted(on_lane.items()):
        link = int(problem.lane_link[lane])
        room = master.capacity(link) + float(problem.existing[link])
        master.model.add_linear_constraint(mathopt.fast_sum(used) <= room)
    answer = whole(master.model, None, GAP, NODES, watch)
    work = {"nodes": answer.nodes}
    if answer.values is None:
        # the program says that there is none; only a proof that can be checked is reported as one
        return Design("unknown", None, None, work=work, cut_short=answer.stopped)
    values = master.point(dict(answer.values))
    bought = purchases(problem, values)
    objective = sum(one.cost for one in bought) + instance.constant_cost
    bound = answer.bound + instance.constant_cost
    optimal = objective - bound <= 1e-6 * max(1.0, abs(objective))
    pairs = {
        demand.id: (
            _links(problem, ways, answer.values, k, 0, at[demand.source], at[demand.target]),
            _links(problem, ways, answer.values, k, 1, at[demand.source], at[demand.target]),
        )
        for k, demand in enumerate(demands)
    }
    return Design(
        status="optimal" if optimal else "feasible",
        objective=objective,
        bound=objective if optimal else bound,
        links=bought,
        protection=pairs,
        work=work,
        cut_short=not optimal,
    )


def _path(problem: Compiled, master: Master, ways: Ways, k: int, p: int, demand: Demand, at: dict[str, int]) -> None:
    """Add one path of a demand."""
    source, target = at[demand.source], at[demand.target]
    into: dict[int, list[mathopt.Variable]] = defaultdict(list)
    out: dict[int, list[mathopt.Variable]] = defaultdict(list)
    mine = []
    for arc, (start, end, _) in enumerate(problem.arcs):
        if end != source and start != target:
            variable = master.model.add_binary_variable()
            ways[k, p, arc] = variable
            mine.append(variable)
            into[end].append(variable)
            out[start].append(variable)
    for node in range(problem.nodes):
        balance = mathopt.fast_sum(out[node]) - mathopt.fast_sum(into[node])
        master.model.add_linear_constraint(balance == int(node == source) - int(node == target))
        master.model.add_linear_constraint(mathopt.LinearExpression() + mathopt.fast_sum(into[node]) <= 1)
    if demand.hop_limit is not None:
        master.model.add_linear_constraint(mathopt.LinearExpression() + mathopt.fast_sum(mine) <= demand.hop_limit)


def _apart(problem: Compiled, master: Master, ways: Ways, k: int, source: int, target: int) -> None:
    """No state hits both paths."""
    for state in range(len(problem.states)):
        if problem.node_down[state, [source, target]].any():
            continue
        hit = [
            [
                ways[k, p, arc]
                for arc, way in enumerate(problem.arcs)
                if problem.lane_down[state, way[2]] and (k, p, arc) in ways
            ]
            for p in PATHS
        ]
        if not all(hit):
            continue
        flags = [master.model.add_variable(lb=0.0, ub=1.0) for _ in PATHS]
        for p in PATHS:
            for variable in hit[p]:
                master.model.add_linear_constraint(flags[p] >= variable)
        master.model.add_linear_constraint(flags[0] + flags[1] <= 1)


def _links(problem: Compiled, ways: Ways, values: object, k: int, p: int, source: int, target: int) -> tuple[str, ...]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    for arc, (start, end, lane) in enumerate(problem.arcs):
        if (k, p, arc) in ways and values[ways[k, p, arc].id] > 0.5:  # type: ignore[index]
            graph.add_edge(start, end, link=problem.instance.links[problem.lane_link[lane]].id)
    nodes = nx.shortest_path(graph, source, target)
    return tuple(graph.edges[pair]["link"] for pair in pairwise(nodes))
