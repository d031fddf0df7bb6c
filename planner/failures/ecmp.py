"""Loads under shortest paths with equal-cost multipath, as OSPF will route: in many states at once.

    dist[v] = min_{arcs v→w} cost + dist[w]         next hops of v: arcs with dist[v] = cost + dist[w]
    towards the root   every router on the way splits evenly over all its next hops
    from the root      every router splits evenly over its next hops towards the site, which are the same arcs reversed,
                       as far as they lie on a shortest path to that site

Costs are whole numbers, so equal is equal; parallel links of equal cost are next hops of their own (RFC 2328 §16.1 and
§16.8).

A site's paths change only in states that take down something on one of them: removing anything else can neither
shorten nor add a path. So only the pairs (state, site) that are hit are routed again: distances by Bellman and Ford's
rounds for all hit states together, paths arc by arc for all hit pairs together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from planner.failures.graph import Bools, FailureGraph, Floats, Ints
from planner.failures.states import States, make, unpack

FAR = np.int64(1) << 60
CHUNK = 256
"""States routed together: bounds memory to states × arcs."""


@dataclass(frozen=True)
class Entries:
    """Arcs on shortest paths: one entry for each (pair, arc), with the share of the pair's traffic on it."""

    pair: Ints
    arc: Ints
    up: Floats
    """Share of the site's traffic to the root."""
    down: Floats
    """Share of its traffic from the root."""


@dataclass(frozen=True)
class Loads:
    """Loads in every state. Row 0 is the normal one; states that no path meets share it."""

    states: States
    row: Ints
    """State → row."""
    forward: Floats
    """Rows × links, from a to b."""
    reverse: Floats
    """Rows × links, from b to a."""

    @cached_property
    def busier(self) -> Floats:
        """Rows × links: load in the busier way."""
        found: Floats = np.maximum(self.forward, self.reverse)
        return found

    @cached_property
    def share(self) -> Floats:
        """Rows × links: load over capacity; a load on a link of no capacity is infinite."""
        capacity = self.states.graph.capacity
        full = np.where(self.busier > 0, np.inf, 0.0)
        found: Floats = np.divide(self.busier, capacity, out=full, where=capacity > 0)
        return found

    def above(self, state: int, limit: float) -> Ints:
        """Return the links whose share exceeds a limit in a state."""
        return np.flatnonzero(self.share[self.row[state]] > limit)

    def worst(self, link: int, most: int = 10) -> list[tuple[str, float]]:
        """Return the states with the highest load on a link, highest first, ties in the order of the states."""
        loads = self.busier[self.row, link]
        order = np.argsort(-loads, kind="stable")[:most]
        return [(self.states.names[k], float(loads[k])) for k in order.tolist()]


def ecmp(states: States) -> Loads:
    """Return the loads of all links in all states; the demands are the graph's `up` and `down`."""
    graph = states.graph
    sites = np.flatnonzero((graph.up > 0) | (graph.down > 0))
    sites = sites[sites != graph.root]
    normal = routes(make(graph, [("normal", (), ())]), np.zeros(len(sites), dtype=np.int64), sites)
    up, down = loads_of(graph, normal, sites, graph.up[sites], graph.down[sites])
    hit_state, hit_site = _hit(states, normal, sites)
    rows, row_of_hit = np.unique(hit_state, return_inverse=True)
    row = np.zeros(len(states), dtype=np.int64)
    row[rows] = np.arange(1, len(rows) + 1)
    base_f, base_r = up.sum(axis=0), down.sum(axis=0)
    forward = np.tile(base_f, (len(rows) + 1, 1))
    reverse = np.tile(base_r, (len(rows) + 1, 1))
    for first in range(0, len(rows), CHUNK):
        chosen = np.flatnonzero((row_of_hit >= first) & (row_of_hit < first + CHUNK))
        part = states.subset(rows[first : first + CHUNK])
        local, site = row_of_hit[chosen] - first, hit_site[chosen]
        found = routes(part, local, sites[site])
        new_f, new_r = loads_of(graph, found, local, graph.up[sites[site]], graph.down[sites[site]], len(part))
        gone = sparse.csr_array((np.ones(len(site)), (local, site)), shape=(len(part), len(sites)))
        at = slice(first + 1, first + 1 + len(part))
        forward[at] += np.asarray((new_f - gone @ up).todense())
        reverse[at] += np.asarray((new_r - gone @ down).todense())
    for loads in (forward, reverse):
        np.round(loads, 9, out=loads)
        np.maximum(loads, 0.0, out=loads)
    return Loads(states, row, forward, reverse)


def _hit(states: States, normal: Entries, sites: Ints) -> tuple[Ints, Ints]:
    """Return the (state, index of site) pairs of which some path, or the site itself, is down."""
    graph = states.graph
    links = sparse.csr_array(
        (np.ones(len(normal.arc)), (normal.pair, graph.link[normal.arc])), shape=(len(sites), len(graph.links))
    )
    rows = np.concatenate([normal.pair, normal.pair, np.arange(len(sites))])
    passed = np.concatenate([graph.tail[normal.arc], graph.head[normal.arc], sites])
    nodes = sparse.csr_array((np.ones(len(rows)), (rows, passed)), shape=(len(sites), len(graph.nodes)))
    down_links = sparse.csr_array((np.ones(len(states.links)), (states.link_state, states.links)),
                                  shape=(len(states), len(graph.links)))  # fmt: skip
    down_nodes = sparse.csr_array((np.ones(len(states.nodes)), (states.node_state, states.nodes)),
                                  shape=(len(states), len(graph.nodes)))  # fmt: skip
    hit = (down_links @ links.T + down_nodes @ nodes.T).tocoo()
    return hit.coords[0].astype(np.int64), hit.coords[1].astype(np.int64)


