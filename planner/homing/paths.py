"""Paths to the sink of at most `max_hops` links that never lead down to a commune, and pairs that share no risk.

    N(p) ∩ N(q) = ∅      G(p) ∩ G(q) = ∅      for the two paths p, q of a site                     (disjoint pair)

N(p)  sites that p passes, its ends left out      G(p)  risk groups of its links, each link one of its own
A commune may be passed by another commune's path only: leased lines lead up, from commune to commune or hub to hub.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from planner.homing.instance import COMMUNE, Instance


@dataclass(frozen=True, slots=True)
class Path:
    """A way of one site to the sink."""

    links: tuple[int, ...]
    nodes: tuple[int, ...]
    """Sites passed, both ends left out."""
    risks: int
    """Bit set of risk groups and, above them, of the sites passed."""


def paths(instance: Instance, site: int) -> Iterator[Path]:
    """Give all simple paths of a site, in order of their links."""
    shift = max((link.groups.bit_length() for link in instance.links), default=0)

    def walk(at: int, links: tuple[int, ...], nodes: tuple[int, ...], risks: int) -> Iterator[Path]:
        for link in instance.at[at]:
            to = instance.other(link, at)
            if to == site or to in nodes:
                continue
            more = risks | instance.links[link].groups
            if to == 0:
                yield Path((*links, link), nodes, more)
            elif len(links) + 1 < instance.max_hops and leads(instance, at, to):
                yield from walk(to, (*links, link), (*nodes, to), more | 1 << (shift + to))

    yield from walk(site, (), (), 0)


def leads(instance: Instance, at: int, to: int) -> bool:
    """Whether a path may go on from one site to another one that it passes."""
    return instance.tiers[to] != COMMUNE or instance.tiers[at] == COMMUNE
