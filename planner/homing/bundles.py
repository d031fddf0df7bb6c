"""Parallel links between two sites as one bundle, which is bought in one of a few configurations.

    configuration = a size for some of the links of a bundle, told by its capacities, the largest first

What it carries is at most the sum of its capacities; a demand fits if it fits the largest, and one that is there twice,
on two links, if it fits the second. A configuration goes when another is no dearer and no smaller place by place, so
the ones left out are never needed. Links of other carriers at one price are twins: told apart by name only, they make
a branch and bound prove everything twice. How a bundle's demands lie on its links is left open, so a program over
configurations is a relaxation of one over links.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from planner.homing.instance import Instance

Bundle = tuple[int, int]
"""Two sites, the lower one first."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What may be bought of a bundle."""

    capacities: tuple[float, ...]
    """Mbit/s, the largest first."""
    room: float
    """Mbit/s of all of them, at most what the bundle can ever carry."""
    price: float

    def fits(self, demand: float, place: int = 0) -> bool:
        """Whether the link at a place, from the largest on, carries a demand."""
        return len(self.capacities) > place and self.capacities[place] >= demand


def bundle(a: int, b: int) -> Bundle:
    """Name what joins two sites."""
    return (a, b) if a < b else (b, a)


def bundles(instance: Instance) -> dict[Bundle, tuple[int, ...]]:
    """Return the links of every bundle."""
    found: dict[Bundle, list[int]] = defaultdict(list)
    for place, link in enumerate(instance.links):
        found[bundle(link.a, link.b)].append(place)
    return {name: tuple(links) for name, links in sorted(found.items())}


def configurations(options: Sequence[Sequence[tuple[float, float]]], most: float) -> tuple[Configuration, ...]:
    """Return what is worth buying of a bundle, by room.

    Parameters
    ----------
    options
        (Mbit/s, price) of the sizes of each link.
    most
        Mbit/s that the bundle can ever carry: more room is worth nothing.

    """
    prices: dict[tuple[float, ...], float] = {(): 0.0}
    for sizes in options:
        grown = dict(prices)
        for capacities, price in prices.items():
            for capacity, more in sizes:
                key = tuple(sorted((*capacities, capacity), reverse=True))
                grown[key] = min(grown.get(key, price + more), price + more)
        prices = grown
    del prices[()]
    kept: list[tuple[tuple[float, ...], float]] = []
    for capacities, price in sorted(prices.items(), key=lambda item: (item[1], tuple(-c for c in item[0]))):
        if not any(_covers(other, capacities, most) for other, _ in kept):
            kept.append((capacities, price))
    found = (Configuration(capacities, min(sum(capacities), most), price) for capacities, price in kept)
    return tuple(sorted(found, key=lambda one: (one.room, one.price, one.capacities)))


def _covers(other: tuple[float, ...], capacities: tuple[float, ...], most: float) -> bool:
    """Whether one set of capacities is no smaller place by place, where more than `most` is worth nothing."""
    return all(min(one, most) >= min(two, most) for one, two in zip_longest(other, capacities, fillvalue=0.0))
