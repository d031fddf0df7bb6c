"""One entry from its numbers: what is left, and how it stands against the limits.

free = capacity - used - planned - reserve - committed                                          (free)
"""

from dataclasses import dataclass
from typing import Literal

from planner.plan import LedgerEntry

Kind = Literal["rack", "feed", "room", "hosts", "link"]
DIGITS = 3
"""Of every number: watts, kilograms and Mbit/s to a thousandth."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From which share on a capacity is nearly full, and full."""

    warn: float
    full: float

    def state(self, share: float) -> Literal["good", "warn", "full"]:
        """Say how a share stands; a millionth above a limit is rounding."""
        tolerance = 1e-6
        return "full" if share > self.full + tolerance else "warn" if share >= self.warn else "good"


@dataclass(frozen=True, slots=True)
class Claims:
    """Who has a claim on a capacity, all in its unit."""

    used: float = 0.0
    planned: float = 0.0
    reserve: float = 0.0
    committed: float = 0.0

    @property
    def total(self) -> float:
        """All claims together."""
        return self.used + self.planned + self.reserve + self.committed


def entry(kind: Kind, name: str, resource: str, capacity: float, claims: Claims, limits: Limits) -> LedgerEntry:
    """Return an entry whose reserve is a load that comes back in a failure: all claims over the capacity."""
    return make(kind, name, resource, capacity, claims, limits, part(claims.total, capacity))


def make(
    kind: Kind, name: str, resource: str, capacity: float, claims: Claims, limits: Limits, share: float
) -> LedgerEntry:
    """Return an entry with a share of its own."""
    return LedgerEntry(
        kind=kind,
        id=name,
        resource=resource,
        capacity=round(capacity, DIGITS),
        used=round(claims.used, DIGITS),
        planned=round(claims.planned, DIGITS),
        reserve=round(claims.reserve, DIGITS),
        committed=round(claims.committed, DIGITS),
        free=round(capacity - claims.total, DIGITS),
        share=round(share, 4),
        state=limits.state(share),
    )


def part(claimed: float, capacity: float) -> float:
    """Return a share; of nothing, something is too much."""
    return claimed / capacity if capacity > 0 else float(claimed > 0)
