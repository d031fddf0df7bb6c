"""The capacitated p-median problem in the OR-Library's format: single supply, distances rounded down."""

from pathlib import Path

import numpy as np

from planner.checker.location import verify_medians
from planner.limits import Limits
from planner.location.problem import Medians
from planner.location.single import solve as assign
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem


def cases(folder: Path, _: str | None) -> list[Case]:
    best = known(folder)
    return [
        Case(stem(path), "CPMP", path, best.get(stem(path), {}).get("best_known", ""))
        for path in by_file(folder, ".txt", ".dat")
    ]


def read(text: str) -> Medians:
    """Read "number best", "points medians capacity", then "number x y demand" for every point."""
    words = text.split()
    n, count, capacity = (int(word) for word in words[2:5])
    numbers = np.array(words[5:], dtype=float)
    if len(numbers) != 4 * n:
        message = f"{n} points have {4 * n} numbers, the file {len(numbers)}"
        raise ValueError(message)
    x, y, demand = numbers.reshape(n, 4)[:, 1:].T
    straight = np.sqrt((x[:, None] - x[None, :]) ** 2 + (y[:, None] - y[None, :]) ** 2)
    return Medians(count, np.full(n, capacity), demand.astype(np.int64), np.floor(straight).astype(np.int64))


def solve(case: Case, time_limit_s: float) -> Solved:
    problem = read(read_text(case.path))
    found = assign(problem, Limits(time_limit_s=time_limit_s))
    if found.objective is None:
        return Solved(found.status, None, float(found.bound), checked=False)
    wrong = verify_medians(
        problem.count, problem.capacity.tolist(), problem.demand.tolist(), problem.cost.tolist(),
        found.median.tolist(), found.objective,
    )  # fmt: skip
    return Solved(found.status, float(found.objective), float(found.bound), checked=not wrong)


FAMILY = Family("cpmedian_orlib", cases, solve)
