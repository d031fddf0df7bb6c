"""Every machine of the plan with its name, addresses and peers, in the data centre and at the sites."""

from planner.conference.answer import box_names
from planner.datacentre.answer import DataCentreAnswer, Standing
from planner.datacentre.workloads import Group
from planner.plan import Interface, Machine, Why
from topology.addresses import AddressPlan
from topology.candidates import short
from topology.model import Network as Planned
from topology.model import Records
from topology.order import natural_key
from topology.schema.geography import Site
from topology.schema.services import Zone

FIREWALL, GATEWAY, CLIENT = "firewall", "gateway", "client"
FIRST_BRIDGE = 2
"""Host number of the first bridge in a site's network for conferences; 1 is the gateway."""


class Machines:
    """The machines in natural order, and what names and addresses them."""

    def __init__(self, planned: Planned, datacentre: DataCentreAnswer) -> None:
        self.planned = planned
        self.records: Records = planned.records
        self.addresses = AddressPlan(self.records)
        self.zones: dict[str, Zone] = {zone.id: zone for zone in self.records.zones}
        self.core_zones = [zone for zone in self.records.zones if zone.kind != "site"]
        self.site_zones = [zone for zone in self.records.zones if zone.kind == "site"]
        self.wan = next(zone for zone in self.core_zones if zone.kind == "wan")
        self.sites = [site for site in self.records.sites if site.id in planned.demands]
        self.datacentre = datacentre
        self.all = self._machines()

    def _fqdn(self, name: str) -> str:
        return f"{name}.{self.records.province.domain}"

    def _machines(self) -> tuple[Machine, ...]:
        found = [self._machine(name, standing) for name, standing in self.datacentre.standing.items()]
        found += [self._site_gateway(site) for site in self.sites]
        found += self._bridges()
        lab = set(self.records.slice.sites)
        found += [self._client(site) for site in self.sites if site.id in lab]
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
            site=group.site,
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
                    segment=segment_of(zone, site),
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
        for site in self.sites:
            prefix = self.addresses.function_prefix(site.id, zone.function or "lan")
            for number, name in enumerate(names.get(site.id, ()), start=FIRST_BRIDGE):
                leg = Interface(
                    segment=segment_of(zone, site),
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
            segment=segment_of(zone, site),
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


def segment_of(zone: Zone, site: Site) -> str:
    """Return the id of the segment of a site's network."""
    return f"seg-{short(site.id)}-{zone.function or 'lan'}"


def _company(group: Group) -> dict[str, str]:
    """Return what a group stands beside, for its reason."""
    return {"beside": ", ".join(f"{other} ({within})" for other, within in group.beside)} if group.beside else {}
