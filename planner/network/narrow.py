"""Why sites together find no room: a cut that every plan must cross and no purchase makes wide enough.

    Σ_{s in S} d_sk  >  Σ_{t in T} ρ C_t + Σ_{e in E} T_e      in state k, one way       then there is no plan    (cut)

S     sites                        d_sk  demand in the normal state; in a state survived, the degraded share
T, E  trunks and exchanges whose loss, with the links that are down in k, parts S from the core
C_t   capacity of all modules that t can hold        T_e  largest traffic of the equipment of e        ρ  occupancy

Paths may split here and use any line of the site in either role, so a plan gives a flow: no flow, no plan. The cut is
that of a largest flow (Ford and Fulkerson, 1956). Sites and elements that are not needed for the contradiction are
deleted one by one (Chinneck, 2008, §6.2), so what is named is minimal.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from ortools.graph.python import max_flow

from planner.errors import Problem, where
from planner.limits import Limits, Watch
from planner.network import mend
from planner.network.candidates import Candidates
from planner.network.columns import Choices
from planner.network.loads import NORMAL
from planner.network.purchase import KBPS, whole_kbps
from topology.model import CandidateLink, FailureState
from topology.order import natural_key

MOST_CUTS = 8
"""Cuts after the first that are widened to see whether all changes together are enough."""
ENDLESS_KBPS = 10**10
WAYS = ("down", "up")


@dataclass(frozen=True, slots=True)
class Cut:
    """Demand that does not fit."""

    state: str
    way: str
    sites: tuple[str, ...]
    elements: tuple[str, ...]
    """Trunks and exchanges; giving any one of them unlimited room, or leaving any site out, mends this cut."""
    needed_kbps: int
    room_kbps: int


@dataclass
class Room:
    """The network at its widest, state by state."""

    candidates: Candidates
    choices: Mapping[str, Choices]
    more_kbps: Mapping[str, int] = field(default_factory=dict)
    """Room added to trunks (after occupancy) and exchanges, to try a relaxation."""

    def states(self) -> Iterator[tuple[FailureState | None, str]]:
        """Give the normal state and all survived ones, each way."""
        for state in (None, *self.candidates.survived_states):
            for way in WAYS:
                yield state, way

    def cut(self, watch: Watch | None = None) -> Cut | None:
        """Return a minimal cut that is too narrow, in the first state that has one; None if there is room in all.

        With a watch, None also when its time was over before all states were looked at.
        """
        for state, way in self.states():
            if watch is not None and watch.over:
                return None
            flow = _Flow(self, state, way)
            if not flow.fits(flow.demands, flow.limits):
                return flow.minimal()
        return None

    def usable_kbps(self, trunk: CandidateLink) -> int:
        """Return what a trunk with every module it can hold may carry."""
        most = sum(whole_kbps(module) * module.max_count for module in trunk.modules)
        return self.candidates.usable(most) + self.more_kbps.get(trunk.id, 0)


class _Flow:
    """One state, one way."""

    def __init__(self, room: Room, state: FailureState | None, way: str) -> None:
        self.room, self.state, self.way = room, state, way
        candidates = room.candidates
        down_links = state.links if state else frozenset()
        down_nodes = state.exchanges if state else frozenset()
        self.demands = {site: self._demand(site) for site in candidates.sites if self._demand(site)}
        self.limits = {
            e: round(x.max_trunk_mbps * KBPS) + room.more_kbps.get(e, 0)
            for e, x in candidates.exchanges.items()
            if e not in down_nodes
        }
        self.trunks = [t for t in candidates.trunks if t.id not in down_links and not {t.a, t.b} & down_nodes]
        self.limits |= {trunk.id: room.usable_kbps(trunk) for trunk in self.trunks}
        self.lines: list[tuple[str, str]] = []
        for site in self.demands:
            own = room.choices[site]
            for line in (*own.primaries, *own.backups, *own.mobiles):
                if line.link.id not in down_links and line.to not in down_nodes:
                    self.lines.append((site, line.to))
        ends = ["", candidates.core, *self.demands, *candidates.exchanges]
        self._number = {name: index for index, name in enumerate(ends)}
        self._out = {e: len(ends) + index for index, e in enumerate(candidates.exchanges)}

    def _demand(self, site: str) -> int:
        demand = self.room.candidates.demands[site]
        if self.state is None:
            return demand.down if self.way == "down" else demand.up
        if self.state.kind not in self.room.candidates.class_policy(site).survive:
            return 0
        return demand.degraded_down if self.way == "down" else demand.degraded_up

    def _run(self, demands: Mapping[str, int], limits: Mapping[str, int]) -> tuple[int, frozenset[int]]:
        """Return the largest flow from sites to the core and the source's side of a least cut."""
        number, out = self._number, self._out
        endless = sum(demands.values()) + 1
        arcs = [(0, number[site], kbps) for site, kbps in demands.items()]
        arcs += [(number[site], number[to], endless) for site, to in self.lines if site in demands]
        arcs += [(number[e], out[e], limits.get(e, endless)) for e in out]
        for trunk in self.trunks:
            for start, end in ((trunk.a, trunk.b), (trunk.b, trunk.a)):
                if start in out:
                    arcs.append((out[start], number[end], limits.get(trunk.id, endless)))
        solver = max_flow.SimpleMaxFlow()
        tails, heads, capacities = (np.array(column) for column in zip(*arcs, strict=True))
        solver.add_arcs_with_capacity(tails, heads, np.minimum(capacities, endless))
        if solver.solve(0, 1) != solver.OPTIMAL:
            message = "the largest flow was not found"
            raise ArithmeticError(message)
        return int(solver.optimal_flow()), frozenset(int(node) for node in solver.get_source_side_min_cut())

    def fits(self, demands: Mapping[str, int], limits: Mapping[str, int]) -> bool:
        """Tell whether the demands reach the core within the limits; elements without one take any load."""
        return not demands or self._run(demands, limits)[0] >= sum(demands.values())

    def minimal(self) -> Cut:
        """Return a minimal contradiction between demands and limits."""
        _, side = self._run(self.demands, self.limits)
        demands = {site: kbps for site, kbps in self.demands.items() if self._number[site] in side}
        limits = {e: kbps for e, kbps in self.limits.items() if self._crosses(e, side)}
        for element in sorted(limits, key=natural_key):
            less = {other: kbps for other, kbps in limits.items() if other != element}
            if not self.fits(demands, less):
                limits = less
        for site in sorted(demands, key=lambda s: (demands[s], natural_key(s))):
            less = {other: kbps for other, kbps in demands.items() if other != site}
            if not self.fits(less, limits):
                demands = less
        reached, _ = self._run(demands, limits)
        return Cut(
            self.state.id if self.state else NORMAL,
            self.way,
            tuple(sorted(demands, key=natural_key)),
            tuple(sorted(limits, key=natural_key)),
            sum(demands.values()),
            reached,
        )

    def _crosses(self, element: str, side: frozenset[int]) -> bool:
        if element in self._out:
            return self._number[element] in side and self._out[element] not in side
        trunk = self.room.candidates.links[element]
        ways = ((trunk.a, trunk.b), (trunk.b, trunk.a))
        return any(a in self._out and self._out[a] in side and self._number[b] not in side for a, b in ways)


