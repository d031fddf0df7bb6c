"""Busy-hour demand of every site, per class of service and per service.

Traffic entries give rate × units × concurrency. Pictures and sound of videoconference endpoints come from the trees of
`videoconference.yaml` alone: each tree that counts towards the busiest hour adds one endpoint at its root and at each
of its members. Bridges stand at the core, so an endpoint's streams are demand between its site and the core.
"""

from topology.model import Records, SiteDemand
from topology.schema.base import ServiceClass
from topology.schema.geography import Site
from topology.schema.services import Conference, Traffic

VIDEO_CLASS: ServiceClass = "af41"
"""Class of service of videoconference media (RFC 4594)."""


def takes_part(tree: Conference, site: Site) -> bool:
    """Tell whether a site has an endpoint in a conference: its root, and every site of its members' classes."""
    return site.id == tree.root or site.site_class in tree.members


def endpoints(records: Records, site: Site) -> int:
    """Videoconference endpoints at a site in the busiest hour."""
    return sum(1 for tree in records.conferences if tree.concurrent and takes_part(tree, site))


def units(records: Records, site: Site, traffic: Traffic) -> float:
    """Return what a traffic entry's rate is multiplied by at a site."""
    match traffic.per:
        case "site":
            return 1.0
        case "official":
            return float(site.officials)
        case "workstation":
            return site.officials * records.figures["workstations_per_official"]
        case "endpoint":
            return float(endpoints(records, site))
        case "thousand-people":
            return site.population / 1000


def site_demand(records: Records, site: Site) -> SiteDemand:
    """Add up everything that a site exchanges with the core in the busy hour, Mbit/s."""
    by_class: dict[ServiceClass, tuple[float, float]] = {}
    by_service: dict[str, tuple[float, float]] = {}

    def add(service: str, service_class: ServiceClass, down: float, up: float) -> None:
        before = by_class.get(service_class, (0.0, 0.0))
        by_class[service_class] = (before[0] + down, before[1] + up)
        before = by_service.get(service, (0.0, 0.0))
        by_service[service] = (before[0] + down, before[1] + up)

    for service in records.services:
        for traffic in service.traffic:
            if site.site_class in traffic.site_classes and (not traffic.sites or site.id in traffic.sites):
                active = units(records, site, traffic) * traffic.concurrency.value
                down, up = active * traffic.down_mbps.value, active * traffic.up_mbps.value
                add(service.id, traffic.service_class, down, up)
    for tree in records.conferences:
        if tree.concurrent and takes_part(tree, site):
            rate = tree.endpoint_mbps[site.site_class].value
            add(tree.id, VIDEO_CLASS, rate, rate)
    down = sum(rates[0] for rates in by_class.values())
    up = sum(rates[1] for rates in by_class.values())
    return SiteDemand(site.id, round(down, 6), round(up, 6), _rounded(by_class), _rounded(by_service))


def _rounded[Key](rates: dict[Key, tuple[float, float]]) -> dict[Key, tuple[float, float]]:
    return {key: (round(down, 6), round(up, 6)) for key, (down, up) in sorted(rates.items(), key=lambda i: str(i[0]))}


def demands(records: Records) -> dict[str, SiteDemand]:
    """Demand of every point of the network, in order of id: neither the core nor a mere place has one."""
    core = records.province.core
    points = (site for site in records.sites if site.id != core and site.site_class != "place")
    return {site.id: site_demand(records, site) for site in points}
