"""The lab as a driver of the stack: plan and paths in, dynamic resources out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from planner.plan import Machine, Segment
from stacks.components.driver import Made
from stacks.lab import names
from stacks.lab.providers import FabricProvider, MachineProvider, SegmentProvider

MEMORY_CEILING_MIB = 2048  # so that the whole slice fits an engineer's computer; the plan's size is for real load
SHARES_PER_VCPU = 1024
REPOSITORY = "/srv/mirror"
"""Where the package mirror sees the repository; `current` in it is the one to use."""


class Fabric(Resource, module="lab", name="Fabric"):
    """The namespace of a stack's bridges."""


class LabSegment(Resource, module="lab", name="Segment"):
    """A bridge."""


class LabMachine(Resource, module="lab", name="Machine"):
    """A container with its own namespace."""

    host_key: pulumi.Output[str]
    container: pulumi.Output[str]


@dataclass(frozen=True)
class LabDriver:
    """Makes segments and machines of one stack on this computer. One driver serves one run of the program."""

    stack: str
    """Name that everything is called after, `provdc-hoa-binh`."""
    image: str
    """Base image."""
    key: str
    """Public key of the administrator."""
    owner: Path
    """Directory that holds the stack's state."""
    repository: Path
    """Directory that the package mirror shows."""

    @cached_property
    def fabric(self) -> Fabric:
        """The namespace of the bridges, made with the first segment."""
        return Fabric(FabricProvider(), "fabric", {"stack": self.stack})

    def segment(self, segment: Segment, parent: pulumi.Resource) -> pulumi.Resource:
        """Make a bridge."""
        options = pulumi.ResourceOptions(parent=parent, depends_on=[self.fabric])
        return LabSegment(SegmentProvider(), segment.id, self.segment_inputs(segment), options)

    def machine(
        self, machine: Machine, segments: Sequence[pulumi.Resource], parent: pulumi.Resource, *, packages: bool = False
    ) -> Made:
        """Make a container."""
        inputs = {**self.machine_inputs(machine, packages=packages), "host_key": None, "container": None}
        options = pulumi.ResourceOptions(parent=parent, depends_on=list(segments))
        made = LabMachine(MachineProvider(), machine.id, inputs, options)
        return Made(made, made.host_key, {"container": made.container})

    def segment_inputs(self, segment: Segment) -> dict[str, Any]:
        """Return what the segment's provider is given."""
        return {
            "stack": self.stack,
            "segment": segment.id,
            "bridge": names.bridge(segment.id),
            "zone": segment.zone,
            "vlan": segment.vlan,
            "vrf": segment.vrf,
            "prefix": segment.prefix,
        }

    def machine_inputs(self, machine: Machine, *, packages: bool = False) -> dict[str, Any]:
        """Return what the machine's provider is given."""
        memory = round(machine.memory_gib * 1024) or MEMORY_CEILING_MIB
        return {
            "stack": self.stack,
            "machine": machine.id,
            "hostname": machine.id,
            "image": self.image,
            "memory_mib": min(memory, MEMORY_CEILING_MIB),
            "cpu_shares": round(max(machine.vcpu, 1) * SHARES_PER_VCPU),
            "mounts": {str(self.repository): REPOSITORY} if packages else {},
            "owner": str(self.owner),
            "key": self.key,
            "interfaces": [
                {
                    "name": leg.name,
                    "segment": leg.segment,
                    "bridge": names.bridge(leg.segment),
                    "address": leg.address,
                    "gateway": leg.gateway or "",
                }
                for leg in machine.interfaces
            ],
        }
