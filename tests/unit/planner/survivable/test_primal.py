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


def test_capacity_is_held_by_modules_that_may_be_bought_so_often() -> None:
    problem = compiled(ring({"ab": 40}, modules=(Module(1, 1), Module(3, 2.9))), most_steps=0)
    primal = Primal(problem, Separator(problem, 1), Watch(Limits()))
    small = problem.columns.size == 1
    assert problem.columns.most[small].max() < 10
    values = primal.holding(np.full(problem.links, 10.0))
    assert values is not None
    assert (problem.columns.capacity(values, problem.links) >= 10).all()
    assert (values <= problem.columns.most).all()
