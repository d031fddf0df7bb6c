"""Cheapest purchase first, until one holds all machines: the first that does is proved cheapest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ortools.sat.python import cp_model

from planner import cpsat
from planner.datacentre import conflict
from planner.datacentre.covers import Covers
from planner.datacentre.greedy import Greedy
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.hosts import Hosts, Purchase
from planner.datacentre.placement import Counts, Placement, states
from planner.datacentre.workloads import Group
from planner.errors import PlanningError, refuse
from planner.limits import Limits, Progress, Report, Watch, gap, silent
from topology.order import natural

MOST_ROUNDS = 400
GENEROUS = (1.02, 1.05, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0)
"""Purchases for this many times the need are tried for a first answer when the cheapest one does not do."""
GRACE_S = 5.0
"""Time for a first answer after the clock has run out."""
EFFORTS = ((6.0, 1), (24.0, 8))
"""Work and workers of the exact search: a single search, then a portfolio."""
QUICK, QUICK_WORK = 20_000, 2.0
"""Groups times hosts times states up to which a first answer is searched for exactly, and the work of that."""
LARGE, HUGE = 4_000, 400_000
"""The same product from which inequalities and a first answer come before the exact search, and from which it ends."""

PRICE_EFFORT, PRICE_ROUNDS = 0.1, 20
"""Effort and purchases while the price of a data centre with fewer rules is looked for."""

Filling = tuple[Counts, dict[str, Counts]]
"""Machines per host, and for each worst state the machines started again."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An answer: hosts, racks of the appliances, machines per host in each state."""

    slots: dict[str, Slot]
    counts: Counts
    restarts: dict[str, Counts]
    """Worst state → machines started again; `planner.datacentre.placement.states`."""
    appliances: dict[str, str]
    """Appliance → rack."""
    objective_vnd: int
    """Present value of the data centre."""
    bound_vnd: int
    earlier: Mapping[str, str] = field(default_factory=dict)
    """VM → host of an earlier plan whose names and places were kept; empty where there is none."""
    rounds: int = 0
    """Purchases tried."""
    cut_short: bool = False

    @property
    def optimal(self) -> bool:
        """Whether nothing cheaper can hold the machines."""
        return self.objective_vnd == self.bound_vnd


def place(
    hardware: Hardware,
    groups: Sequence[Group],
    limits: Limits,
    report: Report,
    watch: Watch | None = None,
    rounds: int = MOST_ROUNDS,
) -> Placed:
    """Solve the placement, trying so many purchases at most.

    Raises
    ------
    PlanningError
        E-PLAN-401, 411 … 417 when there is none, with what it lacks and the cheapest relaxation; E-PLAN-402 when
        time ran out before any answer.

    """
    watch = watch or Watch(limits)
    conflict.refuse_hopeless(hardware, groups)
    search = _Search(hardware, groups, report, watch, rounds)
    best = search.run() or search.first_answer(Watch(replace(limits, time_limit_s=GRACE_S, should_stop=lambda: False)))
    if best is None:
        hint = "Give it more time (--time-limit), or ease what binds: provdc explain E-PLAN-402."
        text = "no placement was found within the limits, and none was proved impossible."
        raise refuse(code="E-PLAN-402", message=text, hint=hint)
    return replace(best, bound_vnd=search.bound, rounds=search.rounds, cut_short=search.cut_short)


