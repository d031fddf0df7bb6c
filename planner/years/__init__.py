"""Year by year: what to buy when, under a budget, as demands grow in bands; and when each resource is full."""

from planner.years.solve import with_years

__all__ = ["with_years"]
