"""One whole program solved by HiGHS: called as a function, or run as a process that reads stdin and answers on stdout.

Stdin: one line of JSON (`Request`), then the model as MathOpt's protocol buffer. Stdout: one line of JSON (`Reply`).
"""

import json
import math
import os
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt


@dataclass(frozen=True, slots=True)
class Request:
    """How to solve."""

    gap: float
    nodes: int
    seconds: float
    seed: int
    hint: dict[int, float]
    """Variable id → value."""
    interior: bool = False
    """A program in shares alone is solved by an interior-point method: many times faster where it is large."""

    def data(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Request":
        """From plain JSON, whose keys are text."""
        return cls(**{**data, "hint": {int(key): value for key, value in data["hint"].items()}})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came out."""

    values: dict[int, float] | None
    objective: float | None
    bound: float
    infeasible: bool
    nodes: int
    out_of_time: bool
    error: str

    def data(self) -> dict[str, Any]:
        """As plain JSON: an infinite bound is null."""
        return {**asdict(self), "bound": self.bound if math.isfinite(self.bound) else None}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Reply":
        """From plain JSON."""
        values = data["values"]
        bound = -math.inf if data["bound"] is None else data["bound"]
        return cls(
            **{
                **data,
                "bound": bound,
                "values": None if values is None else {int(key): value for key, value in values.items()},
            }
        )


def run(model: mathopt.Model, request: Request) -> Reply:
    """Solve in this process."""
    parameters = mathopt.SolveParameters(
        relative_gap_tolerance=request.gap,
        absolute_gap_tolerance=0.0,
        node_limit=request.nodes,
        time_limit=timedelta(seconds=max(0.01, request.seconds)),
        random_seed=request.seed,
    )
    if request.interior:
        parameters.lp_algorithm = mathopt.LPAlgorithm.BARRIER
    by_id = {variable.id: variable for variable in model.variables()}
    hints = [mathopt.SolutionHint(variable_values={by_id[key]: value for key, value in request.hint.items()})]
    try:
        result = mathopt.solve(
            model,
            mathopt.SolverType.HIGHS,
            params=parameters,
            model_params=mathopt.ModelSolveParameters(solution_hints=hints if request.hint else []),
        )
    except (AttributeError, RuntimeError, ValueError) as error:
        # MathOpt 9.15 hides the real message in the chained exception
        said = str(error.__context__ or error)
        return Reply(None, None, -math.inf, infeasible=False, nodes=0, out_of_time=False, error=said)
    termination = result.termination
    values = None
    objective = None
    if result.has_primal_feasible_solution():
        values = {variable.id: value for variable, value in result.variable_values().items()}
        objective = result.objective_value()
    return Reply(
        values=values,
        objective=objective,
        bound=termination.objective_bounds.dual_bound,
        infeasible=termination.reason == mathopt.TerminationReason.INFEASIBLE,
        nodes=result.solve_stats.node_count,
        out_of_time=termination.limit == mathopt.Limit.TIME,
        error="",
    )


def main() -> None:
    """Read stdin, solve, answer on stdout; what the solver itself prints goes to stderr, so that it is no answer."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    line, _, model_bytes = sys.stdin.buffer.read().partition(b"\n")
    model = mathopt.Model.from_model_proto(model_pb2.ModelProto.FromString(model_bytes))
    reply = run(model, Request.of(json.loads(line)))
    answer.write(json.dumps(reply.data()).encode())
    answer.close()


if __name__ == "__main__":
    main()
