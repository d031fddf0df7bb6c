"""The failure engine: what every state does to every site, link and exchange."""

from planner.sweep.engine import Element, Routing, Sweep, Walk, sweep

__all__ = ["Element", "Routing", "Sweep", "Walk", "sweep"]
