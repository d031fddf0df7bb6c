"""What the comparisons run on: a generated province of 183 sites, and a province's own candidate links."""

from pathlib import Path

import networkx as nx
import numpy as np

import topology

SITES, LINKS, DUCTS = 183, 1575, 260


def generated(sites: int = SITES, links: int = LINKS, seed: int = 183) -> "nx.MultiGraph[str]":
    """Return a province: a core, ten districts, communes round them; links to near places, in ducts that they share.

    A third of the sites are remote: one line, two lines, or a chain of two sites between two districts; the others have
    many lines to choose from, parallel ones among them. Capacities are 100, 1000 or 10000 Mbit/s, OSPF costs 100000
    divided by them.
    """
    draw = np.random.default_rng(seed)
    at = draw.uniform(0, 100, (sites, 2))
    at[0] = 50.0
    hubs = range(1, 11)
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    for site in range(sites):
        rate = 0.0 if site == 0 else float(draw.choice((200, 300, 400) if site in hubs else (20, 30, 60, 80)))
        graph.add_node(f"n-{site}", up=rate, down=2 * rate)
    far = np.linalg.norm(at[:, None] - at[None, :], axis=2)
    few = set(draw.choice(np.arange(11, sites), sites // 3, replace=False).tolist())
    remote = sorted(few)
    pairs: list[tuple[int, int]] = [(0, hub) for hub in hubs] * 2
    for place, site in enumerate(remote):
        near = [int(hub) for hub in np.argsort(far[site, 1:11], kind="stable")[:2] + 1]
        after = remote[place + 1] if place % 4 == 2 and place + 1 < len(remote) else near[1]
        pairs += [(site, near[0])] if place % 5 == 4 else [(site, near[0]), (site, after)]
    rich = [site for site in range(1, sites) if site not in few]
    for site in rich:
        pairs += [(site, int(hub)) for hub in np.argsort(far[site, 1:11], kind="stable")[:3] + 1 if hub != site]
    while len(pairs) < links:
        site = int(draw.choice(rich))
        near = [int(other) for other in np.argsort(far[site], kind="stable")[1:25] if other not in few]
        pairs.append((site, int(draw.choice(near))))
    for index, (a, b) in enumerate(pairs[:links]):
        big = 2 if {a, b} <= {0, *hubs} else int(draw.random() < 0.3)
        capacity = (100, 1000, 10000)[big]
        duct = f"duct:{(min(a, b) * 31 + max(a, b) * 17) % DUCTS}"
        graph.add_edge(f"n-{a}", f"n-{b}", key=f"l-{index}", capacity=capacity, cost=100000 // capacity, groups=(duct,))
    return graph


def candidates(folder: Path) -> tuple["nx.MultiGraph[str]", str]:
    """Return all candidate links of a province's records with its core; each with its largest module."""
    network = topology.build(topology.load(folder))
    exchanges = {exchange.id for exchange in network.records.exchanges}
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    for link in network.links:
        if link.kind == "internet":
            continue
        for end in (link.a, link.b):
            demand = network.demands.get(end)
            up, down = (demand.up_mbps, demand.down_mbps) if demand else (0.0, 0.0)
            graph.add_node(end, up=up, down=down, transit=end in exchanges or end == network.core)
        capacity = max(int(module.capacity_mbps * module.max_count) for module in link.modules)
        groups = tuple(f"duct:{duct}" for duct in link.ducts)
        graph.add_edge(link.a, link.b, key=link.id, capacity=capacity, cost=max(1, 100000 // capacity), groups=groups)
    return graph, network.core
