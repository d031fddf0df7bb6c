"""Random provinces: every plan passes the checker, tiny ones cost what trying everything costs, both ways agree."""

import random
from dataclasses import replace
from functools import cache
from math import inf

import pytest

from planner.checker.network import verify_network
from planner.errors import PlanningError
from planner.limits import Limits
from planner.network import heavy, search, solve
from tests.unit.planner.network.brute import cheapest_cost
from tests.unit.planner.network.provinces import class_policy, province

LIMITS = Limits(time_limit_s=60)
WAYS = {"columns": 10**9, "hubs": -1}
CLASSES = {
    "core": class_policy("none", ()),
    "department": class_policy("any", ("link", "duct"), 100),
    "district": class_policy("fixed", ("link", "duct"), 100),
    "commune": class_policy("any", ("link",), 30, 0.3),
}


@pytest.fixture(params=sorted(WAYS))
def way(request, monkeypatch):
    """Search by columns, or by hubs, whatever the size."""
    monkeypatch.setattr(search, "SMALL", WAYS[request.param])
    return request.param


def planned(network):
    """Return the answer, checked; None when no plan exists."""
    try:
        answer = solve(network, LIMITS)
    except PlanningError as refused:
        codes = {problem.code for problem in refused.problems}
    else:
        codes = set()
    assert codes <= {"E-PLAN-301", "E-PLAN-303"}
    if codes:
        return None
    _, _, violations = verify_network(answer.parts, network)
    assert not violations
    assert answer.proof.bound <= answer.proof.objective
    assert not answer.proof.cut_short
    return answer


@pytest.mark.parametrize(
    ("way", "block"), [*(("columns", n) for n in range(5)), *(("hubs", n) for n in range(20))], indirect=["way"]
)
def test_a_random_province_has_a_plan_that_the_checker_accepts(block, way):
    for seed in range(20 * block, 20 * block + 20):
        network = province(seed, communes=3, districts=1, departments=0, exchanges=2)
        answer = planned(network)
        assert answer.proof.gap <= 0.02 if answer else cheapest_cost(network) == inf


def tiny(seed):
    """Return a province of three sites: two routes of one carrier, or one route of each of two carriers."""
    return province(
        seed,
        communes=2,
        districts=seed % 2,
        departments=1 - seed % 2,
        exchanges=1 + seed // 2 % 2,
        carriers=1 + seed // 4 % 2,
        classes=CLASSES if seed % 3 else None,
        max_hops=2 + seed // 8 % 2,
        access_candidates=1,
        second_routes=seed // 4 % 2 == 0,
        demand=(2, 20) if seed // 2 % 2 else (40, 150),
    )


@cache
def least_of(seed):
    return cheapest_cost(tiny(seed))


@pytest.mark.parametrize("block", range(20))
def test_a_tiny_province_costs_what_trying_everything_costs(block, way):
    for seed in range(5 * block, 5 * block + 5):
        answer, least = planned(tiny(seed)), least_of(seed)
        if least == inf:
            assert answer is None
            continue
        assert answer is not None
        assert answer.proof.bound <= least * (1 + 1e-9)
        assert least <= answer.proof.objective + 0.5
        assert answer.proof.gap > 0 or answer.proof.objective == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("block", range(0, 20, 2))
def test_sites_told_apart_leave_every_plan_possible(block, monkeypatch):
    """Whatever a site asks for and saves, the program of hubs with its paths one by one bounds the cheapest plan."""
    monkeypatch.setattr(search, "SMALL", WAYS["hubs"])
    monkeypatch.setattr(heavy, "SAVING", 0.0)
    monkeypatch.setattr(heavy, "SHARE", 0.0)
    for seed in range(5 * block, 5 * block + 5):
        answer, least = planned(tiny(seed)), least_of(seed)
        if least == inf:
            assert answer is None
            continue
        assert answer is not None
        assert answer.proof.bound <= least * (1 + 1e-9)
        assert least <= answer.proof.objective + 0.5


@pytest.mark.parametrize("seed", [2, 10, 22])
def test_what_is_leased_costs_its_month_and_a_change_its_one_off_price(way, seed):
    network = tiny(seed)
    fresh = planned(network)
    used = {link.id: link.modules for link in fresh.parts.links}
    leased = tuple(
        replace(link, modules=tuple(replace(m, existing=used.get(link.id, {}).get(m.id, 0)) for m in link.modules))
        for link in network.links
    )
    again = planned(replace(network, links=leased))
    assert {link.id: link.modules for link in again.parts.links} == used
    once = sum(link.cost.one_off_vnd for link in fresh.parts.links)
    assert again.proof.objective == pytest.approx(fresh.proof.objective - once, abs=len(used) + 1)
    assert sum(link.cost.one_off_vnd for link in again.parts.links) == 0
    assert cheapest_cost(replace(network, links=leased)) == pytest.approx(again.proof.objective, abs=1)


def test_the_order_of_links_and_states_changes_nothing(way):
    network = province(5, communes=3, districts=1, departments=1, exchanges=2)
    plain = planned(network)
    for seed in range(10):
        links, states = list(network.links), list(network.states)
        random.Random(seed).shuffle(links)
        random.Random(seed).shuffle(states)
        mixed = planned(replace(network, links=tuple(links), states=tuple(states)))
        assert mixed.proof.objective == plain.proof.objective


def test_more_capacity_is_never_dearer_and_another_failure_never_cheaper(way):
    for seed in range(4):
        network = province(seed, communes=3, districts=1, departments=0, exchanges=2, demand=(40, 90))
        wide = province(seed, communes=3, districts=1, departments=0, exchanges=2, demand=(40, 90), scale=2.0)
        less = planned(replace(network, states=tuple(s for s in network.states if s.kind != "exchange")))
        now, more = planned(network), planned(wide)
        if now is None:
            continue
        assert more.proof.bound <= now.proof.objective
        assert less.proof.bound <= now.proof.objective
