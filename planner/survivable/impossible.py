"""Proof that no design exists: a bridge, a cut, or lengths that no purchasable capacity satisfies."""

import networkx as nx
import numpy as np

from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Derivation, distances
from planner.survivable.design import Impossible
from planner.survivable.metric import Metric
from planner.survivable.routing import Router

MARGIN = 1e-6


def most_capacity(problem: Compiled) -> Floats:
    """Return L: capacity with everything bought that can be useful."""
    columns = problem.columns
    return problem.existing + columns.capacity(np.where(columns.size > 0, columns.most, 0.0), problem.links)


def impossible(problem: Compiled, router: Router | None = None) -> Impossible | None:
    """Return a proof that the instance has no design, or None when it has one or none was found.

    First connection in every state, whose failure names a cut or a hop limit; then, where links cannot grow without
    end, routing with
    everything bought.
    """
    capacity = most_capacity(problem)
    for state in range(len(problem.states)):
        found = _disconnected(problem, state, capacity)
        if found is None and problem.has_hop_limits:
            found = _too_far(problem, state)
        if found is not None:
            return found
    most = float((problem.alive * problem.value).sum(axis=1).max()) if len(problem.value) else 0.0
    usable = capacity > MARGIN
    if not problem.has_hop_limits and (capacity[usable] >= most * (1 - MARGIN)).all():
        return None
    router = router or Router(problem)
    metric = Metric(problem)
    for state in range(len(problem.states)):
        lengths = router.refuse(state, capacity)
        if lengths is not None:
            for whole in metric.whole(lengths):
                found = _overfull(problem, state, whole, capacity)
                if found is not None:
                    return found
    return None


def _disconnected(problem: Compiled, state: int, capacity: Floats) -> Impossible | None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(problem.nodes))
    for start, end, lane in problem.arcs:
        if not problem.lane_down[state, lane] and capacity[problem.lane_link[lane]] > MARGIN:
            graph.add_edge(start, end)
    reached: dict[int, set[int]] = {}
    for k in np.flatnonzero(problem.alive[state]).tolist():
        source, target = int(problem.source[k]), int(problem.target[k])
        if source not in reached:
            reached[source] = {source} | nx.descendants(graph, source)
        if target not in reached[source]:
            return _cut(problem, state, reached[source], k)
    return None


def _cut(problem: Compiled, state: int, side: set[int], k: int) -> Impossible:
    """Name the cut: links that would join the two sides are down or cannot be bought."""
    instance = problem.instance
    across = [
        link
        for link, (tail, head) in enumerate(zip(problem.tail.tolist(), problem.head.tolist(), strict=True))
        if (tail in side and head not in side) or (instance.sense != "directed" and head in side and tail not in side)
    ]
    down = [link for link in across if problem.link_down[state, link]]
    crossing = [
        other
        for other in np.flatnonzero(problem.alive[state]).tolist()
        if (int(problem.source[other]) in side and int(problem.target[other]) not in side)
        or (
            instance.sense != "directed"
            and int(problem.target[other]) in side
            and int(problem.source[other]) not in side
        )
    ]
    needed = float(problem.value[crossing].sum())
    names = ", ".join(f"'{instance.links[link].id}'" for link in down)
    ends = f"'{instance.nodes[problem.source[k]]}' and '{instance.nodes[problem.target[k]]}'"
    if len(across) == len(down) == 1:
        why = f"link {names} is a bridge"
    elif down:
        why = f"links {names} are the only way across"
    else:
        why = "no link that could be bought joins the two sides"
    return Impossible(
        state=problem.states[state].id,
        side=tuple(instance.nodes[node] for node in sorted(side)),
        lengths=tuple(
            (instance.links[link].id, 1, int(instance.sense != "directed")) for link in across if link not in down
        ),
        needed=needed,
        available=0.0,
        text=f"in state '{problem.states[state].id}' there is no path between {ends}: {why}, and {needed:g} must cross",
    )


def _too_far(problem: Compiled, state: int) -> Impossible | None:
    """Name a demand whose ends are joined, but by no path within its hop limit."""
    away = distances(problem, state, np.zeros(problem.lanes))
    for k in np.flatnonzero(~np.isfinite(away)).tolist():
        instance, name = problem.instance, problem.states[state].id
        ends = f"'{instance.nodes[problem.source[k]]}' and '{instance.nodes[problem.target[k]]}'"
        text = f"in state '{name}' there is no path of {problem.hop_limit[k]} links or fewer between {ends}"
        return Impossible(name, (), (), float("inf"), 0.0, text)
    return None


def _overfull(problem: Compiled, state: int, whole: Floats, capacity: Floats) -> Impossible | None:
    derivation = Derivation(problem)
    live = np.where(problem.lane_down[state], 0.0, whole)
    weights = np.bincount(problem.lane_link, weights=live, minlength=problem.links)
    needed = derivation.needed(state, whole) + float(weights @ problem.existing)
    available = float(weights @ capacity)
    if not needed > available * (1 + MARGIN) + MARGIN:
        return None
    lengths = tuple((problem.instance.links[link].id, *both) for link, both in by_link(problem, live).items())
    names = ", ".join(f"'{name}'" for name, _, _ in lengths)
    name = problem.states[state].id
    text = f"in state '{name}' the links {names} hold {available:g} at most, times their lengths; {needed:g} is needed"
    return Impossible(name, (), lengths, needed, available, text)


def by_link(problem: Compiled, lengths: Floats) -> dict[int, tuple[int, int]]:
    """Return link → (length there, length back) of lanes with a length."""
    both: dict[int, list[int]] = {}
    first: dict[int, int] = {}
    for lane in np.flatnonzero(lengths > 0).tolist():
        link = int(problem.lane_link[lane])
        at = both.setdefault(link, [0, 0])
        if problem.instance.sense == "bidirected":
            if link not in first:
                first[link] = int(np.flatnonzero(problem.lane_link == link)[0])
            at[lane - first[link]] = int(lengths[lane])
        else:
            at[0] = int(lengths[lane])
            at[1] = 0 if problem.instance.sense == "directed" else int(lengths[lane])
    return {link: (there, back) for link, (there, back) in both.items()}