def loads_of(
    graph: FailureGraph, found: Entries, row: Ints, up: Floats, down: Floats, rows: int | None = None
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return rows × links loads from a to b and from b to a; `row`, `up` and `down` are by pair."""
    link = graph.link[found.arc]
    along = graph.tail[found.arc] == graph.a[link]
    upward, downward = found.up * up[found.pair], found.down * down[found.pair]
    at = (row[found.pair] if rows is not None else found.pair, link)
    shape = (len(row) if rows is None else rows, len(graph.links))
    forward = sparse.csr_array((np.where(along, upward, downward), at), shape=shape)
    reverse = sparse.csr_array((np.where(along, downward, upward), at), shape=shape)
    return forward, reverse


def distances(states: States) -> tuple[Ints, Bools]:
    """Return states × nodes distances to the root, `FAR` without a path, and states × arcs: is a next hop."""
    graph = states.graph
    count = len(states)
    down = unpack(states.arcs_down, count).T
    price = np.where(down, FAR, graph.cost[graph.link])
    dist = np.full((count, len(graph.nodes)), FAR, dtype=np.int64)
    alive = ~unpack(states.nodes_down, count)[graph.root]
    dist[alive, graph.root] = 0
    if len(graph.starts):
        while True:
            offer = np.minimum.reduceat(price + dist[:, graph.head], graph.starts, axis=1)
            np.minimum(offer, dist[:, graph.tails], out=offer)
            if (offer == dist[:, graph.tails]).all():
                break
            dist[:, graph.tails] = offer
    tight: Bools = (dist[:, graph.tail] == price + dist[:, graph.head]) & (dist[:, graph.tail] < FAR)
    return dist, tight


def routes(states: States, state: Ints, site: Ints) -> Entries:
    """Return the shortest paths of pairs (state, site) with what every arc of them carries.

    A pair whose site is down or cut off has no entry.
    """
    graph = states.graph
    size = len(graph.nodes)
    dist, tight = distances(states)
    where_state, arc = np.nonzero(tight)
    keys = where_state * size + graph.tail[arc]
    at = np.searchsorted(keys, np.arange(len(states) * size + 1))
    pairs = np.flatnonzero((dist[state, site] < FAR) & (site != graph.root))
    # every (pair, node) on the way, found ring by ring; then every arc leaving one of them
    level = np.unique(pairs * size + site[pairs])
    seen = [level]
    known = level
    while len(level):
        pair, source = _leaving(at, level, state, size)
        target = np.unique(pair * size + graph.head[arc[source]])
        target = target[target % size != graph.root]
        level = target[~np.isin(target, known, assume_unique=True)]
        known = np.union1d(known, level)
        seen.append(level)
    pair, source = _leaving(at, known, state, size)
    used = arc[source]
    return Entries(pair, used, *_shares(graph, pair, used, site, known, dist[state[pair], graph.tail[used]]))


def _leaving(at: Ints, keys: Ints, state: Ints, size: int) -> tuple[Ints, Ints]:
    """Return (pair, position in the list of next hops) for all next hops of these (pair, node)."""
    pair, node = keys // size, keys % size
    slot = state[pair] * size + node
    first, count = at[slot], at[slot + 1] - at[slot]
    owner = np.repeat(np.arange(len(keys)), count)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return pair[owner], first[owner] + offset


def _shares(graph: FailureGraph, pair: Ints, arc: Ints, site: Ints, known: Ints, dist: Ints) -> tuple[Floats, Floats]:
    """Return the share of each entry's pair on its arc, to the root and from it."""
    size = len(graph.nodes)
    places = np.union1d(known, np.unique(pair) * size + graph.root)
    tail = np.searchsorted(places, pair * size + graph.tail[arc])
    head = np.searchsorted(places, pair * size + graph.head[arc])
    out, into = np.bincount(tail, minlength=len(places)), np.bincount(head, minlength=len(places))
    owners = np.unique(pair)
    first = np.searchsorted(places, owners * size + site[owners])
    last = np.searchsorted(places, owners * size + graph.root)
    up = _flow(first, tail, head, 1.0 / out[tail], len(places))
    down = _flow(last, head, tail, 1.0 / into[head], len(places))
    return up[tail] / out[tail], down[head] / into[head]


def _flow(start: Ints, source: Ints, target: Ints, part: Floats, size: int) -> Floats:
    """Return what arrives at each place when 1 starts at each start and every place passes on its parts."""
    moves = sparse.csr_array((part, (target, source)), shape=(size, size))
    arriving = np.bincount(start, minlength=size).astype(np.float64)
    total: Floats = arriving.copy()
    while arriving.any():
        arriving = moves @ arriving
        total += arriving
    return total
