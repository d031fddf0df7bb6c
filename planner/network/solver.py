"""Calls of OR-Tools: linear relaxations by GLOP, whole programs by HiGHS, both through MathOpt, both deterministic.

A small program is solved in this process. A large one runs in a process of its own (`planner.network.worker`), which
can be ended at any moment: MathOpt's HiGHS takes neither an interrupter nor a callback.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import BoundedSemaphore

from ortools.math_opt.python import mathopt

from planner.limits import Watch
from planner.network.worker import Reply, Request, run

LARGE = 1500
"""Variables from which a program gets a process of its own."""
POLL_S = 0.05
SLOTS = BoundedSemaphore(2)
"""Processes at once, over all plans that this one makes."""
GRACE_S = 2.0
"""How much longer than its own limit a process may take."""


class SolverError(RuntimeError):
    """The solver failed in a way that says nothing about the network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver says of a whole program."""

    values: Mapping[int, float] | None
    """Variable id → value; None if no solution was found."""
    objective: float | None
    """In the model's unit."""
    bound: float
    """No solution is better."""
    infeasible: bool
    """Proved to have no solution."""
    nodes: int
    """Branch-and-bound nodes."""
    stopped: bool
    """The clock or the user ended it."""


def whole(
    model: mathopt.Model,
    hint: Mapping[mathopt.Variable, float] | None,
    gap: float,
    nodes: int,
    watch: Watch,
    grace_s: float = GRACE_S,
    *,
    apart: bool = False,
    interior: bool = False,
) -> Answer:
    """Solve with whole numbers.

    Parameters
    ----------
    model
        Variables already marked as whole.
    hint
        A solution to start from.
    gap
        Relative gap at which to stop.
    nodes
        Most branch-and-bound nodes: the deterministic limit.
    watch
        Wall clock and interrupt.
    grace_s
        How much longer than the watch a process may take to end by itself; one that is ended has no bound.
    apart
        In a process of its own however small.
    interior
        By an interior-point method; only where every variable may be a share.

    Raises
    ------
    SolverError
        The solver itself failed.
    """
    start = {variable.id: value for variable, value in (hint or {}).items()}
    request = Request(gap=gap, nodes=nodes, seconds=watch.left_s, seed=watch.limits.seed, hint=start, interior=interior)
    large = apart or sum(1 for _ in model.variables()) >= LARGE
    reply = _elsewhere(model, request, watch, grace_s) if large else run(model, request)
    if reply is None:
        return Answer(None, None, float("-inf"), infeasible=False, nodes=0, stopped=True)
    if reply.error:
        raise SolverError(reply.error)
    return Answer(reply.values, reply.objective, reply.bound, reply.infeasible, reply.nodes, stopped=reply.out_of_time)


def _elsewhere(model: mathopt.Model, request: Request, watch: Watch, grace_s: float) -> Reply | None:
    """Run in a process of its own; None if it was ended before it answered."""
    while not SLOTS.acquire(timeout=POLL_S):
        if watch.over:
            return None
    try:
        return None if watch.over else _process(model, request, watch, grace_s)
    finally:
        SLOTS.release()


def _process(model: mathopt.Model, request: Request, watch: Watch, grace_s: float) -> Reply | None:
    request = replace(request, seconds=watch.left_s)
    payload = json.dumps(request.data()).encode() + b"\n" + model.export_model().SerializeToString()
    command = [sys.executable, "-c", "from planner.network.worker import main; main()"]
    with tempfile.TemporaryFile() as question:  # a pipe would block when a large question meets a timeout
        question.write(payload)
        question.seek(0)
        with subprocess.Popen(command, stdin=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                return _talk(process, watch, grace_s)
            finally:
                if process.poll() is None:
                    process.kill()


def _talk(process: subprocess.Popen[bytes], watch: Watch, grace_s: float) -> Reply | None:
    deadline = time.monotonic() + watch.left_s + grace_s
    while True:
        try:
            out, _ = process.communicate(timeout=POLL_S)
        except subprocess.TimeoutExpired:
            if watch.limits.should_stop() or time.monotonic() > deadline:
                return None
            continue
        if process.returncode != 0:
            message = f"the solver process ended with code {process.returncode}"
            raise SolverError(message)
        return Reply.of(json.loads(out))


@dataclass(frozen=True, slots=True)
class Solved:
    """Optimum of a relaxation, in the model's unit."""

    objective: float
    values: Mapping[mathopt.Variable, float]
    duals: Mapping[mathopt.LinearConstraint, float]
    reduced: Mapping[mathopt.Variable, float]
    """Reduced costs."""


class Relaxation:
    """A linear relaxation that is solved again and again while rows and columns come in.

    From scratch each time: HiGHS' presolve gains more than a warm basis, which GLOP loses to imprecision.
    """

    def __init__(self, model: mathopt.Model) -> None:
        self.model = model

    def solve(self) -> "Solved":
        """Return the optimum.

        Raises
        ------
        SolverError
            No optimum was reported; the relaxation always has one.

        """
        result = mathopt.solve(self.model, mathopt.SolverType.HIGHS)
        if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
            message = f"the relaxation ended with {result.termination.reason.name}: {result.termination.detail}"
            raise SolverError(message)
        return Solved(result.objective_value(), result.variable_values(), result.dual_values(), result.reduced_costs())
