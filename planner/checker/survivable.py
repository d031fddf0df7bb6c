"""Checks a survivable design from the instance alone: purchases, flows in every state, bound, proof of impossibility.

Nothing is solved that the design brings with it: path flows are added up, inequalities derived anew
(`planner.checker.inequalities`). A state without flows is routed here, by scipy, as flows from each source.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from planner.checker.inequalities import proved_bound, reach
from planner.checker.violation import Violation
from planner.survivable.design import Design, PathFlow
from planner.survivable.instance import Demand, Instance, Link, State

RELATIVE = 1e-5
"""Solver noise allowed in flows and sums, in parts of the figure."""


def verify_survivable(design: Design, instance: Instance) -> tuple[int, list[Violation]]:
    """Return how many promises were checked, and those that are broken."""
    if design.status == "infeasible":
        return 1, _impossible(design, instance)
    checked, violations = 0, []
    if design.certificate is not None:
        checked += 1
        proved, faults = proved_bound(design.certificate, instance)
        violations += [Violation("inequality", name, text) for name, text in faults]
        claimed = design.certificate.bound
        if claimed > proved + RELATIVE * max(1.0, abs(proved)):
            violations.append(Violation("bound", "certificate", f"claims {claimed}, proves {proved}"))
        if design.objective is not None and not faults and proved > design.objective * (1 + RELATIVE) + RELATIVE:
            violations.append(Violation("bound", "certificate", f"{proved} proved, yet {design.objective} found"))
    if design.objective is None:
        if design.links or design.status != "unknown":
            violations.append(Violation("design", instance.name, f"{design.status} without an objective"))
        return checked + 1, violations
    violations += _bound(design)
    violations += _purchases(design, instance)
    capacity = {link.id: link.existing for link in instance.links}
    for bought in design.links:
        capacity[bought.link] = capacity.get(bought.link, 0.0) + bought.capacity
    if instance.rerouting == "one_plus_one":
        violations += _protection(design, instance, capacity)
        return checked + len(instance.links) + len(instance.demands), violations
    for state in instance.states:
        violations += _state(design.routing.get(state.id), state, instance, capacity)
    return checked + len(instance.links) + len(instance.states), violations


def _bound(design: Design) -> list[Violation]:
    objective, bound = design.objective, design.bound
    assert objective is not None
    if bound is None or not math.isfinite(bound):
        return [] if design.status == "feasible" else [Violation("bound", "design", "optimal without a bound")]
    violations = []
    if bound > objective + RELATIVE * max(1.0, abs(objective)):
        violations.append(Violation("bound", "design", f"bound {bound} above objective {objective}"))
    if design.status == "optimal" and objective - bound > RELATIVE * max(1.0, abs(objective)):
        violations.append(Violation("bound", "design", f"called optimal with bound {bound}, objective {objective}"))
    return violations


def _purchases(design: Design, instance: Instance) -> list[Violation]:
    violations = []
    links = {link.id: link for link in instance.links}
    seen: set[str] = set()
    total = instance.constant_cost
    for bought in design.links:
        link = links.get(bought.link)
        if link is None or bought.link in seen:
            violations.append(Violation("link", bought.link, "unknown or bought twice"))
            continue
        seen.add(bought.link)
        total += bought.cost
        capacity, cost, fault = _worth(bought.modules, bought.capacity, link, instance)
        if fault:
            violations.append(Violation("link", bought.link, fault))
        if abs(capacity - bought.capacity) > RELATIVE * max(1.0, capacity):
            violations.append(Violation("link", bought.link, f"modules hold {capacity}, not {bought.capacity}"))
        if abs(cost - bought.cost) > RELATIVE * max(1.0, cost):
            violations.append(Violation("link", bought.link, f"costs {cost}, not {bought.cost}"))
    price = {link.id: link.routing_cost for link in instance.links}
    undisturbed = next((state.id for state in instance.states if not state.links and not state.nodes), None)
    if undisturbed is not None and any(price.values()):
        total += sum(
            flow.flow * sum(price[link] for link in flow.links) for flow in design.routing.get(undisturbed, ())
        )
    if abs(total - (design.objective or 0.0)) > RELATIVE * max(1.0, abs(total)):
        violations.append(Violation("cost", instance.name, f"sums to {total}, not {design.objective}"))
    return violations


def _worth(modules: tuple[int, ...], capacity: float, link: Link, instance: Instance) -> tuple[float, float, str]:
    """Return capacity and cost of a purchase, and what is wrong with it."""
    if instance.sizing == "linear":
        fault = (
            "" if capacity >= 0 and not modules and link.unit_cost is not None else "is no purchase of linear capacity"
        )
        return capacity, capacity * (link.unit_cost or 0.0) + (link.fixed_charge if capacity > 0 else 0.0), fault
    if len(modules) != len(link.modules) or any(count < 0 or count != int(count) for count in modules):
        return capacity, 0.0, f"has no such modules {modules}"
    fault = "more than one module of an explicit list" if instance.sizing == "explicit" and sum(modules) > 1 else ""
    held = sum(count * module.capacity for count, module in zip(modules, link.modules, strict=True))
    cost = sum(count * module.cost for count, module in zip(modules, link.modules, strict=True))
    return held, cost + (link.fixed_charge if any(modules) else 0.0), fault


def _alive(instance: Instance, state: State) -> list[Demand]:
    return [d for d in instance.demands if d.value > 0 and not {d.source, d.target} & state.nodes]


def _up(instance: Instance, state: State) -> dict[str, Link]:
    return {
        link.id: link
        for link in instance.links
        if link.id not in state.links and not {link.source, link.target} & state.nodes
    }


def _state(
    flows: Iterable[PathFlow] | None, state: State, instance: Instance, capacity: dict[str, float]
) -> list[Violation]:
    """Check one state by its flows, or by routing it here."""
    up = _up(instance, state)
    if flows is None:
        return _routed_here(state, instance, up, capacity)
    loads: dict[tuple[str, str], float] = defaultdict(float)
    carried: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for flow in flows:
        fault = _walk(flow, up, instance, loads)
        if fault or flow.flow < 0:
            return [Violation("state", state.id, fault or "negative flow")]
        carried[_pair(flow.source, flow.target, instance)].append((len(flow.links), flow.flow))
    violations = []
    noise = RELATIVE * sum(demand.value for demand in instance.demands)
    for (link, way), load in sorted(loads.items()):
        if load > capacity[link] * (1 + RELATIVE) + noise:
            violations.append(Violation("state", state.id, f"link {link}{way} carries {load}, holds {capacity[link]}"))
    wanted: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for demand in _alive(instance, state):
        limit = len(instance.nodes) if demand.hop_limit is None else min(demand.hop_limit, len(instance.nodes))
        wanted[_pair(demand.source, demand.target, instance)][limit] += demand.value
    for pair, limits in sorted(wanted.items()):
        for limit in sorted(limits):
            need = sum(value for other, value in limits.items() if other <= limit)
            got = sum(amount for hops, amount in carried[pair] if hops <= limit)
            if got < need * (1 - RELATIVE) - noise:
                text = f"{pair[0]} → {pair[1]}: {got} of {need} carried within {limit} links"
                violations.append(Violation("state", state.id, text))
    return violations


def _pair(source: str, target: str, instance: Instance) -> tuple[str, str]:
    return (min(source, target), max(source, target)) if instance.sense == "undirected" else (source, target)


def _walk(flow: PathFlow, up: dict[str, Link], instance: Instance, loads: dict[tuple[str, str], float]) -> str:
    """Add a path's flow to the loads; return what is wrong with the path."""
    node = flow.source
    for name in flow.links:
        link = up.get(name)
        if link is None:
            return f"a path uses {name}, which is down or unknown"
        if link.source == node:
            node, way = link.target, ""
        elif link.target == node and instance.sense != "directed":
            node, way = link.source, "" if instance.sense == "undirected" else " back"
        else:
            return f"a path breaks at {name}"
        loads[name, way] += flow.flow
    return "" if node == flow.target else f"a path ends at {node}, not at {flow.target}"


