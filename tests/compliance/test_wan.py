"""The dedicated network, asked of the plan: loads and routes are computed again from its routes and demands."""

import itertools
from collections import defaultdict

from planner.plan import Plan, Route, SiteDecision
from tests.compliance.control import control


def ducts_of(plan: Plan, route: Route) -> set[str]:
    """Return all ducts that a route runs through."""
    links = {link.id: link for link in plan.network.links}
    return {duct for link in route.links for duct in links[link].ducts}


def loads(plan: Plan, routes: dict[str, Route]) -> dict[str, tuple[float, float]]:
    """Return link → (down, up) in Mbit/s when every site uses the given route."""
    total: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for site in plan.network.sites:
        for link in routes[site.id].links:
            total[link][0] += site.demand_down_mbps
            total[link][1] += site.demand_up_mbps
    return {link: (down, up) for link, (down, up) in total.items()}


@control("WAN-UTIL")
def test_no_channel_is_loaded_to_the_limit_in_normal_operation(plan: Plan) -> None:
    limit = plan.policy["max_occupancy"]
    capacity = {link.id: link.capacity_mbps for link in plan.network.links}
    found = loads(plan, {site.id: site.primary for site in plan.network.sites})
    assert found
    over = {link: load for link, load in found.items() if max(load) > limit * capacity[link] + 1e-6}
    assert not over, over


@control("WAN-UTIL")
def test_no_channel_is_loaded_to_the_limit_after_any_single_failure(plan: Plan) -> None:
    """Every channel, duct and concentration point is taken away once; who is hit goes over to its backup."""
    limit = plan.policy["max_occupancy"]
    capacity = {link.id: link.capacity_mbps for link in plan.network.links}
    failures = {f"link {link.id}": {link.id} for link in plan.network.links}
    for duct in sorted({duct for link in plan.network.links for duct in link.ducts}):
        failures[f"duct {duct}"] = {link.id for link in plan.network.links if duct in link.ducts}
    for point in plan.network.concentration_points:
        failures[f"exchange {point.id}"] = {link.id for link in plan.network.links if point.id in (link.a, link.b)}
    assert failures
    over = [
        (failure, link, round(mbps, 1))
        for failure, down in failures.items()
        for link, mbps in busier_loads(plan, down).items()
        if mbps > limit * capacity[link] + 0.01
    ]
    assert not over, over


def busier_loads(plan: Plan, down: set[str]) -> dict[str, float]:
    """Return link → load in its busier way when some links are down; a backup carries what the plan says it does."""
    total: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for site in plan.network.sites:
        route, share = site.primary, 1.0
        if down.intersection(site.primary.links):
            if site.backup is None or down.intersection(site.backup.links):
                continue
            route = site.backup
            share = site.backup_mbps / max(site.demand_down_mbps, site.demand_up_mbps)
        for link in route.links:
            total[link][0] += share * site.demand_down_mbps
            total[link][1] += share * site.demand_up_mbps
    return {link: max(ways) for link, ways in total.items()}


def wired_pairs(plan: Plan) -> list[tuple[SiteDecision, Route]]:
    """Return departments and districts with their second route."""
    return [
        (site, site.backup)
        for site in plan.network.sites
        if site.site_class in ("department", "district") and site.backup is not None
    ]


@control("WAN-2ROUTE")
def test_departments_and_districts_have_a_second_route(plan: Plan) -> None:
    lonely = [
        site.id for site in plan.network.sites if site.site_class in ("department", "district") and site.backup is None
    ]
    assert not lonely, lonely
    assert wired_pairs(plan)


@control("WAN-2ROUTE")
def test_the_two_routes_share_no_duct(plan: Plan) -> None:
    shared = {
        site.id: sorted(ducts_of(plan, site.primary) & ducts_of(plan, backup))
        for site, backup in wired_pairs(plan)
        if ducts_of(plan, site.primary) & ducts_of(plan, backup)
    }
    assert not shared, shared


@control("NET-INET2")
def test_two_internet_links_of_two_carriers_on_two_routes(plan: Plan) -> None:
    links = [link for link in plan.network.links if link.kind == "internet"]
    assert len(links) >= 2
    assert len({link.carrier for link in links}) >= 2, [link.carrier for link in links]
    assert any(not set(left.ducts) & set(right.ducts) for left, right in itertools.combinations(links, 2))
