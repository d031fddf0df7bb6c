"""Checks where workloads with several sites stand: rooms, sites allowed, distances, what their lines carry, the choice.

    tan β = (1 - f) tan φ       P = (β_1 + β_2) / 2,  Q = (β_2 - β_1) / 2       d = a (σ - f/2 (X + Y))
    X = (σ - sin σ) sin²P cos²Q / cos²(σ/2)          Y = (σ + sin σ) cos²P sin²Q / sin²(σ/2)

σ  angle between the sites on the sphere of the reduced latitudes β
Distances by Lambert's formula on the ellipsoid, metres for such distances (Lambert 1942); every choice is listed anew.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from planner.checker.examined import Examined
from planner.checker.rooms import MONTHLY, SLACK_VND, cheapest
from planner.checker.violation import Violation
from planner.plan import Plan, Sites, Way
from topology.demands import demands
from topology.model import Hosting, Network, Records
from topology.schema.geography import Site
from topology.schema.services import Workload

KM = 0.02
MBPS = 1e-3
RADIUS_KM, FLATTENING = 6378.137, 1 / 298.257223563
"""WGS 84."""


def stands(plan: Plan, records: Records) -> tuple[dict[str, str], dict[str, float]]:
    """Return workload away from the core → site, and → Mbit/s of its machines, as the plan's machines say."""
    seen, known = Examined(plan, records), {site.id for site in records.sites}
    where: dict[str, str] = {}
    mbps: dict[str, float] = defaultdict(float)
    for name, machine in sorted(seen.machines.items()):
        workload = seen.workload_of.get(name)
        if workload is not None and machine.site != plan.core and machine.site in known:
            where.setdefault(workload, machine.site)
            mbps[workload] += machine.network_mbps
    return where, {name: round(value, 6) for name, value in mbps.items()}


