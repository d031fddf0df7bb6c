"""Checks availabilities and worst pairs by other means: inclusion and exclusion, enumeration, a search per pair.

    P(some path up) = Σ_{∅ ≠ S ⊆ paths} (−1)^{|S|+1} ∏_{e ∈ ∪S} ( 1 − max_{p ∈ S} u[e,p] )

u[e,p] is the share of time in which element e is down as path p sees it; the maximum is exact for a duct in which the
slower repair outlasts the faster one. A service is counted over all states of the rooms, racks and hosts under it.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from planner.checker.violation import Violation
from planner.plan import Machine, Plan, PlannedLink, Route
from topology.model import Network, Records
from topology.schema.services import Service

CLOSE = 2e-7
"""The plan keeps seven digits."""
YEAR_HOURS = 8760.0
MOST_SHARED = 12
"""Rooms, racks and hosts under one service, up to which their states are enumerated."""

Down = dict[str, float]
"""Element → share of time in which a path sees it down."""


def verify_availability(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and the violations."""
    found = [*_sites(plan, network), *_services(plan, network), *_pairs(plan, network)]
    pairs = len(plan.network.rerouting.worst_pairs) if plan.network.rerouting else 0
    return len(plan.network.availability) + len(plan.services) + pairs, found


def _sites(plan: Plan, network: Network) -> Iterator[Violation]:
    records = network.records
    links = {link.id: link for link in plan.network.links}
    exchanges = {exchange.id for exchange in records.exchanges}
    routes = {site.id: [site.primary, *([site.backup] if site.backup else [])] for site in plan.network.sites}
    classes = {site.id: site.site_class for site in records.sites}
    for site, told in plan.network.availability.items():
        if site == network.core:
            lines = [link for link in links.values() if link.kind == "internet"]
            paths = [_down(records, [line], exchanges & {line.a, line.b}) for line in lines]
            share = _some(paths)
        elif site in routes:
            share = _reached(records, links, routes[site])
        else:
            yield Violation("site", site, "has an availability, but no path")
            continue
        if told.method == "exact" and abs(share - told.share) > CLOSE:
            yield Violation("site", site, f"is reached {share:.7f} of the time, the plan says {told.share:.7f}")
        if not told.low - CLOSE <= share <= told.high + CLOSE:
            yield Violation("site", site, f"availability {share:.7f} outside {told.low:.7f} – {told.high:.7f}")
        policy = records.classes.get(classes[site])
        if policy is not None and told.target != policy.availability.value:
            yield Violation("site", site, f"has the target {told.target}, its class {policy.availability.value}")


def _reached(records: Records, links: Mapping[str, PlannedLink], routes: list[Route]) -> float:
    """Return how often a site reaches the core by its planned paths."""
    paths = [_route(records, links, route) for route in routes]
    return _some(paths) * (1 - records.network_policy.site_unavailability.value)


def _route(records: Records, links: Mapping[str, PlannedLink], route: Route) -> Down:
    return _down(records, [links[name] for name in route.links], set(route.nodes[1:-1]))


def _down(records: Records, links: list[PlannedLink], exchanges: set[str]) -> Down:
    policy = records.network_policy
    carriers = {carrier.id: carrier for carrier in records.carriers}
    ducts = {duct.id: duct for duct in records.ducts}
    found: Down = dict.fromkeys((f"exchange {name}" for name in exchanges), policy.node_unavailability.value)
    for link in links:
        carrier = carriers[link.carrier]
        found[f"carrier {carrier.id}"] = min(1.0, carrier.outage_hours_per_year.value / YEAR_HOURS)
        if link.kind == "mobile":
            found[f"mobile {link.id}"] = policy.mobile_unavailability.value
        for name in link.ducts:
            duct = ducts[name]
            hours = duct.cuts_per_100km_year * duct.length_km / 100 * carrier.mttr_hours.value
            found[f"duct {name}"] = max(hours / (YEAR_HOURS + hours), found.get(f"duct {name}", 0.0))
            if duct.flood_zone:
                found[f"flood {duct.flood_zone}"] = policy.flood_unavailability.value
    return found


def _some(paths: list[Down]) -> float:
    total = 0.0
    for size in range(1, len(paths) + 1):
        for chosen in combinations(paths, size):
            whole = 1.0
            for element in sorted(set().union(*chosen)):
                whole *= 1.0 - max(path.get(element, 0.0) for path in chosen)
            total += whole if size % 2 else -whole
    return total


