"""Facility location with capacities: what is given and what is answered, for split and for single supply."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Sites:
    """Facilities that may open and customers whose demand they may share.

    All numbers are finite and not negative; one unit of money, one unit of demand.
    """

    capacity: Floats
    """Shape (m,): most demand a facility serves."""
    opening: Floats
    """Shape (m,): price of opening it."""
    demand: Floats
    """Shape (n,)."""
    cost: Floats
    """Shape (m, n): price of serving the whole of a customer from a facility."""

    def __post_init__(self) -> None:
        m, n = self.cost.shape
        if (len(self.capacity), len(self.opening), len(self.demand)) != (m, m, n):
            message = f"{m} × {n} costs, but {len(self.capacity)} capacities and {len(self.demand)} demands"
            raise ValueError(message)
        for name in ("capacity", "opening", "demand", "cost"):
            values = getattr(self, name)
            if not np.isfinite(values).all() or (values < 0).any():
                message = f"{name} has a value that is negative or no number"
                raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Supply:
    """An answer with split supply."""

    status: Status
    objective: float | None
    bound: float
    """No answer is cheaper."""
    open_: NDArray[np.bool_]
    """Shape (m,)."""
    share: Floats
    """Shape (m, n): part of each customer's demand that each facility serves; columns sum to 1."""


@dataclass(frozen=True, slots=True)
class Medians:
    """Points, of which `count` become medians; every point is assigned to one median. Whole numbers throughout."""

    count: int
    capacity: Integers
    """Shape (n,): most demand a median serves, its own included."""
    demand: Integers
    """Shape (n,)."""
    cost: Integers
    """Shape (n, n): of assigning point j to median i at [i, j]."""

    def __post_init__(self) -> None:
        n = len(self.demand)
        if self.cost.shape != (n, n) or len(self.capacity) != n or not 0 < self.count <= n:
            message = f"{n} demands, {len(self.capacity)} capacities, {self.cost.shape} costs, {self.count} medians"
            raise ValueError(message)
        if (self.demand < 0).any() or (self.capacity < 0).any() or (self.cost < 0).any():
            message = "a demand, capacity or cost is negative"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Assigned:
    """An answer with single supply."""

    status: Status
    objective: int | None
    bound: int
    """No answer is cheaper."""
    median: Integers
    """Shape (n,): the median of every point; empty when there is no answer."""
