"""The network half: paths, concentration points, modules; docs/models/network.md states the mathematics."""

from planner.network.solve import Aim, NetworkAnswer, solve

__all__ = ["Aim", "NetworkAnswer", "solve"]
