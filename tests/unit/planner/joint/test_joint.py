"""Bridges and rooms together: the cheapest of all combinations; the exchange's bound holds; lines rise as proved."""

import dataclasses
import itertools

import pytest

from planner.conference import Bridging, box_cost
from planner.consolidation.rooms import room_money, users_mbps
from planner.joint import decide
from planner.joint.lines import OwnLines
from planner.limits import Limits
from planner.network import solve as solve_network
from planner.plan import Plan
from planner.solve import solve
from topology.demands import AGENCY_CLASS, hosted
from topology.model import Hosting, Network
from topology.schema.base import Amount, Count
from topology.schema.services import SmallDataCentre

MARK = {"quality": "assumption", "source": "test"}


def second(room: SmallDataCentre, servers: int, room_vnd: int, mbps: float) -> SmallDataCentre:
    assert room.running is not None
    vm = room.vm.model_copy(
        update={"id": "moved-office", "address_offset": 210, "network_mbps": Amount(value=mbps, **MARK)}
    )
    running = room.running.model_copy(update={"room_vnd_per_year": Count(value=room_vnd, **MARK)})
    return room.model_copy(
        update={"id": "room-office", "site": "department-office", "vm": vm, "running": running,
                "servers_max": Count(value=servers, **MARK), "servers_min": Count(value=1, **MARK), "running_min": 0}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("servers", "room_vnd", "mbps", "moves"),
    [(2, 400_000_000, 10.0, True), (1, 10_000_000, 150.0, False), (4, 700_000_000, 20.0, True)],
)
def test_the_decision_is_the_cheapest_of_all(
    mini: Network, servers: int, room_vnd: int, mbps: float, moves: bool
) -> None:
    rooms = (*mini.records.small_data_centres, second(mini.records.small_data_centres[0], servers, room_vnd, mbps))
    network = dataclasses.replace(mini, records=dataclasses.replace(mini.records, small_data_centres=rooms))
    decided = decide(network, Limits())
    search = decided.search
    best = None
    for some in itertools.chain.from_iterable(itertools.combinations(rooms, k) for k in range(3)):
        ids = frozenset(small.id for small in some)
        money = 0
        for small in some:
            weighed = room_money(network.records, small)
            rise = search.lines.rise(small.site, users_mbps(small), AGENCY_CLASS)
            assert weighed is not None
            assert rise is not None
            money += weighed.move_once - weighed.saves_vnd + rise
        total = search.housed(Bridging({}, {}, 2, 0, 0), ids).cost_vnd + money
        best = min(best, (total, sorted(ids))) if best else (total, sorted(ids))
    assert best is not None
    assert decided.objective_vnd == decided.bound_vnd == best[0]
    assert sorted(decided.hosting.moved or ()) == best[1]
    assert ("room-office" in best[1]) is moves


def of_few_seats(network: Network, cascade: str) -> Network:
    """Return a province whose bridges serve two endpoints of the communes each, so that the core needs many."""
    trees = tuple(
        tree.model_copy(update={"cascade": cascade, "bridge_capacity": Count(value=2, **MARK)})
        if tree.id == "conf-communes"
        else tree
        for tree in network.records.conferences
    )
    return dataclasses.replace(network, records=dataclasses.replace(network.records, conferences=trees))


def test_bridges_away_are_weighed_against_the_hosts_that_bridges_at_the_core_need(mini: Network) -> None:
    network = of_few_seats(mini, "allowed")
    decided = decide(network, Limits())
    search, room = decided.search, network.records.small_data_centres[0]
    weighed, rise = room_money(network.records, room), search.lines.rise(room.site, users_mbps(room), AGENCY_CLASS)
    assert weighed is not None
    assert rise is not None
    totals = {}
    for count, (moves, money) in itertools.product(
        range(1, 8), ((False, 0), (True, weighed.move_once - weighed.saves_vnd + rise))
    ):
        bridging, _ = search.bridgings.cheapest(count)
        if bridging is not None:
            house = search.housed(bridging, frozenset({room.id}) if moves else frozenset())
            totals[bridging.core_bridges, moves] = bridging.cost_vnd + house.cost_vnd + money
    flat = max(count for count, _ in totals)
    assert (
        decided.objective_vnd
        == decided.bound_vnd
        == min(totals.values())
        < min(totals[flat, True], totals[flat, False])
    )
    assert decided.objective_vnd <= decide(of_few_seats(mini, "required"), Limits()).objective_vnd


