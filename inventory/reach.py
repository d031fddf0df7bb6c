"""Who may talk to whom: the plan's flows, asked machine by machine. Imports only the plan."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from planner.plan import FlowPlan, Interface, Machine, Plan, ZonePlan


class InventoryError(Exception):
    """The plan cannot be configured: `E-INV-NNN  what`, and a hint."""

    def __init__(self, code: str, what: str, hint: str) -> None:
        self.code = code
        self.what = what
        self.hint = hint
        super().__init__(f"{code}  {what}\n    hint: {hint}")


def natural(text: str) -> list[tuple[int, str]]:
    """Return the key of the natural order: `mail-2` before `mail-10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def bare(address: str) -> str:
    """Return an address without its prefix length."""
    return address.partition("/")[0]


def collapse(prefixes: Iterable[str]) -> list[str]:
    """Return the same addresses in as few prefixes as possible, sorted."""
    networks = (ipaddress.IPv4Network(prefix) for prefix in prefixes)
    return [str(network) for network in ipaddress.collapse_addresses(networks)]


def covers(addresses: tuple[str, ...], address: str) -> bool:
    """Tell whether a list of prefixes or addresses holds the address; an empty list holds all of the zone."""
    asked = ipaddress.IPv4Address(address)
    return not addresses or any(asked in ipaddress.IPv4Network(item) for item in addresses)


@dataclass(frozen=True)
class Reach:
    """The plan's zones, segments and flows, indexed."""

    plan: Plan
    here: tuple[str, ...]
    """Ids of the machines that exist, in natural order."""

    @cached_property
    def zones(self) -> dict[str, ZonePlan]:
        """Zone by id."""
        return {zone.id: zone for zone in self.plan.zones}

    @cached_property
    def zone_of_segment(self) -> dict[str, str]:
        """Segment → zone."""
        return {segment.id: segment.zone for segment in self.plan.segments}

    @cached_property
    def machines(self) -> dict[str, Machine]:
        """Every machine of the plan by id."""
        return {machine.id: machine for machine in self.plan.machines}

    @cached_property
    def inside(self) -> list[str]:
        """All prefixes that are not the Internet's."""
        return collapse(prefix for zone in self.plan.zones if zone.kind != "edge" for prefix in zone.prefixes)

    def zone(self, leg: Interface) -> str:
        """Return the zone that a leg stands in."""
        return self.zone_of_segment[leg.segment]

    def zone_id(self, zone_id: str, flow: FlowPlan) -> ZonePlan:
        """Return a flow's zone; E-INV-003 when the plan has no such zone."""
        if zone_id not in self.zones:
            raise InventoryError(
                "E-INV-003", f"flow '{flow.id}' names zone '{zone_id}', which the plan has not", PLAN_AGAIN
            )
        return self.zones[zone_id]

    def existing(self, role: str) -> list[Machine]:
        """Return the machines of a role that exist, in natural order."""
        return [self.machines[name] for name in self.here if self.machines[name].role == role]

    def leg_towards(self, machine: Machine, target: str) -> Interface:
        """Return the leg that traffic to an address leaves by, as the kernel chooses it."""
        address = ipaddress.IPv4Address(target)
        for leg in machine.interfaces:
            if address in ipaddress.IPv4Interface(leg.address).network:
                return leg
        return next((leg for leg in machine.interfaces if leg.gateway), machine.interfaces[0])

    def allowing(self, source: Machine, target: Machine, protocol: str, port: int) -> FlowPlan | None:
        """Return the flow that lets one machine open connections to the first address of another, or None."""
        address = bare(target.interfaces[0].address)
        leg = self.leg_towards(source, address)
        return next(
            (
                flow
                for flow in self.plan.flows
                if (flow.source, flow.destination, flow.protocol) == (self.zone(leg), target.zone, protocol)
                and port in flow.ports
                and covers(flow.source_addresses, bare(leg.address))
                and covers(flow.destination_addresses, address)
            ),
            None,
        )

    def offered(self, target: Machine, protocol: str, port: int) -> Iterator[FlowPlan]:
        """Yield the flows that lead to a port of a machine."""
        address = bare(target.interfaces[0].address)
        for flow in self.plan.flows:
            leads_there = (flow.destination, flow.protocol) == (target.zone, protocol) and port in flow.ports
            if leads_there and covers(flow.destination_addresses, address):
                yield flow


PLAN_AGAIN = "make the plan again: `provdc plan`"
