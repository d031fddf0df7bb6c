"""From both halves to one plan: machines with addresses, segments, zones, flows, services, money."""

from planner.conference.answer import box_names
from planner.datacentre.answer import DataCentreAnswer, Standing
from planner.datacentre.answer import total as add_costs
from planner.datacentre.workloads import Group
from planner.plan import (
    Assumption,
    Citation,
    Conference,
    Cost,
    CostSummary,
    Finding,
    FlowPlan,
    Interface,
    Machine,
    Network,
    Place,
    Plan,
    Proof,
    ScenarioUse,
    Segment,
    ServiceLoad,
    Verdict,
    Why,
    ZonePlan,
)
from topology.addresses import AddressPlan
from topology.assumptions import assumptions
from topology.candidates import short
from topology.model import Network as Planned
from topology.model import Records
from topology.order import natural, natural_key
from topology.schema.geography import Site
from topology.schema.services import Flow, Zone

FIREWALL, GATEWAY, CLIENT = "firewall", "gateway", "client"
FIRST_BRIDGE = 2
"""Host number of the first bridge in a site's network for conferences; 1 is the gateway."""


class Assembly:
    """Names and addresses of everything, in natural order."""

    def __init__(self, planned: Planned, datacentre: DataCentreAnswer) -> None:
        self.planned = planned
        self.records: Records = planned.records
        self.addresses = AddressPlan(self.records)
        self.zones: dict[str, Zone] = {zone.id: zone for zone in self.records.zones}
        self.core_zones = [zone for zone in self.records.zones if zone.kind != "site"]
        self.site_zones = [zone for zone in self.records.zones if zone.kind == "site"]
        self.wan = next(zone for zone in self.core_zones if zone.kind == "wan")
        self.datacentre = datacentre
        self.machines = self._machines()

    def segments(self) -> tuple[Segment, ...]:
        """One segment for each zone of the data centre and each network of each site."""
        plan = self.addresses
        found = [
            Segment(
                id=f"seg-{zone.id}",
                zone=zone.id,
                site=self.planned.core,
                vlan=zone.vlan,
                vrf=zone.vrf,
                prefix=str(plan.zone_prefix(zone)),
                gateway=None if zone.kind == "sync" else str(plan.gateway(zone)),
            )
            for zone in self.core_zones
        ]
        for site in self._sites():
            for zone in self.site_zones:
                prefix = plan.function_prefix(site.id, zone.function or "lan")
                found.append(
                    Segment(
                        id=self._segment(zone, site),
                        zone=zone.id,
                        site=site.id,
                        vlan=zone.vlan,
                        vrf=zone.vrf,
                        prefix=str(prefix),
                        gateway=str(prefix.network_address + 1),
                    )
                )
        return tuple(sorted(found, key=lambda segment: natural_key(segment.id)))

    def zone_plans(self) -> tuple[ZonePlan, ...]:
        """Return every zone with all its prefixes; sites lie behind the firewall's leg on the wan."""
        return tuple(
            ZonePlan(
                id=zone.id,
                name=zone.name,
                kind=zone.kind,
                prefixes=tuple(str(prefix) for prefix in self.addresses.zone_prefixes(zone)),
                interface=self.wan.id if zone.kind == "site" else zone.id,
                separation=zone.separation,
            )
            for zone in sorted(self.zones.values(), key=lambda zone: natural_key(zone.id))
        )

    def flow_plans(self) -> tuple[FlowPlan, ...]:
        """Return every flow with the addresses of the roles that it names."""
        return tuple(self._flow(flow) for flow in self.records.flows)

    def _flow(self, flow: Flow) -> FlowPlan:
        return FlowPlan(
            id=flow.id,
            source=flow.source,
            destination=flow.destination,
            source_addresses=self._of_roles(flow.source, flow.source_roles),
            destination_addresses=self._of_roles(flow.destination, flow.roles),
            protocol=flow.protocol,
            ports=flow.ports,
            purpose=flow.purpose,
            max_connections=flow.max_connections,
        )

    def _of_roles(self, zone: str, roles: tuple[str, ...]) -> tuple[str, ...]:
        if not roles or roles == (CLIENT,):
            return ()
        found = {
            address.partition("/")[0]
            for machine in self.machines
            if machine.role in roles
            for leg in machine.interfaces
            if leg.name == zone
            for address in (leg.address, *leg.virtual)
        }
        return tuple(natural(found))

    def services(self) -> tuple[ServiceLoad, ...]:
        """Return every service with its machines and its traffic on the network."""
        loads: dict[str, tuple[float, float]] = {}
        for demand in self.planned.demands.values():
            for service, (down, up) in demand.by_service.items():
                before = loads.get(service, (0.0, 0.0))
                loads[service] = (before[0] + down, before[1] + up)
        return tuple(
            ServiceLoad(
                id=service.id,
                name=service.name,
                level=service.level,
                machines=tuple(machine.id for machine in self.machines if machine.service == service.id),
                down_mbps=round(loads.get(service.id, (0.0, 0.0))[0], 3),
                up_mbps=round(loads.get(service.id, (0.0, 0.0))[1], 3),
                integrates=service.integrates,
            )
            for service in self.records.services
        )

    def slice_machines(self) -> tuple[str, ...]:
        """Return the machines of the lab: those named, and gateway and client of each site named."""
        chosen = set(self.records.slice.machines)
        for site in self.records.slice.sites:
            chosen |= {f"gw-{short(site)}", f"client-{short(site)}"}
        return tuple(natural(chosen))

    def _sites(self) -> list[Site]:
        return [site for site in self.records.sites if site.id in self.planned.demands]

    def _segment(self, zone: Zone, site: Site) -> str:
        return f"seg-{short(site.id)}-{zone.function or 'lan'}"

    def _fqdn(self, name: str) -> str:
        return f"{name}.{self.records.province.domain}"

    def _machines(self) -> tuple[Machine, ...]:
        found = [self._machine(name, standing) for name, standing in self.datacentre.standing.items()]
        found += [self._site_gateway(site) for site in self._sites()]
        found += self._bridges()
        lab = set(self.records.slice.sites)
        found += [self._client(site) for site in self._sites() if site.id in lab]
        return tuple(sorted(found, key=lambda machine: natural_key(machine.id)))

    def _machine(self, name: str, standing: Standing) -> Machine:
        group = standing.group
        number = group.names.index(name)
        peers = [other for other in group.names if other != name]
        return Machine(
            id=name,
            fqdn=self._fqdn(name),
            role=group.role,
            service=group.service,
            site=self.planned.core,
            zone=group.zone,
            level=group.level,
            form=group.form,
            host=standing.host,
            rack=standing.rack,
            bottom_u=standing.bottom_u,
            peer=peers[0] if group.role == FIREWALL and peers else None,
            interfaces=self._firewall_legs(group, number) if group.role == FIREWALL else (self._leg(group, number),),
            vcpu=group.need[0],
            memory_gib=group.need[1],
            disk_gib=group.need[2],
            iops=group.need[3],
            network_mbps=group.need[4],
            height_u=group.height_u,
            power_w=group.power_w,
            sizing=group.sizing,
            cost=standing.cost,
            why=Why(
                code="machine-beside" if group.beside else "machine-on-host" if standing.host else "appliance-in-rack",
                facts={
                    "service": group.service or "",
                    "where": standing.host or standing.rack,
                    "of": group.count,
                    **_company(group),
                },
                binding=(
                    *(("apart",) if group.spread != "none" and group.count > 1 else ()),
                    *(("beside",) if group.beside else ()),
                ),
            ),
        )

    def _leg(self, group: Group, number: int) -> Interface:
        zone, plan = self.zones[group.zone], self.addresses
        offset = self._offset(group)
        prefix = plan.zone_prefix(zone)
        return Interface(
            segment=f"seg-{zone.id}",
            name=zone.id,
            address=f"{prefix.network_address + offset + number}/{prefix.prefixlen}",
            gateway=str(plan.gateway(zone)),
        )

    def _offset(self, group: Group) -> int:
        workloads = [w for service in self.records.services for w in service.workloads]
        workloads += [small.vm for small in self.records.small_data_centres]
        return next(workload.address_offset for workload in workloads if workload.id == group.id)

    def _firewall_legs(self, group: Group, number: int) -> tuple[Interface, ...]:
        """Stand in every zone of the data centre; the virtual address of each moves between the pair."""
        first, plan = self.zones[group.zone], self.addresses
        zones = [first, *(zone for zone in self.core_zones if zone.id != first.id)]
        return tuple(
            Interface(
                segment=f"seg-{zone.id}",
                name=zone.id,
                address=f"{plan.firewall(zone, number)}/{plan.zone_prefix(zone).prefixlen}",
                virtual=() if zone.kind == "sync" else (f"{plan.gateway(zone)}/{plan.zone_prefix(zone).prefixlen}",),
            )
            for zone in zones
        )

    def _site_gateway(self, site: Site) -> Machine:
        plan = self.addresses
        legs = [
            Interface(
                segment=f"seg-{self.wan.id}",
                name=self.wan.id,
                address=f"{plan.wan_address(site.id)}/{plan.wan_prefix().prefixlen}",
                gateway=str(plan.gateway(self.wan)),
            )
        ]
        for zone in self.site_zones:
            prefix = plan.function_prefix(site.id, zone.function or "lan")
            legs.append(
                Interface(
                    segment=self._segment(zone, site),
                    name=zone.id,
                    address=f"{prefix.network_address + 1}/{prefix.prefixlen}",
                )
            )
        return Machine(
            id=f"gw-{short(site.id)}",
            fqdn=self._fqdn(f"gw-{short(site.id)}"),
            role=GATEWAY,
            service=None,
            site=site.id,
            zone=self.wan.id,
            level=2,
            form="appliance",
            interfaces=tuple(legs),
            why=Why(code="gateway-of-site", facts={"site": site.id}),
        )

    def _bridges(self) -> list[Machine]:
        """Return the bridges away from the data centre: boxes in the site's network for conferences."""
        names = box_names(self.planned.hosting)
        if not names:
            return []
        zone = next((z for z in self.site_zones if z.function == "vc"), self.site_zones[0])
        service = next(
            s for s in self.records.services if any(w.sizing and w.sizing.kind == "conference" for w in s.workloads)
        )
        found = []
        for site in self._sites():
            prefix = self.addresses.function_prefix(site.id, zone.function or "lan")
            for number, name in enumerate(names.get(site.id, ()), start=FIRST_BRIDGE):
                leg = Interface(
                    segment=self._segment(zone, site),
                    name=zone.id,
                    address=f"{prefix.network_address + number}/{prefix.prefixlen}",
                    gateway=str(prefix.network_address + 1),
                )
                found.append(
                    Machine(
                        id=name,
                        fqdn=self._fqdn(name),
                        role="conference",
                        service=service.id,
                        site=site.id,
                        zone=zone.id,
                        level=service.level,
                        form="appliance",
                        interfaces=(leg,),
                        why=Why(code="bridge-box", facts={"site": site.id}),
                    )
                )
        return found

    def _client(self, site: Site) -> Machine:
        zone = next(zone for zone in self.site_zones if zone.function == "lan")
        prefix = self.addresses.function_prefix(site.id, "lan")
        leg = Interface(
            segment=self._segment(zone, site),
            name=zone.id,
            address=f"{prefix.network_address + 10}/{prefix.prefixlen}",
            gateway=str(prefix.network_address + 1),
        )
        return Machine(
            id=f"client-{short(site.id)}",
            fqdn=self._fqdn(f"client-{short(site.id)}"),
            role=CLIENT,
            service=None,
            site=site.id,
            zone=zone.id,
            level=2,
            form="client",
            interfaces=(leg,),
            why=Why(code="client-of-site", facts={"site": site.id}),
        )


