"""A spanning tree from the root, with subtrees as runs of one order."""

import numpy as np

from planner.failures.graph import Bools, FailureGraph, Ints


class Tree:
    """Breadth-first tree over the nodes that the root reaches; ties go to the lower link."""

    def __init__(self, graph: FailureGraph) -> None:
        self.graph = graph
        size = len(graph.nodes)
        self.parent: Ints = np.full(size, -1, dtype=np.int64)
        """Node → node above, -1 for the root and what it does not reach."""
        self.link: Ints = np.full(size, -1, dtype=np.int64)
        """Node → link to the node above."""
        steps: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        for link, (a, b) in enumerate(zip(graph.a.tolist(), graph.b.tolist(), strict=True)):
            if a != b:
                steps[a].append((b, link))
                steps[b].append((a, link))
        children: list[list[int]] = [[] for _ in range(size)]
        seen = [False] * size
        seen[graph.root] = True
        queue = [graph.root]
        for node in queue:
            for to, link in steps[node]:
                if not seen[to]:
                    seen[to] = True
                    self.parent[to], self.link[to] = node, link
                    children[node].append(to)
                    queue.append(to)
        self.order: list[int] = []
        """Nodes reached, every node before those below it."""
        stack = [graph.root]
        while stack:
            node = stack.pop()
            self.order.append(node)
            stack += reversed(children[node])
        self.first: Ints = np.zeros(size, dtype=np.int64)
        """Node → place in the order."""
        self.first[self.order] = np.arange(len(self.order))
        count = np.ones(size, dtype=np.int64)
        for node in reversed(self.order[1:]):
            count[self.parent[node]] += count[node]
        self.count = count
        """Node → size of its subtree, itself included."""
        self._run = np.array(self.order, dtype=np.int64)
        self._lower = {int(self.link[node]): node for node in self.order[1:]}

    def outer_links(self) -> Ints:
        """Return the links between reached nodes that are not in the tree, loops left out."""
        graph = self.graph
        inside = np.zeros(len(graph.nodes), dtype=bool)
        inside[self.order] = True
        outer: Bools = inside[graph.a] & inside[graph.b] & (graph.a != graph.b)
        outer[self.link[self.link >= 0]] = False
        return np.flatnonzero(outer)

    def below(self, link: int) -> Ints:
        """Return the nodes below a link of the tree."""
        node = self._lower[link]
        run: Ints = self._run[self.first[node] : self.first[node] + self.count[node]]
        return run

    def is_below(self, link: int, upper: int) -> bool:
        """Tell whether a link of the tree is below another one."""
        node, top = self._lower[link], self._lower[upper]
        return bool(self.first[top] < self.first[node] < self.first[top] + self.count[top])

    def under(self, upper: int, links: Ints) -> Bools:
        """Return which of these links of the tree are below one."""
        return np.array([self.is_below(int(link), upper) for link in links], dtype=bool)
