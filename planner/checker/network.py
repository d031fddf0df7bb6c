"""Checks the network half of a plan from the plan, the candidates and the records alone, with code of its own."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from planner.checker.violation import Violation
from planner.plan import Network as Decided
from planner.plan import PlannedLink, Route, SiteDecision
from topology.model import CandidateLink, FailureState, Network

SLACK_MBPS = 1e-3
SLACK_VND = 2
MILLIONTH = 1e-6
"""The plan's annuity factor is kept to millionths."""
ROUNDING_MBPS = 0.001
"""Demands may be rounded up to whole kbit/s, each site its own."""

Load = dict[str, tuple[float, float]]
"""Link → (down, up), Mbit/s."""


class Examined:
    """The decisions with what they are compared with."""

    def __init__(self, part: Decided, network: Network) -> None:
        self.part, self.network = part, network
        self.records = network.records
        self.links: dict[str, PlannedLink] = {link.id: link for link in part.links}
        self.candidates: dict[str, CandidateLink] = {link.id: link for link in network.links}
        self.opened = {point.id for point in part.concentration_points}
        self.sites: dict[str, SiteDecision] = {site.id: site for site in part.sites}
        kinds = {kind for policy in self.records.classes.values() for kind in policy.survive}
        self.states = [state for state in network.states if state.kind in kinds and self._touches(state)]

    def _touches(self, state: FailureState) -> bool:
        return bool(state.links & self.links.keys()) or bool(state.exchanges & self.opened)

    def down(self, route: Route, state: FailureState) -> bool:
        """Tell whether a state cuts a route."""
        return bool(state.links.intersection(route.links)) or bool(state.exchanges.intersection(route.nodes))

    def _walks_to_a(self, link: str, start: str) -> bool:
        return self.links[link].b == start

    def loads(self, state: FailureState | None) -> tuple[Load, set[str]]:
        """Return the load of every link and concentration point in a state, and the sites that are cut off."""
        total: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        cut_off = set()
        for site in self.sites.values():
            demand = self.network.demands[site.id]
            share, route = 1.0, site.primary
            if state and self.down(site.primary, state):
                if site.backup is None or self.down(site.backup, state):
                    cut_off.add(site.id)
                    continue
                share, route = self.records.classes[site.site_class].degraded_share.value, site.backup
            for index, element in enumerate((*route.links, *route.nodes[1:-1])):
                # links are symmetric but their two ways are not: down means towards b here
                towards_b = index < len(route.links) and self._walks_to_a(element, route.nodes[index])
                first, second = (0, 1) if not towards_b else (1, 0)
                total[element][first] += share * demand.down_mbps
                total[element][second] += share * demand.up_mbps
        return {link: (down, up) for link, (down, up) in total.items()}, cut_off


def verify_network(part: Decided, network: Network) -> tuple[int, int, list[Violation]]:
    """Return the number of checks made, of failure states examined, and all violations."""
    seen = Examined(part, network)
    violations = [*_links(seen), *_sites(seen)]
    if not any(violation.kind in ("site", "link") for violation in violations):
        violations += [*_all_loads(seen), *_promises(seen), *_internet(seen)]
    made = 6 * len(seen.links) + 8 * len(seen.sites) + len(seen.states) * (len(seen.links) + len(seen.sites))
    return made, len(seen.states), violations


def present_value(one_off_vnd: int, monthly_vnd: int, rate: float, years: int) -> float:
    """Discount each month by itself: slow, obvious, and nobody else's code."""
    monthly = (1 + rate) ** (1 / 12)
    value: float = one_off_vnd + sum(monthly_vnd / monthly**month for month in range(1, 12 * years + 1))
    return value


def _links(seen: Examined) -> Iterator[Violation]:
    """Every link is a candidate, holds what its modules give, and costs what they cost."""
    money = seen.records.money
    for link in seen.links.values():
        candidate = seen.candidates.get(link.id)
        if candidate is None or (link.a, link.b, link.carrier, link.ducts) != (
            candidate.a, candidate.b, candidate.carrier, candidate.ducts
        ):  # fmt: skip
            yield Violation("link", link.id, "is no candidate of the records")
            continue
        choices = {choice.id: choice for choice in candidate.modules}
        if not set(link.modules) <= set(choices) or any(n < 1 for n in link.modules.values()):
            yield Violation("link", link.id, f"modules {dict(link.modules)} cannot be bought here")
            continue
        if any(count > choices[name].max_count for name, count in link.modules.items()):
            yield Violation("link", link.id, "holds more modules than it can")
        capacity = sum(choices[name].capacity_mbps * count for name, count in link.modules.items())
        if abs(capacity - link.capacity_mbps) > SLACK_MBPS:
            yield Violation("link", link.id, f"capacity {link.capacity_mbps:g}, its modules give {capacity:g} Mbit/s")
        one_off = sum(choices[m].one_off_vnd * max(0, n - choices[m].existing) for m, n in link.modules.items())
        monthly = sum(choices[m].monthly_vnd * n for m, n in link.modules.items())
        value = present_value(one_off, monthly, money.discount_rate.value, money.horizon_years)
        paid = (link.cost.one_off_vnd, link.cost.monthly_vnd)
        if paid != (one_off, monthly) or abs(link.cost.present_value_vnd - value) > SLACK_VND + monthly * MILLIONTH:
            yield Violation("link", link.id, f"costs {paid} VND, its modules cost {(one_off, monthly)}")
    for point in seen.part.concentration_points:
        record = next((x for x in seen.records.exchanges if x.id == point.id), None)
        paid = (point.cost.one_off_vnd, point.cost.monthly_vnd)
        if record is None or paid != (record.concentration_one_off_vnd, record.concentration_monthly_vnd):
            yield Violation("exchange", point.id, "is unknown or has another price")


