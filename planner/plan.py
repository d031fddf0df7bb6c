"""The plan: what the planner decided, why, what it costs, and what proves it.

This is the contract that stacks, inventory, playbooks, tests and reports read; nobody downstream reads the records.
A plan is frozen, holds no date, duration or machine name, and is byte-identical for the same records and version
(those stand beside it in the run record, `planner.plan_io.RunRecord`).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from topology.schema.base import Id, InterfaceName, Level, Name, ServiceClass, SiteClass

Vnd = Annotated[int, Field(description="Vietnamese đồng")]
StateId = str
"""`normal`, or kind and id: `link:…`, `duct:…`, `exchange:…`, `carrier:…`, `flood:…`, `host:…`, `rack:…`, `feed:…`."""


class Part(BaseModel):
    """A piece of the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Why(Part):
    """The reason of one decision, as a code and its facts so that it can be said in any language."""

    code: str
    """Reason code; the texts are in `provdc/text`."""
    facts: dict[str, str | float | int] = {}
    """Values that the text names."""
    binding: tuple[str, ...] = ()
    """Names of the constraints that bind, in the words of docs/models."""


class Alternative(Part):
    """Something else that could have been chosen, and what it would cost more."""

    choice: str
    """In the plan's ids."""
    extra_vnd: Vnd
    """Present value over the horizon, more than the choice made."""


class Cost(Part):
    """Money of one thing."""

    one_off_vnd: Vnd = 0
    """Paid once."""
    monthly_vnd: Vnd = 0
    """Paid each month."""
    present_value_vnd: Vnd = 0
    """Over the horizon, discounted: the number that is minimised."""


class Proof(Part):
    """What the solver can say for itself."""

    part: Literal["network", "datacentre", "years", "joint", "moves"]
    """Which half, or the purchases of all years; `joint`: bridges, rooms and both halves; `moves`: order of moves."""
    status: Literal["optimal", "feasible"]
    """`optimal` when the gap is within the tolerance of the model."""
    objective: float
    """Present value, VND (primary objective)."""
    bound: float
    """No plan is cheaper than this."""
    gap: float
    """(objective - bound) / objective."""
    solver: str
    """Name and version."""
    seed: int
    """Master seed."""
    work: dict[str, int] = {}
    """Deterministic measures: rounds, states added, nodes."""
    cut_short: bool = False
    """True when the wall clock ended the search: such a plan need not be byte-identical."""


class Assumption(Part):
    """A figure of quality `assumption` that the plan rests on."""

    where: str
    """File and line in the records."""
    what: str
    """Which figure."""
    value: str
    """Its value."""
    reason: str
    """Its stated source."""


class Finding(Part):
    """A warning or a contradiction in the records that the reader must know."""

    code: str
    """Error or warning code."""
    where: str
    """File:line:col."""
    text: Name
    """In both languages."""


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
    """Of these, how many cut a site off from every line."""
    worst_pairs: tuple[tuple[StateId, int], ...]
    """Ten pairs that cut most off, `one+other`, with the number of nodes."""
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


class HostDecision(Part):
    """A physical server: existing or to buy."""

    id: Id
    """`host-01`."""
    model: Id
    """Host model."""
    rack: Id
    """Where it stands."""
    bottom_u: int
    """Lowest rack unit, 1 at the floor."""
    feeds: tuple[Id, ...]
    """Power paths it is plugged into."""
    existing: bool
    """Kept, not bought."""
    machines: tuple[Id, ...]
    """VMs placed on it."""
    used: dict[str, float]
    """vcpu, memory_gib, disk_gib, iops, network_mbps used."""
    usable: dict[str, float]
    """The same, usable after overcommitment and reserves."""
    height_u: int
    """Rack units."""
    power_w: float
    """Watts at full load."""
    weight_kg: float
    """Weight."""
    ports: int
    """Switch ports."""
    cost: Cost
    """Purchase, support, energy."""
    why: Why
    """Why it is there."""


class Interface(Part):
    """One leg of a machine."""

    segment: Id
    """Segment it stands in."""
    name: InterfaceName
    """Name inside the machine."""
    address: str
    """IPv4 address with prefix length, `10.17.2.11/24`."""
    gateway: str | None = None
    """Default gateway, on at most one interface."""
    virtual: tuple[str, ...] = ()
    """Addresses with prefix length that move between the members of a pair (VRRP)."""


