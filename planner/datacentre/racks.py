"""What a rack and a room can carry: units, watts on the feeds that are left, heat, weight, switch ports.

    Σ_m a[m,k]·x[r,m] + Σ_b a[b,k]·z[b,r] ≤ A[r,k] - reserved[r,k]        each rack r, each limit k           (rack)
    Σ_{r in R} watts of r ≤ f·A[feed] ,  ≤ cooling of R                   each room R                         (room)

f = 1 when the loss of a feed is to be survived (the other carries everything alone), else the number of feeds.
"""

import math
from dataclasses import dataclass
from typing import Literal

from planner.datacentre.hardware import Hardware
from planner.datacentre.workloads import Group
from topology.schema.facility import HostModel, Rack

TENTHS = 10
"""Watts, kilograms, units and ports become whole tenths: needs are rounded up, limits down."""

Quantity = Literal["height_u", "power_w", "weight_kg", "ports"]
QUANTITIES: tuple[Quantity, ...] = ("height_u", "power_w", "weight_kg", "ports")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a rack, or of the racks of a room together."""

    owner: str
    """Rack or room."""
    racks: tuple[str, ...]
    """Racks whose use adds up."""
    quantity: Quantity
    what: str
    """In words: `watts on one feed`."""
    field: str
    """Field of the record that sets it, as a path of `Records.positions`."""
    limit: float
    """As recorded."""
    free: float
    """Left for hosts and appliances when what stands there already is taken off."""


def of_model(model: HostModel, quantity: Quantity) -> int:
    """Return what one host takes, tenths, rounded up."""
    amounts = {
        "height_u": model.height_u,
        "power_w": model.power_w.value,
        "weight_kg": model.weight_kg.value,
        "ports": model.ports.value,
    }
    return up(amounts[quantity])


def of_appliance(group: Group, quantity: Quantity) -> int:
    """Return what one appliance takes, tenths, rounded up."""
    amounts = {"height_u": group.height_u, "power_w": group.power_w, "weight_kg": group.weight_kg, "ports": group.ports}
    return up(amounts[quantity])


def up(value: float) -> int:
    """Tenths, rounded up."""
    return math.ceil(value * TENTHS - 1e-6)


def down(value: float) -> int:
    """Tenths, rounded down."""
    return math.floor(value * TENTHS + 1e-6)


def limits(hardware: Hardware) -> tuple[Limit, ...]:
    """Return every limit of every rack and room, racks first."""
    found = [limit for name, rack in hardware.racks.items() for limit in _of_rack(hardware, name, rack)]
    for room in hardware.records.rooms:
        inside = tuple(name for name in hardware.racks if hardware.rooms[name].id == room.id)
        reserved = sum(rack.reserved_w.value for rack in room.racks)
        shared = hardware.feeds_that_share(room)
        found += [
                Limit(room.id, inside, "power_w", f"watts on {feed.id}", f"room/{room.id}/feeds/{feed.id}/capacity_w",
                      feed.capacity_w.value, feed.capacity_w.value * shared - reserved)
            for feed in room.feeds
        ]  # fmt: skip
        found.append(
            Limit(room.id, inside, "power_w", "heat", f"room/{room.id}/cooling_w", room.cooling_w.value,
                  room.cooling_w.value - reserved)
        )  # fmt: skip
    return tuple(found)


def _of_rack(hardware: Hardware, name: str, rack: Rack) -> list[Limit]:
    shared, room = hardware.feeds_that_share(hardware.rooms[name]), hardware.rooms[name].id
    one = "watts on one feed" if shared == 1 else f"watts on {shared} feeds"
    rows: list[tuple[Quantity, str, str, float, float]] = [
        ("height_u", "rack units", "height_u", rack.height_u, rack.height_u - rack.reserved_u),
        ("power_w", one, "feed_limit_w", rack.feed_limit_w.value,
         rack.feed_limit_w.value * shared - rack.reserved_w.value),
        ("power_w", "heat", "cooling_w", rack.cooling_w.value, rack.cooling_w.value - rack.reserved_w.value),
        ("weight_kg", "kilograms", "max_weight_kg", rack.max_weight_kg.value,
         rack.max_weight_kg.value - rack.reserved_kg.value),
        ("ports", "switch ports", "switch_ports", rack.switch_ports.value, rack.switch_ports.value),
    ]  # fmt: skip
    return [
        Limit(name, (name,), quantity, what, f"room/{room}/racks/{name}/{field}", limit, free)
        for quantity, what, field, limit, free in rows
    ]
