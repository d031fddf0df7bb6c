"""A program of choices and trunks (`program`) as arrays: its optimum in shares, and whole numbers over some columns.

    min c x,   A x ≥ or ≤ or = b,   0 ≤ x ≤ u,   rows that fix something

From scratch each time, by HiGHS through scipy: presolve leaves little once the large trunks are decided.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array, vstack

from planner.homing.access import Bundle
from planner.homing.condensed import Row
from planner.homing.program import SAFETY, Program
from planner.homing.rounds import INFEASIBLE, OPTIMAL, matrix

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
NEAR = 0.45
"""Reduced cost up to which a column is tried, against the price of the smallest size of an ordinary link."""


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
    reduced: Floats
    """Reduced costs of all columns."""


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
        self.whole = np.array(columns.integers, dtype=bool)
        self.less = csc_array(vstack([a[np.flatnonzero(below)], -a[np.flatnonzero(above)]]))
        self.most = np.concatenate([most[below], -least[above]])
        self.same = csc_array(a[np.flatnonzero(equal)])
        self.given = least[equal]
        self.homes = np.zeros(shape[1], dtype=bool)
        self.choices = [np.array([x.id for x in own]) for own in program.patterns.x.values()]
        for own in self.choices:
            self.homes[own] = True
        self.ends = [
            [frozenset(way.nodes[-1] for way in choice.ways) for choice in program.access.choices[site]]
            for site in program.patterns.x
        ]
        """Hubs where the ways of each choice end, in the order of `choices`."""
        self.trunks = {
            one: tuple(
                sorted(
                    (Trunk(y.id, one, o.sizes, o.capacity, o.price) for o, y in offers.items()), key=lambda t: t.sizes
                )
            )
            for one, offers in sorted(program.trunks.y.items())
        }
        instance = program.access.instance
        self.sizes = set(instance.sizes)
        self.smaller = instance.sizes[-2] if len(instance.sizes) > 1 else 0.0
        """All sizes but the largest are up to this."""
        least_prices = [min(link.costs) for link in instance.links if link.costs]
        self.near = NEAR * float(np.median(least_prices)) if least_prices else 0.0

    def tightened(self, share: float) -> "Arrays":
        """Return a copy in which trunks carry less: no relaxation of anything, but a guide."""
        other = copy(self)
        other.less = self.less.copy()
        filled = [t for own in self.trunks.values() for t in own if all(s in self.sizes for s in t.sizes if s)]
        for trunk in filled:
            column = slice(*other.less.indptr[trunk.column : trunk.column + 2])
            other.less.data[column] = np.maximum(other.less.data[column], -(1 - share) * trunk.capacity)
        return other

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
            return Shares(float("inf"), np.zeros(0), np.zeros(0))
        if found.status != OPTIMAL:
            return None
        reduced = self.costs - less.T @ found.ineqlin.marginals - self.same.T @ found.eqlin.marginals
        point = np.zeros(len(self.costs))
        point[columns] = found.x
        return Shares(float(found.fun) * (1 - SAFETY), point, reduced)

    def integers(
        self, fixed: Sequence[Row], kept: Mask, whole: Mask, *, gap: float, nodes: int, seconds: float
    ) -> tuple[float, Floats | None]:
        """Solve with whole numbers over some columns: bound over these columns alone, and the best values."""
        upper, rows = self._fixed(fixed)
        columns = np.flatnonzero(kept & (upper > 0))
        extra = matrix(rows, len(self.costs))
        constraints = [
            LinearConstraint(self.less[:, columns], -np.inf, self.most),
            LinearConstraint(self.same[:, columns], self.given, self.given),
        ]
        if rows:
            constraints.append(LinearConstraint(csc_array(extra.a)[:, columns], extra.least, extra.most))
        found = milp(
            self.costs[columns],
            integrality=whole[columns].astype(int),
            bounds=Bounds(0.0, upper[columns]),
            constraints=constraints,
            options={"node_limit": nodes, "time_limit": max(0.1, seconds), "mip_rel_gap": gap},
        )
        if found.status == INFEASIBLE:
            return float("inf"), None
        bound = float("-inf") if found.mip_dual_bound is None else float(found.mip_dual_bound) * (1 - SAFETY)
        if found.x is None:
            return bound, None
        values = np.zeros(len(self.costs))
        values[columns] = found.x
        return bound, values

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
