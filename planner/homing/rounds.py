"""The condensed program in shares, solved by HiGHS again and again while the separator finds broken cuts.

    min c x,  rows + cuts,  0 ≤ x ≤ 1;  cuts that are not tight any more leave

From scratch each time: at some thousand columns a solve takes less than a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from planner.homing.condensed import Condensed, Row
from planner.homing.strengthen import Separator

Floats = NDArray[np.float64]
SAFETY = 1e-7
"""Relative error of the solver's arithmetic that a bound is lowered by."""
TIGHT = 1e-6
SPAN = 3
"""Rounds over which the gain is looked at."""
OPTIMAL, INFEASIBLE = 0, 2
"""What scipy says of a program."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A bound and how it came."""

    bound: float
    """Infinite when there is no solution."""
    point: Floats | None
    """Shares at the bound, None when there are none or the solver did not end."""
    cuts: tuple[Row, ...]
    """Those that hold the bound up."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What whole numbers say."""

    bound: float
    """Infinite when there is no solution, minus infinite when the solver did not get there."""
    values: Floats | None
    """The best solution."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows as least ≤ A x ≤ most."""

    a: csr_array
    least: Floats
    most: Floats


def matrix(rows: Sequence[Row], columns: int) -> Matrix:
    """Return rows in arrays."""
    ends = np.cumsum([0, *(len(row.terms) for row in rows)])
    column = np.fromiter((column for row in rows for column, _ in row.terms), dtype=np.intp, count=int(ends[-1]))
    value = np.fromiter((value for row in rows for _, value in row.terms), dtype=np.float64, count=int(ends[-1]))
    a = csr_array((value, column, ends), shape=(len(rows), columns))
    return Matrix(a, np.array([row.least for row in rows]), np.array([row.most for row in rows]))


def relaxed(
    program: Condensed,
    separator: Separator,
    fixed: Sequence[Row],
    cuts: Sequence[Row],
    *,
    rounds: int,
    enough: float,
    aim: float,
    left_s: Callable[[], float],
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

    """
    costs = np.array(program.costs)
    given = [*program.rows, *fixed]
    held = tuple(cuts)
    best = Relaxed(float("-inf"), None, held)
    gained: list[float] = []
    for turn in range(rounds):
        rows = matrix([*given, *held], len(costs))
        status, bound, point = _solved(costs, rows, left_s())
        if status == INFEASIBLE:
            return Relaxed(float("inf"), None, held)
        if status != OPTIMAL or point is None:
            break
        gained.append(bound)
        slack = np.minimum(rows.a @ point - rows.least, rows.most - rows.a @ point)[len(given) :]
        held = tuple(cut for cut, left in zip(held, slack, strict=True) if left < TIGHT)
        best = Relaxed(bound - SAFETY * abs(bound), point, held)
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


def _solved(costs: Floats, rows: Matrix, seconds: float) -> tuple[int, float, Floats | None]:
    """Return scipy's status, optimum and point in shares."""
    equal = rows.least == rows.most
    above, below = ~equal & np.isfinite(rows.least), ~equal & np.isfinite(rows.most)
    signs = np.concatenate([np.ones(int(below.sum())), -np.ones(int(above.sum()))])
    places = np.concatenate([np.flatnonzero(below), np.flatnonzero(above)])
    found = linprog(
        costs,
        A_ub=csr_array(rows.a[places].multiply(signs[:, None])),
        b_ub=np.concatenate([rows.most[below], -rows.least[above]]),
        A_eq=rows.a[np.flatnonzero(equal)],
        b_eq=rows.least[equal],
        bounds=(0.0, 1.0),
        method="highs-ds",
        options={"time_limit": max(0.1, seconds)},
    )
    if found.status != OPTIMAL:
        return int(found.status), float("-inf"), None
    return OPTIMAL, float(found.fun), np.clip(found.x, 0.0, 1.0)
