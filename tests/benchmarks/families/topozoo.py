"""Failure sweep of real topologies: how often a node loses the hub, over all single and all double link failures.

The hub is the node with most links, the first of them in the file. A node without a path to it while nothing has failed
counts in every state. Files: JSON with `nodes` (each with `id`) and `edges` (`source`, `target`).
"""

import json
from pathlib import Path
from typing import Any

import networkx as nx

from planner.checker.survival import link_cut_offs
from planner.failures import compile_graph, counts, cut_off, link_pairs, make, singles
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem

MODEL = "cut-offs: (state, node) pairs that lose the busiest node, over all single and double link failures"


def read(path: Path) -> tuple[int, list[tuple[int, int]], int]:
    """Return the number of nodes, the links, and the hub."""
    found: dict[str, Any] = json.loads(read_text(path))
    names = [str(node["id"] if isinstance(node, dict) else node) for node in found["nodes"]]
    number = {name: index for index, name in enumerate(names)}
    edges = found.get("edges", found.get("links", []))
    links = [(number[str(edge["source"])], number[str(edge["target"])]) for edge in edges]
    degree = [0] * len(names)
    for a, b in links:
        degree[a] += a != b
        degree[b] += a != b
    return len(names), links, max(range(len(names)), key=lambda node: (degree[node], -node), default=0)


def cases(folder: Path, survivability: str | None) -> list[Case]:
    """Return one case for each file."""
    index = known(folder)
    found = []
    for path in by_file(folder, ".json"):
        name = stem(path)
        found.append(Case(name, MODEL, path, index.get(name, {}).get("best_known", "")))
    return found


def cut_offs(nodes: int, links: list[tuple[int, int]], hub: int) -> tuple[int, int]:
    """Return (state, node) cut-offs over single and over double failures."""
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    graph.add_nodes_from(f"n-{node}" for node in range(nodes))
    for index, (a, b) in enumerate(links):
        graph.add_edge(f"n-{a}", f"n-{b}", key=f"l-{index}")
    compiled = compile_graph(graph, f"n-{hub}")
    normal = make(compiled, [("normal", (), ())])
    never = int(counts(normal, cut_off(normal))[0])
    states = singles(compiled, ("link",))
    single = int(counts(states, cut_off(states)).sum()) if links else 0
    pairs = link_pairs(compiled)
    return single, int(pairs.exposure().sum()) + never * pairs.states


def solve(case: Case, time_limit_s: float) -> Solved:
    """Count, and count again by union-find."""
    nodes, links, hub = read(case.path)
    if not nodes:
        return Solved("infeasible", None, None, checked=False)
    single, double = cut_offs(nodes, links, hub)
    checked = link_cut_offs(nodes, links, hub) == (single, double)
    objective = float(single + double)
    return Solved("optimal" if checked else "unknown", objective, objective if checked else None, checked)


FAMILY = Family("topozoo", cases, solve)
