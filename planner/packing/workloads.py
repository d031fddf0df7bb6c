"""From workloads with replicas to hosts and back: equal workloads become one kind, replicas that stand apart included.

A host holds at most l of a workload's n replicas. Merged into a kind, a host holds at most the sum of the limits: a
relaxation, so its bound holds. Its packing gives each host a number of places for a kind, and the workloads are dealt
to them one by one, the one with most replicas first, each to the hosts with most places left: for l = 1 this succeeds
whenever anything does (Gale 1957, Ryser 1957). What is left over finds its place by exchanges (planner.packing.repair).
Workloads that need most of the hosts stay kinds of their own, as do those that found no place.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import repeat, takewhile

import numpy as np

from planner.limits import Watch
from planner.packing.bounds import quick_bound
from planner.packing.problem import Problem, Whole, problem
from planner.packing.repair import Repair
from planner.packing.rules import Packing
from planner.packing.solve import Packed, pack

SPLITS = 4
LARGE = 0.5
"""Share of the hosts from which on a workload that stands apart is a kind of its own."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Workloads on hosts."""

    hosts: tuple[dict[int, int], ...]
    """For each host: workload → replicas."""
    bound: int
    how: str
    cut_short: bool

    @property
    def optimal(self) -> bool:
        """Whether nobody does with fewer hosts."""
        return len(self.hosts) == self.bound


def place(needs: Whole, counts: Whole, offer: Whole, apart: Whole, watch: Watch) -> Placement:
    """Pack workloads on as few equal hosts as possible.

    Parameters
    ----------
    needs
        (workloads, resources): need of one replica.
    counts
        (workloads,): replicas.
    offer
        (resources,): what one host has.
    apart
        (workloads,): most replicas of one workload on one host.
    watch
        Limits; the best answer so far and its bound are returned when they end the search.

    Raises
    ------
    ValueError
        A workload that no host holds.

    """
    needs, counts, offer, apart = (np.asarray(a, dtype=np.int64) for a in (needs, counts, offer, apart))
    apart = np.minimum(apart, counts)
    least = -(-counts // np.maximum(apart, 1))
    asked, _ = problem(needs, counts, offer, apart)
    own = (apart < counts) & (least > LARGE * quick_bound(asked))
    best: Placement | None = None
    for _ in range(SPLITS):
        merged, kind = _merge(needs, counts, offer, apart, own)
        found = pack(merged, watch)
        bound = max(found.bound, int(least.max(initial=0)), best.bound if best else 0)
        placed, failed = dealt(merged, found, kind, needs, counts, apart)
        if best is None or len(placed) < len(best.hosts):
            best = Placement(placed, bound, found.how, found.cut_short)
        best = Placement(best.hosts, bound, best.how, best.cut_short)
        if best.optimal or not failed or watch.over:
            break
        own[failed] = True
    assert best is not None
    return best


def _merge(needs: Whole, counts: Whole, offer: Whole, apart: Whole, own: np.ndarray) -> tuple[Problem, Whole]:
    """Give workloads that are kinds of their own a resource that only they need, and of which a host has plenty."""
    mark = np.zeros((len(needs), 1), dtype=np.int64)
    mark[own, 0] = np.arange(1, int(own.sum()) + 1)
    merged, kind = problem(np.hstack((needs, mark)), counts, np.append(offer, int(mark.sum() + 1) << 20), apart)
    return Problem(merged.needs[:, :-1], merged.counts, merged.most, merged.offer[:-1]), kind


def dealt(
    merged: Problem, found: Packed, kind: Whole, needs: Whole, counts: Whole, apart: Whole
) -> tuple[tuple[dict[int, int], ...], list[int]]:
    """Deal the workloads to the places of a packing; return the hosts, and the workloads that found too few places."""
    places = _places(merged, found.packing)
    on: list[dict[int, int]] = [{} for _ in range(len(places))]
    members: dict[int, list[int]] = defaultdict(list)
    for workload in np.flatnonzero(counts).tolist():
        members[int(kind[workload])].append(workload)
    rest: dict[int, int] = {}
    for k, workloads in members.items():
        room = places[:, k].copy()
        for workload in sorted(workloads, key=lambda w: (int(counts[w]) // -int(apart[w]), w)):
            missing = _deal(workload, int(counts[workload]), int(apart[workload]), room, on)
            if missing:
                rest[workload] = missing
    if rest:
        repair = Repair(on, needs, merged.offer, apart)
        settled = {w: n - sum(1 for _ in takewhile(repair.settle, repeat(w, n))) for w, n in sorted(rest.items())}
        rest = {workload: missing for workload, missing in settled.items() if missing}
    on += _more(merged, rest, kind, apart)
    return tuple(host for host in on if host), list(rest)


def _places(merged: Problem, packing: Packing) -> Whole:
    """(hosts, kinds): places."""
    patterns = [pattern for pattern, times in packing for _ in range(times)]
    return np.array(patterns).reshape(-1, merged.kinds)


def _deal(workload: int, count: int, apart: int, room: Whole, on: list[dict[int, int]]) -> int:
    """Deal one workload; return the replicas that found no place."""
    if apart >= count:
        for host in np.flatnonzero(room).tolist():
            taken = min(count, int(room[host]))
            on[host][workload] = taken
            room[host] -= taken
            count -= taken
            if not count:
                break
        return count
    width = min(len(room), -(-count // apart))
    order = np.argsort(-room, kind="stable") if apart > 1 else np.argpartition(-room, width - 1)[:width]
    for host in order.tolist():
        taken = min(count, apart, int(room[host]))
        if taken:
            on[host][workload] = taken
            room[host] -= taken
            count -= taken
        if not count:
            break
    return count


def _more(merged: Problem, rest: dict[int, int], kind: Whole, apart: Whole) -> list[dict[int, int]]:
    """Put what found no place on hosts of its own, first fit."""
    on: list[dict[int, int]] = []
    free: list[Whole] = []
    for workload, count in sorted(rest.items()):
        need, left, host = merged.needs[kind[workload]], count, 0
        while left:
            if host == len(on):
                on.append({})
                free.append(merged.offer.copy())
            fit = int((free[host][need > 0] // need[need > 0]).min(initial=left))
            taken = min(left, fit, int(apart[workload]))
            if taken:
                on[host][workload] = taken
                free[host] = free[host] - taken * need
                left -= taken
            host += 1
    return on
