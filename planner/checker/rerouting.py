"""What routers would make of every single failure, found again: shortest paths by Dijkstra, flows by scipy.

Costs as the plan states them: 100 Gbit/s over capacity, 10 000 more for a line that only backups use, 20 000 more for a
mobile one. Sites pass on nobody else's traffic; every router splits evenly over all its next hops.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from math import ceil

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from planner.checker.failure_pairs import Leased, verify_pairs
from planner.checker.violation import Violation
from planner.plan import Plan, PlannedLink, Rerouting
from topology.model import Network

REFERENCE_MBPS = 100_000
BACKUP, MOBILE = 10_000, 20_000
KBPS = 1000
ROUNDING = 6e-5
"""Shares are written with four digits."""
NOISE = 1e-9
LISTED = 10

Arc = tuple[str, str, str]
"""Link, place it leaves, place it enters: one step towards the core."""
Loads = dict[str, float]
"""Link → kbit/s in the busier way."""


class _Places:
    """The leased lines as a graph, and what each single failure takes down."""

    def __init__(self, plan: Plan, network: Network) -> None:
        self.core = network.core
        self.sites = {site.id: (round(site.demand_up_mbps * KBPS), round(site.demand_down_mbps * KBPS))
                      for site in plan.network.sites}  # fmt: skip
        first = {name for site in plan.network.sites for name in site.primary.links}
        self.links: dict[str, PlannedLink] = {x.id: x for x in plan.network.links if x.kind != "internet"}
        self.ends = {x.id: (x.a, self.core if x.kind == "mobile" else x.b) for x in self.links.values()}
        self.cost = {x.id: max(1, round(REFERENCE_MBPS / x.capacity_mbps))
                     + (MOBILE if x.kind == "mobile" else 0 if x.id in first else BACKUP)
                     for x in self.links.values()}  # fmt: skip
        self.into: dict[str, list[Arc]] = defaultdict(list)
        for name, (a, b) in self.ends.items():
            for tail, head in ((a, b), (b, a)):
                if tail not in (head, self.core) and (head == self.core or head not in self.sites):
                    self.into[head].append((name, tail, head))
        zones = {duct.id: duct.flood_zone for duct in network.records.ducts}
        self.states: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        groups: dict[str, set[str]] = defaultdict(set)
        for link in self.links.values():
            self.states[f"link:{link.id}"] = frozenset({link.id}), frozenset()
            groups[f"carrier:{link.carrier}"].add(link.id)
            for duct in link.ducts:
                groups[f"duct:{duct}"].add(link.id)
                if zones.get(duct):
                    groups[f"flood:{zones[duct]}"].add(link.id)
        self.places = sorted({self.core, *self.sites, *(end for ends in self.ends.values() for end in ends)})
        for place in self.places:
            if place != self.core and place not in self.sites:
                self.states[f"exchange:{place}"] = frozenset(), frozenset({place})
        self.states |= {name: (frozenset(links), frozenset()) for name, links in groups.items()}

    def next_hops(self, cut: frozenset[str], dark: frozenset[str]) -> tuple[dict[str, int], dict[str, list[Arc]]]:
        """Return the distance of each place to the core, and its next hops."""
        far: dict[str, int] = {self.core: 0}
        hops: dict[str, list[Arc]] = {}
        heap, done = [(0, self.core)], set()
        while heap:
            dist, head = heappop(heap)
            if head in done:
                continue
            done.add(head)
            for arc in self.into[head]:
                name, tail, _ = arc
                if name in cut or tail in dark or tail in done:
                    continue
                new = dist + self.cost[name]
                if new < far.get(tail, new + 1):
                    far[tail], hops[tail] = new, [arc]
                    heappush(heap, (new, tail))
                elif new == far[tail]:
                    hops[tail].append(arc)
        return far, hops

    def way(self, site: str, far: Mapping[str, int], hops: Mapping[str, list[Arc]]) -> list[tuple[str, str, float]]:
        """Return (link, place it is entered from, kbit/s) of a site's traffic, to the core and from it."""
        if site not in far:
            return []
        seen, open_ = {site}, [site]
        arcs: list[Arc] = []
        while open_:
            for arc in hops.get(open_.pop(), []):
                arcs.append(arc)
                if arc[2] not in seen:
                    seen.add(arc[2])
                    open_.append(arc[2])
        up, down = self.sites[site]
        carried: list[tuple[str, str, float]] = []
        share = defaultdict(float, {site: float(up)})
        back = defaultdict(float, {self.core: float(down)})
        behind: dict[str, list[Arc]] = defaultdict(list)
        for arc in arcs:
            behind[arc[2]].append(arc)
        for place in sorted(seen, key=lambda p: -far[p]):
            for name, tail, head in hops.get(place, []):
                part = share[place] / len(hops[place])
                share[head] += part
                carried.append((name, tail, part))
        for place in sorted(seen, key=lambda p: far[p]):
            for name, tail, head in behind[place]:
                part = back[place] / len(behind[place])
                back[tail] += part
                carried.append((name, head, part))
        return carried


