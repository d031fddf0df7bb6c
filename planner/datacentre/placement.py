"""Which hosts to buy, where they stand, and which machine runs where: proved cheapest, and safe after any one loss.

    min  Σ_{s,m} c[m,rack(s)]·y[s,m]                                                              (cost)
    Σ_m y[s,m] ≤ 1                                     one model at most in a slot                (slot)
    Σ_s n[g,s] = N_g                                   every machine runs                         (run)
    Σ_g w[g,k]·n[g,s] ≤ Σ_m W[m,k]·y[s,m]              each resource k of each host               (capacity)
    Σ_{s∈R} n[g,s] ≤ 1 or n[g,s] ≤ 1                   replicas apart, by rack or host            (apart)
    Σ_{s∉F} n[g,s] + e[g,s,F] = N_g                    after each loss F everything runs again    (survive)
    Σ_g w[g,k]·(n[g,s]+e[g,s,F]) ≤ Σ_m W[m,k]·y[s,m]   on what is left                            (survive capacity)
    units, watts, heat, weight, ports of each rack R within its limits, whole or on one feed      (rack)

n[g,s]  machines of group g on slot s         y[s,m]  slot s holds a host of model m
e[g,s,F]  machines of g started again on s when F (a rack or host) is lost       w, W  need and offer of a resource
Counting equal machines instead of naming them removes their symmetry; the model is solved by CP-SAT (Perron, Didier,
Gay 2023) with a deterministic limit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from planner.errors import PlanningError, Problem, where
from planner.limits import Limits, Progress, Report, Watch
from topology.order import natural_key

SCALE = 100
"""Resources become whole hundredths: 0.01 vCPU, GiB, operation, Mbit/s."""

Var = cp_model.IntVar
Counts = dict[tuple[str, str], int]
"""(group, slot) → machines."""


@dataclass(frozen=True, slots=True)
class Placement:
    """An answer: models of the used slots, racks of the appliances, machines per slot in each state."""

    models: dict[str, str]
    """Slot → model."""
    slots: dict[str, Slot]
    """Used slots."""
    counts: Counts
    restarts: dict[str, Counts]
    """State (`rack:…`, `host:…`) → machines started again."""
    appliances: dict[str, str]
    """Appliance → rack."""
    objective_vnd: int
    bound_vnd: float
    optimal: bool
    cut_short: bool


class Model:
    """Variables and constraints; one method for each family of the docstring above."""

    def __init__(self, hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot]) -> None:
        self.cp = cp_model.CpModel()
        self.hardware = hardware
        self.vms = [group for group in groups if group.form == "vm"]
        self.boxes = [(group, name) for group in groups if group.form == "appliance" for name in group.names]
        self.slots = slots
        self.y = {
            (slot.id, model): self.cp.new_bool_var(f"y[{slot.id},{model}]")
            for slot in slots
            for model in sorted(hardware.models, key=natural_key)
            if slot.model in (None, model)
        }
        self.n = {
            (group.id, slot.id): self.cp.new_int_var(0, self._most(group), f"n[{group.id},{slot.id}]")
            for group in self.vms
            for slot in slots
        }
        self.z = {
            (name, rack): self.cp.new_bool_var(f"z[{name},{rack}]") for _, name in self.boxes for rack in hardware.racks
        }
        self.e: dict[str, dict[tuple[str, str], Var]] = {}

    @staticmethod
    def _most(group: Group) -> int:
        return group.count if group.spread == "none" else 1

    def slot(self) -> None:
        """Hold at most one host in a slot; equal slots fill in order; an existing host is kept."""
        before: dict[str, Slot] = {}
        for slot in self.slots:
            held = [var for (name, _), var in self.y.items() if name == slot.id]
            if slot.model is not None:
                self.cp.add(sum(held) == 1)
                continue
            self.cp.add(sum(held) <= 1)
            if slot.rack in before:
                self.cp.add(self._rank(before[slot.rack]) >= self._rank(slot))
            before[slot.rack] = slot

    def _rank(self, slot: Slot) -> cp_model.LinearExpr:
        """Order models within a rack so that permuted slots count once."""
        order = {model: rank for rank, model in enumerate(sorted(self.hardware.models, key=natural_key), 1)}
        return cp_model.LinearExpr.sum([order[m] * var for (name, m), var in self.y.items() if name == slot.id])

    def run(self) -> None:
        """Run every machine of every group."""
        for group in self.vms:
            self.cp.add(sum(self.n[group.id, slot.id] for slot in self.slots) == group.count)
        for group, name in self.boxes:
            self.cp.add_exactly_one(self.z[name, rack] for rack in self.hardware.racks)
            assert group.form == "appliance"

    def capacity(self, extra: Mapping[tuple[str, str], Var], slots: Sequence[Slot]) -> None:
        """Keep every resource of every host within what its model offers, `extra` machines included."""
        for k in range(len(RESOURCES)):
            need = {group.id: math.ceil(group.need[k] * SCALE - 1e-6) for group in self.vms}
            if not any(need.values()):
                continue
            for slot in slots:
                load = [need[g.id] * self.n[g.id, slot.id] for g in self.vms]
                load += [need[g.id] * extra[g.id, slot.id] for g in self.vms if (g.id, slot.id) in extra]
                self.cp.add(sum(load) <= self._offer(slot, k))
            total = sum(need[group.id] * group.count for group in self.vms)
            self.cp.add(sum(self._offer(slot, k) for slot in slots) >= total)

    def _offer(self, slot: Slot, k: int) -> cp_model.LinearExpr:
        return cp_model.LinearExpr.sum(
            [
                math.floor(self.hardware.offers[model][k] * SCALE + 1e-6) * var
                for (name, model), var in self.y.items()
                if name == slot.id
            ]
        )

    def apart(self) -> None:
        """Keep replicas apart, pools apart, and licensed machines on as few hosts as the licence covers."""
        racks = len(self.hardware.racks)
        for group in self.vms:
            if group.spread == "rack":
                for rack in self.hardware.racks:
                    here = [self.n[group.id, slot.id] for slot in self.slots if slot.rack == rack]
                    self.cp.add(sum(here) <= math.ceil(group.count / racks))
        for group in {g.id: g for g, _ in self.boxes}.values():
            if group.spread != "none" and group.count > 1:
                for rack in self.hardware.racks:
                    self.cp.add(sum(self.z[name, rack] for name in group.names) <= math.ceil(group.count / racks))
        self._pools()
        self._licences()

    def _pools(self) -> None:
        pools = sorted({group.pool for group in self.vms})
        if len(pools) < 2:
            return
        for slot in self.slots:
            chosen = {pool: self.cp.new_bool_var(f"pool[{slot.id},{pool}]") for pool in pools}
            self.cp.add_at_most_one(chosen.values())
            for group in self.vms:
                self.cp.add(self.n[group.id, slot.id] <= self._most(group) * chosen[group.pool])
                for moved in self.e.values():
                    if (group.id, slot.id) in moved:
                        self.cp.add(moved[group.id, slot.id] <= group.count * chosen[group.pool])

    def _licences(self) -> None:
        for licence, hosts in sorted(self.hardware.policy.licences.items()):
            members = [group for group in self.vms if group.licence == licence]
            if not members:
                continue
            covered = {slot.id: self.cp.new_bool_var(f"licence[{licence},{slot.id}]") for slot in self.slots}
            self.cp.add(sum(covered.values()) <= hosts)
            for group in members:
                for slot in self.slots:
                    self.cp.add(self.n[group.id, slot.id] <= self._most(group) * covered[slot.id])
                    for moved in self.e.values():
                        if (group.id, slot.id) in moved:
                            self.cp.add(moved[group.id, slot.id] <= group.count * covered[slot.id])

    def survive(self) -> None:
        """Start everything again after the loss of any one rack or host."""
        lost = [f"rack:{rack}" for rack in self.hardware.racks] if "rack" in self.hardware.policy.survive else []
        if "host" in self.hardware.policy.survive and not lost:
            lost = [f"host:{slot.id}" for slot in self.slots]
        for state in lost:
            kind, _, name = state.partition(":")
            gone = [slot for slot in self.slots if (slot.rack if kind == "rack" else slot.id) == name]
            left = [slot for slot in self.slots if slot not in gone]
            moved = {
                (g.id, slot.id): self.cp.new_int_var(0, self._most(g), f"e[{g.id},{slot.id},{state}]")
                for g in self.vms
                for slot in left
            }
            for group in self.vms:
                evicted = sum(self.n[group.id, slot.id] for slot in gone)
                self.cp.add(sum(moved[group.id, slot.id] for slot in left) == evicted)
                if group.spread != "none":
                    for slot in left:
                        self.cp.add(self.n[group.id, slot.id] + moved[group.id, slot.id] <= 1)
            self.e[state] = moved
            self.capacity(moved, left)

    def rack(self) -> None:
        """Keep units, watts on one feed, heat, weight and ports of every rack, and watts of every room's feeds."""
        watts: dict[str, list[tuple[str, cp_model.LinearExpr]]] = {}
        for name, rack in self.hardware.racks.items():
            fill = {what: self._fill(name, what) for what in ("height_u", "power_w", "weight_kg", "ports")}
            feed = rack.feed_limit_w.value - rack.reserved_w.value
            heat = rack.cooling_w.value - rack.reserved_w.value
            self.cp.add(fill["height_u"] <= rack.height_u - rack.reserved_u)
            self.cp.add(fill["power_w"] <= math.floor(min(feed, heat)))
            self.cp.add(fill["weight_kg"] <= math.floor(rack.max_weight_kg.value - rack.reserved_kg.value))
            self.cp.add(fill["ports"] <= rack.switch_ports.value)
            watts.setdefault(self.hardware.rooms[name].id, []).append((name, fill["power_w"]))
        for room in self.hardware.records.rooms:
            reserved = sum(rack.reserved_w.value for rack in room.racks)
            limit = min([room.cooling_w.value, *(feed.capacity_w.value for feed in room.feeds)])
            self.cp.add(sum(load for _, load in watts[room.id]) <= math.floor(limit - reserved))

    def _fill(self, rack: str, what: str) -> cp_model.LinearExpr:
        hosts = []
        for slot in self.slots:
            if slot.rack == rack:
                for model, record in self.hardware.models.items():
                    value = getattr(record, what)
                    amount = math.ceil(value if isinstance(value, int) else value.value)
                    if (slot.id, model) in self.y:
                        hosts.append(amount * self.y[slot.id, model])
        boxes = [math.ceil(getattr(group, what)) * self.z[name, rack] for group, name in self.boxes]
        return cp_model.LinearExpr.sum([*hosts, *boxes])

    def cost(self) -> cp_model.LinearExpr:
        """Present value of the new hosts, VND."""
        price = self.hardware.host_price
        return cp_model.LinearExpr.sum(
            [price[model, slot.rack] * self.y[slot.id, model]
             for slot in self.slots if slot.model is None for model in self.hardware.models]
        )  # fmt: skip

    def spread_load(self) -> cp_model.LinearExpr:
        """Second objective: low-numbered hosts first, so that equal answers are told apart."""
        order = {slot.id: rank for rank, slot in enumerate(self.slots)}
        return cp_model.LinearExpr.sum([order[slot] * var for (_, slot), var in self.n.items()])


