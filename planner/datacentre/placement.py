"""Which machine runs on which of the given hosts, in normal operation and after any one loss.

    Σ_s n[g,s] = N_g                                   every machine runs                         (run)
    Σ_g w[g,k]·n[g,s] ≤ W[s,k]                         each resource k of each host s             (capacity)
    n[g,s] ≤ 1 ,  Σ_{s∈R} n[g,s] ≤ ⌈N_g / racks⌉       replicas apart: by host, by rack           (apart)
    Σ_{s∉F} e[g,s,F] = Σ_{s∈F} n[g,s]                  after each loss F everything runs again    (survive)
    Σ_g w[g,k]·(n[g,s] + e[g,s,F]) ≤ W[s,k]            on what is left                            (survive capacity)
    n[g,s] + e[g,s,F] ≤ 1                              replicas apart by host while it lasts      (survive apart)
    machines beside each other                         planner.datacentre.affinity                 (beside)
    n[g,s], e[g,s,F] ≤ N_g·l[L,s] ,  Σ_s l[L,s] ≤ H_L  machines of licence L on H_L hosts         (licences)

n[g,s]  machines of group g on host s, of g's pool     e[g,s,F]  machines of g started again on s when F is lost
F       a worst loss of racks, or one host of a rack that no such loss contains
Counting equal machines instead of naming them removes their symmetry. Solved by CP-SAT.
"""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence

from ortools.sat.python import cp_model

from planner.datacentre import affinity
from planner.datacentre.bounds import holds, needs, offered
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.hosts import alike
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group

Counts = dict[tuple[str, str], int]
"""(group, slot) → machines."""
Vars = dict[tuple[str, str], cp_model.IntVar]
FAMILIES = ("licences", "beside", "apart", "survive")
"""Constraint families that may be left out to find which of them conflict."""


def states(hardware: Hardware, slots: Sequence[Slot]) -> dict[str, frozenset[str]]:
    """State → slots that are down in it: those that no other contains; all where machines keep together."""
    losses = hardware.losses if hardware.affine else hardware.worst_losses
    found = {state: frozenset(slot.id for slot in slots if slot.rack in racks) for state, racks in losses.items()}
    alone = hardware.affine and "host" in hardware.policy.survive
    found |= {
        f"host:{slot.id}": frozenset({slot.id}) for slot in slots if alone or hardware.single_host_counts(slot.rack)
    }
    return {state: gone for state, gone in found.items() if gone}


class Placement:
    """Variables and constraints; one method for each family of the docstring above."""

    def __init__(
        self, hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot], without: Collection[str] = ()
    ) -> None:
        self.cp = cp_model.CpModel()
        self.hardware, self.slots = hardware, slots
        self.vms = [group for group in groups if group.form == "vm"]
        self.need = {group.id: needs(group) for group in self.vms}
        self.offer = {slot.id: offered(hardware.offers[slot.model]) for slot in slots}
        self.apart, self.beside = "apart" not in without, "beside" not in without
        self.n = self._vars("n", slots)
        self.e: dict[str, Vars] = {}
        self._run()
        self._capacity({}, slots)
        if self.beside:
            affinity.add(self.cp, hardware, self.vms, slots, [self.n])
        if self.apart:
            self._over_racks()
        if "survive" not in without:
            for state, gone in states(hardware, slots).items():
                self._survive(state, gone)
        if "licences" not in without:
            self._licences()
        if "alike" not in without:
            self._same_hosts()

    def _most(self, group: Group, slot: Slot) -> int:
        alone = self.apart and group.spread != "none"
        return min(group.count, holds(self.need[group.id], self.offer[slot.id], alone=alone))

    def _vars(self, name: str, slots: Sequence[Slot]) -> Vars:
        return {
            (group.id, slot.id): self.cp.new_int_var(0, most, f"{name}[{group.id},{slot.id}]")
            for group in self.vms
            for slot in slots
            if group.pool == slot.pool and (most := self._most(group, slot))
        }

    def _run(self) -> None:
        for group in self.vms:
            self.cp.add(sum(var for (g, _), var in self.n.items() if g == group.id) == group.count)

    def _capacity(self, extra: Mapping[tuple[str, str], cp_model.IntVar], slots: Sequence[Slot]) -> None:
        for slot in slots:
            load = [(g, var) for machines in (self.n, extra) for (g, s), var in machines.items() if s == slot.id]
            for k in range(len(RESOURCES)):
                self.cp.add(sum(self.need[g][k] * var for g, var in load) <= self.offer[slot.id][k])

    def _over_racks(self) -> None:
        rack_of = {slot.id: slot.rack for slot in self.slots}
        for group in self.vms:
            if group.spread == "rack":
                racks = self.hardware.racks_at(group.site)
                for rack in racks:
                    here = [var for (g, s), var in self.n.items() if g == group.id and rack_of[s] == rack]
                    self.cp.add(sum(here) <= math.ceil(group.count / len(racks)))

    def _survive(self, state: str, gone: frozenset[str]) -> None:
        left = [slot for slot in self.slots if slot.id not in gone]
        moved = self._vars(f"e[{state}]", left)
        for group in self.vms:
            evicted = [var for (g, s), var in self.n.items() if g == group.id and s in gone]
            self.cp.add(sum(var for (g, _), var in moved.items() if g == group.id) == sum(evicted))
            if self.apart and group.spread != "none":
                for slot in left:
                    if (group.id, slot.id) in moved:
                        self.cp.add(self.n[group.id, slot.id] + moved[group.id, slot.id] <= 1)
        self._capacity(moved, left)
        if self.beside:
            affinity.add(self.cp, self.hardware, self.vms, left, [self.n, moved])
        self.e[state] = moved

    def _licences(self) -> None:
        for licence, hosts in sorted(self.hardware.policy.licences.items()):
            members = {group.id: group for group in self.vms if group.licence == licence}
            if not members:
                continue
            covered = {slot.id: self.cp.new_bool_var(f"l[{licence},{slot.id}]") for slot in self.slots}
            self.cp.add(sum(covered.values()) <= hosts)
            for machines in (self.n, *self.e.values()):
                for (g, s), var in machines.items():
                    if g in members:
                        self.cp.add(var <= members[g].count * covered[s])

    def _same_hosts(self) -> None:
        """Order equal hosts of a rack, and racks with the same hosts, by memory in use: exchanges are nothing new."""
        k = RESOURCES.index("memory_gib")
        new: dict[tuple[str, str, str], list[str]] = {}
        for slot in self.slots:
            if not slot.existing:
                new.setdefault((slot.rack, slot.model, slot.pool), []).append(slot.id)
        for equal in new.values():
            for left, right in itertools.pairwise(equal):
                self.cp.add(self._memory([left], k) >= self._memory([right], k))
        for names in alike(self.hardware):
            for left, right in itertools.pairwise(names):
                sides = [[slot for slot in self.slots if slot.rack == rack] for rack in (left, right)]
                got = [sorted((slot.model, slot.pool) for slot in side) for side in sides]
                if got[0] == got[1] and not any(slot.existing for side in sides for slot in side):
                    first, second = ([slot.id for slot in side] for side in sides)
                    self.cp.add(self._memory(first, k) >= self._memory(second, k))

    def _memory(self, slots: Collection[str], k: int) -> cp_model.LinearExpr:
        return cp_model.LinearExpr.sum([self.need[g][k] * var for (g, s), var in self.n.items() if s in slots])
