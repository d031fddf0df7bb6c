"""Counts by union-find what single and double link failures cut off: plain, slow, and nobody else's code.

For every first link the others are taken out one at a time by halves: to answer for a half, everything of the other
half is joined first, the joins are undone afterwards. No cycles, no trees, no words of bits.
"""

from collections.abc import Sequence


class Pieces:
    """Union-find by size without path compression, so that joins can be undone in reverse."""

    def __init__(self, nodes: int) -> None:
        self.above = list(range(nodes))
        self.size = [1] * nodes
        self.joined: list[int] = []

    def find(self, node: int) -> int:
        """Return the name of a node's piece."""
        while self.above[node] != node:
            node = self.above[node]
        return node

    def join(self, a: int, b: int) -> None:
        """Make two nodes' pieces one; note it, even when they were one already."""
        a, b = self.find(a), self.find(b)
        if a == b:
            self.joined.append(-1)
            return
        if self.size[a] < self.size[b]:
            a, b = b, a
        self.above[b] = a
        self.size[a] += self.size[b]
        self.joined.append(b)

    def undo(self, until: int) -> None:
        """Take back the joins after the first `until`."""
        while len(self.joined) > until:
            child = self.joined.pop()
            if child >= 0:
                self.size[self.above[child]] -= self.size[child]
                self.above[child] = child


def link_cut_offs(nodes: int, links: Sequence[tuple[int, int]], hub: int) -> tuple[int, int]:
    """Return the (state, node) pairs without a path to the hub over all single, and over all double, link failures."""
    pieces = Pieces(nodes)

    def apart() -> int:
        return nodes - pieces.size[pieces.find(hub)]

    def without_each(chosen: range) -> int:
        """Return the nodes cut off, summed over taking out each one of the chosen; the rest is joined already."""
        if not len(chosen):
            return 0
        if len(chosen) == 1:
            return apart()
        middle, total, before = len(chosen) // 2, 0, len(pieces.joined)
        for part, other in ((chosen[:middle], chosen[middle:]), (chosen[middle:], chosen[:middle])):
            for link in other:
                pieces.join(*links[link])
            total += without_each(part)
            pieces.undo(before)
        return total

    single = without_each(range(len(links)))
    double = 0
    for first in range(len(links)):
        for link in range(first):
            pieces.join(*links[link])
        double += without_each(range(first + 1, len(links)))
        pieces.undo(0)
    return single, double
