"""Random provinces: networks as the planner reads them, made from a seed."""

import random
from dataclasses import replace
from functools import cache
from itertools import pairwise
from math import hypot
from pathlib import Path

import networkx as nx

import topology
from topology.model import CandidateLink, FailureState, ModuleChoice, Network, Position, SiteDemand
from topology.schema.base import Amount, Count, Name, Share
from topology.schema.facility import Slice
from topology.schema.geography import Exchange, Province, Site
from topology.schema.network import ClassPolicy, Duct, LinkModule, MobileCoverage

MINI = Path(__file__).parents[4] / "inventory" / "mini"
MARK = {"quality": "assumption", "source": "random province"}
CLASSES = ("core", "department", "district", "commune")


@cache
def mini():
    """Return the records of the miniature province: what a random province does not decide is as there."""
    return topology.load(MINI)


def amount(value):
    return Amount(value=value, **MARK)


def share(value):
    return Share(value=value, **MARK)


def count(value):
    return Count(value=value, **MARK)


def class_policy(backup, survive, access_mbps=20, degraded=0.5):
    return ClassPolicy(
        access_mbps=amount(access_mbps),
        backup=backup,
        degraded_share=share(degraded),
        survive=survive,
        availability=share(0.99),
        realtime_share_max=share(0.4),
    )


DEFAULT_CLASSES = {
    "core": class_policy("none", ()),
    "department": class_policy("any", ("link", "duct"), 100),
    "district": class_policy("fixed", ("link", "duct", "exchange"), 100),
    "commune": class_policy("mobile", ("link", "duct"), 30, 0.3),
}

MODULES = {
    "access": [
        ("fibre-50m", 50, 3_000_000, 1_500_000, 40_000, 2),
        ("fibre-200m", 200, 6_000_000, 3_500_000, 70_000, 2),
        ("fibre-1g", 1000, 15_000_000, 8_000_000, 120_000, 1),
    ],
    "trunk": [
        ("fibre-200m", 200, 6_000_000, 3_500_000, 70_000, 4),
        ("fibre-1g", 1000, 15_000_000, 8_000_000, 120_000, 4),
        ("wave-10g", 10000, 80_000_000, 30_000_000, 400_000, 1),
    ],
}


def choices(use, km, factor, scale=1.0):
    return tuple(
        ModuleChoice(
            id=name,
            capacity_mbps=mbps * scale,
            one_off_vnd=int(once * factor),
            monthly_vnd=int((monthly + per_km * km) * factor),
            max_count=most,
        )
        for name, mbps, once, monthly, per_km, most in MODULES[use]
    )


def province(
    seed,
    communes=6,
    districts=2,
    departments=1,
    exchanges=3,
    carriers=2,
    *,
    classes=None,
    max_hops=3,
    access_candidates=2,
    kinds=("link", "duct", "exchange"),
    second_routes=True,
    demand=(2, 20),
    scale=1.0,
    occupancy=0.9,
):
    """Return a province on a random plane: ducts nearly planar, carriers in most of them, links on shortest routes."""
    rng = random.Random(seed)
    classes = DEFAULT_CLASSES if classes is None else classes
    at, site_class = {"core": (50.0, 50.0)}, {"core": "core"}
    for name, number, spread in (
        ("department", departments, 3),
        ("district", districts, 45),
        ("commune", communes, 50),
    ):
        for index in range(1, number + 1):
            at[f"{name}-{index:03d}"] = (50 + rng.uniform(-spread, spread), 50 + rng.uniform(-spread, spread))
            site_class[f"{name}-{index:03d}"] = name
    near = ["core", *[s for s in at if site_class[s] == "district"], *[s for s in at if site_class[s] == "commune"]]
    hubs = {f"exchange-{index:02d}": site for index, site in enumerate(near[:exchanges], 1)}
    names = [f"carrier-{letter}" for letter in "abcdefgh"[:carriers]]
    factor = {name: 1 + 0.07 * index for index, name in enumerate(names)}
    for hub, site in hubs.items():
        at[hub] = (at[site][0] + 0.3, at[site][1] + 0.2)
    present = {hub: tuple(c for c in names if c == names[0] or rng.random() < 0.75) for hub in hubs}
    ducts = {}
    for a, b in sorted(duct_pairs(at, rng)):
        inside = tuple(c for c in names if rng.random() < 0.8) or (rng.choice(names),)
        if a.startswith("exchange") or b.startswith("exchange"):
            inside = tuple(names)
        ducts[f"duct-{a}-{b}"[:48]] = (a, b, max(0.2, hypot(at[a][0] - at[b][0], at[a][1] - at[b][1]) * 1.4), inside)
    links = candidate_links(
        at, site_class, hubs, present, ducts, names, factor, access_candidates, second_routes, rng, scale
    )
    states = failure_states(links, ducts, hubs, names, kinds)
    demands = {}
    for site, kind in site_class.items():
        if kind != "core":
            down = rng.uniform(*demand) * {"commune": 1, "district": 3, "department": 3}[kind]
            demands[site] = SiteDemand(
                site,
                round(down, 3),
                round(down * rng.uniform(0.3, 1.1), 3),
                {"af41": (round(down * 0.2, 3), round(down * 0.2, 3))},
                {"mail": (down, down)},
            )
    records = records_of(
        at, site_class, hubs, present, ducts, names, factor, classes, max_hops, access_candidates, occupancy, links
    )
    return Network(records, "core", links, demands, states)


