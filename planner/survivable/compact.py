r"""Capacity and flow in one program, for instances whose flow costs money in the state without failures.

$$\min\sum_j c_j x_j + \sum_{i,a} r_a f^{0}_{ia}$$

over the columns, the flows of every state (`planner.survivable.flows`) and the cutset inequalities of the root, which
hold
whatever the flow costs. HiGHS solves it. With hop limits, or far too many flows, capacities alone are designed,
their flows
priced, and the bound is that of the capacities plus every commodity's cheapest path.
"""

import math

import numpy as np
from ortools.math_opt.python import mathopt

from planner.limits import Watch
from planner.network.solver import whole
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import distances
from planner.survivable.describe import flows as path_flows
from planner.survivable.describe import purchases
from planner.survivable.design import Design, PathFlow
from planner.survivable.flows import add_flows, paths
from planner.survivable.masters import Master
from planner.survivable.neighbourhoods import start
from planner.survivable.primal import Primal
from planner.survivable.relaxation import tighten
from planner.survivable.separation import Separator

GAP = 1e-7
NODES = 10_000_000
MOST_FLOWS = 400_000
"""Flow variables beyond which capacities are designed alone and flows priced afterwards."""


def flow_variables(problem: Compiled) -> int:
    """Return how many flow variables the program would have."""
    return len(problem.states) * len(set(problem.source.tolist())) * len(problem.arcs)


def prices(problem: Compiled) -> Floats:
    """Return A: routing cost of each lane."""
    cost = np.array([link.routing_cost for link in problem.instance.links])
    result: Floats = cost[problem.lane_link]
    return result


def compact(problem: Compiled, watch: Watch) -> Design:
    """Design with routing cost."""
    separator = Separator(problem, watch.limits.seed)
    root = tighten(problem, separator, watch, share=0.1)
    master = Master(problem)
    for row in root.rows:
        master.add(row)
    undisturbed = _undisturbed(problem)
    cost = prices(problem)
    routed = {state: add_flows(problem, master, state) for state in range(len(problem.states))}
    if undisturbed is None:
        return Design("unknown", None, None, cut_short=True)
    terms = [float(cost[problem.arcs[at][2]]) * variable for (_, at), variable in routed[undisturbed].items()]
    capacity_cost = mathopt.fast_sum(
        float(price) * variable for price, variable in zip(problem.columns.cost, master.variables, strict=True)
    )
    master.model.minimize(capacity_cost + mathopt.fast_sum(terms))
    primal = Primal(problem, separator, watch)
    start(problem, primal, root.values)
    hint = None if primal.best is None else dict(zip(master.variables, primal.best.tolist(), strict=True))
    answer = whole(master.model, hint, GAP, NODES, watch)
    least = root.bound + float(distances(problem, undisturbed, cost) @ problem.value)
    bound = max(least, answer.bound) + problem.instance.constant_cost
    work = {"nodes": answer.nodes, "root_rounds": root.rounds}
    if answer.values is None:
        if primal.best is not None:
            return priced_afterwards(problem, separator, primal.best, root.bound, work)
        return Design("unknown", None, bound, work=work, cut_short=True)
    values = master.point(dict(answer.values))
    amounts = {
        state: {key: answer.values[variable.id] for key, variable in variables.items()}
        for state, variables in routed.items()
    }
    flows = {problem.states[state].id: paths(problem, state, amount) for state, amount in amounts.items()}
    return _finished(problem, values, flows, bound, work, stopped=answer.stopped)


def _undisturbed(problem: Compiled) -> int | None:
    """Return the state in which nothing is down."""
    for state in range(len(problem.states)):
        if not problem.link_down[state].any() and not problem.node_down[state].any():
            return state
    return None


def _finished(
    problem: Compiled,
    values: Floats,
    flows: dict[str, tuple[PathFlow, ...]],
    bound: float,
    work: dict[str, int],
    *,
    stopped: bool,
) -> Design:
    instance = problem.instance
    price = {link.id: link.routing_cost for link in instance.links}
    undisturbed = problem.states[_undisturbed(problem) or 0].id
    bought = purchases(problem, values)
    routing_cost = sum(flow.flow * sum(price[link] for link in flow.links) for flow in flows[undisturbed])
    objective = sum(one.cost for one in bought) + routing_cost + instance.constant_cost
    optimal = math.isfinite(bound) and objective - bound <= 1e-6 * max(1.0, abs(objective))
    return Design(
        status="optimal" if optimal else "feasible",
        objective=objective,
        bound=objective if optimal else bound,
        links=bought,
        routing=flows,
        work=work,
        cut_short=stopped and not optimal,
    )


def priced_afterwards(
    problem: Compiled, separator: Separator, values: Floats, bound: float, work: dict[str, int]
) -> Design:
    """Price the flows of capacities that were designed without regard to them; feasible, with an honest bound."""
    capacity = problem.existing + problem.columns.capacity(values, problem.links)
    carried = path_flows(problem, separator.router, capacity)
    state = _undisturbed(problem)
    if carried is None:
        return Design("unknown", None, bound, work=work, cut_short=True)
    least = bound if state is None else bound + float(distances(problem, state, prices(problem)) @ problem.value)
    return _finished(problem, values, carried, least + problem.instance.constant_cost, work, stopped=True)