def _company(group: Group) -> dict[str, str]:
    """Return what a group stands beside, for its reason."""
    return {"beside": ", ".join(f"{other} ({within})" for other, within in group.beside)} if group.beside else {}


def core_place(planned: Planned) -> Place:
    """Return where the data centre is."""
    site = next(site for site in planned.records.sites if site.id == planned.core)
    return Place(name=site.name, lat=site.lat, lon=site.lon)


def assemble(
    planned: Planned,
    network: Network,
    datacentre: DataCentreAnswer,
    proofs: tuple[Proof, ...],
    *,
    version: str,
    findings: tuple[Finding, ...],
    verdict: Verdict,
    conference: Conference | None = None,
) -> Plan:
    """Put the plan together; it decides nothing."""
    records, assembly = planned.records, Assembly(planned, datacentre)
    network_cost = add_costs([link.cost for link in network.links] + [p.cost for p in network.concentration_points])
    boxes = add_costs([place.cost for place in conference.bridges] if conference else [])
    return Plan(
        version=version,
        province=records.province.id,
        name=records.province.name,
        digest=records.digest,
        scenarios=tuple(
            ScenarioUse(
                id=use.scenario.id,
                name=use.scenario.name,
                why=use.scenario.why,
                committed=use.scenario.committed,
                over=use.scenario.over,
                values=sum(len(patch.values) for patch in use.patches),
            )
            for use in records.scenarios
        ),
        core=planned.core,
        core_place=core_place(planned),
        domain=records.province.domain,
        network=network,
        datacentre=datacentre.part,
        machines=assembly.machines,
        segments=assembly.segments(),
        zones=assembly.zone_plans(),
        flows=assembly.flow_plans(),
        services=assembly.services(),
        slice_machines=assembly.slice_machines(),
        costs=CostSummary(
            network=network_cost,
            datacentre=datacentre.cost,
            conference=boxes,
            total=_sum(network_cost, datacentre.cost, boxes),
            horizon_years=records.money.horizon_years,
            discount_rate=records.money.discount_rate.value,
        ),
        proofs=proofs,
        verdict=verdict,
        assumptions=tuple(
            Assumption(where=a.where, what=a.what, value=a.value, reason=a.reason) for a in assumptions(records)
        ),
        findings=findings,
        conference=conference,
        carriers={carrier.id: carrier.name for carrier in records.carriers},
        sources=tuple(Citation(id=s.id, title=s.title, where=s.where, licence=s.licence) for s in records.sources),
        policy=limits_of(records),
    )


def limits_of(records: Records) -> dict[str, float]:
    """Return the limits that tests and reports need."""
    return {
        "max_occupancy": records.network_policy.max_occupancy.value,
        "warn_occupancy": records.network_policy.warn_occupancy.value,
        "warn_share": records.placement.warn_share.value,
        "full_share": records.placement.full_share.value,
    }


def _sum(*costs: Cost) -> Cost:
    return add_costs(list(costs))
