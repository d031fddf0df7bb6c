"""Finds places for replicas that a dealing left over: by exchange of a few workloads between two hosts.

Host h, which may take replica w, gives U to host g and takes V from it:

    free_h + Σ_U w - Σ_V w ≥ need_w        free_g - Σ_U w + Σ_V w ≥ 0        |U| ≤ 3, |V| ≤ 2

and nobody stands with too many replicas of its own. All pairs (U, V) of two hosts are tried at once.
"""

import itertools

import numpy as np

from planner.packing.problem import Whole

MOST_GIVEN, MOST_TAKEN = 3, 2
MOST_PAIRS = 60
"""Pairs of hosts tried for one replica."""

Host = dict[int, int]


class Repair:
    """Hosts, what is free on them, and who may share one."""

    def __init__(self, on: list[Host], needs: Whole, offer: Whole, apart: Whole) -> None:
        self.on, self.needs, self.apart = on, needs, apart
        self.free = np.array([offer - sum((n * needs[w] for w, n in host.items()), offer * 0) for host in on])

    def settle(self, workload: int) -> bool:
        """Find a place for one replica more of a workload; False when no exchange does."""
        need = self.needs[workload]
        may = [h for h in range(len(self.on)) if self._may(workload, h)]
        direct = [h for h in may if (self.free[h] >= need).all()]
        if direct:
            self._put(workload, direct[0])
            return True
        roomy = np.argsort(-self._room(), kind="stable").tolist()
        pairs = ((h, g) for g in roomy for h in may if h != g and (self.free[h] + self.free[g] >= need).all())
        return any(self._exchange(workload, h, g) for h, g in itertools.islice(pairs, MOST_PAIRS))

    def _room(self) -> np.ndarray:
        room: np.ndarray = (self.free / np.maximum(self.free.max(axis=0), 1)).min(axis=1)
        return room

    def _may(self, workload: int, host: int) -> bool:
        return self.on[host].get(workload, 0) < int(self.apart[workload])

    def _put(self, workload: int, host: int, times: int = 1) -> None:
        left = self.on[host].get(workload, 0) + times
        self.on[host][workload] = left
        if not left:
            del self.on[host][workload]
        self.free[host] -= times * self.needs[workload]

    def _exchange(self, workload: int, h: int, g: int) -> bool:
        given, from_h = self._sets(h, g, MOST_GIVEN)
        taken, from_g = self._sets(g, h, MOST_TAKEN)
        moved = from_h[:, None, :] - from_g[None, :, :]
        good = ((self.free[h] - self.needs[workload] + moved >= 0) & (self.free[g] - moved >= 0)).all(axis=2)
        for u, v in zip(*np.nonzero(good), strict=True):
            if workload in taken[v] or workload in given[u]:
                continue
            for name in given[u]:
                self._put(name, h, -1)
                self._put(name, g)
            for name in taken[v]:
                self._put(name, g, -1)
                self._put(name, h)
            self._put(workload, h)
            return True
        return False

    def _sets(self, source: int, target: int, most: int) -> tuple[list[tuple[int, ...]], Whole]:
        """Return the sets of workloads, one replica each, that may move, and what each needs."""
        movable = [w for w in self.on[source] if self._may(w, target)]
        sets = [s for size in range(most + 1) for s in itertools.combinations(movable, size)]
        return sets, np.array([self.needs[list(s)].sum(axis=0) for s in sets])