class _Search:
    """The state of one search: best answer and proved bound at any time."""

    def __init__(
        self, hardware: Hardware, groups: Sequence[Group], report: Report, watch: Watch, most_rounds: int
    ) -> None:
        self.most_rounds = most_rounds
        self.hardware, self.groups, self.report, self.watch = hardware, groups, report, watch
        self.bound, self.rounds, self.cut_short = 0, 0, False
        pools: dict[str, list[Group]] = {}
        for group in groups:
            if group.form == "vm":
                pools.setdefault(group.pool, []).append(group)
        self.covers = {pool: Covers(pools[pool], hardware.offers) for pool in natural(pools)}
        self.hosts = Hosts(hardware, groups)
        self.best: Placed | None = None
        self.explains = True
        """Whether to say why there is no placement, or only that there is none."""
        self.hopeless = False
        """Whether a part is too large to decide: then one answer is looked for, not the cheapest."""
        self.proved = True
        """Whether every refused purchase was proved too little, so that the master still bounds."""

    def run(self) -> Placed | None:
        hosts, last = self.hosts, None
        most = self.most_rounds
        for self.rounds in range(1, most + 1):
            if self._over():
                break
            try:
                purchase = hosts.cheapest(self.watch)
            except TimeoutError:
                self._over()
                break
            best = self.best
            if purchase is None and best is None:
                if not self.explains:
                    return None
                raise conflict.explain(self.hardware, self.groups, hosts, last, self.watch, self._price)
            cost = purchase.cost_vnd if purchase else best.objective_vnd if best else 0
            if self.proved:
                self.bound = max(self.bound, min(cost, purchase.bound_vnd if purchase else cost))
            if best is not None and best.objective_vnd <= cost:
                self.bound = best.objective_vnd if self.proved else self.bound
                break
            assert purchase is not None
            self._tell()
            filling = self.fill(purchase, hosts)
            if filling is not None:
                self.best = _placed(purchase, filling)
                self._tell()
                break
            last = purchase
            if hosts.refused:
                self._have_an_answer()
            if self.hopeless and self.best is not None:
                break
        return self.best

    def _price(self, hardware: Hardware, groups: Sequence[Group]) -> int | None:
        """Return what a data centre with fewer rules costs; None if it has no placement, or none was found."""
        try:
            conflict.refuse_hopeless(hardware, groups)
        except PlanningError:
            return None
        watch = Watch(replace(self.watch.limits, effort=PRICE_EFFORT * self.watch.limits.effort), self.watch.started)
        search = _Search(hardware, groups, silent, watch, PRICE_ROUNDS)
        search.explains = False
        found = search.run()
        return found.objective_vnd if found is not None else None

    def _have_an_answer(self) -> None:
        if self.best is None:
            self.best = self.first_answer(self.watch)
            self._tell()

    def _covered(self, slots: Sequence[Slot], hosts: Hosts) -> bool:
        """Look for inequalities that these hosts break after some loss; return whether there are new ones."""
        found = False
        for pool in natural({slot.pool for slot in slots}):
            for left in _left(self.hardware, [slot for slot in slots if slot.pool == pool]):
                cover = self.covers[pool].violated(left, self.watch)
                if cover is not None:
                    hosts.covers.setdefault(pool, []).append(cover)
                    found = True
                    break
        return found

    def _over(self) -> bool:
        self.cut_short |= self.watch.over
        return self.cut_short

    def first_answer(self, watch: Watch) -> Placed | None:
        """Buy more than is needed and fill it by rule: an answer for whoever stops the search."""
        for factor in GENEROUS:
            try:
                purchase = Hosts(self.hardware, self.groups, factor, covers=self.hosts.covers).cheapest(watch)
            except TimeoutError:
                return None
            if purchase is None:
                return None
            parts = components(self.hardware, self.groups, purchase)
            found = [filling for part in parts if (filling := self._quickly(*part, watch)) is not None]
            if len(found) == len(parts):
                return _placed(purchase, merged(found))
        return None

    def _quickly(self, groups: Sequence[Group], slots: Sequence[Slot], watch: Watch) -> Filling | None:
        """Fill by rule; a small part by a short exact search where the rule fails."""
        filling = Greedy(self.hardware, groups, slots).place(watch.limits.seed)
        if filling is None and self._size(groups, slots) <= QUICK:
            filling, _ = exact(self.hardware, groups, slots, watch, QUICK_WORK, 1)
        return filling

    def _size(self, groups: Sequence[Group], slots: Sequence[Slot]) -> int:
        return len(groups) * len(slots) * (1 + len(states(self.hardware, slots)))

    def fill(self, purchase: Purchase, hosts: Hosts) -> Filling | None:
        """Return a filling of the purchase, or None when some hosts were refused."""
        found: list[Filling] = []
        parts = components(self.hardware, self.groups, purchase)
        for groups, slots in parts:
            filling = Greedy(self.hardware, groups, slots).place(self.watch.limits.seed)
            if filling is None:
                filling = self._exactly(groups, slots, hosts)
            found += [filling] if filling else []
        return merged(found) if len(found) == len(parts) else None

    def _exactly(self, groups: Sequence[Group], slots: Sequence[Slot], hosts: Hosts) -> Filling | None:
        """Decide one part; when it is impossible or hard, look for inequalities that refuse more than these hosts."""
        size = self._size(groups, slots)
        if size > LARGE and self._covered(slots, hosts):
            return None
        if size > LARGE:
            self._have_an_answer()
        for work, workers in EFFORTS:
            if size > HUGE:
                self.hopeless = True
                break
            filling, proved = exact(self.hardware, groups, slots, self.watch, work, workers)
            if filling is not None:
                return filling
            if self._covered(slots, hosts):
                return None
            if proved:
                hosts.refuse(slots, groups)
                return None
        self._over()
        self.proved = False
        hosts.refuse(slots, groups)
        return None

    def _tell(self) -> None:
        objective = self.best.objective_vnd if self.best else None
        self.report(
            Progress("datacentre", "placement", objective, self.bound, gap(objective, self.bound), self.watch.seconds)
        )


