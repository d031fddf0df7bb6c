"""Fills host after host to the brim where nearly every workload has a size of its own: least slack by looked-up pairs.

    min  Σ_k μ_k · | (C_k - Σ_{i on the host} w_ik) / C_k - σ_k |    over pairs of the workloads left        (slack)
    σ_k = 1 - T_k / max_k T_k

w, C need and offer    T_k  need of resource k of all that is left, in hosts: a host may leave σ_k of it on average
μ_k  1 for the scarcest resource, less for the others: what one host is off, the next ones make up for

Workloads that are large come first, the others in a drawn order, so that those that are left are always like those
that were there: of a few the one that keeps the host's use in proportion, until about three average ones have room.
Then pairs: for a sample of first workloads the best second ones are the nearest neighbours of what would be left (k-d
tree: Bentley 1975); where no pair comes near, the workload that leaves room for two average ones goes before it. The
last workloads are few and fill worse, so they are packed in several styles, each looking at more pairs, until one
reaches the bound. Least slack of one host after the other: Gupta, Ho (1999).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.limits import Watch
from planner.packing.problem import Problem, Whole
from planner.packing.rules import Packing

NEAREST, RENEW = 8, 40
"""Second workloads looked up for each first one, hosts after which the tree is made again."""
SEED = 1
"""Of the order in which workloads come: they are alike all the way."""
SAMPLE = 1000
"""Workloads looked at for the first of a pair."""
LARGE = 0.34
"""Share of a host from which workloads come first, the largest one before the others."""
ROOM = 3.0
"""Average workloads that have room when pairs begin."""
LOOSE = 0.02
"""Share of a host: when the best pair leaves more, one workload goes before it, if there may be room for three."""
BEFORE = 1.6
"""Average workloads that have room when one goes before a pair."""
MOST_RESOURCES = 3
"""Above, no pair comes near all of them."""
TAIL = 1500
"""Workloads that are packed in several styles."""

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Style:
    """How a host is filled."""

    few: int = 20
    """Workloads of which the one goes on a host that keeps its use in proportion."""
    other: float = 0.3
    """μ of the resources that are not the scarcest."""
    first: int = 80
    """First workloads of a pair."""


HEAD = Style()
STYLES = (
    Style(20, 1.0, 600), Style(60, 0.1, 400), Style(20, 0.3, 400), Style(20, 0.1, 600), Style(10, 0.3, 600),
    Style(40, 0.1, 900), Style(30, 0.3, 900), Style(15, 0.5, 900),
)  # fmt: skip
ENOUGH = 4
"""Styles after which one host above the bound is enough."""


def applies(problem: Problem) -> bool:
    """Whether workloads may share hosts freely, and so few resources bind that pairs can fill them."""
    return bool((problem.most >= np.minimum(problem.counts, 2)).all()) and problem.needs.shape[1] <= MOST_RESOURCES


def to_the_brim(problem: Problem, watch: Watch, bound: int = 0) -> Packing | None:
    """Return a packing; None when the time was over before it was complete.

    Parameters
    ----------
    bound
        No packing has fewer hosts: with so many the search ends.

    """
    kind = np.random.default_rng(SEED).permutation(np.repeat(np.arange(problem.kinds), problem.counts))
    needs = problem.needs[kind]
    head = _Filling(needs, problem.offer, HEAD)
    hosts = head.fill(TAIL, watch)
    rest = np.flatnonzero(head.alive)
    least = max(bound - len(hosts), int(np.ceil(head.total.max(initial=0.0) - 1e-9)))
    best: list[Whole] | None = None
    for number, style in enumerate(STYLES):
        tail = _Filling(needs[rest], problem.offer, style)
        found = [rest[host] for host in tail.fill(0, watch)]
        if tail.alive.any():
            break
        if best is None or len(found) < len(best):
            best = found
        if len(best) <= least + (number >= ENOUGH):
            break
    if best is None:
        return None
    packing: Packing = []
    for host in [*hosts, *best]:
        pattern: Any = np.zeros(problem.kinds, dtype=np.int32)  # narrow: thousands of them
        np.add.at(pattern, kind[host], 1)
        packing.append((pattern, 1))
    return packing


@dataclass(slots=True)
class _Open:
    """The host that is being filled."""

    free: Whole
    on: list[int]


class _Filling:
    """Workloads that are left, with what finds them quickly."""

    def __init__(self, needs: Whole, offer: Whole, style: Style) -> None:
        self.needs, self.offer, self.style = needs, offer, style
        self.size: Shares = needs / np.maximum(offer, 1)
        self.total: Shares = self.size.sum(axis=0)
        self.alive = np.ones(len(needs), dtype=bool)
        largest = self.size.max(axis=1, initial=0.0)
        self.order = np.argsort(-np.where(largest > LARGE, largest, 0.0), kind="stable")
        self.lead, self.left, self.hosts = 0, len(needs), 0
        self._renew()

    def fill(self, leave: int, watch: Watch) -> list[Whole]:
        """Fill hosts until so few workloads are left, or the time is over."""
        found: list[Whole] = []
        while self.left > leave and not watch.over and (host := self.next()) is not None:
            found.append(np.array(host))
        return found

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
        self.spare: Shares = 1.0 - self.total / max(float(self.total.max()), 1e-12)
        while self._one(host):
            pass
        while self._pair(host):
            pass
        self.total = self.total - self.size[host.on].sum(axis=0)
        self.hosts += 1
        return host.on

    def _renew(self) -> None:
        self.live = np.flatnonzero(self.alive)
        scarcest = self.total >= self.total.max(initial=0.0) * (1 - 1e-9)
        self.metric: Shares = np.where(scarcest, 1.0, self.style.other)
        self.tree = KDTree(self.size[self.live] * self.metric) if len(self.live) else None
        self.mean: Shares = self.size[self.live].mean(axis=0) if len(self.live) else np.ones(len(self.offer))

    def _put(self, host: _Open, workload: int) -> None:
        host.on.append(workload)
        host.free = host.free - self.needs[workload]
        self.alive[workload] = False
        self.left -= 1

    def _some(self, host: _Open, most: int) -> Whole:
        """Return evenly spaced workloads that are left and fit; others of them for every host."""
        step = max(1, len(self.live) // most)
        some = self.live[self.hosts % step :: step]
        fit: Whole = some[self.alive[some] & (self.needs[some] <= host.free).all(axis=1)]
        return fit

    def _one(self, host: _Open) -> bool:
        """Add one workload that keeps the host's use in proportion; False when pairs are to begin."""
        rest = host.free / np.maximum(self.offer, 1)
        if float((rest / np.maximum(self.mean, 1e-12)).min()) < ROOM:
            return False
        some = self._some(host, 20 * self.style.few)[: self.style.few]
        if not len(some):
            return False
        used = 1.0 - rest + self.size[some]
        wanted = (1.0 - self.spare) / (1.0 - self.spare).sum()
        off = np.abs(used / np.maximum(used.sum(axis=1, keepdims=True), 1e-12) - wanted).sum(axis=1)
        self._put(host, int(some[np.argmin(off)]))
        return True

    def _before_pair(self, host: _Open) -> bool:
        """Add the workload that leaves room for two average ones; False where there is none."""
        left = host.free / np.maximum(self.offer, 1)
        if self.tree is None or float((left / np.maximum(self.mean, 1e-12)).min()) < BEFORE:
            return False
        wanted = np.maximum(left - self.spare - 2.0 * self.mean, 0.0)
        near = self.live[self.tree.query(wanted * self.metric, k=min(NEAREST, len(self.live)))[1].reshape(-1)]
        near = near[self.alive[near] & (self.needs[near] <= host.free).all(axis=1)]
        if not len(near):
            return False
        self._put(host, int(near[0]))
        return True

    def _off(self, left: Shares) -> Shares:
        """Distance of what is left of a host from what may be left."""
        off: Shares = np.abs(left - self.spare) @ self.metric
        return off

    def _pair(self, host: _Open) -> bool:
        """Add the two workloads, or the one, that leave least; False when nothing fits."""
        first = self._some(host, SAMPLE)
        if not len(first):
            first = self.live[self.alive[self.live] & (self.needs[self.live] <= host.free).all(axis=1)]
        if not len(first) or self.tree is None:
            return False
        first = first[:: max(1, len(first) // self.style.first)]
        left = host.free / np.maximum(self.offer, 1) - self.size[first]
        near = self.tree.query(np.maximum(left - self.spare, 0.0) * self.metric, k=min(NEAREST, len(self.live)))[1]
        second = self.live[np.asarray(near).reshape(len(first), -1)]
        good = self.alive[second] & (second != first[:, None])
        good &= (self.needs[second] + self.needs[first][:, None, :] <= host.free).all(axis=2)
        slack = np.where(good, self._off(left[:, None, :] - self.size[second]), np.inf)
        alone = self._off(left)
        row, column = divmod(int(np.argmin(slack)), slack.shape[1])
        if min(slack[row, column], alone.min()) > LOOSE and self._before_pair(host):
            return True
        if slack[row, column] <= alone.min():
            self._put(host, int(first[row]))
            self._put(host, int(second[row, column]))
        else:
            self._put(host, int(first[np.argmin(alone)]))
        return True
