r"""Flow variables for MathOpt models: from each source, balanced at every node, within the lanes.

$$\sum_{a\in\delta^-(v)} f_{ia} - \sum_{a\in\delta^+(v)} f_{ia} = d_{iv}\ (v\ne i) \qquad \sum_i f_{ia} \le u_a\
\text{per lane}$$

with $d_{iv}$ the traffic from i to v that is alive in the state.
"""

from collections import defaultdict

import numpy as np
from ortools.math_opt.python import mathopt

from planner.survivable.compiled import Compiled
from planner.survivable.design import PathFlow
from planner.survivable.masters import Master

Flows = dict[tuple[int, int], mathopt.Variable]
"""(source, arc) → variable."""


def add_flows(problem: Compiled, master: Master, state: int) -> Flows:
    """Add the flows of one state to a capacity model."""
    live = np.flatnonzero(problem.alive[state]).tolist()
    wanted: dict[int, dict[int, float]] = defaultdict(dict)
    for k in live:
        source, target = int(problem.source[k]), int(problem.target[k])
        wanted[source][target] = wanted[source].get(target, 0.0) + float(problem.value[k])
    up = [at for at, arc in enumerate(problem.arcs) if not problem.lane_down[state, arc[2]]]
    flows: Flows = {}
    on_lane: dict[int, list[mathopt.Variable]] = defaultdict(list)
    for source, targets in sorted(wanted.items()):
        total = sum(targets.values())
        into: dict[int, list[mathopt.Variable]] = defaultdict(list)
        out: dict[int, list[mathopt.Variable]] = defaultdict(list)
        for at in up:
            start, end, lane = problem.arcs[at]
            if end == source:
                continue
            variable = master.model.add_variable(lb=0.0, ub=total)
            flows[source, at] = variable
            into[end].append(variable)
            out[start].append(variable)
            on_lane[lane].append(variable)
        for node in range(problem.nodes):
            if node != source and (into[node] or out[node] or node in targets):
                balance = mathopt.fast_sum(into[node]) - mathopt.fast_sum(out[node])
                master.model.add_linear_constraint(balance == targets.get(node, 0.0))
    for lane, variables in sorted(on_lane.items()):
        link = int(problem.lane_link[lane])
        room = master.capacity(link) + float(problem.existing[link])
        master.model.add_linear_constraint(mathopt.fast_sum(variables) <= room)
    return flows


def paths(problem: Compiled, state: int, amounts: dict[tuple[int, int], float]) -> tuple[PathFlow, ...]:
    """Take source flows apart into path flows."""
    instance = problem.instance
    found = []
    noise = 1e-9 * max(1.0, float(problem.value.sum()))
    by_source: dict[int, dict[int, float]] = defaultdict(dict)
    for (source, at), amount in amounts.items():
        if amount > noise:
            by_source[source][at] = amount
    for k in np.flatnonzero(problem.alive[state]).tolist():
        source, target, left = int(problem.source[k]), int(problem.target[k]), float(problem.value[k])
        carried = by_source[source]
        while left > noise * 10:
            walk = _walk(problem, carried, source, target)
            if walk is None:
                break
            amount = min(left, *(carried[at] for at in walk))
            for at in walk:
                carried[at] -= amount
                if carried[at] <= noise:
                    del carried[at]
            left -= amount
            links = tuple(instance.links[problem.lane_link[problem.arcs[at][2]]].id for at in walk)
            found.append(PathFlow(instance.nodes[source], instance.nodes[target], links, amount))
    return tuple(found)


def _walk(problem: Compiled, carried: dict[int, float], source: int, target: int) -> list[int] | None:
    """Return arcs with flow from source to target, fewest first."""
    out: dict[int, list[int]] = defaultdict(list)
    for at in sorted(carried):
        out[problem.arcs[at][0]].append(at)
    via: dict[int, int] = {source: -1}
    queue = [source]
    for node in queue:
        for at in out[node]:
            end = problem.arcs[at][1]
            if end not in via:
                via[end] = at
                queue.append(end)
    if target not in via:
        return None
    walk = []
    node = target
    while node != source:
        walk.append(via[node])
        node = problem.arcs[via[node]][0]
    return walk[::-1]
