"""What is to be homed: sites with one demand each, undirected links with sizes to choose from, shared risk groups.

Read from the JSON of the family `provincial183`: `sites` (id, tier, d), `links` (u, v, cost), `srlg`, `mods`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

COMMUNE = 2
"""Tier of the communes: a path never leads down to one from a hub."""


class InstanceError(ValueError):
    """The data are no instance: names what is wrong."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be bought in one size."""

    a: int
    b: int
    """Places of its ends among the sites."""
    costs: tuple[float, ...]
    """Of each size, in the order of `Instance.sizes`."""
    groups: int
    """Bit set of the risk groups that it is in; its own bit is among them."""


@dataclass(frozen=True)
class Instance:
    """All of it; site 0 is the sink."""

    names: tuple[str, ...]
    tiers: tuple[int, ...]
    demands: tuple[float, ...]
    """Mbit/s of each site, on the primary and again on the backup."""
    links: tuple[Link, ...]
    sizes: tuple[float, ...]
    """Mbit/s of each size of link, increasing."""
    max_hops: int = 3

    @cached_property
    def at(self) -> tuple[tuple[int, ...], ...]:
        """Links at each site, in order."""
        found: list[list[int]] = [[] for _ in self.names]
        for place, link in enumerate(self.links):
            found[link.a].append(place)
            found[link.b].append(place)
        return tuple(tuple(own) for own in found)

    def other(self, link: int, end: int) -> int:
        """Return the end that is not `end`."""
        return self.links[link].b if self.links[link].a == end else self.links[link].a

    def options(self, link: int) -> tuple[tuple[float, float], ...]:
        """Return (capacity, cost) of the sizes of a link that no larger one undercuts."""
        kept: list[tuple[float, float]] = []
        for capacity, cost in sorted(zip(self.sizes, self.links[link].costs, strict=True), reverse=True):
            if not kept or cost < kept[-1][1]:
                kept.append((capacity, cost))
        return tuple(reversed(kept))

    def price(self, link: int, load: float) -> float | None:
        """Return the cheapest size that carries a load, None when none does."""
        return next((cost for capacity, cost in self.options(link) if capacity >= load - 1e-9), None)

    def size(self, link: int, load: float) -> int:
        """Return the place of the cheapest size that carries a load."""
        return self.sizes.index(next(c for c, _ in self.options(link) if c >= load - 1e-9))


def read(data: Mapping[str, Any], max_hops: int = 3) -> Instance:
    """Read an instance.

    Raises
    ------
    InstanceError
        A field is missing, an end or a group names what is not there, or a number is negative.

    """
    try:
        sites: Sequence[Mapping[str, Any]] = data["sites"]
        sizes = tuple(float(size) for size in data["mods"])
        groups: list[int] = [1 << place for place in range(len(data["links"]))]
        for number, name in enumerate(sorted(data["srlg"]), len(groups)):
            for place in data["srlg"][name]:
                groups[place] |= 1 << number
        links = tuple(
            Link(int(link["u"]), int(link["v"]), tuple(float(c) for c in link["cost"]), mask)
            for link, mask in zip(data["links"], groups, strict=True)
        )
        found = Instance(
            tuple(str(site["id"]) for site in sites),
            tuple(int(site["tier"]) for site in sites),
            tuple(float(site["d"]) for site in sites),
            links,
            tuple(sorted(sizes)),
            max_hops,
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        message = f"no instance of dual homing: {error!r}"
        raise InstanceError(message) from error
    if not found.names or list(sizes) != list(found.sizes):
        message = "no site, or sizes out of order"
        raise InstanceError(message)
    for link in links:
        ends = (link.a, link.b)
        if link.a == link.b or min(ends) < 0 or max(ends) >= len(sites) or len(link.costs) != len(sizes):
            message = f"link {ends}: no two sites, or not one price a size"
            raise InstanceError(message)
    if min((*found.demands, *sizes, *(c for link in links for c in link.costs), 0.0)) < 0:
        message = "a demand, size or price is negative"
        raise InstanceError(message)
    return found
