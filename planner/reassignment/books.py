"""The books of the compiled search: an assignment, its sums, and what does not change, as plain arrays.

Columns k of `need`, `weight` and `above` are resources, then balances: for a balance x = t A_a - A_b, to which a
process adds its -(t q_a - q_b). Rows are padded to multiples of four, with weight 0, so that four are added at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.reassignment.problem import Estate, Flags, Floats, Integers, cost
from planner.reassignment.state import State

COST, FULL, MOST, BEST, MISSING, LACK = range(6)
"""Places in `Books.whole`."""
ABREAST = 4


class Given(NamedTuple):
    """What does not change; the last process is nobody, the last service is nobody's."""

    need: Floats
    """Shape (p + 1, k): what a process adds to x."""
    hold: Floats
    """Shape (2 p + 2, r): what a process takes of capacity; the odd rows where it is at its start."""
    weight: Floats
    """Shape (k,)."""
    service: Integers
    start: Integers
    price: Floats
    """Of moving a process."""
    far: NDArray[np.int32]
    """Shape (m, m): from, to."""
    machine_weight: float
    service_weight: float
    location: Integers
    place: Integers
    spread: Integers
    needs: Integers
    needs_at: Integers
    """Where in `needs` those of a service begin."""
    needed_by: Integers
    needed_at: Integers
    row: Integers
    """Of each service in `taken`; 0 for services of one process."""
    special: Flags
    """Whether a service has a spread or dependencies."""


class Books(NamedTuple):
    """An assignment and its sums."""

    machine: Integers
    above: Floats
    """Shape (m, k): x."""
    room: Floats
    """Shape (m, r): capacity that is left."""
    cost: Floats
    """Shape (m,): c."""
    total: Floats
    """Shape (m,): c + π."""
    lack: Floats
    """Shape (m, r): λ."""
    full: Flags
    """Shape (m,): whether capacity is exceeded."""
    taken: NDArray[np.int8]
    """Shape (rows, m): processes of a service on a machine."""
    at: NDArray[np.int32]
    """Shape (s, locations)."""
    reached: Integers
    """Shape (s,): locations."""
    present: NDArray[np.int32]
    """Shape (s, neighbourhoods)."""
    moved: Integers
    """Shape (s,)."""
    tally: Integers
    """Services with so many moved processes."""
    whole: Floats
    """Cost, machines whose capacity is exceeded, most moved processes of a service, cost of the best, M, μ."""
    best: Integers
    random: NDArray[np.uint64]
    who: Integers
    """Shape (3,): the processes of a step."""
    stop: Integers
    """Shape (4,): each goes from one stop to the next one."""


def given(estate: Estate) -> Given:
    """Return what does not change while one searches."""
    requirement = _and_nobody(estate.requirement.astype(np.float64))
    need, weight = [requirement], [estate.load_weight.astype(np.float64)]
    for one in estate.balances:
        need.append(requirement[:, [one.b]] - one.target * requirement[:, [one.a]])
        weight.append(np.array([float(one.weight)]))
    hold = np.repeat(requirement, 2, axis=0)
    hold[1::2] *= ~estate.transient
    needs, needs_at = _rows(estate.needs)
    needed_by, needed_at = _rows(estate.needed_by)
    services = len(estate.spread)
    several = np.bincount(estate.service, minlength=services + 1) > 1
    special = estate.spread > 1
    special |= (np.diff(needs_at) > 0) | (np.diff(needed_at) > 0)
    return Given(
        need=_padded(np.concatenate(need, axis=1)), hold=_padded(hold), weight=_padded(np.concatenate(weight)[None])[0],
        service=np.append(estate.service, services), start=np.append(estate.start, -1),
        price=np.append(estate.move_cost * estate.process_weight, 0).astype(np.float64),
        far=np.ascontiguousarray(estate.machine_move, dtype=np.int32), machine_weight=float(estate.machine_weight),
        service_weight=float(estate.service_weight), location=_plain(estate.location),
        place=_plain(estate.neighbourhood), spread=np.append(estate.spread, 0), needs=needs, needs_at=needs_at,
        needed_by=needed_by, needed_at=needed_at, row=np.where(several, np.cumsum(several), 0),
        special=np.append(special, False),
    )  # fmt: skip


def opened(estate: Estate, fixed: Given, machine: Integers, seed: int) -> Books:
    """Return the books of an assignment."""
    state, services = State(estate, machine), len(estate.spread)
    machines = len(estate.capacity)
    left = estate.capacity - state.use
    above = [state.use - estate.safety]
    above += [(one.target * left[:, one.a] - left[:, one.b])[:, None] for one in estate.balances]
    padded = _padded(np.concatenate(above, axis=1))
    room = _padded(left - state.waiting)
    price = (np.maximum(padded, 0.0) * fixed.weight).sum(axis=1)
    taken = np.zeros((int(fixed.row.max(initial=0)) + 1, machines), dtype=np.int8)
    np.add.at(taken, (fixed.row[estate.service], machine), (fixed.row[estate.service] > 0).astype(np.int8))
    at = np.zeros((services + 1, int(estate.location.max(initial=0)) + 1), dtype=np.int32)
    np.add.at(at, (estate.service, estate.location[machine]), 1)
    present = np.zeros((services + 1, int(estate.neighbourhood.max(initial=0)) + 1), dtype=np.int32)
    np.add.at(present, (estate.service, estate.neighbourhood[machine]), 1)
    paid = float(cost(estate, machine))
    return Books(
        machine=np.append(machine, -1), above=padded, room=room, cost=price, total=price.copy(),
        lack=np.zeros_like(room), full=np.zeros(machines, dtype=np.bool_), taken=taken, at=at,
        reached=np.count_nonzero(at, axis=1), present=present, moved=np.append(state.moved, 0),
        tally=np.bincount(state.moved, minlength=len(machine) + 2),
        whole=np.array([paid, 0.0, float(state.moved.max(initial=0)), paid, 0.0, 0.0]), best=np.append(machine, -1),
        random=np.random.SeedSequence(seed).generate_state(2, dtype=np.uint64).astype(np.uint64),
        who=np.zeros(3, dtype=np.int64), stop=np.zeros(4, dtype=np.int64),
    )  # fmt: skip


def _and_nobody(values: Floats) -> Floats:
    return np.append(values, np.zeros((1, values.shape[1])), axis=0)


def _padded(values: Floats) -> Floats:
    return np.pad(values, ((0, 0), (0, -values.shape[1] % ABREAST)))


def _plain(values: Integers) -> Integers:
    return np.ascontiguousarray(values, dtype=np.int64)


def _rows(lists: tuple[Integers, ...]) -> tuple[Integers, Integers]:
    """Return lists one after the other, and where each begins."""
    ends = np.cumsum([0, *(len(one) for one in lists)])
    return np.concatenate((*lists, np.zeros(1, dtype=np.int64))), ends
