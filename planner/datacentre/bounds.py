"""How many machines one host can hold, and how few hosts can hold them: bounds that need no search."""

import math
from collections.abc import Sequence

from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group

SCALE = 100
"""Resources become whole hundredths: 0.01 vCPU, GiB, operation, Mbit/s; needs are rounded up, offers down."""


def needs(group: Group) -> tuple[int, ...]:
    """Need of one machine, hundredths, rounded up."""
    return tuple(math.ceil(value * SCALE - 1e-6) for value in group.need)


def offered(offer: Sequence[float]) -> tuple[int, ...]:
    """Offer of a host, hundredths, rounded down."""
    return tuple(math.floor(value * SCALE + 1e-6) for value in offer)


def holds(need: Sequence[int], offer: Sequence[int], *, alone: bool) -> int:
    """Most machines of one group on an otherwise empty host; one at most when replicas stand apart.

    >>> holds((3, 2), (10, 5), alone=False), holds((3, 2), (10, 5), alone=True), holds((11, 0), (10, 5), alone=False)
    (2, 1, 0)
    """
    most = min((offer[k] // need[k] for k in range(len(need)) if need[k]), default=10**6)
    return min(most, 1) if alone else most


def fewest_bins(sizes: Sequence[int], capacity: int) -> int:
    """Return a lower bound on the bins of one capacity (L2 of Martello and Toth, 1990, §8.3).

        L2 = max over α ≤ C/2 of |J1| + |J2| + max(0, ⌈(Σ J3 - (|J2| C - Σ J2)) / C⌉)

    J1 are items above C - α, J2 those above C/2 beside them, J3 those from α to C/2.

    >>> fewest_bins([6, 6, 6, 2, 2], 10), fewest_bins([5, 5, 5], 10), fewest_bins([], 10)
    (3, 2, 0)
    """
    best = 0
    for alpha in {0, *(size for size in sizes if 2 * size <= capacity)}:
        first = [size for size in sizes if size > capacity - alpha]
        second = [size for size in sizes if capacity - alpha >= size > capacity / 2]
        third = [size for size in sizes if alpha <= size <= capacity / 2]
        left = len(second) * capacity - sum(second)
        best = max(best, len(first) + len(second) + max(0, -(-(sum(third) - left) // capacity)))
    return best


def fewest_hosts(groups: Sequence[Group], offers: Sequence[Sequence[float]]) -> int:
    """Return a lower bound on the hosts that hold all machines, were all hosts as large as the largest."""
    bounds = [0]
    for k in range(len(RESOURCES)):
        capacity = max(offered(offer)[k] for offer in offers)
        sizes = [needs(group)[k] for group in groups for _ in range(group.count) if needs(group)[k]]
        if capacity and all(size <= capacity for size in sizes):
            bounds.append(fewest_bins(sizes, capacity))
    return max(bounds)
