"""Why the data centre has no two Internet links: the least that cannot stand together, and the cheapest way out.

    S ⊆ { carriers differ, no common duct, each carries D }      leaves no pair;   S without r leaves one, r in S

Found by deletion, as in `conflict`; giving up more never takes a pair away, so one pass is enough. Every way out was
tried alone, everything else kept, and its pair priced; the cheapest is named first.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil

from planner.errors import Problem, where
from planner.money import Money
from planner.network.candidates import SMALLEST
from planner.network.purchase import KBPS, cheapest, frontier
from topology.build import build
from topology.model import CandidateLink, Network, Records
from topology.order import natural, natural_key

CARRIERS, DUCTS, TRAFFIC = "different carriers", "no common duct", "all the traffic on each alone"
MOST_MODULES = 64
"""Most that `max_per_link` may say."""
PROMISES = (CARRIERS, DUCTS, TRAFFIC)


@dataclass(frozen=True, slots=True)
class Way:
    """One change after which there is a pair."""

    vnd: int
    """Present value of the cheapest pair then."""
    words: str


def cheapest_pair(network: Network, kept: Collection[str] = PROMISES, need_mbps: float | None = None) -> int | None:
    """Return the price of the cheapest two links that keep these promises; None if there are none."""
    records = network.records
    need = records.figures.get("internet_mbps", 0.0) if need_mbps is None else need_mbps
    needed = ceil(need * KBPS / records.network_policy.max_occupancy.value * (1 - SMALLEST)) if TRAFFIC in kept else 1
    money = Money.of(records.money.discount_rate.value, records.money.horizon_years)
    priced = []
    for link in network.links:
        bought = cheapest(frontier(link, money, needed), needed) if link.kind == "internet" else None
        if bought:
            priced.append((link, bought.cost_vnd))
    pairs = (
        a + b
        for (one, a), (two, b) in combinations(priced, 2)
        if (CARRIERS not in kept or one.carrier != two.carrier)
        and (DUCTS not in kept or not set(one.ducts) & set(two.ducts))
    )
    return min(pairs, default=None)


def conflict(network: Network) -> tuple[str, ...]:
    """Return a minimal set of promises that no pair keeps; empty when there are no two links whatever they keep."""
    left = list(PROMISES)
    for promise in PROMISES:
        rest = [other for other in left if other != promise]
        if cheapest_pair(network, rest) is None:
            left = rest
    return tuple(left)


def ways_out(network: Network) -> tuple[Way, ...]:
    """List single changes that are enough, cheapest first."""
    found = [*_sold(network), *_given_up(network), *_more_modules(network), *_less_traffic(network)]
    return tuple(sorted(found, key=lambda way: (way.vnd, natural_key(way.words))))


def _sold(network: Network) -> Iterator[Way]:
    """Let another carrier sell Internet."""
    records = network.records
    for carrier in records.carriers:
        if carrier.internet or not carrier.fixed:
            continue
        more = tuple(
            one.model_copy(update={"internet": True}) if one.id == carrier.id else one for one in records.carriers
        )
        vnd = cheapest_pair(build(replace(records, carriers=more)))
        if vnd is not None:
            place = _at(records, f"carrier/{carrier.id}/internet", f"carrier/{carrier.id}")
            yield Way(vnd, f"let '{carrier.id}' sell Internet{place}")


def _given_up(network: Network) -> Iterator[Way]:
    for promise in (CARRIERS, DUCTS):
        vnd = cheapest_pair(network, [other for other in PROMISES if other != promise])
        if vnd is not None:
            yield Way(vnd, f"give up '{promise}'")


def _more_modules(network: Network) -> Iterator[Way]:
    """Let a link hold more modules of one kind."""
    names = natural({module.id for link in network.links if link.kind == "internet" for module in link.modules})
    need = network.records.figures.get("internet_mbps", 0.0) / network.records.network_policy.max_occupancy.value
    for name in names:
        now = max((m.max_count for link in network.links for m in link.modules if m.id == name), default=0)
        size = min(m.capacity_mbps for link in network.links for m in link.modules if m.id == name)
        enough = ceil(need / size * (1 - SMALLEST))
        if not now < enough <= MOST_MODULES:
            continue
        wider = tuple(
            replace(
                link,
                modules=tuple(replace(m, max_count=enough) if m.id == name else m for m in link.modules),
            )
            if link.kind == "internet"
            else link
            for link in network.links
        )
        vnd = cheapest_pair(replace(network, links=wider))
        if vnd is not None:
            place = _at(network.records, f"module/{name}/max_per_link", f"module/{name}")
            yield Way(vnd, f"allow {enough} '{name}' on a link (max_per_link){place}")


def _less_traffic(network: Network) -> Iterator[Way]:
    """Ask the two links for less: the most that some pair carries."""
    records = network.records
    most = {link.id: sum(m.capacity_mbps * m.max_count for m in link.modules) for link in _offered(network)}
    carried = max(
        (
            min(most[one.id], most[two.id])
            for one, two in combinations(_offered(network), 2)
            if one.carrier != two.carrier and not set(one.ducts) & set(two.ducts)
        ),
        default=0.0,
    )
    need = int(carried * records.network_policy.max_occupancy.value)
    vnd = cheapest_pair(network, need_mbps=need) if need else None
    if vnd is not None:
        place = _at(records, "figures/figures/internet_mbps/value", "figures/figures/internet_mbps")
        yield Way(vnd, f"ask for {need} Mbit/s of Internet{place}")


def _offered(network: Network) -> list[CandidateLink]:
    return [link for link in network.links if link.kind == "internet"]


def _at(records: Records, *paths: str) -> str:
    place = where(records, *paths)
    return f" ({place})" if place else ""


def problem(network: Network) -> Problem:
    """Say which promises conflict, over which links, and what is enough."""
    records = network.records
    need = records.figures.get("internet_mbps", 0.0)
    promises = conflict(network)
    offered = _offered(network)
    sellers = natural({link.carrier for link in offered})
    sold = ", ".join(f"'{one}'{_at(records, f'carrier/{one}/internet', f'carrier/{one}')}" for one in sellers)
    if not promises:
        text = f"the data centre has fewer than two Internet links, whatever they keep; sold by: {sold or 'nobody'}."
    else:
        named = ", ".join(_said(records, promise, need) for promise in promises)
        text = f"no two Internet links of the data centre keep together: {named}. Sold by: {sold or 'nobody'}."
    if DUCTS in promises:
        common = natural(_common(link for link in offered))
        text += "".join(f" Every link runs in '{duct}'{_at(records, f'duct/{duct}')}." for duct in common)
    ways = ways_out(network)
    hint = "Let another carrier sell Internet (carriers.yaml, internet: true), or add a duct to the core."
    if ways:
        first, *rest = ways
        hint = f"Cheapest change that is enough alone: {first.words}, the two links {first.vnd:,} VND over the horizon."
        if rest:
            hint += " Else: " + "; ".join(f"{way.words}, {way.vnd:,} VND" for way in rest) + "."
    sold_by = next((f"carrier/{one}/internet" for one in sellers), "")
    place = where(records, sold_by, "figures/figures/internet_mbps/value", "carrier", "province")
    return Problem("E-PLAN-311", text, hint, place)


def _said(records: Records, promise: str, need: float) -> str:
    if promise != TRAFFIC:
        return promise
    mbps = int(need) if need == int(need) else need
    return f"{promise}, {mbps:,} Mbit/s{_at(records, 'figures/figures/internet_mbps/value')}"


def _common(links: Iterable[CandidateLink]) -> set[str]:
    ducts = [set(link.ducts) for link in links]
    return set.intersection(*ducts) if ducts else set()
