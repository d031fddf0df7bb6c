"""The plain way, for comparison: one state at a time, nothing shared with the engine but the multigraph."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations

import networkx as nx
from hypothesis import strategies as st

Down = tuple[frozenset[str], frozenset[str]]
"""Links and nodes that are down."""


@st.composite
def multigraphs(draw: st.DrawFn, *, most_nodes: int = 7, most_links: int = 12, stubs: bool = True) -> "nx.MultiGraph":
    """Draw a multigraph: parallel links, loops, bridges, pieces without the root."""
    count = draw(st.integers(1, most_nodes))
    graph = nx.MultiGraph()
    for node in range(count):
        graph.add_node(
            f"n{node}",
            transit=not stubs or draw(st.integers(0, 3)) > 0,
            up=float(draw(st.integers(0, 9))),
            down=float(draw(st.integers(0, 9))),
            groups=draw(st.sets(st.sampled_from(["zone:x", "zone:y"]), max_size=1)),
        )
    end = st.integers(0, count - 1)
    for link in range(draw(st.integers(0, most_links))):
        graph.add_edge(
            f"n{draw(end)}",
            f"n{draw(end)}",
            key=f"l{link}",
            capacity=draw(st.integers(0, 12)),
            cost=draw(st.integers(1, 3)),
            groups=draw(st.sets(st.sampled_from(["zone:x", "zone:y", "duct:z"]), max_size=2)),
        )
    return graph


def every_single(graph: "nx.MultiGraph") -> dict[str, Down]:
    """Return every single state by name."""
    found = {f"link:{key}": (frozenset({key}), frozenset()) for *_, key in graph.edges(keys=True)}
    found |= {f"node:{node}": (frozenset(), frozenset({node})) for node in graph}
    for name in {g for *_, d in graph.edges(data=True) for g in d["groups"]} | {g for n in graph for g in graph.nodes[n]["groups"]}:  # fmt: skip  # noqa: E501
        links = frozenset(key for *_, key, d in graph.edges(keys=True, data=True) if name in d["groups"])
        found[name] = links, frozenset(node for node in graph if name in graph.nodes[node]["groups"])
    return found


def join(*downs: Down) -> Down:
    return frozenset().union(*(d[0] for d in downs)), frozenset().union(*(d[1] for d in downs))


def steps(graph: "nx.MultiGraph", root: str, down: Down) -> list[tuple[str, str, str, dict]]:
    """Return the arcs that are left, each one step towards the root: (from, to, link, data)."""
    found = []
    for a, b, key, data in graph.edges(keys=True, data=True):
        if key in down[0] or a in down[1] or b in down[1] or a == b:
            continue
        for one, two in ((a, b), (b, a)):
            if one != root and (two == root or graph.nodes[two]["transit"]):
                found.append((one, two, key, data))
    return found


def lost(graph: "nx.MultiGraph", root: str, down: Down) -> set[str]:
    """Return the nodes that are up without a path to the root."""
    left = steps(graph, root, down)
    found = {root} - down[1]
    while True:
        more = {one for one, two, *_ in left if two in found and one not in found}
        if not more:
            return set(graph) - down[1] - found
        found |= more


def most(graph: "nx.MultiGraph", root: str, down: Down) -> int:
    """Return the most that reaches the root, by networkx on a simple digraph with parallel links added up."""
    flow = nx.DiGraph()
    flow.add_nodes_from(["source", root])
    for one, two, _, data in steps(graph, root, down):
        before = flow.get_edge_data(one, two, {"capacity": 0})["capacity"]
        flow.add_edge(one, two, capacity=before + data["capacity"])
    for node in graph:
        if node != root and node not in down[1]:
            flow.add_edge("source", node, capacity=int(max(graph.nodes[node]["up"], graph.nodes[node]["down"])))
    return 0 if root in down[1] else int(nx.maximum_flow_value(flow, "source", root))


def hop_paths(graph: "nx.MultiGraph", root: str, down: Down) -> dict[str, list[tuple[tuple[str, str, str], ...]]]:
    """Return every shortest path of every node, as tuples of (from, to, link)."""
    left = steps(graph, root, down)
    best: dict[str, int] = {root: 0} if root not in down[1] else {}
    for _ in graph:
        for one, two, _, data in left:
            if two in best:
                best[one] = min(best.get(one, 10**9), best[two] + data["cost"])

    def walk(node: str) -> list[tuple[tuple[str, str, str], ...]]:
        if node == root:
            return [()]
        return [
            ((one, two, key), *rest)
            for one, two, key, data in left
            if one == node and two in best and best[one] == best[two] + data["cost"]
            for rest in walk(two)
        ]

    return {node: walk(node) for node in best}


def loads(graph: "nx.MultiGraph", root: str, down: Down) -> dict[tuple[str, str, str], Fraction]:
    """Return the load of every arc, both ways, by walking every shortest path router by router."""
    found: dict[tuple[str, str, str], Fraction] = {}
    for node, paths in hop_paths(graph, root, down).items():
        data = graph.nodes[node]
        for way, amount in (("up", data["up"]), ("down", data["down"])):
            chains = paths if way == "up" else [tuple((b, a, k) for a, b, k in reversed(path)) for path in paths]
            for chain in chains:
                share = Fraction(int(amount))
                for place in range(len(chain)):
                    before = chain[:place]
                    share /= len({other[place] for other in chains if other[:place] == before})
                # the share of this very path, counted on each of its arcs
                for arc in chain:
                    found[arc] = found.get(arc, Fraction(0)) + share
    return found


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    return list(combinations(names, 2))
