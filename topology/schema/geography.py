"""Where things are: the province, its sites, the carriers' exchanges."""

from typing import Annotated

from pydantic import Field

from topology.schema.base import Amount, CarrierId, Count, Id, Name, Quality, Record, Share, SiteClass

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Source(Record):
    """One source that figures refer to by its key (`sources.yaml`)."""

    id: str
    """Short key, as used in `source` fields."""
    title: str
    """What it is."""
    where: str
    """Public address or citation."""
    licence: str
    """Licence, or 'facts'."""


class Population(Record):
    """Population of one year."""

    year: int = Field(ge=1990, le=2100)
    """Calendar year."""
    people: Count
    """Inhabitants."""


class Province(Record):
    """The province itself (`province.yaml`)."""

    id: Id
    """Folder name of the records."""
    name: Name
    """Official name."""
    core: Id
    """Site id of the data centre, where all demands end."""
    population: tuple[Population, ...]
    """Official series, oldest first."""
    plan_year: int = Field(ge=2000, le=2100)
    """First budget year of the plan."""
    address_block: str
    """The private IPv4 /16 that the address plan divides."""
    domain: str = Field(pattern=r"^[a-z0-9.-]+$")
    """DNS domain of the machines."""


class Site(Record):
    """One point of the dedicated network (`sites.csv`)."""

    id: Id
    """`commune-05083`: class and official code, because names repeat."""
    name: str
    """Official name."""
    site_class: SiteClass = Field(alias="class")
    """Decides the policy that applies."""
    district: Id | None = None
    """Id of the district site it belongs to; empty for departments and the core."""
    lat: Latitude
    """Degrees, WGS 84."""
    lon: Longitude
    """Degrees, WGS 84."""
    position_quality: Quality
    """How the position was found."""
    address_slot: int = Field(ge=0, le=511)
    """Position in the address plan, unique within the site's block; given once and kept for ever."""
    population: int = Field(ge=0, default=0)
    """Inhabitants served (communes); 0 elsewhere."""
    officials: int = Field(ge=0)
    """Officials working at the site."""
    officials_quality: Quality
    """How the number of officials was found."""
    source: str
    """Key into `sources.yaml`."""


class Exchange(Record):
    """A carrier's exchange: a candidate concentration point (`exchanges.csv`)."""

    id: Id
    """`exchange-...`."""
    name: str
    """Place."""
    host: bool
    """True for the one HOST exchange, to which the others switch."""
    carriers: tuple[CarrierId, ...] = Field(min_length=1)
    """Fixed carriers present, `|`-separated in the CSV."""
    lat: Latitude
    """Degrees, WGS 84."""
    lon: Longitude
    """Degrees, WGS 84."""
    near: Id
    """Site in whose place it stands: their ducts meet there."""
    concentration_one_off_vnd: int = Field(ge=0)
    """Price of equipping it as a concentration point, VND."""
    concentration_monthly_vnd: int = Field(ge=0)
    """Rent, power and support, VND a month."""
    max_trunk_mbps: int = Field(gt=0)
    """Largest traffic that its equipment takes, Mbit/s."""
    quality: Quality
    """Quality of position and prices."""
    source: str
    """Key into `sources.yaml`."""


class Observed(Record):
    """What was measured in one year."""

    year: int = Field(ge=1990, le=2100)
    """Calendar year."""
    value: Amount
    """In one unit throughout a series."""


class Growth(Record):
    """Expected growth of a group of services, per year, with its band."""

    p50: Share
    """Median yearly growth, fraction."""
    p90: Share
    """Yearly growth exceeded in one case of ten, fraction."""
    series: tuple[Observed, ...] = ()
    """Use in past years, oldest first: from four years on its trend takes the place of both rates
    (docs/models/years.md)."""
