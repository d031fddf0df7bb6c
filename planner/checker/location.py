"""Checks facility location: everybody served, nobody above capacity, no more medians than allowed, the cost adds up."""

import math
from collections.abc import Sequence

from planner.checker.violation import Violation

SLACK = 1e-6
"""Relative; shares are real numbers."""


def verify_supply(
    capacity: Sequence[float], opening: Sequence[float], demand: Sequence[float], cost: Sequence[Sequence[float]],
    share: Sequence[Sequence[float]], objective: float,
) -> list[Violation]:  # fmt: skip
    """Return what is wrong with split supply.

    Parameters
    ----------
    capacity, opening
        Of each facility.
    demand
        Of each customer.
    cost, share
        By facility and customer: price of the whole customer, part of it that is served.
    objective
        The cost that is claimed; a facility that serves anything is paid for.

    """
    found: list[Violation] = []
    for j in range(len(demand)):
        parts = [row[j] for row in share]
        if any(not -SLACK <= part <= 1 + SLACK for part in parts):
            found.append(Violation("customer", str(j), "has a share outside 0 to 1"))
        if abs(math.fsum(parts) - 1) > SLACK:
            found.append(Violation("customer", str(j), f"is served to {math.fsum(parts):.6f}"))
    total: list[float] = []
    for i, row in enumerate(share):
        load = math.fsum(part * need for part, need in zip(row, demand, strict=True))
        if load > capacity[i] + SLACK * max(1.0, capacity[i]):
            found.append(Violation("facility", str(i), f"serves {load}, holds {capacity[i]}"))
        total += [part * price for part, price in zip(row, cost[i], strict=True)]
        total += [opening[i]] if any(part > 0 for part in row) else []
    if abs(math.fsum(total) - objective) > SLACK * max(1.0, abs(objective)):
        found.append(Violation("cost", "supply", f"sums to {math.fsum(total)}, not {objective}"))
    return found


def verify_medians(
    count: int, capacity: Sequence[int], demand: Sequence[int], cost: Sequence[Sequence[int]], median: Sequence[int],
    objective: int,
) -> list[Violation]:  # fmt: skip
    """Return what is wrong with single supply from at most `count` medians.

    Parameters
    ----------
    capacity, demand
        Of each point.
    cost
        By median and point.
    median
        Of each point.
    objective
        The cost that is claimed.

    """
    if len(median) != len(demand):
        return [Violation("point", "all", f"{len(median)} of {len(demand)} are assigned")]
    found = [Violation("point", str(j), f"has no median {i}") for j, i in enumerate(median) if not 0 <= i < len(demand)]
    if found:
        return found
    used = sorted(set(median))
    if len(used) > count:
        found.append(Violation("median", "all", f"{len(used)} are used, {count} allowed"))
    for i in used:
        load = sum(demand[j] for j in range(len(demand)) if median[j] == i)
        if load > capacity[i]:
            found.append(Violation("median", str(i), f"serves {load}, holds {capacity[i]}"))
    paid = sum(cost[i][j] for j, i in enumerate(median))
    if paid != objective:
        found.append(Violation("cost", "medians", f"sums to {paid}, not {objective}"))
    return found
