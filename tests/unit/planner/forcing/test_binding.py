"""Limits that bind: measured as independent code measures them; given up for real, they save at least what is told."""

from dataclasses import replace

import pytest

from planner.checker.network import Examined
from planner.forcing import Forcing
from planner.forcing.binding import limits
from planner.network import solve
from tests.unit.planner.forcing.test_price import LIMITS, SEEDS, forcing, planned
from tests.unit.planner.network.brute import cheapest_cost


def eased(network, site, kind):
    """Promise one thing less to the class of a site."""
    name = next(s.site_class for s in network.records.sites if s.id == site)
    policy = network.records.classes[name]
    less = policy.model_copy(update={"survive": tuple(other for other in policy.survive if other != kind)})
    return replace(network, records=replace(network.records, classes={**network.records.classes, name: less}))


@pytest.mark.parametrize("seed", SEEDS)
def test_loads_and_states_are_those_that_other_code_finds(seed):
    network, found = planned(seed)
    seen = Examined(found.parts, network)
    loads = {state.id if state else "normal": seen.loads(state)[0] for state in (None, *seen.states)}
    names = [*(x.id for x in found.parts.links if x.kind == "trunk"), *(p.id for p in found.parts.concentration_points)]
    for name in names:
        (told,) = limits(forcing(seed), name)
        assert max(loads[told.state][name]) == pytest.approx(told.used, abs=0.01)
        assert told.used == pytest.approx(max(max(own.get(name, (0, 0))) for own in loads.values()), abs=0.01)
        assert told.slack == pytest.approx(told.limit - told.used)
        assert told.slack >= -0.001


@pytest.mark.parametrize("seed", SEEDS)
def test_giving_up_a_promise_saves_what_is_told_at_least(seed):
    network, found = planned(seed)
    for site in network.demands:
        for told in limits(forcing(seed), site):
            if told.what != "survive":
                continue
            less = eased(network, site, told.detail)
            assert cheapest_cost(less) <= found.proof.objective - told.saves_vnd + 2
            again = solve(less, LIMITS)
            after = limits(Forcing(less, again.parts, again.proof.bound, LIMITS), site)
            assert (told.what, told.detail) not in {(one.what, one.detail) for one in after}


@pytest.mark.parametrize("seed", SEEDS)
def test_all_protection_together_costs_what_its_absence_saves(seed):
    network, found = planned(seed)
    for site in network.demands:
        (told,) = (one for one in limits(forcing(seed), site) if one.what == "protection")
        name = next(s.site_class for s in network.records.sites if s.id == site)
        bare = network.records.classes[name].model_copy(update={"survive": (), "backup": "none"})
        less = replace(network, records=replace(network.records, classes={**network.records.classes, name: bare}))
        assert told.saves_vnd > 0
        assert told.binds
        assert cheapest_cost(less) <= found.proof.objective - told.saves_vnd + 2
        again = solve(less, LIMITS)
        after = limits(Forcing(less, again.parts, again.proof.bound, LIMITS), site)
        assert not any(one.what in ("protection", "survive") for one in after)


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_a_rule_that_sizes_a_line_binds_and_its_absence_is_seen(seed):
    network, found = planned(seed)
    site = next(iter(network.demands))
    line = next(s for s in found.parts.sites if s.id == site).primary.links[0]
    by_rule = {one.what: one for one in limits(forcing(seed), line)}
    assert set(by_rule) == {"rate", "occupancy", "realtime"}
    name = next(s.site_class for s in network.records.sites if s.id == site)
    policy = network.records.classes[name]
    fast = policy.model_copy(update={"access_mbps": policy.access_mbps.model_copy(update={"value": 180.0})})
    faster = replace(network, records=replace(network.records, classes={**network.records.classes, name: fast}))
    again = solve(faster, LIMITS)
    line = next(s for s in again.parts.sites if s.id == site).primary.links[0]
    told = {one.what: one for one in limits(Forcing(faster, again.parts, again.proof.bound, LIMITS), line)}
    assert told["rate"].binds
    assert told["rate"].used == 180.0
    assert told["rate"].saves_vnd > 0
    assert not told["occupancy"].binds
    assert not by_rule["rate"].binds or by_rule["rate"].saves_vnd > 0


def test_coverage_that_is_too_slow_is_named_with_what_it_lacks():
    network, found = planned(SEEDS[0])
    site = next(iter(network.demands))
    slow = tuple(
        replace(x, modules=tuple(replace(m, capacity_mbps=0.1) for m in x.modules))
        if x.kind == "mobile" and x.a == site
        else x
        for x in network.links
    )
    slower = replace(network, links=slow)
    again = solve(slower, LIMITS)
    told = list(limits(Forcing(slower, again.parts, again.proof.bound, LIMITS), site))
    named = {one.element for one in told if one.what == "mobile-rate"}
    assert named == {x.id for x in slow if x.kind == "mobile" and x.a == site}
    assert all(one.binds and one.slack < 0 for one in told if one.what == "mobile-rate")
    assert not any(one.what == "mobile-rate" for one in limits(forcing(SEEDS[0]), site))
    assert found.proof.objective < again.proof.objective
