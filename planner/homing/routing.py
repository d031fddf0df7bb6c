"""A choice of two paths a site: loads, what to buy, what it costs; and the cheapest pair beside the others."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.homing.instance import Instance
from planner.homing.paths import Path

Pair = tuple[Path, Path]
Loads = NDArray[np.float64]
INFINITE = float("inf")


def loads(instance: Instance, pairs: Mapping[int, Pair]) -> Loads:
    """Mbit/s on every link: primaries and backups."""
    total = np.zeros(len(instance.links))
    for site, pair in pairs.items():
        for path in pair:
            total[list(path.links)] += instance.demands[site]
    return total


def cost(instance: Instance, on: Loads) -> float:
    """Return the price of all links at these loads, infinite when one cannot carry its own."""
    total = 0.0
    for link in np.flatnonzero(on > 0):
        price = instance.price(int(link), float(on[link]))
        if price is None:
            return INFINITE
        total += price
    return total


def surcharge(instance: Instance, path: Path, demand: float, on: Loads) -> float:
    """Return what a path adds to the price of the links that carry `on` already."""
    total = 0.0
    for link in path.links:
        more = instance.price(link, float(on[link]) + demand)
        if more is None:
            return INFINITE
        total += more - (instance.price(link, float(on[link])) or 0.0 if on[link] > 0 else 0.0)
    return total


def best_pair(instance: Instance, site: int, ways: Sequence[Path], on: Loads) -> Pair | None:
    """Return the disjoint pair that adds least; ties by place in the list. None if no pair fits."""
    priced = sorted((surcharge(instance, way, instance.demands[site], on), place) for place, way in enumerate(ways))
    best, found = INFINITE, None
    for first, (price, place) in enumerate(priced):
        if 2 * price >= best:
            break
        for other_price, other in priced[first + 1 :]:
            if price + other_price >= best:
                break
            if not ways[place].risks & ways[other].risks:
                best, found = price + other_price, (ways[place], ways[other])
                break
    return found


def greedy(instance: Instance, ways: Mapping[int, Sequence[Path]], order: Iterable[int]) -> dict[int, Pair] | None:
    """Route one site after the other at least surcharge; None when one finds no room."""
    on = np.zeros(len(instance.links))
    pairs: dict[int, Pair] = {}
    for site in order:
        pair = best_pair(instance, site, ways[site], on)
        if pair is None:
            return None
        pairs[site] = pair
        book(instance, site, pair, on, 1)
    return pairs


def book(instance: Instance, site: int, pair: Pair, on: Loads, sign: int) -> None:
    """Add a site's demand to the links of its pair, or take it away."""
    for path in pair:
        on[list(path.links)] += sign * instance.demands[site]


def reinsert(instance: Instance, ways: Mapping[int, Sequence[Path]], pairs: dict[int, Pair], rounds: int) -> None:
    """Move one site at a time to its cheapest pair until none moves."""
    on = loads(instance, pairs)
    for _ in range(rounds):
        before = cost(instance, on)
        for site in sorted(pairs):
            book(instance, site, pairs[site], on, -1)
            pair = best_pair(instance, site, ways[site], on)
            pairs[site] = pair or pairs[site]
            book(instance, site, pairs[site], on, 1)
        if cost(instance, on) >= before - 1e-9:
            return
