"""Proves hosts too few for a pool before anything is placed on them: inequalities from the packing relaxation.

    Σ_{r∉F} Σ_m v_m(π)·x[r,m,q] ≥ Σ_{g∈q} π_g·N_g          each loss F,     v_m(π) = max_a Σ_g π_g·a_g     (cover)

a  machines of each group that one host of model m holds together, replicas that stand apart once at most
π  worth of a machine of each group, from the duals of:  min θ  with  Σ_p a[g,p]·x_p ≥ N_g ,  Σ_{p of m} x_p ≤ θ·x̄_m

Whatever a host of m holds is worth no more than v_m(π), which is exact (planner.packing.filling), and every machine
runs somewhere after each loss: the inequality holds for every placement, for all mixes of models at once. With θ > 1 it
refuses the hosts x̄ that are left. Resources alone and counts of single groups (planner.datacentre.hosts) are its plain
cases. Patterns and their prices: Gilmore, Gomory (1961); cuts of this kind: dual feasible functions, Lueker (1983).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from planner.datacentre.bounds import needs, offered
from planner.datacentre.workloads import Group
from planner.limits import Watch
from planner.packing.filling import Filling
from planner.packing.problem import Problem, Whole, fits

UNITS = 1 << 16
"""Worth of the most valuable filling of a host, about: small whole numbers for the master."""
FINE = 1 << 32
ROUNDS, PATIENCE = 150, 8
"""Most rounds of pricing, and after how many an inequality is tried before they end."""
CLEARLY = 1e-6
OUTSIDE = 4.0
"""What a machine left out adds to θ."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One inequality of a pool."""

    worth: dict[str, int]
    """Model → most that one host of it can hold."""
    need: int
    """Of all machines of the pool together."""

    def holds(self, hosts: Mapping[str, int]) -> bool:
        """Whether so many hosts of each model satisfy it."""
        return sum(self.worth[model] * number for model, number in hosts.items()) >= self.need


class Covers:
    """The machines of one pool, merged by need, and what each model holds of them."""

    def __init__(self, groups: Sequence[Group], offers: Mapping[str, Sequence[float]]) -> None:
        rows = np.array([needs(group) for group in groups], dtype=np.int64)
        kinds, kind = np.unique(rows, axis=0, return_inverse=True)
        counts = np.array([group.count for group in groups], dtype=np.int64)
        limit = np.array([1 if group.spread != "none" else group.count for group in groups], dtype=np.int64)
        self.counts = np.bincount(kind.reshape(-1), weights=counts).astype(np.int64)
        allowed = np.bincount(kind.reshape(-1), weights=limit).astype(np.int64)
        self.problems = {
            model: Problem(kinds, self.counts, np.minimum(allowed, fits(kinds, np.array(offered(offer)))),
                           np.array(offered(offer), dtype=np.int64))
            for model, offer in offers.items()
        }  # fmt: skip
        self.fillings = {model: Filling(problem) for model, problem in self.problems.items()}
        self.patterns: list[tuple[str, Whole]] = []

    def violated(self, hosts: Mapping[str, int], watch: Watch) -> Cover | None:
        """Return an inequality that so many hosts of each model break, None when there is none or time is over."""
        lp = _Scaled(self.counts, hosts)
        for model, pattern in self.patterns:
            lp.add(model, pattern)
        for turn in range(ROUNDS):
            if watch.over or not lp.solve() or lp.value <= 1 + CLEARLY:
                return None
            worth = lp.worth
            better = [found for model, price in lp.prices.items() for found in self._better(model, worth, price)]
            cover = self._cover(worth) if not better or turn % PATIENCE == 0 else None
            if cover is not None and not cover.holds(hosts):
                return cover
            fresh = [(model, pattern) for model, pattern in better if lp.add(model, pattern)]
            if not fresh:
                return None
            self.patterns += fresh
        return None

    def _better(self, model: str, worth: np.ndarray, price: float) -> list[tuple[str, Whole]]:
        whole = np.floor(worth * FINE).astype(np.int64)
        above = int(price * FINE * (1 + CLEARLY)) + 1
        return [(model, pattern) for pattern in self.fillings[model].best(whole, above, 3)[1]]

    def _cover(self, worth: np.ndarray) -> Cover | None:
        """Round prices down to small whole numbers, and price every model exactly."""
        scale = UNITS / max(float(worth.max(initial=0.0)), 1e-12)
        price = np.floor(worth * scale).astype(np.int64)
        most = {model: filling.best(price, 0, 0)[0] for model, filling in self.fillings.items()}
        if any(value is None for value in most.values()):
            return None
        return Cover({model: value or 0 for model, value in most.items()}, int(price @ self.counts))


class _Scaled:
    """How many times the given hosts would be needed, were fillings divisible."""

    def __init__(self, counts: Whole, hosts: Mapping[str, int]) -> None:
        self.lp = pywraplp.Solver.CreateSolver("GLOP")
        self.theta = self.lp.NumVar(0.0, self.lp.infinity(), "")
        self.goal = self.lp.Objective()
        self.goal.SetMinimization()
        self.goal.SetCoefficient(self.theta, 1.0)
        self.rows = [self.lp.Constraint(float(n), self.lp.infinity()) for n in counts]
        self.models = {model: self.lp.Constraint(0.0, self.lp.infinity()) for model, n in sorted(hosts.items()) if n}
        for model, row in self.models.items():
            row.SetCoefficient(self.theta, float(hosts[model]))
        for row in self.rows:
            outside = self.lp.NumVar(0.0, self.lp.infinity(), "")
            self.goal.SetCoefficient(outside, OUTSIDE)
            row.SetCoefficient(outside, 1.0)
        self.known: set[tuple[str, bytes]] = set()

    def add(self, model: str, pattern: Whole) -> bool:
        """Take in a filling of a model that is there; return whether it is new."""
        key = (model, pattern.tobytes())
        if model not in self.models or key in self.known:
            return False
        self.known.add(key)
        x = self.lp.NumVar(0.0, self.lp.infinity(), "")
        self.models[model].SetCoefficient(x, -1.0)
        for kind in np.flatnonzero(pattern).tolist():
            self.rows[kind].SetCoefficient(x, float(pattern[kind]))
        return True

    def solve(self) -> bool:
        """Return whether there is an optimum: there is one unless the solver fails."""
        return bool(self.lp.Solve() == pywraplp.Solver.OPTIMAL)

    @property
    def value(self) -> float:
        """θ and what is left out."""
        return float(self.goal.Value())

    @property
    def worth(self) -> np.ndarray:
        """Of one machine of each kind."""
        return np.array([max(0.0, row.dual_value()) for row in self.rows])

    @property
    def prices(self) -> dict[str, float]:
        """Of a host of each model that is there, in the same units."""
        return {model: float(max(0.0, row.dual_value())) for model, row in self.models.items()}
