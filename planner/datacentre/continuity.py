"""Among the cheapest data centres the one that changes an earlier plan least: hosts first, then machines.

    max  Σ_{r,m,q} min(x[r,m,q], x'[r,m,q]) + Σ_{b,r} min(z[b,r], z'[b,r])       Σ c·x ≤ c*                   (hosts)
    max  Σ_{g,s} min(n[g,s], n'[g,s])                                            on these hosts              (stay)

x, z, n  as in planner.datacentre.hosts and placement      x', z', n'  the same in the earlier plan       c*  least cost
Hosts that hold no placement are refused, as they are for cost, and the next are tried. The second stage is proved for
the hosts of the first; which machine of a group stays is free, so one that was on a host keeps its name there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor

from ortools.sat.python import cp_model

from planner import cpsat
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.hosts import Hosts, Key, Model
from planner.datacentre.placement import Counts, Placement
from planner.datacentre.search import Filling, Placed, components, merged
from planner.datacentre.workloads import Group
from planner.limits import Watch
from planner.plan import Plan
from topology.order import natural, natural_key

ROUNDS = 20
WORK, WORK_MORE = 6.0, 24.0


@dataclass(frozen=True, slots=True)
class Before:
    """Where everything stood in an earlier plan."""

    hosts: Mapping[str, tuple[str, str]]
    """Host → rack, model."""
    on: Mapping[str, str]
    """VM → host."""
    boxes: Mapping[str, str]
    """Appliance → rack."""

    @classmethod
    def of(cls, plan: Plan) -> "Before":
        """Return what a plan says."""
        return cls(
            {host.id: (host.rack, host.model) for host in plan.datacentre.hosts},
            {machine: host.id for host in plan.datacentre.hosts for machine in host.machines},
            {m.id: m.rack for m in plan.machines if m.rack and not m.host and m.bottom_u is not None},
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer, and what is proved of the machines that stay."""

    placed: Placed
    bound: int
    """No more VMs can stay on these hosts."""


def keep(hardware: Hardware, groups: Sequence[Group], placed: Placed, before: Before, watch: Watch) -> Kept:
    """Return the placement of the same cost that changes least; the given one when none is found within the limits."""
    problem = Hosts(hardware, groups)
    pools = {name: group.pool for group in groups if group.form == "vm" for name in group.names}
    for _ in range(ROUNDS):
        model = Model(problem)
        model.cp.add(model.cost <= placed.objective_vnd)
        _most_hosts(model, groups, before, pools)
        solver, status = cpsat.run(model.cp, watch, WORK)
        if status not in cpsat.FEASIBLE:
            break
        slots = _named(hardware, {key: solver.value(var) for key, var in model.x.items()}, before, pools)
        purchase = replace(problem.purchase(model, solver, placed.objective_vnd, placed.bound_vnd), slots=slots)
        found: list[tuple[Filling, int]] = []
        for some, where in components(hardware, groups, purchase):
            filling, proved = _fill(hardware, some, where, before, watch)
            if filling is None:
                problem.refuse(where, some)
                if not proved:
                    return Kept(placed, len(before.on))
                break
            found.append(filling)
        else:
            counts, restarts = merged([filling for filling, _ in found])
            boxes = {name: rack for g in model.boxes for name, rack in _boxes(g, model, solver, before).items()}
            answer = replace(
                placed, slots={slot.id: slot for slot in slots}, counts=counts, restarts=restarts,
                appliances=boxes, earlier=dict(before.on), objective_vnd=round(solver.value(model.cost)),
            )  # fmt: skip
            return Kept(answer, sum(bound for _, bound in found))
    return Kept(placed, len(before.on))


def _most_hosts(model: Model, groups: Sequence[Group], before: Before, pools: Mapping[str, str]) -> None:
    """Keep as many hosts and appliances as can be; ties as they are without an earlier plan."""
    there = Counter(_keys(before, pools).values())
    kept: list[cp_model.IntVar] = []
    for key, var in model.x.items():
        if there[key]:
            kept.append(model.cp.new_int_var(0, there[key], f"k[{','.join(key)}]"))
            model.cp.add(kept[-1] <= var)
    for group in model.boxes:
        stood = Counter(before.boxes[name] for name in group.names if name in before.boxes)
        for rack, count in sorted(stood.items()):
            if (group.id, rack) in model.z:
                kept.append(model.cp.new_int_var(0, count, f"k[{group.id},{rack}]"))
                model.cp.add(kept[-1] <= model.z[group.id, rack])
    model.cp.maximize(sum(kept))