class Machine(Part):
    """A VM, an appliance, a site gateway or a client: what Ansible can reach."""

    id: Id
    """`fw-a`, `mail-1`, `gw-05083`; the host name too."""
    fqdn: str
    """Full name."""
    role: Id
    """Kind of machine: decides playbook and components."""
    service: Id | None
    """Service it belongs to."""
    site: Id
    """Where it is."""
    zone: InterfaceName
    """Security zone of its first interface."""
    level: Level
    """Security level."""
    form: Literal["vm", "appliance", "client"]
    """How it is built."""
    host: Id | None = None
    """Physical server of a VM."""
    rack: Id | None = None
    """Rack of an appliance, or of the VM's host."""
    bottom_u: int | None = None
    """Lowest rack unit of an appliance."""
    peer: Id | None = None
    """The other member of a pair."""
    interfaces: tuple[Interface, ...]
    """Its legs; the first one names it in the inventory."""
    vcpu: float = 0
    """Virtual processors."""
    memory_gib: float = 0
    """GiB."""
    disk_gib: float = 0
    """GiB."""
    iops: float = 0
    """Operations a second."""
    network_mbps: float = 0
    """Mbit/s."""
    height_u: int = 0
    """Rack units of an appliance."""
    power_w: float = 0
    """Watts of an appliance."""
    sizing: tuple[tuple[str, str], ...] = ()
    """The arithmetic of its size, step by step: (what, formula with numbers)."""
    cost: Cost = Cost()
    """Purchase of an appliance."""
    why: Why
    """Why it is there, of this size, on this host."""


class RackUse(Part):
    """What a rack carries, all planned things included."""

    id: Id
    """Rack."""
    room: Id
    """Room."""
    height_u: int
    """Rack units."""
    used_u: int
    """Taken, reserved units included."""
    power_w: float
    """Watts of everything in it."""
    feed_limit_w: float
    """Watts that one feed carries alone at this rack."""
    cooling_w: float
    """Heat removed."""
    weight_kg: float
    """Weight of everything in it."""
    max_weight_kg: float
    """Allowed."""
    ports: int
    """Switch ports used."""
    switch_ports: int
    """Switch ports there."""


class Evacuation(Part):
    """Where machines go when something fails: the proof of N+1."""

    state: StateId
    """`host:…`, `rack:…` or `feed:…`."""
    moves: dict[Id, Id]
    """Machine → host it starts on again."""


class DataCentre(Part):
    """The data-centre half."""

    hosts: tuple[HostDecision, ...]
    """Sorted by id."""
    racks: tuple[RackUse, ...]
    """Sorted by id."""
    evacuations: tuple[Evacuation, ...]
    """One for each state that must be survived."""
    used_share: dict[str, float]
    """Resource → used share of the pool with the worst survived failure."""


class Segment(Part):
    """A layer-2 segment with its subnet."""

    id: Id
    """`seg-dmz`, `seg-wan`, `seg-05083-lan`."""
    zone: InterfaceName
    """Zone it belongs to."""
    site: Id
    """Where it is."""
    vlan: int
    """802.1Q id."""
    vrf: Literal["tslcd", "internet", "mgmt"]
    """Routing instance."""
    prefix: str
    """IPv4 prefix."""
    gateway: str | None
    """Address of the default gateway, if there is one."""


class ZonePlan(Part):
    """A security zone with all its prefixes."""

    id: InterfaceName
    """Zone."""
    name: Name
    """For reports."""
    kind: str
    """As in `topology.schema.services.Zone.kind`."""
    prefixes: tuple[str, ...]
    """All prefixes, sorted."""
    interface: InterfaceName | None
    """The firewall's interface that leads there."""
    separation: Literal["logical", "physical"]
    """How it is kept apart."""


class FlowPlan(Part):
    """An allowed flow with its addresses."""

    id: Id
    """As in the records."""
    source: InterfaceName
    """Zone."""
    destination: InterfaceName
    """Zone."""
    source_addresses: tuple[str, ...]
    """Prefixes or addresses; empty means all of the zone."""
    destination_addresses: tuple[str, ...]
    """Prefixes or addresses; empty means all of the zone."""
    protocol: Literal["tcp", "udp", "icmp"]
    """Transport."""
    ports: tuple[int, ...]
    """Destination ports."""
    purpose: str
    """Why it is allowed."""
    max_connections: int | None = None
    """Limit of concurrent connections per source."""


class WorstSite(Part):
    """Where a service is there least."""

    site_class: SiteClass
    """Among the sites of this class."""
    site: Id
    """The site."""
    share: float
    """Share of time in which both the service and the site's path are up."""


class ServiceAvailability(Part):
    """How often a service runs."""

    centre: float | None
    """Share of time in which enough of its machines are up; None when it has none here."""
    low: float
    """It is not less."""
    high: float
    """It is not more."""
    method: Literal["exact", "bounds", "sampled"]
    """As for a site."""
    at: tuple[WorstSite, ...]
    """At the worst site of each class that uses it."""
    weakest: tuple[Weakness, ...] = ()
    """What costs most in the data centre, most first."""


