"""Serving customers from facilities that are open: the transportation problem, its optimum and its dual prices."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planner.limits import Watch
from planner.location.problem import Floats, Sites
from planner.program import Program, solve


@dataclass(frozen=True, slots=True)
class Transport:
    """Cheapest way to serve everybody."""

    cost: float
    """Opening and serving."""
    share: Floats
    """Shape (m, n)."""
    prices: Floats
    """Dual prices of the customers, shape (n,)."""


def serve(sites: Sites, open_: np.ndarray, watch: Watch) -> Transport | None:
    """Serve from the open facilities; None if they are too small, or the clock ended it.

    Parameters
    ----------
    open_
        Shape (m,), true where open.

    """
    at = np.flatnonzero(open_)
    n = len(sites.demand)
    if sites.capacity[at].sum() < sites.demand.sum() * (1 - 1e-12):
        return None
    k = len(at)
    customer = np.tile(np.arange(n), k)
    facility = np.repeat(np.arange(k), n)
    rows = sparse.csr_array(
        (
            np.concatenate((np.ones(k * n), sites.demand[customer])),
            (np.concatenate((customer, n + facility)), np.tile(np.arange(k * n), 2)),
        ),
        shape=(n + k, k * n),
    )
    low = np.concatenate((np.ones(n), np.full(k, -np.inf)))
    high = np.concatenate((np.ones(n), sites.capacity[at]))
    cost = sites.cost[at].ravel()
    program = Program(cost, rows, low, high, np.zeros(k * n), np.full(k * n, np.inf), np.zeros(k * n, dtype=bool))
    found = solve(program, watch, engine="glop")
    if found.values is None or not found.optimal:
        return None
    share = np.zeros_like(sites.cost)
    share[at] = np.clip(found.values.reshape(k, n), 0.0, 1.0)
    share /= share.sum(axis=0)
    total = float(sites.opening[at].sum() + (sites.cost * share).sum())
    return Transport(total, share, found.duals[:n])
