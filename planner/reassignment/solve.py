"""Reassignment within a time limit: two searches in processes of their own, which take over each other's best.

Epoch 0 anneals from the start: the second search hotter, longer and with more swaps, the first one briefly. Every later
epoch, and the rest of the first search's epoch 0, places a few machines anew by CP-SAT, again and again; each search
has its own half of the machines. What they found is put together where that keeps all constraints, else the better one
is kept, and both go on from there. From time to time the second one anneals a little. Steps and epochs are counted; the
clock only ends them. The answer is never dearer than the start.
"""

import math
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from planner.limits import Limits, Watch
from planner.reassignment.anneal import Annealer
from planner.reassignment.neighbourhood import Neighbourhood
from planner.reassignment.problem import Assignment, Estate, Integers, bound, cost
from planner.reassignment.state import Floats, State

ANNEALED = 0.2
"""Share of the time limit that the first annealing may take, by the estimate of `step_s`."""
QUICK = 0.05
"""The same for the search that goes on to place machines anew at once."""
COOLED = 3e-4
"""Last temperature, in the first."""
TEMPERATURES = 60
LATE = 1.7
"""By how much annealing may take longer than estimated before it cools faster."""
REHEATED = 10
"""Every so many epochs."""
FREE = (40, 60, 60, 80)
"""Processes that are placed anew at once."""
WORK = 0.5
"""Deterministic time of CP-SAT for one of them."""
EPOCH_S = 12.0
"""About how long an epoch of placing anew takes."""
FEW = 8
"""Machines for each search from which they are shared out."""
SMALL_S = 8.0
"""Below this time limit one process does it all."""
HAND_OVER = 0.01
"""Share of the time limit kept for handing over the answers."""
GRACE_S = 10.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Task:
    """What one search does in one epoch."""

    machine: Integers
    seed: int
    epoch: int
    hot: bool
    part: Integers
    """Machines that may be placed anew."""
    deadline: float
    """Of the monotonic clock, which the processes of one machine share."""
    total_s: float
    """The whole time limit."""


def solve(estate: Estate, limits: Limits | None = None, workers: int = 2) -> Assignment:
    """Find a cheap assignment that keeps all hard constraints.

    Raises
    ------
    ValueError
        The start breaks a hard constraint.

    """
    limits = limits or Limits()
    watch = Watch(limits)
    everything = np.arange(len(estate.spread)), np.arange(len(estate.capacity))
    if not State(estate, estate.start).sound(*everything):
        message = "the start breaks a hard constraint"
        raise ValueError(message)
    least = bound(estate)
    machine, best, rounds = estate.start, cost(estate, estate.start), 0
    deadline = watch.started + limits.time_limit_s - HAND_OVER * limits.time_limit_s
    alone = workers <= 1 or limits.time_limit_s < SMALL_S
    pool = None if alone else ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_hold,
                                                  initargs=(estate,))  # fmt: skip
    try:
        while not watch.over and time.monotonic() < deadline and best > least:
            searches = 1 if alone else workers
            tasks = [
                Task(machine, limits.seed + 1000 * rounds + k, rounds, k % 2 == 1, part, deadline, limits.time_limit_s)
                for k, part in enumerate(_parts(estate, searches, limits.seed + rounds, apart=rounds > 0))
            ]
            found = [search(estate, tasks[0], watch)] if pool is None else _together(pool, tasks, watch)
            for one in (*found, *_joined(estate, machine, found)):
                price = cost(estate, one)
                if price < best:
                    machine, best = one, price
            if not found:
                break
            rounds += 1
    finally:
        if pool is not None:
            _end(pool)
    return Assignment("optimal" if best <= least else "feasible", best, least, machine, rounds)


def _parts(estate: Estate, count: int, seed: int, apart: bool) -> list[Integers]:
    """Share out the machines; all to everybody when they are few, or not to be kept apart."""
    machines = len(estate.capacity)
    if not apart or count == 1 or machines < FEW * count:
        return [np.arange(machines)] * count
    return [np.sort(part) for part in np.array_split(np.random.default_rng(seed).permutation(machines), count)]


def _joined(estate: Estate, base: Integers, found: list[Integers]) -> list[Integers]:
    """Return all that was found in one assignment, if that keeps the hard constraints."""
    if len(found) < 2:
        return []
    machine = base.copy()
    for one in found:
        machine[one != base] = one[one != base]
    everything = np.arange(len(estate.spread)), np.arange(len(estate.capacity))
    return [machine] if State(estate, machine).sound(*everything) else []


_HELD: list[Estate] = []


