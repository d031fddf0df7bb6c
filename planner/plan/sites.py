"""Where workloads with several sites stand, and what the other choices would cost."""

from typing import Literal

from planner.plan.part import Part, Vnd, Why
from topology.schema.base import Id


class StandingPlace(Part):
    """One workload that names sites, and where its machines stand."""

    workload: Id
    """Which."""
    service: Id
    """Service that it belongs to."""
    site: Id
    """Site of the room where all its machines stand."""
    sites: tuple[Id, ...]
    """Where they may stand."""
    mbps: float
    """Busy hour over the lines of the site, each way; 0 at the core."""
    apart_km: dict[Id, float]
    """Workload that it stands apart from → distance, km."""
    why: Why
    """Why there."""


class Way(Part):
    """One choice of sites for all of them."""

    stands: dict[Id, Id]
    """Workload → site."""
    state: Literal["chosen", "planned", "bounded", "impossible", "open"]
    """Chosen; planned too, dearer or no better; proved dearer; without a plan; neither planned nor proved dearer."""
    datacentre_vnd: Vnd | None
    """Present value of the machines in all rooms; None where it was not placed."""
    lines_vnd: Vnd | None
    """Present value of larger own lines of the sites with rooms; None where no lines carry it."""
    network_vnd: Vnd | None
    """Present value of the whole network; None where it was not planned."""
    total_vnd: Vnd | None
    """Of the whole plan, rooms that stay or move included; None where it was not planned."""
    bound_vnd: Vnd | None
    """No plan with these sites costs less; None where nothing is proved."""
    reason: str = ""
    """Error code of what makes it impossible."""


class Sites(Part):
    """The choice of sites."""

    places: tuple[StandingPlace, ...]
    """Sorted by workload."""
    ways: tuple[Way, ...]
    """All admissible choices, the one chosen first, then by cost or bound."""
