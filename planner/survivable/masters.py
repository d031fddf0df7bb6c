"""The capacity program for MathOpt: columns, their orders, rows."""

import numpy as np
from ortools.math_opt.python import mathopt

from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row


class Master:
    """min cost · x over the columns."""

    def __init__(self, problem: Compiled) -> None:
        self.problem = problem
        columns = problem.columns
        self.model = mathopt.Model(name="capacity")
        self.variables = [
            self.model.add_variable(lb=0.0, ub=most, is_integer=whole)
            for most, whole in zip(columns.most.tolist(), columns.whole.tolist(), strict=True)
        ]
        for column, (before, opening) in enumerate(zip(columns.before.tolist(), columns.opening.tolist(), strict=True)):
            if before >= 0:
                self.model.add_linear_constraint(self.variables[column] <= self.variables[before])
            if opening >= 0:
                most = float(columns.most[column])
                self.model.add_linear_constraint(self.variables[column] <= most * self.variables[opening])
        self.model.minimize(
            mathopt.fast_sum(
                cost * variable for cost, variable in zip(columns.cost.tolist(), self.variables, strict=True)
            )
        )

    def add(self, row: Row) -> None:
        """Add an inequality."""
        terms = np.flatnonzero(np.abs(row.coefficients) > 1e-11).tolist()
        total = mathopt.fast_sum(float(row.coefficients[column]) * self.variables[column] for column in terms)
        self.model.add_linear_constraint(total >= row.least)

    def point(self, values: dict[int, float]) -> Floats:
        """Return C from variable ids."""
        found = np.array([values[variable.id] for variable in self.variables])
        rounded: Floats = np.where(self.problem.columns.whole, np.round(found), found)
        return rounded

    def capacity(self, link: int) -> mathopt.LinearExpression:
        """Return the capacity bought on a link."""
        gain = self.problem.columns.gain()
        mine = np.flatnonzero(self.problem.columns.link == link).tolist()
        return mathopt.LinearExpression() + mathopt.fast_sum(float(gain[c]) * self.variables[c] for c in mine)
