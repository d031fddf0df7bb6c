"""The search beside the tree: same optimum, its point and bound count, nothing of it is left behind."""

import numpy as np
import pytest

from planner.checker.survivable import verify_survivable
from planner.limits import Limits, Watch
from planner.survivable import tree
from planner.survivable.beside import Beside, Modules, fits
from planner.survivable.compiled import compiled
from planner.survivable.instance import NORMAL, Demand, Instance, Link, Module
from planner.survivable.solve import solve
from tests.unit.planner.survivable.small import brute_force

MODULES = (Module(1, 3), Module(4, 7))
INSTANCE = Instance(
    tuple("abcd"),
    tuple(Link(pair, pair[0], pair[1], MODULES) for pair in ("ab", "bc", "cd", "da", "ac")),
    (Demand("ab", "a", "b", 2.5), Demand("bd", "b", "d", 3.0), Demand("ac", "a", "c", 1.5)),
    (NORMAL,),
)


def test_finds_and_proves_the_optimum_by_itself() -> None:
    problem = compiled(INSTANCE)
    assert fits(problem)
    beside = Beside(problem, (), None, Watch(Limits(time_limit_s=30)))
    beside.finish(30)
    expected = brute_force(INSTANCE)
    (point,) = beside.poll()
    assert beside.poll() == []
    assert float(problem.columns.cost @ point) == pytest.approx(expected)
    assert beside.bound == pytest.approx(expected)
    beside.close()
    assert not beside.thread.is_alive()


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_tree_and_search_beside_it_agree_with_brute_force() -> None:
    found = solve(INSTANCE, Limits(time_limit_s=30), processes=2)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(brute_force(INSTANCE))
    assert verify_survivable(found, INSTANCE)[1] == []


def test_points_over_modules_and_steps_hold_as_much() -> None:
    problem = compiled(INSTANCE)
    modules = Modules(problem)
    assert (problem.columns.before >= 0).any()
    assert (modules.problem.columns.before < 0).all()
    needed = float(problem.value.sum())
    random = np.random.default_rng(1)
    for _ in range(50):
        point = np.floor(random.random(modules.problem.columns.count) * (modules.problem.columns.most + 1))
        back = modules.back(point)
        asked = np.minimum(modules.problem.columns.capacity(point, problem.links), needed)
        assert (problem.columns.capacity(back, problem.links) >= asked - 1e-9).all()
        assert problem.columns.cost @ back <= modules.problem.columns.cost @ point + 1e-9
        forward = modules.forward(back)
        assert modules.problem.columns.cost @ forward == pytest.approx(problem.columns.cost @ back)
        held = problem.columns.capacity(back, problem.links)
        assert modules.problem.columns.capacity(forward, problem.links) == pytest.approx(held)
