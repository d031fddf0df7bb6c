"""Paths from a site to the core: one access link, then at most `max_hops - 1` trunks through concentration points."""

from collections.abc import Iterator
from dataclasses import dataclass

from planner.network import access
from planner.network.candidates import Candidates
from planner.network.purchase import Purchase
from topology.model import CandidateLink


@dataclass(frozen=True, slots=True)
class TrunkPath:
    """From an exchange to the core."""

    links: tuple[str, ...]
    """Trunks in order; empty at the core itself."""
    forward: tuple[bool, ...]
    """Whether each is walked from its `a` to its `b`."""
    nodes: tuple[str, ...]
    """Exchanges passed, the first one included."""
    fails: int
    """Groups that cut it."""


@dataclass(frozen=True, slots=True)
class Access:
    """A site's own link, with what to buy for it in each role."""

    link: CandidateLink
    to: str
    """Exchange or core."""
    primary: Purchase | None
    """As primary; None if it cannot be."""
    backup: Purchase | None
    """As backup; None if it cannot be."""
    fails: int
    """Groups that cut it."""


def other_end(link: CandidateLink, end: str) -> str:
    """Return the end that is not `end`."""
    return link.b if link.a == end else link.a


def trunk_paths(candidates: Candidates, most_trunks: int) -> dict[str, tuple[TrunkPath, ...]]:
    """List all simple trunk paths by the exchange where they start; the core has the empty one."""
    leaving: dict[str, list[CandidateLink]] = {}
    for trunk in candidates.trunks:
        leaving.setdefault(trunk.a, []).append(trunk)
        leaving.setdefault(trunk.b, []).append(trunk)
    mask = {trunk.id: candidates.link_mask(trunk.id) for trunk in candidates.trunks}

    def walk(at: str, path: TrunkPath) -> Iterator[TrunkPath]:
        for trunk in leaving.get(at, ()):
            to = other_end(trunk, at)
            if to in path.nodes:
                continue
            links, forward = (*path.links, trunk.id), (*path.forward, trunk.a == at)
            fails = path.fails | mask[trunk.id]
            if to == candidates.core:
                yield TrunkPath(links, forward, path.nodes, fails)
            elif len(links) < most_trunks:
                yield from walk(to, TrunkPath(links, forward, (*path.nodes, to), fails | candidates.node_mask(to)))

    paths: dict[str, tuple[TrunkPath, ...]] = {candidates.core: (TrunkPath((), (), (), 0),)}
    for exchange in candidates.exchanges:
        start = TrunkPath((), (), (exchange,), candidates.node_mask(exchange))
        paths[exchange] = tuple(walk(exchange, start)) if most_trunks else ()
    return paths


def accesses(candidates: Candidates) -> dict[str, tuple[Access, ...]]:
    """List each site's fixed access links and mobile links that can serve it, in order of id."""
    found: dict[str, list[Access]] = {site: [] for site in candidates.sites}
    for link in candidates.links.values():
        if link.kind not in ("access", "mobile") or link.a not in found:
            continue
        first = access.primary(candidates, link.a, link) if link.kind == "access" else None
        second = access.backup(candidates, link.a, link)
        if first or second:
            found[link.a].append(Access(link, link.b, first, second, candidates.link_mask(link.id)))
    return {site: tuple(own) for site, own in found.items()}
