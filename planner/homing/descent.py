"""Branch and bound on the trunks of a part where communes are passed; nodes are solved in processes of their own.

    first   Σ of all y to the sink with the largest size ≤ k   or   ≥ k + 1
    then    Σ_{o ≥ p} y[b,o] = 0   or   = 1        a bundle b and a place p in its combinations by size

The best open node is branched on next; the least bound of open and closed nodes bounds the program. A trunk of the
largest size makes its hub a place where traffic gathers, so these are decided first, those to the sink before the
others; among what is left, the dearest by price times distance from a whole number. Nodes are taken two by
two and results come back in the order asked for: the same on every machine, up to where the clock ends it.
"""

import heapq
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from planner.homing.arrays import Arrays, Floats, Shares
from planner.homing.condensed import Row
from planner.limits import Watch

WORKERS = 2
NODES = 2000
"""Nodes at effort 1."""
WHOLE = 1e-4
"""Distance from a whole number that counts as none."""
POLL_S = 0.1

_held: Arrays | None = None
"""What a process works on."""


@dataclass(frozen=True, slots=True)
class Node:
    """What was fixed and what that costs at least."""

    bound: float
    number: int
    """In the order of solving: ties go to the older one."""
    fixed: tuple[Row, ...]
    point: Floats

    def __lt__(self, other: "Node") -> bool:
        return (self.bound, self.number) < (other.bound, other.number)


class Descent:
    """The bound of one program, by processes that end with it."""

    def __init__(self, arrays: Arrays, watch: Watch) -> None:
        self.arrays, self.watch = arrays, watch
        self.pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_hold, initargs=(arrays,))
        self.root = self._ask(())

    def close(self) -> None:
        """End the processes."""
        for process in list((self.pool._processes or {}).values()):
            process.kill()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def bounds(self, limit: Callable[[], float], closed: float) -> Iterator[float]:
        """Branch and give one bound after the other, until one is within the share `closed` of the price of a plan."""
        root = self._answer(self.root)
        open_ = [] if root is None else [Node(root.bound, 0, (), root.point)]
        leaves, count = float("inf"), 0
        most = round(NODES * self.watch.limits.effort)
        while open_:
            least = min(open_[0].bound, leaves)
            yield least
            if open_[0].bound >= leaves or least >= limit() * (1 - closed) or count >= most or self.watch.over:
                break
            asked: list[tuple[Node, tuple[Row, ...], Future[Shares | None]]] = []
            for node in [heapq.heappop(open_) for _ in range(min(WORKERS, len(open_)))]:
                split = split_of(self.arrays, node.point)
                if split is None:
                    leaves = min(leaves, node.bound)
                    continue
                asked += [(node, fixed, self._ask(fixed)) for row in split for fixed in [(*node.fixed, row)]]
            for node, fixed, future in asked:
                found = self._answer(future)
                count += 1
                if found is None:
                    leaves = min(leaves, node.bound)
                elif found.bound < float("inf"):
                    heapq.heappush(open_, Node(max(node.bound, found.bound), count, fixed, found.point))
        if root is not None:
            yield min([leaves, limit(), *(node.bound for node in open_)])

    def _ask(self, fixed: tuple[Row, ...]) -> "Future[Shares | None]":
        return self.pool.submit(_solve, fixed, self.watch.left_s)

    def _answer[T](self, future: "Future[T | None]") -> T | None:
        """Wait for a node; None when time is over first or a process was lost: its parent's bound stands."""
        while not self.watch.over:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                continue
            except BrokenProcessPool:
                return None
        return None


def split_of(arrays: Arrays, point: Floats) -> tuple[Row, Row] | None:
    """Return two sides of which every whole point is on one; None when all trunks are whole."""
    to_sink = [t for one, own in arrays.trunks.items() if one[0] == 0 for t in own if t.sizes[0] > arrays.smaller]
    together = sum(point[t.column] for t in to_sink)
    if _far(together) > WHOLE:
        terms = tuple((t.column, 1.0) for t in to_sink)
        return Row(terms, most=float(np.floor(together))), Row(terms, least=float(np.ceil(together)))
    best, found = (False, False, 0.0), None
    for one, own in arrays.trunks.items():
        tails = np.cumsum(point[[t.column for t in own]][::-1])[::-1]
        for place, (trunk, tail) in enumerate(zip(own, tails.tolist(), strict=True)):
            key = (
                trunk.sizes[0] > arrays.smaller,
                one[0] == 0 and trunk.sizes[0] > arrays.smaller,
                _far(tail) * trunk.price,
            )
            if _far(tail) > WHOLE and key > best:
                best, found = key, own[place:]
    if found is None:
        return None
    terms = tuple((t.column, 1.0) for t in found)
    return Row(terms, most=0.0), Row(terms, least=1.0)


def _far(value: float) -> float:
    """Return the distance from a whole number."""
    return float(abs(value - round(value)))


def _hold(arrays: Arrays) -> None:
    global _held
    _held = arrays


def _arrays() -> Arrays:
    if _held is None:
        message = "no program was handed to this process"
        raise RuntimeError(message)
    return _held


def _solve(fixed: tuple[Row, ...], seconds: float) -> Shares | None:
    return _arrays().shares(fixed, seconds)
