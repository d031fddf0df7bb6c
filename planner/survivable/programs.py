r"""The linear program of routing (`planner.survivable.routing`) in two solvers.

With PySCIPOpt each state has a program of its own in SoPlex, which goes on from its last basis: when a capacity differs
little from the last one, a few steps of the dual simplex method answer. Without it, or where the programs together
would be large, one program in GLOP serves all states.
"""

from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from planner.survivable.compiled import Compiled, Floats, Ints

Path = tuple[int, tuple[int, ...]]
"""Commodity, bundles rising."""
Flow = tuple[NDArray[np.int32], Floats]
"""Places of paths, amounts."""
MOST_HELD = 350_000
"""Rows and columns of all programs together; beyond, those not asked for longest are forgotten."""
LEAST_PROGRAMS = 16
"""Where not even so many of the states would fit, they share one program."""
MOST_COMMODITIES = 5_000
FIRST_PATHS = 3
"""Paths for each commodity with which a program starts, those found last."""
MOST_PATHS = 8
"""Paths for each commodity beyond which a program starts anew."""


class RoutingError(RuntimeError):
    """The linear program could not be solved, which says nothing about the network."""


class Program(Protocol):
    """min Σ unrouted over the paths known to it."""

    def begin(self, state: int, room: Floats, wanted: Floats, down: NDArray[np.bool_]) -> None:
        """Ask about a state: what the bundles hold, what the commodities want, which bundles are down."""

    def solve(self) -> tuple[float, Floats, Floats]:
        """Return what stays unrouted, prices of the commodities (K), lengths of the bundles.

        Raises
        ------
        RoutingError
            The solver gave up.

        """

    def add(self, places: list[int]) -> bool:
        """Take in paths of the list; whether any was new."""

    def flow(self, noise: float) -> Flow:
        """Return the path flows of the last solution that are larger than noise."""


def program(problem: Compiled, bundles: int, paths: list[Path]) -> Program:
    """Return the program that suits a problem; `paths` is the list that places refer to, shared and growing."""
    count, states = len(problem.value), len(problem.states)
    fit = MOST_HELD // ((2 + FIRST_PATHS) * (count + bundles))
    if find_spec("pyscipopt") is not None and count <= MOST_COMMODITIES and fit >= min(states, LEAST_PROGRAMS):
        return Each(count, bundles, paths)
    return Shared(count, bundles, paths)


class Shared:
    """One program for all states, in GLOP."""

    def __init__(self, commodities: int, bundles: int, paths: list[Path]) -> None:
        self.paths = paths
        solver = pywraplp.Solver.CreateSolver("GLOP")
        # without preprocessing the last basis is the start of the next solve
        solver.SetSolverSpecificParametersAsString("use_preprocessing: false")
        self.solver = solver
        self.demand_rows = [solver.Constraint(0.0, solver.infinity()) for _ in range(commodities)]
        self.bundle_rows = [solver.Constraint(-solver.infinity(), 0.0) for _ in range(bundles)]
        objective = solver.Objective()
        objective.SetMinimization()
        for row in self.demand_rows:
            variable = solver.NumVar(0.0, solver.infinity(), "")
            row.SetCoefficient(variable, 1.0)
            objective.SetCoefficient(variable, 1.0)
        self.variables: list[pywraplp.Variable] = []

    def begin(self, state: int, room: Floats, wanted: Floats, down: NDArray[np.bool_]) -> None:
        """See `Program`; all paths are known to every state."""
        self.add([])
        for row, most in zip(self.bundle_rows, room.tolist(), strict=True):
            row.SetUb(most)
        for row, least in zip(self.demand_rows, wanted.tolist(), strict=True):
            row.SetLb(least)

    def solve(self) -> tuple[float, Floats, Floats]:
        """See `Program`."""
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            message = "routing: the linear program was not solved"
            raise RoutingError(message)
        price = np.array([row.dual_value() for row in self.demand_rows])
        lengths = -np.array([row.dual_value() for row in self.bundle_rows])
        return self.solver.Objective().Value(), price, lengths

    def add(self, places: list[int]) -> bool:
        """See `Program`."""
        fresh = range(len(self.variables), len(self.paths))
        for place in fresh:
            k, bundles = self.paths[place]
            variable = self.solver.NumVar(0.0, self.solver.infinity(), "")
            self.variables.append(variable)
            self.demand_rows[k].SetCoefficient(variable, 1.0)
            for bundle in bundles:
                self.bundle_rows[bundle].SetCoefficient(variable, 1.0)
        return len(fresh) > 0

    def flow(self, noise: float) -> Flow:
        """See `Program`."""
        amounts = np.array([variable.solution_value() for variable in self.variables])
        used = np.flatnonzero(amounts > noise)
        return used.astype(np.int32), amounts[used]


