"""Checks an answer of single-sink dual homing from the instance's own JSON, with code of its own.

What is promised: every site with a demand has two paths to site 0 of at most `max_hops` links, which pass no site and
no risk group both; no path leads down to a commune; every link has one size for all that passes it; the price adds up.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from planner.checker.violation import Violation

COMMUNE = 2
SLACK = 1e-6

Routes = Mapping[int, Sequence[Sequence[int]]]
"""Site → the links of its two paths, from the site on."""


def verify_homing(
    data: Mapping[str, Any], routes: Routes, sizes: Mapping[int, int], objective: float, max_hops: int = 3
) -> list[Violation]:
    """Check paths, sizes (link → place of its size in `mods`) and price; return what is broken."""
    broken = list(_paths(data, routes, max_hops))
    carried: dict[int, float] = {}
    for site, pair in routes.items():
        for path in pair:
            for link in path:
                carried[link] = carried.get(link, 0.0) + data["sites"][site]["d"]
    paid = 0.0
    for link, load in sorted(carried.items()):
        if load > 0 and link not in sizes:
            broken.append(Violation("capacity", str(link), f"carries {load:g} but is not bought"))
    for link, size in sorted(sizes.items()):
        if not (0 <= link < len(data["links"]) and 0 <= size < len(data["mods"])):
            broken.append(Violation("capacity", str(link), f"no such link or size {size}"))
            continue
        paid += data["links"][link]["cost"][size]
        load = carried.get(link, 0.0)
        if load > data["mods"][size] + SLACK:
            broken.append(Violation("capacity", str(link), f"carries {load:g} over {data['mods'][size]:g}"))
    if abs(paid - objective) > SLACK * max(1.0, abs(paid)):
        broken.append(Violation("cost", "objective", f"the links cost {paid:.6f}, not {objective:.6f}"))
    return broken


def _paths(data: Mapping[str, Any], routes: Routes, max_hops: int) -> Iterator[Violation]:
    for site, record in enumerate(data["sites"]):
        if site == 0 or record["d"] <= 0:
            continue
        pair = routes.get(site, ())
        name = str(record["id"])
        if len(pair) != 2:
            yield Violation("path", name, f"has {len(pair)} paths, not 2")
            continue
        seen = []
        for path in pair:
            nodes = _walk(data, site, path)
            if nodes is None or nodes[-1] != 0 or len(set(nodes)) < len(nodes):
                yield Violation("path", name, f"links {list(path)} are no simple way to the sink")
                break
            if len(path) > max_hops:
                yield Violation("hops", name, f"{len(path)} links, more than {max_hops}")
            tiers = [data["sites"][node]["tier"] for node in nodes]
            if any(to == COMMUNE and at != COMMUNE for at, to in pairwise(tiers)):
                yield Violation("path", name, "leads down to a commune")
            seen.append((set(nodes[1:-1]), set(path)))
        if len(seen) == 2:
            yield from _disjoint(data, name, *seen)


def _walk(data: Mapping[str, Any], site: int, path: Sequence[int]) -> list[int] | None:
    nodes = [site]
    for link in path:
        if not 0 <= link < len(data["links"]):
            return None
        ends = data["links"][link]["u"], data["links"][link]["v"]
        if nodes[-1] not in ends:
            return None
        nodes.append(ends[1] if ends[0] == nodes[-1] else ends[0])
    return nodes if path else None


def _disjoint(
    data: Mapping[str, Any], name: str, one: tuple[set[int], set[int]], two: tuple[set[int], set[int]]
) -> Iterator[Violation]:
    if one[0] & two[0]:
        yield Violation("disjoint", name, f"both paths pass {sorted(one[0] & two[0])}")
    if one[1] & two[1]:
        yield Violation("disjoint", name, f"both paths use links {sorted(one[1] & two[1])}")
    for group, links in sorted(data["srlg"].items()):
        if one[1].intersection(links) and two[1].intersection(links):
            yield Violation("disjoint", name, f"both paths are in {group}")


def verify_unserved(data: Mapping[str, Any], site: int, max_hops: int = 3) -> bool:
    """Tell whether really no two paths of a site can stand together, by trying all."""
    ways: list[list[int]] = []

    def walk(at: int, links: list[int], seen: set[int]) -> None:
        for link, record in enumerate(data["links"]):
            if at not in (record["u"], record["v"]):
                continue
            to = record["v"] if record["u"] == at else record["u"]
            down = data["sites"][to]["tier"] == COMMUNE and data["sites"][at]["tier"] != COMMUNE
            if to == 0:
                ways.append([*links, link])
            elif to not in seen and not down and len(links) + 1 < max_hops:
                walk(to, [*links, link], {*seen, to})

    walk(site, [], {site})
    lone = {**data, "sites": [r if s in (0, site) else {**r, "d": 0} for s, r in enumerate(data["sites"])]}
    return not any(
        not list(_paths(lone, {site: (one, two)}, max_hops)) for at, one in enumerate(ways) for two in ways[at + 1 :]
    )
