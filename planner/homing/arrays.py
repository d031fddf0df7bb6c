"""A program of choices and trunks (`program`) as arrays: its optimum in shares, with rows that fix something."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.homing.access import Bundle
from planner.homing.condensed import Row
from planner.homing.exits import Exits
from planner.homing.program import Program
from planner.homing.simplex import Basis, Matrix, Simplex

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
    basis: Basis | None = None


class Arrays:
    """One program."""

    def __init__(self, program: Program) -> None:
        proto = program.model.export_model()
        rows, columns = proto.linear_constraints, proto.variables
        shape = len(rows.ids), len(columns.ids)
        entries = proto.linear_constraint_matrix
        a = csr_array((list(entries.coefficients), (list(entries.row_ids), list(entries.column_ids))), shape=shape)
        self.costs = np.zeros(shape[1])
        self.costs[list(proto.objective.linear_coefficients.ids)] = list(proto.objective.linear_coefficients.values)
        instance = program.access.instance
        upper = np.minimum(columns.upper_bounds, 2.0 * sum(instance.demands))  # all that can be on a link
        matrix = Matrix(a, np.array(rows.lower_bounds), np.array(rows.upper_bounds))
        self.simplex = Simplex(self.costs, upper, matrix)
        self.trunks = {
            one: tuple(
                sorted(
                    (Trunk(y.id, one, o.sizes, o.capacity, o.price) for o, y in offers.items()), key=lambda t: t.sizes
                )
            )
            for one, offers in sorted(program.trunks.y.items())
        }
        self.exits = Exits(program)
        self.smaller = instance.sizes[-2] if len(instance.sizes) > 1 else 0.0
        """All sizes but the largest are up to this."""

    def strengthened(
        self,
        fixed: Sequence[Row],
        cuts: Sequence[Row],
        rounds: int,
        enough: float,
        seconds: float,
        basis: Basis | None = None,
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
        basis
            To start from.

        """
        until = monotonic() + seconds
        held = tuple(cuts)
        best: Shares | None = None
        for _ in range(rounds):
            found = self.shares((*fixed, *held), until - monotonic(), basis)
            if found is None or not len(found.point):
                return found or best
            basis = found.basis
            held = tuple(cut for cut in held if _slack(cut, found.point) < TIGHT)
            gain = float("inf") if best is None else found.bound - best.bound
            best = Shares(found.bound, found.point, held, basis)
            broken = [] if self.open(found.point) else self.exits.rows(found.point)
            if not broken or gain < enough * abs(found.bound) or monotonic() > until:
                break
            held += tuple(broken)
        return best

    def open(self, point: Floats) -> bool:
        """Whether some trunk of the largest size is still in shares: cuts do little before that is decided."""
        largest = [t.column for own in self.trunks.values() for t in own if t.sizes[0] > self.smaller]
        return bool((np.minimum(point[largest], 1.0 - point[largest]) > WHOLE).any())

    def shares(self, fixed: Sequence[Row], seconds: float, basis: Basis | None = None) -> Shares | None:
        """Return the optimum with rows that fix something; None when the solver did not end."""
        found = self.simplex.solve(fixed, basis, seconds)
        if found is None:
            return None
        return Shares(found.bound, np.zeros(0) if found.point is None else found.point, basis=found.basis)


def _slack(cut: Row, point: Floats) -> float:
    """Return how far a point is from the least of a cut."""
    return float(sum(value * point[column] for column, value in cut.terms)) - cut.least
