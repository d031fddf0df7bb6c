"""What is given: machines, processes on them, and what a move costs; what is answered: a machine for every process.

A process is anything that needs resources of the machine it is on and can be moved: a virtual machine on hosts, a
server in rooms. While it moves, its transient resources are in use on both machines.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Status = Literal["optimal", "feasible"]


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left of one resource shall match what is left of another: weight × max(0, target × left a - left b)."""

    a: int
    b: int
    target: int
    weight: int


@dataclass(frozen=True, slots=True)
class Estate:
    """Machines m, processes p, resources r, services s; whole numbers, not negative."""

    capacity: Integers
    """Shape (m, r)."""
    safety: Integers
    """Shape (m, r): use above it costs `load_weight` a unit."""
    transient: Flags
    """Shape (r,): in use on the old machine too while a process moves."""
    location: Integers
    """Shape (m,): a service is spread over locations."""
    neighbourhood: Integers
    """Shape (m,): a service finds those it depends on in its neighbourhood."""
    requirement: Integers
    """Shape (p, r)."""
    service: Integers
    """Shape (p,): processes of one service stand on different machines."""
    spread: Integers
    """Shape (s,): fewest locations."""
    depends: tuple[tuple[int, int], ...]
    """(service, service it depends on)."""
    start: Integers
    """Shape (p,): the machine where each process is; keeps all hard constraints."""
    move_cost: Integers
    """Shape (p,)."""
    machine_move: NDArray[np.int32]
    """Shape (m, m): from, to."""
    load_weight: Integers
    """Shape (r,)."""
    balances: tuple[Balance, ...] = ()
    process_weight: int = 1
    service_weight: int = 1
    machine_weight: int = 1
    members: tuple[Integers, ...] = field(init=False)
    """Processes of each service."""
    needs: tuple[Integers, ...] = field(init=False)
    """Services that each service depends on."""
    needed_by: tuple[Integers, ...] = field(init=False)

    def __post_init__(self) -> None:
        m, r = self.capacity.shape
        p, s = len(self.service), len(self.spread)
        shapes = {
            "safety": (m, r), "transient": (r,), "location": (m,), "neighbourhood": (m,), "requirement": (p, r),
            "start": (p,), "move_cost": (p,), "machine_move": (m, m), "load_weight": (r,),
        }  # fmt: skip
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                message = f"{name} has shape {getattr(self, name).shape}, not {shape}"
                raise ValueError(message)
        for name, most in (("service", s), ("start", m)):
            values = getattr(self, name)
            if len(values) and (int(values.min()) < 0 or int(values.max()) >= most):
                message = f"{name} names one that is not there"
                raise ValueError(message)
        if any(not (0 <= a < s and 0 <= b < s) for a, b in self.depends):
            message = "a dependency names a service that is not there"
            raise ValueError(message)
        order = np.argsort(self.service, kind="stable")
        ends = np.searchsorted(self.service[order], np.arange(1, s))
        object.__setattr__(self, "members", tuple(np.split(order, ends)) if s else ())
        needs: list[list[int]] = [[] for _ in range(s)]
        needed: list[list[int]] = [[] for _ in range(s)]
        for a, b in sorted(set(self.depends)):
            if a != b:
                needs[a].append(b)
                needed[b].append(a)
        object.__setattr__(self, "needs", tuple(np.array(one, dtype=np.int64) for one in needs))
        object.__setattr__(self, "needed_by", tuple(np.array(one, dtype=np.int64) for one in needed))


@dataclass(frozen=True, slots=True)
class Assignment:
    """An answer."""

    status: Status
    objective: int
    bound: int
    """No answer is cheaper."""
    machine: Integers
    """Shape (p,)."""
    rounds: int
    """Rounds of search that were finished."""


def cost(estate: Estate, machine: Integers) -> int:
    """Return the whole cost of an assignment."""
    use = np.zeros_like(estate.capacity)
    np.add.at(use, machine, estate.requirement)
    total = int((np.maximum(use - estate.safety, 0).sum(axis=0) * estate.load_weight).sum())
    left = estate.capacity - use
    for one in estate.balances:
        total += one.weight * int(np.maximum(one.target * left[:, one.a] - left[:, one.b], 0).sum())
    moved = machine != estate.start
    total += estate.process_weight * int(estate.move_cost[moved].sum())
    per_service = np.bincount(estate.service[moved], minlength=1)
    total += estate.service_weight * int(per_service.max(initial=0))
    return total + estate.machine_weight * int(estate.machine_move[estate.start, machine].sum(dtype=np.int64))


def bound(estate: Estate) -> int:
    """Return a cost that no assignment undercuts.

    Moves are free and machines are one: use above all safety together costs its weight, and Jensen's inequality gives
    the balance of the sums.
    """
    over = estate.requirement.sum(axis=0) - estate.safety.sum(axis=0)
    total = int((np.maximum(over, 0) * estate.load_weight).sum())
    left = estate.capacity.sum(axis=0) - estate.requirement.sum(axis=0)
    return total + sum(one.weight * max(0, int(one.target * left[one.a] - left[one.b])) for one in estate.balances)
