"""Packs by rule, host by host: first fit decreasing, and the workload that leaves the host's rest most balanced."""

from collections.abc import Callable

import numpy as np

from planner.packing.problem import Problem, Whole

Packing = list[tuple[Whole, int]]
"""Pattern (workloads of each kind on one host) and hosts that are filled so."""
Choice = Callable[[Whole, Whole], tuple[int, bool]]
"""(indices of kinds that fit, free resources) → the kind to add, and whether as many of it as fit."""


def by_rules(problem: Problem) -> Packing:
    """Return the better of the rules; each fills one host after another and repeats it while its workloads last."""
    scarce = problem.total / np.maximum(problem.offer, 1)
    relative = problem.needs / np.maximum(problem.offer, 1)

    def largest(open_: Whole, free: Whole) -> tuple[int, bool]:
        return int(open_[0]), True

    def balanced(open_: Whole, free: Whole) -> tuple[int, bool]:
        rest = free / np.maximum(problem.offer, 1) - relative[open_]
        return int(open_[np.argmin((rest**2) @ scarce)]), False

    return min((packed(problem, rule) for rule in (largest, balanced)), key=hosts)


def hosts(packing: Packing) -> int:
    """Return the number of hosts."""
    return sum(times for _, times in packing)


def packed(problem: Problem, choose: Choice) -> Packing:
    """Fill host after host by a rule."""
    left, found = problem.counts.copy(), []
    alive = np.flatnonzero(left)
    while len(alive):
        pattern = _fill(problem, np.minimum(left, problem.most), alive, choose)
        used = np.flatnonzero(pattern)
        times = int((left[used] // pattern[used]).min())
        left[used] -= times * pattern[used]
        alive = alive[left[alive] > 0]
        found.append((pattern, times))
    return found


def _fill(problem: Problem, room: Whole, alive: Whole, choose: Choice) -> Whole:
    pattern, free = np.zeros(problem.kinds, dtype=np.int64), problem.offer.copy()
    open_ = alive
    while True:
        open_ = open_[(problem.needs[open_] <= free).all(axis=1) & (pattern[open_] < room[open_])]
        if not len(open_):
            return pattern
        kind, all_of_it = choose(open_, free)
        need = problem.needs[kind]
        fit = int((free[need > 0] // need[need > 0]).min(initial=1 << 31))
        times = min(fit, int(room[kind] - pattern[kind])) if all_of_it else 1
        pattern[kind] += times
        free -= times * need
