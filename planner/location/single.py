"""The capacitated p-median problem: p medians, every point wholly with one of them, none above its capacity.

    min  Σ_ij c_ij x_ij
         Σ_i x_ij = 1                    every point j has one median                                        (assign)
         Σ_j d_j x_ij ≤ q_i y_i          no median above its capacity                                      (capacity)
         x_ij ≤ y_i,  Σ_i y_i = p,  x, y ∈ {0, 1}                                                          (medians)

With prices u_j on (assign), each median's points are a whole knapsack and the p best medians are taken:

    L(u) = Σ_j u_j + Σ_{p smallest} φ_i(u),     φ_i(u) = min { Σ_j (c_ij - u_j) x_j : Σ_j d_j x_j ≤ q_i, x ∈ {0, 1} }

max L(u), by subgradients, is a stronger bound than the linear relaxation. The same knapsacks with one point forced in
price every x_ij: a cost T a little above the bound is tried with the x_ij that an answer of cost T can have; either the
optimum of that small program costs no more than T, or no answer does and T is raised. While a large one is tried, the
next T is under way in another process (`ahead`). Costs are whole. Medians need not serve themselves, as in the file
format's source. Ceselli, Righini (2005); reduced cost fixing: Mateus, Thizy (1999).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from planner.limits import Limits, Watch
from planner.location import knapsack
from planner.location.ahead import Ahead
from planner.location.problem import Assigned, Floats, Integers, Medians
from planner.program import Outcome, Program
from planner.program import solve as solve_program

STEPS = 500
STALL, SHORTER, MEMORY = 12, 0.7, 0.7
"""As in `lagrangian`."""
FIRST_ROOM = 0.004
"""By how much the answer may be above the bound at first, part of it; doubled until it is enough."""
MANY = 400
"""Assignments from which the next cost is tried at the same time: a process takes a second or two to start."""
ABSOLUTE = 0.999
"""Gap that whole costs leave nothing in."""
LARGEST_TABLE = 20_000_000
"""Entries of a knapsack's tables; capacities are rounded (the bound stays one) where they would be more."""


def solve(problem: Medians, limits: Limits | None = None) -> Assigned:
    """Choose medians and assign every point at least cost.

    Raises
    ------
    ProgramError
        The solver itself failed.

    """
    watch = Watch(limits or Limits())
    none = np.zeros(0, dtype=np.int64)
    largest = np.sort(problem.capacity)[::-1][: problem.count]
    if largest.sum() < problem.demand.sum() or problem.demand.max() > largest[0]:
        return Assigned("infeasible", None, 0, none)
    dual = Dual(problem)
    dual.ascend(watch)
    bound = max(0, math.ceil(dual.bound - 1e-6))
    best: tuple[float, Integers] = (math.inf, none)
    room = max(2.0, FIRST_ROOM * bound)
    most_of_all = int(problem.cost.max(axis=0).sum())
    ahead = Ahead()
    further: Restricted | None = None
    try:
        while bound < best[0] and not watch.over:
            most = int(min(best[0] - 1, bound + room, most_of_all))
            if further is not None and (further.bound, further.most) == (bound, most):
                small, outcome = further, ahead.answer(watch)
            else:
                small, outcome = _restricted(dual, bound, most), None
                if further is not None:
                    ahead.close()
            room *= 2
            above, further = int(min(best[0] - 1, most + 1 + room, most_of_all)), None
            if outcome is None and len(small.i) >= MANY and above > most:
                further = _restricted(dual, most + 1, above)
                if further.program is not None:
                    ahead.ask(further.program, ABSOLUTE, watch)
            proved, found = _within(problem, small, outcome, watch)
            bound = max(bound, min(proved, most + 1))
            if found is not None and found[0] < best[0]:
                best = found
            if bound > most_of_all:
                return Assigned("infeasible", None, bound, none)
    finally:
        ahead.close()
    if math.isinf(best[0]):
        return Assigned("unknown", None, bound, none)
    objective = int(best[0])
    return Assigned("optimal" if bound >= objective else "feasible", objective, min(bound, objective), best[1])


