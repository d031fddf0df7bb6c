"""Reassignment within a time limit: two searches in processes of their own, which take over each other's best.

Epoch 0 anneals from the start, each search in its own way. In every later epoch one search anneals from the best, less
hot, and the other one places a few machines anew by CP-SAT, again and again; they take turns. What they found is put
together where that keeps all constraints and is cheaper, else the better one is kept, and both go on from there. Steps
and epochs are counted; the clock only ends them. The answer is never dearer than the start.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from planner.limits import Limits, Watch
from planner.reassignment.anneal import anneal, descend
from planner.reassignment.neighbourhood import Neighbourhood
from planner.reassignment.pairs import Pairs
from planner.reassignment.problem import Assignment, Estate, Integers, bound, cost
from planner.reassignment.state import State

ANNEALED = 0.4
"""Share of the time limit that the first annealing takes."""
CLING = (8.0, 5.0)
"""How dear moves are while it is hot, of each search."""
REHEATED = (0.05, 0.2, 0.02, 0.1)
"""First temperatures of later annealings, of the very first, in turns."""
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
    index: int
    """Which of the searches."""
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
    if not State(estate, estate.start).sound():
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
                Task(machine, limits.seed + 1000 * rounds + k, rounds, k, part, deadline, limits.time_limit_s)
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
    return [machine] if State(estate, machine).sound() else []


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
    at_once = len(task.machine) <= min(FREE)  # all of them make one small program
    if at_once or (task.epoch and (task.epoch + task.index) % 2):
        return place_anew(estate, task, EPOCH_S, watch)
    pairs = Pairs(estate, task.machine, task.seed)
    cling = CLING[task.index % len(CLING)]
    if task.epoch == 0:
        descend(pairs, ANNEALED / 10 * task.total_s, watch)
        anneal(pairs, 1.0, cling, ANNEALED * task.total_s, watch)
    else:
        anneal(pairs, REHEATED[task.epoch % len(REHEATED)], cling, EPOCH_S, watch)
    return pairs.best


def place_anew(estate: Estate, task: Task, work: float, watch: Watch) -> Integers:
    """Free a few machines and place what is on them by CP-SAT, again and again, for so much deterministic time."""
    random, machine = np.random.default_rng(task.seed), task.machine
    part, machines, processes = task.part, len(estate.capacity), len(machine)
    state, now, worked = State(estate, machine), cost(estate, machine), 0.0
    while worked < work and not watch.over:
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
        found, took = Neighbourhood(state, free, chosen).solve(watch, WORK)
        worked += 0.02 + took
        price = cost(estate, found)
        if price <= now and (found != machine).any():  # dearer: CP-SAT was stopped before it came back to the hint
            machine, now, state = found, price, State(estate, found)
    return machine
