"""Which hosts to buy for which rack, and where the appliances stand: the cheapest that could be enough.

    min  Σ_{r,m} c[m,r]·x[r,m], then the lowest-numbered racks                                   (cost)
    x[r,m] ≥ existing hosts of model m in rack r                                                 (kept)
    Σ_{r≠F} Σ_m W[m,k]·x[r,m] ≥ Σ_g w[g,k]·N_g     each resource k, each lost rack F             (pool)
    units, watts, heat, weight, ports of each rack R within its limits, whole or on one feed     (rack)
    Σ_{r,m} [x[r,m] > x̄[r,m]] ≥ 1                  each purchase x̄ that was proved too little    (refused)

x[r,m]  hosts of model m in rack r      w, W  need of a machine and offer of a host
What is missing here, the machines one by one, is decided by `planner.datacentre.placement`; a purchase that it proves
too little is refused with all smaller ones (combinatorial Benders cuts: Codato, Fischetti 2006). So the first purchase
that holds the machines is the cheapest of all, and the objective here is a lower bound at any time.
"""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from planner.limits import Limits
from topology.order import natural, natural_key

SCALE = 100
"""Resources become whole hundredths: 0.01 vCPU, GiB, operation, Mbit/s."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """Hosts per rack and model, and the rack of each appliance."""

    slots: tuple[Slot, ...]
    appliances: dict[str, str]
    cost_vnd: int


class Hosts:
    """The master problem; `refuse` adds a cut, `cheapest` solves it again."""

    def __init__(self, hardware: Hardware, groups: Sequence[Group]) -> None:
        self.cp = cp_model.CpModel()
        self.hardware = hardware
        self.vms = [group for group in groups if group.form == "vm"]
        self.boxes = [(group, name) for group in groups if group.form == "appliance" for name in group.names]
        self.models = natural(hardware.models)
        self.x = {
            (rack, model): self.cp.new_int_var(0, hardware.most_per_rack(rack), f"x[{rack},{model}]")
            for rack in hardware.racks
            for model in self.models
        }
        self.z = {
            (name, rack): self.cp.new_bool_var(f"z[{name},{rack}]") for _, name in self.boxes for rack in hardware.racks
        }
        self.kept = Counter((host.rack, host.model) for host in hardware.records.existing_hosts)
        self._keep()
        self._pool()
        self._rack()
        self._appliances()
        self._same_racks()
        self._objective()

    def _objective(self) -> None:
        """Minimise the cost; among equally cheap purchases take the one in the lowest-numbered racks."""
        price, order = self.hardware.host_price, {rack: rank for rank, rack in enumerate(self.hardware.racks)}
        cost = sum(price[model, rack] * (var - self.kept[rack, model]) for (rack, model), var in self.x.items())
        rank = sum(order[rack] * var for (rack, _), var in self.x.items())
        rank += sum(order[rack] * 2**i * self.z[name, rack] for i, (_, name) in enumerate(self.boxes) for rack in order)
        most = sum(self.hardware.most_per_rack(rack) * len(self.models) * order[rack] for rack in order)
        self.tie = 1 + most + len(order) * 2 ** len(self.boxes)
        self.cp.minimize(self.tie * cost + rank)

    def _keep(self) -> None:
        for key, count in self.kept.items():
            self.cp.add(self.x[key] >= count)

    def _pool(self) -> None:
        """Offer enough of each resource in total, whatever single rack is lost."""
        lost = [None, *(self.hardware.racks if "rack" in self.hardware.policy.survive else ())]
        for k in range(len(RESOURCES)):
            need = sum(math.ceil(group.need[k] * SCALE - 1e-6) * group.count for group in self.vms)
            offer = {model: math.floor(self.hardware.offers[model][k] * SCALE + 1e-6) for model in self.models}
            for gone in lost:
                left = [offer[model] * var for (rack, model), var in self.x.items() if rack != gone]
                self.cp.add(sum(left) >= need)

    def _rack(self) -> None:
        """Keep every rack within its limits, and every room within what one feed and its cooling carry."""
        watts: dict[str, list[cp_model.LinearExpr]] = {}
        for name, rack in self.hardware.racks.items():
            fill = {what: self._fill(name, what) for what in ("height_u", "power_w", "weight_kg", "ports")}
            power = min(rack.feed_limit_w.value, rack.cooling_w.value) - rack.reserved_w.value
            self.cp.add(fill["height_u"] <= rack.height_u - rack.reserved_u)
            self.cp.add(fill["power_w"] <= math.floor(power))
            self.cp.add(fill["weight_kg"] <= math.floor(rack.max_weight_kg.value - rack.reserved_kg.value))
            self.cp.add(fill["ports"] <= rack.switch_ports.value)
            watts.setdefault(self.hardware.rooms[name].id, []).append(fill["power_w"])
        for room in self.hardware.records.rooms:
            reserved = sum(rack.reserved_w.value for rack in room.racks)
            limit = min([room.cooling_w.value, *(feed.capacity_w.value for feed in room.feeds)])
            self.cp.add(sum(watts[room.id]) <= math.floor(limit - reserved))

    def _fill(self, rack: str, what: str) -> cp_model.LinearExpr:
        def amount(value: object) -> int:
            return math.ceil(value if isinstance(value, int | float) else value.value)  # type: ignore[attr-defined]

        hosts = [amount(getattr(self.hardware.models[m], what)) * self.x[rack, m] for m in self.models]
        boxes = [amount(getattr(group, what)) * self.z[name, rack] for group, name in self.boxes]
        return cp_model.LinearExpr.sum([*hosts, *boxes])

    def _appliances(self) -> None:
        """Put every appliance in one rack, and the members of a pair in different ones."""
        racks = list(self.hardware.racks)
        for _, name in self.boxes:
            self.cp.add_exactly_one(self.z[name, rack] for rack in racks)
        for group in {group.id: group for group, _ in self.boxes}.values():
            if group.spread != "none" and group.count > 1:
                for rack in racks:
                    self.cp.add(sum(self.z[name, rack] for name in group.names) <= math.ceil(group.count / len(racks)))

    def _same_racks(self) -> None:
        """Order racks that are alike by what is bought for them: their exchange is no other answer."""
        alike: dict[str, list[str]] = {}
        for name, rack in self.hardware.racks.items():
            kept = sorted((model, count) for (r, model), count in self.kept.items() if r == name)
            key = f"{self.hardware.rooms[name].id} {rack.model_dump(exclude={'id'})} {kept}"
            alike.setdefault(key, []).append(name)
        for names in alike.values():
            for left, right in itertools.pairwise(names):
                self.cp.add(self._bought(left) >= self._bought(right))

    def _bought(self, rack: str) -> cp_model.LinearExpr:
        base = self.hardware.most_per_rack(rack) + 1
        return cp_model.LinearExpr.sum([base**i * self.x[rack, m] for i, m in enumerate(self.models)])

    def refuse(self, purchase: Purchase) -> None:
        """Exclude a purchase that was proved too little, with every smaller one."""
        had = Counter((slot.rack, slot.model) for slot in purchase.slots)
        more = []
        for key, var in self.x.items():
            above = self.cp.new_bool_var("")
            self.cp.add(var >= had[key] + 1).only_enforce_if(above)
            more.append(above)
        self.cp.add_bool_or(more)

    def cheapest(self, limits: Limits, seconds: float) -> Purchase | None:
        """Return the cheapest purchase that is not refused, None when there is none.

        Raises
        ------
        TimeoutError
            When it could not be proved cheapest within the deterministic limit.

        """
        solver = deterministic(limits, seconds, 20.0)
        status = solver.solve(self.cp)
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            raise TimeoutError
        slots = [Slot(h.id, h.rack, h.model, existing=True) for h in self.hardware.records.existing_hosts]
        taken = {slot.id for slot in slots}
        free = (name for number in range(1, 1000) if (name := f"host-{number:02}") not in taken)
        for (rack, model), var in self.x.items():
            new = solver.value(var) - self.kept[rack, model]
            slots += [Slot(next(free), rack, model, existing=False) for _ in range(new)]
        appliances = {name: rack for (name, rack), var in self.z.items() if solver.value(var)}
        ordered = tuple(sorted(slots, key=lambda slot: natural_key(slot.id)))
        return Purchase(ordered, appliances, int(solver.objective_value) // self.tie)


def deterministic(limits: Limits, seconds: float, work: float) -> cp_model.CpSolver:
    """Return a solver that stops by counted work, so that it gives the same answer everywhere."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 8
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = limits.seed
    solver.parameters.max_deterministic_time = work * limits.effort
    solver.parameters.max_time_in_seconds = max(1.0, seconds)
    return solver
