"""Checks the data-centre half of a plan from the plan and the records alone: its own code for every hard rule."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from planner.checker.costs import costs
from planner.checker.examined import RESOURCES, SLACK, Examined
from planner.checker.facility import racks, rooms, same, units
from planner.checker.sizes import sizes
from planner.checker.violation import Violation
from planner.plan import HostDecision, Machine, Plan
from topology.model import Network
from topology.schema.base import stated


def verify_datacentre(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations."""
    seen = Examined(plan, network.records)
    checks = [_hosts, _complete, _normal, _apart, _licences, racks, rooms, units, _evacuated, _share, costs]
    violations = [violation for check in checks for violation in check(seen)]
    violations += sizes(seen, network.demands)
    made = len(seen.machines) * 6 + len(seen.hosts) * (2 * len(RESOURCES) + 8) + len(seen.racks) * 16
    return made + sum(len(e.moves) + len(RESOURCES) * len(seen.hosts) for e in seen.part.evacuations), violations


def _hosts(seen: Examined) -> Iterator[Violation]:
    """Hosts are what their models are; those that exist are kept as they are; none appears twice."""
    if len(seen.hosts) != len(seen.part.hosts):
        yield Violation("host", "all", "two hosts have one id")
    existing = {host.id: host for host in seen.records.existing_hosts}
    for host in seen.hosts.values():
        if host.existing != (host.id in existing):
            yield Violation("host", host.id, "is called existing and is not, or the other way round")
        model = seen.models.get(host.model)
        if model is None or host.rack not in seen.racks:
            yield Violation("host", host.id, f"model {host.model} or rack {host.rack} is not in the records")
            continue
        true = {
            "height_u": model.height_u,
            "power_w": model.power_w.value,
            "weight_kg": model.weight_kg.value,
            "ports": model.ports.value,
        }
        for field, value in true.items():
            if not same(getattr(host, field), value):
                yield Violation("host", host.id, f"{field} is not its model's {value}")
        for what, told, real in (
            ("used", host.used, seen.load(list(host.machines))),
            ("usable", host.usable, seen.offer(host)),
        ):
            if set(told) != set(real) or any(not same(told[resource], real[resource]) for resource in real):
                yield Violation("host", host.id, f"{what} is not what it says")
    for name, record in existing.items():
        kept = seen.hosts.get(name)
        if kept is None or (kept.model, kept.rack) != (record.model, record.rack):
            yield Violation("host", name, "an existing host was not kept as it is")


def _complete(seen: Examined) -> Iterator[Violation]:
    """Every machine runs once, on the host that lists it, and is what its record asks for."""
    listed = Counter(machine for host in seen.hosts.values() for machine in host.machines)
    running = Counter(seen.workload_of.values())
    for name, (_, _, workload) in seen.workloads.items():
        if running[name] < workload.replicas:
            yield Violation("workload", name, f"{running[name]} machines of {workload.replicas}")
    for name in listed:
        if name not in seen.machines:
            yield Violation("machine", name, "is listed by a host and is not in the plan")
    for machine in seen.machines.values():
        asked = seen.workloads.get(seen.workload_of.get(machine.id, ""))
        if asked is None:
            yield Violation("machine", machine.id, "no workload asks for it")
            continue
        service, level, workload = asked
        told = (machine.service, machine.level, machine.role, machine.zone, machine.form)
        if told != (service, level, workload.role, workload.zone, workload.form):
            yield Violation("machine", machine.id, f"service, level, role, zone or form are not its record's: {told}")
        for resource in RESOURCES:
            if getattr(machine, resource) + SLACK < getattr(workload, resource).value:
                yield Violation("machine", machine.id, f"{resource} is smaller than its record asks")
        if (machine.form == "vm") != (machine.host is not None):
            yield Violation("machine", machine.id, "a VM stands on a host, an appliance in a rack by itself")
        if machine.host is not None:
            yield from _on_host(seen, machine, listed)
        if not (same(machine.height_u, workload.height_u) and same(machine.power_w, stated(workload.power_w))):
            yield Violation("machine", machine.id, "height or watts are not its record's")


