"""Bridges and rooms together: which bridges stand where and which small data centres move, at least cost.

    min over (x, G)   H(n_x, G)  +  B(x)  +  Σ_{i in G} (m_i - s_i)  +  Σ_s l_s(G)                            (total)

x    bridging with n_x bridges at the core, B(x) its boxes and larger lines          G    rooms that move
H    present value of the data centre that holds n bridges and the servers of G, by the exact placement
m_i  moving room i     s_i  what it costs as long as it runs     l_s  larger own lines of the agency at s

H costs a placement each time it is asked for and B(n) = min B(x) over n_x ≤ n a program, so both are asked for as
little as possible. More machines never cost less, fewer bridges at the core never save boxes:

    H(n, G) ≥ H(n', G')  for every known n' ≤ n, G' ≼ G          B(n) ≥ B(n')  for every known n' ≥ n

≼: `planner.joint.dominance`. The smallest rooms with one bridge are placed first, for their bound, when sets of that
size come up. The combination with the least bound is placed, then bridged, until its bound is its cost: best-first
search (Hart, Nilsson, Raphael 1968), optimal when it ends.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from planner.conference import Bridging, Bridgings, Found
from planner.consolidation.rooms import room_money, users_mbps
from planner.datacentre.standing import settled
from planner.datacentre.workloads import expand
from planner.errors import PlanningError, refuse
from planner.joint.dominance import Dominance
from planner.joint.houses import Housed, Houses
from planner.joint.lines import OwnLines
from planner.limits import Limits, Progress, Report, Watch, gap, silent
from planner.plan import House
from topology.conference import groups, places
from topology.demands import AGENCY_CLASS, VIDEO_CLASS, hosted
from topology.model import FLAT, Hosting, Network
from topology.order import natural
from topology.schema.services import SmallDataCentre

MOST_FREE = 12
"""Rooms whose moving is searched in all combinations; of more, the dearest to decide stay as their own money says."""
MOST_PLACEMENTS = 60
"""Combinations placed; then the best is kept with the bound of all others."""
Rooms = frozenset[str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, with what proves it."""

    hosting: Hosting
    bridging: Bridging
    objective_vnd: int
    """Of (total)."""
    bound_vnd: int
    house: Housed
    """The data centre of the decision."""
    lines: OwnLines
    search: "Search"
    """Answers what other combinations would cost."""
    cut_short: bool = False

    @property
    def work(self) -> dict[str, int]:
        """Deterministic measures."""
        return self.search.work


def decide(
    network: Network,
    limits: Limits,
    report: Report = silent,
    watch: Watch | None = None,
    stands: Mapping[str, str] | None = None,
    placed: Houses | None = None,
    bridged: dict[str, Found] | None = None,
) -> Decided:
    """Decide bridges and rooms, with workloads away from the core where `stands` says; `placed` and `bridged` remember.

    Raises
    ------
    PlanningError
        E-PLAN-421 when a tree must cascade and cannot; what `planner.datacentre.search.place` raises when not even
        the smallest data centre can be placed.

    """
    search = Search(network, limits, report, watch or Watch(limits), stands, placed, bridged)
    return search.run()


