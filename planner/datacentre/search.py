"""Cheapest purchase first, until one holds all machines: the first that does is proved cheapest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.hosts import Hosts, Purchase, deterministic
from planner.datacentre.placement import Counts, Placement
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from planner.errors import PlanningError, Problem, where
from planner.limits import Limits, Progress, Report, Watch, gap

MOST_ROUNDS = 400
WORK_PER_ROUND = 12.0


@dataclass(frozen=True, slots=True)
class Placed:
    """An answer: hosts, racks of the appliances, machines per host in each state."""

    slots: dict[str, Slot]
    counts: Counts
    restarts: dict[str, Counts]
    """State (`rack:…`, `host:…`) → machines started again."""
    appliances: dict[str, str]
    """Appliance → rack."""
    objective_vnd: int
    bound_vnd: int
    rounds: int
    """Purchases tried."""
    cut_short: bool

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
        E-PLAN-401 when even full racks cannot hold the machines, E-PLAN-402 when time ran out before any answer.

    """
    watch = watch or Watch(limits)
    hosts = Hosts(hardware, groups)
    bound: int | None = None
    for rounds in range(1, MOST_ROUNDS + 1):
        if watch.over:
            break
        try:
            purchase = hosts.cheapest(limits, watch.left_s)
        except TimeoutError:
            break
        if purchase is None:
            raise _impossible(hardware, groups)
        proved, found = _try(hardware, groups, purchase, limits, watch)
        if found is not None:
            objective = purchase.cost_vnd
            bound = objective if bound is None else bound
            report(Progress("datacentre", "placement", objective, bound, gap(objective, bound), watch.seconds))
            return _placed(purchase, *found, bound, rounds, cut_short=watch.over)
        if not proved and bound is None:
            bound = purchase.cost_vnd  # from here on nothing cheaper is excluded for certain
        hosts.refuse(purchase)
        report(Progress("datacentre", "placement", None, float(purchase.cost_vnd), None, watch.seconds))
    text = "no placement was found within the limit, and none was proved impossible."
    raise PlanningError((Problem("E-PLAN-402", text, "Give it more time: --time-limit."),))


def _try(
    hardware: Hardware, groups: Sequence[Group], purchase: Purchase, limits: Limits, watch: Watch
) -> tuple[bool, tuple[Counts, dict[str, Counts]] | None]:
    """Return whether the outcome is proved, and the machines per host and state if they fit."""
    model = Placement(hardware, groups, purchase.slots)
    solver = deterministic(limits, watch.left_s, WORK_PER_ROUND)
    status = solver.solve(model.cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return status == cp_model.INFEASIBLE, None
    counts = {key: solver.value(var) for key, var in model.n.items() if solver.value(var)}
    restarts = {
        state: {key: solver.value(var) for key, var in moved.items() if solver.value(var)}
        for state, moved in model.e.items()
    }
    return True, (counts, restarts)


def _placed(
    purchase: Purchase, counts: Counts, restarts: dict[str, Counts], bound: int, rounds: int, *, cut_short: bool
) -> Placed:
    return Placed(
        slots={slot.id: slot for slot in purchase.slots},
        counts=counts,
        restarts=restarts,
        appliances=purchase.appliances,
        objective_vnd=purchase.cost_vnd,
        bound_vnd=bound,
        rounds=rounds,
        cut_short=cut_short,
    )


def _impossible(hardware: Hardware, groups: Sequence[Group]) -> PlanningError:
    """Name the resource that is most short when every rack is filled with the model that offers most of it."""
    records = hardware.records
    racks = sorted((hardware.most_per_rack(rack) for rack in hardware.racks), reverse=True)
    left = sum(racks[1:] if "rack" in hardware.policy.survive else racks)
    shares = {}
    for k, resource in enumerate(RESOURCES):
        need = sum(group.need[k] * group.count for group in groups if group.form == "vm")
        offer = max(offers[k] for offers in hardware.offers.values()) * left
        shares[resource] = need / offer if offer else math.inf
    worst = max(shares, key=lambda resource: shares[resource])
    text = f"the machines cannot all be placed and survive the losses of policy.yaml; {worst} is nearest its limit:"
    hint = f"{shares[worst]:.0%} of what full racks give is asked for. Add a rack, power, or a larger host model."
    place_of = where(records, f"room/{records.rooms[0].id}/racks", f"room/{records.rooms[0].id}")
    return PlanningError((Problem("E-PLAN-401", text, hint, place_of),))
