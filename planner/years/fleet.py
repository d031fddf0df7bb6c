"""What stands in the data centre each year: hosts, appliances and racks bought, kept, worn out.

    alive(m,r,y) = Σ_{τ ≤ y < τ+L_m} b(m,r,τ) + kept(m,r,y)                                        (alive)
    Σ_{r∉F} Σ_m W_{m,k} · alive(p,m,r,y) ≥ need_{p,k}(y) / φ      each pool p, resource k, worst loss F   (pool)
    Σ_m W_{m,k} · alive(p,m,·,y) - W_{m',k} · w(p,m',y) ≥ need / φ    where one host is lost, not a rack  (host)
    Σ_{r∉F} Σ_m alive(p,m,r,y) ≥ a_p,  one more where one host is lost                                  (apart)
    Σ_m u_m · alive(m,r,y) + boxes(r,y) ≤ U_r                     units, watts, heat, weight, ports      (rack)
    Σ_r watts(r,y) ≤ feed left, cooling                           of each room                           (room)

b(m,r,τ)   hosts of model m bought for rack r at the start of year τ; the plan's are the least of year 0
W_{m,k}    what one offers of resource k     L_m  its life, years     φ  share from which a resource counts as full
a_p        most replicas of one group of pool p that stand apart, each on a host of its own
w(p,m,y)   whether any host of the model is there; boxes: the plan's appliances and those added
Appliances are added as units of the same model, and a further rack of a room has the limits of its first. Whatever
reaches the end of its life is bought again by the model's own choice of host; appliances by their like.
Luss, "Operations Research and Capacity Expansion Problems", Operations Research 30 (1982).
"""

from collections import Counter
from dataclasses import dataclass

from planner.datacentre.hardware import Hardware
from planner.datacentre.sizing import RESOURCES
from planner.plan import Plan
from planner.years.needs import Demand
from topology.order import natural_key
from topology.schema.base import counted
from topology.schema.facility import Room

Key = tuple[str, str, str]
"""Pool, model, rack."""
SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Space:
    """A rack that stands or may be bought, with what the plan's appliances leave of it."""

    id: str
    room: str
    new: bool
    limits: tuple[float, ...]
    """Units, watts, watts of heat, kilograms, ports."""


class Site:
    """The data centre of the plan as the years find it."""

    def __init__(self, plan: Plan, demand: Demand) -> None:
        self.plan, self.demand = plan, demand
        self.records = demand.network.records
        self.hardware = Hardware(self.records)
        self.models = self.hardware.models
        self.years = self.records.money.horizon_years
        self.rooms: dict[str, Room] = {room.id: room for room in self.records.rooms}
        self.spaces: dict[str, Space] = {space.id: space for space in self._spaces()}
        self.planned, self.kept = self._hosts()
        self.pools = demand.pools()

    def _spaces(self) -> list[Space]:
        found = []
        boxes = [m for m in self.plan.machines if m.form == "appliance" and m.rack]
        groups = {name: group for group in self.demand.groups.values() for name in group.names}
        for name, rack in self.hardware.racks.items():
            here = [groups[machine.id] for machine in boxes if machine.rack == name]
            shared = self.hardware.feeds_that_share(self.hardware.rooms[name])
            watts = rack.reserved_w.value + sum(group.power_w for group in here)
            limits: tuple[float, ...] = (
                rack.height_u - rack.reserved_u - sum(group.height_u for group in here),
                shared * rack.feed_limit_w.value - watts,
                rack.cooling_w.value - watts,
                rack.max_weight_kg.value - rack.reserved_kg.value - sum(group.weight_kg for group in here),
                rack.switch_ports.value - sum(group.ports for group in here),
            )
            found.append(Space(name, self.hardware.rooms[name].id, new=False, limits=limits))
        for room in self.rooms.values():
            first = min(room.racks, key=lambda rack: natural_key(rack.id))
            limits = (
                float(first.height_u),
                self.hardware.feeds_that_share(room) * first.feed_limit_w.value,
                first.cooling_w.value,
                first.max_weight_kg.value,
                float(first.switch_ports.value),
            )
            names = (
                name for number in range(1, 200) if (name := f"{room.id}-rack-{number}") not in self.hardware.racks
            )
            found += [Space(next(names), room.id, new=True, limits=limits) for _ in range(counted(room.spare_racks))]
        return found

    def _hosts(self) -> tuple[Counter[Key], dict[tuple[str, str, str, int], int]]:
        """Return hosts bought in year 0, and of those kept how many live in each year.

        A kept host whose life is over is replaced by its like in year 0, as the plan's cost says.
        """
        bought: Counter[Key] = Counter()
        kept: Counter[tuple[str, str, str, int]] = Counter()
        ages = {host.id: self.hardware.age(host) for host in self.records.existing_hosts}
        for host in self.plan.datacentre.hosts:
            key = (self.demand.pool_of[host.id], host.model, host.rack)
            left = ages[host.id] + self.models[host.model].life_years.value if host.existing else 0
            if left <= 0:
                bought[key] += 1
            for y in range(min(left, self.years)):
                kept[(*key, y)] += 1
        return bought, dict(kept)

    def site(self, space: str) -> str:
        """Return the site of a rack that stands or may be bought."""
        return self.rooms[self.spaces[space].room].site

    def losses(self) -> list[frozenset[str]]:
        """Return the racks that are lost together in each worst loss; a new rack is lost like any other."""
        found = list(self.hardware.worst_losses.values())
        if "rack" in self.hardware.policy.survive:
            alone = {
                rack
                for room in self.rooms.values()
                if "feed" in self.hardware.policy.survive and len(room.feeds) == 1
                for rack in (s.id for s in self.spaces.values() if s.room == room.id)
            }
            found += [frozenset({s.id}) for s in self.spaces.values() if s.new and s.id not in alone]
        for room in self.rooms.values():
            if "feed" in self.hardware.policy.survive and len(room.feeds) == 1:
                racks = frozenset(s.id for s in self.spaces.values() if s.room == room.id)
                found = [lost for lost in found if not lost <= racks] + [racks]
        return found

    def takes(self, model: str) -> tuple[float, ...]:
        """Return what one host takes of a rack's limits."""
        m = self.models[model]
        watts = m.power_w.value
        return float(m.height_u), watts, watts, m.weight_kg.value, float(m.ports.value)

    def box_takes(self, workload: str) -> tuple[float, ...]:
        """Return what one appliance takes of a rack's limits."""
        group = self.demand.groups[workload]
        return float(group.height_u), group.power_w, group.power_w, group.weight_kg, float(group.ports)

    def room_left(self, room: Room) -> float:
        """Watts that hosts and added appliances of a room may take: feeds left and cooling."""
        feeds = self.hardware.feeds_that_share(room)
        limit = min([feeds * feed.capacity_w.value for feed in room.feeds] + [room.cooling_w.value])
        reserved = sum(rack.reserved_w.value for rack in room.racks)
        racks = {rack.id for rack in room.racks}
        boxes = sum(m.power_w for m in self.plan.machines if m.form == "appliance" and m.rack in racks)
        return float(limit - reserved - boxes)

    def offer(self, model: str) -> tuple[float, ...]:
        """Return what one host offers, in the order of `RESOURCES`."""
        return self.hardware.offers[model][: len(RESOURCES)]

    def single_host(self) -> bool:
        """Whether the loss of one host is a state of its own in some rack."""
        return any(self.hardware.single_host_counts(rack) for rack in self.hardware.racks)
