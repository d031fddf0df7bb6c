"""The search: parts of leased lines alone by their condensed program (`settle`); the others as follows.

1. Every site takes the pair of paths that adds least, one after the other; then some are taken out and put back, again
   and again (`cooling`).
2. Neighbourhoods: all sites around one hub or two, or a handful of other sites, are freed together with the links and
   trunks under them, and routed again by the exact program (`assign`); the rest stays.
3. Beside it every plan is bounded in processes of their own (`program`, `bounding`, `descent`).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from planner.homing.assign import Effort, improve
from planner.homing.bounding import CLOSED, Beside
from planner.homing.cooling import Cooling, apart, done, first_plan
from planner.homing.instance import Instance
from planner.homing.paths import Path, paths
from planner.homing.program import HUB, parts
from planner.homing.routing import Loads, Pair, cost, loads, surcharge
from planner.homing.settle import settle_stars
from planner.limits import Limits, Watch

WIDTH = 40
"""Sites in a neighbourhood, about."""
CHOICE = 28
"""Paths of a site in a neighbourhood of this width; more in a smaller one."""
WORK = 2.0
"""CP-SAT's deterministic seconds for a neighbourhood."""
ROUNDS = 400
"""Neighbourhoods at effort 1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out."""

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    pairs: Mapping[int, tuple[tuple[int, ...], tuple[int, ...]]]
    """Site → links of its two paths."""
    sizes: Mapping[int, int]
    """Link → place of the size bought."""
    objective: float | None
    bound: float
    unserved: int | None = None
    """A site that no two disjoint paths can serve, when infeasible."""


def solve(instance: Instance, limits: Limits, report: Callable[[str, float], None] | None = None) -> Answer:
    """Route every site over two disjoint paths at least cost.

    Parameters
    ----------
    instance
        What to home.
    limits
        `effort` multiplies the neighbourhoods; the wall clock ends the search with the best so far.
    report
        Called with a phase and the best cost.

    """
    watch = Watch(limits)
    ways = {site: list(paths(instance, site)) for site in range(1, len(instance.names)) if instance.demands[site] > 0}
    for site, own in ways.items():
        if apart(own) is None:
            return Answer("infeasible", {}, {}, None, float("inf"), site)
    best, bound, rest = settle_stars(instance, parts(ways), watch, CLOSED, report)
    if rest:
        others, more = _rest(instance, rest, watch, report)
        bound += more
        if others is None:
            return Answer("unknown", {}, {}, None, bound)
        best |= others
    on = loads(instance, best)
    objective = cost(instance, on)
    bound = min(bound, objective)
    status: Literal["optimal", "feasible"] = "optimal" if objective - bound <= CLOSED * objective else "feasible"
    sizes = {int(link): instance.size(int(link), float(on[link])) for link in np.flatnonzero(on > 0)}
    return Answer(
        status, {s: (one.links, two.links) for s, (one, two) in sorted(best.items())}, sizes, objective, bound
    )


def _rest(
    instance: Instance,
    ways: Mapping[int, Sequence[Path]],
    watch: Watch,
    report: Callable[[str, float], None] | None,
) -> tuple[dict[int, Pair] | None, float]:
    """Route sites by neighbourhoods, with a bound from processes beside it."""
    beside = Beside(instance, parts(ways), watch)
    try:
        best = _search(instance, ways, watch, report, beside)
        return best, beside.bound(wait=True)
    finally:
        beside.close()


def _search(
    instance: Instance,
    ways: Mapping[int, Sequence[Path]],
    watch: Watch,
    report: Callable[[str, float], None] | None,
    beside: Beside,
) -> dict[int, Pair] | None:
    limits = watch.limits
    first = first_plan(instance, ways)
    cooled = Cooling(instance, ways, watch, beside, report).run(first)
    best, least = cooled.best, cooled.least
    if least == float("inf"):
        return None
    kept = best  # the first plan at this cost: when the bound comes in must not matter
    rng = random.Random(limits.seed)  # noqa: S311
    plan = _neighbourhoods(instance, best, rng)
    for turn in range(round(ROUNDS * limits.effort)):
        if done(watch, beside, least):
            break
        free = sorted(next(plan)(best))
        base = loads(instance, {site: pair for site, pair in best.items() if site not in free})
        most = max(CHOICE, WIDTH * CHOICE // len(free))
        some = {site: _narrow(instance, site, ways[site], best[site], base, most) for site in free}
        effort = Effort(WORK, watch.left_s, limits.seed + turn)
        found = improve(instance, some, best, base, effort)
        if found is None:
            continue
        trial = {**best, **found}
        price = cost(instance, loads(instance, trial))
        if price < least - 1e-9:
            kept, least = trial, price
            beside.tell(kept)
            if report:
                report("neighbourhood", least)
        if price < least + 1e-9:
            best = trial
    return kept


def _narrow(instance: Instance, site: int, own: Sequence[Path], pair: Pair, base: Loads, most: int) -> list[Path]:
    """Return the paths of a site that are worth a variable, its present ones among them.

    By turns, those that add least to what stays and those that would be cheapest if trunks were filled: sites that move
    together fill a trunk that is too dear for each alone.
    """
    demand = instance.demands[site]
    added = sorted(range(len(own)), key=lambda at: (surcharge(instance, own[at], demand, base), at))
    filled = sorted(range(len(own)), key=lambda at: (_filled(instance, own[at], demand), at))
    places = dict.fromkeys(at for both in zip(added, filled, strict=True) for at in both)
    kept = [own[at] for at in islice(places, most)]
    return kept + [path for path in pair if path not in kept]


def _filled(instance: Instance, path: Path, demand: float) -> float:
    """Return the price of a path that pays its share only of full trunks, and whole links elsewhere."""
    total = 0.0
    for link in path.links:
        ends = {instance.tiers[instance.links[link].a], instance.tiers[instance.links[link].b]}
        if ends <= {0, HUB}:
            total += min(price * demand / capacity for capacity, price in instance.options(link))
        else:
            total += instance.price(link, demand) or 0.0
    return total


def _neighbourhoods(
    instance: Instance, pairs: Mapping[int, Pair], rng: random.Random
) -> Iterator[Callable[[Mapping[int, Pair]], set[int]]]:
    """Give ways to choose the sites to free, hub by hub, then at random, for ever."""
    hubs = [site for site in pairs if instance.tiers[site] == HUB]
    others = [site for site in pairs if instance.tiers[site] != HUB]

    def around(chosen: Sequence[int]) -> Callable[[Mapping[int, Pair]], set[int]]:
        def free(now: Mapping[int, Pair]) -> set[int]:
            passing = [s for s, pair in now.items() if any(h in path.nodes for path in pair for h in chosen)]
            some = rng.sample(passing, min(len(passing), WIDTH))
            return {*some, *chosen}

        return free

    def near(now: Mapping[int, Pair]) -> set[int]:
        """Free a site with those that share links with it, step by step."""
        start = rng.choice(others or hubs)
        found, frontier = {start}, [start]
        while frontier and len(found) < WIDTH // 2:
            at = frontier.pop(0)
            mine = {link for path in now[at] for link in path.links} | set(instance.at[at])
            for site in sorted(now, key=lambda s: (s not in found, s)):
                if site not in found and any(link in mine for path in now[site] for link in path.links):
                    found.add(site)
                    frontier.append(site)
        return set(sorted(found)[: WIDTH // 2])

    while True:
        for hub in hubs:
            yield around([hub])
        for _ in range(max(4, len(hubs))):
            yield near
            if len(hubs) > 1:
                yield around(rng.sample(hubs, 2))
