"""Which hosts to buy for which rack, and where the appliances stand: the cheapest that could be enough.

    min  Σ c[m,r]·(Σ_q x[r,m,q] - kept[r,m]) + Σ c[b,r]·z[b,r] + kept hosts' cost                 (cost)
    Σ_q x[r,m,q] ≥ kept[r,m]                              existing hosts of model m in rack r      (kept)
    Σ_{r∉F} Σ_m W[m,k]·x[r,m,q] ≥ Σ_{g∈q} w[g,k]·N_g      each pool q, resource k, loss F          (pool)
    Σ_{r∉F} Σ_m h[g,m]·x[r,m,q] ≥ N_g                     each group g of q, loss F                (room for all)
    Σ_{r∉F} Σ_m x[r,m,q] ≥ L2(q)                          each pool, loss F                        (fewest hosts)
    and inequalities of planner.datacentre.covers                                                  (cover)
    Σ_r min(⌈N_g/racks⌉, Σ_m h[g,m]·x[r,m,q]) ≥ N_g       groups spread over racks                 (racks)
    Σ_r z[b,r] = N_b,  z[b,r] ≤ ⌈N_b/racks⌉,  Σ_{r∈F} z[b,r] < N_b                                 (appliances)
    Σ_{r,m} [x[r,m,q] > x̄[r,m,q]] ≥ 1                     pools q, hosts x̄ proved too little       (refused)
    and the limits of racks and rooms: planner.datacentre.racks

x[r,m,q]  hosts of model m in rack r for pool q       z[b,r]  appliances of group b in rack r
w, W      need of a machine, offer of a host          h[g,m]  most machines of g on one empty host of m
F         nothing, a worst loss of racks, or the largest host of the pool where hosts are lost one by one
All rows are implied by a placement that survives every loss (planner.datacentre.placement decides that one), so the
optimum here is a lower bound; hosts of a pool that hold no placement are refused with all fewer ones (combinatorial
Benders cuts: Codato, Fischetti 2006; over all racks together where the rack makes no difference) and the first
purchase that holds one is the cheapest. Ties: least watts in the fullest rack, then the lowest-numbered racks.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from planner import cpsat
from planner.datacentre.bounds import fewest_hosts, holds, needs, offered
from planner.datacentre.covers import Cover
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.racks import Limit, down, limits, of_appliance, of_model
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group, idle_pool
from planner.limits import Watch
from topology.order import natural, natural_key

WORK_COST, WORK_TIE = 20.0, 4.0
MOST_PERMUTATIONS = 24

Key = tuple[str, str, str]
"""Rack, model, pool."""
ANY_RACK = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """Hosts per rack, model and pool, and the rack of each appliance."""

    slots: tuple[Slot, ...]
    appliances: dict[str, str]
    cost_vnd: int
    """Of the whole data centre, present value."""
    bound_vnd: int
    """No purchase that is not refused is cheaper."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Hosts that hold no placement of some pools."""

    pools: frozenset[str]
    had: dict[Key, int]
    """Rack, model, pool → hosts; the rack is `ANY_RACK` where it makes no difference."""