def _services(plan: Plan, network: Network) -> Iterator[Violation]:
    records = network.records
    by_id = {service.id: service for service in records.services}
    links = {link.id: link for link in plan.network.links}
    rooms = {room.site for room in records.rooms}
    paths = {
        site.id: _reached(records, links, [site.primary, *([site.backup] if site.backup else [])])
        for site in plan.network.sites
        if site.id in rooms
    }
    for load in plan.services:
        told = load.availability
        if told is None or told.centre is None or told.method != "exact":
            continue
        share = _service(plan, records, by_id[load.id], paths)
        if share is not None and abs(share - told.centre) > CLOSE:
            yield Violation("service", load.id, f"runs {share:.7f} of the time, the plan says {told.centre:.7f}")


def _service(plan: Plan, records: Records, service: Service, paths: Mapping[str, float]) -> float | None:
    """Return how often a service runs, by every state of the rooms, racks and hosts under it; None if too many."""
    policy = records.placement
    room_of = {rack.id: room for room in records.rooms for rack in room.racks}
    hours = policy.restart_minutes.value / 60
    host, rack = (
        rate * hours / (YEAR_HOURS + rate * hours)
        for rate in (policy.host_failures_per_year.value, policy.rack_failures_per_year.value)
    )
    groups: list[tuple[int, list[Machine]]] = []
    for workload in service.workloads:
        own = [machine for machine in plan.machines if machine.id in workload.machines or (
            not workload.machines and machine.id.rpartition("-")[0] == workload.id
            and machine.id.rpartition("-")[2].isdigit())]  # fmt: skip
        groups.append((max(1, len(own) - workload.spare), own))
    under: dict[str, float] = {}
    stands: dict[str, set[str]] = {}
    for machine in (machine for _, own in groups for machine in own):
        room = room_of[machine.rack] if machine.rack else None
        things = {f"host {machine.host}": host} if machine.host else {}
        things |= {f"rack {machine.rack}": rack} if machine.rack else {}
        things |= {f"room {room.id}": policy.room_unavailability.value} if room else {}
        if room and room.flood_zone:
            things[f"flood {room.flood_zone}"] = records.network_policy.flood_unavailability.value
        if room and room.site != plan.core:
            things[f"site {room.site}"] = 1.0 - paths.get(room.site, 0.0)
        under |= things
        stands[machine.id] = set(things)
    away = sum(name.startswith("site ") for name in under)
    if len(under) > MOST_SHARED or away > 1 or (away and any(name.startswith("flood ") for name in under)):
        return None  # too many, or paths and rooms that may share a duct or a flood
    names, total = sorted(under), 0.0
    for state in product((False, True), repeat=len(names)):
        down = {name for name, is_down in zip(names, state, strict=True) if is_down}
        weight = 1.0
        for name in names:
            weight *= under[name] if name in down else 1.0 - under[name]
        for need, own in groups:
            chances = [1.0]
            for machine in own:
                alone = policy.machine_unavailability if machine.form == "vm" else policy.appliance_unavailability
                up = 0.0 if stands[machine.id] & down else 1.0 - alone.value
                chances = [a * (1 - up) + b * up for a, b in zip([*chances, 0.0], [0.0, *chances], strict=True)]
            weight *= sum(chances[need:])
        total += weight
    return total


def _pairs(plan: Plan, network: Network) -> Iterator[Violation]:
    """Search once for every pair of failures that the plan lists."""
    if plan.network.rerouting is None:
        return
    masks = {state.id: state for state in network.states}
    for pair, told in plan.network.rerouting.worst_pairs:
        states = [masks.get(name) for name in pair.split("+")]
        if any(state is None for state in states):
            yield Violation("state", pair, "is no pair of failures of the records")
            continue
        cut = frozenset().union(*(state.links for state in states if state))
        dark = frozenset().union(*(state.exchanges for state in states if state))
        found = _lost(plan, network, cut, dark)
        if found != told:
            yield Violation("state", pair, f"cuts off {found} places, the plan says {told}")


def _lost(plan: Plan, network: Network, cut: frozenset[str], dark: frozenset[str]) -> int:
    """Count the places that are up and have no line to the core; sites pass on nobody else's traffic."""
    sites = {site.id for site in plan.network.sites}
    places = {network.core, *sites}
    steps = []
    for link in plan.network.links:
        if link.kind != "internet":
            a, b = link.a, network.core if link.kind == "mobile" else link.b
            places |= {a, b}
            if link.id not in cut:
                steps += [(a, b), (b, a)]
    reached = {network.core}
    grown = True
    while grown:
        more = {b for a, b in steps if a in reached and a not in sites and b not in dark} - reached
        reached |= more
        grown = bool(more)
    return len(places - reached - dark)
