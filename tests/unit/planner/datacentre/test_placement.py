"""Placements are optimal, survive what they promise, and are the same every time."""

import dataclasses
import itertools
import random

import pytest

from planner.checker.datacentre import verify_datacentre
from planner.datacentre.hardware import Hardware
from planner.datacentre.search import place
from planner.datacentre.solve import solve
from planner.datacentre.workloads import Group
from planner.errors import PlanningError
from planner.limits import Limits, silent
from planner.plan import Plan
from topology.model import Network as Planned


def test_the_miniature_province_is_placed_with_proof(plan: Plan) -> None:
    proof = plan.proofs[0]
    assert (proof.status, proof.gap, proof.cut_short) == ("optimal", 0.0, False)
    assert proof.objective == proof.bound > 0


def test_the_independent_checker_agrees(plan: Plan, planned: Planned) -> None:
    checked, violations = verify_datacentre(plan, planned.records)
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


def fits(loads: list[float], machines: list[tuple[float, str, bool]], caps: list[float], at: list[set[str]]) -> bool:
    """Place the machines one by one in every way."""
    if not machines:
        return True
    need, name, alone = machines[0]
    for i, cap in enumerate(caps):
        if loads[i] + need <= cap + 1e-9 and not (alone and name in at[i]):
            loads[i] += need
            fresh = name not in at[i]
            at[i].add(name)
            if fits(loads, machines[1:], caps, at):
                return True
            loads[i] -= need
            if fresh:
                at[i].discard(name)
    return False


def assignments(count: int, hosts: int) -> itertools.product:
    return itertools.product(range(hosts), repeat=count)


def survives(machines: list[tuple[float, str, bool]], hosts: list[tuple[str, float]]) -> bool:
    """Tell by trying everything whether some placement survives the loss of each rack."""
    caps = [cap for _, cap in hosts]
    for where in assignments(len(machines), len(hosts)):
        loads, at = [0.0] * len(hosts), [set() for _ in hosts]
        good = True
        for (need, name, alone), host in zip(machines, where, strict=True):
            loads[host] += need
            good &= loads[host] <= caps[host] + 1e-9 and not (alone and name in at[host])
            at[host].add(name)
        if good and all(
            fits(
                [load for load, (rack, _) in zip(loads, hosts, strict=True) if rack != lost],
                [m for m, host in zip(machines, where, strict=True) if hosts[host][0] == lost],
                [cap for rack, cap in hosts if rack != lost],
                [set(names) for names, (rack, _) in zip(at, hosts, strict=True) if rack != lost],
            )
            for lost in {rack for rack, _ in hosts}
        ):
            return True
    return False


def cheapest(machines: list, racks: list[str], models: dict[str, tuple[float, int]], most: int) -> int | None:
    """Enumerate the hosts of each rack, cheapest first."""
    single = [c for n in range(most + 1) for c in itertools.combinations_with_replacement(sorted(models), n)]
    options = []
    for choice in itertools.product(single, repeat=len(racks)):
        hosts = [(rack, models[m][0]) for rack, chosen in zip(racks, choice, strict=True) for m in chosen]
        options.append((sum(models[m][1] for chosen in choice for m in chosen), len(hosts), hosts))
    for cost, _, hosts in sorted(options, key=lambda option: option[:2]):
        if len(hosts) <= 4 and hosts and survives(machines, hosts):
            return cost
    return None


@pytest.mark.parametrize("seed", range(25))
def test_small_cases_equal_brute_force(planned: Planned, seed: int) -> None:
    draw = random.Random(seed)
    records = planned.records
    room = records.rooms[0].model_copy(update={"racks": records.rooms[0].racks[:2]})
    free = {"value": 0.0}
    policy = records.placement.model_copy(
        update={
            "survive": ("rack",),
            "vcpu_per_thread": records.placement.vcpu_per_thread.model_copy(update={"value": 1.0}),
            "memory_reserve_share": records.placement.memory_reserve_share.model_copy(update=free),
            "disk_reserve_share": records.placement.disk_reserve_share.model_copy(update=free),
        }
    )
    base = records.host_models[0]

    def model(name: str, threads: int, price: int) -> object:
        return base.model_copy(
            update={
                "id": name,
                "threads": base.threads.model_copy(update={"value": threads}),
                "memory_gib": base.memory_gib.model_copy(update={"value": 1000.0}),
                "price_vnd": base.price_vnd.model_copy(update={"value": price}),
            }
        )

    models = (model("host-a", draw.randint(4, 8), 100_000_000), model("host-b", draw.randint(8, 14), 170_000_000))
    small = dataclasses.replace(
        records, rooms=(room,), placement=policy, host_models=models, existing_hosts=(), small_data_centres=()
    )
    groups = tuple(
        group(f"g{i}", float(draw.randint(1, 4)), draw.randint(1, 2), draw.choice(["none", "host"])) for i in range(2)
    )
    hardware = Hardware(small)
    price = {m: (float(hardware.offers[m][0]), hardware.host_price[m, room.racks[0].id]) for m in hardware.models}
    machines = [(g.need[0], g.id, g.spread == "host") for g in groups for _ in g.names]
    best = cheapest(machines, [rack.id for rack in room.racks], price, 2)
    try:
        found = place(hardware, groups, Limits(), silent)
    except PlanningError:
        assert best is None
        return
    assert found.optimal
    if best is not None:
        assert found.objective_vnd == best


def test_what_cannot_be_placed_is_refused_with_the_resource(planned: Planned) -> None:
    with pytest.raises(PlanningError) as refused:
        place(Hardware(planned.records), (group("huge", 60.0, 40),), Limits(), silent)
    assert "E-PLAN-401" in str(refused.value)
    assert "facility.yaml" in str(refused.value)
