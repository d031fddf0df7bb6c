"""Checks a reassignment: capacity, transient use, conflict, spread, dependency; every term of the cost again.

Plain sums over processes and machines, written from the definitions of the ROADEF/EURO challenge 2012.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from planner.checker.violation import Violation


class Given(Protocol):
    """The arrays that are read; see `planner.reassignment.problem.Estate` for their meaning."""

    capacity: Any
    safety: Any
    transient: Any
    location: Any
    neighbourhood: Any
    requirement: Any
    service: Any
    spread: Any
    depends: Any
    start: Any
    move_cost: Any
    machine_move: Any
    load_weight: Any
    balances: Any
    process_weight: int
    service_weight: int
    machine_weight: int


def verify(given: Any, machine: Sequence[int], objective: int) -> list[Violation]:  # noqa: ANN401
    """Return what is wrong with an assignment.

    Parameters
    ----------
    given
        Anything with the attributes of `Given`.
    machine
        Of each process.
    objective
        The cost that is claimed.

    """
    machines, processes = len(given.capacity), len(given.service)
    if len(machine) != processes:
        return [Violation("process", "all", f"{len(machine)} of {processes} have a machine")]
    wrong = [
        Violation("process", str(p), f"has no machine {m}") for p, m in enumerate(machine) if not 0 <= m < machines
    ]
    if wrong:
        return wrong
    found = [*_capacity(given, machine), *_services(given, machine)]
    paid = total(given, machine)
    if paid != objective:
        found.append(Violation("cost", "assignment", f"sums to {paid}, not {objective}"))
    return found


def _loads(given: Given, machine: Sequence[int]) -> list[list[int]]:
    loads = [[0] * len(given.load_weight) for _ in range(len(given.capacity))]
    for p, need in enumerate(given.requirement.tolist()):
        here = loads[machine[p]]
        for r, amount in enumerate(need):
            here[r] += amount
    return loads


def _capacity(given: Given, machine: Sequence[int]) -> Iterator[Violation]:
    loads = _loads(given, machine)
    start, transient = given.start.tolist(), given.transient.tolist()
    for p, need in enumerate(given.requirement.tolist()):
        if start[p] != machine[p]:
            for r, amount in enumerate(need):
                if transient[r]:
                    loads[start[p]][r] += amount
    for m, (load, most) in enumerate(zip(loads, given.capacity.tolist(), strict=True)):
        for r, (amount, limit) in enumerate(zip(load, most, strict=True)):
            if amount > limit:
                yield Violation("machine", str(m), f"holds {amount} of resource {r}, {limit} fit")


def _services(given: Given, machine: Sequence[int]) -> Iterator[Violation]:
    location, neighbourhood = given.location.tolist(), given.neighbourhood.tolist()
    stands: dict[int, list[int]] = defaultdict(list)
    for p, s in enumerate(given.service.tolist()):
        stands[s].append(machine[p])
    for s, at in sorted(stands.items()):
        if len(set(at)) < len(at):
            yield Violation("service", str(s), "has two processes on one machine")
    for s, least in enumerate(given.spread.tolist()):
        if len({location[m] for m in stands[s]}) < least:
            yield Violation("service", str(s), f"is in fewer than {least} locations")
    for s, other in given.depends:
        missing = {neighbourhood[m] for m in stands[s]} - {neighbourhood[m] for m in stands[other]}
        if missing:
            yield Violation("service", str(s), f"does not find service {other} in neighbourhoods {sorted(missing)}")


def total(given: Given, machine: Sequence[int]) -> int:
    """Return the cost of an assignment, term by term."""
    loads, capacity, safety = _loads(given, machine), given.capacity.tolist(), given.safety.tolist()
    cost = 0
    for r, weight in enumerate(given.load_weight.tolist()):
        cost += weight * sum(max(0, load[r] - safe[r]) for load, safe in zip(loads, safety, strict=True))
    for one in given.balances:
        for load, most in zip(loads, capacity, strict=True):
            left_a, left_b = most[one.a] - load[one.a], most[one.b] - load[one.b]
            cost += one.weight * max(0, one.target * left_a - left_b)
    moved: dict[int, int] = defaultdict(int)
    start, service, price = given.start.tolist(), given.service.tolist(), given.move_cost.tolist()
    for p, m in enumerate(machine):
        if m != start[p]:
            cost += given.process_weight * price[p]
            moved[service[p]] += 1
        cost += given.machine_weight * int(given.machine_move[start[p], m])
    return cost + given.service_weight * max(moved.values(), default=0)
