"""Checks the data-centre half of a plan from the plan and the records alone: its own code for every hard rule."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from planner.checker.violation import Violation
from planner.plan import DataCentre, HostDecision, Machine, Plan
from topology.model import Records

SLACK = 1e-6
RESOURCES = ("vcpu", "memory_gib", "disk_gib", "iops", "network_mbps")


class Examined:
    """The plan's hosts and machines with the records that they must agree with."""

    def __init__(self, plan: Plan, records: Records) -> None:
        self.plan, self.records = plan, records
        self.part: DataCentre = plan.datacentre
        self.hosts: dict[str, HostDecision] = {host.id: host for host in self.part.hosts}
        self.machines: dict[str, Machine] = {m.id: m for m in plan.machines if m.host or m.bottom_u is not None}
        self.models = {model.id: model for model in records.host_models}
        self.racks = {rack.id: (room, rack) for room in records.rooms for rack in room.racks}
        self.workloads = {}
        for service in records.services:
            for workload in service.workloads:
                self.workloads[workload.id] = (service.level, workload)
        for small in records.small_data_centres:
            if small.servers_max.value:
                count = small.servers_max.value
                self.workloads[small.vm.id] = (2, small.vm.model_copy(update={"replicas": count}))
        self.workload_of: dict[str, str] = {}
        for name, (_, workload) in self.workloads.items():
            for machine in self.machines:
                stem, dash, number = machine.rpartition("-")
                if machine in workload.machines or (dash and stem == name and number.isdigit()):
                    self.workload_of[machine] = name

    def offer(self, host: HostDecision) -> dict[str, float]:
        """Return what a host's model gives after overcommitment and reserves."""
        model, policy = self.models[host.model], self.records.placement
        return {
            "vcpu": model.threads.value * policy.vcpu_per_thread.value,
            "memory_gib": model.memory_gib.value * (1 - policy.memory_reserve_share.value),
            "disk_gib": model.disk_gib.value * (1 - policy.disk_reserve_share.value),
            "iops": float(model.iops.value),
            "network_mbps": model.network_mbps.value,
        }


