"""The typed model between the records and the planner: what can be bought, what is asked for, what can fail.

Everything here is derived from the records by `topology.build`, sorted in natural order, and immutable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from topology.schema.base import Figure, Quality, ServiceClass, SiteClass
from topology.schema.facility import (
    ExistingHost,
    HostModel,
    MoneyPolicy,
    PlacementPolicy,
    Room,
    SanityFact,
    Slice,
)
from topology.schema.geography import Exchange, Province, Site, Source
from topology.schema.network import (
    Carrier,
    ClassPolicy,
    Duct,
    ExistingLink,
    LinkModule,
    MobileCoverage,
    NetworkPolicy,
)
from topology.schema.scenario import Scenario
from topology.schema.services import Bridge, Conference, Flow, Moving, Service, SmallDataCentre, Zone

LinkKind = Literal["access", "trunk", "mobile", "internet"]
StateKind = Literal["link", "duct", "exchange", "carrier", "flood"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands: file relative to the province's folder, line and column from 1."""

    file: str
    line: int
    column: int
    end_column: int = 0
    """Past the last character on the line; 0 when only the start is known."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class PatchedValue:
    """One value that a scenario changed."""

    path: str
    """As `Records.positions` knows it."""
    before: str
    """As JSON; empty when there was none."""
    after: str
    """As JSON; empty when there is none any more."""


@dataclass(frozen=True, slots=True)
class AppliedPatch:
    """One patch of a scenario with all that it changed."""

    where: Position
    kind: Literal["end-contract", "remove", "add", "set", "scale"]
    what: str
    """Path, as the scenario names it."""
    said: str
    """What it says of it: the value, or the factor."""
    values: tuple[PatchedValue, ...]
    quality: Quality
    source: str
    note: str | None


@dataclass(frozen=True, slots=True)
class AppliedScenario:
    """A scenario that the records were patched by."""

    scenario: Scenario
    patches: tuple[AppliedPatch, ...]


@dataclass(frozen=True, slots=True)
class LeasedLine:
    """One module of a line that the province's own plan leased, with what it cost."""

    link: str
    """Candidate link."""
    record: ExistingLink
    monthly_vnd: int
    """Of the whole line, VND a month; with the first of its modules."""


@dataclass(frozen=True, slots=True)
class Records:
    """All records of one province, checked, sorted by id in natural order."""

    province: Province
    sources: tuple[Source, ...]
    sites: tuple[Site, ...]
    exchanges: tuple[Exchange, ...]
    carriers: tuple[Carrier, ...]
    ducts: tuple[Duct, ...]
    mobile: tuple[MobileCoverage, ...]
    modules: tuple[LinkModule, ...]
    existing_links: tuple[ExistingLink, ...]
    classes: dict[SiteClass, ClassPolicy]
    network_policy: NetworkPolicy
    placement: PlacementPolicy
    money: MoneyPolicy
    services: tuple[Service, ...]
    zones: tuple[Zone, ...]
    flows: tuple[Flow, ...]
    rooms: tuple[Room, ...]
    host_models: tuple[HostModel, ...]
    existing_hosts: tuple[ExistingHost, ...]
    small_data_centres: tuple[SmallDataCentre, ...]
    conferences: tuple[Conference, ...]
    facts: tuple[SanityFact, ...]
    slice: Slice
    figures: dict[str, float]
    """Single figures by dotted name (`figures.yaml`): workstations per official and the like."""
    digest: str
    """SHA-256 over what the files say: comments, order and white space do not count."""
    positions: dict[str, Position] = field(repr=False)
    """Path of a record or field → where it stands: `site/commune-05083`, `module/fibre-100m/monthly_vnd`."""
    figure_records: dict[str, Figure] = field(default_factory=dict, repr=False)
    """The single figures with their source and quality."""
    scenarios: tuple[AppliedScenario, ...] = ()
    """Scenarios that these records are patched by, sorted by id."""
    taken_over: tuple[LeasedLine, ...] = ()
    """Lines of the plan that a scenario stands on, those that went with their site or carrier included."""
    committed: "Records | None" = field(default=None, repr=False)
    """The same records with the committed scenarios too, when there are any: the ledger reserves what they need."""
    bridge: Bridge | None = None
    """A bridge away from the core."""
    moving: Moving | None = None
    """How servers of small data centres move."""


@dataclass(frozen=True, slots=True)
class ModuleChoice:
    """A module priced for one candidate link."""

    id: str
    capacity_mbps: float
    """Each way, of one."""
    one_off_vnd: int
    """Of one; 0 if already leased."""
    monthly_vnd: int
    """Of one, length included."""
    max_count: int
    """How many the link can hold."""
    existing: int = 0
    """How many are leased already."""


@dataclass(frozen=True, slots=True)
class CandidateLink:
    """A link that could be leased: a carrier's line along a route of ducts, or a mobile backup over a mast."""

    id: str
    kind: LinkKind
    a: str
    """Site or exchange; for a mobile link the site."""
    b: str
    """Site or exchange; for a mobile link the core."""
    carrier: str
    ducts: tuple[str, ...]
    """From a to b; any of them down takes the link down."""
    length_km: float
    modules: tuple[ModuleChoice, ...]
    """Sorted by capacity."""


@dataclass(frozen=True, slots=True)
class SiteDemand:
    """Busy-hour demand of one site to and from the core, Mbit/s."""

    site: str
    down_mbps: float
    up_mbps: float
    by_class: dict[ServiceClass, tuple[float, float]]
    """Class of service → (down, up)."""
    by_service: dict[str, tuple[float, float]]
    """Service → (down, up)."""

    @property
    def peak_mbps(self) -> float:
        """The busier direction: links are symmetric."""
        return max(self.down_mbps, self.up_mbps)


@dataclass(frozen=True, slots=True)
class FailureState:
    """Risk groups that are down at once, as a mask over the candidate links and exchanges."""

    id: str
    """`duct:duct-a-b`."""
    kind: StateKind
    links: frozenset[str]
    """Candidate links that are down."""
    exchanges: frozenset[str]
    """Exchanges that are down."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """What may stand in more than one place: bridges, servers of small data centres, workloads with several sites."""

    homes: Mapping[str, str] = field(default_factory=dict)
    """Group of endpoints (`topology.conference`) → site whose bridges serve it; the core serves the others."""
    boxes: Mapping[str, int] = field(default_factory=dict)
    """Site → bridges there; the core's are machines of the data centre."""
    core_bridges: int | None = None
    """Bridges at the core; None is as many as the homes need."""
    moved: frozenset[str] | None = None
    """Small data centres whose servers move in and whose users reach them over their line; None when that is not
    decided: then all have room, and no line carries their users."""
    stands: Mapping[str, str] = field(default_factory=dict)
    """Workload → site of the room where its machines stand, for those away from the core."""
    stands_mbps: Mapping[str, float] = field(default_factory=dict)
    """The same workloads → busy-hour Mbit/s of their machines each way, which the lines of that site carry."""


FLAT = Hosting()
"""All bridges at the core; nothing decided about small data centres."""


@dataclass(frozen=True, slots=True)
class Network:
    """All that the network planner reads."""

    records: Records
    core: str
    links: tuple[CandidateLink, ...]
    """Sorted by id."""
    demands: dict[str, SiteDemand]
    """Site → demand; the core has none."""
    states: tuple[FailureState, ...]
    """All single states of the kinds that some class must survive, plus those only reported; sorted by id."""
    hosting: Hosting = FLAT
    """Where bridges and the servers of small data centres stand; the demands follow it."""
