"""What the demands of each year ask for: of the pools of hosts, of the links, of the appliances.

    need_k(y) = Σ_s x_{s,k} · f_s(y + 1)               y = 0 … H-1, at the end of year y

x_{s,k}  today's need of service s      f_s  its path in the band; what belongs to no service does not grow
A year's purchases are made at its start and must last to its end. Loads of links come from the routes of the plan with
the grown demand, in every state that some class survives; the largest counts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group, expand, idle_pool
from planner.growth import Band, paths
from planner.plan import Plan
from planner.plan import Route as PlannedRoute
from planner.sweep.engine import Routing, Sweep, Walk, sweep
from topology.model import Network
from topology.order import natural_key

SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Needs:
    """What one band asks for; lists run over the years."""

    pools: dict[str, list[tuple[float, ...]]]
    """Pool → need of each year, in the order of `RESOURCES`."""
    links: dict[str, list[float]]
    """Link → Mbit/s of its busier way in its worst survived state."""
    exchanges: dict[str, list[float]]
    """Concentration point → Mbit/s."""
    appliances: dict[str, list[int]]
    """Workload of an appliance → units."""
    outgrown: frozenset[str]
    """Workloads of appliances that outgrow a rating which more units do not relieve."""


@dataclass
class Demand:
    """The plan's demands, to be grown."""

    plan: Plan
    network: Network
    groups: dict[str, Group] = field(init=False)
    pool_of: dict[str, str] = field(init=False)
    """Host → pool of its machines; a host without any is of the idle pool of its site."""
    site_of: dict[str, str] = field(init=False)
    """Pool → site where its hosts stand."""

    def __post_init__(self) -> None:
        records = self.network.records
        self.groups = {group.id: group for group in expand(records, self.network.demands, self.network.hosting)}
        owner = {name: group for group in self.groups.values() for name in group.names}
        at = {rack.id: room.site for room in records.rooms for rack in room.racks}
        self.pool_of = {
            host.id: next((owner[machine].pool for machine in host.machines), idle_pool(records, at[host.rack]))
            for host in self.plan.datacentre.hosts
        }
        self.site_of = {group.pool: group.site for group in self.groups.values() if group.form == "vm"}
        self.site_of |= {self.pool_of[host.id]: at[host.rack] for host in self.plan.datacentre.hosts}

    def pools(self) -> tuple[str, ...]:
        """Return the pools of the virtual machines in natural order."""
        return tuple(sorted(self.site_of, key=natural_key))

    def apart(self, pool: str) -> int:
        """Return how many hosts of a pool its replicas that stand apart need, after every loss too."""
        return max(
            (g.count for g in self.groups.values() if g.form == "vm" and g.pool == pool and g.spread != "none"),
            default=0,
        )

    def needs(self, band: Band, years: int) -> Needs:
        """Grow everything through the years of a band."""
        grown = paths(self.network.records, band)
        factors = [{service: path.after(y + 1) for service, path in grown.items()} for y in range(years)]
        loads = [self.loads(one) for one in factors]
        exchanges = {point.id for point in self.plan.network.concentration_points}
        return Needs(
            pools={pool: [self.pool_need(pool, one) for one in factors] for pool in self.pools()},
            links={link.id: [load.get(link.id, 0.0) for load in loads] for link in self.plan.network.links},
            exchanges={name: [load.get(name, 0.0) for load in loads] for name in sorted(exchanges, key=natural_key)},
            appliances={
                group.id: [units(group, one.get(group.service or "", 1.0)) for one in factors]
                for group in self.groups.values()
                if group.form == "appliance"
            },
            outgrown=frozenset(
                group.id
                for group in self.groups.values()
                if any(group.whole * one.get(group.service or "", 1.0) > 1 + SLACK for one in factors)
            ),
        )

    def pool_need(self, pool: str, factor: Mapping[str, float]) -> tuple[float, ...]:
        """Return the need of a pool when each service has grown by its factor."""
        total = np.zeros(len(RESOURCES))
        for group in self.groups.values():
            if group.form == "vm" and group.pool == pool:
                total += group.count * factor.get(group.service or "", 1.0) * np.array(group.need)
        return tuple(round(float(value), 6) for value in total)

    def loads(self, factor: Mapping[str, float]) -> dict[str, float]:
        """Return link or concentration point → worst load, Mbit/s, when each service has grown by its factor."""
        swept = self.swept(factor)
        worst = swept.busier.max(axis=1) if swept.elements else np.zeros(0)
        return {element: float(worst[row]) for element, row in swept.row.items()}

    def swept(self, factor: Mapping[str, float]) -> Sweep:
        """Work out every state that some class survives with grown demands on the plan's routes."""
        records = self.network.records
        kinds = {kind for policy in records.classes.values() for kind in policy.survive}
        ends = {link.id: link.a for link in self.plan.network.links}
        routings = []
        for site in self.plan.network.sites:
            by_service = self.network.demands[site.id].by_service
            down, up = (
                sum(ways[way] * factor.get(service, 1.0) for service, ways in by_service.items()) for way in (0, 1)
            )
            share = records.classes[site.site_class].degraded_share.value
            routings.append(
                Routing(
                    site=site.id,
                    primary=_walk(site.primary, ends),
                    backup=_walk(site.backup, ends) if site.backup else None,
                    full=(down, up),
                    degraded=(share * down, share * up),
                )
            )
        return sweep(routings, [state for state in self.network.states if state.kind in kinds])


def _walk(route: PlannedRoute, ends: Mapping[str, str]) -> Walk:
    forward = tuple(ends[link] == node for link, node in zip(route.links, route.nodes, strict=False))
    return Walk(links=route.links, forward=forward, nodes=route.nodes[1:-1])


def units(group: Group, factor: float) -> int:
    """Return how many units of an appliance are needed: those that carry, and one to spare where there is one today.

    >>> from types import SimpleNamespace as N
    >>> [units(N(count=2, fullness=0.6), grown) for grown in (1.0, 1.6, 1.7)]
    [2, 2, 3]
    """
    carrying = max(1, group.count - 1)
    spare = group.count - carrying
    return max(group.count, math.ceil(round(group.fullness * carrying * factor, 9)) + spare)
