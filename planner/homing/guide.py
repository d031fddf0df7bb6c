"""A first plan from the relaxation: trunks for the loads of its optimum in shares, then homes for these trunks.

1. Relaxed, sites share themselves out over choices; trunks are bought for what that brings to every hub.
2. Trunks are given, and the choices of all sites are found for them; those that
   look dear are left out.
3. Every site takes two real paths along its choice, at prices at which what is bought already costs nothing.

Each step is a small program with limits of its own, and any may fail: then there is no guidance, only a search.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ortools.math_opt.python import mathopt

from planner.homing.access import Bundle, Choice
from planner.homing.instance import Instance
from planner.homing.paths import Path
from planner.homing.program import Program
from planner.homing.routing import Pair, cost, greedy, loads, reinsert
from planner.homing.trunks import Combination, Load, Trunks
from planner.limits import Watch
from planner.network.solver import SolverError, whole

TRUNK_GAP = 0.02
TRUNK_NODES = 1
HOME_GAP = 0.002
HOME_NODES = 20
Values = Mapping[mathopt.Variable, float]
TRUNK_TIME = 0.5
"""Share of the time that may go into the trunks."""
GRACE_S = 10.0
DEAR = 5e-4
"""Reduced cost, as a share of the whole price, from which a choice is left out."""
MOVES = 12
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Guide:
    """What a relaxation says to do."""

    chosen: Mapping[int, Choice]
    bought: Mapping[Bundle, Combination]


def guide(instance: Instance, program: Program, own: Mapping[int, Sequence[Path]], watch: Watch) -> Guide | None:
    """Return trunks and choices; None when a step found none."""
    shares = program.shares()
    if shares is None:
        return None
    try:
        bought = _trunks(instance, program, own, shares.values, watch)
        return None if bought is None else _homes(program, bought, watch)
    except SolverError:
        return None


def _trunks(
    instance: Instance,
    program: Program,
    own: Mapping[int, Sequence[Path]],
    values: Mapping[mathopt.Variable, float],
    watch: Watch,
) -> dict[Bundle, Combination] | None:
    """Buy trunks for given loads."""
    brought: dict[tuple[int, int, int], float] = defaultdict(float)
    for load in program.loads:
        brought[load.hub, load.left, load.other] += load.mbps.coefficient * values[load.mbps.variable]
    model = mathopt.Model(name="trunks")
    one = model.add_variable(lb=1.0, ub=1.0)
    given = [Load(number, mbps, *where, mbps * one) for number, (where, mbps) in enumerate(sorted(brought.items()))]
    hubs = program.trunks.hubs
    trunks = Trunks(model, instance, {hub: own[hub] for hub in hubs if hub in own}, given, hubs)
    model.minimize(mathopt.LinearSum(trunks.cost))
    limits = replace(watch.limits, time_limit_s=TRUNK_TIME * watch.left_s)
    answer = whole(model, None, TRUNK_GAP, TRUNK_NODES, Watch(limits), GRACE_S)
    if answer.values is None:
        return None
    return {
        bundle: offer
        for bundle, offers in trunks.y.items()
        for offer, y in offers.items()
        if answer.values.get(y.id, 0.0) > 0.5
    }


def _homes(program: Program, bought: Mapping[Bundle, Combination], watch: Watch) -> Guide | None:
    """Choose for all sites with given trunks; the program is left with them fixed."""
    for bundle, offers in program.trunks.y.items():
        paid = bought[bundle].price if bundle in bought else 0.0
        same = next((offer for offer in offers if abs(offer.price - paid) < TINY), None)
        for offer, y in offers.items():
            y.lower_bound = y.upper_bound = float(offer is same)
    shares = program.shares()
    if shares is None:
        return None
    dear = shares.objective * DEAR
    for own in program.patterns.x.values():
        for x in own:
            x.upper_bound = float(shares.values[x] > TINY or shares.reduced[x] <= dear)
    answer = whole(program.model, None, HOME_GAP, HOME_NODES, watch, GRACE_S)
    if answer.values is None:
        return None
    best = {
        bundle: offer
        for bundle, offers in program.trunks.y.items()
        for offer, y in offers.items()
        if answer.values.get(y.id, 0.0) > 0.5
    }
    return Guide(program.chosen(answer.values), best)


def realise(instance: Instance, ways: Mapping[int, Sequence[Path]], hint: Guide) -> dict[int, Pair] | None:
    """Return two disjoint paths for every site of the hint and every hub of `ways`; None if some find no room."""
    along: dict[int, Sequence[Path]] = {}
    for site, own in ways.items():
        choice = hint.chosen.get(site)
        kept = [path for path in own if choice is None or any(_follows(site, path, way.nodes) for way in choice.ways)]
        along[site] = kept
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
    return best


def _follows(site: int, path: Path, nodes: Sequence[int]) -> bool:
    return (site, *path.nodes, 0)[: len(nodes)] == tuple(nodes)


def _discounted(instance: Instance, bought: Mapping[Bundle, Combination]) -> Instance:
    """Return the instance with what is bought at no price and larger sizes at what they cost more."""
    links = list(instance.links)
    between: dict[Bundle, list[int]] = defaultdict(list)
    for place, link in enumerate(links):
        between[min(link.a, link.b), max(link.a, link.b)].append(place)
    for bundle, offer in sorted(bought.items()):
        cheapest = sorted(between[bundle], key=lambda place: (links[place].costs[-1], place))
        for place, capacity in zip(cheapest, offer.sizes, strict=False):
            if not capacity:
                continue
            size = next((k for k, c in enumerate(instance.sizes) if c >= capacity - 1e-9), None)
            if size is None:
                continue
            paid = links[place].costs[size]
            links[place] = replace(links[place], costs=tuple(max(0.0, price - paid) for price in links[place].costs))
    return replace(instance, links=tuple(links))
