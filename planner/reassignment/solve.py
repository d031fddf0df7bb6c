"""Reassignment within a time limit: two searches in threads of their own, which take over each other's best.

Epoch 0 anneals from the start, each search in its own way. In every later epoch one search anneals from the best, less
hot, and the other one places a few machines anew by CP-SAT, again and again; they take turns. What they found is put
together where that keeps all constraints and is cheaper, else the better one is kept, and both go on from there. The
clock decides how many steps and epochs there are, and nothing else. The answer is never dearer than the start.

Compiled code and CP-SAT run without Python's lock, so that threads are enough and the estate is in memory once.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from threading import Event

import numpy as np

from planner.limits import Limits, Watch
from planner.reassignment.anew import FREE, place_anew, repair
from planner.reassignment.books import Given, given
from planner.reassignment.problem import Assignment, Estate, Integers, bound, cost
from planner.reassignment.state import State

ANNEALED = 0.5
"""Share of the time limit that the first annealing takes."""
CLING = (1.0, 2.0)
"""How dear moves are while it is hot, of each search, where resources are transient; else chance does no harm."""
FIRST = (1.0, 1e-3)
"""First temperature of the first annealing, and its last one, of the first."""
REHEATED = ((0.05, 1e-2), (0.005, 1e-3), (0.2, 1e-2), (1e-3, 1e-6))
"""Those of later annealings, in turns."""
EPOCH = 0.05
"""Share of the time limit that a later epoch takes."""
FEW = 8
"""Machines for each search from which they are shared out."""
HAND_OVER = 0.01
"""Share of the time limit kept for handing over the answers."""
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
    seconds: float
    """How long this epoch takes."""


def solve(estate: Estate, limits: Limits | None = None, workers: int = 2) -> Assignment:
    """Find a cheap assignment that keeps all hard constraints.

    Raises
    ------
    ValueError
        The start breaks a hard constraint.

    """
    limits = limits or Limits()
    if not State(estate, estate.start).sound():
        message = "the start breaks a hard constraint"
        raise ValueError(message)
    least = bound(estate)
    machine, best, rounds = estate.start, cost(estate, estate.start), 0
    ended, total_s = Event(), limits.time_limit_s * (1 - HAND_OVER)
    watch = Watch(Limits(total_s, limits.seed, limits.effort, limits.until(ended).should_stop))
    fixed = given(estate)
    with ThreadPoolExecutor(max(1, workers)) as pool:
        try:
            while not watch.over and best > least:
                seconds = min(watch.left_s, (EPOCH if rounds else ANNEALED) * total_s)
                parts = _parts(estate, max(1, workers), limits.seed + rounds, apart=rounds > 0)
                tasks = [
                    Task(machine, limits.seed + 1000 * rounds + k, rounds, k, part, seconds)
                    for k, part in enumerate(parts)
                ]
                found = _all([pool.submit(search, estate, fixed, task, watch) for task in tasks])
                for one in (*found, *_joined(estate, machine, found)):
                    price = cost(estate, one)
                    if price < best:
                        machine, best = one, price
                rounds += 1
        finally:
            ended.set()  # an interrupt ends the searches too
    return Assignment("optimal" if best <= least else "feasible", best, least, machine, rounds)


def _all(futures: list[Future[Integers]]) -> list[Integers]:
    """Wait for all; the main thread wakes up between, to hear of an interrupt."""
    found = []
    for future in futures:
        while True:
            try:
                found.append(future.result(timeout=POLL_S))
                break
            except NotYet:
                if future.done():  # a search ran into a time-out of its own
                    raise
    return found


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


def search(estate: Estate, fixed: Given, task: Task, watch: Watch) -> Integers:
    """Return the best assignment of one epoch."""
    from planner.reassignment.anneal import Schedule, anneal  # the compiler is loaded where it is needed

    small = len(task.machine) <= min(FREE)  # all of them make one small program
    if small or (task.epoch and (task.epoch + task.index) % 2):
        return place_anew(estate, task.machine, task.part, task.seed, task.seconds, watch)
    hot, cold = REHEATED[task.epoch // 2 % len(REHEATED)] if task.epoch else FIRST
    cling = CLING[task.index % len(CLING)] if estate.transient.any() else 0.0
    schedule = Schedule(hot, cold, cling, task.seconds)
    best, last = anneal(estate, fixed, task.machine, task.seed, schedule, watch)
    if cost(estate, last) >= cost(estate, best):
        return best
    last = repair(estate, last, task.seed, watch)
    return last if cost(estate, last) < cost(estate, best) and State(estate, last).sound() else best
