"""Segments, zones and allowed flows of the plan, with the addresses of the machines that they name."""

from planner.machines import CLIENT, Machines, segment_of
from planner.plan import FlowPlan, Segment, ZonePlan
from topology.order import natural, natural_key
from topology.schema.services import Flow


def segments(machines: Machines) -> tuple[Segment, ...]:
    """One segment for each zone of the data centre and each network of each site."""
    plan = machines.addresses
    found = [
        Segment(
            id=f"seg-{zone.id}",
            zone=zone.id,
            site=machines.planned.core,
            vlan=zone.vlan,
            vrf=zone.vrf,
            prefix=str(plan.zone_prefix(zone)),
            gateway=None if zone.kind == "sync" else str(plan.gateway(zone)),
        )
        for zone in machines.core_zones
    ]
    for site in machines.sites:
        for zone in machines.site_zones:
            prefix = plan.function_prefix(site.id, zone.function or "lan")
            found.append(
                Segment(
                    id=segment_of(zone, site),
                    zone=zone.id,
                    site=site.id,
                    vlan=zone.vlan,
                    vrf=zone.vrf,
                    prefix=str(prefix),
                    gateway=str(prefix.network_address + 1),
                )
            )
    return tuple(sorted(found, key=lambda segment: natural_key(segment.id)))


def zone_plans(machines: Machines) -> tuple[ZonePlan, ...]:
    """Return every zone with all its prefixes; sites lie behind the firewall's leg on the wan."""
    return tuple(
        ZonePlan(
            id=zone.id,
            name=zone.name,
            kind=zone.kind,
            prefixes=tuple(str(prefix) for prefix in machines.addresses.zone_prefixes(zone)),
            interface=machines.wan.id if zone.kind == "site" else zone.id,
            separation=zone.separation,
        )
        for zone in sorted(machines.zones.values(), key=lambda zone: natural_key(zone.id))
    )


def flow_plans(machines: Machines) -> tuple[FlowPlan, ...]:
    """Return every flow with the addresses of the roles that it names."""
    return tuple(_flow(machines, flow) for flow in machines.records.flows)


def _flow(machines: Machines, flow: Flow) -> FlowPlan:
    return FlowPlan(
        id=flow.id,
        source=flow.source,
        destination=flow.destination,
        source_addresses=_of_roles(machines, flow.source, flow.source_roles),
        destination_addresses=_of_roles(machines, flow.destination, flow.roles),
        protocol=flow.protocol,
        ports=flow.ports,
        purpose=flow.purpose,
        max_connections=flow.max_connections,
    )


def _of_roles(machines: Machines, zone: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    if not roles or roles == (CLIENT,):
        return ()
    found = {
        address.partition("/")[0]
        for machine in machines.all
        if machine.role in roles
        for leg in machine.interfaces
        if leg.name == zone
        for address in (leg.address, *leg.virtual)
    }
    return tuple(natural(found))
