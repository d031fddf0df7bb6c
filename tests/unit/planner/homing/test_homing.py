"""Dual homing: equal to brute force, checked by other code, told apart from infeasible, the same in any order."""

import copy
from math import inf

import pytest

from planner.checker.homing import verify_homing, verify_unserved
from planner.homing import InstanceError, read, solve
from planner.limits import Limits
from tests.unit.planner.homing.instances import cheapest, instance, shuffled

LIMITS = Limits(time_limit_s=30, effort=0.02)


def solved(data):
    answer = solve(read(data), LIMITS)
    if answer.objective is not None:
        assert verify_homing(data, answer.pairs, answer.sizes, answer.objective) == []
        assert answer.bound <= answer.objective
    return answer


@pytest.mark.parametrize("seed", range(24))
def test_a_small_instance_costs_what_trying_everything_costs(seed):
    data = instance(seed, chaining=seed % 3 > 0)
    least, answer = cheapest(data), solved(data)
    assert least < inf
    assert answer.bound <= least + 1e-6
    assert answer.objective == pytest.approx(least)


def test_a_site_without_two_disjoint_paths_is_named():
    data = instance(6)
    ducts = [k for k, link in enumerate(data["links"]) if 4 in (link["u"], link["v"])]
    data["srlg"]["the only road"] = ducts
    assert cheapest(data) == inf
    answer = solved(data)
    assert answer.status == "infeasible"
    assert verify_unserved(data, answer.unserved)
    assert not verify_unserved(data, 1)


def test_any_order_of_the_input_gives_the_same_cost():
    data = instance(6)
    plain = solved(data).objective
    for seed in range(20):
        assert solved(shuffled(data, seed)).objective == pytest.approx(plain)


def test_the_same_input_gives_the_same_answer():
    data = instance(8)
    assert solved(data) == solved(data)


def test_a_larger_size_for_the_same_price_is_never_dearer_and_another_group_never_cheaper():
    for seed in (1, 4, 6):
        data = instance(seed)
        wide = {**data, "mods": [200, 2000, 20000]}
        now, more = solved(data), solved(wide)
        if now.objective is None:
            continue
        assert more.objective <= now.objective + 1e-6
        pair = next(iter(now.pairs.values()))
        riskier = {**data, "srlg": {**data["srlg"], "flood": [pair[0][0], pair[1][0]]}}
        then = solved(riskier)
        assert then.objective is None or then.objective >= now.objective - 1e-6


def tampered():
    data = instance(4)
    answer = solve(read(data), LIMITS)
    site = next(iter(answer.pairs))
    one, two = answer.pairs[site]
    link = one[0]

    def routes(pair):
        return {**answer.pairs, site: pair}

    yield data, routes((one,)), answer.sizes, answer.objective
    yield data, routes((one, one)), answer.sizes, answer.objective
    yield data, routes((one[1:], two)), answer.sizes, answer.objective
    yield data, routes(((*one, link), two)), answer.sizes, answer.objective
    yield data, answer.pairs, {e: k for e, k in answer.sizes.items() if e != link}, answer.objective
    yield data, answer.pairs, answer.sizes, answer.objective - 1
    yield data, answer.pairs, {**answer.sizes, link: 7}, answer.objective
    fuller = copy.deepcopy(data)
    fuller["sites"][site]["d"] = 20000
    yield fuller, answer.pairs, answer.sizes, answer.objective
    risky = {**data, "srlg": {**data["srlg"], "flood": [one[0], two[0]]}}
    yield risky, answer.pairs, answer.sizes, answer.objective


def test_the_checker_catches_whatever_was_changed():
    for number, (data, routes, sizes, objective) in enumerate(tampered()):
        assert verify_homing(data, routes, sizes, objective), number


def test_the_checker_counts_hops_and_refuses_the_way_down():
    data = instance(4)
    answer = solve(read(data), LIMITS)
    assert any(v.kind == "hops" for v in verify_homing(data, answer.pairs, answer.sizes, answer.objective, max_hops=1))
    lowered = copy.deepcopy(data)
    for site in lowered["sites"][1:3]:
        site["tier"] = 2
    for site in lowered["sites"][3:]:
        site["tier"] = 1
    broken = verify_homing(lowered, answer.pairs, answer.sizes, answer.objective)
    assert any("down" in v.text for v in broken)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("mods"),
        lambda d: d["links"][0].update(u=99),
        lambda d: d["links"][0].update(cost=[1]),
        lambda d: d["links"][0].update(cost=[1, -2, 3]),
        lambda d: d["srlg"].update(x=[999]),
        lambda d: d.update(sites=[]),
        lambda d: d["mods"].reverse(),
    ],
)
def test_a_broken_file_is_named_so(change):
    data = instance(1)
    change(data)
    with pytest.raises(InstanceError):
        read(data)