class Each:
    """A program for each state, in SoPlex."""

    def __init__(self, commodities: int, bundles: int, paths: list[Path]) -> None:
        self.commodities, self.bundles, self.paths = commodities, bundles, paths
        self.programs: dict[int, Any] = {}
        """State → program, that asked for last at the end."""
        self.held = 0
        """Rows and columns of all."""
        self.known: dict[int, list[int]] = {}
        """State → places of its paths, in the order of its columns."""
        self.wanted: dict[int, Floats] = {}
        self.members: dict[int, set[int]] = {}
        self.state = -1
        self.first = True

    def begin(self, state: int, room: Floats, wanted: Floats, down: NDArray[np.bool_]) -> None:
        """See `Program`; a new program starts with paths found lately, in whatever state, that are up."""
        self.state, self.first = state, True
        if len(self.known.get(state, ())) > MOST_PATHS * (self.commodities + self.bundles):
            self._forget(state)
        if state not in self.programs:
            self._create(state, down)
        lp = self.programs[state] = self.programs.pop(state)
        while self.held > MOST_HELD and len(self.programs) > 1:
            self._forget(next(iter(self.programs)))
        infinity = lp.infinity()
        for bundle, most in enumerate(room.tolist(), self.commodities):
            lp.chgSide(bundle, -infinity, most)
        before = self.wanted.get(state)
        if before is None or not np.array_equal(before, wanted):
            for k, least in enumerate(wanted.tolist()):
                lp.chgSide(k, least, infinity)
            self.wanted[state] = wanted

    def _forget(self, state: int) -> None:
        self.held -= 2 * self.commodities + self.bundles + len(self.known[state])
        for part in (self.programs, self.known, self.wanted, self.members):
            part.pop(state, None)

    def _create(self, state: int, down: NDArray[np.bool_]) -> None:
        from pyscipopt import LP  # optional

        lp = LP("routing", sense="minimize")
        count, infinity = self.commodities, lp.infinity()
        lp.addCols([[] for _ in range(count)], objs=[1.0] * count, lbs=[0.0] * count, ubs=[infinity] * count)
        lp.addRows([[(k, 1.0)] for k in range(count)], lhss=[0.0] * count, rhss=[infinity] * count)
        lp.addRows([[]] * self.bundles, lhss=[-infinity] * self.bundles, rhss=[0.0] * self.bundles)
        self.programs[state], self.known[state], self.members[state] = lp, [], set()
        self.held += 2 * count + self.bundles
        most = FIRST_PATHS * (self.commodities + self.bundles)
        first = max(0, len(self.paths) - most)
        self.add([at for at, path in enumerate(self.paths[first:], first) if not down[list(path[1])].any()])

    def solve(self) -> tuple[float, Floats, Floats]:
        """See `Program`."""
        lp = self.programs[self.state]
        lp.solve(dual=self.first)
        self.first = False
        if not lp.isOptimal():
            self._forget(self.state)
            message = "routing: the linear program was not solved"
            raise RoutingError(message)
        dual = np.array(lp.getDual())
        return lp.getObjVal(), dual[: self.commodities], -dual[self.commodities :]

    def add(self, places: list[int]) -> bool:
        """See `Program`."""
        members = self.members[self.state]
        new = [place for place in places if place not in members]
        if new:
            lp, count = self.programs[self.state], len(new)
            entries = [
                [(self.paths[at][0], 1.0), *((self.commodities + bundle, 1.0) for bundle in self.paths[at][1])]
                for at in new
            ]
            lp.addCols(entries, objs=[0.0] * count, lbs=[0.0] * count, ubs=[lp.infinity()] * count)
            self.known[self.state] += new
            members.update(new)
            self.held += count
        return bool(new)

    def flow(self, noise: float) -> Flow:
        """See `Program`."""
        amounts = np.array(self.programs[self.state].getPrimal())[self.commodities :]
        used = np.flatnonzero(amounts > noise)
        places: Ints = np.array(self.known[self.state], dtype=np.intp)
        return places[used].astype(np.int32), amounts[used]
