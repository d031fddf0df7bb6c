"""Checks the money of the data centre: every host and appliance, the sums, and what the proof says of them."""

import math
from collections.abc import Iterator

from planner.checker.examined import Examined
from planner.checker.violation import Violation
from planner.plan import Cost
from topology.schema.base import counted, stated
from topology.schema.facility import HostModel, Room
from topology.schema.services import Workload

TOLERANCE_VND = 2
"""Roundings of one thing's present value."""


def costs(seen: Examined) -> Iterator[Violation]:
    """Every price is the catalogue's, every sum adds up, and the proof's objective is the plan's cost."""
    rooms = {name: room for name, (room, _) in seen.racks.items()}
    ages = {host.id: host.bought_year - seen.records.province.plan_year for host in seen.records.existing_hosts}
    for host in seen.hosts.values():
        if host.model in seen.models and host.rack in rooms:
            true = host_price(seen, seen.models[host.model], rooms[host.rack], ages.get(host.id))
            yield from _differs("host", host.id, host.cost, true)
    for machine in seen.machines.values():
        workload = seen.workload(machine.id)
        if machine.host:
            yield from _differs("machine", machine.id, machine.cost, (0, 0, 0.0))
        elif workload and machine.rack in rooms:
            yield from _differs("machine", machine.id, machine.cost, box_price(seen, workload, rooms[machine.rack]))
    everything = [h.cost for h in seen.hosts.values()] + [m.cost for m in seen.machines.values()]
    told = seen.plan.costs.datacentre
    for field in ("one_off_vnd", "monthly_vnd", "present_value_vnd"):
        total = sum(getattr(cost, field) for cost in everything)
        if total != getattr(told, field):
            yield Violation("cost", "datacentre", f"{field} sums to {total}, not {getattr(told, field)}")
    for proof in seen.plan.proofs:
        if proof.part == "datacentre" and round(proof.objective) != told.present_value_vnd:
            yield Violation("proof", "datacentre", f"objective {proof.objective:.0f}, cost {told.present_value_vnd}")


def _months(seen: Examined) -> float:
    """Present value of one đồng at the end of every month of the horizon, summed month by month."""
    money = seen.records.money
    monthly = math.pow(1 + money.discount_rate.value, -1 / 12)
    return sum(monthly**k for k in range(1, 12 * money.horizon_years + 1))


def _energy(seen: Examined, watts: float, room: Room) -> int:
    hours = 365 * 24 / 12
    return round(watts / 1000 * room.pue.value * hours * seen.records.money.energy_vnd_per_kwh.value)


def box_price(seen: Examined, workload: Workload, room: Room) -> tuple[int, int, float]:
    """Price of one appliance: once, a month, present value."""
    energy, once = _energy(seen, stated(workload.power_w), room), counted(workload.price_vnd)
    return once, energy, once + energy * _months(seen)


def host_price(seen: Examined, model: HostModel, room: Room, age: int | None) -> tuple[int, int, float]:
    """Price of one host: once, a month, present value; `age` is 0 or less, minus the years since it was bought."""
    money, price = seen.records.money, model.price_vnd.value
    monthly = round(model.support_vnd_per_year.value / 12) + _energy(seen, model.power_w.value, room)
    year = 0 if age is None else max(0, age + model.life_years.value)
    value = monthly * _months(seen)
    while year < money.horizon_years:
        value += price / (1 + money.discount_rate.value) ** year
        year += model.life_years.value
    return price if age is None else 0, monthly, value


def _differs(kind: str, name: str, told: Cost, true: tuple[int, int, float]) -> Iterator[Violation]:
    once, monthly, value = true
    slack = TOLERANCE_VND + value * 1e-6
    if (told.one_off_vnd, told.monthly_vnd) != (once, monthly) or abs(told.present_value_vnd - value) > slack:
        yield Violation(kind, name, f"costs {told.present_value_vnd} VND in present value, the records say {value:.0f}")
