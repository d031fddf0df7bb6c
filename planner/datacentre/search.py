"""Cheapest purchase first, until one holds all machines: the first that does is proved cheapest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from planner.datacentre import conflict, cpsat
from planner.datacentre.greedy import Greedy
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.hosts import Hosts, Purchase
from planner.datacentre.placement import Counts, Placement
from planner.datacentre.workloads import Group
from planner.errors import refuse
from planner.limits import Limits, Progress, Report, Watch, gap
from topology.order import natural

MOST_ROUNDS = 400
GENEROUS = (1.1, 1.25, 1.5, 2.0, 3.0)
"""Purchases for this many times the need are tried for a first answer when the cheapest one does not do."""
GRACE_S = 5.0
"""Time for a first answer after the clock has run out."""
EFFORTS = ((6.0, 1), (24.0, 8))
"""Work and workers of the exact search: a single search, then a portfolio."""

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
    rounds: int = 0
    """Purchases tried."""
    cut_short: bool = False

    @property
    def optimal(self) -> bool:
        """Whether nothing cheaper can hold the machines."""
        return self.objective_vnd == self.bound_vnd


def place(
    hardware: Hardware, groups: Sequence[Group], limits: Limits, report: Report, watch: Watch | None = None
) -> Placed:
    """Solve the placement.

    Raises
    ------
    PlanningError
        E-PLAN-401, 411 … 417 when there is none, with what it lacks and the cheapest relaxation; E-PLAN-402 when
        time ran out before any answer.

    """
    watch = watch or Watch(limits)
    conflict.refuse_hopeless(hardware, groups)
    search = _Search(hardware, groups, report, watch)
    best = search.run() or search.first_answer(Watch(replace(limits, time_limit_s=GRACE_S, should_stop=lambda: False)))
    if best is None:
        hint = "Give it more time (--time-limit), or ease what binds: provdc explain E-PLAN-402."
        text = "no placement was found within the limits, and none was proved impossible."
        raise refuse(code="E-PLAN-402", message=text, hint=hint)
    return replace(best, bound_vnd=search.bound, rounds=search.rounds, cut_short=search.cut_short)


class _Search:
    """The state of one search: best answer and proved bound at any time."""

    def __init__(self, hardware: Hardware, groups: Sequence[Group], report: Report, watch: Watch) -> None:
        self.hardware, self.groups, self.report, self.watch = hardware, groups, report, watch
        self.bound, self.rounds, self.cut_short = 0, 0, False
        self.proved = True
        """Whether every refused purchase was proved too little, so that the master still bounds."""

    def run(self) -> Placed | None:
        hosts, best, last = Hosts(self.hardware, self.groups), None, None
        for self.rounds in range(1, MOST_ROUNDS + 1):
            if self._over():
                return best
            try:
                purchase = hosts.cheapest(self.watch)
            except TimeoutError:
                self._over()
                return best
            if purchase is None and best is None:
                raise conflict.explain(self.hardware, self.groups, hosts, last, self.watch)
            cost = purchase.cost_vnd if purchase else best.objective_vnd if best else 0
            if self.proved:
                self.bound = max(self.bound, min(cost, purchase.bound_vnd if purchase else cost))
            if best is not None and best.objective_vnd <= cost:
                self.bound = best.objective_vnd if self.proved else self.bound
                return best
            assert purchase is not None
            self._tell(best)
            filling = self.fill(purchase, hosts)
            if filling is not None:
                best = _placed(purchase, filling)
                self._tell(best)
                return best
            last = purchase
            if self.rounds == 1:
                best = self.first_answer(self.watch)
        return best

    def _over(self) -> bool:
        self.cut_short |= self.watch.over
        return self.cut_short

    def first_answer(self, watch: Watch) -> Placed | None:
        """Buy more than is needed and fill it by rule: an answer for whoever stops the search."""
        for factor in GENEROUS:
            try:
                purchase = Hosts(self.hardware, self.groups, factor).cheapest(watch)
            except TimeoutError:
                return None
            if purchase is None:
                return None
            fillings = [
                Greedy(self.hardware, groups, slots).place(watch.limits.seed)
                for groups, slots in components(self.hardware, self.groups, purchase)
            ]
            found = [filling for filling in fillings if filling is not None]
            if len(found) == len(fillings):
                return _placed(purchase, _merged(found))
        return None

    def fill(self, purchase: Purchase, hosts: Hosts) -> Filling | None:
        """Return a filling of the purchase, or None when some hosts were refused."""
        found: list[Filling] = []
        parts = components(self.hardware, self.groups, purchase)
        for groups, slots in parts:
            filling = Greedy(self.hardware, groups, slots).place(self.watch.limits.seed)
            if filling is None:
                filling, proved = exact(self.hardware, groups, slots, self.watch)
                if filling is None:
                    self._over()
                    self.proved &= proved
                    hosts.refuse(slots, groups)
            found += [filling] if filling else []
        return _merged(found) if len(found) == len(parts) else None

    def _tell(self, best: Placed | None) -> None:
        objective = best.objective_vnd if best else None
        self.report(
            Progress("datacentre", "placement", objective, self.bound, gap(objective, self.bound), self.watch.seconds)
        )


def exact(
    hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot], watch: Watch
) -> tuple[Filling | None, bool]:
    """Decide by CP-SAT whether the machines fit; None and False when the limits ended the search."""
    for work, workers in EFFORTS:
        model = Placement(hardware, groups, slots)
        solver, status = cpsat.run(model.cp, watch, work, workers)
        if status == cp_model.INFEASIBLE:
            return None, True
        if status in cpsat.FEASIBLE:
            counts = {key: solver.value(var) for key, var in model.n.items() if solver.value(var)}
            restarts = {
                state: {key: solver.value(var) for key, var in moved.items() if solver.value(var)}
                for state, moved in model.e.items()
            }
            return (counts, restarts), True
    return None, False


def components(hardware: Hardware, groups: Sequence[Group], purchase: Purchase) -> list[tuple[list[Group], list[Slot]]]:
    """Split machines and hosts by pool, pools that share a licence together: the parts do not touch each other."""
    vms = [group for group in groups if group.form == "vm"]
    leader = {group.pool: group.pool for group in vms}
    for licence in sorted(hardware.policy.licences):
        joined = natural({leader[group.pool] for group in vms if group.licence == licence})
        leader = {pool: joined[0] if head in joined else head for pool, head in leader.items()}
    return [
        (
            [group for group in vms if leader[group.pool] == head],
            [slot for slot in purchase.slots if leader.get(slot.pool) == head],
        )
        for head in natural(set(leader.values()))
    ]


def _merged(parts: Sequence[Filling]) -> Filling:
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
