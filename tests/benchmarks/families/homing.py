"""Family `provincial183`: single-sink dual homing of a province's sites, 1+1 over two disjoint paths."""

import json
from pathlib import Path

from planner.checker.homing import verify_homing, verify_unserved
from planner.homing import read, solve
from planner.limits import Limits
from tests.benchmarks.family import Case, Family, Solved, by_file, known, read_text, stem

MARGIN = 0.93
"""Share of the time limit for the search: reading, checking and ending take the rest."""


def cases(folder: Path, survivability: str | None) -> list[Case]:
    """Every JSON file of the folder, packed or not."""
    rows = known(folder)
    return [
        Case(stem(path), "1+1", path, rows.get(stem(path), {}).get("best_known", ""))
        for path in by_file(folder, ".json")
    ]


def run(case: Case, time_limit_s: float) -> Solved:
    """Solve, then check against the file itself."""
    data = json.loads(read_text(case.path))
    answer = solve(read(data), Limits(time_limit_s=MARGIN * time_limit_s))
    if answer.status == "infeasible" and answer.unserved is not None:
        return Solved("infeasible", None, None, checked=verify_unserved(data, answer.unserved))
    if answer.objective is None:
        return Solved("unknown", None, answer.bound, checked=True)
    broken = verify_homing(data, answer.pairs, answer.sizes, answer.objective)
    return Solved(answer.status, answer.objective, answer.bound, checked=not broken)


FAMILY = Family("provincial183", cases, run)
