"""How far bridges, rooms, data centre and network together can be from the best: the exchange's bound.

The decision is taken before the network is solved, with the cheapest own lines as its price of capacity; the network is
then solved for the demands D* that follow. For any other decision with the demands D' and the raises e', e* above the
smallest demands, with K the sites raised at least as much in D' as in D*  (`planner.joint.lines`, rise):

    N(D')  ≥  N(D*) - Σ_{s not in K} U_s(e*_s) + Σ_{s not in K} L_s(e'_s)                            (exchange)

so with ν the bound of the solved network and h the bounds of the data centres, every plan costs at least

    min over (n', G')  ν - Σ U + Σ L + h(n', G') + boxes(n') + Σ_{i in G'} m_i + Σ_{i not in G'} s_i          (joint)

Its distance from the plan's cost is the joint gap. With N(D*) on both sides ν drops out: what is left is the most that
another choice of bridges and rooms could save, whatever the network (`regret_vnd`); 0 proves the choice.
"""

from importlib import metadata
from itertools import combinations

from planner.conference import box_cost
from planner.consolidation.rooms import room_money, users_mbps
from planner.joint.decide import Decided
from planner.limits import gap
from planner.plan import Proof
from topology.demands import AGENCY_CLASS, VIDEO_CLASS
from topology.model import Network
from topology.schema.base import ServiceClass

MOST_ROOMS = 12
TOLERANCE = 1e-6


def certificate(decided: Decided, network: Network, found: Proof, seed: int) -> Proof | None:
    """Return the joint proof; None where a raise may be negative or rooms are too many to list.

    Parameters
    ----------
    network
        For the hosting decided.
    found
        The proof of the network half.

    """
    records, search = network.records, decided.search
    if len(search.rooms) > MOST_ROOMS or _may_relieve(network):
        return None
    weighed = {s.id: money for s in search.rooms.values() if (money := room_money(records, s))}
    stay = {room: money.saves_vnd for room, money in weighed.items()}
    once = {room: money.move_once for room, money in weighed.items()}
    chosen = decided.hosting.moved or frozenset()
    box = box_cost(records).present_value_vnd
    rest = box * sum(decided.hosting.boxes.values())
    rest += sum(vnd for room, vnd in once.items() if room in chosen) + sum(stay[r] for r in stay if r not in chosen)
    own = decided.house.cost_vnd + rest
    top = max(search.at_least)
    kept_boxes = sum(decided.lines.most_rise(*one) or 0 for one in _raised_by_boxes(decided, network))
    must = frozenset(s.id for s in search.rooms.values() if s.running is None) & chosen
    others = []
    for count in range(1, top + 1):
        boxes = box if count < top or decided.hosting.boxes else 0
        for size in range(len(search.rooms) + 1):
            for some in combinations(sorted(search.rooms), size):
                rooms = frozenset(some)
                if not must <= rooms or (count, rooms) in search.refused:
                    continue
                paid = sum(once.get(r, 0) if r in rooms else stay.get(r, 0) for r in search.rooms)
                others.append(search.house_bound((count, rooms)) + boxes - kept_boxes + paid + _lines(decided, rooms))
    least = min(others, default=own)
    objective, bound = found.objective + own, min(found.bound + min(least, own), found.objective + own)
    distance = gap(objective, bound) or 0.0
    return Proof(
        part="joint",
        status="optimal" if distance <= TOLERANCE else "feasible",
        objective=objective,
        bound=round(bound, 3),
        gap=0.0 if distance <= TOLERANCE else round(distance, 6),
        solver=f"CP-SAT, MathOpt {metadata.version('ortools')}",
        seed=seed,
        work=dict(sorted({**decided.work, "regret_vnd": max(0, own - least), "alternatives": len(others)}.items())),
        cut_short=decided.cut_short or found.cut_short,
    )


def _may_relieve(network: Network) -> bool:
    """Whether bridges elsewhere may take load off a line: the tree of a district that meets at its own bridge."""
    records = network.records
    classes = {site.id: site.site_class for site in records.sites}
    return any(
        classes[tree.root] != "core" and records.bridge is not None and classes[tree.root] in records.bridge.places
        and tree.cascade_mbps is not None and tree.cascade != "no"
        for tree in records.conferences
    )  # fmt: skip


def _lines(decided: Decided, rooms: frozenset[str]) -> int:
    """Return - Σ U + Σ L over the agencies, for other rooms that move."""
    search, chosen = decided.search, decided.hosting.moved or frozenset()
    total = 0
    for site in {small.site for small in search.rooms.values()}:
        here = [small for small in search.rooms.values() if small.site == site]
        now, then = (sum(users_mbps(s) for s in here if s.id in some) for some in (chosen, rooms))
        if then >= now > 0:
            continue
        if now:
            total -= decided.lines.most_rise(site, now, AGENCY_CLASS) or 0
        if then:
            total += decided.lines.least_rise(site, then, AGENCY_CLASS)
    return total


def _raised_by_boxes(decided: Decided, network: Network) -> list[tuple[str, float, ServiceClass]]:
    base = decided.search.base.demands
    more = {site: network.demands[site].peak_mbps - base[site].peak_mbps for site in decided.hosting.boxes}
    return [(site, round(extra, 6), VIDEO_CLASS) for site, extra in sorted(more.items()) if extra > 0]
