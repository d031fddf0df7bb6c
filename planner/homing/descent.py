"""Branch and bound on the trunks of a part where communes are passed; nodes are solved in processes of their own.

    first   Σ of all y to the sink with the largest size ≤ k   or   ≥ k + 1
    then    Σ_{o ≥ p} y[b,o] = 0   or   = 1        a bundle b and a place p in its combinations by size

The best open node is branched on next; the least bound of open and closed nodes bounds the program. A trunk of the
largest size makes its hub a place where traffic gathers, so these are decided first, those to the sink before the
others; among what is left, what is expected to bring most on both sides. Then a node is solved again while cuts
(`exits`) are broken. Nodes are taken two by two and results come back in the order asked for: the same on every
machine, up to where the clock ends it.
"""

import heapq
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np

from planner.homing.arrays import WHOLE, Arrays, Floats, Shares
from planner.homing.condensed import Row
from planner.homing.simplex import Basis
from planner.lifetime import end_with_parent
from planner.limits import Watch

WORKERS = 2
NODES = 2000
"""Nodes at effort 1."""
ROUNDS = 10
"""Solves of a node with the cuts that the last one broke."""
ENOUGH = 2e-4
"""Gain of a round, as a share of the bound, from which there is another one."""
START = 0.1
"""Gain expected before anything is known, as a share of the price."""
LITTLE = 1e-3
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
    shares: Shares

    def __lt__(self, other: "Node") -> bool:
        return (self.bound, self.number) < (other.bound, other.number)


class Descent:
    """The bound of one program, by processes that end with it."""

    def __init__(self, arrays: Arrays, watch: Watch) -> None:
        self.arrays, self.watch = arrays, watch
        self._gains = Gains()
        self.pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=_hold, initargs=(arrays,))
        self._rows: dict[Row, Row] = {}
        self.root = self._ask((), None)

    def close(self) -> None:
        """End the processes."""
        for process in list((self.pool._processes or {}).values()):
            process.kill()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def bounds(self, limit: Callable[[], float], closed: float) -> Iterator[float]:
        """Branch and give one bound after the other, until one is within the share `closed` of the price of a plan."""
        root = self._answer(self.root)
        open_ = [] if root is None else [Node(root.bound, 0, (), root)]
        leaves, count = float("inf"), 0
        most = round(NODES * self.watch.limits.effort)
        while open_:
            least = min(open_[0].bound, leaves)
            yield least
            if open_[0].bound >= leaves or least >= limit() * (1 - closed) or count >= most or self.watch.over:
                break
            asked: list[tuple[Node, Split, int, Future[Shares | None]]] = []
            for node in [heapq.heappop(open_) for _ in range(min(WORKERS, len(open_)))]:
                split = split_of(self.arrays, node.shares.point, self._gains)
                if split is None:
                    leaves = min(leaves, node.bound)
                    continue
                for side in (0, 1):
                    fixed = (*node.fixed, split.sides[side])
                    asked.append((node, split, side, self._ask(fixed, node.shares)))
            for node, split, side, future in asked:
                found = self._answer(future)
                count += 1
                fixed = (*node.fixed, split.sides[side])
                if found is not None and found.bound < float("inf"):
                    self._gains.learn(split, side, found.bound - node.bound)
                if found is None:
                    leaves = min(leaves, node.bound)
                elif found.bound < float("inf"):
                    heapq.heappush(open_, Node(max(node.bound, found.bound), count, fixed, found))
        if root is not None:
            yield min([leaves, limit(), *(node.bound for node in open_)])

    def _ask(self, fixed: tuple[Row, ...], above: Shares | None) -> "Future[Shares | None]":
        cuts, basis = ((), None) if above is None else (above.cuts, above.basis)
        return self.pool.submit(_solve, fixed, cuts, basis, self.watch.left_s)

    def _answer(self, future: "Future[Shares | None]") -> Shares | None:
        """Wait for a node; None when time is over first or a process was lost: its parent's bound stands."""
        while not self.watch.over:
            try:
                found = future.result(timeout=POLL_S)
                return found and self._once(found)
            except TimeoutError:
                continue
            except Exception:  # the process was lost
                return None
        return None

    def _once(self, found: Shares) -> Shares:
        """Keep one copy of a row, in however many nodes it is."""

        def kept(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            return tuple(self._rows.setdefault(row, row) for row in rows)

        basis = found.basis and replace(found.basis, rows=kept(found.basis.rows))
        return Shares(found.bound, found.point, kept(found.cuts), basis)


@dataclass(frozen=True, slots=True)
class Split:
    """Two sides of which every whole point is on one."""

    sides: tuple[Row, Row]
    price: float
    """Of what is decided."""
    far: tuple[float, float]
    """Distance of the point from either side."""


class Gains:
    """What deciding something brought, for a unit of distance: pseudo-costs (Benichou and others, 1971)."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[tuple[int, float], ...], int], tuple[float, int]] = {}
        self._all = [(START, 1), (START, 1)]

    def learn(self, split: Split, side: int, gain: float) -> None:
        """Hear what one side brought."""
        unit = max(0.0, gain) / split.far[side]
        key = split.sides[side].terms, side
        total, count = self._known.get(key, (0.0, 0))
        self._known[key] = total + unit, count + 1
        if split.price:
            total, count = self._all[side]
            self._all[side] = total + unit / split.price, count + 1

    def score(self, split: Split) -> float:
        """Return what is to be expected, a product over both sides."""
        found = 1.0
        for side in (0, 1):
            total, count = self._known.get((split.sides[side].terms, side), (0.0, 0))
            if not count:
                total, count = self._all[side]
                total *= split.price
            found *= max(LITTLE, split.far[side] * total / count)
        return found


def split_of(arrays: Arrays, point: Floats, gains: Gains) -> Split | None:
    """Return what to decide next; None when all trunks are whole."""
    to_sink = [t for one, own in arrays.trunks.items() if one[0] == 0 for t in own if t.sizes[0] > arrays.smaller]
    together = float(sum(point[t.column] for t in to_sink))
    if _far(together) > WHOLE:
        terms = tuple((t.column, 1.0) for t in to_sink)
        low, high = float(np.floor(together)), float(np.ceil(together))
        return Split((Row(terms, most=low), Row(terms, least=high)), 0.0, (together - low, high - together))
    best, found = (False, False, 0.0), None
    for one, own in arrays.trunks.items():
        tails = np.cumsum(point[[t.column for t in own]][::-1])[::-1]
        for place, (trunk, tail) in enumerate(zip(own, tails.tolist(), strict=True)):
            if _far(tail) <= WHOLE:
                continue
            largest = trunk.sizes[0] > arrays.smaller
            terms = tuple((t.column, 1.0) for t in own[place:])
            split = Split((Row(terms, most=0.0), Row(terms, least=1.0)), trunk.price, (tail, 1.0 - tail))
            key = largest, largest and one[0] == 0, gains.score(split)
            if found is None or key > best:
                best, found = key, split
    return found


def _far(value: float) -> float:
    """Return the distance from a whole number."""
    return float(abs(value - round(value)))


def _hold(arrays: Arrays) -> None:
    global _held
    end_with_parent()
    _held = arrays


def _arrays() -> Arrays:
    if _held is None:
        message = "no program was handed to this process"
        raise RuntimeError(message)
    return _held


def _solve(fixed: tuple[Row, ...], cuts: tuple[Row, ...], basis: Basis | None, seconds: float) -> Shares | None:
    return _arrays().strengthened(fixed, cuts, ROUNDS, ENOUGH, seconds, basis)
