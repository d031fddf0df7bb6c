"""Who is cut off by each pair of links: all of them at once, exactly, from one spanning tree.

Take a spanning tree from the root. A link of the tree is covered by the links outside it whose tree path runs over it;
X[e] is the set of links that cover e, kept as a row of bits, and X[f] = {f} for a link f outside the tree. Then

    e is a bridge                 ⇔  X[e] = ∅
    {e, f} without a bridge cuts  ⇔  X[e] = X[f]

for a pair cuts if and only if every cycle meets it an even number of times, and the cycles that the outer links close
span all cycles (Pritchard, Thurimella: Fast computation of small cuts via cycle space sampling, *ACM Transactions on
Algorithms* 7, 2011; they draw the sets at random, here they are kept whole, so nothing is left to chance). The links
with one set, k of them, hold k pieces of the graph together as a ring. With the root's piece at position 0, the pair of
ring links x < y cuts off positions x … y-1: a node at position p is cut off by p·(k-p) pairs of the ring.

A bridge cuts off its subtree, whatever else fails. Requires that every node lets traffic of others pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.failures.graph import Bools, FailureGraph, Ints
from planner.failures.states import Bits
from planner.failures.tree import Tree


@dataclass(frozen=True)
class Ring:
    """Links of which any two are a cut, in the order of the ring, and where each node stands."""

    links: tuple[int, ...]
    """Ring link x joins positions x and x+1; the last one joins the last position and 0."""
    nodes: Ints
    """Nodes outside the root's piece."""
    position: Ints
    """Their positions, 1 … k-1."""


@dataclass(frozen=True)
class LinkPairs:
    """What every pair of links does; 'cut off' means having lost a path that was there with nothing failed."""

    graph: FailureGraph
    tree: Tree
    bridge: Bools
    """Link → it is a bridge between the root and others."""
    rings: tuple[Ring, ...]

    @property
    def states(self) -> int:
        """Number of pairs."""
        links = len(self.graph.links)
        return links * (links - 1) // 2

    @cached_property
    def place(self) -> dict[int, tuple[int, int]]:
        """Link → its ring and where it stands in it."""
        return {link: (r, x) for r, ring in enumerate(self.rings) for x, link in enumerate(ring.links)}

    def cut_off(self, one: int, two: int) -> Bools:
        """Return which nodes a pair of links cuts off."""
        lost = np.zeros(len(self.graph.nodes), dtype=bool)
        for link in (one, two):
            if self.bridge[link]:
                lost[self.tree.below(link)] = True
        first, second = self.place.get(one), self.place.get(two)
        if first and second and first[0] == second[0] and one != two:
            ring = self.rings[first[0]]
            x, y = sorted((first[1], second[1]))
            lost[ring.nodes[(ring.position > x) & (ring.position <= y)]] = True
        return lost

    def exposure(self) -> Ints:
        """Return node → number of pairs that cut it off."""
        links = len(self.graph.links)
        passed = np.zeros(len(self.graph.nodes), dtype=np.int64)
        for link in np.flatnonzero(self.bridge):
            passed[self.tree.below(int(link))] += 1
        others = links - passed
        found: Ints = self.states - others * (others - 1) // 2
        for ring in self.rings:
            found[ring.nodes] += ring.position * (len(ring.links) - ring.position)
        return found

    def counts(self) -> NDArray[np.int32]:
        """Return links × links: how many nodes each pair cuts off; the diagonal is each link alone."""
        links = len(self.graph.links)
        alone = np.zeros(links, dtype=np.int32)
        bridges = np.flatnonzero(self.bridge)
        for link in bridges:
            alone[link] = len(self.tree.below(int(link)))
        found = alone[:, None] + alone[None, :]
        for one in bridges:
            # of two bridges one below the other the lower one adds nothing
            under = bridges[self.tree.under(int(one), bridges)]
            found[one, under] = found[under, one] = alone[one]
        for ring in self.rings:
            size = np.bincount(ring.position, minlength=len(ring.links))
            upto = np.concatenate([[0], np.cumsum(size[1:])])
            at = np.array(ring.links)
            found[np.ix_(at, at)] = np.abs(upto[:, None] - upto[None, :])
        np.fill_diagonal(found, alone)
        return found

    def ring_cuts(self) -> Iterator[tuple[int, int, Ints]]:
        """Return every pair without a bridge that cuts somebody off, with the nodes."""
        for ring in self.rings:
            for x in range(len(ring.links)):
                for y in range(x + 1, len(ring.links)):
                    chosen = ring.nodes[(ring.position > x) & (ring.position <= y)]
                    yield ring.links[x], ring.links[y], chosen


def link_pairs(graph: FailureGraph) -> LinkPairs:
    """Work out every pair of links.

    Raises
    ------
    ValueError
        A node without transit: use `planner.failures.element_pairs`.

    """
    if not graph.transit.all():
        message = "pairs of links by cycles want every node to let traffic pass"
        raise ValueError(message)
    tree = Tree(graph)
    outer = tree.outer_links()
    cover = _cover(graph, tree, outer)
    bridge = np.zeros(len(graph.links), dtype=bool)
    same: dict[bytes, list[int]] = {}
    for node in tree.order[1:]:
        link = int(tree.link[node])
        if cover[node].any():
            same.setdefault(cover[node].tobytes(), []).append(link)
        else:
            bridge[link] = True
    single = {}
    for index, link in enumerate(outer):
        row = np.zeros(cover.shape[1], dtype=np.uint64)
        row[index // 64] = np.uint64(1) << np.uint64(index % 64)
        single[row.tobytes()] = int(link)
    rings = []
    for key, members in same.items():
        last = single.get(key)
        if len(members) + (last is not None) > 1:
            rings.append(_ring(tree, members, last))
    return LinkPairs(graph, tree, bridge, tuple(rings))


def _cover(graph: FailureGraph, tree: Tree, outer: Ints) -> Bits:
    """Return nodes × words: the outer links that cover the link of the tree above a node."""
    words = max(1, -(-len(outer) // 64))
    cover = np.zeros((len(graph.nodes), words), dtype=np.uint64)
    count = np.arange(len(outer), dtype=np.int64)
    bit = np.uint64(1) << (count % 64).astype(np.uint64)
    for ends in (graph.a[outer], graph.b[outer]):
        np.bitwise_xor.at(cover, (ends, count // 64), bit)
    for node in reversed(tree.order[1:]):
        cover[tree.parent[node]] ^= cover[node]
    return cover


def _ring(tree: Tree, members: list[int], outer: int | None) -> Ring:
    """Lay the links of one set round the ring: down one branch, over, up the other.

    `members` are links of the tree, upper ones before lower ones on each branch; there are at most two branches, for
    the tree path of an outer link has two ends.
    """
    first = [members[0]]
    second: list[int] = []
    for link in members[1:]:
        branch = first if tree.is_below(link, first[-1]) else second
        branch.append(link)
    links = (*first, *(() if outer is None else (outer,)), *reversed(second))
    position = np.zeros(len(tree.parent), dtype=np.int64)
    for index, link in enumerate(first):
        position[tree.below(link)] = index + 1
    for index, link in enumerate(second):
        if outer is None and index == len(second) - 1:
            break  # below both branches is one piece, which the first branch has placed
        position[tree.below(link)] = len(links) - index - 1
    if outer is None and second:
        position[tree.below(second[-1])] = len(first)
    nodes = np.flatnonzero(position)
    return Ring(links, nodes, position[nodes])