def problem(
    candidates: Candidates, choices: Mapping[str, Choices], watch: Watch | None = None, *, patient: bool = True
) -> Problem | None:
    """Say which sites find no room through what, with the cheapest way out; None if no cut is too narrow.

    The cut is looked for in every state whatever the watch says, unless not `patient`.
    """
    cut = Room(candidates, choices).cut(None if patient else watch)
    if cut is None:
        return None
    records = candidates.network.records
    named = ", ".join(_named(candidates, element) for element in cut.elements) or "no link"
    sites = ", ".join(f"'{site}'" for site in cut.sites)
    text = f"{sites} need {cut.needed_kbps / KBPS:g} Mbit/s ({cut.way}) in state {cut.state}; "
    text += f"{named} let {cut.room_kbps / KBPS:g} through, with every module they can hold."

    def wide(names: Collection[str]) -> bool:
        return Room(candidates, choices, dict.fromkeys(names, ENDLESS_KBPS)).cut() is None

    elements = _elements(candidates, choices, cut)
    enough = mend.cheapest_change(candidates.network, elements, watch or Watch(Limits()), wide)
    hint = enough or _cheapest(candidates, choices, cut)
    place = where(records, f"site/{cut.sites[0]}")
    return Problem("E-PLAN-304", text, hint, place)


def _elements(candidates: Candidates, choices: Mapping[str, Choices], cut: Cut) -> tuple[str, ...]:
    """Return the elements of this cut and, these being wide enough, of the next ones until none is too narrow."""
    found = dict.fromkeys(cut.elements)
    for _ in range(MOST_CUTS):
        further = Room(candidates, choices, dict.fromkeys(found, ENDLESS_KBPS)).cut()
        if further is None or not set(further.elements) - set(found):
            break
        found |= dict.fromkeys(further.elements)
    return tuple(found)


def _named(candidates: Candidates, element: str) -> str:
    records = candidates.network.records
    if element in candidates.exchanges:
        paths: Iterable[str] = (f"exchange/{element}/max_trunk_mbps", f"exchange/{element}")
    else:
        link = candidates.links[element]
        paths = (*(f"module/{module.id}" for module in link.modules), *(f"duct/{duct}" for duct in link.ducts))
    place = where(records, *paths)
    return f"'{element}' ({place})" if place else f"'{element}'"


def _cheapest(candidates: Candidates, choices: Mapping[str, Choices], cut: Cut) -> str:
    """Return the cheapest single change after which no cut is too narrow; equipment, without a price, comes last."""
    short = cut.needed_kbps - cut.room_kbps
    options: list[tuple[int, str, Mapping[str, int]]] = []
    for element in cut.elements:
        if element in candidates.exchanges:
            words = f"raise max_trunk_mbps of '{element}' by {ceil(short / KBPS)}"
            options.append((2**62, words, {element: ceil(short / KBPS) * KBPS}))
            continue
        for module in candidates.links[element].modules:
            count = ceil(short / (candidates.occupancy * whole_kbps(module)))
            vnd = candidates.money.present_value(module.one_off_vnd * count, module.monthly_vnd * count)
            words = f"allow {count} more '{module.id}' on '{element}' (max_per_link), {vnd:,} VND over the horizon"
            options.append((vnd, words, {element: candidates.usable(whole_kbps(module) * count)}))
    for _, words, more in sorted(options, key=lambda option: option[:2]):
        if Room(candidates, choices, more).cut() is None:
            return f"Cheapest change after which no such cut is left: {words}; then plan again."
    return f"Room for {short / KBPS:g} Mbit/s more is needed here, and other cuts are too narrow as well."
