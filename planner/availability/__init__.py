"""How often sites and services are there: from failure rates, repair times and unavailabilities of the records."""

from planner.availability.estimate import availabilities, findings
from planner.availability.services import services

__all__ = ["availabilities", "findings", "services"]
