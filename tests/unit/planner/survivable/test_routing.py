"""Routing in one program or one for each state says the same, and what it says holds."""

import numpy as np
import pytest

from planner.survivable import programs, tree
from planner.survivable.compiled import Compiled, Floats, compiled
from planner.survivable.cuts import distances
from planner.survivable.programs import Each, RoutingError, Shared
from planner.survivable.routing import Router
from tests.unit.planner.survivable.small import random_instance, ring


def routers(problem: Compiled) -> list[Router]:
    """One of each kind."""
    found = [Router(problem)]
    found[0].program = Shared(len(problem.value), found[0].bundles, found[0].path_list)
    if tree.available():
        found.append(Router(problem))
        assert isinstance(found[1].program, Each)
    return found


@pytest.mark.parametrize("seed", range(400, 416))
def test_both_agree_and_are_right(seed: int) -> None:
    problem = compiled(random_instance(seed))
    if not len(problem.value):
        pytest.skip("no demand")
    both = routers(problem)
    random = np.random.default_rng(seed)
    for _ in range(20):
        capacity = random.integers(0, 8, problem.links).astype(np.float64)
        state = int(random.integers(len(problem.states)))
        lengths = [router.refuse(state, capacity) for router in both]
        assert len({one is None for one in lengths}) == 1
        for router, one in zip(both, lengths, strict=True):
            if one is None:
                check_flows(problem, router, state, capacity)
            else:
                needed = float(np.minimum(distances(problem, state, one), 1e9) @ problem.value)
                assert needed > float(one @ capacity[problem.lane_link]) + 1e-9


def check_flows(problem: Compiled, router: Router, state: int, capacity: Floats) -> None:
    """Everything alive is carried and no lane holds more than it can."""
    loads, got = np.zeros(problem.lanes), np.zeros(len(problem.value))
    for (k, lanes), amount in router.carried(state, capacity):
        loads[list(lanes)] += amount
        got[k] += amount
    assert (loads <= np.where(problem.lane_down[state], 0.0, capacity[problem.lane_link]) + 1e-5).all()
    assert (got >= np.where(problem.alive[state], problem.value, 0.0) - 1e-5).all()


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_a_solver_that_gives_up_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = compiled(ring({"ab": 2, "bd": 1}))
    router = Router(problem)

    def fail(program: Each) -> None:
        raise RoutingError

    monkeypatch.setattr(Each, "solve", fail)
    assert router.refuse(0, np.full(problem.links, 9.0)) is None
    assert isinstance(router.program, Shared)
    assert router.refuse(0, np.zeros(problem.links)) is not None


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_programs_not_asked_for_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = compiled(ring({"ab": 2, "bd": 1, "ac": 1}, ("ac", "bd")))
    fresh, router = routers(problem)
    one = router.program
    assert isinstance(one, Each)
    monkeypatch.setattr(programs, "MOST_HELD", 60)
    random = np.random.default_rng(1)
    for _ in range(60):
        capacity = random.integers(0, 4, problem.links).astype(np.float64)
        state = int(random.integers(len(problem.states)))
        assert (router.refuse(state, capacity) is None) == (fresh.refuse(state, capacity) is None)
        assert one.held == sum(lp.nrows() + lp.ncols() for lp in one.programs.values())
    assert 1 <= len(one.programs) < len(problem.states)


def test_noise_below_nothing_is_nothing() -> None:
    problem = compiled(ring({"ab": 2, "bd": 1}))
    for router in routers(problem):
        capacity = np.full(problem.links, 5.0)
        capacity[-1] = -1e-3
        assert [router.refuse(state, capacity) is None for state in range(len(problem.states))].count(True) == 1
