"""The linear relaxation over capacities, tightened by rounds of cuts; its duals are the checkable bound."""

from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from planner.limits import Watch
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row
from planner.survivable.separation import Separator

IDLE_ROUNDS = 6
"""A row that was slack in this many rounds is put aside."""
STALL = 3e-4
"""Relative gain in three rounds below which the bound stalls."""
SLOW = 2e-3
"""Relative gain in three rounds below which threes of node groups are looked at too."""
STALLED_ROUNDS = 10
FLAT_ROUNDS = 4
"""Rounds, metric inequalities included, in which the bound did not move at all."""
SHARE = 0.25
"""Of the time, for the root."""
HULL_TRIES = 80
OTHER_WAYS = (
    "use_dual_simplex: true",
    "use_preprocessing: false",
    "use_preprocessing: false use_dual_simplex: true perturb_costs_in_dual_simplex: true",
    "use_preprocessing: false use_scaling: false",
)
"""Parameters of GLOP after it failed."""
TRIPLE_TRIES = 12


@dataclass(frozen=True)
class Root:
    """The end of the rounds."""

    bound: float
    values: Floats
    rows: tuple[Row, ...]
    """Rows that are tight or were so lately."""
    rounds: int
    proof: tuple[tuple[float, Row], ...]
    """(Dual > 0, row) of the bound: what can be checked without a search."""


class Relaxation:
    """min cost · x over the columns, their orders and the rows added so far."""

    def __init__(self, problem: Compiled) -> None:
        self.problem = problem
        columns = problem.columns
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.variables = [self.solver.NumVar(0.0, most, "") for most in columns.most.tolist()]
        objective = self.solver.Objective()
        objective.SetMinimization()
        for variable, cost in zip(self.variables, columns.cost.tolist(), strict=True):
            objective.SetCoefficient(variable, cost)
        for column, (before, opening) in enumerate(zip(columns.before.tolist(), columns.opening.tolist(), strict=True)):
            if before >= 0:
                row = self.solver.Constraint(-self.solver.infinity(), 0.0)
                row.SetCoefficient(self.variables[column], 1.0)
                row.SetCoefficient(self.variables[before], -1.0)
            if opening >= 0:
                row = self.solver.Constraint(-self.solver.infinity(), 0.0)
                row.SetCoefficient(self.variables[column], 1.0 / columns.most[column])
                row.SetCoefficient(self.variables[opening], -1.0)
        self.rows: list[Row] = []
        self.constraints: list[pywraplp.Constraint] = []
        self.idle: list[int] = []

    def add(self, rows: list[Row]) -> None:
        """Add rows."""
        for row in rows:
            constraint = self.solver.Constraint(row.least, self.solver.infinity())
            for column in np.flatnonzero(np.abs(row.coefficients) > 1e-11).tolist():
                constraint.SetCoefficient(self.variables[column], float(row.coefficients[column]))
            self.rows.append(row)
            self.constraints.append(constraint)
            self.idle.append(0)

    def solve(self) -> tuple[float, Floats, Floats] | None:
        """Return objective, values (C) and duals of the rows; None when they contradict each other or GLOP fails."""
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL and not self._otherwise():
            return None
        values = np.array([variable.solution_value() for variable in self.variables])
        duals = np.array([constraint.dual_value() for constraint in self.constraints])
        for at, row in enumerate(self.rows):
            slack = row.coefficients @ values - row.least
            self.idle[at] = 0 if slack < 1e-6 * row.least else self.idle[at] + 1
        return self.solver.Objective().Value(), values, np.maximum(duals, 0.0)

    def _otherwise(self) -> bool:
        """Solve anew in other ways, since numerical trouble seldom survives them; whether one did."""
        for parameters in OTHER_WAYS:
            self.rebuild(list(self.rows), list(self.idle))
            self.solver.SetSolverSpecificParametersAsString(parameters)
            if self.solver.Solve() == pywraplp.Solver.OPTIMAL:
                return True
        return False

    def drop_idle(self) -> None:
        """Put aside rows that were slack for long: rebuild without them."""
        kept = [row for row, idle in zip(self.rows, self.idle, strict=True) if idle < IDLE_ROUNDS]
        if len(kept) < 0.7 * len(self.rows):
            self.rebuild(kept, [idle for idle in self.idle if idle < IDLE_ROUNDS])

    def rebuild(self, rows: list[Row], idle: list[int]) -> None:
        """Start anew with these rows."""
        fresh = Relaxation(self.problem)
        fresh.add(rows)
        self.__dict__.update(fresh.__dict__)
        self.idle = idle


def tighten(problem: Compiled, separator: Separator, watch: Watch, share: float = SHARE, rounds: int = 400) -> Root:
    """Solve and cut until nothing is violated, the bound stalls, or the share of the time is used up.

    Cutsets first; facets of single cuts and metric inequalities when the bound stalls.
    """
    relaxation = Relaxation(problem)
    end = watch.seconds + share * watch.left_s
    separator.late = lambda: watch.seconds >= end or watch.over
    history: list[float] = []
    stalled = flat = 0
    threes = False
    solved = relaxation.solve()
    while solved is not None and len(history) < rounds and watch.seconds < end and not watch.over:
        objective, values, _ = solved
        history.append(objective)
        if len(history) > 3:
            stalled = stalled + 1 if objective - history[-4] < STALL * abs(objective) else 0
        triples = TRIPLE_TRIES if threes else 0
        rows = separator.rows(values, deep=True, metric=stalled >= 2, hull=HULL_TRIES, triples=triples)
        slow = len(history) > 3 and objective - history[-4] < SLOW * abs(objective)
        flat = flat + 1 if stalled >= 2 and len(history) > 1 and objective - history[-2] < 1e-7 * abs(objective) else 0
        if flat >= FLAT_ROUNDS and (threes or not separator.triples.usable):
            break
        if not threes and separator.triples.usable and slow:
            threes, stalled = True, 0
        if stalled >= STALLED_ROUNDS or (not rows and stalled >= 2):
            break
        if not rows:
            stalled = 2
            continue
        relaxation.add(rows)
        relaxation.drop_idle()
        solved = relaxation.solve() or solved
    separator.late = lambda: watch.over
    assert solved is not None
    objective, values, _ = relaxation.solve() or solved
    return Root(objective, values, tuple(relaxation.rows), len(history), _proof(relaxation))


def _proof(relaxation: Relaxation) -> tuple[tuple[float, Row], ...]:
    solved = relaxation.solve()
    if solved is None:
        return ()
    return tuple((dual, row) for dual, row in zip(solved[2].tolist(), relaxation.rows, strict=True) if dual > 0)
