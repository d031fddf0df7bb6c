"""The plan: what the planner decided, why, what it costs, and what proves it.

This is the contract that stacks, inventory, playbooks, tests and reports read; nobody downstream reads the records.
A plan is frozen, holds no date, duration or machine name, and is byte-identical for the same records and version
(those stand beside it in the run record, `planner.plan_io.RunRecord`).
"""

from typing import Literal

from planner.plan.conference import BridgePlace, BridgingOption, Conference, MeetingLoss, TreeLoad
from planner.plan.consolidation import Consolidation, House, Move, RoomDecision, Standing
from planner.plan.datacentre import DataCentre, Evacuation, HostDecision, Interface, Machine, RackUse
from planner.plan.ledger import LedgerEntry
from planner.plan.network import (
    Availability,
    ConcentrationPoint,
    Network,
    PlannedLink,
    Rerouting,
    Route,
    SiteDecision,
    StateLoad,
    StateShare,
    SweepSummary,
    Weakness,
)
from planner.plan.part import (
    Alternative,
    Assumption,
    Citation,
    Cost,
    CostSummary,
    Finding,
    Part,
    Place,
    Proof,
    StateId,
    Verdict,
    Vnd,
    Why,
)
from planner.plan.scenario import Changeover, LineChange, ScenarioUse
from planner.plan.services import ServiceAvailability, ServiceLoad, WorstSite
from planner.plan.sites import Sites, StandingPlace, Way
from planner.plan.stays import LineStays, Relocation, Stays
from planner.plan.years import BandPlan, Buy, FittedTrend, Full, Remaining, ServiceGrowth, YearMoney, Years
from planner.plan.zones import FlowPlan, Segment, ZonePlan
from topology.schema.base import Id, Name

__all__ = [
    "Alternative",
    "Assumption",
    "Availability",
    "BandPlan",
    "BridgePlace",
    "BridgingOption",
    "Buy",
    "Changeover",
    "Citation",
    "ConcentrationPoint",
    "Conference",
    "Consolidation",
    "Cost",
    "CostSummary",
    "DataCentre",
    "Evacuation",
    "Finding",
    "FittedTrend",
    "FlowPlan",
    "Full",
    "HostDecision",
    "House",
    "Interface",
    "LedgerEntry",
    "LineChange",
    "LineStays",
    "Machine",
    "MeetingLoss",
    "Move",
    "Network",
    "Part",
    "Place",
    "Plan",
    "PlannedLink",
    "Proof",
    "RackUse",
    "Relocation",
    "Remaining",
    "Rerouting",
    "RoomDecision",
    "Route",
    "ScenarioUse",
    "Segment",
    "ServiceAvailability",
    "ServiceGrowth",
    "ServiceLoad",
    "SiteDecision",
    "Sites",
    "Standing",
    "StandingPlace",
    "StateId",
    "StateLoad",
    "StateShare",
    "Stays",
    "SweepSummary",
    "TreeLoad",
    "Verdict",
    "Vnd",
    "Way",
    "Weakness",
    "Why",
    "WorstSite",
    "YearMoney",
    "Years",
    "ZonePlan",
]


class Plan(Part):
    """The planner's whole answer."""

    schema_version: Literal[1] = 1
    """Version of this schema."""
    version: str
    """Version of provdc that planned."""
    province: Id
    """Province."""
    name: Name
    """Its name."""
    digest: str
    """SHA-256 over the records, hex."""
    scenarios: tuple[ScenarioUse, ...] = ()
    """Scenarios that the records were patched by, sorted; empty for the province's own plan."""
    core: Id
    """Site of the data centre."""
    core_place: Place | None = None
    """Where it is."""
    domain: str
    """DNS domain."""
    network: Network
    """The network half."""
    datacentre: DataCentre
    """The data-centre half."""
    machines: tuple[Machine, ...]
    """All machines: VMs, appliances, site gateways; sorted by id."""
    segments: tuple[Segment, ...]
    """All segments, sorted by id."""
    zones: tuple[ZonePlan, ...]
    """All zones, sorted by id."""
    flows: tuple[FlowPlan, ...]
    """All allowed flows, sorted by id."""
    services: tuple[ServiceLoad, ...]
    """All services, sorted by id."""
    slice_machines: tuple[Id, ...]
    """Machines brought up in the lab, sorted."""
    costs: CostSummary
    """Money."""
    proofs: tuple[Proof, ...]
    """One for each half."""
    verdict: Verdict
    """The checker's."""
    assumptions: tuple[Assumption, ...]
    """What the plan rests on without a better source."""
    findings: tuple[Finding, ...]
    """Warnings and contradictions."""
    conference: Conference | None = None
    """Videoconference; None without trees."""
    consolidation: Consolidation | None = None
    """Small data centres; None where the records do not say how they move."""
    sites: Sites | None = None
    """Workloads that may stand at several sites; None where none may."""
    stays: Stays | None = None
    """What stays of the earlier plan that this one was made to change least; None without one."""
    joint: Proof | None = None
    """Bridges, rooms, data centre and network together: no other combination costs less than the bound."""
    moves_proof: Proof | None = None
    """Order of the moves: objective and bound are VND paid for rooms until they are empty."""
    growth: tuple[ServiceGrowth, ...] = ()
    """How each service grows in both bands, sorted by id."""
    outlook: tuple[Full, ...] = ()
    """When the hosts' resources are full, and the ten access lines that are full first."""
    changeover: Changeover | None = None
    """Which lines to cancel, keep, change, and when; only for a scenario over a plan."""
    ledger: tuple[LedgerEntry, ...] = ()
    """Capacities of racks, feeds, rooms, hosts and links: used, planned, reserved, free."""
    years: Years | None = None
    """Purchases year by year; None in a plan made without them."""
    carriers: dict[Id, str] = {}
    """Carrier → registered name."""
    sources: tuple[Citation, ...] = ()
    """What the records cite, sorted by key."""
    policy: dict[str, float]
    """Limits that the tests need: max_occupancy, warn_occupancy."""

    @property
    def short_digest(self) -> str:
        """First six hex digits, as shown to people."""
        return self.digest[:6]

    def machine(self, machine_id: str) -> Machine:
        """Return the machine with this id; KeyError names it."""
        for machine in self.machines:
            if machine.id == machine_id:
                return machine
        raise KeyError(machine_id)
