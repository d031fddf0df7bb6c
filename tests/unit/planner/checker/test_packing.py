"""A tampered packing is refused, whatever was changed."""

import copy

import numpy as np
import pytest

from planner.checker.packing import fewest, verify_packing
from planner.limits import Limits, Watch
from planner.packing.workloads import place

NEEDS, COUNTS, OFFER, APART = [[4, 2], [3, 5], [2, 1]], [3, 2, 4], [10, 9], [1, 2, 4]


@pytest.fixture
def hosts() -> list[dict[int, int]]:
    found = place(np.array(NEEDS), np.array(COUNTS), np.array(OFFER), np.array(APART), Watch(Limits()))
    assert not verify_packing(NEEDS, COUNTS, OFFER, APART, found.hosts)
    assert fewest(NEEDS, COUNTS, OFFER, APART) <= found.bound
    return [dict(host) for host in found.hosts]


def told(hosts: list[dict[int, int]]) -> str:
    return "; ".join(map(str, verify_packing(NEEDS, COUNTS, OFFER, APART, hosts)))


def test_a_replica_less(hosts: list[dict[int, int]]) -> None:
    del hosts[0][next(iter(hosts[0]))]
    assert "placed of" in told(hosts)


def test_a_host_twice(hosts: list[dict[int, int]]) -> None:
    assert "placed of" in told([*hosts, copy.copy(hosts[0])])


def test_two_replicas_together_that_stand_apart(hosts: list[dict[int, int]]) -> None:
    hosts[0] = {0: 2}
    assert "may share a host" in told(hosts)


def test_too_much_on_one_host() -> None:
    everything = dict(enumerate(COUNTS))
    assert "resource 0: 26 of 10" in told([everything])
    assert "resource 1: 20 of 9" in told([everything])


def test_a_workload_that_nobody_knows(hosts: list[dict[int, int]]) -> None:
    assert "workload 9" in told([*hosts, {9: 1}])
    assert "-1 of workload 2" in told([*hosts, {2: -1}])
