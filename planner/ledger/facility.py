"""Racks, feeds and rooms: units, watts on one feed, heat, weight, ports.

    on one feed of n:  used, planned = W / n      reserve = W - W / n when a feed may be lost, else 0             (feed)

W  watts of everything that hangs on the feeds: with one lost, the other carries it alone
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.datacentre.workloads import expand
from planner.ledger.entry import Claims, Limits, entry
from planner.plan import LedgerEntry, Plan
from topology.model import Network
from topology.order import natural_key
from topology.schema.base import stated
from topology.schema.facility import Rack, Room


@dataclass(frozen=True, slots=True)
class _Load:
    """What stands in a rack, or in the racks of a room."""

    units: float
    watts: float
    kilograms: float
    ports: float

    def __add__(self, other: "_Load") -> "_Load":
        return _Load(
            self.units + other.units,
            self.watts + other.watts,
            self.kilograms + other.kilograms,
            self.ports + other.ports,
        )


NOTHING = _Load(0, 0, 0, 0)


def facility_entries(plan: Plan, network: Network, committed: Network | None) -> Iterator[LedgerEntry]:
    """Give the entries of racks, then those of rooms with their feeds.

    Appliances of committed scenarios have no rack yet: they are reserved in the room with most free units.
    """
    records = network.records
    limits = Limits(records.placement.warn_share.value, records.placement.full_share.value)
    weights = {w.id: (stated(w.weight_kg), w.ports) for service in records.services for w in service.workloads}
    owner = {name: group.id for group in expand(records, network.demands, network.hosting) for name in group.names}
    there = {rack.id: _existing(plan, rack) for room in records.rooms for rack in room.racks}
    new = {name: _new(plan, name, owner, weights) for name in there}
    racks = [(room, rack) for room in records.rooms for rack in room.racks]
    for room, rack in sorted(racks, key=lambda pair: natural_key(pair[1].id)):
        yield from _rack(room, rack, (there[rack.id], new[rack.id]), limits, survived(network))
    more = _committed(network, committed)
    free = {
        room.id: sum(rack.height_u - there[rack.id].units - new[rack.id].units for rack in room.racks)
        for room in records.rooms
    }
    takes = max(free, key=lambda name: free[name])
    for room in sorted(records.rooms, key=lambda room: natural_key(room.id)):
        inside = [rack.id for rack in room.racks]
        loads = _sum([there[name] for name in inside]), _sum([new[name] for name in inside])
        yield from _room(room, loads, more if room.id == takes else NOTHING, limits, survived(network))


def survived(network: Network) -> bool:
    """Tell whether the loss of one feed must be survived."""
    return "feed" in network.records.placement.survive


def _sum(loads: Iterable[_Load]) -> _Load:
    return sum(loads, NOTHING)


def _existing(plan: Plan, rack: Rack) -> _Load:
    hosts = [host for host in plan.datacentre.hosts if host.rack == rack.id and host.existing]
    return _Load(
        rack.reserved_u + sum(host.height_u for host in hosts),
        rack.reserved_w.value + sum(host.power_w for host in hosts),
        rack.reserved_kg.value + sum(host.weight_kg for host in hosts),
        sum(host.ports for host in hosts),
    )


def _new(plan: Plan, rack: str, owner: dict[str, str], weights: dict[str, tuple[float, int]]) -> _Load:
    hosts = [host for host in plan.datacentre.hosts if host.rack == rack and not host.existing]
    boxes = [machine for machine in plan.machines if machine.rack == rack and machine.bottom_u is not None]
    of = [weights[owner[box.id]] for box in boxes]
    return _Load(
        sum(host.height_u for host in hosts) + sum(box.height_u for box in boxes),
        sum(host.power_w for host in hosts) + sum(box.power_w for box in boxes),
        sum(host.weight_kg for host in hosts) + sum(weight for weight, _ in of),
        sum(host.ports for host in hosts) + sum(ports for _, ports in of),
    )


def _committed(network: Network, committed: Network | None) -> _Load:
    """Return what the appliances of committed scenarios need more than those of the plan."""
    if committed is None:
        return NOTHING
    now, then = _appliances(network), _appliances(committed)
    return _Load(
        max(0.0, then.units - now.units),
        max(0.0, then.watts - now.watts),
        max(0.0, then.kilograms - now.kilograms),
        max(0.0, then.ports - now.ports),
    )


def _appliances(network: Network) -> _Load:
    groups = [group for group in expand(network.records, network.demands, network.hosting) if group.form == "appliance"]
    each = [_Load(g.height_u * g.count, g.power_w * g.count, g.weight_kg * g.count, g.ports * g.count) for g in groups]
    return _sum(each)


def feed_claims(there: float, new: float, more: float, feeds: int, lost: bool) -> Claims:
    """Return the claims on one feed of several that share a load, watts."""
    reserve = (there + new) * (1 - 1 / feeds) if lost else 0.0
    return Claims(there / feeds, new / feeds, reserve, more if lost else more / feeds)


def _rack(room: Room, rack: Rack, loads: tuple[_Load, _Load], limits: Limits, lost: bool) -> Iterator[LedgerEntry]:
    there, new = loads
    rows = (
        ("height_u", float(rack.height_u), Claims(there.units, new.units)),
        ("power_w", rack.feed_limit_w.value, feed_claims(there.watts, new.watts, 0.0, len(room.feeds), lost)),
        ("heat_w", rack.cooling_w.value, Claims(there.watts, new.watts)),
        ("weight_kg", rack.max_weight_kg.value, Claims(there.kilograms, new.kilograms)),
        ("ports", float(rack.switch_ports.value), Claims(there.ports, new.ports)),
    )
    for resource, capacity, claims in rows:
        yield entry("rack", rack.id, resource, capacity, claims, limits)


def _room(room: Room, loads: tuple[_Load, _Load], more: _Load, limits: Limits, lost: bool) -> Iterator[LedgerEntry]:
    there, new = loads
    for feed in sorted(room.feeds, key=lambda feed: natural_key(feed.id)):
        claims = feed_claims(there.watts, new.watts, more.watts, len(room.feeds), lost)
        yield entry("feed", feed.id, "power_w", feed.capacity_w.value, claims, limits)
    units = float(sum(rack.height_u for rack in room.racks))
    yield entry("room", room.id, "height_u", units, Claims(there.units, new.units, 0.0, more.units), limits)
    yield entry(
        "room", room.id, "heat_w", room.cooling_w.value, Claims(there.watts, new.watts, 0.0, more.watts), limits
    )
