"""What machines stand on: rooms, racks, host slots, what a host offers, and what is lost together."""

from dataclasses import dataclass
from functools import cached_property

from planner.datacentre.money import appliance_cost, host_cost
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from topology.model import Records
from topology.order import natural, natural_key
from topology.schema.facility import ExistingHost, HostModel, PlacementPolicy, Rack, Room


@dataclass(frozen=True, slots=True)
class Slot:
    """One host in one rack."""

    id: str
    rack: str
    model: str
    existing: bool
    """There already, and kept."""
    pool: str
    """Machines of this pool only."""


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
        self.models: dict[str, HostModel] = {
            model.id: model for model in sorted(records.host_models, key=lambda model: natural_key(model.id))
        }
        self.rooms: dict[str, Room] = {rack.id: room for room in records.rooms for rack in room.racks}
        self.racks: dict[str, Rack] = {
            rack.id: rack
            for rack in sorted((r for room in records.rooms for r in room.racks), key=lambda r: natural_key(r.id))
        }
        self.existing: tuple[ExistingHost, ...] = tuple(sorted(records.existing_hosts, key=lambda h: natural_key(h.id)))
        self.offers = {name: usable(model, self.policy) for name, model in self.models.items()}

    def racks_at(self, site: str) -> tuple[str, ...]:
        """Return the racks in the rooms of a site, in natural order; an empty name means the core."""
        where = site or self.records.province.core
        return tuple(name for name, room in self.rooms_by_rack if room.site == where)

    @cached_property
    def rooms_by_rack(self) -> tuple[tuple[str, Room], ...]:
        """Rack and its room, in natural order of the racks."""
        return tuple((name, self.rooms[name]) for name in self.racks)

    @cached_property
    def host_price(self) -> dict[tuple[str, str], int]:
        """(model, rack) → present value of a new host there, VND."""
        return {
            (model, rack): host_cost(self.models[model], self.rooms[rack], self.records.money).present_value_vnd
            for model in self.models
            for rack in self.racks
        }

    @cached_property
    def existing_price(self) -> int:
        """Present value of all that is kept: support, electricity, replacement at the end of its life, VND."""
        return sum(
            host_cost(self.models[h.model], self.rooms[h.rack], self.records.money, self.age(h)).present_value_vnd
            for h in self.existing
        )

    def age(self, host: ExistingHost) -> int:
        """Year of purchase counted from the first year of the plan: 0 or negative."""
        return host.bought_year - self.records.province.plan_year

    def appliance_price(self, group: Group, rack: str) -> int:
        """Present value of one appliance there, VND."""
        return appliance_cost(group.price_vnd, group.power_w, self.rooms[rack], self.records.money).present_value_vnd

    @cached_property
    def losses(self) -> dict[str, frozenset[str]]:
        """State → racks that are down at once: `rack:…`, and `feed:…` where a room has no other feed."""
        survive = self.policy.survive
        found = {f"rack:{rack}": frozenset({rack}) for rack in self.racks} if "rack" in survive else {}
        if "feed" in survive:
            for room in self.records.rooms:
                if len(room.feeds) == 1:
                    found[f"feed:{room.feeds[0].id}"] = frozenset(rack.id for rack in room.racks)
        return found

    @cached_property
    def affine(self) -> bool:
        """Whether a workload stands beside another: then every loss is a state of its own."""
        services = (workload for service in self.records.services for workload in service.workloads)
        return any(w.beside for w in (*services, *(small.vm for small in self.records.small_data_centres)))

    @cached_property
    def worst_losses(self) -> dict[str, frozenset[str]]:
        """The losses that no other contains: who survives these survives all."""
        kept: dict[str, frozenset[str]] = {}
        for state in sorted(self.losses, key=lambda s: (-len(self.losses[s]), natural_key(s))):
            if not any(self.losses[state] <= other for other in kept.values()):
                kept[state] = self.losses[state]
        return {state: kept[state] for state in natural(kept)}

    def single_host_counts(self, rack: str) -> bool:
        """Whether the loss of one host of this rack is a state of its own, not part of a worse one."""
        return "host" in self.policy.survive and not any(rack in racks for racks in self.worst_losses.values())

    def feeds_that_share(self, room: Room) -> int:
        """Return on how many feeds a load is shared at the worst: one if a feed may be lost, else all."""
        return 1 if "feed" in self.policy.survive else len(room.feeds)

    def most(self, rack: str, model: str) -> int:
        """Return how many hosts of a model a rack can hold at most, by units and by watts."""
        record, wanted = self.racks[rack], self.models[model]
        watts = record.feed_limit_w.value * self.feeds_that_share(self.rooms[rack]) - record.reserved_w.value
        units = (record.height_u - record.reserved_u) // wanted.height_u
        fit = int(watts // wanted.power_w.value) if wanted.power_w.value else units
        kept = sum(1 for host in self.existing if (host.rack, host.model) == (rack, model))
        return max(0, kept, min(units, fit))
