"""The network half of the plan."""

from typing import Literal

from planner.plan.part import Alternative, Cost, Part, StateId, Why
from topology.schema.base import Id, ServiceClass, SiteClass


class StateLoad(Part):
    """Load of one link in one failure state."""

    state: StateId
    """Which state."""
    mbps: float
    """Load in the busier direction."""


class PlannedLink(Part):
    """A link to lease."""

    id: Id
    """`link-05083-vnpt-exchange-bo`."""
    kind: Literal["access", "trunk", "mobile", "internet"]
    """What it is for."""
    a: Id
    """Site or exchange."""
    b: Id
    """Site, exchange, or carrier for mobile and Internet links."""
    carrier: Id
    """Who leases it out."""
    ducts: tuple[Id, ...]
    """In order from a to b."""
    length_km: float
    """Along the ducts."""
    modules: dict[Id, int]
    """Module id → number bought."""
    capacity_mbps: float
    """Each way."""
    normal_mbps: float
    """Busy-hour load in the busier direction, nothing failed."""
    worst: tuple[StateLoad, ...]
    """The ten worst survived states, worst first."""
    existing: bool = False
    """Already leased and kept."""
    cost: Cost
    """What it costs."""
    why: Why
    """Why this link and module."""


class Route(Part):
    """A path from a site to the core."""

    links: tuple[Id, ...]
    """Planned link ids, from the site to the core."""
    nodes: tuple[Id, ...]
    """Places passed, the site first, the core last."""
    length_km: float
    """Sum over the links."""


class SiteDecision(Part):
    """How one site is connected."""

    id: Id
    """Site id."""
    name: str
    """Official name."""
    site_class: SiteClass
    """Class."""
    district: Id | None
    """District site."""
    lat: float
    """Degrees."""
    lon: float
    """Degrees."""
    demand_down_mbps: float
    """Busy hour, core to site, all classes of service."""
    demand_up_mbps: float
    """Busy hour, site to core."""
    demand_by_class_mbps: dict[ServiceClass, float]
    """Larger direction per class of service."""
    primary: Route
    """Normal path."""
    backup: Route | None
    """Path when the primary is down; None only where the policy allows it."""
    backup_mbps: float
    """What the backup carries."""
    disjoint_in: tuple[Literal["link", "duct", "exchange", "carrier"], ...]
    """Risk groups in which the two paths share nothing."""
    cost: Cost
    """Its own links, without its share of trunks."""
    why: Why
    """Why this pair."""
    alternatives: tuple[Alternative, ...] = ()
    """Cheapest other choices."""


class ConcentrationPoint(Part):
    """An exchange that is equipped as a traffic concentration point."""

    id: Id
    """Exchange id."""
    name: str
    """Place."""
    lat: float
    """Degrees."""
    lon: float
    """Degrees."""
    homes: tuple[Id, ...]
    """Sites whose primary path passes it first."""
    cost: Cost
    """Equipment and rent."""
    why: Why
    """Why it is opened."""


class SweepSummary(Part):
    """Result of the failure sweep over all single states."""

    states: int
    """Number of states."""
    violations: int
    """States in which a promise is broken: 0 in a plan."""
    cut_off: dict[StateId, tuple[Id, ...]]
    """Sites without any path, where the policy allows it."""
    on_mobile: dict[StateId, int]
    """Number of sites on mobile backup, for the ten worst states."""
    highest: tuple[tuple[Id, StateId, float], ...]
    """Ten highest occupancies: link, state, fraction."""


class StateShare(Part):
    """Something that depends on the failure state."""

    state: StateId
    """Which state."""
    share: float
    """0 to 1."""


class Rerouting(Part):
    """What single failures do if routers choose paths over all leased lines, and pairs of failures."""

    states: int
    """Single failures examined: links, ducts, exchanges, carriers, floods."""
    above_warn: int
    """Of these, how many fill a fixed line above the warning limit that is below it while nothing fails, under OSPF."""
    above_limit: int
    """The same for the allowed limit."""
    highest: tuple[tuple[Id, StateId, float], ...]
    """Ten fullest fixed lines under OSPF: link, its worst state, occupancy; every site asks for its full demand."""
    carried: tuple[StateShare, ...]
    """Ten states in which the least of all demand could be carried by any routing."""
    pairs: int
    """Pairs of single failures examined."""
    pairs_cutting: int
    """Of these, how many cut a site or a concentration point off from the core."""
    worst_pairs: tuple[tuple[StateId, int], ...]
    """Ten pairs that cut most off, `one+other`, with the number of sites and concentration points."""
    exposed: dict[Id, int]
    """Ten sites that most pairs cut off, with the number of pairs."""


class Weakness(Part):
    """Something that costs availability."""

    element: str
    """Kind and id: `duct:…`, `carrier:…`, `exchange:…`, `flood:…`, `mobile:…`, `site:…`, `host:…`, `machine:…`."""
    hours: float
    """Hours a year that would be won if it never failed."""


class Availability(Part):
    """How often a site reaches the core."""

    share: float
    """Share of time in which one of its planned paths is up."""
    low: float
    """It is not less."""
    high: float
    """It is not more."""
    method: Literal["exact", "bounds", "sampled"]
    """Exact, the middle of certain bounds, or seeded Monte Carlo with a 99 % interval inside certain bounds."""
    any_path: float | None
    """At least that share of time if traffic may take any leased line; None where it was not worked out."""
    target: float | None
    """Of its class."""
    weakest: tuple[Weakness, ...] = ()
    """What costs most, most first."""


class Network(Part):
    """The network half."""

    sites: tuple[SiteDecision, ...]
    """Sorted by id."""
    links: tuple[PlannedLink, ...]
    """Sorted by id."""
    concentration_points: tuple[ConcentrationPoint, ...]
    """Sorted by id."""
    sweep: SweepSummary
    """All single failure states."""
    rerouting: Rerouting | None = None
    """What routers would make of it."""
    availability: dict[Id, Availability] = {}
    """Site → how often it is reached; the core's is that of its Internet lines."""
