"""The condensed program in shares, solved again and again (`simplex`) while the separator finds broken cuts.

    min c x,  rows + cuts,  0 ≤ x ≤ 1;  cuts that are not tight any more leave

Each solve starts from the basis of the last one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.homing.condensed import Condensed, Row
from planner.homing.simplex import INFEASIBLE, SAFETY, Basis, Simplex, matrix
from planner.homing.strengthen import Separator

Floats = NDArray[np.float64]
TIGHT = 1e-6
SPAN = 3
"""Rounds over which the gain is looked at."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A bound and how it came."""

    bound: float
    """Infinite when there is no solution."""
    point: Floats | None
    """Shares at the bound, None when there are none or the solver did not end."""
    cuts: tuple[Row, ...]
    """Those that hold the bound up."""
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """What whole numbers say."""

    bound: float
    """Infinite when there is no solution, minus infinite when the solver did not get there."""
    values: Floats | None
    """The best solution."""


def simplex(program: Condensed) -> Simplex:
    """Return a program's shares."""
    return Simplex(np.array(program.costs), np.ones(len(program.costs)), matrix(program.rows, len(program.costs)))


def relaxed(
    shares: Simplex,
    separator: Separator,
    fixed: Sequence[Row],
    cuts: Sequence[Row],
    *,
    rounds: int,
    enough: float,
    aim: float,
    left_s: Callable[[], float],
    basis: Basis | None = None,
) -> Relaxed:
    """Solve with rows that fix something and cuts known so far, and separate.

    Parameters
    ----------
    rounds
        Most solves.
    enough
        Gain over some rounds, as a share of the bound, from which it goes on.
    aim
        A bound from which no more is needed.
    left_s
        Seconds left.
    basis
        To start from.

    """
    held = tuple(cuts)
    best = Relaxed(float("-inf"), None, held, basis)
    gained: list[float] = []
    for turn in range(rounds):
        found = shares.solve((*fixed, *held), best.basis, left_s())
        if found is None:
            break
        bound, point = found.bound, found.point
        if point is None:
            return Relaxed(bound, None, held)
        gained.append(bound)
        rows = matrix(held, len(point))
        slack = np.minimum(rows.a @ point - rows.least, rows.most - rows.a @ point)
        held = tuple(cut for cut, left in zip(held, slack, strict=True) if left < TIGHT)
        best = Relaxed(bound, point, held, found.basis)
        slow = len(gained) > SPAN and bound - gained[-1 - SPAN] < enough * abs(bound)
        if slow or bound >= aim or turn == rounds - 1 or left_s() <= 0:
            break
        broken = separator.rows(point)
        if not broken:
            break
        held += tuple(broken)
    return best


def whole(program: Condensed, fixed: Sequence[Row], cuts: Sequence[Row], *, nodes: int, seconds: float) -> Whole:
    """Solve in whole numbers by HiGHS, with rows that fix something and cuts known so far."""
    rows = matrix([*program.rows, *fixed, *cuts], len(program.costs))
    found = milp(
        program.costs,
        integrality=np.ones(len(program.costs)),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(rows.a, rows.least, rows.most),
        options={"node_limit": nodes, "time_limit": max(0.1, seconds), "mip_rel_gap": SAFETY},
    )
    if found.status == INFEASIBLE:
        return Whole(float("inf"), None)
    bound = float("-inf") if found.mip_dual_bound is None else float(found.mip_dual_bound)
    return Whole(bound - SAFETY * abs(bound) if np.isfinite(bound) else float("-inf"), found.x)
