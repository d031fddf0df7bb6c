"""The segments that the machines of a stack stand in."""

from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_network

import pulumi

from planner.plan import Interface, Machine, Segment
from stacks.components.driver import Driver


@dataclass(frozen=True)
class NetworksArgs:
    """Segments, sorted by id."""

    segments: tuple[Segment, ...]

    def check(self) -> None:
        """Refuse segments that share an id, a VLAN at one site, or addresses.

        Raises
        ------
        pulumi.InputPropertyError
            At the first segment that does.
        """
        seen: list[Segment] = []
        for index, segment in enumerate(self.segments):
            for other in seen:
                path = f"segments[{index}]"
                if segment.id == other.id:
                    raise pulumi.InputPropertyError(f"{path}.id", f"'{segment.id}' is given twice")
                if (segment.site, segment.vlan) == (other.site, other.vlan):
                    reason = f"VLAN {segment.vlan} at '{segment.site}' is already that of '{other.id}'"
                    raise pulumi.InputPropertyError(f"{path}.vlan", reason)
                if ip_network(segment.prefix).overlaps(ip_network(other.prefix)):
                    reason = f"{segment.prefix} overlaps {other.prefix} of '{other.id}'"
                    raise pulumi.InputPropertyError(f"{path}.prefix", reason)
            seen.append(segment)


class Networks(pulumi.ComponentResource):
    """All segments of a stack."""

    def __init__(
        self, name: str, args: NetworksArgs, driver: Driver, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        args.check()
        super().__init__("provdc:network:Networks", name, None, opts)
        self.args = args
        self.made = {segment.id: driver.segment(segment, parent=self) for segment in args.segments}
        self.register_outputs({"segments": sorted(self.made)})

    def check(self, path: str, machine: Machine) -> list[pulumi.Resource]:
        """Return the segments that a machine stands in.

        Raises
        ------
        pulumi.InputPropertyError
            When it has no leg, a leg in an unknown segment, or an address or gateway that is not of its segment.
        """
        if not machine.interfaces:
            raise pulumi.InputPropertyError(f"{path}.interfaces", f"'{machine.id}' has no interface")
        segments = {segment.id: segment for segment in self.args.segments}
        for index, leg in enumerate(machine.interfaces):
            where = f"{path}.interfaces[{index}]"
            if leg.segment not in segments:
                raise pulumi.InputPropertyError(f"{where}.segment", f"'{leg.segment}' is not a segment of this stack")
            _check_leg(where, leg, IPv4Interface(leg.address), segments[leg.segment])
        return [self.made[leg.segment] for leg in machine.interfaces]


def _check_leg(where: str, leg: Interface, address: IPv4Interface, segment: Segment) -> None:
    if str(address.network) != segment.prefix:
        raise pulumi.InputPropertyError(f"{where}.address", f"{leg.address} is not in {segment.prefix}")
    if leg.gateway is not None and IPv4Interface(leg.gateway).ip not in address.network:
        raise pulumi.InputPropertyError(f"{where}.gateway", f"{leg.gateway} is not in {segment.prefix}")
