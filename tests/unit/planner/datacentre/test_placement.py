"""Placements are optimal, survive what they promise, and are the same every time."""

import dataclasses
import itertools
import random

import pytest

from planner.checker.datacentre import verify_datacentre
from planner.datacentre.hardware import Hardware
from planner.datacentre.placement import states
from planner.datacentre.search import Placed, place
from planner.datacentre.solve import solve
from planner.datacentre.workloads import Group, expand
from planner.errors import PlanningError
from planner.limits import Limits, silent
from planner.plan import Plan
from topology.model import Network as Planned
from topology.model import Records
from topology.schema.base import Share
from topology.schema.facility import ExistingHost, HostModel


def test_the_miniature_province_is_placed_with_proof(plan: Plan) -> None:
    proof = plan.proofs[0]
    assert (proof.status, proof.gap, proof.cut_short) == ("optimal", 0.0, False)
    assert proof.objective == proof.bound > 0


def test_the_independent_checker_agrees(plan: Plan, planned: Planned) -> None:
    checked, violations = verify_datacentre(plan, planned)
    assert checked > 100
    assert violations == []


def test_the_same_records_give_the_same_placement(plan: Plan, planned: Planned) -> None:
    again, proof = solve(planned, Limits())
    assert again.part == plan.datacentre
    assert proof == plan.proofs[0]


def test_every_survived_state_says_where_machines_go(plan: Plan, planned: Planned) -> None:
    states = {evacuation.state for evacuation in plan.datacentre.evacuations}
    assert {f"rack:{rack.id}" for room in planned.records.rooms for rack in room.racks} <= states
    assert {f"host:{host.id}" for host in plan.datacentre.hosts} <= states
    assert {f"feed:{feed.id}" for room in planned.records.rooms for feed in room.feeds} <= states


def group(name: str, need: float, count: int, spread: str = "none") -> Group:
    return Group(
        id=name, service=None, role="generic", zone="server", level=3, form="vm",
        names=tuple(f"{name}-{i + 1}" for i in range(count)), spread=spread, licence=None,
        need=(need, need, 1.0, 1.0, 1.0), pool="shared", height_u=0, power_w=0, weight_kg=0, ports=0, price_vnd=0,
        sizing=(),
    )  # fmt: skip


Machine = tuple[float, str, str]
"""Need, group, spread."""


def fits(loads: list[float], machines: list[Machine], caps: list[float], at: list[set[str]]) -> bool:
    """Place the machines one by one in every way."""
    if not machines:
        return True
    need, name, spread = machines[0]
    for i, cap in enumerate(caps):
        if loads[i] + need <= cap + 1e-9 and not (spread != "none" and name in at[i]):
            loads[i] += need
            fresh = name not in at[i]
            at[i].add(name)
            if fits(loads, machines[1:], caps, at):
                return True
            loads[i] -= need
            if fresh:
                at[i].discard(name)
    return False


