"""Finds subset rows of three kinds that a fractional solution breaks."""

import numpy as np

from planner.packing.problem import Whole
from planner.packing.relaxation import Relaxation

MOST_CUTS = 60
MOST_TRIED = 4000
ENOUGH = 1e-4


def violated(relaxation: Relaxation, counts: Whole) -> list[Whole]:
    """Return the most violated sets, the worst first.

    A set can only be violated when its pairs meet in patterns of total value above half its right side: this bound is
    computed for all sets at once, the exact value for the most promising ones.
    """
    x = relaxation.values
    support = np.flatnonzero(x > 1e-9)
    a, x = np.array([relaxation.patterns[p] for p in support], dtype=np.int64), x[support]
    has = (a > 0).astype(float)
    pair = has.T @ (has * x[:, None])
    np.fill_diagonal(pair, 0.0)
    double = (a // 2).T @ x
    tried: list[tuple[float, int, int, int]] = []
    n = len(counts)
    for i in range(n - 2):
        near = np.flatnonzero(pair[i, i + 1 :] > ENOUGH) + i + 1
        if len(near) < 2:
            continue
        score = pair[i, near][:, None] + pair[i, near][None, :] + pair[np.ix_(near, near)]
        score += double[i] + double[near][:, None] + double[near][None, :]
        right = (counts[i] + counts[near][:, None] + counts[near][None, :]) // 2
        j, k = np.nonzero(np.triu(score - right > ENOUGH, 1))
        excess = (score - right)[j, k]
        best = np.argsort(-excess, kind="stable")[:200]
        tried += [(-float(excess[b]), i, int(near[j[b]]), int(near[k[b]])) for b in best]
    tried.sort()
    found: list[tuple[float, int, int, int]] = []
    for _, i, j, k in tried[:MOST_TRIED]:
        over = float((a[:, [i, j, k]].sum(axis=1) // 2) @ x) - int(counts[[i, j, k]].sum()) // 2
        if over > ENOUGH:
            found.append((-over, i, j, k))
    found.sort()
    return [np.array(members) for _, *members in found[:MOST_CUTS]]
