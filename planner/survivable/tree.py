"""One-tree branch and cut with SCIP (PySCIPOpt, optional): nodes separate, whole points are routed in all states."""

import math
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.limits import Watch
from planner.survivable.compiled import Compiled, Floats
from planner.survivable.cuts import Row
from planner.survivable.primal import Primal
from planner.survivable.programs import RoutingError
from planner.survivable.search import Outcome
from planner.survivable.separation import LateError, Separator

Scip = Any
"""Objects of PySCIPOpt, which has no types."""

NODE_ROUNDS = 4
"""Rounds of cuts at a node below the root."""
ROOT_ROUNDS = 20
LAST = -5_000_000
"""After the linear constraints: only points that keep the order of the steps are looked at."""
HULL_ROOT = 10
HULL_NODE = 4
"""Cuts whose facets are looked for."""
TRIPLES_ROOT = 10
TRIPLES_NODE = 2
"""Threes of node groups whose facets are looked for."""
CHECKS = 0.15
"""Part of the time in which points of SCIP's own heuristics are routed; beyond, they are refused unseen."""
METRIC = 0.3
"""Part of the time in which fractional points are routed."""
SEPARATE = 0.35
"""Part of the time, from the first node below the root, in which cuts are looked for: beyond, nodes only branch."""
FREE_S = 1.0
"""Before shares count."""