class Dual:
    """max L(u), and what every median and every assignment would add to the bound."""

    def __init__(self, problem: Medians) -> None:
        self.problem = problem
        n = len(problem.demand)
        self.size, self.capacity = _rounded(problem, n)
        self.prices = np.sort(problem.cost, axis=0)[min(n - 1, max(1, n // problem.count // 2))].astype(float)
        self.bound = self.evaluate(self.prices)[0]

    def evaluate(self, prices: Floats) -> tuple[float, Floats, Integers]:
        """Return L(u), φ(u) and the p medians taken."""
        value = -knapsack.best(prices - self.problem.cost, self.size, self.capacity)
        taken = np.argsort(value, kind="stable")[: self.problem.count]
        return float(prices.sum() + value[taken].sum()), value, taken

    def ascend(self, watch: Watch) -> None:
        """Raise the bound by deflected subgradients."""
        prices, direction = self.prices, np.zeros_like(self.prices)
        factor, stalled = 1.5, 0
        for _ in range(STEPS):
            if watch.over or factor < 2e-3:
                return
            value, _, taken = self.evaluate(prices)
            if value > self.bound + 1e-6:
                stalled = 0 if value > self.bound + 1e-4 * abs(value) else stalled + 1
                self.bound, self.prices = value, prices
            else:
                stalled += 1
            inside = knapsack.chosen(prices - self.problem.cost[taken], self.size, self.capacity[taken])
            direction = 1.0 - inside.sum(axis=0) + MEMORY * direction
            norm = float(direction @ direction)
            if norm <= 1e-12:
                return
            if stalled >= STALL:
                factor, stalled, prices = factor * SHORTER, 0, self.prices
                direction = np.zeros_like(prices)
                continue
            target = self.bound * 1.01 + 1.0
            prices = prices + factor * max(0.5, target - value) / norm * direction

    @cached_property
    def reduced(self) -> tuple[Floats, Floats]:
        """By how much L(u) rises when i is a median, shape (n,), and when j is assigned to i, shape (n, n)."""
        p = self.problem.count
        _, value, _ = self.evaluate(self.prices)
        ranked = np.sort(value)
        median = np.maximum(0.0, value - ranked[p - 1])
        forced = -knapsack.with_item(self.prices - self.problem.cost, self.size, self.capacity)
        return median, median[:, None] + np.maximum(0.0, forced - value[:, None])

    def must(self, slack: float) -> np.ndarray:
        """Return the points without which as medians L(u) rises by more than the slack, shape (n,)."""
        _, value, _ = self.evaluate(self.prices)
        ranked = np.sort(value)
        p = self.problem.count
        if p == len(value):
            return np.ones(len(value), dtype=bool)
        return np.asarray((ranked[p] - value > slack) & (value <= ranked[p - 1]))


def _rounded(problem: Medians, n: int) -> tuple[Integers, Integers]:
    """Return sizes and capacities small enough for the tables: sizes rounded down, capacities up."""
    common = max(1, int(np.gcd.reduce(problem.demand)))
    size, capacity = problem.demand // common, np.minimum(problem.capacity, problem.demand.sum()) // common
    unit = math.ceil(n * n * (int(capacity.max(initial=0)) + 1) / LARGEST_TABLE)
    return (size, capacity) if unit <= 1 else (size // unit, -(-capacity // unit))


@dataclass(frozen=True, slots=True)
class Restricted:
    """What an answer of cost `most` or less can use."""

    bound: int
    most: int
    i: Integers
    """Medians of the assignments."""
    j: Integers
    """Points of the assignments."""
    program: Program | None
    """None when there is no such answer."""


def _restricted(dual: Dual, bound: int, most: int) -> Restricted:
    """Return the program for answers from `bound` to `most`."""
    problem = dual.problem
    slack = most - dual.bound + 1e-6
    median, assign = dual.reduced
    i, j = np.nonzero(assign <= slack)
    at = np.flatnonzero(median <= slack)
    if len(np.unique(j)) < len(problem.demand) or len(at) < problem.count:
        return Restricted(bound, most, i, j, None)
    return Restricted(bound, most, i, j, _program(problem, i, j, at, dual.must(slack)[at], bound))


def _within(
    problem: Medians, small: Restricted, outcome: Outcome | None, watch: Watch
) -> tuple[int, tuple[float, Integers] | None]:
    """Return a bound for answers of cost `most` or less, and the best answer found; `outcome` if it is solved."""
    if small.program is None:
        return small.most + 1, None
    found = outcome or solve_program(small.program, watch, absolute=ABSOLUTE)
    if found.infeasible:
        return small.most + 1, None
    proved = math.ceil(found.bound - 1e-5) if math.isfinite(found.bound) else small.bound
    return max(proved, small.bound), _answer(problem, found, small.i, small.j)


def _answer(problem: Medians, found: Outcome, i: Integers, j: Integers) -> tuple[float, Integers] | None:
    if found.values is None:
        return None
    median = np.full(len(problem.demand), -1, dtype=np.int64)
    taken = found.values[: len(i)] > 0.5
    median[j[taken]] = i[taken]
    load = np.bincount(median, weights=problem.demand, minlength=len(median))
    if (median < 0).any() or (load > problem.capacity).any() or len(np.unique(median)) > problem.count:
        return None  # off by the solver's tolerance
    return float(problem.cost[median, np.arange(len(median))].sum()), median


def _program(problem: Medians, i: Integers, j: Integers, at: Integers, must: np.ndarray, bound: int) -> Program:
    """Return the program over the assignments (i, j) and the medians `at`."""
    n, k, m = len(problem.demand), len(i), len(at)
    place = np.full(n, -1)
    place[at] = np.arange(m)
    x, y = np.arange(k), k + place[i]
    cost = problem.cost[i, j].astype(float)
    row = np.concatenate((j, n + place[i], n + np.arange(m), n + m + x, n + m + x, np.full(m, n + m + k)))
    column = np.concatenate((x, x, k + np.arange(m), x, y, k + np.arange(m)))
    capacity = problem.capacity[at].astype(float)
    value = np.concatenate((np.ones(k), problem.demand[j], -capacity, np.ones(k), -np.ones(k), np.ones(m)))
    row = np.concatenate((row, np.full(k, n + m + k + 1)))
    column, value = np.concatenate((column, x)), np.concatenate((value, cost))
    rows = sparse.csr_array((value, (row, column)), shape=(n + m + k + 2, k + m))
    low = np.concatenate((np.ones(n), np.full(m + k, -np.inf), [problem.count, bound]))
    high = np.concatenate((np.ones(n), np.zeros(m + k), [problem.count, np.inf]))
    lower = np.concatenate((np.zeros(k), must.astype(float)))
    return Program(
        np.concatenate((cost, np.zeros(m))), rows, low, high, lower, np.ones(k + m), np.ones(k + m, dtype=bool)
    )
