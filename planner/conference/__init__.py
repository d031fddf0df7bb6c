"""Which bridges stand where, and which endpoints they serve."""

from planner.conference.bridging import Bridging, Bridgings, Found, box_cost, spare_bridges

__all__ = ["Bridging", "Bridgings", "Found", "box_cost", "spare_bridges"]