def good(machines: list[Machine], hosts: list[tuple[str, float]], where: tuple[int, ...], racks: int) -> bool:
    """Tell whether a placement is within the hosts and keeps replicas apart."""
    loads = [0.0] * len(hosts)
    for (need, _, _), host in zip(machines, where, strict=True):
        loads[host] += need
    if any(load > cap + 1e-9 for load, (_, cap) in zip(loads, hosts, strict=True)):
        return False
    for name, spread in {(name, spread) for _, name, spread in machines}:
        own = [host for (_, other, _), host in zip(machines, where, strict=True) if other == name]
        if spread != "none" and len(set(own)) < len(own):
            return False
        for rack in {rack for rack, _ in hosts}:
            if spread == "rack" and sum(hosts[host][0] == rack for host in own) > -(-len(own) // racks):
                return False
    return True


def survives(machines: list[Machine], hosts: list[tuple[str, float]], survive: tuple[str, ...], racks: int) -> bool:
    """Tell by trying everything whether some placement survives every loss."""
    lost = [{i for i, (rack, _) in enumerate(hosts) if rack == gone} for gone in {rack for rack, _ in hosts}]
    losses = (lost if "rack" in survive else []) + ([{i} for i in range(len(hosts))] if "host" in survive else [])
    for where in itertools.product(range(len(hosts)), repeat=len(machines)):
        if not good(machines, hosts, where, racks):
            continue
        if all(again(machines, hosts, where, gone) for gone in losses):
            return True
    return False


def again(machines: list[Machine], hosts: list[tuple[str, float]], where: tuple[int, ...], gone: set[int]) -> bool:
    """Tell whether the machines of the hosts that are gone fit on the others beside what runs there."""
    left = [i for i in range(len(hosts)) if i not in gone]
    loads, at = dict.fromkeys(left, 0.0), {i: set[str]() for i in left}
    for (need, name, _), host in zip(machines, where, strict=True):
        if host not in gone:
            loads[host] += need
            at[host].add(name)
    evicted = [machine for machine, host in zip(machines, where, strict=True) if host in gone]
    return fits([loads[i] for i in left], evicted, [hosts[i][1] for i in left], [at[i] for i in left])


def cheapest(
    machines: list[Machine], racks: list[str], models: dict[str, tuple[float, int]], most: int, survive: tuple[str, ...]
) -> int | None:
    """Enumerate the hosts of each rack, cheapest first."""
    single = [c for n in range(most + 1) for c in itertools.combinations_with_replacement(sorted(models), n)]
    options = []
    for choice in itertools.product(single, repeat=len(racks)):
        hosts = [(rack, models[m][0]) for rack, chosen in zip(racks, choice, strict=True) for m in chosen]
        options.append((sum(models[m][1] for chosen in choice for m in chosen), len(hosts), hosts))
    for cost, _, hosts in sorted(options, key=lambda option: option[:2]):
        if hosts and survives(machines, hosts, survive, len(racks)):
            return cost
    return None


def small_records(records: Records, draw: random.Random, survive: tuple[str, ...], most: int) -> Records:
    """Two racks for `most` hosts each, two models, nothing reserved."""
    racks = tuple(rack.model_copy(update={"height_u": most, "reserved_u": 0}) for rack in records.rooms[0].racks[:2])
    free = {"value": 0.0}
    policy = records.placement.model_copy(
        update={
            "survive": survive,
            "vcpu_per_thread": records.placement.vcpu_per_thread.model_copy(update={"value": 1.0}),
            "memory_reserve_share": records.placement.memory_reserve_share.model_copy(update=free),
            "disk_reserve_share": records.placement.disk_reserve_share.model_copy(update=free),
        }
    )
    base = records.host_models[0]

    def model(name: str, threads: int, price: int) -> HostModel:
        return base.model_copy(
            update={
                "id": name,
                "height_u": 1,
                "threads": base.threads.model_copy(update={"value": threads}),
                "memory_gib": base.memory_gib.model_copy(update={"value": 1000.0}),
                "price_vnd": base.price_vnd.model_copy(update={"value": price}),
            }
        )

    models = (model("host-a", draw.randint(4, 8), 100_000_000), model("host-b", draw.randint(8, 14), 170_000_000))
    return dataclasses.replace(
        records,
        rooms=(records.rooms[0].model_copy(update={"racks": racks}),),
        placement=policy,
        host_models=models,
        existing_hosts=(),
        small_data_centres=(),
    )


@pytest.mark.parametrize("seed", range(60))
def test_small_cases_equal_brute_force(planned: Planned, seed: int) -> None:
    draw = random.Random(seed)
    survive = draw.choice([("rack",), ("host",), ("host", "rack"), ()])
    records = small_records(planned.records, draw, survive, 2)
    groups = tuple(
        group(f"g{i}", float(draw.randint(1, 5)), draw.randint(1, 2), draw.choice(["none", "host", "rack"]))
        for i in range(draw.randint(1, 3))
    )
    hardware = Hardware(records)
    racks = [rack.id for rack in records.rooms[0].racks]
    price = {m: (float(hardware.offers[m][0]), hardware.host_price[m, racks[0]]) for m in hardware.models}
    machines = [(g.need[0], g.id, g.spread) for g in groups for _ in g.names]
    best = cheapest(machines, racks, price, 2, survive)
    if best is None:
        with pytest.raises(PlanningError):
            place(hardware, groups, Limits(), silent)
        return
    found = place(hardware, groups, Limits(), silent)
    assert found.optimal
    assert found.objective_vnd == best


def random_province(records: Records, draw: random.Random) -> tuple[Records, tuple[Group, ...]]:
    """Five to nine groups of random needs, spreads and pools; some hosts are there already."""
    groups = tuple(
        dataclasses.replace(
            group(f"g{i}", 1.0, draw.randint(1, 5), draw.choice(["none", "host", "rack"])),
            need=(float(draw.randint(1, 12)), float(draw.randint(2, 48)), float(draw.randint(10, 900)), 100.0, 50.0),
            pool=draw.choice(["shared", "shared", "level 4"]),
        )
        for i in range(draw.randint(5, 9))
    )
    survive = draw.choice([("rack",), ("host",), ("host", "rack", "feed"), ("feed",)])
    policy = records.placement.model_copy(update={"survive": survive})
    racks = [rack.id for rack in records.rooms[0].racks]
    model = draw.choice(records.host_models).id
    existing = tuple(
        ExistingHost(
            id=f"old-{i}", model=model, rack=draw.choice(racks), bought_year=2023, source="s", quality="assumption"
        )
        for i in range(draw.randint(0, 2))
    )
    return dataclasses.replace(records, placement=policy, existing_hosts=existing), groups


def valid(hardware: Hardware, groups: tuple[Group, ...], found: Placed) -> None:
    """Check counts and restarts row by row, with exact arithmetic on the groups' needs."""
    by_id = {g.id: g for g in groups}
    assert all(sum(n for (g, _), n in found.counts.items() if g == name) == by_id[name].count for name in by_id)
    assert set(found.restarts) == set(states(hardware, tuple(found.slots.values())))
    for state, moved in {"normal": {}, **found.restarts}.items():
        gone = states(hardware, tuple(found.slots.values())).get(state, frozenset())
        for name in by_id:
            evicted = sum(n for (g, s), n in found.counts.items() if g == name and s in gone)
            assert sum(n for (g, _), n in moved.items() if g == name) == evicted
        assert not any(s in gone for _, s in moved)
        for slot in set(found.slots) - gone:
            here = {g: found.counts.get((g, slot), 0) + moved.get((g, slot), 0) for g in by_id}
            offer = hardware.offers[found.slots[slot].model]
            assert all(sum(by_id[g].need[k] * n for g, n in here.items()) <= offer[k] + 1e-6 for k in range(5))
            assert all(by_id[g].pool == found.slots[slot].pool for g, n in here.items() if n)
            assert all(n <= 1 for g, n in here.items() if by_id[g].spread != "none")
    assert {h.id for h in hardware.existing} <= set(found.slots)


def placed(hardware: Hardware, groups: tuple[Group, ...]) -> Placed | PlanningError:
    try:
        return place(hardware, groups, Limits(effort=0.5), silent)
    except PlanningError as error:
        return error


@pytest.mark.parametrize("seed", range(40))
def test_random_provinces_are_placed_or_refused(planned: Planned, seed: int) -> None:
    records, groups = random_province(planned.records, random.Random(seed))
    hardware = Hardware(records)
    found = placed(hardware, groups)
    if isinstance(found, PlanningError):
        assert {problem.code for problem in found.problems} <= {"E-PLAN-401", "E-PLAN-416", "E-PLAN-417"}
        return
    valid(hardware, groups, found)
    assert found.optimal
    assert place(hardware, groups, Limits(effort=0.5), silent) == found


@pytest.mark.parametrize("seed", range(12))
def test_more_is_never_dearer_and_another_loss_never_cheaper(planned: Planned, seed: int) -> None:
    records, groups = random_province(planned.records, random.Random(seed + 100))

    def cost(changed: Records, machines: tuple[Group, ...] = groups) -> int | None:
        found = placed(Hardware(changed), machines)
        return None if isinstance(found, PlanningError) else found.objective_vnd

    base = cost(records)
    roomy = dataclasses.replace(
        records, placement=records.placement.model_copy(update={"memory_reserve_share": share(records, 0.0)})
    )
    strict = dataclasses.replace(
        records, placement=records.placement.model_copy(update={"survive": ("host", "rack", "feed")})
    )
    assert base is None or (cost(roomy) or 0) <= base
    assert base is None or (cost(strict) or base) >= base
    assert base is None or (cost(records, groups[1:]) or 0) <= base


def share(records: Records, value: float) -> Share:
    return records.placement.memory_reserve_share.model_copy(update={"value": value})


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_records_does_not_count(planned: Planned, plan: Plan, seed: int) -> None:
    draw, records = random.Random(seed), planned.records
    rooms = tuple(r.model_copy(update={"racks": tuple(draw.sample(r.racks, len(r.racks)))}) for r in records.rooms)
    shuffled = dataclasses.replace(
        records,
        services=tuple(draw.sample(records.services, len(records.services))),
        host_models=tuple(draw.sample(records.host_models, len(records.host_models))),
        rooms=rooms,
    )
    again_placed, _ = solve(dataclasses.replace(planned, records=shuffled), Limits())
    assert again_placed.part == plan.datacentre


def test_a_search_that_is_stopped_keeps_an_answer_with_an_honest_bound(planned: Planned, plan: Plan) -> None:
    hardware = Hardware(planned.records)
    groups = expand(planned.records, planned.demands)
    found = place(hardware, groups, Limits(should_stop=lambda: True), silent)
    valid_groups = tuple(g for g in groups if g.form == "vm")
    valid(hardware, valid_groups, found)
    assert found.cut_short
    assert found.bound_vnd <= plan.proofs[0].objective <= found.objective_vnd


def test_what_cannot_be_placed_is_refused_with_the_resource(planned: Planned) -> None:
    with pytest.raises(PlanningError) as refused:
        place(Hardware(planned.records), (group("huge", 60.0, 40),), Limits(), silent)
    assert "E-PLAN-401" in str(refused.value)
    assert "facility.yaml" in str(refused.value)
