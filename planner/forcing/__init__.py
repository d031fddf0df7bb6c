"""What another choice would cost, and other plans hardly dearer; docs/models/forcing.md states the bounds."""

from planner.forcing.forced import Forced
from planner.forcing.price import Forcing
from planner.forcing.wish import Wish, WishError, wish

__all__ = ["Forced", "Forcing", "Wish", "WishError", "wish"]