def _on_host(seen: Examined, machine: Machine, listed: Counter[str]) -> Iterator[Violation]:
    host = seen.hosts.get(machine.host or "")
    if host is None or listed[machine.id] != 1 or machine.id not in host.machines:
        yield Violation("machine", machine.id, "host and machine disagree on where it runs")
    elif host.rack != machine.rack:
        yield Violation("machine", machine.id, "rack and host disagree")


def _over(seen: Examined, host: HostDecision, machines: list[str], state: str) -> Iterator[Violation]:
    if host.model not in seen.models:
        return
    offer, load = seen.offer(host), seen.load(machines)
    for resource in RESOURCES:
        if load[resource] > offer[resource] + SLACK:
            text = f"{resource} {load[resource]:g} of {offer[resource]:g} in state {state}"
            yield Violation("host", host.id, text)


def _normal(seen: Examined) -> Iterator[Violation]:
    for host in seen.hosts.values():
        yield from _over(seen, host, list(host.machines), "normal")


def _apart(seen: Examined) -> Iterator[Violation]:
    """Replicas stand apart, appliances not all in one loss; physically separate zones and levels share no host."""
    members: dict[str, list[Machine]] = defaultdict(list)
    for machine in seen.machines.values():
        members[seen.workload_of.get(machine.id, "")].append(machine)
    for name, machines in members.items():
        if name not in seen.workloads:
            continue
        workload = seen.workloads[name][2]
        per_host = Counter(machine.host for machine in machines if machine.host)
        if workload.spread != "none" and any(count > 1 for count in per_host.values()):
            yield Violation("workload", name, "two replicas on one host")
        per_rack = Counter(machine.rack for machine in machines)
        boxes = workload.form == "appliance" and workload.spread != "none"
        here = [rack for rack, (room, _) in seen.racks.items() if room.site in {machine.site for machine in machines}]
        allowed = math.ceil(len(machines) / max(1, len(here)))
        if (workload.spread == "rack" or boxes) and any(count > allowed for count in per_rack.values()):
            yield Violation("workload", name, "replicas are not spread over the racks")
        if workload.form == "appliance" and len(machines) > 1:
            for state, gone in seen.lost_racks().items():
                if all(machine.rack in gone for machine in machines):
                    yield Violation("workload", name, f"{state} takes every one of its appliances")
    for host in seen.hosts.values():
        pools = {_pool(seen, name) for name in host.machines if name in seen.machines}
        if len(pools) > 1:
            yield Violation("host", host.id, f"machines that must be physically separate: {sorted(pools)}")
    yield from _together(seen, {name: m.host for name, m in seen.machines.items() if m.host}, "normal")


def _together(seen: Examined, host_of: dict[str, str], state: str) -> Iterator[Violation]:
    """Each machine stands in the host, rack or room of a machine of every workload that its own stands beside."""
    place: dict[str, dict[str, str]] = {"host": {}, "rack": {}, "room": {}}
    for machine, name in host_of.items():
        host = seen.hosts.get(name)
        if host is not None and host.rack in seen.racks:
            place["host"][machine], place["rack"][machine] = name, host.rack
            place["room"][machine] = seen.racks[host.rack][0].id
    for machine in sorted(host_of):
        workload = seen.workload(machine)
        for beside in workload.beside if workload else ():
            near = {
                place[beside.within].get(other) for other in host_of if seen.workload_of.get(other) == beside.workload
            }
            if place[beside.within].get(machine) not in near - {None}:
                text = f"no machine of {beside.workload} in its {beside.within} in state {state}"
                yield Violation("machine", machine, text)


