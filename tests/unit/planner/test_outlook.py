"""What a plan says about later: dates, money, servers that move in; each warning with its place in the records."""

import dataclasses
from typing import Any

import pytest

from planner.outlook import lines, resources, with_outlook
from planner.plan import Plan
from topology.model import Network, Records


def figure(old: Any, value: float) -> Any:
    return old.model_copy(update={"value": value})


def changed(network: Network, **parts: object) -> Network:
    return dataclasses.replace(network, records=dataclasses.replace(network.records, **parts))


def codes(plan: Plan, network: Network) -> list[str]:
    bare = plan.model_copy(update={"findings": ()})
    return [found.code for found in with_outlook(bare, network).findings]


def growing(records: Records, p50: float, p90: float) -> tuple[Any, ...]:
    return tuple(
        service.model_copy(
            update={
                "growth": service.growth.model_copy(
                    update={"p50": figure(service.growth.p50, p50), "p90": figure(service.growth.p90, p90)}
                )
            }
        )
        for service in records.services
    )


def test_the_plan_carries_it(mini: Network, mini_plan: Plan) -> None:
    assert set(mini_plan.network.availability) == {site.id for site in mini.records.sites}
    assert {one.id for one in mini_plan.outlook if one.kind == "resource"} == set(mini_plan.datacentre.used_share)
    for one in mini_plan.outlook:
        assert one.p90 is None or one.p50 is None or one.p90 <= one.p50


def test_memory_by_hand(mini: Network, mini_plan: Plan) -> None:
    """Equal rates make the whole pool grow at that rate: 0.4398 · 1.2^t = 0.9 after 3.93 years."""
    network = changed(mini, services=growing(mini.records, 0.2, 0.3), small_data_centres=())
    own = [machine for machine in mini_plan.machines if machine.host]
    moved = sum(machine.memory_gib for machine in own if machine.service is None)
    total = sum(machine.memory_gib for machine in own)
    share = mini_plan.datacentre.used_share["memory_gib"]
    (found,) = (one for one in resources(mini_plan, network.records) if one.id == "memory_gib")
    assert found.p50 is not None
    year, _, quarter = found.p50.partition("-Q")
    years = int(year) - 2025 + int(quarter) / 4
    growth = [(moved + (total - moved) * 1.2**t) / total * share for t in (years - 0.25, years)]
    assert growth[0] < 0.9 <= growth[1]


def test_lines_are_listed_by_date(mini: Network, mini_plan: Plan) -> None:
    found = lines(mini_plan, mini)
    assert len(found) == 10
    assert [one.p90 for one in found] == sorted(one.p90 or "" for one in found)
    assert lines(mini_plan, changed(mini, services=growing(mini.records, 0.0, 0.0))) == ()


def test_a_resource_full_within_the_horizon_is_told(mini: Network, mini_plan: Plan) -> None:
    assert "W-PLAN-603" not in codes(mini_plan, mini)
    assert "W-PLAN-603" in codes(mini_plan, changed(mini, services=growing(mini.records, 0.3, 0.4)))


@pytest.mark.parametrize(("budget", "told"), [(1_753_500_000, False), (1_753_499_999, True)])
def test_purchases_above_the_budget_are_told(mini: Network, mini_plan: Plan, budget: int, told: bool) -> None:
    assert mini_plan.costs.total.one_off_vnd == 1_753_500_000
    money = mini.records.money
    money = money.model_copy(update={"annual_budget_vnd": figure(money.annual_budget_vnd, budget)})
    assert ("W-PLAN-602" in codes(mini_plan, changed(mini, money=money))) is told


def test_servers_that_move_in_need_a_line(mini: Network, mini_plan: Plan) -> None:
    """Where the records do not say how servers move, nothing was weighed: then the line is told."""
    assert codes(mini_plan, mini) == []
    links = tuple(
        link.model_copy(update={"capacity_mbps": 100.0}) if "finance" in link.id else link
        for link in mini_plan.network.links
    )
    narrow = mini_plan.model_copy(update={"network": mini_plan.network.model_copy(update={"links": links})})
    undecided = changed(mini, moving=None)
    assert codes(narrow, undecided) == ["W-PLAN-604"]
    (room,) = mini.records.small_data_centres
    vm = room.vm.model_copy(update={"network_mbps": figure(room.vm.network_mbps, 1)})
    small = (room.model_copy(update={"vm": vm}),)
    assert codes(narrow, changed(mini, moving=None, small_data_centres=small)) == []
