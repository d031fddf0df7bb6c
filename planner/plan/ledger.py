"""The capacity ledger of the plan."""

from typing import Literal

from planner.plan.part import Part


class LedgerEntry(Part):
    """One capacity and who has a claim on it; docs/models/ledger.md says how each number is found."""

    kind: Literal["rack", "feed", "room", "hosts", "link"]
    """What the capacity belongs to."""
    id: str
    """Rack, feed, room, link; `hosts`, or `hosts:` and what sets a pool of them apart."""
    resource: str
    """`height_u`, `power_w`, `heat_w`, `weight_kg`, `ports`; a resource of hosts; `a-b` and `b-a` of a link, Mbit/s."""
    capacity: float
    """All there is."""
    used: float
    """By what is there already."""
    planned: float
    """By what the plan adds."""
    reserve: float
    """Kept for the worst failure that must be survived."""
    committed: float
    """What committed scenarios need beyond the plan."""
    free: float
    """What is left, below 0 when committed scenarios need more than there is."""
    share: float
    """Claimed part as the limits are compared with it."""
    state: Literal["good", "warn", "full"]
    """Against the records' limits, 70 % and 90 % unless they say otherwise."""
