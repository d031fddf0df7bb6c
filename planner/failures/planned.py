"""A plan's network as the failure engine sees it, and what a routing protocol would make of it in every single failure.

The plan promises planned paths. Beside them stands what happens if routers choose: OSPF with equal-cost multipath over
all leased lines, every site asking for its full busy-hour demand even on its backup, and the best that any routing
could do. Costs as they would be configured: 100 Gbit/s over capacity; a line that only backups use costs 10 000 more, a
mobile one 20 000 more, so that primary lines are used while they are there. Sites' routers pass on nobody else's
traffic. Unit: kbit/s.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from planner.failures.ecmp import Loads, ecmp
from planner.failures.element_pairs import exposure
from planner.failures.flow import BestPossible, best_possible
from planner.failures.graph import Bools, FailureGraph, Ints, compile_graph
from planner.failures.reach import cut_off
from planner.failures.states import States, make, unpack
from planner.plan import Network, Rerouting, StateShare
from topology.model import Records
from topology.order import natural, natural_key

KBPS = 1000
REFERENCE_MBPS = 100_000
BACKUP, MOBILE = 10_000, 20_000
"""Added to the cost of lines that only backups use, and of mobile ones."""
LISTED = 10


def graph_of(part: Network, core: str, zones: Mapping[str, str | None]) -> FailureGraph:
    """Compile a plan's links; `zones` is duct → flood zone. Internet links lead elsewhere and are left out."""
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    graph.add_node(core)
    for site in part.sites:
        up, down = (round(mbps * KBPS) for mbps in (site.demand_up_mbps, site.demand_down_mbps))
        graph.add_node(site.id, transit=False, up=float(up), down=float(down))
    first = {link for site in part.sites for link in site.primary.links}
    for link in part.links:
        if link.kind == "internet":
            continue
        wet = {zone for duct in link.ducts if (zone := zones.get(duct))}
        groups = [f"carrier:{link.carrier}", *(f"duct:{duct}" for duct in link.ducts), *(f"flood:{z}" for z in wet)]
        extra = MOBILE if link.kind == "mobile" else 0 if link.id in first else BACKUP
        graph.add_edge(
            link.a,
            core if link.kind == "mobile" else link.b,
            key=link.id,
            capacity=round(link.capacity_mbps * KBPS),
            cost=max(1, round(REFERENCE_MBPS / link.capacity_mbps)) + extra,
            groups=groups,
        )
    return compile_graph(graph, core)


def single_states(graph: FailureGraph, sites: Iterable[str]) -> States:
    """Return every single link, duct, carrier, flood and exchange, in natural order of their names."""
    own = set(sites)
    found: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    for index, link in enumerate(graph.links):
        found[f"link:{link}"] = (index,), ()
    for index, node in enumerate(graph.nodes):
        if node not in own and index != graph.root:
            found[f"exchange:{node}"] = (), (index,)
    for name, group in graph.groups.items():
        found[name] = group.links, group.nodes
    return make(graph, [(name, *found[name]) for name in natural(found)])


@dataclass(frozen=True)
class Examined:
    """A plan's network with every single failure worked out."""

    part: Network
    states: States
    loads: Loads
    """As OSPF routes; row 0 is the normal state."""
    best: BestPossible

    @property
    def graph(self) -> FailureGraph:
        """The graph."""
        return self.states.graph


def examine(part: Network, records: Records) -> Examined:
    """Work out every single failure of a plan's network."""
    zones = {duct.id: duct.flood_zone for duct in records.ducts}
    graph = graph_of(part, records.province.core, zones)
    states = single_states(graph, (site.id for site in part.sites))
    return Examined(part, states, ecmp(states), best_possible(states))


def rerouting(part: Network, records: Records) -> Rerouting:
    """Return what the plan tells of it: fullest links, least that could be carried, pairs that cut sites off."""
    found = examine(part, records)
    graph, states = found.graph, found.states
    warn, limit = records.network_policy.warn_occupancy.value, records.network_policy.max_occupancy.value
    kinds = {link.id: link.kind for link in part.links}
    fixed = np.array([kinds[link] != "mobile" for link in graph.links], dtype=bool)
    share = np.where(fixed, found.loads.share, 0.0)
    filled = [int(((share > most) & (share[0] <= most)).any(axis=1)[found.loads.row].sum()) for most in (warn, limit)]
    total, exposed, worst = exposure(states)
    demand = int(found.best.demand.sum())
    least = np.argsort(found.best.value, kind="stable")[:LISTED]
    count = len(states)
    sites = [number for number, node in enumerate(graph.nodes) if not graph.transit[number]]
    most = sorted(sites, key=lambda v: (-int(exposed[v]), natural_key(graph.nodes[v])))[:LISTED]
    return Rerouting(
        states=count,
        above_warn=filled[0],
        above_limit=filled[1],
        highest=_highest(found, fixed),
        carried=tuple(
            StateShare(state=states.names[k], share=round(int(found.best.value[k]) / demand, 4) if demand else 1.0)
            for k in least.tolist()
        ),
        pairs=count * (count - 1) // 2,
        pairs_cutting=total,
        worst_pairs=tuple((f"{one}+{other}", nodes) for nodes, one, other in worst),
        exposed={graph.nodes[v]: int(exposed[v]) for v in most if exposed[v]},
    )


def _highest(found: Examined, fixed: Bools) -> tuple[tuple[str, str, float], ...]:
    """Return the ten fullest fixed links, each with its worst state."""
    graph, loads = found.graph, found.loads
    rows = []
    for link in np.flatnonzero(fixed).tolist():
        state, load = next(iter(loads.worst(link, 1)), ("normal", 0.0))
        normal = float(loads.busier[0, link])
        name, most = (state, load) if load > normal else ("normal", normal)
        rows.append((graph.links[link], name, round(most / int(graph.capacity[link]), 4)))
    return tuple(sorted(rows, key=lambda row: (-row[2], natural_key(row[0])))[:LISTED])


def combined(graph: FailureGraph, states: States, names: Sequence[str]) -> States | None:
    """Return one state in which all the named single states hold; None when one is unknown."""
    number = {name: k for k, name in enumerate(states.names)}
    links: set[int] = set()
    nodes: set[int] = set()
    for name in names:
        if name not in number:
            return None
        down_links, down_nodes = states.of(number[name])
        links |= set(down_links.tolist())
        nodes |= set(down_nodes.tolist())
    return make(graph, [("+".join(names), links, nodes)])


def sites_cut_off(state: States) -> list[str]:
    """Return the nodes without transit that a single state cuts off."""
    graph = state.graph
    lost: Ints = np.flatnonzero(unpack(cut_off(state), 1)[:, 0] & ~graph.transit)
    return [graph.nodes[v] for v in lost]
