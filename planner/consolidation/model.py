"""The order of moves: which server is copied in which maintenance windows, and switched over at the end of the last.

    min  Σ_i s_i Σ_w (1 - z[i,w])                                       rooms run, and cost, until they are empty
         Σ_w x[k,w] = n_k                                                every server switched over once        (once)
         Σ_{k∈i} Σ_{v in [w, w+D_i)} m_i x[k,v]  ≤  60 H                  minutes of the agency's line           (line)
         Σ_i r_i a[i,w]  ≤  ρ C_t - β d_t                                every trunk t shared by agencies       (trunk)
         Σ_k x[k,w] ≤ c                                                  the staff's hands                      (staff)
         Σ_{k∈i} x[k,w] ≤ n_i - k_i                                      servers off at once                 (replicas)
         Σ_k g_i Σ_{v < w+D_i} x[k,v] + Σ_k σ_i Σ_{v in [w, w+D_i)} x[k,v]  ≤  W                                (space)
         n_i z[i,w] ≤ Σ_{k∈i} Σ_{v ≤ w} x[k,v]
    and, implied by these,
         z[i,w] = 0  where  q_i(w) < n_i
         Σ_i ⌊(n_i - q_i(u)) / g⌋ z[i,w]  ≤  ⌊c (w - u) / g⌋             u < w,  g = 1 and each n_i - q_i(u)  (energy)
         z[i,w] = 1  where  s_i (w + 1 - q_i⁻¹) > ĉ - Σ_j s_j q_j⁻¹      ĉ the cost of an order known         (last)

x[k,w]  servers of class k switched over in window w: of one room, and in the same rows (space)    n_k  how many
z[i,w]  room i is empty after window w                     a[i,w]  room i copies in window w
D_i     windows that one copy takes; it is the last D_i windows up to the switch     m_i  its minutes in each
r_i     rate of the copy: least of ρ C_l - β d_l over the links l of the agency's primary path
H  hours of a window    c  `switched_per_window`    k_i  `running_min`    ρ  largest occupancy    β  `busy_share`
g_i, σ_i  disk of a server and of its copy's image, GiB: both on the new host from the first window of the copy to the
          switch, then the disk alone. (space) holds in the normal state and in each state that the plan survives, with
          the machines that start again on the host then
q_i(w)  most servers of room i, were it alone, that are switched over after window w; q_i⁻¹ the first with q_i = n_i.
        What empty rooms lacked after window u was done by the staff since: without (energy) a room may be half empty
        for half its servers, and the bound is that of mean busy times, about half of the cost
Time-indexed formulation: Sousa, Wolsey (1992). Energetic reasoning: Baptiste, Le Pape, Nuijten (2001). Customer orders
on shared machines: Leung, Li, Pinedo (2005).
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from math import ceil, floor, gcd

from ortools.sat.python import cp_model

from planner.consolidation.problem import RoomMoves, Task, copy_windows, done_after

THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Alike:
    """Servers of one room that no row tells apart."""

    room: RoomMoves
    machines: tuple[str, ...]


class Model:
    """Variables and constraints; one method for each family of the docstring above."""

    def __init__(self, task: Task) -> None:
        self.task, self.cp = task, cp_model.CpModel()
        self.length = {room.id: copy_windows(task, room)[0] for room in task.rooms}
        self.space = _binding(task)
        self.classes = _classes(task, self.space)
        self.x = [self._windows(number, kind) for number, kind in enumerate(self.classes)]
        self._hands_and_lines()
        self._space()
        self._trunks()
        self.empty = {room.id: self._empty(room) for room in task.rooms}
        self._energy()
        self._objective()

    def _windows(self, number: int, kind: Alike) -> list[cp_model.IntVar]:
        """Return x of one class; index 0 stands for no window."""
        first, most = self.length[kind.room.id], len(kind.machines)
        own = [
            self.cp.new_int_var(0, most if window >= first else 0, f"x[{kind.room.id},{number},{window}]")
            for window in range(self.task.windows + 1)
        ]
        self.cp.add(sum(own) == most)
        return own

    def switched(self, room: RoomMoves, first: int, last: int) -> cp_model.LinearExprT:
        """Servers of a room switched over in windows first … last."""
        return sum(
            variable
            for kind, own in zip(self.classes, self.x, strict=True)
            if kind.room == room
            for variable in own[max(1, first) : last + 1]
        )

    def _hands_and_lines(self) -> None:
        task = self.task
        for window in range(1, task.windows + 1):
            for room in task.rooms:
                length, minutes = copy_windows(task, room)
                copying = self.switched(room, window, window + length - 1)
                self.cp.add(copying <= task.window_minutes // minutes)
                self.cp.add(self.switched(room, window, window) <= len(room.machines) - room.running_min)
            self.cp.add(sum(self.switched(room, window, window) for room in task.rooms) <= task.switched)

    def _space(self) -> None:
        """GiB in hundredths, against the mover."""
        task = self.task
        for host, machines, room_gib in self.space:
            for window in range(1, task.windows + 1):
                taken: list[cp_model.LinearExprT] = []
                for kind, own in zip(self.classes, self.x, strict=True):
                    if kind.machines[0] not in machines:
                        continue
                    last = window + self.length[kind.room.id] - 1
                    taken.append(ceil(100 * kind.room.disk_gib) * sum(own[1 : last + 1]))
                    if task.host_of[kind.machines[0]] == host:
                        image = ceil(100 * kind.room.disk_gib * task.staging_share)
                        taken.append(image * sum(own[window : last + 1]))
                self.cp.add(sum(taken) <= floor(100 * room_gib + 1e-6))

    def _trunks(self) -> None:
        task = self.task
        for trunk in sorted({trunk for room in task.rooms for trunk in room.trunks}):
            rooms = [room for room in task.rooms if trunk in room.trunks]
            if sum(room.rate_mbps for room in rooms) <= task.trunk_mbps[trunk]:
                continue
            free = floor(1000 * task.trunk_mbps[trunk])
            for window in range(1, task.windows + 1):
                active = []
                for room in rooms:
                    copies = self.cp.new_bool_var(f"a[{room.id},{window},{trunk}]")
                    copying = self.switched(room, window, window + self.length[room.id] - 1)
                    self.cp.add(copying <= len(room.machines) * copies)
                    # the rate of a copy may be all that the trunk has left
                    active.append(min(free, ceil(1000 * room.rate_mbps)) * copies)
                self.cp.add(sum(active) <= free)

    def _empty(self, room: RoomMoves) -> list[cp_model.IntVar]:
        """Return z of one room; index 0 is before the first window."""
        servers, own = len(room.machines), []
        for window in range(self.task.windows + 1):
            possible = done_after(self.task, room, window) >= servers
            own.append(self.cp.new_int_var(0, int(possible), f"z[{room.id},{window}]"))
            if possible:
                self.cp.add(servers * own[window] <= self.switched(room, 1, window))
            if window:
                self.cp.add_implication(own[window - 1], own[window])
        return own

    def _energy(self) -> None:
        """Also divided by each coefficient and rounded down: whole rooms are empty, not parts of them."""
        task = self.task
        done = {(room.id, w): done_after(task, room, w) for room in task.rooms for w in range(task.windows + 1)}
        for window in range(1, task.windows + 1):
            for since in range(window):
                left = {room.id: len(room.machines) - done[room.id, since] for room in task.rooms}
                for divisor in sorted({1, *left.values()} - {0}):
                    most = task.switched * (window - since) // divisor
                    if sum(lacks // divisor for lacks in left.values()) > most:
                        rows = [lacks // divisor * self.empty[name][window] for name, lacks in left.items()]
                        self.cp.add(sum(rows) <= most)

    def _objective(self) -> None:
        """Thousands of VND, divided by what all weights share."""
        task = self.task
        weights = {room.id: max(1, round(room.month_vnd / task.per_month / THOUSAND)) for room in task.rooms}
        shared = reduce(gcd, weights.values())
        self.scale = THOUSAND * shared
        self.weight = {name: weight // shared for name, weight in weights.items()}
        self.cost = sum(self.weight[name] * (1 - empty) for name, own in self.empty.items() for empty in own)
        self.late = sum(window * variable for own in self.x for window, variable in enumerate(own))
        self.cp.minimize(self.cost)

    def no_dearer_than(self, cost: int) -> None:
        """Leave only orders that cost no more: no room is emptied so late that the others cannot make up for it."""
        self.cp.add(self.cost <= cost)
        first = {name: self._first(own) for name, own in self.empty.items()}
        spare = cost - sum(self.weight[name] * window for name, window in first.items())
        for name, own in self.empty.items():
            last = first[name] + max(0, spare) // self.weight[name]
            if last <= self.task.windows:
                self.cp.add(own[last] == 1)

    @staticmethod
    def _first(own: list[cp_model.IntVar]) -> int:
        """Return the first window after which a room may be empty."""
        return next((window for window, empty in enumerate(own) if max(empty.proto.domain)), len(own))


def _binding(task: Task) -> list[tuple[str, frozenset[str], float]]:
    """Return the rows that all servers and their images together could break, each once."""
    room_of = {machine: room for room in task.rooms for machine in room.machines}
    least: dict[tuple[str, frozenset[str]], float] = {}
    for host, machines, left in task.space:
        here = frozenset(machine for machine in machines if machine in room_of)
        most = sum(
            room_of[m].disk_gib * (1 + (task.staging_share if task.host_of[m] == host else 0.0)) for m in sorted(here)
        )
        if most > left:
            least[host, here] = min(left, least.get((host, here), left))
    rows = [(host, here, left) for (host, here), left in least.items()]
    return sorted(rows, key=lambda row: (row[0], sorted(row[1])))


def _classes(task: Task, space: list[tuple[str, frozenset[str], float]]) -> list[Alike]:
    """Return the servers of each room by the rows that they stand in, as images or as disks."""
    classes: list[Alike] = []
    for room in task.rooms:
        alike: dict[tuple[tuple[int, bool], ...], list[str]] = defaultdict(list)
        for machine in room.machines:
            rows = tuple(
                (number, task.host_of[machine] == host)
                for number, (host, here, _) in enumerate(space)
                if machine in here
            )
            alike[rows].append(machine)
        classes += [Alike(room, tuple(machines)) for _, machines in sorted(alike.items())]
    return classes
