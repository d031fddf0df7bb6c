"""Points found on the side are made whole before they count."""

import numpy as np

from planner.limits import Limits, Watch
from planner.survivable.compiled import compiled
from planner.survivable.instance import Module
from planner.survivable.primal import Primal
from planner.survivable.separation import Separator
from tests.unit.planner.survivable.small import ring


def test_steps_are_bought_in_order() -> None:
    problem = compiled(ring({"ab": 3}, modules=(Module(1, 3), Module(2, 5))))
    primal = Primal(problem, Separator(problem, 1), Watch(Limits()))
    last = [int(np.flatnonzero(problem.columns.link == link)[-1]) for link in range(problem.links)]
    gappy = np.zeros(problem.columns.count)
    gappy[last] = 1.0
    assert primal.offer(gappy)
    assert primal.best is not None
    before = problem.columns.before
    assert (primal.best[before >= 0] <= primal.best[before[before >= 0]]).all()
    assert primal.objective == problem.columns.cost @ primal.best


def test_shortest_paths_give_a_first_design() -> None:
    problem = compiled(ring({"ab": 3, "bd": 1}, ("ac",)))
    separator = Separator(problem, 1)
    primal = Primal(problem, separator, Watch(Limits()))
    primal.plain()
    assert primal.best is not None
    separator.router.loads = [[] for _ in problem.states]
    separator.good.clear()
    assert separator.routable(primal.best)
