"""Decides whether a packing on K hosts exists, from all patterns that such a packing could use.

    π·a ≥ π·N - (K-1)·v*   for every known pair (π, v*),     waste of each resource ≤ K·C_k - Σ_i w[i,k]·N_i

leave often but some hundreds of patterns. Over these all, the relaxation with equal signs and subset rows of three kinds

    Σ_p ⌊(a[i,p] + a[j,p] + a[k,p]) / 2⌋ x_p ≤ ⌊(N_i + N_j + N_k) / 2⌋       (Jepsen, Petersen, Spoorendonk, Pisinger 2008)

refutes K, or its duals refuse more patterns; the rest is a small whole program for HiGHS. A refutation by the relaxation
is computed in whole numbers. Enumerating columns inside the gap: Baldacci, Christofides, Mingozzi (2008).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from ortools.math_opt.python import mathopt

from planner.limits import Watch
from planner.packing.columns import ONE, Prices
from planner.packing.patterns import Patterns
from planner.packing.problem import Problem, Whole
from planner.packing.relaxation import Relaxation
from planner.packing.rules import Packing
from planner.packing.subsets import violated

MOST_PATTERNS = 60_000
MOST_LABELS = 400_000
CUT_ROUNDS = 12
NODES = 3000


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found out about K hosts."""

    verdict: Literal["packed", "refuted", "open"]
    packing: Packing
    patterns: int = 0


def decide(problem: Problem, hosts: int, prices: list[Prices], watch: Watch) -> Decision:
    """Pack on so many hosts, or prove that nobody can."""
    waste = hosts * problem.offer - problem.total
    if (waste < 0).any():
        return Decision("refuted", [])
    found = Patterns(problem).above(prices[0].value, prices[0].least(problem.counts, hosts), MOST_LABELS, waste)
    pool = found.patterns
    for other in prices[1:]:
        pool = pool[pool @ other.value >= other.least(problem.counts, hosts)]
    if not found.complete or len(pool) > MOST_PATTERNS:
        return Decision("open", [], len(pool))
    pool, refuted = tightened(problem.counts, hosts, pool, watch)
    if refuted:
        return Decision("refuted", [])
    return whole(problem.counts, hosts, pool, watch)


def tightened(counts: Whole, hosts: int, pool: Whole, watch: Watch) -> tuple[Whole, bool]:
    """Cut the relaxation over all patterns; return those left, and whether that refutes so few hosts."""
    sets: list[Whole] = []
    for _ in range(CUT_ROUNDS):
        if not _covers(counts, pool):
            return pool[:0], True
        relaxation = Relaxation(counts, exactly=True)
        relaxation.add(list(pool))
        for members in sets:
            relaxation.cut(members)
        value = relaxation.solve()
        if value is None or watch.over:
            break
        worth, most, total = _proof(relaxation, counts, pool)
        if most > 0 and total > hosts * most:
            return pool[:0], True
        if most > 0:
            pool = pool[worth >= total - (hosts - 1) * most]
        fresh = violated(relaxation, counts)
        if not fresh:
            break
        sets = [s for s, dual in zip(sets, relaxation.cut_duals, strict=True) if dual < 0] + fresh
    return pool, False


def _covers(counts: Whole, pool: Whole) -> bool:
    return bool(len(pool)) and bool((pool.max(axis=0) > 0)[counts > 0].all())


def _proof(relaxation: Relaxation, counts: Whole, pool: Whole) -> tuple[Whole, int, int]:
    """Return each pattern's worth, the most of them, and the worth of everything, exact; cuts count against it."""
    price = np.round(relaxation.duals * ONE).astype(np.int64)
    charge = np.round(-relaxation.cut_duals * ONE).astype(np.int64)
    worth = pool @ price
    total = sum(v * n for v, n in zip(price.tolist(), counts.tolist(), strict=True))
    for members, fee in zip(relaxation.sets, charge.tolist(), strict=True):
        worth = worth - fee * (pool[:, members].sum(axis=1) // 2)
        total -= fee * (int(counts[members].sum()) // 2)
    return worth, int(worth.max(initial=0)), total


def whole(counts: Whole, hosts: int, pool: Whole, watch: Watch) -> Decision:
    """Choose patterns that hold everything exactly once."""
    if not _covers(counts, pool):
        return Decision("refuted", [])
    model = mathopt.Model()
    most = np.where(pool > 0, counts // np.maximum(pool, 1), 1 << 31).min(axis=1)
    x = [model.add_integer_variable(lb=0.0, ub=float(most[p])) for p in range(len(pool))]
    for kind in np.flatnonzero(counts).tolist():
        row = model.add_linear_constraint(lb=float(counts[kind]), ub=float(counts[kind]))
        for p in np.flatnonzero(pool[:, kind]).tolist():
            row.set_coefficient(x[p], float(pool[p, kind]))
    number = model.add_linear_constraint(ub=float(hosts))
    for variable in x:
        number.set_coefficient(variable, 1.0)
    result = mathopt.solve(
        model,
        mathopt.SolverType.HIGHS,
        params=mathopt.SolveParameters(
            time_limit=timedelta(seconds=max(0.01, watch.left_s)), node_limit=round(NODES * watch.limits.effort),
            random_seed=watch.limits.seed,
        ),
    )  # fmt: skip
    if result.termination.reason == mathopt.TerminationReason.INFEASIBLE:
        return Decision("refuted", [], len(pool))
    if not result.has_primal_feasible_solution():
        return Decision("open", [], len(pool))
    values = result.variable_values()
    chosen = [(pool[p], round(values[x[p]])) for p in range(len(pool)) if round(values[x[p]])]
    return Decision("packed", chosen, len(pool))
