"""Links that could be leased: each carrier's shortest route and one duct-disjoint route, priced per module.

A site may home to the core and to the nearest exchanges of each carrier present; exchanges are joined to the core and
to each other's nearest. Everything is in natural order, so that the same records give the same candidates.
"""

from collections.abc import Iterator
from typing import Protocol

from topology.graph import CarrierDucts, Ducts
from topology.model import CandidateLink, LinkKind, ModuleChoice, Records
from topology.order import natural, natural_key
from topology.schema.geography import Site
from topology.schema.network import Carrier, MobileCoverage

Leases = dict[tuple[str, str, str, str, int], dict[str, int]]
"""Line, as `ExistingLink.line` names it → module → how many of it the line holds already."""

TRUNK_NEIGHBOURS = 3
"""Nearest exchanges of the same carrier that an exchange may be joined to, beside the core."""


def short(name: str) -> str:
    """Return an id without its class: `commune-05083` is `05083`, `exchange-bo` is `bo`."""
    head, dash, rest = name.partition("-")
    return rest if dash and head in ("commune", "district", "department", "exchange") else name


def candidate_links(records: Records) -> tuple[CandidateLink, ...]:
    """Derive all candidate links, sorted by id."""
    ducts, leases = Ducts(records), _leases(records)
    links: list[CandidateLink] = []
    for carrier in records.carriers:
        if carrier.fixed and carrier.contract:
            cable = ducts.network_of(carrier.id)
            if cable.reaches(records.province.core):
                links += _accesses(records, leases, carrier, cable)
                links += _trunks(records, leases, carrier, cable)
                links += _internet(records, leases, carrier, cable)
    gone = {site.id for site in records.sites if site.site_class == "place"}
    gone |= {carrier.id for carrier in records.carriers if not carrier.contract}
    links += (_mobile(records, leases, cover) for cover in records.mobile if not {cover.site, cover.carrier} & gone)
    return tuple(sorted(links, key=lambda link: natural_key(link.id)))


def serves(carrier: Carrier, site: Site) -> bool:
    """Tell whether a fixed carrier sells lines at a site: its district is one of the carrier's."""
    district = site.district or (site.id if site.site_class == "district" else None)
    return district is None or district in carrier.districts


def _accesses(records: Records, leases: Leases, carrier: Carrier, cable: CarrierDucts) -> Iterator[CandidateLink]:
    core = records.province.core
    leased: dict[str, list[str]] = {}
    for line in records.existing_links:
        if line.carrier == carrier.id and line.kind == "access":
            leased.setdefault(line.site, []).append(line.to)
    for site in records.sites:
        if site.id == core or site.site_class == "place" or not serves(carrier, site) or not cable.reaches(site.id):
            continue
        near = _nearest(records, carrier, cable, site.id)[: records.network_policy.access_candidates]
        for target in dict.fromkeys([core, *near, *leased.get(site.id, ())]):
            yield from _pair(records, leases, "access", site.id, target, carrier, cable)


def _nearest(records: Records, carrier: Carrier, cable: CarrierDucts, place: str) -> list[str]:
    """Return the exchanges of a carrier that can be reached from a place, nearest first."""
    reached = [
        (round(length, 6), natural_key(exchange.id), exchange.id)
        for exchange in records.exchanges
        if carrier.id in exchange.carriers and (length := cable.tree(exchange.id).length_km(place)) is not None
    ]
    return [name for _, _, name in sorted(reached)]


def _trunks(records: Records, leases: Leases, carrier: Carrier, cable: CarrierDucts) -> Iterator[CandidateLink]:
    core = records.province.core
    joined = {
        (line.site, line.to) for line in records.existing_links if line.carrier == carrier.id and line.kind == "trunk"
    }
    for exchange in records.exchanges:
        if carrier.id not in exchange.carriers:
            continue
        near = [name for name in _nearest(records, carrier, cable, exchange.id) if name != exchange.id]
        joined.add((exchange.id, core))
        for other in near[:TRUNK_NEIGHBOURS]:
            first, second = natural((exchange.id, other))
            joined.add((first, second))
    for a, b in sorted(joined, key=lambda ends: (natural_key(ends[0]), natural_key(ends[1]))):
        yield from _pair(records, leases, "trunk", a, b, carrier, cable)


