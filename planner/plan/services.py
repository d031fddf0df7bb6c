"""What the plan says of services: availability and traffic."""

from typing import Literal

from planner.plan.network import Weakness
from planner.plan.part import Part
from topology.schema.base import Id, Level, Name, SiteClass


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
