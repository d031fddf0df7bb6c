"""The search: parts of leased lines alone by their condensed program (`settle`); the others as follows.

1. Every site takes the pair of paths that adds least, one after the other; then some are taken out and put back, again
   and again (`rebuild`).
2. Neighbourhoods: all sites around one hub or two, or a handful of other sites, are freed together with the links and
   trunks under them, and routed again by the exact program (`assign`); the rest stays.
3. Beside it every plan is bounded in processes of their own (`program`, `bounding`, `descent`).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Literal

import numpy as np

from planner.homing.assign import Effort, improve
from planner.homing.bounding import CLOSED, Beside
from planner.homing.instance import Instance
from planner.homing.paths import Path, paths
from planner.homing.program import HUB, parts
from planner.homing.rebuild import Rebuild
from planner.homing.routing import Loads, Pair, cost, greedy, loads, surcharge
from planner.homing.settle import settle_stars
from planner.limits import Limits, Watch

TURNS = 8000
"""Of ruin and recreate until it is cold, at effort 1."""
STARTS, AGAIN = 3, 5
"""Times that it cools down from the first plan, and from the best."""
WARMER = 0.4
"""Heat then, against the first."""
SHARE = 0.2
"""Of the clock's rest, the most for one of these: it cools down faster where that is little."""
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
        if _apart(own) is None:
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
    first = _first(instance, ways)
    rebuild = Rebuild(instance, ways, first)
    best, least = first, rebuild.cost
    turns = max(1, round(TURNS * limits.effort))
    for turn in range(STARTS + AGAIN):
        passed = partial(_passed, watch, beside, least, watch.seconds, SHARE * watch.left_s)
        pairs = rebuild.run(turns, limits.seed + turn, 1.0 if turn < STARTS else WARMER, passed)
        price = cost(instance, loads(instance, pairs))
        if price < least - 1e-9:
            best, least = pairs, price
            beside.tell(best)
            if report:
                report("rebuilt", least)
        rebuild.restart(first if turn + 1 < STARTS else best)
    if least == float("inf"):
        return None
    kept = best  # the first plan at this cost: when the bound comes in must not matter
    rng = random.Random(limits.seed)  # noqa: S311
    plan = _neighbourhoods(instance, best, rng)
    for turn in range(round(ROUNDS * limits.effort)):
        if _done(watch, beside, least):
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


def _done(watch: Watch, beside: Beside, least: float) -> bool:
    return watch.over or least - beside.bound() <= CLOSED * least


def _passed(watch: Watch, beside: Beside, least: float, began: float, most: float) -> float:
    """Return the share of some seconds that has passed; all of it when there is nothing left to do."""
    return 1.0 if most <= 0 or _done(watch, beside, least) else (watch.seconds - began) / most


def _first(instance: Instance, ways: Mapping[int, Sequence[Path]]) -> dict[int, Pair]:
    """Route all sites, those of large demand first; where that finds no room, each as if it were alone."""
    order = sorted(ways, key=lambda site: (-instance.demands[site], site))
    pairs = greedy(instance, ways, order)
    return pairs or {site: apart for site in order if (apart := _apart(ways[site])) is not None}


def _apart(own: Sequence[Path]) -> Pair | None:
    """Return two disjoint paths."""
    for at, one in enumerate(own):
        for two in own[at + 1 :]:
            if not one.risks & two.risks:
                return one, two
    return None


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
