"""Who is cut off, in many states at once: breadth-first search on words of 64 states.

    reached[v] ← reached[v] ∨ ⋁_{arcs v→w} ( reached[w] ∧ ¬down[arc] )        until nothing changes

One round asks all arcs in all states; as many rounds are needed as the longest detour has links. Nothing is assumed of
the graph or of the states. Bit-parallel search from many sources: Then and others, *VLDB* 8 (2014); here the many are
failure states of one source.
"""

import numpy as np

from planner.failures.graph import Ints
from planner.failures.states import Bits, States, unpack


def reached(states: States, barred: Bits | None = None) -> Bits:
    """Return nodes × words: the node is up and has a path to the root.

    Parameters
    ----------
    states
        At least one.
    barred
        Arcs × words that may not be used besides those that are down.

    """
    graph = states.graph
    allowed = ~states.arcs_down if barred is None else ~(states.arcs_down | barred)
    found = np.zeros((len(graph.nodes), states.words), dtype=np.uint64)
    found[graph.root] = states.valid & ~states.nodes_down[graph.root]
    return spread(states, allowed, found)


def spread(states: States, allowed: Bits, found: Bits) -> Bits:
    """Let what is found spread along the allowed arcs, in place, and return it."""
    graph = states.graph
    if not len(graph.starts):
        return found
    heads, starts, tails = graph.head, graph.starts, graph.tails
    live, narrow, part = np.arange(found.shape[1]), allowed, found.copy()
    while True:
        step = part[heads]
        step &= narrow
        gained = np.bitwise_or.reduceat(step, starts, axis=0)
        before = part[tails]
        gained |= before
        changed = np.flatnonzero((gained != before).any(axis=0))
        part[tails] = gained
        if not len(changed) or 2 * len(changed) < len(live):
            # a word that stands still stays as it is: only the others go on
            found[:, live] = part
            live, narrow, part = live[changed], narrow[:, changed], part[:, changed]
        if not len(changed):
            return found


def cut_off(states: States) -> Bits:
    """Return nodes × words: the node is up but has no path to the root."""
    lost: Bits = ~reached(states) & ~states.nodes_down & states.valid
    return lost


def counts(states: States, lost: Bits) -> Ints:
    """Return how many nodes are cut off in each state."""
    found = np.zeros(len(states), dtype=np.int64)
    for word in np.flatnonzero(lost.any(axis=0)):
        first = 64 * int(word)
        count = min(64, len(states) - first)
        found[first : first + count] = unpack(lost[:, word : word + 1], count).sum(axis=0)
    return found
