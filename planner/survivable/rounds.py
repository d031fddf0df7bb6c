"""Rounds of cut and branch with HiGHS: solve the capacities with the rows known, route, add what is broken, again.

The fall-back where PySCIPOpt is missing. Slower than one tree, as exact: the bound is that of the last program solved.
"""

import math

import numpy as np

from planner.limits import Watch
from planner.network.solver import whole
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row
from planner.survivable.masters import Master
from planner.survivable.neighbourhoods import start
from planner.survivable.primal import Primal
from planner.survivable.search import Outcome
from planner.survivable.separation import Separator

NODES = 200_000
MOST_ROUNDS = 500
GAP = 1e-7


def cut_and_branch(
    problem: Compiled, separator: Separator, primal: Primal, rows: tuple[Row, ...], watch: Watch
) -> Outcome:
    """Run until the cheapest capacities that satisfy all rows can be routed."""
    master = Master(problem)
    relaxed = np.zeros(problem.columns.count)
    for row in rows:
        master.add(row)
    start(problem, primal, relaxed)
    bound, nodes, turns = -math.inf, 0, 0
    for _ in range(MOST_ROUNDS):
        turns += 1
        hint = None if primal.best is None else dict(zip(master.variables, primal.best.tolist(), strict=True))
        answer = whole(master.model, hint, GAP, NODES, watch)
        nodes += answer.nodes
        if answer.infeasible:
            break  # the instance has designs: nothing to conclude
        bound = max(bound, answer.bound)
        if answer.values is None:
            break
        values = master.point(dict(answer.values))
        broken = separator.refuse(values)
        if broken is None:
            primal.offer(values)
        else:
            primal.near(values)
            for row in [*broken, *_also(separator, values)]:
                master.add(row)
        if primal.objective <= bound + GAP * max(1.0, abs(bound)) or watch.over or (broken is None and answer.stopped):
            break
    return Outcome(primal.best, bound, nodes, {"rounds": turns})


def _also(separator: Separator, values: Floats) -> list[Row]:
    """Return more that a whole point breaks: metric inequalities of several states."""
    return separator.routed(values, most=10)
