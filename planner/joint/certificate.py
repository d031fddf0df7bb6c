"""How far bridges, rooms, data centre and network together can be from the best: the exchange's bound.

The decision is taken before the network is solved, with the cheapest own lines as its price of capacity; the network is
then solved for the demands D* that follow. For any other decision with the demands D' and the raises e', e* above the
smallest demands, with K the sites raised at least as much in D' as in D*  (`planner.joint.lines`, rise):

    N(D')  ≥  N(D*) - Σ_{s not in K} U_s(e*_s) + Σ_{s not in K} L_s(e'_s)                            (exchange)

so with ν the bound of the solved network and h the bounds of the data centres, every plan costs at least

    min over (n', G')  ν - Σ U + Σ L + h(n', G') + boxes(n') + Σ_{i in G'} m_i + Σ_{i not in G'} s_i          (joint)

Its distance from the plan's cost is the joint gap. With N(D*) on both sides ν drops out: what is left is the most that
another choice of bridges and rooms could save, whatever the network (`regret_vnd`); 0 proves the choice.

A site with a room is raised by what stands in it (`planner.datacentre.standing`), so the same inequality bounds a plan
whose workloads stand at other sites by the network that was solved for these (`planner.joint.sites`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import combinations

from planner.conference import box_cost
from planner.consolidation.rooms import RoomMoney, room_money, users_mbps
from planner.joint.decide import Decided
from planner.limits import gap
from planner.plan import Proof
from topology.demands import AGENCY_CLASS, VIDEO_CLASS
from topology.model import Hosting, Network, Records
from topology.order import natural
from topology.schema.base import ServiceClass

MOST_ROOMS = 12
TOLERANCE = 1e-6


def certificate(
    decided: Decided, network: Network, found: Proof, seed: int, elsewhere: Sequence[float | None] = ()
) -> Proof | None:
    """Return the joint proof; None where a raise may be negative or rooms are too many to list.

    Parameters
    ----------
    network
        For the hosting decided.
    found
        The proof of the network half.
    elsewhere
        Bounds of plans whose workloads stand at other sites (`planner.joint.sites`); None where one has no bound.

    """
    least = least_else(decided, decided, network)
    beside = [bound for bound in elsewhere if bound is not None]
    if least is None or len(beside) < len(elsewhere):
        return None
    own = own_vnd(decided, network)
    objective = found.objective + own
    bound = min(found.bound + min(least.vnd, own), *beside, objective)
    distance = gap(objective, bound) or 0.0
    others = least.alternatives + len(beside)
    return Proof(
        part="joint",
        status="optimal" if distance <= TOLERANCE else "feasible",
        objective=objective,
        bound=round(bound, 3),
        gap=0.0 if distance <= TOLERANCE else round(distance, 6),
        solver=f"CP-SAT, MathOpt {metadata.version('ortools')}",
        seed=seed,
        work=dict(sorted({**decided.work, "regret_vnd": max(0, own - least.vnd), "alternatives": others}.items())),
        cut_short=decided.cut_short or found.cut_short,
    )


def own_vnd(decided: Decided, network: Network) -> int:
    """Return what everything but the network costs: data centre, boxes, rooms that move or stay."""
    records, chosen = network.records, decided.hosting.moved or frozenset()
    boxes = box_cost(records).present_value_vnd * sum(decided.hosting.boxes.values())
    return decided.house.cost_vnd + boxes + _paid(_weighed(decided, records), chosen)


def _weighed(decided: Decided, records: Records) -> dict[str, RoomMoney]:
    """Return the rooms whose moving costs or saves something."""
    return {s.id: money for s in decided.search.rooms.values() if (money := room_money(records, s))}


def _paid(weighed: Mapping[str, RoomMoney], moved: frozenset[str]) -> int:
    """Return what some rooms pay to move and the others to stay."""
    return sum(money.move_once if room in moved else money.saves_vnd for room, money in weighed.items())


@dataclass(frozen=True, slots=True)
class Least:
    """The least of all bridgings and sets of rooms."""

    vnd: int
    """Of everything but the network, plus the most that the network may cost less than the solved one (negative)."""
    alternatives: int


def least_else(decided: Decided, solved: Decided, network: Network) -> Least | None:
    """Return the least of (joint) over all (n', G') for the sites of `decided`, without ν.

    Parameters
    ----------
    decided
        What is bounded.
    solved
        The decision of which the network was solved; the same, or one with workloads at other sites.
    network
        For the hosting of `solved`.

    """
    records, search = network.records, decided.search
    if len(search.rooms) > MOST_ROOMS or _may_relieve(network):
        return None
    weighed = _weighed(decided, records)
    box = box_cost(records).present_value_vnd
    kept_boxes = sum(solved.lines.most_rise(*one) or 0 for one in _raised_by_boxes(solved, network))
    top = max(search.at_least)
    own_boxes = decided is solved and bool(decided.hosting.boxes)
    chosen = decided.hosting.moved or frozenset()
    must = frozenset(s.id for s in search.rooms.values() if s.running is None) & chosen
    away = Away(decided, solved, network)
    others = []
    for count in range(search.fewest, top + 1):
        boxes = box if count < top or own_boxes else 0
        for size in range(len(search.rooms) + 1):
            for some in combinations(sorted(search.rooms), size):
                rooms = frozenset(some)
                if not must <= rooms or (count, rooms) in search.impossible:
                    continue
                lines = _lines(solved, rooms)
                beside = away.less(count, rooms)
                if beside is None:
                    return None
                others.append(
                    search.house_bound((count, rooms)) + boxes - kept_boxes + _paid(weighed, rooms) + lines + beside
                )
    return Least(min(others) if others else own_vnd(decided, network), len(others))


class Away:
    """-U + L of the sites with rooms: how much less their lines may cost than those of the solved network."""

    def __init__(self, decided: Decided, solved: Decided, network: Network) -> None:
        self.decided, self.lines = decided, solved.lines
        self.now = by_site(network.hosting)
        sized = {w.id for service in network.records.services for w in service.workloads if w.sizing}
        self.fixed = not sized & set(decided.hosting.stands)
        self._known: dict[tuple[int, frozenset[str]], int | None] = {}

    def less(self, count: int, rooms: frozenset[str]) -> int | None:
        """Return it for so many bridges and these rooms; None where some site has no direct lines to fall back on."""
        if not self.now and not self.decided.hosting.stands:
            return 0
        key = (0, frozenset[str]()) if self.fixed else (count, rooms)
        if key not in self._known:
            flat = replace(self.decided.bridging, core_bridges=count)
            then = by_site(self.decided.search.settled(flat, rooms).hosting)
            self._known[key] = self._less(then)
        return self._known[key]

    def _less(self, then: Mapping[str, float]) -> int | None:
        total = 0
        for site in natural({*self.now, *then}):
            before, after = self.now.get(site, 0.0), then.get(site, 0.0)
            if after + TOLERANCE >= before > 0:
                continue
            if before:
                most = self.lines.most_rise(site, before, AGENCY_CLASS)
                if most is None:
                    return None
                total -= most
            if after:
                total += self.lines.least_rise(site, after, AGENCY_CLASS)
        return total


def by_site(hosting: Hosting) -> dict[str, float]:
    """Return site with a room → Mbit/s of what stands there, each way."""
    found: dict[str, float] = {}
    for workload, site in hosting.stands.items():
        found[site] = round(found.get(site, 0.0) + hosting.stands_mbps[workload], 6)
    return found


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