def verify_rerouting(plan: Plan, network: Network) -> tuple[int, list[Violation]]:
    """Return the number of states examined and what the plan says wrongly of them."""
    told = plan.network.rerouting
    if told is None:
        return 0, []
    places = _Places(plan, network)
    leased = Leased(places.core, frozenset(places.sites), places.ends, places.states)
    violations = [*_counts(places, told), *_loads(places, told, network), *_carried(places, told)]
    violations += verify_pairs(leased, told)
    return len(places.states), violations


def _counts(places: _Places, told: Rerouting) -> Iterator[Violation]:
    count = len(places.states)
    if (told.states, told.pairs) != (count, count * (count - 1) // 2):
        yield Violation("rerouting", "states", f"{told.states} and {told.pairs} pairs, found {count}")


def _all_loads(places: _Places) -> tuple[Loads, dict[str, Loads]]:
    """Return the loads of the normal state and of each single failure that changes any."""
    far, hops = places.next_hops(frozenset(), frozenset())
    normal = {site: places.way(site, far, hops) for site in places.sites}
    over: dict[str, set[str]] = defaultdict(set)
    for site, way in normal.items():
        for name, _, _ in way:
            over[name].add(site)
    total: dict[tuple[str, str], float] = defaultdict(float)
    for way in normal.values():
        for name, start, kbps in way:
            total[name, start] += kbps
    found: dict[str, Loads] = {}
    for state, (cut, dark) in places.states.items():
        down = cut | {name for name, ends in places.ends.items() if dark.intersection(ends)}
        hit = {site for name in down for site in over[name]}  # all else keeps its shortest paths
        if not hit:
            continue
        far, hops = places.next_hops(cut, dark)
        loads = dict(total)
        for site in hit:
            for name, start, kbps in normal[site]:
                loads[name, start] -= kbps
            for name, start, kbps in places.way(site, far, hops):
                loads[name, start] = loads.get((name, start), 0.0) + kbps
        found[state] = _busier(places, loads)
    return _busier(places, total), found


def _busier(places: _Places, loads: Mapping[tuple[str, str], float]) -> Loads:
    return {name: max(loads.get((name, a), 0.0), loads.get((name, b), 0.0)) for name, (a, b) in places.ends.items()}


def _loads(places: _Places, told: Rerouting, network: Network) -> Iterator[Violation]:
    """Check who is filled above the limits, and the fullest lines with their states."""
    normal, failed = _all_loads(places)
    fixed = {name: x.capacity_mbps * KBPS for name, x in places.links.items() if x.kind != "mobile"}
    policy = network.records.network_policy
    for word, limit, count in (
        ("warning limit", policy.warn_occupancy.value, told.above_warn),
        ("allowed limit", policy.max_occupancy.value, told.above_limit),
    ):
        ranges = [
            sum(
                any(loads[n] / c > limit + noise and normal[n] / c <= limit + noise for n, c in fixed.items())
                for loads in failed.values()
            )
            for noise in (NOISE, -NOISE)
        ]
        if not min(ranges) <= count <= max(ranges):
            yield Violation("rerouting", word, f"{count} states fill a line above it, found {ranges[0]}")
    worst = {n: max([normal[n], *(loads[n] for loads in failed.values())]) / c for n, c in fixed.items()}
    listed = {name for name, _, _ in told.highest}
    for name, state, share in told.highest:
        if name not in fixed or (state != "normal" and state not in places.states):
            yield Violation("rerouting", name, f"is no fixed line, or {state} no single failure")
            continue
        there = (normal if state == "normal" else failed.get(state, normal))[name] / fixed[name]
        if abs(there - share) > ROUNDING or worst[name] > share + ROUNDING:
            text = f"{share} in {state}; found {there:.4f} there, {worst[name]:.4f} at most"
            yield Violation("rerouting", name, text)
    least = min((share for _, _, share in told.highest), default=0.0)
    missing = sorted(n for n, share in worst.items() if n not in listed and share > least + ROUNDING)
    if missing or len(listed) != min(LISTED, len(fixed)):
        yield Violation("rerouting", ", ".join(missing[:3]) or "highest", "is fuller than a line that is listed")


def _carried(places: _Places, told: Rerouting) -> Iterator[Violation]:
    """Check the states in which least can be carried by any routing: a maximum flow in each that matters."""
    number = {place: k for k, place in enumerate(places.places)}
    source, size = len(number), len(number) + 1
    asked = {site: ceil(max(ways) - NOISE) for site, ways in places.sites.items()}
    demand = sum(asked.values())
    if not demand:
        return
    room: dict[tuple[int, int], int] = defaultdict(int)
    of_link: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for arcs in places.into.values():
        for name, tail, head in arcs:
            room[number[tail], number[head]] += round(places.links[name].capacity_mbps * KBPS)
            of_link[name].append((number[tail], number[head]))
    wanted = {(source, number[site]): kbps for site, kbps in asked.items() if kbps}

    def flow(left: Mapping[tuple[int, int], int]) -> tuple[int, csr_array]:
        every = {**{arc: kbps for arc, kbps in left.items() if kbps}, **wanted}
        rows, columns = zip(*every, strict=True)
        data = np.array([min(kbps, demand) for kbps in every.values()], dtype=np.int32)
        found = maximum_flow(csr_array((data, (rows, columns)), shape=(size, size)), source, number[places.core])
        return int(found.flow_value), found.flow

    best, used = flow(room)
    carrying = used.todok()
    values: dict[str, int] = {}
    for state, (cut, dark) in places.states.items():
        left = dict(room)
        for name in cut | {name for name, ends in places.ends.items() if dark.intersection(ends)}:
            for arc in of_link[name]:
                left[arc] -= round(places.links[name].capacity_mbps * KBPS)
        stands = all(carrying.get(arc, 0) <= kbps for arc, kbps in left.items())
        values[state] = best if stands else flow(left)[0]
    for one in told.carried:
        if one.state not in values:
            yield Violation("rerouting", one.state, "is no single failure")
        elif abs(values[one.state] / demand - one.share) > ROUNDING:
            yield Violation("rerouting", one.state, f"carries {one.share}, found {values[one.state] / demand:.4f}")
    most = max((one.share for one in told.carried), default=1.0)
    listed = {one.state for one in told.carried}
    less = sorted(s for s, v in values.items() if s not in listed and v / demand < most - ROUNDING)
    if less or len(listed) != min(LISTED, len(values)):
        yield Violation("rerouting", ", ".join(less[:3]) or "carried", "carries less than a state that is listed")
