"""Lower bounds on hosts that need no search: volume, and dual feasible functions of each resource.

    Σ_i N_i·f(w_i) / f_max(C)  ≤  hosts,     f with  Σ_{i on a host} f(w_i) ≤ f_max(C)  whatever the host holds

f   w at once (volume); the step functions f_α of Martello and Toth (L2, 1990, §8.3) and of Fekete and Schepers
    (2001): w > C - α counts as C, w < α as 0; the rounded ⌊(k+1)w/C⌋/k of Lueker (1983)
"""

import numpy as np

from planner.packing.problem import Problem, Whole

STEPS = 100
"""Largest k of the rounded function."""


def quick_bound(problem: Problem) -> int:
    """Return the largest of the bounds; each resource alone, and the workloads that stand apart."""
    found = [0]
    if len(problem.counts):
        found.append(int((-(-problem.counts // np.maximum(problem.most, 1))).max()))
    for k, capacity in enumerate(problem.offer.tolist()):
        if capacity:
            found.append(one_resource(problem.needs[:, k], problem.counts, capacity))
    return max(found)


def one_resource(sizes: Whole, counts: Whole, capacity: int) -> int:
    """Return a lower bound on the hosts of one capacity.

    >>> one_resource(np.array([6, 2]), np.array([3, 2]), 10), one_resource(np.array([5]), np.array([3]), 10)
    (3, 2)
    >>> one_resource(np.array([34]), np.array([7]), 100)
    4
    """
    return max(_volume(sizes, counts, capacity), _steps(sizes, counts, capacity), _rounded(sizes, counts, capacity))


def _volume(sizes: Whole, counts: Whole, capacity: int) -> int:
    return -(-int(sizes @ counts) // capacity)


def _steps(sizes: Whole, counts: Whole, capacity: int) -> int:
    """Vectorised over α: sizes are sorted once, sums are prefix sums."""
    order = np.argsort(sizes, kind="stable")
    size, count = sizes[order], counts[order]
    alphas = np.unique(np.concatenate(([0], size[2 * size <= capacity])))
    number = np.concatenate(([0], np.cumsum(count)))
    volume = np.concatenate(([0], np.cumsum(count * size)))
    low = np.searchsorted(size, alphas, side="left")
    high = np.searchsorted(size, capacity - alphas, side="right")
    middle = volume[high] - volume[low]
    return int((number[-1] - number[high] - (-middle // capacity)).max(initial=0))


def _rounded(sizes: Whole, counts: Whole, capacity: int) -> int:
    """f(w) = w·k when (k+1)·w is a multiple of C, else ⌊(k+1)·w / C⌋·C, with f_max = k·C."""
    k = np.arange(1, STEPS + 1, dtype=np.int64)[:, None]
    product = (k + 1) * sizes[None, :]
    value = np.where(product % capacity == 0, k * sizes[None, :], product // capacity * capacity)
    return int((-(-(value @ counts) // (k[:, 0] * capacity))).max(initial=0))