def _routed_here(state: State, instance: Instance, up: dict[str, Link], capacity: dict[str, float]) -> list[Violation]:
    """Route by a linear program: flow from each source, balanced at every node."""
    alive = _alive(instance, state)
    if not alive:
        return []
    if any(demand.hop_limit is not None for demand in alive):
        return [Violation("state", state.id, "brings no flows, which hop limits need")]
    at = {node: index for index, node in enumerate(instance.nodes)}
    arcs = [(at[link.source], at[link.target], name, "") for name, link in up.items()]
    if instance.sense != "directed":
        arcs += [(at[link.target], at[link.source], name, " back") for name, link in up.items()]
    sources = sorted({demand.source for demand in alive})
    n, m = len(at), len(arcs)
    balance = np.zeros((len(sources), n))
    for demand in alive:
        balance[sources.index(demand.source), at[demand.target]] += demand.value
        balance[sources.index(demand.source), at[demand.source]] -= demand.value
    rows, columns, signs = [], [], []
    for s in range(len(sources)):
        for a, (start, end, _, _) in enumerate(arcs):
            rows += [s * n + end, s * n + start]
            columns += [s * m + a] * 2
            signs += [1.0, -1.0]
    lanes = sorted({(name, "" if instance.sense == "undirected" else way) for _, _, name, way in arcs})
    lane = {key: index for index, key in enumerate(lanes)}
    shared = [lane[name, "" if instance.sense == "undirected" else way] for _, _, name, way in arcs]
    width = len(sources) * m
    equal = coo_array((signs, (rows, columns)), shape=(len(sources) * n, width)).tocsr()
    most = coo_array((np.ones(width), (shared * len(sources), range(width))), shape=(len(lanes), width)).tocsr()
    room = [capacity[name] * (1 + RELATIVE) for name, _ in lanes]
    found = linprog(np.zeros(width), A_ub=most, b_ub=room, A_eq=equal, b_eq=balance.ravel(), method="highs")
    return [] if found.status == 0 else [Violation("state", state.id, "cannot be routed")]


