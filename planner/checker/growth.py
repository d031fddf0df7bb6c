"""Demands of later years, computed again: rates, pools, appliances, and links in every survived state."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.checker.examined import RESOURCES, Examined
from planner.checker.sizes import needed_of_ratings
from planner.checker.trends import When, factors
from planner.plan import Plan
from topology.model import Network

Vector = NDArray[np.float64]
"""One number for each point in time."""


class Grown:
    """Needs at several points in time at once."""

    def __init__(self, plan: Plan, network: Network, times: Sequence[When]) -> None:
        self.plan, self.network, self.seen = plan, network, Examined(plan, network.records)
        self.times = times
        services = network.records.services
        self.factor: dict[str, Vector] = {
            service.id: factors(plan, service, network.records.province.plan_year, times) for service in services
        }
        self.one: Vector = np.ones(len(times))

    def pool(self, machine: str) -> str:
        """Return which hosts a machine may share: by zone and level, as the policy keeps them apart."""
        record = self.seen.machines[machine]
        apart = [zone.id for zone in self.network.records.zones if zone.separation == "physical"]
        words = [f"zone {record.zone}"] if record.zone in apart else []
        if record.level >= self.network.records.placement.zone_levels_physical_from:
            words.append(f"level {record.level}")
        if record.site != self.plan.core:
            words.append(f"site {record.site}")
        return ", ".join(words) or "shared"

    def pools(self) -> dict[str, dict[str, Vector]]:
        """Pool → resource → need."""
        found: dict[str, dict[str, Vector]] = {}
        for name, machine in self.seen.machines.items():
            if machine.form == "vm":
                grown = self.factor.get(machine.service or "", self.one)
                pool = found.setdefault(self.pool(name), dict.fromkeys(RESOURCES, 0 * self.one))
                for resource in RESOURCES:
                    pool[resource] = pool[resource] + getattr(machine, resource) * grown
        return found

    def boxes(self) -> dict[str, tuple[Vector, Vector]]:
        """Workload of an appliance → units needed, and the share of a rating that more units do not relieve."""
        found = {}
        count: dict[str, int] = defaultdict(int)
        for name, machine in self.seen.machines.items():
            if machine.form == "appliance":
                count[self.seen.workload_of[name]] += 1
        for name, there in count.items():
            service, _, workload = self.seen.workloads[name]
            share = needed_of_ratings(self.seen, self.network.demands, workload, there)
            carrying = max(1, there - 1)
            grown = self.factor.get(service or "", self.one)
            wanted = np.ceil(np.round(share[True] * carrying * grown, 9)) + there - carrying
            found[name] = np.maximum(there, wanted), share[False] * grown
        return found

    def links(self) -> dict[str, Vector]:
        """Link → load of the busier way in its worst survived state.

        The normal state first; then each state moves those whose first path it cuts, and nobody else.
        """
        normal: dict[str, list[Vector]] = {}
        users: dict[str, list[str]] = defaultdict(list)
        sites = {site.id: site for site in self.plan.network.sites}
        flows = {site: self._demand(site) for site in sites}
        for name, site in sites.items():
            self._add(normal, site.primary.links, site.primary.nodes, flows[name], 1.0)
            for element in (*site.primary.links, *site.primary.nodes[1:-1]):
                users[element].append(name)
        worst = {link: np.maximum(*ways) for link, ways in normal.items()}
        kinds = {kind for policy in self.network.records.classes.values() for kind in policy.survive}
        for state in self.network.states:
            if state.kind not in kinds:
                continue
            down = state.links | state.exchanges
            hit = {name for element in down for name in users.get(element, ())}
            if not hit:
                continue
            delta: dict[str, list[Vector]] = {}
            for name in sorted(hit):
                site = sites[name]
                self._add(delta, site.primary.links, site.primary.nodes, flows[name], -1.0)
                if site.backup and not down & {*site.backup.links, *site.backup.nodes}:
                    share = self.network.records.classes[site.site_class].degraded_share.value
                    self._add(delta, site.backup.links, site.backup.nodes, flows[name], share)
            for link, ways in delta.items():
                base = normal.get(link, [0 * self.one, 0 * self.one])
                load = np.maximum(base[0] + ways[0], base[1] + ways[1])
                worst[link] = np.maximum(worst.get(link, 0 * self.one), load)
        return worst

    def _demand(self, site: str) -> tuple[Vector, Vector]:
        by_service: Mapping[str, tuple[float, float]] = self.network.demands[site].by_service
        down, up = 0 * self.one, 0 * self.one
        for service, (d, u) in by_service.items():
            grown = self.factor.get(service, self.one)
            down, up = down + d * grown, up + u * grown
        return down, up

    def _add(
        self,
        into: dict[str, list[Vector]],
        links: Sequence[str],
        nodes: Sequence[str],
        flow: tuple[Vector, Vector],
        share: float,
    ) -> None:
        """Add a site's flow to the links of a path: way 0 leads to an end `b`, way 1 to an end `a`."""
        for index, link in enumerate(links):
            ways = into.setdefault(link, [0 * self.one, 0 * self.one])
            to_core = 0 if self._a(link) == nodes[index] else 1
            ways[to_core] = ways[to_core] + share * flow[1]
            ways[1 - to_core] = ways[1 - to_core] + share * flow[0]

    def _a(self, link: str) -> str:
        ends: dict[str, str] = self.__dict__.setdefault("_ends", {one.id: one.a for one in self.plan.network.links})
        return ends[link]
