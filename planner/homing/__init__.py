"""Single-sink dual homing with dedicated backup capacity: two disjoint paths a site, links bought in sizes.

A sibling of `planner.network`, not a part: there backup capacity is shared between failure states, lines are directed
and end at exchanges; here every site books its demand on both paths, and sites may lead each other's traffic onward.
docs/models/homing.md states the mathematics.
"""

from planner.homing.instance import Instance, InstanceError, read
from planner.homing.search import Answer, solve

__all__ = ["Answer", "Instance", "InstanceError", "read", "solve"]
