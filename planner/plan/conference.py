"""The videoconference in the plan: bridges, their loads, what a loss takes."""

from typing import Literal

from planner.plan.part import Cost, Part, StateId, Vnd, Why
from topology.schema.base import Id, Name


class BridgePlace(Part):
    """Bridges at one site."""

    site: Id
    """Where."""
    machines: tuple[Id, ...]
    """The bridges."""
    groups: tuple[str, ...]
    """Groups of endpoints that they serve: `tree:site`, or `tree:district:communes`."""
    seats: dict[str, int]
    """Hour → endpoints and streams of other bridges that take a seat."""
    cost: Cost
    """Of boxes away from the data centre; those at the core are virtual machines."""
    why: Why
    """Why they stand there."""


class TreeLoad(Part):
    """One tree beside what it would be flat and with a bridge in every district."""

    tree: Id
    """Conference."""
    name: Name
    """For reports."""
    endpoints: int
    """Endpoints, the root's included."""
    core_mbps: float
    """Through the core's bridges each way, as decided."""
    flat_mbps: float
    """The same with all bridges at the core: Σ rates of the endpoints."""
    cascade_mbps: float
    """The same with the communes of each district at a bridge of that district, where the records allow it."""
    arithmetic: tuple[tuple[str, str], ...]
    """(what, formula with numbers)."""


class BridgingOption(Part):
    """A way to place the bridges, with its money."""

    name: Literal["decided", "flat", "districts"]
    """As decided; all at the core; the communes of each district at a bridge of that district."""
    possible: bool
    """Whether records and lines allow it."""
    core_bridges: int
    """At the core."""
    boxes: int
    """Away from it."""
    core_mbps: dict[str, float]
    """Hour → through the core's bridges, each way."""
    line_mbps: float
    """Most that any line of a site with bridges carries more than flat."""
    boxes_vnd: Vnd
    """Present value of boxes away."""
    lines_vnd: Vnd
    """Present value of larger own lines."""
    hosts_vnd: Vnd | None
    """Present value of the data centre; None where it was not placed."""


class MeetingLoss(Part):
    """Who loses a meeting when something fails."""

    state: StateId
    """`bridge:…` for one bridge, else a failure state of the network."""
    moved: int
    """Endpoints that go on at other bridges."""
    lost: tuple[Id, ...]
    """Sites that are out of it until the repair."""


class Conference(Part):
    """Videoconference: bridges, homes, the busy hours."""

    homes: dict[str, Id]
    """Group of endpoints → site of its bridges, for those away from the core."""
    bridges: tuple[BridgePlace, ...]
    """Sorted by site."""
    may_hold: tuple[Id, ...]
    """Sites away from the core that may hold bridges of some tree."""
    hours: dict[str, tuple[Id, ...]]
    """Hour → trees that meet in it."""
    places: dict[str, int]
    """Hour → sites with an endpoint."""
    trees: tuple[TreeLoad, ...]
    """Sorted by id."""
    options: tuple[BridgingOption, ...]
    """Side by side."""
    losses: tuple[MeetingLoss, ...]
    """One bridge at each place, and every single failure of the network that cuts off a member."""
    fullest: tuple[Id, StateId, float] | None
    """Link, state, occupancy: the highest of the busy hours in any survived state."""
    realtime: tuple[Id, float] | None
    """Site and share: the largest part of a primary access that voice and pictures take."""
