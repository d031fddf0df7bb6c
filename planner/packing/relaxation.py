"""The linear relaxation over patterns, solved again and again while patterns come in.

    min Σ_p x_p     Σ_p a[i,p]·x_p ≥ N_i   (or = N_i),   Σ_p ⌊Σ_{i∈S} a[i,p] / 2⌋·x_p ≤ ⌊Σ_{i∈S} N_i / 2⌋   (subsets)

x_p  hosts filled by pattern p     a[i,p]  workloads of kind i in it     N_i  workloads of kind i     S  a set of kinds
Its duals are only advice: bounds are computed from them in whole numbers, never read off the solver. GLOP, warm.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from planner.packing.problem import Whole

Real = NDArray[np.float64]
CLEARLY = 1e-7


class Relaxation:
    """Rows are kinds and subsets of kinds, columns are patterns; with a penalty workloads may stay out at its cost."""

    def __init__(self, counts: Whole, *, exactly: bool = False, penalty: float = 0.0) -> None:
        self.lp = pywraplp.Solver.CreateSolver("GLOP")
        infinity = self.lp.infinity()
        self.rows = [self.lp.Constraint(float(n), float(n) if exactly else infinity) for n in counts]
        self.counts = counts
        self.sets: list[Whole] = []
        self.patterns: list[Whole] = []
        self.x: list[pywraplp.Variable] = []
        self.cuts: list[pywraplp.Constraint] = []
        self.goal = self.lp.Objective()
        self.goal.SetMinimization()
        self._known: set[bytes] = set()
        if penalty:
            for row in self.rows:
                missing = self.lp.NumVar(0.0, infinity, "")
                self.goal.SetCoefficient(missing, penalty)
                row.SetCoefficient(missing, 1.0)

    def add(self, patterns: Sequence[Whole]) -> int:
        """Take in patterns; return how many of them are new."""
        before = len(self.x)
        for pattern in patterns:
            key = pattern.tobytes()
            if key in self._known:
                continue
            self._known.add(key)
            x = self.lp.NumVar(0.0, self.lp.infinity(), "")
            self.goal.SetCoefficient(x, 1.0)
            for kind in np.flatnonzero(pattern).tolist():
                self.rows[kind].SetCoefficient(x, float(pattern[kind]))
            for cut, members in zip(self.cuts, self.sets, strict=True):
                inside = int(pattern[members].sum()) // 2
                if inside:
                    cut.SetCoefficient(x, float(inside))
            self.patterns.append(pattern)
            self.x.append(x)
        return len(self.x) - before

    def cut(self, members: Whole) -> None:
        """Add the subset row of a set of kinds."""
        row = self.lp.Constraint(-self.lp.infinity(), float(int(self.counts[members].sum()) // 2))
        for pattern, x in zip(self.patterns, self.x, strict=True):
            inside = int(pattern[members].sum()) // 2
            if inside:
                row.SetCoefficient(x, float(inside))
        self.cuts.append(row)
        self.sets.append(members)

    def demand(self, counts: Whole | Real) -> None:
        """Ask for other numbers of workloads."""
        for row, n in zip(self.rows, counts.tolist(), strict=True):
            row.SetLb(float(n))

    def solve(self) -> float | None:
        """Return the optimum, None when there is none."""
        if self.lp.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        return float(self.goal.Value())

    @property
    def values(self) -> Real:
        """Value of each pattern."""
        return np.array([x.solution_value() for x in self.x])

    @property
    def duals(self) -> Real:
        """Dual of each kind."""
        return np.array([row.dual_value() for row in self.rows])

    @property
    def cut_duals(self) -> Real:
        """Dual of each subset row, not positive."""
        return np.array([min(0.0, row.dual_value()) for row in self.cuts])
