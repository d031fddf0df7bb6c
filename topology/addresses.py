"""The address plan: a /16 divided by rule, so that a new site or machine never moves another one.

    block 0          data centre: sixteen /24, one for each zone by its slot
    blocks 1 … 10    districts by their slot: 32 × /25, one for each site by its slot
    blocks 11, 12    departments: 64 × /25
    blocks 13 … 15   one of them, by the slot of the zone of kind `wan`: each site gateway has its own number

Each block is a /20. A site's /25 has five parts, taken by the slots of the zones of kind `site`: a /26 at .0, and four
/28 at .64, .80, .96 and .112; so LAN, videoconference, management and voice stand in the same part of every site.
All slots stand in the records, are given once and kept for ever.
"""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

from topology.model import Records
from topology.schema.geography import Site
from topology.schema.services import Workload, Zone

GATEWAY, FIRST_FIREWALL = 1, 2
FIRST_GATEWAY = 48
"""Host number on the wan from which site gateways count: below are the firewalls and what stands beside them."""
DEPARTMENT_BLOCK = 11
WAN_BLOCKS = (13, 14, 15)
SITES_PER_BLOCK = 32
PARTS = ((0, 26), (64, 28), (80, 28), (96, 28), (112, 28))
"""Slot of a `site` zone → (offset in each site's /25, prefix length)."""


def slot_limit(site: Site) -> int:
    """Return the number of address slots that sites of this class have in their block."""
    slots = {"department": 2 * SITES_PER_BLOCK, "commune": SITES_PER_BLOCK}
    return slots.get(site.site_class, 1)


@dataclass(frozen=True)
class AddressPlan:
    """Addresses, computed from the records' slots alone."""

    records: Records

    @cached_property
    def block(self) -> IPv4Network:
        """The province's /16."""
        return IPv4Network(self.records.province.address_block)

    @cached_property
    def _sites(self) -> dict[str, Site]:
        return {site.id: site for site in self.records.sites}

    @cached_property
    def _slots(self) -> dict[str, int]:
        return {zone.function: zone.address_slot for zone in self.records.zones if zone.function}

    def _slash20(self, number: int) -> IPv4Network:
        return IPv4Network((int(self.block.network_address) + number * 4096, 20))

    def place(self, site: str) -> tuple[int, int]:
        """Return (block, slot) of a site; a district is slot 0 of its own block, its communes start at 1."""
        record = self._sites[site]
        if record.site_class == "core":
            return 0, 0
        if record.site_class == "district":
            return record.address_slot, 0
        if record.site_class == "department":
            extra, slot = divmod(record.address_slot, SITES_PER_BLOCK)
            return DEPARTMENT_BLOCK + extra, slot
        district = self._sites[record.district or ""]
        return district.address_slot, record.address_slot

    def site_prefix(self, site: str) -> IPv4Network:
        """Return the /25 of a site; the core has none."""
        block, slot = self.place(site)
        return IPv4Network((int(self._slash20(block).network_address) + slot * 128, 25))

    def function_prefix(self, site: str, function: str) -> IPv4Network:
        """Return the network of a site for one function: lan, vc, mgmt, voice; KeyError when no zone has it."""
        offset, length = PARTS[self._slots[function]]
        return IPv4Network((int(self.site_prefix(site).network_address) + offset, length))

    def wan_prefix(self) -> IPv4Network:
        """Return the /20 that joins all site gateways and the firewalls; StopIteration when there is no wan zone."""
        return self._slash20(next(zone.address_slot for zone in self.records.zones if zone.kind == "wan"))

    def wan_address(self, site: str) -> IPv4Address:
        """Return the address of a site's gateway on the wan."""
        block, slot = self.place(site)
        return self.wan_prefix().network_address + (block - 1) * SITES_PER_BLOCK + slot + FIRST_GATEWAY

    def zone_prefix(self, zone: Zone) -> IPv4Network:
        """Return the /24 of a zone in the data centre, or the wan's /20."""
        if zone.kind == "wan":
            return self.wan_prefix()
        return IPv4Network((int(self.block.network_address) + zone.address_slot * 256, 24))

    def zone_prefixes(self, zone: Zone) -> tuple[IPv4Network, ...]:
        """Return all prefixes of a zone: a `site` zone has one for each site."""
        if zone.kind != "site":
            return (self.zone_prefix(zone),)
        function = zone.function or "lan"
        points = (site.id for site in self.records.sites if site.site_class not in ("core", "place"))
        return tuple(sorted(self.function_prefix(site, function) for site in points))

    def gateway(self, zone: Zone) -> IPv4Address:
        """Return the virtual address of the firewall pair in a zone."""
        return self.zone_prefix(zone).network_address + GATEWAY

    def firewall(self, zone: Zone, member: int) -> IPv4Address:
        """Return the address of one member of the firewall pair in a zone, counted from 0."""
        return self.zone_prefix(zone).network_address + FIRST_FIREWALL + member

    def machine(self, workload: Workload, zone: Zone, number: int) -> IPv4Address:
        """Return the address of a workload's machine, counted from 0."""
        return self.zone_prefix(zone).network_address + workload.address_offset + number
