"""Workloads that are all of other sizes: every one placed once, within the hosts, nearly as tight as can be."""

import random

import numpy as np
import pytest

from planner.limits import Limits, Watch
from planner.packing.bounds import quick_bound
from planner.packing.brim import applies, to_the_brim
from planner.packing.problem import Problem, problem
from planner.packing.rules import by_rules, hosts
from planner.packing.solve import pack
from tests.benchmarks.generate import instance

CAPACITY = 1_000_000


def different(number: int, resources: int, seed: int, most: int = 246_000) -> Problem:
    draw = random.Random(seed)
    needs = np.array([[draw.randrange(20_000, most) for _ in range(resources)] for _ in range(number)])
    asked, _ = problem(needs, np.ones(number, dtype=np.int64), np.full(resources, CAPACITY))
    return asked


@pytest.mark.parametrize(("resources", "seed", "above"), [(1, 1, 0), (1, 2, 0), (2, 1, 1), (2, 2, 1)])
def test_hosts_are_filled_to_the_brim(resources: int, seed: int, above: int) -> None:
    asked = different(2_000, resources, seed)
    assert applies(asked)
    found = to_the_brim(asked, Watch(Limits()))
    assert found is not None
    assert (sum(pattern * times for pattern, times in found) == asked.counts).all()
    assert all((pattern @ asked.needs <= asked.offer).all() for pattern, _ in found)
    assert hosts(found) <= quick_bound(asked) + above
    assert hosts(found) <= hosts(by_rules(asked))
    again = to_the_brim(asked, Watch(Limits()))
    assert again is not None
    assert all((a == b).all() for (a, _), (b, _) in zip(found, again, strict=True))


def test_the_whole_search_uses_it_and_stops_in_time() -> None:
    asked = different(1_800, 2, 5)
    found = pack(asked, Watch(Limits()))
    assert found.bound <= found.hosts <= quick_bound(asked) + 1
    assert to_the_brim(asked, Watch(Limits(time_limit_s=0.0))) is None
    assert pack(asked, Watch(Limits(time_limit_s=0.0))).hosts == hosts(by_rules(asked))


def test_equal_ones_and_small_rests() -> None:
    asked, _ = problem(np.array([[3], [2], [7]]), np.array([5, 4, 3]), np.array([10]))
    found = to_the_brim(asked, Watch(Limits()))
    assert found is not None
    assert hosts(found) == 5
    assert (sum(pattern * times for pattern, times in found) == asked.counts).all()


def test_replicas_that_stand_apart_are_left_to_the_rules() -> None:
    asked, _ = problem(np.array([[3], [2]]), np.array([5, 4]), np.array([10]), apart=np.array([1, 1]))
    assert not applies(asked)


@pytest.mark.parametrize("how", ["own", "even"])
def test_measured_machines_need_at_most_one_host_more_than_the_bound(how: str) -> None:
    """One resource scarce, or both: what is not scarce stays free on every host alike, not on the last ones."""
    data = instance(f"vm-n4000-r2-{how}-s1")
    needs = np.array([workload["need"] for workload in data["workloads"]])
    assert len(np.unique(needs, axis=0)) == 4_000
    asked, _ = problem(needs, np.ones(4_000, dtype=np.int64), np.array(data["host"]))
    bound = quick_bound(asked)
    found = to_the_brim(asked, Watch(Limits()), bound)
    assert found is not None
    assert (sum(pattern * times for pattern, times in found) == asked.counts).all()
    assert all((pattern @ asked.needs <= asked.offer).all() for pattern, _ in found)
    assert bound <= hosts(found) <= bound + 1


def test_workloads_that_need_much_of_one_resource_and_little_of_the_other() -> None:
    """All are about a tenth of a host: two never fill the room of three, so one goes before the last two."""
    draw, needs = random.Random(5), []
    for _ in range(1_600):
        share = draw.random()
        needs.append([int(CAPACITY * (0.02 + 0.16 * s) * draw.uniform(0.8, 1.2)) for s in (share, 1 - share)])
    asked, _ = problem(np.array(needs), np.ones(1_600, dtype=np.int64), np.full(2, CAPACITY))
    bound = quick_bound(asked)
    found = to_the_brim(asked, Watch(Limits()), bound + 1)
    assert found is not None
    assert all((pattern @ asked.needs <= asked.offer).all() for pattern, _ in found)
    assert bound <= hosts(found) <= bound + 1