def verify_standing(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations; `network` is as decided."""
    seen = Examined(plan, network.records)
    found = [*_machines(seen)]
    part = plan.sites
    named = {name: w for name, (_, _, w) in seen.workloads.items() if w.sites}
    if part is None:
        if named:
            found.append(Violation("sites", "all", "nothing is said of where workloads with several sites stand"))
        return len(seen.machines), found
    found += [*_places(seen, part, network), *_ways(plan, network, part, named)]
    return len(seen.machines) + 4 * len(part.places) + 4 * len(part.ways), found


def _machines(seen: Examined) -> Iterator[Violation]:
    """Compare every machine's site with that of its rack's room, and with the sites of its workload."""
    sites: dict[str, set[str]] = defaultdict(set)
    core = seen.records.province.core
    for name, machine in sorted(seen.machines.items()):
        rack = seen.racks.get(machine.rack or "")
        if rack is not None and rack[0].site != machine.site:
            yield Violation("machine", name, f"is at {machine.site}, its rack at {rack[0].site}")
        if name in seen.workload_of:
            sites[seen.workload_of[name]].add(machine.site)
    for name, there in sorted(sites.items()):
        workload = seen.workloads[name][2]
        allowed = workload.sites or (core,)
        if len(there) > 1 or not there <= set(allowed):
            yield Violation("workload", name, f"stands at {sorted(there)}, allowed is one of {allowed}")
        for apart in workload.apart:
            for one, other in product(there, sites.get(apart.workload, ())):
                far = _kilometres(seen.records, one, other)
                if far + KM < apart.least_km.value:
                    text = f"is {far:.2f} km from {apart.workload}, {apart.least_km.value:g} are asked"
                    yield Violation("workload", name, text)


def _places(seen: Examined, part: Sites, network: Network) -> Iterator[Violation]:
    at = {seen.workload_of[name]: machine.site for name, machine in seen.machines.items() if name in seen.workload_of}
    named = {name: (service, w) for name, (service, _, w) in seen.workloads.items() if w.sites}
    if sorted(place.workload for place in part.places) != sorted(named):
        yield Violation("sites", "all", "the places are not those of the workloads that name sites")
        return
    for place in part.places:
        service, workload = named[place.workload]
        if (place.service, place.sites, place.site) != (service, workload.sites, at.get(place.workload)):
            yield Violation("sites", place.workload, "service, sites or site are not those of its machines")
        mbps = network.hosting.stands_mbps.get(place.workload, 0.0)
        if abs(place.mbps - mbps) > MBPS:
            yield Violation("sites", place.workload, f"puts {mbps:g} Mbit/s on its lines, the plan says {place.mbps:g}")
        true = {a.workload: _kilometres(seen.records, place.site, at.get(a.workload, "")) for a in workload.apart}
        if set(true) != set(place.apart_km) or any(abs(true[name] - km) > KM for name, km in place.apart_km.items()):
            yield Violation("sites", place.workload, "distances are not those of the sites")


def _ways(plan: Plan, network: Network, part: Sites, named: dict[str, Workload]) -> Iterator[Violation]:
    told = [tuple(sorted(way.stands.items())) for way in part.ways]
    if sorted(told) != sorted(_admissible(network.records, named)):
        yield Violation("sites", "ways", "are not all choices that the records allow, each once")
    chosen = [way for way in part.ways if way.state == "chosen"]
    if len(chosen) != 1 or chosen[0].stands != {place.workload: place.site for place in part.places}:
        yield Violation("sites", "ways", "the chosen one is not where the workloads stand")
        return
    best = chosen[0]
    if best.network_vnd != plan.costs.network.present_value_vnd:
        yield Violation("sites", "ways", f"the network costs {plan.costs.network.present_value_vnd}, not as chosen")
    if plan.joint is not None and best.total_vnd is not None and abs(best.total_vnd - plan.joint.objective) > SLACK_VND:
        yield Violation("sites", "ways", f"the plan costs {plan.joint.objective:.0f}, the choice {best.total_vnd}")
    for way in part.ways:
        name = ", ".join(f"{workload} at {site}" for workload, site in sorted(way.stands.items()))
        if way.total_vnd is not None and best.total_vnd is not None and way.total_vnd < best.total_vnd:
            yield Violation("sites", name, f"costs {way.total_vnd}, less than the chosen {best.total_vnd}")
        if way.total_vnd is not None and way.bound_vnd is not None and way.bound_vnd > way.total_vnd + SLACK_VND:
            yield Violation("sites", name, f"bound {way.bound_vnd} above its cost {way.total_vnd}")
        if (way.state in ("planned", "chosen")) != (way.total_vnd is not None):
            yield Violation("sites", name, f"is called {way.state} with a cost of {way.total_vnd}")
        dearer = way.bound_vnd is not None and best.total_vnd is not None and way.bound_vnd >= best.total_vnd
        if way.state == "bounded" and not dearer:
            yield Violation("sites", name, "is called dearer and no bound says so")
        if (way.state == "impossible") != bool(way.reason):
            yield Violation("sites", name, "is impossible without a reason, or the other way round")
        if (
            plan.joint is not None
            and way.state not in ("impossible", "chosen")
            and (way.bound_vnd is None or way.bound_vnd + SLACK_VND < plan.joint.bound)
        ):
            yield Violation("sites", name, f"may cost less than the bound of the plan, {plan.joint.bound:.0f}")
        yield from _lines(plan, network, way, named, name)


def _lines(plan: Plan, network: Network, way: Way, named: dict[str, Workload], name: str) -> Iterator[Violation]:
    """Count again what larger own lines of the sites with rooms cost, where the machines' sizes are known."""
    if way.lines_vnd is None:
        return
    mbps: dict[str, float] = defaultdict(float)
    for workload, site in way.stands.items():
        if site == plan.core:
            continue
        if way.state == "chosen":
            mbps[site] += network.hosting.stands_mbps.get(workload, 0.0)
        elif named[workload].sizing is None:
            mbps[site] += named[workload].replicas * named[workload].network_mbps.value
        else:
            return
    base = demands(network.records, Hosting(moved=None if plan.consolidation is None else frozenset()))
    true = slack = 0.0
    for site, more in mbps.items():
        now = base[site]
        down, up = round(now.down_mbps + more, 6), round(now.up_mbps + more, 6)
        prices = [cheapest(network, site, demand) for demand in (now, replace(now, down_mbps=down, up_mbps=up))]
        if prices[0] is None or prices[1] is None:
            yield Violation("sites", name, f"no lines of {site} carry {more:g} Mbit/s more")
            return
        true, slack = true + prices[1] - prices[0], slack + SLACK_VND + MONTHLY * prices[1]
    if abs(true - way.lines_vnd) > slack:
        yield Violation("sites", name, f"larger lines cost {true:.0f}, the plan says {way.lines_vnd}")


def _admissible(records: Records, named: dict[str, Workload]) -> Iterator[tuple[tuple[str, str], ...]]:
    """Give every choice of sites that keeps companions together and copies apart: all of them tried."""
    core, order = records.province.core, sorted(named)
    every = [w for service in records.services for w in service.workloads]
    for sites in product(*(sorted(set(named[name].sites)) for name in order)):
        at = dict(zip(order, sites, strict=True))
        if all(at.get(w.id, core) == at.get(beside.workload, core) for w in every for beside in w.beside) and all(
            _kilometres(records, at.get(w.id, core), at.get(apart.workload, core)) + KM >= apart.least_km.value
            for w in every
            for apart in w.apart
        ):
            yield tuple(sorted(at.items()))


def _kilometres(records: Records, one: str, other: str) -> float:
    sites: dict[str, Site] = {site.id: site for site in records.sites}
    if one == other or one not in sites or other not in sites:
        return 0.0
    a, b = sites[one], sites[other]
    first, second = (math.atan((1 - FLATTENING) * math.tan(math.radians(at.lat))) for at in (a, b))
    half = math.sin((second - first) / 2) ** 2
    half += math.cos(first) * math.cos(second) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    angle = 2 * math.asin(math.sqrt(min(1.0, half)))
    if angle == 0:
        return 0.0
    mid, apart = (first + second) / 2, (second - first) / 2
    x = (angle - math.sin(angle)) * (math.sin(mid) * math.cos(apart) / math.cos(angle / 2)) ** 2
    y = (angle + math.sin(angle)) * (math.cos(mid) * math.sin(apart) / math.sin(angle / 2)) ** 2
    return RADIUS_KM * (angle - FLATTENING / 2 * (x + y))
