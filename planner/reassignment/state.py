"""An assignment with its sums: use, transient use that waits, moved processes, cost by machine.

    c_m = Σ_r w_r max(0, U_mr - S_mr) + Σ_b w_b max(0, t_b A_ma - A_mb),   A = C - U

U  use        S, C  safety and capacity        w  weights        t_b  target of a balance
All numbers are whole and below 2^53, so that sums in floating point are exact.
"""

import numpy as np

from planner.reassignment.problem import Estate, Floats, Integers


class State:
    """Where every process is, and what follows from it."""

    def __init__(self, estate: Estate, machine: Integers) -> None:
        self.estate, self.machine = estate, machine
        self.capacity, self.safety = estate.capacity.astype(np.float64), estate.safety.astype(np.float64)
        self.weight = estate.load_weight.astype(np.float64)
        self.use = _sums(estate, machine, estate.requirement)
        gone = machine != estate.start
        left = estate.requirement * (estate.transient & gone[:, None])
        self.waiting = _sums(estate, estate.start, left)
        """Transient use of processes that have left."""
        self.moved = np.bincount(estate.service[gone], minlength=len(estate.spread))
        """Moved processes of each service."""

    def sound(self) -> bool:
        """Whether all hard constraints hold."""
        fits = (self.use + self.waiting <= self.capacity).all()
        return bool(fits) and self._services_sound()

    def _services_sound(self) -> bool:
        """Whether conflict, spread and dependencies hold."""
        estate, services = self.estate, len(self.estate.spread)
        stands = np.stack((estate.service, self.machine))
        if len(np.unique(stands, axis=1).T) < len(self.machine):
            return False
        reached = np.unique(np.stack((estate.service, estate.location[self.machine])), axis=1)[0]
        if (np.bincount(reached, minlength=services) < estate.spread).any():
            return False
        there = np.zeros((services, int(estate.neighbourhood.max(initial=0)) + 1), dtype=bool)
        there[estate.service, estate.neighbourhood[self.machine]] = True
        depends = np.array(estate.depends, dtype=np.int64).reshape(-1, 2)
        return not (there[depends[:, 0]] & ~there[depends[:, 1]]).any()

    def machine_cost(self) -> Floats:
        """Return load and balance cost of every machine, shape (m,)."""
        return machine_costs(self.estate, self.use, np.arange(len(self.use)))


def machine_costs(estate: Estate, use: Floats, at: Integers) -> Floats:
    """Return load and balance cost of the machines `at` with use of shape (n, r)."""
    total: Floats = np.maximum(use - estate.safety[at], 0.0) @ estate.load_weight.astype(np.float64)
    left = estate.capacity[at] - use
    for one in estate.balances:
        total += one.weight * np.maximum(one.target * left[:, one.a] - left[:, one.b], 0.0)
    return total


def _sums(estate: Estate, machine: Integers, values: Integers) -> Floats:
    machines = len(estate.capacity)
    return np.stack([np.bincount(machine, weights=column, minlength=machines) for column in values.T], axis=1)
