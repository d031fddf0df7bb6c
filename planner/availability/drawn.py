"""Moments drawn at random for the whole network: how often a site has no line left, how many have none together.

Each element of `planner.availability.elements` fails independently for its share of time; a draw is one moment, a
failure state. Traffic may take any leased line. Exact shares are one site's; how many sites are dark together depends
on what they share, and is counted here. Shares have exact binomial intervals (Clopper, Pearson, *Biometrika* 26, 1934);
the mean one of the sample's variance.
"""

from dataclasses import dataclass
from statistics import NormalDist

import networkx as nx
import numpy as np

from planner.availability.assess import CONFIDENCE, DRAWS, Assessment, assess
from planner.availability.estimate import Estimate
from planner.availability.structure import elements
from planner.availability.twoterminal import TooManyPathsError
from planner.failures.graph import FailureGraph, compile_graph
from planner.failures.montecarlo import CHUNK, interval, sample
from planner.failures.reach import cut_off
from planner.failures.states import unpack
from planner.plan import Network
from topology.model import Records

QUANTILE = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Of the normal distribution, both sides together."""
TOGETHER = (1, 2, 5, 10, 20, 50)
"""Numbers of sites that are told."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the draws with its interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the draws of one seed show."""

    draws: int
    seed: int
    states: int
    """Different failure states among them."""
    sites: dict[str, Assessment]
    """Site → share of time with its equipment up and some way to the core."""
    mean: Share
    """Sites without one, on average at any moment."""
    together: dict[int, Share]
    """Number n → share of time in which n sites or more have none."""


def drawn(part: Network, records: Records, seed: int = 1, draws: int = DRAWS) -> Drawn:
    """Draw failure states of a plan's network."""
    graph, down = _graph(part, records)
    found = sample(graph, down, draws, seed)
    states, times = found.states, found.times
    own = [site.id for site in part.sites]
    rows = np.array([graph.node_number[site] for site in own], dtype=np.int64)
    lost = np.zeros(len(own), dtype=np.int64)
    many = np.zeros(len(states), dtype=np.int64)
    for first in range(0, len(states), CHUNK):
        some = states.stretch(first, min(first + CHUNK, len(states)))
        gone = unpack(cut_off(some) | some.nodes_down, len(some))[rows]
        lost += gone @ times[first : first + len(some)]
        many[first : first + len(some)] = gone.sum(axis=0)
    mean = float(many @ times) / draws
    spread = QUANTILE * float(np.sqrt(((many - mean) ** 2) @ times / draws / draws))
    up, (low, high) = draws - lost, interval(draws - lost, draws, CONFIDENCE)
    sites = {
        site: Assessment(int(up[k]) / draws, float(low[k]), float(high[k]), "sampled") for k, site in enumerate(own)
    }
    counts = [n for n in TOGETHER if n <= len(own)]
    hits = np.array([int(times[many >= n].sum()) for n in counts], dtype=np.int64)
    least, most = interval(hits, draws, CONFIDENCE)
    together = {n: Share(int(hits[k]) / draws, float(least[k]), float(most[k])) for k, n in enumerate(counts)}
    return Drawn(draws, seed, len(states), sites, Share(mean, max(0.0, mean - spread), mean + spread), together)


def over_any_line(part: Network, records: Records, site: str, seed: int = 1) -> Assessment:
    """Return how often a site reaches the core if traffic may take any leased line: exactly, else from the draws."""
    estimate = Estimate(part, records)
    try:
        structure = estimate.rerouted(site)
    except TooManyPathsError:
        return drawn(part, records, seed).sites[site]
    return assess(structure, estimate.elements.up, seed)


def _graph(part: Network, records: Records) -> tuple[FailureGraph, dict[str, float]]:
    """Return the leased lines, the elements that each needs as risk groups, and each element's share of time down."""
    estimate, core = Estimate(part, records), records.province.core
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    graph.add_node(core)
    for site in part.sites:
        graph.add_node(site.id, transit=False, groups=[estimate.elements.one("site", site.id)])
    for link in part.links:
        if link.kind == "internet":
            continue
        needs = sorted(elements(estimate.link(link)))
        graph.add_edge(link.a, core if link.kind == "mobile" else link.b, key=link.id, groups=needs)
    for node, data in graph.nodes.items():
        if node != core and "groups" not in data:
            data["groups"] = [estimate.elements.one("exchange", node)]
    compiled = compile_graph(graph, core)
    return compiled, {name: 1.0 - estimate.elements.up[name] for name in compiled.groups}
