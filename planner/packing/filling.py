"""Prices patterns of several resources: the most valuable filling of a host as a small whole program, by CP-SAT.

    max Σ_i π_i·a_i     Σ_i w[i,k]·a_i ≤ C_k  for each resource k,     0 ≤ a_i ≤ most_i whole

Whole numbers throughout: what CP-SAT calls the bound is one, without tolerance. Some milliseconds where a table over
all resources would not fit into memory.
"""

import numpy as np
from ortools.sat.python import cp_model

from planner.cpsat import counted
from planner.packing.knapsack import reduced
from planner.packing.problem import Problem, Whole

WORK = 2.0
"""Deterministic limit of one call, about seconds."""


class _Met(cp_model.CpSolverSolutionCallback):
    """Keeps every filling that the search meets: each is a pattern too."""

    def __init__(self, a: list[cp_model.IntVar]) -> None:
        super().__init__()
        self.a, self.met = a, list[Whole]()

    def on_solution_callback(self) -> None:
        """Keep one."""
        self.met.append(np.array([self.value(x) for x in self.a], dtype=np.int64))


class Filling:
    """The kinds of a problem on one host."""

    def __init__(self, problem: Problem) -> None:
        self.model = cp_model.CpModel()
        self.a = [self.model.new_int_var(0, int(most), "") for most in problem.most]
        needs, offer = reduced(problem.needs, problem.offer)
        for k in binding(needs, offer):
            row = cp_model.LinearExpr.weighted_sum(self.a, needs[:, k].tolist())
            self.model.add(row <= int(offer[k]))

    def best(self, value: Whole, above: int, columns: int) -> tuple[int | None, list[Whole]]:
        """Return a proved ceiling of the values, None at the limit, and some patterns worth more than `above`."""
        self.model.maximize(cp_model.LinearExpr.weighted_sum(self.a, value.tolist()))
        solver, met = counted(WORK), _Met(self.a)
        status = solver.solve(self.model, met)
        ceiling = round(solver.best_objective_bound) if status == cp_model.OPTIMAL else None
        return ceiling, [a for a in reversed(met.met) if int(a @ value) > above][:columns]


def binding(needs: Whole, offer: Whole) -> list[int]:
    """Return the resources that can run out: one that another uses up at least as fast for every kind cannot.

    >>> binding(np.array([[2, 1, 4], [3, 1, 2]]), np.array([10, 10, 10]))
    [0, 2]
    """
    found = list(range(len(offer)))
    for k in range(len(offer)):
        others = [j for j in found if j != k]
        if any((needs[:, k] * offer[j] <= needs[:, j] * offer[k]).all() for j in others):
            found = others
    return found