def _impossible(design: Design, instance: Instance) -> list[Violation]:
    """Check a proof that nothing works: more is needed across its lengths than everything holds."""
    proof = design.impossible
    if proof is None:
        return [Violation("proof", instance.name, "infeasible without a proof")]
    state = next((state for state in instance.states if state.id == proof.state), None)
    if state is None:
        return [Violation("proof", proof.state, "is no state of the instance")]
    up = _up(instance, state)
    lengths = {name: (there, back) for name, there, back in proof.lengths if name in up}
    wanted, parted = reach(instance, state, lengths)
    holds = sum(_most(up[name], instance) * (there if instance.sense != "bidirected" else there + back)
                for name, (there, back) in lengths.items() if _most(up[name], instance) > 0)  # fmt: skip
    if parted or _too_far(instance, state, up) or wanted > holds * (1 + 1e-9):
        return []
    return [Violation("proof", proof.state, f"needs {wanted}, can hold {holds}")]


def _too_far(instance: Instance, state: State, up: dict[str, Link]) -> bool:
    """Whether some demand has no path within its hop limit: breadth first."""
    out: dict[str, set[str]] = defaultdict(set)
    for link in up.values():
        if _most(link, instance) > 0:
            out[link.source].add(link.target)
            if instance.sense != "directed":
                out[link.target].add(link.source)
    for demand in _alive(instance, state):
        if demand.hop_limit is not None:
            reached = {demand.source}
            for _ in range(min(demand.hop_limit, len(instance.nodes))):
                reached |= {end for node in reached for end in out[node]}
            if demand.target not in reached:
                return True
    return False


def _most(link: Link, instance: Instance) -> float:
    """Return the most a link can ever hold."""
    if instance.sizing == "linear":
        return math.inf if link.unit_cost is not None else link.existing
    sizes = [module.capacity for module in link.modules if module.capacity > 0]
    if not sizes:
        return link.existing
    return link.existing + max(sizes) if instance.sizing == "explicit" else math.inf


def _protection(design: Design, instance: Instance, capacity: dict[str, float]) -> list[Violation]:
    """Check 1+1: two paths each, of which every state hits one at most; the sum of both fits."""
    violations = []
    everything = {link.id: link for link in instance.links}
    loads: dict[tuple[str, str], float] = defaultdict(float)
    for demand in instance.demands:
        if demand.value <= 0:
            continue
        paths = design.protection.get(demand.id)
        if paths is None:
            violations.append(Violation("demand", demand.id, "has no paths"))
            continue
        for path in paths:
            fault = _walk(PathFlow(demand.source, demand.target, path, demand.value), everything, instance, loads)
            if fault or (demand.hop_limit is not None and len(path) > demand.hop_limit):
                violations.append(Violation("demand", demand.id, fault or "a path is longer than its limit"))
        for state in instance.states:
            up = _up(instance, state)
            if not {demand.source, demand.target} & state.nodes and all(
                any(link not in up for link in path) for path in paths
            ):
                violations.append(Violation("demand", demand.id, f"loses both paths in state '{state.id}'"))
    for (link, way), load in sorted(loads.items()):
        if load > capacity[link] * (1 + RELATIVE) + RELATIVE:
            violations.append(Violation("link", link, f"carries {load}{way}, holds {capacity[link]}"))
    return violations
