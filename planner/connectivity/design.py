"""The cheapest subgraph that stays connected when any one edge fails, with proof.

    min  Σ_e c_e x_e    with  (cut), (partition) of `cuts`,  x_e ∈ {0, 1}

1. a tour (`tour`): every tour is such a subgraph, so it bounds the cost from above;
2. the relaxation over all edges (`relaxation`): a bound and reduced costs;
3. a cost a little above the bound is tried: edges that no answer of that cost can have are dropped by their reduced
   costs, those that it must have are bought;
4. the rest goes to a whole program; cuts that its optimum violates are added until it is two-edge-connected. Either
   the optimum costs no more than was tried, or no answer does, and step 3 tries more.

Each optimum of step 4 is a bound for what is tried, since its rows are only some of the rows. Monma, Munson,
Pulleyblank (1990); Grötschel, Monma, Stoer (1995).
"""

import math

import numpy as np
from scipy import sparse

from planner.connectivity.cuts import Cut, smallest
from planner.connectivity.problem import Integers, Prices, Ring
from planner.connectivity.relaxation import Relaxation, useful
from planner.connectivity.tour import length, tour
from planner.limits import Limits, Watch
from planner.program import Program
from planner.program import solve as solve_program

KICKS = 150
ROUNDS = 500
FIRST_ROOM = 0.004
"""By how much the answer may be above the relaxation at first, part of it; doubled until it is enough."""


def solve(prices: Prices, limits: Limits | None = None) -> Ring:
    """Buy edges that connect all nodes twice, at least cost.

    Raises
    ------
    ProgramError
        The solver itself failed.

    """
    watch = Watch(limits or Limits())
    cost, n = prices.cost, len(prices.cost)
    if n < 3:  # two nodes of a simple graph have one edge between them
        return Ring("optimal", 0, 0.0, ()) if n == 1 else Ring("infeasible", None, math.inf, ())
    order = tour(cost, KICKS, watch)
    relaxation = Relaxation(cost, order, watch)
    relaxation.run()
    best = (length(cost, order), _pairs(order, np.roll(order, -1)))
    bound = max(0, math.ceil(max(0.0, relaxation.bound) - 1e-5))
    room = max(1.0, FIRST_ROOM * relaxation.bound)
    while bound < best[0] and not watch.over:
        # an answer no dearer than `most` uses edges of small reduced cost alone: either one is found, or none exists
        most = int(min(best[0] - 1, bound + room))
        proved, found = _whole(relaxation, most, watch)
        if math.isfinite(proved) or proved > 0:
            bound = max(bound, math.ceil(min(proved, most + 1) - 1e-5))
        if found is not None and found[0] < best[0]:
            best = found
        room *= 2
    objective = round(best[0])
    bound = min(objective, max(0, bound))
    return Ring("optimal" if bound >= objective else "feasible", objective, bound, best[1])


Found = tuple[float, tuple[tuple[int, int], ...]]


def _pairs(a: Integers, b: Integers) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((min(p), max(p)) for p in zip(a.tolist(), b.tolist(), strict=True)))


def _whole(relaxation: Relaxation, most: float, watch: Watch) -> tuple[float, Found | None]:
    """Solve among the edges that an answer of cost `most` can have; return the bound there and the best answer."""
    n, bound = relaxation.n, -math.inf
    a, b, always = useful(relaxation, most)
    cost = relaxation.cost[a, b]
    rows = [cut for cut in relaxation.rows if _tight(cut, relaxation)]
    matrix = sparse.csr_array(np.array([row.coefficients(a, b) for row in rows]).reshape(len(rows), len(a)))
    low = [row.low for row in rows]
    keys = {row.key for row in rows}
    for _ in range(ROUNDS):
        program = Program(
            cost, matrix, np.array(low), np.full(len(low), np.inf), always.astype(float), np.ones(len(a)),
            np.ones(len(a), dtype=bool),
        )  # fmt: skip
        found = solve_program(program, watch, absolute=0.999)
        bound = max(bound, found.bound)
        if found.values is None:
            break
        x = np.rint(found.values)
        new = list(smallest(n, a, b, x))
        if not new:
            return bound, (float(cost @ x), _pairs(a[x > 0.5], b[x > 0.5]))
        new = [cut for cut in new if cut.key not in keys]
        if not new or bound > most + 1e-5:
            break
        keys |= {cut.key for cut in new}
        relaxation.rows += new
        relaxation.keys |= keys
        matrix = sparse.vstack([matrix, np.array([cut.coefficients(a, b) for cut in new])], format="csr")
        low += [cut.low for cut in new]
    return bound, None


def _tight(cut: Cut, relaxation: Relaxation) -> bool:
    return float(cut.coefficients(relaxation.a, relaxation.b) @ relaxation.x) <= cut.low + 0.3
