"""Fills host after host to the brim where nearly every workload has a size of its own: least slack by looked-up pairs.

    min  max_k ω_k · (C_k - Σ_{i on the host} w_ik) / C_k        over pairs of the workloads that are left      (slack)

ω_k  total need of resource k in hosts, over that of the scarcest      w, C  need and offer

The largest workload left goes first, then those that keep the rest of the host in proportion to what is to come, until
about three average ones have room. Then pairs: for a sample of first workloads the best second ones are the nearest
neighbours of what would be left (k-d tree: Bentley 1975). Least slack of one host after the other: Gupta, Ho (1999).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.limits import Watch
from planner.packing.problem import Problem, Whole
from planner.packing.rules import Packing

FIRST, NEAREST, RENEW = 128, 8, 40
"""First workloads of a pair, second ones looked up for each, hosts after which the tree is made again."""
SAMPLE, LARGE_SAMPLE = 400, 1000
"""Workloads looked at for one place, for the first of a pair."""
ROOM = 3.0
"""Average workloads that have room when pairs begin."""
MOST_RESOURCES = 3
"""Above, no pair comes near all of them."""

Shares = NDArray[np.float64]


def applies(problem: Problem) -> bool:
    """Whether workloads may share hosts freely, and so few resources bind that pairs can fill them."""
    return bool((problem.most >= np.minimum(problem.counts, 2)).all()) and problem.needs.shape[1] <= MOST_RESOURCES


def to_the_brim(problem: Problem, watch: Watch) -> Packing | None:
    """Return a packing; None when the time was over before it was complete."""
    kind = np.repeat(np.arange(problem.kinds), problem.counts)
    filling = _Filling(problem.needs[kind], problem.offer)
    found: Packing = []
    while (host := filling.next()) is not None:
        if watch.over:
            return None
        pattern: Any = np.zeros(problem.kinds, dtype=np.int32)  # narrow: thousands of them
        np.add.at(pattern, kind[host], 1)
        found.append((pattern, 1))
    return found


@dataclass(slots=True)
class _Open:
    """The host that is being filled."""

    free: Whole
    on: list[int]


class _Filling:
    """Workloads that are left, with what finds them quickly."""

    def __init__(self, needs: Whole, offer: Whole) -> None:
        self.needs, self.offer = needs, offer
        self.size: Shares = needs / np.maximum(offer, 1)
        self.total: Shares = self.size.sum(axis=0)
        self.weight: Shares = self.total / max(float(self.total.max(initial=0.0)), 1e-12)
        self.alive = np.ones(len(needs), dtype=bool)
        self.order = np.argsort(-(self.size @ self.weight), kind="stable")
        self.lead, self.hosts = 0, 0
        self._renew()

    def next(self) -> list[int] | None:
        """Fill one host; None when nothing is left."""
        while self.lead < len(self.order) and not self.alive[self.order[self.lead]]:
            self.lead += 1
        if self.lead == len(self.order):
            return None
        if self.hosts and self.hosts % RENEW == 0:
            self._renew()
        host = _Open(self.offer.copy(), [])
        self._put(host, int(self.order[self.lead]))
        goal = np.minimum(1.0, self.total / max(1.0, float(np.ceil(self.total.max() - 1e-9))))
        while self._large(host, goal):
            pass
        while self._pair(host):
            pass
        self.total = self.total - self.size[host.on].sum(axis=0)
        self.hosts += 1
        return host.on

    def _renew(self) -> None:
        self.live = np.flatnonzero(self.alive)
        self.tree = KDTree(self.size[self.live] * self.weight) if len(self.live) else None
        self.mean: Shares = self.size[self.live].mean(axis=0) if len(self.live) else np.ones(len(self.offer))

    def _put(self, host: _Open, workload: int) -> None:
        host.on.append(workload)
        host.free = host.free - self.needs[workload]
        self.alive[workload] = False

    def _some(self, host: _Open, most: int) -> Whole:
        """Return evenly spaced workloads that are left and fit; others of them for every host."""
        step = max(1, len(self.live) // most)
        some = self.live[self.hosts % step :: step]
        fit: Whole = some[self.alive[some] & (self.needs[some] <= host.free).all(axis=1)]
        return fit

    def _large(self, host: _Open, goal: Shares) -> bool:
        """Add one workload that keeps what is to come in proportion; False when pairs are to begin."""
        rest = host.free / np.maximum(self.offer, 1)
        if float((rest / np.maximum(self.mean, 1e-12)).min()) < ROOM:
            return False
        some = self._some(host, SAMPLE)
        if not len(some):
            return False
        want = np.maximum(0.0, goal - (1 - rest))
        self._put(host, int(some[np.argmin(((want - self.size[some]) ** 2) @ self.weight)]))
        return True

    def _pair(self, host: _Open) -> bool:
        """Add the two workloads, or the one, that leave least; False when nothing fits."""
        first = self._some(host, LARGE_SAMPLE)
        if not len(first):
            first = self.live[self.alive[self.live] & (self.needs[self.live] <= host.free).all(axis=1)]
        if not len(first) or self.tree is None:
            return False
        first = first[:: max(1, len(first) // FIRST)]
        left = host.free / np.maximum(self.offer, 1) - self.size[first]
        near = self.tree.query(np.maximum(left, 0.0) * self.weight, k=min(NEAREST, len(self.live)))[1]
        second = self.live[np.asarray(near).reshape(len(first), -1)]
        good = self.alive[second] & (second != first[:, None])
        good &= (self.needs[second] + self.needs[first][:, None, :] <= host.free).all(axis=2)
        slack = np.where(good, ((left[:, None, :] - self.size[second]) * self.weight).max(axis=2), np.inf)
        alone = (left * self.weight).max(axis=1)
        row, column = divmod(int(np.argmin(slack)), slack.shape[1])
        if slack[row, column] <= alone.min():
            self._put(host, int(first[row]))
            self._put(host, int(second[row, column]))
        else:
            self._put(host, int(first[np.argmin(alone)]))
        return True
