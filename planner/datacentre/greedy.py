"""A placement by rules of thumb: quick, often good enough, proves nothing when it fails.

Large machines first, each where the fullest resource stays emptiest, the rack counted too; then the evicted of every
loss, largest first, where they fit best. Machines that stand beside others come right after these, which leave room for
them where they can. Failing that, again with the order shaken by a seeded draw.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.datacentre.affinity import domains
from planner.datacentre.bounds import needs, offered
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.placement import Counts, states
from planner.datacentre.workloads import Group

TRIES = 24
SHAKE = 0.35
"""Largest relative change of a machine's rank in a later try."""


@dataclass(slots=True)
class _Filled:
    """Hosts with what stands on them."""

    load: NDArray[np.int64]
    """(hosts, resources)."""
    counts: dict[str, NDArray[np.int64]]
    """Group → machines per host."""
    licensed: dict[str, NDArray[np.bool_]]
    """Licence → hosts that it covers so far."""

    def copy(self) -> "_Filled":
        return _Filled(
            self.load.copy(),
            {g: n.copy() for g, n in self.counts.items()},
            self.licensed,  # shared: what a licence covers in one state it covers in all
        )


class Greedy:
    """The hosts being filled."""

    def __init__(self, hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot]) -> None:
        self.hardware, self.slots = hardware, [slot.id for slot in slots]
        self.vms = {group.id: group for group in groups if group.form == "vm"}
        self.need = {name: np.array(needs(group), dtype=np.int64) for name, group in self.vms.items()}
        self.offer = np.array([offered(hardware.offers[slot.model]) for slot in slots], dtype=np.int64).reshape(-1, 5)
        self.pool = np.array([slot.pool for slot in slots])
        racks = sorted({slot.rack for slot in slots})
        self.rack = np.array([racks.index(slot.rack) for slot in slots], dtype=np.int64)
        self.rack_offer = np.maximum(1, self._per_rack(self.offer))
        self.index = {slot: i for i, slot in enumerate(self.slots)}
        self.states = {
            state: np.array(sorted(self.index[slot] for slot in gone))
            for state, gone in states(hardware, slots).items()
        }
        total = np.maximum(1, self.offer.sum(axis=0))
        self.domains = {
            within: np.array([number for slot in self.slots for number, here in enumerate(found) if slot in here])
            for within in ("host", "rack", "room")
            for found in [[set(here) for here in domains(hardware, slots, within)]]
        }
        self.company = {name: self._company(name) for name in self.vms}
        self.size = {name: float((need / total).max()) for name, need in self.need.items()}

    def place(self, seed: int) -> tuple[Counts, dict[str, Counts]] | None:
        """Return machines per host and, for each state, machines started again; None when no try succeeds."""
        draw = random.Random(seed)  # noqa: S311
        for attempt in range(TRIES if self.slots else 1):
            shake = {name: 1 + (SHAKE * draw.uniform(-1, 1) if attempt else 0.0) for name in self.vms}
            order = sorted(self.vms, key=lambda name: -self.size[name] * shake[name] * self._hard(name))
            order = self._after_neighbours(order)
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

    def _company(self, name: str) -> NDArray[np.int64]:
        """Return what the machines need that stand in one host with a machine of a group, their share of each."""
        need = np.zeros(5, dtype=np.int64)
        for group in self.vms.values():
            if (name, "host") in group.beside:
                need += math.ceil(group.count / self.vms[name].count) * self.need[group.id]
        return need

    def _after_neighbours(self, order: Sequence[str]) -> list[str]:
        """Put every group that stands beside others right after the last of these."""
        done: list[str] = []

        def put(name: str) -> None:
            if name not in done and all(other in done or other not in self.vms for other, _ in self.vms[name].beside):
                done.append(name)
                for follower in order:
                    if any(other == name for other, _ in self.vms[follower].beside):
                        put(follower)

        for name in order:
            put(name)
        return done

    def _per_rack(self, load: NDArray[np.int64]) -> NDArray[np.int64]:
        total = np.zeros((int(self.rack.max(initial=-1)) + 1, 5), dtype=np.int64)
        np.add.at(total, self.rack, load)
        return total

    def _attempt(self, order: Sequence[str]) -> tuple[Counts, dict[str, Counts]] | None:
        none = np.zeros(len(self.slots), dtype=np.int64)
        filled = _Filled(np.zeros_like(self.offer), {name: none.copy() for name in order}, {})
        everywhere = np.ones(len(self.slots), dtype=bool)
        for name in order:
            for _ in range(self.vms[name].count):
                open_ = self._roomy(name, filled, self._open(name, filled, everywhere, over_racks=True))
                if not len(open_):
                    return None
                rack = (self._per_rack(filled.load) / self.rack_offer).max(axis=1)[self.rack[open_]]
                self._put(name, int(open_[np.lexsort((rack, self._share(name, filled, open_)))[0]]), filled)
        restarts: dict[str, Counts] = {}
        for state, gone in self.states.items():
            moved = self._evacuate(order, gone, filled)
            if moved is None:
                return None
            restarts[state] = moved
        return self._counts(filled.counts), restarts

    def _counts(self, counts: dict[str, NDArray[np.int64]]) -> Counts:
        return {(name, self.slots[i]): int(n[i]) for name, n in counts.items() for i in np.flatnonzero(n).tolist()}

    def _evacuate(self, order: Sequence[str], gone: NDArray[np.int64], before: _Filled) -> Counts | None:
        """Start what ran on these hosts again on the others, largest first, each where it fits best."""
        filled = before.copy()
        moved = {name: np.zeros(len(self.slots), dtype=np.int64) for name in order}
        left = np.ones(len(self.slots), dtype=bool)
        left[gone] = False
        for name in self._after_neighbours(sorted(order, key=lambda n: -self.size[n])):
            for _ in range(int(before.counts[name][gone].sum())):
                open_ = self._open(name, filled, left, over_racks=False)
                open_ = self._roomy(name, filled, self._bereft(name, filled, left, open_[left[open_]]))
                if not len(open_):
                    return None
                host = int(open_[np.argmax(self._share(name, filled, open_))])
                self._put(name, host, filled)
                moved[name][host] += 1
        return None if any(self._alone(name, filled, left).any() for name in order) else self._counts(moved)

    def _roomy(self, name: str, filled: _Filled, open_: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keep the hosts that also have room for the company of a machine, if there are any."""
        if not self.company[name].any():
            return open_
        good = (filled.load[open_] + self.need[name] + self.company[name] <= self.offer[open_]).all(axis=1)
        return open_[good] if good.any() else open_

    def _alone(self, name: str, filled: _Filled, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the hosts that are left where machines of a group lack one that they stand beside."""
        lacking = np.zeros(len(self.slots), dtype=bool)
        for other, within in self.vms[name].beside:
            lacking |= left & (filled.counts[name] > 0) & ~self._near(other, within, filled, left)
        return lacking

    def _near(self, other: str, within: str, filled: _Filled, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the hosts with a machine of another group in their host, rack or room."""
        if other not in self.vms:
            return np.zeros(len(self.slots), dtype=bool)
        place = self.domains[within]
        near: NDArray[np.bool_] = np.bincount(place, weights=filled.counts[other] * left)[place] > 0
        return near

    def _bereft(
        self, name: str, filled: _Filled, left: NDArray[np.bool_], open_: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Keep the hosts near machines that were not hit and have lost their neighbour of this group, if any have."""
        for group in self.vms.values():
            for other, within in group.beside:
                if other != name:
                    continue
                lacking = left & (filled.counts[group.id] > 0) & ~self._near(name, within, filled, left)
                if lacking.any():
                    place = self.domains[within]
                    open_ = open_[place[open_] == place[np.flatnonzero(lacking)[0]]]
        return open_

    def _share(self, name: str, filled: _Filled, open_: NDArray[np.int64]) -> NDArray[np.float64]:
        """Fullest share of each host after placing one machine more."""
        after = filled.load[open_] + self.need[name]
        share: NDArray[np.float64] = np.where(self.offer[open_] > 0, after / np.maximum(self.offer[open_], 1), 0.0).max(
            axis=1
        )
        return share

    def _open(self, name: str, filled: _Filled, left: NDArray[np.bool_], *, over_racks: bool) -> NDArray[np.int64]:
        """Return the hosts that are open to one machine more of a group."""
        group, counts = self.vms[name], filled.counts[name]
        good = (self.pool == group.pool) & (filled.load + self.need[name] <= self.offer).all(axis=1)
        if group.spread != "none":
            good &= counts == 0
        if over_racks and group.spread == "rack":
            most = math.ceil(group.count / len(self.hardware.racks_at(group.site)))
            good &= np.bincount(self.rack, weights=counts)[self.rack] < most
        for other, within in group.beside:
            good &= self._near(other, within, filled, left)
        if group.licence:
            covered = filled.licensed.get(group.licence, np.zeros(len(self.slots), dtype=bool))
            if covered.sum() >= self.hardware.policy.licences.get(group.licence, len(self.slots)):
                good &= covered
        return np.flatnonzero(good)

    def _put(self, name: str, host: int, filled: _Filled) -> None:
        filled.counts[name][host] += 1
        filled.load[host] += self.need[name]
        licence = self.vms[name].licence
        if licence:
            filled.licensed.setdefault(licence, np.zeros(len(self.slots), dtype=bool))[host] = True
