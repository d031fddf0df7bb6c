"""A complete graph with prices, of which a cheapest subgraph must stay connected when any one edge fails."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Prices:
    """Whole prices of the edges of a complete simple graph."""

    cost: Integers
    """Shape (n, n), symmetric, not negative; the diagonal is ignored."""

    def __post_init__(self) -> None:
        n = len(self.cost)
        if self.cost.shape != (n, n) or not (self.cost == self.cost.T).all():
            message = f"prices of shape {self.cost.shape} are not square and symmetric"
            raise ValueError(message)
        if (self.cost < 0).any():
            message = "a price is negative"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Ring:
    """An answer: edges, each once, that connect all nodes twice."""

    status: Status
    objective: int | None
    bound: float
    """No answer is cheaper."""
    edges: tuple[tuple[int, int], ...]
    """Sorted pairs of nodes, the smaller first."""
