"""What the province should be: OR-Tools models, failure sweep, independent checker → plan.json."""

from planner.solve import solve

__all__ = ["solve"]
