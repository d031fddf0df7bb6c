"""Branch and bound on the configurations of the condensed program; nodes are solved in processes of their own.

    first   Σ of all z with the largest size = 0   or   ≥ 1
    then    Σ_{c ≥ k} z[b,c] = 0   or   = 1        a bundle b and a place k in its configurations by room

The best open node is branched on next; the least bound of open and closed nodes bounds the program. Where a large size
stands decides where the sites around it go, so the largest are decided first, and of those of a size the dearest by
price times distance from a whole number. A node is solved no further than to AIM below the known price. A node whose
configurations are whole is left to HiGHS with its routes, which is quick, and closed with what that says. Nodes are
taken two by two and results come back in the order asked for: the same on every machine, up to where the clock ends it.
"""

import heapq
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from planner.homing.condensed import Condensed, Row
from planner.homing.rounds import Floats, Relaxed, Whole, relaxed, simplex, whole
from planner.homing.simplex import Basis, Simplex
from planner.homing.strengthen import Separator
from planner.lifetime import end_with_parent
from planner.limits import Limits, Watch

WORKERS = 2
ROOT_ROUNDS = 24
NODE_ROUNDS = 5
ROOT_ENOUGH = 6e-4
NODE_ENOUGH = 3e-4
NODES = 600
"""Nodes at effort 1."""
LEAF_NODES = 2000
"""Of HiGHS, for one whose configurations are whole."""
AIM = 0.003
"""Relative gap at which a node is left until no other one is further off."""
MOST = 1e30
"""Stands for no known price."""
WHOLE = 1e-4
"""Distance from a whole number that counts as none."""

_held: tuple[Condensed, Simplex, Separator] | None = None
"""What a process works on."""


@dataclass(frozen=True, slots=True)
class Task:
    """A node to be solved."""

    fixed: tuple[Row, ...]
    cuts: tuple[Row, ...]
    rounds: int
    enough: float
    aim: float
    seconds: float
    basis: Basis | None


class Tree:
    """The bound of one program, in processes that end with it."""

    def __init__(self, program: Condensed, watch: Watch) -> None:
        self.program, self.watch = program, watch
        self.values: list[float] | None = None
        """The cheapest solution that nodes came across."""
        self.pool = ProcessPoolExecutor(
            WORKERS, mp_context=get_context("spawn"), initializer=_hold, initargs=(program,)
        )
        self.root = self._ask((), None, ROOT_ROUNDS, ROOT_ENOUGH, float("inf"))

    def close(self) -> None:
        """End the processes."""
        for process in list((self.pool._processes or {}).values()):
            process.kill()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def bound(self, limit: float, closed: float, told: Callable[[float], None] | None = None) -> float:
        """Branch until the bound is within the share `closed` of `limit`, the price of a known solution.

        Returns at most `limit`.
        """
        root = self._answer(self.root)
        if root is None:
            return float("-inf")
        leaves = float("inf")
        count, most = 0, round(NODES * self.watch.limits.effort)
        open_: list[tuple[float, int, tuple[Row, ...], Relaxed]] = [(root.bound, 0, (), root)]
        while open_ and count < most and not self.watch.over:
            least = min(open_[0][0], leaves, limit)
            if told:
                told(least)
            if open_[0][0] >= min(leaves, limit) or limit - least <= closed * min(abs(limit), MOST):
                return least
            taken = [heapq.heappop(open_) for _ in range(min(WORKERS, len(open_)))]
            asked: list[tuple[float, tuple[Row, ...], Future[Relaxed]]] = []
            closing: list[tuple[float, Future[Whole]]] = []
            for bound, _, fixed, node in taken:
                split = _split(self.program, node, fixed)
                if split is None:
                    closing.append((bound, self._close(fixed, node.cuts)))
                for row in split or ():
                    rows = (*fixed, row)
                    asked.append((bound, rows, self._ask(rows, node, NODE_ROUNDS, NODE_ENOUGH, (1 - AIM) * limit)))
            for bound, closed_by in closing:
                leaf = self._answer(closed_by)
                leaves = min(leaves, max(bound, leaf.bound) if leaf else bound)
                if leaf and leaf.values is not None:
                    self._keep(leaf.values)
            for bound, rows, future in asked:
                found = self._answer(future)
                count += 1
                if found is None or (found.point is None and found.bound < limit):
                    leaves = min(leaves, bound)
                elif found.bound < limit:
                    heapq.heappush(open_, (max(bound, found.bound), count, rows, found))
        return min(leaves, limit, *(node[0] for node in open_))

    def _keep(self, values: Floats) -> None:
        """Keep a solution if it is the cheapest."""
        costs = self.program.costs
        if self.values is None or sum(c * v for c, v in zip(costs, values, strict=True)) < sum(
            c * v for c, v in zip(costs, self.values, strict=True)
        ):
            self.values = values.tolist()

    def _close(self, fixed: tuple[Row, ...], cuts: tuple[Row, ...]) -> "Future[Whole]":
        return self.pool.submit(_whole, fixed, cuts, self.watch.left_s)

    def _ask(
        self, fixed: tuple[Row, ...], above: Relaxed | None, rounds: int, enough: float, aim: float
    ) -> "Future[Relaxed]":
        cuts, basis = ((), None) if above is None else (above.cuts, above.basis)
        return self.pool.submit(_solve, Task(fixed, cuts, rounds, enough, aim, self.watch.left_s, basis))

    def _answer[T](self, future: "Future[T]") -> T | None:
        """Wait for a node; None when time is over first or a process was lost."""
        while not self.watch.over:
            try:
                return future.result(timeout=0.1)
            except TimeoutError:
                continue
            except Exception:  # the process was lost: its parent's bound stands
                return None
        return None


