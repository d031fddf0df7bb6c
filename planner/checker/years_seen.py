"""What the checks of the years read: hosts through their lives, units, racks, what a model offers."""

from collections import Counter
from collections.abc import Iterator

from planner.checker.examined import Examined
from planner.checker.growth import Grown
from planner.plan import BandPlan, Plan, Years
from topology.model import Network
from topology.order import natural_key
from topology.schema.facility import Rack, Room


class Checked:
    """What the checks read."""

    def __init__(self, plan: Plan, network: Network, years: Years, grown: Grown) -> None:
        self.plan, self.network, self.years, self.grown = plan, network, years, grown
        self.records, self.money = network.records, network.records.money
        self.seen = Examined(plan, network.records)
        self.pools, self.loads = grown.pools(), grown.links()
        boxes = grown.boxes()
        self.units = {name: units for name, (units, _) in boxes.items()}
        self.whole = {name: share for name, (_, share) in boxes.items()}
        self.apart = self._apart()
        """Pool → most replicas of one workload that stand apart."""
        self.spaces: dict[str, tuple[Room, Rack, bool]] = {
            rack.id: (room, rack, False) for room in self.records.rooms for rack in room.racks
        }
        rooms = {room.id: room for room in self.records.rooms}
        for buy in (buy for band in years.bands for buy in band.buys if buy.kind == "rack"):
            if buy.what in rooms:
                first = min(rooms[buy.what].racks, key=lambda rack: natural_key(rack.id))
                self.spaces.setdefault(buy.where, (rooms[buy.what], first, True))

    def _apart(self) -> dict[str, int]:
        count: Counter[tuple[str, str]] = Counter()
        for name, machine in self.seen.machines.items():
            workload = self.seen.workload_of.get(name, "")
            if machine.form == "vm" and workload in self.seen.workloads:
                count[self.grown.pool(name), workload] += self.seen.workloads[workload][2].spread != "none"
        most: dict[str, int] = {}
        for (pool, _), replicas in count.items():
            most[pool] = max(most.get(pool, 0), replicas)
        return most

    def existing(self) -> Iterator[tuple[str, str, str, int, int]]:
        """Pool, model, rack, first and last year (exclusive, from 0) of hosts that are there and kept."""
        pool = self.pool_of_hosts()
        for host in self.records.existing_hosts:
            left = host.bought_year - self.records.province.plan_year + self.seen.models[host.model].life_years.value
            if left > 0:
                yield pool[host.id], host.model, host.rack, 0, left

    def pool_of_hosts(self) -> dict[str, str]:
        """Host → pool of what runs on it."""
        site = {rack.id: room.site for room in self.records.rooms for rack in room.racks}
        idle = {rack: "shared" if at == self.plan.core else f"site {at}" for rack, at in site.items()}
        return {
            host.id: next((self.grown.pool(machine) for machine in host.machines), idle[host.rack])
            for host in self.plan.datacentre.hosts
        }

    def alive(self, band: BandPlan, y: int) -> Counter[tuple[str, str, str]]:
        """Count the hosts of a year by pool, model and rack."""
        found: Counter[tuple[str, str, str]] = Counter()
        for buy in band.buys:
            if buy.kind == "host":
                bought = buy.year - self.years.first_year
                if bought <= y < bought + self.seen.models[buy.what].life_years.value:
                    found[buy.pool, buy.what, buy.where] += buy.count
        for pool, model, rack, first, end in self.existing():
            found[pool, model, rack] += first <= y < end
        return found

    def boxes(self, band: BandPlan, y: int) -> Counter[tuple[str, str]]:
        """Count the appliances of a year by workload and rack; a replacement takes the place of what it replaces."""
        found: Counter[tuple[str, str]] = Counter()
        for buy in band.buys:
            if buy.kind == "appliance" and buy.reason != "replacement" and buy.year <= self.years.first_year + y:
                found[buy.what, buy.where] += buy.count
        return found

    def losses(self) -> list[set[str]]:
        """Return the racks that go together, one set for each loss of a rack or a lone feed."""
        survive = self.records.placement.survive
        found = [{rack} for rack in self.spaces] if "rack" in survive else []
        lone = {room.id for room in self.records.rooms if "feed" in survive and len(room.feeds) == 1}
        return found + [{rack for rack, (where, _, _) in self.spaces.items() if where.id == room} for room in lone]

    def offer(self, model: str, resource: str) -> float:
        """Return what a host of a model gives after overcommitment and reserves."""
        m, policy = self.seen.models[model], self.records.placement
        match resource:
            case "vcpu":
                return m.threads.value * policy.vcpu_per_thread.value
            case "memory_gib":
                return m.memory_gib.value * (1 - policy.memory_reserve_share.value)
            case "disk_gib":
                return m.disk_gib.value * (1 - policy.disk_reserve_share.value)
            case "iops":
                return m.iops.value
            case _:
                return m.network_mbps.value
