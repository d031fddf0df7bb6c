"""What links can be made of: carriers, ducts, mobile coverage, modules to buy."""

from typing import Literal

from pydantic import Field

from topology.schema.base import Amount, CarrierId, Count, Id, Quality, Record, Share

Medium = Literal["fibre", "mobile"]


class Carrier(Record):
    """A telecom enterprise (`carriers.yaml`)."""

    id: CarrierId
    """Short id, used in link ids."""
    name: str
    """Registered name."""
    fixed: bool
    """Leases fixed lines."""
    mobile: bool
    """Runs a mobile network."""
    telephony: bool = False
    """Offers fixed telephony."""
    internet: bool = False
    """Sells Internet transit to the data centre."""
    price_factor: Amount
    """Multiplies the module prices of the catalogue."""
    districts: tuple[Id, ...]
    """District sites in whose area it has fixed cable; empty for a purely mobile carrier."""
    mttr_hours: Amount
    """Mean time to repair a cut of its cable, hours."""
    outage_hours_per_year: Amount
    """Hours a year in which its whole network is down, whatever the cause."""
    contract: bool = True
    """The province leases from it; without a contract its cable is there, but no line of it."""


class Duct(Record):
    """A duct or pole route between two places (`ducts.csv`): the finest thing that is cut at once."""

    id: Id
    """`duct-<a>-<b>`."""
    a: Id
    """Site or exchange."""
    b: Id
    """Site or exchange."""
    length_km: float = Field(gt=0)
    """Along the road, km."""
    carriers: tuple[CarrierId, ...] = Field(min_length=1)
    """Carriers whose cable runs in it: two names in one duct are one risk."""
    underground: bool
    """Underground, else aerial."""
    flood_zone: Id | None = None
    """Zone that floods at once, if any."""
    cuts_per_100km_year: float = Field(ge=0)
    """Expected cuts a year per 100 km."""
    quality: Quality
    """Quality of route and length."""
    source: str
    """Key into `sources.yaml`."""


class MobileCoverage(Record):
    """What one mobile carrier can give one site as a backup (`mobile.csv`)."""

    site: Id
    """Site covered."""
    carrier: CarrierId
    """Mobile carrier."""
    rate_mbps: float = Field(gt=0)
    """Usable rate at busy hour, Mbit/s each way."""
    indoor: bool
    """False in a dead zone: the site needs an outdoor aerial and the backup costs more."""
    backhaul: Literal["fibre", "microwave"]
    """How the mast is connected: by a fibre in a duct that `backhaul_duct` names, or through the air."""
    backhaul_duct: Id | None = None
    """Duct that the mast's fibre shares; a backup through it does not protect a path through it."""
    quality: Quality
    """Quality of the rate."""
    source: str
    """Key into `sources.yaml`."""


class LinkModule(Record):
    """A capacity that can be bought for a link (`modules.yaml`)."""

    id: Id
    """`fibre-100m`."""
    medium: Medium
    """What it runs on: fibre in ducts for access, trunk and Internet lines; the air for mobile backups."""
    use: tuple[Literal["access", "trunk", "internet", "mobile"], ...] = Field(min_length=1)
    """Where it may be used."""
    capacity_mbps: Amount
    """Each way, Mbit/s."""
    one_off_vnd: Count
    """Installation, VND."""
    monthly_vnd: Count
    """Lease independent of length, VND a month."""
    monthly_per_km_vnd: Count
    """Lease per kilometre of route, VND a month."""
    max_per_link: int = Field(ge=1, le=64, default=1)
    """How many of it one link can hold."""
    outdoor: bool = False
    """With an outdoor aerial: the only mobile module that works in a dead zone."""


class ExistingLink(Record):
    """A line already leased (`existing_links.yaml`): it costs its month, and a change costs its one-off price."""

    kind: Literal["access", "trunk", "internet", "mobile"] = "access"
    """What it is for."""
    site: Id
    """Where it starts: a site; for a trunk an exchange."""
    to: Id
    """Where it ends: the core or an exchange; for a mobile backup the core."""
    carrier: CarrierId
    """Who leases it out."""
    route: Literal[1, 2] = 1
    """2 when it takes the carrier's second route, which shares no duct with the shortest one."""
    module: Id
    """Module leased."""
    count: int = Field(ge=1, le=64, default=1)
    """How many of it."""
    source: str
    """Key into `sources.yaml`."""
    quality: Quality
    """Quality of the statement."""

    @property
    def line(self) -> tuple[str, str, str, str, int]:
        """Which line it is; one line may hold several modules, each a record."""
        return self.kind, self.site, self.to, self.carrier, self.route

    @property
    def key(self) -> str:
        """Name of the record: line and module."""
        kind = "" if self.kind == "access" else f"{self.kind}-"
        second = "-2" if self.route == 2 else ""
        return f"{kind}{self.site}-{self.to}-{self.carrier}{second}-{self.module}"


class ClassPolicy(Record):
    """What sites of one class are promised (`policy.yaml`, `classes`)."""

    access_mbps: Amount
    """Smallest access rate to buy, Mbit/s."""
    backup: Literal["none", "mobile", "fixed", "any"]
    """What the second path may be: `fixed` demands a second fixed path, `any` takes the cheaper."""
    degraded_share: Share
    """Share of the busy-hour demand that the backup must carry."""
    survive: tuple[Literal["link", "duct", "exchange", "carrier", "flood"], ...]
    """Kinds of risk group of which any single one may fail without cutting the site off."""
    availability: Share
    """Target availability."""
    realtime_share_max: Share
    """Largest share of an access link that voice and videoconference may take."""


class NetworkPolicy(Record):
    """Rules for the whole network (`policy.yaml`, `network`)."""

    max_occupancy: Share
    """Largest load of a link, any direction, any state to be survived; Circular 19/2023/TT-BTTTT: below 0.9."""
    warn_occupancy: Share
    """From here a link is listed as a warning."""
    detour_factor: Amount
    """Road length over straight distance, at least 1; ducts much longer than that are listed."""
    max_hops: int = Field(ge=1, le=6)
    """Most links between a site and the core."""
    access_candidates: int = Field(ge=1, le=12)
    """Nearest concentration points per carrier that a site may home to."""
    node_unavailability: Share
    """Of one concentration point."""
    mobile_unavailability: Share
    """Of one mobile backup."""
    site_unavailability: Share
    """Of router and power at one site."""
    flood_unavailability: Share
    """Share of time in which the ducts of one flood zone are cut by water."""
