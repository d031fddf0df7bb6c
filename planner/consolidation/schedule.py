"""The order of moves: which server is copied in which maintenance windows, and switched over at the end of the last.

    min  Σ_i s_i Σ_w (1 - z[i,w])                                       rooms run, and cost, until they are empty
         Σ_w x[i,h,w] = n_ih                                             every server switched over once        (once)
         Σ_h Σ_{v in [w, w+D_i)} m_i x[i,h,v]  ≤  60 H                   minutes of the agency's line           (line)
         Σ_i r_i a[i,w]  ≤  ρ C_t - β d_t                                every trunk t shared by agencies       (trunk)
         Σ_{i,h} x[i,h,w] ≤ c                                            the staff's hands                      (staff)
         Σ_h x[i,h,w] ≤ n_i - k_i                                        servers off at once                 (replicas)
         Σ_i g_i Σ_{v < w+D_i} x[i,h,v] + Σ_i σ_i Σ_{v in [w, w+D_i)} x[i,h,v] + ...  ≤  W_h           (space)
         n_i z[i,w] ≤ Σ_h Σ_{v ≤ w} x[i,h,v]

x[i,h,w]  servers of room i switched over in window w, to host h       z[i,w]  room i empty after window w
n_ih      servers of room i that the placement puts on h               a[i,w]  room i copies in window w
D_i       windows that one copy takes; it is the last D_i windows up to the switch     m_i  its minutes in each
r_i       rate of the copy: least of ρ C_l - β d_l over the links l of the agency's primary path
H  hours of a window    c  `switched_per_window`    k_i  `running_min`    ρ  largest occupancy    β  `busy_share`
g_i, σ_i  disk of a server and of its copy's image, GiB: both on the new host from the first window of the copy to the
          switch, then the disk alone. (space) holds in the normal state and in each state that the plan survives, with
          the machines that start again on h then
Time-indexed formulation: Sousa and Wolsey (1992). Customer orders on shared machines: Leung, Li, Pinedo (2005).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from ortools.sat.python import cp_model

from planner.datacentre import cpsat
from planner.limits import Watch
from planner.plan import Move

MEGABITS_PER_GIB = 8 * 1.024**3 * 1000
WORK = 8.0
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class RoomMoves:
    """One room that moves."""

    id: str
    machines: tuple[str, ...]
    running_min: int
    month_vnd: int
    """What it costs a month until it is empty."""
    disk_gib: float
    """Of one server."""
    rate_mbps: float
    """Of a copy."""
    trunks: tuple[str, ...]
    """Links that other rooms may share."""


@dataclass(frozen=True, slots=True)
class Task:
    """What must be scheduled."""

    rooms: tuple[RoomMoves, ...]
    host_of: Mapping[str, str]
    """Machine → host."""
    space: Sequence[tuple[str, frozenset[str], float]]
    """(host, machines that stand on it or start again there in a state, GiB that the others leave)."""
    trunk_mbps: Mapping[str, float]
    """Shared link → free in a window."""
    window_hours: float
    windows: int
    per_month: float
    """Windows a month."""
    switched: int
    used_share: float
    staging_share: float


@dataclass(frozen=True, slots=True)
class Order:
    """The order found."""

    moves: tuple[Move, ...]
    freed: dict[str, int]
    """Room → last window."""
    cost: float
    """VND paid for rooms until they are empty."""
    bound: float
    optimal: bool


def copy_windows(task: Task, room: RoomMoves) -> tuple[int, int]:
    """Return windows that one copy takes and minutes of the line in each."""
    minutes = room.disk_gib * task.used_share * MEGABITS_PER_GIB / room.rate_mbps / 60
    windows = max(1, ceil(minutes / (60 * task.window_hours) - 1e-9))
    return windows, min(floor(60 * task.window_hours), max(1, ceil(minutes / windows - 1e-9)))


def order(task: Task, watch: Watch) -> Order | None:
    """Return the order of moves; None when there is none within the windows."""
    if not task.rooms:
        return Order((), {}, 0.0, 0.0, optimal=True)
    model = _Model(task)
    solver, status = cpsat.run(model.cp, watch, WORK)
    if status not in cpsat.FEASIBLE:
        return None
    counts = {key: solver.value(variable) for key, variable in model.x.items() if solver.value(variable)}
    freed = {room.id: max(w for (r, _, w) in counts if r == room.id) for room in task.rooms}
    scale = model.scale
    return Order(
        moves=_named(task, counts),
        freed=freed,
        cost=round(solver.objective_value) * scale,
        bound=min(round(solver.objective_value), ceil(solver.best_objective_bound - 1e-6)) * scale,
        optimal=status == cp_model.OPTIMAL,
    )


class _Model:
    def __init__(self, task: Task) -> None:
        self.task, self.cp = task, cp_model.CpModel()
        self.length = {room.id: copy_windows(task, room) for room in task.rooms}
        self.count = {room.id: Counter(task.host_of[m] for m in room.machines) for room in task.rooms}
        self.x: dict[tuple[str, str, int], cp_model.IntVar] = {}
        for room in task.rooms:
            for host, most in sorted(self.count[room.id].items()):
                own = [
                    self.cp.new_int_var(0, most if w >= self.length[room.id][0] else 0, f"x[{room.id},{host},{w}]")
                    for w in range(1, task.windows + 1)
                ]
                self.x |= {(room.id, host, w): variable for w, variable in enumerate(own, start=1)}
                self.cp.add(sum(own) == most)
        self._resources()
        self._space()
        self._trunks()
        self._objective()

    def switched(self, room: RoomMoves, first: int, last: int) -> cp_model.LinearExprT:
        """Servers of a room switched over in windows first … last."""
        last = min(last, self.task.windows)
        return sum(self.x[room.id, h, w] for h in self.count[room.id] for w in range(max(1, first), last + 1))

    def _resources(self) -> None:
        task = self.task
        for window in range(1, task.windows + 1):
            for room in task.rooms:
                length, minutes = self.length[room.id]
                copying = self.switched(room, window, window + length - 1)
                self.cp.add(minutes * copying <= floor(60 * task.window_hours))
                self.cp.add(self.switched(room, window, window) <= len(room.machines) - room.running_min)
            self.cp.add(sum(self.switched(room, window, window) for room in task.rooms) <= task.switched)

    def _space(self) -> None:
        """Only rows that all servers and their images together could break; GiB in hundredths, against the mover."""
        task = self.task
        for host, machines, room_gib in task.space:
            here: dict[str, Counter[str]] = {
                room.id: Counter(task.host_of[m] for m in room.machines if m in machines) for room in task.rooms
            }
            most = sum((1 + task.staging_share) * room.disk_gib * sum(here[room.id].values()) for room in task.rooms)
            if most <= room_gib:
                continue
            for window in range(1, task.windows + 1):
                taken: list[cp_model.LinearExprT] = []
                for room in task.rooms:
                    length, _ = self.length[room.id]
                    last = min(task.windows, window + length - 1)
                    disk, image = ceil(100 * room.disk_gib), ceil(100 * room.disk_gib * task.staging_share)
                    for target, some in here[room.id].items():
                        whole = some == self.count[room.id][target]
                        if whole:
                            taken.append(disk * sum(self.x[room.id, target, w] for w in range(1, last + 1)))
                        else:
                            taken.append(disk * some)  # which of them come first is not decided here: all count
                        if target == host:
                            taken.append(image * sum(self.x[room.id, target, w] for w in range(window, last + 1)))
                self.cp.add(sum(taken) <= floor(100 * room_gib + 1e-6))

    def _trunks(self) -> None:
        task = self.task
        shared = {
            t: [r for r in task.rooms if t in r.trunks] for t in sorted({t for r in task.rooms for t in r.trunks})
        }
        for trunk, rooms in shared.items():
            if sum(room.rate_mbps for room in rooms) <= task.trunk_mbps[trunk]:
                continue
            for window in range(1, task.windows + 1):
                active = []
                for room in rooms:
                    copies = self.cp.new_bool_var(f"a[{room.id},{window}]")
                    length, _ = self.length[room.id]
                    self.cp.add(self.switched(room, window, window + length - 1) <= len(room.machines) * copies)
                    active.append(ceil(1000 * room.rate_mbps) * copies)
                self.cp.add(sum(active) <= floor(1000 * task.trunk_mbps[trunk]))

    def _objective(self) -> None:
        task = self.task
        self.scale = THOUSAND
        weights = {room.id: max(1, round(room.month_vnd / task.per_month / THOUSAND)) for room in task.rooms}
        terms: list[cp_model.LinearExprT] = []
        for room in task.rooms:
            before: cp_model.IntVar | None = None
            for window in range(1, task.windows + 1):
                empty = self.cp.new_bool_var(f"z[{room.id},{window}]")
                self.cp.add(self.switched(room, 1, window) >= len(room.machines)).only_enforce_if(empty)
                if before is not None:
                    self.cp.add_implication(before, empty)
                terms.append(weights[room.id] * (1 - empty))
                before = empty
        self.cp.minimize(sum(terms) + sum(weights.values()))


def _named(task: Task, counts: Mapping[tuple[str, str, int], int]) -> tuple[Move, ...]:
    """Give the moves to machines in order of their names."""
    waiting: dict[tuple[str, str], list[str]] = defaultdict(list)
    by_id = {room.id: room for room in task.rooms}
    for room in task.rooms:
        for machine in room.machines:
            waiting[room.id, task.host_of[machine]].append(machine)
    moves: list[Move] = []
    for (name, host, window), count in sorted(counts.items(), key=lambda item: (item[0][2], item[0][0], item[0][1])):
        room = by_id[name]
        length, _ = copy_windows(task, room)
        moves += [
            Move(
                machine=waiting[name, host].pop(0),
                room=name,
                host=host,
                first_window=window - length + 1,
                last_window=window,
                gib=round(room.disk_gib * task.used_share, 3),
                mbps=round(room.rate_mbps, 3),
            )
            for _ in range(count)
        ]
    return tuple(moves)
