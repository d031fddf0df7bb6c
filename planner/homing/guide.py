"""A plan from values of the relaxation: homes and trunks are given, real paths are found for them.

1. Every site takes two paths along its choice, one site after the other, at prices at which what is bought already
   costs nothing.
2. Which of parallel links they take, and how they go on from their first hubs, is settled for all at once by the exact
   program over paths along the choices and on the trunks that are bought.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from planner.homing.access import Bundle, Choice, bundle
from planner.homing.assign import Effort, improve
from planner.homing.bundles import bundles
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.program import Program
from planner.homing.routing import Pair, cost, greedy, loads, reinsert
from planner.homing.trunks import Combination

MOVES = 12
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Guide:
    """What a relaxation says to do."""

    chosen: Mapping[int, Choice]
    bought: Mapping[Bundle, Combination]


def guide(program: Program, values: Mapping[int, float]) -> Guide:
    """Return the choices and trunks of a solution, by variable id → value."""
    bought = {
        one: offer
        for one, offers in program.trunks.y.items()
        for offer, y in offers.items()
        if values.get(y.id, 0.0) > HALF
    }
    return Guide(program.chosen(values), bought)


def realise(
    instance: Instance, ways: Mapping[int, Sequence[Path]], hint: Guide, effort: Effort
) -> dict[int, Pair] | None:
    """Return two disjoint paths for every site of the hint and every hub of `ways`; None if some find no room."""
    along: dict[int, Sequence[Path]] = {}
    for site, own in ways.items():
        choice = hint.chosen.get(site)
        along[site] = [p for p in own if choice is None or any(_follows(site, p, way.nodes) for way in choice.ways)]
    cheap = _discounted(instance, hint.bought)
    best, least = None, float("inf")
    for order in (sorted(ways, key=lambda site: (-instance.demands[site], site)), sorted(ways)):
        pairs = greedy(cheap, along, order)
        if pairs is None:
            continue
        reinsert(cheap, along, pairs, MOVES)
        reinsert(instance, along, pairs, MOVES)
        price = cost(instance, loads(instance, pairs))
        if price < least:
            best, least = pairs, price
    if best is None or not hint.bought:
        return best
    inner = {node for one in hint.bought for node in one}
    fitting = {site: [p for p in own if not _strays(site, p, hint.bought, inner)] for site, own in along.items()}
    links = bundles(instance)
    nothing = np.zeros(len(instance.links))
    within = {links[one]: offer.price for one, offer in hint.bought.items()}
    exact = improve(instance, fitting, best, nothing, effort, within)
    if exact is None:
        wider = {site: [*own, *(p for p in best[site] if p not in own)] for site, own in fitting.items()}
        exact = improve(instance, wider, best, nothing, effort)
    return exact if exact is not None and cost(instance, loads(instance, exact)) < least else best


def _follows(site: int, path: Path, nodes: Sequence[int]) -> bool:
    return (site, *path.nodes, 0)[: len(nodes)] == tuple(nodes)


def _strays(site: int, path: Path, bought: Mapping[Bundle, Combination], inner: set[int]) -> bool:
    """Whether a path goes over a trunk that is not bought."""
    steps = pairwise((site, *path.nodes, 0))
    return any({a, b} <= inner and bundle(a, b) not in bought for a, b in steps)


def _discounted(instance: Instance, bought: Mapping[Bundle, Combination]) -> Instance:
    """Return the instance with what is bought at no price and larger sizes at what they cost more."""
    links = list(instance.links)
    between: dict[Bundle, list[int]] = defaultdict(list)
    for place, link in enumerate(links):
        between[bundle(link.a, link.b)].append(place)
    for one, offer in sorted(bought.items()):
        cheapest = sorted(between[one], key=lambda place: (links[place].costs[-1], place))
        for place, capacity in zip(cheapest, offer.sizes, strict=False):
            if not capacity:
                continue
            size = next((k for k, c in enumerate(instance.sizes) if c >= capacity - 1e-9), None)
            if size is None:
                continue
            paid = links[place].costs[size]
            links[place] = replace(links[place], costs=tuple(max(0.0, price - paid) for price in links[place].costs))
    return replace(instance, links=tuple(links))