def _internet(records: Records, leases: Leases, carrier: Carrier, cable: CarrierDucts) -> Iterator[CandidateLink]:
    """Join the core to the carrier's nearest exchange, where its Internet gateway is handed over."""
    core = records.province.core
    if carrier.internet:
        for exchange in _nearest(records, carrier, cable, core)[:1]:
            yield from _pair(records, leases, "internet", core, exchange, carrier, cable)


def _pair(
    records: Records, leases: Leases, kind: LinkKind, a: str, b: str, carrier: Carrier, cable: CarrierDucts
) -> Iterator[CandidateLink]:
    """Give the shortest route, and a second one that shares no duct with it where there is one."""
    prefix = {"access": "link", "trunk": "trunk", "internet": "internet"}[kind]
    name = f"{prefix}-{short(a)}-{short(b)}-{carrier.id}"
    tree = cable.tree(b)
    length = tree.length_km(a)
    if length is None:
        return
    route = tree.route(a)
    yield _link(records, leases, name, 1, kind, a, b, carrier, route, length)
    second = cable.detour(a, b, avoid=route) if route else None
    if second:
        yield _link(records, leases, f"{name}-2", 2, kind, a, b, carrier, *second)


class Line(Protocol):
    """A link as candidates and plans know it."""

    @property
    def id(self) -> str:
        """Id of the candidate."""

    @property
    def kind(self) -> str:
        """What it is for."""

    @property
    def a(self) -> str:
        """Where it starts."""

    @property
    def b(self) -> str:
        """Where it ends."""

    @property
    def carrier(self) -> str:
        """Who leases it out."""


def line_of(link: Line) -> tuple[str, str, str, str, int]:
    """Return which line a candidate is, as `ExistingLink.line` names it."""
    second = link.kind != "mobile" and link.id.endswith(f"-{link.carrier}-2")
    return link.kind, link.a, link.b, link.carrier, 2 if second else 1


def _leases(records: Records) -> Leases:
    """List what is leased already by line."""
    found: Leases = {}
    for one in records.existing_links:
        found.setdefault(one.line, {})[one.module] = one.count
    return found


def _link(
    records: Records,
    leases: Leases,
    name: str,
    number: int,
    kind: LinkKind,
    a: str,
    b: str,
    carrier: Carrier,
    route: tuple[str, ...],
    length_km: float,
) -> CandidateLink:
    leased = leases.get((kind, a, b, carrier.id, number), {})
    factor = carrier.price_factor.value
    modules = [
        ModuleChoice(
            id=module.id,
            capacity_mbps=module.capacity_mbps.value,
            one_off_vnd=round(module.one_off_vnd.value * factor),
            monthly_vnd=round((module.monthly_vnd.value + module.monthly_per_km_vnd.value * length_km) * factor),
            max_count=module.max_per_link,
            existing=leased.get(module.id, 0),
        )
        for module in records.modules
        if kind in module.use
    ]
    return CandidateLink(name, kind, a, b, carrier.id, route, round(length_km, 3), _by_capacity(modules))


def _mobile(records: Records, leases: Leases, cover: MobileCoverage) -> CandidateLink:
    carrier = next(entry for entry in records.carriers if entry.id == cover.carrier)
    factor, core = carrier.price_factor.value, records.province.core
    leased = leases.get(("mobile", cover.site, core, cover.carrier, 1), {})
    modules = [
        ModuleChoice(
            id=module.id,
            capacity_mbps=min(module.capacity_mbps.value, cover.rate_mbps),
            one_off_vnd=round(module.one_off_vnd.value * factor),
            monthly_vnd=round(module.monthly_vnd.value * factor),
            max_count=module.max_per_link,
            existing=leased.get(module.id, 0),
        )
        for module in records.modules
        if "mobile" in module.use and (module.outdoor or cover.indoor)
    ]
    ducts = (cover.backhaul_duct,) if cover.backhaul_duct else ()
    name = f"mobile-{short(cover.site)}-{cover.carrier}"
    return CandidateLink(name, "mobile", cover.site, core, cover.carrier, ducts, 0.0, _by_capacity(modules))


def _by_capacity(modules: list[ModuleChoice]) -> tuple[ModuleChoice, ...]:
    return tuple(sorted(modules, key=lambda module: (module.capacity_mbps, natural_key(module.id))))
