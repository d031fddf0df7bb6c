"""Survivable design from question to answer: proof of impossibility, root bound, search, description."""

import math
from dataclasses import replace

import numpy as np

from planner.limits import Limits, Watch
from planner.survivable import compact as compact_model
from planner.survivable import tree
from planner.survivable.beside import Beside, fits
from planner.survivable.compiled import Compiled, compiled
from planner.survivable.describe import certificate, flows, purchases
from planner.survivable.design import Design
from planner.survivable.impossible import impossible
from planner.survivable.instance import Instance
from planner.survivable.neighbourhoods import Helper, start
from planner.survivable.primal import Primal
from planner.survivable.protection import protect
from planner.survivable.relaxation import Root, tighten
from planner.survivable.rounds import cut_and_branch
from planner.survivable.search import Outcome
from planner.survivable.separation import Separator
from planner.survivable.symmetric import both_ways, undirected

GRACE_S = 2.0
"""How long after the end the answer of the search beside the tree is waited for."""
PROVED = 1e-6
"""Relative gap that counts as none."""


def solve(instance: Instance, limits: Limits, *, engine: str | None = None, processes: int = 2) -> Design:
    """Design the links of an instance.

    Parameters
    ----------
    limits
        `time_limit_s` is wall clock; the best design so far comes back when it is over.
    engine
        "tree" (SCIP), "rounds" (HiGHS); by default the tree where PySCIPOpt is installed.
    processes
        2: large-neighbourhood search runs beside the tree. The optimum is the same; which of several optima, and how
        far a
        solve came that the clock ended, depend on the machine.

    Returns
    -------
    Design
        `optimal` only with bound = objective up to 1e-6; `infeasible` only with a proof that names the cut.

    """
    simpler = undirected(instance)
    if simpler is not None:
        return both_ways(solve(simpler, limits, engine=engine, processes=processes))
    watch = Watch(limits)
    problem = compiled(instance)
    if not len(problem.value):
        return Design("optimal", instance.constant_cost, instance.constant_cost)
    proof = impossible(problem)
    if proof is not None:
        return Design("infeasible", None, None, impossible=proof)
    if instance.rerouting == "one_plus_one":
        return protect(problem, watch)
    priced = any(link.routing_cost > 0 for link in instance.links)
    if priced and not problem.has_hop_limits and compact_model.flow_variables(problem) <= compact_model.MOST_FLOWS:
        return compact_model.compact(problem, watch)
    chosen = engine or ("tree" if tree.available() else "rounds")
    run = tree.branch_and_cut if chosen == "tree" else cut_and_branch
    separator = Separator(problem, limits.seed)
    flows_too = processes > 1 and chosen == "tree" and fits(problem)
    helper: Helper | Beside | None = None
    if chosen == "tree" and processes > 1 and not flows_too:
        helper = Helper(instance, limits, watch.left_s)
    try:
        primal = Primal(problem, separator, watch, helper)
        primal.plain()
        root = tighten(problem, separator, watch)
        if flows_too:
            start(problem, primal, root.values)
            primal.helper = helper = Beside(problem, root.rows, primal.best, watch)
        outcome = run(problem, separator, primal, root.rows, watch)
        if outcome.work.get("failed") and not watch.over:
            outcome = tree.branch_and_cut(problem, separator, primal, root.rows, watch, again=True)
        if isinstance(helper, Beside):
            outcome = _with(helper, primal, outcome, watch)
    finally:
        if helper is not None:
            helper.close()
    if priced and outcome.values is not None:
        return compact_model.priced_afterwards(
            problem, separator, outcome.values, max(root.bound, outcome.bound), outcome.work
        )
    return _described(problem, separator, root, outcome)


def _with(beside: Beside, primal: Primal, outcome: Outcome, watch: Watch) -> Outcome:
    """Join what the tree and the search beside it have found; wait for that one if the time was cut short."""
    if not outcome.work.get("proved"):
        beside.finish(max(0.0, watch.left_s) + GRACE_S)
    primal.poll()
    values = outcome.values
    if primal.best is not None and (values is None or primal.objective < float(primal.problem.columns.cost @ values)):
        values = primal.best
    return replace(outcome, values=values, bound=max(outcome.bound, beside.bound))


def whole_bound(problem: Compiled, bound: float) -> float:
    """Raise a bound to the next cost that can occur: a multiple of the common divisor of all costs."""
    columns = problem.columns
    if not columns.whole.all() or not len(columns.cost):
        return bound
    cents = columns.cost * 100
    if np.abs(cents - np.round(cents)).max() > 1e-6 or not math.isfinite(bound):
        return bound
    divisor = math.gcd(*(int(cost) for cost in np.round(cents).tolist()))
    if divisor == 0:
        return bound
    steps = bound * 100 / divisor
    return math.ceil(steps - max(1e-6, 1e-8 * abs(steps))) * divisor / 100


def _described(problem: Compiled, separator: Separator, root: Root, outcome: Outcome) -> Design:
    constant = problem.instance.constant_cost
    bound = max(root.bound, outcome.bound if math.isfinite(outcome.bound) else root.bound)
    bound = whole_bound(problem, bound)
    proof = certificate(problem, root.proof)
    routed = {"routings": separator.router.solves, "routings_spared": separator.router.reused}
    work = dict(sorted({**outcome.work, **routed, "nodes": outcome.nodes, "root_rounds": root.rounds}.items()))
    if outcome.values is None:
        return Design("unknown", None, bound + constant, certificate=proof, work=work, cut_short=True)
    capacity = problem.existing + problem.columns.capacity(outcome.values, problem.links)
    carried = flows(problem, separator.router, capacity)
    if carried is None:
        return Design("unknown", None, bound + constant, certificate=proof, work=work, cut_short=True)
    bought = purchases(problem, outcome.values)
    objective = sum(one.cost for one in bought) + constant
    room = PROVED * max(1.0, abs(objective))
    if bound + constant > objective + room:
        # a design below a bound: one of them is wrong, and the design is checked
        return Design("feasible", objective, None, links=bought, routing=carried, work=work, cut_short=True)
    optimal = objective - bound - constant <= room
    return Design(
        status="optimal" if optimal else "feasible",
        objective=objective,
        bound=objective if optimal else bound + constant,
        links=bought,
        routing=carried,
        certificate=proof,
        work=work,
        cut_short=not optimal,
    )
