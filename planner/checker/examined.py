"""The plan's hosts and machines beside the records that they must agree with."""

from planner.plan import DataCentre, HostDecision, Machine, Plan
from topology.model import Records
from topology.schema.services import Workload

SLACK = 1e-6
RESOURCES = ("vcpu", "memory_gib", "disk_gib", "iops", "network_mbps")
AGENCY_LEVEL = 2


class Examined:
    """What the checks of the data centre read: hosts, machines, workloads with service and level."""

    def __init__(self, plan: Plan, records: Records) -> None:
        self.plan, self.records = plan, records
        self.part: DataCentre = plan.datacentre
        self.hosts: dict[str, HostDecision] = {host.id: host for host in self.part.hosts}
        self.machines: dict[str, Machine] = {m.id: m for m in plan.machines if m.host or m.bottom_u is not None}
        self.models = {model.id: model for model in records.host_models}
        self.racks = {rack.id: (room, rack) for room in records.rooms for rack in room.racks}
        self.workloads: dict[str, tuple[str | None, int, Workload]] = {}
        for service in records.services:
            for workload in service.workloads:
                self.workloads[workload.id] = (service.id, service.level, workload)
        rooms = plan.consolidation.rooms if plan.consolidation else ()
        staying = {room.id for room in rooms if not room.moves}
        for small in records.small_data_centres:
            if small.servers_max.value and small.id not in staying:
                vm = small.vm.model_copy(update={"replicas": small.servers_max.value})
                self.workloads[small.vm.id] = (None, AGENCY_LEVEL, vm)
        self.workload_of: dict[str, str] = {}
        for name, (_, _, workload) in self.workloads.items():
            for machine in self.machines:
                stem, dash, number = machine.rpartition("-")
                if machine in workload.machines or (dash and stem == name and number.isdigit()):
                    self.workload_of[machine] = name

    def workload(self, machine: str) -> Workload | None:
        """Return the workload that a machine is of."""
        found = self.workloads.get(self.workload_of.get(machine, ""))
        return found[2] if found else None

    def offer(self, host: HostDecision) -> dict[str, float]:
        """Return what a host's model gives after overcommitment and reserves."""
        return self.offer_of(host.model)

    def offer_of(self, kind: str) -> dict[str, float]:
        """Return what a host of a model gives."""
        model, policy = self.models[kind], self.records.placement
        return {
            "vcpu": model.threads.value * policy.vcpu_per_thread.value,
            "memory_gib": model.memory_gib.value * (1 - policy.memory_reserve_share.value),
            "disk_gib": model.disk_gib.value * (1 - policy.disk_reserve_share.value),
            "iops": float(model.iops.value),
            "network_mbps": model.network_mbps.value,
        }

    def load(self, machines: list[str]) -> dict[str, float]:
        """Return what machines need together; one that is unknown needs nothing here and is reported elsewhere."""
        known = [self.machines[machine] for machine in machines if machine in self.machines]
        return {resource: sum(getattr(machine, resource) for machine in known) for resource in RESOURCES}

    def lost_racks(self) -> dict[str, set[str]]:
        """State → racks that are down together, as the policy asks to survive."""
        survive = self.records.placement.survive
        found = {f"rack:{rack}": {rack} for rack in self.racks} if "rack" in survive else {}
        if "feed" in survive:
            for room in self.records.rooms:
                alone = len(room.feeds) == 1
                for feed in room.feeds:
                    found[f"feed:{feed.id}"] = {rack.id for rack in room.racks} if alone else set()
        return found
