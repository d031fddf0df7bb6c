"""Solves one case in a process of its own.

A module of its own, because a spawned process does not import a package's `__main__` again and would not find it there.
"""

import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from xml.etree import ElementTree

from tests.benchmarks import families
from tests.benchmarks.family import Case, Row, Solved

BAD_FILE = (OSError, EOFError, ValueError, LookupError, ElementTree.ParseError)
"""What readers raise when a file is not of its format."""


def measured(name: str, case: Case, time_limit_s: float) -> tuple[Row, float, str]:
    """Solve one case in a process of its own; return its row, the process's peak memory in MiB, and what went wrong.

    A file that cannot be read, or a process that dies, is an unchecked row without an answer: the other rows go on.
    """
    solved, seconds, peak_mib, wrong = Solved("unknown", None, None, checked=False), 0.0, 0.0, ""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            solved, seconds, peak_mib = pool.submit(solve, name, case, time_limit_s).result()
        except BrokenProcessPool:
            wrong = f"{case.path}: the process that solved it died"
        except BAD_FILE as error:
            wrong = f"{case.path}: {type(error).__name__}: {error}"
        except Exception as error:
            wrong = f"{case.path}: {error.__cause__ or error}"
    both = solved.objective is not None and solved.bound is not None
    distance = abs(solved.objective - solved.bound) / max(1e-12, abs(solved.objective)) if both else None  # type: ignore[operator, arg-type]
    gap = 0.0 if distance is not None and solved.status == "optimal" else distance
    found = (solved.status, solved.objective, solved.bound, gap, seconds, solved.checked)
    return Row(case.instance, name, case.model, *found), peak_mib, wrong


def solve(name: str, case: Case, time_limit_s: float) -> tuple[Solved, float, float]:
    """Solve one case here: its answer, the seconds from reading to the checker's verdict, the peak memory in MiB.

    The start of the interpreter and the loading of libraries, about two seconds, are not counted.
    """
    family = families.family(name)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS prints stray lines from C; rows are the parent's
    began = time.monotonic()
    solved = family.solve(case, time_limit_s)
    seconds = round(time.monotonic() - began, 3)
    peak_kib = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return solved, seconds, peak_kib / 1024
