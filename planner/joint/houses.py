"""Data centres placed to weigh decisions, site by site: no machine, rack or loss of one site is shared with another.

    H(machines)  =  Σ_s H_s(machines at s)

Only a licence counts hosts wherever they stand; machines of one licence at several sites are placed together. What has
been placed once, for whatever choice, is known.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.datacentre.hardware import Hardware
from planner.datacentre.known import Known
from planner.datacentre.search import Placed
from planner.datacentre.workloads import Group
from planner.errors import PlanningError
from planner.limits import Limits, Watch, silent
from planner.plan import House, Standing
from topology.model import Records
from topology.order import natural

QUICK, ROUNDS = 0.02, 1
"""Effort and purchases of one placement: what is not settled by then keeps its bound."""


@dataclass(frozen=True, slots=True)
class Housed:
    """One data centre: cost, bound, hosts."""

    cost_vnd: int
    bound_vnd: int
    hosts: int
    standing: House
    """What stands where."""


class Houses:
    """Places machines and remembers it."""

    def __init__(self, records: Records, limits: Limits, known: Known | None = None) -> None:
        self.records, self.limits, self.known = records, limits, known or Known()
        self.hardware = Hardware(records)
        self.sites = natural({room.site for room in records.rooms})
        self._at: dict[str, Hardware] = {}
        self._known: dict[object, Housed | PlanningError] = {}

    def housed(self, groups: Sequence[Group], watch: Watch) -> Housed:
        """Place machines within a short effort.

        Raises
        ------
        PlanningError
            What `planner.datacentre.search.place` raises.

        """
        if len(self.sites) == 1 or self._licence_joins(groups):
            return self._remembered("", self.hardware, groups, watch)
        parts = []
        for site in self.sites:
            here = [group for group in groups if (group.site or self.records.province.core) == site]
            hardware = self._hardware(site)
            if here or hardware.existing:
                parts.append(self._remembered(site, hardware, here, watch))
        return _sum(parts)

    def _licence_joins(self, groups: Sequence[Group]) -> bool:
        sites: dict[str, set[str]] = {}
        for group in groups:
            if group.licence:
                sites.setdefault(group.licence, set()).add(group.site)
        return any(len(there) > 1 for there in sites.values())

    def _hardware(self, site: str) -> Hardware:
        """Return the rooms of one site as a data centre of their own."""
        if site not in self._at:
            rooms = tuple(room for room in self.records.rooms if room.site == site)
            racks = {rack.id for room in rooms for rack in room.racks}
            hosts = tuple(host for host in self.records.existing_hosts if host.rack in racks)
            self._at[site] = Hardware(replace(self.records, rooms=rooms, existing_hosts=hosts))
        return self._at[site]

    def _remembered(self, site: str, hardware: Hardware, groups: Sequence[Group], watch: Watch) -> Housed:
        key = (site, tuple(map(_what_counts, groups)))
        if key not in self._known:
            try:
                self._known[key] = self._placed(hardware, groups, watch)
            except PlanningError as error:
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, PlanningError):
            raise known
        return known

    def _placed(self, hardware: Hardware, groups: Sequence[Group], watch: Watch) -> Housed:
        quick = Watch(replace(self.limits, effort=QUICK * self.limits.effort), watch.started)
        placed = self.known.place(hardware, groups, self.limits, silent, quick, ROUNDS)
        return Housed(placed.objective_vnd, placed.bound_vnd, len(placed.slots), _standing(placed, groups))


def _what_counts(group: Group) -> Group:
    """Return a group without what makes no difference to its placement."""
    return replace(group, sizing=(), fullness=0.0, whole=0.0, need=group.need if group.form == "vm" else ())


def _standing(placed: Placed, groups: Sequence[Group]) -> House:
    of = {name: group.id for group in groups for name in group.names}
    hosts = Counter((slot.model, slot.rack) for slot in placed.slots.values())
    boxes = Counter((of[name], rack) for name, rack in placed.appliances.items())
    counted = (
        tuple(Standing(kind=kind, rack=rack, number=number) for (kind, rack), number in sorted(found.items()))
        for found in (hosts, boxes)
    )
    return House(hosts=next(counted), boxes=next(counted), present_value_vnd=placed.objective_vnd)


def _sum(parts: Sequence[Housed]) -> Housed:
    """Put the data centres of several sites together."""
    cost = sum(part.cost_vnd for part in parts)
    hosts, boxes = (
        tuple(sorted((one for part in parts for one in getattr(part.standing, kind)), key=lambda s: (s.kind, s.rack)))
        for kind in ("hosts", "boxes")
    )
    house = House(hosts=hosts, boxes=boxes, present_value_vnd=cost)
    return Housed(cost, sum(part.bound_vnd for part in parts), sum(part.hosts for part in parts), house)