def test_a_province_without_conferences_is_planned(mini: Network) -> None:
    records = dataclasses.replace(mini.records, conferences=())
    decided = decide(dataclasses.replace(mini, records=records), Limits())
    assert decided.bridging.core_bridges == 0
    assert decided.hosting.moved == {"room-finance"}


def test_the_plan_is_jointly_optimal(mini_plan: Plan) -> None:
    proof = mini_plan.joint
    assert proof is not None
    assert (proof.status, proof.gap, proof.work["regret_vnd"]) == ("optimal", 0.0, 0)
    assert proof.objective == mini_plan.costs.total.present_value_vnd, "the only room has moved"
    assert mini_plan.moves_proof is not None
    assert mini_plan.moves_proof.gap == 0


def test_the_network_rises_as_the_own_lines_bound_it(mini: Network) -> None:
    """L ≤ N(D + e) - N(D) ≤ U, with networks solved to the optimum."""
    base = hosted(mini, Hosting(moved=frozenset()))
    lines = OwnLines(base)
    now = solve_network(base, Limits()).proof
    moved = hosted(mini, Hosting(moved=frozenset({"room-finance"})))
    then = solve_network(moved, Limits()).proof
    assert now.gap == then.gap == 0
    least = lines.least_rise("department-finance", 200.0, AGENCY_CLASS)
    most = lines.most_rise("department-finance", 200.0, AGENCY_CLASS)
    assert most is not None
    assert least <= then.objective - now.objective <= most


def test_steps_are_what_the_lines_cost(mini: Network) -> None:
    lines = OwnLines(hosted(mini, Hosting(moved=frozenset())))
    steps = lines.steps("district-dong", 70.0, "af41")
    assert steps[0][1] == 0
    assert [limit for limit, _ in steps] == sorted(limit for limit, _ in steps)
    for limit, price in steps:
        assert lines.rise("district-dong", limit, "af41") == price
    for (limit, _), (_, price) in itertools.pairwise(steps):
        assert lines.rise("district-dong", limit + 0.002, "af41") == price


def test_a_tree_that_must_cascade_gets_its_bridges(mini: Network) -> None:
    """A whole plan with bridges in districts: machines there, lines that carry them, the checker agrees."""
    trees = tuple(
        tree.model_copy(update={"cascade": "required"}) if tree.id == "conf-communes" else tree
        for tree in mini.records.conferences
    )
    network = dataclasses.replace(mini, records=dataclasses.replace(mini.records, conferences=trees))
    plan, _ = solve(network, Limits())
    assert plan.verdict.violations == 0
    part = plan.conference
    assert part is not None
    away = [place for place in part.bridges if place.site != "core"]
    assert away
    boxes = [machine for machine in plan.machines if machine.role == "conference" and machine.site != "core"]
    assert {m.id for m in boxes} == {name for place in away for name in place.machines}
    assert {m.interfaces[0].segment for m in boxes} <= {f"seg-{p.site.partition('-')[2]}-vc" for p in away}
    assert plan.costs.conference.present_value_vnd == len(boxes) * box_cost(network.records).present_value_vnd
    assert plan.joint is not None
    assert plan.joint.bound <= plan.joint.objective
    tree = next(tree for tree in part.trees if tree.tree == "conf-communes")
    assert tree.core_mbps < tree.flat_mbps
    assert all(not loss.lost for loss in part.losses if loss.state.startswith("bridge:"))
