"""Solves one case in a process of its own.

A module of its own, because a spawned process does not import a package's `__main__` again and would not find it there.
"""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tests.benchmarks import families
from tests.benchmarks.family import Case, Row, Solved


def measured(name: str, case: Case, time_limit_s: float) -> tuple[Row, float]:
    """Solve one case in a process of its own; return its row and the process's peak memory in MiB."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            solved, seconds, peak_mib = pool.submit(solve, name, case, time_limit_s).result()
        except BrokenProcessPool:
            solved, seconds, peak_mib = Solved("unknown", None, None, checked=False), 0.0, 0.0
    both = solved.objective is not None and solved.bound is not None
    distance = abs(solved.objective - solved.bound) / max(1e-12, abs(solved.objective)) if both else None  # type: ignore[operator, arg-type]
    gap = 0.0 if distance is not None and solved.status == "optimal" else distance
    found = (solved.status, solved.objective, solved.bound, gap, seconds, solved.checked)
    return Row(case.instance, name, case.model, *found), peak_mib


def solve(name: str, case: Case, time_limit_s: float) -> tuple[Solved, float, float]:
    """Solve one case here: its answer, the seconds from reading to the checker's verdict, the peak memory in MiB.

    The start of the interpreter and the loading of libraries, about two seconds, are not counted.
    """
    family = families.family(name)
    began = time.monotonic()
    solved = family.solve(case, time_limit_s)
    seconds = round(time.monotonic() - began, 3)
    peak_kib = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return solved, seconds, peak_kib / 1024
