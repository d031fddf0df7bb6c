"""How often a site is reached: an estimate from cuts, repair times and unavailabilities of the records."""

from planner.availability.estimate import availabilities, findings

__all__ = ["availabilities", "findings"]
