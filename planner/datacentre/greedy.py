"""A placement by rules of thumb: quick, often good enough, proves nothing when it fails.

Large machines first, each where the fullest resource stays emptiest, the rack counted too; then the evicted of every
loss, largest first, where they fit best. Failing that, again with the order shaken by a seeded draw.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence

from planner.datacentre.bounds import needs, offered
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.placement import Counts, states
from planner.datacentre.workloads import Group

TRIES = 24
SHAKE = 0.35
"""Largest relative change of a machine's rank in a later try."""


class Greedy:
    """The hosts being filled."""

    def __init__(self, hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot]) -> None:
        self.hardware, self.slots = hardware, {slot.id: slot for slot in slots}
        self.vms = {group.id: group for group in groups if group.form == "vm"}
        self.need = {name: needs(group) for name, group in self.vms.items()}
        self.offer = {slot.id: offered(hardware.offers[slot.model]) for slot in slots}
        self.states = states(hardware, slots)
        total = [max(1, sum(self.offer[s][k] for s in self.offer)) for k in range(5)]
        self.size = {name: max(need[k] / total[k] for k in range(5)) for name, need in self.need.items()}

    def place(self, seed: int) -> tuple[Counts, dict[str, Counts]] | None:
        """Return machines per host and, for each state, machines started again; None when no try succeeds."""
        draw = random.Random(seed)  # noqa: S311
        for attempt in range(TRIES):
            shake = {name: 1 + (SHAKE * draw.uniform(-1, 1) if attempt else 0.0) for name in self.vms}
            order = sorted(self.vms, key=lambda name: -self.size[name] * shake[name] * self._hard(name))
            found = self._attempt(order)
            if found is not None:
                return found
        return None

    def _hard(self, name: str) -> float:
        """Machines that stand apart or share a licence have fewer places: earlier."""
        group = self.vms[name]
        return (2.0 if group.spread == "rack" else 1.5 if group.spread == "host" else 1.0) * (
            2.0 if group.licence else 1.0
        )

    def _attempt(self, order: Sequence[str]) -> tuple[Counts, dict[str, Counts]] | None:
        counts: Counter[tuple[str, str]] = Counter()
        load = {slot: [0] * 5 for slot in self.slots}
        licensed: dict[str, set[str]] = {}
        for name in order:
            for _ in range(self.vms[name].count):
                best = min(self._open(name, counts, load, licensed, self.slots, over_racks=True), default=None)
                if best is None:
                    return None
                self._put(name, best[-1], counts, load, licensed)
        restarts: dict[str, Counts] = {}
        for state, gone in self.states.items():
            moved = self._evacuate(order, gone, counts, load, licensed)
            if moved is None:
                return None
            restarts[state] = moved
        return dict(counts), restarts

    def _evacuate(
        self,
        order: Sequence[str],
        gone: frozenset[str],
        before: Counter[tuple[str, str]],
        full: dict[str, list[int]],
        licensed: dict[str, set[str]],
    ) -> Counts | None:
        counts, load = Counter(before), {slot: list(used) for slot, used in full.items()}
        left = [slot for slot in self.slots if slot not in gone]
        for name in sorted(order, key=lambda n: -self.size[n]):
            for _ in range(sum(before[name, slot] for slot in gone)):
                best = max(self._open(name, counts, load, licensed, left, over_racks=False), default=None)
                if best is None:
                    return None
                self._put(name, best[-1], counts, load, licensed)
        return {key: counts[key] - before[key] for key in counts if key[1] not in gone and counts[key] > before[key]}

    def _open(
        self,
        name: str,
        counts: Counter[tuple[str, str]],
        load: dict[str, list[int]],
        licensed: dict[str, set[str]],
        slots: Sequence[str] | dict[str, Slot],
        *,
        over_racks: bool,
    ) -> Iterator[tuple[float, float, str]]:
        """Yield fullest share after placing, share of the rack, slot: for each slot that is open to one more."""
        group, need = self.vms[name], self.need[name]
        most = math.ceil(group.count / len(self.hardware.racks))
        covered = licensed.setdefault(group.licence, set()) if group.licence else set()
        full = group.licence and len(covered) >= self.hardware.policy.licences.get(group.licence, len(self.slots))
        for slot in slots:
            place = self.slots[slot]
            if place.pool != group.pool or (full and slot not in covered):
                continue
            if group.spread != "none" and counts[name, slot]:
                continue
            here = [s for s in self.slots if self.slots[s].rack == place.rack]
            if over_racks and group.spread == "rack" and sum(counts[name, s] for s in here) >= most:
                continue
            offer, used = self.offer[slot], load[slot]
            if any(used[k] + need[k] > offer[k] for k in range(5)):
                continue
            share = max((used[k] + need[k]) / offer[k] if offer[k] else 0.0 for k in range(5))
            rack = max(sum(load[s][k] for s in here) / max(1, sum(self.offer[s][k] for s in here)) for k in range(5))
            yield share, rack, slot

    def _put(
        self,
        name: str,
        slot: str,
        counts: Counter[tuple[str, str]],
        load: dict[str, list[int]],
        licensed: dict[str, set[str]],
    ) -> None:
        counts[name, slot] += 1
        load[slot] = [used + need for used, need in zip(load[slot], self.need[name], strict=True)]
        licence = self.vms[name].licence
        if licence:
            licensed.setdefault(licence, set()).add(slot)
