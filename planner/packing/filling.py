"""Prices patterns of several resources: the most valuable filling of a host as a small whole program, by CP-SAT.

    max Σ_i π_i·a_i     Σ_i w[i,k]·a_i ≤ C_k  for each resource k,     0 ≤ a_i ≤ most_i whole

Whole numbers throughout: what CP-SAT calls the bound is one, without tolerance. Some milliseconds where a table over
all resources would not fit into memory. Before it many hosts are filled at once by value against weighted need, some of
it drawn: most rounds of pricing need good patterns, not the proof that none is better.
"""

import numpy as np
from ortools.sat.python import cp_model

from planner.cpsat import counted
from planner.packing.knapsack import reduced
from planner.packing.problem import Problem, Whole

WORK = 2.0
"""Deterministic limit of one call, about seconds."""
DEAR = 0.02
"""Deterministic time of a proof from which on rounds do without where they can."""
TRIES, DRAWS = 48, 3
"""Hosts filled by hand at once; how often, before nothing is said to be found so."""
SHAKEN = 0.2
"""Standard deviation of what values are shaken by, as a share of them."""
EVEN = 0.7
"""Of the Dirichlet distribution from which the weights of resources are drawn: below 1, some resource leads."""
SEED = 1


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
        self.share = problem.needs / np.maximum(problem.offer, 1)
        self.most, self.needs, self.offer = problem.most, problem.needs, problem.offer
        self.draw = np.random.default_rng(SEED)
        self.calls, self.worked = 0, 0.0
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
        self.calls, self.worked = self.calls + 1, self.worked + solver.response_proto.deterministic_time
        ceiling = round(solver.best_objective_bound) if status == cp_model.OPTIMAL else None
        return ceiling, [a for a in reversed(met.met) if int(a @ value) > above][:columns]

    @property
    def dear(self) -> bool:
        """Whether the proofs so far took long."""
        return self.worked > DEAR * self.calls

    def quick(self, value: Whole, above: int, columns: int) -> list[Whole]:
        """Return some patterns worth more than `above`, the most valuable first; none proves nothing."""
        for _ in range(DRAWS):
            pattern = self._by_hand(value)
            worth = pattern @ value
            best = np.argsort(-worth, kind="stable")[:columns]
            if worth[best[0]] > above:
                return [pattern[k] for k in best.tolist() if worth[k] > above]
        return []

    def _by_hand(self, value: Whole) -> Whole:
        """Fill hosts by value against need, shape (TRIES, kinds)."""
        kinds, resources = self.needs.shape
        weight = self.draw.dirichlet(np.full(resources, EVEN), TRIES)
        shaken = value * (1 + SHAKEN * self.draw.standard_normal((TRIES, kinds)))
        order = np.argsort(-shaken / np.maximum(weight @ self.share.T, 1e-12), axis=1)
        free = np.repeat(self.offer[None, :], TRIES, axis=0)
        pattern, rows = np.zeros((TRIES, kinds), dtype=np.int64), np.arange(TRIES)
        for kind in order.T:
            need = self.needs[kind]
            fit = np.where(need > 0, free // np.maximum(need, 1), self.most[kind][:, None]).min(axis=1)
            taken = np.where(value[kind] > 0, np.minimum(fit, self.most[kind]), 0)
            pattern[rows, kind] = taken
            free -= taken[:, None] * need
        return pattern


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
