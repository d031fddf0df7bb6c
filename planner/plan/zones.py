"""Segments, zones and allowed flows of the plan."""

from typing import Literal

from planner.plan.part import Part
from topology.schema.base import Id, InterfaceName, Name


class Segment(Part):
    """A layer-2 segment with its subnet."""

    id: Id
    """`seg-dmz`, `seg-wan`, `seg-05083-lan`."""
    zone: InterfaceName
    """Zone it belongs to."""
    site: Id
    """Where it is."""
    vlan: int
    """802.1Q id."""
    vrf: Literal["tslcd", "internet", "mgmt"]
    """Routing instance."""
    prefix: str
    """IPv4 prefix."""
    gateway: str | None
    """Address of the default gateway, if there is one."""


class ZonePlan(Part):
    """A security zone with all its prefixes."""

    id: InterfaceName
    """Zone."""
    name: Name
    """For reports."""
    kind: str
    """As in `topology.schema.services.Zone.kind`."""
    prefixes: tuple[str, ...]
    """All prefixes, sorted."""
    interface: InterfaceName | None
    """The firewall's interface that leads there."""
    separation: Literal["logical", "physical"]
    """How it is kept apart."""


class FlowPlan(Part):
    """An allowed flow with its addresses."""

    id: Id
    """As in the records."""
    source: InterfaceName
    """Zone."""
    destination: InterfaceName
    """Zone."""
    source_addresses: tuple[str, ...]
    """Prefixes or addresses; empty means all of the zone."""
    destination_addresses: tuple[str, ...]
    """Prefixes or addresses; empty means all of the zone."""
    protocol: Literal["tcp", "udp", "icmp"]
    """Transport."""
    ports: tuple[int, ...]
    """Destination ports."""
    purpose: str
    """Why it is allowed."""
    max_connections: int | None = None
    """Limit of concurrent connections per source."""