@dataclass(slots=True)
class Hosts:
    """The master problem: `refuse` adds a cut, `cheapest` solves it again."""

    hardware: Hardware
    groups: Sequence[Group]
    demand_factor: float = 1.0
    """Above 1 to buy more than needed: a purchase that is easily filled."""
    refused: list["Refused"] = field(default_factory=list)
    covers: dict[str, list[Cover]] = field(default_factory=dict)
    """Pool → inequalities that every placement satisfies after each loss."""

    def refuse(self, slots: Iterable[Slot], groups: Sequence[Group]) -> None:
        """Exclude hosts that hold no placement of these groups, all fewer, and the same in racks that are alike."""
        pools = frozenset(group.pool for group in groups)
        had = Counter((slot.rack, slot.model, slot.pool) for slot in slots)
        if not self.hardware.worst_losses and all(map(_rackless, groups)):
            had = Counter((ANY_RACK, slot.model, slot.pool) for slot in slots)
        for exchange in _exchanges(self.hardware):
            moved = Refused(pools, {(exchange.get(rack, rack), m, q): n for (rack, m, q), n in had.items()})
            if moved not in self.refused:
                self.refused.append(moved)

    def cheapest(self, watch: Watch) -> Purchase | None:
        """Return the cheapest purchase that is not refused, None when there is none.

        Raises
        ------
        TimeoutError
            When neither was found within the limits.

        """
        model = Model(self)
        model.cp.minimize(model.cost)
        solver, status = cpsat.run(model.cp, watch, WORK_COST)
        if status not in cpsat.FEASIBLE and status != cp_model.INFEASIBLE:
            solver, status = cpsat.run(model.cp, watch, 4 * WORK_COST, workers=8)
        if status == cp_model.INFEASIBLE:
            return None
        if status not in cpsat.FEASIBLE:
            raise TimeoutError
        cost, bound = round(solver.objective_value), math.ceil(solver.best_objective_bound - 0.5)
        model.cp.add(model.cost <= cost)
        model.cp.minimize(model.tie())
        for var in (*model.x.values(), *model.z.values()):
            model.cp.add_hint(var, solver.value(var))
        tied, status = cpsat.run(model.cp, watch, WORK_TIE)
        return self.purchase(model, tied if status in cpsat.FEASIBLE else solver, cost, bound)

    def purchase(self, model: "Model", solver: cp_model.CpSolver, cost: int, bound: int) -> Purchase:
        """Return the hosts and appliances of a solution, numbered in order."""
        taken = {host.id for host in self.hardware.existing}
        free = (new for number in itertools.count(1) if (new := f"host-{number:02}") not in taken)
        kept = {
            key: [host.id for host in self.hardware.existing if (host.rack, host.model) == key]
            for key in {(host.rack, host.model) for host in self.hardware.existing}
        }
        slots = []
        for (rack, kind, pool), var in model.x.items():
            for _ in range(solver.value(var)):
                there = kept.get((rack, kind))
                host = there.pop(0) if there else next(free)
                slots.append(Slot(host, rack, kind, host in taken, pool))
        appliances: dict[str, str] = {}
        for group in model.boxes:
            names = iter(group.names)
            for rack in model.racks_of[group.id]:
                appliances |= {next(names): rack for _ in range(solver.value(model.z[group.id, rack]))}
        return Purchase(tuple(sorted(slots, key=lambda slot: natural_key(slot.id))), appliances, cost, bound)


