"""Who is cut off by each pair of anything: links, nodes, risk groups; by search on words of 64 partners at once."""

from collections.abc import Iterator

import numpy as np

from planner.failures.graph import Ints
from planner.failures.reach import counts, spread
from planner.failures.states import WORD, Bits, States


def partners(singles: States) -> Iterator[tuple[int, Bits]]:
    """Return for every single state who is cut off (nodes × words) when it and another one hold together.

    The bits of the states up to it are 0: every pair is there once, and no state with itself.
    """
    graph = singles.graph
    link_down, node_down, valid = singles.arcs_down, singles.nodes_down, singles.valid
    for k in range(len(singles)):
        first = (k + 1) // WORD
        if first >= singles.words:
            yield k, np.zeros((len(graph.nodes), 0), dtype=np.uint64)
            continue
        later = valid[first:].copy()
        later[0] &= ~np.uint64(0) << np.uint64((k + 1) % WORD)
        links, nodes = singles.of(k)
        allowed = ~link_down[:, first:]
        allowed[np.isin(graph.link, links) | np.isin(graph.tail, nodes) | np.isin(graph.head, nodes)] = 0
        alive = ~node_down[:, first:] & later
        alive[nodes] = 0
        found = np.zeros_like(alive)
        found[graph.root] = alive[graph.root]
        lost = alive & ~spread(singles, allowed, found)
        if first:
            lost = np.concatenate([np.zeros((len(lost), first), dtype=np.uint64), lost], axis=1)
        yield k, lost


def exposure(singles: States) -> tuple[int, Ints, list[tuple[int, str, str]]]:
    """Return the number of pairs that cut anybody off, node → number of them that cut it off, and the worst ten.

    The worst are (nodes cut off, one, other), most first, ties by name.
    """
    total, found = 0, np.zeros(len(singles.graph.nodes), dtype=np.int64)
    worst: list[tuple[int, str, str]] = []
    for k, lost in partners(singles):
        if not lost.any():
            continue
        found += np.bitwise_count(lost).sum(axis=1, dtype=np.int64)
        many = counts(singles, lost)
        total += int((many > 0).sum())
        top = np.argsort(-many, kind="stable")[:10]
        worst += [(int(many[j]), singles.names[k], singles.names[j]) for j in top if many[j]]
        worst = sorted(worst, key=lambda row: (-row[0], row[1], row[2]))[:10]
    return total, found, worst
