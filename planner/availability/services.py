"""How often each service runs: its machines N of M in the data centre, and at a site its path too.

    service up            =  ⋀ workloads ( at least count − spare of its machines )
    virtual machine up    =  its software ∧ host ∧ rack ∧ room         appliance up  =  itself ∧ rack ∧ room
    room up               =  its power and cooling ∧ for a room away from the core the path of its site to the core
    service up at a site  =  service ∧ site's path to the core

A host or rack is down until its machines run again elsewhere, which the plan guarantees. A flood zone that a room
stands in is one element with the ducts of that zone.
"""

from collections.abc import Mapping

from planner.availability.assess import assess
from planner.availability.estimate import DIGITS, Estimate
from planner.availability.structure import Structure, at_least, elements, every
from planner.plan import Availability, Machine, Plan, ServiceAvailability, ServiceLoad, WorstSite
from topology.model import Records
from topology.order import natural_key
from topology.schema.services import Service, Workload

CLASSES = ("department", "district", "commune")


class Centre:
    """Structures of the data centre's services."""

    def __init__(self, plan: Plan, records: Records, estimate: Estimate) -> None:
        self.plan, self.records = plan, records
        self.estimate, self.elements = estimate, estimate.elements
        self.machines: dict[str, Machine] = {machine.id: machine for machine in plan.machines}
        self.room_of = {rack.id: room for room in records.rooms for rack in room.racks}

    def machine(self, machine: Machine) -> Structure:
        """Return what one machine needs."""
        one = self.elements.one
        kind = "machine" if machine.form == "vm" else "appliance"
        parts: list[Structure] = [one(kind, machine.id)]
        if machine.host:
            parts.append(one("host", machine.host))
        if machine.rack:
            room = self.room_of[machine.rack]
            parts += [one("rack", machine.rack), one("room", room.id)]
            if room.flood_zone:
                parts.append(one("flood", room.flood_zone))
            if room.site != self.plan.core:
                parts.append(self.estimate.planned(room.site))
        return every(parts)

    def names(self, workload: Workload) -> list[str]:
        """Return the machines of a workload in the plan."""
        if workload.machines:
            return [name for name in workload.machines if name in self.machines]
        split = {name: name.rpartition("-") for name in self.machines}
        own = [name for name, (stem, _, number) in split.items() if stem == workload.id and number.isdigit()]
        return sorted(own, key=natural_key)

    def service(self, service: Service) -> Structure:
        """Return what a service needs in the data centre; one without machines there needs nothing."""
        parts = []
        for workload in service.workloads:
            machines = [self.machine(self.machines[name]) for name in self.names(workload)]
            parts.append(at_least(max(1, len(machines) - workload.spare), machines))
        return every(parts)


def services(plan: Plan, records: Records, sites: Mapping[str, Availability]) -> tuple[ServiceLoad, ...]:
    """Return the plan's services with their availability."""
    estimate = Estimate(plan.network, records)
    centre = Centre(plan, records, estimate)
    by_id = {service.id: service for service in records.services}
    worst = worst_sites(records, sites)
    found = []
    for load in plan.services:
        structure = centre.service(by_id[load.id])
        share = assess(structure, centre.elements.up)
        asked = {site_class for traffic in by_id[load.id].traffic for site_class in traffic.site_classes}
        at = []
        for site_class in CLASSES:
            if site_class in asked and site_class in worst:
                site = worst[site_class]
                both = assess(every([structure, estimate.planned(site)]), centre.elements.up)
                at.append(WorstSite(site_class=site_class, site=site, share=round(both.share, DIGITS)))
        found.append(
            load.model_copy(
                update={
                    "availability": ServiceAvailability(
                        centre=round(share.share, DIGITS) if elements(structure) else None,
                        low=round(share.low, DIGITS),
                        high=round(share.high, DIGITS),
                        method=share.method,
                        at=tuple(at),
                        weakest=estimate.weakest(structure, share) if elements(structure) else (),
                    )
                }
            )
        )
    return tuple(found)


def worst_sites(records: Records, sites: Mapping[str, Availability]) -> dict[str, str]:
    """Return class → the site that reaches the core least often."""
    found: dict[str, str] = {}
    for site in records.sites:
        if site.id in sites and site.id != records.province.core:
            before = found.get(site.site_class)
            if before is None or sites[site.id].share < sites[before].share:
                found[site.site_class] = site.id
    return found
