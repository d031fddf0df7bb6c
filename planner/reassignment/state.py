"""An assignment with its sums, and the price of a move to every machine at once.

    Δ(p → m) = ΔΣ_r w_r max(0, U_mr - S_mr)                              load
             + ΔΣ_b w_b max(0, t_b A_ma - A_mb),  A = C - U              balance
             + w_p μ_p [m ≠ start] + w_m D[start, m]                     moves of processes, between machines
             + w_s max_s |moved processes of s|                          moves of one service

U  use        S, C  safety and capacity        μ, D  cost of moving the process, from machine to machine
All numbers are whole and below 2^53, so that sums in floating point are exact. One evaluation costs about twenty
operations on arrays of the machines, whatever is asked of how many of them.
"""

import numpy as np
from numpy.typing import NDArray

from planner.reassignment.problem import Estate, Integers

Floats = NDArray[np.float64]


class State:
    """Where every process is, and all sums that follow from it."""

    def __init__(self, estate: Estate, machine: Integers) -> None:
        self.estate = estate
        self.machine = machine.copy()
        machines = len(estate.capacity)
        self.requirement = estate.requirement.astype(np.float64)
        self.capacity, self.safety = estate.capacity.astype(np.float64), estate.safety.astype(np.float64)
        self.weight = estate.load_weight.astype(np.float64)
        self.move_cost = estate.move_cost.astype(np.float64) * estate.process_weight
        self.use = np.zeros_like(self.capacity)
        np.add.at(self.use, machine, self.requirement)
        self.waiting = np.zeros_like(self.capacity)
        """Transient use of processes that have left."""
        moved = machine != estate.start
        leaving = self.requirement[moved] * estate.transient
        np.add.at(self.waiting, estate.start[moved], leaving)
        self.transient = estate.transient.astype(np.float64)
        self.places = int(estate.neighbourhood.max(initial=0)) + 1
        self.locations = int(estate.location.max(initial=0)) + 1
        self.present = np.zeros((len(estate.spread), self.places), dtype=np.int32)
        """Processes of each service in each neighbourhood."""
        np.add.at(self.present, (estate.service, estate.neighbourhood[machine]), 1)
        self.lacks = np.zeros_like(self.present)
        """How many services that it depends on each service would not find in each neighbourhood."""
        self.wanted = np.zeros_like(self.present)
        """How many services there depend on each service."""
        for s in range(len(estate.spread)):
            self.lacks[s] = (self.present[estate.needs[s]] == 0).sum(axis=0)
            self.wanted[s] = (self.present[estate.needed_by[s]] > 0).sum(axis=0)
        self.moved = np.bincount(estate.service[moved], minlength=len(estate.spread))
        self.at_count = np.bincount(self.moved, minlength=len(machine) + 2)
        """How many services have that many processes moved."""
        self.most_moved = int(self.moved.max(initial=0))
        self.on: list[set[int]] = [set() for _ in range(machines)]
        for p, m in enumerate(machine.tolist()):
            self.on[m].add(p)
        self.machine_cost = self.costs(self.use)
        self.free = [
            len(estate.members[s]) == 1 and not len(estate.needs[s]) and not len(estate.needed_by[s])
            for s in range(len(estate.spread))
        ]
        """Services that no hard constraint but capacity concerns."""

    def costs(self, use: Floats, at: Integers | slice = slice(None)) -> Floats:
        """Return load and balance cost for rows of use, (k, r), of the machines `at`."""
        over = use - self.safety[at]
        np.maximum(over, 0.0, out=over)
        total: Floats = over @ self.weight
        if self.estate.balances:
            left = self.capacity[at] - use
            for one in self.estate.balances:
                total += one.weight * np.maximum(one.target * left[..., one.a] - left[..., one.b], 0.0)
        return total

    def fixed(self, p: int) -> Floats:
        """Return what moves of p cost on every machine, shape (m,), the service's share left out."""
        start = self.estate.start[p]
        price: Floats = self.estate.machine_move[start] * float(self.estate.machine_weight)
        price += self.move_cost[p]
        price[start] -= self.move_cost[p]
        return price

    def service_change(self, p: int, leaves: bool) -> float:
        """Return the change of the service term when p leaves its start, or comes back to it."""
        s = self.estate.service[p]
        now = int(self.moved[s])
        if leaves:
            return float(self.estate.service_weight) if now + 1 > self.most_moved else 0.0
        alone = now == self.most_moved and self.at_count[now] == 1
        return -float(self.estate.service_weight) if alone else 0.0

    def deltas(self, p: int) -> Floats:
        """Return the change of cost for p on every machine, shape (m,); inf where it must not be."""
        estate, here = self.estate, int(self.machine[p])
        start, need = int(estate.start[p]), self.requirement[p]
        use = self.use + need
        delta = self.costs(use) - self.machine_cost
        delta += self.costs(self.use[here] - need, here) - self.machine_cost[here]  # type: ignore[arg-type]
        price = self.fixed(p)
        delta += price
        delta -= price[here]
        if here == start:
            delta += self.service_change(p, leaves=True)
        else:
            delta[start] += self.service_change(p, leaves=False)
        use += self.waiting
        full = (use > self.capacity).any(axis=1)
        if here != start:  # its transient use waits there already
            full[start] = bool((use[start] - need * self.transient > self.capacity[start]).any())
        if not self.free[estate.service[p]]:
            full |= ~self._allowed(p, here)
        delta[full] = np.inf
        delta[here] = 0.0
        return delta

    def swap_deltas(self, p: int, others: Integers) -> tuple[Integers, Floats]:
        """Return those of the others with which p may change places, and the change of cost.

        Spread of the others is not looked at, nor what both services are to each other (`exchange` does); the service
        term is left out.
        """
        estate, here = self.estate, int(self.machine[p])
        there = self.machine[others]
        good = self._exchangeable(p, others, here, there)
        others, there = others[good], there[good]
        need, needs = self.requirement[p], self.requirement[others]
        change = need - needs
        use_here, use_there = self.use[here] - change, self.use[there] + change
        delta: Floats = self.costs(use_here, here) - self.machine_cost[here]  # type: ignore[arg-type]
        delta += self.costs(use_there, there)
        delta -= self.machine_cost[there]
        price = self.fixed(p)
        delta += price[there] - price[here]
        starts = estate.start[others]
        weight = float(estate.machine_weight)
        delta += (estate.machine_move[starts, here] - estate.machine_move[starts, there]) * weight
        delta += self.move_cost[others] * ((starts != here).astype(float) - (starts != there))
        # transient use: what waits at its start already is not added when it comes back
        if self.transient.any():
            start = int(estate.start[p])
            back, leaves = needs * self.transient, need * self.transient
            use_here += self.waiting[here] + (leaves if here == start else 0.0)
            use_here -= back * (starts == here)[:, None]
            use_there += self.waiting[there] + back * (starts == there)[:, None]
            use_there -= leaves * (there == start)[:, None]
        full = (use_here > self.capacity[here]).any(axis=1) | (use_there > self.capacity[there]).any(axis=1)
        return others[~full], delta[~full]

    def _exchangeable(self, p: int, others: Integers, here: int, there: Integers) -> NDArray[np.bool_]:
        """Return which of the others p may change places with, as far as services go."""
        estate = self.estate
        s, services = int(estate.service[p]), estate.service[others]
        taken = np.zeros(len(estate.spread), dtype=bool)
        taken[estate.service[list(self.on[here])]] = True
        taken[s] = False
        good = ~taken[services]
        if not self.free[s]:
            good &= self._allowed(p, here)[there]
        n, place = int(estate.neighbourhood[here]), estate.neighbourhood[there]
        good &= self.lacks[services, n] == 0
        good &= (self.present[services, place] > 1) | (self.wanted[services, place] == 0) | (place == n)
        good |= services == s
        return np.asarray(good & (there != here), dtype=np.bool_)

    def exchange(self, p: int, q: int) -> bool:
        """Let p and q change places; False, and nothing changed, if a hard constraint forbids it."""
        here, there = int(self.machine[p]), int(self.machine[q])
        services = np.array([self.estate.service[p], self.estate.service[q]])
        self.put(p, there)
        self.put(q, here)
        if self.sound(services, np.array([here, there])):
            return True
        self.put(q, there)
        self.put(p, here)
        return False

    def _allowed(self, p: int, here: int) -> NDArray[np.bool_]:
        """Return where p may stand beside the other services, shape (m,)."""
        estate = self.estate
        s = int(estate.service[p])
        allowed = np.ones(len(self.use), dtype=bool)
        others = self.machine[estate.members[s]]
        if len(others) > 1:
            allowed[others] = False
            if estate.spread[s] > 1:
                at = np.bincount(estate.location[others], minlength=self.locations)
                at[estate.location[here]] -= 1
                if np.count_nonzero(at) < estate.spread[s]:
                    allowed &= (at == 0)[estate.location]
        if len(estate.needs[s]) or len(estate.needed_by[s]):
            n = int(estate.neighbourhood[here])
            near = self.lacks[s] == 0
            if self.present[s, n] == 1 and self.wanted[s, n]:  # the last one of s that others here depend on
                near[:n] = near[n + 1 :] = False
            allowed &= near[estate.neighbourhood]
        return allowed

    def total(self) -> float:
        """Return the whole cost."""
        estate = self.estate
        moved = self.machine != estate.start
        moves = float(estate.machine_move[estate.start, self.machine].sum(dtype=np.int64)) * estate.machine_weight
        return (
            float(self.machine_cost.sum() + self.move_cost[moved].sum())
            + moves
            + (float(estate.service_weight) * self.most_moved)
        )

    def put(self, p: int, to: int) -> None:
        """Move p, without any check."""
        estate, here = self.estate, int(self.machine[p])
        if here == to:
            return
        need, s, start = self.requirement[p], int(estate.service[p]), int(estate.start[p])
        self.use[here] -= need
        self.use[to] += need
        if here == start:
            self.waiting[start] += need * self.transient
            self._count(s, 1)
        elif to == start:
            self.waiting[start] -= need * self.transient
            self._count(s, -1)
        left, reached = int(estate.neighbourhood[here]), int(estate.neighbourhood[to])
        if left != reached:
            self.present[s, left] -= 1
            self.present[s, reached] += 1
            if not self.free[s]:
                if self.present[s, left] == 0:
                    self.lacks[estate.needed_by[s], left] += 1
                    self.wanted[estate.needs[s], left] -= 1
                if self.present[s, reached] == 1:
                    self.lacks[estate.needed_by[s], reached] -= 1
                    self.wanted[estate.needs[s], reached] += 1
        self.on[here].discard(p)
        self.on[to].add(p)
        self.machine[p] = to
        for m in (here, to):
            self.machine_cost[m] = self.costs(self.use[m], m)  # type: ignore[arg-type]

    def _count(self, s: int, change: int) -> None:
        now = int(self.moved[s])
        self.at_count[now] -= 1
        self.moved[s] = now + change
        self.at_count[now + change] += 1
        if now + change > self.most_moved:
            self.most_moved = now + change
        while self.most_moved and not self.at_count[self.most_moved]:
            self.most_moved -= 1

    def sound(self, services: Integers, machines: Integers) -> bool:
        """Whether the hard constraints of these services and machines hold."""
        estate = self.estate
        if (self.use[machines] + self.waiting[machines] > self.capacity[machines]).any():
            return False
        for s in services.tolist():
            if self.free[s]:
                continue
            at = self.machine[estate.members[s]]
            if len(at) > 1:
                if len(set(at.tolist())) < len(at):
                    return False
                if estate.spread[s] > 1 and len(set(estate.location[at].tolist())) < estate.spread[s]:
                    return False
            here = self.present[s] > 0
            if (here & (self.lacks[s] > 0)).any() or (~here & (self.wanted[s] > 0)).any():
                return False
        return True
