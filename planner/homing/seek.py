"""Solutions of the condensed program by CP-SAT: first without the largest size, then with all of them.

Cheap plans differ in where large sizes stand far more than in anything else; without the largest one the search is
smaller and its best plan a good start. CP-SAT interleaves its strategies on one thread, which is deterministic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from planner.homing.assign import Effort, scale
from planner.homing.condensed import Condensed

NOISE = 1e-6
"""Of a figure times a power of ten, what its binary form may be off."""


@dataclass(frozen=True, slots=True)
class Found:
    """What CP-SAT says."""

    values: list[float] | None
    """Of all columns; None if no solution was found."""
    bound: float
    """No solution with the sizes allowed is cheaper."""


def seek(program: Condensed, largest: float, start: Sequence[float] | None, effort: Effort) -> Found:
    """Return the best values found with sizes up to `largest`, and a bound.

    Parameters
    ----------
    largest
        Mbit/s of the largest size used on a shared bundle.
    start
        Values to start from.
    effort
        How long.

    """
    money, rate = scale(program.costs), scale([*program.instance.demands, *program.instance.sizes])
    model = cp_model.CpModel()
    x = [model.new_bool_var("") for _ in program.costs]
    for carried in program.shared.values():
        for column, size in carried.sizes:
            if size.capacities[0] > largest:
                model.add(x[column] == 0)
    for row in (*program.rows, *program.implied):
        factor = 1 if all(value == round(value) for _, value in row.terms) else rate
        total = sum(round(value * factor) * x[column] for column, value in row.terms)
        if row.least == row.most:
            model.add(total == round(row.least * factor))
        elif row.least > float("-inf"):
            model.add(total >= round(row.least * factor))
        else:
            model.add(total <= round(row.most * factor))
    for column, value in enumerate(start or ()):
        model.add_hint(x[column], round(value))
    model.minimize(sum(round(cost * money) * literal for cost, literal in zip(program.costs, x, strict=True)))
    solver = replace(effort, interleave=True).solver()
    status = solver.solve(model)
    figures = [*program.instance.demands, *program.instance.sizes]
    exact = _whole(program.costs, money) and _whole(figures, rate)
    bound = float(solver.best_objective_bound) / money if exact else float("-inf")
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(None, bound if status == cp_model.UNKNOWN else float("-inf"))
    return Found([float(solver.value(literal)) for literal in x], bound)


def _whole(figures: Sequence[float], factor: int) -> bool:
    """Whether nothing was rounded."""
    return all(abs(figure * factor - round(figure * factor)) < NOISE for figure in figures)
