"""All single failures (links, nodes, ducts): what every link carries under shortest paths with equal-cost multipath."""

import numpy as np

from planner.failures import ecmp
from tests.benchmarks.peers import routing
from tests.benchmarks.peers.contest import Problem, compare
from tests.benchmarks.peers.sweep import fresh, problems


def ours(problem: Problem) -> list[np.ndarray]:
    """Return what tells the loads of each state."""
    loads = ecmp(fresh(problem))
    by_row = [routing.told(problem, *ways) for ways in zip(loads.forward, loads.reverse, strict=True)]
    return [by_row[row] for row in loads.row]


def main() -> int:
    """Compare; 0 when all answers are equal."""
    good = True
    for problem in problems():
        good &= compare("loads under ECMP, every single failure", problem, ours, routing.TOOLS)
    return 0 if good else 2
