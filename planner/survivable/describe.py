"""From points and rows to a design in the words of the instance: bundles, path flows, certificate."""

import numpy as np

from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row
from planner.survivable.design import Bought, Certificate, Inequality, PathFlow
from planner.survivable.impossible import by_link
from planner.survivable.instance import Instance
from planner.survivable.routing import Router
from planner.survivable.sizes import steps

MOST_INEQUALITIES = 2000


def purchases(problem: Compiled, values: Floats) -> tuple[Bought, ...]:
    """Return what is bought on each link."""
    instance, columns = problem.instance, problem.columns
    needed = float((problem.alive * problem.value).sum(axis=1).max()) if len(problem.value) else 0.0
    bought = []
    for index, link in enumerate(instance.links):
        mine = np.flatnonzero((columns.link == index) & (values > 1e-9))
        mine = mine[columns.size[mine] > 0]
        if not len(mine):
            continue
        if instance.sizing == "linear":
            capacity = float(values[mine].sum())
            cost = capacity * (link.unit_cost or 0.0) + link.fixed_charge
            bought.append(Bought(link.id, (), capacity, cost))
            continue
        useful = steps(link, instance, needed)
        if useful is not None:
            held = int(np.round(values[mine].sum()))
            counts = useful[held - 1].bundle
        else:
            number = {(link.modules[kind].capacity, link.modules[kind].cost): kind for kind in range(len(link.modules))}
            total = [0] * len(link.modules)
            for column in mine.tolist():
                total[number[float(columns.size[column]), float(columns.cost[column])]] = int(np.round(values[column]))
            counts = tuple(total)
        capacity = sum(count * module.capacity for count, module in zip(counts, link.modules, strict=True))
        cost = sum(count * module.cost for count, module in zip(counts, link.modules, strict=True)) + link.fixed_charge
        bought.append(Bought(link.id, counts, capacity, cost))
    return tuple(bought)


def flows(problem: Compiled, router: Router, capacity: Floats) -> dict[str, tuple[PathFlow, ...]] | None:
    """Return flows for every state of the instance; None if some state cannot be routed.

    A state that another one implies takes the flows of that one.
    """
    instance = problem.instance
    solved: list[tuple[PathFlow, ...]] = []
    for state in range(len(problem.states)):
        if router.refuse(state, capacity, flows=True) is not None:
            return None
        solved.append(_path_flows(problem, router.carried(state, capacity)))
    result: dict[str, tuple[PathFlow, ...]] = {}
    down = [_down(instance, set(state.links), set(state.nodes)) for state in problem.states]
    ends = {end for demand in instance.demands for end in (demand.source, demand.target)}
    for given in instance.states:
        mine = _down(instance, set(given.links), set(given.nodes))
        for other, theirs, carried in zip(problem.states, down, solved, strict=True):
            if mine <= theirs and ends & other.nodes <= given.nodes:
                dead = given.nodes
                kept = (flow for flow in carried if flow.source not in dead and flow.target not in dead)
                result[given.id] = tuple(kept) if dead else carried
                break
    return result


def _down(instance: Instance, links: set[str], nodes: set[str]) -> set[str]:
    return links | {link.id for link in instance.links if {link.source, link.target} & nodes}


def _path_flows(problem: Compiled, carried: list[tuple[tuple[int, tuple[int, ...]], float]]) -> tuple[PathFlow, ...]:
    instance = problem.instance
    found = []
    for (k, lanes), amount in carried:
        node, left, order = int(problem.source[k]), list(lanes), []
        ends = {
            lane: (int(problem.tail[problem.lane_link[lane]]), int(problem.head[problem.lane_link[lane]]))
            for lane in lanes
        }
        while left:
            lane = next(lane for lane in left if node in ends[lane])
            left.remove(lane)
            order.append(instance.links[problem.lane_link[lane]].id)
            start, end = ends[lane]
            node = end if node == start else start
        source, target = instance.nodes[problem.source[k]], instance.nodes[problem.target[k]]
        found.append(PathFlow(source, target, tuple(order), amount))
    return tuple(found)


def certificate(problem: Compiled, rows: tuple[tuple[float, Row], ...]) -> Certificate:
    """Return the rows (multiplier, row) with positive multipliers and the bound that they prove."""
    instance = problem.instance
    kept = sorted((pair for pair in rows if pair[0] > 1e-12), key=lambda pair: -pair[0])
    kept = kept[:MOST_INEQUALITIES]
    inequalities = []
    for multiplier, row in kept:
        lengths = np.zeros(problem.lanes)
        for lane, length in row.cut.lengths:
            lengths[lane] = length
        weights = None
        if row.cut.hull:
            weights = {instance.links[link].id: steps_of for link, steps_of in row.counted}
        inequalities.append(
            Inequality(
                states=tuple(problem.states[state].id for state in row.cut.states),
                lengths=tuple((instance.links[link].id, *both) for link, both in by_link(problem, lengths).items()),
                b=row.cut.b,
                divisor=row.cut.divisor,
                multiplier=multiplier,
                weights=weights,
                groups=tuple(zip(instance.nodes, row.cut.groups, strict=False)),
            )
        )
    return Certificate(lagrangian(problem, [(m, row) for m, row in kept]) + instance.constant_cost, tuple(inequalities))


def lagrangian(problem: Compiled, rows: list[tuple[float, Row]]) -> float:
    r"""Return $\sum_i\lambda_i q_i + \sum_e\min_{x_e}(c_e-\sum_i\lambda_i a_{ie})x_e$, links apart."""
    columns = problem.columns
    reduced = columns.cost.copy()
    bound = 0.0
    for multiplier, row in rows:
        reduced -= multiplier * row.coefficients
        bound += multiplier * row.least
    for link in range(problem.links):
        mine = np.flatnonzero(columns.link == link)
        if (columns.before[mine] >= 0).any():
            bound += min(0.0, float(np.cumsum(reduced[mine]).min()))
        else:
            sized = mine[columns.size[mine] > 0]
            opening = mine[columns.size[mine] == 0]
            gain = float(np.minimum(0.0, reduced[sized] * columns.most[sized]).sum())
            bound += min(0.0, gain + float(reduced[opening].sum()))
    return bound
