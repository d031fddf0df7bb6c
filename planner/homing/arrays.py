"""A program of choices and trunks (`program`) as arrays: its optimum in shares, with rows that fix something.

    min c x,   A x ≥ or ≤ or = b,   0 ≤ x ≤ u

From scratch each time, by HiGHS through scipy: presolve leaves little once the large trunks are decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, vstack

from planner.homing.access import Bundle
from planner.homing.condensed import Row
from planner.homing.program import SAFETY, Program
from planner.homing.rounds import INFEASIBLE, OPTIMAL, matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trunk:
    """A column that buys something."""

    column: int
    bundle: Bundle
    sizes: tuple[float, ...]
    """Of its links, the largest first."""
    capacity: float
    price: float


@dataclass(frozen=True, slots=True)
class Shares:
    """An optimum in shares."""

    bound: float
    """The optimum less the solver's error; infinite when there is no solution."""
    point: Floats


class Arrays:
    """One program."""

    def __init__(self, program: Program) -> None:
        proto = program.model.export_model()
        rows, columns = proto.linear_constraints, proto.variables
        shape = len(rows.ids), len(columns.ids)
        entries = proto.linear_constraint_matrix
        a = csr_array((list(entries.coefficients), (list(entries.row_ids), list(entries.column_ids))), shape=shape)
        least, most = np.array(rows.lower_bounds), np.array(rows.upper_bounds)
        equal = least == most
        above, below = ~equal & np.isfinite(least), ~equal & np.isfinite(most)
        self.costs = np.zeros(shape[1])
        self.costs[list(proto.objective.linear_coefficients.ids)] = list(proto.objective.linear_coefficients.values)
        self.upper = np.array(columns.upper_bounds)
        self.less = csc_array(vstack([a[np.flatnonzero(below)], -a[np.flatnonzero(above)]]))
        self.most = np.concatenate([most[below], -least[above]])
        self.same = csc_array(a[np.flatnonzero(equal)])
        self.given = least[equal]
        self.trunks = {
            one: tuple(
                sorted(
                    (Trunk(y.id, one, o.sizes, o.capacity, o.price) for o, y in offers.items()), key=lambda t: t.sizes
                )
            )
            for one, offers in sorted(program.trunks.y.items())
        }
        instance = program.access.instance
        self.smaller = instance.sizes[-2] if len(instance.sizes) > 1 else 0.0
        """All sizes but the largest are up to this."""

    def shares(self, fixed: Sequence[Row], seconds: float) -> Shares | None:
        """Return the optimum with rows that fix something; None when the solver did not end."""
        upper, rows = self._fixed(fixed)
        columns = np.flatnonzero(upper > 0)
        extra = matrix(rows, len(self.costs))
        signs = np.where(np.isfinite(extra.most), 1.0, -1.0)
        less = csc_array(vstack([self.less, extra.a.multiply(signs[:, None])])) if rows else self.less
        most = np.concatenate([self.most, np.where(signs > 0, extra.most, -extra.least)])
        found = linprog(
            self.costs[columns],
            A_ub=less[:, columns],
            b_ub=most,
            A_eq=self.same[:, columns],
            b_eq=self.given,
            bounds=np.column_stack([np.zeros(len(columns)), upper[columns]]),
            method="highs-ds",
            options={"time_limit": max(0.1, seconds)},
        )
        if found.status == INFEASIBLE:
            return Shares(float("inf"), np.zeros(0))
        if found.status != OPTIMAL:
            return None
        point = np.zeros(len(self.costs))
        point[columns] = found.x
        return Shares(float(found.fun) * (1 - SAFETY), point)

    def _fixed(self, fixed: Sequence[Row]) -> tuple[Floats, list[Row]]:
        """Return upper bounds and what is left of rows: one that says "none of these" is bounds only."""
        upper = self.upper.copy()
        rows = []
        for row in fixed:
            if row.most == 0.0 and all(value > 0 for _, value in row.terms):
                upper[[column for column, _ in row.terms]] = 0.0
            else:
                rows.append(row)
        return upper, rows
