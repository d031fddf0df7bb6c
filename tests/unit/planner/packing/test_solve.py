"""Packings equal those that trying everything finds; bounds never lie; what is hard is decided."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.checker.packing import fewest as plain_bound
from planner.checker.packing import verify_packing
from planner.limits import Limits, Watch
from planner.packing import columns, complete, filling, solve
from planner.packing.bounds import quick_bound
from planner.packing.columns import Prices, generate
from planner.packing.problem import problem
from planner.packing.rules import by_rules, hosts, one_by_one
from planner.packing.workloads import Placement, place
from tests.unit.planner.packing.brute import fewest

Case = tuple[list[list[int]], list[int], list[int], list[int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    resources = draw(st.integers(1, 3))
    offer = draw(st.lists(st.integers(6, 14), min_size=resources, max_size=resources))
    workloads = draw(st.integers(1, 6))
    needs = [[draw(st.integers(0 if k else 1, have)) for k, have in enumerate(offer)] for _ in range(workloads)]
    counts = draw(st.lists(st.integers(1, 3), min_size=workloads, max_size=workloads))
    apart = [draw(st.integers(1, count)) for count in counts]
    return needs, counts, offer, apart


def placed(case: Case, **limits: float) -> Placement:
    needs, counts, offer, apart = case
    return place(np.array(needs), np.array(counts), np.array(offer), np.array(apart), Watch(Limits(**limits)))


@settings(derandomize=True, max_examples=120, deadline=None)
@given(cases())
def test_small_cases_equal_trying_everything(case: Case) -> None:
    found = placed(case)
    assert not verify_packing(*case, found.hosts)
    assert plain_bound(*case) <= found.bound <= fewest(*case) <= len(found.hosts)
    assert len(found.hosts) == fewest(*case) or not found.optimal


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=11), st.integers(30, 45))
def test_one_resource_is_always_proved(sizes: list[int], capacity: int) -> None:
    case = ([[size] for size in sizes], [1] * len(sizes), [capacity], [1] * len(sizes))
    found = placed(case)
    assert len(found.hosts) == found.bound == fewest(*case)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(cases())
def test_bounds_and_rules_stand_on_their_side(case: Case) -> None:
    needs, counts, offer = (np.array(a) for a in case[:3])
    asked, _ = problem(needs, counts, offer)
    true = fewest(case[0], case[1], case[2], case[1])
    assert quick_bound(asked) <= true
    assert min(hosts(by_rules(asked)), hosts(one_by_one(asked))) >= true
    found = generate(asked, [pattern for pattern, _ in by_rules(asked)], Watch(Limits()), 10**6)
    assert found.bound(asked.counts) <= true


def triples(seed: int, hosts_: int) -> list[int]:
    """Sizes that fill hosts of 1000 exactly, three to a host (Falkenauer 1996)."""
    draw = np.random.default_rng(seed)
    sizes: list[int] = []
    for _ in range(hosts_):
        first = int(draw.integers(380, 490))
        second = int(draw.integers(250, (1000 - first) // 2))
        sizes += [first, second, 1000 - first - second]
    return sizes


def test_triples_are_packed_without_waste() -> None:
    sizes = triples(3, 40)
    case = ([[size] for size in sizes], [1] * 120, [1000], [1] * 120)
    found = placed(case)
    assert len(found.hosts) == found.bound == 40
    assert not verify_packing(*case, found.hosts)


def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no table be small enough, and no proof quick enough."""
    monkeypatch.setattr(columns, "MOST_CELLS", 0)
    monkeypatch.setattr(filling, "DEAR", -1.0)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(cases())
def test_small_cases_equal_trying_everything_where_proofs_are_dear(case: Case) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        dear(monkeypatch)
        found = placed(case)
    assert not verify_packing(*case, found.hosts)
    assert plain_bound(*case) <= found.bound <= fewest(*case) <= len(found.hosts)


def test_dives_without_proofs_pack_what_rules_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty workloads that fill two resources of twenty hosts to the last unit."""
    draw, needs = random.Random(3), []
    for _ in range(20):
        cuts = [sorted(draw.sample(range(200, 800), 2)) for _ in range(2)]
        needs += [[low, other] for low, other in zip(*[(a, b - a, 1000 - b) for a, b in cuts], strict=True)]
    case = (needs, [1] * 60, [1000, 1000], [1] * 60)
    asked, _ = problem(np.array(needs), np.ones(60, dtype=np.int64), np.array([1000, 1000]))
    dear(monkeypatch)
    found = placed(case)
    assert not verify_packing(*case, found.hosts)
    assert 20 <= len(found.hosts) < hosts(by_rules(asked))


def test_complete_patterns_decide_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dives the patterns inside the gap find the packing, or refute a host less."""
    monkeypatch.setattr(solve, "EFFORTS", ((0, 100_000),))
    sizes = triples(5, 20)
    found = placed(([[size] for size in sizes], [1] * 60, [1000], [1] * 60))
    assert (len(found.hosts), found.bound) == (20, 20)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.integers(4, 20), min_size=4, max_size=11), st.integers(20, 30))
def test_complete_patterns_refute_what_is_impossible(sizes: list[int], capacity: int) -> None:
    """Priced by volume alone, so that nothing is refuted beforehand."""
    asked, _ = problem(np.array([[n] for n in sizes]), np.ones(len(sizes), dtype=int), np.array([capacity]))
    true = fewest([[n] for n in sizes], [1] * len(sizes), [capacity], [1] * len(sizes))
    by_volume = [Prices(asked.needs[:, 0], capacity)]
    for number in (true - 1, true, true + 1):
        decided = complete.decide(asked, number, by_volume, 10**6, Watch(Limits()))
        assert decided.verdict == ("refuted" if number < true else "packed")
        if decided.verdict == "packed":
            assert hosts(decided.packing) <= number
            assert (sum(times * pattern for pattern, times in decided.packing) == asked.counts).all()


def test_same_problem_same_packing() -> None:
    sizes = triples(7, 15)
    case = ([[size] for size in sizes], [1] * 45, [1000], [1] * 45)
    assert placed(case).hosts == placed(case).hosts


def test_without_time_there_is_an_answer_and_a_bound() -> None:
    sizes = triples(9, 30)
    case = ([[size] for size in sizes], [1] * 90, [1000], [1] * 90)
    found = placed(case, time_limit_s=0.0)
    assert found.cut_short
    assert not verify_packing(*case, found.hosts)
    assert found.bound <= 30 <= len(found.hosts)


def test_replicas_that_need_more_hosts_than_their_size_does() -> None:
    case = ([[1, 1], [2, 1]], [9, 6], [20, 20], [1, 2])
    found = placed(case)
    assert len(found.hosts) == found.bound == 9
    assert not verify_packing(*case, found.hosts)


def test_a_workload_that_no_host_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than a host"):
        placed(([[11]], [1], [10], [1]))


def test_nothing_needs_no_host() -> None:
    assert placed(([[3]], [0], [10], [0])).hosts == ()