def _sites(seen: Examined) -> Iterator[Violation]:
    """Every site has the paths that its class is promised."""
    for name in seen.network.demands:
        if name not in seen.sites:
            yield Violation("site", name, "is not connected")
    for site in seen.sites.values():
        if site.id not in seen.network.demands:
            yield Violation("site", site.id, "is not in the records")
            continue
        yield from _route(seen, site, site.primary)
        policy = seen.records.classes[site.site_class]
        if site.backup is not None:
            yield from _route(seen, site, site.backup)
        elif policy.backup != "none":
            yield Violation("site", site.id, "has no second path")
        kinds = {seen.links[link].kind for link in site.backup.links if link in seen.links} if site.backup else set()
        if policy.backup == "fixed" and "mobile" in kinds:
            yield Violation("site", site.id, "its class asks for a fixed second path")
        if policy.backup == "mobile" and site.backup and "mobile" not in kinds:
            yield Violation("site", site.id, "its class asks for a mobile second path")
        first = seen.links.get(site.primary.links[0]) if site.primary.links else None
        if first is None or first.kind != "access" or first.capacity_mbps + SLACK_MBPS < policy.access_mbps.value:
            yield Violation("site", site.id, f"its access is below {policy.access_mbps.value:g} Mbit/s")
            continue
        realtime = [sum(seen.network.demands[site.id].by_class.get(c, (0, 0))[way] for c in ("ef", "af41"))
                    for way in (0, 1)]  # fmt: skip
        if max(realtime) > policy.realtime_share_max.value * first.capacity_mbps + SLACK_MBPS:
            yield Violation("site", site.id, "voice and pictures take too large a share of its access")


def _route(seen: Examined, site: SiteDecision, route: Route) -> Iterator[Violation]:
    """Follow a route: a walk over leased links from the site to the core through opened concentration points."""
    if not route.links or any(link not in seen.links for link in route.links):
        yield Violation("site", site.id, "a path uses a link that is not leased")
        return
    if len(route.links) > seen.records.network_policy.max_hops:
        yield Violation("site", site.id, f"a path has {len(route.links)} links")
    if route.nodes[0] != site.id or route.nodes[-1] != seen.network.core or len(route.nodes) != len(route.links) + 1:
        yield Violation("site", site.id, "a path does not lead from the site to the core")
        return
    for (a, b), name in zip(pairwise(route.nodes), route.links, strict=True):
        link = seen.links[name]
        if {a, b} != {link.a, link.b} or link.kind == "internet":
            yield Violation("site", site.id, f"link {name} does not join {a} and {b}")
    for node in route.nodes[1:-1]:
        if node not in seen.opened:
            yield Violation("site", site.id, f"passes {node}, which is no concentration point of the plan")


def _all_loads(seen: Examined) -> Iterator[Violation]:
    """No link and no concentration point carries more than it may, in any state."""
    limit = seen.records.network_policy.max_occupancy.value
    trunk = {exchange.id: exchange.max_trunk_mbps for exchange in seen.records.exchanges}
    for state in [None, *seen.states]:
        loads, _ = seen.loads(state)
        name = state.id if state else "normal"
        for element, ways in loads.items():
            load = max(ways)
            if element in trunk:
                if load > trunk[element] + SLACK_MBPS:
                    yield Violation("exchange", element, f"{load:.1f} of {trunk[element]} Mbit/s in state {name}")
                continue
            planned = seen.links[element]
            if load > limit * planned.capacity_mbps + SLACK_MBPS:
                yield Violation("link", element, f"{load:.3f} of {planned.capacity_mbps:g} Mbit/s in state {name}")
            if state is None and abs(load - planned.normal_mbps) > ROUNDING_MBPS * len(seen.sites):
                yield Violation("link", element, f"the plan says {planned.normal_mbps} Mbit/s, found {load:.3f}")


def _promises(seen: Examined) -> Iterator[Violation]:
    """Nobody is cut off by a single failure of a kind that the class must survive."""
    for state in seen.states:
        _, cut_off = seen.loads(state)
        for site in sorted(cut_off):
            if state.kind in seen.records.classes[seen.sites[site].site_class].survive:
                yield Violation("state", state.id, f"cuts off {site}")
    if seen.part.sweep.violations:
        yield Violation("state", "sweep", f"the plan itself counts {seen.part.sweep.violations} broken promises")


def _internet(seen: Examined) -> Iterator[Violation]:
    """Two Internet links of two carriers on two routes, each able to carry all of it."""
    links = [link for link in seen.links.values() if link.kind == "internet"]
    need = seen.records.figures.get("internet_mbps", 0.0)
    if not need:
        return
    if len({link.carrier for link in links}) < 2:
        yield Violation("site", seen.network.core, "has no two Internet links of different carriers")
    for link in links:
        if need > seen.records.network_policy.max_occupancy.value * link.capacity_mbps + SLACK_MBPS:
            yield Violation("link", link.id, f"cannot carry the {need:g} Mbit/s of Internet traffic alone")
    for index, left in enumerate(links):
        for right in links[index + 1 :]:
            if set(left.ducts) & set(right.ducts):
                yield Violation("link", left.id, f"shares ducts with {right.id}")