def duct_pairs(at, rng):
    """Relative-neighbour graph plus a few chords: connected, near planar."""
    nodes = sorted(at)

    def distance(a, b):
        return hypot(at[a][0] - at[b][0], at[a][1] - at[b][1])

    for i, a in enumerate(nodes):
        for b in nodes[i + 1 :]:
            d = distance(a, b)
            closer = sum(1 for c in nodes if c not in (a, b) and max(distance(a, c), distance(b, c)) < d)
            if closer == 0 or (closer == 1 and rng.random() < 0.7):
                yield a, b


def route(graph, a, b):
    try:
        nodes = nx.shortest_path(graph, a, b, weight="km")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return None
    return tuple(graph.edges[u, v]["duct"] for u, v in pairwise(nodes))


def candidate_links(at, site_class, hubs, present, ducts, names, factor, nearest, second_routes, rng, scale):
    links = []

    def add(kind, prefix, a, b, carrier, graph):
        first = route(graph, a, b)
        if not first:
            return
        routes = [first]
        if second_routes:
            left = nx.Graph((u, v, d) for u, v, d in graph.edges(data=True) if d["duct"] not in first)
            second = route(left, a, b)
            routes += [second] if second else []
        for index, ducts_used in enumerate(routes):
            km = round(sum(ducts[d][2] for d in ducts_used), 3)
            suffix = "" if index == 0 else "-2"
            links.append(
                CandidateLink(
                    f"{prefix}-{a}-{b}-{carrier}{suffix}",
                    kind,
                    a,
                    b,
                    carrier,
                    ducts_used,
                    km,
                    choices(kind, km, factor[carrier], scale),
                )
            )

    for carrier in names:
        graph = nx.Graph()
        for duct, (a, b, km, inside) in ducts.items():
            if carrier in inside:
                graph.add_edge(a, b, km=km, duct=duct)
        own = [hub for hub in sorted(hubs) if carrier in present[hub]]
        for site, kind in site_class.items():
            if kind == "core" or site not in graph:
                continue
            reach = nx.single_source_dijkstra_path_length(graph, site, weight="km")
            for hub in sorted((h for h in own if h in reach), key=lambda h: (reach[h], h))[:nearest]:
                add("access", "link", site, hub, carrier, graph)
            add("access", "link", site, "core", carrier, graph)
        for i, hub in enumerate(own):
            add("trunk", "trunk", hub, "core", carrier, graph)
            for other in own[i + 1 :]:
                add("trunk", "trunk", hub, other, carrier, graph)
    for site, kind in site_class.items():
        if kind == "core":
            continue
        for index, mobile in enumerate(("mobile-x", "mobile-y")):
            if rng.random() < 0.8 or index == 0:
                beside = sorted(d for d, (a, b, _, _) in ducts.items() if site in (a, b))
                through = (rng.choice(beside),) if index == 1 and beside and rng.random() < 0.6 else ()
                cost = ModuleChoice(
                    id="lte",
                    capacity_mbps=(30 if kind == "commune" else 200) * scale,
                    one_off_vnd=5_000_000,
                    monthly_vnd=900_000 - 200_000 * index,
                    max_count=1,
                )
                links.append(
                    CandidateLink(f"mobile-{site}-{mobile}", "mobile", site, "core", mobile, through, 0.0, (cost,))
                )
    return tuple(sorted(links, key=lambda link: link.id))