def _pool(seen: Examined, machine: str) -> str:
    record = seen.machines[machine]
    physical = {zone.id for zone in seen.records.zones if zone.separation == "physical"}
    high = record.level >= seen.records.placement.zone_levels_physical_from
    return f"{record.zone if record.zone in physical else ''}/{record.level if high else ''}/{record.site}"


def _licences(seen: Examined) -> Iterator[Violation]:
    """Count the hosts of a licence's machines, the restarts after every loss included: no more than it covers."""
    for licence, covered in sorted(seen.records.placement.licences.items()):
        members = {m.id for m in seen.machines.values() if (w := seen.workload(m.id)) and w.licence == licence}
        used = {seen.machines[name].host for name in members if seen.machines[name].host}
        used |= {host for e in seen.part.evacuations for name, host in e.moves.items() if name in members}
        if len(used) > covered:
            yield Violation("licence", licence, f"{len(used)} hosts, {covered} covered")


def _evacuated(seen: Examined) -> Iterator[Violation]:
    """After each loss that must be survived, everything evicted is placed again within what is left."""
    told = {evacuation.state: evacuation.moves for evacuation in seen.part.evacuations}
    wanted = {
        state: {host.id for host in seen.hosts.values() if host.rack in gone}
        for state, gone in seen.lost_racks().items()
    }
    if "host" in seen.records.placement.survive:
        wanted |= {f"host:{host}": {host} for host in seen.hosts}
    if set(told) - set(wanted) or len(told) != len(seen.part.evacuations):
        yield Violation("state", "all", f"states that nobody asks for, or twice: {sorted(set(told) - set(wanted))}")
    for state in sorted(wanted):
        if state not in told:
            yield Violation("state", state, "the plan does not say where its machines go")
            continue
        yield from _one_evacuation(seen, state, wanted[state], told[state])


def _one_evacuation(seen: Examined, state: str, gone: set[str], moves: dict[str, str]) -> Iterator[Violation]:
    evicted = {machine for host in gone for machine in seen.hosts[host].machines}
    if set(moves) != evicted:
        yield Violation("state", state, f"moves {sorted(set(moves) ^ evicted)} do not match what was evicted")
        return
    after: dict[str, list[str]] = {h.id: list(h.machines) for h in seen.hosts.values() if h.id not in gone}
    for machine, host in moves.items():
        if host not in after:
            yield Violation("state", state, f"{machine} goes to {host}, which is down or unknown")
            return
        after[host].append(machine)
    yield from _together(seen, {machine: host for host, machines in after.items() for machine in machines}, state)
    for host, machines in after.items():
        yield from _over(seen, seen.hosts[host], machines, state)
        known = [(name, workload) for name in machines if (workload := seen.workload(name))]
        twice = Counter(workload.id for _, workload in known if workload.spread != "none")
        if any(count > 1 for count in twice.values()):
            yield Violation("state", state, f"two replicas of one workload on {host}")
        if len({_pool(seen, name) for name, _ in known}) > 1:
            yield Violation("state", state, f"{host} would hold machines that must be physically separate")


def _share(seen: Examined) -> Iterator[Violation]:
    """Compare the used share of the pool with that of the worst loss."""
    lost = [set[str]()] + [
        {host.id for host in seen.hosts.values() if host.rack in gone} for gone in seen.lost_racks().values()
    ]
    if "host" in seen.records.placement.survive:
        lost += [{host} for host in seen.hosts]
    for resource in RESOURCES:
        used = sum(getattr(machine, resource) for machine in seen.machines.values() if machine.host)
        offers = {host.id: seen.offer(host)[resource] for host in seen.hosts.values() if host.model in seen.models}
        left = min(sum(offer for name, offer in offers.items() if name not in gone) for gone in lost)
        true = used / left if left else 0.0
        if abs(seen.part.used_share.get(resource, -1.0) - true) > 0.001:
            yield Violation("pool", resource, f"{true:.4f} of it is used after the worst loss, the plan says otherwise")