class ServiceLoad(Part):
    """A service with what it asks for."""

    id: Id
    """Service."""
    name: Name
    """For reports."""
    level: Level
    """Security level."""
    machines: tuple[Id, ...]
    """Its machines."""
    down_mbps: float
    """Busy hour on the network, core to sites."""
    up_mbps: float
    """Busy hour on the network, sites to core."""
    integrates: tuple[Id, ...] = ()
    """Services it talks to through the integration platform."""
    availability: ServiceAvailability | None = None
    """How often it runs."""


class Full(Part):
    """When something is full if services grow as the records expect."""

    kind: Literal["resource", "line"]
    """Of the hosts' pool after the worst survived loss, or a primary access line."""
    id: str
    """Resource, or link."""
    share: float
    """In use today."""
    p50: str | None
    """First quarter in which it is full at median growth, `2028-Q3`; None when it is not within 20 years."""
    p90: str | None
    """The same if every service grows at its P90."""


class LedgerEntry(Part):
    """One capacity and who has a claim on it; docs/models/ledger.md says how each number is found."""

    kind: Literal["rack", "feed", "room", "hosts", "link"]
    """What the capacity belongs to."""
    id: str
    """Rack, feed, room, link; `hosts`, or `hosts:` and what sets a pool of them apart."""
    resource: str
    """`height_u`, `power_w`, `heat_w`, `weight_kg`, `ports`; a resource of hosts; `a-b` and `b-a` of a link, Mbit/s."""
    capacity: float
    """All there is."""
    used: float
    """By what is there already."""
    planned: float
    """By what the plan adds."""
    reserve: float
    """Kept for the worst failure that must be survived."""
    committed: float
    """What committed scenarios need beyond the plan."""
    free: float
    """What is left, below 0 when committed scenarios need more than there is."""
    share: float
    """Claimed part as the limits are compared with it."""
    state: Literal["good", "warn", "full"]
    """Against the records' limits, 70 % and 90 % unless they say otherwise."""


class Buy(Part):
    """A purchase of one year."""

    year: int
    """At whose start it is made."""
    kind: Literal["host", "appliance", "rack", "link"]
    """What is bought."""
    what: str
    """Host model, workload of the appliance, room of the rack, or link."""
    where: str
    """Rack; of a link nothing."""
    pool: str = ""
    """Of a host: machines that may stand on it."""
    count: int = 1
    """How many."""
    modules: dict[Id, int] = {}
    """Of a link: what is leased from then on."""
    one_off_vnd: Vnd
    """Paid at the start of the year."""
    reason: Literal["plan", "growth", "replacement"]
    """Decided by the plan for today's demand; because demand grows; because its life is over."""


class YearMoney(Part):
    """The money of one year."""

    year: int
    """Calendar year."""
    budget_vnd: Vnd
    """For purchases."""
    purchases_vnd: Vnd
    """Paid at the start of the year."""
    over_vnd: Vnd
    """Purchases above the budget."""
    lease_vnd: Vnd
    """Links and concentration points, twelve months."""
    support_vnd: Vnd
    """Hosts and appliances, twelve months."""
    energy_vnd: Vnd
    """Twelve months at full load, cooling included."""
    depreciation_vnd: Vnd
    """Straight line over the life of hosts and appliances."""
    book_vnd: Vnd
    """Value of hosts and appliances in the books at the end of the year."""
    present_value_vnd: Vnd
    """Of everything paid in the year."""


class BandPlan(Part):
    """What is bought if demands grow as in a band."""

    band: Literal["p50", "p90"]
    """Every service at its median rate, or every service at its P90."""
    weight: float
    """In the expected cost."""
    buys: tuple[Buy, ...]
    """By year; those of the first year are the same in every band."""
    money: tuple[YearMoney, ...]
    """Of each year."""
    use: dict[str, tuple[float, ...]]
    """Resource → share in use of the hosts there, at the end of each year and after the worst survived loss."""
    present_value_vnd: Vnd
    """Of everything over the horizon."""
    alone_vnd: Vnd
    """The same if this band had been certain from the start."""
    regret_vnd: Vnd
    """present_value_vnd - alone_vnd: paid for not knowing."""


class Remaining(Part):
    """How long something that is there lasts if nothing is bought."""

    kind: Literal["resource", "facility", "appliance", "line", "trunk"]
    """Of the hosts' pool, of a room, an appliance, an access line, a trunk."""
    id: str
    """Resource, room and resource, workload, or link."""
    unit: str
    """Of used and limit."""
    used: float
    """Today; of a link in its worst survived state."""
    limit: float
    """All there is, after the worst survived loss."""
    share: float
    """used / limit."""
    warn: float
    """Share from which it is listed as nearly full."""
    full: float
    """Share from which it counts as full."""
    p50_warn: str | None
    """First month, `2028-07`, in which it is nearly full at median growth; None when not within 20 years."""
    p50_full: str | None
    """The same, full."""
    p90_warn: str | None
    """If every service grows at its P90."""
    p90_full: str | None
    """The same, full."""
    step: str
    """What is bought to have more: host model, rack, unit, module; empty when nothing is on offer."""
    step_vnd: Vnd
    """Price of one, paid once."""


