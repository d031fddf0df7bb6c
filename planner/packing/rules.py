"""Packs by rule: first fit decreasing, and the workload that leaves the host's rest most balanced.

Host by host, a filling repeated while its workloads last; when nearly every workload is a kind of its own, also
workload by workload, each on the host that it fills best.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from planner.packing.problem import Problem, Whole

Packing = list[tuple[Whole, int]]
"""Pattern (workloads of each kind on one host) and hosts that are filled so."""
Choice = Callable[[Whole, Whole], tuple[int, bool]]
"""(indices of kinds that fit, free resources) → the kind to add, and whether as many of it as fit."""

MANY_KINDS = 1000
"""Kinds a host is filled from: evenly spaced ones when there are more."""


def by_rules(problem: Problem) -> Packing:
    """Return the best of the rules."""
    weight = problem.total / np.maximum(problem.offer, 1) ** 2
    scarce = weight * problem.offer
    relative = problem.needs / np.maximum(problem.offer, 1)

    def largest(open_: Whole, free: Whole) -> tuple[int, bool]:
        return int(open_[0]), True

    def balanced(open_: Whole, free: Whole) -> tuple[int, bool]:
        rest = free / np.maximum(problem.offer, 1) - relative[open_]
        return int(open_[np.argmin((rest**2) @ scarce)]), False

    found = [packed(problem, balanced)]
    found.append(packed(problem, largest) if problem.kinds <= MANY_KINDS else one_by_one(problem))
    return min(found, key=hosts)


def hosts(packing: Packing) -> int:
    """Return the number of hosts."""
    return sum(times for _, times in packing)


def packed(problem: Problem, choose: Choice) -> Packing:
    """Fill host after host by a rule."""
    left, found = problem.counts.copy(), []
    alive = np.flatnonzero(left)
    while len(alive):
        seen = alive if len(alive) <= MANY_KINDS else alive[:: len(alive) // MANY_KINDS]
        pattern = _fill(problem, np.minimum(left, problem.most), seen, choose)
        used = np.flatnonzero(pattern)
        times = int((left[used] // pattern[used]).min())
        left[used] -= times * pattern[used]
        alive = alive[left[alive] > 0]
        found.append((pattern, times))
    return found


def _fill(problem: Problem, room: Whole, alive: Whole, choose: Choice) -> Whole:
    pattern, free = _empty(problem), problem.offer.copy()
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


def _empty(problem: Problem) -> Whole:
    """Return an empty pattern, a narrow one when thousands of wide ones would fill the memory."""
    kind: Any = np.int64 if problem.kinds <= MANY_KINDS else np.int32
    return np.zeros(problem.kinds, dtype=kind)


def one_by_one(problem: Problem) -> Packing:
    """Put each workload, the largest first, where the scarcest resource is used up most (best fit decreasing)."""
    weight = problem.total / np.maximum(problem.offer, 1) ** 2
    free = np.empty((64, len(problem.offer)), dtype=np.int64)
    filled: list[Whole] = []
    on: list[dict[int, int]] = []
    for kind in np.argsort(-(problem.needs @ weight), kind="stable").tolist():
        need, most = problem.needs[kind], int(problem.most[kind])
        for _ in range(int(problem.counts[kind])):
            open_ = np.flatnonzero((free[: len(on)] >= need).all(axis=1))
            if most < problem.counts[kind]:
                open_ = np.array([h for h in open_ if on[h].get(kind, 0) < most], dtype=np.int64)
            if len(open_):
                host = int(open_[np.argmin(free[open_] @ weight)])
            else:
                host = len(on)
                on.append({})
                if host == len(free):
                    free = np.concatenate((free, np.empty_like(free)))
                free[host] = problem.offer
            on[host][kind] = on[host].get(kind, 0) + 1
            free[host] -= need
    for host_kinds in on:
        pattern = _empty(problem)
        pattern[list(host_kinds)] = list(host_kinds.values())
        filled.append(pattern)
    return [(pattern, 1) for pattern in filled]
