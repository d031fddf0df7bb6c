"""Routing in one program or one for each state says the same, and what it says holds."""

from dataclasses import replace

import numpy as np
import pytest

from planner.survivable import programs, tree, trees
from planner.survivable.compiled import Compiled, Floats, compiled
from planner.survivable.cuts import distances
from planner.survivable.instance import single_nodes
from planner.survivable.programs import Each, RoutingError, Shared
from planner.survivable.routing import Router
from planner.survivable.trees import Trees
from tests.unit.planner.survivable.small import random_instance, ring


def routers(problem: Compiled) -> list[Router]:
    """One of each kind."""
    found = [Router(problem)]
    found[0].renew()
    if tree.available():
        found += [Router(problem), Router(problem)]
        assert isinstance(found[1].program, Each)
        found[1].by_trees = False
        arcs = (found[2].arc_from, found[2].arc_to, found[2].arc_lane)
        found[2].trees, found[2].by_trees = Trees(problem, found[2].bundles, arcs), True
    return found


@pytest.mark.parametrize("seed", range(400, 416))
def test_all_agree_and_are_right(seed: int) -> None:
    instance = random_instance(seed)
    if seed % 2:
        instance = replace(instance, states=(*instance.states, *single_nodes(instance)))
    problem = compiled(instance)
    if not len(problem.value):
        pytest.skip("no demand")
    all_kinds = routers(problem)
    random = np.random.default_rng(seed)
    for _ in range(20):
        capacity = random.integers(0, 8, problem.links).astype(np.float64)
        state = int(random.integers(len(problem.states)))
        lengths = [router.refuse(state, capacity) for router in all_kinds]
        assert len({one is None for one in lengths}) == 1
        for router, one in zip(all_kinds, lengths, strict=True):
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
    assert router.trees is None

    def fail(program: Each) -> None:
        raise RoutingError

    monkeypatch.setattr(Each, "solve", fail)
    assert router.refuse(0, np.full(problem.links, 9.0)) is None
    assert isinstance(router.program, Shared)
    assert router.refuse(0, np.zeros(problem.links)) is not None


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_programs_not_asked_for_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = compiled(ring({"ab": 2, "bd": 1, "ac": 1}, ("ac", "bd")))
    fresh, router, _ = routers(problem)
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


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_trees_are_taken_where_sources_have_many_demands_and_given_up_when_they_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = {"ab": 1.0, "ac": 2.0, "ad": 1.0, "ba": 0.5, "bc": 2.0, "bd": 1.0}
    problem = compiled(replace(ring(values, ("ac", "bd")), sense="bidirected"))
    router = Router(problem)
    assert router.trees is not None
    assert Router(compiled(replace(problem.instance, sense="undirected"))).trees is None  # two of the three are one
    capacity = np.full(problem.links, 5.0)
    for state in range(len(problem.states)):
        assert router.refuse(state, capacity) is None
        check_flows(problem, router, state, capacity)

    def fail(*given: object) -> None:
        raise RoutingError

    monkeypatch.setattr(Trees, "refuse", fail)
    router.loads = [[] for _ in problem.states]
    assert router.refuse(0, capacity) is None
    assert not router.by_trees
    assert router.refuse(0, np.zeros(problem.links)) is not None


@pytest.mark.skipif(not tree.available(), reason="PySCIPOpt is missing")
def test_large_programs_of_trees_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = compiled(random_instance(404))
    fresh, _, router = routers(problem)
    assert router.trees is not None
    monkeypatch.setattr(trees, "MOST_HELD", 40)
    monkeypatch.setattr(trees, "MOST_TREES", 1)
    random = np.random.default_rng(1)
    for _ in range(40):
        capacity = random.integers(0, 5, problem.links).astype(np.float64)
        state = int(random.integers(len(problem.states)))
        assert (router.refuse(state, capacity) is None) == (fresh.refuse(state, capacity) is None)
        assert router.trees.held == sum(one.entries for one in router.trees.states.values())


def test_noise_below_nothing_is_nothing() -> None:
    problem = compiled(ring({"ab": 2, "bd": 1}))
    for router in routers(problem):
        capacity = np.full(problem.links, 5.0)
        capacity[-1] = -1e-3
        assert [router.refuse(state, capacity) is None for state in range(len(problem.states))].count(True) == 1
