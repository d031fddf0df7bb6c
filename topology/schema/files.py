"""Which file of a province holds which records: the models of whole files, for loading and for editors."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from topology.schema.base import Figure, Record, SiteClass
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
from topology.schema.services import Bridge, Conference, Flow, Moving, Service, SmallDataCentre, Zone


class SourcesFile(Record):
    """`sources.yaml`."""

    sources: tuple[Source, ...] = Field(min_length=1)
    """All sources that records refer to."""


class CarriersFile(Record):
    """`carriers.yaml`."""

    carriers: tuple[Carrier, ...] = Field(min_length=1)
    """All carriers."""


class ModulesFile(Record):
    """`modules.yaml`."""

    modules: tuple[LinkModule, ...] = Field(min_length=1)
    """All link modules."""


class ExistingLinksFile(Record):
    """`existing_links.yaml`."""

    existing_links: tuple[ExistingLink, ...]
    """All lines leased already; may be empty."""


class PolicyFile(Record):
    """`policy.yaml`."""

    classes: dict[SiteClass, ClassPolicy]
    """Promise to the sites of each class."""
    network: NetworkPolicy
    """Rules for the network."""
    placement: PlacementPolicy
    """Rules for the data centre."""
    money: MoneyPolicy
    """Rules for money."""


class ServicesFile(Record):
    """One file of `services/`."""

    services: tuple[Service, ...] = Field(min_length=1)
    """Services."""


class ZonesFile(Record):
    """`zones.yaml`."""

    zones: tuple[Zone, ...] = Field(min_length=1)
    """All zones."""


class FlowsFile(Record):
    """`flows.yaml`."""

    flows: tuple[Flow, ...]
    """All allowed flows."""


class FacilityFile(Record):
    """`facility.yaml`."""

    rooms: tuple[Room, ...] = Field(min_length=1)
    """Rooms."""
    existing_hosts: tuple[ExistingHost, ...]
    """Servers that are kept; may be empty."""


class CatalogueFile(Record):
    """`catalogue.yaml`."""

    host_models: tuple[HostModel, ...] = Field(min_length=1)
    """Servers that can be bought."""


class SmallDataCentresFile(Record):
    """`small_data_centres.yaml`."""

    small_data_centres: tuple[SmallDataCentre, ...]
    """Server rooms that may move in; may be empty."""
    moving: Moving | None = None
    """How servers move; without it no order of moves is planned."""


class ConferencesFile(Record):
    """`videoconference.yaml`."""

    conferences: tuple[Conference, ...]
    """Videoconference trees; may be empty."""
    bridge: Bridge | None = None
    """A bridge away from the core; without it all bridges stand at the core."""


class FactsFile(Record):
    """`facts.yaml`."""

    facts: tuple[SanityFact, ...]
    """Stated facts; may be empty."""


class FiguresFile(Record):
    """`figures.yaml`."""

    figures: dict[str, Figure]
    """Single figures by name."""


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file of a province, or with `*` several."""

    pattern: str
    form: Literal["yaml", "csv"]
    model: type[Record]
    """Of the whole file; of one row for CSV."""
    collections: dict[str, str]
    """Field of the file model (or `rows`) → kind of record, the first word of its path."""


FILES: tuple[FileSpec, ...] = (
    FileSpec("province.yaml", "yaml", Province, {}),
    FileSpec("sources.yaml", "yaml", SourcesFile, {"sources": "source"}),
    FileSpec("sites.csv", "csv", Site, {"rows": "site"}),
    FileSpec("exchanges.csv", "csv", Exchange, {"rows": "exchange"}),
    FileSpec("ducts.csv", "csv", Duct, {"rows": "duct"}),
    FileSpec("mobile.csv", "csv", MobileCoverage, {"rows": "mobile"}),
    FileSpec("carriers.yaml", "yaml", CarriersFile, {"carriers": "carrier"}),
    FileSpec("modules.yaml", "yaml", ModulesFile, {"modules": "module"}),
    FileSpec("existing_links.yaml", "yaml", ExistingLinksFile, {"existing_links": "existing-link"}),
    FileSpec("policy.yaml", "yaml", PolicyFile, {}),
    FileSpec("services/*.yaml", "yaml", ServicesFile, {"services": "service"}),
    FileSpec("zones.yaml", "yaml", ZonesFile, {"zones": "zone"}),
    FileSpec("flows.yaml", "yaml", FlowsFile, {"flows": "flow"}),
    FileSpec("facility.yaml", "yaml", FacilityFile, {"rooms": "room", "existing_hosts": "host"}),
    FileSpec("catalogue.yaml", "yaml", CatalogueFile, {"host_models": "host-model"}),
    FileSpec("small_data_centres.yaml", "yaml", SmallDataCentresFile, {"small_data_centres": "small-data-centre"}),
    FileSpec("videoconference.yaml", "yaml", ConferencesFile, {"conferences": "conference"}),
    FileSpec("facts.yaml", "yaml", FactsFile, {"facts": "fact"}),
    FileSpec("figures.yaml", "yaml", FiguresFile, {}),
    FileSpec("slice.yaml", "yaml", Slice, {}),
)
"""In the order in which a reader would open them."""
