"""Where workloads with several sites stand: the cheapest of all choices, whatever makes it so; bounds that hold."""

import dataclasses

import pytest

from planner import checker
from planner.errors import PlanningError
from planner.joint.certificate import own_vnd
from planner.joint.sites import Settled, settle
from planner.limits import Limits
from planner.network import Aim, search
from planner.network import solve as solve_network
from planner.plan import Plan
from planner.solve import solve
from tests.unit.planner.second_site import MARK, amount, copy_of_data, room_at, with_copy
from topology.build import build
from topology.model import Network, Records
from topology.schema.base import Count
from topology.schema.facility import ExistingHost
from topology.schema.services import Beside
from topology.standing import choices

EAST, WEST = "district-dong", "district-tay"


def existing(records: Records, site: str, model: str = "host-small") -> Records:
    """Put two hosts into the racks of a site's room: they are there whether anything runs on them or not."""
    racks = [rack.id for room in records.rooms if room.site == site for rack in room.racks]
    hosts = tuple(ExistingHost(id=f"host-{rack}", model=model, rack=rack, bought_year=2025, **MARK) for rack in racks)
    return dataclasses.replace(records, existing_hosts=(*records.existing_hosts, *hosts))


def dear(records: Records, factor: float) -> Records:
    """Multiply the price of every kilometre of line."""
    modules = tuple(
        m.model_copy(update={"monthly_per_km_vnd": Count(value=round(m.monthly_per_km_vnd.value * factor), **MARK)})
        for m in records.modules
    )
    return dataclasses.replace(records, modules=modules)


def costs_of_all(found: Settled) -> dict[str, float]:
    """Plan every choice of sites, those that a bound has ruled out too: site of the copy → cost of the whole plan."""
    truth = {}
    for choice in found.choices:
        assert choice.decided is not None
        assert choice.network is not None
        truth[choice.stands["copy"]] = solve_network(choice.network, Limits()).proof.objective + own_vnd(
            choice.decided, choice.network
        )
    return truth


def chosen(found: Settled) -> str:
    return found.choices[0].stands["copy"]


@pytest.mark.parametrize(
    ("hosts", "factor", "mbps", "where"),
    [(False, 1.0, 10.0, "core"), (True, 20.0, 10.0, WEST), (True, 20.0, 40.0, "core")],
)
def test_the_choice_is_the_cheapest_of_all_and_flips_with_prices(
    mini: Network, hosts: bool, factor: float, mbps: float, where: str
) -> None:
    """Hosts that are there already draw it to them; what it loads the dear lines with keeps it at the core."""
    copied = with_copy(
        mini.records, copy_of_data(("core", WEST), mbps, replicas=2, disk_gib=2000), [room_at(mini.records, WEST)]
    )
    network = build(dear(existing(copied, WEST) if hosts else copied, factor))
    found = settle(network, Limits())
    truth = costs_of_all(found)
    assert chosen(found) == min(truth, key=lambda site: truth[site]) == where
    assert found.choices[0].cost_vnd == truth[where]
    for choice in found.choices:
        assert choice.bound_vnd is not None
        assert choice.bound_vnd <= truth[choice.stands["copy"]]
        assert choice.bound_vnd >= truth[where] - 1, "nothing is left to prove"


@pytest.mark.parametrize(
    ("hosts", "factor", "small"), [((EAST, WEST), 3.0, None), ((WEST,), 20.0, -1)], ids=["columns", "hubs"]
)
def test_choices_side_by_side_are_planned_or_out_by_their_bounds(
    mini: Network, monkeypatch: pytest.MonkeyPatch, hosts: tuple[str, ...], factor: float, small: int | None
) -> None:
    """Three choices, two at a time: none that is not planned costs less than the one taken."""
    rooms = [room_at(mini.records, EAST), room_at(mini.records, WEST)]
    copied = with_copy(mini.records, copy_of_data(("core", EAST, WEST), 30.0, replicas=2, disk_gib=2000), rooms)
    for site in hosts:
        copied = existing(copied, site)
    network = build(dear(copied, factor))
    truth = costs_of_all(settle(network, Limits()))
    if small is not None:
        monkeypatch.setattr(search, "SMALL", small)
    found = settle(network, Limits())
    cost = found.choices[0].cost_vnd
    assert cost is not None
    assert len(found.choices) == 3
    assert min(truth.values()) - 0.5 <= cost <= min(truth.values()) * (1 if small is None else 1.01) + 0.5
    for choice in found.choices:
        assert choice.bound_vnd is not None
        assert choice.bound_vnd <= truth[choice.stands["copy"]] + 0.5
        assert choice.found is not None or choice.bound_vnd >= cost