def _keys(before: Before, pools: Mapping[str, str]) -> dict[str, Key]:
    """Host → rack, model, pool of what runs on it."""
    pool = {host: pools[machine] for machine, host in sorted(before.on.items()) if machine in pools}
    return {host: (rack, kind, pool.get(host, "shared")) for host, (rack, kind) in before.hosts.items()}


def _named(
    hardware: Hardware, numbers: Mapping[Key, int], before: Before, pools: Mapping[str, str]
) -> tuple[Slot, ...]:
    """Give hosts that stay their names, the fullest first, and the others numbers that nothing had."""
    load = Counter(before.on.values())
    there: dict[Key, list[str]] = {}
    existing = {host.id: (host.rack, host.model) for host in hardware.existing}
    for host, key in sorted(_keys(before, pools).items(), key=lambda item: (-load[item[0]], natural_key(item[0]))):
        if host not in existing or existing[host] == key[:2]:
            there.setdefault(key, []).append(host)
    taken = {*before.hosts, *existing}
    free = (name for number in range(1, 10**4) if (name := f"host-{number:02}") not in taken)
    slots: list[Slot] = []
    waiting = {kind: natural(h for h, at in existing.items() if at == kind) for kind in set(existing.values())}
    for key, number in sorted(numbers.items(), key=lambda item: [natural_key(part) for part in item[0]]):
        names = there.get(key, [])
        old = [name for name in names if name in existing]
        old += [name for name in waiting.get(key[:2], []) if name not in old]
        for name in old[:number]:
            if name in waiting.get(key[:2], []):
                waiting[key[:2]].remove(name)
        chosen = old[:number]
        chosen += [name for name in names if name not in existing][: number - len(chosen)]
        chosen += [next(free) for _ in range(number - len(chosen))]
        slots += [Slot(name, key[0], key[1], name in existing, key[2]) for name in chosen]
    return tuple(sorted(slots, key=lambda slot: natural_key(slot.id)))


def _fill(
    hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot], before: Before, watch: Watch
) -> tuple[tuple[Filling, int] | None, bool]:
    """Place the machines so that most stay; None and whether it was proved impossible."""
    if not slots:
        return (({}, {}), 0), True
    model = Placement(hardware, groups, slots, without=("alike",))
    stood: Counts = Counter((g.id, before.on[name]) for g in groups for name in g.names if name in before.on)
    stay = []
    for key, count in sorted(stood.items()):
        if key in model.n:
            stay.append(model.cp.new_int_var(0, count, f"t[{key[0]},{key[1]}]"))
            model.cp.add(stay[-1] <= model.n[key])
    for key, var in model.n.items():
        model.cp.add_hint(var, stood.get(key, 0))
    model.cp.maximize(sum(stay))
    for work, workers in ((WORK, 1), (WORK_MORE, 8)):
        solver, status = cpsat.run(model.cp, watch, work, workers)
        if status in cpsat.FEASIBLE:
            values = ({key: solver.value(v) for key, v in running.items() if solver.value(v)}
                      for running in (model.n, *model.e.values()))  # fmt: skip
            counts, *again = values
            bound = floor(solver.best_objective_bound + 1e-6) if stay else 0
            return ((counts, dict(zip(model.e, again, strict=True))), bound), True
        if status == cp_model.INFEASIBLE:
            return None, True
    return None, False


def _boxes(group: Group, model: Model, solver: cp_model.CpSolver, before: Before) -> dict[str, str]:
    """Appliance → rack: those that stay first."""
    room = {rack: solver.value(model.z[group.id, rack]) for rack in model.racks_of[group.id]}
    found: dict[str, str] = {}
    for name in group.names:
        rack = before.boxes.get(name, "")
        if room.get(rack, 0):
            found[name] = rack
            room[rack] -= 1
    rest = iter([rack for rack, number in room.items() for _ in range(number)])
    return {name: found.get(name) or next(rest) for name in group.names}
