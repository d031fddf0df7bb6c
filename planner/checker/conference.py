"""Checks the bridges: who is served where, seats in every hour, spares, what lines carry, who loses a meeting, money.

Own code throughout: endpoints are counted site by site, never by the planner's groups.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from planner.checker.network import SLACK_MBPS, Examined, present_value
from planner.checker.violation import Violation
from planner.plan import Plan
from topology.model import Network, Records, SiteDemand
from topology.schema.geography import Site
from topology.schema.services import Conference

Endpoint = tuple[str, str, str, float]
"""Tree, site, place that serves it, Mbit/s."""


class Meetings:
    """Every endpoint of every tree with its place, as the plan says."""

    def __init__(self, plan: Plan, records: Records) -> None:
        self.plan, self.records = plan, records
        self.core = records.province.core
        self.trees = {tree.id: tree for tree in records.conferences}
        self.sites = {site.id: site for site in records.sites}
        self.homes: Mapping[str, str] = plan.conference.homes if plan.conference else {}
        self.named: set[str] = set()
        self.endpoints: list[Endpoint] = []
        for tree in records.conferences:
            for site in records.sites:
                if self._attends(tree, site):
                    name = self.group(tree, site)
                    self.named.add(name)
                    rate = tree.endpoint_mbps[site.site_class].value
                    self.endpoints.append((tree.id, site.id, self.homes.get(name, self.core), rate))
        together = [tree.id for tree in records.conferences if tree.concurrent]
        self.hours = {"concurrent": together} if together else {}
        self.hours |= {tree.id: [tree.id] for tree in records.conferences if not tree.concurrent}

    def _attends(self, tree: Conference, site: Site) -> bool:
        if tree.root == site.id:
            return True
        local = self.sites[tree.root].site_class == "district"
        return site.site_class in tree.members and (not local or site.district == tree.root)

    def group(self, tree: Conference, site: Site) -> str:
        """Return the name under which the plan gives the endpoint's home."""
        if site.site_class == "commune" and site.id != tree.root:
            return f"{tree.id}:{site.district}:communes"
        return f"{tree.id}:{site.id}"

    def joined(self, trees: list[str]) -> Iterator[tuple[str, str]]:
        """Give (tree, place) for each stream between a bridge away and the core's."""
        for tree in trees:
            at = {place for name, _, place, _ in self.endpoints if name == tree}
            if len(at) > 1:
                yield from ((tree, place) for place in sorted(at - {self.core}))

    def carried(self, trees: list[str]) -> dict[str, float]:
        """Return site → Mbit/s each way on its line while the trees meet."""
        found: dict[str, float] = defaultdict(float)
        for tree, site, place, rate in self.endpoints:
            if tree in trees and site != place:
                found[site] += rate
                found[place] += rate
        for tree, place in self.joined(trees):
            leg = self.trees[tree].cascade_mbps
            found[place] += leg.value if leg else 0.0
        found.pop(self.core, None)
        return dict(found)

    def seats(self, place: str, trees: list[str]) -> Fraction:
        """Return what the bridges of a place serve, in bridges."""
        taken: Counter[str] = Counter(tree for tree, _, at, _ in self.endpoints if tree in trees and at == place)
        for tree, at in self.joined(trees):
            taken[tree] += int(place in (at, self.core))
        return sum((Fraction(n, self.trees[t].bridge_capacity.value) for t, n in taken.items()), Fraction())

    def core_need(self, spare: int) -> int:
        """Return the bridges that the core needs, those for endpoints of failed bridges away included."""
        need = 0
        for trees in self.hours.values():
            here = self.seats(self.core, trees)
            need = max(need, math.ceil(here) + spare if here else 0)
            for place, count in self.boxes().items():
                displaced = self.seats(place, trees) - max(count - spare, 0) if spare else Fraction()
                need = max(need, math.ceil(here + max(displaced, Fraction())))
        return max(need, spare)

    def boxes(self) -> dict[str, int]:
        """Return place away from the core → bridges of the plan."""
        places = self.plan.conference.bridges if self.plan.conference else ()
        return {place.site: len(place.machines) for place in places if place.site != self.core}


def spare_of(records: Records) -> int | None:
    """Return how many bridges may fail at once; None where no workload holds bridges."""
    found = [
        w.sizing.parameters["spare_bridges"].value
        for service in records.services
        for w in service.workloads
        if w.sizing and w.sizing.kind == "conference"
    ]
    return round(max(found)) if found else None