class Search:
    """State of one search."""

    def __init__(
        self,
        network: Network,
        limits: Limits,
        report: Report,
        watch: Watch,
        stands: Mapping[str, str] | None = None,
        placed: Houses | None = None,
        bridged: dict[str, Found] | None = None,
    ) -> None:
        self.stands, self.placed = dict(stands or {}), placed or Houses(network.records, limits)
        self.network, self.records, self.limits, self.report, self.watch = (
            network,
            network.records,
            limits,
            report,
            watch,
        )
        self.rooms: dict[str, SmallDataCentre] = {
            s.id: s for s in self.records.small_data_centres if self.records.moving is not None and s.servers_max.value
        }
        decided = self.decided = bool(self.rooms)
        self.base = hosted(network, replace(FLAT, moved=frozenset() if decided else None))
        self.lines = OwnLines(self.base)
        self.houses: dict[tuple[int, Rooms], Housed] = {}
        self.refused: dict[tuple[int, Rooms], PlanningError] = {}
        self.settled_houses: set[tuple[int, Rooms]] = set()
        """Those placed with the loads of the bridges decided."""
        self.overloaded: set[tuple[int, Rooms]] = set()
        """Those whose cheapest bridging makes demands that the data centre cannot carry."""
        self.unasked: set[tuple[int, Rooms]] = set()
        """Those whose bridging the clock left open."""
        self.bridgings = Bridgings(self.records, self._steps(), self.watch, bridged)
        self.dominance = Dominance(tuple(self.rooms.values()))
        self.bridged: dict[int, Bridging] = {}
        """Most bridges at the core → cheapest bridging."""
        self.at_least: dict[int, int] = {}
        """Most bridges at the core → bound of its boxes and lines."""
        self.fewest = 1
        """Fewest bridges at the core that are weighed."""
        self.work = {"bridgings": 0, "combinations": 0, "placements": 0}

    def run(self) -> Decided:
        """Search best first."""
        first, bound = self.bridgings.cheapest()
        if first is None or bound is None:
            raise self._no_time()
        top = first.core_bridges
        self.bridged[top], self.at_least[top] = first, bound
        self.fewest = self._fewest(top)
        own = self._own()
        money = self._sets(own)
        open_ = {(count, rooms) for count in range(self.fewest, top + 1) for rooms in money}
        self.work["combinations"] = len(open_)
        best: tuple[int, Rooms] | None = None

        def value(key: tuple[int, Rooms]) -> int:
            return self.bridged[key[0]].cost_vnd + money[key[1]] + self.houses[key].cost_vnd

        def least(key: tuple[int, Rooms]) -> int:
            return self._boxes(key[0]) + money[key[1]] + self.house_bound(key)

        cut_short = False
        while open_:
            key = min(open_, key=lambda k: (least(k), -k[0], -len(k[1]), natural(k[1])))
            if best is not None and least(key) >= value(best):
                break
            if best is not None and (self.watch.over or self.work["placements"] >= MOST_PLACEMENTS):
                cut_short = self.watch.over
                break
            if best is None and self.watch.over:
                key = self._in_haste(open_, least)
            cutoff = None if best is None else value(best) - money[key[1]] - self.house_bound(key)
            if not self._settle(key, cutoff):
                open_.discard(key)
            elif key in self.settled_houses:
                if best is None or value(key) < value(best):
                    best = key
                open_.discard(key)
        if best is None and not self.refused:
            raise self._no_time()
        if best is None:
            raise self.refused[min(self.refused, key=lambda key: (len(key[1]), key[0], natural(key[1])))]
        cost = value(best)
        known = [least(key) for key in open_ | self.overloaded | self.unasked]
        known.append(cost - value_gap(self.bridged[best[0]], self.houses[best]))
        bound = min(cost, *known)
        seconds = self.watch.seconds
        self.report(Progress("datacentre", "bridges and rooms", float(cost), float(bound), gap(cost, bound), seconds))
        moved = best[1] if self.decided else None
        house, bridging = self.houses[best], self.bridged[best[0]]
        hosting = replace(bridging.hosting(moved), stands=self.stands)
        return Decided(hosting, bridging, cost, bound, house, self.lines, self, cut_short)

    def _fewest(self, top: int) -> int:
        """Find out what one bridge less at the core costs, which bounds all fewer; return the fewest worth weighing."""
        if top < 2:
            return top
        bridging, bound = self.bridgings.cheapest(top - 1)
        self.work["bridgings"] += 1
        if bound is None:
            return top
        self.at_least[top - 1] = bound
        if bridging is not None:
            self.bridged[top - 1] = bridging
        return 1

    def _in_haste(self, open_: set[tuple[int, Rooms]], least: Callable[[tuple[int, Rooms]], int]) -> tuple[int, Rooms]:
        """Return what makes a decision now that the clock has ended the search: its bridging is known already.

        Raises
        ------
        PlanningError
            E-PLAN-402 when there is none.

        """
        ready = [key for key in open_ if key[0] in self.bridged]
        if not ready:
            raise self._no_time()
        return min(ready, key=lambda key: (key not in self.houses, least(key), -len(key[1]), natural(key[1])))

    def _no_time(self) -> PlanningError:
        hint = "Give it more time (--time-limit)."
        return refuse(code="E-PLAN-402", message="no bridges and rooms were decided within the limits.", hint=hint)

    def _settle(self, key: tuple[int, Rooms], cutoff_vnd: int | None) -> bool:
        """Find out more about a combination: its data centre first, then its boxes. False: it is out."""
        count, rooms = key
        if key not in self.houses:
            smallest = (self.fewest, frozenset(self.dominance.smallest_first[: len(rooms)]))
            if smallest not in self.houses and self.place(smallest):
                return True
            return self.place(key)
        bridging, bound = self.bridgings.cheapest(count, None if cutoff_vnd is None else cutoff_vnd - 1)
        self.work["bridgings"] += 1
        if bound is None:
            return False
        self.at_least[count] = max(self._boxes(count), bound)
        if bridging is None and self.watch.over:
            if count in self.bridged:
                return self._with_its_loads(key, self.bridged[count])
            self.unasked.add(key)
            return False
        if bridging is not None:
            self.bridged[count] = bridging
            return self._with_its_loads(key, bridging)
        return cutoff_vnd is None or bound < cutoff_vnd

    def _with_its_loads(self, key: tuple[int, Rooms], bridging: Bridging) -> bool:
        """Place the data centre again with the loads of these bridges; False when the firewall cannot carry them."""
        if bridging.homes:
            try:
                self.houses[key] = self.housed(bridging, key[1])
            except PlanningError as error:
                self.refused[key] = error
                self.overloaded.add(key)  # other bridges, as many at the core, might do: the bound knows of them
                return False
        self.settled_houses.add(key)
        return True

    # parts of the total ---------------------------------------------------------------------------------------------

    def _steps(self) -> dict[str, Sequence[tuple[float, int]]]:
        """Return place → steps of its own lines, up to all endpoints and streams of the hour that loads it most."""
        known = groups(self.records)
        away = natural({p for group in known for p in places(self.records, group)} - {self.network.core})
        if not away:
            return {}
        rate = sum(tree.cascade_mbps.value for tree in self.records.conferences if tree.cascade_mbps)
        most = sum(len(group.sites) * group.mbps for group in known) + rate
        return {place: self.lines.steps(place, most, VIDEO_CLASS) for place in away}

    def _own(self) -> dict[Rooms, int]:
        """Return rooms of one agency that move together → moving and larger lines, less what the rooms cost.

        Sets that no line carries are missing.
        """
        own: dict[Rooms, int] = {}
        at: dict[str, list[SmallDataCentre]] = {}
        for small in self.rooms.values():
            at.setdefault(small.site, []).append(small)
        for site, here in at.items():
            for count in range(1, len(here) + 1):
                for chosen in combinations(here, count):
                    rise = self.lines.rise(site, sum(users_mbps(small) for small in chosen), AGENCY_CLASS)
                    if rise is None:
                        continue
                    money = [room_money(self.records, small) for small in chosen]
                    saved = sum(m.saves_vnd - m.move_once for m in money if m)
                    own[frozenset(small.id for small in chosen)] = rise - saved
        return own

    def _sets(self, own: Mapping[Rooms, int]) -> dict[Rooms, int]:
        """Return every set of rooms that may move → its own money; rooms that nobody weighs always move."""
        must = frozenset(name for name, small in self.rooms.items() if small.running is None)
        sets: dict[Rooms, int] = {frozenset(): 0}
        for site in natural({small.site for small in self.rooms.values()}):
            here = [(chosen, money) for chosen, money in own.items() if all(self.rooms[r].site == site for r in chosen)]
            keep = [(frozenset[str](), 0), *here]
            if not any(money < 0 for _, money in here) and not must & {r for c, _ in here for r in c}:
                keep = keep[:1]  # moving costs more than the rooms, hosts not even counted
            elif len(sets) >= 2**MOST_FREE:
                keep = [min(keep, key=lambda item: (item[1], natural(item[0])))]
            sets = {chosen | more: money + extra for chosen, money in sets.items() for more, extra in keep}
        forced = frozenset(room for room in must if any(room in chosen for chosen in own))
        return {chosen: money for chosen, money in sets.items() if forced <= chosen} or sets

    def _boxes(self, count: int) -> int:
        """Bound of boxes and lines with at most so many bridges at the core."""
        return max((bound for most, bound in self.at_least.items() if most >= count), default=0)

    def house_bound(self, key: tuple[int, Rooms]) -> int:
        """Bound of the data centre: its own, or the most of those it contains."""
        count, chosen = key
        if key in self.houses:
            return self.houses[key].bound_vnd
        contained = (
            house.bound_vnd
            for (most, rooms), house in self.houses.items()
            if most <= count and self.dominance.asks_no_more(rooms, chosen)
        )
        return max(contained, default=0)

    def place(self, key: tuple[int, Rooms]) -> bool:
        """Place the data centre of a combination; False when it has no placement, for a reason that is kept."""
        if key in self.refused:
            return False
        if key not in self.houses:
            count, rooms = key
            flat = Bridging({}, {}, count, 0, 0)
            try:
                self.houses[key] = self.housed(self.bridged.get(count, flat), rooms)
            except PlanningError as error:
                if any(problem.code == "E-PLAN-402" for problem in error.problems):
                    raise
                self.refused[key] = error
                return False
            self.work["placements"] += 1
        return True

    @property
    def impossible(self) -> set[tuple[int, Rooms]]:
        """Combinations that no bridging makes possible."""
        return self.refused.keys() - self.overloaded

    def houses_of(self, decided: "Decided", room: str) -> tuple[tuple[House, House] | None, str]:
        """Return the data centre with a room and without it, the others as decided, or why it cannot be placed."""
        count, moved = decided.bridging.core_bridges, decided.hosting.moved or frozenset()
        with_, without = (count, moved | {room}), (count, moved - {room})
        for key in (with_, without):
            if not self.place(key):
                return None, self.refused[key].problems[0].code
        return (self.houses[with_].standing, self.houses[without].standing), ""

    def settled(self, bridging: Bridging, moved: Rooms) -> Network:
        """Return the network with these bridges and rooms, and what follows from them."""
        hosting = bridging.hosting(moved if self.decided else None)
        return settled(self.network, replace(hosting, stands=self.stands))

    def housed(self, bridging: Bridging, moved: Rooms) -> Housed:
        """Place the data centre with these bridges and rooms."""
        network = self.settled(bridging, moved)
        machines = expand(self.records, network.demands, network.hosting)
        return self.placed.housed(machines, self.watch)


def value_gap(bridging: Bridging, house: Housed) -> int:
    """Return how far boxes and data centre may be from their bounds, VND."""
    return bridging.cost_vnd - bridging.bound_vnd + house.cost_vnd - house.bound_vnd