def place(
    hardware: Hardware, groups: Sequence[Group], limits: Limits, report: Report, watch: Watch | None = None
) -> Placement:
    """Solve the placement.

    Raises
    ------
    PlanningError
        E-PLAN-401 when even full racks cannot hold the machines, with the resource that is short.

    """
    watch = watch or Watch(limits)
    slots = hardware.slots(_most_per_rack(hardware))
    model = Model(hardware, groups, slots)
    model.slot()
    model.run()
    model.capacity({}, slots)
    model.survive()
    model.apart()
    model.rack()
    cost = model.cost()
    model.cp.minimize(cost)
    solver = _solver(limits, watch)
    status = solver.solve(model.cp, _Tell(report, watch, limits, solver))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise _infeasible(hardware, groups, proved=status == cp_model.INFEASIBLE)
    objective, bound = round(solver.objective_value), solver.best_objective_bound
    optimal = status == cp_model.OPTIMAL
    best = solver
    if optimal and not watch.over:
        model.cp.add(cost == objective)
        model.cp.minimize(model.spread_load())
        for variable in [*model.y.values(), *model.n.values()]:
            model.cp.add_hint(variable, solver.value(variable))
        second = _solver(limits, watch, share=0.25)
        if second.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            best = second
    used = {slot: name for (slot, name), var in model.y.items() if best.value(var)}
    return Placement(
        models=used,
        slots={slot.id: slot for slot in slots if slot.id in used},
        counts={key: best.value(var) for key, var in model.n.items() if best.value(var)},
        restarts={
            state: {key: best.value(var) for key, var in moved.items() if best.value(var)}
            for state, moved in model.e.items()
        },
        appliances={name: rack for (name, rack), var in model.z.items() if best.value(var)},
        objective_vnd=objective,
        bound_vnd=float(objective) if optimal else bound,
        optimal=optimal,
        cut_short=watch.over,
    )