def verify_conference(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations; `network` has the demands that follow from the plan."""
    records = network.records
    if plan.conference is None:
        return 1, [Violation("conference", "all", "has no bridges")] if records.conferences else []
    meetings = Meetings(plan, records)
    violations = [*_homes(meetings), *_machines(meetings)]
    if not violations:
        violations = [*_seats(meetings), *_lines(meetings, network), *_told(meetings), *_money(meetings)]
        violations += _busy_hours(meetings, network)
    return 4 * len(meetings.endpoints) + len(plan.network.links) * len(meetings.hours), violations


def _homes(m: Meetings) -> Iterator[Violation]:
    """Every home is a site that may hold bridges of that tree."""
    bridge = m.records.bridge
    moving = {small.site for small in m.records.small_data_centres}
    for name in sorted(set(m.homes) - m.named):
        yield Violation("conference", name, "is no group of endpoints")
    for tree_id, site, place, _ in m.endpoints:
        tree = m.trees[tree_id]
        if place == m.core:
            communes = m.sites[site].site_class == "commune" and site != tree.root
            if tree.cascade == "required" and communes:
                yield Violation("conference", tree_id, f"{site} is served at the core, its tree must cascade")
            continue
        home = m.sites.get(place)
        allowed = bridge is not None and tree.cascade != "no" and tree.cascade_mbps is not None and site != m.core
        if home is None or not allowed or bridge is None or home.site_class not in bridge.places or place in moving:
            yield Violation("conference", tree_id, f"{site} is served at {place}, where no bridge of it may stand")


def _machines(m: Meetings) -> Iterator[Violation]:
    """Find every bridge among the machines of the plan, named once, at its place."""
    assert m.plan.conference is not None
    known = {machine.id: machine for machine in m.plan.machines}
    named: list[str] = []
    for place in m.plan.conference.bridges:
        named += place.machines
        for name in place.machines:
            if name not in known or (known[name].role, known[name].site) != ("conference", place.site):
                yield Violation("machine", name, f"is no bridge at {place.site}")
    if len(set(named)) != len(named):
        yield Violation("conference", "bridges", "a bridge is named twice")
    for machine in m.plan.machines:
        if machine.role == "conference" and machine.site != m.core and machine.id not in named:
            yield Violation("machine", machine.id, "is a bridge that nobody needs")


def _seats(m: Meetings) -> Iterator[Violation]:
    """Everyone has a seat in every hour, and again after the loss of as many bridges of one place as may fail."""
    assert m.plan.conference is not None
    spare = spare_of(m.records)
    count = {place.site: len(place.machines) for place in m.plan.conference.bridges}
    for hour, trees in m.hours.items():
        core = m.seats(m.core, trees)
        if spare is not None and core > max(0, count.get(m.core, 0) - spare):
            yield Violation(
                "conference", hour, f"{float(core):.2f} bridges' worth of seats at the core, {spare} may fail"
            )
        for place in {at for tree, _, at, _ in m.endpoints if tree in trees} - {m.core}:
            here, lost = m.seats(place, trees), spare or 0
            if here > count.get(place, 0):
                yield Violation("conference", hour, f"{float(here):.2f} bridges' worth of seats at {place}")
            displaced = max(Fraction(), here - max(0, count.get(place, 0) - lost)) if lost else Fraction()
            if displaced and core + displaced > count.get(m.core, 0):
                yield Violation("conference", hour, f"the core has no seats for those of a failed bridge at {place}")


def _lines(m: Meetings, network: Network) -> Iterator[Violation]:
    """Count the busiest hour of each site again: it is what its line is planned to carry."""
    busiest: dict[str, float] = defaultdict(float)
    for trees in m.hours.values():
        for site, rate in m.carried(trees).items():
            busiest[site] = max(busiest[site], rate)
    for site, demand in network.demands.items():
        planned = sum(ways[0] for tree, ways in demand.by_service.items() if tree in m.trees)
        if abs(planned - busiest.get(site, 0.0)) > SLACK_MBPS:
            yield Violation(
                "site", site, f"{planned:g} Mbit/s of pictures planned, its busiest hour has {busiest[site]:g}"
            )
    told = {site.id: site.demand_by_class_mbps.get("af41", 0.0) for site in m.plan.network.sites}
    for site, rate in busiest.items():
        if told.get(site, 0.0) + SLACK_MBPS < rate:
            yield Violation("site", site, f"the plan says {told.get(site, 0.0):g} Mbit/s of pictures, found {rate:g}")


def _told(m: Meetings) -> Iterator[Violation]:
    """Count hours and trees again."""
    part = m.plan.conference
    assert part is not None
    if {hour: sorted(trees) for hour, trees in part.hours.items()} != {h: sorted(t) for h, t in m.hours.items()}:
        yield Violation("conference", "hours", "are not those of the records")
    for hour, trees in m.hours.items():
        places = len({site for tree, site, _, _ in m.endpoints if tree in trees})
        if part.places.get(hour) != places:
            yield Violation("conference", hour, f"has {places} places, the plan says {part.places.get(hour)}")
    for told in part.trees:
        own = [endpoint for endpoint in m.endpoints if endpoint[0] == told.tree]
        legs = [m.trees[tree].cascade_mbps for tree, _ in m.joined([told.tree])]
        core = sum(rate for _, _, place, rate in own if place == m.core) + sum(leg.value for leg in legs if leg)
        flat = sum(rate for *_, rate in own)
        if (
            told.endpoints != len(own)
            or abs(told.core_mbps - core) > SLACK_MBPS
            or abs(told.flat_mbps - flat) > SLACK_MBPS
        ):
            yield Violation(
                "conference", told.tree, f"{len(own)} endpoints, {core:g} Mbit/s at the core, {flat:g} flat"
            )


def _money(m: Meetings) -> Iterator[Violation]:
    part, bridge, money = m.plan.conference, m.records.bridge, m.records.money
    assert part is not None
    total = 0
    for place in part.bridges:
        count = 0 if place.site == m.core else len(place.machines)
        once = month = 0
        if bridge is not None and count:
            hours = 365 * 24 / 12
            once = bridge.price_vnd.value
            month = round(bridge.support_vnd_per_year.value / 12)
            month += round(bridge.power_w.value / 1000 * hours * money.energy_vnd_per_kwh.value)
        value = count * present_value(once, month, money.discount_rate.value, money.horizon_years)
        told = place.cost
        slack = count * (2 + month * 1e-6)
        if (told.one_off_vnd, told.monthly_vnd) != (count * once, count * month) or abs(
            told.present_value_vnd - value
        ) > slack:
            yield Violation(
                "conference", place.site, f"bridges cost {told.present_value_vnd} VND, the records say {value:.0f}"
            )
        total += told.present_value_vnd
    if total != m.plan.costs.conference.present_value_vnd:
        yield Violation("cost", "conference", f"sums to {total}, not {m.plan.costs.conference.present_value_vnd}")


def _busy_hours(m: Meetings, network: Network) -> Iterator[Violation]:
    """Put each hour on the planned network: no link too full in any survived state, no access too full of pictures."""
    limit = m.records.network_policy.max_occupancy.value
    for hour, trees in m.hours.items():
        carried = m.carried(trees)
        demands: dict[str, SiteDemand] = {}
        for name, demand in network.demands.items():
            planned = sum(ways[0] for tree, ways in demand.by_service.items() if tree in m.trees)
            change = carried.get(name, 0.0) - planned
            demands[name] = replace(demand, down_mbps=demand.down_mbps + change, up_mbps=demand.up_mbps + change)
        held = Examined(m.plan.network, replace(network, demands=demands))
        for state in [None, *held.states]:
            loads, _ = held.loads(state)
            for element, ways in loads.items():
                link = held.links.get(element)
                if link and max(ways) > limit * link.capacity_mbps + SLACK_MBPS:
                    name = state.id if state else "normal"
                    yield Violation(
                        "link", element, f"{max(ways):.1f} of {link.capacity_mbps:g} in hour {hour}, {name}"
                    )
        for site in m.plan.network.sites:
            access = held.links.get(site.primary.links[0])
            share = m.records.classes[site.site_class].realtime_share_max.value
            voice = max(demands[site.id].by_class.get("ef", (0.0, 0.0)))
            if access and voice + carried.get(site.id, 0.0) > share * access.capacity_mbps + SLACK_MBPS:
                yield Violation("site", site.id, f"voice and pictures take too much of its access in hour {hour}")
