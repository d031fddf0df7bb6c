"""A linear or whole program as sparse arrays, solved by MathOpt without an object for every variable.

    min  c'x    with  low ≤ A x ≤ high,  lower ≤ x ≤ upper,  x[j] whole for j in W

Large location models are built from numpy arrays in milliseconds, where MathOpt's own Python objects take seconds.
The answer is read only after the status: an error of the solver is raised, never taken for "infeasible".
"""

import math
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt import model_parameters_pb2, model_pb2, model_update_pb2, result_pb2
from ortools.math_opt.core.python import solver as core
from ortools.math_opt.python import mathopt
from ortools.math_opt.python.solve import StatusNotOk
from scipy import sparse

from planner.limits import Watch

Floats = NDArray[np.float64]
Engine = Literal["highs", "scip", "cpsat", "glop"]

ENGINES = {
    "highs": mathopt.SolverType.HIGHS,
    "scip": mathopt.SolverType.GSCIP,
    "cpsat": mathopt.SolverType.CP_SAT,
    "glop": mathopt.SolverType.GLOP,
}


class ProgramError(RuntimeError):
    """The solver failed in a way that says nothing about the program."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program; rows and columns are positions in the arrays."""

    cost: Floats
    """Shape (n,)."""
    rows: sparse.csr_array
    """Shape (m, n)."""
    low: Floats
    """Shape (m,); -inf where there is none."""
    high: Floats
    """Shape (m,); inf where there is none."""
    lower: Floats
    """Shape (n,)."""
    upper: Floats
    """Shape (n,)."""
    whole: NDArray[np.bool_]
    """Shape (n,)."""

    def relaxed(self) -> "Program":
        """Return the same program without whole numbers."""
        none = np.zeros(len(self.cost), dtype=bool)
        return Program(self.cost, self.rows, self.low, self.high, self.lower, self.upper, none)

    def proto(self) -> model_pb2.ModelProto:
        """As MathOpt's protocol buffer."""
        model = model_pb2.ModelProto()
        model.variables.ids.extend(range(len(self.cost)))
        model.variables.lower_bounds.extend(self.lower.tolist())
        model.variables.upper_bounds.extend(self.upper.tolist())
        model.variables.integers.extend(self.whole.tolist())
        used = np.flatnonzero(self.cost)
        model.objective.linear_coefficients.ids.extend(used.tolist())
        model.objective.linear_coefficients.values.extend(self.cost[used].tolist())
        model.linear_constraints.ids.extend(range(len(self.low)))
        model.linear_constraints.lower_bounds.extend(self.low.tolist())
        model.linear_constraints.upper_bounds.extend(self.high.tolist())
        _matrix(model.linear_constraint_matrix, self.rows, 0)
        return model


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the solver proved."""

    values: Floats | None
    """Shape (n,); None if no solution was found."""
    objective: float | None
    bound: float
    """No solution is better; -inf when nothing is known, inf when there is proved to be no solution."""
    optimal: bool
    infeasible: bool
    nodes: int = 0
    reduced: Floats = field(default_factory=lambda: np.zeros(0))
    """Reduced costs, shape (n,); linear programs only."""
    duals: Floats = field(default_factory=lambda: np.zeros(0))
    """Shape (m,); linear programs only."""


def solve(
    program: Program,
    watch: Watch,
    *,
    engine: Engine = "highs",
    hint: Floats | None = None,
    gap: float = 1e-9,
    absolute: float = 0.0,
    nodes: int | None = None,
    threads: int = 1,
) -> Outcome:
    """Solve a program.

    Parameters
    ----------
    hint
        A solution to start from, shape (n,); whole programs only.
    gap, absolute
        Relative and absolute gap at which to stop.
    nodes
        Most branch-and-bound nodes: the deterministic limit.
    threads
        CP-SAT alone takes more than one.

    Raises
    ------
    ProgramError
        The solver itself failed.

    """
    if watch.over:
        return Outcome(None, None, -math.inf, optimal=False, infeasible=False)
    linear = not program.whole.any()
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=max(0.01, watch.left_s)))
    if not linear:
        parameters.relative_gap_tolerance, parameters.absolute_gap_tolerance = gap, absolute
        parameters.random_seed, parameters.node_limit = watch.limits.seed, None if engine == "cpsat" else nodes
    if engine == "cpsat":
        parameters.threads = threads
    wanted = model_parameters_pb2.ModelSolveParametersProto()
    if hint is not None and not linear:
        start = wanted.solution_hints.add()
        start.variable_values.ids.extend(range(len(hint)))
        start.variable_values.values.extend(hint.tolist())
    proto = program.proto()

    def run(by: Engine) -> result_pb2.SolveResultProto:
        return _call(lambda: core.solve(
            proto, ENGINES[by].value, mathopt.StreamableSolverInitArguments().to_proto(), parameters.to_proto(), wanted,
            None, mathopt.CallbackRegistration().to_proto(), None, None,
        ))  # fmt: skip

    try:
        reply = run(engine)
    except ProgramError:
        if engine != "highs":
            raise
        reply = run("scip")  # HiGHS 1.12 gives up on some programs that are sound
    return _outcome(reply, len(program.cost), len(program.low), linear)


class Rows:
    """A linear program that gains rows and columns, warm-started: GLOP keeps the basis between solves."""

    def __init__(self, program: Program) -> None:
        assert not program.whole.any()
        self.columns, self.count = len(program.cost), len(program.low)
        self._solver = _call(lambda: core.new(
            ENGINES["glop"].value, program.proto(), mathopt.StreamableSolverInitArguments().to_proto()
        ))  # fmt: skip

    def add_rows(self, rows: sparse.csr_array, low: Floats, high: Floats) -> None:
        """Add rows over the columns there are now."""
        update = model_update_pb2.ModelUpdateProto()
        new = update.new_linear_constraints
        new.ids.extend(range(self.count, self.count + len(low)))
        new.lower_bounds.extend(low.tolist())
        new.upper_bounds.extend(high.tolist())
        _matrix(update.linear_constraint_matrix_updates, rows, self.count)
        self._update(update)
        self.count += len(low)

    def add_columns(self, columns: sparse.csc_array, cost: Floats, lower: Floats, upper: Floats) -> None:
        """Add continuous columns over the rows there are now."""
        update = model_update_pb2.ModelUpdateProto()
        new = update.new_variables
        ids = range(self.columns, self.columns + len(cost))
        new.ids.extend(ids)
        new.lower_bounds.extend(lower.tolist())
        new.upper_bounds.extend(upper.tolist())
        new.integers.extend([False] * len(cost))
        update.objective_updates.linear_coefficients.ids.extend(ids)
        update.objective_updates.linear_coefficients.values.extend(cost.tolist())
        before = sparse.csr_array((columns.shape[0], self.columns))
        _matrix(update.linear_constraint_matrix_updates, sparse.hstack([before, columns], format="csr"), 0)
        self._update(update)
        self.columns += len(cost)

    def _update(self, update: model_update_pb2.ModelUpdateProto) -> None:
        if not _call(lambda: self._solver.update(update)):
            message = "the solver refused to take the new rows or columns"
            raise ProgramError(message)

    def solve(self, watch: Watch) -> Outcome:
        """Solve from the last basis."""
        parameters = mathopt.SolveParameters(
            time_limit=timedelta(seconds=max(0.01, watch.left_s)), lp_algorithm=mathopt.LPAlgorithm.DUAL_SIMPLEX
        )
        reply = _call(lambda: self._solver.solve(
            parameters.to_proto(), model_parameters_pb2.ModelSolveParametersProto(), None,
            mathopt.CallbackRegistration().to_proto(), None, None,
        ))  # fmt: skip
        return _outcome(reply, self.columns, self.count, linear=True)


def _call(work: Any) -> Any:  # noqa: ANN401
    try:
        return work()
    except (StatusNotOk, RuntimeError, ValueError) as error:
        message = str(getattr(error, "message", "") or error)
        raise ProgramError(message) from None


def _matrix(target: Any, rows: sparse.csr_array, first: int) -> None:  # noqa: ANN401
    rows = sparse.csr_array(rows)
    rows.sum_duplicates()
    rows.sort_indices()
    target.row_ids.extend((np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)) + first).tolist())
    target.column_ids.extend(rows.indices.tolist())
    target.coefficients.extend(rows.data.tolist())


def _outcome(reply: result_pb2.SolveResultProto, n: int, m: int, linear: bool) -> Outcome:
    ended = reply.termination
    if ended.reason == result_pb2.TERMINATION_REASON_INFEASIBLE:
        return Outcome(None, None, math.inf, optimal=False, infeasible=True)
    best = next((s for s in reply.solutions if s.HasField("primal_solution")
                 and s.primal_solution.feasibility_status == 2), None)  # fmt: skip
    bound = ended.objective_bounds.dual_bound
    nodes = int(reply.solve_stats.node_count)
    if best is None:
        known = bound if math.isfinite(bound) else -math.inf
        return Outcome(None, None, known, optimal=False, infeasible=False, nodes=nodes)
    values = _dense(best.primal_solution.variable_values, n)
    optimal = ended.reason == result_pb2.TERMINATION_REASON_OPTIMAL
    reduced, duals = np.zeros(0), np.zeros(0)
    if linear and best.HasField("dual_solution"):
        reduced = _dense(best.dual_solution.reduced_costs, n)
        duals = _dense(best.dual_solution.dual_values, m)
    objective = best.primal_solution.objective_value
    if linear and optimal:
        bound = objective
    return Outcome(values, objective, bound, optimal, infeasible=False, nodes=nodes, reduced=reduced, duals=duals)


def _dense(vector: Any, size: int) -> Floats:  # noqa: ANN401
    out = np.zeros(size)
    out[np.fromiter(vector.ids, dtype=np.int64)] = np.fromiter(vector.values, dtype=np.float64)
    return out