def _hold(estate: Estate) -> None:
    _HELD[:] = [estate]


def _run(task: Task) -> Integers:
    left_s = max(0.0, task.deadline - time.monotonic())
    return search(_HELD[0], task, Watch(Limits(time_limit_s=left_s, seed=task.seed)))


def _together(pool: ProcessPoolExecutor, tasks: list[Task], watch: Watch) -> list[Integers]:
    """Run tasks side by side; return what is there when the clock or the user ends it."""
    waiting = [pool.submit(_run, task) for task in tasks]
    found: list[Integers] = []
    for future in waiting:
        while True:
            try:
                found.append(future.result(timeout=POLL_S))
                break
            except NotYet:
                if watch.limits.should_stop() or watch.seconds > watch.limits.time_limit_s + GRACE_S:
                    return found
            except BrokenProcessPool:
                return found
    return found


def _end(pool: ProcessPoolExecutor) -> None:
    running = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.terminate()
    for process in running:
        process.join()


def search(estate: Estate, task: Task, watch: Watch) -> Integers:
    """Return the best assignment of one epoch."""
    state = State(estate, task.machine)
    annealer = Annealer(state, float(cost(estate, task.machine)), task.seed)
    if task.epoch == 0:
        annealer.descend(watch, swaps=False)
        _anneal(annealer, task, 1.0, (ANNEALED if task.hot else QUICK) * task.total_s, watch)
        if not task.hot:
            place_anew(annealer, task, (ANNEALED - QUICK) * task.total_s, watch)
    elif task.hot and task.epoch % REHEATED == 0:
        _anneal(annealer, task, 0.03, 2 * EPOCH_S, watch)
    else:
        place_anew(annealer, task, EPOCH_S, watch)
    return annealer.best.machine


def step_s(estate: Estate, swaps: float) -> float:
    """Return about how many seconds one step of annealing takes: a figure for schedules, not a measurement."""
    resources = len(estate.load_weight) + 2 * len(estate.balances)
    move = 60e-6 + 25e-9 * len(estate.capacity) * resources
    swap = 120e-6 + 40e-9 * min(2000, len(estate.service)) * resources
    return (1 - swaps) * move + swaps * swap


def first_temperature(annealer: Annealer) -> float:
    """Return a temperature at which the cheapest moves that cost something are common."""
    state = annealer.state
    sample = annealer.random.integers(len(state.machine), size=300)
    uphill = [float(delta[delta > 0].min()) for delta in map(state.deltas, sample.tolist()) if np.isfinite(
        delta[delta > 0]).any()]  # fmt: skip
    return float(np.quantile(uphill, 0.75)) if uphill else 1.0


def _anneal(annealer: Annealer, task: Task, heat: float, seconds: float, watch: Watch) -> None:
    """Anneal, then go back to the best."""
    swaps = 0.5 if task.hot else 0.3
    hottest = heat * first_temperature(annealer) * (1.5 if task.hot else 0.7)
    temperatures: Floats = np.geomspace(hottest, max(0.5, hottest * COOLED), TEMPERATURES)
    steps = max(50, math.ceil(seconds / step_s(annealer.state.estate, swaps) / TEMPERATURES))
    annealer.run(temperatures, steps, swaps, watch, LATE * seconds)
    annealer.reset()
    annealer.descend(watch)


def place_anew(annealer: Annealer, task: Task, work: float, watch: Watch) -> None:
    """Free a few machines and place what is on them by CP-SAT, again and again, for so much deterministic time."""
    state, random = annealer.state, annealer.random
    part, machines, processes = task.part, len(state.use), len(state.machine)
    worked = 0.0
    while worked < work and not watch.over:
        size = int(random.choice(FREE))
        count = min(len(part), max(2, round(size * machines / processes)))
        weights = state.machine_cost[part] + state.machine_cost[part].mean() + 1.0
        first = int(random.choice(part, p=weights / weights.sum()))
        others = random.choice(part[part != first], size=count - 1, replace=False)
        chosen = np.sort(np.append(others, first))
        free = np.flatnonzero(np.isin(state.machine, chosen))
        if len(free) > size * 1.5:
            free = np.sort(random.choice(free, size=size, replace=False))
        anew = Neighbourhood(state, free, chosen)
        before = state.machine[free].copy()
        worked += 0.02 + anew.solve(watch, WORK)
        now = state.total()
        if now > annealer.cost:  # CP-SAT was stopped before it came back to the hint
            for p, m in zip(free.tolist(), before.tolist(), strict=True):
                state.put(p, m)
        else:
            annealer.cost = now
            annealer.note()
