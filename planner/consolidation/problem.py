"""What must be scheduled when rooms move: their servers, the staff's hands, lines, disks of the hosts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

MEGABITS_PER_GIB = 8 * 1.024**3 * 1000


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

    @property
    def window_minutes(self) -> int:
        """Whole minutes of a window."""
        return floor(60 * self.window_hours)


def copy_windows(task: Task, room: RoomMoves) -> tuple[int, int]:
    """Return windows that one copy takes and minutes of the line in each."""
    minutes = room.disk_gib * task.used_share * MEGABITS_PER_GIB / room.rate_mbps / 60
    windows = max(1, ceil(minutes / (60 * task.window_hours) - 1e-9))
    return windows, max(1, min(task.window_minutes, ceil(minutes / windows - 1e-9)))


def in_a_window(task: Task, room: RoomMoves) -> int:
    """Return the most servers of a room that can be switched over in one window."""
    return max(0, min(task.switched, len(room.machines) - room.running_min))


def done_after(task: Task, room: RoomMoves, window: int) -> int:
    """Return the most servers of a room that can have been switched over after a window, were it alone.

    Copies that may overlap k at a time lie in k sequences, one after another in each.
    """
    length, minutes = copy_windows(task, room)
    by_hand = in_a_window(task, room) * max(0, window - length + 1)
    by_line = task.window_minutes // minutes * (window // length)
    return min(len(room.machines), by_hand, by_line)
