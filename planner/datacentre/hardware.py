"""What machines stand on: racks, host slots, and what a host offers after overcommitment and reserves."""

from dataclasses import dataclass
from functools import cached_property

from planner.datacentre.money import host_cost
from planner.datacentre.sizing import RESOURCES
from topology.model import Records
from topology.order import natural, natural_key
from topology.schema.facility import HostModel, PlacementPolicy, Rack, Room


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one host in one rack; an existing host has its model already."""

    id: str
    rack: str
    model: str
    """Model of the host that stands there."""
    existing: bool
    """There already, and kept."""


def usable(model: HostModel, policy: PlacementPolicy) -> tuple[float, ...]:
    """Return what a host offers to machines, in the order of `RESOURCES`."""
    offers = {
        "vcpu": model.threads.value * policy.vcpu_per_thread.value,
        "memory_gib": model.memory_gib.value * (1 - policy.memory_reserve_share.value),
        "disk_gib": model.disk_gib.value * (1 - policy.disk_reserve_share.value),
        "iops": model.iops.value,
        "network_mbps": model.network_mbps.value,
    }
    return tuple(round(offers[resource], 6) for resource in RESOURCES)


class Hardware:
    """Rooms, racks and models in natural order."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.policy = records.placement
        self.models: dict[str, HostModel] = {model.id: model for model in records.host_models}
        self.rooms: dict[str, Room] = {rack.id: room for room in records.rooms for rack in room.racks}
        self.racks: dict[str, Rack] = {
            rack.id: rack
            for rack in sorted((r for room in records.rooms for r in room.racks), key=lambda r: natural_key(r.id))
        }
        self.offers = {name: usable(model, self.policy) for name, model in self.models.items()}

    @cached_property
    def host_price(self) -> dict[tuple[str, str], int]:
        """(model, rack) → present value of a new host there, VND."""
        return {
            (model, rack): host_cost(self.models[model], self.rooms[rack], self.records.money).present_value_vnd
            for model in natural(self.models)
            for rack in self.racks
        }

    def most_per_rack(self, rack: str) -> int:
        """Return how many hosts a rack can hold at most, by units and by watts."""
        record = self.racks[rack]
        units = (record.height_u - record.reserved_u) // min(model.height_u for model in self.models.values())
        watts = min(model.power_w.value for model in self.models.values()) or 1.0
        return max(0, min(units, int((record.feed_limit_w.value - record.reserved_w.value) // watts)))
