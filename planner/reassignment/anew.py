"""A few machines are chosen and what is on them is placed anew by CP-SAT, again and again.

`place_anew` makes an assignment cheaper; `repair` makes the end of an annealing feasible: a machine whose capacity is
exceeded is placed anew together with others, more and more of them, at the least cost that keeps their capacity.

Large neighbourhoods: Shaw, CP (1998).
"""

import numpy as np

from planner.limits import Watch
from planner.reassignment.neighbourhood import Neighbourhood
from planner.reassignment.problem import Estate, Integers, cost
from planner.reassignment.state import State

FREE = (40, 60, 60, 80)
"""Processes that are placed anew at once."""
WORK = 0.5
"""Deterministic time of CP-SAT for one of them."""
REPAIRED = 60
"""Processes that are placed anew at first to repair a machine."""
MORE = 20
"""So many more after every machine was tried."""
MOST = 160


def place_anew(estate: Estate, machine: Integers, part: Integers, seed: int, seconds: float, watch: Watch) -> Integers:
    """Free a few machines of a part and place what is on them, again and again, until the time is over."""
    random = np.random.default_rng(seed)
    machines, processes = len(estate.capacity), len(machine)
    state, now, began = State(estate, machine), cost(estate, machine), watch.seconds
    while watch.seconds - began < seconds and not watch.over:
        size = int(random.choice(FREE))
        count = min(len(part), max(2, round(size * machines / processes)))
        weights = state.machine_cost()[part]
        weights += weights.mean() + 1.0
        first = int(random.choice(part, p=weights / weights.sum()))
        others = random.choice(part[part != first], size=count - 1, replace=False)
        chosen = np.sort(np.append(others, first))
        free = np.flatnonzero(np.isin(machine, chosen))
        if len(free) > size * 1.5:
            free = np.sort(random.choice(free, size=size, replace=False))
        found, _ = Neighbourhood(state, free, chosen).solve(watch, WORK)
        price = cost(estate, found)
        if price <= now and (found != machine).any():  # dearer: CP-SAT was stopped before it came back to the hint
            machine, now, state = found, price, State(estate, found)
    return machine


def repair(estate: Estate, machine: Integers, seed: int, watch: Watch) -> Integers:
    """Return an assignment in which no, or at least not so much, capacity is exceeded; services stay as they are."""
    random, size = np.random.default_rng(seed), REPAIRED
    state = State(estate, machine)
    machines, processes = len(estate.capacity), len(machine)
    while size <= MOST and not watch.over:
        done = False
        for m in _exceeded(state):
            if watch.over:
                break
            count = min(machines, max(2, round(size * machines / processes)))
            sound = np.setdiff1d(np.arange(machines), _exceeded(state))
            homes = np.intersect1d(estate.start[state.machine == m], sound)
            first = random.permutation(homes)[: count // 2]
            rest = random.permutation(np.setdiff1d(sound, first))[: count - 1 - len(first)]
            chosen = np.sort(np.concatenate(([m], first, rest)))
            free = np.flatnonzero(np.isin(state.machine, chosen))
            found, _ = Neighbourhood(state, free, chosen).solve(watch, 2 * WORK)
            if (found != state.machine).any():
                state, done = State(estate, found), True
        if not len(_exceeded(state)):
            break
        size += 0 if done else MORE
    return state.machine


def _exceeded(state: State) -> Integers:
    return np.flatnonzero((state.use + state.waiting > state.capacity).any(axis=1))
