"""Decides whether a packing on K hosts exists, from all patterns that such a packing could use.

    π·a ≥ π·N - (K-1)·v*   for every known pair (π, v*),     waste of each resource ≤ K·C_k - Σ_i w[i,k]·N_i

often leave some hundreds of patterns. Over all these, the relaxation with equal signs and subset rows of three kinds

    Σ_p ⌊(a[i,p] + a[j,p] + a[k,p]) / 2⌋ x_p ≤ ⌊(N_i + N_j + N_k) / 2⌋

refutes K, or its duals refuse more patterns; the rest is a small whole program for HiGHS. The relaxation's refutation
is computed in whole numbers. Subset rows: Jepsen, Petersen, Spoorendonk, Pisinger (2008); all columns inside the gap:
Baldacci, Christofides, Mingozzi (2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from planner.limits import Watch
from planner.packing.columns import ONE, Prices
from planner.packing.patterns import Patterns
from planner.packing.problem import Problem, Whole
from planner.packing.relaxation import Relaxation
from planner.packing.rules import Packing
from planner.packing.subsets import violated

LABELS_A_PATTERN = 10
"""Labels that may be spent for each pattern that the whole program may have."""
CUT_ROUNDS = 12
NODES = 3000
NEW_COLUMNS = 200
PENALTY = 3.0
"""Hosts that a workload left out counts as, in the relaxation."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found out about K hosts."""

    verdict: Literal["packed", "refuted", "open"]
    packing: Packing
    patterns: int = 0


def decide(problem: Problem, hosts: int, prices: Sequence[Prices], labels: int, watch: Watch) -> Decision:
    """Pack on so many hosts, or prove that nobody can; open when more than `labels` labels would be needed."""
    waste = hosts * problem.offer - problem.total
    if (waste < 0).any():
        return Decision("refuted", [])
    first = prices[0]
    found = Patterns(problem).above(first.value, first.least(problem.counts, hosts), labels, waste)
    if not found.complete:
        return Decision("open", [], len(found.patterns))
    pool = found.patterns
    for other in prices[1:]:
        pool = pool[pool @ other.value >= other.least(problem.counts, hosts)]
    if len(pool) > labels // LABELS_A_PATTERN:
        return Decision("open", [], len(pool))
    pool, refuted = tightened(problem.counts, hosts, pool, watch)
    if refuted:
        return Decision("refuted", [], len(pool))
    return whole(problem.counts, hosts, pool, watch)


def tightened(counts: Whole, hosts: int, pool: Whole, watch: Watch) -> tuple[Whole, bool]:
    """Cut the relaxation over all patterns; return those left, and whether that refutes so few hosts."""
    relaxation = Relaxation(counts, exactly=True, penalty=PENALTY)
    for _ in range(CUT_ROUNDS):
        while True:
            if watch.over or relaxation.solve() is None:
                return pool, False
            proof = _proof(relaxation, counts, pool)
            order = np.argsort(-proof.worth, kind="stable")[:NEW_COLUMNS]
            if not relaxation.add(list(pool[order[proof.worth[order] > ONE + ONE // 10**7]])):
                break
        if proof.total > hosts * proof.most:
            return pool[:0], True
        pool = pool[proof.worth >= proof.total - (hosts - 1) * proof.most]
        if not _covers(counts, pool):
            return pool[:0], True
        fresh = violated(relaxation, counts)
        if not fresh:
            break
        for members in fresh:
            relaxation.cut(members)
    return pool, False


def _covers(counts: Whole, pool: Whole) -> bool:
    return bool(len(pool)) and bool((pool.max(axis=0) > 0)[counts > 0].all())


@dataclass(frozen=True, slots=True)
class _Proof:
    worth: Whole
    """Of each pattern; what it is charged for cuts taken off."""
    most: int
    total: int
    """Worth of all workloads, less the charges of the cuts: no packing on fewer than total / most hosts."""


def _proof(relaxation: Relaxation, counts: Whole, pool: Whole) -> _Proof:
    price = np.round(relaxation.duals * ONE).astype(np.int64)
    charge = np.round(-relaxation.cut_duals * ONE).astype(np.int64)
    worth = pool @ price
    total = sum(v * n for v, n in zip(price.tolist(), counts.tolist(), strict=True))
    for members, fee in zip(relaxation.sets, charge.tolist(), strict=True):
        if fee:
            worth = worth - fee * (pool[:, members].sum(axis=1) // 2)
            total -= fee * (int(counts[members].sum()) // 2)
    return _Proof(worth, max(1, int(worth.max(initial=0))), total)


def whole(counts: Whole, hosts: int, pool: Whole, watch: Watch) -> Decision:
    """Choose patterns that hold everything exactly once."""
    from ortools.math_opt.python import mathopt  # spared where nothing is left to decide

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
