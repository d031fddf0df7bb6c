"""A short tour through all nodes: the first answer of the two-edge-connected design, by 2-opt and Or-opt.

Moves are found for all pairs of positions at once; the best is made until none shortens the tour (Croes 1958; Or 1976).
Starts are the nearest neighbours from a few nodes, then kicks by double bridges from a seed.
"""

import numpy as np

from planner.connectivity.problem import Integers
from planner.limits import Watch

STARTS = 4
LONGEST_MOVED = 3
"""Nodes moved together by Or-opt."""


def tour(cost: Integers, kicks: int, watch: Watch) -> Integers:
    """Return a permutation of the nodes, shape (n,), n ≥ 3."""
    n = len(cost)
    cost = cost.astype(np.float64)
    random = np.random.default_rng(watch.limits.seed)
    found = [improved(cost, nearest(cost, start)) for start in range(0, n, max(1, n // STARTS))]
    best = min(found, key=lambda order: length(cost, order))
    for _ in range(kicks if n >= 8 else 0):
        if watch.over:
            break
        a, b, c = np.sort(random.choice(np.arange(1, n), 3, replace=False))
        other = improved(cost, np.concatenate((best[:a], best[b:c], best[a:b], best[c:])))
        if length(cost, other) < length(cost, best):
            best = other
    return best


def length(cost: np.ndarray, order: Integers) -> float:
    """Return the length of a closed tour."""
    return float(cost[order, np.roll(order, -1)].sum())


def nearest(cost: np.ndarray, start: int) -> Integers:
    """Return the tour that always goes to the nearest node not yet seen."""
    left = cost.copy()
    np.fill_diagonal(left, np.inf)
    order = [start]
    left[:, start] = np.inf
    for _ in range(len(cost) - 1):
        order.append(int(left[order[-1]].argmin()))
        left[:, order[-1]] = np.inf
    return np.array(order)


def improved(cost: np.ndarray, order: Integers) -> Integers:
    """Return a tour that neither 2-opt nor Or-opt shortens."""
    n = len(order)
    first, second = np.triu_indices(n, 1)
    while True:
        after = np.roll(order, -1)
        step = cost[order, after]
        gain = step[first] + step[second] - cost[order[first], order[second]] - cost[after[first], after[second]]
        at = int(gain.argmax())
        if gain[at] > 1e-9:
            left, right = first[at], second[at]
            order = np.concatenate((order[: left + 1], order[left + 1 : right + 1][::-1], order[right + 1 :]))
            continue
        moved = _moved(cost, order)
        if moved is None:
            return order
        order = moved


def _moved(cost: np.ndarray, order: Integers) -> Integers | None:
    """Move the best run of up to three nodes to another place; None if no move gains."""
    n = len(order)
    best, found = 1e-9, None
    for size in range(1, min(LONGEST_MOVED, n - 3) + 1):
        for flip in (False, True) if size > 1 else (False,):
            head, tail = order, np.roll(order, 1 - size)
            before, behind = np.roll(order, 1), np.roll(order, -size)
            freed = cost[before, head] + cost[tail, behind] - cost[before, behind]
            into, out = (tail, head) if flip else (head, tail)
            step = cost[order, np.roll(order, -1)]
            added = (
                cost[order[None, :], into[:, None]] + cost[out[:, None], np.roll(order, -1)[None, :]] - step[None, :]
            )
            gain = freed[:, None] - added
            index = np.arange(n)
            offset = (index[None, :] - index[:, None]) % n
            gain[(offset < size) | (offset == n - 1)] = -np.inf
            i, j = divmod(int(gain.argmax()), n)
            if gain[i, j] > best:
                best, found = float(gain[i, j]), (i, j, size, flip)
    if found is None:
        return None
    i, j, size, flip = found
    turned = np.roll(order, -i)
    run, rest = turned[:size], turned[size:]
    at = (j - i) % n - size + 1
    return np.concatenate((rest[:at], run[::-1] if flip else run, rest[at:]))