def available() -> bool:
    """Whether PySCIPOpt is installed."""
    return find_spec("pyscipopt") is not None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the space, for large-neighbourhood search."""

    fixed: NDArray[np.bool_]
    """C: columns that stay as they are."""
    values: Floats
    """C: what they stay at; also the start."""
    nodes: int
    seconds: float


def branch_and_cut(
    problem: Compiled,
    separator: Separator,
    primal: Primal,
    rows: tuple[Row, ...],
    watch: Watch,
    part: Part | None = None,
    *,
    quiet: bool = True,
    again: bool = False,
) -> Outcome:
    """Run the tree until proved, interrupted or out of time; on a part of the space if one is given.

    A tree that SCIP gives up says so (`work["failed"]`) and proves nothing.

    Parameters
    ----------
    rows
        Inequalities of the root, kept as constraints from the start.
    primal
        Holds the best point so far, and turns whole points that fail into ones that do not.
    again
        After a failure: in another order, without routing fractional points.

    """
    import pyscipopt  # optional

    scip: Scip = pyscipopt
    model = pyscipopt.Model()
    if quiet:
        model.hideOutput()
    columns = problem.columns
    variables = []
    for column in range(columns.count):
        kind = "I" if columns.whole[column] else "C"
        low, high = 0.0, float(columns.most[column])
        if part is not None and part.fixed[column]:
            low = high = float(part.values[column])
        variables.append(model.addVar(f"x{column}", vtype=kind, lb=low, ub=high, obj=float(columns.cost[column])))
    for column, (before, opening) in enumerate(zip(columns.before.tolist(), columns.opening.tolist(), strict=True)):
        if before >= 0:
            model.addCons(variables[column] <= variables[before])
        if opening >= 0:
            model.addCons(variables[column] <= float(columns.most[column]) * variables[opening])
    for column in np.flatnonzero(columns.openings()).tolist():
        model.chgVarBranchPriority(variables[column], 1)  # which links there are comes before how large they are
    for row in rows:
        model.addCons(_expression(pyscipopt, variables, row) >= row.least)

    handler = _handler(pyscipopt)(problem, separator, primal, variables, watch)
    model.includeConshdlr(
        handler, "survivable", "every state can be routed",
        sepapriority=1, enfopriority=LAST, chckpriority=LAST,
        sepafreq=1, propfreq=-1, eagerfreq=-1, needscons=False,
    )  # fmt: skip
    handler.partial = part is not None
    handler.metric = 0.0 if again else METRIC
    separator.late = lambda: watch.over
    heuristic = _heuristic(pyscipopt)(primal, variables)
    model.includeHeur(heuristic, "incumbents", "points found elsewhere", "y", freq=1, timingmask=1)
    model.setParam("randomization/randomseedshift", watch.limits.seed + again)
    model.setParam("limits/time", max(0.1, watch.left_s if part is None else min(part.seconds, watch.left_s)))
    if primal.helper is not None:
        model.setHeuristics(scip.SCIP_PARAMSETTING.FAST)
    if part is not None:
        model.setParam("limits/totalnodes", part.nodes)
        model.setParam("separating/maxroundsroot", 5)
    model.setParam("timing/clocktype", 2)
    model.setParam("misc/usesymmetry", 0)
    model.setParam("misc/allowstrongdualreds", False)
    model.setParam("misc/allowweakdualreds", False)
    model.setParam("presolving/maxrestarts", 0)
    model.setParam("separating/maxroundsroot", 30)
    model.setParam("limits/gap", 0.0)
    if primal.best is not None:
        _offer(model, variables, primal.best)
    failed = False
    try:
        model.optimize()
    except Exception:  # PySCIPOpt raises nothing narrower; what was found stands, the bound does not
        failed = True
    if failed:
        return Outcome(primal.best, -math.inf, 0, {**handler.work, "failed": 1})
    values = None
    if model.getNSols():
        best = model.getBestSol()
        values = np.array([model.getSolVal(best, variable) for variable in variables])
        values = np.where(columns.whole, np.round(values), values)
    if part is None and primal.best is not None and (values is None or columns.cost @ values > primal.objective):
        values = primal.best
    bound = float(model.getDualbound()) if handler.bound is None else min(handler.bound, float(model.getDualbound()))
    proved = handler.bound is None and model.getStatus() in ("optimal", "infeasible")
    return Outcome(
        values=values,
        bound=bound if abs(bound) < model.infinity() else -math.inf,
        nodes=int(model.getNTotalNodes()),
        work={**handler.work, "cuts": handler.cuts, "proved": int(proved)},
    )


def _expression(pyscipopt: Scip, variables: list[Scip], row: Row) -> Scip:
    terms = np.flatnonzero(np.abs(row.coefficients) > 1e-11).tolist()
    return pyscipopt.quicksum(float(row.coefficients[column]) * variables[column] for column in terms)


def _offer(model: Scip, variables: list[Scip], values: Floats) -> bool:
    solution = model.createSol()
    for variable, value in zip(variables, values.tolist(), strict=True):
        model.setSolVal(solution, variable, value)
    return bool(model.addSol(solution))


def _heuristic(pyscipopt: Scip) -> Scip:
    class Incumbents(pyscipopt.Heur):  # type: ignore[misc]
        """Hands to SCIP what the primal side has found."""

        def __init__(self, primal: Primal, variables: list[Scip]) -> None:
            self.primal, self.variables = primal, variables
            self.given: float | None = None

        def heurexec(self, heurtiming: Scip, nodeinfeasible: Scip) -> dict[str, Scip]:
            self.primal.poll()
            best = self.primal.best
            if best is None or self.given == self.primal.objective:
                return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
            self.given = self.primal.objective
            solution = self.model.createOrigSol(self)
            for variable, value in zip(self.variables, best.tolist(), strict=True):
                self.model.setSolVal(solution, variable, value)
            accepted = self.model.trySol(solution)
            return {"result": pyscipopt.SCIP_RESULT.FOUNDSOL if accepted else pyscipopt.SCIP_RESULT.DIDNOTFIND}

    return Incumbents


def _handler(pyscipopt: Scip) -> Scip:
    result = pyscipopt.SCIP_RESULT

    class Survivable(pyscipopt.Conshdlr):  # type: ignore[misc]
        """The failure states as one constraint."""

        def __init__(
            self, problem: Compiled, separator: Separator, primal: Primal, variables: list[Scip], watch: Watch
        ) -> None:
            self.problem, self.separator, self.primal = problem, separator, primal
            self.variables, self.watch = variables, watch
            self.cuts = 0
            self.work: dict[str, int] = {"separations": 0, "checks": 0, "refused": 0}
            self.node, self.rounds = -1, 0
            self.bound: float | None = None
            """Bound when a point was refused unseen."""
            self.began = watch.seconds
            self.checked_s = self.metric_s = self.below_s = 0.0
            self.below: float | None = None
            """When the first node below the root was separated."""
            self.metric = METRIC
            self.partial = False
            """On a part of the space: known node sets only, fast."""

        def point(self, solution: Scip = None) -> Floats:
            return np.array([self.model.getSolVal(solution, variable) for variable in self.variables])

        def add(self, rows: list[Row], *, local: bool = False) -> str:
            for row in rows:
                scip_row = self.model.createEmptyRowUnspec(
                    f"cut{self.cuts}", lhs=row.least, rhs=None, local=local, removable=True
                )
                self.model.cacheRowExtensions(scip_row)
                for column in np.flatnonzero(np.abs(row.coefficients) > 1e-11).tolist():
                    self.model.addVarToRow(scip_row, self.variables[column], float(row.coefficients[column]))
                self.model.flushRowExtensions(scip_row)
                if self.model.addCut(scip_row, forcecut=True):
                    return "cutoff"
                self.model.addPoolCut(scip_row)
                self.cuts += 1
            return "separated"

        def stop(self) -> None:
            if self.watch.over or self.primal.closed:
                self.model.interruptSolve()

        def within(self, spent_s: float, share: float) -> bool:
            """Whether what was spent on something is within its share of the time."""
            return spent_s < share * (self.watch.seconds - self.began) + FREE_S

        def gave_up(self) -> dict[str, Scip]:
            """Refuse a point unseen: the bound stays what it was."""
            if self.bound is None:
                self.bound = float(self.model.getDualbound())
            self.model.interruptSolve()
            return {"result": result.INFEASIBLE}

        def conssepalp(self, constraints: Scip, nusefulconss: Scip) -> dict[str, Scip]:
            began = self.watch.seconds
            if self.model.getDepth() > 0:
                if self.below is None:
                    self.below = began
                if self.below_s > SEPARATE * (began - self.below) + FREE_S:
                    return {"result": result.DIDNOTRUN}
            found = self.separate()
            if self.model.getDepth() > 0:
                self.below_s += self.watch.seconds - began
            return found

        def separate(self) -> dict[str, Scip]:
            self.stop()
            node = self.model.getCurrentNode().getNumber()
            if node != self.node:
                self.node, self.rounds = node, 0
            self.rounds += 1
            depth = self.model.getDepth()
            if self.rounds > (ROOT_ROUNDS if depth == 0 else NODE_ROUNDS):
                return {"result": result.DIDNOTRUN}
            self.work["separations"] += 1
            if self.partial:
                point = self.point()
                rows = self.separator.rows(point, deep=False, metric=False, most=16)
                rows = rows or self.separator.known(point, 12)
                if not rows:
                    return {"result": result.DIDNOTFIND}
                return {"result": result.CUTOFF if self.add(rows) == "cutoff" else result.SEPARATED}
            deep = depth == 0 or (self.rounds == 1 and node % 8 == 0)
            hull = HULL_ROOT if depth == 0 else HULL_NODE if depth <= 5 or node % 4 == 0 else 0
            triples = (TRIPLES_ROOT if depth == 0 else TRIPLES_NODE if depth <= 4 else 0) if self.rounds <= 2 else 0
            point = self.point()
            rows = self.separator.rows(point, deep=deep, metric=False, most=16, hull=hull, triples=triples)
            if len(rows) < 4 and self.metric > 0 and self.within(self.metric_s, self.metric):
                began = self.watch.seconds
                rows += self.separator.known(point, 12) or self.separator.routed(point, most=6)
                self.metric_s += self.watch.seconds - began
            if not rows:
                return {"result": result.DIDNOTFIND}
            return {"result": result.CUTOFF if self.add(rows) == "cutoff" else result.SEPARATED}

        def consenfolp(self, constraints: Scip, nusefulconss: Scip, solinfeasible: Scip) -> dict[str, Scip]:
            self.stop()
            values = self.whole(self.point())
            try:
                rows = self.separator.refuse(values, give_up=True)
            except (LateError, RoutingError):
                return self.gave_up()
            if rows is None:
                self.primal.offer(values)
                return {"result": result.FEASIBLE}
            self.primal.near(values)
            violated = [row for row in rows if row.violation(values) > 1e-6]
            assert violated
            return {"result": result.CUTOFF if self.add(violated) == "cutoff" else result.SEPARATED}

        def consenfops(
            self, constraints: Scip, nusefulconss: Scip, solinfeasible: Scip, objinfeasible: Scip
        ) -> dict[str, Scip]:
            return {"result": result.SOLVELP}

        def conscheck(
            self, constraints: Scip, solution: Scip, checkintegrality: Scip, checklprows: Scip, printreason: Scip,
            completely: Scip,
            **rest: Scip,
        ) -> dict[str, Scip]:  # fmt: skip
            values = self.point(solution)
            if np.abs(values - np.round(values))[self.problem.columns.whole].max(initial=0.0) > 1e-5:
                return {"result": result.INFEASIBLE}
            values = self.whole(values)
            if self.separator.key(values) not in self.separator.good:
                # a point of a heuristic: those of the relaxation are enforced first
                cheaper = float(self.problem.columns.cost @ values) < self.primal.objective
                if not cheaper or not self.within(self.checked_s, CHECKS):
                    return {"result": result.INFEASIBLE}
            self.work["checks"] += 1
            began = self.watch.seconds
            try:
                good = self.separator.routable(values, give_up=True)
            except LateError:
                return self.gave_up()
            except RoutingError:  # a heuristic's point is not missed
                return {"result": result.INFEASIBLE}
            self.checked_s += self.watch.seconds - began
            if good:
                self.primal.offer(values)
                return {"result": result.FEASIBLE}
            self.work["refused"] += 1
            self.primal.near(values)
            return {"result": result.INFEASIBLE}

        def conslock(self, constraint: Scip, locktype: Scip, nlockspos: Scip, nlocksneg: Scip) -> None:
            for variable in self.variables:
                self.model.addVarLocks(variable, nlockspos, nlocksneg)

        def whole(self, values: Floats) -> Floats:
            return np.where(self.problem.columns.whole, np.round(values), values)

    return Survivable
