"""Busy-hour demand of every site, per class of service and per service.

Traffic entries give rate × units × concurrency. Pictures and sound of videoconference endpoints come from the trees of
`videoconference.yaml` alone, in the hour that loads the site's line most; where the bridges stand decides what that is
(`topology.conference`). Users of servers that have moved in reach them over their agency's line. What the machines of
a room away from the core send and receive goes over the lines of its site: the firewall stands at the core.
"""

from collections.abc import Mapping
from dataclasses import replace

from topology.conference import busiest, endpoints
from topology.model import FLAT, Hosting, Network, Records, SiteDemand
from topology.schema.base import ServiceClass
from topology.schema.geography import Site
from topology.schema.services import Service, Traffic

VIDEO_CLASS: ServiceClass = "af41"
"""Class of service of videoconference media (RFC 4594)."""
AGENCY_CLASS: ServiceClass = "af21"
"""Class of service of the users of an agency's own servers."""


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


def room_class(service: Service) -> ServiceClass:
    """Class of service of what a service's machines away from the core exchange with it: that of its first traffic."""
    return service.traffic[0].service_class if service.traffic else AGENCY_CLASS


def site_demand(records: Records, site: Site, pictures: Mapping[str, float], hosting: Hosting) -> SiteDemand:
    """Add up everything that a site exchanges with the core in the busy hour, Mbit/s.

    `pictures` is what each tree puts on its line.
    """
    moved = hosting.moved or frozenset()
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
    for tree, rate in pictures.items():
        add(tree, VIDEO_CLASS, rate, rate)
    for small in records.small_data_centres:
        if small.id in moved and small.site == site.id:
            rate = small.servers_max.value * small.vm.network_mbps.value
            add(small.id, AGENCY_CLASS, rate, rate)
    for service in records.services if hosting.stands else ():
        for workload in service.workloads:
            if hosting.stands.get(workload.id) == site.id:
                rate = hosting.stands_mbps[workload.id]
                add(service.id, room_class(service), rate, rate)
    down = sum(rates[0] for rates in by_class.values())
    up = sum(rates[1] for rates in by_class.values())
    return SiteDemand(site.id, round(down, 6), round(up, 6), _rounded(by_class), _rounded(by_service))


def _rounded[Key](rates: dict[Key, tuple[float, float]]) -> dict[Key, tuple[float, float]]:
    return {key: (round(down, 6), round(up, 6)) for key, (down, up) in sorted(rates.items(), key=lambda i: str(i[0]))}


def demands(records: Records, hosting: Hosting = FLAT) -> dict[str, SiteDemand]:
    """Demand of every point of the network, in order of id: neither the core nor a mere place has one."""
    pictures = busiest(records, hosting)
    return {
        site.id: site_demand(records, site, pictures[site.id][1] if site.id in pictures else {}, hosting)
        for site in records.sites
        if site.id != records.province.core and site.site_class != "place"
    }


def hosted(network: Network, hosting: Hosting) -> Network:
    """Return the network with bridges and servers elsewhere, and the demands that follow."""
    return replace(network, hosting=hosting, demands=demands(network.records, hosting))
