"""The dual of capacitated facility location: a bound, reduced costs and a cut for every price vector u.

    L(u) = Σ_j u_j + min { Σ_i (f_i + φ_i(u)) y_i : Σ_i s_i y_i ≥ Σ_j d_j or Σ_i y_i ≥ K, 0 ≤ y ≤ 1 }
    φ_i(u) = min { Σ_j (c_ij - u_j) x_j : Σ_j d_j x_j ≤ s_i, 0 ≤ x ≤ 1 }       a continuous knapsack, solved by sorting

u_j  price offered for serving customer j        f_i, s_i  opening price and capacity        c_ij  price of serving
max L(u) is the bound of the strong linear relaxation (x_ij ≤ y_i). And for every u and every set of open facilities

    serving costs ≥ Σ_j u_j + Σ_i φ_i(u) y_i                                                                    (cut)

exact where u are the dual prices of the transport to that set: Benders cuts as strong as the strong formulation, at
the price of a sort. Cornuéjols, Sridharan, Thizy (1991); Fischetti, Ljubić, Sinnl (2016).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.limits import Watch
from planner.location.problem import Floats, Sites

STALL = 15
"""Steps without a better bound before the step is shortened."""
SHORTER = 0.7
DEEPER = 25
"""Evaluations for one cut."""
MEMORY = 0.7
"""Share of the last direction in the next (Camerini, Fratta, Maffioli 1975)."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one price vector gives."""

    prices: Floats
    """u, shape (n,)."""
    serving: Floats
    """φ(u), shape (m,), not positive."""
    bound: float
    reduced: Floats
    """Shape (m,): by how much the bound rises if y_i is forced to 1 (positive) or 0 (negative, sign changed)."""
    chosen: Floats
    """y, shape (m,)."""
    unserved: Floats
    """Subgradient, shape (n,): 1 - Σ_i x_ij."""


def knapsacks(sites: Sites, prices: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return φ(u), shape (m,), and the shares at its minimum, (m, n), in the order of the customers beside them."""
    gain = sites.cost - prices
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = gain / sites.demand
    if not sites.demand.all():
        ratio = np.where(sites.demand > 0, ratio, np.where(gain < 0, -np.inf, np.inf))
    order = np.argsort(ratio, axis=1)
    demand = sites.demand[order]
    covered = np.cumsum(demand, axis=1)
    part = np.clip(1.0 + (sites.capacity[:, None] - covered) / np.where(demand > 0, demand, 1.0), 0.0, 1.0)
    part[demand <= 0] = 1.0
    gain = np.take_along_axis(gain, order, axis=1)
    part[gain >= 0] = 0.0
    return np.einsum("ij,ij->i", gain, part), part, order


def served(weight: Floats, part: Floats, order: NDArray[np.int64]) -> Floats:
    """Return Σ_i weight_i x_ij, shape (n,)."""
    at = np.flatnonzero(weight)
    amount = (weight[at, None] * part[at]).ravel()
    return np.bincount(order[at].ravel(), weights=amount, minlength=part.shape[1])


def evaluate(sites: Sites, prices: Floats) -> Point:
    """Return bound, subgradient and reduced costs at u."""
    serving, part, order = knapsacks(sites, prices)
    value = sites.opening + serving
    need = float(sites.demand.sum())
    by_size, by_number = _cover(value, sites.capacity, need), _cover(value, np.ones(len(value)), fewest(sites))
    bound, reduced, chosen = max((by_size, by_number), key=lambda one: one[0])
    return Point(prices, serving, float(prices.sum()) + bound, reduced, chosen, 1.0 - served(chosen, part, order))


def fewest(sites: Sites) -> int:
    """Return how many facilities must open: the largest, until they hold all demand."""
    covered = np.cumsum(np.sort(sites.capacity)[::-1])
    return int(np.searchsorted(covered, sites.demand.sum() * (1 - 1e-12))) + 1 if sites.demand.sum() > 0 else 0


def _cover(value: Floats, size: Floats, need: float) -> tuple[float, Floats, Floats]:
    """Return min {value·y : size·y ≥ need, 0 ≤ y ≤ 1}, the reduced costs and y."""
    density = np.where(size > 0, value / np.where(size > 0, size, 1.0), np.inf)
    order = np.argsort(density, kind="stable")
    covered = np.cumsum(size[order])
    last = int(np.searchsorted(covered, need * (1 - 1e-12)))
    multiplier = max(0.0, float(density[order[last]])) if last < len(order) and need > 0 else 0.0
    reduced = value - multiplier * size
    chosen = (reduced < 0).astype(float)
    if multiplier > 0:
        at = order[last]
        chosen[order[:last]], chosen[order[last:]] = 1.0, 0.0
        chosen[at] = (need - (covered[last] - size[at])) / size[at]
    return float(multiplier * need + np.minimum(reduced, 0.0).sum()), reduced, chosen


def ascend(sites: Sites, start: Floats, target: float, steps: int, watch: Watch) -> tuple[Point, list[Point]]:
    """Raise the bound by deflected subgradients; return the best point and those that improved on the way.

    Parameters
    ----------
    target
        Cost of a known answer: the steps are Polyak's.
    steps
        Most evaluations.

    """
    best = point = evaluate(sites, start)
    path = [best]
    factor, stalled, direction = 1.5, 0, np.zeros_like(start)
    for _ in range(steps):
        if watch.over or factor < 1e-3 or target - best.bound <= 1e-9 * abs(target):
            break
        direction = point.unserved + MEMORY * direction
        norm = float(direction @ direction)
        if norm <= 1e-18:
            break
        point = evaluate(sites, point.prices + factor * max(0.0, target - point.bound) / norm * direction)
        if point.bound > best.bound + 1e-7 * abs(best.bound):
            best, stalled = point, 0
            path.append(point)
        else:
            stalled += 1
        if stalled >= STALL:
            factor, stalled, direction, point = factor * SHORTER, 0, np.zeros_like(start), best
    return best, path


def deepest(sites: Sites, prices: Floats, at: Floats, target: float) -> tuple[Floats, Floats]:
    """Return prices whose cut is deep at the point y = at, by a few steps of the dual for that point, and their φ."""
    best_value, best, factor = -math.inf, (prices, np.zeros(len(at))), 1.0
    goal = max(0.0, target - float(sites.opening @ at))
    direction = np.zeros_like(prices)
    for _ in range(DEEPER):
        serving, part, order = knapsacks(sites, prices)
        value = float(prices.sum() + serving @ at)
        if value > best_value:
            best_value, best = value, (prices, serving)
        else:
            factor *= 0.8
        direction = 1.0 - served(at, part, order) + MEMORY * direction
        norm = float(direction @ direction)
        if norm <= 1e-18:
            break
        prices = prices + factor * max(1e-4 * goal, goal - value) / norm * direction
    return best
