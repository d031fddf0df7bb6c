"""Which machine runs on which of the given hosts, in normal operation and after any one loss.

    Σ_s n[g,s] = N_g                                   every machine runs                         (run)
    Σ_g w[g,k]·n[g,s] ≤ W[s,k]                         each resource k of each host s             (capacity)
    n[g,s] ≤ 1,  Σ_{s∈R} n[g,s] ≤ ⌈N_g / racks⌉        replicas apart, by host or rack            (apart)
    Σ_{s∉F} e[g,s,F] = Σ_{s∈F} n[g,s]                  after each loss F everything runs again    (survive)
    Σ_g w[g,k]·(n[g,s] + e[g,s,F]) ≤ W[s,k]            on what is left                            (survive capacity)

n[g,s]  machines of group g on host s      e[g,s,F]  machines of g started again on s when F (a rack or host) is lost
Counting equal machines instead of naming them removes their symmetry. Solved by CP-SAT.
"""

import math
from collections.abc import Mapping, Sequence

from ortools.sat.python import cp_model

from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.hosts import SCALE
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group

Counts = dict[tuple[str, str], int]
"""(group, slot) → machines."""
Vars = dict[tuple[str, str], cp_model.IntVar]


class Placement:
    """Variables and constraints; one method for each family of the docstring above."""

    def __init__(self, hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot]) -> None:
        self.cp = cp_model.CpModel()
        self.hardware = hardware
        self.vms = [group for group in groups if group.form == "vm"]
        self.slots = slots
        self.n: Vars = {
            (group.id, slot.id): self.cp.new_int_var(0, most(group), f"n[{group.id},{slot.id}]")
            for group in self.vms
            for slot in slots
        }
        self.e: dict[str, Vars] = {}
        self._run()
        self._capacity({}, slots)
        self._apart()
        self._survive()
        self._pools()
        self._licences()
        self._same_hosts()

    def _run(self) -> None:
        for group in self.vms:
            self.cp.add(sum(self.n[group.id, slot.id] for slot in self.slots) == group.count)

    def _capacity(self, extra: Mapping[tuple[str, str], cp_model.IntVar], slots: Sequence[Slot]) -> None:
        for k in range(len(RESOURCES)):
            need = {group.id: math.ceil(group.need[k] * SCALE - 1e-6) for group in self.vms}
            for slot in slots:
                load = [need[g.id] * self.n[g.id, slot.id] for g in self.vms]
                load += [need[g.id] * extra[g.id, slot.id] for g in self.vms if (g.id, slot.id) in extra]
                self.cp.add(sum(load) <= math.floor(self.hardware.offers[slot.model][k] * SCALE + 1e-6))

    def _apart(self) -> None:
        for group in self.vms:
            if group.spread == "rack":
                for rack in self.hardware.racks:
                    here = [self.n[group.id, slot.id] for slot in self.slots if slot.rack == rack]
                    self.cp.add(sum(here) <= math.ceil(group.count / len(self.hardware.racks)))

    def _survive(self) -> None:
        survive = self.hardware.policy.survive
        lost = [f"rack:{rack}" for rack in self.hardware.racks] if "rack" in survive else []
        if "host" in survive and not lost:  # a lost rack is harder than any of its hosts
            lost = [f"host:{slot.id}" for slot in self.slots]
        for state in lost:
            kind, _, name = state.partition(":")
            gone = [slot for slot in self.slots if (slot.rack if kind == "rack" else slot.id) == name]
            left = [slot for slot in self.slots if slot not in gone]
            moved = {
                (g.id, slot.id): self.cp.new_int_var(0, most(g), f"e[{g.id},{slot.id},{state}]")
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
            self._capacity(moved, left)

    def _pools(self) -> None:
        """Let machines of different pools share no host, in no state."""
        pools = sorted({group.pool for group in self.vms})
        if len(pools) < 2:
            return
        for slot in self.slots:
            chosen = {pool: self.cp.new_bool_var(f"pool[{slot.id},{pool}]") for pool in pools}
            self.cp.add_at_most_one(chosen.values())
            for group in self.vms:
                self._only_if(group, slot, chosen[group.pool])

    def _licences(self) -> None:
        """Keep the machines of a licence on the hosts that it covers, in every state."""
        for licence, hosts in sorted(self.hardware.policy.licences.items()):
            members = [group for group in self.vms if group.licence == licence]
            covered = {slot.id: self.cp.new_bool_var(f"licence[{licence},{slot.id}]") for slot in self.slots}
            self.cp.add(sum(covered.values()) <= hosts)
            for group in members:
                for slot in self.slots:
                    self._only_if(group, slot, covered[slot.id])

    def _only_if(self, group: Group, slot: Slot, allowed: cp_model.IntVar) -> None:
        for machines in (self.n, *self.e.values()):
            if (group.id, slot.id) in machines:
                self.cp.add(machines[group.id, slot.id] <= most(group) * allowed)

    def _same_hosts(self) -> None:
        """Order equal hosts of a rack by their memory in use: their exchange is no other answer."""
        k = RESOURCES.index("memory_gib")
        for left, right in zip(self.slots, self.slots[1:], strict=False):
            if (left.rack, left.model) == (right.rack, right.model) and not (left.existing or right.existing):
                self.cp.add(self._used(left, k) >= self._used(right, k))

    def _used(self, slot: Slot, k: int) -> cp_model.LinearExpr:
        return cp_model.LinearExpr.sum(
            [math.ceil(group.need[k] * SCALE - 1e-6) * self.n[group.id, slot.id] for group in self.vms]
        )


def most(group: Group) -> int:
    """Return how many machines of a group one host may hold."""
    return group.count if group.spread == "none" else 1
