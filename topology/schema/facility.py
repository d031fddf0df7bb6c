"""Where machines stand and what can be bought: rooms, racks, feeds, host models."""

from typing import Literal

from pydantic import Field

from topology.schema.base import Amount, Count, Id, Level, Lifetime, Name, Quality, Record, Share, Weight


class Places(Count):
    """Places for racks in one room."""

    value: int = Field(ge=0, le=20)
    """How many."""


class Feed(Record):
    """One power path of a room."""

    id: Id
    """`feed-a`."""
    capacity_w: Amount
    """Continuous watts that it carries alone (UPS and breaker)."""
    source_path: str
    """Where the power comes from, to judge independence."""


class Rack(Record):
    """One rack."""

    id: Id
    """`rack-1`."""
    height_u: int = Field(ge=1, le=60)
    """Rack units."""
    reserved_u: int = Field(ge=0, le=60)
    """Units taken by switches, patch panels, storage."""
    feed_limit_w: Amount
    """Watts per feed at the rack's distribution unit."""
    cooling_w: Amount
    """Heat that the room removes from this rack."""
    max_weight_kg: Amount
    """Load allowed by floor and frame."""
    switch_ports: Count
    """10 Gbit/s ports of its switches left for hosts and appliances."""
    reserved_w: Amount
    """Watts of the equipment that already stands in it."""
    reserved_kg: Amount
    """Weight of the equipment that already stands in it."""


class Room(Record):
    """A room of the data centre, at the core or at another site (`facility.yaml`)."""

    id: Id
    """Short id."""
    site: Id
    """Site where it is: the core, or another point of the network, whose lines then carry what its machines do."""
    feeds: tuple[Feed, ...] = Field(min_length=1)
    """Power paths."""
    racks: tuple[Rack, ...] = Field(min_length=1)
    """Racks."""
    cooling_w: Amount
    """Heat removed with one cooling unit out of service."""
    pue: Amount
    """Power usage effectiveness."""
    flood_zone: Id | None = None
    """Flood zone it stands in."""
    spare_racks: Places | None = None
    """Places left for further racks, each with the limits of the room's first rack and nothing reserved in it."""
    rack_price_vnd: Count | None = None
    """Price of one further rack with its switches and power distribution."""


class HostModel(Record):
    """A server that can be bought (`catalogue.yaml`)."""

    id: Id
    """`host-2s-32c-512g`."""
    threads: Count
    """Hardware threads."""
    memory_gib: Amount
    """GiB."""
    disk_gib: Amount
    """Usable GiB after redundancy."""
    iops: Amount
    """Operations a second."""
    network_mbps: Amount
    """All ports together, one lost."""
    height_u: int = Field(ge=1, le=20)
    """Rack units."""
    power_w: Amount
    """Watts at full load."""
    weight_kg: Amount
    """With rails."""
    ports: Count
    """Switch ports it needs."""
    price_vnd: Count
    """Purchase."""
    support_vnd_per_year: Count
    """Support contract."""
    life_years: Lifetime
    """Depreciation."""


class ExistingHost(Record):
    """A server that is there already and is kept."""

    id: Id
    """`host-01`."""
    model: Id
    """Host model."""
    rack: Id
    """Where it stands."""
    bought_year: int
    """Year of purchase."""
    source: str
    """Key into `sources.yaml`."""
    quality: Quality
    """Quality of the statement."""


class PlacementPolicy(Record):
    """Rules for the data centre (`policy.yaml`, `placement`)."""

    vcpu_per_thread: Amount
    """Overcommitment of processors."""
    memory_reserve_share: Share
    """Kept free for the hypervisor."""
    disk_reserve_share: Share
    """Kept free."""
    warn_share: Share
    """From here a resource is listed as nearly full."""
    full_share: Share
    """From here a resource counts as full."""
    survive: tuple[Literal["host", "rack", "feed"], ...]
    """After the loss of any one of these everything is placed again."""
    zone_levels_physical_from: Level
    """From this level on machines share no host with lower levels."""
    host_failures_per_year: Amount
    """Of one host."""
    rack_failures_per_year: Amount
    """Of one rack's switches or power strips."""
    restart_minutes: Amount
    """Until the machines of a failed host or rack run again on another one."""
    machine_unavailability: Share
    """Of the software of one virtual machine: updates, crashes."""
    appliance_unavailability: Share
    """Of one appliance, repair included."""
    room_unavailability: Share
    """Of a room's power and cooling as a whole."""
    licences: dict[Id, int] = Field(default_factory=dict)
    """Licence → number of hosts that it covers, failures included."""


class YearBudget(Record):
    """The budget of one year that differs from the others."""

    year: int = Field(ge=2000, le=2100)
    """Calendar year."""
    purchases_vnd: Count
    """Purchases of that year."""


class MoneyPolicy(Record):
    """Rules for money (`policy.yaml`, `money`)."""

    horizon_years: int = Field(ge=1, le=15)
    """Length of the plan."""
    discount_rate: Share
    """Yearly."""
    energy_vnd_per_kwh: Amount
    """Electricity price."""
    annual_budget_vnd: Count
    """Purchases a year."""
    budgets: tuple[YearBudget, ...] = ()
    """Lifetime in which it is another."""
    high_growth_weight: Weight = Weight(
        value=0.3, quality="assumption", source="Swanson's rule: Keefer and Bodily, Management Science 29, 1983"
    )
    """Weight of the P90 band when the costs of the bands are averaged, fraction."""
    appliance_life_years: Lifetime = Lifetime(
        value=7, quality="assumption", source="usual depreciation of network equipment"
    )
    """Depreciation of firewalls and other appliances."""
    appliance_support_share: Share = Share(value=0.1, quality="assumption", source="usual maintenance contracts")
    """Support of an appliance, per year, as a fraction of its price."""

    def budget_vnd(self, year: int) -> int:
        """Return the budget for the purchases of a year."""
        return {one.year: one.purchases_vnd.value for one in self.budgets}.get(year, self.annual_budget_vnd.value)


class SanityFact(Record):
    """A stated fact that is checked against the records (`facts.yaml`)."""

    id: Id
    """`fact-25-points`."""
    row: int = Field(ge=1, le=50)
    """Row of docs/records.md."""
    text: Name
    """The fact in words."""
    value: float | None = None
    """The stated number."""
    check: Literal["equals", "at-most", "at-least", "sum", "none"]
    """How it is compared."""
    against: str
    """What it is compared with: an expression known to `topology.facts`, or who uses it."""
    parts: tuple[float, ...] = ()
    """For `sum`: the stated parts."""
    quality: Quality
    """Quality mark."""
    source: str
    """Key into `sources.yaml`."""
    finding: Name | None = None
    """Shown when the stated facts contradict each other: kept, not hidden."""


class Slice(Record):
    """The part of the plan that is brought up in the lab (`slice.yaml`)."""

    machines: tuple[Id, ...] = Field(min_length=1)
    """Machine ids of the data centre."""
    sites: tuple[Id, ...]
    """Sites whose gateway and one client are brought up."""
