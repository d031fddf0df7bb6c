"""Annealing by heat bath: one process at a time goes to a machine drawn by Boltzmann's weights of all machines.

    P(m) ∝ exp(-Δ(p → m) / T)        drawn as argmin Δ + T g, g standard Gumbel

One vectorised evaluation takes the place of as many proposals as there are machines, and none is refused. Between the
moves, swaps with processes of other machines are drawn in the same way. T falls geometrically from round to round;
the numbers of steps are fixed, so that a search with the same seed is the same everywhere. Kirkpatrick, Gelatt, Vecchi
(1983); heat bath: Creutz (1980).
"""

import math
from dataclasses import dataclass

import numpy as np

from planner.limits import Watch
from planner.reassignment.problem import Integers
from planner.reassignment.state import Floats, State

POOL = 1 << 18
"""Random numbers kept, of which slices are drawn."""
TRIED = 3
"""Best swaps that are checked whole before the draw is given up."""
ASKED = 64
"""Steps between two looks at the clock."""
MOST_SWAPS = 2000
"""Other processes looked at for one swap."""


@dataclass(slots=True)
class Best:
    """The best assignment seen."""

    cost: float
    machine: Integers


class Annealer:
    """One search: its state, its best answer, its random numbers."""

    def __init__(self, state: State, cost: float, seed: int) -> None:
        self.state, self.cost = state, cost
        self.best = Best(cost, state.machine.copy())
        self.random = np.random.default_rng(seed)
        self.pool: Floats = -np.log(-np.log(self.random.random(POOL)))
        self.exchange_from = 0

    def noise(self, size: int) -> Floats:
        """Return Gumbel numbers, shape (size,)."""
        first = int(self.random.integers(POOL - size)) if size < POOL else 0
        return self.pool[first : first + size] if size <= POOL else np.resize(self.pool, size)

    def note(self) -> None:
        """Keep the state if it is the best."""
        if self.cost < self.best.cost:
            self.best.cost, self.best.machine = self.cost, self.state.machine.copy()

    def reset(self) -> None:
        """Go back to the best."""
        for p in np.flatnonzero(self.state.machine != self.best.machine).tolist():
            self.state.put(p, int(self.best.machine[p]))
        self.cost = self.best.cost

    def move(self, p: int, temperature: float) -> bool:
        """Let p go where the heat bath sends it."""
        delta = self.state.deltas(p)
        if temperature > 0:
            to = int((delta - temperature * self.noise(len(delta))).argmin())
        else:
            to = int(delta.argmin())
            if delta[to] >= 0:
                return False
        if to == self.state.machine[p] or not np.isfinite(delta[to]):
            return False
        self.state.put(p, to)
        self.cost += float(delta[to])
        return True

    def swap(self, p: int, temperature: float) -> bool:
        """Let p change places with a process of another machine that the heat bath draws."""
        state = self.state
        processes = len(state.machine)
        few = processes <= MOST_SWAPS
        others = np.arange(processes) if few else self.random.integers(processes, size=MOST_SWAPS)
        here = int(state.machine[p])
        others, delta = state.swap_deltas(p, others)
        if temperature > 0:
            ranked = delta - temperature * self.noise(len(delta))
            most = -temperature * float(self.noise(1)[0])  # of staying
        else:
            ranked, most = delta, -0.5
        for at in np.argpartition(ranked, TRIED)[:TRIED] if len(ranked) > TRIED else np.arange(len(ranked)):
            if ranked[at] >= most:
                continue
            q, there = int(others[at]), int(state.machine[others[at]])
            before = state.most_moved
            if state.exchange(p, q):
                change = float(delta[at]) + float(state.estate.service_weight) * (state.most_moved - before)
                if temperature == 0 and change >= 0:
                    state.put(q, there)
                    state.put(p, here)
                    continue
                self.cost += change
                return True
            assert (state.machine[p], state.machine[q]) == (here, there)
        return False

    def run(self, temperatures: Floats, steps: int, swaps: float, watch: Watch, finish_s: float = math.inf) -> None:
        """Take `steps` steps at every temperature; a share `swaps` of them are swaps.

        When the clock says that this will not be done after `finish_s` seconds, it cools faster.
        """
        processes, began, count = len(self.state.machine), watch.seconds, len(temperatures)
        for index, temperature in enumerate(temperatures.tolist()):
            chosen = self.random.integers(processes, size=steps)
            kinds = self.random.random(steps) < swaps
            for k, (p, kind) in enumerate(zip(chosen.tolist(), kinds.tolist(), strict=True)):
                if k % ASKED == 0:
                    if watch.over:
                        return
                    if watch.seconds - began > finish_s * (index + 1) / count:
                        break
                if self.swap(p, temperature) if kind else self.move(p, temperature):
                    self.note_if_better()

    def note_if_better(self) -> None:
        """Remember the best, at most once in a while: a copy costs as much as a step."""
        if self.cost < self.best.cost:
            self.note()

    def descend(self, watch: Watch, swaps: bool = True) -> None:
        """Move and swap while anything gains."""
        processes = len(self.state.machine)
        while not watch.over:
            gained = False
            for k, p in enumerate(self.random.permutation(processes).tolist()):
                if k % ASKED == 0 and watch.over:
                    break
                gained |= self.move(p, 0.0)
                if swaps:
                    gained |= self.swap(p, 0.0)
            self.note()
            if not gained:
                return