def _most_per_rack(hardware: Hardware) -> int:
    smallest = min(model.height_u for model in hardware.models.values())
    units = max((rack.height_u - rack.reserved_u) // smallest for rack in hardware.racks.values())
    watts = min(model.power_w.value for model in hardware.models.values()) or 1.0
    power = max(int((rack.feed_limit_w.value - rack.reserved_w.value) // watts) for rack in hardware.racks.values())
    return max(1, min(units, power, 8))


def _solver(limits: Limits, watch: Watch, share: float = 1.0) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 8
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = limits.seed
    solver.parameters.max_deterministic_time = 60.0 * limits.effort * share
    solver.parameters.max_time_in_seconds = max(1.0, watch.left_s)
    return solver


class _Tell(cp_model.CpSolverSolutionCallback):
    """Reports each better answer and stops when asked to."""

    def __init__(self, report: Report, watch: Watch, limits: Limits, solver: cp_model.CpSolver) -> None:
        super().__init__()
        self.report, self.watch, self.limits, self.solver = report, watch, limits, solver

    def on_solution_callback(self) -> None:
        """Tell the incumbent and bound."""
        value, bound = self.objective_value, self.best_objective_bound
        share = (value - bound) / value if value else 0.0
        self.report(Progress("datacentre", "placement", value, bound, share, self.watch.seconds))
        if self.limits.should_stop():
            self.stop_search()


def _infeasible(hardware: Hardware, groups: Sequence[Group], *, proved: bool) -> PlanningError:
    """Name the resource that is most short when every rack is filled with the largest model."""
    records = hardware.records
    if not proved:
        text = "no placement was found within the limit, and none was proved impossible"
        return PlanningError((Problem("E-PLAN-402", text, "give more time: --time-limit"),))
    worst, shortage = RESOURCES[0], -math.inf
    for k, resource in enumerate(RESOURCES):
        need = sum(group.need[k] * group.count for group in groups if group.form == "vm")
        offer = max(offers[k] for offers in hardware.offers.values()) * _most_per_rack(hardware)
        room = offer * max(1, len(hardware.racks) - ("rack" in hardware.policy.survive))
        if need / room > shortage:
            worst, shortage = resource, need / room
    text = f"the machines cannot all be placed and survive the losses of policy.yaml; {worst} is nearest its limit"
    hint = f"the fullest racks give {shortage:.0%} of the {worst} asked for: add a rack, a larger host model, or power"
    place = where(records, f"room/{records.rooms[0].id}/racks", f"room/{records.rooms[0].id}")
    return PlanningError((Problem("E-PLAN-401", text, hint, place),))