class Years(Part):
    """Purchases year by year."""

    first_year: int
    """Budget year in which the plan begins."""
    horizon_years: int
    """Length."""
    bands: tuple[BandPlan, ...]
    """P50, then P90."""
    now: tuple[Buy, ...]
    """What to buy in the first year, whichever band comes true."""
    expected_vnd: float
    """Weighted present value: what is minimised."""
    perfect_vnd: float
    """The same if the band were known: no plan without that knowledge is cheaper."""
    information_vnd: float
    """expected_vnd - perfect_vnd: what knowing the band would be worth."""
    least_regret_vnd: float
    """Smallest regret of the worse band that any first year's purchases leave."""
    least_regret_bound_vnd: float
    """Proved lower bound of it."""
    regretless: bool
    """Whether `now` leaves no larger regret than that."""
    short: tuple[str, ...]
    """What no purchase of the catalogue satisfies, in words; empty in a whole plan."""
    remaining: tuple[Remaining, ...]
    """Everything that fills up, what is full first first."""


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


class Citation(Part):
    """A source that figures rest on."""

    id: str
    """Key of the records."""
    title: str
    """What it is."""
    where: str
    """Public address or citation."""
    licence: str
    """Licence, or 'facts'."""


class ScenarioUse(Part):
    """A scenario that the records were patched by."""

    id: Id
    """Scenario."""
    name: Name
    """For reports."""
    why: Name
    """What case it is."""
    committed: bool
    """Decided, not only asked."""
    over: Literal["records", "plan"]
    """Whether it stands on the lines of the province's own plan."""
    values: int
    """Values of the records that it changed."""


class LineChange(Part):
    """What happens to one line when a scenario takes the place of the plan that is there."""

    link: Id
    """Link of the old plan, the new one, or both."""
    kind: Literal["access", "trunk", "mobile", "internet"]
    """What it is for."""
    a: Id
    """Where it starts."""
    carrier: Id
    """Who leases it out."""
    action: Literal["keep", "upgrade", "reduce", "new", "cancel"]
    """`upgrade` and `reduce`: other modules on the same line."""
    before: dict[Id, int]
    """Module → number leased now; empty for a new line."""
    after: dict[Id, int]
    """Module → number leased then; empty for a cancelled line."""
    monthly_before_vnd: Vnd
    """Now, VND a month."""
    monthly_after_vnd: Vnd
    """Then, VND a month."""
    one_off_vnd: Vnd
    """Paid for the change."""
    transition_vnd: Vnd
    """Rent paid twice, and for ending a lease before its term."""
    wave: int
    """Order of the works: 1 comes first; 0 when nothing is done."""
    order_by: str | None
    """Last day on which the line, its change or its end must be ordered, `2025-05-17`; None when it is kept."""
    on: str | None
    """Day on which the line works, or ends; None when it is kept."""


class Changeover(Part):
    """From the lines that are there to those of the plan."""

    effective: str
    """Day on which the new network must work."""
    lines: tuple[LineChange, ...]
    """Sorted: by wave, then by link; those that are kept come last."""
    counts: dict[str, int]
    """Action → number of lines."""
    monthly_before_vnd: Vnd
    """Of all lines now, VND a month."""
    monthly_after_vnd: Vnd
    """Of all lines then, VND a month."""
    one_off_vnd: Vnd
    """Of all changes."""
    transition_vnd: Vnd
    """Rent paid twice, and for ending leases before their term."""
    pays_back_months: float | None
    """One-off and transition over what is saved each month; None when nothing is saved."""


class CostSummary(Part):
    """Money of the whole plan."""

    network: Cost
    """All links and concentration points."""
    datacentre: Cost
    """Hosts, appliances, energy."""
    conference: Cost = Cost()
    """Bridges away from the data centre."""
    consolidation: Cost = Cost()
    """Moving the servers of small data centres."""
    total: Cost
    """All of them; what emptied rooms save is not taken off."""
    horizon_years: int
    """Years that the present value covers."""
    discount_rate: float
    """Yearly."""


class Verdict(Part):
    """What the independent checker found."""

    checked: int
    """Number of single checks."""
    states: int
    """Failure states examined."""
    violations: int
    """0, else no plan is written."""


class Place(Part):
    """A place on the map that takes no decision of its own."""

    name: str
    """Official name."""
    lat: float
    """Degrees."""
    lon: float
    """Degrees."""


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
    joint: Proof | None = None
    """Bridges, rooms, data centre and network together: no other combination costs less than the bound."""
    moves_proof: Proof | None = None
    """Order of the moves: objective and bound are VND paid for rooms until they are empty."""
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
