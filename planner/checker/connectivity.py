"""Checks a two-edge-connected design: edges of the graph, each once, no bridge, everything reached, the price adds up.

Bridges are found by Tarjan's low points (1974), with a stack of its own instead of recursion.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from planner.checker.violation import Violation


def verify(cost: Sequence[Sequence[int]], edges: Iterable[tuple[int, int]], objective: float) -> list[Violation]:
    """Return what is wrong with a design.

    Parameters
    ----------
    cost
        Shape (n, n).
    edges
        Pairs of nodes.
    objective
        The price that is claimed.

    """
    n, bought = len(cost), list(edges)
    found: list[Violation] = []
    seen: set[frozenset[int]] = set()
    for a, b in bought:
        if not (0 <= a < n and 0 <= b < n) or a == b:
            return [Violation("edge", f"{a}-{b}", f"is no edge of {n} nodes")]
        if frozenset((a, b)) in seen:
            found.append(Violation("edge", f"{a}-{b}", "is bought twice"))
        seen.add(frozenset((a, b)))
    found += [Violation("edge", f"{a}-{b}", "cuts the network when it fails") for a, b in bridges(n, bought)]
    paid = sum(cost[a][b] for a, b in bought)
    if paid != objective:
        found.append(Violation("cost", "design", f"sums to {paid}, not {objective}"))
    return found


def bridges(n: int, edges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the edges whose loss cuts something off; (0, node) for a node that cannot be reached at all."""
    beside: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for index, (a, b) in enumerate(edges):
        beside[a].append((b, index))
        beside[b].append((a, index))
    when, low = {0: 0}, {0: 0}
    stack = [(0, -1, iter(beside[0]))]
    while stack:
        node, came, rest = stack[-1]
        for other, index in rest:
            if index == came:
                continue
            if other in when:
                low[node] = min(low[node], when[other])
                continue
            when[other] = low[other] = len(when)
            stack.append((other, index, iter(beside[other])))
            break
        else:
            stack.pop()
            if stack:
                above = stack[-1][0]
                low[above] = min(low[above], low[node])
                if low[node] > when[above]:
                    yield above, node
    yield from ((0, node) for node in range(n) if node not in when)
