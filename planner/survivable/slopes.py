r"""Slope scaling: a program in capacities alone, whose prices are what the capacities of the last round really cost.

$$\min\sum_e\rho_e x_e \qquad \sum_e\mu_e x_e\ge b\ \text{(metric inequalities met so far)} \qquad 0\le x_e\le X_e
\qquad \rho_e\leftarrow f_e(x_e)/x_e$$

$x_e$ is capacity to buy, $X_e$ the most that can be bought, $f_e(x)$ the price of the cheapest purchase that holds x. A
link that would be little used is dear for each unit and is left; so traffic gathers on few links (Kim and Pardalos,
*Operations Research Letters* 24, 1999; Crainic, Gendron and Hernu, *Journal of Heuristics* 10, 2004). Every round ends
with purchases that are routed in every state: rounded up they often are long before the capacities themselves.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from ortools.linear_solver import pywraplp

from planner.survivable.compiled import Floats
from planner.survivable.primal import Primal

MOST_CUTS = 12
"""Inequalities added at once."""
IDLE = 8
"""Rounds without a better design after which nothing comes of more."""
SPREAD = 0.5
"""Part by which prices are shaken when a round has brought nothing: links that are alike are then told apart."""
TINY = 1e-9


class Slopes:
    """Designs from one round of prices after another."""

    def __init__(self, primal: Primal, values: Floats) -> None:
        """Begin with the prices of a relaxed point."""
        self.primal, self.separator, self.watch = primal, primal.separator, primal.watch
        self.problem = problem = primal.problem
        columns = problem.columns
        self.most = columns.capacity(columns.most, problem.links)
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.variables = [self.solver.NumVar(0.0, most, "") for most in self.most.tolist()]
        self.solver.Objective().SetMinimization()
        self.price = np.divide(
            np.bincount(columns.link, weights=columns.cost * columns.most, minlength=problem.links),
            self.most, out=np.zeros(problem.links), where=self.most > TINY,
        )  # fmt: skip
        self.random = np.random.default_rng(primal.watch.limits.seed)
        self.reprice(columns.capacity(values, problem.links))
        self._cutsets()

    def reprice(self, extra: Floats, spread: float = 0.0) -> None:
        """Let each link that carries something cost for each unit what it really costs, give or take a part of that."""
        values = self.primal.holding(extra)
        if values is not None:
            columns = self.problem.columns
            cost = np.bincount(columns.link, weights=columns.cost * values, minlength=self.problem.links)
            used = extra > 1e-6 * np.maximum(self.most, TINY)
            self.price[used] = cost[used] / extra[used]
        objective = self.solver.Objective()
        shaken = self.price * (1.0 + spread * self.random.uniform(-1.0, 1.0, len(self.price)))
        for variable, price in zip(self.variables, shaken.tolist(), strict=True):
            objective.SetCoefficient(variable, price)

    def designs(self, end_s: float) -> Iterator[Floats]:
        """Yield routable points, one each round, until the watch shows `end_s` or nothing better comes."""
        best, idle = float("inf"), 0
        while idle < IDLE:
            found = self._round(end_s)
            if found is None:
                return
            values, extra = found
            yield values
            cost = float(self.problem.columns.cost @ self.primal.opened(values))
            idle = 0 if cost < best * (1.0 - 1e-6) else idle + 1
            best = min(best, cost)
            self.reprice(extra, spread=SPREAD if idle else 0.0)

    def _round(self, end_s: float) -> tuple[Floats, Floats] | None:
        """Return a routable point and the capacity that it was rounded up from; None when it is too late."""
        while self.watch.seconds < end_s and not self.watch.over:
            if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
                return None
            extra = np.array([variable.solution_value() for variable in self.variables])
            extra[extra <= 1e-7 * self.most] = 0.0
            values = self.primal.holding(extra)
            if values is None:
                return None
            if not self._cut(values):
                return values, extra
        return None

    def _cut(self, values: Floats) -> bool:
        """Add the metric inequalities that a point breaks; whether there were any."""
        refused = list(islice(self.separator.refusals(self.separator.capacity(values)), MOST_CUTS))
        for state, lengths in refused:
            self._add(state, lengths / lengths.max())
        return bool(refused)

    def _add(self, state: int, lengths: Floats) -> None:
        derivation = self.separator.metric.derivation
        weights = derivation.on_links(state, lengths)
        row = self.solver.Constraint(derivation.needed(state, lengths), self.solver.infinity())
        for link in np.flatnonzero(weights > TINY).tolist():
            row.SetCoefficient(self.variables[link], float(weights[link]))

    def _cutsets(self) -> None:
        """Begin with what must leave each single node, in every state."""
        problem = self.problem
        for node in range(problem.nodes):
            around, leaving = (problem.tail == node) | (problem.head == node), self._leaving(node)
            for state in range(len(problem.states)):
                if problem.link_down[state, around].any() or len(problem.states) == 1:
                    self._add(state, leaving)

    def _leaving(self, node: int) -> Floats:
        problem = self.problem
        lengths = np.zeros(problem.lanes)
        for start, end, lane in problem.arcs:
            if node in (start, end) and (start == node or problem.instance.sense == "undirected"):
                lengths[lane] = 1.0
        return lengths