def verify_datacentre(plan: Plan, records: Records) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations."""
    seen = Examined(plan, records)
    checks = [_known, _complete, _capacities, _apart, _racks, _rooms, _units, _evacuated, _money]
    violations = [violation for check in checks for violation in check(seen)]
    made = len(seen.machines) * 4 + len(seen.hosts) * (len(RESOURCES) + 3) + len(seen.racks) * 6
    return made + sum(len(e.moves) + len(RESOURCES) * len(seen.hosts) for e in seen.part.evacuations), violations


def _known(seen: Examined) -> Iterator[Violation]:
    for host in seen.hosts.values():
        if host.model not in seen.models or host.rack not in seen.racks:
            yield Violation("host", host.id, f"model {host.model} or rack {host.rack} is not in the records")
    existing = {host.id: host for host in seen.records.existing_hosts}
    for name, record in existing.items():
        kept = seen.hosts.get(name)
        if kept is None or (kept.model, kept.rack) != (record.model, record.rack):
            yield Violation("host", name, "an existing host was not kept as it is")


def _complete(seen: Examined) -> Iterator[Violation]:
    """Every machine runs once, on the host that lists it, at least as large as its record asks."""
    listed = Counter(machine for host in seen.hosts.values() for machine in host.machines)
    running = Counter(seen.workload_of.values())
    for name, (_, workload) in seen.workloads.items():
        if running[name] < workload.replicas:
            yield Violation("workload", name, f"{running[name]} machines of {workload.replicas}")
    for machine in seen.machines.values():
        asked = seen.workloads.get(seen.workload_of.get(machine.id, ""))
        if asked is None:
            yield Violation("machine", machine.id, "no workload asks for it")
            continue
        for resource in RESOURCES:
            if getattr(machine, resource) + SLACK < getattr(asked[1], resource).value:
                yield Violation("machine", machine.id, f"{resource} is smaller than its record asks")
        if machine.host and (listed[machine.id] != 1 or machine.id not in seen.hosts[machine.host].machines):
            yield Violation("machine", machine.id, "host and machine disagree on where it runs")
        if machine.host and seen.hosts[machine.host].rack != machine.rack:
            yield Violation("machine", machine.id, "rack and host disagree")


def _load(seen: Examined, machines: list[str]) -> dict[str, float]:
    return {resource: sum(getattr(seen.machines[m], resource) for m in machines) for resource in RESOURCES}


def _over(seen: Examined, host: HostDecision, machines: list[str], state: str) -> Iterator[Violation]:
    if host.model not in seen.models:
        return
    offer, load = seen.offer(host), _load(seen, machines)
    for resource in RESOURCES:
        if load[resource] > offer[resource] + SLACK:
            text = f"{resource} {load[resource]:g} of {offer[resource]:g} in state {state}"
            yield Violation("host", host.id, text)


def _capacities(seen: Examined) -> Iterator[Violation]:
    for host in seen.hosts.values():
        yield from _over(seen, host, list(host.machines), "normal")


def _apart(seen: Examined) -> Iterator[Violation]:
    """Replicas stand apart; physically separate zones and levels share no host; licences cover few hosts."""
    members: dict[str, list[Machine]] = defaultdict(list)
    for machine in seen.machines.values():
        members[seen.workload_of.get(machine.id, "")].append(machine)
    for name, machines in members.items():
        if name not in seen.workloads:
            continue
        spread = seen.workloads[name][1].spread
        per_host = Counter(machine.host for machine in machines if machine.host)
        if spread != "none" and any(count > 1 for count in per_host.values()):
            yield Violation("workload", name, "two replicas on one host")
        per_rack = Counter(machine.rack for machine in machines)
        boxes = machines[0].form == "appliance" and spread != "none"
        allowed = math.ceil(len(machines) / len(seen.racks))
        if (spread == "rack" or boxes) and any(count > allowed for count in per_rack.values()):
            yield Violation("workload", name, "replicas are not spread over the racks")
    for host in seen.hosts.values():
        pools = {_pool(seen, machine) for machine in host.machines}
        if len(pools) > 1:
            yield Violation("host", host.id, f"machines that must be physically separate: {sorted(pools)}")
    for licence, allowed in seen.records.placement.licences.items():
        used = {m.host for m in seen.machines.values() if m.host and _licence(seen, m.id) == licence}
        if len(used) > allowed:
            yield Violation("licence", licence, f"{len(used)} hosts, {allowed} covered")


def _pool(seen: Examined, machine: str) -> str:
    record = seen.machines[machine]
    physical = {zone.id for zone in seen.records.zones if zone.separation == "physical"}
    high = record.level >= seen.records.placement.zone_levels_physical_from
    return f"{record.zone if record.zone in physical else ''}/{record.level if high else ''}"


def _licence(seen: Examined, machine: str) -> str | None:
    found = seen.workloads.get(seen.workload_of.get(machine, ""))
    return found[1].licence if found else None


def _racks(seen: Examined) -> Iterator[Violation]:
    """Units, watts on one feed, heat, weight and ports of every rack."""
    for name, (_, rack) in seen.racks.items():
        hosts = [host for host in seen.hosts.values() if host.rack == name]
        boxes = [seen.workloads[seen.workload_of[m.id]][1] for m in seen.machines.values()
                 if m.form == "appliance" and m.rack == name and m.id in seen.workload_of]  # fmt: skip
        models = [seen.models[host.model] for host in hosts if host.model in seen.models]
        units = rack.reserved_u + sum(m.height_u for m in models) + sum(b.height_u for b in boxes)
        watts = rack.reserved_w.value + sum(m.power_w.value for m in models) + sum(b.power_w for b in boxes)
        kilograms = rack.reserved_kg.value + sum(m.weight_kg.value for m in models) + sum(b.weight_kg for b in boxes)
        ports = sum(m.ports.value for m in models) + sum(b.ports for b in boxes)
        limits = [
            ("units", units, rack.height_u),
            ("watts on one feed", watts, rack.feed_limit_w.value),
            ("heat", watts, rack.cooling_w.value),
            ("weight", kilograms, rack.max_weight_kg.value),
            ("ports", ports, rack.switch_ports.value),
        ]
        for what, used, limit in limits:
            if used > limit + SLACK:
                yield Violation("rack", name, f"{what}: {used:g} of {limit:g}")
        told = next((use for use in seen.part.racks if use.id == name), None)
        if told is None or told.used_u != units or abs(told.power_w - watts) > 0.01:
            yield Violation("rack", name, "the plan's use of the rack is not what stands in it")


def _rooms(seen: Examined) -> Iterator[Violation]:
    """Each feed of a room carries the room alone, and so does its cooling."""
    for room in seen.records.rooms:
        watts = sum(use.power_w for use in seen.part.racks if use.room == room.id)
        for what, limit in [*((feed.id, feed.capacity_w.value) for feed in room.feeds), ("heat", room.cooling_w.value)]:
            if watts > limit + SLACK:
                yield Violation("room", room.id, f"{what}: {watts:g} of {limit:g} W")
        for host in seen.hosts.values():
            inside = seen.racks.get(host.rack)
            if inside and inside[0].id == room.id and set(host.feeds) != {feed.id for feed in room.feeds}:
                yield Violation("host", host.id, "is not plugged into every feed of its room")


def _units(seen: Examined) -> Iterator[Violation]:
    """No two things stand in one rack unit, and reserved units at the top stay free."""
    taken: dict[tuple[str, int], str] = {}
    standing = [(h.id, h.rack, h.bottom_u, h.height_u) for h in seen.hosts.values()]
    standing += [(m.id, m.rack or "", m.bottom_u or 0, m.height_u) for m in seen.machines.values() if not m.host]
    for name, rack, bottom, height in standing:
        if rack not in seen.racks:
            continue
        top = seen.racks[rack][1].height_u - seen.racks[rack][1].reserved_u
        for unit in range(bottom, bottom + height):
            if not 1 <= unit <= top:
                yield Violation("rack", rack, f"{name} stands in unit {unit}, outside 1–{top}")
            if (rack, unit) in taken:
                yield Violation("rack", rack, f"{name} and {taken[rack, unit]} both stand in unit {unit}")
            taken[rack, unit] = name


def _evacuated(seen: Examined) -> Iterator[Violation]:
    """After each loss that must be survived, everything evicted is placed again within what is left."""
    told = {evacuation.state: evacuation.moves for evacuation in seen.part.evacuations}
    survive = seen.records.placement.survive
    wanted = {f"rack:{rack}" for rack in seen.racks} if "rack" in survive else set()
    wanted |= {f"host:{host}" for host in seen.hosts} if "host" in survive else set()
    wanted |= {f"feed:{f.id}" for room in seen.records.rooms for f in room.feeds} if "feed" in survive else set()
    for state in sorted(wanted):
        if state not in told:
            yield Violation("state", state, "the plan does not say where its machines go")
            continue
        yield from _one_evacuation(seen, state, told[state])


def _one_evacuation(seen: Examined, state: str, moves: dict[str, str]) -> Iterator[Violation]:
    kind, _, name = state.partition(":")
    gone = {host.id for host in seen.hosts.values() if kind in ("rack", "host") and name in (host.rack, host.id)}
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
    for host, machines in after.items():
        yield from _over(seen, seen.hosts[host], machines, state)
        twice = Counter(
            seen.workload_of[m] for m in machines
            if m in seen.workload_of and seen.workloads[seen.workload_of[m]][1].spread != "none"
        )  # fmt: skip
        if any(count > 1 for count in twice.values()):
            yield Violation("state", state, f"two replicas of one workload on {host}")
        if len({_pool(seen, machine) for machine in machines}) > 1:
            yield Violation("state", state, f"{host} would hold machines that must be physically separate")


def _money(seen: Examined) -> Iterator[Violation]:
    """Purchases of new hosts are what the catalogue says."""
    for host in seen.hosts.values():
        if host.model in seen.models and not host.existing:
            price = seen.models[host.model].price_vnd.value
            if host.cost.one_off_vnd != price:
                yield Violation("host", host.id, f"costs {host.cost.one_off_vnd} VND, the catalogue says {price}")