class Model:
    """Variables and constraints, one method for each family of the docstring above."""

    def __init__(self, problem: Hosts, *, elastic: bool = False) -> None:
        self.cp = cp_model.CpModel()
        self.hardware, self.problem = problem.hardware, problem
        self.boxes = [group for group in problem.groups if group.form == "appliance"]
        self.pools: dict[str, list[Group]] = {}
        for group in problem.groups:
            if group.form == "vm":
                self.pools.setdefault(group.pool, []).append(group)
        names = self._pools_in_racks()
        self.x = {
            (rack, model, pool): self.cp.new_int_var(0, self._most(rack, model, elastic), f"x[{rack},{model},{pool}]")
            for rack in self.hardware.racks
            for model in self.hardware.models
            for pool in names.get(rack, ())
        }
        self.racks_of = {group.id: self.hardware.racks_at(group.site) for group in problem.groups}
        self.z = {
            (group.id, rack): self.cp.new_int_var(0, group.count, f"z[{group.id},{rack}]")
            for group in self.boxes
            for rack in self.racks_of[group.id]
        }
        self.slack: list[tuple[Limit, cp_model.IntVar]] = []
        self._keep()
        for pool in self.pools:
            self._pool(pool)
        self._limits(elastic=elastic)
        self._appliances()
        self._refused()
        if not elastic:
            self._same_racks()
        self.cost = self._cost()

    def _pools_in_racks(self) -> dict[str, list[str]]:
        """Return rack → pools whose machines may stand in it; where none may, the idle one keeps what is there."""
        records, found = self.hardware.records, {}
        racks_of = {pool: self.hardware.racks_at(groups[0].site) for pool, groups in self.pools.items()}
        for rack, room in self.hardware.rooms_by_rack:
            here = [pool for pool in natural(self.pools) if rack in racks_of[pool]]
            found[rack] = here or [idle_pool(records, room.site)]
        return found

    def _most(self, rack: str, model: str, elastic: bool) -> int:
        """Return the most hosts of a model in a rack; when limits may stretch, as many as all machines could want."""
        if not elastic:
            return self.hardware.most(rack, model)
        return max(1, sum(group.count for group in self.problem.groups if group.form == "vm"))

    def _sum(self, keys: Iterable[Key], weight: dict[str, int]) -> cp_model.LinearExpr:
        chosen = [key for key in keys if weight[key[1]]]
        return cp_model.LinearExpr.weighted_sum([self.x[key] for key in chosen], [weight[key[1]] for key in chosen])

    def _keep(self) -> None:
        kept = Counter((host.rack, host.model) for host in self.hardware.existing)
        for (rack, model), count in sorted(kept.items()):
            self.cp.add(sum(var for key, var in self.x.items() if key[:2] == (rack, model)) >= count)

    def _pool(self, pool: str) -> None:
        """Enough of everything for the machines of a pool, whatever is lost."""
        groups, hardware = self.pools[pool], self.hardware
        models = hardware.models
        rows: list[tuple[dict[str, int], int]] = []
        for k in range(len(RESOURCES)):
            need = sum(needs(group)[k] * group.count for group in groups)
            rows.append(
                ({m: offered(hardware.offers[m])[k] for m in models}, math.ceil(need * self.problem.demand_factor))
            )
        held = {
            group.id: {
                m: holds(needs(group), offered(hardware.offers[m]), alone=group.spread != "none") for m in models
            }
            for group in groups
        }
        rows += [({m: min(held[group.id][m], group.count) for m in models}, group.count) for group in groups]
        rows.append((dict.fromkeys(models, 1), fewest_hosts(groups, list(hardware.offers.values()))))
        rows += [
            (cover.worth, math.ceil(cover.need * self.problem.demand_factor))
            for cover in self.problem.covers.get(pool, ())
        ]
        keys = [key for key in self.x if key[2] == pool]
        for weight, need in rows:
            if not need:
                continue
            self.cp.add(self._sum(keys, weight) >= need)
            for gone in hardware.worst_losses.values():
                self.cp.add(self._sum([key for key in keys if key[0] not in gone], weight) >= need)
        self._lose_one_host(pool, keys, rows)
        for group in groups:
            if group.spread == "rack":
                self._over_racks(group, keys, held[group.id])

    def _lose_one_host(self, pool: str, keys: Sequence[Key], rows: Sequence[tuple[dict[str, int], int]]) -> None:
        alone = [key for key in keys if self.hardware.single_host_counts(key[0])]
        for model in self.hardware.models:
            there = [self.x[key] for key in alone if key[1] == model]
            if not there:
                continue
            has = self.cp.new_bool_var(f"has[{model},{pool}]")
            self.cp.add(sum(there) == 0).only_enforce_if(~has)
            for weight, need in rows:
                self.cp.add(self._sum(keys, weight) - weight[model] * has >= need)

    def _over_racks(self, group: Group, keys: Sequence[Key], held: dict[str, int]) -> None:
        racks = self.racks_of[group.id]
        most = math.ceil(group.count / len(racks))
        used = []
        for rack in racks:
            share = self.cp.new_int_var(0, most, f"share[{group.id},{rack}]")
            self.cp.add(share <= self._sum([key for key in keys if key[0] == rack], held))
            used.append(share)
        self.cp.add(sum(used) >= group.count)

    def _used(self, limit: Limit) -> cp_model.LinearExpr:
        weight = {name: of_model(model, limit.quantity) for name, model in self.hardware.models.items()}
        hosts = self._sum([key for key in self.x if key[0] in limit.racks], weight)
        boxes = [
            of_appliance(g, limit.quantity) * self.z[g.id, rack]
            for g in self.boxes
            for rack in limit.racks
            if (g.id, rack) in self.z
        ]
        return hosts + cp_model.LinearExpr.sum(boxes)

    def _limits(self, *, elastic: bool) -> None:
        for limit in limits(self.hardware):
            used, free = self._used(limit), down(limit.free)
            if elastic:
                slack = self.cp.new_int_var(0, 10**9, f"slack[{limit.owner},{limit.what}]")
                self.slack.append((limit, slack))
                self.cp.add(used <= free + slack)
            else:
                self.cp.add(used <= free)

    def _appliances(self) -> None:
        for group in self.boxes:
            racks = self.racks_of[group.id]
            self.cp.add(sum(self.z[group.id, rack] for rack in racks) == group.count)
            if group.spread != "none":
                for rack in racks:
                    self.cp.add(self.z[group.id, rack] <= math.ceil(group.count / len(racks)))
            for gone in self.hardware.worst_losses.values():
                here = [self.z[group.id, rack] for rack in racks if rack in gone]
                if group.count > 1 and 0 < len(here) < len(racks):
                    self.cp.add(sum(here) <= group.count - 1)

    def _refused(self) -> None:
        above: dict[tuple[Key, int], cp_model.IntVar] = {}
        for refused in self.problem.refused:
            merged = all(rack == ANY_RACK for rack, _, _ in refused.had)
            keys = {
                (ANY_RACK if merged else rack, model, pool) for rack, model, pool in self.x if pool in refused.pools
            }
            clause = []
            for key in sorted(keys):
                had = refused.had.get(key, 0)
                if (key, had) not in above:
                    above[key, had] = self.cp.new_bool_var("")
                    there = [var for (r, m, q), var in self.x.items() if key in ((r, m, q), (ANY_RACK, m, q))]
                    self.cp.add(sum(there) >= had + 1).only_enforce_if(above[key, had])
                clause.append(above[key, had])
            self.cp.add_bool_or(clause)

    def _same_racks(self) -> None:
        """Order racks that are alike by their number of hosts: their exchange is no other answer."""
        for names in alike(self.hardware):
            for left, right in itertools.pairwise(names):
                count = {rack: sum(v for key, v in self.x.items() if key[0] == rack) for rack in (left, right)}
                self.cp.add(count[left] >= count[right])

    def _cost(self) -> cp_model.LinearExpr:
        price = self.hardware.host_price
        kept = sum(price[host.model, host.rack] for host in self.hardware.existing)
        hosts = cp_model.LinearExpr.sum([price[model, rack] * var for (rack, model, _), var in self.x.items()])
        boxes = [
            self.hardware.appliance_price(g, rack) * self.z[g.id, rack]
            for g in self.boxes
            for rack in self.racks_of[g.id]
        ]
        return hosts + cp_model.LinearExpr.sum(boxes) + (self.hardware.existing_price - kept)

    def tie(self) -> cp_model.LinearExpr:
        """Least watts in the fullest rack, then the lowest-numbered racks."""
        order = {rack: rank for rank, rack in enumerate(self.hardware.racks)}
        watts = [limit for limit in limits(self.hardware) if limit.what == "heat" and limit.owner in order]
        peak = self.cp.new_int_var(0, 10**9, "peak")
        for limit in watts:
            self.cp.add(self._used(limit) <= peak)
        rank = sum(order[key[0]] * var for key, var in self.x.items()) + sum(
            order[rack] * (i + 1) * self.z[group.id, rack]
            for i, group in enumerate(self.boxes)
            for rack in self.racks_of[group.id]
        )
        most = len(order) * (sum(len(g.names) for g in self.problem.groups) * (len(self.boxes) + 1) + 1)
        return most * peak + rank


def _rackless(group: Group) -> bool:
    """Whether it makes no difference to a group in which rack its hosts are."""
    return group.spread != "rack" and all(within == "host" for _, within in group.beside)


def alike(hardware: Hardware) -> list[list[str]]:
    """Return racks that differ in nothing but their names, in groups."""
    found: dict[str, list[str]] = {}
    for name, rack in hardware.racks.items():
        kept = sorted(host.model for host in hardware.existing if host.rack == name)
        bare = [getattr(value, "value", value) for key, value in rack if key != "id"]
        found.setdefault(f"{hardware.rooms[name].id} {bare} {kept}", []).append(name)
    return list(found.values())


def _exchanges(hardware: Hardware) -> list[dict[str, str]]:
    """Return every renaming of racks that are alike, the identity first; only the identity when they are too many."""
    found: list[dict[str, str]] = [{}]
    for names in alike(hardware):
        found = [
            before | dict(zip(names, order, strict=True)) for before in found for order in itertools.permutations(names)
        ] if len(found) * math.factorial(len(names)) <= MOST_PERMUTATIONS else found  # fmt: skip
    return found
