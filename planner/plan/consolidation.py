"""Small rooms that move in, and the order of their moves."""

from planner.plan.part import Part, Vnd, Why
from topology.schema.base import Id


class Standing(Part):
    """Equal things of a data centre in one rack."""

    kind: Id
    """Host model, or workload of appliances."""
    rack: Id
    """Where."""
    number: int
    """How many, existing hosts included."""


class House(Part):
    """A data centre that was placed to weigh a room, the other decisions as they are."""

    hosts: tuple[Standing, ...]
    """Hosts, sorted."""
    boxes: tuple[Standing, ...]
    """Appliances, sorted."""
    present_value_vnd: Vnd
    """What it costs."""


class RoomDecision(Part):
    """One small data centre: does it move, and what is that worth."""

    id: Id
    """As in the records."""
    owner: str
    """Agency."""
    site: Id
    """Where it stands."""
    moves: bool
    """Whether its servers move in."""
    servers: int
    """As many as may be there: what everything is sized for."""
    users_mbps: float
    """Busy hour over the agency's line once they have moved, each way."""
    energy_vnd_per_month: Vnd
    """Electricity of the room."""
    upkeep_vnd_per_month: Vnd
    """Support and replacement of its servers."""
    room_vnd_per_month: Vnd
    """The room itself."""
    saves_vnd: Vnd
    """Present value of the three."""
    move_vnd: Vnd
    """Moving, once."""
    lines_vnd: Vnd
    """Present value of larger own lines of the agency."""
    hosts_vnd: Vnd | None
    """Present value of what the data centre costs more with it, the other decisions as they are; None: not placed."""
    with_room: House | None = None
    """The data centre with its servers; None: not placed."""
    without_room: House | None = None
    """The data centre without them: `hosts_vnd` is the difference."""
    value_vnd: Vnd | None
    """What moving is worth: saves, less moving, lines and hosts; None where the records do not weigh it."""
    value_fewest_vnd: Vnd | None
    """The same if only the smallest stated number of servers is there and everything was bought for the largest."""
    freed_window: int | None
    """Maintenance window after which the room is empty, from 1."""
    why: Why
    """Why it moves or stays."""


class Move(Part):
    """One server's move."""

    machine: Id
    """Virtual machine that it becomes."""
    room: Id
    """From."""
    host: Id
    """To."""
    first_window: int
    """Window in which its disk begins to be copied, from 1."""
    last_window: int
    """Window at whose end it is switched over."""
    gib: float
    """Copied."""
    mbps: float
    """Rate of the copy over the agency's line."""


class Consolidation(Part):
    """Which small data centres move in, and in which order."""

    rooms: tuple[RoomDecision, ...]
    """Sorted by id."""
    moves: tuple[Move, ...]
    """In order of the windows."""
    windows: int
    """Maintenance windows used."""
    windows_per_week: int
    """How many a week has."""
    window_hours: float
    """Length of one."""
    hosts: int
    """Physical servers of the data centre as decided."""
    hosts_without: int | None
    """The same if no room moved; None: not placed."""
