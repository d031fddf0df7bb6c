"""The network half: paths, concentration points, modules; docs/models/network.md states the mathematics."""

from planner.network.solve import NetworkAnswer, solve

__all__ = ["NetworkAnswer", "solve"]
