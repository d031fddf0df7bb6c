"""States that others imply are left out, and no others."""

from dataclasses import replace

import numpy as np
import pytest

from planner.survivable.compiled import compiled
from planner.survivable.instance import Link, Module, single_links, single_nodes
from planner.survivable.routing import Router
from planner.survivable.worst import Worst
from tests.unit.planner.survivable.small import random_instance, ring


def test_of_parallel_links_the_larger_one_counts() -> None:
    instance = ring({"ab": 2, "bd": 1}, ("ba",))
    problem = compiled(instance)
    router = Router(problem)
    worst = Worst(problem, router.bundle, router.bundles)
    names = [link.id for link in instance.links]
    capacity = np.ones(problem.links)
    capacity[names.index("ab")] = 3.0
    capacity[names.index("cd")] = 0.0
    kept = {next(iter(problem.states[state].links)) for state in worst.states(capacity)}
    assert kept == {"ab", "bc", "da"}


def test_what_refused_comes_first() -> None:
    problem = compiled(ring({"ab": 2, "bd": 1}))
    router = Router(problem)
    worst = Worst(problem, router.bundle, router.bundles)
    worst.blame(2)
    worst.blame(1)
    assert worst.states(np.ones(problem.links))[:2] == [1, 2]


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_missed(seed: int) -> None:
    instance = random_instance(300 + seed)
    first = instance.links[0]
    twin = Link("twin", first.source, first.target, (Module(1, 1),))
    instance = replace(instance, links=(*instance.links, twin))
    problem = compiled(instance.surviving(single_links(instance), single_nodes(instance)))
    router = Router(problem)
    worst = Worst(problem, router.bundle, router.bundles)
    random = np.random.default_rng(seed)
    for _ in range(8):
        capacity = random.integers(0, 5, problem.links).astype(np.float64)
        refused = [state for state in range(len(problem.states)) if Router(problem).refuse(state, capacity) is not None]
        looked_at = worst.states(capacity)
        assert bool(refused) == any(state in looked_at for state in refused)
