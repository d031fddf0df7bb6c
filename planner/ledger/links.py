"""Links, each way: load with nothing failed, what the worst survived state adds, what committed scenarios add.

    reserve = max_k load[k] - load[normal]      share = (max_k load[k] + committed) / C                       (link)

k  states of kinds that some class must survive      C  capacity of the modules, Mbit/s each way
Committed scenarios send over the plan's own paths; a place that the plan does not connect has none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from planner.ledger.entry import Claims, Limits, entry
from planner.plan import LedgerEntry, Plan, PlannedLink, Route
from planner.sweep import Routing, Sweep, Walk, sweep
from topology.model import FailureState, Network, SiteDemand

WAYS = ("a-b", "b-a")


@dataclass(frozen=True, slots=True)
class _Ways:
    """Load of one link from a to b and back, Mbit/s."""

    normal: tuple[float, float]
    worst: tuple[float, float]


def link_entries(plan: Plan, network: Network, committed: Network | None) -> Iterator[LedgerEntry]:
    """Give two entries for each link of the plan, in its order."""
    policy = network.records.network_policy
    limits = Limits(policy.warn_occupancy.value, policy.max_occupancy.value)
    kinds = {kind for site in plan.network.sites for kind in network.records.classes[site.site_class].survive}
    states = [state for state in network.states if state.kind in kinds]
    now = _loads(plan, network, network.demands, states)
    then = _loads(plan, network, committed.demands, []) if committed else now
    more_internet = _more_internet(network, committed)
    for link in plan.network.links:
        ways = _internet(link) if link.kind == "internet" else now[link.id]
        for k, way in enumerate(WAYS):
            normal = ways.normal[k]
            added = more_internet if link.kind == "internet" else then[link.id].normal[k] - normal
            claims = Claims(
                used=normal if link.existing else 0.0,
                planned=0.0 if link.existing else normal,
                reserve=ways.worst[k] - normal,
                committed=max(0.0, added),
            )
            yield entry("link", link.id, way, link.capacity_mbps, claims, limits)


def _internet(link: PlannedLink) -> _Ways:
    """Return the Internet traffic of one of the pair, the same each way: it may have to carry all of it alone."""
    worst = max([load.mbps for load in link.worst] + [link.normal_mbps])
    return _Ways((link.normal_mbps, link.normal_mbps), (worst, worst))


def _more_internet(network: Network, committed: Network | None) -> float:
    if committed is None:
        return 0.0
    now, then = (records.figures.get("internet_mbps", 0.0) for records in (network.records, committed.records))
    return max(0.0, then - now)


def _loads(
    plan: Plan, network: Network, demands: Mapping[str, SiteDemand], states: list[FailureState]
) -> dict[str, _Ways]:
    swept = sweep(list(_routings(plan, network, demands)), states)
    return {link.id: _of(swept, link.id) for link in plan.network.links}


def _of(swept: Sweep, link: str) -> _Ways:
    if link not in swept.row:
        return _Ways((0.0, 0.0), (0.0, 0.0))
    row = swept.row[link]
    both = (swept.forward[row], swept.reverse[row])
    return _Ways(normal=(float(both[0][0]), float(both[1][0])), worst=(float(np.max(both[0])), float(np.max(both[1]))))


def _routings(plan: Plan, network: Network, demands: Mapping[str, SiteDemand]) -> Iterator[Routing]:
    links = {link.id: link for link in plan.network.links}
    for site in plan.network.sites:
        if site.id not in demands:
            continue  # a committed scenario closes it: nothing to reserve
        share = network.records.classes[site.site_class].degraded_share.value
        down, up = demands[site.id].down_mbps, demands[site.id].up_mbps
        yield Routing(
            site=site.id,
            primary=_walk(site.primary, links),
            backup=_walk(site.backup, links) if site.backup else None,
            full=(down, up),
            degraded=(down * share, up * share),
        )


def _walk(route: Route, links: Mapping[str, PlannedLink]) -> Walk:
    forward = tuple(links[name].a == node for name, node in zip(route.links, route.nodes, strict=False))
    return Walk(route.links, forward, route.nodes[1:-1])