def test_a_bound_that_says_enough_ends_a_network(mini: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", -1)
    whole = solve_network(mini, Limits())
    early = solve_network(mini, Limits(), aim=Aim(enough_vnd=1.0))
    assert early.left_early
    assert early.proof.bound <= whole.proof.objective <= early.proof.objective
    late = solve_network(mini, Limits(), aim=Aim(turns=2, enough_vnd=whole.proof.objective + 1))
    assert (late.proof.objective, late.left_early) == (whole.proof.objective, False)


def test_a_distance_moves_it(mini: Network) -> None:
    near = copy_of_data(("core", EAST), 20.0, km=20.0)
    assert [stands["copy"] for stands in choices(with_copy(mini.records, near, []))] == [EAST]
    far = copy_of_data(("core", EAST), 20.0, km=21.0)
    assert not list(choices(with_copy(mini.records, far, [])))
    free = copy_of_data(("core", EAST), 20.0)
    assert [stands["copy"] for stands in choices(with_copy(mini.records, free, []))] == ["core", EAST]


def test_companions_stay_together(mini: Network) -> None:
    copy = copy_of_data(("core", EAST, WEST), 20.0)
    tied = copy.model_copy(update={"beside": (Beside(workload="web", within="room"),)})
    copied = with_copy(mini.records, tied, [])
    assert [stands["copy"] for stands in choices(copied)] == ["core"]


@pytest.fixture(scope="module")
def plan_and_network(mini: Network) -> tuple[Plan, Network]:
    copy = copy_of_data(("core", EAST, WEST), 30.0, km=10.0, replicas=2)
    copied = with_copy(mini.records, copy, [room_at(mini.records, EAST), room_at(mini.records, WEST)])
    network = build(copied)
    plan, _ = solve(network, Limits())
    return plan, network


def test_the_plan_has_machines_lines_and_choices_at_the_site(plan_and_network: tuple[Plan, Network]) -> None:
    plan, network = plan_and_network
    assert plan.verdict.violations == 0
    assert plan.sites is not None
    place = plan.sites.places[0]
    assert (place.workload, place.mbps) == ("copy", 60.0)
    assert place.site in (EAST, WEST)
    machines = [machine for machine in plan.machines if machine.id.startswith("copy-")]
    assert {machine.site for machine in machines} == {place.site}
    assert {(machine.rack or "").rpartition("-")[2] for machine in machines} == {place.site.rpartition("-")[2]}
    demands = checker.as_decided(plan, network).demands[place.site]
    alone = network.demands[place.site]
    assert demands.down_mbps == pytest.approx(alone.down_mbps + 60)
    assert demands.up_mbps == pytest.approx(alone.up_mbps + 60)
    assert demands.by_class["af21"][0] == pytest.approx(alone.by_class["af21"][0] + 60)
    own = [s for s in plan.network.sites if s.id == place.site]
    lines = {link.id: link.capacity_mbps for link in plan.network.links}
    assert all(
        lines[route.links[0]] >= demands.down_mbps / 0.9 for s in own for route in (s.primary, s.backup) if route
    )
    for evacuation in plan.datacentre.evacuations:
        to = {host.id: host.rack for host in plan.datacentre.hosts}
        assert all(to[host].endswith(place.site[-4:].strip("-")) for name, host in evacuation.moves.items()
                   if name.startswith("copy-"))  # fmt: skip
    assert plan.joint is not None
    assert plan.joint.gap == 0
    assert plan.joint.objective == plan.sites.ways[0].total_vnd
    service = next(service for service in plan.services if service.id == "one-stop")
    assert service.availability is not None
    reached = plan.network.availability[place.site].share
    assert service.availability.centre is not None
    assert service.availability.centre < reached, "its machines are reached over the lines of the site"


def broken(plan: Plan, network: Network) -> set[str]:
    return {str(violation) for violation in checker.verify(plan, network)[1]}


def test_the_checker_refuses_what_is_not_so(plan_and_network: tuple[Plan, Network]) -> None:
    plan, network = plan_and_network
    sites = plan.sites
    assert sites is not None
    place, best, other = sites.places[0], sites.ways[0], sites.ways[1]
    elsewhere = WEST if place.site == EAST else EAST

    def told(**update: object) -> set[str]:
        return broken(plan.model_copy(update={"sites": sites.model_copy(update=update)}), network)

    def of_way(way: object, **update: object) -> set[str]:
        ways = tuple(one.model_copy(update=update) if one is way else one for one in sites.ways)
        return told(ways=ways)

    assert not broken(plan, network)
    assert any("nothing is said" in text for text in broken(plan.model_copy(update={"sites": None}), network))
    assert any("distances" in text for text in told(places=(place.model_copy(update={"apart_km": {"db": 99.0}}),)))
    assert any("Mbit/s on its lines" in text for text in told(places=(place.model_copy(update={"mbps": 1.0}),)))
    assert any("service, sites or site" in t for t in told(places=(place.model_copy(update={"site": elsewhere}),)))
    assert any("all choices" in text for text in told(ways=(best,)))
    assert any("larger lines cost" in text for text in of_way(best, lines_vnd=(best.lines_vnd or 0) + 999))
    assert any("larger lines cost" in text for text in of_way(other, lines_vnd=(other.lines_vnd or 0) + 999))
    assert any("may cost less than the bound" in text for text in of_way(other, bound_vnd=1))
    assert any("less than the chosen" in text for text in of_way(other, total_vnd=1, state="planned"))
    assert any("no bound says so" in text for text in of_way(other, bound_vnd=1, total_vnd=None, state="bounded"))
    assert any("without a reason" in text for text in of_way(other, state="impossible"))
    machines = tuple(m.model_copy(update={"site": "core"}) if m.id == "copy-1" else m for m in plan.machines)
    moved = broken(plan.model_copy(update={"machines": machines}), network)
    assert any("its rack at" in text for text in moved)
    assert any("stands at" in text and "allowed" in text for text in moved)
    assert any("are asked" in text for text in moved), "too near to the database"


def test_the_formula_of_a_machine_away_sizes_its_lines(mini: Network) -> None:
    """The backup, sized from the disks of all others, may stand away: its lines carry what its formula gives."""
    services = tuple(
        s.model_copy(update={"workloads": tuple(
            w.model_copy(update={"sites": (EAST,), "network_mbps": amount(1)}) if w.id == "backup" else w
            for w in s.workloads)})
        for s in mini.records.services
    )  # fmt: skip
    records = dataclasses.replace(
        mini.records, services=services, rooms=(*mini.records.rooms, room_at(mini.records, EAST))
    )
    plan, _ = solve(build(records), Limits())
    assert plan.verdict.violations == 0
    assert plan.sites is not None
    machine = plan.machine("backup-1")
    assert machine.site == EAST
    assert 1 < machine.network_mbps < 500
    assert plan.sites.places[0].mbps == pytest.approx(machine.network_mbps)


def test_a_choice_without_a_plan_says_why(mini: Network) -> None:
    room = room_at(mini.records, EAST)
    lone = room.model_copy(update={"racks": room.racks[:1]})
    network = build(with_copy(mini.records, copy_of_data(("core", EAST), 20.0), [lone]))
    found = settle(network, Limits())
    assert chosen(found) == "core"
    error = found.choices[1].error
    assert error is not None
    assert error.problems[0].code == "E-PLAN-412"
    assert EAST in error.problems[0].message
    too_much = copy_of_data((EAST,), 50_000.0)
    with pytest.raises(PlanningError):
        solve(build(with_copy(mini.records, too_much, [room])), Limits())


def test_lines_that_carry_it_nowhere_leave_the_core(mini: Network) -> None:
    copied = with_copy(mini.records, copy_of_data(("core", EAST), 200.0), [room_at(mini.records, EAST)])
    small = tuple(
        m if m.capacity_mbps.value <= 100 else m.model_copy(update={"use": tuple(u for u in m.use if u != "access")})
        for m in mini.records.modules
    )
    found = settle(build(dataclasses.replace(copied, modules=small)), Limits())
    assert chosen(found) == "core"
    assert found.choices[1].error is not None
    assert found.choices[1].error.problems[0].code == "E-PLAN-301"


def test_a_search_that_is_stopped_keeps_an_honest_bound(mini: Network) -> None:
    copy = copy_of_data(("core", EAST, WEST), 20.0)
    network = build(with_copy(mini.records, copy, [room_at(mini.records, EAST), room_at(mini.records, WEST)]))
    asked = [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] > 3

    found = settle(network, Limits(should_stop=stop))
    assert found.cut_short
    assert chosen(found) in ("core", EAST, WEST)
    assert any(choice.bound_vnd is None for choice in found.choices[1:])
