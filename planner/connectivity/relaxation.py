"""The linear relaxation over all edges of the complete graph: rows by separation, columns by pricing.

It starts with the nearest neighbours of every node and the edges of a tour. Reduced costs of all n² edges follow from
the dual prices π of the rows with three matrix products, so edges that are left out are proved to be no use:

    r_ab = c_ab - Σ_cuts π (s_a + s_b - 2 s_a s_b) - Σ_partitions π (t_a + t_b - t_a t_b - [ab ∈ F])

s, t  membership in S or T of each row
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.connectivity.cuts import Cut, Floats, partitions, smallest
from planner.connectivity.problem import Integers
from planner.limits import Watch
from planner.program import Program, Rows

NEAREST = 8
ROUNDS = 400
SLOW = 12
"""Rounds of partitions that may raise the bound by little."""
PRICED = 400
"""Edges taken in at once."""


class Relaxation:
    """Edges a[k] < b[k] in the program, its rows, its last optimum."""

    def __init__(self, cost: Integers, order: Integers, watch: Watch) -> None:
        n = len(cost)
        self.cost, self.n, self.watch = cost.astype(float), n, watch
        near = self.cost.copy()
        np.fill_diagonal(near, np.inf)
        wanted = np.zeros((n, n), dtype=bool)
        nearest = np.argsort(near, axis=1, kind="stable")[:, : min(NEAREST, n - 1)]
        wanted[np.arange(n)[:, None], nearest] = True
        wanted[order, np.roll(order, -1)] = True
        self.a, self.b = np.nonzero(np.triu(wanted | wanted.T, 1))
        self.inside = wanted | wanted.T
        self.rows: list[Cut] = [Cut(np.arange(n) == node, None, 2.0) for node in range(n)]
        self.keys = {row.key for row in self.rows}
        self.x = np.zeros(len(self.a))
        self.price = self.reduced = np.zeros((n, n))
        """Reduced costs of all edges at the last prices, and at those of the best bound."""
        self.bound = -math.inf
        m = len(self.a)
        matrix = sparse.csr_array(np.array([row.coefficients(self.a, self.b) for row in self.rows]))
        self.program = Rows(Program(
            self.cost[self.a, self.b], matrix, np.full(n, 2.0), np.full(n, np.inf), np.zeros(m), np.ones(m),
            np.zeros(m, dtype=bool),
        ))  # fmt: skip

    def run(self) -> None:
        """Separate and price until neither finds anything, or partitions gain little."""
        slow, before = 0, -math.inf
        for _ in range(ROUNDS):
            if self.watch.over:
                return
            found = self.program.solve(self.watch)
            if found.values is None or not found.optimal:
                return
            self.x = found.values
            self._price(found.duals)
            if self._take_in():
                continue
            new = list(smallest(self.n, self.a, self.b, self.x))
            if not new and slow < SLOW:
                new = list(partitions(self.n, self.a, self.b, self.x))
                slow = slow + 1 if found.objective and found.objective - before < 1e-5 * found.objective else 0
                before = found.objective or before
            if not self.add(new):
                return

    def add(self, cuts: list[Cut]) -> int:
        """Add rows that are new; return how many."""
        fresh = []
        for cut in cuts:
            if cut.key not in self.keys:
                self.keys.add(cut.key)
                fresh.append(cut)
        if fresh:
            matrix = sparse.csr_array(np.array([cut.coefficients(self.a, self.b) for cut in fresh]))
            low = np.array([cut.low for cut in fresh])
            self.program.add_rows(matrix, low, np.full(len(low), np.inf))
            self.rows += fresh
        return len(fresh)

    def _price(self, duals: Floats) -> None:
        """Set the reduced costs of all edges and the bound that they prove."""
        duals = np.maximum(duals, 0.0)  # any prices that are not negative prove a bound
        low = np.array([row.low for row in self.rows])
        plain = np.array([row.left_out is None for row in self.rows])
        member = np.array([row.inside for row in self.rows], dtype=float)
        charge = np.zeros((self.n, self.n))
        for kind, twice in ((plain, 2.0), (~plain, 1.0)):
            weighted = duals[kind, None] * member[kind]
            each = weighted.sum(axis=0)
            charge += each[:, None] + each[None, :] - twice * (member[kind].T @ weighted)
        for row, price in zip(self.rows, duals.tolist(), strict=True):
            if row.left_out and price > 0:
                ends = np.array(sorted(row.left_out))
                np.subtract.at(charge, (ends[:, 0], ends[:, 1]), price)
                np.subtract.at(charge, (ends[:, 1], ends[:, 0]), price)
        self.price = self.cost - charge
        np.fill_diagonal(self.price, 0.0)
        bound = float(duals @ low) + float(np.minimum(np.triu(self.price, 1), 0.0).sum())
        if bound > self.bound:
            self.bound, self.reduced = bound, self.price

    def _take_in(self) -> bool:
        """Add the edges that are left out and would lower the cost."""
        missing = np.triu(self.price < -1e-7, 1) & ~self.inside
        if not missing.any():
            return False
        a, b = np.nonzero(missing)
        first = np.argsort(self.price[a, b], kind="stable")[:PRICED]
        a, b = a[first], b[first]
        columns = sparse.csc_array(np.array([row.coefficients(a, b) for row in self.rows]))
        self.program.add_columns(columns, self.cost[a, b], np.zeros(len(a)), np.ones(len(a)))
        self.inside[a, b] = self.inside[b, a] = True
        self.a, self.b = np.concatenate((self.a, a)), np.concatenate((self.b, b))
        self.x = np.concatenate((self.x, np.zeros(len(a))))
        return True


def useful(relaxation: Relaxation, most: float) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Return the edges (a, b) that an answer of cost `most` or less may have, and which of them it must have."""
    slack = most - relaxation.bound + 1e-6
    a, b = np.nonzero(np.triu(np.where(np.eye(relaxation.n, dtype=bool), np.inf, relaxation.reduced) <= slack, 1))
    return a, b, -relaxation.reduced[a, b] > slack
