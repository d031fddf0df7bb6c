"""From a placement to decisions with names: hosts, rack units, machines, evacuations, use of racks."""

from dataclasses import dataclass

from planner.datacentre.findings import findings
from planner.datacentre.hardware import Hardware
from planner.datacentre.money import appliance_cost, host_cost
from planner.datacentre.placement import states
from planner.datacentre.search import Placed
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from planner.plan import Cost, DataCentre, Evacuation, Finding, HostDecision, RackUse, Why
from topology.order import natural, natural_key


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one machine stands."""

    group: Group
    host: str | None
    rack: str
    bottom_u: int | None
    cost: Cost


@dataclass(frozen=True, slots=True)
class DataCentreAnswer:
    """The data-centre half with what assembling the machines needs."""

    part: DataCentre
    standing: dict[str, Standing]
    """Machine → where it stands."""
    cost: Cost
    """Hosts, appliances, energy."""
    findings: tuple[Finding, ...] = ()
    """What is nearly full, what has no second."""
    stay_bound: int | None = None
    """No more VMs can stay where an earlier plan had them; None without one."""


def answer(hardware: Hardware, groups: tuple[Group, ...], placement: Placed) -> DataCentreAnswer:
    """Name everything that the counts leave open, in natural order."""
    hosts = _host_names(hardware, placement)
    machines = _named(groups, placement)
    units = _units(hardware, groups, placement, hosts)
    decisions = tuple(
        _host(hardware, placement, slot, name, machines.get(slot, ()), units[name], groups)
        for slot, name in sorted(hosts.items(), key=lambda item: natural_key(item[1]))
    )
    standing = _standing(hardware, groups, placement, hosts, machines, units)
    part = DataCentre(
        hosts=decisions,
        racks=tuple(_rack_use(hardware, rack, decisions, standing) for rack in hardware.racks),
        evacuations=_evacuations(hardware, groups, placement, hosts, machines),
        used_share=_used_share(hardware, decisions),
    )
    cost = total([*(d.cost for d in decisions), *(s.cost for s in standing.values())])
    return DataCentreAnswer(part, standing, cost, findings(hardware, groups, part))


def total(costs: list[Cost]) -> Cost:
    """Add up costs."""
    return Cost(
        one_off_vnd=sum(cost.one_off_vnd for cost in costs),
        monthly_vnd=sum(cost.monthly_vnd for cost in costs),
        present_value_vnd=sum(cost.present_value_vnd for cost in costs),
    )


def _host_names(hardware: Hardware, placement: Placed) -> dict[str, str]:
    """Return slot → host name: new hosts are numbered without holes, existing ones keep their names."""
    if placement.earlier:
        return {slot: slot for slot in placement.slots}
    taken = {host.id for host in hardware.records.existing_hosts}
    free = (name for number in range(1, 1000) if (name := f"host-{number:02}") not in taken)
    ordered = sorted(placement.slots.values(), key=lambda slot: natural_key(slot.id))
    return {slot.id: slot.id if slot.existing else next(free) for slot in ordered}


def _named(groups: tuple[Group, ...], placement: Placed) -> dict[str, tuple[str, ...]]:
    """Slot → names of the machines that run there; those that were there in an earlier plan stay."""
    found: dict[str, list[str]] = {}
    counts, earlier = placement.counts, placement.earlier
    for group in groups:
        slots = natural(slot for g, slot in counts if g == group.id)
        stay = {
            slot: [name for name in group.names if earlier.get(name) == slot][: counts[group.id, slot]]
            for slot in slots
        }
        settled = {name for names in stay.values() for name in names}
        names = iter([name for name in group.names if name not in settled])
        for slot in slots:
            own = stay[slot]
            own += [next(names) for _ in range(counts[group.id, slot] - len(own))]
            found.setdefault(slot, []).extend(own)
    return {slot: tuple(natural(names)) for slot, names in found.items()}


def _units(hardware: Hardware, groups: tuple[Group, ...], placement: Placed, hosts: dict[str, str]) -> dict[str, int]:
    """Stack hosts and appliances from the floor up, the heaviest lowest; reserved units are at the top."""
    units: dict[str, int] = {}
    boxes = {name: group for group in groups if group.form == "appliance" for name in group.names}
    for rack in hardware.racks:
        here = [
            (-hardware.models[placement.slots[slot].model].weight_kg.value, natural_key(name), name,
             hardware.models[placement.slots[slot].model].height_u)
            for slot, name in hosts.items() if placement.slots[slot].rack == rack
        ]  # fmt: skip
        here += [
            (-boxes[name].weight_kg, natural_key(name), name, boxes[name].height_u)
            for name, where in placement.appliances.items() if where == rack
        ]  # fmt: skip
        bottom = 1
        for _, _, name, height in sorted(here):
            units[name] = bottom
            bottom += height
    return units


def _host(
    hardware: Hardware,
    placement: Placed,
    slot: str,
    name: str,
    machines: tuple[str, ...],
    bottom_u: int,
    groups: tuple[Group, ...],
) -> HostDecision:
    place, model = placement.slots[slot], hardware.models[placement.slots[slot].model]
    room = hardware.rooms[place.rack]
    of = {name: group for group in groups for name in group.names}
    used = {
        resource: round(sum(of[machine].need[k] for machine in machines), 2) for k, resource in enumerate(RESOURCES)
    }
    offer = dict(zip(RESOURCES, hardware.offers[model.id], strict=True))
    fullest = max(RESOURCES, key=lambda resource: used[resource] / offer[resource] if offer[resource] else 0.0)
    year = next((hardware.age(host) for host in hardware.existing if host.id == slot), None)
    share = used[fullest] / offer[fullest] if offer[fullest] else 0.0
    return HostDecision(
        id=name,
        model=model.id,
        rack=place.rack,
        bottom_u=bottom_u,
        feeds=tuple(feed.id for feed in room.feeds),
        existing=place.existing,
        machines=machines,
        used=used,
        usable=offer,
        height_u=model.height_u,
        power_w=model.power_w.value,
        weight_kg=model.weight_kg.value,
        ports=model.ports.value,
        cost=host_cost(model, room, hardware.records.money, year),
        why=Why(
            code="host-kept" if place.existing else "host-bought",
            facts={"machines": len(machines), "resource": fullest, "share": round(share, 4)},
            binding=("survive capacity",) if placement.restarts else ("capacity",),
        ),
    )


def _standing(
    hardware: Hardware,
    groups: tuple[Group, ...],
    placement: Placed,
    hosts: dict[str, str],
    machines: dict[str, tuple[str, ...]],
    units: dict[str, int],
) -> dict[str, Standing]:
    of = {name: group for group in groups for name in group.names}
    standing = {
        machine: Standing(of[machine], hosts[slot], placement.slots[slot].rack, None, Cost())
        for slot, names in machines.items()
        for machine in names
    }
    for name, rack in placement.appliances.items():
        group = of[name]
        cost = appliance_cost(group.price_vnd, group.power_w, hardware.rooms[rack], hardware.records.money)
        standing[name] = Standing(group, None, rack, units[name], cost)
    return dict(sorted(standing.items(), key=lambda item: natural_key(item[0])))


def _rack_use(hardware: Hardware, name: str, hosts: tuple[HostDecision, ...], standing: dict[str, Standing]) -> RackUse:
    rack = hardware.racks[name]
    here = [host for host in hosts if host.rack == name]
    boxes = [s.group for s in standing.values() if s.host is None and s.rack == name]
    return RackUse(
        id=name,
        room=hardware.rooms[name].id,
        height_u=rack.height_u,
        used_u=rack.reserved_u + sum(h.height_u for h in here) + sum(b.height_u for b in boxes),
        power_w=rack.reserved_w.value + sum(h.power_w for h in here) + sum(b.power_w for b in boxes),
        feed_limit_w=rack.feed_limit_w.value,
        cooling_w=rack.cooling_w.value,
        weight_kg=rack.reserved_kg.value + sum(h.weight_kg for h in here) + sum(b.weight_kg for b in boxes),
        max_weight_kg=rack.max_weight_kg.value,
        ports=sum(h.ports for h in here) + sum(b.ports for b in boxes),
        switch_ports=rack.switch_ports.value,
    )


def _evacuations(
    hardware: Hardware,
    groups: tuple[Group, ...],
    placement: Placed,
    hosts: dict[str, str],
    machines: dict[str, tuple[str, ...]],
) -> tuple[Evacuation, ...]:
    """Name the moves of every state; what a worse state contains moves as it does there, with more room left."""
    of = {name: group.id for group in groups for name in group.names}
    down = states(hardware, tuple(placement.slots.values()))
    worst: list[tuple[frozenset[str], dict[str, str]]] = []
    for state, counts in placement.restarts.items():
        targets = {
            group.id: [
                slot for slot in natural(s for g, s in counts if g == group.id) for _ in range(counts[group.id, slot])
            ]
            for group in groups
        }
        evicted = natural(name for slot in down[state] for name in machines.get(slot, ()))
        worst.append((down[state], {name: hosts[targets[of[name]].pop(0)] for name in evicted}))
    found: dict[str, dict[str, str]] = {}
    for state, gone in _survived(hardware, placement).items():
        same = (moves for slots, moves in worst if gone == slots)
        moves = next(same, None) or next((moves for slots, moves in worst if gone <= slots), {})
        _, _, lost = state.partition(":")
        name = f"host:{hosts[lost]}" if lost in hosts else state
        found[name] = {machine: moves[machine] for slot in natural(gone) for machine in machines.get(slot, ())}
    return tuple(
        Evacuation(state=state, moves=dict(sorted(found[state].items(), key=lambda item: natural_key(item[0]))))
        for state in natural(found)
    )


def _survived(hardware: Hardware, placement: Placed) -> dict[str, frozenset[str]]:
    """State → slots that are down, for every state that must be survived, the harmless ones included."""
    slots = placement.slots.values()
    found = {
        state: frozenset(slot.id for slot in slots if slot.rack in racks) for state, racks in hardware.losses.items()
    }
    if "host" in hardware.policy.survive:
        found |= {f"host:{slot.id}": frozenset({slot.id}) for slot in slots}
    if "feed" in hardware.policy.survive:
        found |= {f"feed:{f.id}": frozenset() for r in hardware.records.rooms for f in r.feeds if len(r.feeds) > 1}
    return found


def _used_share(hardware: Hardware, hosts: tuple[HostDecision, ...]) -> dict[str, float]:
    """Share of the pool in use when the worst survived loss leaves the least of it."""
    lost = [frozenset[str]()]
    lost += [frozenset(host.id for host in hosts if host.rack in racks) for racks in hardware.worst_losses.values()]
    lost += [frozenset({host.id}) for host in hosts if hardware.single_host_counts(host.rack)]
    shares = {}
    for resource in RESOURCES:
        left = min(sum(host.usable[resource] for host in hosts if host.id not in gone) for gone in lost)
        shares[resource] = round(sum(host.used[resource] for host in hosts) / left, 4) if left else 0.0
    return shares
