"""Prices patterns: the most valuable filling of a host, exact, by dynamic programming over what is used of it.

    f_t(c) = max(f_{t-1}(c), π_t + f_{t-1}(c - w_t))         kinds t largest first, 0 ≤ c ≤ C          (Bellman)

c runs over one axis for each resource. Copies of a kind are bundled in powers of two. Values are whole numbers: the
maximum is exact.
"""

import math

import numpy as np

from planner.packing.problem import Problem, Whole

MOST_CELLS = 1 << 17
"""Cells of the table up to which this is quicker than a search."""


def reduced(needs: Whole, offer: Whole) -> tuple[Whole, Whole]:
    """Divide each resource by the greatest common divisor of its needs; drop resources that never bind alone.

    >>> reduced(np.array([[4, 1], [6, 1]]), np.array([13, 5]))[1].tolist()
    [6, 5]
    """
    divisor = np.maximum(np.gcd.reduce(needs, axis=0), 1)
    return needs // divisor, offer // divisor


class Knapsack:
    """The kinds of a problem on one host."""

    def __init__(self, problem: Problem) -> None:
        needs, offer = reduced(problem.needs, problem.offer)
        self.shape = tuple(int(c) + 1 for c in offer)
        self.kinds = problem.kinds
        self.bundles: list[tuple[int, int, tuple[int, ...]]] = []
        for kind in range(problem.kinds):
            left, size = int(problem.most[kind]), 1
            while left > 0:
                times = min(size, left)
                self.bundles.append((kind, times, tuple(int(w) * times for w in needs[kind])))
                left, size = left - times, 2 * size
        self._take = np.zeros((len(self.bundles), *self.shape), dtype=bool)

    @staticmethod
    def cells(problem: Problem) -> int:
        """Return the size of the table."""
        _, offer = reduced(problem.needs, problem.offer)
        return math.prod(int(c) + 1 for c in offer)

    def best(self, value: Whole, above: int, columns: int) -> tuple[int, list[Whole]]:
        """Return the largest value of a pattern, and up to `columns` patterns of a value above `above`, best first."""
        f = np.zeros(self.shape, dtype=np.int64)
        self._take[:] = False
        ends: list[tuple[int, int]] = []
        for t, (kind, times, weight) in enumerate(self.bundles):
            gain = int(value[kind]) * times
            if gain <= 0:
                continue
            after = tuple(slice(w, None) for w in weight)
            before = tuple(slice(0, full - w) for w, full in zip(weight, self.shape, strict=True))
            new = f[before] + gain
            take = np.greater(new, f[after], out=self._take[t][after])
            np.copyto(f[after], new, where=take)
            if take[(-1,) * len(self.shape)]:
                ends.append((int(f[(-1,) * len(self.shape)]), t))
        chosen = sorted((end for end in ends if end[0] > above), reverse=True)[:columns]
        return int(f[(-1,) * len(self.shape)]), [self._pattern(t) for _, t in chosen]

    @property
    def dear(self) -> bool:
        """Never: the table has every proof."""
        return False

    def quick(self, value: Whole, above: int, columns: int) -> list[Whole]:
        """Return the best ones: they take no longer."""
        return self.best(value, above, columns)[1]

    def _pattern(self, last: int) -> Whole:
        found, at = np.zeros(self.kinds, dtype=np.int64), [full - 1 for full in self.shape]
        for t in range(last, -1, -1):
            if self._take[t][tuple(at)]:
                kind, times, weight = self.bundles[t]
                found[kind] += times
                at = [c - w for c, w in zip(at, weight, strict=True)]
        return found
