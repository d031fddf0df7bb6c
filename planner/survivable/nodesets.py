"""Node sets whose cuts are worth looking at: connected on both sides, few links across; and their neighbours."""

import heapq

import numpy as np
from numpy.typing import NDArray

from planner.survivable.compiled import Compiled, Floats

Sets = NDArray[np.bool_]
"""Rows: node sets; columns: nodes."""


def few_links(problem: Compiled, most: int) -> Sets:
    """Return up to `most` node sets, both sides connected, those with the fewest links across first.

    Best-first growth by one node: exact for small networks, a good sample of the cuts of large ones. A set and its
    complement are one where links have no direction; the side without the first node is kept.
    """
    neighbours = _neighbours(problem)
    everything = (1 << problem.nodes) - 1
    crossing = [0] * problem.nodes
    for tail, head in zip(problem.tail.tolist(), problem.head.tolist(), strict=True):
        crossing[tail] += 1
        crossing[head] += 1
    pair: dict[tuple[int, int], int] = {}
    for tail, head in zip(problem.tail.tolist(), problem.head.tolist(), strict=True):
        for ends in ((tail, head), (head, tail)):
            pair[ends] = pair.get(ends, 0) + 1
    queue = [(crossing[node], 1, 1 << node) for node in range(1, problem.nodes)]
    seen = {bits for _, _, bits in queue}
    heapq.heapify(queue)
    found: list[int] = []
    budget = 4 * most
    while queue and len(found) < most and budget:
        budget -= 1
        links, size, bits = heapq.heappop(queue)
        if connected(everything & ~bits, neighbours):
            found.append(bits)
        around = 0
        for node in _members(bits):
            around |= neighbours[node]
        for node in _members(around & ~bits & ~1):
            grown = bits | 1 << node
            if grown not in seen and len(seen) < 12 * most:
                seen.add(grown)
                inside = sum(pair.get((node, other), 0) for other in _members(neighbours[node] & bits))
                heapq.heappush(queue, (links + crossing[node] - 2 * inside, size + 1, grown))
    sets = np.array([[bits >> node & 1 for node in range(problem.nodes)] for bits in found], dtype=bool)
    sets = sets.reshape(len(found), problem.nodes)
    return both_ways(problem, sets)


def both_ways(problem: Compiled, sets: Sets) -> Sets:
    """Add the complements where links have one direction."""
    return np.vstack([sets, ~sets]) if problem.instance.sense == "directed" else sets


def moved(sets: Sets) -> Sets:
    """Return every set that differs from one of these by one node, proper ones alone."""
    count, nodes = sets.shape
    flipped = np.repeat(sets, nodes, axis=0)
    flipped[np.arange(count * nodes), np.tile(np.arange(nodes), count)] ^= True
    size = flipped.sum(axis=1)
    return distinct(flipped[(size > 0) & (size < nodes)])


def distinct(sets: Sets) -> Sets:
    """Return each set once, in order; eight nodes are compared at a time."""
    packed = np.packbits(sets, axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    return sets[np.unique(keys, return_index=True)[1]]


def shrunk(problem: Compiled, slack: Floats, groups: int, random: np.random.Generator, tries: int) -> Sets:
    """Contract links until `groups` node groups are left, roomy links first with some chance; return all unions.

    Parameters
    ----------
    slack
        L: how roomy each link is; a link with much room is seldom in a tight cut.
    groups
        Node groups left, small: 2^(groups - 1) sets come out of each try.

    """
    unions: list[Sets] = []
    for _ in range(tries):
        order = np.argsort(-slack * random.uniform(0.5, 1.5, len(slack)), kind="stable")
        group = np.arange(problem.nodes)
        left = problem.nodes
        for link in order.tolist():
            a, b = group[problem.tail[link]], group[problem.head[link]]
            if a != b and left > groups:
                group[group == b] = a
                left -= 1
        labels, of = np.unique(group, return_inverse=True)
        masks = np.arange(1, 1 << (len(labels) - 1), dtype=np.int64)
        unions.append((masks[:, None] >> of[None, :] & 1).astype(bool))
    return both_ways(problem, distinct(np.vstack(unions))) if unions else np.zeros((0, problem.nodes), bool)


def connected(bits: int, neighbours: list[int]) -> bool:
    """Whether the nodes in a mask hang together."""
    if not bits:
        return False
    reached = bits & -bits
    frontier = reached
    while frontier:
        around = 0
        for node in _members(frontier):
            around |= neighbours[node]
        frontier = around & bits & ~reached
        reached |= frontier
    return reached == bits


def _members(bits: int) -> list[int]:
    nodes = []
    while bits:
        low = bits & -bits
        nodes.append(low.bit_length() - 1)
        bits ^= low
    return nodes


def _neighbours(problem: Compiled) -> list[int]:
    neighbours = [0] * problem.nodes
    for tail, head in zip(problem.tail.tolist(), problem.head.tolist(), strict=True):
        neighbours[tail] |= 1 << head
        neighbours[head] |= 1 << tail
    return neighbours