def failure_states(links, ducts, hubs, names, kinds):
    states = []
    if "link" in kinds:
        states += [FailureState(f"link:{link.id}", "link", frozenset({link.id}), frozenset()) for link in links]
    if "duct" in kinds:
        states += [
            FailureState(f"duct:{d}", "duct", frozenset(li.id for li in links if d in li.ducts), frozenset())
            for d in sorted(ducts)
        ]
    if "exchange" in kinds:
        states += [
            FailureState(
                f"exchange:{h}", "exchange", frozenset(li.id for li in links if h in (li.a, li.b)), frozenset({h})
            )
            for h in sorted(hubs)
        ]
    if "carrier" in kinds:
        states += [
            FailureState(f"carrier:{c}", "carrier", frozenset(li.id for li in links if li.carrier == c), frozenset())
            for c in names
        ]
    return tuple(sorted(states, key=lambda s: s.id))


def records_of(at, site_class, hubs, present, ducts, names, factor, classes, max_hops, nearest, occupancy, links):
    base = mini()
    sites = tuple(
        Site.model_validate(
            {
                "id": site,
                "name": f"Xã {site}",
                "class": kind,
                "lat": 20 + at[site][1] / 100,
                "lon": 105 + at[site][0] / 100,
                "position_quality": "assumption",
                "address_slot": index,
                "officials": 10,
                "officials_quality": "assumption",
                "source": "random",
            }
        )
        for index, (site, kind) in enumerate(sorted(site_class.items()))
    )
    exchanges = tuple(
        Exchange(
            id=hub,
            name=hub,
            host=index == 0,
            carriers=present[hub],
            lat=20 + at[hub][1] / 100,
            lon=105 + at[hub][0] / 100,
            near=site,
            concentration_one_off_vnd=40_000_000,
            concentration_monthly_vnd=2_000_000,
            max_trunk_mbps=5000,
            quality="assumption",
            source="random",
        )
        for index, (hub, site) in enumerate(sorted(hubs.items()))
    )
    carrier_records = tuple(
        base.carriers[0].model_copy(update={"id": c, "name": c, "price_factor": amount(factor[c]), "districts": ()})
        for c in names
    )
    duct_records = tuple(
        Duct(
            id=d,
            a=a,
            b=b,
            length_km=km,
            carriers=inside,
            underground=True,
            cuts_per_100km_year=1.0,
            quality="assumption",
            source="random",
        )
        for d, (a, b, km, inside) in sorted(ducts.items())
    )
    mobile = tuple(
        MobileCoverage(
            site=li.a,
            carrier=li.carrier,
            rate_mbps=li.modules[0].capacity_mbps,
            indoor=True,
            backhaul="fibre" if li.ducts else "microwave",
            backhaul_duct=li.ducts[0] if li.ducts else None,
            quality="assumption",
            source="random",
        )
        for li in links
        if li.kind == "mobile"
    )
    modules = tuple(
        LinkModule(
            id=f"{use}-{name}",
            medium="fibre",
            use=(use,),
            capacity_mbps=amount(mbps),
            one_off_vnd=count(once),
            monthly_vnd=count(monthly),
            monthly_per_km_vnd=count(per_km),
            max_per_link=most,
        )
        for use, own in MODULES.items()
        for name, mbps, once, monthly, per_km, most in own
    )
    policy = base.network_policy.model_copy(
        update={"max_occupancy": share(occupancy), "max_hops": max_hops, "access_candidates": nearest}
    )
    return replace(
        base,
        province=Province(
            id="random",
            name=Name(vi="Ngẫu nhiên", en="Random"),
            core="core",
            population=(),
            plan_year=2025,
            address_block="10.99.0.0/16",
            domain="random.example",
        ),
        sources=(),
        sites=sites,
        exchanges=exchanges,
        carriers=carrier_records,
        ducts=duct_records,
        mobile=mobile,
        modules=modules,
        existing_links=(),
        classes=classes,
        network_policy=policy,
        services=(),
        zones=(),
        flows=(),
        rooms=(),
        host_models=(),
        existing_hosts=(),
        small_data_centres=(),
        conferences=(),
        facts=(),
        slice=Slice(machines=("fw-a",), sites=()),
        figures={},
        digest="0" * 64,
        positions={f"site/{site.id}": Position("sites.csv", index + 2, 1) for index, site in enumerate(sites)},
    )