def exact(
    hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot], watch: Watch, work: float, workers: int
) -> tuple[Filling | None, bool]:
    """Decide by CP-SAT whether the machines fit; None and False when the limits ended the search."""
    model = Placement(hardware, groups, slots)
    solver, status = cpsat.run(model.cp, watch, work, workers)
    if status not in cpsat.FEASIBLE:
        return None, status == cp_model.INFEASIBLE
    counts = {key: solver.value(var) for key, var in model.n.items() if solver.value(var)}
    restarts = {
        state: {key: solver.value(var) for key, var in moved.items() if solver.value(var)}
        for state, moved in model.e.items()
    }
    return (counts, restarts), True


def _left(hardware: Hardware, slots: Sequence[Slot]) -> list[dict[str, int]]:
    """Model → hosts left, in every worst state and in normal operation, the scarcest first; equal ones once."""
    seen: dict[tuple[tuple[str, int], ...], int] = {}
    for gone in (*states(hardware, slots).values(), frozenset[str]()):
        number = Counter(slot.model for slot in slots if slot.id not in gone)
        seen[tuple(sorted(number.items()))] = number.total()
    return [dict(key) for key in sorted(seen, key=lambda key: (seen[key], key))]


def components(hardware: Hardware, groups: Sequence[Group], purchase: Purchase) -> list[tuple[list[Group], list[Slot]]]:
    """Split machines and hosts by pool: the parts do not touch each other.

    Pools that share a licence are one part, and pools whose machines stand beside each other.
    """
    vms = [group for group in groups if group.form == "vm"]
    leader = {group.pool: group.pool for group in vms}
    for licence in sorted(hardware.policy.licences):
        joined = natural({leader[group.pool] for group in vms if group.licence == licence})
        leader = {pool: joined[0] if head in joined else head for pool, head in leader.items()}
    pool_of = {group.id: group.pool for group in vms}
    for group in vms:
        near = {leader[pool_of[other]] for other, _ in group.beside if other in pool_of}
        joined = natural({leader[group.pool], *near})
        leader = {pool: joined[0] if head in joined else head for pool, head in leader.items()}
    return [
        (
            [group for group in vms if leader[group.pool] == head],
            [slot for slot in purchase.slots if leader.get(slot.pool) == head],
        )
        for head in natural(set(leader.values()))
    ]


def merged(parts: Sequence[Filling]) -> Filling:
    """Put the fillings of parts that do not touch each other together."""
    counts: Counts = {}
    restarts: dict[str, Counts] = {}
    for placed, moved in parts:
        counts |= placed
        for state, moves in moved.items():
            restarts.setdefault(state, {}).update(moves)
    return counts, restarts


def _placed(purchase: Purchase, filling: Filling) -> Placed:
    return Placed(
        slots={slot.id: slot for slot in purchase.slots},
        counts=filling[0],
        restarts=filling[1],
        appliances=purchase.appliances,
        objective_vnd=purchase.cost_vnd,
        bound_vnd=purchase.bound_vnd,
    )