def _split(program: Condensed, node: Relaxed, fixed: tuple[Row, ...]) -> tuple[Row, Row] | None:
    """Return the two sides of the dearest thing in shares; None when all configurations are whole."""
    if node.point is None:
        return None
    sizes = [(column, size) for carried in program.shared.values() for column, size in carried.sizes]
    if not fixed and sizes:
        largest = max(size.capacities[0] for _, size in sizes)
        large = tuple((column, 1.0) for column, size in sizes if size.capacities[0] == largest)
        if sum(node.point[column] for column, _ in large) > WHOLE and len(large) < len(sizes):
            return Row(large, most=0.0), Row(large, least=1.0)
    best, found = (0.0, 0.0), None
    for carried in program.shared.values():
        columns = [column for column, _ in carried.sizes]
        tails = np.cumsum(node.point[columns][::-1])[::-1]
        for place, (_, size) in enumerate(carried.sizes):
            far = min(tails[place], 1.0 - tails[place])
            if far > WHOLE and (size.capacities[0], far * size.price) > best:
                best = size.capacities[0], far * size.price
                found = tuple((column, 1.0) for column in columns[place:])
    return None if found is None else (Row(found, most=0.0), Row(found, least=1.0))


def _hold(program: Condensed) -> None:
    global _held
    end_with_parent()
    _held = (program, simplex(program), Separator(program))


def _solve(task: Task) -> Relaxed:
    if _held is None:
        message = "no program was handed to this process"
        raise RuntimeError(message)
    watch = Watch(Limits(time_limit_s=task.seconds))
    return relaxed(
        *_held[1:],
        task.fixed,
        task.cuts,
        rounds=task.rounds,
        enough=task.enough,
        aim=task.aim,
        left_s=lambda: watch.left_s,
        basis=task.basis,
    )


def _whole(fixed: tuple[Row, ...], cuts: tuple[Row, ...], seconds: float) -> Whole:
    if _held is None:
        message = "no program was handed to this process"
        raise RuntimeError(message)
    return whole(_held[0], fixed, cuts, nodes=LEAF_NODES, seconds=seconds)
