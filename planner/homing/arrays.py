"""A program of choices and trunks (`program`) as arrays: its optimum in shares, with rows that fix something.

    min c x,   A x ≥ or ≤ or = b,   0 ≤ x ≤ u

From scratch each time, by HiGHS through scipy: presolve leaves little once the large trunks are decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, vstack

from planner.homing.access import Bundle
from planner.homing.condensed import Row
from planner.homing.exits import Exits
from planner.homing.program import SAFETY, Program
from planner.homing.rounds import INFEASIBLE, OPTIMAL, matrix

Floats = NDArray[np.float64]
WHOLE = 1e-4
"""Distance from a whole number that counts as none."""
TIGHT = 1e-6
"""Slack up to which a cut holds the bound up."""


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
    cuts: tuple[Row, ...] = ()
    """Those that hold the bound up."""


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
        self.exits = Exits(program)
        instance = program.access.instance
        self.smaller = instance.sizes[-2] if len(instance.sizes) > 1 else 0.0
        """All sizes but the largest are up to this."""

    def strengthened(
        self, fixed: Sequence[Row], cuts: Sequence[Row], rounds: int, enough: float, seconds: float
    ) -> Shares | None:
        """Return the optimum with cuts known so far, and, once the largest trunks are whole, with those broken.

        Parameters
        ----------
        fixed, cuts
            Rows that decide something here; rows that hold everywhere.
        rounds
            Most solves.
        enough
            Gain of a round, as a share of the bound, from which there is another one.
        seconds
            Of the clock.

        """
        until = monotonic() + seconds
        held = tuple(cuts)
        best: Shares | None = None
        for _ in range(rounds):
            found = self.shares((*fixed, *held), until - monotonic())
            if found is None or not len(found.point):
                return found or best
            held = tuple(cut for cut in held if _slack(cut, found.point) < TIGHT)
            gain = float("inf") if best is None else found.bound - best.bound
            best = replace(found, cuts=held)
            broken = [] if self.open(found.point) else self.exits.rows(found.point)
            if not broken or gain < enough * abs(found.bound) or monotonic() > until:
                break
            held += tuple(broken)
        return best

    def open(self, point: Floats) -> bool:
        """Whether some trunk of the largest size is still in shares: cuts do little before that is decided."""
        largest = [t.column for own in self.trunks.values() for t in own if t.sizes[0] > self.smaller]
        return bool((np.minimum(point[largest], 1.0 - point[largest]) > WHOLE).any())

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


def _slack(cut: Row, point: Floats) -> float:
    """Return how far a point is from the least of a cut."""
    return float(sum(value * point[column] for column, value in cut.terms)) - cut.least
