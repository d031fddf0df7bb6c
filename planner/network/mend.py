"""What would be enough: limits given up, the network solved again, and what its plan uses beyond them.

relaxed(e)   modules of trunk e, equipment of exchange e, a promise of a class without its limit
a change     what the plan of relaxed(e) uses beyond the limit: with that much there is a plan, found and swept
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Literal

from planner.errors import where
from planner.limits import Limits, Watch, silent
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.paths import accesses, trunk_paths
from planner.network.purchase import KBPS
from planner.network.search import Search
from planner.network.selection import Selection
from topology.model import CandidateLink, Network

MOST_MODULES = 64
"""Most that `max_per_link` may say."""
ENDLESS_MBPS = 10**7
MOST_PATHS = 20_000
"""First paths, over all sites, up to which every site chooses columns when a network is solved again."""
SOLVE_S = 20.0
"""Seconds for one of these."""
PRICED = 0.02
"""Relative gap at which a larger network is priced well enough to compare changes."""
ANY_PLAN = 1.0
"""Relative gap at which the first plan is enough."""
Known = Literal["plan", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a network has a plan."""

    known: Known
    best: Selection | None = None


@dataclass(frozen=True, slots=True)
class Mended:
    """Changes that are enough together."""

    words: tuple[str, ...]
    cost_vnd: int
    """Present value of the network then, without the Internet links."""


def outcome(network: Network, watch: Watch, goal: float = PRICED) -> Outcome:
    """Tell whether a network has a plan: one is found, none is proved, or neither.

    Of a large network `goal` says how near the cheapest its plan has to be; a smaller one is solved as ever.
    """
    candidates = Candidates(network)
    choices = {site: Choices(candidates, site, own) for site, own in accesses(candidates).items()}
    if any(not own.primaries for own in choices.values()):
        return Outcome("none")
    paths = trunk_paths(candidates, candidates.policy.max_hops - 1)
    firsts = sum(len(paths[line.to]) for own in choices.values() for line in own.primaries)
    if watch.over:
        return Outcome("unknown")
    limits = Limits(min(SOLVE_S, watch.left_s), watch.limits.seed, watch.limits.effort, watch.limits.should_stop)
    search = Search(candidates, choices, Watch(limits), silent, small=MOST_PATHS, paths=paths)
    if firsts > MOST_PATHS:
        search.goal = search.choice_gap = goal
    search.run()
    if search.best is not None:
        return Outcome("plan", search.best)
    return Outcome("none" if search.unserved or search.impossible else "unknown")


def relaxed(network: Network, elements: Iterable[str]) -> Network:
    """Give trunks as many modules as a link may hold, exchanges endless equipment."""
    named = set(elements)
    exchanges = tuple(
        exchange.model_copy(update={"max_trunk_mbps": ENDLESS_MBPS}) if exchange.id in named else exchange
        for exchange in network.records.exchanges
    )
    total = sum(max(demand.down_mbps, demand.up_mbps) for demand in network.demands.values())
    enough = total / network.records.network_policy.max_occupancy.value
    links = tuple(_wider(link, enough) if link.id in named else link for link in network.links)
    return replace(network, links=links, records=replace(network.records, exchanges=exchanges))


def _wider(link: CandidateLink, enough_mbps: float) -> CandidateLink:
    modules = tuple(
        replace(m, max_count=max(m.max_count, min(MOST_MODULES, ceil(enough_mbps / m.capacity_mbps))))
        for m in link.modules
    )
    return replace(link, modules=modules)


def mend(network: Network, elements: Iterable[str], watch: Watch) -> Mended | None:
    """Return what the plan of the network without these limits uses beyond them; None if no plan was found."""
    named = list(elements)
    best = outcome(relaxed(network, named), watch).best
    if best is None:
        return None
    if len(named) == 1:
        best = _least_equipment(network, named[0], best, watch)
    words = tuple(_beyond(network, best))
    return Mended(words, best.cost_vnd) if words else None


def _least_equipment(network: Network, exchange: str, best: Selection, watch: Watch) -> Selection:
    """Return a plan with the smallest equipment of one exchange for which one was found, by bisection."""
    now = next((x.max_trunk_mbps for x in network.records.exchanges if x.id == exchange), None)
    if now is None or exchange not in best.swept.row:
        return best
    low, high = floor(now), _load_mbps(best, exchange)
    changed = False
    while high - low > 1 and not watch.over:
        middle = (low + high) // 2
        found = outcome(_equipped(network, exchange, middle), watch, ANY_PLAN).best
        if found is None:
            low = middle
        else:
            best, high, changed = found, middle, True
    priced = outcome(_equipped(network, exchange, high), watch).best if changed else None
    return priced if priced is not None and priced.cost_vnd < best.cost_vnd else best


def _equipped(network: Network, exchange: str, mbps: int) -> Network:
    exchanges = tuple(
        one.model_copy(update={"max_trunk_mbps": mbps}) if one.id == exchange else one
        for one in network.records.exchanges
    )
    return replace(network, records=replace(network.records, exchanges=exchanges))


def _load_mbps(best: Selection, exchange: str) -> int:
    return ceil(float(best.swept.busier[best.swept.row[exchange]].max()) / KBPS - 1e-9)


def _beyond(network: Network, best: Selection) -> Iterable[str]:
    links: Mapping[str, CandidateLink] = {link.id: link for link in network.links}
    for trunk, purchase in sorted(best.bought.items()):
        for module, count in zip(links[trunk].modules, purchase.counts, strict=True):
            if count > module.max_count:
                paths = (f"module/{module.id}/max_per_link", f"module/{module.id}")
                place = where(network.records, *paths)
                yield f"allow {count} '{module.id}' on '{trunk}' (max_per_link" + (f", {place})" if place else ")")
    for exchange in network.records.exchanges:
        if exchange.id in best.swept.row:
            load = _load_mbps(best, exchange.id)
            if load > exchange.max_trunk_mbps:
                place = where(network.records, f"exchange/{exchange.id}/max_trunk_mbps", f"exchange/{exchange.id}")
                yield f"raise max_trunk_mbps of '{exchange.id}' to {load}" + (f" ({place})" if place else "")


def cheapest_change(
    network: Network,
    elements: Iterable[str],
    watch: Watch,
    possible: Callable[[Collection[str]], bool] = lambda names: True,
) -> str | None:
    """Say the cheapest single limit to give up, or else fewest of them together; None if nothing was found enough.

    Limits for which `possible` is false are known not to be enough and not tried.
    """
    named = list(elements)
    tried = [mend(network, [one], watch) for one in named if possible([one])]
    alone = [found for found in tried if found is not None]
    if alone:
        best = min(alone, key=lambda found: (found.cost_vnd, found.words))
        words = "Cheapest single change after which a plan was found"
        return _said(words, best)
    left = list(named)
    if len(left) < 2 or not possible(left) or mend(network, left, watch) is None:
        return None
    for one in named:
        fewer = [other for other in left if other != one]
        if possible(fewer) and mend(network, fewer, watch) is not None:
            left = fewer
    found = mend(network, left, watch)
    if found is None:
        return None
    words = "No single change was found enough; together these are"
    return _said(words, found)


def _said(words: str, found: Mended) -> str:
    price = f"that network costs {found.cost_vnd:,} VND over the horizon, Internet links apart"
    return f"{words}: {' and '.join(found.words)}; {price}."
